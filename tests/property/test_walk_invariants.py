"""One walk on random streets: equal to scipy's Dijkstra, nested, symmetric."""

from itertools import pairwise

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.network import Attachment, WalkNetwork
from geo.travel.isochrone import FRONTAGE_M, isochrones
from geo.travel.search import UNREACHED
from geo.travel.walk import Walker
from geo.walkability.costs import EdgeCosts


@st.composite
def networks(draw: st.DrawFn) -> WalkNetwork:
    """Return a random network, parallel edges, loops and islands included."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    nodes, edges = draw(st.integers(2, 25)), draw(st.integers(1, 60))
    x, y = random.uniform(0, 400, (2, nodes)).round(1)
    ends = random.integers(0, nodes, (2, edges)).astype(np.int32)
    middle = random.uniform(0, 400, (2, edges))
    lines = shapely.linestrings(
        np.stack([np.stack([x[ends[0]], middle[0], x[ends[1]]], 1),
                  np.stack([y[ends[0]], middle[1], y[ends[1]]], 1)], 2)
    )  # fmt: skip
    return WalkNetwork(
        node_x_m=x,
        node_y_m=y,
        edge_from=ends[0],
        edge_to=ends[1],
        edge_length_dm=np.maximum(1, np.round(shapely.length(lines) * 10)).astype(np.int32),
        edge_street=np.array(["1"] * edges),
        edge_line=lines,
        component=np.zeros(nodes, dtype=np.int32),
        component_length_m=np.array([1e9]),
        joined_gaps=0,
    )


@st.composite
def places(draw: st.DrawFn, network: WalkNetwork) -> Attachment:
    edge = draw(st.integers(0, len(network.edge_from) - 1))
    offset = draw(st.integers(0, int(network.edge_length_dm[edge])))
    return Attachment(
        np.array([edge], np.int32), np.array([offset], np.int32),
        np.array([draw(st.integers(0, 300))], np.int32),
    )  # fmt: skip


def by_scipy(network: WalkNetwork, origin: Attachment, costs: EdgeCosts) -> np.ndarray:
    """Return distances to all nodes with the origin as a node of its own."""
    here = len(network.node_x_m)
    edge, offset = int(origin.edge[0]), int(origin.offset_dm[0])
    length = int(network.edge_length_dm[edge])
    tails = [*network.edge_from, *network.edge_to, here, here]
    heads = [*network.edge_to, *network.edge_from, network.edge_to[edge], network.edge_from[edge]]
    weights = [
        *costs.forward_dm, *costs.backward_dm,
        costs.forward_dm[edge] - np.rint(costs.forward_dm[edge] * (offset / length)),
        np.rint(costs.backward_dm[edge] * (offset / length)),
    ]  # fmt: skip
    # scipy takes a weight of zero for no edge, and adds parallel ones up: lift, then take the least
    matrix = np.full((here + 1, here + 1), np.inf)
    for tail, head, weight in zip(tails, heads, weights, strict=True):
        matrix[tail, head] = min(matrix[tail, head], max(float(weight), 1e-7))
    matrix[np.isinf(matrix)] = 0
    found = dijkstra(csr_array(matrix), indices=here)[:here]
    return np.round(found + origin.access_dm[0], 3)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_node_distances_equal_those_of_scipy(data: st.DataObject) -> None:
    network = data.draw(networks())
    origin = data.draw(places(network))
    factor = data.draw(st.sampled_from([1, 3]))
    costs = EdgeCosts(network.edge_length_dm, (network.edge_length_dm * factor).astype(np.int32))
    limit = data.draw(st.integers(0, 12_000))
    walk = Walker(network).walk(origin, limit_dm=limit, costs=costs)
    expected = by_scipy(network, origin, costs)
    within = expected <= limit
    assert (walk.node_dm[within] == expected[within]).all()
    assert (walk.node_dm[~within] == UNREACHED).all()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_ways_are_as_long_as_they_are_far(data: st.DataObject) -> None:
    network = data.draw(networks())
    origin, there = data.draw(places(network)), data.draw(places(network))
    walk = Walker(network).walk(origin, limit_dm=20_000)
    distance = walk.distance_dm(there)[0]
    back = Walker(network).walk(there, limit_dm=20_000).distance_dm(origin)[0]
    assert back == distance
    if distance != UNREACHED:
        way = walk.way(there)
        walked = distance - origin.access_dm[0] - there.access_dm[0]
        pieces = len(network.edge_from)
        assert abs(way.length * 10 - walked) <= 1 + pieces


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_more_minutes_reach_all_that_fewer_do(data: st.DataObject) -> None:
    network = data.draw(networks())
    origin = data.draw(places(network))
    limits = sorted(data.draw(st.sets(st.integers(0, 9_000), min_size=2, max_size=4)))
    walk = Walker(network).walk(origin, limit_dm=limits[-1])
    grounds = isochrones(walk, limits)
    for smaller, larger in pairwise(grounds):
        assert larger.is_valid
        assert smaller.difference(larger).area < 1e-3
    # The ground of the greatest distance is that of its own streets, round ends drawn as eighths.
    streets = shapely.MultiLineString(list(walk.reached(limits[-1])))
    assert grounds[-1].difference(streets.buffer(FRONTAGE_M + 0.1, quad_segs=32)).area < 1e-3
    inner = streets.buffer(FRONTAGE_M * 0.8, quad_segs=32)
    assert inner.difference(grounds[-1]).area < 1e-3
