"""An atlas as one walks in it: where a point stands, how far centres and cells are from it."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import shapely
from pyproj import Transformer

from api.store import AtlasVersion
from data.errors import NotComputedError, ParameterError, Where
from data.tables import GEOGRAPHIC_CRS, METRIC_CRS
from data.texts import Text
from geo.network import CELLS, CENTRES_ON_FOOT, DM_PER_M, Attachment, Floats
from geo.search import CentreDirectory, Ways

# The compiled search takes half a second to import: it waits for the first walk, and a service
# that is starting does not wait for it.
if TYPE_CHECKING:
    from geo.travel.walk import Walk, Walker
    from geo.walkability import EdgeCosts

GENERAL = "general"
# How far outside the atlas a person may stand and still be answered.
_MARGIN_DEGREES = 0.05
_GRID_DEGREES = 1e-6
_DECIMALS = 6  # of degrees: where a centre stands


@dataclass(frozen=True, slots=True)
class Streets:
    """What walks of an atlas share: its network, and where centres and cells stand on it."""

    walker: "Walker"
    centres: Attachment
    cells: pd.DataFrame
    cells_standing: Attachment


@dataclass(frozen=True, slots=True)
class Point:
    """Where somebody stands: degrees, and EPSG:6372 metres."""

    lon: float
    lat: float
    x_m: float
    y_m: float


def has_streets(atlas: AtlasVersion) -> bool:
    """Say whether walks can be measured in an atlas."""
    return atlas.manifest.network is not None and atlas.manifest.asset(CENTRES_ON_FOOT) is not None


def streets(atlas: AtlasVersion) -> Streets:
    """Return what walks of an atlas need, read once.

    Raises
    ------
    NotComputedError
        If the atlas was built without streets or without centres.
    """
    return atlas.once("streets", lambda: _read_streets(atlas))


def directory(atlas: AtlasVersion) -> CentreDirectory:
    """Return the centres of an atlas as a search reads them, made once.

    Raises
    ------
    NotComputedError
        If the atlas has no centres.
    """
    return atlas.once("directory", lambda: CentreDirectory(_centres(atlas)))


def speed_dm_per_min(atlas: AtlasVersion) -> float:
    """Return the walking speed of the atlas's method."""
    return float(atlas.manifest.method["walking"]["speed_m_per_min"]) * DM_PER_M


def limit_min(atlas: AtlasVersion) -> float:
    """Return the longest walk the atlas's method searches."""
    return float(atlas.manifest.method["walking"]["limit_min"])


def locate(atlas: AtlasVersion, lon: float, lat: float) -> Point:
    """Return where a point is.

    Raises
    ------
    ParameterError
        If it lies outside what the atlas covers.
    """
    west, south, east, north = atlas.manifest.bounds
    margin = _MARGIN_DEGREES
    if not (west - margin <= lon <= east + margin and south - margin <= lat <= north + margin):
        raise ParameterError(
            Text(f"El punto {lon:g}, {lat:g} está fuera del atlas",
                 f"The point {lon:g}, {lat:g} is outside the atlas"),
            where=Where(column="lon"),
            remedy=Text(
                f"Dé un punto entre {west:g} y {east:g} de longitud y entre {south:g} y {north:g} "
                "de latitud",
                f"Give a point between {west:g} and {east:g} of longitude and between {south:g} "
                f"and {north:g} of latitude",
            ),
        )  # fmt: skip
    x, y = _to_metres().transform(lon, lat)
    return Point(lon, lat, float(x), float(y))


def walk(
    atlas: AtlasVersion,
    point: Point,
    minutes: float,
    *,
    profile: str = GENERAL,
    towards: bool = False,
) -> "Walk | None":
    """Walk from a point as long as some minutes; None where it stands far from any street."""
    found = streets(atlas)
    access_m = float(atlas.manifest.method["walking"]["max_access_m"])
    origin = found.walker.stand(point.x_m, point.y_m, max_access_m=access_m)
    if origin is None:
        return None
    return found.walker.walk(
        origin,
        limit_dm=int(minutes * speed_dm_per_min(atlas)),
        costs=costs(atlas, profile),
        towards=towards,
    )


def profiles(atlas: AtlasVersion) -> tuple[str, ...]:
    """Return the walking profiles of an atlas, the plain one first."""
    path = atlas.folder / "network" / "costs.parquet"
    names = pq.read_schema(path).names if path.is_file() else []
    suffix = "_forward_dm"
    return (GENERAL, *(name.removesuffix(suffix) for name in names if name.endswith(suffix)))


def costs(atlas: AtlasVersion, profile: str) -> "EdgeCosts | None":
    """Return what streets cost to a profile; None stands for their length.

    Raises
    ------
    NotComputedError
        If the atlas does not have the profile; the remedy names those it has.
    """
    if profile == GENERAL:
        return None
    known = atlas.once("profiles", lambda: profiles(atlas))
    if profile not in known:
        listed = ", ".join(known)
        raise NotComputedError(
            Text(f"El atlas no tiene el perfil «{profile[:40]}»",
                 f"The atlas does not have the profile “{profile[:40]}”"),
            remedy=Text(f"Tiene: {listed}", f"It has: {listed}"),
        )  # fmt: skip
    return atlas.once(f"costs {profile}", lambda: _read_costs(atlas, profile))


def ways(atlas: AtlasVersion, point: Point) -> "tuple[Ways, Walk | None]":
    """Return how far every centre is from a point, and the walk if it stands on a street."""
    x, y = atlas.once("centres in metres", lambda: _centre_metres(atlas))
    straight = np.hypot(x - point.x_m, y - point.y_m)
    if not has_streets(atlas):
        return Ways(None, straight), None
    walked = walk(atlas, point, limit_min(atlas))
    if walked is None:
        return Ways(np.full(len(x), np.nan), straight), None
    return Ways(minutes_to(atlas, walked, streets(atlas).centres), straight), walked


def minutes_to(atlas: AtlasVersion, walked: "Walk", points: Attachment) -> Floats:
    """Return the minutes of a walk to points; NaN where they are not reached."""
    from geo.travel.search import UNREACHED

    distance = walked.distance_dm(points)
    minutes = distance / speed_dm_per_min(atlas)
    return np.where(distance == UNREACHED, np.nan, minutes)


def lonlat(line: shapely.LineString) -> Floats:
    """Return the coordinates of a line of EPSG:6372 in degrees, shape (points, 2)."""
    return np.column_stack(_to_lonlat().transform(*shapely.get_coordinates(line).T))


def to_degrees(shapes: np.ndarray) -> np.ndarray:
    """Return shapes of EPSG:6372 in degrees, to about a tenth of a metre, valid as they were."""

    def turn(coordinates: np.ndarray) -> np.ndarray:
        return np.column_stack(_to_lonlat().transform(*coordinates.T))

    return np.asarray(shapely.set_precision(shapely.transform(shapes, turn), _GRID_DEGREES))


@cache
def _to_metres() -> Transformer:
    return Transformer.from_crs(GEOGRAPHIC_CRS, METRIC_CRS, always_xy=True)


@cache
def _to_lonlat() -> Transformer:
    return Transformer.from_crs(METRIC_CRS, GEOGRAPHIC_CRS, always_xy=True)


def _read_streets(atlas: AtlasVersion) -> Streets:
    from geo.travel.walk import Walker

    network = atlas.network
    cells, centres = (_asset(atlas, name) for name in (CELLS, CENTRES_ON_FOOT))
    by_id = centres.set_index("facility_id").reindex(list(atlas.table("centros").keys))
    return Streets(Walker(network), _standing(by_id), cells, _standing(cells))


def _read_costs(atlas: AtlasVersion, profile: str) -> "EdgeCosts":
    from geo.walkability import EdgeCosts

    columns = [f"{profile}_{way}_dm" for way in ("forward", "backward")]
    table = pd.read_parquet(atlas.folder / "network" / "costs.parquet", columns=columns)
    return EdgeCosts.of(table, profile)


def _asset(atlas: AtlasVersion, name: str) -> pd.DataFrame:
    record = atlas.manifest.asset(name)
    if record is None:
        raise NotComputedError(
            Text("El atlas no tiene centros sobre calles", "The atlas has no centres on streets"),
            remedy=Text("Constrúyalo con centros y calles", "Build it with centres and streets"),
        )
    return pd.read_parquet(atlas.folder / record.file.path)


def _standing(table: pd.DataFrame) -> Attachment:
    edge = table["edge"].fillna(-1).to_numpy("int32")
    offset, access = (
        np.rint(table[name].to_numpy("float64") * DM_PER_M) for name in ("offset_m", "access_m")
    )
    off = edge < 0
    return Attachment(
        edge,
        np.where(off, 0, offset).astype("int32"),
        np.where(off, -1, access).astype("int32"),
    )


def _centres(atlas: AtlasVersion) -> pd.DataFrame:
    return pd.DataFrame(dict(atlas.table("centros").columns))


def _centre_metres(atlas: AtlasVersion) -> tuple[Floats, Floats]:
    corners = np.round(atlas.table("centros").extents()[:, :2], _DECIMALS)
    x, y = _to_metres().transform(*corners.T)
    return np.asarray(x), np.asarray(y)
