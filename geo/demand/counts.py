"""Census counts of a set of places with what is known of each: value, bounds, and whether hidden.

A count is *published*, *hidden* (``*``: confidential) or *absent* (the file does not hold it). The
census hides whole rows of places with fewer than three inhabited dwellings, all but the population
and the dwellings, and in tables of urban areas also counts of one or two people. A hidden count
therefore lies between 0 and the population in the first case, between 0 and 2 in the second;
the sums a row must keep (`variables.RELATIONS`) narrow that further.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.demand.suppression import Bools, Floats, Ints
from geo.demand.variables import COUNTS, RELATIONS, Relation

FEW_DWELLINGS = 3.0
# Counts are whole people: sums that differ by less agree, whatever was shared on the way.
HALF_PERSON = 0.5
# Bounds this near leave only one value.
PINNED = 1e-9
_PASSES = 4

# Sums of published counts that are shown too, so that they get bounds of their own.
CHILDREN_0_5, CHILDREN_0_11 = "P_0A5", "P_0A11"
SUMS: tuple[Relation, ...] = (
    Relation(CHILDREN_0_5, ("P_0A2", "P_3A5"), exact=True),
    Relation(CHILDREN_0_11, ("P_0A2", "P_3A5", "P_6A11"), exact=True),
)
_CLOSING = (
    *RELATIONS,
    *SUMS,
    Relation("POB0_14", (CHILDREN_0_11, "P_12A14"), exact=True),
    Relation(CHILDREN_0_11, (CHILDREN_0_5, "P_6A11"), exact=True),
    Relation("POBTOT", (CHILDREN_0_11, "P_60YMAS"), exact=False),
)
CODES: tuple[str, ...] = (*COUNTS, *(relation.whole for relation in SUMS))
INDEX = {code: position for position, code in enumerate(CODES)}
_SUM_CODES = {relation.parts: relation.whole for relation in SUMS}


def position_of(codes: tuple[str, ...]) -> int:
    """Return the column of a variable made of one census code or of a derived sum of several."""
    return INDEX[_SUM_CODES.get(codes, codes[0])]


@dataclass(slots=True)
class Counts:
    """Counts of n places, one column a code of ``CODES``.

    Parameters
    ----------
    places
        ``cvegeo`` of each row.
    value
        Shape (n, codes), people; NaN is unknown.
    low, high
        Bounds, same shape; ``inf`` where there is no upper bound.
    published
        Whether the census publishes the count.
    absent
        Whether the source does not hold the count at all.
    """

    places: pd.Index
    value: Floats
    low: Floats
    high: Floats
    published: Bools
    absent: Bools

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.places)

    def column(self, code: str) -> Floats:
        """Return the values of one code, shape (n,), a view."""
        column: Floats = self.value[:, INDEX[code]]
        return column

    @property
    def population(self) -> Floats:
        """Population of each place."""
        return self.column("POBTOT")

    def bounds(self, column: int) -> tuple[Floats, Floats]:
        """Return the bounds of one column as people see them: around the value, NaN if endless."""
        value, high = self.value[:, column], self.high[:, column]
        return (
            np.fmin(self.low[:, column], value),
            np.where(np.isinf(high), np.nan, np.fmax(high, value)),
        )

    def take(self, rows: Ints) -> "Counts":
        """Return some rows, in the order given."""
        return Counts(
            self.places[rows], self.value[rows], self.low[rows], self.high[rows],
            self.published[rows], self.absent[rows],
        )  # fmt: skip

    def copy(self) -> "Counts":
        """Return an independent copy."""
        return self.take(np.arange(len(self)))


def stack(first: Counts, second: Counts) -> Counts:
    """Return the places of both, those of ``first`` first."""
    return Counts(
        pd.Index([*first.places, *second.places], name="cvegeo", dtype="str"),
        np.vstack([first.value, second.value]),
        np.vstack([first.low, second.low]),
        np.vstack([first.high, second.high]),
        np.vstack([first.published, second.published]),
        np.vstack([first.absent, second.absent]),
    )


def settle_middle(counts: Counts, small_count: float) -> None:
    """Take the middle of the bounds of hidden counts that no total pins down, where it is narrow.

    Parameters
    ----------
    counts
        Changed in place.
    small_count
        Widest range whose middle stands for the count, people.
    """
    use = np.isnan(counts.value) & ~counts.absent & (counts.high - counts.low <= small_count)
    use[:, [INDEX[relation.whole] for relation in SUMS]] = False
    counts.value[use] = (counts.low[use] + counts.high[use]) / 2
    settle_sums(counts)


def settle_sums(counts: Counts) -> None:
    """Give derived sums the sum of their parts, where all of these are known."""
    for relation in SUMS:
        whole = counts.column(relation.whole)
        parts = counts.value[:, [INDEX[part] for part in relation.parts]].sum(axis=1)
        whole[:] = np.where(np.isnan(parts), whole, parts)


def make_counts(
    values: pd.DataFrame,
    hidden: pd.DataFrame,
    dwellings: pd.Series,
    *,
    small_count: float,
    zeros_hidden: bool = False,
) -> Counts:
    """Give each count its bounds from the confidentiality rules and the sums of its row.

    Parameters
    ----------
    values
        Census variables by place (index ``cvegeo``); columns that are missing are absent.
    hidden
        Same index: cells that were ``*``.
    dwellings
        Inhabited dwellings of each place, NaN where not known.
    small_count
        Highest count hidden for being small, people (2).
    zeros_hidden
        Whether the source wrote hidden counts as 0, so that a zero in an inhabited place is
        not to be believed unless the sums of its row prove it.

    Returns
    -------
    Counts
        With derived sums; a hidden count that the sums leave one value for gets that value.
    """
    value = values.reindex(columns=list(CODES)).to_numpy(dtype="float64", copy=True)
    masked = hidden.reindex(columns=list(CODES), fill_value=False).to_numpy(dtype=bool, copy=True)
    population = value[:, [INDEX["POBTOT"]]]
    if zeros_hidden:
        masked |= (value == 0) & (population > 0)
        value[masked] = np.nan
    for relation in SUMS:
        parts = [INDEX[part] for part in relation.parts]
        value[:, INDEX[relation.whole]] = value[:, parts].sum(axis=1)
        masked[:, INDEX[relation.whole]] = masked[:, parts].any(axis=1)
    published = ~np.isnan(value)
    limit = np.where(np.isnan(population), np.inf, population)
    low = np.where(published, value, 0.0)
    high = np.where(published, value, limit)
    small = masked & ~_wholly_hidden(masked, published, dwellings)[:, None]
    for relation in SUMS:
        small[:, INDEX[relation.whole]] = False
    high = np.where(small & ~published, np.minimum(high, small_count), high)
    close_sums(low, high, published)
    counts = Counts(values.index, value, low, high, published, ~published & ~masked)
    settle_pinned(counts)
    return counts


def _wholly_hidden(masked: Bools, published: Bools, dwellings: pd.Series) -> Bools:
    """Places whose whole row is hidden: fewer than three dwellings, or nothing else is shown."""
    inhabited = dwellings.to_numpy(dtype="float64")
    others = [position for code, position in INDEX.items() if code != "POBTOT"]
    nothing = masked[:, others].any(axis=1) & ~published[:, others].any(axis=1)
    with np.errstate(invalid="ignore"):
        few = inhabited < FEW_DWELLINGS
    return np.asarray(few | nothing, dtype=bool)


def close_sums(low: Floats, high: Floats, published: Bools) -> None:
    """Narrow bounds in place so that the sums of every row can hold; published counts stay."""
    kept_low, kept_high = low.copy(), high.copy()
    for _ in range(_PASSES):
        for relation in _CLOSING:
            _close(low, high, relation)
        np.copyto(low, kept_low, where=published)
        np.copyto(high, kept_high, where=published)
    np.maximum(low, kept_low, out=low)
    crossed = low > high
    np.copyto(low, kept_low, where=crossed)
    np.copyto(high, kept_high, where=crossed)


def _close(low: Floats, high: Floats, relation: Relation) -> None:
    whole = INDEX[relation.whole]
    parts = [INDEX[part] for part in relation.parts]
    sum_low = low[:, parts].sum(axis=1)
    sum_high = high[:, parts].sum(axis=1)
    np.maximum(low[:, whole], sum_low, out=low[:, whole])
    if relation.exact:
        np.minimum(high[:, whole], sum_high, out=high[:, whole])
    for part in parts:
        others = [other for other in parts if other != part]
        if relation.exact:
            need = low[:, whole] - high[:, others].sum(axis=1)
            np.maximum(low[:, part], need, out=low[:, part])
        room = high[:, whole] - low[:, others].sum(axis=1)
        np.minimum(high[:, part], room, out=high[:, part])


def settle_pinned(counts: Counts) -> None:
    """Give unknown counts their value where the bounds leave only one."""
    pinned = np.isnan(counts.value) & (counts.high - counts.low <= PINNED)
    counts.value[pinned] = counts.low[pinned]


@dataclass(frozen=True, slots=True)
class BrokenSum:
    """A sum that published counts of one place do not keep."""

    place: str
    relation: Relation
    whole: float
    parts: float


def broken_sums(counts: Counts) -> Iterator[BrokenSum]:
    """Yield the sums that the published counts of a row break, in row order of each relation."""
    for relation in RELATIONS:
        parts = [INDEX[part] for part in relation.parts]
        whole = INDEX[relation.whole]
        known = counts.published[:, parts].all(axis=1) & counts.published[:, whole]
        total = counts.value[:, parts].sum(axis=1)
        excess = total - counts.value[:, whole]
        with np.errstate(invalid="ignore"):
            wrong = known & (
                (np.abs(excess) > HALF_PERSON) if relation.exact else (excess > HALF_PERSON)
            )
        for row in np.flatnonzero(wrong):
            yield BrokenSum(
                str(counts.places[row]), relation, counts.value[row, whole], float(total[row])
            )
