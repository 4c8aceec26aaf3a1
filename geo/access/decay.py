"""Decay functions: how much a facility counts at a walking time.

Each is called with an array of minutes and returns weights of the same shape, between 0 and 1,
that never rise with time. ``reach_min`` is the time beyond which the weight is zero (infinite
where there is none): searching further is of no use.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import expit

from data.errors import ParameterError, Where
from data.texts import Text
from geo.access.times import Floats


class Decay(Protocol):
    """What a measure asks of a decay function."""

    @property
    def reach_min(self) -> float:
        """Minutes beyond which the weight is zero."""

    def __call__(self, minutes: Floats) -> Floats:
        """Return the weight, without unit, at each time in minutes."""


def _require_positive(name: str, value: float) -> None:
    if not (value > 0 and math.isfinite(value)):
        raise ParameterError(
            Text(
                "Un parámetro de la función de decaimiento no es positivo",
                "A parameter of the decay function is not positive",
            ),
            where=Where(column=name, value=value),
            remedy=Text("Dé un número mayor que cero", "Give a number above zero"),
        )


@dataclass(frozen=True, slots=True)
class StepDecay:
    """Weights that fall in steps: ``weights[s]`` from beyond the limit before to ``limits_min[s]``.

    A limit belongs to the step it closes (``c <= limit``, as in PySAL ``access``; the IPEA package
    counts it to the next). Beyond the last limit the weight is zero.

    Parameters
    ----------
    limits_min
        Rising limits in minutes.
    weights
        Weight of each step, between 0 and 1, never rising.

    Raises
    ------
    ParameterError
        If there are no steps, lengths differ, limits do not rise, or weights rise or leave 0–1.
    """

    limits_min: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        """Check limits and weights."""
        limits, weights = np.asarray(self.limits_min), np.asarray(self.weights)
        sound = (
            limits.size > 0
            and limits.size == weights.size
            and bool(np.all(np.isfinite(limits)))
            and bool(np.all(np.diff(limits, prepend=0.0) > 0))
            and bool(np.all(np.diff(weights, prepend=1.0) <= 0))
            and bool(weights[-1] >= 0)
        )
        if not sound:
            raise ParameterError(
                Text("Los escalones no son válidos", "The steps are not valid"),
                where=Where(column="limits_min, weights", value=(self.limits_min, self.weights)),
                remedy=Text(
                    "Dé un peso entre 0 y 1 por límite; los límites suben y los pesos no",
                    "Give one weight between 0 and 1 for each limit; limits rise, weights do not",
                ),
            )

    @property
    def reach_min(self) -> float:
        """The last limit."""
        return float(self.limits_min[-1])

    def __call__(self, minutes: Floats) -> Floats:
        """Return the weight of the step each time falls in."""
        steps = np.searchsorted(np.asarray(self.limits_min), minutes, side="left")
        weights: Floats = np.append(np.asarray(self.weights, dtype=np.float64), 0.0)[steps]
        return weights


def luo_qi_slow() -> StepDecay:
    """Return the slow step weights of Luo and Qi (2009): 1, 0.68, 0.22 to 10, 20 and 30 minutes."""
    return StepDecay((10.0, 20.0, 30.0), (1.0, 0.68, 0.22))


def luo_qi_fast() -> StepDecay:
    """Return the fast step weights of Luo and Qi (2009): 1, 0.42, 0.09 to 10, 20 and 30 minutes."""
    return StepDecay((10.0, 20.0, 30.0), (1.0, 0.42, 0.09))


@dataclass(frozen=True, slots=True)
class BinaryDecay:
    """Weight 1 up to ``limit_min`` minutes, that time included, and 0 beyond."""

    limit_min: float

    def __post_init__(self) -> None:
        """Check the limit."""
        _require_positive("limit_min", self.limit_min)

    @property
    def reach_min(self) -> float:
        """The limit."""
        return self.limit_min

    def __call__(self, minutes: Floats) -> Floats:
        """Return 1 within the limit and 0 beyond."""
        return (minutes <= self.limit_min).astype(np.float64)


@dataclass(frozen=True, slots=True)
class LinearDecay:
    """``max(0, 1 - c / limit_min)``: from 1 on the spot to 0 at ``limit_min`` minutes."""

    limit_min: float

    def __post_init__(self) -> None:
        """Check the limit."""
        _require_positive("limit_min", self.limit_min)

    @property
    def reach_min(self) -> float:
        """The limit."""
        return self.limit_min

    def __call__(self, minutes: Floats) -> Floats:
        """Return the weight at each time."""
        weights: Floats = np.maximum(1.0 - minutes / self.limit_min, 0.0)
        return weights


@dataclass(frozen=True, slots=True)
class ExponentialDecay:
    """``exp(-rate c)``, with ``rate_per_min`` in 1/minute; never zero."""

    rate_per_min: float

    def __post_init__(self) -> None:
        """Check the rate."""
        _require_positive("rate_per_min", self.rate_per_min)

    @property
    def reach_min(self) -> float:
        """Infinite."""
        return math.inf

    def __call__(self, minutes: Floats) -> Floats:
        """Return the weight at each time."""
        weights: Floats = np.exp(-self.rate_per_min * minutes)
        return weights


@dataclass(frozen=True, slots=True)
class GaussianDecay:
    """``exp(-c² / 2 sigma²)``, with ``sigma_min`` in minutes; neither normalised nor cut.

    The form of PySAL ``access``. :class:`DaiDecay` is the one that ends at a limit.
    """

    sigma_min: float

    def __post_init__(self) -> None:
        """Check the width."""
        _require_positive("sigma_min", self.sigma_min)

    @property
    def reach_min(self) -> float:
        """Infinite."""
        return math.inf

    def __call__(self, minutes: Floats) -> Floats:
        """Return the weight at each time."""
        weights: Floats = np.exp(-0.5 * np.square(minutes / self.sigma_min))
        return weights


@dataclass(frozen=True, slots=True)
class DaiDecay:
    """``(exp(-(c/d)²/2) - exp(-1/2)) / (1 - exp(-1/2))`` up to ``limit_min = d``, then 0.

    Gaussian that runs from 1 on the spot to 0 at the limit of the catchment (Dai, 2010).
    """

    limit_min: float

    def __post_init__(self) -> None:
        """Check the limit."""
        _require_positive("limit_min", self.limit_min)

    @property
    def reach_min(self) -> float:
        """The limit."""
        return self.limit_min

    def __call__(self, minutes: Floats) -> Floats:
        """Return the weight at each time."""
        floor = math.exp(-0.5)
        bell = np.exp(-0.5 * np.square(minutes / self.limit_min))
        weights: Floats = np.maximum((bell - floor) / (1.0 - floor), 0.0)
        return weights


@dataclass(frozen=True, slots=True)
class LogisticDecay:
    """``1 / (1 + exp((c - midpoint) π / (deviation √3)))``: one half at the midpoint.

    Parameters
    ----------
    midpoint_min
        Time, in minutes, at which the weight is one half.
    deviation_min
        Standard deviation, in minutes, of the logistic distribution whose tail this is.
    """

    midpoint_min: float
    deviation_min: float

    def __post_init__(self) -> None:
        """Check midpoint and deviation."""
        _require_positive("midpoint_min", self.midpoint_min)
        _require_positive("deviation_min", self.deviation_min)

    @property
    def reach_min(self) -> float:
        """Infinite."""
        return math.inf

    def __call__(self, minutes: Floats) -> Floats:
        """Return the weight at each time."""
        steepness = math.pi / (self.deviation_min * math.sqrt(3.0))
        weights: Floats = expit(steepness * (self.midpoint_min - minutes))
        return weights


@dataclass(frozen=True, slots=True)
class PowerDecay:
    """``max(c, 1) ** -exponent``: the first minute counts in full, so no weight exceeds 1."""

    exponent: float

    def __post_init__(self) -> None:
        """Check the exponent."""
        _require_positive("exponent", self.exponent)

    @property
    def reach_min(self) -> float:
        """Infinite."""
        return math.inf

    def __call__(self, minutes: Floats) -> Floats:
        """Return the weight at each time."""
        weights: Floats = np.maximum(minutes, 1.0) ** -self.exponent
        return weights


@dataclass(frozen=True, slots=True)
class UniformDecay:
    """Weight 1 at any time in the table: distance does not count within it."""

    @property
    def reach_min(self) -> float:
        """Infinite."""
        return math.inf

    def __call__(self, minutes: Floats) -> Floats:
        """Return 1 at each time."""
        return np.ones_like(minutes)
