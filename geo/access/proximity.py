"""Measures that ask only what is near: the nearest, the k nearest, and what lies within a time."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError, Where
from data.texts import Text
from geo.access.amounts import Unknown, checked_amounts
from geo.access.decay import Decay
from geo.access.times import Floats, Ints, TravelTimes

REACHES = "alcanza"
OUT_OF_REACH = "fuera_de_alcance"
NOT_COMPUTED = "no_calculado"
NO_FACILITY = -1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Nearest:
    """The nearest facilities of each cell, nearest first.

    Parameters
    ----------
    minutes
        Shape (n_cells, k): walking minutes; NaN where there is no such facility in reach.
    facility
        Shape (n_cells, k): position of the facility, ``NO_FACILITY`` where there is none.
    reach
        Shape (n_cells,): ``alcanza``, ``fuera_de_alcance`` (measured, nothing in reach) or
        ``no_calculado`` (the walk could not be measured).
    """

    minutes: Floats
    facility: Ints
    reach: npt.NDArray[np.str_]


def k_nearest(times: TravelTimes, k: int) -> Nearest:
    """Find the ``k`` facilities nearest to each cell; of equal times, the lower position first.

    Parameters
    ----------
    times
        Walking times.
    k
        How many, at least 1.

    Raises
    ------
    ParameterError
        If ``k`` is below 1.
    """
    if k < 1:
        raise ParameterError(
            Text("Se pidió menos de un centro", "Fewer than one facility was asked for"),
            where=Where(column="k", value=k),
            remedy=Text("Pida al menos 1", "Ask for at least 1"),
        )
    order = np.lexsort((times.facility, times.minutes, times.cell))
    cell = times.cell[order]
    counts = np.bincount(cell, minlength=times.n_cells)
    starts = np.cumsum(counts) - counts
    rank = np.arange(cell.size) - starts[cell]
    kept = rank < k
    minutes = np.full((times.n_cells, k), np.nan)
    facility = np.full((times.n_cells, k), NO_FACILITY, dtype=np.int32)
    minutes[cell[kept], rank[kept]] = times.minutes[order][kept]
    facility[cell[kept], rank[kept]] = times.facility[order][kept]
    return Nearest(minutes=minutes, facility=facility, reach=reach_states(times))


def nearest(times: TravelTimes) -> Nearest:
    """Find the facility nearest to each cell: ``min_j c_ij``, in minutes.

    Returns
    -------
    Nearest
        With one column.
    """
    return k_nearest(times, 1)


def reach_states(times: TravelTimes) -> npt.NDArray[np.str_]:
    """Say of each cell whether it reaches any facility; shape (n_cells,)."""
    reaches = np.bincount(times.cell, minlength=times.n_cells) > 0
    states = np.where(reaches, REACHES, OUT_OF_REACH)
    if times.measured is not None:
        states = np.where(times.measured, states, NOT_COMPUTED)
    return states


def cumulative(
    times: TravelTimes,
    limit_min: float,
    places: npt.ArrayLike | None = None,
    *,
    unknown: Unknown = "refuse",
) -> Floats:
    """Count centres, or add up their places, within a time: ``Σ_j S_j [c_ij ≤ limit]``.

    Parameters
    ----------
    times
        Walking times.
    limit_min
        Minutes, included.
    places
        Shape (n_facilities,): places of each; None counts centres.
    unknown
        What to do with unknown places.

    Returns
    -------
    ndarray
        Shape (n_cells,): places or centres. 0 where nothing is within; NaN where not measured.
    """
    offered = (
        np.ones(times.n_facilities)
        if places is None
        else checked_amounts(places, shape=(times.n_facilities,), column="places", unknown=unknown)
    )
    near = times.within(limit_min)
    return near.unknown_where_unmeasured(near.sum_by_cell(offered[near.facility]))


def hansen(
    times: TravelTimes,
    places: npt.ArrayLike,
    decay: Decay,
    *,
    unknown: Unknown = "refuse",
) -> Floats:
    """Add up places, the nearer the more: ``A_i = Σ_j S_j f(c_ij)`` (Hansen, 1959).

    Parameters
    ----------
    times
        Walking times.
    places
        Shape (n_facilities,): places of each facility.
    decay
        Weight by time.
    unknown
        What to do with unknown places.

    Returns
    -------
    ndarray
        Shape (n_cells,): places, weighted. 0 where nothing is in reach; NaN where not measured.
    """
    offered = checked_amounts(places, shape=(times.n_facilities,), column="places", unknown=unknown)
    scores = times.sum_by_cell(offered[times.facility] * decay(times.minutes))
    return times.unknown_where_unmeasured(scores)


def balancing_cost(
    times: TravelTimes,
    people: npt.ArrayLike,
    places: npt.ArrayLike,
    *,
    increment_min: float | None = None,
    unknown: Unknown = "refuse",
) -> Floats:
    """Find the time at which the opportunities in reach exceed the people of the cell.

    The least ``c`` with ``Σ_j S_j [c_ij ≤ c] > P_i``, strictly (Barboza and others, 2021, through
    the IPEA package ``accessibility``).

    Parameters
    ----------
    times
        Walking times.
    people
        Shape (n_cells,): people of each cell.
    places
        Shape (n_facilities,): places of each facility.
    increment_min
        Round the time up to a multiple of this many minutes, as the IPEA package does with 1;
        None gives the time itself.
    unknown
        What to do with unknown places. A cell of unknown people has an unknown cost.

    Returns
    -------
    ndarray
        Shape (n_cells,): minutes; NaN where what is in reach never exceeds the people.
    """
    own = checked_amounts(people, shape=(times.n_cells,), column="people", unknown=unknown)
    offered = checked_amounts(places, shape=(times.n_facilities,), column="places", unknown=unknown)
    order = np.lexsort((times.minutes, times.cell))
    cell, minutes = times.cell[order], times.minutes[order]
    counts = np.bincount(cell, minlength=times.n_cells)
    gathered = np.cumsum(offered[times.facility[order]])
    before = np.concatenate(([0.0], gathered))[np.cumsum(counts) - counts]
    exceeds = np.flatnonzero(gathered - before[cell] > own[cell])
    costs = np.full(times.n_cells, np.nan)
    # Written from the last to the first, so that the least time of each cell remains.
    costs[cell[exceeds[::-1]]] = minutes[exceeds[::-1]]
    costs[np.isnan(np.asarray(people, dtype=np.float64))] = np.nan
    if increment_min is not None:
        costs = np.ceil(costs / increment_min) * increment_min
    return times.unknown_where_unmeasured(costs)
