"""Demand of a set of places: from census tables to one row a place, and to cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.tables import Level
from data.texts import Text
from geo.demand.by_sex import SEX_CODES, add_sexes
from geo.demand.cells import Points, locate, make_cells, spread_over_blocks
from geo.demand.counts import CHILDREN_0_11, Counts, broken_sums, make_counts, position_of
from geo.demand.hierarchy import (
    add_missing_parents,
    add_states,
    estimate_older,
    raise_bounds,
    share_down,
)
from geo.demand.sources import LEVELS, CensusTable, Faults, LevelRows, dwellings_of, gather
from geo.demand.variables import VARIABLES, Variable


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandMethod:
    """Parameters of demand that change numbers.

    Parameters
    ----------
    missing
        What to do with counts a census file does not hold: leave them ``unknown``, or share the
        city's or municipality's people by population (``municipal_shares``), and the AGEB's
        among its drawn blocks by area.
    zeros_hidden
        Whether the source wrote hidden counts as zero: zeros of inhabited places are then
        hidden counts, unless the sums of their row prove them.
    small_count
        Highest count the census hides for being small, people.
    """

    missing: Literal["unknown", "municipal_shares"] = "unknown"
    zeros_hidden: bool = False
    small_count: float = 2.0


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the input, with its outcome in words."""

    id: str
    passed: bool
    detail: Text


@dataclass(frozen=True, slots=True)
class Demand:
    """Demand at every level at hand.

    Parameters
    ----------
    tables
        One row a place, sorted by ``cvegeo``: ``cvegeo``, ``name``, and for each variable its
        value, ``_low``, ``_high`` and ``_status``. Levels without places are left out.
    cells
        Where people start to walk (`geo.demand.cells.CELL_COLUMNS`).
    faults
        Rows that do not agree: check, level, cvegeo, variable, found, least, most.
    checks
        Outcome of every check.
    notes
        What a reader must know of the estimates.
    not_computed
        Variables that are unknown everywhere, with the reason.
    aged_12_14
        People of 12–14 by municipality, who complete the ages of projections (0–14).
    """

    tables: Mapping[Level, pd.DataFrame]
    cells: gpd.GeoDataFrame
    faults: pd.DataFrame
    checks: tuple[Check, ...]
    notes: tuple[Text, ...]
    not_computed: Mapping[str, Text]
    aged_12_14: pd.Series


_PLACES_NAMED = 5
_CHECKS: Mapping[str, Text] = {
    "fuentes_distintas": Text(
        "Dos archivos censales dan cuentas distintas del mismo lugar",
        "Two census files give different counts of the same place",
    ),
    "suma_de_fila": Text(
        "Las cuentas publicadas de un lugar no cierran entre sí",
        "The published counts of a place do not add up among themselves",
    ),
    "suma_distinta": Text(
        "Las partes de un lugar no pueden sumar su total publicado",
        "The parts of a place cannot add up to its published total",
    ),
    "suma_excedida": Text(
        "Las partes de un lugar suman más población que él",
        "The parts of a place add up to more people than it has",
    ),
    "manzana_sin_ageb": Text(
        "Manzanas cuya AGEB no está en el censo leído",
        "Blocks whose AGEB is not in the census that was read",
    ),
    "manzana_fuera_de_ageb": Text(
        "Manzanas dibujadas fuera de la AGEB de su clave",
        "Blocks drawn outside the AGEB of their code",
    ),
}


def build_demand(
    census_areas: CensusTable | None,
    census_localities: CensusTable | None,
    census_municipalities: CensusTable | None,
    boundaries: Mapping[Level, gpd.GeoDataFrame],
    *,
    method: DemandMethod,
) -> Demand:
    """Count who may need care, at every level the census tables at hand allow.

    Parameters
    ----------
    census_areas
        Urban areas and their totals (RESAGEBURB), or any table of AGEB.
    census_localities
        Localities and their totals (ITER), with ``lon`` and ``lat``.
    census_municipalities
        Municipalities. Where tables differ, the order of these three decides.
    boundaries
        Outlines by level (EPSG:4326); places drawn but not counted are rows too.
    method
        Parameters.

    Returns
    -------
    Demand
        Tables, cells and what was found on the way.

    Raises
    ------
    InputError
        If a place is repeated within a table, or a count is negative.
    """
    faults = Faults()
    rows = gather([census_areas, census_localities, census_municipalities], faults, SEX_CODES)
    levels = {level: _counts_of(rows[level], method) for level in LEVELS}
    for level in LEVELS:
        for broken in broken_sums(levels[level]):
            faults.add(
                "suma_de_fila", level, broken.place, variable=broken.relation.whole,
                found=broken.whole, least=broken.parts,
                most=broken.parts if broken.relation.exact else np.nan,
            )  # fmt: skip
    add_missing_parents(levels, faults)
    raise_bounds(levels)
    estimated = [estimate_older(levels[level]).any() for level in LEVELS]
    add_states(levels, method.small_count)
    by_shares = method.missing == "municipal_shares"
    shared = share_down(
        levels, fill_absent=by_shares, small_count=method.small_count, faults=faults
    )
    drawn = boundaries.get(Level.BLOCK)
    spread = by_shares and drawn is not None and not len(levels[Level.BLOCK])
    if spread and drawn is not None:
        levels[Level.BLOCK] = spread_over_blocks(levels[Level.AGEB], levels[Level.BLOCK], drawn)
    points = locate(boundaries, rows[Level.LOCALITY].points)
    _check_blocks_inside(boundaries, points, faults)
    tables = {
        level: _table(levels[level], rows[level].names, boundaries.get(level)) for level in LEVELS
    }
    tables = add_sexes(
        {level: table for level, table in tables.items() if len(table)}, rows,
        small_count=method.small_count, fill_absent=by_shares, zeros_hidden=method.zeros_hidden,
    )  # fmt: skip
    found = faults.table()
    return Demand(
        tables=tables,
        cells=make_cells(levels, shared, points),
        faults=found,
        checks=_checks(found),
        notes=tuple(_notes(method, tables, older=any(estimated), spread=spread)),
        not_computed=_not_computed(tables),
        aged_12_14=_aged_12_14(levels[Level.MUNICIPALITY]),
    )


def _aged_12_14(municipalities: Counts) -> pd.Series:
    up_to_14 = municipalities.column("POB0_14") - municipalities.column(CHILDREN_0_11)
    own = municipalities.column("P_12A14")
    return pd.Series(np.where(np.isnan(own), up_to_14, own), index=municipalities.places)


def _counts_of(rows: LevelRows, method: DemandMethod) -> Counts:
    return make_counts(
        rows.values,
        rows.hidden,
        dwellings_of(rows),
        small_count=method.small_count,
        zeros_hidden=method.zeros_hidden,
    )


def _table(counts: Counts, names: pd.Series, outlines: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """Return one row a place, drawn or counted."""
    label = names.copy()
    if outlines is not None:
        drawn = pd.Series(
            outlines["name"].to_numpy(dtype="object"), index=outlines["cvegeo"].astype("str")
        )
        label = label.reindex(sorted(set(label.index) | set(drawn.index) | set(counts.places)))
        label = label.where(label.notna(), drawn.reindex(label.index))
    else:
        label = label.reindex(sorted(set(label.index) | set(counts.places)))
    position = counts.places.get_indexer(label.index)
    columns: dict[str, object] = {
        "cvegeo": pd.Series(label.index, dtype="str"),
        "name": pd.Series(label.to_numpy(), dtype="str"),
    }
    for variable in VARIABLES:
        columns.update(_four_columns(counts, variable, position))
    return pd.DataFrame(columns)


def _four_columns(
    counts: Counts,
    variable: Variable,
    position: np.ndarray,
) -> Mapping[str, object]:
    column = position_of(variable.codes)
    there = position >= 0

    def placed(values: np.ndarray, empty: float) -> np.ndarray:
        return np.where(there, np.append(values, empty)[position], empty)

    value = placed(counts.value[:, column], np.nan)
    low, high = (placed(bound, np.nan) for bound in counts.bounds(column))
    published = placed(counts.published[:, column].astype("float64"), 0.0) > 0
    status = np.where(published, "publicado", np.where(np.isnan(value), "desconocido", "estimado"))
    return {
        variable.name: value,
        f"{variable.name}_low": low,
        f"{variable.name}_high": high,
        f"{variable.name}_status": pd.Series(status, dtype="str"),
    }


def _check_blocks_inside(
    boundaries: Mapping[Level, gpd.GeoDataFrame], points: Points, faults: Faults
) -> None:
    """Record the blocks whose inner point lies outside the AGEB their code names."""
    agebs = boundaries.get(Level.AGEB)
    if agebs is None or Level.BLOCK not in boundaries:
        return
    inner = points.by_level[Level.BLOCK]
    outline = pd.Series(agebs.geometry.to_numpy(), index=agebs["cvegeo"].astype("str"))
    around = outline.reindex(inner.index.str[: Level.AGEB.code_length]).to_numpy()
    outside = ~shapely.intersects_xy(around, inner["lon"].to_numpy(), inner["lat"].to_numpy())
    known = np.array([shape is not None and not pd.isna(shape) for shape in around], dtype=bool)
    for place in inner.index[outside & known]:
        faults.add("manzana_fuera_de_ageb", Level.BLOCK, str(place))


def _checks(faults: pd.DataFrame) -> tuple[Check, ...]:
    made = []
    for check, text in _CHECKS.items():
        rows = faults[faults["check"] == check]
        places = list(dict.fromkeys(rows["cvegeo"]))
        some = ", ".join(places[:_PLACES_NAMED]) + ("…" if len(places) > _PLACES_NAMED else "")
        tail = (
            Text(f": {len(rows)} ({some})", f": {len(rows)} ({some})")
            if len(rows)
            else Text(": ninguna", ": none")
        )
        made.append(
            Check(f"demanda_{check}", not len(rows), Text(text.es + tail.es, text.en + tail.en))
        )
    return tuple(made)


def _notes(
    method: DemandMethod, tables: Mapping[Level, pd.DataFrame], *, older: bool, spread: bool
) -> list[Text]:
    notes = [
        Text(
            "La demanda es potencial: cuenta a quienes tienen la edad o condición, busquen o no "
            "el servicio",
            "Demand is potential: it counts those of the age or condition, whether they seek "
            "the service or not",
        )
    ]
    if method.missing == "municipal_shares":
        notes.append(
            Text(
                "Los grupos por AGEB se estiman: la población de la AGEB por la proporción del "
                "grupo en su localidad o municipio. Las cotas abarcan cuánto se apartan de su "
                "ciudad las AGEB de Mérida (95 % de la población)",
                "Groups by AGEB are estimated: the AGEB's population times the group's share in "
                "its locality or municipality. The bounds span how far the AGEB of Mérida stray "
                "from their city (95 % of the people)",
            )
        )
    if spread:
        notes.append(
            Text(
                "El censo leído no trae manzanas: la población de cada AGEB se repartió entre "
                "sus manzanas dibujadas según su superficie",
                "The census that was read has no blocks: each AGEB's people were shared among "
                "its drawn blocks by area",
            )
        )
    if method.zeros_hidden:
        notes.append(
            Text(
                "La fuente escribió como cero los datos confidenciales: los ceros de lugares "
                "habitados se tratan como ocultos, salvo que las sumas de su fila los confirmen",
                "The source wrote confidential counts as zero: zeros of inhabited places are "
                "treated as hidden unless the sums of their row confirm them",
            )
        )
    if older:
        notes.append(
            Text(
                "Donde falta la población de 65 años y más se usa la población menos la de 0 a "
                "64 años: es una cota superior, pues incluye a quienes no especificaron su edad",
                "Where the count of people of 65 and over is missing, the population less those "
                "aged 0–64 stands for it: an upper bound, as it holds people of unspecified age",
            )
        )
    statuses = [table["children_0_11_status"] for table in tables.values()]
    hidden = sum(int((status == "estimado").sum()) for status in statuses)
    if hidden and method.missing == "unknown":
        notes.append(
            Text(
                f"En {hidden} lugares la cuenta de 0 a 11 años es confidencial y se estimó para "
                "que sume el total publicado del nivel superior; cada dato lleva sus cotas",
                f"In {hidden} places the count of children aged 0–11 is confidential and was "
                "estimated to add up to the published total one level up; each has its bounds",
            )
        )
    return notes


def _not_computed(tables: Mapping[Level, pd.DataFrame]) -> Mapping[str, Text]:
    unknown = [
        variable
        for variable in VARIABLES
        if all(
            (table[f"{variable.name}_status"] == "desconocido").all() for table in tables.values()
        )
    ]
    return {
        variable.name: Text(
            f"Ningún archivo censal leído trae {', '.join(variable.codes)}",
            f"No census file that was read holds {', '.join(variable.codes)}",
        )
        for variable in unknown
    }
