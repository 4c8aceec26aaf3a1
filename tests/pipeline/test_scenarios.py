"""Scenarios over the embedded city, held to whole builds of the city as they would have it."""

import csv
import io
import shutil
import zipfile
from http import HTTPStatus
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pytest

from api.app import create_app
from api.settings import Settings
from data.errors import CareError, LimitError, NotComputedError, ParameterError, UnknownPlaceError
from data.walking import walk_profiles
from geo import artifacts
from geo.reach import Standing, measure_reach
from geo.scenarios import Planning, ScenarioOutcome, evaluate, open_planning, read_scenario
from geo.scenarios.apply import apply_changes
from geo.scenarios.ground import change_ground, ground_today, supply_of
from tests.api.running import client_of

pytestmark = pytest.mark.xdist_group("pipeline")
_DENUE = "denue_99_csv.zip"
_TABLE = "conjunto_de_datos/denue_inegi_99_.csv"
# A staff band and the places the codebook gives a nursery of it.
_BAND, _PLACES = "31 a 50 personas", 240.0


def _feature(
    change: str, point: tuple[float, float] | None = None, **more: object
) -> dict[str, Any]:
    geometry = None if point is None else {"type": "Point", "coordinates": list(point)}
    return {"type": "Feature", "geometry": geometry, "properties": {"change": change, **more}}


def _file(*features: dict[str, Any], **about: object) -> dict[str, Any]:
    return {"type": "FeatureCollection", "scenario": about, "features": list(features)}


@pytest.fixture(scope="module")
def planning(demo_atlas: Path) -> Planning:
    version = artifacts.current_version(demo_atlas)
    return open_planning(version, artifacts.read_manifest(version))


def _nurseries(planning: Planning, **wanted: str) -> pd.DataFrame:
    table = planning.sites.table[planning.sites.offers[:, 0]]
    for column, value in wanted.items():
        table = table[table[column] == value]
    return table


def _home(planning: Planning, row: int) -> tuple[float, float, str]:
    """Return a placed block's point and code, some way from the last."""
    blocks = planning.cells[(planning.cells["kind"] == "manzana") & planning.cells["lon"].notna()]
    block = blocks.iloc[row]
    return float(block["lon"]), float(block["lat"]), str(block["block"])


class _Rebuilt:
    """The city with other rows in its directory, and the scenario that says the same."""

    def __init__(self, planning: Planning, atlas: Path, sources: Path, folder: Path) -> None:
        table = artifacts.current_version(atlas) / "tables" / "centros.parquet"
        denue_ids = pd.read_parquet(table).set_index("facility_id")["denue_id"]
        imss = _nurseries(planning, scheme="imss", scian="624412").iloc[0]
        others = _nurseries(planning).drop(index=imss.name)
        closed, moved, resized = (others.iloc[at] for at in (2, 9, 17))
        opened_at, moved_to = _home(planning, 300), _home(planning, 1500)
        self.document = _file(
            _feature("abrir", opened_at[:2], services=["guarderia"], places=_PLACES),
            _feature("cerrar", facility_id=closed["facility_id"]),
            _feature("mover", moved_to[:2], facility_id=moved["facility_id"]),
            _feature("lugares", facility_id=resized["facility_id"], places=_PLACES),
            _feature("esquema", facility_id=imss["facility_id"], scheme="abierto"),
            title="todo",
        )
        self.sources = folder / "sources"
        shutil.copytree(sources, self.sources)
        header, rows = self._read()
        by_id = {row["id"]: row for row in rows}
        rows.remove(by_id[denue_ids[closed["facility_id"]]])
        self._place(by_id[denue_ids[moved["facility_id"]]], *moved_to)
        by_id[denue_ids[resized["facility_id"]]]["per_ocu"] = _BAND
        own = by_id[denue_ids[imss["facility_id"]]]
        own |= {"nom_estab": "CADI DIF LAS ROSAS", "raz_social": "DIF"}
        new = own | {
            "id": "9999999",
            "clee": "",
            "nom_estab": "CADI DIF LOS PINOS",
            "per_ocu": _BAND,
        }
        self._place(new, *opened_at)
        self._write(header, [*rows, new])

    @staticmethod
    def _place(row: dict[str, str], lon: float, lat: float, block: str) -> None:
        row |= {
            "longitud": repr(lon), "latitud": repr(lat), "cve_mun": block[2:5],
            "cve_loc": block[5:9], "ageb": block[9:13], "manzana": block[13:16]}  # fmt: skip

    def _read(self) -> tuple[list[str], list[dict[str, str]]]:
        with zipfile.ZipFile(self.sources / _DENUE) as archive:
            text = archive.read(_TABLE).decode("latin-1")
        reader = csv.DictReader(io.StringIO(text))
        return list(reader.fieldnames or ()), list(reader)

    def _write(self, header: list[str], rows: list[dict[str, str]]) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, header)
        writer.writeheader()
        writer.writerows(rows)
        with zipfile.ZipFile(self.sources / _DENUE, "w") as archive:
            archive.writestr(_TABLE, text.getvalue().encode("latin-1"))


@pytest.fixture(scope="module")
def rebuilt(
    planning: Planning,
    demo_atlas: Path,
    demo_sources: Path,
    cuidados: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[ScenarioOutcome, Path]:
    """The outcome of a scenario, and the folder of the atlas built as if it had come true."""
    folder = tmp_path_factory.mktemp("rebuilt")
    case = _Rebuilt(planning, demo_atlas, demo_sources, folder)
    built = cuidados("build", "--sources", case.sources, "--atlas", folder / "atlas")
    assert built.returncode == 0, built.stderr
    outcome = evaluate(planning, read_scenario(case.document))
    return outcome, artifacts.current_version(folder / "atlas")


def _comparable(column: str) -> bool:
    """Leave out what a scenario does not say: ranges of estimated places, other ways of walking."""
    ends = column.endswith(tuple(f"_{profile}" for profile in walk_profiles()))
    relative = column.startswith(
        ("priority_", "participation_", "places_around_")
    )  # each hangs on all the others
    return not (
        ends
        or relative
        or "_low_" in column
        or "_high_" in column
        or column.endswith(("_low", "_high"))
        or column == "geometry"
    )


@pytest.mark.parametrize("level", ["ageb", "municipio"])
def test_every_changed_column_is_what_a_whole_build_gives(
    rebuilt: tuple[ScenarioOutcome, Path], demo_atlas: Path, level: str
) -> None:
    outcome, version = rebuilt
    layer = f"{level}s"
    before, after = (
        gpd.read_parquet(folder / "tables" / f"{layer}.parquet").set_index("cvegeo")
        for folder in (artifacts.current_version(demo_atlas), version)
    )
    told = {place.cvegeo: place.columns for place in outcome.places if place.level == level}
    assert list(before.columns) == list(after.columns)
    checked = 0
    for column in filter(_comparable, before.columns):
        was, is_ = before[column], after[column]
        if was.dtype == "float64":
            differs = ~np.isclose(was, is_, rtol=1e-9, atol=1e-12, equal_nan=True)
        else:
            differs = (was != is_).to_numpy() & ~(was.isna() & is_.isna()).to_numpy()
        changed = set(was.index[differs])
        assert changed == {code for code in told if column in told[code]}, column
        for code in changed:
            checked += 1
            old, new = told[code][column]
            for said, true in ((old, was[code]), (new, is_[code])):
                if isinstance(true, str):
                    assert said == true
                else:
                    given = np.nan if said is None else said
                    assert np.isclose(given, true, rtol=1e-9, equal_nan=True), column
    assert checked > 200 if level == "ageb" else checked > 20


def test_equity_is_what_a_whole_build_gives(
    rebuilt: tuple[ScenarioOutcome, Path],
) -> None:
    outcome, version = rebuilt
    table = pd.read_parquet(version / "tables" / "equidad.parquet")
    table = table[table["level"] == "municipio"].set_index(["cvegeo", "service"])
    assert outcome.equity
    for item in outcome.equity:
        published = table.loc[(item.municipality, item.service)]
        for name, (_, after) in item.statistics.items():
            assert after == pytest.approx(published[name], rel=1e-9), name


def test_people_who_gain_and_lose_add_up(rebuilt: tuple[ScenarioOutcome, Path]) -> None:
    outcome, _ = rebuilt
    assert [service.service for service in outcome.services] == ["guarderia"]
    service = outcome.services[0]
    assert any(within.gained > 0 for within in service.within)
    for within in service.within:
        assert within.after - within.before == pytest.approx(within.gained - within.lost)
        women = within.women_gained - within.women_lost
        assert within.women_after - within.women_before == pytest.approx(women)
    assert service.more_places
    assert service.fewer_places
    # Places per person, weighted by people, add up to places: what is gained is what was added.
    assert outcome.cells > 0


def test_faster_streets_are_what_a_build_over_them_gives(planning: Planning) -> None:
    lon, lat, _ = _home(planning, 700)
    side = 0.01
    ring = [[lon - side, lat - side], [lon + side, lat - side], [lon + side, lat + side],
            [lon - side, lat + side], [lon - side, lat - side]]  # fmt: skip
    feature = _feature("caminar", factor=1.5)
    feature["geometry"] = {"type": "Polygon", "coordinates": [ring]}
    scenario = read_scenario(_file(feature))
    today = ground_today(planning, "general")
    sites, costs = apply_changes(planning, today, scenario)
    assert costs is not None
    after, touched, rows = change_ground(planning, today, sites, costs)
    assert set(touched) == set(planning.demand)
    assert 0 < len(rows) < len(planning.cells)
    whole, _ = measure_reach(
        planning.cells, supply_of(planning, sites, planning.demand), planning.network,
        Standing(planning.homes, sites.standing), planning.method, costs=costs,
        demand=planning.demand,
    )  # fmt: skip
    for column in whole:
        _same(after.cells[column], whole[column])


@pytest.mark.parametrize("profile", ["general", "silla_ruedas"])
def test_cells_are_what_measuring_all_again_gives(planning: Planning, profile: str) -> None:
    """Of whoever walks, over streets that cost each way what they cost."""
    ids = _nurseries(planning)["facility_id"].tolist()
    scenario = read_scenario(
        _file(
            _feature("cerrar", facility_id=ids[1]),
            _feature("abrir", _home(planning, 40)[:2], services=["mayores"], places=30),
            _feature("abrir", _home(planning, 41)[:2], services=["primaria", "preescolar"]),
            profile=profile,
        )
    )
    today = ground_today(planning, profile)
    sites, costs = apply_changes(planning, today, scenario)
    after, _, rows = change_ground(planning, today, sites, costs)
    assert len(rows)
    whole, _ = measure_reach(
        planning.cells, supply_of(planning, sites, planning.demand), planning.network,
        Standing(planning.homes, sites.standing), planning.method, costs=costs,
        demand=planning.demand,
    )  # fmt: skip
    for column in whole:
        _same(after.cells[column], whole[column])


def _same(found: np.ndarray, expected: pd.Series) -> None:
    if found.dtype == "float64":
        assert np.allclose(found, expected, rtol=1e-9, atol=1e-12, equal_nan=True), expected.name
    else:
        assert (found == expected.to_numpy()).all(), expected.name


def test_a_scenario_that_changes_nothing_changes_nothing(planning: Planning) -> None:
    outcome = evaluate(planning, read_scenario(_file(title="nada")))
    assert outcome.services == ()
    assert outcome.places == ()


_FAR = (10.0, 50.0)


@pytest.mark.parametrize(
    ("features", "error", "words"),
    [
        ([_feature("abrir", _FAR, services=["guarderia"])], ParameterError, "fuera del atlas"),
        ([_feature("abrir", (-101.6, 21.7), services=["spa"])], ParameterError, "guarderia"),
        ([_feature("abrir", (-101.6, 21.7), services=["guarderia"], places=-3)],
         ParameterError, "lugares mayor que 0"),
        ([_feature("abrir", None, services=["guarderia"])], ParameterError, "Point"),
        ([_feature("abrir", (-101.6, 21.7), services=["guarderia"], scheme="club")],
         ParameterError, "imss"),
        ([_feature("abrir", (-101.6, 21.7), services=["guarderia"], lugares=3)],
         ParameterError, "Quite «lugares»"),
        ([_feature("cerrar", facility_id="no-hay")], UnknownPlaceError, "no-hay"),
        ([_feature("cerrar", facility_id="a"), _feature("lugares", facility_id="a", places=3)],
         ParameterError, "un solo cambio"),
        ([_feature("volar")], ParameterError, "abrir, cerrar"),
        ([{"type": "Feature"}], ParameterError, "properties"),
        ([_feature("abrir", (0.0, 0.0), services=["guarderia"])] * 10_000, LimitError, "10,000"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_both_languages(
    planning: Planning, features: list[dict[str, Any]], error: type[CareError], words: str
) -> None:
    with pytest.raises(error) as raised:
        evaluate(planning, read_scenario(_file(*features)))
    assert words in raised.value.message("es")
    assert raised.value.message("en") != raised.value.message("es")


@pytest.mark.parametrize(
    "document", [None, [], "x", {"type": "Feature"}, {"type": "FeatureCollection"},
                 {"type": "FeatureCollection", "features": "no"},
                 {"type": "FeatureCollection", "features": [], "scenario": 3},
                 {"type": "FeatureCollection", "features": [], "scenario": {"title": "x" * 300}}],
)  # fmt: skip
def test_a_file_that_is_no_scenario_is_refused(document: object) -> None:
    with pytest.raises(ParameterError):
        read_scenario(document)


def test_a_file_is_posted_and_answered(planning: Planning, demo_atlas: Path) -> None:
    lon, lat, _ = _home(planning, 300)
    document = _file(_feature("abrir", (lon, lat), services=["guarderia"], places=90))
    with client_of(create_app(Settings(atlas=demo_atlas))) as client:
        answer = client.post("/escenarios", json=document)
        assert answer.status_code == HTTPStatus.OK, answer.text
        assert answer.headers["cache-control"] == "no-store"
        expected = evaluate(planning, read_scenario(document))
        assert answer.json()["services"][0]["people"] == expected.services[0].people
        assert len(answer.json()["places"]) == len(expected.places)
        document["features"][0]["geometry"]["coordinates"] = [2.3, 48.8]
        for language, words in (("es", "fuera del atlas"), ("en", "outside the atlas")):
            refused = client.post(f"/escenarios?lang={language}", json=document)
            assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
            assert words in refused.json()["detail"]


def test_the_command_says_what_changes(
    planning: Planning, demo_atlas: Path, cuidados: Any, tmp_path: Path
) -> None:
    lon, lat, _ = _home(planning, 300)
    file, out = tmp_path / "mejor.geojson", tmp_path / "resultado.json"
    document = _file(_feature("abrir", (lon, lat), services=["guarderia"], places=90))
    file.write_bytes(orjson.dumps(document))
    told = cuidados("scenario", file, "--atlas", demo_atlas, "--out", out)
    assert told.returncode == 0, told.stderr
    assert "demanda potencial" in told.stdout
    assert orjson.loads(out.read_bytes())["changes"] == 1
    file.write_text("{", encoding="utf-8")
    broken = cuidados("scenario", file, "--atlas", demo_atlas)
    assert broken.returncode == 2
    assert "JSON" in broken.stderr


def test_a_profile_the_atlas_lacks_is_refused(planning: Planning) -> None:
    with pytest.raises(NotComputedError, match="patines"):
        evaluate(planning, read_scenario(_file(profile="patines")))
