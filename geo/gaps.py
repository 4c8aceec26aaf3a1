"""Gaps of care: rates, missing places, care deserts, and cells added up to places.

Unknown is carried through: a rate without its denominator is NaN, a desert nobody can decide is
``desconocido``. Columns follow one pattern, ``<measure>_<service>``, and measures of places are
the same as those of cells, so that any level can be marked, mapped and compared alike.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import InputError, Where
from data.tables import Level
from data.texts import Text
from geo.access import NOT_COMPUTED, OUT_OF_REACH, REACHES

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
_RULES = ("distance", "places")
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
        "centres_per_1000": _share(_PER_PERSONS * centres, people),
        "persons_per_centre": _share(people, centres),
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
    _require(table, [*needed, *services.values()])
    marks = desert_columns(
        {name: table[name].to_numpy() for name in [*needed, *services.values()]},
        services,
        limits=high_demand_limits(table, services) if limits is None else limits,
        distance_min=distance_min,
        persons_per_place=persons_per_place,
    )
    texts = {name: pd.Series(marks[name], index=table.index, dtype="str") for name in marks}
    return table.assign(**texts)


def parent_codes(cvegeo: pd.Series, level: Level) -> pd.Series:
    """Return the code of the place of a level each place lies in, None where it lies in none.

    The code is the prefix of the place's own, of the level's length: 2, 5, 9, 13 or 16 characters
    (the first nine of an urban AGEB's are its locality).
    """
    return cvegeo.str.slice(0, level.code_length).where(cvegeo.str.len() >= level.code_length, None)


def summarise_cells(
    cells: pd.DataFrame,
    codes: pd.Series,
    services: Mapping[str, str],
    *,
    thresholds_min: Sequence[float] = (15.0, 30.0),
    places: Sequence[str] | pd.Index | None = None,
) -> pd.DataFrame:
    """Add cells up to the places they lie in, each person counting once.

    Parameters
    ----------
    cells
        One row a cell. For each service ``nearest_min_`` (min), ``reach_``, ``e2sfca_`` (places
        per person), ``centres_<t>min_`` and ``places_<t>min_`` of every threshold, and the demand
        column (persons). ``desert_distance_`` and ``desert_places_`` are counted where present.
    codes
        Code of the place each cell lies in, same index; cells without one are in no place.
    services
        Demand column of each service.
    thresholds_min
        Minutes of the cumulative columns.
    places
        Codes of all places, those without cells too, in the order wanted; None keeps the places
        that have cells, sorted.

    Returns
    -------
    DataFrame
        Indexed by code. For each service, over cells whose walk was measured:

        * ``reach_``: ``alcanza`` if any cell with people (or, without people, any cell) reaches a
          centre, ``fuera_de_alcance`` if none does, ``no_calculado`` if no cell was measured;
        * ``nearest_min_``: mean over the people with a centre in reach, min;
        * ``e2sfca_``, ``centres_<t>min_``, ``places_<t>min_``: mean over people;
        * ``within_<t>min_share_``: share of people with a centre within so many minutes;
        * ``measured_share_``: share of the people of the place in measured cells;
        * ``unknown_cells_``: cells whose demand is unknown, which weigh nothing in the means;
        * ``desert_<rule>_persons_`` and ``desert_<rule>_share_``: people in deserts, and their
          share of those about whom the rule decides.

        Means are NaN where nobody lives in measured cells, but for a place of a single cell,
        which has that cell's values.

    Raises
    ------
    InputError
        If a column is missing.
    """
    _require(cells, _needed(services, thresholds_min))
    inside = codes.notna().to_numpy()
    positions, found = pd.factorize(codes[inside], sort=True)
    names = summed_columns(cells, services, thresholds_min)
    rows = {name: cells[name].to_numpy()[inside] for name in names}
    columns = sum_cells(rows, positions, len(found), services, thresholds_min=thresholds_min)
    summary = pd.DataFrame(columns, index=pd.Index(found, name="cvegeo", dtype="str"))
    return _with_all(summary, places, services)


def sum_cells(
    cells: Columns,
    positions: npt.NDArray[np.intp],
    count: int,
    services: Mapping[str, str],
    *,
    thresholds_min: Sequence[float],
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the columns of :func:`summarise_cells` of numbered places.

    Parameters
    ----------
    cells
        Shape (n,) each: access and demand of the cells, desert marks if there are any.
    positions
        Shape (n,): the place each cell lies in, from 0 on.
    count
        How many places there are.
    services, thresholds_min
        As in :func:`summarise_cells`.

    Returns
    -------
    dict
        Shape (count,) each.
    """
    grouped = _Groups(positions, count)
    measures = _measures(thresholds_min)
    columns: dict[str, npt.NDArray[np.generic]] = {}
    for service, demand in services.items():
        own = _Service(cells, service, np.asarray(cells[demand], dtype="float64"), grouped)
        columns |= own.reach() | own.means(measures)
        for minutes in thresholds_min:
            columns[f"within_{minutes:g}min_share_{service}"] = own.within_share(minutes)
        columns |= own.coverage() | own.deserts()
    return columns


def summed_columns(
    cells: Container[str], services: Mapping[str, str], thresholds_min: Sequence[float]
) -> list[str]:
    """Return the names of those columns of cells that :func:`sum_cells` reads."""
    return list(dict.fromkeys([*_needed(services, thresholds_min), *_marks(cells, services)]))


def _measures(thresholds_min: Sequence[float]) -> list[str]:
    names = [f"{minutes:g}min" for minutes in thresholds_min]
    counted = [f"{what}_{name}" for what in ("centres", "places") for name in names]
    return ["nearest_min", "e2sfca", *counted]


def _needed(services: Mapping[str, str], thresholds_min: Sequence[float]) -> list[str]:
    measures = [*_measures(thresholds_min), "reach"]
    return [f"{name}_{service}" for service in services for name in measures] + [*services.values()]


def _marks(cells: Container[str], services: Mapping[str, str]) -> list[str]:
    names = (f"desert_{rule}_{service}" for service in services for rule in _RULES)
    return [name for name in names if name in cells]


def _with_all(
    summary: pd.DataFrame, places: Sequence[str] | pd.Index | None, services: Mapping[str, str]
) -> pd.DataFrame:
    if places is not None:
        summary = summary.reindex(pd.Index(places, name="cvegeo", dtype="str"))
    for service in services:
        state = summary[f"reach_{service}"].astype("str")
        summary[f"reach_{service}"] = state.where(state.notna(), NOT_COMPUTED)
    return summary


class _Groups:
    """Sums over the cells of each place."""

    def __init__(self, positions: npt.NDArray[np.intp], count: int) -> None:
        self.positions = positions
        self.count = count
        self.single: Mask = np.bincount(positions, minlength=count) == 1

    def total(self, values: Floats | Mask) -> Floats:
        weights = np.asarray(values, dtype="float64")
        return np.bincount(self.positions, weights=weights, minlength=self.count).astype("float64")

    def any(self, flags: Mask) -> Mask:
        found: Mask = self.total(flags) > 0
        return found

    def mean(self, values: Floats, weights: Floats) -> Floats:
        """Weighted mean over known values; a place of one cell has that cell's."""
        used = ~np.isnan(values) & (weights > 0)
        total = self.total(np.where(used, weights, 0.0))
        amount = self.total(np.where(used, values, 0.0) * np.where(used, weights, 0.0))
        means = _share(amount, total)
        alone = self.single[self.positions]
        means[self.positions[alone]] = values[alone]
        return means


class _Service:
    """The cells of one service, and what places know from them."""

    def __init__(self, rows: Columns, service: str, demand: Floats, groups: _Groups) -> None:
        self.rows = rows
        self.service = service
        self.demand = demand
        self.groups = groups
        self.state = self._text("reach")
        self.measured: Mask = self.state != NOT_COMPUTED
        # People of unknown number cannot weigh; they are counted by ``unknown_cells``.
        self.people = np.where(np.isnan(demand), 0.0, demand)

    def _text(self, measure: str) -> npt.NDArray[np.object_]:
        return np.asarray(self.rows[f"{measure}_{self.service}"], dtype=object)

    def _values(self, measure: str) -> Floats:
        values: Floats = np.asarray(self.rows[f"{measure}_{self.service}"], dtype="float64")
        return np.where(self.measured, values, np.nan)

    def reach(self) -> dict[str, npt.NDArray[np.generic]]:
        inhabited = self.people > 0
        # Where nobody is known to live, every cell of the place speaks for it.
        speaks = inhabited | ~self.groups.any(inhabited & self.measured)[self.groups.positions]
        reaches = self.groups.any((self.state == REACHES) & speaks)
        measured = self.groups.any(self.measured)
        states = np.select([reaches, measured], [REACHES, OUT_OF_REACH], default=NOT_COMPUTED)
        return {f"reach_{self.service}": states.astype(object)}

    def means(self, measures: Sequence[str]) -> dict[str, npt.NDArray[np.generic]]:
        return {
            f"{measure}_{self.service}": self.groups.mean(self._values(measure), self.people)
            for measure in measures
        }

    def within_share(self, minutes: float) -> Floats:
        near = (self._values("nearest_min") <= minutes).astype("float64")
        return self.groups.mean(np.where(self.measured, near, np.nan), self.people)

    def coverage(self) -> dict[str, npt.NDArray[np.generic]]:
        covered = self.groups.total(np.where(self.measured, self.people, 0.0))
        return {
            f"measured_share_{self.service}": _share(covered, self.groups.total(self.people)),
            f"unknown_cells_{self.service}": self.groups.total(np.isnan(self.demand)),
        }

    def deserts(self) -> dict[str, npt.NDArray[np.generic]]:
        columns: dict[str, npt.NDArray[np.generic]] = {}
        for rule in _RULES:
            name = f"desert_{rule}"
            if f"{name}_{self.service}" not in self.rows:
                continue
            states = self._text(name)
            decided = ((states == YES) | (states == NO)) & ~np.isnan(self.demand)
            persons = self.groups.total(np.where(states == YES, self.people, 0.0))
            known = self.groups.total(np.where(decided, self.people, 0.0))
            persons[~self.groups.any(decided)] = np.nan
            columns[f"{name}_persons_{self.service}"] = persons
            columns[f"{name}_share_{self.service}"] = _share(persons, known)
        return columns


def _share(parts: Floats, wholes: Floats) -> Floats:
    return np.divide(parts, wholes, out=np.full(wholes.shape, np.nan), where=wholes > 0)


def _require(table: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = sorted(set(columns) - set(table.columns))
    if missing:
        raise InputError(
            Text("Faltan columnas en la tabla de celdas o lugares",
                 "Columns are missing in the table of cells or places"),
            where=Where(column=", ".join(missing)),
            remedy=Text("Calcule antes el acceso y la demanda", "Compute access and demand first"),
        )  # fmt: skip
