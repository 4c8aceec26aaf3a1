"""Gaps of care: rates, missing places, care deserts, and cells added up to places.

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
from data.tables import Level
from data.texts import Text
from geo.access import NOT_COMPUTED, OUT_OF_REACH, REACHES

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
HighDemand = Literal["median", "mean"]

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
    return pd.DataFrame(
        {
            "centres_per_1000": _PER_PERSONS * supply / people.where(people > 0),
            "persons_per_centre": people / supply.where(supply > 0),
            "state": pd.Series(state, index=persons.index, dtype="str"),
        }
    )


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
    supply = {"places_deficit": central, "places_deficit_low": high, "places_deficit_high": low}
    return pd.DataFrame(
        {name: (people - places.reindex(people.index)).clip(lower=0.0)
         for name, places in supply.items()}
    )  # fmt: skip


def high_demand_limit(demand: pd.Series, statistic: HighDemand) -> float:
    """Return the demand from which a cell counts as of high demand, in persons.

    The median or mean of the cells whose demand is known and above zero: cells where nobody of
    the group lives would only pull the limit down. NaN where there is no such cell.
    """
    inhabited = demand[demand > 0]
    return float(inhabited.median() if statistic == "median" else inhabited.mean())


def distance_deserts(
    nearest_min: pd.Series,
    reach: pd.Series,
    demand: pd.Series,
    *,
    distance_min: float = 20.0,
    statistic: HighDemand = "median",
    limit: float | None = None,
) -> pd.Series:
    """Mark deserts by distance: high demand, and the nearest centre beyond a walk (UNDP, 2024).

    ``nearest > distance_min`` or nothing in reach, and ``demand >= high_demand_limit``. Nothing in
    reach counts as beyond: the longest walk searched is never below ``distance_min``.

    Parameters
    ----------
    nearest_min
        Minutes to the nearest centre; NaN where there is none.
    reach
        ``alcanza``, ``fuera_de_alcance`` or ``no_calculado``.
    demand
        People of the group; NaN is unknown.
    distance_min
        Minutes a desert lies beyond (exactly this many is not a desert).
    statistic
        ``median`` for children, ``mean`` for older people and disability.
    limit
        Limit of high demand, persons, where these are only some of the cells; None takes it over
        ``demand``.

    Returns
    -------
    Series
        ``si``, ``no`` or ``desconocido``, on the index of ``demand``. ``no`` also where one
        condition is known not to hold and the other is unknown.
    """
    known_reach = reach.isin([REACHES, OUT_OF_REACH])
    far = (reach == OUT_OF_REACH) | (nearest_min > distance_min)
    if limit is None:
        limit = high_demand_limit(demand, statistic)
    high = (demand >= limit) & (demand > 0)
    return _both(far, known_reach, high, demand.notna())


def place_deserts(
    e2sfca: pd.Series, demand: pd.Series, *, persons_per_place: float = 3.0
) -> pd.Series:
    """Mark deserts by places: more than so many people for each place in reach (CAP/UMN).

    ``1 / A > persons_per_place``, no place in reach included, where anyone of the group lives.

    Parameters
    ----------
    e2sfca
        Places per person in reach, competition included; NaN is unknown.
    demand
        People of the group; NaN is unknown.
    persons_per_place
        People for each place beyond which it is a desert (exactly as many is not).

    Returns
    -------
    Series
        ``si``, ``no`` or ``desconocido``, on the index of ``demand``.
    """
    crowded = e2sfca * persons_per_place < 1.0
    return _both(crowded, e2sfca.notna(), demand > 0, demand.notna())


def _both(
    first: pd.Series, first_known: pd.Series, second: pd.Series, second_known: pd.Series
) -> pd.Series:
    """Three-valued conjunction: a condition known not to hold decides alone."""
    fails = (first_known & ~first) | (second_known & ~second)
    holds = first_known & first & second_known & second
    states = np.select([fails, holds], [NO, YES], default=UNKNOWN)
    return pd.Series(states, index=second.index, dtype="str")


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
        Limit of high demand of each service; None takes each over these rows.

    Returns
    -------
    DataFrame
        A copy with the columns added.
    """
    needed = [f"{name}_{service}" for service in services for name in _DESERT_NEEDS]
    _require(table, [*needed, *services.values()])
    marks = {}
    for service, demand in services.items():
        marks[f"desert_distance_{service}"] = distance_deserts(
            table[f"nearest_min_{service}"],
            table[f"reach_{service}"],
            table[demand],
            distance_min=distance_min,
            statistic=HIGH_DEMAND.get(service, "median"),
            limit=None if limits is None else limits[service],
        )
        marks[f"desert_places_{service}"] = place_deserts(
            table[f"e2sfca_{service}"], table[demand], persons_per_place=persons_per_place
        )
    return table.assign(**marks)


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
    names = [f"{minutes:g}min" for minutes in thresholds_min]
    measures = ["nearest_min", "e2sfca", *(f"{what}_{name}" for what in ("centres", "places")
                                           for name in names)]  # fmt: skip
    needed = [f"{name}_{service}" for service in services for name in [*measures, "reach"]]
    _require(cells, [*needed, *services.values()])
    inside = codes.notna().to_numpy()
    positions, found = pd.factorize(codes[inside], sort=True)
    grouped = _Groups(positions, len(found))
    columns: dict[str, npt.NDArray[np.generic]] = {}
    for service, demand in services.items():
        rows = cells.loc[inside]
        own = _Service(rows, service, rows[demand].to_numpy(dtype="float64"), grouped)
        columns |= own.reach() | own.means(measures)
        for minutes, name in zip(thresholds_min, names, strict=True):
            columns[f"within_{name}_share_{service}"] = own.within_share(minutes)
        columns |= own.coverage() | own.deserts()
    summary = pd.DataFrame(columns, index=pd.Index(found, name="cvegeo", dtype="str"))
    return _with_all(summary, places, services)


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

    def __init__(self, rows: pd.DataFrame, service: str, demand: Floats, groups: _Groups) -> None:
        self.rows = rows
        self.service = service
        self.demand = demand
        self.groups = groups
        self.state = self._text("reach")
        self.measured: Mask = self.state != NOT_COMPUTED
        # People of unknown number cannot weigh; they are counted by ``unknown_cells``.
        self.people = np.where(np.isnan(demand), 0.0, demand)

    def _text(self, measure: str) -> npt.NDArray[np.object_]:
        return self.rows[f"{measure}_{self.service}"].to_numpy(dtype=object)

    def _values(self, measure: str) -> Floats:
        values: Floats = self.rows[f"{measure}_{self.service}"].to_numpy(dtype="float64")
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
        for rule in ("distance", "places"):
            name = f"desert_{rule}"
            if f"{name}_{self.service}" not in self.rows:
                continue
            states = self._text(name)
            decided = np.isin(states, [YES, NO]) & ~np.isnan(self.demand)
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
