"""OpenStreetMap's streets, from extracts and osmnx graphs, and which of them one may walk along.

The rules follow OpenStreetMap's own defaults for people on foot: what a way is (``highway``)
decides, unless it says who may use it (``foot``, else ``access``). Ways drawn as areas are left
out, as osmnx does: a square is crossed along the ways through it.
"""

import math
import re
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from data.archives import Member
from data.errors import InputError, LimitError, Where
from data.rows import text_of
from data.tables import GEOGRAPHIC_CRS
from data.texts import Text
from data.vectors import VectorError, read_layer

MAX_XML_BYTES = 2 << 30
# Kind of street of each class of way that people walk on unless it says otherwise.
_KINDS = {
    "trunk": "carretera", "trunk_link": "carretera", "primary": "avenida",
    "primary_link": "avenida", "secondary": "avenida", "secondary_link": "avenida",
    "tertiary": "calle", "tertiary_link": "calle", "residential": "calle",
    "living_street": "calle", "unclassified": "calle", "road": "calle", "service": "privada",
    "pedestrian": "andador", "footway": "andador", "corridor": "andador", "platform": "andador",
    "crossing": "andador", "path": "sendero", "track": "camino", "steps": "escalera",
}  # fmt: skip
# Classes made for others, where people walk only if the way says so.
_MADE_FOR_OTHERS = {
    "motorway": "autopista", "motorway_link": "autopista", "cycleway": "sendero",
    "bridleway": "sendero", "busway": "otro", "bus_guideway": "otro",
}  # fmt: skip
_ALLOWED = ("yes", "designated", "permissive", "official", "destination", "customers", "permit")
_BARRED = ("no", "private", "use_sidepath", "military", "agricultural", "forestry")
_TAGS = ("foot", "access", "service", "motorroad", "area", "bridge", "oneway")
_ONE_WAY = ("yes", "1", "-1", "true", "True")
_LISTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def read_osm_streets(member: Member) -> gpd.GeoDataFrame:
    """Read the ways of an extract (``.osm``, ``.osm.pbf``) or of an osmnx graph (``.graphml``).

    Returns
    -------
    GeoDataFrame
        ``name``, ``kind``, ``oneway``, ``bridge``, ``walkable`` and a line each, EPSG:4326; a
        street that a graph holds both ways is there once.

    Raises
    ------
    InputError
        If the file is damaged, is not of OpenStreetMap, or holds no ways.
    LimitError
        If an XML file is too large.
    """
    if member.suffix == ".graphml":
        tags, lines = _read_graph(member)
    else:
        if member.suffix == ".osm":
            _check_xml(member)
        tags, lines = _read_extract(member)
    if tags.empty:
        raise _not_osm(member)
    classes = tags["highway"].map(_words)
    kinds = classes.map(_kind).astype("str")
    return gpd.GeoDataFrame(
        {
            "name": text_of(tags["name"].map(_first).astype("str")),
            "kind": kinds,
            "oneway": _yes_no(tags["oneway"].isin(_ONE_WAY)),
            "bridge": _yes_no(tags["bridge"].notna() & (tags["bridge"] != "no")),
            "walkable": _walkable(tags, classes),
        },
        geometry=lines,
        crs=GEOGRAPHIC_CRS,
    )


def _walkable(tags: pd.DataFrame, classes: pd.Series) -> pd.Series:
    """Say along which ways one may walk.

    A graph's edge may join several ways (``['steps', 'footway']``): one walks along it if one
    may along all of them.
    """
    foot, access = tags["foot"].map(_words), tags["access"].map(_words)
    told = foot.where(foot.map(len) > 0, access)
    allowed = foot.map(lambda words: bool(words) and all(word in _ALLOWED for word in words))
    barred = told.map(lambda words: any(word in _BARRED for word in words))
    barred |= tags["service"].map(_words).map(lambda words: "private" in words) & ~allowed
    by_nature = classes.map(lambda words: bool(words) and all(word in _KINDS for word in words))
    by_nature &= tags["motorroad"] != "yes"
    known = classes.map(
        lambda words: all(word in _KINDS or word in _MADE_FOR_OTHERS for word in words)
    )
    walkable = (by_nature | (allowed & known)) & ~barred & (tags["area"] != "yes")
    return walkable.astype("bool")


def _kind(classes: tuple[str, ...]) -> str:
    """Return the kind of a way; steps among other ways are what matters."""
    kinds = [_KINDS.get(name) or _MADE_FOR_OTHERS.get(name, "otro") for name in classes]
    if "escalera" in kinds:
        return "escalera"
    return next((kind for kind in kinds if kind != "otro"), "otro")


def _words(value: object) -> tuple[str, ...]:
    """Return the values of a tag, several where osmnx joined ways into ``['a', 'b']``."""
    text = "" if pd.isna(value) else str(value).strip()
    if text.startswith("[") and text.endswith("]"):
        return tuple(one or other for one, other in _LISTED.findall(text))
    return (text,) if text else ()


def _first(value: object) -> str | None:
    return next(iter(_words(value)), None)


def _yes_no(values: pd.Series) -> pd.Series:
    return pd.Series(np.where(values, "si", "no"), index=values.index, dtype="str")


def _read_extract(member: Member) -> tuple[pd.DataFrame, gpd.GeoSeries]:
    """Read ``highway`` ways through GDAL's OSM driver."""
    try:
        lines = read_layer(
            member.gdal_path,
            layer="lines",
            columns=["name", "highway", "other_tags"],
            where="highway IS NOT NULL",
        )
    except VectorError as error:
        raise _not_osm(member) from error
    others = lines["other_tags"].astype("str")
    told = {
        name: others.str.extract(rf'(?:^|,)"{name}"=>"((?:[^"\\]|\\.)*)"', expand=False)
        for name in _TAGS
    }
    return pd.DataFrame({"name": lines["name"], "highway": lines["highway"], **told}), (
        lines.geometry
    )


def _check_xml(member: Member) -> None:
    """Refuse XML that is too large, malformed, or declares entities."""
    _check_size(member)
    try:
        with member.open() as stream:
            for _, element in ElementTree.iterparse(stream, forbid_dtd=True):
                element.clear()
    except (ElementTree.ParseError, DefusedXmlException) as error:
        raise _not_osm(member) from error


def _check_size(member: Member) -> None:
    if member.size_bytes > MAX_XML_BYTES:
        raise LimitError(
            Text("El archivo XML es demasiado grande", "The XML file is too large"),
            where=Where(file=member.label, value=f"{member.size_bytes:,} bytes"),
            remedy=Text("Use el mismo extracto en .osm.pbf", "Use the same extract as .osm.pbf"),
        )


def _read_graph(member: Member) -> tuple[pd.DataFrame, gpd.GeoSeries]:
    """Read edges of an osmnx GraphML file, each undirected street once.

    The file is read here, without building a graph, so that a hostile file meets a parser that
    forbids entities.
    """
    _check_size(member)
    nodes: dict[str, tuple[float, float]] = {}
    rows: list[dict[str, str]] = []
    keys: dict[str, str] = {}
    try:
        with member.open() as stream:
            for _, element in ElementTree.iterparse(stream, forbid_dtd=True):
                tag = element.tag.rsplit("}", 1)[-1]
                if tag == "key":
                    keys[element.attrib["id"]] = element.attrib.get("attr.name", "")
                elif tag in ("node", "edge"):
                    told = {keys.get(d.attrib["key"], ""): d.text or "" for d in element}
                    if tag == "node":
                        nodes[element.attrib["id"]] = _finite(told["x"]), _finite(told["y"])
                    else:
                        rows.append({**told, **element.attrib})
                    element.clear()
        lines = _graph_lines(rows, nodes)
    except (ElementTree.ParseError, DefusedXmlException, KeyError, ValueError,
            shapely.errors.ShapelyError) as error:  # fmt: skip
        raise _not_osm(member) from error
    _check_degrees(lines, member)
    tags = pd.DataFrame(rows).reindex(columns=["name", "highway", *_TAGS])
    once = ~pd.Series(shapely.to_wkb(shapely.normalize(lines))).duplicated().to_numpy()
    return tags[once].reset_index(drop=True), gpd.GeoSeries(lines[once], crs=GEOGRAPHIC_CRS)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _graph_lines(
    rows: list[dict[str, str]], nodes: Mapping[str, tuple[float, float]]
) -> "np.ndarray":
    """Return each edge's line: as drawn, or straight from node to node."""
    lines = np.empty(len(rows), dtype=object)
    for index, row in enumerate(rows):
        ends = nodes[row["source"]], nodes[row["target"]]
        drawn = row.get("geometry")
        lines[index] = shapely.from_wkt(drawn) if drawn else shapely.LineString(ends)
    return lines


def _check_degrees(lines: "np.ndarray", member: Member) -> None:
    coordinates = np.abs(shapely.get_coordinates(lines))
    # Written so that a coordinate that is no number is out of bounds too.
    within = (coordinates <= np.array([180.0, 90.0])).all()
    if not within:
        raise InputError(
            Text("Las coordenadas de la red no están en grados",
                 "The coordinates of the network are not in degrees"),
            where=Where(file=member.label),
            remedy=Text("Guarde la red de osmnx sin proyectar", "Save osmnx's graph unprojected"),
        )  # fmt: skip


def _not_osm(member: Member) -> InputError:
    return InputError(
        Text("No es un extracto de calles de OpenStreetMap legible",
             "It is not a readable OpenStreetMap extract of streets"),
        where=Where(file=member.label),
        remedy=Text("Dé un .osm.pbf, un .osm o un GraphML de osmnx completo",
                    "Give a whole .osm.pbf, .osm or osmnx GraphML file"),
    )  # fmt: skip
