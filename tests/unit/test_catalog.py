"""Sources and places: files under INEGI's names, descriptions of folders, codes and names."""

import json
from pathlib import Path

import pytest

from data.catalog import (
    OSM_SUFFIXES,
    SourceFolder,
    catalog,
    file_names,
    gazetteer,
    licence_text,
    open_source_folder,
    resolve_places,
)
from data.errors import CareError, InputError, MissingInputError, UnknownPlaceError

DESCRIPTION = """
title = {{ es = "Mi lugar", en = "My place" }}
places = ["01001"]
{top}
[sources.denue]
path = "{path}"
edition = "11/2024"
publisher = "INEGI"
licence = "libre"
{more}
"""


def _described(
    folder: Path, *, path: str = "denue.csv", top: str = "", more: str = ""
) -> SourceFolder:
    (folder / "denue.csv").touch()
    text = DESCRIPTION.format(path=path, top=top, more=more)
    (folder / "cuidados.toml").write_text(text, "utf-8")
    return open_source_folder(folder)


def test_every_source_names_its_licence_and_its_files() -> None:
    for name, source in catalog().sources.items():
        assert "https://" in licence_text(source), name
        assert all(file_names(source, "01")), name
        if source.url is not None:
            assert source.url.startswith("https://"), name
    assert len(catalog().states) == 32
    assert file_names(catalog().sources["denue"], "15") == ("denue_15_1_csv.zip",
                                                            "denue_15_2_csv.zip")  # fmt: skip


def test_every_state_and_municipality_has_a_name() -> None:
    codes = gazetteer()
    assert sum(len(code) == 2 for code in codes) == 32
    assert sum(len(code) == 5 for code in codes) == 2469
    assert codes["31050"] == "Mérida"


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        (["01001"], ("01001",)),
        (["Mérida"], ("31050",)),
        (["MERIDA ", "31050"], ("31050",)),
        (["mx"], ()),
        (["Yucatán", "01"], ("31", "01")),
    ],
)
def test_places_are_found_by_code_and_name(given: list[str], codes: tuple[str, ...]) -> None:
    assert resolve_places(given) == codes


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Meridaa", "31050 Mérida"),
        ("31500", "31100 Ucú"),
        ("Benito Juárez", "corresponde a varios lugares"),
        ("Atlantis y más allá", "Dé un código"),
        ("", "No existe el lugar"),
        ("x" * 10_000, "No existe el lugar"),
        ("'; DROP TABLE--", "No existe el lugar"),
    ],
)
def test_a_place_that_is_none_or_several_gets_near_names(given: str, said: str) -> None:
    with pytest.raises(UnknownPlaceError, match=said) as found:
        resolve_places([given])
    assert len(found.value.message()) < 1000


def test_files_are_recognised_by_inegis_names(tmp_path: Path) -> None:
    for name in ("denue_15_1_csv.zip", "denue_15_2_csv.zip", "15_mexico.zip", "denue_01_csv.zip"):
        (tmp_path / name).touch()
    folder = open_source_folder(tmp_path, places=["15"])
    names = [path.name for path in folder.files["denue"].paths]
    assert names == ["denue_15_1_csv.zip", "denue_15_2_csv.zip"]
    assert folder.files["streets"].paths == folder.files["agebs"].paths
    assert "environment" not in folder.files
    assert folder.title.es == "México"
    whole = open_source_folder(tmp_path, places=["MX"])
    assert len(whole.files["denue"].paths) == 3


def test_a_folder_without_sources_says_where_they_come_from(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(MissingInputError, match="cuidados fetch"):
        open_source_folder(tmp_path, places=["01"])
    with pytest.raises(MissingInputError, match="No existe la carpeta"):
        open_source_folder(tmp_path / "none", places=["01"])


def test_a_description_says_which_file_is_which(tmp_path: Path) -> None:
    folder = _described(tmp_path, more='columns = { nom_estab = "nombre" }\nabsent = ["www"]')
    source = folder.files["denue"]
    assert source.paths == (tmp_path / "denue.csv",)
    assert (source.edition, source.publisher, source.licence) == ("11/2024", "INEGI", "libre")
    assert source.columns == {"nom_estab": "nombre"}
    assert source.absent == ("www",)
    assert folder.places == ("01001",)
    assert open_source_folder(tmp_path / "cuidados.toml") == folder


def test_a_pattern_takes_several_files_in_order(tmp_path: Path) -> None:
    for name in ("b_denue.csv", "a_denue.csv"):
        (tmp_path / name).touch()
    paths = _described(tmp_path, path="*_denue.csv").files["denue"].paths
    assert [path.name for path in paths] == ["a_denue.csv", "b_denue.csv"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"path": "../denue.csv"}, "sale de la carpeta"),
        ({"path": "/etc/passwd"}, "sale de la carpeta"),
        ({"path": "nothing.csv"}, "No existe el archivo de la fuente denue"),
        ({"path": "*.parquet"}, "No existe el archivo de la fuente denue"),
        ({"top": 'colour = "red"'}, "colour"),
        ({"more": "edition = 3"}, "no es TOML"),
        ({"more": "columns = 3"}, "sources.denue.columns"),
        ({"more": '[sources.census_area]\npath = "denue.csv"\nedition = ""\npublisher = ""\n'
                  'licence = ""'}, "¿Quiso decir census_areas?"),
    ],
)  # fmt: skip
def test_a_description_at_fault_says_where(
    changes: dict[str, str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(CareError) as found:
        _described(tmp_path, **changes)
    assert isinstance(found.value, InputError | MissingInputError)
    assert said in found.value.message()


@pytest.mark.parametrize("choice", [None, "osm", "inegi"])
@pytest.mark.parametrize("suffix", [".shp", *OSM_SUFFIXES])
def test_streets_described_are_whose_they_are(choice, suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"streets{suffix}").touch()
    _described(
        tmp_path,
        more=f'[sources.streets]\npath = "streets{suffix}"\nedition = ""\npublisher = ""\n'
        'licence = ""',
    )
    if choice in (None, "osm" if suffix in OSM_SUFFIXES else "inegi"):
        folder = open_source_folder(tmp_path, streets=choice)
        assert folder.files["streets"].paths == (tmp_path / f"streets{suffix}",)
        assert "osm_streets" not in folder.files
    else:
        with pytest.raises(MissingInputError, match="No están las calles"):
            open_source_folder(tmp_path, streets=choice)


def test_both_described_and_the_choice_decides(tmp_path: Path) -> None:
    more = ""
    for role, name in (("streets", "01e.shp"), ("osm_streets", "town.osm.pbf")):
        (tmp_path / name).touch()
        more += f'[sources.{role}]\npath = "{name}"\nedition = ""\npublisher = ""\nlicence = ""\n'
    _described(tmp_path, more=more)
    found = {choice: open_source_folder(tmp_path, streets=choice).files["streets"]
             for choice in ("inegi", "osm", None)}  # fmt: skip
    assert found["inegi"].paths[0].name == "01e.shp"
    assert found["osm"].paths[0].name == "town.osm.pbf"
    assert found["osm"].role == "streets"
    assert found[None] == found["inegi"]


def test_fetched_streets_serve_every_place_or_none(tmp_path: Path) -> None:
    for name in ("denue_01_csv.zip", "osm_01001.graphml", "osm_31.graphml"):
        (tmp_path / name).touch()
    facts = {"date": "2026-11-24"}
    (tmp_path / "osm_01001.graphml.json").write_text(json.dumps(facts))
    folder = open_source_folder(tmp_path, places=["01001", "31050", "31041"], streets="osm")
    streets = folder.files["streets"]
    assert [path.name for path in streets.paths] == ["osm_01001.graphml", "osm_31.graphml"]
    assert streets.edition == "2026-11-24, a la fecha de descarga"
    assert "OpenStreetMap" in streets.notes[0].es
    with pytest.raises(MissingInputError, match="cuidados fetch 01001 01002 --source osm_streets"):
        open_source_folder(tmp_path, places=["01001", "01002"], streets="osm")
