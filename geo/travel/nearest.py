"""The nearest facility of every cell, by one search from all facilities at once."""

import numba
import numpy as np
import numpy.typing as npt

from geo.network import Integers
from geo.travel.graph import WalkGraph
from geo.travel.placing import Cells, Sources
from geo.travel.search import bucket_shift, grown, new_entries, walk_along_chain

_NODE = 0xFFFFFFFF


def nearest_facility(
    graph: WalkGraph,
    cells: Cells,
    sources: Sources,
    chosen: npt.NDArray[np.bool_],
    limit_dm: int,
) -> tuple[Integers, Integers]:
    """Return distance and facility of the nearest of the chosen facilities.

    Parameters
    ----------
    graph, cells, sources
        The graph, and where cells and facilities stand on it.
    chosen
        Shape (attached facilities,), in the order of ``sources``.
    limit_dm
        Longest walk, included.

    Returns
    -------
    distance_dm, facility
        Shape (attached cells,), in the order of ``cells``; −1 for both where no facility is within
        the limit. Of facilities equally near, the one with the lowest index.
    """
    shift = bucket_shift(limit_dm)
    label = _nearest(graph.first, graph.links, cells, sources, chosen, limit_dm, shift)
    within = label >> 32 <= limit_dm
    distance = np.where(within, label >> 32, -1)
    return distance.astype(np.int32), np.where(within, label & _NODE, -1).astype(np.int32)


@numba.njit(cache=True, nogil=True)
def _nearest(first, links, cells, sources, chosen, limit, shift):
    """Return distance << 32 | facility of every cell: the least is the nearest, then the first."""
    unreached = np.int64(limit + 1) << 32
    node_label = np.full(first.size - 1, unreached, dtype=np.int64)
    cell_label = np.full(cells.points.row.size, unreached, dtype=np.int64)
    bucket = np.full((limit >> shift) + 1, -1, dtype=np.int32)
    entries = new_entries()
    written = 0
    for source in range(chosen.size):
        if not chosen[source]:
            continue
        _along_own_chain(cells, sources, source, cell_label)
        for node, walk in (
            (sources.start[source], sources.from_start[source]),
            (sources.end[source], sources.from_end[source]),
        ):
            if node < 0 or walk < 0:
                continue
            distance = np.int64(sources.points.access_dm[source] + walk)
            label = (distance << 32) | sources.points.row[source]
            if label < node_label[node]:
                node_label[node] = label
                if written == entries.size:
                    entries = grown(entries, written + 1)
                entries[written] = (np.int64(bucket[distance >> shift]) << 32) | node
                bucket[distance >> shift] = written
                written += 1
    for at in range(bucket.size):
        while bucket[at] >= 0:
            entry = bucket[at]
            bucket[at] = -1
            while entry >= 0:
                node = entries[entry] & _NODE
                entry = entries[entry] >> 32
                label = node_label[node]
                if (label >> 32) >> shift != at:
                    continue
                begin, end = first[node], first[node + 1]
                if written + end - begin > entries.size:
                    entries = grown(entries, written + end - begin)
                for link in range(begin, end):
                    other = links[link] & _NODE
                    offered = label + ((links[link] >> 32) << 32)
                    if offered < node_label[other]:
                        node_label[other] = offered
                        to = (offered >> 32) >> shift
                        entries[written] = (np.int64(bucket[to]) << 32) | other
                        bucket[to] = written
                        written += 1
    for node in range(node_label.size):
        if node_label[node] < unreached:
            for at in range(cells.first[node], cells.first[node + 1]):
                cell = cells.walks[at] & _NODE
                offered = node_label[node] + ((cells.walks[at] >> 32) << 32)
                cell_label[cell] = min(cell_label[cell], offered)
    return cell_label


@numba.njit(cache=True, nogil=True)
def _along_own_chain(cells, sources, source, cell_label):
    here = sources.points
    chain = here.chain[source]
    for cell in range(cells.chain_first[chain], cells.chain_first[chain + 1]):
        along = walk_along_chain(cells, sources, source, cell)
        if along >= 0:
            walk = np.int64(here.access_dm[source] + along + cells.points.access_dm[cell])
            cell_label[cell] = min(cell_label[cell], (walk << 32) | here.row[source])
