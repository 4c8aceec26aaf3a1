"""Sharing of missing people among cells whose count is hidden, within the bounds each must keep.

Two problems are solved, both exactly and for all groups of cells at once.

*One margin* (`share_hidden`). Cells i of a group must add up to a known total T:
x_i = clip(λ w_i, l_i, u_i) with the one λ for which Σ x_i = T. It is the vector within the bounds
that stays nearest, in Kullback–Leibler divergence, to the expected counts w_i.

*Two margins* (`share_hidden_table`). Cells of a table must add up by row and by column:
x_ij = clip(r_i c_j w_ij, l_ij, u_ij), found by solving rows and columns in turn. This is
iterative proportional fitting with bounds: again the nearest table to w that keeps every bound.

Bounds of each cell given the others (Fréchet bounds, extended to bounded cells):
x_i ≥ T − Σ_{k≠i} u_k and x_i ≤ T − Σ_{k≠i} l_k.

Sources: Deming and Stephan (1940) for proportional fitting; Dobra and Fienberg (2000) for bounds
of cell entries given margins; Bregman (1967) for why projecting in turn reaches the nearest point.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]
Bools: TypeAlias = NDArray[np.bool_]

_LEAST_WEIGHT = 1e-9  # so that a cell nobody expects people in can still take them if it must
_TOLERANCE = 1e-9  # people
_ROUNDS = 200
_ROW_TOLERANCE = 1e-7  # people
_LEAST_CHANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Shares:
    """People given to each hidden cell.

    Parameters
    ----------
    value
        Estimated people per cell; NaN in groups that could not be solved.
    low, high
        Bounds per cell given its own bounds and the group's total.
    solved
        Per group: whether its total is known and lies within what its cells may hold.
    """

    value: Floats
    low: Floats
    high: Floats
    solved: Bools


def narrow_bounds(
    group: Ints, low: Floats, high: Floats, total_low: Floats, total_high: Floats
) -> tuple[Floats, Floats]:
    """Return the bounds of each cell given the others of its group.

    Parameters
    ----------
    group
        Group of each cell, shape (n,), as a position in the totals.
    low, high
        Bounds of each cell on its own, shape (n,), people.
    total_low, total_high
        Bounds of each group's total, shape (g,); NaN where nothing is known.

    Returns
    -------
    tuple of arrays
        Lower and upper bounds, shape (n,); unchanged in a group whose bounds contradict its total.
    """
    size = len(total_low)
    sum_low = np.bincount(group, low, size)
    sum_high = np.bincount(group, high, size)
    consistent = (sum_low <= total_high + _TOLERANCE) & (sum_high >= total_low - _TOLERANCE)
    others_high = _others(group, high, size)
    others_low = _others(group, low, size)
    raised = np.fmax(low, total_low[group] - others_high)
    lowered = np.fmin(high, total_high[group] - others_low)
    keep = ~consistent[group]
    raised, lowered = np.where(keep, low, raised), np.where(keep, high, lowered)
    return np.minimum(raised, high), np.maximum(lowered, np.minimum(raised, high))


def expected_within(mean: Floats, low: Floats, high: Floats) -> Floats:
    """Return the people expected in a cell of which one knows that it holds between two bounds.

    E[X | a ≤ X ≤ b] = m · P(a − 1 ≤ X ≤ b − 1) / P(a ≤ X ≤ b) with X Poisson of mean m: a count
    hidden for being small is not much larger where more people live, as its mean would have it.

    Parameters
    ----------
    mean
        Expected people without the bounds, any shape.
    low, high
        Bounds, same shape.

    Returns
    -------
    array
        Same shape, within the bounds; the mean cut to them where they are beyond all chance.
    """
    least, most = np.ceil(low - _TOLERANCE), np.floor(high + _TOLERANCE)
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = _at_most(most, mean) - _at_most(least - 1, mean)
        shifted = _at_most(most - 1, mean) - _at_most(least - 2, mean)
        made = mean * shifted / inside
    likely = (inside > _LEAST_CHANCE) & np.isfinite(made)
    held: Floats = np.clip(np.where(likely, made, mean), low, high)
    return held


def _at_most(count: Floats, mean: Floats) -> Floats:
    from scipy.special import pdtr  # readers of an atlas import this module too, and never call it

    chance: Floats = np.where(count < 0, 0.0, pdtr(np.maximum(count, 0.0), mean))
    return chance


def share_hidden(
    *,
    group: Ints,
    weight: Floats,
    low: Floats,
    high: Floats,
    total: Floats,
    total_low: Floats | None = None,
    total_high: Floats | None = None,
) -> Shares:
    """Share each group's total among its cells, within bounds: x_i = clip(λ w_i, l_i, u_i).

    Parameters
    ----------
    group
        Group of each cell, shape (n,), as a position in ``total``.
    weight
        Expected people of each cell, shape (n,); only proportions within a group matter.
    low, high
        Bounds of each cell, shape (n,), people; finite.
    total
        People to share in each group, shape (g,); NaN where unknown.
    total_low, total_high
        Bounds of the totals where they are themselves estimates; ``total`` by default.

    Returns
    -------
    Shares
        Values that add up to ``total`` in every solved group, with bounds.
    """
    size = len(total)
    narrowed_low, narrowed_high = narrow_bounds(
        group,
        low,
        high,
        total if total_low is None else total_low,
        total if total_high is None else total_high,
    )
    solved = _feasible(group, low, high, total)
    value = np.full(len(group), np.nan)
    inside = solved[group]
    if inside.any():
        _, value[inside] = _fill(
            group[inside], _positive(weight[inside]), low[inside], high[inside], total, size
        )
    return Shares(value, narrowed_low, narrowed_high, solved)


def share_hidden_table(
    *,
    row: Ints,
    column: Ints,
    weight: Floats,
    low: Floats,
    high: Floats,
    row_total: Floats,
    column_total: Floats,
) -> tuple[Floats, Bools]:
    """Share people among the cells of tables whose row and column totals are known.

    Parameters
    ----------
    row, column
        Row and column of each cell, shape (n,), as positions in the totals. Many separate
        tables may be given at once: they only need to share no row and no column.
    weight
        Expected people of each cell, shape (n,).
    low, high
        Bounds of each cell, shape (n,), people; finite.
    row_total, column_total
        Totals over the cells given. Column totals are met to rounding, row totals to 1e-7.

    Returns
    -------
    tuple of arrays
        People per cell, shape (n,), and whether each row was met, shape (rows,). Cells in a
        column that cannot be met are NaN, and so are the cells of its rows.
    """
    value = np.full(len(row), np.nan)
    bad_row = ~_feasible(row, low, high, row_total)
    bad_column = ~_feasible(column, low, high, column_total)
    for _ in range(_ROUNDS):  # whatever touches an impossible row or column cannot be solved
        spread = bad_row[row] | bad_column[column]
        rows = bad_row | (np.bincount(row, spread, len(row_total)) > 0)
        columns = bad_column | (np.bincount(column, spread, len(column_total)) > 0)
        if (rows == bad_row).all() and (columns == bad_column).all():
            break
        bad_row, bad_column = rows, columns
    use = ~bad_row[row]
    met = np.zeros(len(row_total), dtype=bool)
    if use.any():
        value[use], met = _fit(
            row[use], column[use], _positive(weight[use]), low[use], high[use],
            row_total, column_total,
        )  # fmt: skip
    return value, met & ~bad_row


def _fit(
    row: Ints, column: Ints, weight: Floats, low: Floats, high: Floats,
    row_total: Floats, column_total: Floats,
) -> tuple[Floats, Bools]:  # fmt: skip
    by_row = np.ones(len(row_total))
    by_column = np.ones(len(column_total))
    value, residual = weight, np.zeros(len(row_total))
    active = np.arange(len(row))
    value = weight.copy()
    for _ in range(_ROUNDS):
        r, c = row[active], column[active]
        w, lo, hi = weight[active], low[active], high[active]
        factors, _ = _fill(r, w * by_column[c], lo, hi, row_total, len(row_total), by_row)
        by_row = np.where(np.isnan(factors), by_row, factors)
        factors, value[active] = _fill(
            c, w * by_row[r], lo, hi, column_total, len(column_total), by_column
        )
        by_column = np.where(np.isnan(factors), by_column, factors)
        residual = np.abs(np.bincount(row, value, len(row_total)) - row_total)
        open_columns = np.bincount(column, residual[row] > _ROW_TOLERANCE, len(column_total)) > 0
        rows_open = np.bincount(row, open_columns[column], len(row_total)) > 0
        active = np.flatnonzero(rows_open[row] | open_columns[column])
        if not len(active):
            break
    return value, residual <= _ROW_TOLERANCE


def _fill(
    group: Ints, weight: Floats, low: Floats, high: Floats, total: Floats, size: int,
    start: Floats | None = None,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return λ per group (NaN for groups without cells) and the filled cells."""
    present = np.bincount(group, minlength=size) > 0
    reach = np.zeros(size)
    np.maximum.at(reach, group, high / weight)
    floor, ceiling = np.zeros(size), reach * (1 + 1e-12) + _LEAST_WEIGHT
    with np.errstate(divide="ignore", invalid="ignore"):
        guess = total / np.bincount(group, weight, size) if start is None else start
    factor = np.where(present, np.clip(guess, 0.0, ceiling), np.nan)
    aim = np.where(present, total, 0.0)
    value = np.empty_like(weight)
    for _ in range(_ROUNDS):
        raw = factor[group] * weight
        np.clip(raw, low, high, out=value)
        miss = aim - np.bincount(group, value, size)
        short = miss > 0
        floor = np.where(short, np.fmax(floor, factor), floor)
        ceiling = np.where(short, ceiling, np.fmin(ceiling, factor))
        done = (np.abs(miss) <= _TOLERANCE * 1e-2) | (ceiling - floor <= 1e-15 * ceiling)
        if done.all():
            break
        slope = np.bincount(group, weight * ((raw > low) & (raw < high)), size)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = factor + miss / slope
        halfway = np.where(floor > 0, np.sqrt(floor * ceiling), ceiling / 2)
        step = np.where((step > floor) & (step < ceiling), step, halfway)
        factor = np.where(done, factor, step)
    return factor, _settle(group, value, low, high, aim, size)


def _settle(
    group: Ints, value: Floats, low: Floats, high: Floats, total: Floats, size: int
) -> Floats:
    """Spread what rounding left over the room each cell still has."""
    miss = total - np.bincount(group, value, size)
    room = np.where(miss[group] > 0, high - value, value - low)
    sum_room = np.bincount(group, room, size)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(sum_room[group] > 0, room / sum_room[group], 0.0)
    settled: Any = np.clip(value + part * miss[group], low, high)
    return settled


def _feasible(group: Ints, low: Floats, high: Floats, total: Floats) -> Bools:
    size = len(total)
    least = np.bincount(group, low, size)
    most = np.bincount(group, high, size)
    crossed = np.bincount(group, low > high + _TOLERANCE, size) > 0
    with np.errstate(invalid="ignore"):
        inside = (least <= total + _TOLERANCE) & (total <= most + _TOLERANCE)
    return np.asarray(inside & ~crossed, dtype=bool)


def _others(group: Ints, values: Floats, size: int) -> Floats:
    """Sum of the other cells of each cell's group; the infinite ones are counted apart."""
    finite = np.isfinite(values)
    sums = np.bincount(group, np.where(finite, values, 0.0), size)[group]
    endless = np.bincount(group, ~finite, size)[group] - ~finite
    return np.where(endless > 0, np.inf, sums - np.where(finite, values, 0.0))


def _positive(weight: Floats) -> Floats:
    return np.maximum(np.nan_to_num(weight, nan=0.0), _LEAST_WEIGHT)
