"""Grids one can check by hand: squares of 100 m, shares of area, files on the lattice."""

from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
from rio_tiler.io import Reader

from data.errors import InputError, LimitError, MissingInputError
from data.tables import Level
from geo.grid import (
    Band,
    Covered,
    Frame,
    account_of,
    by_hexagon,
    hexagons_of,
    mean_access,
    measure_image,
    people_image,
    raster,
    shares_of,
    sum_people,
    supports_of,
    write_cog,
)
from geo.grid.lattice import columns_rows, keys_at
from geo.grid.zones import Ground, Measured, read_polygons, zonal

X, Y = 2_400_000.0, 1_000_000.0


def _box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(X + west, Y + south, X + east, Y + north)


def _shapes(*shapes: object) -> np.ndarray:
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found


def _cog(path: Path, values: dict[tuple[float, float], float], cover: list | None = None) -> Path:
    points = np.array(list(values)) + np.array((X, Y))
    keys = keys_at(points[:, 0], points[:, 1])
    order = np.argsort(keys)
    people = np.array(list(values.values()))[order][:, None]
    covered = Covered(_shapes(*(cover or [])))
    write_cog(
        path,
        Frame.around((X, Y, X + 3200, Y + 3200)),
        (Band("population", "personas/ha", "Población", "Population"),),
        lambda window: people_image(window, keys[order], people, covered),
        {"TITLE": "Población"},
    )
    return path


def test_a_block_gives_each_square_its_share_of_the_area() -> None:
    shares = shares_of(_shapes(_box(50, 0, 250, 100), None, shapely.Point(X + 150, Y + 1)))
    assert shares.part.tolist() == [0, 0, 0, 2]
    assert shares.share == pytest.approx([0.25, 0.5, 0.25, 1.0])
    columns, rows = columns_rows(shares.key)
    assert (columns - 24_000).tolist() == [0, 1, 2, 1]
    assert set(rows) == {10_000}
    assert shares.placed.tolist() == [True, False, True]


def test_holes_and_parts_count_by_area() -> None:
    ring = _box(0, 0, 200, 100).difference(_box(0, 0, 50, 100))
    both = shapely.MultiPolygon([_box(0, 0, 30, 100), _box(300, 0, 390, 100)])
    assert shares_of(_shapes(ring)).share == pytest.approx([1 / 3, 2 / 3])
    assert shares_of(_shapes(both)).share == pytest.approx([0.25, 0.75])


def test_a_line_thin_polygon_falls_where_it_stands() -> None:
    thin = shapely.Polygon([(X + 10, Y), (X + 20, Y), (X + 10, Y)])
    assert shares_of(_shapes(thin)).share.tolist() == [1.0]


def test_coordinates_that_are_not_metres_are_refused() -> None:
    with pytest.raises(LimitError):
        shares_of(_shapes(shapely.Point(-102.3, 21.9)))


def test_unknown_people_make_the_square_unknown_and_are_accounted_for() -> None:
    shares = shares_of(_shapes(_box(0, 0, 200, 100), _box(0, 0, 100, 100), None))
    people = np.array([[10.0], [np.nan], [7.0]])
    grid = sum_people(shares, people)
    assert np.isnan(grid.known[0, 0])
    assert grid.known[1, 0] == pytest.approx(5)
    account = next(account_of(shares, people, grid))
    assert account.total == 17
    assert account.on_grid == pytest.approx(5)
    assert account.in_unknown == pytest.approx(5)
    assert account.without_place == 7


def test_access_is_the_mean_over_people_and_over_ground_where_nobody_lives() -> None:
    square = _box(0, 0, 100, 100)
    shares = shares_of(_shapes(square, square, _box(100, 0, 200, 100), _box(100, 0, 200, 100)))
    access = np.array([[10.0], [20.0], [4.0], [8.0]])
    _, means = mean_access(shares, access, np.array([3.0, 1.0, 0.0, 0.0]))
    assert means[:, 0].tolist() == [12.5, 6.0]
    _, means = mean_access(shares, np.full((4, 1), np.nan), np.ones(4))
    assert np.isnan(means).all()


def test_frames_meet_on_the_national_lattice() -> None:
    first = Frame.around((X + 1, Y + 1, X + 2, Y + 2))
    other = Frame.around((X + 40_001, Y + 77_001, X + 50_000, Y + 90_000))
    for edge in (*first.bounds_m, *other.bounds_m):
        assert edge % 1600 == 0
    pieces = [piece for _, _, piece in other.windows(100)]
    assert sum(piece.width * piece.height for piece in pieces) == other.width * other.height
    line, offset, piece = list(other.windows(100))[-1]
    assert piece.row == other.row
    assert other.row + other.height - line - piece.height == piece.row
    assert other.column + offset == piece.column


def test_a_raster_keeps_zero_unknown_and_value_apart(tmp_path: Path) -> None:
    path = _cog(
        tmp_path / "a.tif", {(50, 50): 8.0, (150, 50): np.nan}, [_box(0, 0, 400, 100)]
    )  # fmt: skip
    with rasterio.open(path) as dataset:
        assert dataset.crs.to_epsg() == 6372
        assert dataset.transform.a == 100
        assert np.isnan(dataset.nodata)
        assert dataset.units == ("personas/ha",)
        assert dataset.descriptions == ("population",)
        assert dataset.tags(1)["title_en"] == "Population"
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        row = dataset.read(1)[-1, :5]
    assert row[0] == 8
    assert np.isnan(row[1])
    assert row[2:4].tolist() == [0, 0]
    assert np.isnan(row[4])


def test_equal_grids_are_equal_bytes_and_overviews_are_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    east, north = np.meshgrid(np.arange(512) * 100.0, np.arange(512) * 100.0)
    keys = np.sort(keys_at(X + east.ravel(), Y + north.ravel()))
    values = (keys % 7).astype("float64")[:, None]
    frame = Frame.of_keys(keys)
    assert (frame.width, frame.height) == (512, 512)
    for name, threads in (("a.tif", "1"), ("b.tif", "3")):
        monkeypatch.setitem(raster._CLOUD_OPTIMISED, "NUM_THREADS", threads)
        write_cog(
            tmp_path / name, frame, (Band("x", "1", "x", "x"),),
            lambda window: measure_image(window, keys, values), {},
        )  # fmt: skip
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    with rasterio.open(tmp_path / "a.tif") as dataset:
        assert dataset.overviews(1) == [2]
        whole = dataset.read(1)
        half = dataset.read(1, out_shape=(256, 256))
    assert half == pytest.approx(whole.reshape(256, 2, 256, 2).mean(axis=(1, 3)))


def test_hexagons_hold_the_same_people() -> None:
    shares = shares_of(_shapes(_box(0, 0, 2000, 1500), _box(1000, 500, 1100, 600)))
    in_hexagons = by_hexagon(shares, hexagons_of(shares.key))
    people = np.array([[900.0], [11.0]])
    grid = sum_people(in_hexagons, people)
    assert grid.values.sum() == pytest.approx(911)
    cell = h3.int_to_str(int(in_hexagons.key[-1]))
    assert h3.get_resolution(cell) == 9
    degrees = pyproj.Transformer.from_crs("EPSG:6372", "EPSG:4326", always_xy=True)
    lon, lat = degrees.transform(X + 1050, Y + 550)
    assert h3.latlng_to_cell(lat, lon, 9) == cell


def _cells(rows: list[dict[str, object]]) -> pd.DataFrame:
    columns = ["kind", "municipality", "locality", "ageb", "block", "lon", "lat", "population"]
    return pd.DataFrame(rows).reindex(columns=columns)


def _outlines(shapes: dict[str, object]) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {"cvegeo": list(shapes)}, geometry=list(shapes.values()), crs="EPSG:6372"
    )
    return frame.to_crs("EPSG:4326")


AGEB = "0100100010018"
CITY = {
    Level.BLOCK: _outlines({f"{AGEB}001": _box(0, 0, 100, 100), f"{AGEB}002": _box(200, 0, 300, 99),
                            f"{AGEB}003": _box(400, 0, 500, 100)}),
    Level.AGEB: _outlines({AGEB: _box(0, 0, 500, 200)}),
    Level.MUNICIPALITY: _outlines({"01001": _box(0, 0, 1000, 1000)}),
}  # fmt: skip
BLOCK_ROW = {"municipality": "01001", "locality": AGEB[:9], "ageb": AGEB}


def test_remainders_live_in_blocks_without_a_count_then_between_blocks() -> None:
    rows = [
        {**BLOCK_ROW, "kind": "manzana", "block": f"{AGEB}001", "population": 10.0},
        {**BLOCK_ROW, "kind": "manzana", "block": f"{AGEB}002", "population": 10.0},
        {**BLOCK_ROW, "kind": "resto_ageb", "population": 5.0},
    ]
    shapes = supports_of(_cells(rows), CITY, {}).shapes
    assert shapes[0].area == pytest.approx(10_000, rel=1e-6)
    assert shapes[2].centroid.x == pytest.approx(X + 450, abs=0.01)
    rows.insert(2, {**rows[0], "block": f"{AGEB}003"})
    between = supports_of(_cells(rows), CITY, {}).shapes[3]
    assert between.area == pytest.approx(100_000 - 29_900, rel=1e-6)


def test_an_ageb_without_counted_blocks_lives_in_its_drawn_blocks() -> None:
    cells = _cells([{**BLOCK_ROW, "kind": "ageb", "population": 5.0}])
    assert supports_of(cells, CITY, {}).shapes[0].area == pytest.approx(29_900, rel=1e-6)
    outline = {Level.AGEB: CITY[Level.AGEB]}
    assert supports_of(cells, outline, {}).shapes[0].area == pytest.approx(100_000, rel=1e-6)
    assert supports_of(cells, {}, {}).shapes[0] is None


def test_a_locality_known_by_a_point_is_spread_over_a_disc_of_its_people() -> None:
    row = {"kind": "localidad_rural", "municipality": "01001", "locality": "010010002",
           "lon": -102.9, "lat": 21.0}  # fmt: skip
    few, many, nowhere = supports_of(
        _cells([row | {"population": 40.0}, row | {"population": 5_000.0},
                row | {"population": 5_000.0, "lon": np.nan}]), {}, {},
    ).shapes  # fmt: skip
    assert few.geom_type == "Point"
    assert many.area == pytest.approx(100 * 10_000, rel=0.01)
    assert nowhere is None


def test_empty_ground_is_zero_only_where_everyone_has_a_place() -> None:
    rows = [
        {**BLOCK_ROW, "kind": "manzana", "block": f"{AGEB}001", "population": 10.0},
        {"kind": "resto_municipio", "municipality": "01001", "population": 3.0},
    ]
    far = Frame.around((X + 850, Y + 850, X + 950, Y + 950), snap=1)
    inside = Frame.around((X + 210, Y + 110, X + 290, Y + 190), snap=1)

    def zero(rows: list[dict[str, object]], total: float) -> tuple[bool, bool]:
        covered = Covered(supports_of(_cells(rows), CITY, {"01001": total}).cover)
        return bool(covered.of(far).all()), bool(covered.of(inside).all())

    assert zero(rows[:1], 10.0) == (True, True)
    assert zero(rows, 13.0) == (False, True)


def test_zones_add_people_and_average_measures(tmp_path: Path) -> None:
    people = _cog(tmp_path / "p.tif", {(50, 50): 8.0, (150, 50): 2.0, (250, 50): np.nan})
    minutes = _cog(tmp_path / "m.tif", {(50, 50): 10.0, (150, 50): 20.0})
    zones = gpd.GeoDataFrame(
        geometry=[_box(0, 0, 200, 100), _box(50, 0, 150, 100), _box(150, 0, 300, 100),
                  _box(900, 900, 990, 990), _box(900_000, 0, 900_100, 100)], crs="EPSG:6372",
    )  # fmt: skip
    table = zonal({"p": Measured(people), "m": Measured(minutes, people)}, zones)
    assert table["p"].tolist() == pytest.approx([10, 5, 1, np.nan, np.nan], nan_ok=True)
    assert table["p_known_share"].tolist() == pytest.approx([1, 1, 1 / 3, 0, 0], abs=1e-6)
    assert table["m"].tolist() == pytest.approx([12, 12, 20, np.nan, np.nan], nan_ok=True)


def test_zones_take_the_people_of_the_blocks_inside_a_cut_square(tmp_path: Path) -> None:
    # In one square a block of 9 people and one of 1, and 2 people at a point by their edge; in the
    # next, 4 people no ground is given for; in the last, a block whose people are not known.
    people = _cog(tmp_path / "p.tif", {(50, 50): 12.0, (150, 50): 4.0, (250, 50): np.nan})
    ground = Ground(
        _shapes(_box(0, 0, 50, 100), _box(50, 0, 100, 100), shapely.Point(X + 60, Y + 50), None,
                _box(200, 0, 300, 100)),
        {"p": np.array([9.0, 1.0, 2.0, 7.0, np.nan])},
    )  # fmt: skip
    zones = gpd.GeoDataFrame(
        geometry=[_box(0, 0, 50, 100), _box(50, 0, 100, 100), _box(0, 0, 75, 100),
                  _box(50, 0, 150, 100), _box(0, 0, 100, 100), _box(225, 0, 300, 100)],
        crs="EPSG:6372",
    )  # fmt: skip
    told = zonal({"p": Measured(people)}, zones, ground=ground)
    assert told["p"].tolist() == pytest.approx([9, 3, 11.5, 5, 12, np.nan], rel=1e-4, nan_ok=True)
    assert told["p_by_area"].tolist() == pytest.approx(
        [0, 0, 0, 2, 0, np.nan], abs=1e-4, nan_ok=True
    )
    by_area = zonal({"p": Measured(people)}, zones)
    assert by_area["p"].tolist()[:3] == pytest.approx([6, 6, 9], rel=1e-5)
    assert "p_by_area" not in by_area


def test_a_polygon_too_large_to_cut_says_so(tmp_path: Path, monkeypatch) -> None:
    people = _cog(tmp_path / "p.tif", {(50, 50): 12.0})
    ground = Ground(_shapes(_box(0, 0, 50, 100)), {"p": np.array([12.0])})
    zones = gpd.GeoDataFrame(geometry=[_box(0, 0, 50, 100)], crs="EPSG:6372")
    monkeypatch.setattr("geo.grid.cuts.LARGEST_CUT_HA", 0.1)
    monkeypatch.setattr("geo.grid.zones.LARGEST_CUT_HA", 0.1)
    told = zonal({"p": Measured(people)}, zones, ground=ground).iloc[0]
    assert told["p"] == pytest.approx(6)
    assert np.isnan(told["p_by_area"])


def test_zones_of_any_reference_system(tmp_path: Path) -> None:
    people = _cog(tmp_path / "p.tif", {(50, 50): 8.0, (150, 50): 2.0})
    zone = gpd.GeoDataFrame(geometry=[_box(0, 0, 200, 100)], crs="EPSG:6372").to_crs("EPSG:4326")
    assert zonal({"p": Measured(people)}, zone)["p"].tolist() == pytest.approx([10], rel=1e-4)


def test_zones_that_cannot_be_measured_are_refused_by_row(tmp_path: Path) -> None:
    people = _cog(tmp_path / "p.tif", {(50, 50): 8.0})
    bow = shapely.Polygon([(X, Y), (X + 9, Y + 9), (X + 9, Y), (X, Y + 9)])
    for wrong in (shapely.Point(X, Y), bow, None):
        zones = gpd.GeoDataFrame(geometry=[_box(0, 0, 9, 9), wrong], crs="EPSG:6372")
        with pytest.raises(InputError) as caught:
            zonal({"p": Measured(people)}, zones)
        assert caught.value.where.row == 2


def test_files_of_polygons_are_bounded_and_say_their_reference_system(
    tmp_path: Path, monkeypatch
) -> None:
    zones = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[_box(0, 0, 9, 9)] * 2, crs=None)
    with pytest.raises(MissingInputError):
        read_polygons(tmp_path / "none.gpkg")
    (tmp_path / "text.geojson").write_text("not json", encoding="utf-8")
    with pytest.raises(InputError):
        read_polygons(tmp_path / "text.geojson")
    with pytest.raises(InputError):
        read_polygons(Path(__file__))
    zones.to_parquet(tmp_path / "bare.parquet")
    with pytest.raises(InputError, match="--crs"):
        read_polygons(tmp_path / "bare.parquet")
    with pytest.raises(InputError, match="EPSG:6372"):
        read_polygons(tmp_path / "bare.parquet", crs="EPSG:nothing")
    assert read_polygons(tmp_path / "bare.parquet", crs="EPSG:6372").crs.to_epsg() == 6372
    monkeypatch.setattr("geo.grid.zones.MAX_POLYGONS", 1)
    with pytest.raises(LimitError):
        read_polygons(tmp_path / "bare.parquet", crs="EPSG:6372")


def test_tools_that_read_cogs_read_ours(tmp_path: Path) -> None:
    path = _cog(tmp_path / "a.tif", {(50, 50): 8.0})
    degrees = pyproj.Transformer.from_crs("EPSG:6372", "EPSG:4326", always_xy=True)
    with Reader(str(path)) as reader:
        assert reader.point(*degrees.transform(X + 50, Y + 50)).data[0] == 8
