"""One table a level: every place with its demand, supply, rates and access, nothing left out."""

from collections.abc import Mapping

import pandas as pd

from data.tables import Level
from geo.demand import GROUP_DEMAND, SERVICE_DEMAND
from geo.gaps import mark_deserts, place_deficit, place_rates, summarise_cells
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
    codes = centres[CODE_COLUMNS[level]]
    counts = {}
    for group in GROUPS:
        for name, category in _CATEGORIES.items():
            if held[category]:
                counted = centres[f"serves_{group}"] & (centres["category"] == category)
                counts[f"centres_{name}_{group}"] = counted.groupby(codes).sum().astype("float64")
        counts |= _count_by_axes(centres[centres[f"serves_{group}"]], codes, group, held)
    return pd.DataFrame(counts)


def _count_by_axes(
    serving: pd.DataFrame, codes: pd.Series, group: str, held: Mapping[str, bool]
) -> dict[str, pd.Series]:
    places = pd.Index(codes.dropna().unique())
    cared = serving[serving["category"].isin([name for name, there in held.items() if there])]
    return {
        f"centres_{name}_{group}": codes.loc[cared.index[cared[column] == value]]
        .value_counts()
        .reindex(places, fill_value=0)
        .astype("float64")
        for name, column, value in _AXES
        if any(held.values())
    }


def count_places(centres: pd.DataFrame, supply: ServiceSupply, level: Level) -> pd.DataFrame:
    """Count the centres and places of each place by service.

    Returns
    -------
    DataFrame
        Indexed by ``cvegeo``: ``centres_<service>``, ``places_<service>`` with ``_low_`` and
        ``_high_`` forms. Places are unknown where those of any of the centres are.
    """
    codes = centres[CODE_COLUMNS[level]].to_numpy()
    columns = {}
    for index, service in enumerate(supply.services):
        offers = supply.offers[:, index]
        offered = pd.Series(codes[offers], dtype="str")
        columns[f"centres_{service}"] = offered.value_counts().astype("float64")
        for name, places in (
            ("places", supply.central),
            ("places_low", supply.low),
            ("places_high", supply.high),
        ):
            known = pd.Series(places[offers, index]).groupby(offered)
            columns[f"{name}_{service}"] = known.sum().where(known.count() == known.size())
    counts = pd.DataFrame(columns)
    for service in supply.services:
        own = [f"{name}_{service}" for name in ("centres", "places", "places_low", "places_high")]
        counts.loc[counts[own[0]].isna(), own] = 0.0
    return counts


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
    added: dict[str, pd.Series] = {}
    for group in GROUPS:
        held = [name for name in _CATEGORIES if f"centres_{name}_{group}" in table]
        if held:
            centres = table[[f"centres_{name}_{group}" for name in held]].sum(axis=1, skipna=False)
            rates = place_rates(table[GROUP_DEMAND[group]], centres)
            for name in ("centres_per_1000", "persons_per_centre"):
                added[f"{name}_{group}"] = rates[name]
    for service in supply.services:
        demand = table[SERVICE_DEMAND[service]]
        added[f"demand_{service}"] = demand
        places = (table[f"places{bound}_{service}"] for bound in ("_low", "", "_high"))
        deficit = place_deficit(demand, *places)
        added |= {f"{name}_{service}": deficit[name] for name in deficit}
    return table.assign(**added)


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
