"""How much the ranking of places hangs on choices nobody can prove right: one variant at a time.

Places per person in reach (E2SFCA) are computed again with another catchment, decay, way of walking
or estimate of places, and the order of the AGEB of each municipality is set against the published
one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.access import DaiDecay, Decay, StepDecay, TravelTimes, two_step

Floats = npt.NDArray[np.float64]
DecayName = Literal["escalones", "gaussiana"]
Estimate = Literal["minimo", "central", "maximo"]

DECAYS: tuple[DecayName, ...] = ("escalones", "gaussiana")
ESTIMATES: tuple[Estimate, ...] = ("minimo", "central", "maximo")
GENERAL = "general"
# Below so many places an order, let alone its fifths, says nothing.
MIN_PLACES = 5
_FIFTHS = 5


@dataclass(frozen=True, slots=True)
class Variant:
    """One set of choices.

    Parameters
    ----------
    minutes
        Reach of the catchment.
    decay
        ``escalones`` (the method's step weights, stretched to the reach) or ``gaussiana`` (Dai's).
    profile
        Way of walking; ``general`` is the plain one.
    places
        Which estimate of places: ``minimo``, ``central`` or ``maximo``.
    """

    minutes: float
    decay: DecayName
    profile: str
    places: Estimate


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a ranking moved.

    Parameters
    ----------
    places
        Places compared: those with a value in both rankings.
    spearman
        Rank correlation, ties at their average rank; NaN where one of the rankings is all ties or
        there are fewer than ``MIN_PLACES``.
    quintile_change_share
        Share of places that change fifth; NaN likewise.
    """

    places: int
    spearman: float
    quintile_change_share: float


def variants(minutes: Sequence[float], profiles: Sequence[str]) -> tuple[Variant, ...]:
    """Return every combination of the choices, in a fixed order."""
    return tuple(Variant(*choice) for choice in product(minutes, DECAYS, profiles, ESTIMATES))


def published(limits_min: Sequence[float]) -> Variant:
    """Return the variant that is published: the method's catchment, walked plainly."""
    return Variant(float(limits_min[-1]), "escalones", GENERAL, "central")


def decay_of(variant: Variant, limits_min: Sequence[float], weights: Sequence[float]) -> Decay:
    """Return the decay of a variant.

    Parameters
    ----------
    variant
        The variant.
    limits_min, weights
        The method's steps; limits are stretched so that the last one is the variant's reach.
    """
    if variant.decay == "gaussiana":
        return DaiDecay(variant.minutes)
    stretch = variant.minutes / limits_min[-1]
    return StepDecay(tuple(limit * stretch for limit in limits_min), tuple(weights))


def access_of_places(
    times: TravelTimes,
    people: Floats,
    places: Floats,
    decay: Decay,
    codes: npt.NDArray[np.intp],
    count: int,
) -> Floats:
    """Return E2SFCA of places: the mean of their cells over people.

    Parameters
    ----------
    times
        Walking times within the variant's reach at least.
    people, places
        Shape (cells,) and (facilities,); NaN is unknown and left out.
    decay
        Decay of the variant.
    codes
        Shape (cells,): position of each cell's place, −1 for none.
    count
        Number of places.

    Returns
    -------
    ndarray
        Shape (count,), places per person; NaN where nobody lives in measured cells.
    """
    score = two_step(times.within(decay.reach_min), people, places, decay, unknown="leave_out")
    used = (codes >= 0) & (people > 0) & ~np.isnan(score)
    total = np.bincount(codes[used], weights=people[used], minlength=count)
    amount = np.bincount(codes[used], weights=(people * score)[used], minlength=count)
    return np.divide(amount, total, out=np.full(count, np.nan), where=total > 0)


def rank_shift(base: Floats, other: Floats) -> Shift:
    """Set one ranking of places against another.

    Spearman's correlation is Pearson's of the ranks, ties at their average. A place of rank r among
    n is in fifth ``⌈5 (r − ½) / n⌉``, so tied places are in one fifth.

    Parameters
    ----------
    base, other
        Shape (places,); NaN is unknown and left out of both.
    """
    known = ~(np.isnan(base) | np.isnan(other))
    count = int(known.sum())
    if count < MIN_PLACES:
        return Shift(count, np.nan, np.nan)
    ranks = [pd.Series(values[known]).rank().to_numpy() for values in (base, other)]
    fifths = [np.ceil(_FIFTHS * (rank - 0.5) / count) for rank in ranks]
    return Shift(count, _correlation(*ranks), float(np.mean(fifths[0] != fifths[1])))


def _correlation(first: Floats, second: Floats) -> float:
    one, two = first - first.mean(), second - second.mean()
    spread = float(np.sqrt((one**2).sum() * (two**2).sum()))
    return float((one * two).sum() / spread) if spread > 0 else np.nan
