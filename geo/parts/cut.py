"""Where a country is cut: connected urban areas whole, and no walk cut in two.

Built-up squares that touch hang together, and so do the municipalities that hold them: these are
the urban areas. What is left is packed by state. Around each part lies a zone: everything the walks
that decide the figures of its people can touch. What is in the zone but of another part is read
with it, walked on, and left to the other.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from data.walking import walk_profiles
from geo.method import Method
from geo.network import MIN_COMPONENT_M
from geo.parts.squares import SIDE_M, Squares, clusters, widen

# Kinds of what stands in a square.
CELL, URBAN, STREET, CENTRE = "cell", "urban", "street", "centre"
# Cells a part of small places is filled up to: enough that starting one costs little beside it.
FILL_CELLS = 25_000


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the country.

    Parameters
    ----------
    own
        Municipalities whose places it measures.
    near
        Municipalities of other parts of which something lies in the zone, or by its own streets.
    zone
        Squares the walks of its people can touch.
    streets
        Squares whose streets it reads: those of the zone, and all around its own streets, which
        are cut where others cross them though nobody walks there.
    cells
        Cells of its own.
    """

    own: tuple[str, ...]
    near: tuple[str, ...]
    zone: Squares
    streets: Squares
    cells: int


def walk_bound_m(method: Method) -> float:
    """Return how far from a person anything can lie that decides a published figure of theirs.

    The longest walk searched; or a walk to a centre and on to the people who compete for it. To it
    is added the way to the street, and what it takes to see that streets hang together.
    """
    walking, catchment = method.walking, method.catchment
    minutes = max(
        walking.limit_min,
        *walking.thresholds_min,
        2 * max(*catchment.limits_min, *method.sensitivity.minutes),
    )
    paces = [walk_profiles()[name].speed_m_per_min for name in method.walkability.profiles]
    fastest = max(walking.speed_m_per_min, *paces, 0.0)
    return minutes * fastest + walking.max_access_m + MIN_COMPONENT_M


def cut_country(
    squares: pd.DataFrame,
    cells: Mapping[str, int],
    method: Method,
    *,
    fill_cells: int = FILL_CELLS,
    whole_areas: bool = True,
) -> tuple[Part, ...]:
    """Cut the country into parts.

    Parameters
    ----------
    squares
        What stands where: ``home`` (municipality), ``kind``, ``square``.
    cells
        Cells of each municipality.
    method
        How far people walk.
    fill_cells
        Cells up to which places that are no urban area of several municipalities share a part.
    whole_areas
        Whether urban areas are kept whole. Figures do not depend on it: walks are not cut either
        way.
    """
    areas = _urban_areas(squares, sorted(cells)) if whole_areas else [(c,) for c in sorted(cells)]
    streets = squares[squares["kind"] == STREET]
    packed = _pack(areas, cells, set(streets["home"]), fill_cells)
    street_squares = np.unique(streets["square"].to_numpy("int64"))
    reach = math.ceil(walk_bound_m(method) / SIDE_M) + 1
    lived_in, drawn = (_by_home(squares[squares["kind"] == kind]) for kind in (CELL, STREET))
    built = squares[squares["kind"].isin((STREET, URBAN))]
    parts = []
    for own in packed:
        zone = _zone(_of(own, lived_in), street_squares, reach)
        beside = widen(_of(own, drawn), 1)
        touched = {*squares.loc[squares["square"].isin(zone), "home"],
                   *built.loc[built["square"].isin(beside), "home"]}  # fmt: skip
        near = tuple(sorted(touched - set(own)))
        count = sum(cells[home] for home in own)
        parts.append(Part(own, near, zone, np.union1d(zone, beside), count))
    return tuple(parts)


def _by_home(squares: pd.DataFrame) -> dict[str, Squares]:
    return {str(home): rows["square"].to_numpy("int64") for home, rows in squares.groupby("home")}


def _of(homes: tuple[str, ...], squares: Mapping[str, Squares]) -> Squares:
    found = [squares[home] for home in homes if home in squares]
    return np.concatenate([*found, np.array([], "int64")])


def _urban_areas(squares: pd.DataFrame, homes: list[str]) -> list[tuple[str, ...]]:
    """Return the municipalities that hang together by built-up squares that touch."""
    urban = squares[squares["kind"] == URBAN]
    places, at = np.unique(urban["square"].to_numpy("int64"), return_inverse=True)
    cluster = clusters(places)[at]
    home = pd.Index(homes).get_indexer(urban["home"])
    size = len(homes) + (int(cluster.max()) + 1 if len(cluster) else 0)
    graph = coo_array((np.ones(len(home)), (home, cluster + len(homes))), shape=(size, size))
    label = connected_components(graph, directed=False)[1][: len(homes)]
    groups = pd.Series(homes).groupby(label).agg(tuple)
    return sorted(groups)


def _pack(
    areas: Iterable[tuple[str, ...]],
    cells: Mapping[str, int],
    with_streets: set[str],
    fill_cells: int,
) -> list[tuple[str, ...]]:
    """Pack areas of one municipality by state; each part holds streets, if anything does."""
    packed: list[tuple[str, ...]] = []
    filling: dict[str, tuple[str, ...]] = {}
    for area in areas:
        if len(area) > 1:
            packed.append(area)
            continue
        state = area[0][:2]
        held = (*filling.get(state, ()), *area)
        if sum(cells[home] for home in held) > fill_cells and state in filling:
            packed.append(filling[state])
            held = area
        filling[state] = held
    packed = sorted([*packed, *filling.values()])
    walked = [part for part in packed if with_streets.intersection(part)]
    still = tuple(home for part in packed if not with_streets.intersection(part) for home in part)
    if not walked or not still:
        return packed
    return sorted([tuple(sorted((*walked[0], *still))), *walked[1:]])


def _zone(living: Squares, streets: Squares, reach: int) -> Squares:
    """Return the squares of the streets that can be walked from those people live in."""
    living = living[living >= 0]
    near = np.intersect1d(widen(living, reach), streets, assume_unique=True)
    label = clusters(near)
    begun = np.unique(label[np.isin(near, widen(living, 1))])
    return widen(near[np.isin(label, begun)], 1)
