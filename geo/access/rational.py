"""RAAM: what care costs in time when everyone chooses, and crowding counts as time."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from data.errors import ParameterError, Where
from data.texts import Text
from geo.access.amounts import Unknown, checked_amounts
from geo.access.times import Floats, Ints, TravelTimes


class RationalAccess(NamedTuple):
    """Result of :func:`rational_access`.

    ``minutes`` has shape (n_cells,): walk plus crowding, in minutes, lower is better; NaN where
    no facility with places is in reach, or where not measured. ``load`` has shape (n_facilities,):
    people who choose each facility. ``gap_min`` is how far, at most, anyone could still improve by
    changing facility, in minutes; ``rounds`` how many times everyone chose.
    """

    minutes: Floats
    load: Floats
    gap_min: float
    rounds: int


class _Choices(NamedTuple):
    """Pairs sorted by cell, and who chose what; the arrays are filled in place."""

    starts: npt.NDArray[np.int64]
    facility: Ints
    minutes: Floats
    scarcity: Floats
    chosen: Floats
    load: Floats


def rational_access(
    times: TravelTimes,
    people: npt.ArrayLike,
    places: npt.ArrayLike,
    *,
    tau_min: float,
    tolerance_min: float = 0.01,
    max_rounds: int = 500,
    unknown: Unknown = "refuse",
) -> RationalAccess:
    """Rational agent access model (Saxon and Snow, 2020).

    People choose the facility of least cost ``c_ij + tau · (D_j / S_j) / rho``, where ``D_j`` are
    the people who choose it and ``rho`` is people over places in the whole area; at the end
    nobody gains by changing. People are divisible, so the end state is the exact equilibrium (a
    convex problem, solved cell by cell); PySAL ``access`` moves whole people towards it.

    Parameters
    ----------
    times
        Walking times.
    people
        Shape (n_cells,): people.
    places
        Shape (n_facilities,): places.
    tau_min
        Minutes one is willing to walk to avoid crowding of the area's mean.
    tolerance_min
        Stop when nobody could gain more than this, in minutes.
    max_rounds
        Stop after this many rounds, and say with ``gap_min`` how far it is from done.
    unknown
        What to do with unknown people or places.

    Raises
    ------
    ParameterError
        If ``tau_min`` is not positive.
    InputError
        As in :func:`geo.access.two_step`.
    """
    if not tau_min > 0:
        raise ParameterError(
            Text("tau_min no es positivo", "tau_min is not positive"),
            where=Where(column="tau_min", value=tau_min),
            remedy=Text("Dé minutos, más de cero", "Give minutes above zero"),
        )
    demand = checked_amounts(people, shape=(times.n_cells,), column="people", unknown=unknown)
    supply = checked_amounts(places, shape=(times.n_facilities,), column="places", unknown=unknown)
    offered = times.where(supply[times.facility] > 0)
    case = _sorted_choices(offered, demand, supply, tau_min)
    rounds, gap = _settle(case, demand, tolerance_min, max_rounds)
    crowding = np.where(case.load > 0, case.load * case.scarcity, 0.0)
    costs = np.full(times.n_cells, np.nan)
    filled = np.flatnonzero(np.diff(case.starts))
    if filled.size:
        costs[filled] = np.minimum.reduceat(
            case.minutes + crowding[case.facility], case.starts[filled]
        )
    return RationalAccess(times.unknown_where_unmeasured(costs), case.load, float(gap), int(rounds))


def _sorted_choices(
    offered: TravelTimes, demand: Floats, supply: Floats, tau_min: float
) -> _Choices:
    order = np.lexsort((offered.facility, offered.cell))
    ends = np.cumsum(np.bincount(offered.cell, minlength=offered.n_cells))
    scarcity = np.zeros(offered.n_facilities)
    people = float(demand.sum())
    if people > 0:
        # Minutes of crowding that one more person brings to each facility.
        scarcity[supply > 0] = tau_min * float(supply.sum()) / (people * supply[supply > 0])
    return _Choices(
        starts=np.concatenate(([0], ends)).astype(np.int64),
        facility=offered.facility[order],
        minutes=offered.minutes[order],
        scarcity=scarcity,
        chosen=np.zeros(offered.n_pairs),
        load=np.zeros(offered.n_facilities),
    )


def _regret_plain(case: _Choices, first: int, last: int) -> float:
    """Return the minutes the worst placed of a cell's people would gain by changing facility."""
    least, worst = np.inf, -np.inf
    for pair in range(first, last):
        facility = case.facility[pair]
        cost = case.minutes[pair] + case.load[facility] * case.scarcity[facility]
        least = min(least, cost)
        if case.chosen[pair] > 0.0:
            worst = max(worst, cost)
    return max(worst - least, 0.0)


def _fill_plain(case: _Choices, first: int, last: int, people: float) -> None:
    """Split a cell's people over its facilities at one common cost, as water finds its level.

    Given the cost ``b_j`` without them and the slope ``m_j``, the level ``z`` solves
    ``Σ_j max(0, z - b_j) / m_j = people``.
    """
    bases = np.empty(last - first)
    for pair in range(first, last):
        facility = case.facility[pair]
        others = max(case.load[facility] - case.chosen[pair], 0.0)
        bases[pair - first] = case.minutes[pair] + others * case.scarcity[facility]
    width, height, level = 0.0, 0.0, np.inf
    for position in np.argsort(bases):
        if bases[position] >= level:
            break
        slope = case.scarcity[case.facility[first + position]]
        width += 1.0 / slope
        height += bases[position] / slope
        level = (people + height) / width
    for pair in range(first, last):
        facility = case.facility[pair]
        share = max(level - bases[pair - first], 0.0) / case.scarcity[facility]
        case.load[facility] += share - case.chosen[pair]
        case.chosen[pair] = share


_regret = njit(cache=True)(_regret_plain)
_fill = njit(cache=True)(_fill_plain)


def _settle_plain(
    case: _Choices, demand: Floats, tolerance: float, max_rounds: int
) -> tuple[int, float]:
    """Let each cell in turn answer to all others until nobody gains by changing."""
    gap = np.inf
    for done in range(max_rounds):
        gap = 0.0
        for cell in range(demand.size):
            first, last = case.starts[cell], case.starts[cell + 1]
            if demand[cell] > 0.0 and last > first:
                if done > 0:
                    gap = max(gap, _regret(case, first, last))
                _fill(case, first, last, demand[cell])
        if done > 0 and gap <= tolerance:
            return done + 1, gap
    return max_rounds, gap


_settle = njit(cache=True)(_settle_plain)
