"""One walk from a point agrees to the decimetre with the many-to-many search, costs included."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network import Attachment, WalkNetwork
from geo.travel import build_graph, walking_times
from geo.travel.search import UNREACHED
from geo.travel.walk import Walker
from geo.walkability.costs import EdgeCosts

LIMIT_DM, POINTS = 6_000, 12


def network_of(random: np.random.Generator) -> WalkNetwork:
    """Return random streets, parallel ones and loops included."""
    nodes, edges = 30, 70
    x, y = random.uniform(0, 400, (2, nodes)).round(1)
    start, stop = random.integers(0, nodes, (2, edges)).astype(np.int32)
    bend = random.uniform(0, 400, (edges, 2))
    ends = [np.column_stack([x[at], y[at]]) for at in (start, stop)]
    lines = shapely.linestrings(np.stack([ends[0], bend, ends[1]], axis=1))
    return WalkNetwork(
        node_x_m=x,
        node_y_m=y,
        edge_from=start,
        edge_to=stop,
        edge_length_dm=np.maximum(1, np.rint(shapely.length(lines) * 10)).astype(np.int32),
        edge_street=np.array(["1"] * edges),
        edge_line=lines,
        component=np.zeros(nodes, dtype=np.int32),
        component_length_m=np.array([1e9]),
        joined_gaps=0,
    )


def points_on(network: WalkNetwork, random: np.random.Generator) -> Attachment:
    edge = random.integers(0, len(network.edge_from), POINTS).astype(np.int32)
    share = random.choice([0.0, 1.0, 0.3, 0.77], POINTS)
    return Attachment(
        edge,
        np.rint(network.edge_length_dm[edge] * share).astype(np.int32),
        random.integers(0, 200, POINTS).astype(np.int32),
    )


def costs_of(network: WalkNetwork, random: np.random.Generator) -> EdgeCosts:
    def one_way() -> np.ndarray:
        cost = np.rint(network.edge_length_dm * random.uniform(0.8, 3, len(network.edge_from)))
        shut = random.random(len(cost)) < 0.15
        return np.where(shut, -1, np.maximum(cost, 1)).astype(np.int32)

    return EdgeCosts(one_way(), one_way())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_walks_towards_a_centre_equal_those_of_the_engine(seed: int, plain: bool) -> None:
    random = np.random.default_rng(seed)
    network = network_of(random)
    centre, homes = points_on(network, random), points_on(network, random)
    costs = None if plain else costs_of(network, random)
    graph = (
        build_graph(network)
        if costs is None
        else build_graph(network, costs.forward_dm, costs.backward_dm)
    )
    pairs = walking_times(
        graph, centre, homes, limit_min=LIMIT_DM / 10, speed_m_per_min=1.0, threads=1
    )
    walker = Walker(network)
    for row in range(POINTS):
        alone = Attachment(
            centre.edge[[row]], centre.offset_dm[[row]], centre.access_dm[[row]]
        )  # fmt: skip
        walk = walker.walk(alone, limit_dm=LIMIT_DM, costs=costs, towards=True)
        expected = np.full(POINTS, UNREACHED, dtype=np.int64)
        span = slice(pairs.first[row], pairs.first[row + 1])
        expected[pairs.cell[span]] = np.rint(pairs.minutes[span] * 10)
        assert walk.distance_dm(homes).tolist() == expected.tolist()
