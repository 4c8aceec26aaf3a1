"""Spread the people of each demand cell over the squares of the lattice, losing nobody."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from exactextract import exact_extract
from exactextract.raster import RasterSource

from data.tables import METRIC_CRS
from geo.grid.lattice import CELL_M, Bools, Floats, Frame, Ints, keys_at, keys_of

Shapes = npt.NDArray[Any]
_SHAPES_AT_ONCE = 5_000
_LEAST_AREA_M2 = 1e-3


@dataclass(frozen=True, slots=True)
class Shares:
    """What part of each demand cell falls in each square.

    Parameters
    ----------
    part
        Position of the demand cell, shape (n,).
    key
        The square.
    share
        Its share of the demand cell's area; those of one demand cell add up to 1.
    count
        Number of demand cells; those without a shape have no rows.
    """

    part: Ints
    key: Ints
    share: Floats
    count: int

    @property
    def placed(self) -> Bools:
        """Whether each demand cell has a place."""
        found = np.zeros(self.count, dtype=bool)
        found[self.part] = True
        return found


@dataclass(frozen=True, slots=True)
class SparseGrid:
    """Values of the squares that hold any part of a demand cell; all others hold nothing.

    Parameters
    ----------
    keys
        Squares, sorted, shape (n,).
    values
        Shape (n, variables); people whose count is known, whatever else is in the square.
    unknown
        Same shape: whether a demand cell of unknown count covers part of the square.
    """

    keys: Ints
    values: Floats
    unknown: Bools

    @property
    def known(self) -> Floats:
        """Values, NaN where any part of them is unknown: a sum of known parts is no total."""
        return np.where(self.unknown, np.nan, self.values)


class _Lattice(RasterSource):  # type: ignore[misc]  # the library ships no types
    """The lattice within a frame, as exactextract reads rasters; its values are never used."""

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._frame = frame

    def res(self) -> tuple[float, float]:
        return CELL_M, CELL_M

    def extent(self) -> tuple[float, float, float, float]:
        return self._frame.bounds_m

    def read_window(self, _x0: int, _y0: int, nx: int, ny: int) -> npt.NDArray[np.float32]:
        return np.zeros((ny, nx), dtype=np.float32)

    def nodata_value(self) -> None:
        return None

    def srs_wkt(self) -> None:
        return None


def shares_of(shapes: Shapes) -> Shares:
    """Return the share of each shape's area in every square it touches.

    Parameters
    ----------
    shapes
        Polygons, points or None, in EPSG:6372, shape (n,). A point, and a polygon without area,
        falls whole in the square it stands in.

    Returns
    -------
    Shares
        Sorted by demand cell, then by square.

    Notes
    -----
    Areas are exact (exactextract's coverage fractions), never counted by pixels' centres.
    """
    present = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    flat = shapely.area(shapes[present]) < _LEAST_AREA_M2
    points = present[flat]
    where = shapely.point_on_surface(shapes[points])
    parts = [points]
    keys = [keys_at(shapely.get_x(where), shapely.get_y(where))]
    shares = [np.ones(len(points))]
    areas = present[~flat]
    for start in range(0, len(areas), _SHAPES_AT_ONCE):
        rows = areas[start : start + _SHAPES_AT_ONCE]
        part, key, covered = coverage(shapes[rows])
        whole = np.bincount(part, covered, len(rows))
        parts.append(rows[part])
        keys.append(key)
        shares.append(covered / whole[part])
    part, key, share = (np.concatenate(pieces) for pieces in (parts, keys, shares))
    order = np.lexsort((key, part))
    return Shares(part[order], key[order], share[order], len(shapes))


def coverage(shapes: Shapes) -> tuple[Ints, Ints, Floats]:
    """Return position of the shape, square and covered share of the square, where it is not 0.

    Parameters
    ----------
    shapes
        Polygons in EPSG:6372, none missing; all are held at once.
    """
    west, south, east, north = shapely.total_bounds(shapes)
    frame = Frame.around((west, south, east, north), snap=1)
    table = exact_extract(
        _Lattice(frame),
        gpd.GeoDataFrame({"part": np.arange(len(shapes))}, geometry=shapes, crs=METRIC_CRS),
        ["cell_id", "coverage"],
        include_cols=["part"],
        output="pandas",
    )
    sizes = table["cell_id"].map(len).to_numpy()
    part = np.repeat(table["part"].to_numpy(dtype=np.int64), sizes)
    squares = np.concatenate(table["cell_id"].to_numpy()).astype(np.int64)
    covered = np.concatenate(table["coverage"].to_numpy()).astype(np.float64)
    columns = frame.column + squares % frame.width
    rows = frame.row + frame.height - 1 - squares // frame.width
    some = covered > 0
    return part[some], keys_of(columns, rows)[some], covered[some]


def sum_people(shares: Shares, people: Floats) -> SparseGrid:
    """Add up people by square: v_q = Σ_c s_cq P_c over demand cells c with a place.

    Parameters
    ----------
    shares
        s_cq.
    people
        P_c, shape (demand cells, variables); NaN is unknown.
    """
    keys, at = np.unique(shares.key, return_inverse=True)
    values = np.empty((len(keys), people.shape[1]))
    unknown = np.empty(values.shape, dtype=bool)
    # One variable at a time, so that the country fits.
    for variable in range(people.shape[1]):
        given = people[shares.part, variable]
        lacking = np.isnan(given)
        mass = np.where(lacking, 0.0, given) * shares.share
        values[:, variable] = np.bincount(at, mass, len(keys))
        unknown[:, variable] = np.bincount(at[lacking], minlength=len(keys)) > 0
    return SparseGrid(keys, values, unknown)


def join(grids: Iterable[SparseGrid]) -> SparseGrid:
    """Add grids of different demand cells: the grid of all of them together."""
    given = list(grids)
    keys, at = np.unique(np.concatenate([grid.keys for grid in given]), return_inverse=True)
    stacked = np.vstack([grid.values for grid in given])
    lacking = np.vstack([grid.unknown for grid in given])
    values = np.zeros((len(keys), stacked.shape[1]))
    np.add.at(values, at, stacked)
    unknown = np.zeros(values.shape, dtype=bool)
    np.logical_or.at(unknown, at, lacking)
    return SparseGrid(keys, values, unknown)


@dataclass(frozen=True, slots=True)
class Account:
    """Where the people of one variable went; ``total`` is the sum of the other three.

    Parameters
    ----------
    total
        People of all demand cells of known count.
    on_grid
        People in squares with a value.
    in_unknown
        People in squares that have none because others there are of unknown count.
    without_place
        People whose place is not known.
    """

    total: float
    on_grid: float
    in_unknown: float
    without_place: float


def account_of(shares: Shares, people: Floats, grid: SparseGrid) -> Iterator[Account]:
    """Yield the account of each variable.

    Parameters
    ----------
    shares, people
        As given to :func:`sum_people`.
    grid
        What it returned.
    """
    placed = shares.placed
    for variable in range(people.shape[1]):
        column, lacking = people[:, variable], grid.unknown[:, variable]
        values = grid.values[:, variable]
        yield Account(
            total=float(np.nansum(column)),
            on_grid=float(values[~lacking].sum()),
            in_unknown=float(values[lacking].sum()),
            without_place=float(np.nansum(column[~placed])),
        )


def mean_access(shares: Shares, access: Floats, people: Floats) -> tuple[Ints, Floats]:
    """Average what is measured at demand cells over the people in each square.

    Parameters
    ----------
    shares
        s_cq.
    access
        a_c, shape (demand cells, measures); NaN is left out.
    people
        P_c, whom the measures are about, shape (demand cells,).

    Returns
    -------
    keys, means
        Squares with any demand cell, and Σ_c s_cq P_c a_c / Σ_c s_cq P_c over those with a value;
        where none of these people live, the same with the area built instead of P; NaN where
        nothing is measured.
    """
    keys, at = np.unique(shares.key, return_inverse=True)
    means = np.full((len(keys), access.shape[1]), np.nan)
    weight = shares.share * np.nan_to_num(people)[shares.part]
    for measure in range(access.shape[1]):
        values = access[shares.part, measure]
        use = ~np.isnan(values)
        for mass in (shares.share, weight):
            whole = np.bincount(at[use], mass[use], len(keys))
            total = np.bincount(at[use], (mass * values)[use], len(keys))
            some = whole > 0
            means[some, measure] = total[some] / whole[some]
    return keys, means
