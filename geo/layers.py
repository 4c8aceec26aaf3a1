"""The layers of an atlas: tables of levels and centres with every column described."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from data.streets import STREETS
from data.tables import GEOGRAPHIC_CRS, Column, Level
from data.texts import Text
from data.water_green import WATER_GREEN
from geo.demand import CENSUS_YEAR, SEXED, VARIABLES, derived_columns
from geo.indicators import GROUPS, Indicator, Kind, present, topic_indicators
from geo.publish import Layer
from geo.supply import CENTRES

_CENSUS = ("census_areas", "census_localities", "census_municipalities")
_OUTLINES: Mapping[Level, tuple[str, ...]] = {
    Level.STATE: ("states",), Level.MUNICIPALITY: ("municipalities",),
    Level.LOCALITY: ("localities",), Level.AGEB: ("agebs",), Level.BLOCK: ("blocks",),
}  # fmt: skip
# Demand variables a map offers; the rest are in the files.
_MAPPED = ("population", "children_0_11", "older_65_plus", "disability", "target_union")
_CENTRE_TITLES = {
    "name": Text("Nombre", "Name"),
    "activity": Text("Actividad", "Activity"),
    "service_type": Text("Tipo", "Type"),
    "category": Text("Categoría", "Category"),
    "sector": Text("Sector", "Sector"),
    "scheme": Text("Esquema de acceso", "Access scheme"),
    "institution": Text("Institución", "Institution"),
    "entitlement": Text("Derechohabiencia", "Entitlement"),
    "rule_ids": Text("Reglas aplicadas", "Rules applied"),
    "confidence": Text("Confianza de la clasificación", "Confidence of the classification"),
    "age_min_days": Text("Edad mínima", "Minimum age"),
    "age_max_days": Text("Edad máxima", "Maximum age"),
    "places_low": Text("Lugares, mínimo", "Places, low"),
    "places_central": Text("Lugares", "Places"),
    "places_high": Text("Lugares, máximo", "Places, high"),
    "first_seen": Text("En el directorio desde", "Listed since"),
    "edition": Text("Edición", "Edition"),
}
_STREET_TITLES = {"name": Text("Nombre", "Name"), "kind": Text("Tipo", "Kind")}
_KINDS: Mapping[str, Kind] = {"float64": "count", "bool": "flag", "str": "text"}
_CENTRE_KINDS: Mapping[str, Kind] = {"confidence": "share"}
_CENTRES_ON_TILES = (
    "service_type", "category", "sector", "scheme", "entitlement",
    *(f"serves_{group}" for group in GROUPS),
)  # fmt: skip


def level_layer(
    level: Level,
    table: pd.DataFrame,
    outlines: gpd.GeoDataFrame | None,
    services: Mapping[str, Text],
    *,
    year: int = CENSUS_YEAR,
) -> Layer:
    """Return the layer of a level: its table joined to its outlines, columns described.

    Parameters
    ----------
    level
        Level of the places.
    table
        One row a place, with ``cvegeo``, ``name`` and the computed columns.
    outlines
        Outlines or points of the places; those without one keep their row.
    services
        Title of each service computed.
    year
        Year of the demand; where it is not the census's, its columns say they are projected.
    """
    people = (*_demand(), *_derived())
    indicators = (
        *_identity(level),
        *(people if year == CENSUS_YEAR else (_projected(item, year) for item in people)),
        *topic_indicators("group", GROUPS),
        *topic_indicators("service", services),
    )
    frame = _with_geometry(table, outlines)
    return Layer(level.layer, level, "cvegeo", frame, present(indicators, table.columns))


def centres_layer(centres: gpd.GeoDataFrame) -> Layer:
    """Return the layer of care centres."""
    indicators = tuple(_centre_indicator(column) for column in CENTRES.columns)
    return Layer("centros", None, "facility_id", centres, indicators)


def streets_layer(streets: gpd.GeoDataFrame) -> Layer:
    """Return the layer of streets: what a map is read by, and the way there.

    Parameters
    ----------
    streets
        ``data.streets.STREETS`` rows.
    """
    indicators = tuple(
        Indicator(
            column=column,
            title=_STREET_TITLES.get(column.name, column.description),
            kind="identifier" if column.name == "street_id" else _KINDS[column.dtype],
            sources=("streets",),
            mapped=column.name in ("name", "kind"),
        )
        for column in STREETS.columns
    )
    return Layer("calles", None, "street_id", streets, indicators)


def water_green_layer(features: gpd.GeoDataFrame) -> Layer:
    """Return the layer of water, green areas and squares, which a map is read by.

    Parameters
    ----------
    features
        ``data.water_green.WATER_GREEN`` rows.
    """
    indicators = tuple(
        Indicator(
            column=column,
            title=_STREET_TITLES.get(column.name, column.description),
            kind="identifier" if column.name == "feature_key" else "text",
            sources=("water_green",),
            mapped=column.name != "feature_key",
        )
        for column in WATER_GREEN.columns
    )
    return Layer("agua_y_verde", None, "feature_key", features, indicators)


def _with_geometry(table: pd.DataFrame, outlines: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    if outlines is None:
        geometry = gpd.GeoSeries([None] * len(table), crs=GEOGRAPHIC_CRS)
    else:
        by_code = outlines.set_index("cvegeo").geometry
        geometry = by_code.reindex(table["cvegeo"]).reset_index(drop=True)
    return gpd.GeoDataFrame(table.reset_index(drop=True), geometry=geometry, crs=GEOGRAPHIC_CRS)


def _identity(level: Level) -> Iterable[Indicator]:
    sources = (*_OUTLINES[level], *_CENSUS)
    yield Indicator(
        column=Column(
            name="cvegeo", dtype="str", required=True,
            description=Text("Clave geoestadística del INEGI", "INEGI geostatistical code"),
        ),
        title=Text("Clave", "Code"), kind="identifier", sources=sources,
    )  # fmt: skip
    yield Indicator(
        column=Column(name="name", dtype="str", description=Text("Nombre", "Name")),
        title=Text("Nombre", "Name"),
        kind="text",
        sources=sources,
    )


def _demand() -> Iterable[Indicator]:
    for variable in (*VARIABLES, *SEXED):
        es, en = variable.label
        title = Text(f"{es[0].upper()}{es[1:]}", f"{en[0].upper()}{en[1:]}")
        for column in variable.columns():
            kind: Kind = "state" if column.dtype == "str" else "count"
            suffix = column.name.removeprefix(variable.name)
            yield Indicator(
                column=column,
                title=Text(title.es + _SUFFIXES[suffix].es, title.en + _SUFFIXES[suffix].en),
                kind=kind,
                sources=_CENSUS,
                method="demanda",
                mapped=column.name in _MAPPED,
            )


def _projected(indicator: Indicator, year: int) -> Indicator:
    es, en = indicator.column.description
    words = Text(f"{es}; proyectada a {year} (CONAPO)", f"{en}; projected to {year} (CONAPO)")
    return replace(
        indicator,
        column=replace(indicator.column, description=words),
        sources=(*indicator.sources, "projections"),
    )


def _derived() -> Iterable[Indicator]:
    for item in derived_columns():
        yield Indicator(
            column=item.column, title=item.title, kind=item.kind, sources=_CENSUS,
            method=item.method, mapped=item.column.name in _MAPPED,
        )  # fmt: skip


_SUFFIXES = {
    "": Text("", ""),
    "_low": Text(", cota inferior", ", lower bound"),
    "_high": Text(", cota superior", ", upper bound"),
    "_status": Text(", origen del dato", ", origin of the figure"),
}


def _centre_indicator(column: Column) -> Indicator:
    is_id = column.name in ("facility_id", "denue_id", "clee")
    return Indicator(
        column=column,
        title=_CENTRE_TITLES.get(column.name, column.description),
        kind="identifier" if is_id else _CENTRE_KINDS.get(column.name, _KINDS[column.dtype]),
        sources=("denue",),
        method="oferta",
        mapped=column.name in _CENTRES_ON_TILES,
    )
