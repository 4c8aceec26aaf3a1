"""Proofs of siting against spopt's models on the same dense costs."""

import warnings

import numpy as np
import pytest

from geo.access import TravelTimes
from geo.siting import SitingProblem
from geo.siting.exact import prove_fewest_sites, prove_most_people, prove_shortest_walks

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # spopt's own, on import
    import pulp
    from spopt.locate import LSCP, MCLP, PMedian

LIMIT = 8.0
# spopt builds its models in a way the newest PuLP announces to give up.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:spopt", "ignore::DeprecationWarning:pulp"
)


@pytest.fixture(scope="module")
def town() -> tuple[SitingProblem, np.ndarray]:
    generator = np.random.default_rng(7)
    homes, plots = generator.uniform(0, 20, (60, 2)), generator.uniform(0, 20, (25, 2))
    minutes = np.hypot(*(homes[:, None, :] - plots[None, :, :]).transpose(2, 0, 1))
    people = generator.integers(1, 50, 60).astype(float)
    # Beyond the limit a walk counts as the limit, as our p-median has it.
    problem = SitingProblem(times=TravelTimes.from_dense(minutes), demand=people,
                            existing_min=np.full(60, np.nan), limit_min=LIMIT)  # fmt: skip
    return problem, minutes


def _solved(model: LSCP | MCLP | PMedian) -> LSCP | MCLP | PMedian:
    return model.solve(pulp.HiGHS(msg=False))


def test_maximal_covering(town: tuple[SitingProblem, np.ndarray]) -> None:
    problem, minutes = town
    model = _solved(MCLP.from_cost_matrix(minutes, problem.demand, LIMIT, p_facilities=3))
    ours = prove_most_people(problem, 3, seconds=30)
    assert ours.objective == pytest.approx(model.problem.objective.value())


def test_set_cover(town: tuple[SitingProblem, np.ndarray]) -> None:
    problem, minutes = town
    reachable = (minutes <= LIMIT).any(axis=1)
    model = _solved(LSCP.from_cost_matrix(minutes[reachable], LIMIT))
    assert prove_fewest_sites(problem, seconds=30).objective == model.problem.objective.value()


def test_p_median(town: tuple[SitingProblem, np.ndarray]) -> None:
    problem, minutes = town
    capped = np.minimum(minutes, LIMIT)
    model = _solved(PMedian.from_cost_matrix(capped, problem.demand, p_facilities=4))
    ours = prove_shortest_walks(problem, 4, seconds=30)
    assert ours.objective == pytest.approx(model.problem.objective.value())
