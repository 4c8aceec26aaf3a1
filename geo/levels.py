"""One table a level: every place with its demand, supply, rates and access, nothing left out."""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.tables import Level
from geo.added_up import summarise_cells
from geo.demand import GROUP_DEMAND, SERVICE_DEMAND
from geo.gaps import Columns, Floats, Mask, deficit_columns, mark_deserts, rate_columns
from geo.method import Method
from geo.supply import GROUPS, ServiceSupply

CODE_COLUMNS: Mapping[Level, str] = {
    Level.STATE: "state",
    Level.MUNICIPALITY: "municipality",
    Level.LOCALITY: "locality",
    Level.AGEB: "ageb",
    Level.BLOCK: "block",
}
# Levels small enough for a place to be a care desert as a whole.
DESERT_LEVELS = (Level.LOCALITY, Level.AGEB, Level.BLOCK)
_CATEGORIES = {"direct": "directo", "indirect": "indirecto"}
# Counts by who runs a centre and by whether it asks for affiliation: name, column, value.
_AXES = (
    ("public", "sector", "publica"),
    ("private", "sector", "privada"),
    ("civil_society", "sector", "sociedad_civil"),
    ("con_derechohabiencia", "entitlement", "con"),
    ("sin_derechohabiencia", "entitlement", "sin"),
    ("derechohabiencia_desconocida", "entitlement", "desconocido"),
)


def count_centres(centres: pd.DataFrame, level: Level, held: Mapping[str, bool]) -> pd.DataFrame:
    """Count the centres of each place by group of people and category.

    Parameters
    ----------
    centres
        Facilities with a code column for every level, ``category``, ``sector``, ``entitlement``
        and ``serves_<group>``.
    level
        Level to count at; centres whose code is not stated are in no place of it.
    held
        Whether the directory holds classes of each category (``directo``, ``indirecto``).

    Returns
    -------
    DataFrame
        Indexed by ``cvegeo``: ``centres_direct_<group>`` and ``centres_indirect_<group>``, and the
        direct and indirect centres of each sector and entitlement, of the places that have any
        centre.
    """
    positions, codes = _positions(centres, level)
    names = ["category", *dict.fromkeys(column for _, column, _ in _AXES)]
    read = {name: centres[name].to_numpy(dtype=object) for name in names}
    read |= {f"serves_{group}": centres[f"serves_{group}"].to_numpy(bool) for group in GROUPS}
    return pd.DataFrame(centre_columns(read, positions, len(codes), held), index=codes)


def _positions(centres: pd.DataFrame, level: Level) -> tuple[npt.NDArray[np.intp], pd.Index]:
    """Return the place each centre lies in by number, −1 where it is unknown, and their codes."""
    positions, found = pd.factorize(centres[CODE_COLUMNS[level]], sort=True)
    return positions, pd.Index(found, name="cvegeo", dtype="str")


def centre_columns(
    centres: Columns, positions: npt.NDArray[np.intp], count: int, held: Mapping[str, bool]
) -> dict[str, Floats]:
    """Return the columns of :func:`count_centres` of ``count`` numbered places.

    Parameters
    ----------
    centres
        Shape (f,) each: ``category``, ``sector``, ``entitlement`` and, as truth values,
        ``serves_<group>``.
    positions
        Shape (f,): the place each centre lies in, −1 for none.
    count, held
        How many places there are; as in :func:`count_centres`.
    """

    def within(flags: Mask) -> Floats:
        counted = positions[flags & (positions >= 0)]
        return np.bincount(counted, minlength=count).astype("float64")

    category = centres["category"]
    cared = np.zeros(len(positions), dtype=bool)
    for name in (name for name, there in held.items() if there):
        cared |= category == name
    axes = {name: cared & (centres[column] == value) for name, column, value in _AXES}
    counts: dict[str, Floats] = {}
    for group in GROUPS:
        serves = centres[f"serves_{group}"].astype(bool, copy=False)
        for name, wanted in _CATEGORIES.items():
            if held[wanted]:
                counts[f"centres_{name}_{group}"] = within(serves & (category == wanted))
        if any(held.values()):
            counts |= {f"centres_{name}_{group}": within(serves & axes[name]) for name in axes}
    return counts


def count_places(centres: pd.DataFrame, supply: ServiceSupply, level: Level) -> pd.DataFrame:
    """Count the centres and places of each place by service.

    Returns
    -------
    DataFrame
        Indexed by ``cvegeo``, of the places that have any centre: ``centres_<service>``,
        ``places_<service>`` with ``_low_`` and ``_high_`` forms. Places are unknown where those of
        any of the centres are.
    """
    positions, codes = _positions(centres, level)
    return pd.DataFrame(place_columns(supply, positions, len(codes)), index=codes)


def place_columns(
    supply: ServiceSupply, positions: npt.NDArray[np.intp], count: int
) -> dict[str, Floats]:
    """Return the columns of :func:`count_places` of ``count`` numbered places.

    ``positions`` says which place each centre of the supply lies in, −1 for none.
    """
    columns: dict[str, Floats] = {}
    bounds = {"places": supply.central, "places_low": supply.low, "places_high": supply.high}
    for index, service in enumerate(supply.services):
        used = supply.offers[:, index] & (positions >= 0)
        at = positions[used]
        columns[f"centres_{service}"] = np.bincount(at, minlength=count).astype("float64")
        for name, places in bounds.items():
            # A sum over an unknown number is unknown.
            columns[f"{name}_{service}"] = np.bincount(
                at, places[used, index], minlength=count
            ).astype("float64")
    return columns


def add_supply(table: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Join counts to the table of a level; a place without any centre has zero of each.

    Parameters
    ----------
    table
        Places of a level, with ``cvegeo``.
    counts
        Counts of centres and places indexed by ``cvegeo``, of the places that have centres.
    """
    joined = table.join(counts, on="cvegeo")
    joined.loc[~table["cvegeo"].isin(counts.index), counts.columns] = 0.0
    return joined


def add_rates(table: pd.DataFrame, supply: ServiceSupply) -> pd.DataFrame:
    """Add rates by group, and demand and place deficit by service (:mod:`geo.gaps`)."""
    added = pd.DataFrame(supply_rates(table, supply.services), index=table.index)
    return pd.concat([table.drop(columns=added.columns, errors="ignore"), added], axis=1)


def supply_rates(table: pd.DataFrame | Columns, services: Iterable[str]) -> dict[str, Floats]:
    """Return the columns that :func:`add_rates` adds."""
    added: dict[str, Floats] = {}

    def floats(name: str) -> Floats:
        return np.asarray(table[name], dtype="float64")

    for group in GROUPS:
        counted = [f"centres_{name}_{group}" for name in _CATEGORIES]
        held = [floats(name) for name in counted if name in table]
        if held:
            centres = np.sum(held, axis=0)
            rates = rate_columns(floats(GROUP_DEMAND[group]), centres)
            added |= {f"{name}_{group}": values for name, values in rates.items()}
    for service in services:
        demand = floats(SERVICE_DEMAND[service])
        added[f"demand_{service}"] = demand
        places = (floats(f"places{bound}_{service}") for bound in ("_low", "", "_high"))
        deficit = deficit_columns(demand, *places)
        added |= {f"{name}_{service}": values for name, values in deficit.items()}
    return added


def add_access(
    table: pd.DataFrame,
    cells: pd.DataFrame,
    level: Level,
    services: Mapping[str, str],
    method: Method,
    *,
    limits: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Add the access of the cells within each place, and whether the place is a care desert.

    Parameters
    ----------
    table
        Places of a level with their demand.
    cells
        Cells with codes, demand and access, deserts marked.
    level
        Level of the places.
    services
        Demand variable of each service.
    method
        Thresholds and desert rules.
    limits
        Limit of high demand of each service among the places of the level; None takes it over
        ``table``.
    """
    summary = summarise_cells(
        cells,
        cells[CODE_COLUMNS[level]],
        services,
        thresholds_min=method.walking.thresholds_min,
        places=table["cvegeo"],
    )
    joined = table.join(summary, on="cvegeo")
    if level in DESERT_LEVELS:
        return with_deserts(joined, services, method, limits=limits)
    return joined


def with_deserts(
    table: pd.DataFrame,
    services: Mapping[str, str],
    method: Method,
    *,
    limits: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Mark the care deserts among places or cells, by the limits of the method."""
    return mark_deserts(
        table,
        services,
        distance_min=method.deserts.distance_min,
        persons_per_place=method.deserts.children_per_place,
        limits=limits,
    )
