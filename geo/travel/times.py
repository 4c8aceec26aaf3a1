"""Walking times as a sparse table, for measures that need every pair at hand."""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from geo.network import DM_PER_M, Attachment, Floats, Integers
from geo.travel.graph import WalkGraph, group_cells
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
    grouped = group_cells(cells, len(graph.edge_from))
    first, cell, distance_dm = _pairs(
        len(cells.edge),
        graph.first, graph.neighbour, graph.length_dm, graph.link_edge,
        graph.edge_from, graph.edge_to, graph.edge_length_dm,
        grouped.first, grouped.cell, grouped.offset_dm, grouped.access_dm,
        facilities.edge, facilities.offset_dm, facilities.access_dm, int(limit_min * dm_per_min),
    )  # fmt: skip
    return WalkingTimes(first, cell, distance_dm / dm_per_min)


@numba.njit(cache=True, nogil=True)
def _pairs(
    n,
    first, neighbour, length_dm, link_edge,
    edge_from, edge_to, edge_length_dm,
    cell_first, cell_index, cell_offset, cell_access,
    source_edge, source_offset, source_access, limit_dm,
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
                first, neighbour, length_dm, link_edge, edge_from, edge_to, edge_length_dm,
                cell_first, cell_index, cell_offset, cell_access,
                source_edge[facility], source_offset[facility], source_access[facility], limit_dm,
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
