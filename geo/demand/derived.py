"""What is derived from the counts, at the cells first and then added up to every level.

Products and bounded mixtures of counts do not add up when computed level by level. So they are
computed where people live, at the cells, and summed: parts then always add up to their whole. A
place whose cells leave someone out, or hold something unknown, is computed from its own counts.

Upper bounds do not add up so: each part may hold what only one of them can, so that their sum
may exceed by far what the place's own counts allow. Summed bounds are therefore held to these at
every level, the finest first, and what is summed above are the bounds so held.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from data.tables import Level
from geo.demand.build import Demand
from geo.demand.care_load import Weights, care_load_columns, care_load_frame
from geo.demand.counts import HALF_PERSON
from geo.demand.entitlement import (
    ENTITLED,
    AgeRates,
    entitled_columns,
    entitled_group,
    entitled_name,
    most_entitled,
)
from geo.demand.union import target_columns, target_frame
from geo.demand.variables import DerivedColumn

CELL_CODES = {
    Level.STATE: "state",
    Level.MUNICIPALITY: "municipality",
    Level.LOCALITY: "locality",
    Level.AGEB: "ageb",
    Level.BLOCK: "block",
}
Derive = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedMethod:
    """Parameters of derived demand.

    Parameters
    ----------
    rates
        National rates of affiliation by age; None takes the share of the cell.
    weights
        Care weight of every single age; None leaves out the care load.
    """

    rates: AgeRates | None = None
    weights: Weights | None = None


def derive_demand(demand: Demand, method: DerivedMethod) -> Demand:
    """Add derived columns to the cells and to the table of every level.

    Parameters
    ----------
    demand
        Counts of people.
    method
        Parameters.

    Returns
    -------
    Demand
        With the columns of `derived_columns`.
    """

    def derive(table: pd.DataFrame) -> pd.DataFrame:
        parts = [target_frame(table), entitled_frame(table, method.rates)]
        if method.weights is not None:
            parts.append(care_load_frame(table, method.weights))
        return pd.concat(parts, axis=1)

    made = summed = derive(demand.cells)
    filled: dict[Level, pd.DataFrame] = {}
    for level in sorted(demand.tables, key=lambda level: -level.code_length):
        table = demand.tables[level]
        loose = fill_level(table, demand.cells, summed, level, derive)
        filled[level] = hold_highs(loose, _entitled_caps(table))
        summed = _carry(summed, demand.cells[CELL_CODES[level]], table["cvegeo"], filled[level])
    tables = {
        level: pd.concat([table, filled[level]], axis=1) for level, table in demand.tables.items()
    }
    cells = pd.concat([demand.cells.drop(columns="geometry"), made], axis=1)
    located = gpd.GeoDataFrame(cells, geometry=demand.cells.geometry, crs=demand.cells.crs)
    return replace(demand, tables=tables, cells=located)


def derived_columns() -> Iterator[DerivedColumn]:
    """Yield every derived column, in the order a reader meets them."""
    yield from target_columns()
    yield from entitled_columns()
    yield from care_load_columns()


def entitled_frame(table: pd.DataFrame, rates: AgeRates | None) -> pd.DataFrame:
    """Return the published columns of entitled demand of cells or places, with its index."""
    columns: dict[str, object] = {}
    for affiliation, group in ENTITLED:
        made = entitled_group(table, affiliation, group, rates=rates)
        name = entitled_name(affiliation, group)
        columns |= {name: made.value, f"{name}_low": made.low, f"{name}_high": made.high}
    return pd.DataFrame(columns, index=table.index)


def _entitled_caps(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            f"{entitled_name(affiliation, group)}_high": most_entitled(table, affiliation, group)
            for affiliation, group in ENTITLED
        },
        index=table.index,
    )


def hold_highs(filled: pd.DataFrame, caps: pd.DataFrame) -> pd.DataFrame:
    """Hold upper bounds to the caps of their place, never below the estimate."""
    held = {
        name: np.maximum(np.fmin(filled[name], cap), filled[name.removesuffix("_high")])
        for name, cap in caps.items()
    }
    return filled.assign(**held)


def _carry(
    summed: pd.DataFrame, codes: pd.Series, places: pd.Series, filled: pd.DataFrame
) -> pd.DataFrame:
    """Return the cells with the upper bounds of each place scaled down to what it was held to."""
    row = pd.Index(places).get_indexer(codes)
    inside = row >= 0
    carried = {}
    for affiliation, group in ENTITLED:
        name = f"{entitled_name(affiliation, group)}_high"
        parts = summed[name].to_numpy(copy=True)
        total = np.bincount(row[inside], parts[inside], len(places))
        most = filled[name].to_numpy()
        scale = np.divide(most, total, out=np.ones(len(places)), where=total > most)
        parts[inside] *= scale[row[inside]]
        carried[name] = parts
    return summed.assign(**carried)


def fill_level(
    table: pd.DataFrame, cells: pd.DataFrame, made: pd.DataFrame, level: Level, derive: Derive
) -> pd.DataFrame:
    """Return derived columns of the places of a level: sums of cells, or from their own counts.

    Parameters
    ----------
    table
        Places, with ``cvegeo`` and ``population``.
    cells, made
        Cells with their codes and population, and what was derived of them; same index.
    level
        Level of the places.
    derive
        What to compute where cells do not tell.
    """
    places = pd.Index(table["cvegeo"])
    row = places.get_indexer(cells[CELL_CODES[level]])
    inside = row >= 0
    size = len(places)
    held = np.bincount(row[inside], cells["population"].to_numpy()[inside], size)
    counted = np.bincount(row[inside], minlength=size) > 0
    with np.errstate(invalid="ignore"):
        whole = counted & (np.abs(held - table["population"].to_numpy()) <= HALF_PERSON)
    own = derive(table)
    filled = {}
    for name in made.columns:
        summed = np.bincount(row[inside], made[name].to_numpy()[inside], size)
        told = whole & ~np.isnan(summed)
        filled[name] = np.where(told, summed, own[name].to_numpy())
    return pd.DataFrame(filled, index=table.index)
