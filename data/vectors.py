"""Files of shapes read through GDAL, by the drivers of their own kinds and by no other.

GDAL chooses a driver by what a file holds, whatever its name, and some content says where else to
read: in another file of the machine (``OGR_VRT``), at an address (``WFS``), through a program
(``GPSBabel``). What comes from outside must lead nowhere, so every driver but :data:`DRIVERS` is
taken out before the first file is opened.
"""

import warnings
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
from shapely.errors import ShapelyError

DRIVERS = ("ESRI Shapefile", "GPKG", "GeoJSON", "FlatGeobuf", "OSM")


class VectorError(Exception):
    """A file cannot be read as shapes; the message is GDAL's own, for who reads it in English."""


def read_layer(path: str | Path, **how: Any) -> pd.DataFrame:
    """Return a layer; with its geometry, where it has one and it is asked for.

    Parameters
    ----------
    path
        The file, or where it is within an archive (``/vsizip/…``).
    how
        What to read, as :func:`pyogrio.read_dataframe` takes it.

    Raises
    ------
    VectorError
        If it is of no kind of :data:`DRIVERS`, is damaged, or lacks what is asked for.
    """
    frame: pd.DataFrame = _asked("read_dataframe", path, how)
    return frame


def layer_info(path: str | Path, **how: Any) -> dict[str, Any]:
    """Return what a layer says of itself, as :func:`pyogrio.read_info` tells it.

    Raises
    ------
    VectorError
        As :func:`read_layer`.
    """
    info: dict[str, Any] = _asked("read_info", path, how)
    return info


def _asked(function: str, path: str | Path, how: dict[str, Any]) -> Any:
    library = _library()
    failures = (
        library.errors.DataSourceError,
        library.errors.DataLayerError,
        library.errors.FeatureError,
        library.errors.GeometryError,
        ShapelyError,  # a ring that does not close
    )
    with warnings.catch_warnings():  # GDAL's own words are for programmers; tables are checked
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            return getattr(library, function)(path, **how)
        except failures as error:
            raise VectorError(str(error)) from error


@cache
def _library() -> ModuleType:
    import pyogrio  # 30 MB of libraries no service needs that reads an atlas
    from pyogrio.core import _register_drivers

    others = [name for name in pyogrio.list_drivers() if name not in DRIVERS]
    pyogrio.set_gdal_config_options({"GDAL_SKIP": ",".join(others)})
    _register_drivers()  # registering again is when GDAL takes out those to be skipped
    left = set(pyogrio.list_drivers()).difference(DRIVERS)
    if left:
        raise RuntimeError(sorted(left))  # better no file read than one that leads elsewhere
    return pyogrio
