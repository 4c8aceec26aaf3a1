"""Files of the demo city, under INEGI's names and in INEGI's layouts, equal byte for byte."""

import io
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from data.tables import METRIC_CRS

_MEMBER_DATE = (2021, 1, 25, 0, 0, 0)
_DBF_DATE = bytes([121, 1, 25])  # years since 1900, month, day
_FILE_MODE = 0o100644 << 16
_UNIX = 3
_SHAPE_PARTS = (".cpg", ".dbf", ".prj", ".shp", ".shx")


def write_zip(path: Path, members: Mapping[str, bytes]) -> None:
    """Write a zip whose bytes depend on its members only.

    Parameters
    ----------
    path
        Where to.
    members
        Content by member name, in the order they are written.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, _MEMBER_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = _UNIX
            info.external_attr = _FILE_MODE
            archive.writestr(info, content, compresslevel=6)


def csv_bytes(table: pd.DataFrame, *, encoding: str) -> bytes:
    """Return a table of text as CSV with DOS line ends, as INEGI ships them."""
    text = io.StringIO(newline="")
    table.to_csv(text, index=False, lineterminator="\r\n")
    return text.getvalue().encode(encoding)


def shapefile_members(layers: Mapping[str, gpd.GeoDataFrame]) -> dict[str, bytes]:
    """Return the files of several shapefile layers by member name.

    The driver stamps today's date into each attribute table; it is replaced by a fixed one.

    Parameters
    ----------
    layers
        Tables in EPSG:6372 by layer name.
    """
    members: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, layer in layers.items():
            path = Path(folder) / f"{name}.shp"
            pyogrio.write_dataframe(layer, path, encoding="ISO-8859-1")
            for suffix in _SHAPE_PARTS:
                content = path.with_suffix(suffix).read_bytes()
                if suffix == ".dbf":
                    content = content[:1] + _DBF_DATE + content[4:]
                members[f"conjunto_de_datos/{name}{suffix}"] = content
    return members


def layer(table: pd.DataFrame, geometry: pd.Series) -> gpd.GeoDataFrame:
    """Return a table with geometry in INEGI's coordinate system."""
    return gpd.GeoDataFrame(table.reset_index(drop=True), geometry=list(geometry), crs=METRIC_CRS)
