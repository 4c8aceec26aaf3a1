"""How sure the figures are: one parameter at a time (tornado), and all at once (Monte Carlo).

All runs are made together: a parameter is then a column of values (:mod:`geo.simulator.plan`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.simulator.plan import InUse, users_share
from geo.simulator.run import PLACES_TODAY, Prepared, account
from geo.simulator.scenario import parameter_ranges, parameter_values
from geo.simulator.setting import BOUNDS

Floats = npt.NDArray[np.float64]

MAX_DRAWS = 2000
_QUANTILES = (0.05, 0.5, 0.95)
# An outcome moves if it does by more than sums of floats stray, as a share of it.
_MOVES = 1e-9
# Chance of the low, the chosen and the high estimate of today's places: the three points that keep
# the mean and spread of a distribution known by its 5th, 50th and 95th percentiles.
# Source: Keefer and Bodily (1983), doi:10.1287/mnsc.29.5.595.
_PLACES_CHANCES = (0.185, 0.63, 0.185)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a tornado: an outcome at the ends of one parameter's range.

    ``low`` and ``high`` are the parameter's values there; None for today's places.
    """

    parameter: str
    low: float | None
    high: float | None
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        """How far the outcome moves."""
        return abs(self.at_high - self.at_low)


def tornado(prepared: Prepared, outcomes: Sequence[str]) -> dict[str, tuple[Bar, ...]]:
    """Move each parameter alone through its range and say where outcomes end.

    Parameters
    ----------
    prepared
        What is run, and where.
    outcomes
        Some of ``OUTCOMES``; those that need a matrix are left out without one.

    Returns
    -------
    dict
        For each outcome its bars, the widest first; parameters that move nothing are left out.
    """
    values, ranges = parameter_values(prepared.scenario), parameter_ranges(prepared.scenario)
    keys = list(ranges)
    rows = 2 * len(keys) + 2
    columns = {key: np.full(rows, value) for key, value in values.items()}
    for at, key in enumerate(keys):
        columns[key][2 * at : 2 * at + 2] = ranges[key]
    bounds = [prepared.scenario.places] * (rows - 2) + ["low", "high"]
    found = _outcomes(prepared, columns, np.array(bounds))
    told: list[tuple[str, float | None, float | None]] = [
        (key, *ranges[key]) for key in keys
    ]  # fmt: skip
    told.append((PLACES_TODAY, None, None))
    bars = {}
    for outcome in outcomes:
        if outcome not in found:
            continue
        ends = found[outcome].reshape(-1, 2).tolist()
        made = [Bar(*one, *two) for one, two in zip(told, ends, strict=True)]
        moved = [bar for bar in made if bar.width > _MOVES * max(1.0, abs(bar.at_low))]
        bars[outcome] = tuple(sorted(moved, key=lambda bar: (-bar.width, bar.parameter)))
    return bars


def monte_carlo(
    prepared: Prepared, *, draws: int = 500, seed: int = 0
) -> dict[str, tuple[float, float, float]]:
    """Draw every parameter from its range and return the spread of each outcome.

    Each parameter is drawn on its own from the triangle (low, value, high): independent, since
    nothing is known of how they move together. Today's places are their low, chosen or high
    estimate.

    Parameters
    ----------
    prepared
        What is run, and where.
    draws
        How many runs, at most ``MAX_DRAWS``.
    seed
        Seed of the draws: the same seed gives the same figures.

    Returns
    -------
    dict
        For each outcome its 5th percentile, median and 95th percentile.
    """
    generator = np.random.default_rng(seed)
    size = min(draws, MAX_DRAWS)
    columns = {
        key: np.full(size, value) for key, value in parameter_values(prepared.scenario).items()
    }
    for key, (low, high) in parameter_ranges(prepared.scenario).items():
        if high > low:
            columns[key] = generator.triangular(low, columns[key][0], high, size)
    chosen = ("low", prepared.scenario.places, "high")
    bounds = generator.choice(np.array(chosen), size, p=_PLACES_CHANCES)
    spread = {}
    for name, drawn in _outcomes(prepared, columns, bounds).items():
        low, middle, high = np.quantile(drawn, _QUANTILES)
        spread[name] = (float(low), float(middle), float(high))
    return spread


def _outcomes(
    prepared: Prepared, columns: Mapping[str, Floats], bounds: npt.NDArray[np.str_]
) -> dict[str, Floats]:
    """Return outcomes of d runs, shape (d,): parameters and the estimate of today's places.

    Outcomes are of the last year, or add up to what there is in it: that year alone is accounted.
    """
    values = {key: column[:, None] for key, column in columns.items()}
    looked_at = min(2, len(prepared.scenario.years))
    places = []
    for at, service in enumerate(prepared.scenario.services):
        share = np.asarray(users_share(service, values))
        more = np.zeros((len(bounds), looked_at))
        today = np.zeros((len(bounds), 1))
        for bound in BOUNDS:
            chosen = bounds == bound
            if chosen.any():
                opening = prepared.openings[bound][at]
                more[chosen] = opening.total(share[chosen], last=looked_at)
                today[chosen] = opening.existing_total
        before = more[:, :1] if looked_at > 1 else 0.0
        places.append(InUse(more[:, -1:], before, today))
    return account(prepared, values, places=places).outcomes()
