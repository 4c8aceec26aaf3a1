"""Demand carried from the census to another year by CONAPO's municipal projections.

The 2020 pattern of each municipality — who lives in which cell — is kept, and each age is scaled so
that the municipality's totals are CONAPO's: with C the projection and c the census,

    ages 0–2, 3–5, 6–11     × C(0–14, y) / c(0–14)
    ages 65+                × C(65+, y) / c(65+)
    everybody else          × (C(y) − the two above) / the same of the census
    ages 60–64              × C(45–64, y) / C(45–64, 2020), at most the ones before

People with disability are spread over the ages of their cell by national rates (`geo.demand.union`)
and grow with them: rates by age stay as they are. Affiliation keeps its share of the cell.
"""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from data.errors import MissingInputError, ParameterError, Where
from data.tables import Level
from data.texts import Text
from geo.demand.build import Check, Demand
from geo.demand.by_sex import scale_sexes
from geo.demand.derived import fill_level, hold_highs
from geo.demand.suppression import Floats
from geo.demand.union import expected_by_age
from geo.demand.variables import VARIABLES

CENSUS_YEAR = 2020
_CHILDREN = tuple(v.name for v in VARIABLES if v.of_ages and v.name.startswith("children"))
_DOMAINS = tuple(v.name for v in VARIABLES if v.name.startswith("disability_"))
_AFFILIATED = tuple(v.name for v in VARIABLES if v.name.startswith(("insured_", "uninsured")))
PROJECTED = (
    "population", *_CHILDREN, "older_60_plus", "older_65_plus", "disability", *_DOMAINS,
    *_AFFILIATED,
)  # fmt: skip
_NOT_PROJECTED = tuple(v.name for v in VARIABLES if v.name not in PROJECTED)
_FACTORS = ("children", "rest", "older", "nearly")
_NAMED = 8


@dataclass(frozen=True, slots=True)
class _Projected:
    """Values of a table for the year, by variable, with what each was multiplied by."""

    value: dict[str, Floats]
    ratio: dict[str, Floats]


def project_demand(demand: Demand, projections: pd.DataFrame | None, year: int) -> Demand:
    """Carry demand to a year.

    Parameters
    ----------
    demand
        Counts of the census, with ``aged_12_14`` by municipality.
    projections
        `data.projections.PROJECTIONS`; None where there is no such source.
    year
        Year wanted; that of the census changes nothing.

    Returns
    -------
    Demand
        The same places and cells: values and bounds of the year, statuses ``estimado`` or
        ``desconocido``. Counts that are not projected, and those of municipalities the projections
        or the census do not hold, are unknown; the latter are named by a check.

    Raises
    ------
    MissingInputError
        If there are no projections.
    ParameterError
        If they do not hold the year, or 2020.
    """
    if year == CENSUS_YEAR:
        return demand
    if projections is None:
        raise MissingInputError(
            Text("Proyectar necesita una fuente de proyecciones", "To project needs projections"),
            where=Where(column="sources.projections", value=year),
            remedy=Text("Dé las proyecciones municipales del CONAPO en cuidados.toml, como"
                        " [sources.projections] (fetch no las descarga), o quite --year",
                        "Give CONAPO's municipal projections in cuidados.toml, as"
                        " [sources.projections] (fetch does not bring them), or leave out --year"),
        )  # fmt: skip
    factors = municipal_factors(demand, projections, year)
    cells = demand.cells
    made = _columns(cells, factors.reindex(cells["municipality"]))
    municipal = demand.tables.get(Level.MUNICIPALITY)
    tables = {
        level: _table(table, level, cells, made, factors, municipal)
        for level, table in demand.tables.items()
    }
    held = [name for name in cells.columns if name in made.columns]
    moved = cells.assign(**{name: made[name] for name in held})
    moved = moved.assign(**dict.fromkeys(_NOT_PROJECTED, np.nan))
    return replace(
        demand,
        tables=tables,
        cells=gpd.GeoDataFrame(moved, geometry=cells.geometry, crs=cells.crs),
        checks=(*demand.checks, _check(factors, year)),
        notes=(*demand.notes, _note(year)),
        not_computed={**demand.not_computed, **_reasons(year)},
    )


def municipal_factors(demand: Demand, projections: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return what each age of each municipality is multiplied by.

    Returns
    -------
    DataFrame
        Indexed by municipality: ``children``, ``rest``, ``older``, ``nearly`` (ages 60–64); NaN
        where the census or the projections do not tell.
    """
    conapo, before = (_of_year(projections, wanted) for wanted in (year, CENSUS_YEAR))
    census = demand.tables[Level.MUNICIPALITY].set_index("cvegeo")
    conapo, before = conapo.reindex(census.index), before.reindex(census.index)
    young, old = census["children_0_11"], census["older_65_plus"]
    children = conapo["0-14"] / (young + demand.aged_12_14.reindex(census.index))
    rest_now = conapo.sum(axis=1, skipna=False) - children * young - conapo["65+"]
    rest = rest_now / (census["population"] - young - old)
    made = pd.DataFrame(
        {
            "children": children, "rest": rest, "older": conapo["65+"] / old,
            "nearly": conapo["45-64"] / before["45-64"],
        },
        index=census.index,
    )  # fmt: skip
    # A census without any of an age cannot be scaled to have some: then nothing is known.
    return made.where(np.isfinite(made)).where(np.isfinite(made).all(axis=1))


def _of_year(projections: pd.DataFrame, year: int) -> pd.DataFrame:
    rows = projections[projections["year"] == year]
    if rows.empty:
        years = sorted(projections["year"].unique())
        span = f"{years[0]}–{years[-1]}" if years else "—"
        raise ParameterError(
            Text("Las proyecciones no llegan a ese año", "The projections do not hold that year"),
            where=Where(column="demand.year", value=year),
            remedy=Text(f"Elija un año de {span}", f"Choose a year of {span}"),
        )
    return rows.pivot_table(index="cvegeo", columns="age", values="population", observed=True)


# 60 and over is of two bands that grow apart.
_ALIKE = tuple(v.name for v in VARIABLES if v.of_ages and v.name != "older_60_plus")


def _table(
    table: pd.DataFrame, level: Level, cells: pd.DataFrame, made: pd.DataFrame,
    factors: pd.DataFrame, municipal: pd.DataFrame | None,
) -> pd.DataFrame:  # fmt: skip
    """Return a level's table for the year: sums of cells, else scaled by its municipality."""

    def scale(places: pd.DataFrame) -> pd.DataFrame:
        if level is not Level.STATE:
            return _columns(places, factors.reindex(places["cvegeo"].str[:5]))
        if municipal is None:
            return pd.DataFrame(np.nan, index=places.index, columns=list(made.columns))
        parts = _columns(municipal, factors.reindex(municipal["cvegeo"]))
        codes = pd.DataFrame({"state": municipal["cvegeo"].str[:2]}).assign(
            population=municipal["population"]
        )
        nothing = pd.DataFrame(np.nan, index=places.index, columns=list(made.columns))
        return fill_level(places, codes, parts, level, lambda _: nothing)

    own = scale(table)
    # Each of these ages grows alike all over a municipality: a place's own bound, scaled, holds.
    filled = hold_highs(
        fill_level(table, cells, made, level, lambda _: own),
        own[[f"{name}_high" for name in _ALIKE if f"{name}_high" in own]],
    )
    changed: dict[str, object] = {name: filled[name] for name in filled}
    changed |= scale_sexes(table, filled)
    for variable in VARIABLES:
        name = variable.name
        if name in _NOT_PROJECTED:
            changed |= dict.fromkeys((name, f"{name}_low", f"{name}_high"), np.nan)
        value = filled[name] if name in filled else pd.Series(np.nan, index=table.index)
        status = np.where(value.isna(), "desconocido", "estimado")
        changed[f"{name}_status"] = pd.Series(status, index=table.index, dtype="str")
    return table.assign(**changed)


def _columns(table: pd.DataFrame, factors: pd.DataFrame) -> pd.DataFrame:
    """Return values and bounds of the year for cells or places, by their municipality's factors."""
    made = _project(table, {name: factors[name].to_numpy() for name in _FACTORS})
    population = made.value["population"]
    columns: dict[str, Floats] = {}
    for name in PROJECTED:
        value, ratio = made.value[name], made.ratio[name]
        low, high = (
            _values(table, f"{name}{side}") if f"{name}{side}" in table else _values(table, name)
            for side in ("_low", "_high")
        )
        columns[name] = value
        columns[f"{name}_low"] = np.fmin(low * ratio, value)
        columns[f"{name}_high"] = np.fmax(np.minimum(high * ratio, population), value)
    return pd.DataFrame(columns, index=table.index)


def _project(table: pd.DataFrame, by: dict[str, Floats]) -> _Projected:
    value: dict[str, Floats] = {}
    ratio: dict[str, Floats] = {}
    people, old = _values(table, "population"), _values(table, "older_65_plus")
    young = _values(table, "children_0_11")
    rest = np.maximum(people - young - old, 0.0)
    for name in _CHILDREN:
        value[name], ratio[name] = _values(table, name) * by["children"], by["children"]
    value["older_65_plus"], ratio["older_65_plus"] = old * by["older"], by["older"]
    value["population"] = young * by["children"] + old * by["older"] + rest * by["rest"]
    # A place nobody lives in stays so, whatever its municipality's ages.
    value["population"] = np.where(people == 0, 0.0, value["population"])
    grown = _ratio(value["population"], people, by["rest"])
    ratio["population"] = grown
    nearly = np.clip(_values(table, "older_60_plus") - old, 0.0, rest)
    value["older_60_plus"] = value["older_65_plus"] + np.minimum(
        nearly * by["nearly"], rest * by["rest"]
    )
    ratio["older_60_plus"] = _ratio(value["older_60_plus"], _values(table, "older_60_plus"), grown)
    disabled = _values(table, "disability")
    value["disability"] = _disabled(table, disabled, (young, rest, old), by)
    ratio["disability"] = _ratio(value["disability"], disabled, grown)
    for name in _DOMAINS:
        value[name], ratio[name] = _values(table, name) * ratio["disability"], ratio["disability"]
    for name in _AFFILIATED:
        value[name], ratio[name] = _values(table, name) * grown, grown
    return _Projected(value, ratio)


def _disabled(
    table: pd.DataFrame, disabled: Floats, ages: tuple[Floats, ...], by: dict[str, Floats]
) -> Floats:
    """Return people with disability, each growing with the age national rates put them in."""
    expected = expected_by_age(table)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(expected / expected.sum(axis=0))
    placed = np.minimum(disabled * share, np.stack(ages))
    for position in (2, 1, 0):  # whom no age could hold goes where there is room, oldest first
        left = disabled - placed.sum(axis=0)
        placed[position] += np.clip(ages[position] - placed[position], 0.0, np.maximum(left, 0.0))
    grown = placed[0] * by["children"] + placed[1] * by["rest"] + placed[2] * by["older"]
    return np.where(disabled == 0, 0.0, grown)


def _ratio(now: Floats, before: Floats, otherwise: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(before > 0, now / before, otherwise)


def _values(table: pd.DataFrame, name: str) -> Floats:
    values: Floats = table[name].to_numpy(dtype="float64")
    return values


def _check(factors: pd.DataFrame, year: int) -> Check:
    missing = factors.index[factors.isna().any(axis=1)]
    some = ", ".join(missing[:_NAMED]) + ("…" if len(missing) > _NAMED else "")
    found = f"{len(missing)} ({some})"
    es, en = (found, found) if len(missing) else ("ninguno", "none")
    return Check(
        "demanda_proyeccion_incompleta",
        not len(missing),
        Text(
            f"Municipios sin proyección a {year} o sin edades en el censo: {es}",
            f"Municipalities without a projection to {year} or ages in the census: {en}",
        ),
    )


def _note(year: int) -> Text:
    return Text(
        f"La demanda es una PROYECCIÓN a {year}: el patrón de 2020 llevado a los totales por edad "
        "de las proyecciones municipales del CONAPO; las tasas de discapacidad por edad y la "
        "afiliación se suponen constantes, y las cotas no incluyen el error de la proyección",
        f"Demand is a PROJECTION to {year}: the pattern of 2020 carried to the totals by age of "
        "CONAPO's municipal projections; rates of disability by age and affiliation are taken as "
        "constant, and the bounds do not hold the error of the projection",
    )


def _reasons(year: int) -> dict[str, Text]:
    reason = Text(
        f"La actividad económica no se proyecta a {year}: solo se conoce en 2020",
        f"Economic activity is not projected to {year}: it is known in 2020 only",
    )
    return dict.fromkeys(_NOT_PROJECTED, reason)
