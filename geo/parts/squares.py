"""Squares of a kilometre: where people, streets and centres are, seen coarsely, to cut by."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from data.tables import GEOGRAPHIC_CRS, METRIC_CRS

Squares = npt.NDArray[np.int64]
Pairs = npt.NDArray[np.intp]

SIDE_M = 1000.0
# A square's number is its column times this, and its row.
_ROWS = 1 << 20
_SIDES = tuple((dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0))


def number(x_m: npt.NDArray[np.float64], y_m: npt.NDArray[np.float64]) -> Squares:
    """Return the square of each point, EPSG:6372 metres."""
    column, row = (np.floor(axis / SIDE_M).astype(np.int64) for axis in (x_m, y_m))
    return column * _ROWS + row


def of_points(lon: pd.Series, lat: pd.Series) -> Squares:
    """Return the square of each point, EPSG:4326; −1 where it is not known."""
    known = (lon.notna() & lat.notna()).to_numpy()
    points = gpd.GeoSeries(
        gpd.points_from_xy(lon[known], lat[known]), crs=GEOGRAPHIC_CRS
    ).to_crs(METRIC_CRS)  # fmt: skip
    found = np.full(len(lon), -1, dtype=np.int64)
    found[known] = number(points.x.to_numpy(), points.y.to_numpy())
    return found


def of_lines(lines: gpd.GeoSeries) -> tuple[Pairs, Squares]:
    """Return the squares the boxes around lines touch, as pairs of line and square."""
    box = np.floor(lines.to_crs(METRIC_CRS).bounds.to_numpy() / SIDE_M).astype(np.int64)
    wide, high = box[:, 2] - box[:, 0] + 1, box[:, 3] - box[:, 1] + 1
    line = np.repeat(np.arange(len(box)), wide * high)
    at = np.arange(len(line)) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
    column, row = box[line, 0] + at % wide[line], box[line, 1] + at // wide[line]
    return line, column * _ROWS + row


def widen(squares: Squares, steps: int) -> Squares:
    """Return the squares at most so many steps away, diagonal ones included."""
    wide = np.unique(squares)
    for stride in (_ROWS, 1):
        wide = np.unique(wide[:, None] + np.arange(-steps, steps + 1) * stride)
    return wide


def clusters(squares: Squares) -> npt.NDArray[np.int32]:
    """Label squares that touch, corners included; ``squares`` is sorted and without repetition."""
    starts, ends = [], []
    for dx, dy in _SIDES:
        other = squares + dx * _ROWS + dy
        at = np.minimum(np.searchsorted(squares, other), max(0, len(squares) - 1))
        there = squares[at] == other
        starts.append(np.flatnonzero(there))
        ends.append(at[there])
    links = (np.concatenate(starts), np.concatenate(ends))
    graph = coo_array((np.ones(len(links[0])), links), shape=(len(squares), len(squares)))
    return connected_components(graph, directed=False)[1].astype(np.int32)
