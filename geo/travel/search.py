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
    first, neighbour, cost_dm, edge_from, edge_to, forward_dm, backward_dm,
    node_first, node_cell, node_cost, edge_first, edge_cell, edge_access, forward, backward,
    source_edge, source_forward, source_backward, from_start, from_end, source_access, limit_dm,
    node_distance, cell_distance, heap, touched_nodes, touched_cells,
):  # fmt: skip
    """Find the cells that walk to one facility within ``limit_dm``.

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
    for node, along in ((edge_from[source_edge], from_start), (edge_to[source_edge], from_end)):
        distance = source_access + along
        if along >= 0 and distance <= limit_dm and distance < node_distance[node]:
            if node_distance[node] == UNREACHED:
                touched_nodes[nodes] = node
                nodes += 1
            node_distance[node] = distance
            _push(heap, size, (np.int64(distance) << 32) | node)
            size += 1
    # Cells on the facility's own edge walk along it.
    for at in range(edge_first[source_edge], edge_first[source_edge + 1]):
        cell = edge_cell[at]
        ahead = source_forward - forward[cell]
        back = backward[cell] - source_backward
        if ahead >= 0 and forward_dm[source_edge] > 0:
            along = ahead
        elif back >= 0 and backward_dm[source_edge] > 0:
            along = back
        else:
            continue
        distance = source_access + along + edge_access[at]
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
        for at in range(node_first[node], node_first[node + 1]):
            cell = node_cell[at]
            walk = distance + node_cost[at]
            if walk <= limit_dm and walk < cell_distance[cell]:
                if cell_distance[cell] == UNREACHED:
                    touched_cells[cells] = cell
                    cells += 1
                cell_distance[cell] = walk
        for link in range(first[node], first[node + 1]):
            other = neighbour[link]
            walk = distance + cost_dm[link]
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
