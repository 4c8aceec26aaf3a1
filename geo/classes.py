"""Limits of the classes of a map: quantiles, natural breaks, both sides of a reference."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

Numbers = np.ndarray[Any, np.dtype[np.float64]]
ClassMethod = Literal["cuantiles", "naturales", "divergente"]

# Natural breaks weigh every pair of limits, so many values are first gathered into this many.
_MOST_DISTINCT = 600


def quantile_breaks(values: Numbers, classes: int) -> Numbers:
    """Return limits that put as many values into each class as ties allow.

    Parameters
    ----------
    values
        Known values, at least one.
    classes
        How many classes, at least two.

    Returns
    -------
    Numbers
        Ascending limits, each in ``(min, max]``; a value equal to a limit is above it. Fewer
        than ``classes - 1`` where limits coincide.
    """
    return _sound(np.quantile(values, np.arange(1, classes) / classes), values)


def natural_breaks(values: Numbers, classes: int) -> Numbers:
    """Return the limits with the least squared deviation from the means of classes.

    The optimum is found by dynamic programming (Fisher 1958, “On grouping for maximum
    homogeneity”, JASA 53:789–798; Jenks made it the natural breaks of maps). More than 600
    distinct values are first gathered by their quantiles, which moves limits by less than the
    distance of neighbouring quantiles. The limits are those of ``mapclassify.FisherJenks``, which a
    test holds them to; it takes no weights, so that a hundred thousand counts of a few hundred
    different values would be ten thousand million pairs.

    Parameters
    ----------
    values
        Known values, at least one.
    classes
        How many classes, at least two.

    Returns
    -------
    Numbers
        Ascending limits: the least value of each class but the first.
    """
    points, weights = np.unique(values, return_counts=True)
    if len(points) > _MOST_DISTINCT:
        gathered = np.quantile(values, np.linspace(0, 1, _MOST_DISTINCT), method="lower")
        points, weights = np.unique(gathered, return_counts=True)
    classes = min(classes, len(points))
    starts = _best_starts(points.astype("float64"), weights.astype("float64"), classes)
    return _sound(points[starts], values)


def _best_starts(points: Numbers, weights: Numbers, classes: int) -> list[int]:
    """Return where each class but the first begins, by Fisher's dynamic programme."""
    count = len(points)
    # Squared deviation of every run first..last, from running sums; centred so as not to cancel.
    centred = points - np.average(points, weights=weights)
    mass = np.concatenate([[0.0], np.cumsum(weights)])
    total = np.concatenate([[0.0], np.cumsum(weights * centred)])
    square = np.concatenate([[0.0], np.cumsum(weights * centred**2)])
    first, after = np.arange(count)[:, None], np.arange(1, count + 1)[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        within = (square[after] - square[first]) - (total[after] - total[first]) ** 2 / (
            mass[after] - mass[first]
        )
    spread = np.where(after > first, np.maximum(within, 0.0), np.inf)
    best = spread[0]  # least deviation of the first points in one class, by the last of them
    chosen: list[np.ndarray[Any, Any]] = []
    for _ in range(1, classes):
        # The last class begins at ``first``; those before it end one earlier.
        options = np.concatenate([[np.inf], best[:-1]])[:, None] + spread
        chosen.append(options.argmin(axis=0))
        best = options.min(axis=0)
    starts: list[int] = []
    last = count - 1
    for begins in reversed(chosen):
        start = int(begins[last])
        starts.append(start)
        last = start - 1
    return starts[::-1]


def diverging_breaks(values: Numbers, classes: int) -> Numbers:
    """Return limits on both sides of the mean: as many classes below it as above.

    Each side is cut by its own quantiles, so that the middle limit is the mean of the values.

    Parameters
    ----------
    values
        Known values, at least one.
    classes
        How many classes; an odd number is taken one less.

    Returns
    -------
    Numbers
        Ascending limits, the mean among them.
    """
    middle = float(values.mean())
    half = max(1, classes // 2)
    shares = np.arange(1, half) / half
    sides = [values[values < middle], values[values >= middle]]
    cut = [np.quantile(side, shares) for side in sides if len(side)]
    return _sound(np.concatenate([*cut, [middle]]), values)


_METHODS: Mapping[ClassMethod, Callable[[Numbers, int], Numbers]] = {
    "cuantiles": quantile_breaks,
    "naturales": natural_breaks,
    "divergente": diverging_breaks,
}


def class_breaks(values: Numbers, method: ClassMethod, classes: int) -> Numbers:
    """Return the limits of classes by a method; none where there are no values."""
    return _METHODS[method](values, classes) if len(values) else np.empty(0)


def class_counts(values: Numbers, breaks: Numbers) -> list[int]:
    """Return how many values each class holds; a value equal to a limit is above it."""
    held = np.searchsorted(breaks, values, side="right")
    return [int(count) for count in np.bincount(held, minlength=len(breaks) + 1)]


def _sound(limits: Numbers, values: Numbers) -> Numbers:
    return np.unique(limits[(limits > values.min()) & (limits <= values.max())])
