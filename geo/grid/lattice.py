"""The national lattice: squares of 100 m in EPSG:6372, counted from the origin of its coordinates.

Every grid of every atlas lies on it, so those of two cities join without resampling. A square is
named by its column (eastward) and row (northward); both together make one integer, its *key*, whose
order is row by row from the south.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from data.errors import LimitError
from data.texts import Text

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

CELL_M = 100.0
CELL_HA = 1.0
# Frames start and end on multiples of 16 squares, so that overviews of two files meet as well.
SNAP_CELLS = 16
_ROW_BITS = 20
_SIDE = 1 << _ROW_BITS


def keys_of(columns: Ints, rows: Ints) -> Ints:
    """Return the keys of squares.

    Raises
    ------
    LimitError
        If a square lies outside the quadrant that EPSG:6372 gives Mexico (0 to 104,857 km).
    """
    if columns.size and (
        min(columns.min(), rows.min()) < 0 or max(columns.max(), rows.max()) >= _SIDE
    ):
        raise LimitError(
            Text(
                "Hay geometrías fuera del cuadrante de EPSG:6372",
                "There are geometries outside the quadrant of EPSG:6372",
            ),
            remedy=Text(
                "Revise las coordenadas y su sistema de referencia",
                "Check the coordinates and their reference system",
            ),
        )
    return (rows << _ROW_BITS) | columns


def columns_rows(keys: Ints) -> tuple[Ints, Ints]:
    """Return the column and row of each key."""
    return keys & (_SIDE - 1), keys >> _ROW_BITS


def keys_at(x_m: Floats, y_m: Floats) -> Ints:
    """Return the key of the square each point of EPSG:6372 stands in."""
    return keys_of(np.floor(x_m / CELL_M).astype(np.int64), np.floor(y_m / CELL_M).astype(np.int64))


def centres_of(keys: Ints) -> tuple[Floats, Floats]:
    """Return the centres of squares, x and y in metres of EPSG:6372."""
    columns, rows = columns_rows(keys)
    half = CELL_M / 2
    return columns * np.float64(CELL_M) + half, rows * np.float64(CELL_M) + half


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle of the lattice.

    Parameters
    ----------
    column, row
        Its south-western square.
    width, height
        Squares eastward and northward.
    """

    column: int
    row: int
    width: int
    height: int

    @classmethod
    def around(
        cls, bounds_m: tuple[float, float, float, float], *, snap: int = SNAP_CELLS
    ) -> "Frame":
        """Return the least frame on multiples of ``snap`` that holds west, south, east, north."""
        step = CELL_M * snap
        west, south = (int(np.floor(edge / step)) for edge in bounds_m[:2])
        east, north = (int(np.ceil(edge / step)) for edge in bounds_m[2:])
        return cls(
            west * snap,
            south * snap,
            max(1, east - west) * snap,
            max(1, north - south) * snap,
        )

    @classmethod
    def of_keys(cls, keys: Ints) -> "Frame":
        """Return the least frame that holds some squares."""
        columns, rows = columns_rows(keys)
        return cls.around(
            (
                float(columns.min()) * CELL_M,
                float(rows.min()) * CELL_M,
                float(columns.max() + 1) * CELL_M,
                float(rows.max() + 1) * CELL_M,
            )
        )

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """West, south, east, north in metres of EPSG:6372."""
        return (
            self.column * CELL_M,
            self.row * CELL_M,
            (self.column + self.width) * CELL_M,
            (self.row + self.height) * CELL_M,
        )

    @property
    def transform(self) -> Affine:
        """From column and line of an image of the frame, north up, to metres."""
        west, _, _, north = self.bounds_m
        return Affine(CELL_M, 0.0, west, 0.0, -CELL_M, north)

    def windows(self, side: int) -> Iterator[tuple[int, int, "Frame"]]:
        """Yield the frame in pieces of at most ``side`` squares: line, column offset, piece."""
        for line in range(0, self.height, side):
            height = min(side, self.height - line)
            row = self.row + self.height - line - height
            for offset in range(0, self.width, side):
                width = min(side, self.width - offset)
                yield line, offset, Frame(self.column + offset, row, width, height)

    def holds(self, keys: Ints) -> Bools:
        """Return which squares lie in the frame."""
        columns, rows = columns_rows(keys)
        return (
            (columns >= self.column)
            & (columns < self.column + self.width)
            & (rows >= self.row)
            & (rows < self.row + self.height)
        )

    def find(self, keys: Ints) -> tuple[Ints, Ints, Ints]:
        """Return which of some sorted keys lie in the frame, with their line and column in it."""
        first, last = np.searchsorted(
            keys, [self.row << _ROW_BITS, (self.row + self.height) << _ROW_BITS]
        )
        columns, rows = columns_rows(keys[first:last])
        inside = np.flatnonzero((columns >= self.column) & (columns < self.column + self.width))
        lines = self.row + self.height - 1 - rows[inside]
        return first + inside, lines, columns[inside] - self.column


def image(frame: Frame, keys: Ints, values: Floats, fill: npt.NDArray[Any]) -> None:
    """Put the values of sorted keys into an image of the frame, shape (bands, height, width).

    Parameters
    ----------
    frame
        The rectangle ``fill`` is an image of.
    keys, values
        Squares, sorted, and their values, shape (n, bands).
    fill
        Changed in place.
    """
    found, lines, columns = frame.find(keys)
    fill[:, lines, columns] = values[found].T
