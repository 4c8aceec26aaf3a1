"""Women's participation in a build: rates and covariates by level, and how they go with care."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from data.errors import CareError
from data.tables import Level
from data.texts import Text
from geo.artifacts import AssetRecord
from geo.indicators import Indicator, present
from geo.participation.analysis import LevelAnalysis, analyse_level
from geo.participation.neighbours import rate_around
from geo.participation.rates import (
    MADE_OF,
    add_up_states,
    known_counts,
    participation_rates,
    urban_share,
    women_of,
)
from geo.participation.registry import participation_indicators, title_of
from geo.pipeline.work import Work
from geo.publish import Layer, write_asset_table

LEVELS = (Level.STATE, Level.MUNICIPALITY, Level.AGEB)
_CENSUS = ("census_areas", "census_localities", "census_municipalities")
_PARTS = {
    "participacion_correlaciones": Text("correlaciones", "correlations"),
    "participacion_moran": Text("coincidencia en el mapa", "the map as a whole"),
    "participacion_enlaces": Text("enlaces por cercanía", "links by nearness"),
    "participacion_modelos": Text("modelos", "models"),
    "participacion_coeficientes": Text("coeficientes", "coefficients"),
    "participacion_pruebas": Text("pruebas", "tests"),
    "participacion_tipos": Text("tipos de lugar", "types of place"),
}
_DESCRIPTION = Text(
    "Cómo se asocia la participación de las mujeres con la oferta de cuidado, por nivel:"
    " asociación, no causa",
    "How women's participation goes with care supply, by level: association, not cause",
)


def participation(work: Work) -> None:
    """Add rates and covariates to the levels, measure how they go with care, and publish it."""
    counts = _counts(work)
    rows: dict[str, list[dict[str, object]]] = {}
    contradictions = 0
    unknown: dict[str, list[Level]] = {}
    for index, layer in enumerate(work.layers):
        if layer.level not in LEVELS:
            continue
        own = counts[layer.level].reindex(layer.frame["cvegeo"])
        table, wrong = _columns(work, layer, own)
        contradictions += wrong
        for name in [name for name in table if table[name].isna().all()]:
            unknown.setdefault(str(name), []).append(layer.level)
            table = table.drop(columns=name)
        found = _analyse(work, layer, table, women_of(own))
        work.layers[index] = _with_columns(layer, table, found)
        for what, reason in found.reasons:
            work.cannot(what, reason)
        for name, more in found.tables.items():
            rows.setdefault(name, []).extend(more)
    _say_unknown(work, unknown)
    if contradictions:
        work.notes.append(
            Text(f"En {contradictions} casos el censo da una parte mayor que su total: esas"
                 " proporciones quedan sin dato",
                 f"In {contradictions} cases the census gives a part greater than its whole: those"
                 " shares are left unknown")
        )  # fmt: skip
    for name, found_rows in rows.items():
        if found_rows:
            work.assets.append(_asset(work, name, pd.DataFrame(found_rows)))


def _counts(work: Work) -> dict[Level, pd.DataFrame]:
    readings = [work.inputs.census.get(role) for role in _CENSUS]
    hidden = work.folder.options.get("zeros") == "hidden"
    counts = {level: known_counts(readings, level, zeros_hidden=hidden) for level in LEVELS}
    counts[Level.STATE] = add_up_states(counts[Level.MUNICIPALITY], counts[Level.STATE])
    return counts


def _columns(work: Work, layer: Layer, counts: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return rates, covariates and nursery places per child of a layer's places, by ``cvegeo``."""
    frame = layer.frame.set_index("cvegeo")
    table, contradictions = participation_rates(counts)
    people = frame["population"].where(frame["population"] > 0)
    table["older_share"] = frame["older_65_plus"] / people
    index = work.inputs.marginalisation
    if index is not None:
        table["marginalisation_index"] = (
            index.set_index("cvegeo")["marginalisation_index"].reindex(table.index)
        )  # fmt: skip
    localities = next((one.frame for one in work.layers if one.level is Level.LOCALITY), None)
    if localities is not None and layer.level is not Level.AGEB:
        table["urban_share"] = urban_share(
            localities, frame["population"], work.method.participation.urban_from
        )
    if "places_guarderia" in frame:
        children = frame["children_0_5"].where(frame["children_0_5"] > 0)
        for bound in ("", "_low", "_high"):
            table[f"places_per_100_children{bound}"] = (
                100.0 * frame[f"places{bound}_guarderia"] / children
            )
        if layer.level is Level.AGEB:
            table["places_around_per_100_children"] = _places_around(work, frame)
    return table, contradictions


def _places_around(work: Work, frame: gpd.GeoDataFrame) -> pd.Series:
    try:
        rate = rate_around(
            frame["places_guarderia"],
            frame["children_0_5"],
            frame.geometry,
            tolerance_m=work.method.participation.ageb_touch_m,
        )
    except CareError as error:
        work.cannot("places_around_per_100_children", error.problem)
        return pd.Series(np.nan, index=frame.index)
    return 100.0 * rate


def _analyse(work: Work, layer: Layer, columns: pd.DataFrame, women: pd.Series) -> LevelAnalysis:
    frame = layer.frame.set_index("cvegeo")
    table = gpd.GeoDataFrame(
        pd.concat(
            [
                columns,
                frame[[name for name in frame if name not in columns and name != "geometry"]],
            ],
            axis=1,
        ),
        geometry=frame.geometry,
        crs=layer.frame.crs,
    )
    if layer.level is None:
        raise TypeError
    return analyse_level(layer.level, table, women, work.method.participation)


def _with_columns(layer: Layer, columns: pd.DataFrame, found: LevelAnalysis) -> Layer:
    added = pd.concat([columns, found.columns], axis=1).reset_index(drop=True)
    frame = gpd.GeoDataFrame(pd.concat([layer.frame, added], axis=1), crs=layer.frame.crs)
    indicators = present(participation_indicators(), added.columns)
    named = tuple(
        _with_type_names(item, found) if item.column.name == "care_type" else item
        for item in indicators
    )
    return replace(layer, frame=frame, indicators=(*layer.indicators, *named))


def _with_type_names(indicator: Indicator, found: LevelAnalysis) -> Indicator:
    """Return the column of types with what each is called in this atlas."""
    es = "; ".join(f"{kind}: {name.es}" for kind, name in sorted(found.type_names.items()))
    en = "; ".join(f"{kind}: {name.en}" for kind, name in sorted(found.type_names.items()))
    own = indicator.column
    words = Text(f"{own.description.es}. {es}", f"{own.description.en}. {en}")
    return replace(indicator, column=replace(own, description=words))


def _say_unknown(work: Work, unknown: dict[str, list[Level]]) -> None:
    for name, levels in unknown.items():
        where = ", ".join(level.value for level in levels)
        codes = " / ".join(MADE_OF.get(name, ()))
        title = title_of(name)
        if not codes or title is None:
            continue
        work.cannot(
            name,
            Text(f"{title.es}: ningún archivo censal leído trae {codes} ({where})",
                 f"{title.en}: no census file that was read holds {codes} ({where})"),
        )  # fmt: skip


def _asset(work: Work, name: str, rows: pd.DataFrame) -> AssetRecord:
    indicators = participation_indicators(name)
    types = {item.column.name: item.column.dtype for item in indicators}
    return write_asset_table(
        rows[list(types)].astype(types),
        asset_id=name,
        title=Text(f"Participación: {_PARTS[name].es}", f"Participation: {_PARTS[name].en}"),
        description=_DESCRIPTION,
        indicators=indicators,
        version=work.staged,
        licences=work.inputs.licences,
        method=indicators[-1].method,
    )
