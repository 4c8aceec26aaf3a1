"""An atlas as one walks in it: where a point stands, how far centres and cells are from it."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from api.store import AtlasVersion
from api.streets import GENERAL, Streets, costs_of, stored_network, streets_around
from data.errors import ParameterError, Where
from data.tables import GEOGRAPHIC_CRS, METRIC_CRS
from data.texts import Text
from geo.network import CENTRES_ON_FOOT, DM_PER_M, Attachment, Floats
from geo.search import READ_COLUMNS, CentreDirectory, Ways

# The compiled search takes half a second to import: it waits for the first walk, and a service
# that is starting does not wait for it.
if TYPE_CHECKING:
    from geo.travel.walk import Walk

# The longest walk anybody may ask for.
LONGEST_MIN = 60.0
# How much farther than on level street one may get: downhill and by rounding. Where a walk gets
# farther than the streets read for it, more are read and it is made again.
_FARTHEST = 1.1
# How far outside the atlas a person may stand and still be answered.
_MARGIN_DEGREES = 0.05
_GRID_DEGREES = 1e-6
_DECIMALS = 6  # of degrees: where a centre stands


@dataclass(frozen=True, slots=True)
class Point:
    """Where somebody stands: degrees, and EPSG:6372 metres."""

    lon: float
    lat: float
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True)
class Walked:
    """A walk, and the streets it was made on."""

    streets: Streets
    walk: "Walk"


def has_streets(atlas: AtlasVersion) -> bool:
    """Say whether walks can be measured in an atlas."""
    return atlas.manifest.network is not None and atlas.manifest.asset(CENTRES_ON_FOOT) is not None


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
) -> "Walked | None":
    """Walk from a point as long as some minutes; None where it stands far from any street.

    Raises
    ------
    NotComputedError
        If the atlas was built without streets or without centres, or lacks the profile.
    ArtifactError
        If its streets cannot be read.
    """
    stored_network(atlas)
    access_m = float(atlas.manifest.method["walking"]["max_access_m"])
    speed = speed_dm_per_min(atlas)
    margin_m = max(access_m, _FARTHEST * max(LONGEST_MIN, limit_min(atlas)) * speed / DM_PER_M)
    while True:
        streets = streets_around(atlas, point.x_m, point.y_m, margin_m)
        origin = streets.walker.stand(point.x_m, point.y_m, max_access_m=access_m)
        if origin is None:
            return None
        walked = streets.walker.walk(
            origin,
            limit_dm=int(minutes * speed),
            costs=costs_of(atlas, streets, profile),
            towards=towards,
        )
        if streets.window.is_enough(walked.reached_nodes):
            return Walked(streets, walked)
        margin_m *= 2


def ways(atlas: AtlasVersion, point: Point) -> tuple[Ways, Walked | None]:
    """Return how far every centre is from a point, and the walk if it stands on a street."""
    x, y = atlas.once("centres in metres", lambda: _centre_metres(atlas))
    straight = np.hypot(x - point.x_m, y - point.y_m)
    if not has_streets(atlas):
        return Ways(None, straight), None
    minutes = np.full(len(x), np.nan)
    walked = walk(atlas, point, limit_min(atlas))
    if walked is not None:
        near = walked.streets
        minutes[near.centres] = minutes_to(atlas, walked, near.centres_standing)
    return Ways(minutes, straight), walked


def minutes_to(atlas: AtlasVersion, walked: Walked, points: Attachment) -> Floats:
    """Return the minutes of a walk to points on its streets; NaN where they are not reached."""
    from geo.travel.search import UNREACHED

    distance = walked.walk.distance_dm(points)
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


def _centres(atlas: AtlasVersion) -> pd.DataFrame:
    columns = atlas.table("centros").columns
    return pd.DataFrame({name: columns[name] for name in READ_COLUMNS if name in columns})


def _centre_metres(atlas: AtlasVersion) -> tuple[Floats, Floats]:
    corners = np.round(atlas.table("centros").extents()[:, :2], _DECIMALS)
    x, y = _to_metres().transform(*corners.T)
    return np.asarray(x), np.asarray(y)
