"""Gaps of care: rates, missing places and care deserts, of cells and of places.

Unknown is carried through: a rate without its denominator is NaN, a desert nobody can decide is
``desconocido``. Columns follow one pattern, ``<measure>_<service>``, and measures of places are
the same as those of cells, so that any level can be marked, mapped and compared alike.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import InputError, Where
from data.texts import Text
from geo.access import OUT_OF_REACH, REACHES

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
HighDemand = Literal["median", "mean"]
# Columns of a table by name, all of one length.
Columns = Mapping[str, npt.NDArray[np.generic]]

YES, NO, UNKNOWN = "si", "no", "desconocido"
COMPUTED, NO_CENTRES, NO_PERSONS = "calculado", "sin_centros", "sin_personas"
# The published rule takes the median for children and the mean for older people and disability.
HIGH_DEMAND: Mapping[str, HighDemand] = {
    "guarderia": "median",
    "preescolar": "median",
    "primaria": "median",
    "mayores": "mean",
    "discapacidad": "mean",
}
_PER_PERSONS = 1000.0
RULES = ("distance", "places")
_DESERT_NEEDS = ("nearest_min", "reach", "e2sfca")


def place_rates(persons: pd.Series, centres: pd.Series) -> pd.DataFrame:
    """Set centres against the people they are for.

    ``centres_per_1000 = 1000 C / P`` and ``persons_per_centre = P / C``.

    Parameters
    ----------
    persons
        People who may need the service, by place; NaN is unknown.
    centres
        Centres of the place, same index; NaN is unknown.

    Returns
    -------
    DataFrame
        Same index. ``centres_per_1000`` (centres per 1,000 persons; NaN where there are no
        persons), ``persons_per_centre`` (persons per centre; NaN where there are no centres) and
        ``state``: ``calculado``, ``sin_centros``, ``sin_personas`` or ``desconocido``, the first
        cause by which a rate is missing.
    """
    people, supply = persons.astype("float64"), centres.astype("float64").reindex(persons.index)
    state = np.select(
        [people.isna() | supply.isna(), supply == 0, people == 0],
        [UNKNOWN, NO_CENTRES, NO_PERSONS],
        default=COMPUTED,
    )
    rates = rate_columns(people.to_numpy(), supply.to_numpy())
    table = pd.DataFrame(rates, index=persons.index)
    return table.assign(state=pd.Series(state, index=persons.index, dtype="str"))


def rate_columns(people: Floats, centres: Floats) -> dict[str, Floats]:
    """Return the rates of :func:`place_rates`, each of the shape of people and centres."""
    return {
        "centres_per_1000": quotients(_PER_PERSONS * centres, people),
        "persons_per_centre": quotients(people, centres),
    }


def place_deficit(
    demand: pd.Series, low: pd.Series, central: pd.Series, high: pd.Series
) -> pd.DataFrame:
    """Count the places missing if everyone of the age or condition came: ``max(0, P - S)``.

    Parameters
    ----------
    demand
        People, by place; NaN is unknown.
    low, central, high
        Estimates of the places there are; same index.

    Returns
    -------
    DataFrame
        Same index, in places: ``places_deficit`` of the central estimate, ``places_deficit_low``
        (if places are as many as the high estimate) and ``places_deficit_high`` (if they are as
        few as the low one). NaN where people or places are unknown.
    """
    people = demand.astype("float64")
    places = (bound.reindex(people.index).to_numpy("float64") for bound in (low, central, high))
    return pd.DataFrame(deficit_columns(people.to_numpy(), *places), index=people.index)


def deficit_columns(
    people: Floats, low: Floats, central: Floats, high: Floats
) -> dict[str, Floats]:
    """Return the columns of :func:`place_deficit`, each of the shape of people and places."""
    supply = {"places_deficit": central, "places_deficit_low": high, "places_deficit_high": low}
    return {name: np.maximum(people - places, 0.0) for name, places in supply.items()}


def high_demand_limit(demand: pd.Series, statistic: HighDemand) -> float:
    """Return the demand from which a cell counts as of high demand, in persons.

    The median or mean of the cells whose demand is known and above zero: cells where nobody of
    the group lives would only pull the limit down. NaN where there is no such cell.
    """
    inhabited = demand[demand > 0]
    return float(inhabited.median() if statistic == "median" else inhabited.mean())


def distance_deserts(
    nearest_min: Floats,
    reach: npt.NDArray[np.object_],
    demand: Floats,
    *,
    limit: float,
    distance_min: float = 20.0,
) -> npt.NDArray[np.object_]:
    """Mark deserts by distance: high demand, and the nearest centre beyond a walk (UNDP, 2024).

    ``nearest > distance_min`` or nothing in reach, and ``demand >= limit``. Nothing in reach counts
    as beyond: the longest walk searched is never below ``distance_min``.

    Parameters
    ----------
    nearest_min
        Shape (n,): minutes to the nearest centre; NaN where there is none.
    reach
        Shape (n,): ``alcanza``, ``fuera_de_alcance`` or ``no_calculado``.
    demand
        Shape (n,): people of the group; NaN is unknown.
    limit
        Limit of high demand, persons (:func:`high_demand_limit`).
    distance_min
        Minutes a desert lies beyond (exactly this many is not a desert).

    Returns
    -------
    ndarray
        Shape (n,): ``si``, ``no`` or ``desconocido``. ``no`` also where one condition is known not
        to hold and the other is unknown.
    """
    out: Mask = reach == OUT_OF_REACH
    known_reach: Mask = out | (reach == REACHES)
    far: Mask = out | (nearest_min > distance_min)
    return _both(far, known_reach, (demand >= limit) & (demand > 0), ~np.isnan(demand))


def place_deserts(
    e2sfca: Floats, demand: Floats, *, persons_per_place: float = 3.0
) -> npt.NDArray[np.object_]:
    """Mark deserts by places: more than so many people for each place in reach (CAP/UMN).

    ``1 / A > persons_per_place``, no place in reach included, where anyone of the group lives.

    Parameters
    ----------
    e2sfca
        Shape (n,): places per person in reach, competition included; NaN is unknown.
    demand
        Shape (n,): people of the group; NaN is unknown.
    persons_per_place
        People for each place beyond which it is a desert (exactly as many is not).

    Returns
    -------
    ndarray
        Shape (n,): ``si``, ``no`` or ``desconocido``.
    """
    crowded: Mask = e2sfca * persons_per_place < 1.0
    return _both(crowded, ~np.isnan(e2sfca), demand > 0, ~np.isnan(demand))


_STATES = np.array([UNKNOWN, NO, YES], dtype=object)


def _both(
    first: Mask, first_known: Mask, second: Mask, second_known: Mask
) -> npt.NDArray[np.object_]:
    """Three-valued conjunction: a condition known not to hold decides alone."""
    fails = (first_known & ~first) | (second_known & ~second)
    holds = first_known & first & second_known & second
    states: npt.NDArray[np.object_] = _STATES[np.where(fails, 1, 2 * holds)]
    return states


def desert_columns(
    table: Columns,
    services: Mapping[str, str],
    *,
    limits: Mapping[str, float],
    distance_min: float = 20.0,
    persons_per_place: float = 3.0,
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the columns that :func:`mark_deserts` adds, for the same parameters."""

    def floats(name: str) -> Floats:
        return np.asarray(table[name], dtype="float64")

    marks: dict[str, npt.NDArray[np.generic]] = {}
    for service, demand in services.items():
        marks[f"desert_distance_{service}"] = distance_deserts(
            floats(f"nearest_min_{service}"),
            np.asarray(table[f"reach_{service}"], dtype=object),
            floats(demand),
            limit=limits[service],
            distance_min=distance_min,
        )
        marks[f"desert_places_{service}"] = place_deserts(
            floats(f"e2sfca_{service}"), floats(demand), persons_per_place=persons_per_place
        )
    return marks


def high_demand_limits(demand: pd.DataFrame, services: Mapping[str, str]) -> dict[str, float]:
    """Return the limit of high demand of each service over some cells or places.

    Parameters
    ----------
    demand
        A row a cell or place, with the demand columns.
    services
        Demand column of each service.
    """
    return {
        service: high_demand_limit(demand[column], HIGH_DEMAND.get(service, "median"))
        for service, column in services.items()
    }


def mark_deserts(
    table: pd.DataFrame,
    services: Mapping[str, str],
    *,
    distance_min: float = 20.0,
    persons_per_place: float = 3.0,
    limits: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Add ``desert_distance_<service>`` and ``desert_places_<service>`` to cells or places.

    Parameters
    ----------
    table
        One row a cell or place, with ``nearest_min_``, ``reach_`` and ``e2sfca_`` of each service
        and the demand columns.
    services
        Demand column of each service.
    distance_min, persons_per_place
        Limits of the two rules.
    limits
        Limit of high demand of each service, where these are only some of the rows; None takes
        each over these.

    Returns
    -------
    DataFrame
        A copy with the columns added.
    """
    needed = [f"{name}_{service}" for service in services for name in _DESERT_NEEDS]
    require_columns(table, [*needed, *services.values()])
    marks = desert_columns(
        {name: table[name].to_numpy() for name in [*needed, *services.values()]},
        services,
        limits=high_demand_limits(table, services) if limits is None else limits,
        distance_min=distance_min,
        persons_per_place=persons_per_place,
    )
    texts = {name: pd.Series(marks[name], index=table.index, dtype="str") for name in marks}
    return table.assign(**texts)


def quotients(parts: Floats, wholes: Floats) -> Floats:
    """Return parts of wholes, NaN where the whole is none."""
    return np.divide(parts, wholes, out=np.full(wholes.shape, np.nan), where=wholes > 0)


def require_columns(table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse a table that lacks columns, and name them."""
    missing = sorted(set(columns) - set(table.columns))
    if missing:
        raise InputError(
            Text("Faltan columnas en la tabla de celdas o lugares",
                 "Columns are missing in the table of cells or places"),
            where=Where(column=", ".join(missing)),
            remedy=Text("Calcule antes el acceso y la demanda", "Compute access and demand first"),
        )  # fmt: skip
