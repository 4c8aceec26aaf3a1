"""Centres and places within each place, and their rates, as a build counts them."""

import numpy as np
import numpy.typing as npt

from data.tables import Level
from geo.demand import GROUP_DEMAND, SERVICE_DEMAND
from geo.gaps import Columns
from geo.levels import CODE_COLUMNS, centre_columns, place_columns, supply_rates
from geo.scenarios.ground import Rows
from geo.scenarios.planning import LEVELS, Planning, Sites
from geo.supply import ServiceSupply

_CATEGORIES = {"directo": "direct", "indirecto": "indirect"}
_COUNTED_BY = ("category", "sector", "entitlement", *(f"serves_{group}" for group in GROUP_DEMAND))


def local_changes(planning: Planning, after: Sites) -> dict[Level, tuple[Rows, Columns, Columns]]:
    """Return the supply and rates of places whose centres change, before and after, by level.

    Parameters
    ----------
    planning
        The atlas.
    after
        Centres of a scenario.

    Returns
    -------
    dict
        Rows of ``Planning.places`` of the level, and their columns before and after.
    """
    changed = _changed(planning.sites, after)
    tables = (planning.sites.table[changed[: len(planning.sites.table)]], after.table[changed])
    found: dict[Level, tuple[Rows, Columns, Columns]] = {}
    for level, places in planning.places.items():
        codes = {
            code for table in tables for code in table[CODE_COLUMNS[level]] if code is not None
        }
        rows = np.flatnonzero(places.index.isin(codes))
        before = planning.supplies.get(level)
        if before is None:
            every = np.arange(len(places))
            before = planning.supplies[level] = _count(planning, planning.sites, level, every)
        now = {name: values[rows] for name, values in before.items()}
        found[level] = (rows, now, _count(planning, after, level, rows))
    return found


def _changed(before: Sites, after: Sites) -> npt.NDArray[np.bool_]:
    """Say which centres open, close, arrive in a place or leave one, or change."""
    count = len(before.table)
    changed = np.ones(len(after.table), dtype=bool)
    changed[:count] = (before.offers != after.offers[:count]).any(axis=1)
    for name, values in before.places.items():
        new = after.places[name][:count]
        changed[:count] |= ((values != new) & ~(np.isnan(values) & np.isnan(new))).any(axis=1)
    for column in ("entitlement", *(CODE_COLUMNS[level] for level in LEVELS)):
        new_values = after.table[column].to_numpy()[:count]
        changed[:count] |= before.table[column].to_numpy() != new_values
    return changed


def _count(planning: Planning, sites: Sites, level: Level, rows: Rows) -> Columns:
    """Count the centres and places of some places of a level, as a build counts them."""
    places, table = planning.places[level], sites.table
    position = places.index[rows].get_indexer(table[CODE_COLUMNS[level]])
    still = table["own"].to_numpy(dtype=bool) & ~_closed(planning, sites)
    at = np.flatnonzero(still & (position >= 0))
    position = position[at]
    centres = {name: table[name].to_numpy()[at] for name in _COUNTED_BY}
    supply = ServiceSupply(
        planning.services, sites.offers[at],
        *(sites.places[name][at] for name in ("low", "central", "high")),
    )  # fmt: skip
    held = {
        category: f"centres_{name}_infancia" in places for category, name in _CATEGORIES.items()
    }
    columns = centre_columns(centres, position, len(rows), held)
    columns |= place_columns(supply, position, len(rows))
    demand = dict.fromkeys([*GROUP_DEMAND.values(), *SERVICE_DEMAND.values()])
    people = {name: places[name].to_numpy("float64")[rows] for name in demand}
    columns |= supply_rates({**people, **columns}, planning.services)
    children = people["children_0_5"]
    for bound in ("", "_low", "_high"):
        found = columns.get(f"places{bound}_guarderia")
        if found is not None:
            rate = np.full(len(rows), np.nan)
            np.divide(100 * found, children, out=rate, where=children > 0)
            columns[f"places_per_100_children{bound}"] = rate
    return columns


def _closed(planning: Planning, sites: Sites) -> npt.NDArray[np.bool_]:
    """Say which centres offered something and offer nothing now."""
    closed = np.zeros(len(sites.table), dtype=bool)
    count = len(planning.sites.table)
    closed[:count] = planning.sites.offers.any(axis=1) & ~sites.offers[:count].any(axis=1)
    return closed
