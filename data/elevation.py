"""Heights above the sea from a digital elevation model: one or several GeoTIFF files.

Only the windows that hold a wanted point are read, so a model of the whole country costs what the
city in it costs. Heights are taken to be metres.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import Transformer
from pyproj.exceptions import ProjError
from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioError
from rasterio.windows import Window

from data.errors import InputError, LimitError, Where
from data.tables import METRIC_CRS
from data.texts import Text

Floats = npt.NDArray[np.float64]
# Points are looked up in squares of so many cells a side: what is held in memory at a time.
_TILE_CELLS = 1024
# No ground lies so high or so deep: such a value marks a cell without data that does not say so.
_FARTHEST_M = 9_000.0
# Cells of a file's own pieces (tiles, strips), which are unpacked whole: far beyond any in use.
_MOST_BLOCK_CELLS = 1 << 26
# Sizes of a cell, and places, that any coordinate system may have.
_LEAST_SIZE, _MOST_SIZE = 1e-9, 1e12
# The text of a damaged file may be no UTF-8, its coordinate system none.
_READ_ERRORS = (RasterioError, CRSError, UnicodeDecodeError)


@dataclass(frozen=True, slots=True)
class Elevation:
    """A model of heights whose files have been found to be usable.

    Parameters
    ----------
    paths
        GeoTIFF files; where two hold a point, the first that has a height there gives it.
    cells
        How many cells they hold together.
    """

    paths: tuple[Path, ...]
    cells: int

    def heights(self, x: Floats, y: Floats, *, crs: str) -> Floats:
        """Return heights at points, between the centres of four cells by bilinear interpolation.

        Parameters
        ----------
        x, y
            Shape (points,), in ``crs``.
        crs
            Coordinate system of the points, east first.

        Returns
        -------
        ndarray
            Shape (points,), metres; NaN outside the model and beside a cell without data, or with
            a height that is nowhere on Earth.

        Raises
        ------
        InputError
            If a file is cut short or damaged where it has to be read.
        """
        found = np.full(len(x), np.nan)
        for path in self.paths:
            missing = np.flatnonzero(np.isnan(found))
            if len(missing):
                try:
                    found[missing] = _sample(path, x[missing], y[missing], crs)
                except _READ_ERRORS as error:
                    raise _unreadable(path) from error
        return found


def open_elevation(paths: Sequence[Path]) -> Elevation:
    """Look at the files of an elevation model.

    Raises
    ------
    InputError
        If a file is no GeoTIFF, does not say where it lies, or is rotated.
    LimitError
        If it is stored in pieces too large to be read one at a time.
    """
    cells = 0
    for path in paths:
        try:
            with _opened(path) as model:
                _check(path, model)
                cells += model.width * model.height
        except _READ_ERRORS as error:
            raise _unreadable(path) from error
    return Elevation(tuple(paths), cells)


@contextmanager
def _opened(path: Path) -> Iterator[rasterio.DatasetReader]:
    with warnings.catch_warnings():  # what does not say where it lies is refused below
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        model = rasterio.open(path, driver="GTiff")
    with model:
        yield model


def _check(path: Path, model: rasterio.DatasetReader) -> None:
    place = model.transform
    sizes = np.abs([place.a, place.e])
    sound = bool((sizes > _LEAST_SIZE).all() and (np.abs(place) < _MOST_SIZE).all())
    upright = sound and not place.b and not place.d
    try:
        known = model.crs is not None and _between(METRIC_CRS, model) is not None
    except ProjError:
        known = False
    if (
        not known
        or not upright
        or place.is_identity
        or np.iscomplexobj(np.empty(0, model.dtypes[0]))
    ):
        raise _unusable(path, model.crs)
    height, width = model.block_shapes[0]
    if height * width * model.count > _MOST_BLOCK_CELLS:  # bands may lie side by side in them
        raise LimitError(
            Text("El modelo de elevación está guardado en trozos demasiado grandes",
                 "The elevation model is stored in pieces that are too large"),
            where=Where(file=path, value=f"{width} × {height} × {model.count}"),
            remedy=Text("Guárdelo por teselas: gdal_translate -co TILED=YES",
                        "Store it in tiles: gdal_translate -co TILED=YES"),
        )  # fmt: skip


def _between(crs: str, model: rasterio.DatasetReader) -> Transformer:
    return Transformer.from_crs(crs, model.crs.to_wkt(), always_xy=True)


def _unreadable(path: Path) -> InputError:
    return InputError(
        Text("El modelo de elevación no es un GeoTIFF legible",
             "The elevation model is no readable GeoTIFF"),
        where=Where(file=path),
        remedy=Text("Dé el archivo .tif del modelo de elevación, completo y descomprimido",
                    "Give the elevation model's .tif file, whole and unpacked"),
    )  # fmt: skip


def _unusable(path: Path, crs: object) -> InputError:
    return InputError(
        Text("El modelo de elevación no dice dónde está, o está girado",
             "The elevation model does not say where it lies, or is rotated"),
        where=Where(file=path, value=str(crs)),
        remedy=Text("Dé un GeoTIFF con sistema de coordenadas y sin giro",
                    "Give a GeoTIFF with a coordinate system and without rotation"),
    )  # fmt: skip


def _sample(path: Path, x: Floats, y: Floats, crs: str) -> Floats:
    heights = np.full(len(x), np.nan)
    with _opened(path) as model:
        east, north = _between(crs, model).transform(x, y)
        transform = model.transform
        # Position among cell centres: 0 is the centre of the first cell.
        column = (np.asarray(east) - transform.c) / transform.a - 0.5
        row = (np.asarray(north) - transform.f) / transform.e - 0.5
        inside = np.flatnonzero(_within(column, model.width) & _within(row, model.height))
        column = np.clip(column[inside], 0, model.width - 1)
        row = np.clip(row[inside], 0, model.height - 1)
        for window, members in _tiles(column, row, model.width, model.height):
            values = model.read(1, window=window, masked=True).astype("float64").filled(np.nan)
            values[~(np.abs(values) < _FARTHEST_M)] = np.nan
            heights[inside[members]] = _bilinear(
                values, column[members] - window.col_off, row[members] - window.row_off
            )
    return heights


def _within(position: Floats, cells: int) -> npt.NDArray[np.bool_]:
    """Say which positions lie on the model: up to half a cell beyond its outermost centres."""
    return np.abs(position - (cells - 1) / 2) <= cells / 2


def _tiles(
    column: Floats, row: Floats, width: int, height: int
) -> Iterator[tuple[Window, npt.NDArray[np.intp]]]:
    """Yield the windows that hold points, each with one more cell for the neighbours beyond."""
    across = (column // _TILE_CELLS).astype(np.int64)
    down = (row // _TILE_CELLS).astype(np.int64)
    key = down * (width // _TILE_CELLS + 1) + across
    order = np.argsort(key, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(key[order])) + 1):
        if not len(members):
            return
        left, top = int(across[members[0]]) * _TILE_CELLS, int(down[members[0]]) * _TILE_CELLS
        yield (
            Window(
                left, top, min(_TILE_CELLS + 1, width - left), min(_TILE_CELLS + 1, height - top)
            ),
            members,
        )


def _bilinear(values: Floats, column: Floats, row: Floats) -> Floats:
    left, top = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
    right = np.minimum(left + 1, values.shape[1] - 1)
    below = np.minimum(top + 1, values.shape[0] - 1)
    east, south = column - left, row - top
    total = np.zeros(len(column))
    for rows, columns, weight in (
        (top, left, (1 - south) * (1 - east)), (top, right, (1 - south) * east),
        (below, left, south * (1 - east)), (below, right, south * east),
    ):  # fmt: skip
        # A neighbour of weight zero says nothing, even where it has no data.
        total += np.where(weight > 0, values[rows, columns], 0.0) * weight
    return total
