"""The search: one facility, every cell within a walking distance, in integer decimetres.

A bounded Dijkstra over the node arrays with a 4-ary heap that lets stale entries lie. Distances are
whole decimetres, so every thread count gives the same answer to the bit; what a search touched is
listed and reset, so a search costs what it reaches and not what the network holds.
"""

import numba
import numpy as np

UNREACHED = np.iinfo(np.int32).max
_ARITY = 4


@numba.njit(cache=True, nogil=True, inline="always")
def _push(heap, size, entry):
    child = size
    while child > 0:
        parent = (child - 1) // _ARITY
        if heap[parent] <= entry:
            break
        heap[child] = heap[parent]
        child = parent
    heap[child] = entry


@numba.njit(cache=True, nogil=True, inline="always")
def _pop(heap, size):
    """Return the least entry of ``size``; the heap then holds one fewer."""
    least = heap[0]
    size -= 1
    entry = heap[size]
    parent = 0
    while True:
        child = parent * _ARITY + 1
        if child >= size:
            break
        smallest = child
        for other in range(child + 1, min(child + _ARITY, size)):
            if heap[other] < heap[smallest]:
                smallest = other
        if heap[smallest] >= entry:
            break
        heap[parent] = heap[smallest]
        parent = smallest
    heap[parent] = entry
    return least


@numba.njit(cache=True, nogil=True)
def reach(
    first, neighbour, length_dm, link_edge,
    edge_from, edge_to, edge_length_dm,
    cell_first, cell_index, cell_offset, cell_access,
    source_edge, source_offset, source_access, limit_dm,
    node_distance, cell_distance, heap, touched_nodes, touched_cells,
):  # fmt: skip
    """Find the cells within ``limit_dm`` of one facility.

    ``node_distance`` and ``cell_distance`` must be all ``UNREACHED`` and are left so for nodes; the
    cells found are the first ``n`` of ``touched_cells`` and keep their distance in
    ``cell_distance`` for the caller to read and reset.

    Returns
    -------
    n
        How many cells were found.
    heap
        The heap, grown if it had to.
    """
    nodes = 0
    cells = 0
    size = 0
    ahead = edge_length_dm[source_edge] - source_offset
    for node, distance in (
        (edge_from[source_edge], source_access + source_offset),
        (edge_to[source_edge], source_access + ahead),
    ):
        if distance <= limit_dm and distance < node_distance[node]:
            if node_distance[node] == UNREACHED:
                touched_nodes[nodes] = node
                nodes += 1
            node_distance[node] = distance
            _push(heap, size, (np.int64(distance) << 32) | node)
            size += 1
    # Cells on the facility's own edge are reached along it.
    for at in range(cell_first[source_edge], cell_first[source_edge + 1]):
        cell = cell_index[at]
        distance = source_access + abs(cell_offset[at] - source_offset) + cell_access[at]
        if distance <= limit_dm and distance < cell_distance[cell]:
            if cell_distance[cell] == UNREACHED:
                touched_cells[cells] = cell
                cells += 1
            cell_distance[cell] = distance
    while size > 0:
        entry = _pop(heap, size)
        size -= 1
        node = entry & 0xFFFFFFFF
        distance = entry >> 32
        if distance > node_distance[node]:
            continue
        if size + first[node + 1] - first[node] > heap.size:
            larger = np.empty(heap.size * 2, dtype=heap.dtype)
            larger[:size] = heap[:size]
            heap = larger
        for link in range(first[node], first[node + 1]):
            edge = link_edge[link]
            for at in range(cell_first[edge], cell_first[edge + 1]):
                along = cell_offset[at]
                if edge_from[edge] != node:
                    along = edge_length_dm[edge] - along
                elif edge_to[edge] == node:
                    along = min(along, edge_length_dm[edge] - along)
                cell = cell_index[at]
                walk = distance + along + cell_access[at]
                if walk <= limit_dm and walk < cell_distance[cell]:
                    if cell_distance[cell] == UNREACHED:
                        touched_cells[cells] = cell
                        cells += 1
                    cell_distance[cell] = walk
            other = neighbour[link]
            walk = distance + length_dm[link]
            if walk <= limit_dm and walk < node_distance[other]:
                if node_distance[other] == UNREACHED:
                    touched_nodes[nodes] = other
                    nodes += 1
                node_distance[other] = walk
                _push(heap, size, (np.int64(walk) << 32) | other)
                size += 1
    for at in range(nodes):
        node_distance[touched_nodes[at]] = UNREACHED
    return cells, heap
