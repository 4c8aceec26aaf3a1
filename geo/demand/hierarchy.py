"""The levels as one tree: bounds rise from the parts to the whole, estimates come down."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from data.tables import Level
from geo.demand.counts import (
    CODES,
    HALF_PERSON,
    INDEX,
    SUMS,
    Counts,
    close_sums,
    settle_middle,
    settle_pinned,
    stack,
)
from geo.demand.sharing import Shared, share_level
from geo.demand.sources import LEVELS, Faults
from geo.demand.suppression import Bools, Ints
from geo.demand.variables import MUNICIPALITIES, SHARE_RANGES

# Least part of the people of 60+ who are 65+: the lowest of the 11 municipalities of Aguascalientes
# is 0.643 (ITER 2020); the lower bound where the census extract at hand holds no count of 65+.
OLDER_LEAST_SHARE = 0.6


def parent_positions(parents: pd.Index, children: pd.Index, level: Level) -> Ints:
    """Return the row of each child's parent, -1 where there is none.

    Parameters
    ----------
    parents, children
        ``cvegeo`` of both levels.
    level
        Level of the parents.
    """
    positions: Ints = parents.get_indexer(children.str[: level.code_length])
    return positions


def add_missing_parents(
    levels: dict[Level, Counts], faults: Faults
) -> Mapping[Level, frozenset[str]]:
    """Add the localities and AGEB that have parts but no row, as the sum of their parts.

    Parameters
    ----------
    levels
        Counts by level; changed in place.
    faults
        Blocks without their AGEB are recorded (``manzana_sin_ageb``).

    Returns
    -------
    mapping
        Places added, by level.
    """
    added: dict[Level, frozenset[str]] = {}
    for parent, child in ((Level.AGEB, Level.BLOCK), (Level.LOCALITY, Level.AGEB)):
        children = levels[child]
        orphans = np.flatnonzero(
            parent_positions(levels[parent].places, children.places, parent) < 0
        )
        if parent is Level.AGEB:
            for row in orphans:
                faults.add("manzana_sin_ageb", child, str(children.places[row]))
        made = _sum_of(children.take(orphans), parent)
        levels[parent] = _sorted(stack(levels[parent], made))
        added[parent] = frozenset(made.places)
    return added


def add_states(levels: dict[Level, Counts], small_count: float) -> None:
    """Add the states that have no row of their own as the sum of all their municipalities."""
    municipalities = levels[Level.MUNICIPALITY].copy()
    settle_middle(municipalities, small_count)
    state = municipalities.places.str[:2]
    sizes = pd.Series(1, index=state).groupby(level=0).sum()
    complete = {code for code, size in sizes.items() if MUNICIPALITIES.get(str(code)) == size}
    missing = complete - set(levels[Level.STATE].places)
    rows = np.flatnonzero(state.isin(sorted(missing)))
    made = _sum_of(municipalities.take(rows), Level.STATE)
    levels[Level.STATE] = _sorted(stack(levels[Level.STATE], made))


def estimate_older(counts: Counts) -> Bools:
    """Estimate people of 65+ from the ages published around them, where the count is absent.

    65+ = POBTOT − (0–14) − (15–64) is an upper bound, since it also holds the people whose age
    is not specified (0.1 % of the people in Aguascalientes); the value is that bound, no more
    than the people of 60+, and the lower bound is 0.6 of these.

    Returns
    -------
    array
        Which places got an estimate.
    """
    older, ages = INDEX["POB65_MAS"], INDEX["POB15_64"]
    known = counts.absent[:, older] & counts.published[:, ages] & np.isfinite(counts.high[:, older])
    known &= np.isnan(counts.value[:, older])
    floor = OLDER_LEAST_SHARE * counts.low[:, INDEX["P_60YMAS"]]
    high = counts.high[:, older]
    low = np.minimum(np.maximum(counts.low[:, older], floor), high)
    counts.value[known, older] = high[known]
    counts.low[known, older] = low[known]
    counts.absent[known, older] = False
    return known


def raise_bounds(levels: Mapping[Level, Counts]) -> None:
    """Narrow every parent's bounds by those of its parts, from the blocks up."""
    for child, parent in zip(LEVELS[::-1], LEVELS[-2::-1], strict=False):
        wholes, parts = levels[parent], levels[child]
        position = parent_positions(wholes.places, parts.places, parent)
        inside = position >= 0
        if not inside.any():
            continue
        size = len(wholes)
        held = np.bincount(position[inside], parts.population[inside], size)
        family = np.bincount(position[inside], minlength=size) > 0
        with np.errstate(invalid="ignore"):
            complete = family & (np.abs(held - wholes.population) <= HALF_PERSON)
            fits = family & (held <= wholes.population + HALF_PERSON)
        for column in range(len(CODES)):
            least = np.bincount(position[inside], parts.low[inside, column], size)
            most = np.bincount(position[inside], parts.high[inside, column], size)
            free = ~wholes.published[:, column] & fits
            low = np.where(free, np.maximum(wholes.low[:, column], least), wholes.low[:, column])
            high = np.where(
                free & complete, np.minimum(wholes.high[:, column], most), wholes.high[:, column]
            )
            agree = low <= high
            wholes.low[:, column] = np.where(agree, low, wholes.low[:, column])
            wholes.high[:, column] = np.where(agree, high, wholes.high[:, column])
        close_sums(wholes.low, wholes.high, wholes.published)
        settle_pinned(wholes)


def share_down(
    levels: dict[Level, Counts], *, fill_absent: bool, small_count: float, faults: Faults
) -> dict[Level, Shared]:
    """Settle every level from the states down.

    Parameters
    ----------
    levels
        Counts by level; values and bounds are settled in place.
    fill_absent
        Whether counts a source does not hold are estimated by shares of population.
    small_count
        Widest range whose middle stands for a count that no total pins down.
    faults
        Where totals that do not add up are recorded (``suma_distinta``, ``suma_excedida``).

    Returns
    -------
    dict
        What was shared into each level, with the remainders of its parents.
    """
    made: dict[Level, Shared] = {}
    settle_middle(levels[Level.STATE], small_count)
    for parent, child in pairwise(LEVELS):
        wholes, parts = levels[parent], levels[child]
        position = parent_positions(wholes.places, parts.places, parent)
        fill = np.full(len(CODES), fill_absent)
        shared = share_level(wholes, parts, position, fill_absent=fill)
        for miss in shared.mismatches:
            faults.add(
                "suma_distinta" if miss.code != "POBTOT" else "suma_excedida", parent, miss.parent,
                variable=miss.code, found=miss.total, least=miss.least, most=miss.most,
            )  # fmt: skip
        settle_middle(parts, small_count)
        if fill_absent:
            _widen_to_ranges(parts)
        made[child] = shared
    return made


def _widen_to_ranges(counts: Counts) -> None:
    """Bound the counts estimated by a city's share by how far areas stray from their city."""
    for code, (least, most) in SHARE_RANGES.items():
        column = INDEX[code]
        filled = counts.absent[:, column] & ~np.isnan(counts.value[:, column])
        value, low, high = (item[:, column] for item in (counts.value, counts.low, counts.high))
        low[filled] = np.minimum(value, np.maximum(low, value * least))[filled]
        high[filled] = np.maximum(value, np.minimum(high, value * most))[filled]
    for relation in SUMS:
        column = INDEX[relation.whole]
        parts = np.array([INDEX[part] for part in relation.parts])
        filled = np.asarray(counts.absent[:, parts].any(axis=1), dtype=bool)
        for side in (counts.low, counts.high):
            side[filled, column] = side[np.ix_(np.flatnonzero(filled), parts)].sum(axis=1)


def _sum_of(children: Counts, parent: Level) -> Counts:
    code = children.places.str[: parent.code_length]
    places = pd.Index(sorted(set(code)), name="cvegeo")
    group = places.get_indexer(code)
    size = len(places)

    def total(values: np.ndarray) -> np.ndarray:
        made = np.zeros((size, len(CODES)))
        np.add.at(made, group, values)
        return made

    absent = np.zeros((size, len(CODES)), dtype=bool)
    np.logical_or.at(absent, group, children.absent)
    value = total(children.value)
    published = np.zeros((size, len(CODES)), dtype=bool)
    if parent is Level.STATE:  # a sum of all its published parts is as good as published
        published = np.ones((size, len(CODES)), dtype=bool)
        np.logical_and.at(published, group, children.published)
    return Counts(places, value, total(children.low), total(children.high), published, absent)


def _sorted(counts: Counts) -> Counts:
    return counts.take(np.asarray(counts.places.argsort()))
