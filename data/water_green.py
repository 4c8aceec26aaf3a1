"""Water and green areas, from INEGI's framework or from OpenStreetMap: what a map is read by.

They are drawn under streets and change no figure. INEGI keeps them among the services of its
framework (layers ``sia``, areas, and ``sil``, lines); an OpenStreetMap extract among its areas.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from data.archives import Member, find_member, may_hold
from data.boundaries import read_outlines
from data.catalog import OSM_SUFFIXES
from data.errors import InputError, Where
from data.places import normalise_name
from data.rows import text_of
from data.tables import GEOGRAPHIC_CRS, Column, Dropped, Reading, Table
from data.texts import Text
from data.vectors import VectorError, read_layer

KINDS = ("agua", "verde", "plaza")
_SUFFIXES = (".shp", ".parquet", ".gpkg", ".geojson", *OSM_SUFFIXES)
# Layers of services in INEGI's package of a state; a package may lack either.
_LAYERS = ("sia", "sil")
# INEGI's words for what a service is (GEOGRAFICO), as normalised.
_INEGI_KINDS = {
    "CUERPO DE AGUA": "agua", "CORRIENTE DE AGUA": "agua", "CANAL": "agua", "RIO": "agua",
    "AREA VERDE": "verde", "PARQUE": "verde", "JARDIN": "verde", "BOSQUE": "verde",
    "PLAZA": "plaza",
}  # fmt: skip
# OpenStreetMap's tags of areas, by GDAL's column; the first that says something decides.
_OSM_KINDS: Mapping[str, Mapping[str, str]] = {
    "natural": {"water": "agua", "bay": "agua", "wetland": "agua", "wood": "verde",
                "scrub": "verde", "grassland": "verde"},
    "leisure": {"park": "verde", "garden": "verde", "nature_reserve": "verde"},
    "landuse": {"reservoir": "agua", "basin": "agua", "forest": "verde", "grass": "verde",
                "recreation_ground": "verde", "village_green": "verde"},
}  # fmt: skip

WATER_GREEN = Table(
    name="agua y áreas verdes",
    key=("feature_key",),
    geometry=frozenset({"Polygon", "MultiPolygon", "LineString", "MultiLineString"}),
    columns=(
        Column(name="feature_key", dtype="str", required=True, pattern=r"[0-9a-f]{16}",
               description=Text("Identificador, hecho de su forma y tipo",
                                "Identifier, made of its shape and kind")),
        Column(name="name", dtype="str",
               description=Text("Nombre del río, parque o plaza",
                                "Name of the river, park or square")),
        Column(name="kind", dtype="str", required=True, values=KINDS,
               description=Text("Si es agua, área verde o plaza",
                                "Whether it is water, green or a square")),
    ),
)  # fmt: skip


def read_water_green(paths: Sequence[Path], *, columns: Mapping[str, str] | None = None) -> Reading:
    """Read water, green areas and squares.

    Parameters
    ----------
    paths
        INEGI's packages (layers ``sia`` and ``sil``, either may be lacking) or a layer of
        services, or OpenStreetMap's extracts (``.osm``, ``.osm.pbf``).
    columns
        INEGI's column name (``GEOGRAFICO``, ``NOMSERV``) → name in the file.

    Returns
    -------
    Reading
        ``WATER_GREEN`` rows, EPSG:4326, sorted by their key; none where no file holds any.
        Services of other kinds, rows without a shape and repeated ones are left out and counted.

    Raises
    ------
    InputError
        If a file is no such layer, or is damaged.
    """
    dropped = Dropped()
    found = [_empty(), *(part for path in paths for part in _read(path, columns or {}, dropped))]
    frame = gpd.GeoDataFrame(pd.concat(found, ignore_index=True), crs=GEOGRAPHIC_CRS)
    blank = frame.geometry.isna() | frame.geometry.is_empty
    dropped.add("sin_geometria", frame.loc[blank, "kind"])
    frame = frame[~blank].set_geometry(
        frame.geometry[~blank].make_valid(method="structure", keep_collapsed=False)
    )
    # A point is no shape to draw; nor are the crumbs of mending a broken outline.
    shapes = frame.geometry.geom_type.isin(sorted(WATER_GREEN.geometry or ()))
    dropped.add("sin_area_ni_linea", frame.loc[~shapes, "kind"])
    frame = frame[shapes].reset_index(drop=True)
    keys = [_key(kind, shape) for kind, shape in zip(frame["kind"], frame.geometry, strict=True)]
    frame["feature_key"] = pd.Series(keys, index=frame.index, dtype="str")
    again = frame["feature_key"].duplicated()
    dropped.add("repetida", frame.loc[again, "feature_key"])
    frame = frame[~again].sort_values("feature_key", ignore_index=True)
    return Reading(WATER_GREEN.check(frame[["feature_key", "name", "kind", "geometry"]]), dropped)


def _key(kind: str, shape: shapely.Geometry) -> str:
    said = kind.encode() + shapely.to_wkb(shapely.normalize(shape))
    return hashlib.sha256(said).hexdigest()[:16]


def _empty() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"name": pd.Series(dtype="str"), "kind": pd.Series(dtype="str")},
        geometry=gpd.GeoSeries([], crs=GEOGRAPHIC_CRS),
    )


def _read(path: Path, columns: Mapping[str, str], dropped: Dropped) -> list[gpd.GeoDataFrame]:
    if path.suffix.lower() != ".zip":
        member = find_member(path, suffixes=_SUFFIXES)
        if member.suffix in OSM_SUFFIXES:
            return [_from_osm(member)]
        return [_from_inegi(member, columns, dropped)]
    held = [layer for layer in _LAYERS if may_hold(path, _pattern(layer))]
    return [
        _from_inegi(
            find_member(path, suffixes=_SUFFIXES, pattern=_pattern(layer)), columns, dropped
        )
        for layer in held
    ]


def _pattern(layer: str) -> str:
    return rf"(^|/)\d{{2}}{layer}\.shp$"


def _from_inegi(member: Member, columns: Mapping[str, str], dropped: Dropped) -> gpd.GeoDataFrame:
    frame = read_outlines(member)
    names = {str(name).upper(): name for name in frame.columns}
    kind = names.get(columns.get("GEOGRAFICO", "GEOGRAFICO").upper())
    if kind is None:
        raise InputError(
            Text("La capa no dice qué es cada área o línea",
                 "The layer does not say what each area or line is"),
            where=Where(file=member.label, column="GEOGRAFICO"),
            remedy=Text("Dé los servicios de área o línea del Marco Geoestadístico (sia, sil), o"
                        " diga cómo se llama su columna GEOGRAFICO",
                        "Give the framework's services of area or line (sia, sil), or say what"
                        " its column GEOGRAFICO is called"),
        )  # fmt: skip
    name = names.get(columns.get("NOMSERV", "NOMSERV").upper())
    named = (
        pd.Series(None, index=frame.index, dtype="str") if name is None else text_of(frame[name])
    )
    kinds = text_of(frame[kind]).fillna("").map(normalise_name).map(_INEGI_KINDS)
    other = kinds.isna()
    dropped.add("otro_servicio", text_of(frame.loc[other, kind]).fillna("?"))
    made = gpd.GeoDataFrame(
        {"name": named, "kind": kinds.astype("str")},
        geometry=frame.geometry.to_crs(GEOGRAPHIC_CRS),
    )
    return made[~other]


def _from_osm(member: Member) -> gpd.GeoDataFrame:
    """Read areas through GDAL's OSM driver, which puts closed ways and relations together."""
    try:
        areas = read_layer(member.gdal_path, layer="multipolygons", columns=["name", *_OSM_KINDS])
    except VectorError as error:
        raise InputError(
            Text("No es un extracto de OpenStreetMap con áreas",
                 "It is not an OpenStreetMap extract with areas"),
            where=Where(file=member.label),
            remedy=Text("Dé un .osm o .osm.pbf completo; un GraphML solo trae calles",
                        "Give a whole .osm or .osm.pbf; a GraphML holds streets alone"),
        ) from error  # fmt: skip
    kinds = pd.Series(None, index=areas.index, dtype="str")
    for tag, said in _OSM_KINDS.items():
        kinds = kinds.where(kinds.notna(), areas[tag].map(said.get).astype("str"))
    made = gpd.GeoDataFrame(
        {"name": text_of(areas["name"]), "kind": kinds}, geometry=areas.geometry
    )
    return made[kinds.notna()]
