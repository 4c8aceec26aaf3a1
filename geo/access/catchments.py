"""Floating catchment areas: places for each person in reach, competition for them included.

Facilities without anyone in reach have no ratio: theirs is NaN (unknown), not 0/0 and not
infinite. A cell that reaches such a facility, which only a cell without people can, has an
unknown score; one that reaches nothing has a score of zero, since no place is in its reach.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data.errors import InputError, Where
from data.texts import Text
from geo.access.amounts import Unknown, checked_amounts
from geo.access.decay import Decay
from geo.access.times import Floats, Mask, TravelTimes


class _Catchments(NamedTuple):
    """People, places and the weight of each pair."""

    people: Floats
    places: Floats
    weights: Floats


def _prepare(
    times: TravelTimes,
    people: npt.ArrayLike,
    places: npt.ArrayLike,
    decay: Decay,
    unknown: Unknown,
) -> _Catchments:
    return _Catchments(
        checked_amounts(people, shape=(times.n_cells,), column="people", unknown=unknown),
        checked_amounts(places, shape=(times.n_facilities,), column="places", unknown=unknown),
        decay(times.minutes),
    )


def ratios(places: Floats, competing: Floats) -> Floats:
    """Return ``S_j / D_j``; 0 where there are no places, NaN where there are and nobody competes.

    Parameters
    ----------
    places
        Places of each facility.
    competing
        People who compete for them, weighted; same shape.
    """
    safe = np.where(competing > 0, competing, 1.0)
    shared: Floats = np.where(competing > 0, places / safe, np.nan)
    shared[places == 0] = 0.0
    return shared


def _gather(times: TravelTimes, ratio: Floats, weights: Floats) -> Floats:
    # A pair of weight zero does not reach: it must not spread an unknown ratio.
    shares = np.where(weights > 0, ratio[times.facility] * weights, 0.0)
    return times.unknown_where_unmeasured(times.sum_by_cell(shares))


def catchment_ratios(
    times: TravelTimes,
    people: npt.ArrayLike,
    places: npt.ArrayLike,
    decay: Decay,
    *,
    unknown: Unknown = "refuse",
) -> Floats:
    """Return places per person of each facility: ``R_j = S_j / Σ_k P_k f(c_kj)``.

    The first step of :func:`two_step`, with its parameters.

    Returns
    -------
    ndarray
        Shape (n_facilities,): places per person; NaN where nobody is in reach.
    """
    case = _prepare(times, people, places, decay, unknown)
    return ratios(case.places, times.sum_by_facility(case.people[times.cell] * case.weights))


def two_step(
    times: TravelTimes,
    people: npt.ArrayLike,
    places: npt.ArrayLike,
    decay: Decay,
    *,
    unknown: Unknown = "refuse",
) -> Floats:
    """Two-step floating catchment areas, plain or enhanced.

    ``R_j = S_j / Σ_k P_k f(c_kj)``, ``A_i = Σ_j R_j f(c_ij)``. With :class:`BinaryDecay` it is
    2SFCA (Luo and Wang, 2003), with :class:`StepDecay` E2SFCA (Luo and Qi, 2009), with
    :class:`DaiDecay` the Gaussian form (Dai, 2010). ``Σ_i P_i A_i`` is the sum of the places of
    facilities with someone in reach.

    Parameters
    ----------
    times
        Walking times; ``times.within(d)`` for a catchment of ``d`` minutes.
    people
        Shape (n_cells,): people who may need the service.
    places
        Shape (n_facilities,): places.
    decay
        Weight by time.
    unknown
        What to do with unknown people or places; see :data:`geo.access.Unknown`.

    Returns
    -------
    ndarray
        Shape (n_cells,): places per person. 0 where nothing is in reach; NaN where not measured
        or where only people elsewhere could say how many compete.

    Raises
    ------
    InputError
        If people or places do not fit the table, are negative, or are unknown and refused.
    """
    ratio = catchment_ratios(times, people, places, decay, unknown=unknown)
    return _gather(times, ratio, decay(times.minutes))


def modified_two_step(
    times: TravelTimes,
    people: npt.ArrayLike,
    places: npt.ArrayLike,
    decay: Decay,
    *,
    unknown: Unknown = "refuse",
) -> Floats:
    """M2SFCA (Delamater, 2013): ``A_i = Σ_j S_j f(c_ij)² / Σ_k P_k f(c_kj)``.

    Places far from everyone are partly left unused, so ``Σ_i P_i A_i`` is below the sum of the
    places by design. Parameters, result and errors are those of :func:`two_step`.
    """
    ratio = catchment_ratios(times, people, places, decay, unknown=unknown)
    return _gather(times, ratio, np.square(decay(times.minutes)))


def three_step(
    times: TravelTimes,
    people: npt.ArrayLike,
    places: npt.ArrayLike,
    decay: Decay,
    *,
    unknown: Unknown = "refuse",
) -> Floats:
    """3SFCA (Wan and others, 2012): people split themselves among the facilities in reach first.

    ``G_ij = f_ij / Σ_{k in reach} f_ik``, ``R_j = S_j / Σ_k G_kj P_k f_kj``,
    ``A_i = Σ_j G_ij R_j f_ij``. The sum in ``G`` runs over the pairs of the table alone (PySAL
    ``access`` also counts pairs beyond its limit). ``Σ_i P_i A_i`` is the sum of the places of
    facilities with someone in reach. Parameters, result and errors are those of :func:`two_step`.
    """
    case = _prepare(times, people, places, decay, unknown)
    weights = case.weights * _shares(case.weights, times.sum_by_cell(case.weights)[times.cell])
    ratio = ratios(case.places, times.sum_by_facility(case.people[times.cell] * weights))
    return _gather(times, ratio, weights)


def _shares(parts: Floats, wholes: Floats) -> Floats:
    return np.divide(parts, wholes, out=np.zeros_like(parts), where=wholes > 0)


def balanced(
    times: TravelTimes,
    people: npt.ArrayLike,
    places: npt.ArrayLike,
    decay: Decay,
    *,
    unknown: Unknown = "refuse",
) -> Floats:
    """BFCA (Páez and others, 2019): demand and supply are split, so that neither is counted twice.

    ``w_ij = f_ij / Σ_j f_ij``, ``L_j = S_j / Σ_i P_i w_ij``, ``v_ij = f_ij / Σ_i f_ij``,
    ``A_i = Σ_j L_j v_ij``. People assigned to facilities add up to the people in reach, and
    ``Σ_i A_i = Σ_j L_j``. Parameters, result and errors are those of :func:`two_step`.
    """
    case = _prepare(times, people, places, decay, unknown)
    demand = _shares(case.weights, times.sum_by_cell(case.weights)[times.cell])
    level = ratios(case.places, times.sum_by_facility(case.people[times.cell] * demand))
    supply = _shares(case.weights, times.sum_by_facility(case.weights)[times.facility])
    return _gather(times, level, supply)


def people_place_ratio(
    times: TravelTimes,
    between_cells: TravelTimes,
    people: npt.ArrayLike,
    places: npt.ArrayLike,
    decay: Decay,
    *,
    unknown: Unknown = "refuse",
) -> Floats:
    """Places in reach over people in reach of the cell: ``Σ_j S_j f(c_ij) / Σ_k P_k f(c_ik)``.

    Parameters
    ----------
    times
        Walking times from cells to facilities.
    between_cells
        Walking times from cells to cells, the way from each to itself included.
    people, places, decay, unknown
        As in :func:`two_step`.

    Returns
    -------
    ndarray
        Shape (n_cells,): places per person; NaN where places are in reach but no people.

    Raises
    ------
    InputError
        If ``between_cells`` is not a table of the same cells, or as in :func:`two_step`.
    """
    if not times.n_cells == between_cells.n_cells == between_cells.n_facilities:
        raise InputError(
            Text("Los tiempos entre celdas no corresponden a las celdas",
                 "The times between cells do not match the cells"),
            where=Where(
                column="between_cells", value=(between_cells.n_cells, between_cells.n_facilities)
            ),
            remedy=Text(f"Se esperaban {times.n_cells} celdas", f"{times.n_cells} were expected"),
        )  # fmt: skip
    case = _prepare(times, people, places, decay, unknown)
    offered = times.sum_by_cell(case.places[times.facility] * case.weights)
    present = between_cells.sum_by_cell(
        case.people[between_cells.facility] * decay(between_cells.minutes)
    )
    return times.unknown_where_unmeasured(ratios(offered, present))


class EntitledAccess(NamedTuple):
    """Access of people of several schemes, each to the facilities it is entitled to.

    ``by_scheme`` has shape (n_cells, n_schemes), in places per person of the scheme;
    ``ratio`` has shape (n_facilities,), in places per entitled person in reach.
    """

    by_scheme: Floats
    ratio: Floats

    def summed(self) -> Floats:
        """Return the sum over schemes: the access of a person entitled to all; (n_cells,)."""
        total: Floats = self.by_scheme.sum(axis=1)
        return total

    def per_person(self, people: npt.ArrayLike) -> Floats:
        """Return the mean over the people of each cell, shape (n_cells,), in places per person.

        Parameters
        ----------
        people
            Shape (n_cells, n_schemes), as given to :func:`entitled_two_step`; nobody is unknown.

        Returns
        -------
        ndarray
            NaN where the cell has nobody.
        """
        amounts = checked_amounts(
            people, shape=self.by_scheme.shape, column="people", unknown="refuse"
        )
        # A score that is unknown where a scheme has nobody is of no one's concern.
        used = np.where(amounts > 0, amounts * self.by_scheme, 0.0).sum(axis=1)
        total = amounts.sum(axis=1)
        return np.divide(used, total, out=np.full(total.shape, np.nan), where=total > 0)


def entitled_two_step(
    times: TravelTimes,
    people: npt.ArrayLike,
    places: npt.ArrayLike,
    entitled: npt.ArrayLike,
    decay: Decay,
    *,
    unknown: Unknown = "refuse",
) -> EntitledAccess:
    """Two-step catchments in which only those entitled to a facility compete for its places.

    ``R_j = S_j / Σ_s e_js Σ_k P_ks f(c_kj)``, ``A_is = Σ_j e_js R_j f(c_ij)``. With every scheme
    entitled to everything it equals :func:`two_step` of all the people together, and
    ``Σ_is P_is A_is`` is the sum of the places of facilities with someone entitled in reach.

    Parameters
    ----------
    times
        Walking times.
    people
        Shape (n_cells, n_schemes): people of each scheme, a person in one scheme only.
    places
        Shape (n_facilities,): places.
    entitled
        Shape (n_facilities, n_schemes): whether people of the scheme may use the facility.
    decay
        Weight by time.
    unknown
        What to do with unknown people or places.

    Raises
    ------
    InputError
        As in :func:`two_step`, or if ``entitled`` does not fit.
    """
    allowed: Mask = np.asarray(entitled, dtype=np.bool_)
    if allowed.ndim != 2 or allowed.shape[0] != times.n_facilities:  # noqa: PLR2004 -- a matrix
        raise InputError(
            Text("La tabla de derechohabiencia no corresponde a los centros",
                 "The table of entitlement does not match the facilities"),
            where=Where(column="entitled", value=allowed.shape),
            remedy=Text(f"Se esperaban {times.n_facilities} filas",
                        f"{times.n_facilities} rows were expected"),
        )  # fmt: skip
    schemes = allowed.shape[1]
    groups = checked_amounts(
        people, shape=(times.n_cells, schemes), column="people", unknown=unknown
    )
    offered = checked_amounts(places, shape=(times.n_facilities,), column="places", unknown=unknown)
    weights = decay(times.minutes)
    competing = np.zeros(times.n_facilities)
    for scheme in range(schemes):
        in_reach = times.sum_by_facility(groups[times.cell, scheme] * weights)
        competing += np.where(allowed[:, scheme], in_reach, 0.0)
    ratio = ratios(offered, competing)
    by_scheme = [
        _gather(times, ratio, np.where(allowed[times.facility, scheme], weights, 0.0))
        for scheme in range(schemes)
    ]
    return EntitledAccess(np.column_stack(by_scheme), ratio)


def spatial_availability(
    times: TravelTimes,
    people: npt.ArrayLike,
    places: npt.ArrayLike,
    decay: Decay,
    *,
    exponent: float = 1.0,
    unknown: Unknown = "refuse",
) -> Floats:
    """Places that fall to each cell: ``V_i = Σ_j S_j P_i^a f_ij / Σ_k P_k^a f_kj``.

    Soukhov and others (2023). ``Σ_i V_i`` is the sum of the places of facilities with someone in
    reach; with ``a = 1``, ``V_i / P_i`` is :func:`two_step`.

    Parameters
    ----------
    times, people, places, decay, unknown
        As in :func:`two_step`.
    exponent
        ``a``: how much the people of a cell weigh against its nearness.

    Returns
    -------
    ndarray
        Shape (n_cells,): places (not per person). 0 in a cell without people or reach; NaN where
        not measured.
    """
    case = _prepare(times, people, places, decay, unknown)
    pull = np.power(case.people, exponent)
    # An exponent of 0 must not give weight to a cell without people.
    pull[case.people == 0] = 0.0
    attracted = pull[times.cell] * case.weights
    ratio = ratios(case.places, times.sum_by_facility(attracted))
    return _gather(times, ratio, attracted)
