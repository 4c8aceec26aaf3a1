"""Equity of access: how unequal it is, who has less, how many fall short, and how sure that is.

Every statistic takes values and weights by place (``access`` in any unit, ``people`` living
there) and is invariant to the unit of both. Rows whose value, weight or rank is unknown are left
out, and so are rows without people; :func:`used_rows` counts what remains.

Each comes twice: for the people there are, and, its name in the plural, for many draws of them at
once, as :func:`bootstrap` asks it.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from data.errors import InputError, ParameterError, Where
from data.texts import Text

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
# One number a draw, of how many times each draw holds each row: shape (draws, rows).
Statistic = Callable[[Floats], Floats]
Normalisation = Literal["standard", "erreygers"]

_POOREST, _RICHEST = 0.4, 0.9
_AT_ONCE = 1 << 18  # numbers of a table of draws that is in memory


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


def _kept(draws: npt.ArrayLike, *columns: npt.ArrayLike) -> tuple[Floats, ...]:
    """Return the people of each draw and the columns, of the rows any draw reads."""
    people = np.atleast_2d(np.asarray(draws, dtype=np.float64))
    lowest = people.min(axis=0) if people.min(initial=0.0) < 0 else np.ones(people.shape[1])
    used = used_rows(*columns, people.sum(axis=0), weights=lowest)
    return people[:, used], *(np.asarray(column, dtype=np.float64)[used] for column in columns)


def _ratio(above: Floats, below: Floats) -> Floats:
    """Return one over the other, unknown where there is nothing below."""
    unknown = np.full(below.shape, np.nan)
    found: Floats = np.divide(above, below, out=unknown, where=below != 0)
    return found


def _means(people: Floats, values: Floats) -> Floats:
    return _ratio(np.einsum("dn,n->d", people, values), people.sum(axis=1))


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
    return float(
        concentrations(values, weights, rank_by, normalisation=normalisation, bounds=bounds)[0]
    )


def concentrations(
    values: npt.ArrayLike,
    draws: npt.ArrayLike,
    rank_by: npt.ArrayLike,
    *,
    normalisation: Normalisation = "standard",
    bounds: tuple[float, float] | None = None,
) -> Floats:
    """Return :func:`concentration` for each draw of people, shape (draws, n)."""
    people, access, ranking = _kept(draws, values, rank_by)
    if not access.size:
        return np.full(len(people), np.nan)
    order = np.argsort(ranking, kind="stable")
    people, access, ranking = people[:, order], access[order], ranking[order]
    mean = _means(people, access)
    # Share of people below each rank plus half of those at it: ties have the average rank.
    starts = np.flatnonzero(np.r_[True, ranking[1:] != ranking[:-1]])
    at = np.add.reduceat(people, starts, axis=1)
    excess = np.add.reduceat(people * (access - mean[:, None]), starts, axis=1)
    total = at.sum(axis=1)
    ranks = _ratio(np.cumsum(at, axis=1) - at / 2.0, np.broadcast_to(total[:, None], at.shape))
    covariance = _ratio((excess * (ranks - 0.5)).sum(axis=1), total)
    if normalisation == "standard":
        return _ratio(2.0 * covariance, mean)
    if bounds is not None:
        spread = np.full(len(people), max(bounds[1] - bounds[0], 0.0))
    else:
        drawn = people > 0
        spread = np.where(drawn, access, -np.inf).max(axis=1) - np.where(drawn, access, np.inf).min(
            axis=1
        )
    return _ratio(8.0 * covariance, spread)


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
    return float(ginis(values, weights)[0])


def ginis(values: npt.ArrayLike, draws: npt.ArrayLike) -> Floats:
    """Return :func:`gini` for each draw of people, shape (draws, n)."""
    _require_not_negative(values)
    return concentrations(values, draws, values)


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
    return float(theils(values, weights)[0])


def theils(values: npt.ArrayLike, draws: npt.ArrayLike) -> Floats:
    """Return :func:`theil` for each draw of people, shape (draws, n)."""
    _require_not_negative(values)
    people, access = _kept(draws, values)
    mean = _means(people, access)
    # With x = a / mean: the mean of x ln x is that of a ln a, over the mean, less its logarithm.
    logs = access * np.log(np.where(access > 0, access, 1.0))
    return _ratio(_means(people, logs), mean) - np.log(np.where(mean > 0, mean, np.nan))


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
    return float(_quantiles(people, found, share)[0])


def _quantiles(people: Floats, values: Floats, share: float) -> Floats:
    if not values.size:
        return np.full(len(people), np.nan)
    order = np.argsort(values, kind="stable")
    people = people[:, order]
    reached = np.cumsum(people, axis=1)
    enough = (reached >= share * reached[:, -1:]) & (people > 0)
    return np.where(enough.any(axis=1), values[order][enough.argmax(axis=1)], np.nan)


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
    return float(palmas(values, weights, rank_by, limits=limits)[0])


def palmas(
    values: npt.ArrayLike,
    draws: npt.ArrayLike,
    rank_by: npt.ArrayLike,
    *,
    limits: tuple[float, float] | None = None,
) -> Floats:
    """Return :func:`palma` for each draw of people, shape (draws, n)."""
    people, access, ranking = _kept(draws, values, rank_by)
    if limits is None:
        low, high = (_quantiles(people, ranking, share) for share in (_POOREST, _RICHEST))
    else:
        low, high = (np.full(len(people), limit) for limit in limits)
    least = _means(people * (ranking <= low[:, None]), access)
    most = _means(people * (ranking > high[:, None]), access)
    return _ratio(most, least)


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
    return float(fgts(values, weights, line, alpha=alpha)[0])


def fgts(values: npt.ArrayLike, draws: npt.ArrayLike, line: float, *, alpha: float) -> Floats:
    """Return :func:`fgt` for each draw of people, shape (draws, n)."""
    if not (line > 0 and alpha >= 0):
        raise ParameterError(
            Text("La línea o el exponente no son válidos", "The line or exponent is not valid"),
            where=Where(column="line, alpha", value=(line, alpha)),
            remedy=Text("Dé una línea positiva y un exponente no negativo",
                        "Give a positive line and an exponent not below zero"),
        )  # fmt: skip
    _require_not_negative(values)
    people, access = _kept(draws, values)
    poor = access < line
    shortfall = np.where(poor, (line - access) / line, 0.0)
    return _means(people, np.where(poor, shortfall**alpha, 0.0))


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
        Function of how many times each draw holds each row, shape (draws, rows), such as
        ``lambda times: ginis(access, people * times)``; returns one number a draw.
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
    cluster, n_clusters = _clusters_of(n_rows, clusters)
    generator = np.random.default_rng(seed)
    times = np.array([
        np.bincount(generator.integers(0, n_clusters, n_clusters), minlength=n_clusters)
        for _ in range(replicates)
    ])  # fmt: skip
    step = max(1, _AT_ONCE // n_rows)
    draws = np.concatenate([
        statistic(times[start : start + step, cluster].astype(np.float64))
        for start in range(0, replicates, step)
    ])  # fmt: skip
    estimate = float(statistic(np.ones((1, n_rows)))[0])
    draws = draws[np.isfinite(draws)]
    if not draws.size:
        return Interval(estimate, float("nan"), float("nan"))
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(draws, [tail, 1.0 - tail])
    return Interval(estimate, float(low), float(high))


def _clusters_of(n_rows: int, clusters: npt.ArrayLike | None) -> tuple[npt.NDArray[np.intp], int]:
    labels = np.arange(n_rows) if clusters is None else np.asarray(clusters)
    if n_rows < 1 or labels.shape != (n_rows,):
        raise InputError(
            Text("No hay un grupo por fila", "There is not one cluster for each row"),
            where=Where(column="clusters", value=labels.shape),
            remedy=Text(f"Se esperaban {n_rows} y al menos una fila",
                        f"{n_rows} were expected, and at least one row"),
        )  # fmt: skip
    found, codes = np.unique(labels, return_inverse=True)
    return codes, len(found)


def _require_not_negative(values: npt.ArrayLike) -> None:
    access = np.asarray(values, dtype=np.float64)
    if (access < 0).any():
        row = int((access < 0).argmax())
        raise InputError(
            Text("Un valor de acceso es negativo", "A value of access is negative"),
            where=Where(row=row + 1, column="values", value=float(access[row])),
            remedy=Text("El acceso no puede ser menor que cero", "Access is never below zero"),
        )
