"""Siting on towns small enough to try every choice, and against spopt."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from data.errors import CareError
from geo.access import TravelTimes
from geo.siting import (
    SitingProblem,
    fewest_sites,
    most_people,
    most_people_within_budget,
    most_places_used,
    shortest_walks,
    tighten_bound,
    worst_off_weights,
)
from geo.siting.exact import (
    prove_fewest_sites,
    prove_most_people,
    prove_most_people_within_budget,
    prove_most_places_used,
    prove_shortest_walks,
)

NONE = np.nan


def street(
    people: list[float], *, existing: list[float] | None = None, **more: object
) -> SitingProblem:
    """A street of cells ten minutes apart, each also a candidate, served within ten minutes."""
    n = len(people)
    minutes = 10.0 * np.abs(np.arange(n)[:, None] - np.arange(n)[None, :])
    return SitingProblem(
        times=TravelTimes.from_dense(minutes),
        demand=np.array(people),
        existing_min=np.array(existing or [NONE] * n),
        limit_min=10.0,
        **more,
    )


def test_two_sites_on_a_street_by_hand() -> None:
    # A site serves itself and both neighbours: 2 serves 1+9+1, 5 serves 5+4 (and 4, nobody).
    found = most_people(street([0, 1, 9, 1, 0, 4, 5]), 2)
    assert sorted(found.sites) in ([2, 5], [2, 6])
    assert found.objective == 20.0
    assert found.gains == (11.0, 9.0)
    assert found.proved


def test_people_served_today_are_not_served_again() -> None:
    found = most_people(
        street([0, 1, 9, 1, 0, 4, 5], existing=[NONE, 5, 5, 5, NONE, NONE, NONE]), 1
    )
    assert found.objective == 9.0


def test_interchange_mends_what_greed_spoils() -> None:
    # Greed takes the middle (3+3), then one end (2): 8. The two outer sites serve 10.
    times = TravelTimes.from_dense(
        np.array([[1, NONE, NONE], [1, 1, NONE], [NONE, 1, 1], [NONE, NONE, 1]])
    )
    problem = SitingProblem(times=times, demand=np.array([2.0, 3.0, 3.0, 2.0]),
                            existing_min=np.full(4, NONE), limit_min=5.0)  # fmt: skip
    found = most_people(problem, 2)
    assert (sorted(found.sites), found.objective) == ([0, 2], 10.0)
    assert found.method == "voraz_intercambio"


def test_shortest_walks_by_hand() -> None:
    # Beyond ten minutes counts as ten. One site at 1: 0·5 + (4 + 3)·10 → 70 of 120 person-minutes.
    problem = street([4, 5, 3])
    found = shortest_walks(problem, 1)
    assert (found.sites, found.objective, found.gains) == ((1,), 70.0, (50.0,))


def test_a_budget_buys_two_cheap_sites_rather_than_one_dear_one() -> None:
    problem = street([3, 0, 0, 5, 0, 0, 3], cost=np.array([1.0, 9, 9, 2, 9, 9, 1]))
    found = most_people_within_budget(problem, 2.0)
    assert (sorted(found.sites), found.objective) == ([0, 6], 6.0)
    assert found.bound >= found.objective


def test_places_fill_from_the_nearest_and_stop_when_full() -> None:
    problem = street([4, 6, 8], capacity=np.array([5.0, 5.0, 5.0]))
    found = most_places_used(problem, 3)
    assert found.objective == 15.0
    assert found.gains == (5.0, 5.0, 5.0)
    assert found.proved


def test_fewest_sites_for_everybody() -> None:
    found = fewest_sites(street([1, 1, 1, 1, 1, 1]))
    assert (len(found.sites), found.objective, found.bound) == (2, 2.0, 2.0)
    assert prove_fewest_sites(street([1, 1, 1, 1, 1, 1]), seconds=10).objective == 2.0


def test_the_worst_off_count_more() -> None:
    weights = worst_off_weights(np.array([10.0, 10.0, 20.0]), np.array([5.0, 20.0, NONE]),
                                strength=1.0)  # fmt: skip
    # Middle ranks of 10, 10 and 20 people: 5/40, 15/40, 30/40.
    assert weights.tolist() == [10 * 1.125, 10 * 1.375, 20 * 1.75]


@pytest.mark.parametrize("sites", [0, -1, 8, 10_000])
def test_a_number_of_sites_that_cannot_be_is_refused(sites: int) -> None:
    with pytest.raises(CareError, match="Dé de 1 a 7"):
        most_people(street([0, 1, 9, 1, 0, 4, 5]), sites)


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (street([1.0, NONE]), "no es válido"),
        (street([1.0, -1.0]), "no es válido"),
        (street([0.0, 0.0]), "no hay demanda"),
        (street([1.0, 1.0], cost=np.array([1.0])), "no es válido"),
        (street([1.0, 1.0], capacity=np.array([1.0, 0.0])), "no es válido"),
    ],
)
def test_a_problem_that_does_not_fit_is_refused(problem: SitingProblem, said: str) -> None:
    with pytest.raises(CareError, match=said):
        most_people(problem, 1)


def test_a_budget_below_the_cheapest_and_missing_costs_are_refused() -> None:
    with pytest.raises(CareError, match="no alcanza"):
        most_people_within_budget(street([1, 1], cost=np.array([3.0, 4.0])), 2.0)
    with pytest.raises(CareError, match="no alcanza"):
        most_people_within_budget(street([1, 1]), 2.0)
    with pytest.raises(CareError, match="capacidades"):
        most_places_used(street([1, 1]), 1)


@st.composite
def towns(draw: st.DrawFn) -> tuple[SitingProblem, int]:
    """A town of up to nine cells and seven candidates, with whole minutes and people."""
    n, m = draw(st.integers(1, 9)), draw(st.integers(1, 7))
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    minutes = generator.integers(1, 30, size=(n, m)).astype(float)
    minutes[generator.random((n, m)) < 0.3] = NONE
    existing = generator.integers(1, 40, size=n).astype(float)
    existing[generator.random(n) < 0.6] = NONE
    demand = generator.integers(0, 20, size=n).astype(float)
    demand[0] += 1
    problem = SitingProblem(times=TravelTimes.from_dense(minutes), demand=demand,
                            existing_min=existing, limit_min=15.0)  # fmt: skip
    return problem, draw(st.integers(1, m))


def served(problem: SitingProblem, sites: tuple[int, ...]) -> float:
    return float(problem.demand[problem.served_by(sites) & ~problem.served_already].sum())


def walked(problem: SitingProblem, sites: tuple[int, ...]) -> float:
    walk = np.minimum(np.nan_to_num(problem.existing_min, nan=np.inf), problem.limit_min)
    for site in sites:
        cells = problem.cells_of(site)
        walk[cells] = np.minimum(walk[cells], problem.minutes_of(site))
    return float((problem.demand * walk).sum())


@given(towns())
@settings(deadline=None, max_examples=60)
def test_choices_are_what_they_say_and_proofs_are_the_best_of_all(
    town: tuple[SitingProblem, int],
) -> None:
    problem, p = town
    choices = list(itertools.combinations(range(problem.candidates), p))
    best = max(served(problem, choice) for choice in choices)
    greedy = most_people(problem, p)
    assert greedy.objective == pytest.approx(served(problem, greedy.sites))
    assert greedy.objective == pytest.approx(sum(greedy.gains))
    assert (1 - 1 / np.e) * best - 1e-9 <= greedy.objective <= best + 1e-9 <= greedy.bound + 2e-9
    tight = tighten_bound(problem, greedy, p)
    assert best - 1e-6 <= tight.bound <= greedy.bound + 1e-9
    proved = prove_most_people(problem, p, seconds=10, start=greedy)
    assert proved.proved
    assert proved.objective == pytest.approx(best)

    least = min(walked(problem, choice) for choice in choices)
    median = shortest_walks(problem, p)
    assert median.objective == pytest.approx(walked(problem, median.sites))
    assert median.bound - 1e-9 <= least <= median.objective + 1e-9
    assert prove_shortest_walks(problem, p, seconds=10).objective == pytest.approx(least)


@given(towns(), st.integers(0, 10_000))
@settings(deadline=None, max_examples=60)
def test_a_budget_is_proved_to_be_spent_best(town: tuple[SitingProblem, int], seed: int) -> None:
    plain, _ = town
    generator = np.random.default_rng(seed)
    cost = generator.integers(1, 9, plain.candidates).astype(float)
    problem = replace(plain, cost=cost)
    budget = float(generator.integers(int(cost.min()), int(cost.sum()) + 1))
    choices = (
        choice
        for size in range(problem.candidates + 1)
        for choice in itertools.combinations(range(problem.candidates), size)
    )
    best = max(served(problem, some) for some in choices if cost[list(some)].sum() <= budget)
    greedy = most_people_within_budget(problem, budget)
    assert greedy.objective <= best + 1e-9 <= greedy.bound + 2e-9
    proved = prove_most_people_within_budget(problem, budget, seconds=10, start=greedy)
    assert proved.proved
    assert proved.objective == pytest.approx(best)
    assert served(problem, proved.sites) == pytest.approx(best)
    assert cost[list(proved.sites)].sum() <= budget


@given(towns(), st.integers(0, 10_000))
@settings(deadline=None, max_examples=60)
def test_places_are_proved_to_be_used_best(town: tuple[SitingProblem, int], seed: int) -> None:
    plain, p = town
    generator = np.random.default_rng(seed)
    problem = replace(plain, capacity=generator.integers(1, 40, plain.candidates).astype(float))
    choices = itertools.combinations(range(problem.candidates), p)
    best = max(most_flow(problem, choice) for choice in choices)
    greedy = most_places_used(problem, p)
    assert greedy.objective <= best + 1e-9 <= greedy.bound + 2e-9
    proved = prove_most_places_used(problem, p, seconds=10, start=greedy)
    assert proved.proved
    assert proved.objective == pytest.approx(best)
    assert proved.objective == pytest.approx(sum(proved.gains))
    assert most_flow(problem, proved.sites) == pytest.approx(best)


def most_flow(problem: SitingProblem, sites: tuple[int, ...]) -> float:
    """The most people some sites can take within their places: a greatest flow."""
    assert problem.capacity is not None
    n = problem.times.n_cells
    source, sink = n + problem.candidates, n + problem.candidates + 1
    arcs = [(source, cell, int(people)) for cell, people in enumerate(problem.unserved)]
    for site in sites:
        arcs += [(int(cell), n + site, 10_000) for cell in problem.cells_of(site)]
        arcs.append((n + site, sink, int(problem.capacity[site])))
    tail, head, room = (np.array(part) for part in zip(*arcs, strict=True))
    graph = csr_array((room.astype(np.int32), (tail, head)), shape=(sink + 1, sink + 1))
    return float(maximum_flow(graph, source, sink).flow_value)


def test_the_solver_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    prove_most_people(street([1, 2, 3]), 1, seconds=5)
    assert capfd.readouterr() == ("", "")


@given(towns())
@settings(deadline=None, max_examples=40)
def test_a_set_cover_covers_all_that_can_be(town: tuple[SitingProblem, int]) -> None:
    problem, _ = town
    everyone = served(problem, tuple(range(problem.candidates)))
    found = fewest_sites(problem)
    assert served(problem, found.sites) == everyone
    proved = prove_fewest_sites(problem, seconds=10)
    assert served(problem, proved.sites) == everyone
    assert found.bound <= proved.objective <= found.objective
