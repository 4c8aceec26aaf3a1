"""Equity of cases one can do by hand, unknown rows, and the bootstrap."""

import numpy as np
import pytest

from data.errors import InputError, ParameterError
from geo.equity import (
    bootstrap,
    concentration,
    concentrations,
    fgt,
    fgts,
    gini,
    ginis,
    palma,
    palmas,
    theil,
    theils,
    used_rows,
    weighted_quantile,
)

NAN = np.nan


def test_equal_access_is_not_unequal() -> None:
    access, people, rank = [3, 3, 3], [5, 1, 9], [1, 2, 3]
    assert gini(access, people) == pytest.approx(0)
    assert theil(access, people) == pytest.approx(0)
    assert concentration(access, people, rank) == pytest.approx(0)
    assert palma(access, people, rank, limits=(1, 2)) == 1
    assert np.isnan(concentration(access, people, rank, normalisation="erreygers"))


def test_one_of_four_has_all() -> None:
    access, people = [0, 0, 0, 8], [1, 1, 1, 1]
    assert gini(access, people) == pytest.approx(0.75)
    assert theil(access, people) == pytest.approx(np.log(4))
    assert concentration(access, people, [4, 3, 2, 1]) == pytest.approx(-0.75)
    assert fgt(access, people, 4, alpha=0) == 0.75


def test_tied_ranks_share_their_average() -> None:
    # All of one rank: nothing is concentrated anywhere, in whatever order rows stand.
    assert concentration([1, 5, 9], [2, 3, 4], [7, 7, 7]) == pytest.approx(0)
    one_way = concentration([1, 5, 9], [2, 3, 4], [1, 2, 2])
    assert concentration([1, 9, 5], [2, 4, 3], [1, 2, 2]) == pytest.approx(one_way)


def test_erreygers_takes_the_bounds_given() -> None:
    case = ([0.2, 0.4], [1, 1], [1, 2])
    assert concentration(*case) == pytest.approx(1 / 6)
    assert concentration(*case, normalisation="erreygers", bounds=(0, 1)) == pytest.approx(0.2)


def test_unknown_rows_and_rows_without_people_are_left_out() -> None:
    access, people, rank = [1, NAN, 5, 2, 7], [1, 1, 0, 1, NAN], [1, 2, 3, NAN, 5]
    assert used_rows(access, rank, weights=people).tolist() == [True, False, False, False, False]
    assert gini(access, people) == pytest.approx(gini([1, 2], [1, 1]))


def test_nothing_to_compute_is_unknown() -> None:
    for value in (
        gini([], []), theil([NAN], [1]), concentration([1], [0], [1]), palma([1], [0], [1]),
        fgt([NAN], [1], 3, alpha=1), weighted_quantile([], [], 0.5), gini([0, 0], [1, 1]),
        theil([0, 0], [1, 1]), palma([0, 1], [1, 1], [1, 2], limits=(1, 1)),
        palma([4, 1], [1, 1], [1, 2], limits=(1, 2)),
    ):  # fmt: skip
        assert np.isnan(value)


def test_quantiles_count_people() -> None:
    assert weighted_quantile([3, 1, 2], [1, 8, 1], 0.8) == 1
    assert weighted_quantile([3, 1, 2], [1, 8, 1], 0.81) == 2
    assert weighted_quantile([3, 1, 2], [1, 8, 1], 1) == 3


def test_palma_sets_the_best_off_against_the_worst_off() -> None:
    access = [10, 10, 10, 10, 20, 20, 20, 20, 20, 50]
    assert palma(access, [1] * 10, range(10)) == 5


@pytest.mark.parametrize(
    "call",
    [
        lambda: gini([1, -2], [1, 1]),
        lambda: theil([-1], [1]),
        lambda: fgt([-1], [1], 1, alpha=1),
        lambda: gini([1, 2], [1, -1]),
        lambda: gini([1, 2], [1]),
        lambda: bootstrap(lambda times: 0.0 * times[:, 0], 3, clusters=[1, 2]),
        lambda: bootstrap(lambda times: 0.0 * times[:, 0], 0),
    ],
)
def test_input_that_cannot_be_used(call) -> None:
    with pytest.raises(InputError):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: fgt([1], [1], 0, alpha=1),
        lambda: fgt([1], [1], 1, alpha=-1),
        lambda: weighted_quantile([1], [1], 1.5),
        lambda: bootstrap(lambda times: 0.0 * times[:, 0], 3, replicates=0),
        lambda: bootstrap(lambda times: 0.0 * times[:, 0], 3, confidence=1),
    ],
)
def test_parameters_outside_their_range(call) -> None:
    with pytest.raises(ParameterError):
        call()


def test_many_draws_are_those_of_each() -> None:
    random = np.random.default_rng(3)
    access, rank = random.lognormal(size=60).round(1), random.integers(0, 40, 60).astype(float)
    access[:4], rank[5] = NAN, NAN
    people = random.integers(0, 5, (30, 60))
    for many, one in (
        (ginis(access, people), lambda draw: gini(access, draw)),
        (theils(access, people), lambda draw: theil(access, draw)),
        (palmas(access, people, rank), lambda draw: palma(access, draw, rank)),
        (concentrations(access, people, rank), lambda draw: concentration(access, draw, rank)),
        (fgts(access, people, 1, alpha=2), lambda draw: fgt(access, draw, 1, alpha=2)),
    ):
        # A draw is as good as its rows written out as often as it holds them.
        assert many == pytest.approx([one(draw) for draw in people], nan_ok=True)
    rows = np.repeat(np.arange(60), people[0])
    assert ginis(access, people)[0] == pytest.approx(gini(access[rows], np.ones(len(rows))))


def test_bootstrap_repeats_itself_and_holds_the_estimate() -> None:
    random = np.random.default_rng(4)
    access, people = random.lognormal(size=150), random.integers(1, 99, 150)

    def statistic(times: np.ndarray) -> np.ndarray:
        return ginis(access, people * times)

    first = bootstrap(statistic, 150, replicates=200, seed=7)
    assert first == bootstrap(statistic, 150, replicates=200, seed=7)
    assert first != bootstrap(statistic, 150, replicates=200, seed=8)
    assert first.low < first.estimate == gini(access, people) < first.high


def test_bootstrap_draws_whole_clusters() -> None:
    clusters = np.repeat([4, 9], 50)

    def mean_row(times: np.ndarray) -> np.ndarray:
        for draw in times:
            assert len(set(draw[:50])) == len(set(draw[50:])) == 1
            assert draw.sum() == 100
        return times @ np.arange(100) / 100

    wide = bootstrap(mean_row, 100, clusters=clusters, replicates=100)
    assert (wide.low, wide.high) == (24.5, 74.5)


def test_bootstrap_without_any_value_has_no_interval() -> None:
    found = bootstrap(lambda times: NAN * times[:, 0], 3, replicates=5)
    assert np.isnan([found.low, found.high]).all()
