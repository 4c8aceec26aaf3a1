"""Walking times as a sparse table, for measures that need every pair at hand."""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from geo.network import DM_PER_M, Attachment, Floats, Integers
from geo.travel.graph import WalkGraph, place_cells, position_costs, walks_from_ends
from geo.travel.search import UNREACHED, reach

_HEAP_ENTRIES = 1 << 12


@dataclass(frozen=True, slots=True)
class WalkingTimes:
    """Pairs within the limit, sorted by facility, then by cell.

    Parameters
    ----------
    first
        Shape (facilities + 1,): where each facility's pairs start.
    cell
        Shape (pairs,), index of the cell.
    minutes
        Shape (pairs,), walking minutes.
    """

    first: npt.NDArray[np.int64]
    cell: Integers
    minutes: Floats


def walking_times(
    graph: WalkGraph,
    facilities: Attachment,
    cells: Attachment,
    *,
    limit_min: float,
    speed_m_per_min: float,
) -> WalkingTimes:
    """Return the walk of every pair of facility and cell within a limit.

    Parameters
    ----------
    graph
        The network's graph.
    facilities, cells
        Where facilities and cells stand on the network.
    limit_min
        Longest walk, minutes, included.
    speed_m_per_min
        Walking speed.
    """
    dm_per_min = speed_m_per_min * DM_PER_M
    placed = place_cells(graph, cells)
    here = position_costs(graph, facilities)
    ends = walks_from_ends(graph, facilities)
    first, cell, distance_dm = _pairs(
        len(cells.edge),
        graph.first, graph.neighbour, graph.cost_dm,
        graph.edge_from, graph.edge_to, graph.forward_dm, graph.backward_dm,
        placed.node_first, placed.node_cell, placed.node_cost,
        placed.edge_first, placed.edge_cell, placed.edge_access,
        placed.forward, placed.backward,
        facilities.edge, *here, ends.at_from, ends.at_to, facilities.access_dm,
        int(limit_min * dm_per_min),
    )  # fmt: skip
    return WalkingTimes(first, cell, distance_dm / dm_per_min)


@numba.njit(cache=True, nogil=True)
def _pairs(
    n,
    first, neighbour, cost_dm, edge_from, edge_to, forward_dm, backward_dm,
    node_first, node_cell, node_cost, edge_first, edge_cell, edge_access, forward, backward,
    source_edge, source_forward, source_backward, from_start, from_end, source_access, limit_dm,
):  # fmt: skip
    pair_first = np.zeros(source_edge.size + 1, dtype=np.int64)
    pair_cell = np.empty(1 << 16, dtype=np.int32)
    pair_distance = np.empty(1 << 16, dtype=np.int32)
    node_distance = np.full(first.size - 1, UNREACHED, dtype=np.int32)
    cell_distance = np.full(n, UNREACHED, dtype=np.int32)
    touched_nodes = np.empty(first.size - 1, dtype=np.int32)
    touched_cells = np.empty(n, dtype=np.int32)
    heap = np.empty(_HEAP_ENTRIES, dtype=np.int64)
    pairs = 0
    for facility in range(source_edge.size):
        if source_edge[facility] >= 0:
            found, heap = reach(
                first, neighbour, cost_dm, edge_from, edge_to, forward_dm, backward_dm,
                node_first, node_cell, node_cost,
                edge_first, edge_cell, edge_access, forward, backward,
                source_edge[facility], source_forward[facility], source_backward[facility],
                from_start[facility], from_end[facility], source_access[facility], limit_dm,
                node_distance, cell_distance, heap, touched_nodes, touched_cells,
            )  # fmt: skip
            touched_cells[:found].sort()
            if pairs + found > pair_cell.size:
                size = max(2 * pair_cell.size, pairs + found)
                larger = np.empty(size, dtype=np.int32)
                larger[:pairs] = pair_cell[:pairs]
                pair_cell = larger
                larger = np.empty(size, dtype=np.int32)
                larger[:pairs] = pair_distance[:pairs]
                pair_distance = larger
            for at in range(found):
                cell = touched_cells[at]
                pair_cell[pairs] = cell
                pair_distance[pairs] = cell_distance[cell]
                cell_distance[cell] = UNREACHED
                pairs += 1
        pair_first[facility + 1] = pairs
    return pair_first, pair_cell[:pairs].copy(), pair_distance[:pairs].copy()
