"""Equity of one place as a build publishes it, by hand."""

import numpy as np
import pytest

from geo.pipeline.equity import place_equity


def test_two_cells_of_which_one_has_nothing() -> None:
    found = place_equity(
        access=np.array([0.0, 1.0]),
        people=np.array([10.0, 10.0]),
        rank=np.array([0.1, 0.9]),
        clusters=np.array(["a", "b"], dtype=object),
        line=0.5,
    )
    assert found["people"] == 20.0
    assert found["mean"] == 0.5
    assert found["gini"] == pytest.approx(0.5)
    assert found["theil"] == pytest.approx(np.log(2))
    # The better off have all of it.
    assert found["concentration"] == pytest.approx(0.5)
    assert np.isnan(found["palma"])
    assert found["fgt0"] == found["fgt1"] == found["fgt2"] == 0.5
    # Drawing two clusters of two, shares of the poor run from none to all.
    assert (found["fgt0_low"], found["fgt0_high"]) == (0.0, 1.0)


def test_without_a_ranking_only_what_needs_it_is_unknown() -> None:
    rng = np.random.default_rng(1)
    access, people = rng.random(40), rng.integers(1, 50, 40).astype("float64")
    clusters = np.repeat(np.arange(8), 5).astype(object)
    found = place_equity(access, people, np.full(40, np.nan), clusters, 1 / 3)
    again = place_equity(access, people, np.full(40, np.nan), clusters, 1 / 3)
    assert np.isnan([found["palma"], found["concentration"], found["concentration_low"]]).all()
    assert found["gini_low"] <= found["gini"] <= found["gini_high"]
    assert list(found) == list(again)
    np.testing.assert_array_equal(list(found.values()), list(again.values()))
