"""Centres and places within each place, and their rates, as a build counts them."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.tables import Level
from geo.demand import GROUP_DEMAND, SERVICE_DEMAND
from geo.levels import CODE_COLUMNS, add_rates, add_supply, count_centres, count_places
from geo.scenarios.planning import LEVELS, Planning, Sites
from geo.supply import ServiceSupply

_CATEGORIES = {"directo": "direct", "indirecto": "indirect"}
_CODE = CODE_COLUMNS[Level.AGEB]


def local_supply(
    planning: Planning, sites: Sites, codes: frozenset[str] | None = None
) -> pd.DataFrame:
    """Return the supply within places of every level and its rates, ``cvegeo`` the index.

    Parameters
    ----------
    planning
        The atlas.
    sites
        Its centres, or those of a scenario.
    codes
        The places wanted; None is all, which is kept where the centres are the atlas's own.
    """
    if codes is None:
        found = planning.kept.get("local")
        if found is None:
            found = planning.kept["local"] = _count(planning, sites, None)
        return found
    return _count(planning, sites, codes)


def moved_codes(before: Sites, after: Sites) -> frozenset[str]:
    """Return the codes of places in which a centre opens, closes, arrives, leaves or changes."""
    count = len(before.table)
    changed = np.ones(len(after.table), dtype=bool)
    changed[:count] = (before.offers != after.offers[:count]).any(axis=1)
    for name, values in before.places.items():
        new = after.places[name][:count]
        changed[:count] |= ((values != new) & ~(np.isnan(values) & np.isnan(new))).any(axis=1)
    for column in ("entitlement", *(CODE_COLUMNS[level] for level in LEVELS)):
        old, new = before.table[column], after.table[column].iloc[:count]
        changed[:count] |= old.fillna("").to_numpy() != new.fillna("").to_numpy()
    columns = [CODE_COLUMNS[level] for level in LEVELS]
    tables = (before.table[changed[:count]], after.table[changed])
    return frozenset(
        code
        for table in tables
        for code in table[columns].to_numpy().ravel()
        if isinstance(code, str)
    )


def _count(planning: Planning, sites: Sites, codes: frozenset[str] | None) -> pd.DataFrame:
    """Count levels together: their codes differ in length, so that one column can hold them all."""
    demand = list(dict.fromkeys([*GROUP_DEMAND.values(), *SERVICE_DEMAND.values()]))
    base = pd.concat([table[["cvegeo", *demand]] for table in planning.places.values()])
    if codes is not None:
        base = base[base["cvegeo"].isin(codes)]
    still = sites.table["own"].to_numpy(dtype=bool) & ~_closed(planning, sites)
    rows, stacked = [], []
    for level in planning.places:
        code = sites.table[CODE_COLUMNS[level]]
        inside = still & (code.notna() if codes is None else code.isin(codes)).to_numpy()
        rows.append(np.flatnonzero(inside))
        stacked.append(sites.table[inside].assign(**{_CODE: code[inside]}))
    centres = pd.concat(stacked, ignore_index=True)
    centres = centres.astype({f"serves_{group}": bool for group in GROUP_DEMAND})
    at = np.concatenate(rows)
    supply = ServiceSupply(
        planning.services, sites.offers[at],
        *(sites.places[name][at] for name in ("low", "central", "high")),
    )  # fmt: skip
    any_table = next(iter(planning.places.values()))
    held = {
        category: f"centres_{name}_infancia" in any_table for category, name in _CATEGORIES.items()
    }
    counts = count_centres(centres, Level.AGEB, held).join(
        count_places(centres, supply, Level.AGEB), how="outer"
    )
    rated = add_rates(add_supply(base, counts), supply)
    children = base["children_0_5"].where(base["children_0_5"] > 0)
    for bound in ("", "_low", "_high"):
        if f"places{bound}_guarderia" in rated:
            rate = 100 * rated[f"places{bound}_guarderia"] / children
            rated[f"places_per_100_children{bound}"] = rate
    return rated.drop(columns=base.columns)


def _closed(planning: Planning, sites: Sites) -> npt.NDArray[np.bool_]:
    """Say which centres offered something and offer nothing now."""
    closed = np.zeros(len(sites.table), dtype=bool)
    count = len(planning.sites.table)
    closed[:count] = planning.sites.offers.any(axis=1) & ~sites.offers[:count].any(axis=1)
    return closed
