"""How sure the figures are: one parameter at a time (tornado), and all at once (Monte Carlo)."""

from dataclasses import dataclass

import numpy as np

from geo.simulator.run import OUTCOMES, Setting, run_scenario
from geo.simulator.scenario import Scenario, parameter_ranges, parameter_values

MAX_DRAWS = 2000
_QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a tornado: an outcome at the ends of one parameter's range."""

    parameter: str
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        """How far the outcome moves."""
        return abs(self.at_high - self.at_low)


def tornado(scenario: Scenario, setting: Setting, outcome: str) -> tuple[Bar, ...]:
    """Move each parameter alone through its range and say where an outcome ends.

    Parameters
    ----------
    scenario, setting
        What is run.
    outcome
        One of ``OUTCOMES``.

    Returns
    -------
    tuple of Bar
        The widest first; parameters that move nothing are left out.
    """
    values = parameter_values(scenario)
    bars = []
    for key, (low, high) in parameter_ranges(scenario).items():
        ends = [
            run_scenario(scenario, setting, values={**values, key: end}).outcomes()[outcome]
            for end in (low, high)
        ]
        bars.append(Bar(key, *ends))
    moved = [bar for bar in bars if bar.width > 0]
    return tuple(sorted(moved, key=lambda bar: (-bar.width, bar.parameter)))


def monte_carlo(
    scenario: Scenario, setting: Setting, *, draws: int = 500, seed: int = 0
) -> dict[str, tuple[float, float, float]]:
    """Draw every parameter from its range and return the spread of each outcome.

    Each parameter is drawn on its own from the triangle (low, value, high): independent, since
    nothing is known of how they move together.

    Parameters
    ----------
    scenario, setting
        What is run.
    draws
        How many runs, at most ``MAX_DRAWS``.
    seed
        Seed of the draws: the same seed gives the same figures.

    Returns
    -------
    dict
        For each of ``OUTCOMES`` its 5th percentile, median and 95th percentile.
    """
    generator = np.random.default_rng(seed)
    values = parameter_values(scenario)
    ranges = parameter_ranges(scenario)
    drawn = {
        key: generator.triangular(low, values[key], high, draws)
        if high > low
        else np.full(draws, low)
        for key, (low, high) in ranges.items()
    }
    outcomes = [
        run_scenario(
            scenario,
            setting,
            values={**values, **{key: float(column[at]) for key, column in drawn.items()}},
        ).outcomes()
        for at in range(min(draws, MAX_DRAWS))
    ]
    spread = {}
    for name in OUTCOMES:
        low, middle, high = np.quantile([outcome[name] for outcome in outcomes], _QUANTILES)
        spread[name] = (float(low), float(middle), float(high))
    return spread
