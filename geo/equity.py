"""Equity of access: how unequal it is, who has less, how many fall short, and how sure that is.

Every statistic takes values and weights by place (``access`` in any unit, ``people`` living
there) and is invariant to the unit of both. Rows whose value, weight or rank is unknown are left
out, and so are rows without people; :func:`used_rows` counts what remains.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from data.errors import InputError, ParameterError, Where
from data.texts import Text

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Statistic = Callable[[npt.NDArray[np.intp]], float]
Normalisation = Literal["standard", "erreygers"]

_POOREST, _RICHEST = 0.4, 0.9


class Interval(NamedTuple):
    """An estimate with its bootstrap interval, in the unit of the statistic."""

    estimate: float
    low: float
    high: float


def used_rows(*columns: npt.ArrayLike, weights: npt.ArrayLike) -> Mask:
    """Return the rows a statistic reads: people above zero, and nothing unknown.

    Raises
    ------
    InputError
        If lengths differ or a weight is negative.
    """
    people = np.asarray(weights, dtype=np.float64)
    used: Mask = people > 0
    if (people < 0).any():
        row = int((people < 0).argmax())
        raise InputError(
            Text("Un peso es negativo", "A weight is negative"),
            where=Where(row=row + 1, column="weights", value=float(people[row])),
            remedy=Text("Los pesos cuentan personas", "Weights count people"),
        )
    for column in columns:
        values = np.asarray(column, dtype=np.float64)
        if values.shape != people.shape:
            raise InputError(
                Text("Los valores y los pesos no miden lo mismo",
                     "Values and weights differ in length"),
                where=Where(value=(values.shape, people.shape)),
                remedy=Text("Dé un peso por valor", "Give one weight for each value"),
            )  # fmt: skip
        used &= np.isfinite(values)
    return used


def _kept(weights: npt.ArrayLike, *columns: npt.ArrayLike) -> tuple[Floats, ...]:
    used = used_rows(*columns, weights=weights)
    return tuple(np.asarray(column, dtype=np.float64)[used] for column in (weights, *columns))


def _mean_ranks(values: Floats, people: Floats) -> Floats:
    """Share of people below each value plus half of those at it: ties have the average rank."""
    order = np.argsort(values, kind="stable")
    distinct, inverse = np.unique(values, return_inverse=True)
    at = np.bincount(inverse, weights=people, minlength=distinct.size)
    below = np.cumsum(at) - at
    ranks: Floats = ((below + at / 2.0) / people[order].sum())[inverse]
    return ranks


def concentration(
    values: npt.ArrayLike,
    weights: npt.ArrayLike,
    rank_by: npt.ArrayLike,
    *,
    normalisation: Normalisation = "standard",
    bounds: tuple[float, float] | None = None,
) -> float:
    """Concentration index of access over people ranked by another variable.

    ``C = 2 cov_w(a, r) / mean_w(a)`` with ``r`` the fractional rank (0 to 1, ties at their
    average). Erreygers' corrected form is ``4 mean_w(a) C / (max - min)`` (Kakwani and others,
    1997; Erreygers, 2009).

    Parameters
    ----------
    values
        Access, shape (n,).
    weights
        People, shape (n,).
    rank_by
        What people are ranked by, from worst to best off: income, or marginalisation reversed.
    normalisation
        ``standard`` (-1 to 1, sensitive to the unit's origin) or ``erreygers`` (for bounded
        access).
    bounds
        Least and greatest possible value for ``erreygers``; None takes those found.

    Returns
    -------
    float
        Below zero: access is concentrated on those ranked low. NaN where nothing can be computed.
    """
    people, access, ranking = _kept(weights, values, rank_by)
    if not people.size:
        return float("nan")
    mean = float(np.average(access, weights=people))
    ranks = _mean_ranks(ranking, people)
    covariance = float(np.average((access - mean) * (ranks - 0.5), weights=people))
    if normalisation == "standard":
        return 2.0 * covariance / mean if mean != 0 else float("nan")
    low, high = (float(access.min()), float(access.max())) if bounds is None else bounds
    return 8.0 * covariance / (high - low) if high > low else float("nan")


def gini(values: npt.ArrayLike, weights: npt.ArrayLike) -> float:
    """Gini index of access: the concentration of access over people ranked by access itself.

    Parameters
    ----------
    values
        Access, shape (n,), not negative.
    weights
        People, shape (n,).

    Returns
    -------
    float
        0 where all have the same, towards 1 where one has all. NaN where nobody has any.
    """
    _require_not_negative(values)
    return concentration(values, weights, values)


def theil(values: npt.ArrayLike, weights: npt.ArrayLike) -> float:
    """Theil's T of access: ``Σ p_i (a_i / mean) ln(a_i / mean)``, ``p`` shares of people.

    Parameters
    ----------
    values
        Access, shape (n,), not negative; those without any add nothing (``x ln x`` tends to 0).
    weights
        People, shape (n,).

    Returns
    -------
    float
        0 where all have the same, up to the logarithm of the people. NaN where nobody has any.
    """
    _require_not_negative(values)
    people, access = _kept(weights, values)
    if not people.size or not access.any():
        return float("nan")
    relative = access / np.average(access, weights=people)
    terms = relative * np.log(np.where(relative > 0, relative, 1.0))
    return float(np.average(terms, weights=people))


def weighted_quantile(values: npt.ArrayLike, weights: npt.ArrayLike, share: float) -> float:
    """Return the least value at or below which at least ``share`` of the people are.

    Raises
    ------
    ParameterError
        If ``share`` is not between 0 and 1.
    """
    if not 0.0 <= share <= 1.0:
        raise ParameterError(
            Text("La proporción no está entre 0 y 1", "The share is not between 0 and 1"),
            where=Where(column="share", value=share),
            remedy=Text("Dé una proporción, como 0.4", "Give a share, such as 0.4"),
        )
    people, found = _kept(weights, values)
    if not people.size:
        return float("nan")
    order = np.argsort(found, kind="stable")
    reached = np.cumsum(people[order])
    position = int(np.searchsorted(reached, share * reached[-1], side="left"))
    return float(found[order][position])


def palma_limits(ranking: npt.ArrayLike, weights: npt.ArrayLike) -> tuple[float, float]:
    """Return the 40th and 90th weighted percentiles that :func:`palma` splits people by."""
    return (
        weighted_quantile(ranking, weights, _POOREST),
        weighted_quantile(ranking, weights, _RICHEST),
    )


def palma(
    values: npt.ArrayLike,
    weights: npt.ArrayLike,
    rank_by: npt.ArrayLike,
    *,
    limits: tuple[float, float] | None = None,
) -> float:
    """Palma ratio: mean access of the best-off tenth over that of the worst-off two fifths.

    Parameters
    ----------
    values
        Access, shape (n,).
    weights
        People, shape (n,).
    rank_by
        What people are ranked by, from worst to best off.
    limits
        Values of ``rank_by`` up to which people are worst off, and from beyond which best off;
        None takes :func:`palma_limits` of these rows. Give those of a larger area to compare
        its parts.

    Returns
    -------
    float
        Above 1: the best off have more. NaN where one of the groups is empty or has no access.
    """
    people, access, ranking = _kept(weights, values, rank_by)
    low, high = palma_limits(ranking, people) if limits is None else limits
    poorest, richest = ranking <= low, ranking > high
    if not poorest.any() or not richest.any():
        return float("nan")
    least = float(np.average(access[poorest], weights=people[poorest]))
    most = float(np.average(access[richest], weights=people[richest]))
    return most / least if least > 0 else float("nan")


def fgt(values: npt.ArrayLike, weights: npt.ArrayLike, line: float, *, alpha: float) -> float:
    """Foster-Greer-Thorbecke index of access poverty: ``Σ p_i ((z - a_i) / z)^alpha [a_i < z]``.

    Parameters
    ----------
    values
        Access, shape (n,), not negative.
    weights
        People, shape (n,).
    line
        ``z``: access below which a person is poor in it, in the unit of ``values``.
    alpha
        0 is the share of people below the line, 1 the mean shortfall, 2 weighs the worst off.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ParameterError
        If the line is not positive or alpha is negative.
    """
    if not (line > 0 and alpha >= 0):
        raise ParameterError(
            Text("La línea o el exponente no son válidos", "The line or exponent is not valid"),
            where=Where(column="line, alpha", value=(line, alpha)),
            remedy=Text("Dé una línea positiva y un exponente no negativo",
                        "Give a positive line and an exponent not below zero"),
        )  # fmt: skip
    _require_not_negative(values)
    people, access = _kept(weights, values)
    if not people.size:
        return float("nan")
    poor = access < line
    shortfall = np.where(poor, (line - access) / line, 0.0)
    return float(np.average(np.where(poor, shortfall**alpha, 0.0), weights=people))


def bootstrap(
    statistic: Statistic,
    n_rows: int,
    *,
    clusters: npt.ArrayLike | None = None,
    replicates: int = 999,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Say how much a statistic depends on the places at hand: a percentile bootstrap.

    Rows, or whole clusters of rows, are drawn with replacement. The interval speaks of variation
    between places, not of error in the data they hold.

    Parameters
    ----------
    statistic
        Function of an array of row positions, such as
        ``lambda rows: gini(access[rows], people[rows])``.
    n_rows
        Number of rows.
    clusters
        Cluster of each row (a municipality), drawn whole since its rows resemble each other;
        None draws rows.
    replicates
        How many draws.
    confidence
        Share of draws inside the interval.
    seed
        Seed of the draws: equal seeds give equal intervals.

    Returns
    -------
    Interval
        Estimate over all rows, and the ends of the interval; NaN ends where no draw could be
        computed.

    Raises
    ------
    ParameterError
        If ``replicates`` is below 1 or ``confidence`` not between 0 and 1.
    InputError
        If there is not one cluster for each row.
    """
    if replicates < 1 or not 0.0 < confidence < 1.0:
        raise ParameterError(
            Text("Los parámetros del remuestreo no son válidos",
                 "The parameters of the bootstrap are not valid"),
            where=Where(column="replicates, confidence", value=(replicates, confidence)),
            remedy=Text("Dé al menos una réplica y una confianza entre 0 y 1",
                        "Give at least one replicate and a confidence between 0 and 1"),
        )  # fmt: skip
    members = _members(n_rows, clusters)
    generator = np.random.default_rng(seed)
    draws = np.array(
        [
            statistic(np.concatenate([members[pick] for pick in picks]))
            if clusters is not None
            else statistic(picks)
            for picks in (
                generator.integers(0, len(members), len(members)) for _ in range(replicates)
            )
        ]
    )
    estimate = statistic(np.arange(n_rows))
    draws = draws[np.isfinite(draws)]
    if not draws.size:
        return Interval(estimate, float("nan"), float("nan"))
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(draws, [tail, 1.0 - tail])
    return Interval(estimate, float(low), float(high))


def _members(n_rows: int, clusters: npt.ArrayLike | None) -> list[npt.NDArray[np.intp]]:
    labels = np.arange(n_rows) if clusters is None else np.asarray(clusters)
    if n_rows < 1 or labels.shape != (n_rows,):
        raise InputError(
            Text("No hay un grupo por fila", "There is not one cluster for each row"),
            where=Where(column="clusters", value=labels.shape),
            remedy=Text(f"Se esperaban {n_rows} y al menos una fila",
                        f"{n_rows} were expected, and at least one row"),
        )  # fmt: skip
    _, codes = np.unique(labels, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def _require_not_negative(values: npt.ArrayLike) -> None:
    access = np.asarray(values, dtype=np.float64)
    if (access < 0).any():
        row = int((access < 0).argmax())
        raise InputError(
            Text("Un valor de acceso es negativo", "A value of access is negative"),
            where=Where(row=row + 1, column="values", value=float(access[row])),
            remedy=Text("El acceso no puede ser menor que cero", "Access is never below zero"),
        )
