"""The folium page: self-contained, escaped, steady, bounded."""

import re
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from data.errors import MissingInputError, ParameterError
from geo import maps
from tests.api.synthetic_atlas import build_synthetic_atlas


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_synthetic_atlas(tmp_path_factory.mktemp("mapped"))


@pytest.fixture(scope="module")
def page(version: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("page") / "mapa.html"
    maps.write_map(version, out)
    return out.read_text(encoding="utf-8")


def test_nothing_is_loaded_from_elsewhere(page: str) -> None:
    loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', page)
    assert loaded == []
    assert re.findall(r"url\((?!data:|#)[^)]*\)", page) == []
    assert "L.map(" in page


def test_the_page_says_title_editions_licences_and_unknown(page: str) -> None:
    for text in ("Atlas de prueba", "2022-11", "ODbL 1.0", "Sin dato", "min · AGEB urbanas"):
        assert text in page
    assert 'lang="es"' in page


def test_texts_are_escaped(page: str) -> None:
    assert "GUARDERÍA «1» <b>" not in page
    assert "\\u0026lt;b\\u0026gt;" in page


def test_the_same_atlas_gives_the_same_bytes(version: Path, page: str, tmp_path: Path) -> None:
    maps.write_map(version, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_layer_indicator_and_language_are_chosen(version: Path, tmp_path: Path) -> None:
    out = tmp_path / "map.html"
    maps.write_map(
        version, out, layer="manzanas", indicator="demand_guarderia", language="en"
    )  # fmt: skip
    text = out.read_text(encoding="utf-8")
    assert text.index("Potential demand") < text.index("Minutes on foot")
    assert "people · Blocks" in text
    assert 'lang="en"' in text


@pytest.mark.parametrize(
    ("layer", "indicator"),
    [("colonias", None), ("centros", None), ("agebs", "nada"), ("agebs", "name")],
)
def test_what_the_atlas_cannot_draw_is_refused(
    version: Path, tmp_path: Path, layer: str, indicator: str | None
) -> None:
    with pytest.raises(ParameterError):
        maps.write_map(version, tmp_path / "x.html", layer=layer, indicator=indicator)
    assert not (tmp_path / "x.html").exists()


def test_without_leaflet_the_remedy_is_named(
    version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maps.resources, "files", lambda _: tmp_path)
    with pytest.raises(MissingInputError, match="npm"):
        maps.write_map(version, tmp_path / "x.html")


def test_outlines_are_simplified_within_their_tolerance() -> None:
    circle = shapely.Point(-102.3, 21.9).buffer(0.01, quad_segs=256)
    areas = gpd.GeoDataFrame({"cvegeo": ["1"]}, geometry=[circle], crs="EPSG:4326")
    simple = maps._simplified(areas, 20.0)
    assert shapely.get_num_coordinates(simple.geometry[0]) < 100
    metric = simple.to_crs("EPSG:6372").geometry[0]
    assert metric.hausdorff_distance(areas.to_crs("EPSG:6372").geometry[0]) < 40


def test_a_misspelt_indicator_is_answered_with_near_ones(version: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="nearest_min_guarderia") as error:
        maps.write_map(version, tmp_path / "x.html", indicator="nearest_min_guarderias")
    assert len(error.value.message()) < 300
