"""Boxes of all rows of a table, kept small: eight bytes a row."""

from collections.abc import Iterable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

_ROWS = 8192  # of one frame; rows near each other in a table lie near each other on the ground
# Steps across a frame: two are left over on either side for rounding outwards.
_STEPS, _SPARE = 65_000, 2
_LEAST_DEGREES = 1e-6  # of a frame's width
_NONE = np.uint16(65_535)  # west of a row without a geometry


class Boxes:
    """Boxes rounded outwards: each is numbered in steps of the frame its neighbours share.

    A step is the 65,000th part of a frame, half a metre in a city.

    Parameters
    ----------
    size
        Number of rows.
    parts
        Exact boxes of all rows, some at a time, each of shape (rows, 4): west, south, east and
        north, NaN where there is no geometry.
    """

    def __init__(self, size: int, parts: Iterable[Array]) -> None:
        self._steps = np.empty((4, size), dtype="uint16")  # west, south, east, north
        frames = -(-size // _ROWS)
        self._frames = np.full((4, frames), np.nan)
        self._widths = np.ones((2, frames))
        number, rest = 0, np.empty((0, 4))
        for part in parts:
            rest = np.concatenate([rest, part])
            while len(rest) >= _ROWS:
                self._frame(number, rest[:_ROWS])
                number, rest = number + 1, rest[_ROWS:]
        if len(rest):
            self._frame(number, rest)

    def _frame(self, number: int, edges: Array) -> None:
        held = self._steps[:, number * _ROWS : number * _ROWS + len(edges)]
        known = ~np.isnan(edges[:, 0])
        if not known.any():
            held[:] = 0
            held[0] = _NONE
            return
        low, high = edges[known, :2].min(axis=0), edges[known, 2:].max(axis=0)
        width = np.maximum(high - low, _LEAST_DEGREES) / _STEPS
        self._frames[:, number] = *low, *high
        self._widths[:, number] = width
        filled = np.where(known[:, None], edges, np.tile(low, 2))
        held[:2] = (np.floor((filled[:, :2] - low) / width) + _SPARE - 1).T
        held[2:] = (np.ceil((filled[:, 2:] - low) / width) + _SPARE + 1).T
        held[:, ~known] = 0
        held[0, ~known] = _NONE

    @property
    def missing(self) -> Array:
        """Whether each row has no geometry."""
        return np.asarray(self._steps[0] == _NONE)

    def near(self, box: tuple[float, float, float, float]) -> tuple[Array, Array]:
        """Return the rows that may touch a box, in order, and which of them surely lie inside it.

        Parameters
        ----------
        box
            West, south, east, north.
        """
        west, south, east, north = box
        low_x, low_y, high_x, high_y = self._frames
        met = (low_x <= east) & (high_x >= west) & (low_y <= north) & (high_y >= south)
        rows, inside = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=bool)]
        for number in np.flatnonzero(met).tolist():
            found, within = self._in_frame(number, box)
            rows.append(found + number * _ROWS)
            inside.append(within)
        return np.concatenate(rows), np.concatenate(inside)

    def _in_frame(self, number: int, box: tuple[float, float, float, float]) -> tuple[Array, Array]:
        steps = self._steps[:, number * _ROWS : (number + 1) * _ROWS]
        (x, y), (across, up) = self._frames[:2, number], self._widths[:, number]
        west, south, east, north = (
            (box[0] - x) / across + _SPARE,
            (box[1] - y) / up + _SPARE,
            (box[2] - x) / across + _SPARE,
            (box[3] - y) / up + _SPARE,
        )
        met = (steps[0] <= east) & (steps[2] >= west) & (steps[1] <= north) & (steps[3] >= south)
        met &= steps[0] != _NONE
        found = np.flatnonzero(met)
        edges = steps[:, found]
        inside = (edges[0] >= west) & (edges[1] >= south) & (edges[2] <= east) & (edges[3] <= north)
        return found, inside
