"""How far one gets: the ground along the streets reached, and the people who live on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from geo.network import Attachment
from geo.travel.search import UNREACHED
from geo.travel.walk import Walk

# A street is drawn this far to each side: about from its middle to the doors of its blocks.
FRONTAGE_M = 25.0
_QUARTER_CIRCLE = 2


def isochrones(walk: Walk, limits_dm: Sequence[int]) -> list[shapely.Geometry]:
    """Return the ground along the streets reached within each distance.

    A(T) = A(T′) ∪ ⋃ B(s, ``FRONTAGE_M``), T′ the next smaller distance, s the edges and parts of
    edges reached within T, B all the ground within a distance of s. So they are nested, and the
    middle of a block too wide to be reached from its streets stays a hole.

    Parameters
    ----------
    walk
        A walk, at least as long as the greatest distance.
    limits_dm
        Distances, rising.

    Returns
    -------
    list of Polygon or MultiPolygon
        In EPSG:6372, one a distance; empty where the origin's street itself is farther.
    """
    found: list[shapely.Geometry] = []
    ground, before = shapely.Polygon(), -1
    for limit in limits_dm:
        streets = walk.reached(limit, beyond_dm=before)
        bands = shapely.buffer(streets, FRONTAGE_M, quad_segs=_QUARTER_CIRCLE)
        ground = shapely.union_all(np.append(bands, ground))
        before = limit
        found.append(ground)
    return found


@dataclass(frozen=True, slots=True)
class PeopleReached:
    """Who lives within a distance.

    Parameters
    ----------
    limit_dm
        The distance.
    cells
        Cells reached.
    people
        People of each group in them; None where it is known of none of them.
    unknown_cells
        Cells reached of which the number of people of each group is not known, and which add
        nothing.
    """

    limit_dm: int
    cells: int
    people: dict[str, float | None]
    unknown_cells: dict[str, int]


def people_reached(
    walk: Walk,
    standing: Attachment,
    cells: pd.DataFrame,
    *,
    groups: Iterable[str],
    limits_dm: Sequence[int],
) -> list[PeopleReached]:
    """Add up the people of the cells reached within each distance.

    Parameters
    ----------
    walk
        A walk, at least as long as the greatest distance.
    standing
        Where the cells stand on the network.
    cells
        Cells with a column of people for each group; NaN where unknown.
    groups
        The columns to add up.
    limits_dm
        Distances.
    """
    distance = walk.distance_dm(standing)
    found = []
    for limit in limits_dm:
        inside = np.flatnonzero((distance <= limit) & (distance != UNREACHED))
        people: dict[str, float | None] = {}
        unknown: dict[str, int] = {}
        for group in groups:
            values = cells[group].to_numpy()[inside]
            known = values[~np.isnan(values)]
            unknown[group] = len(values) - len(known)
            people[group] = None if len(values) and not len(known) else float(known.sum())
        found.append(PeopleReached(limit, len(inside), people, unknown))
    return found
