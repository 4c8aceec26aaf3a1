"""Walking times as a sparse table, for measures that need every pair at hand."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from geo.network import DM_PER_M, Attachment, Floats, Integers
from geo.travel.graph import WalkGraph
from geo.travel.placing import Cells, place_cells, place_sources
from geo.travel.search import grown, make_room, new_entries, reach

_FIRST_PAIRS = 1 << 16


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
    placed: Cells | None = None,
    threads: int | None = None,
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
    placed
        The cells as :func:`geo.travel.place_cells` puts them on this graph, where that was done.
    threads
        Threads to run; None takes all cores.
    """
    dm_per_min = speed_m_per_min * DM_PER_M
    threads = threads or os.cpu_count() or 1
    placed = place_cells(graph, cells) if placed is None else placed
    sources = place_sources(graph, facilities)
    limit_dm = int(limit_min * dm_per_min)
    # Neighbours are searched one after the other; their pairs are put in order afterwards.
    cuts = np.linspace(0, len(sources.points.row), threads + 1).astype(np.int64)

    def run(begin: int, end: int) -> tuple[npt.NDArray[np.int64], Integers, Integers]:
        room = make_room(graph, placed, limit_dm)
        return _pairs(begin, end, graph.first, graph.links, placed, sources, room)

    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(run, cuts[:-1], cuts[1:]))
    count, cell, distance = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _in_order(
        sources.points.row, count, placed.points.row[cell], distance / dm_per_min,
        len(facilities.edge),
    )  # fmt: skip


def _in_order(
    facility: Integers,
    count: npt.NDArray[np.int64],
    cell: Integers,
    minutes: Floats,
    facilities: int,
) -> WalkingTimes:
    """Sort pairs by facility, then by cell."""
    order = np.lexsort((cell, np.repeat(facility, count)))
    counts = np.zeros(facilities, dtype=np.int64)
    counts[facility] = count
    return WalkingTimes(np.r_[0, np.cumsum(counts)], cell[order], minutes[order])


@numba.njit(cache=True, nogil=True)
def _pairs(begin, end, first, links, cells, sources, room):
    """Return how many cells each facility has in reach, and the cells and their distances."""
    counts = np.zeros(end - begin, dtype=np.int64)
    pair_cell = np.empty(_FIRST_PAIRS, dtype=np.int32)
    pair_distance = np.empty(_FIRST_PAIRS, dtype=np.int32)
    entries = new_entries()
    pairs = 0
    for source in range(begin, end):
        access = sources.points.access_dm[source]
        found, entries = reach(first, links, cells, sources, source, access, room, entries)
        counts[source - begin] = found
        if pairs + found > pair_cell.size:
            pair_cell = grown(pair_cell, pairs + found)
            pair_distance = grown(pair_distance, pairs + found)
        for at in range(found):
            cell = room.found[at]
            pair_cell[pairs] = cell
            pair_distance[pairs] = room.cell_distance[cell]
            room.cell_distance[cell] = room.limit_dm + 1
            pairs += 1
    return counts, pair_cell[:pairs].copy(), pair_distance[:pairs].copy()
