"""The picture of the page's first map: small, the same each time, and in the page's own colours."""

import math
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import shapely

from geo.artifacts import current_version, read_manifest, verify
from geo.first_map import FIRST_MAP, draw_first_map
from geo.first_map_svg import COLORS, SIDE, chains, segments
from geo.start_view import LADDER, STAGE_PX, start_view
from tests.api.synthetic_atlas import FOCUS, build_synthetic_atlas

_PAGE = Path(__file__).parents[2] / "api" / "viewer" / "src"


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    atlas = tmp_path_factory.mktemp("drawn")
    build_synthetic_atlas(atlas, first_map=True)
    return current_version(atlas)


def test_colours_are_those_of_the_page() -> None:
    light, dark = (_PAGE / "style.css").read_text(encoding="utf-8").split("@media", 2)[:2]
    for name, colors in COLORS.items():
        for scheme, color in zip((light, dark), colors, strict=True):
            assert re.search(rf"--{name}: (#[0-9a-f]{{6}});", scheme).group(1) == color  # type: ignore[union-attr]


def test_levels_begin_where_the_page_begins_them() -> None:
    source = (_PAGE / "modes" / "mapa.ts").read_text(encoding="utf-8")
    (written,) = re.findall(r"const LADDER[^=]*= \{([^}]*)\}", source)
    pairs = (pair.split(":") for pair in written.split(","))
    assert {name.strip(): float(zoom) for name, zoom in pairs} == LADDER


def test_the_start_view_holds_the_place_in_few_tiles() -> None:
    view = start_view((-102.3, 21.85, -102.26, 21.89), *STAGE_PX, 3)
    across = view.world_px * 0.04 / 360
    assert across <= STAGE_PX[0] - 48
    assert view.world_px * 0.04 / 360 / math.cos(math.radians(21.87)) <= STAGE_PX[1] - 47.9
    assert 13 < view.zoom < 15
    # A single point, and a place so long that a whole zoom less is needed.
    assert start_view((-102.3, 21.85, -102.3, 21.85), *STAGE_PX, 3).zoom == 18
    long = start_view((-99.2, 19.2, -98.95, 19.6), 944, 3000, 3)
    assert long.zoom == pytest.approx(math.ceil(long.zoom) - 0.01)
    assert start_view((-118, 14, -86, 33), 300, 300, 3).zoom == 3


def test_it_is_small_sound_and_the_same_each_time(version: Path) -> None:
    manifest = verify(version)
    record = manifest.asset(FIRST_MAP)
    assert record is not None
    path = version / record.file.path
    root = ET.fromstring(path.read_bytes())  # noqa: S314 — our own file
    assert root.get("viewBox") == f"0 0 {SIDE} {SIDE}"
    assert path.stat().st_size < 120_000
    fills = re.findall(r'<path fill="([^"]+)"', path.read_text())
    assert "url(#h)" in fills, "the unknown are hatched"
    assert "#7a1f5c" in fills, "out of reach has a colour of its own"
    assert record.properties["indicator"].startswith("nearest_min_")
    again = draw_first_map(manifest.layers, FOCUS, version, {})
    assert again is not None
    assert again.file == record.file


def test_corners_stand_where_the_view_puts_them(version: Path) -> None:
    record = read_manifest(version).asset(FIRST_MAP)
    assert record is not None
    west, _, east, _ = record.properties["extent"]
    edges = re.search(r'class="e" d="([^"]+)"', (version / record.file.path).read_text())
    assert edges is not None
    starts = np.array(re.findall(r"M(\d+) (\d+)", edges.group(1)), dtype=int)
    for longitude in (FOCUS[0], FOCUS[2]):
        expected = (longitude - west) / (east - west) * SIDE
        assert np.abs(starts[:, 0] - expected).min() <= 1


def test_shared_borders_are_drawn_once() -> None:
    squares = [shapely.box(5, 5, 15, 15), shapely.box(15, 5, 25, 15)]
    lines = chains(segments(shapely.get_rings(squares)))
    assert shapely.length(lines).sum() == 70
    assert len(lines) == 3


def test_without_people_there_is_no_picture(version: Path) -> None:
    assert draw_first_map(read_manifest(version).layers, None, version, {}) is None
