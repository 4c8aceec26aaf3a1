"""Walking times and fused scores against hand counts and against scipy's Dijkstra."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

import geo.travel.scores
from data.errors import ParameterError
from geo.access import StepDecay, TravelTimes, cumulative, nearest, two_step
from geo.network import Attachment, WalkNetwork
from geo.travel import Scores, WalkGraph, build_graph, score, walking_times

SPEED = 75.0
LIMITS, WEIGHTS = (10.0, 20.0, 30.0), (1.0, 0.68, 0.22)


def _network(edges: list[tuple[int, int, int]], nodes: int) -> WalkNetwork:
    rng = np.random.default_rng(nodes)
    start, stop, length = (np.array(column, dtype=np.int32) for column in zip(*edges, strict=True))
    return WalkNetwork(
        node_x_m=2_500_000 + 1000 * rng.random(nodes),
        node_y_m=1_000_000 + 1000 * rng.random(nodes),
        edge_from=start,
        edge_to=stop,
        edge_length_dm=length,
        edge_street=np.array([""] * len(edges)),
        edge_line=np.array([None] * len(edges)),
        component=np.zeros(nodes, dtype=np.int32),
        component_length_m=np.array([1.0]),
        joined_gaps=0,
    )


def _points(rows: list[tuple[int, int, int]]) -> Attachment:
    edge, offset, access = (np.array(column, dtype=np.int32) for column in zip(*rows, strict=True))
    return Attachment(edge, offset, access)


class Instance(NamedTuple):
    """A graph with facilities and cells on it; and the network it is of."""

    graph: WalkGraph
    facilities: Attachment
    cells: Attachment
    network: WalkNetwork


def _random_instance(
    seed: int, *, nodes: int = 60, edges: int = 90, costs: bool = False
) -> Instance:
    """Return a graph with loops, parallel edges, islands and points anywhere on it.

    With ``costs`` the two directions cost differently and some cannot be walked.
    """
    rng = np.random.default_rng(seed)
    rows = [
        (int(a), int(b), int(length))
        for a, b, length in zip(
            rng.integers(0, nodes, edges),
            rng.integers(0, nodes, edges),
            rng.integers(1, 9000, edges),
            strict=True,
        )
    ]
    network = _network(rows, nodes)

    def points(count: int) -> Attachment:
        edge = rng.integers(-1, edges, count)
        return _points(
            [
                (int(e), int(rng.integers(0, rows[e][2] + 1)) if e >= 0 else 0,
                 int(rng.integers(0, 900)) if e >= 0 else -1)
                for e in edge
            ]
        )  # fmt: skip

    def cost() -> npt.NDArray[np.int32] | None:
        barred = rng.random(edges) < 0.15
        return np.where(barred, -1, rng.integers(1, 9000, edges)).astype(np.int32)

    graph = build_graph(network, cost(), cost()) if costs else build_graph(network)
    return Instance(graph, points(12), points(50), network)


def _oracle(instance: Instance) -> npt.NDArray[np.float64]:
    """Return minutes of every cell and facility by scipy, inf where there is no way."""
    graph, facilities, cells, network = instance
    shape = (len(network.node_x_m),) * 2
    start, stop, length = network.edge_from, network.edge_to, network.edge_length_dm
    ahead, back = (
        np.where(cost < 0, np.inf, cost) for cost in (graph.forward_dm, graph.backward_dm)
    )
    dense = np.full(shape, np.inf)
    np.minimum.at(dense, (start, stop), ahead)
    np.minimum.at(dense, (stop, start), back)
    links = np.isfinite(dense)
    rows, columns = np.nonzero(links)
    between = dijkstra(csr_array((dense[links], (rows, columns)), shape=shape))

    def part(cost: float, offset: int, whole: int) -> float:
        return cost if np.isinf(cost) else float(np.rint(cost * offset / whole))

    def to_end(edge: int, offset: int) -> tuple[float, float]:
        """Return the walks from a point to the two ends."""
        return (
            part(back[edge], offset, length[edge]) if offset > 0 else 0.0,
            ahead[edge] - part(ahead[edge], offset, length[edge]) if offset < length[edge] else 0.0,
        )

    def from_end(edge: int, offset: int) -> tuple[float, float]:
        """Return the walks from the two ends to a point."""
        return (
            part(ahead[edge], offset, length[edge]) if offset > 0 else 0.0,
            back[edge] - part(back[edge], offset, length[edge]) if offset < length[edge] else 0.0,
        )

    def along(edge: int, cell: int, facility: int) -> float:
        cost, low, high = (
            (ahead[edge], cell, facility) if cell <= facility else (back[edge], facility, cell)
        )
        return part(cost, high, length[edge]) - (part(cost, low, length[edge]) if cost < np.inf
                                                 else 0.0)  # fmt: skip

    result = np.full((len(facilities.edge), len(cells.edge)), np.inf)
    for f in np.flatnonzero(facilities.attached):
        for c in np.flatnonzero(cells.attached):
            e, g = facilities.edge[f], cells.edge[c]
            here, there = int(facilities.offset_dm[f]), int(cells.offset_dm[c])
            with np.errstate(invalid="ignore"):
                ways = [
                    a + between[v, u] + b
                    for u, a in zip((start[e], stop[e]), from_end(e, here), strict=True)
                    for v, b in zip((start[g], stop[g]), to_end(g, there), strict=True)
                ]
                if e == g:
                    ways.append(0.0 if here == there else along(e, there, here))
            result[f, c] = min(ways) + facilities.access_dm[f] + cells.access_dm[c]
    return result / (SPEED * 10)


def _sparse(instance: Instance, limit_min: float) -> TravelTimes:
    times = walking_times(*instance[:3], limit_min=limit_min, speed_m_per_min=SPEED)
    return TravelTimes.from_facility_lists(
        times.first, times.cell, times.minutes,
        n_cells=len(instance.cells.edge), measured=instance.cells.attached,
    )  # fmt: skip


def _scores(
    instance: Instance, *, threads: int = 2, seed: int = 0
) -> tuple[Scores, dict[str, npt.NDArray[np.float64]]]:
    rng = np.random.default_rng(seed)
    facilities, cells = len(instance.facilities.edge), len(instance.cells.edge)
    offers = rng.random((facilities, 3)) < 0.7
    inputs = {
        "offers": offers,
        "supply": np.where(offers, rng.integers(1, 200, (facilities, 3)), np.nan).astype("float64"),
        "demand": rng.integers(0, 40, (cells, 3)).astype("float64"),
    }
    scores = score(
        *instance[:3], offers=inputs["offers"], supply=inputs["supply"], demand=inputs["demand"],
        limit_min=60.0, thresholds_min=(15.0, 30.0), weight_limits_min=LIMITS, weights=WEIGHTS,
        speed_m_per_min=SPEED, threads=threads,
    )  # fmt: skip
    return scores, inputs


# Nodes 0–1–2 in a row, 750 dm (one minute) and 1500 dm apart; 3 is an island with 4.
ROW = _network([(0, 1, 750), (1, 2, 1500), (3, 4, 750)], 5)


def test_the_walk_counts_the_way_to_and_along_the_street() -> None:
    times = walking_times(
        build_graph(ROW), _points([(0, 250, 75)]), _points([(1, 500, 150), (2, 0, 0)]),
        limit_min=60.0, speed_m_per_min=SPEED,
    )  # fmt: skip
    # 75 to the street, 500 to node 1, 500 along the next street, 150 from the street.
    assert times.cell.tolist() == [0]
    assert times.minutes.tolist() == pytest.approx([(75 + 500 + 500 + 150) / 750])


def test_two_points_on_one_street_walk_along_it() -> None:
    times = walking_times(
        build_graph(ROW), _points([(1, 1000, 0)]), _points([(1, 400, 0)]),
        limit_min=60.0, speed_m_per_min=SPEED,
    )  # fmt: skip
    assert times.minutes.tolist() == pytest.approx([600 / 750])


def test_the_limit_is_included_and_what_lies_beyond_is_not() -> None:
    facility, cells = _points([(0, 0, 0)]), _points([(0, 750, 0), (1, 1, 0)])
    times = walking_times(build_graph(ROW), facility, cells, limit_min=1.0, speed_m_per_min=SPEED)
    assert times.cell.tolist() == [0]


def test_costs_hold_for_the_way_people_walk_to_the_facility() -> None:
    uphill, downhill = np.full(3, 3000, dtype=np.int32), np.full(3, 600, dtype=np.int32)
    graph = build_graph(ROW, uphill, downhill)
    # From node 0 the whole way lies uphill; from node 2 the walk to node 1 goes down.
    times = walking_times(
        graph, _points([(0, 750, 0)]), _points([(0, 0, 0), (0, 500, 0), (1, 1500, 0), (1, 750, 0)]),
        limit_min=60.0, speed_m_per_min=SPEED,
    )  # fmt: skip
    assert times.minutes.tolist() == pytest.approx([3000 / 750, 1000 / 750, 600 / 750, 300 / 750])


def test_an_impassable_edge_parts_what_lies_behind_it() -> None:
    barred = np.array([750, -1, 750], dtype=np.int32)
    times = walking_times(
        build_graph(ROW, barred, barred), _points([(0, 0, 0)]),
        _points([(0, 750, 0), (1, 0, 0), (1, 10, 0), (1, 1500, 0)]),
        limit_min=60.0, speed_m_per_min=SPEED,
    )  # fmt: skip
    # A cell at the near end stands on the node; one along the edge has no way.
    assert times.cell.tolist() == [0, 1]


@pytest.mark.parametrize(
    "costs",
    [
        np.array([1, 2], dtype=np.int32),
        np.array([1.0, np.nan, 3.0]),
        np.array([1, 0, 3], dtype=np.int32),
        np.array([1, -2, 3], dtype=np.int32),
    ],
)
def test_costs_that_are_none_are_refused(costs: npt.NDArray[np.int32]) -> None:
    with pytest.raises(ParameterError, match="costo"):
        build_graph(ROW, costs)


def test_points_off_the_network_reach_nothing() -> None:
    times = walking_times(
        build_graph(ROW), _points([(-1, 0, -1), (0, 0, 0)]), _points([(-1, 0, -1)]),
        limit_min=60.0, speed_m_per_min=SPEED,
    )  # fmt: skip
    assert times.first.tolist() == [0, 0, 0]


@pytest.mark.parametrize("costs", [False, True])
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("limit_min", [5.0, 30.0, 200.0])
def test_walking_times_equal_scipy(seed: int, limit_min: float, *, costs: bool) -> None:
    instance = _random_instance(seed, costs=costs)
    oracle = _oracle(instance)
    times = walking_times(*instance[:3], limit_min=limit_min, speed_m_per_min=SPEED)
    found = np.full(oracle.shape, np.inf)
    facility = np.repeat(np.arange(len(oracle)), np.diff(times.first))
    found[facility, times.cell] = times.minutes
    expected = np.where(oracle <= limit_min + 1e-12, oracle, np.inf)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_fused_scores_equal_the_measures_on_stored_pairs(seed: int) -> None:
    instance = _random_instance(seed)
    scores, inputs = _scores(instance, seed=seed)
    measured = instance.cells.attached
    for service in range(3):
        offered = inputs["offers"][:, service]
        times = _sparse(instance, 60.0).where(_facility_mask(instance, offered))
        places = np.where(offered, inputs["supply"][:, service], 0.0)
        near = nearest(times).minutes[measured, 0]
        np.testing.assert_allclose(scores.nearest_min[measured, service], near, atol=1e-9)
        within = np.asarray(cumulative(times, 15.0, places))[measured]
        np.testing.assert_allclose(scores.places[measured, service, 0], within, atol=1e-9)
        access = np.asarray(
            two_step(times, inputs["demand"][:, service], places, StepDecay(LIMITS, WEIGHTS))
        )[measured]
        known = ~np.isnan(access)
        np.testing.assert_allclose(
            scores.catchment[measured, service][known], access[known], atol=1e-12
        )


def _facility_mask(instance: Instance, offered: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return offered[_sparse(instance, 60.0).facility]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_places_are_shared_out_exactly(seed: int) -> None:
    scores, inputs = _scores(_random_instance(seed), seed=seed)
    handed_out = (inputs["demand"] * scores.catchment).sum(axis=0)
    used = np.where(scores.demand_in_reach > 0, inputs["supply"], 0.0)
    np.testing.assert_allclose(handed_out, used.sum(axis=0), rtol=1e-9)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_number_of_threads_changes_nothing(seed: int) -> None:
    instance = _random_instance(seed)
    one, _ = _scores(instance, threads=1)
    many, _ = _scores(instance, threads=4)
    for name in ("nearest_min", "nearest_facility", "centres", "places", "catchment"):
        np.testing.assert_array_equal(getattr(one, name), getattr(many, name))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_longer_limit_only_adds_pairs(seed: int) -> None:
    instance = _random_instance(seed)
    short = walking_times(*instance[:3], limit_min=10.0, speed_m_per_min=SPEED)
    long = walking_times(*instance[:3], limit_min=40.0, speed_m_per_min=SPEED)
    pairs = [
        dict(zip(zip(np.repeat(np.arange(12), np.diff(t.first)).tolist(), t.cell.tolist(),
                     strict=True), t.minutes.tolist(), strict=True))
        for t in (short, long)
    ]  # fmt: skip
    assert pairs[0].items() <= pairs[1].items()


def test_unknown_places_count_as_a_centre_but_add_no_places() -> None:
    scores = score(
        build_graph(ROW), _points([(0, 0, 0)]), _points([(0, 750, 0)]),
        offers=np.array([[True]]), supply=np.array([[np.nan]]), demand=np.array([[5.0]]),
        limit_min=60.0, thresholds_min=(15.0,), weight_limits_min=LIMITS, weights=WEIGHTS,
        speed_m_per_min=SPEED,
    )  # fmt: skip
    assert scores.centres.tolist() == [[[1]]]
    assert scores.places.tolist() == [[[0.0]]]
    assert scores.catchment.tolist() == [[0.0]]
    assert scores.nearest_min.tolist() == [[1.0]]


def test_a_centre_with_nobody_in_reach_has_no_ratio() -> None:
    scores = score(
        build_graph(ROW), _points([(0, 0, 0)]), _points([(0, 750, 0), (2, 0, 0)]),
        offers=np.array([[True]]), supply=np.array([[10.0]]), demand=np.array([[0.0], [7.0]]),
        limit_min=60.0, thresholds_min=(15.0,), weight_limits_min=LIMITS, weights=WEIGHTS,
        speed_m_per_min=SPEED,
    )  # fmt: skip
    assert scores.demand_in_reach.tolist() == [[0.0]]
    assert scores.catchment.tolist() == [[0.0], [0.0]]
    assert np.isnan(scores.nearest_min[1, 0])
    assert scores.nearest_facility.tolist() == [[0], [-1]]


def test_streets_cut_at_every_bend_are_walked_as_one() -> None:
    # Ten edges in a row between two junctions that each have two further streets.
    edges = [(k, k + 1, 100 + k) for k in range(10)] + [(0, 11, 50), (0, 12, 60), (10, 13, 70)]
    edges += [(10, 14, 80)]
    graph = build_graph(_network(edges, 15))
    assert len(graph.first) - 1 == 2
    times = walking_times(
        graph, _points([(12, 70, 0)]), _points([(0, 0, 0), (4, 50, 0), (11, 60, 5)]),
        limit_min=60.0, speed_m_per_min=SPEED,
    )  # fmt: skip
    whole = sum(100 + k for k in range(10))
    half = sum(100 + k for k in range(5, 10)) + 104 - 50
    assert times.cell.tolist() == [0, 1, 2]
    assert (times.minutes * 750).tolist() == pytest.approx([70 + whole, 70 + half, 135 + whole])


def test_a_ring_without_a_junction_is_walked_the_shorter_way() -> None:
    ring = _network([(0, 1, 750), (1, 2, 750), (2, 3, 750), (3, 0, 750)], 4)
    times = walking_times(
        build_graph(ring), _points([(0, 0, 0)]), _points([(1, 0, 0), (3, 0, 0), (3, 750, 0)]),
        limit_min=60.0, speed_m_per_min=SPEED,
    )  # fmt: skip
    assert times.minutes.tolist() == pytest.approx([1.0, 1.0, 0.0])


def test_duplicated_edges_change_nothing() -> None:
    twice = _network([(0, 1, 750), (0, 1, 750), (1, 2, 1500), (1, 2, 9000), (3, 4, 750)], 5)
    times = walking_times(
        build_graph(twice), _points([(0, 0, 0)]), _points([(3, 9000, 0), (4, 0, 0)]),
        limit_min=60.0, speed_m_per_min=SPEED,
    )  # fmt: skip
    # The short twin leads to the end of the long one; the island stays out of reach.
    assert times.cell.tolist() == [0]
    assert times.minutes.tolist() == pytest.approx([3.0])


@pytest.mark.parametrize("length", [0, -5])
def test_edges_without_a_length_are_refused(length: int) -> None:
    with pytest.raises(ParameterError, match="costo"):
        build_graph(_network([(0, 1, 750), (1, 2, length)], 3))


@pytest.mark.parametrize("lengths", [[1, 1, 1], [1000, 2000, 1500]])
def test_a_network_in_degrees_is_refused(lengths: list[int]) -> None:
    network = _network([(k, k + 1, length) for k, length in enumerate(lengths)], 4)
    degrees = replace(
        network,
        node_x_m=np.array([-102.29, -102.291, -102.292, -102.293]),
        node_y_m=np.array([21.88, 21.881, 21.882, 21.883]),
    )
    with pytest.raises(ParameterError, match="grados"):
        build_graph(degrees)


def test_a_network_without_edges_reaches_nothing() -> None:
    empty = replace(
        ROW,
        edge_from=np.empty(0, dtype=np.int32),
        edge_to=np.empty(0, dtype=np.int32),
        edge_length_dm=np.empty(0, dtype=np.int32),
    )
    times = walking_times(
        build_graph(empty), _points([(-1, 0, -1)]), _points([(-1, 0, -1)]),
        limit_min=60.0, speed_m_per_min=SPEED,
    )  # fmt: skip
    assert times.first.tolist() == [0, 0]


@pytest.mark.parametrize("seed", range(6))
def test_nearest_equals_the_least_of_all_walks(seed: int) -> None:
    instance = _random_instance(seed, costs=True)
    oracle = _oracle(instance)
    scores, inputs = _scores(instance, seed=seed)
    for service in range(3):
        offered = np.where(inputs["offers"][:, service, None], oracle, np.inf)
        least = np.where(offered.min(axis=0) <= 60.0, offered.min(axis=0), np.nan)
        np.testing.assert_allclose(scores.nearest_min[:, service], least, atol=1e-9)
        who = np.where(np.isnan(least), -1, offered.argmin(axis=0))
        np.testing.assert_array_equal(scores.nearest_facility[:, service], who)


def test_services_scored_a_few_at_a_time_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = _random_instance(3)
    together, _ = _scores(instance)
    monkeypatch.setattr(geo.travel.scores, "_MAX_SUM_BYTES", 1)
    apart, _ = _scores(instance)
    for name in ("nearest_min", "nearest_facility", "centres", "places", "catchment",
                 "demand_in_reach"):  # fmt: skip
        np.testing.assert_array_equal(getattr(together, name), getattr(apart, name))


def test_centres_at_one_door_are_searched_together_and_counted_each() -> None:
    # Two centres at one place of a street, one of them 150 dm farther from it.
    scores = score(
        build_graph(ROW), _points([(0, 0, 0), (0, 0, 150)]), _points([(0, 750, 0), (1, 1400, 0)]),
        offers=np.array([[True], [True]]), supply=np.array([[10.0], [20.0]]),
        demand=np.array([[4.0], [5.0]]), limit_min=60.0, thresholds_min=(3.0, 1.0),
        weight_limits_min=(3.0,), weights=(1.0,), speed_m_per_min=SPEED,
    )  # fmt: skip
    assert scores.centres[:, 0].tolist() == [[2, 1], [1, 0]]
    assert scores.places[:, 0].tolist() == [[30.0, 10.0], [10.0, 0.0]]
    assert scores.demand_in_reach[:, 0].tolist() == [9.0, 4.0]
    assert scores.catchment[:, 0].tolist() == pytest.approx([10 / 9 + 20 / 4, 10 / 9])
