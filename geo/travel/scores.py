"""Scores of every cell in one search: nearest, cumulative and floating catchments together.

The two steps of a floating catchment are a sum over the cells of one facility, then a share of its
places to each of them. Both need only that facility's catchment, so they are done while it is at
hand: no pair is ever stored, and further services, thresholds and weights cost next to nothing.
The nearest facility lies farther away than any catchment reaches, but one search from all
facilities of a service finds it.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from queue import SimpleQueue

import numba
import numpy as np
import numpy.typing as npt

from geo.network import DM_PER_M, Attachment, Floats, Integers
from geo.travel.graph import WalkGraph
from geo.travel.nearest import nearest_facility
from geo.travel.placing import Cells, Sources, place_cells, place_sources
from geo.travel.rings import Rings, make_rings
from geo.travel.search import Room, make_room, new_entries, reach

Flags = npt.NDArray[np.bool_]
# Facilities are split in a fixed number of blocks whose sums are added in order, so the result is
# the same to the bit however many threads run them.
_BLOCKS = 16
# Services are scored a few at a time where the sums of all would take more memory than this.
_MAX_SUM_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class Scores:
    """What each of n cells reaches, for each of s services and t thresholds.

    Parameters
    ----------
    nearest_min
        Shape (n, s), minutes to the nearest facility; NaN where none is within the limit.
    nearest_facility
        Shape (n, s), its index; −1 where there is none.
    centres
        Shape (n, s, t), facilities within each threshold.
    places
        Shape (n, s, t), places within each threshold; those of unknown size add nothing.
    catchment
        Shape (n, s), places per person by the enhanced two-step floating catchment area.
    demand_in_reach
        Shape (f, s), weighted demand around each facility; NaN where it does not offer a service.
    """

    nearest_min: Floats
    nearest_facility: Integers
    centres: Integers
    places: Floats
    catchment: Floats
    demand_in_reach: Floats


def score(
    graph: WalkGraph,
    facilities: Attachment,
    cells: Attachment,
    *,
    offers: npt.NDArray[np.bool_],
    supply: Floats,
    demand: Floats,
    limit_min: float,
    thresholds_min: tuple[float, ...],
    weight_limits_min: tuple[float, ...],
    weights: tuple[float, ...],
    speed_m_per_min: float,
    searched: Flags | None = None,
    placed: Cells | None = None,
    threads: int | None = None,
) -> Scores:
    """Score every cell for every service in one search from each facility.

    With t the walk, S places, P demand and f the step weight of t (each limit belongs to the step
    below it):

    nearest  min over j of t_ij

    within T  Σ_j [t_ij ≤ T], and Σ_j S_j [t_ij ≤ T]

    catchment  R_j = S_j / Σ_k P_k f(t_kj),  A_i = Σ_j R_j f(t_ij)   (E2SFCA, Luo and Qi 2009)

    A facility with nobody in reach has no ratio and adds nothing.

    Parameters
    ----------
    graph
        The network's graph.
    facilities, cells
        Where f facilities and n cells stand on the network.
    offers
        Shape (f, s): whether a facility offers a service.
    supply
        Shape (f, s), places; NaN where unknown.
    demand
        Shape (n, s), people; NaN where unknown, which adds nothing.
    limit_min
        Longest walk searched, minutes.
    thresholds_min
        The t thresholds, minutes, none above ``limit_min``.
    weight_limits_min, weights
        Steps of f: limits in minutes, rising, and the weight up to each.
    speed_m_per_min
        Walking speed.
    searched
        Shape (f,): facilities whose catchments are added up, where only cells within reach of no
        other are of interest; None is all. The nearest is looked for among all the same.
    placed
        The cells as :func:`geo.travel.place_cells` puts them on this graph, where that was done.
    threads
        Threads to run; None takes all cores.

    Returns
    -------
    Scores
        The same to the bit for any number of threads.
    """
    dm_per_min = speed_m_per_min * DM_PER_M
    threads = threads or os.cpu_count() or 1
    placed = place_cells(graph, cells) if placed is None else placed
    rings = make_rings(thresholds_min, weight_limits_min, weights, dm_per_min)
    n, s, t = len(cells.edge), offers.shape[1], len(thresholds_min)
    scores = Scores(
        nearest_min=np.full((n, s), np.nan),
        nearest_facility=np.full((n, s), -1, dtype=np.int32),
        centres=np.zeros((n, s, t), dtype=np.int32),
        places=np.zeros((n, s, t)),
        catchment=np.zeros((n, s)),
        demand_in_reach=np.where(offers, 0.0, np.nan),
    )
    row = placed.points.row
    known = np.where(np.isnan(demand), 0.0, demand)[row]
    each = len(row) * (2 * t + 1) * 8 * (threads + 1)
    step = max(1, _MAX_SUM_BYTES // max(1, each))
    with ThreadPoolExecutor(threads) as pool:
        for begin in range(0, s, step):
            some = slice(begin, min(begin + step, s))
            useful = offers[:, some].any(axis=1)
            sources = place_sources(graph, _only(facilities, useful))
            near = sources
            if searched is not None:
                near = place_sources(graph, _only(facilities, useful & searched))
            facility = near.points.row
            catch = Catchments(graph, placed, near, rings, offers[facility, some],
                                supply[facility, some], known[:, some])  # fmt: skip
            total, reached = catch.add_up(pool, threads)
            _write_sums(scores, some, row, total, rings)
            offered = offers[facility, some]
            scores.demand_in_reach[facility, some] = np.where(offered, reached, np.nan)
            every = replace(catch, sources=sources, offers=offers[sources.points.row, some])
            _write_nearest(scores, some, every, pool, limit_min * dm_per_min, dm_per_min)
    return scores


def _only(facilities: Attachment, useful: Flags | np.bool_) -> Attachment:
    edge = np.where(useful, facilities.edge, -1).astype(np.int32)
    return Attachment(edge, facilities.offset_dm, facilities.access_dm)


def _write_sums(scores: Scores, some: slice, row: Integers, total: Floats, rings: Rings) -> None:
    """Turn sums by ring into sums within each threshold."""
    t = len(rings.order)
    scores.centres[row, some] = np.cumsum(total[:, :, :t], axis=2)[:, :, rings.order]
    scores.places[row, some] = np.cumsum(total[:, :, t : 2 * t], axis=2)[:, :, rings.order]
    scores.catchment[row, some] = total[:, :, 2 * t]


def _write_nearest(
    scores: Scores,
    some: slice,
    catch: "Catchments",
    pool: ThreadPoolExecutor,
    limit_dm: float,
    dm_per_min: float,
) -> None:
    def one(service: int) -> tuple[Integers, Integers]:
        chosen = np.ascontiguousarray(catch.offers[:, service])
        return nearest_facility(catch.graph, catch.cells, catch.sources, chosen, int(limit_dm))

    row = catch.cells.points.row
    found = pool.map(one, range(catch.offers.shape[1]))
    for service, (distance, facility) in enumerate(found, start=some.start):
        scores.nearest_min[row, service] = np.where(distance >= 0, distance / dm_per_min, np.nan)
        scores.nearest_facility[row, service] = facility


@dataclass(frozen=True, slots=True)
class _Desk:
    """What one thread works with: its searches' room and the sums of its block."""

    room: Room
    sums: Floats
    seen: Flags
    rows: Integers


@dataclass(frozen=True, slots=True)
class Catchments:
    """The catchments of facilities that offer some of a few services.

    Parameters
    ----------
    graph, cells, sources, rings
        Where f facilities and n cells stand, and the steps of distance.
    offers, supply
        Shape (f, s), in the order of ``sources``.
    demand
        Shape (n, s), in the order of ``cells``, zero where unknown.
    """

    graph: WalkGraph
    cells: Cells
    sources: Sources
    rings: Rings
    offers: Flags
    supply: Floats
    demand: Floats

    def add_up(self, pool: ThreadPoolExecutor, threads: int) -> tuple[Floats, Floats]:
        """Return sums by cell, service and ring, and the demand around each facility."""
        n, s = self.demand.shape
        shape = (n, s, 2 * len(self.rings.order) + 1)
        total, reached = np.zeros(shape), np.zeros(self.offers.shape)
        desks: SimpleQueue[_Desk] = SimpleQueue()
        for _ in range(threads):
            room = make_room(self.graph, self.cells, self.rings.limit_dm)
            desks.put(_Desk(room, np.zeros(shape), np.zeros(n, dtype=np.bool_),
                            np.empty(n, dtype=np.int32)))  # fmt: skip
        for rows, sums in pool.map(lambda block: self._block(block, desks, reached),
                                   self._blocks()):  # fmt: skip
            total[rows] += sums
        return total, reached

    def _blocks(self) -> Iterator[Integers]:
        """Return where the groups of each block start: facilities of one place are a group."""
        points = self.sources.points
        count = len(points.chain)
        starts = np.flatnonzero(
            np.r_[True, (np.diff(points.chain) != 0) | (np.diff(points.place_dm) != 0)][:count]
        )
        bounds = np.append(starts, count).astype(np.int32)
        cuts = np.linspace(0, len(starts), _BLOCKS + 1).astype(np.int64)
        return (bounds[a : b + 1] for a, b in pairwise(cuts))

    def _block(
        self, groups: Integers, desks: "SimpleQueue[_Desk]", reached: Floats
    ) -> tuple[Integers, Floats]:
        desk = desks.get()
        touched = _score_block(
            groups, self.graph.first, self.graph.links, self.cells, self.sources,
            self.offers, self.supply, self.demand, self.rings.ring, self.rings.weight,
            self.rings.slot, desk.room, desk.sums, desk.seen, desk.rows, reached,
        )  # fmt: skip
        rows = desk.rows[:touched].copy()
        sums = desk.sums[rows]
        desk.sums[rows] = 0.0
        desk.seen[rows] = False
        desks.put(desk)
        return rows, sums


@numba.njit(cache=True, nogil=True)
def _score_block(
    groups, first, links, cells, sources, offers, supply, demand, ring, weight, slot,
    room, sums, seen, rows, reached,
):  # fmt: skip
    """Add up the catchments of some groups of facilities; return how many cells they touched."""
    services, slots = offers.shape[1], (sums.shape[2] - 1) // 2
    limit, distance_of = room.limit_dm, room.cell_distance
    step = np.empty(room.found.size, dtype=np.uint8)
    distance = np.empty(room.found.size, dtype=np.int32)
    entries = new_entries()
    touched = 0
    for group in range(groups.size - 1):
        access = sources.points.access_dm[groups[group]]
        for source in range(groups[group], groups[group + 1]):
            access = min(access, sources.points.access_dm[source])
        found, entries = reach(first, links, cells, sources, groups[group], access, room, entries)
        for at in range(found):
            cell = room.found[at]
            distance[at] = distance_of[cell]
            distance_of[cell] = limit + 1
            if not seen[cell]:
                seen[cell] = True
                rows[touched] = cell
                touched += 1
        for source in range(groups[group], groups[group + 1]):
            farther = sources.points.access_dm[source] - access
            for at in range(found):
                step[at] = ring[min(distance[at] + farther, limit + 1)]
            for service in range(services):
                if not offers[source, service]:
                    continue
                total = 0.0
                for at in range(found):
                    total += demand[room.found[at], service] * weight[step[at]]
                reached[source, service] = total
                has_places = not np.isnan(supply[source, service])
                places = supply[source, service] if has_places else 0.0
                ratio = places / total if total > 0 else 0.0
                for at in range(found):
                    cell = room.found[at]
                    within = slot[step[at]]
                    if within < slots:
                        sums[cell, service, within] += 1.0
                        sums[cell, service, slots + within] += places
                    sums[cell, service, 2 * slots] += ratio * weight[step[at]]
    return touched
