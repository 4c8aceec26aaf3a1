"""Rasters over HTTP: pictures hold the grid's values, nothing known is transparent, files whole."""

import io
import math
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import numpy as np
import pyproj
import pytest
import rasterio
from PIL import Image
from rio_tiler.colormap import cmap

from api.app import create_app
from api.settings import Settings
from geo.artifacts import AssetRecord, Label, exclusive, put_in_service, read_manifest, record_file
from geo.artifacts import staging as staged_version
from geo.grid import Band, Frame, measure_image, write_cog
from geo.grid.lattice import keys_at
from tests.api.running import client_of
from tests.api.synthetic_atlas import build_synthetic_atlas

X, Y = 2_465_600.0, 1_088_000.0  # a corner of 512 by 512 squares near Aguascalientes
SIDE = 512
GRID = "rejilla_infancia"


def _values() -> np.ndarray:
    """People a hectare rise eastward; the northern half is unknown."""
    values = np.repeat(np.arange(SIDE, dtype="float64")[None] / 10, SIDE, axis=0)
    values[: SIDE // 2] = np.nan
    return values


def _add_raster(atlas: Path) -> None:
    version = build_synthetic_atlas(atlas)
    east, south = np.meshgrid(np.arange(SIDE) * 100.0, np.arange(SIDE) * 100.0)
    keys = keys_at(X + 50 + east.ravel(), Y + (SIDE * 100 - 50) - south.ravel())
    order = np.argsort(keys)
    band = _values().ravel()[order]
    both = np.column_stack([band, band * 2])
    with exclusive(atlas), staged_version(atlas) as staged:
        for path in version.rglob("*.*"):
            copy = staged / path.relative_to(version)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
        bands = (Band("children_0_11", "personas/ha", "Niñez", "Children"),
                 Band("twice", "1", "Doble", "Twice"))  # fmt: skip
        path = staged / "rasters" / f"{GRID}.tif"
        frame = Frame.of_keys(keys[order])
        write_cog(path, frame, bands, lambda w: measure_image(w, keys[order], both), {})
        degrees = pyproj.Transformer.from_crs("EPSG:6372", "EPSG:4326", always_xy=True)
        asset = AssetRecord(
            id=GRID, kind="raster", title=Label(es="Rejilla", en="Grid"),
            description=Label(es="Rejilla", en="Grid"), file=record_file(path, root=staged),
            properties={
                "bounds": list(degrees.transform_bounds(*frame.bounds_m)), "edition": "2020",
                "year": 2020, "unit": "personas/ha", "colormap": "viridis",
                "bands": [
                    {"name": band.name, "unit": band.unit, "rescale": [0.0, 51.0],
                     "title": {"es": band.title_es, "en": band.title_en}}
                    for band in bands
                ],
            },
        )  # fmt: skip
        manifest = read_manifest(version).model_copy(update={"assets": (asset,)})
        put_in_service(atlas, staged, manifest)


@pytest.fixture(scope="module")
def rasters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    atlas = tmp_path_factory.mktemp("rasters")
    _add_raster(atlas)
    with client_of(create_app(Settings(atlas=atlas))) as found:
        yield found


def _tile_of(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    y = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return int((longitude + 180) / 360 * 2**zoom), int(y * 2**zoom)


def _pixel(response: httpx.Response) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(response.content)).convert("RGBA"))


def _degrees(column: int, row: int) -> tuple[float, float]:
    """Return the centre of the square at a column from the west and a row from the south."""
    degrees = pyproj.Transformer.from_crs("EPSG:6372", "EPSG:4326", always_xy=True)
    lon, lat = degrees.transform(X + column * 100 + 50, Y + row * 100 + 50)
    return lon, lat


@pytest.mark.parametrize(("form", "media"), [("png", "image/png"), ("webp", "image/webp")])
def test_a_tile_shows_the_grid_s_values_in_colours(
    rasters: httpx.Client, form: str, media: str
) -> None:
    zoom = 15
    for column in (20, 255, 480):
        lon, lat = _degrees(column, 100)
        x, y = _tile_of(lon, lat, zoom)
        response = rasters.get(f"/rasters/{GRID}/{zoom}/{x}/{y}.{form}?rescale=0,51&size=256")
        assert response.headers["content-type"] == media
        picture = _pixel(response)
        assert picture.shape == (256, 256, 4)
        at = (lon + 180) / 360 * 2**zoom % 1
        up = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom % 1
        pixel = picture[int(up * 256), int(at * 256)]
        assert tuple(pixel) == tuple(cmap.get("viridis")[round(column / 10 / 51 * 255)])


def test_nothing_known_is_transparent_and_a_tile_of_it_204(rasters: httpx.Client) -> None:
    lon, lat = _degrees(256, 256)
    x, y = _tile_of(lon, lat, 9)
    picture = _pixel(rasters.get(f"/rasters/{GRID}/9/{x}/{y}.png"))
    assert set(np.unique(picture[..., 3])) == {0, 255}
    lon, lat = _degrees(256, 450)
    x, y = _tile_of(lon, lat, 14)
    assert rasters.get(f"/rasters/{GRID}/14/{x}/{y}.png").status_code == HTTPStatus.NO_CONTENT
    for far in ("9/0/0", "16/0/0", "16/65535/65535", "16/40000/65535"):
        assert rasters.get(f"/rasters/{GRID}/{far}.png").status_code == HTTPStatus.NO_CONTENT


def test_impossible_tiles_and_parameters_are_refused(rasters: httpx.Client) -> None:
    expected = {
        f"/rasters/{GRID}/3/8/0.png": 404,
        "/rasters/nada/3/0/0.png": 404,
        "/rasters/nada.tif": 404,
        "/rasters/nada/legend": 404,
        f"/rasters/{GRID}/17/0/0.png": 422,
        f"/rasters/{GRID}/3/0/0.gif": 422,
        f"/rasters/{GRID}/3/0/0.png?colormap=jet": 422,
        f"/rasters/{GRID}/3/0/0.png?rescale=9,1": 422,
        f"/rasters/{GRID}/3/0/0.png?rescale=nan,1": 422,
        f"/rasters/{GRID}/3/0/0.png?rescale=-1e308,1e308": 422,
        f"/rasters/{GRID}/3/{10**30}/0.png": 404,
        f"/rasters/{GRID}/3/0/0.png?band=otra": 422,
        f"/rasters/{GRID}/3/0/0.png?size=4096": 422,
        f"/rasters/{GRID}/3/0/0.png?otro=1": 422,
        f"/rasters/{GRID}/point?lon=500&lat=0": 422,
    }
    for path, status in expected.items():
        response = rasters.get(path)
        assert response.status_code == status, path
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["cache-control"] == "no-store"
    assert GRID in rasters.get("/rasters/nada/legend").json()["detail"]
    assert rasters.get("/rasters/..%2F..%2FCURRENT.tif").status_code >= 400


def test_a_tile_is_known_again_and_kept_for_good_under_its_version(rasters: httpx.Client) -> None:
    tilejson = rasters.get(f"/rasters/{GRID}/tilejson.json?colormap=cividis").json()
    lon, lat = _degrees(256, 100)
    x, y = _tile_of(lon, lat, 12)
    address = tilejson["tiles"][0].format(z=12, x=x, y=y)
    assert "colormap=cividis" in address
    first = rasters.get(address)
    assert first.status_code == HTTPStatus.OK
    assert "immutable" in first.headers["cache-control"]
    again = rasters.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (HTTPStatus.NOT_MODIFIED, b"")
    other = rasters.get(f"/rasters/{GRID}/12/{x}/{y}.png")
    assert "immutable" not in other.headers["cache-control"]
    assert other.headers["etag"] != first.headers["etag"]


def test_values_at_a_point_are_the_file_s(rasters: httpx.Client) -> None:
    def at(column: int, row: int) -> dict:
        lon, lat = _degrees(column, row)
        return rasters.get(f"/rasters/{GRID}/point", params={"lon": lon, "lat": lat}).json()

    known = at(100, 10)
    assert known["inside"]
    assert [item["value"] for item in known["values"]] == [10.0, 20.0]
    assert known["values"][0]["unit"] == "personas/ha"
    assert [item["state"] for item in at(100, 500)["values"]] == ["sin_dato"] * 2
    outside = rasters.get(f"/rasters/{GRID}/point?lon=-90&lat=15").json()
    assert not outside["inside"]
    assert outside["values"][0]["value"] is None
    for lon, lat in ((180, -90), (-180, 90), (78, -45)):
        far = rasters.get(f"/rasters/{GRID}/point?lon={lon}&lat={lat}")
        assert not far.json()["inside"]


def test_the_list_says_unit_bounds_edition_and_legend(rasters: httpx.Client) -> None:
    (raster,) = rasters.get("/rasters").json()["rasters"]
    assert (raster["unit"], raster["edition"]) == ("personas/ha", "2020")
    west, south, east, north = raster["bounds"]
    assert -103 < west < east < -101
    assert 20 < south < north < 23
    classes = raster["legend"]["classes"]
    assert [item["value"] for item in classes] == pytest.approx([0, 10.2, 20.4, 30.6, 40.8, 51])
    assert classes[0]["color"] == "#440154"
    for link in raster["links"]:
        assert rasters.get(link["href"]).status_code == HTTPStatus.OK


def test_legends_are_drawn(rasters: httpx.Client) -> None:
    strip = _pixel(rasters.get(f"/rasters/{GRID}/legend.png?colormap=magma_r"))
    assert strip.shape == (16, 256, 4)
    assert tuple(strip[0, 255][:3]) == tuple(cmap.get("magma_r")[255][:3])
    drawn = rasters.get(f"/rasters/{GRID}/legend.svg?band=twice&rescale=0,100")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert ">100</text>" in drawn.text
    assert rasters.get(f"/rasters/{GRID}/legend?rescale=0,100").json()["classes"][1]["value"] == 20


def test_the_file_is_served_whole_and_by_ranges(rasters: httpx.Client, tmp_path: Path) -> None:
    address = f"/rasters/{GRID}.tif"
    whole = rasters.get(address)
    path = tmp_path / "whole.tif"
    path.write_bytes(whole.content)
    with rasterio.open(path) as dataset:
        assert np.array_equal(dataset.read(1), _values().astype("float32"), equal_nan=True)
    part = rasters.get(address, headers={"range": "bytes=4-11"})
    assert part.status_code == HTTPStatus.PARTIAL_CONTENT
    assert part.content == whole.content[4:12]
    assert part.headers["content-range"] == f"bytes 4-11/{len(whole.content)}"
    beyond = rasters.get(address, headers={"range": f"bytes={len(whole.content)}-"})
    assert beyond.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    known = rasters.get(address, headers={"if-none-match": whole.headers["etag"]})
    assert known.status_code == HTTPStatus.NOT_MODIFIED


def test_gdal_reads_the_served_file_in_place(rasters: httpx.Client) -> None:
    with (
        rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_HTTP_PROXY=""),
        rasterio.open(f"/vsicurl/{rasters.base_url}/rasters/{GRID}.tif") as dataset,
    ):
        assert dataset.overviews(1)
        assert dataset.read(1, window=((500, 501), (100, 101))).item() == 10.0
