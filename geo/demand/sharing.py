"""From a level to the one below: what children hide is shared so that they add up to their parent.

Each parent's children are completed by a *remainder*: the people of the parent that none of its
children holds (an AGEB's people outside its published blocks, a municipality's outside the
localities at hand). It takes its part of every count, so nobody is put where they do not live.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from geo.demand.counts import (
    CHILDREN_0_5,
    CHILDREN_0_11,
    CODES,
    HALF_PERSON,
    INDEX,
    PINNED,
    SUMS,
    Counts,
    close_sums,
    settle_pinned,
    settle_sums,
    stack,
)
from geo.demand.suppression import (
    Bools,
    Floats,
    Ints,
    expected_within,
    narrow_bounds,
    share_hidden,
    share_hidden_table,
)

# Age bands estimated together with the rest of the population, so that a row never exceeds it.
AGE_BANDS = ("P_0A2", "P_3A5", "P_6A11", "POB65_MAS")
_CHILDREN = ("P_0A2", "P_3A5", "P_6A11")


@dataclass(frozen=True, slots=True)
class _Step:
    """One count shared on its own, between counts already settled: low ≤ count ≤ cap − less."""

    code: str
    at_least: str | None = None
    cap: str = "POBTOT"
    less: tuple[str, ...] = ()


_STEPS = (
    _Step("P_60YMAS", at_least="POB65_MAS", less=_CHILDREN),
    _Step("PCON_DISC"),
    *(
        _Step(code, cap="PCON_DISC")
        for code in (
            "PCDISC_MOT", "PCDISC_VIS", "PCDISC_LENG", "PCDISC_AUD", "PCDISC_MOT2", "PCDISC_MEN",
        )
    ),
    _Step("P_12YMAS_F", less=_CHILDREN),
    _Step("PEA_F", cap="P_12YMAS_F"),
    _Step("P_12YMAS_M", less=(*_CHILDREN, "P_12YMAS_F")),
    _Step("PEA_M", cap="P_12YMAS_M"),
    _Step("PSINDER"),
    *(
        _Step(code, less=("PSINDER",))
        for code in (
            "PDER_IMSS", "PDER_ISTE", "PDER_ISTEE", "PAFIL_PDOM", "PDER_SEGP", "PDER_IMSSB",
            "PAFIL_IPRIV",
        )
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A parent whose published total its children cannot add up to."""

    parent: str
    code: str
    total: float
    least: float
    most: float


@dataclass(slots=True)
class Shared:
    """Children after sharing, with the remainder of each parent.

    Parameters
    ----------
    children
        The same places, values and bounds settled as far as the parents allow.
    remainder
        One row a parent with people outside its children; ``places`` are the parents' codes.
    mismatches
        Totals that do not add up.
    """

    children: Counts
    remainder: Counts
    mismatches: list[Mismatch] = field(default_factory=list)


def share_level(
    parents: Counts, children: Counts, parent_of: Ints, *, fill_absent: Bools
) -> Shared:
    """Share each parent's counts among its children where theirs are not published.

    Parameters
    ----------
    parents, children
        Places of two levels.
    parent_of
        Row in ``parents`` of each child, -1 where it has none.
    fill_absent
        Per code: whether counts the children's source does not hold are estimated too, in
        proportion to their population.

    Returns
    -------
    Shared
        ``children`` is changed in place and returned.
    """
    if not len(parents):
        return Shared(children, children.take(np.arange(0)))
    remainder, rest_parent = _remainders(parents, children, parent_of)
    everyone = stack(children, remainder)
    belongs = np.concatenate([parent_of, rest_parent])
    usable = _usable_parents(parents, everyone, belongs)
    inside = (belongs >= 0) & usable[belongs]
    rows = np.flatnonzero(inside)
    family = everyone.take(rows)
    group = belongs[rows]
    mismatches = [
        *_exceeded(parents, children, parent_of),
        *_mismatches(parents, family, group, usable),
    ]
    _narrow(parents, family, group)
    _share_ages(parents, family, group)
    for step in _STEPS:
        _share_one(parents, family, group, step)
    settle_sums(family)
    _forget_absent(family, fill_absent)
    everyone.value[rows], everyone.low[rows], everyone.high[rows] = (
        family.value,
        family.low,
        family.high,
    )
    size = len(children)
    children.value[:] = everyone.value[:size]
    children.low[:] = everyone.low[:size]
    children.high[:] = everyone.high[:size]
    return Shared(children, everyone.take(np.arange(size, len(everyone))), mismatches)


def _remainders(parents: Counts, children: Counts, parent_of: Ints) -> tuple[Counts, Ints]:
    """Return one row a parent with people outside its children, everything hidden but how many."""
    has = parent_of >= 0
    held = np.bincount(parent_of[has], children.population[has], len(parents))
    family = np.bincount(parent_of[has], minlength=len(parents)) > 0
    with np.errstate(invalid="ignore"):
        rest = parents.population - held
        rows = np.flatnonzero(family & (rest > HALF_PERSON))
    size, width = len(rows), len(CODES)
    value = np.full((size, width), np.nan)
    value[:, INDEX["POBTOT"]] = rest[rows]
    published = np.zeros((size, width), dtype=bool)
    low = np.where(np.isnan(value), 0.0, value)
    high = np.repeat(rest[rows][:, None], width, axis=1)
    made = Counts(parents.places[rows], value, low, high, published, published.copy())
    return made, rows


def _usable_parents(parents: Counts, family: Counts, group: Ints) -> Bools:
    """Parents whose population, and that of every child, is known, and is not exceeded."""
    inside = group >= 0
    people = np.bincount(group[inside], family.population[inside], len(parents))
    with np.errstate(invalid="ignore"):
        usable = np.abs(people - parents.population) <= HALF_PERSON
    return np.asarray(usable, dtype=bool)


def _exceeded(parents: Counts, children: Counts, parent_of: Ints) -> Iterable[Mismatch]:
    """Parents with fewer people than their children together."""
    has = parent_of >= 0
    held = np.bincount(parent_of[has], children.population[has], len(parents))
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(held > parents.population + 0.5)
    for row in rows:
        total = float(parents.population[row])
        yield Mismatch(str(parents.places[row]), "POBTOT", total, float(held[row]), np.nan)


def _mismatches(parents: Counts, family: Counts, group: Ints, usable: Bools) -> Iterable[Mismatch]:
    size = len(parents)
    for code, position in INDEX.items():
        if code in {relation.whole for relation in SUMS}:
            continue
        least = np.bincount(group, family.low[:, position], size)
        most = np.bincount(group, family.high[:, position], size)
        total = parents.value[:, position]
        with np.errstate(invalid="ignore"):
            off = (
                usable
                & parents.published[:, position]
                & ((total < least - 0.5) | (total > most + 0.5))
            )
        for row in np.flatnonzero(off):
            yield Mismatch(
                str(parents.places[row]), code, total[row], float(least[row]), float(most[row])
            )


def _narrow(parents: Counts, family: Counts, group: Ints) -> None:
    """Narrow bounds by column (given the parent) and by row (given the sums), in turn."""
    for _ in range(2):
        for position in range(len(CODES)):
            family.low[:, position], family.high[:, position] = narrow_bounds(
                group,
                family.low[:, position],
                family.high[:, position],
                parents.low[:, position],
                parents.high[:, position],
            )
        close_sums(family.low, family.high, family.published)
    settle_pinned(family)


def _share_ages(parents: Counts, family: Counts, group: Ints) -> None:
    """Fit the age bands and the rest of the population to rows and columns at once."""
    bands = [INDEX[code] for code in AGE_BANDS]
    margins = parents.value[:, bands]
    known = ~np.isnan(margins)
    for pattern in np.unique(known, axis=0):
        use = np.array(bands, dtype=np.int32)[pattern]
        parents_here = (known == pattern).all(axis=1)
        rows = np.flatnonzero(parents_here[group])
        if len(use) and len(rows):
            _fit_bands(parents, family, group[rows], rows, use)


def _fit_bands(parents: Counts, family: Counts, group: Ints, rows: Ints, bands: Ints) -> None:
    """Solve one table a parent: rows are places, columns the bands and everybody else.

    Where a place's children aged 0–5 or 0–11 are known together, its row is cut there, so that
    they keep adding up to what is known. A parent whose cut rows cannot be met is solved whole.
    """
    columns = len(bands) + 1
    population = family.population[rows]
    margins = parents.value[:, bands]
    rest = parents.population - margins.sum(axis=1)
    column_total = np.column_stack([margins, rest]).ravel()
    low = np.column_stack([family.low[np.ix_(rows, bands)], np.zeros(len(rows))])
    high = np.column_stack([family.high[np.ix_(rows, bands)], population])
    # A place of nobody has no rates; nobody is shared among its parts.
    rate = column_total.reshape(-1, columns) / np.maximum(parents.population, 1.0)[:, None]
    high = np.minimum(high, population[:, None])
    weight = expected_within(rate[group] * population[:, None], low, high)
    column = (group[:, None] * columns + np.arange(columns)).ravel()
    current = family.value[np.ix_(rows, bands)]
    whole = np.repeat(np.arange(len(rows)), columns)
    for row, row_total in (_cut_rows(family, rows, bands), (whole, population)):
        missing = np.isnan(current).any(axis=1)
        use = np.repeat(np.bincount(group, missing, len(parents))[group] > 0, columns)
        if not use.any():
            break
        value = np.full(len(row), np.nan)
        value[use], _ = share_hidden_table(
            row=row[use],
            column=column[use],
            weight=weight.ravel()[use],
            low=low.ravel()[use],
            high=high.ravel()[use],
            row_total=row_total,
            column_total=column_total,
        )
        current = np.where(np.isnan(current), value.reshape(-1, columns)[:, :-1], current)
    family.value[np.ix_(rows, bands)] = current


def _cut_rows(family: Counts, rows: Ints, bands: Ints) -> tuple[Ints, Floats]:
    """Cut each place's row where its younger children are known together.

    Returns
    -------
    row, row_total
        Row of each cell, shape (places × (bands + 1),), and the people of each row.
    """
    young = np.isin(bands, [INDEX[code] for code in ("P_0A2", "P_3A5")])
    child = np.isin(bands, [INDEX[code] for code in _CHILDREN])
    up_to_5, up_to_11 = (family.value[rows, INDEX[code]] for code in (CHILDREN_0_5, CHILDREN_0_11))
    # A cut needs every band it covers; without them only the whole row is known.
    cut_5 = ~np.isnan(up_to_5) & (young.sum() == len(_CHILDREN) - 1)
    cut_11 = ~np.isnan(up_to_11) & (child.sum() == len(_CHILDREN))
    piece = np.full((len(rows), len(bands) + 1), 2)
    piece[np.ix_(cut_11, np.append(child, False))] = 1
    piece[np.ix_(cut_5, np.append(young, False))] = 0
    first = np.where(cut_5, up_to_5, 0.0)
    second = np.where(cut_11, up_to_11 - first, 0.0)
    total = np.column_stack([first, second, family.population[rows] - first - second])
    return (np.arange(len(rows))[:, None] * 3 + piece).ravel(), total.ravel()


def _share_one(parents: Counts, family: Counts, group: Ints, step: _Step) -> None:
    position = INDEX[step.code]
    total = parents.value[:, position]
    low, high = family.low[:, position].copy(), family.high[:, position].copy()
    if step.at_least is not None:
        low = np.fmax(low, family.column(step.at_least))
    taken = family.value[:, [INDEX[code] for code in step.less]].sum(axis=1)
    room = family.column(step.cap) - taken
    high = np.fmin(high, np.fmax(room, low))
    known = ~np.isnan(family.value[:, position])
    low = np.where(known, family.value[:, position], low)
    high = np.where(known, family.value[:, position], np.maximum(high, low))
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = total / parents.population
    weight = expected_within(rate[group] * family.population, low, high)
    shares = share_hidden(group=group, weight=weight, low=low, high=high, total=total)
    # Counts settled before may leave no room for the total; it goes before them.
    own_low = np.where(known, low, family.low[:, position])
    own_high = np.where(known, high, np.maximum(family.high[:, position], own_low))
    loose = share_hidden(group=group, weight=weight, low=own_low, high=own_high, total=total)
    value = np.where(shares.solved[group], shares.value, loose.value)
    family.value[:, position] = np.where(known, family.value[:, position], value)


def _forget_absent(family: Counts, fill_absent: Bools) -> None:
    drop = family.absent & ~fill_absent[None, :]
    pinned = family.high - family.low <= PINNED
    family.value[drop & ~pinned] = np.nan
