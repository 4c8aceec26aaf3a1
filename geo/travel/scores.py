"""Scores of every cell in one search: nearest, cumulative and floating catchments together.

The two steps of a floating catchment are a sum over the cells of one facility, then a share of its
places to each of them. Both need only that facility's catchment, so they are done while it is at
hand: no pair is ever stored, and further services, thresholds and weights cost next to nothing.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from geo.network import DM_PER_M, Attachment, Floats, Integers
from geo.travel.graph import WalkGraph, place_cells, position_costs, walks_from_ends
from geo.travel.search import UNREACHED, reach

# Facilities are split in a fixed number of blocks whose sums are added in order, so the result is
# the same to the bit however many threads run them.
_BLOCKS = 4
_HEAP_ENTRIES = 1 << 12


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
    threads
        Threads to run; None takes all cores.

    Returns
    -------
    Scores
        The same to the bit for any number of threads.
    """
    dm_per_min = speed_m_per_min * DM_PER_M
    limit_dm = int(limit_min * dm_per_min)
    thresholds_dm = np.array([int(limit * dm_per_min) for limit in thresholds_min], dtype=np.int64)
    weight_of_dm = np.zeros(limit_dm + 1)
    for limit, weight in reversed(list(zip(weight_limits_min, weights, strict=True))):
        weight_of_dm[: int(limit * dm_per_min) + 1] = weight
    placed = place_cells(graph, cells)
    here = position_costs(graph, facilities)
    ends = walks_from_ends(graph, facilities)
    known_demand = np.where(np.isnan(demand), 0.0, demand)
    n, s, t = len(cells.edge), offers.shape[1], len(thresholds_dm)
    edges = np.linspace(0, len(facilities.edge), _BLOCKS + 1).astype(np.int64)

    def run(block: int) -> tuple[Any, ...]:
        return _score_block(
            edges[block], edges[block + 1], n, s, t,
            graph.first, graph.neighbour, graph.cost_dm,
            graph.edge_from, graph.edge_to, graph.forward_dm, graph.backward_dm,
            placed.node_first, placed.node_cell, placed.node_cost,
            placed.edge_first, placed.edge_cell, placed.edge_access,
            placed.forward, placed.backward,
            facilities.edge, *here, ends.at_from, ends.at_to, facilities.access_dm,
            offers, supply, known_demand, limit_dm, thresholds_dm, weight_of_dm,
        )  # fmt: skip

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        blocks = list(pool.map(run, range(_BLOCKS)))
    return _combine(blocks, dm_per_min, offers)


def _combine(
    blocks: list[tuple[Any, ...]],
    dm_per_min: float,
    offers: npt.NDArray[np.bool_],
) -> Scores:
    nearest, who, centres, places, catchment, reached = blocks[0]
    for block in blocks[1:]:
        closer = block[0] < nearest
        nearest = np.where(closer, block[0], nearest)
        who = np.where(closer, block[1], who)
        centres, places, catchment = centres + block[2], places + block[3], catchment + block[4]
        reached = np.concatenate([reached, block[5]])
    found = nearest != UNREACHED
    return Scores(
        nearest_min=np.where(found, nearest / dm_per_min, np.nan),
        nearest_facility=np.where(found, who, -1).astype(np.int32),
        centres=centres,
        places=places,
        catchment=catchment,
        demand_in_reach=np.where(offers, reached, np.nan),
    )


@numba.njit(cache=True, nogil=True)
def _score_block(
    begin, end, n, s, t,
    first, neighbour, cost_dm, edge_from, edge_to, forward_dm, backward_dm,
    node_first, node_cell, node_cost, edge_first, edge_cell, edge_access, forward, backward,
    source_edge, source_forward, source_backward, from_start, from_end, source_access,
    offers, supply, demand, limit_dm, thresholds_dm, weight_of_dm,
):  # fmt: skip
    nearest = np.full((n, s), UNREACHED, dtype=np.int32)
    who = np.full((n, s), -1, dtype=np.int32)
    centres = np.zeros((n, s, t), dtype=np.int32)
    places = np.zeros((n, s, t))
    catchment = np.zeros((n, s))
    reached = np.zeros((end - begin, s))
    node_distance = np.full(first.size - 1, UNREACHED, dtype=np.int32)
    cell_distance = np.full(n, UNREACHED, dtype=np.int32)
    touched_nodes = np.empty(first.size - 1, dtype=np.int32)
    touched_cells = np.empty(n, dtype=np.int32)
    heap = np.empty(_HEAP_ENTRIES, dtype=np.int64)
    for facility in range(begin, end):
        if source_edge[facility] < 0 or not offers[facility].any():
            continue
        found, heap = reach(
            first, neighbour, cost_dm, edge_from, edge_to, forward_dm, backward_dm,
            node_first, node_cell, node_cost,
            edge_first, edge_cell, edge_access, forward, backward,
            source_edge[facility], source_forward[facility], source_backward[facility],
            from_start[facility], from_end[facility], source_access[facility], limit_dm,
            node_distance, cell_distance, heap, touched_nodes, touched_cells,
        )  # fmt: skip
        for service in range(s):
            if not offers[facility, service]:
                continue
            total = 0.0
            for at in range(found):
                cell = touched_cells[at]
                total += demand[cell, service] * weight_of_dm[cell_distance[cell]]
            reached[facility - begin, service] = total
            has_places = not np.isnan(supply[facility, service])
            ratio = supply[facility, service] / total if has_places and total > 0 else 0.0
            for at in range(found):
                cell = touched_cells[at]
                distance = cell_distance[cell]
                catchment[cell, service] += ratio * weight_of_dm[distance]
                if distance < nearest[cell, service]:
                    nearest[cell, service] = distance
                    who[cell, service] = facility
                for threshold in range(t):
                    if distance <= thresholds_dm[threshold]:
                        centres[cell, service, threshold] += 1
                        if has_places:
                            places[cell, service, threshold] += supply[facility, service]
        for at in range(found):
            cell_distance[touched_cells[at]] = UNREACHED
    return nearest, who, centres, places, catchment, reached
