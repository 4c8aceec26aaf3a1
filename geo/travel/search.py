"""The search: one facility, every cell within a walking distance, in integer decimetres.

A bounded search over junctions in buckets of distance. Distances are whole decimetres, so every
thread count gives the same answer to the bit; what a search touched is listed and reset, so it
costs what it reaches and not what the network holds. Within a bucket a junction may be met before
its distance is final; it is then met again, so the width of a bucket changes the work, never the
answer.
"""

from typing import NamedTuple

import numba
import numpy as np

from geo.network import Integers
from geo.travel.graph import WalkGraph
from geo.travel.placing import Cells

UNREACHED = np.iinfo(np.int32).max
_MAX_BUCKETS = 512
_FIRST_ENTRIES = 1 << 14
_NODE = 0xFFFFFFFF


class Room(NamedTuple):
    """Where a search works; made once, left clean by every search.

    Parameters
    ----------
    limit_dm, shift
        Longest walk, and the bits of a distance that its bucket leaves out.
    node_distance, cell_distance
        All beyond the limit between searches; a caller resets the cells it was given.
    bucket
        Index of the last entry of each bucket, −1 where it is empty.
    found
        The cells found.
    """

    limit_dm: int
    shift: int
    node_distance: Integers
    cell_distance: Integers
    bucket: Integers
    found: Integers


def make_room(graph: WalkGraph, cells: Cells, limit_dm: int) -> Room:
    """Return a room for searches up to a limit."""
    shift = bucket_shift(limit_dm)
    count = len(cells.points.row)
    return Room(
        limit_dm,
        shift,
        np.full(len(graph.first) - 1, limit_dm + 1, dtype=np.int32),
        np.full(count, limit_dm + 1, dtype=np.int32),
        np.full((limit_dm >> shift) + 1, -1, dtype=np.int32),
        np.empty(count, dtype=np.int32),
    )


def bucket_shift(limit_dm: int) -> int:
    """Return the bits to leave out so that buckets are few enough to stay in cache."""
    return max(0, (limit_dm // _MAX_BUCKETS).bit_length())


@numba.njit(cache=True, nogil=True)
def new_entries():
    """Return the list of entries a search writes; searches hand it back, grown if they had to."""
    return np.empty(_FIRST_ENTRIES, dtype=np.int64)


@numba.njit(cache=True, nogil=True)
def grown(entries, needed):
    """Return a longer copy of a list."""
    longer = np.empty(max(2 * entries.size, needed), dtype=entries.dtype)
    longer[: entries.size] = entries
    return longer


@numba.njit(cache=True, nogil=True)
def reach(first, links, cells, sources, source, access, room, entries):
    """Find the cells that walk to one facility within the limit.

    Parameters
    ----------
    first, links
        The graph.
    cells, sources, source
        Where cells and facilities stand, and which facility it is.
    access
        The facility's distance off the street.
    room, entries
        Where to work. An entry is the index of the bucket's entry before it << 32 | junction.

    Returns
    -------
    found
        How many cells were found: the first of ``room.found``; their distance is in
        ``room.cell_distance`` for the caller to read and to reset.
    entries
        The list of entries.
    """
    limit, shift = room.limit_dm, room.shift
    node_distance, bucket = room.node_distance, room.bucket
    found = _along_own_chain(cells, sources, source, access, room)
    written = 0
    open_entries = 0
    lowest = bucket.size
    last = bucket.size - 1
    for node, walk in (
        (sources.start[source], sources.from_start[source]),
        (sources.end[source], sources.from_end[source]),
    ):
        distance = access + walk
        if node >= 0 and walk >= 0 and distance <= limit and distance < node_distance[node]:
            node_distance[node] = distance
            at = distance >> shift
            entries[written] = (np.int64(bucket[at]) << 32) | node
            bucket[at] = written
            written += 1
            open_entries += 1
            lowest = min(lowest, at)
    for at in range(lowest, bucket.size):
        if open_entries == 0:
            break
        while bucket[at] >= 0:
            entry = bucket[at]
            bucket[at] = -1
            while entry >= 0:
                packed = entries[entry]
                entry = packed >> 32
                node = packed & _NODE
                open_entries -= 1
                distance = node_distance[node]
                if distance >> shift != at:
                    continue
                begin, end = first[node], first[node + 1]
                if written + end - begin > entries.size:
                    entries = grown(entries, written + end - begin)
                for link in range(begin, end):
                    other = links[link] & _NODE
                    walk = distance + (links[link] >> 32)
                    before = node_distance[other]
                    nearer = walk < before
                    to = min(walk >> shift, last)
                    head = bucket[to]
                    entries[written] = (np.int64(head) << 32) | other
                    node_distance[other] = walk if nearer else before
                    bucket[to] = written if nearer else head
                    written += nearer
                    open_entries += nearer
    return _meet_cells(cells, room, entries, written, found), entries


@numba.njit(cache=True, nogil=True)
def _along_own_chain(cells, sources, source, access, room):
    """Walk from the cells of the facility's own chain along it."""
    found = 0
    chain = sources.points.chain[source]
    for cell in range(cells.chain_first[chain], cells.chain_first[chain + 1]):
        along = walk_along_chain(cells, sources, source, cell)
        walk = access + along + cells.points.access_dm[cell]
        if along >= 0 and walk <= room.limit_dm:
            room.cell_distance[cell] = walk
            room.found[found] = cell
            found += 1
    return found


@numba.njit(cache=True, nogil=True)
def walk_along_chain(cells, sources, source, cell):
    """Return the cost of the walk from a cell to a facility of its chain, −1 if there is no way."""
    here, points = sources.points, cells.points
    if points.place_dm[cell] == here.place_dm[source]:
        return 0
    if points.place_dm[cell] < here.place_dm[source]:
        return here.ahead[source] - points.ahead[cell] if sources.is_open_ahead[source] else -1
    return points.back[cell] - here.back[source] if sources.is_open_back[source] else -1


@numba.njit(cache=True, nogil=True)
def _meet_cells(cells, room, entries, written, found):
    """Walk from cells to the junctions reached, and clean the junctions."""
    unreached = room.limit_dm + 1
    node_distance, cell_distance = room.node_distance, room.cell_distance
    for entry in range(written):
        node = entries[entry] & _NODE
        distance = node_distance[node]
        if distance == unreached:
            continue
        node_distance[node] = unreached
        for at in range(cells.first[node], cells.first[node + 1]):
            cell = cells.walks[at] & _NODE
            walk = distance + (cells.walks[at] >> 32)
            if walk < cell_distance[cell]:
                if cell_distance[cell] == unreached:
                    room.found[found] = cell
                    found += 1
                cell_distance[cell] = walk
    return found
