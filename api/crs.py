"""Coordinate reference systems an answer can be in, with the axis order each prescribes."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely

from data.errors import ParameterError, Where
from data.texts import Text

_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
_SEGMENTS = 32  # parts an edge of a box is cut into before it is bent by a projection


@dataclass(frozen=True, slots=True)
class Crs:
    """One reference system.

    Parameters
    ----------
    uri
        Its name in OGC API.
    authority
        Its name in files.
    decimals
        Decimals of a coordinate worth writing: about a centimetre.
    northing_first
        Whether the first coordinate is the latitude.
    """

    uri: str
    authority: str
    decimals: int
    northing_first: bool = False

    @property
    def in_metres(self) -> bool:
        """Whether coordinates are metres, not degrees."""
        return self.authority not in ("OGC:CRS84", "EPSG:4326")


CRS84 = Crs("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "OGC:CRS84", 7)
SYSTEMS = (
    CRS84,
    Crs(f"{_EPSG}4326", "EPSG:4326", 7, northing_first=True),
    Crs(f"{_EPSG}6372", "EPSG:6372", 2),
    Crs(f"{_EPSG}3857", "EPSG:3857", 2),
)
_BY_URI = {system.uri: system for system in SYSTEMS}


def find_crs(uri: str | None, parameter: str) -> Crs:
    """Return a system by its URI; CRS84 where none is given.

    Raises
    ------
    ParameterError
        If it is none of those offered.
    """
    if uri is None:
        return CRS84
    found = _BY_URI.get(uri.strip())
    if found is None:
        raise ParameterError(
            Text(f"CRS desconocido: «{uri[:80]}»", f"Unknown CRS: “{uri[:80]}”"),
            where=Where(column=parameter),
            remedy=Text(f"Hay: {', '.join(_BY_URI)}", f"There are: {', '.join(_BY_URI)}"),
        )
    return found


@lru_cache(maxsize=8)
def _transformer(source: str, target: str) -> Any:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def project(geometries: Any, system: Crs, *, prescribed: bool = True) -> Any:
    """Return geometries in longitude and latitude as geometries in a system, rounded.

    Parameters
    ----------
    geometries
        Array of shapely geometries in CRS84.
    system
        The system to write them in.
    prescribed
        Whether coordinates are in the order the system prescribes, as OGC API wants them; files
        hold easting first.
    """

    def move(coordinates: Any) -> Any:
        moved = coordinates
        if system.decimals != CRS84.decimals:
            transformer = _transformer("OGC:CRS84", system.authority)
            moved = np.column_stack(transformer.transform(coordinates[:, 0], coordinates[:, 1]))
        moved = np.round(moved, system.decimals)
        return moved[:, ::-1] if prescribed and system.northing_first else moved

    return shapely.transform(geometries, move)


def unproject(geometry: Any, system: Crs) -> Any:
    """Return a geometry given in a system, in its prescribed axis order, in CRS84."""
    if system == CRS84:
        return geometry
    west, south, east, north = geometry.bounds
    length = max(east - west, north - south) / _SEGMENTS
    if system.decimals != CRS84.decimals and length > 0:
        geometry = shapely.segmentize(geometry, length)

    def move(coordinates: Any) -> Any:
        if system.northing_first:
            return coordinates[:, ::-1]
        transformer = _transformer(system.authority, "OGC:CRS84")
        return np.column_stack(transformer.transform(coordinates[:, 0], coordinates[:, 1]))

    return shapely.transform(geometry, move)
