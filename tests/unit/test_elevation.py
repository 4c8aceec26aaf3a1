"""Heights from GeoTIFF files small enough to check by hand."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from rasterio.errors import NotGeoreferencedWarning

from data.elevation import open_elevation
from data.errors import InputError, LimitError
from data.tables import METRIC_CRS


def write(path: Path, values: np.ndarray, west: float, north: float, **options: object) -> Path:
    settings = {
        "driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1,
        "dtype": "float32", "crs": METRIC_CRS, "nodata": -1.0,
        "transform": Affine(10.0, 0.0, west, 0.0, -10.0, north), **options,
    }  # fmt: skip
    with rasterio.open(path, "w", **settings) as model:
        model.write(values.astype("float32"), 1)
    return path


def test_heights_between_cells(tmp_path: Path) -> None:
    # Centres at x 5, 15, 25 and y 15, 5.
    model = open_elevation(
        [write(tmp_path / "a.tif", np.array([[0, 10, 20], [40, 50, -1]]), 0, 20)]
    )
    assert model.cells == 6
    x = np.array([5.0, 10.0, 10.0, 0.0, 25.0, 20.0, 25.0, 31.0])
    y = np.array([15.0, 15.0, 10.0, 20.0, 15.0, 10.0, 5.0, 15.0])
    heights = model.heights(x, y, crs=METRIC_CRS)
    assert heights[:5] == pytest.approx([0.0, 5.0, 25.0, 0.0, 20.0])
    # Beside a cell without data, on it, and outside the model.
    assert np.isnan(heights[5:]).all()


def test_several_files_and_squares_of_cells(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("data.elevation._TILE_CELLS", 2)
    column = np.arange(9.0)
    first = write(tmp_path / "a.tif", np.tile(column, (5, 1)), 0, 50)
    second = write(tmp_path / "b.tif", np.full((5, 9), 7.0), 90, 50)
    model = open_elevation([first, second])
    x = np.array([80.0, 5.0, 12.0, 33.0, 120.0])
    heights = model.heights(x, np.full(5, 27.0), crs=METRIC_CRS)
    assert heights == pytest.approx([7.5, 0.0, 0.7, 2.8, 7.0])


def test_what_is_no_elevation_model_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "a.tif"
    text.write_text("not a picture")
    with pytest.raises(InputError, match="GeoTIFF"):
        open_elevation([text])
    turned = Affine(10.0, 1.0, 0.0, 1.0, -10.0, 0.0)
    with pytest.raises(InputError, match="girado"):
        open_elevation([write(tmp_path / "b.tif", np.ones((2, 2)), 0, 20, transform=turned)])


def test_heights_nowhere_on_earth_are_unknown(tmp_path: Path) -> None:
    values = np.array([[1.0, np.inf, -32768.0, 9999.0, 5.0]])
    model = open_elevation([write(tmp_path / "a.tif", values, 0, 10, nodata=None)])
    heights = model.heights(np.arange(5) * 10.0 + 5, np.full(5, 5.0), crs=METRIC_CRS)
    assert np.isnan(heights).tolist() == [False, True, True, True, False]


def test_a_file_cut_short_is_refused_where_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.random.default_rng(1).random((300, 300)), 0, 3000)
    path.write_bytes(path.read_bytes()[:200_000])
    model = open_elevation([path])
    with pytest.raises(InputError, match="GeoTIFF"):
        model.heights(np.array([2990.0]), np.array([15.0]), crs=METRIC_CRS)


def test_a_damaged_or_hostile_model_is_refused(tmp_path: Path, monkeypatch) -> None:
    local = "+proj=lcc +lat_1=17 +lat_2=30 +lon_0=-102 +ellps=GRS80 +units=m"  # kept by its name
    path = write(tmp_path / "a.tif", np.ones((2, 2)), 0, 20, crs=local)
    content = path.read_bytes()
    assert content.count(b"unknown")
    path.write_bytes(content.replace(b"unknown", b"unkno\x82n"))  # no UTF-8
    with pytest.raises(InputError, match="GeoTIFF"):
        open_elevation([path])
    with pytest.warns(NotGeoreferencedWarning):
        path = write(tmp_path / "b.tif", np.ones((2, 2)), 0, 20, transform=Affine.identity())
    with pytest.raises(InputError, match="no dice dónde"):
        open_elevation([path])
    path = write(tmp_path / "c.tif", np.ones((20, 20)), 0, 20)
    monkeypatch.setattr("data.elevation._MOST_BLOCK_CELLS", 300)
    with pytest.raises(LimitError, match="20 × 20 × 1"):
        open_elevation([path])
    huge = Affine(1e200, 0.0, 0.0, 0.0, -1e200, 0.0)
    with pytest.raises(InputError, match="no dice dónde"):
        open_elevation([write(tmp_path / "d.tif", np.ones((2, 2)), 0, 20, transform=huge)])
