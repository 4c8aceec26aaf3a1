"""Classes of a map, against cases one can check by hand and against every possible division."""

from itertools import combinations

import numpy as np
import pytest
from mapclassify import FisherJenks

from geo.classes import (
    class_breaks,
    class_counts,
    diverging_breaks,
    natural_breaks,
    quantile_breaks,
)


def _deviation(values: np.ndarray, starts: tuple[int, ...]) -> float:
    parts = np.split(np.sort(values), starts)
    return sum(float(((part - part.mean()) ** 2).sum()) for part in parts)


def test_natural_breaks_fall_into_the_gaps() -> None:
    values = np.array([1, 2, 3, 10, 11, 12, 50, 51], dtype="float64")
    assert natural_breaks(values, 3).tolist() == [10, 50]
    assert class_counts(values, natural_breaks(values, 3)) == [3, 3, 2]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("classes", [2, 3, 4])
def test_natural_breaks_are_the_best_of_all_divisions(seed: int, classes: int) -> None:
    values = np.random.default_rng(seed).lognormal(size=12)
    best = min(_deviation(values, cut) for cut in combinations(range(1, 12), classes - 1))
    found = tuple(np.searchsorted(np.sort(values), natural_breaks(values, classes)).tolist())
    assert _deviation(values, found) == pytest.approx(best)


@pytest.mark.parametrize("classes", [3, 5, 9])
def test_natural_breaks_are_those_of_mapclassify(classes: int) -> None:
    # Values apart, and values that repeat, as counts of people do.
    for values in (
        np.random.default_rng(7).lognormal(size=300),
        np.random.default_rng(7).poisson(12.0, size=300).astype("float64"),
    ):
        upper = FisherJenks(values, classes).bins
        assert natural_breaks(values, classes).tolist() == [
            values[values > limit].min() for limit in upper[:-1]
        ]


def test_many_values_are_gathered_with_little_loss() -> None:
    values = np.random.default_rng(0).normal(size=3000)
    found = np.searchsorted(np.sort(values), natural_breaks(values, 2))
    best = min(_deviation(values, (cut,)) for cut in range(1400, 1600))
    assert _deviation(values, (int(found[0]),)) <= 1.001 * best


def test_quantiles_share_the_values_out() -> None:
    values = np.arange(10, dtype="float64")
    assert class_counts(values, quantile_breaks(values, 5)) == [2, 2, 2, 2, 2]


def test_diverging_classes_have_the_mean_in_the_middle() -> None:
    values = np.array([0, 1, 2, 3, 14, 100], dtype="float64")  # their mean is 20
    breaks = diverging_breaks(values, 4)
    assert 20 in breaks
    assert breaks.tolist().index(20) == 1
    assert class_counts(values, breaks)[2:] in ([0, 1], [1, 0], [1])


@pytest.mark.parametrize("method", ["cuantiles", "naturales", "divergente"])
@pytest.mark.parametrize("values", [[], [3.0], [3.0, 3.0, 3.0], [0.0, 1.0]])
def test_few_values_make_few_classes(method, values: list[float]) -> None:
    known = np.array(values)
    breaks = class_breaks(known, method, 5)
    assert sum(class_counts(known, breaks)) == len(values)
    assert all(known.min() < limit <= known.max() for limit in breaks)
    assert sorted(set(breaks)) == breaks.tolist()
