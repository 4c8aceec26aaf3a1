"""Side by side with PySAL ``access``, where definitions agree and where they do not."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from access import fca, raam, weights

from geo.access import (
    BinaryDecay,
    Decay,
    GaussianDecay,
    PowerDecay,
    StepDecay,
    TravelTimes,
    people_place_ratio,
    rational_access,
    three_step,
    two_step,
)

# Faults of PySAL's own code, not of ours: a pandas call on its way out, and a warning that fires
# whenever the index of cells is not also that of facilities.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.drop"),
    pytest.mark.filterwarnings("ignore:some tracts may be unaccounted for"),
]

STEPS = {10: 1.0, 20: 0.68, 30: 0.22}
PAIRS: list[tuple[Decay, Callable[[float], float]]] = [
    (StepDecay((10, 20, 30), (1.0, 0.68, 0.22)), weights.step_fn(STEPS)),
    (GaussianDecay(12), weights.gaussian(12)),
    (PowerDecay(1), weights.gravity(1, -1, min_dist=1)),
]


def random_case(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    # Whole minutes, so that some fall exactly on a limit.
    minutes = random.integers(1, 60, (60, 25)).astype(float)
    return minutes, random.integers(1, 500, 60).astype(float), random.integers(0, 90, 25) + 0.0


def as_frames(
    minutes: np.ndarray, people: np.ndarray, places: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    cell, facility = np.nonzero(np.isfinite(minutes))
    costs = pd.DataFrame({"origin": cell, "dest": facility, "cost": minutes[cell, facility]})
    index = {"demand": pd.RangeIndex(len(people)), "supply": pd.RangeIndex(len(places))}
    return (
        pd.DataFrame({"demand": people}, index=index["demand"].rename("geoid")),
        pd.DataFrame({"supply": places}, index=index["supply"].rename("geoid")),
        costs,
    )


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=["step", "gaussian", "power"])
@pytest.mark.parametrize("seed", range(3))
def test_two_step(ours: Decay, theirs: Callable[[float], float], seed: int) -> None:
    minutes, people, places = random_case(seed)
    demand, supply, costs = as_frames(minutes, people, places)
    expected = fca.two_stage_fca(
        demand, supply, costs, max_cost=30, demand_index=True, weight_fn=theirs
    )
    scores = two_step(TravelTimes.from_dense(minutes).within(30), people, places, ours)
    np.testing.assert_allclose(
        scores, expected.reindex(range(60), fill_value=0.0), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=["step", "gaussian", "power"])
def test_three_step_where_every_pair_is_within_the_limit(
    ours: Decay, theirs: Callable[[float], float]
) -> None:
    minutes, people, places = random_case(5)
    minutes[minutes > 30] = np.nan
    demand, supply, costs = as_frames(minutes, people, places)
    expected = fca.three_stage_fca(
        demand, supply, costs, max_cost=30, demand_index=True, weight_fn=theirs
    )
    scores = three_step(TravelTimes.from_dense(minutes), people, places, ours)
    np.testing.assert_allclose(
        scores, expected.reindex(range(60), fill_value=0.0), rtol=1e-9, atol=1e-12
    )


def test_three_step_differs_where_pairs_lie_beyond_the_limit() -> None:
    """PySAL splits people among all pairs given, even those beyond ``max_cost``."""
    minutes = np.array([[1.0, 80, 40], [80, 1, 40], [40, 40, 1]])
    people, places = np.array([100.0, 50, 10]), np.array([15.0, 20, 100])
    demand, supply, costs = as_frames(minutes, people, places)
    theirs = fca.three_stage_fca(
        demand, supply, costs, max_cost=61, demand_index=True,
        weight_fn=weights.gravity(1, -1, min_dist=1),
    )  # fmt: skip
    ours = three_step(TravelTimes.from_dense(minutes).within(61), people, places, PowerDecay(1))
    assert theirs[0] == pytest.approx(0.1562565883, abs=5e-11)
    assert ours[0] == pytest.approx(0.1563323858, abs=5e-11)


def test_two_step_differs_where_nobody_is_in_reach() -> None:
    """PySAL gives infinity; here the ratio of such a facility is unknown."""
    minutes = np.array([[5.0, np.nan], [np.nan, 5]])
    people, places = np.array([0.0, 50]), np.array([15.0, 20])
    theirs = fca.two_stage_fca(*as_frames(minutes, people, places), max_cost=30, demand_index=True)
    ours = two_step(TravelTimes.from_dense(minutes), people, places, BinaryDecay(30))
    assert np.isinf(theirs[0])
    assert np.isnan(ours[0])
    assert theirs[1] == ours[1] == 0.4


def test_people_place_ratio() -> None:
    minutes, people, places = random_case(8)
    between = np.random.default_rng(9).integers(1, 60, (60, 60)).astype(float)
    np.fill_diagonal(between, 1.0)
    demand, supply, costs = as_frames(minutes, people, places)
    theirs = fca.fca_ratio(
        demand, supply, as_frames(between, people, people)[2], costs, 30,
        demand_index=True, supply_index=True, weight_fn=weights.step_fn(STEPS),
    )  # fmt: skip
    ours = people_place_ratio(
        TravelTimes.from_dense(minutes), TravelTimes.from_dense(between),
        people, places, PAIRS[0][0],
    )  # fmt: skip
    np.testing.assert_allclose(ours, theirs.reindex(range(60)), rtol=1e-9)


def test_raam_is_the_state_pysal_moves_towards() -> None:
    """PySAL moves whole people in shrinking steps, so it stops near the equilibrium."""
    random = np.random.default_rng(3)
    minutes = random.uniform(1, 60, (12, 5))
    people, places = random.integers(2000, 9000, 12) + 0.0, random.integers(10, 90, 5) + 0.0
    theirs = raam.raam(*as_frames(minutes, people, places), tau=60, max_cycles=400)
    ours = rational_access(
        TravelTimes.from_dense(minutes), people, places, tau_min=60, tolerance_min=1e-9,
        max_rounds=10_000,
    )  # fmt: skip
    assert ours.gap_min <= 1e-9
    np.testing.assert_allclose(ours.minutes, 60 * theirs.sort_index(), rtol=0.01)
