"""Street lines people walk on, from INEGI or from OpenStreetMap."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from data.archives import Member, find_member
from data.boundaries import read_outlines
from data.catalog import OSM_SUFFIXES
from data.errors import InputError, Where
from data.openstreetmap import read_osm_streets
from data.places import normalise_name
from data.rows import text_of
from data.tables import GEOGRAPHIC_CRS, Column, Dropped, Reading, Table
from data.texts import Text

# Fewer lines than this share within the place means the streets are of somewhere else.
MIN_SHARE_WITHIN = 0.05
_SUFFIXES = (".shp", ".parquet", ".gpkg", ".geojson", *OSM_SUFFIXES)
KINDS = (
    "andador", "autopista", "avenida", "boulevard", "calle", "callejon", "camino", "carretera",
    "cerrada", "escalera", "periferico", "privada", "sendero", "otro",
)  # fmt: skip
# INEGI's TIPOVIAL words, and the first word of the older files' street names.
_INEGI_KINDS = {
    "ANDADOR": "andador", "AUTOPISTA": "autopista", "AVENIDA": "avenida", "BOULEVARD": "boulevard",
    "CALLE": "calle", "CALLEJON": "callejon", "CALZADA": "avenida", "CAMINO": "camino",
    "CARRETERA": "carretera", "CERRADA": "cerrada", "CIRCUITO": "calle",
    "CIRCUNVALACION": "avenida",
    "CORREDOR": "andador", "EJE": "avenida", "PASAJE": "andador", "PEATONAL": "andador",
    "PERIFERICO": "periferico", "PRIVADA": "privada", "PROLONGACION": "calle", "RETORNO": "cerrada",
    "VEREDA": "sendero", "VIADUCTO": "autopista", "ESCALERA": "escalera", "ESCALINATA": "escalera",
}  # fmt: skip
# Nobody may walk on these.
NOT_WALKABLE = ("autopista",)
_YES_NO = ("si", "no", "desconocido")

STREETS = Table(
    name="calles",
    key=("street_id",),
    geometry=frozenset({"LineString"}),
    columns=(
        Column(name="street_id", dtype="str", required=True,
               description=Text("Identificador de la línea", "Identifier of the line")),
        Column(name="name", dtype="str", description=Text("Nombre de la vialidad", "Street name")),
        Column(name="kind", dtype="str", required=True, values=KINDS,
               description=Text("Tipo de vialidad", "Kind of street")),
        Column(name="oneway", dtype="str", required=True, values=_YES_NO,
               description=Text("Un solo sentido para vehículos", "One-way for vehicles")),
        Column(name="bridge", dtype="str", required=True, values=_YES_NO,
               description=Text("Va sobre un puente", "Runs on a bridge")),
        Column(name="walkable", dtype="bool", required=True,
               description=Text("Se puede caminar por ella", "One may walk along it")),
    ),
)  # fmt: skip


def read_streets(paths: Sequence[Path], *, columns: Mapping[str, str] | None = None) -> Reading:
    """Read street lines.

    Parameters
    ----------
    paths
        INEGI's packages (layer ``e``) or lines, OSM GraphML as osmnx saves it, ``.osm`` or
        ``.osm.pbf``.
    columns
        INEGI's column name (``NOMVIAL``, ``TIPOVIAL``, ``SENTIDO``) → name in the file.

    Returns
    -------
    Reading
        ``STREETS`` rows in the order of the file, EPSG:4326. Multi-part lines are split; lines
        without length and repeated lines are left out; all are counted.

    Raises
    ------
    InputError
        If a file holds no street lines, or is not what its name says.
    LimitError
        If an XML file is too large.
    """
    dropped = Dropped()
    frame = pd.concat([_read(path, columns or {}) for path in paths], ignore_index=True)
    frame["street_id"] = [str(number) for number in range(1, len(frame) + 1)]
    frame = _single_lines(gpd.GeoDataFrame(frame, crs=GEOGRAPHIC_CRS), dropped)
    return Reading(STREETS.check(frame), dropped)


def _single_lines(frame: gpd.GeoDataFrame, dropped: Dropped) -> gpd.GeoDataFrame:
    def leave_out(reason: str, wrong: pd.Series) -> None:
        nonlocal frame
        dropped.add(reason, frame.loc[wrong, "street_id"])
        frame = frame[~wrong]

    leave_out("sin_geometria", frame.geometry.isna() | frame.geometry.is_empty)
    several = frame.geometry.geom_type == "MultiLineString"
    dropped.add("linea_en_partes_separada", frame.loc[several, "street_id"])
    frame = frame.explode(index_parts=False)
    part = frame.groupby(level=0).cumcount()
    frame["street_id"] = frame["street_id"].where(
        part == 0, frame["street_id"] + "-" + part.astype("str")
    )
    leave_out("no_es_linea", frame.geometry.geom_type != "LineString")
    leave_out("sin_longitud", pd.Series(shapely.length(frame.geometry) == 0, frame.index))
    leave_out("linea_repetida", frame.geometry.normalize().to_wkb().duplicated())
    return frame.reset_index(drop=True)


def _read(path: Path, columns: Mapping[str, str]) -> gpd.GeoDataFrame:
    pattern = r"(^|/)\d{2}e\.shp$" if path.suffix.lower() == ".zip" else ""
    member = find_member(path, suffixes=_SUFFIXES, pattern=pattern)
    if member.suffix in OSM_SUFFIXES:
        return read_osm_streets(member)
    return _from_inegi(read_outlines(member), columns, member)


def _from_inegi(
    frame: gpd.GeoDataFrame, columns: Mapping[str, str], member: Member
) -> gpd.GeoDataFrame:
    names = {str(name).upper(): name for name in frame.columns}

    def column(name: str, older: str = "") -> pd.Series | None:
        found = names.get(columns.get(name, name).upper(), names.get(older.upper()))
        return None if found is None else text_of(frame[found])

    name, kind, sense = column("NOMVIAL", "via"), column("TIPOVIAL"), column("SENTIDO", "sentido")
    if name is None:
        raise InputError(
            Text("La capa no es de calles", "The layer is not one of streets"),
            where=Where(file=member.label, column="NOMVIAL"),
            remedy=Text("Dé los ejes de vialidad del Marco Geoestadístico, o diga cómo se llaman",
                        "Give INEGI's street lines, or say what their columns are called"),
        )  # fmt: skip
    word = (kind if kind is not None else name).fillna("").map(normalise_name).str.split(" ").str[0]
    kinds = word.map(_INEGI_KINDS).fillna("otro").astype("str")
    return gpd.GeoDataFrame(
        {
            "name": name,
            "kind": kinds,
            "oneway": _one_way(sense, frame.index),
            "bridge": pd.Series("desconocido", index=frame.index, dtype="str"),
            "walkable": ~kinds.isin(NOT_WALKABLE),
        },
        geometry=frame.geometry.to_crs(GEOGRAPHIC_CRS),
    )


def _one_way(sense: pd.Series | None, index: pd.Index) -> pd.Series:
    unknown = pd.Series("desconocido", index=index, dtype="str")
    if sense is None:
        return unknown
    plain = sense.fillna("").map(normalise_name)
    unknown = unknown.mask(plain.str.startswith(("UN SENTIDO", "UNO")), "si")
    return unknown.mask(plain.str.startswith(("DOS", "DOBLE")), "no")


def check_overlap(
    streets: gpd.GeoDataFrame, outline: shapely.Geometry, *, file: Path | str | None = None
) -> float:
    """Return the share of street lines that touch a place; refuse streets of somewhere else.

    Parameters
    ----------
    streets
        ``STREETS`` rows.
    outline
        Outline of the place, EPSG:4326.
    file
        File of the streets, for the error.

    Raises
    ------
    InputError
        If fewer than ``MIN_SHARE_WITHIN`` of the lines touch the place.
    """
    shapely.prepare(outline)
    share = float(shapely.intersects(outline, streets.geometry.to_numpy()).mean())
    if share < MIN_SHARE_WITHIN:
        found = ", ".join(f"{edge:.2f}" for edge in streets.total_bounds)
        wanted = ", ".join(f"{edge:.2f}" for edge in outline.bounds)
        raise InputError(
            Text("Las calles son de otro lugar", "The streets are of another place"),
            where=Where(file=file, value=found),
            remedy=Text(f"Se esperaban calles en {wanted}", f"Streets in {wanted} were expected"),
        )
    return share
