"""Squares that polygons cut, shared by the ground people live on instead of by area alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.grid.lattice import CELL_M, Floats, Ints
from geo.grid.spread import coverage

Shapes = npt.NDArray[Any]
# Beyond this the squares cut are too small a part of a polygon to matter, and too many to hold.
LARGEST_CUT_HA = 100_000.0
_HA_AT_ONCE = 2_000_000.0
_WHOLE = 1 - 1e-6
_LEAST_GROUND = 1e-6
_LEAST_AREA_M2 = 1e-3
_KEY_BITS = 40
_HA = CELL_M * CELL_M


@dataclass(frozen=True, slots=True)
class Cut:
    """Squares cut by polygons.

    Parameters
    ----------
    zone
        Position of the polygon, shape (n,).
    key
        The square.
    by_area
        Share of the square's area within the polygon.
    by_ground
        Share of its ground within the polygon; by area where it has none.
    """

    zone: Ints
    key: Ints
    by_area: Floats
    by_ground: Floats


def cuts_of(zones: Shapes, ground: Shapes) -> Iterator[Cut]:
    """Yield the cut squares of polygons, as many polygons at once as memory allows.

    Parameters
    ----------
    zones, ground
        Polygons in EPSG:6372; those of the ground are taken not to overlap.
    """
    tree = shapely.STRtree(ground)
    hectares = shapely.area(zones) / _HA
    rows = np.flatnonzero(hectares <= LARGEST_CUT_HA)
    batch = (np.cumsum(hectares[rows]) // _HA_AT_ONCE).astype(np.int64)
    for number in np.unique(batch):
        yield _cut(zones, rows[batch == number], ground, tree)


def _cut(zones: Shapes, rows: Ints, ground: Shapes, tree: shapely.STRtree) -> Cut:
    zone, key, area = coverage(zones[rows])
    cut = area < _WHOLE
    zone, key, area = zone[cut], key[cut], area[cut]
    inside = _ground_inside(zones[rows], ground, tree)
    whole = _ground_around(zones[rows], ground, tree)
    total = _look_up(*whole, key)
    part = _look_up(*inside, (zone << _KEY_BITS) | key)
    some = total > _LEAST_GROUND
    shared = np.minimum(part / np.where(some, total, 1.0), 1.0)
    return Cut(rows[zone], key, area, np.where(some, shared, area))


def _ground_inside(
    zones: Shapes, ground: Shapes, tree: shapely.STRtree
) -> tuple[Ints, Floats]:  # fmt: skip
    """Return zone-and-square codes, sorted, with the ground there, as a share of the square."""
    zone, at = tree.query(zones, predicate="intersects")
    pieces = shapely.intersection(zones[zone], ground[at])
    mixed = shapely.get_type_id(pieces) == shapely.GeometryType.GEOMETRYCOLLECTION
    pieces[mixed] = shapely.buffer(pieces[mixed], 0)
    some = shapely.area(pieces) > _LEAST_AREA_M2
    return _added(pieces[some], zone[some])


def _ground_around(zones: Shapes, ground: Shapes, tree: shapely.STRtree) -> tuple[Ints, Floats]:
    """Return the squares of all ground near the zones, sorted, with its share of each."""
    west, south, east, north = shapely.bounds(zones).T
    near = shapely.box(west - CELL_M, south - CELL_M, east + CELL_M, north + CELL_M)
    at = np.unique(tree.query(near)[1])
    return _added(ground[at], np.zeros(len(at), dtype=np.int64))


def _added(pieces: Shapes, zone: Ints) -> tuple[Ints, Floats]:
    if not len(pieces):
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    part, key, share = coverage(pieces)
    codes, at = np.unique((zone[part] << _KEY_BITS) | key, return_inverse=True)
    added: Floats = np.bincount(at, share, len(codes)).astype(np.float64)
    return codes.astype(np.int64), added


def _look_up(codes: Ints, shares: Floats, wanted: Ints) -> Floats:
    if not len(codes):
        return np.zeros(len(wanted))
    at = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    found: Floats = np.where(codes[at] == wanted, shares[at], 0.0)
    return found
