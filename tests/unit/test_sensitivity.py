"""How far rankings move, by hand."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from geo.access import DaiDecay, StepDecay, TravelTimes
from geo.sensitivity import (
    Variant,
    access_of_places,
    decay_of,
    published,
    rank_shift,
    variants,
)

LIMITS, WEIGHTS = (10.0, 20.0, 30.0), (1.0, 0.68, 0.22)


def test_every_combination_stands_once_and_the_published_one_is_among_them() -> None:
    every = variants([10.0, 15.0, 20.0, 30.0], ["general", "noche", "silla_ruedas"])
    assert len(every) == len(set(every)) == 4 * 2 * 3 * 3
    assert published(LIMITS) == Variant(30.0, "escalones", "general", "central")
    assert published(LIMITS) in every


def test_steps_are_stretched_to_the_reach() -> None:
    shorter = decay_of(Variant(15.0, "escalones", "general", "central"), LIMITS, WEIGHTS)
    assert shorter == StepDecay((5.0, 10.0, 15.0), WEIGHTS)
    assert decay_of(published(LIMITS), LIMITS, WEIGHTS) == StepDecay(LIMITS, WEIGHTS)
    smooth = decay_of(Variant(20.0, "gaussiana", "general", "central"), LIMITS, WEIGHTS)
    assert smooth == DaiDecay(20.0)


def test_access_of_places_is_the_mean_over_people() -> None:
    # Two cells in place 0, one in place 1, one in none; one centre with 10 places.
    times = TravelTimes.from_dense(np.array([[5.0], [25.0], [5.0], [5.0]]))
    people = np.array([10.0, 30.0, 0.0, np.nan])
    access = access_of_places(
        times, people, np.array([10.0]), StepDecay((10.0, 30.0), (1.0, 0.5)),
        np.array([0, 0, 1, -1]), 2,
    )  # fmt: skip
    ratio = 10 / (10 * 1 + 30 * 0.5)
    assert access[0] == pytest.approx((10 * ratio + 30 * ratio / 2) / 40)
    assert np.isnan(access[1])


def test_a_ranking_against_itself_and_reversed() -> None:
    base = np.arange(10.0)
    same = rank_shift(base, base * 3 + 1)
    assert (same.places, same.spearman, same.quintile_change_share) == (10, 1.0, 0.0)
    # Reversed, only the middle fifth stays.
    turned = rank_shift(base, -base)
    assert turned.spearman == pytest.approx(-1.0)
    assert turned.quintile_change_share == pytest.approx(0.8)


def test_two_neighbours_that_change_places_over_a_limit_of_fifths() -> None:
    base = np.arange(10.0)
    other = base.copy()
    other[[1, 2]] = other[[2, 1]]  # ranks 2 and 3: the first fifth ends between them
    shift = rank_shift(base, other)
    # 1 − 6 Σ d² / (n (n² − 1)), Σ d² = 2.
    assert shift.spearman == pytest.approx(1 - 12 / 990)
    assert shift.quintile_change_share == pytest.approx(0.2)


def test_ties_take_their_average_rank_and_one_fifth() -> None:
    base = np.array([0.0, 0.0, 1.0, 2.0, 3.0, 3.0, 4.0])
    other = np.array([0.0, 1.0, 1.0, 2.0, 2.0, 4.0, 3.0])
    assert rank_shift(base, other).spearman == pytest.approx(spearmanr(base, other).statistic)
    tied = rank_shift(np.zeros(6), np.arange(6.0))
    assert np.isnan(tied.spearman)
    # All tied at rank 3.5 of 6: the third fifth, where ranks 3 and 4 of the other stand.
    assert tied.quintile_change_share == pytest.approx(4 / 6)


def test_unknown_places_are_left_out_and_few_say_nothing() -> None:
    base = np.array([1.0, 2.0, np.nan, 4.0, 5.0, 6.0, 7.0])
    other = np.array([1.0, 2.0, 3.0, np.nan, 5.0, 6.0, 7.0])
    assert rank_shift(base, other).places == 5
    few = rank_shift(base[:5], other[:5])
    assert few.places == 3
    assert np.isnan(few.spearman)
    assert np.isnan(few.quintile_change_share)
