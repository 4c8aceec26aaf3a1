"""Squares that polygons cut, shared by where in them people live instead of by area alone."""

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
_LEAST_AREA_M2 = 1e-3
_POINT_RADIUS_M = 1.0
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
    area
        Share of the square's area within the polygon.
    inside
        People whose ground lies in square and polygon: Σ_c P_c |c ∩ q ∩ z| / |c|, shape
        (n, variables).
    drawn
        People whose ground lies in the square, Σ_c P_c |c ∩ q| / |c|, same shape.
    """

    zone: Ints
    key: Ints
    area: Floats
    inside: Floats
    drawn: Floats


def cuts_of(zones: Shapes, ground: Shapes, people: Floats) -> Iterator[Cut]:
    """Yield the cut squares of polygons, as many polygons at once as memory allows.

    Parameters
    ----------
    zones
        Polygons in EPSG:6372.
    ground
        Where people live: polygons, points or None, in EPSG:6372, shape (cells,).
    people
        How many, shape (cells, variables); NaN counts for nobody.
    """
    some = ~shapely.is_missing(ground)
    ground, people = ground[some], np.nan_to_num(people[some])
    # A point gets an area, so that its people are in one polygon or its neighbour, never in both.
    flat = shapely.area(ground) < _LEAST_AREA_M2
    ground[flat] = shapely.buffer(shapely.point_on_surface(ground[flat]), _POINT_RADIUS_M)
    tree = shapely.STRtree(ground)
    hectares = shapely.area(zones) / _HA
    rows = np.flatnonzero(hectares <= LARGEST_CUT_HA)
    batch = (np.cumsum(hectares[rows]) // _HA_AT_ONCE).astype(np.int64)
    for number in np.unique(batch):
        yield _cut(zones, rows[batch == number], ground, people, tree)


def _cut(
    zones: Shapes, rows: Ints, ground: Shapes, people: Floats, tree: shapely.STRtree
) -> Cut:  # fmt: skip
    zone, key, area = coverage(zones[rows])
    cut = np.flatnonzero(area < _WHOLE)
    zone, key, area = zone[cut], key[cut], area[cut]
    a_hectare = people / (shapely.area(ground) / _HA)[:, None]
    codes, back = np.unique((zone << _KEY_BITS) | key, return_inverse=True)
    pieces, within, at = _inside(zones[rows], ground, tree)
    inside = _added(pieces, within << _KEY_BITS, a_hectare[at], codes)[back]
    keys, back = np.unique(key, return_inverse=True)
    near = _near(zones[rows], tree)
    drawn = _added(ground[near], np.zeros_like(near), a_hectare[near], keys)[back]
    return Cut(rows[zone], key, area, inside, drawn)


def _inside(
    zones: Shapes, ground: Shapes, tree: shapely.STRtree
) -> tuple[Shapes, Ints, Ints]:  # fmt: skip
    """Return the pieces of ground within zones, with the positions of zone and ground."""
    zone, at = tree.query(zones, predicate="intersects")
    pieces = shapely.intersection(zones[zone], ground[at])
    mixed = shapely.get_type_id(pieces) == shapely.GeometryType.GEOMETRYCOLLECTION
    pieces[mixed] = shapely.buffer(pieces[mixed], 0)
    some = shapely.area(pieces) > _LEAST_AREA_M2
    return pieces[some], zone[some], at[some]


def _near(zones: Shapes, tree: shapely.STRtree) -> Ints:
    """Return all ground that may share a square with a zone."""
    west, south, east, north = shapely.bounds(zones).T
    near = shapely.box(west - CELL_M, south - CELL_M, east + CELL_M, north + CELL_M)
    found: Ints = np.unique(tree.query(near)[1])
    return found


def _added(pieces: Shapes, prefix: Ints, a_hectare: Floats, wanted: Ints) -> Floats:
    """Return the people of the pieces in each wanted square, shape (wanted, variables)."""
    added = np.zeros((len(wanted), a_hectare.shape[1]))
    if not len(pieces) or not len(wanted):
        return added
    part, key, hectares = coverage(pieces)
    code = prefix[part] | key
    at = np.minimum(np.searchsorted(wanted, code), len(wanted) - 1)
    own = np.flatnonzero(wanted[at] == code)
    for variable in range(a_hectare.shape[1]):
        mass = hectares[own] * a_hectare[part[own], variable]
        added[:, variable] = np.bincount(at[own], mass, len(wanted))
    return added
