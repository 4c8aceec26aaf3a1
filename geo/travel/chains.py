"""Streets without junctions made one: most nodes of a street network only bend or cut a street.

A chain is a run of edges between two junctions through nodes where nothing meets. A search walks it
in one step; points along it know what they cost from each end. Dead ends lead nowhere, so a search
never enters them: their cells are met at the junction.
"""

from typing import NamedTuple

import numba
import numpy as np

_HILBERT_BITS = 16
# A node that only joins two edges is passed through.
_EDGES_PASSED = 2
# A chain is ended before its cost could outgrow 32 bits.
_LONGEST_DM = 1 << 30


class Chains(NamedTuple):
    """Every edge as part of a chain.

    Parameters
    ----------
    edge_chain
        Shape (edges,): the chain an edge belongs to.
    edge_turned
        Shape (edges,): whether the chain runs through the edge from ``edge_to`` to ``edge_from``.
    before_dm, before_ahead, before_back
        Shape (edges,): length, cost of walking ahead and cost of walking back, between the start of
        the chain and the edge.
    ahead, back
        Shape (chains,): cost of walking the whole chain, and back; −1 where it cannot be walked.
    length_dm
        Shape (chains,): length.
    """

    edge_chain: np.ndarray
    edge_turned: np.ndarray
    before_dm: np.ndarray
    before_ahead: np.ndarray
    before_back: np.ndarray
    ahead: np.ndarray
    back: np.ndarray
    length_dm: np.ndarray


@numba.njit(cache=True, nogil=True)
def hilbert_keys(x, y):
    """Return the place of points along a Hilbert curve over their bounding box."""
    keys = np.zeros(x.size, dtype=np.int64)
    if x.size == 0:
        return keys
    span = max(x.max() - x.min(), y.max() - y.min())
    scale = ((1 << _HILBERT_BITS) - 1) / span if span > 0 else 0.0
    low_x, low_y = x.min(), y.min()
    for point in range(x.size):
        across, up = np.int64((x[point] - low_x) * scale), np.int64((y[point] - low_y) * scale)
        key = np.int64(0)
        for bit in range(_HILBERT_BITS - 1, -1, -1):
            side = np.int64(1) << bit
            right, top = (across >> bit) & 1, (up >> bit) & 1
            key += side * side * ((3 * right) ^ top)
            if top == 0:
                if right == 1:
                    across, up = side - 1 - (across & (side - 1)), side - 1 - (up & (side - 1))
                across, up = up, across
        keys[point] = key
    return keys


@numba.njit(cache=True, nogil=True)
def incident_edges(nodes, edge_from, edge_to):
    """Return the edges at each node as ``first`` and ``edge``; a loop is there twice."""
    first = np.zeros(nodes + 1, dtype=np.int64)
    for edge in range(edge_from.size):
        first[edge_from[edge] + 1] += 1
        first[edge_to[edge] + 1] += 1
    for node in range(nodes):
        first[node + 1] += first[node]
    fill = first[:-1].copy()
    incident = np.empty(2 * edge_from.size, dtype=np.int32)
    for edge in range(edge_from.size):
        for node in (edge_from[edge], edge_to[edge]):
            incident[fill[node]] = edge
            fill[node] += 1
    return first, incident


@numba.njit(cache=True, nogil=True)
def is_passed_through(first, incident, forward, backward):
    """Say of each node whether it only joins two edges that are walked both ways."""
    passed = np.zeros(first.size - 1, dtype=np.bool_)
    for node in range(passed.size):
        if first[node + 1] - first[node] == _EDGES_PASSED:
            one, other = incident[first[node]], incident[first[node] + 1]
            passed[node] = one != other and min(
                forward[one], backward[one], forward[other], backward[other]
            ) > 0  # fmt: skip
    return passed


@numba.njit(cache=True, nogil=True)
def chain_edges(order, first, incident, passed, edge_from, edge_to, length, forward, backward):
    """Gather edges into chains, from the nodes in ``order`` that are not ``passed``.

    Rings without a junction are opened at the first of their nodes in ``order``. Nodes at which a
    chain begins or ends are no longer ``passed`` afterwards.
    """
    edges = edge_from.size
    edge_chain = np.full(edges, -1, dtype=np.int32)
    turned = np.zeros(edges, dtype=np.bool_)
    before = np.zeros((3, edges), dtype=np.int32)
    ends = np.empty((2, edges), dtype=np.int32)
    totals = np.empty((3, edges), dtype=np.int32)
    chains = 0
    for rings in (False, True):
        for at in range(order.size):
            begin = order[at]
            if passed[begin] and not rings:
                continue
            for slot in range(first[begin], first[begin + 1]):
                edge = incident[slot]
                if edge_chain[edge] >= 0:
                    continue
                passed[begin] = False
                node, length_sum, ahead, back = begin, 0, 0, 0
                while True:
                    against = edge_from[edge] != node
                    edge_chain[edge], turned[edge] = chains, against
                    before[0, edge], before[1, edge], before[2, edge] = length_sum, ahead, back
                    length_sum += length[edge]
                    ahead += backward[edge] if against else forward[edge]
                    back += forward[edge] if against else backward[edge]
                    node = edge_from[edge] if against else edge_to[edge]
                    if max(length_sum, ahead, back) > _LONGEST_DM:
                        passed[node] = False
                    if not passed[node]:
                        break
                    one = incident[first[node]]
                    edge = incident[first[node] + 1] if one == edge else one
                ends[0, chains], ends[1, chains] = begin, node
                totals[0, chains], totals[1, chains], totals[2, chains] = length_sum, ahead, back
                chains += 1
    return edge_chain, turned, before, ends[:, :chains].copy(), totals[:, :chains].copy()


@numba.njit(cache=True, nogil=True)
def pack_links(nodes, start, end, ahead, back):
    """Return the links of the turned-around graph: ``first`` and (cost << 32) | node.

    Of several links between two nodes only the cheapest is kept; loops and links to no node
    (−1) are left out.
    """
    first = np.zeros(nodes + 1, dtype=np.int32)
    for chain in range(start.size):
        if start[chain] >= 0 and end[chain] >= 0 and start[chain] != end[chain]:
            first[end[chain] + 1] += 1
            first[start[chain] + 1] += 1
    for node in range(nodes):
        first[node + 1] += first[node]
    fill = first[:-1].copy()
    links = np.empty(first[nodes], dtype=np.int64)
    for chain in range(start.size):
        if not (start[chain] >= 0 and end[chain] >= 0 and start[chain] != end[chain]):
            continue
        for tail, head, cost in (
            (end[chain], start[chain], ahead[chain]),
            (start[chain], end[chain], back[chain]),
        ):
            if cost < 0:
                continue
            at = first[tail]
            while at < fill[tail] and (links[at] & 0xFFFFFFFF) != head:
                at += 1
            packed = (np.int64(cost) << 32) | head
            if at == fill[tail]:
                links[at] = packed
                fill[tail] += 1
            elif packed < links[at]:
                links[at] = packed
    kept = 0
    for node in range(nodes):
        begin = first[node]
        first[node] = kept
        for at in range(begin, fill[node]):
            links[kept] = links[at]
            kept += 1
    first[nodes] = kept
    return first, links[:kept].copy()
