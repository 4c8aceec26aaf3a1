"""What an edge costs each way of walking: decimetres of flat, plain street that take as long."""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.walking import WalkProfile
from geo.network import Floats, Integers
from geo.walkability.edges import Pieces

Barriers = Literal["impassable", "slowed"]

IMPASSABLE = -1
# An edge that takes longer than any search lasts is passable all the same.
_LONGEST_DM = 1_000_000_000
# Share of an edge that blocks must lie along for them to bar it.
_MOSTLY = 0.5
# Tobler (1993): 6 km/h at most, on a way down of 5 %; a factor 3.5 of slope.
_TOBLER_RATE = 3.5
_TOBLER_BEST = 0.05


@dataclass(frozen=True, slots=True)
class EdgeCosts:
    """Costs of every edge for one profile.

    Parameters
    ----------
    forward_dm, backward_dm
        Shape (edges,), from ``edge_from`` to ``edge_to`` and back: decimetres that take as long at
        the general speed, at least 1; −1 for an impassable edge.
    """

    forward_dm: Integers
    backward_dm: Integers

    @classmethod
    def of(cls, table: pd.DataFrame, profile: str) -> Self:
        """Return the costs of one profile from the table of a network's costs."""
        ways = (table[f"{profile}_{way}_dm"].to_numpy("int32") for way in ("forward", "backward"))
        return cls(*ways)

    @property
    def impassable(self) -> npt.NDArray[np.bool_]:
        """Shape (edges,): whether an edge cannot be walked in either direction."""
        return (self.forward_dm == IMPASSABLE) & (self.backward_dm == IMPASSABLE)


def tobler_factor(slope: Floats) -> Floats:
    """Return walking speed on a slope as a share of that on flat ground.

    ``exp(−3.5 |s + 0.05|) / exp(−3.5 · 0.05)`` (Tobler, 1993, normalised): 1 on the flat, 1.19 on a
    gentle way down, 0.70 on 10 % up.

    Parameters
    ----------
    slope
        Rise over run, positive uphill; NaN is taken as flat.
    """
    known = np.where(np.isnan(slope), 0.0, slope)
    factor: Floats = np.exp(-_TOBLER_RATE * (np.abs(known + _TOBLER_BEST) - _TOBLER_BEST))
    return factor


def slope_factor(slope: Floats, profile: WalkProfile) -> Floats:
    """Return the share of flat speed a profile keeps on a slope; its limits included."""
    factor = tobler_factor(slope)
    if not profile.downhill_gain:
        factor = np.minimum(factor, 1.0)
    if profile.slope_hard is not None and profile.slope_hard_factor is not None:
        hard = np.abs(slope) >= profile.slope_hard
        factor = np.where(hard, factor * profile.slope_hard_factor, factor)
    return factor


def score_factor(score: Floats, profile: WalkProfile) -> Floats:
    """Return the share of the profile's speed kept on a street of a score; unknown keeps it all.

    ``slowest + (1 − slowest) · score``.
    """
    slowest = profile.slowest_factor
    factor: Floats = np.where(np.isnan(score), 1.0, slowest + (1.0 - slowest) * score)
    return factor


def edge_costs(
    length_dm: Integers,
    profile: WalkProfile,
    *,
    general_speed_m_per_min: float,
    score: Floats | None = None,
    barrier: Floats | None = None,
    faced_share: Floats | None = None,
    barriers: Barriers = "impassable",
    pieces: Pieces | None = None,
    slope: Floats | None = None,
) -> EdgeCosts:
    """Return the cost of every edge in both directions.

    ``length · general speed / (profile's speed · score factor · slope factor)``, the slope factor
    being the harmonic mean over the edge's pieces, and the score factor that of the part of the
    edge along which blocks lie.

    Parameters
    ----------
    length_dm
        Shape (edges,).
    profile
        Who walks.
    general_speed_m_per_min
        Speed at which decimetres turn into minutes in every search.
    score
        Shape (edges,), 0–1; NaN or None is unknown: the profile's full speed.
    barrier
        Shape (edges,), share of what the edge faces that is a barrier. An edge is a barrier where
        all of it is, since people take the better side, and blocks lie along half of it at least.
    faced_share
        Shape (edges,), share of the edge along which blocks lie; on the rest, a road between towns
        for instance, nothing is known and speed is full. None is all of it.
    barriers
        Whether a barrier is impassable or walked at the profile's slowed speed.
    pieces, slope
        Edges cut in pieces, and the slope of each along the edge, shape (pieces,); NaN is flat.
    """
    edges = len(length_dm)
    faced = np.ones(edges) if faced_share is None else faced_share
    speed = np.ones(edges) if score is None else score_factor(score, profile)
    blocked = np.zeros(edges, dtype=bool)
    if barrier is not None:
        blocked = (barrier == 1.0) & (faced >= _MOSTLY)
    if barriers == "slowed" and profile.barrier_slowed_factor is not None:
        speed = np.where(blocked, np.minimum(speed, profile.barrier_slowed_factor), speed)
        blocked = np.zeros(edges, dtype=bool)
    if pieces is not None and slope is not None and profile.slope_max is not None:
        blocked = blocked | _any_by_edge(pieces, np.abs(slope) > profile.slope_max, edges)
    base = length_dm * (general_speed_m_per_min / profile.speed_m_per_min)
    base = base * (faced / speed + (1.0 - faced))
    ways = []
    for sign in (1.0, -1.0):
        longer = np.ones(edges)
        if pieces is not None and slope is not None:
            longer = mean_by_edge(pieces, 1.0 / slope_factor(sign * slope, profile), edges)
        cost = np.clip(np.round(base * longer), 1, _LONGEST_DM)
        ways.append(np.where(blocked, IMPASSABLE, cost).astype(np.int32))
    return EdgeCosts(*ways)


def mean_by_edge(pieces: Pieces, values: Floats | npt.NDArray[np.bool_], edges: int) -> Floats:
    """Return the mean of a value of pieces over each edge's length, 1 where it has none."""
    total = np.bincount(pieces.edge, weights=pieces.length_m, minlength=edges)
    amount = np.bincount(pieces.edge, weights=pieces.length_m * values, minlength=edges)
    return np.divide(amount, total, out=np.ones(edges), where=total > 0)


def _any_by_edge(pieces: Pieces, flags: npt.NDArray[np.bool_], edges: int) -> npt.NDArray[np.bool_]:
    return np.bincount(pieces.edge, weights=flags, minlength=edges) > 0


def piece_slopes(pieces: Pieces, heights: tuple[Floats, Floats], baseline_m: float) -> Floats:
    """Return the slope of each piece from heights half a baseline behind and ahead of its middle.

    One baseline for all keeps the error of the model's heights from turning into cliffs on short
    pieces.

    Parameters
    ----------
    pieces
        Edges cut in pieces.
    heights
        Heights behind and ahead, metres, each of shape (pieces,); NaN is unknown.
    baseline_m
        Distance between the two.
    """
    behind, ahead = heights
    slope: Floats = (ahead - behind) / baseline_m
    slope[(pieces.direction == 0).all(axis=1)] = np.nan
    return slope


def height_points(pieces: Pieces, baseline_m: float) -> tuple[Floats, Floats]:
    """Return where heights are taken: shape (pieces, 2) each, behind and ahead of every middle."""
    half = pieces.direction * (baseline_m / 2)
    return pieces.middle - half, pieces.middle + half
