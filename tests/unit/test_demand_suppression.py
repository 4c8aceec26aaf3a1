"""Sharing of hidden counts: cases one can check by hand."""

import numpy as np
import pytest

from geo.demand.suppression import expected_within, narrow_bounds, share_hidden

ONE = np.zeros(3, dtype=np.intp)


def test_shares_follow_expectations() -> None:
    made = share_hidden(
        group=ONE, weight=np.array([1.0, 2.0, 3.0]), low=np.zeros(3), high=np.full(3, 9.0),
        total=np.array([6.0]),
    )  # fmt: skip
    assert made.value == pytest.approx([1.0, 2.0, 3.0])


def test_a_full_cell_leaves_the_rest_to_the_others() -> None:
    made = share_hidden(
        group=ONE, weight=np.array([1.0, 1.0, 4.0]), low=np.zeros(3), high=np.full(3, 2.0),
        total=np.array([4.0]),
    )  # fmt: skip
    assert made.value == pytest.approx([1.0, 1.0, 2.0])


def test_a_total_no_cells_can_hold_is_not_shared() -> None:
    made = share_hidden(
        group=ONE, weight=np.ones(3), low=np.zeros(3), high=np.full(3, 2.0), total=np.array([7.0])
    )
    assert not made.solved[0]
    assert np.isnan(made.value).all()


def test_bounds_given_the_others() -> None:
    total = np.array([5.0])
    low, high = narrow_bounds(ONE, np.zeros(3), np.full(3, 2.0), total, total)
    assert low.tolist() == [1.0, 1.0, 1.0]
    assert high.tolist() == [2.0, 2.0, 2.0]


def test_the_expectation_of_a_small_count() -> None:
    # Poisson of mean 1 between 0 and 2: weights 1, 1, 1/2, so (1 + 2/2) / 2.5.
    made = expected_within(np.array([1.0]), np.array([0.0]), np.array([2.0]))
    assert made[0] == pytest.approx(0.8)
    # Wide bounds leave the mean; bounds beyond all chance hold it.
    assert expected_within(np.array([3.0]), np.zeros(1), np.array([500.0]))[0] == pytest.approx(3)
    assert expected_within(np.array([900.0]), np.zeros(1), np.array([2.0]))[0] == 2.0
