"""How good the streets around a block are for each way of walking: a score from 0 to 1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.tables import Level
from data.walking import WalkProfile, code_values, street_items

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BlockScores:
    """Scores of n blocks for p profiles.

    Parameters
    ----------
    places
        Shape (n,), ``cvegeo`` of each block, sorted.
    profiles
        Identifiers, in the order of the columns below.
    score
        Shape (n, p), from 0 (every item against) to 1 (every item in favour); NaN where no item
        that matters is known.
    unknown_share
        Shape (n, p), share of the weight whose items the block itself does not state.
    barrier
        Shape (n, p): 1 where all barrier items are missing from the streets around the block, 0
        where one is there or the profile has none, NaN where that is not known.
    """

    places: pd.Index
    profiles: tuple[str, ...]
    score: Floats
    unknown_share: Floats
    barrier: Floats


def item_values(environment: pd.DataFrame) -> pd.DataFrame:
    """Return the value of each item: 1, 0.5, 0 for all, some and no streets; unknown otherwise.

    Obstacles are reversed: 1 is a block without them.

    Parameters
    ----------
    environment
        ``data.environment.BLOCK_ENVIRONMENT`` rows.

    Returns
    -------
    DataFrame
        Indexed by ``cvegeo``, sorted; a float64 column an item.
    """
    items = street_items()
    codes = environment.set_index("cvegeo").sort_index()
    values = {}
    for name, item in items.items():
        value = codes[name].map(code_values()).astype("float64")
        values[name] = 1.0 - value if item.obstacle else value
    return pd.DataFrame(values, index=codes.index)


def fill_from_ageb(values: pd.DataFrame) -> pd.DataFrame:
    """Return values with unknown ones replaced by the mean of the AGEB's blocks for that item.

    Where no block of the AGEB states an item, it stays unknown.
    """
    ageb = values.index.str[: Level.AGEB.code_length]
    means = values.groupby(ageb).transform("mean")
    return values.fillna(means)


def score_blocks(
    environment: pd.DataFrame, profiles: Mapping[str, WalkProfile], names: Sequence[str]
) -> BlockScores:
    """Score blocks: ``Σ w·s / Σ w`` over the items that are known, for each profile.

    An item the block does not state takes its AGEB's mean; one that no block of the AGEB states
    is left out of both sums.

    Parameters
    ----------
    environment
        ``data.environment.BLOCK_ENVIRONMENT`` rows.
    profiles
        Profiles by identifier.
    names
        Those to score.

    Returns
    -------
    BlockScores
        Sorted by ``cvegeo``.
    """
    own = item_values(environment)
    filled = fill_from_ageb(own)
    items = list(own.columns)
    weights = np.array(
        [[profiles[name].weights.get(item, 0.0) for name in names] for item in items]
    ).reshape(len(items), len(names))
    known = filled.notna().to_numpy()
    total = known @ weights
    amount = filled.fillna(0.0).to_numpy() @ weights
    stated = own.notna().to_numpy() @ weights
    # Rounding may carry a mean of ones a hair past one.
    mean = np.divide(amount, total, out=np.full(total.shape, np.nan), where=total > 0)
    return BlockScores(
        places=own.index,
        profiles=tuple(names),
        score=np.clip(mean, 0.0, 1.0),
        unknown_share=1.0 - stated / weights.sum(axis=0),
        barrier=np.column_stack([_barrier(filled, profiles[name].barrier_items) for name in names]),
    )


def _barrier(values: pd.DataFrame, items: tuple[str, ...]) -> Floats:
    if not items:
        return np.zeros(len(values))
    needed = values[list(items)].to_numpy()
    passable = (needed > 0).any(axis=1)
    blocked = (needed == 0).all(axis=1)
    return np.select([passable, blocked], [0.0, 1.0], default=np.nan)


def mean_over_people(
    values: Floats, people: Floats, codes: npt.NDArray[np.intp], count: int
) -> Floats:
    """Return the mean of a value of blocks over the people of each place.

    Parameters
    ----------
    values
        Shape (n,); NaN is unknown and weighs nothing.
    people
        Shape (n,); NaN weighs nothing.
    codes
        Shape (n,): position of each block's place.
    count
        Number of places.

    Returns
    -------
    ndarray
        Shape (count,); NaN where nobody is known to live in a block with a value.
    """
    weight = np.where(np.isnan(values) | np.isnan(people), 0.0, people)
    total = np.bincount(codes, weights=weight, minlength=count)
    amount = np.bincount(codes, weights=np.nan_to_num(values) * weight, minlength=count)
    return np.divide(amount, total, out=np.full(count, np.nan), where=total > 0)
