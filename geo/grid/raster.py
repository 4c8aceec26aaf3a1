"""Cloud-optimised GeoTIFF of the lattice, written window by window in bounded memory."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.features
import rasterio.shutil
import shapely
from rasterio.windows import Window

from data.tables import METRIC_CRS
from geo.grid.lattice import Floats, Frame, Ints, image

Images = npt.NDArray[np.float32]
WINDOW_CELLS = 1024
BLOCK_PIXELS = 256
_CACHE_MB = 128
_PROFILE = {
    "driver": "GTiff", "dtype": "float32", "crs": METRIC_CRS, "nodata": float("nan"),
    "tiled": True, "blockxsize": BLOCK_PIXELS, "blockysize": BLOCK_PIXELS,
    "SPARSE_OK": True, "compress": "deflate", "zlevel": 1, "BIGTIFF": "IF_SAFER",
}  # fmt: skip
_CLOUD_OPTIMISED = {
    "COMPRESS": "DEFLATE", "LEVEL": "6", "PREDICTOR": "FLOATING_POINT",
    "BLOCKSIZE": str(BLOCK_PIXELS), "OVERVIEWS": "AUTO", "OVERVIEW_RESAMPLING": "AVERAGE",
    "SPARSE_OK": "TRUE", "BIGTIFF": "IF_SAFER", "NUM_THREADS": "ALL_CPUS",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Band:
    """One band of a raster.

    Parameters
    ----------
    name
        Short name, its description in the file.
    unit
        Unit of its values.
    title_es, title_en
        What it says.
    """

    name: str
    unit: str
    title_es: str
    title_en: str


def write_cog(
    path: Path,
    frame: Frame,
    bands: tuple[Band, ...],
    fill: Callable[[Frame], Images],
    tags: Mapping[str, str],
) -> None:
    """Write a cloud-optimised GeoTIFF (EPSG:6372, float32, NaN for unknown).

    Parameters
    ----------
    path
        The file to write.
    frame
        Its rectangle of the lattice.
    bands
        What each band says.
    fill
        Returns the image of a window, shape (bands, height, width). Windows are asked for once
        each, and no more than one is held.
    tags
        Metadata of the whole file.

    Notes
    -----
    Overviews are means of the known squares below them: values are per hectare, so a mean keeps
    their meaning at every zoom, where a sum would change it. Equal input gives equal bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {
        **_PROFILE, "width": frame.width, "height": frame.height, "count": len(bands),
        "transform": frame.transform,
    }  # fmt: skip
    with (
        rasterio.Env(GDAL_CACHEMAX=_CACHE_MB, GDAL_NUM_THREADS="1"),
        tempfile.TemporaryDirectory(dir=path.parent) as scratch,
    ):
        plain = Path(scratch) / "plain.tif"
        with rasterio.open(plain, "w", **profile) as dataset:
            for line, offset, piece in frame.windows(WINDOW_CELLS):
                content = fill(piece)
                if not np.isnan(content).all():
                    dataset.write(content, window=Window(offset, line, piece.width, piece.height))
            for number, band in enumerate(bands, start=1):
                dataset.set_band_description(number, band.name)
                dataset.set_band_unit(number, band.unit)
                dataset.update_tags(number, title_es=band.title_es, title_en=band.title_en)
            dataset.update_tags(**dict(sorted(tags.items())))
        rasterio.shutil.copy(plain, path, driver="COG", **_CLOUD_OPTIMISED)


class Covered:
    """Ground outside of which nothing is said, asked for window by window.

    Parameters
    ----------
    cover
        Polygons in EPSG:6372.
    """

    def __init__(self, cover: npt.NDArray[Any]) -> None:
        self._cover = cover
        self._tree = shapely.STRtree(cover)
        # One bit a square, so that the country fits: several grids ask for the same windows.
        self._asked: dict[Frame, npt.NDArray[np.uint8]] = {}

    def of(self, window: Frame) -> npt.NDArray[np.bool_]:
        """Return which squares of a window touch the cover, shape (height, width)."""
        size = (window.height, window.width)
        if window not in self._asked:
            self._asked[window] = np.packbits(self._mark(window, size))
        bits = np.unpackbits(self._asked[window], count=size[0] * size[1])
        return bits.reshape(size).astype(bool)

    def _mark(self, window: Frame, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        near = self._cover[self._tree.query(shapely.box(*window.bounds_m))]
        if not len(near):
            return np.zeros(size, dtype=np.uint8)
        marked: npt.NDArray[np.uint8] = rasterio.features.rasterize(
            near, out_shape=size, transform=window.transform, all_touched=True, dtype="uint8"
        )
        return marked


def people_image(window: Frame, keys: Ints, people: Floats, covered: Covered) -> Images:
    """Return an image of people a square: 0 where the cover shows nobody, NaN where unknown.

    Parameters
    ----------
    window
        The rectangle.
    keys, people
        Sorted squares and their people, shape (n, bands), NaN where unknown.
    covered
        Where empty squares are known to be empty.
    """
    empty = np.where(covered.of(window), np.float32(0), np.float32(np.nan))
    content = np.repeat(empty[None], people.shape[1], axis=0)
    image(window, keys, people, content)
    return content


def measure_image(window: Frame, keys: Ints, values: Floats) -> Images:
    """Return an image of a measure, NaN in every square without one."""
    content = np.full((values.shape[1], window.height, window.width), np.nan, dtype=np.float32)
    image(window, keys, values, content)
    return content
