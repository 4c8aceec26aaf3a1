"""Cells added up to the places they lie in, each person counting once.

Unknown is carried through. Measures of places have the names of those of cells.
"""

from collections.abc import Container, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.tables import Level
from geo.access import NOT_COMPUTED, OUT_OF_REACH, REACHES
from geo.gaps import NO, RULES, YES, Columns, Floats, Mask, quotients, require_columns


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
    require_columns(cells, _needed(services, thresholds_min))
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
    names = (f"desert_{rule}_{service}" for service in services for rule in RULES)
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
        means = quotients(amount, total)
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
            f"measured_share_{self.service}": quotients(covered, self.groups.total(self.people)),
            f"unknown_cells_{self.service}": self.groups.total(np.isnan(self.demand)),
        }

    def deserts(self) -> dict[str, npt.NDArray[np.generic]]:
        columns: dict[str, npt.NDArray[np.generic]] = {}
        for rule in RULES:
            name = f"desert_{rule}"
            if f"{name}_{self.service}" not in self.rows:
                continue
            states = self._text(name)
            decided = ((states == YES) | (states == NO)) & ~np.isnan(self.demand)
            persons = self.groups.total(np.where(states == YES, self.people, 0.0))
            known = self.groups.total(np.where(decided, self.people, 0.0))
            persons[~self.groups.any(decided)] = np.nan
            columns[f"{name}_persons_{self.service}"] = persons
            columns[f"{name}_share_{self.service}"] = quotients(persons, known)
        return columns
