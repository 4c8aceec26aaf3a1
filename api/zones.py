"""What the grids of an atlas hold within a file of polygons, written as a table."""

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from api.spreadsheets import safe_text
from data.errors import NotComputedError, ParameterError, Where
from data.tables import Level
from data.texts import Text
from geo.artifacts import AssetRecord, read_manifest
from geo.grid import supports_of
from geo.grid.zones import Ground, Measured, read_polygons, zonal
from geo.network import CELLS

_DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON"}
_WRITTEN = (".csv", ".parquet", *_DRIVERS)
# Measures are averaged over the grid of the same people, or the nearest one to it that there is.
_GRID_OF_VARIABLE = {
    "children_0_5": "rejilla_primera_infancia",
    "children_0_11": "rejilla_infancia",
    "older_65_plus": "rejilla_mayores",
    "disability": "rejilla_discapacidad",
    "children_3_5": "rejilla_primera_infancia",
    "children_6_11": "rejilla_infancia",
}


def measure_zones(
    version: Path, polygons: Path, out: Path, *, rasters: Sequence[str] = (), crs: str | None = None
) -> int:
    """Write the polygons' own columns with what each grid of an atlas holds within them.

    Parameters
    ----------
    version
        Folder of the atlas version.
    polygons
        File of polygons (`geo.grid.zones.read_polygons`).
    out
        File to write: CSV, GeoParquet, GeoPackage or GeoJSON by its suffix.
    rasters
        Grids to measure; all of them if empty.
    crs
        Reference system of polygons that do not say it.

    Returns
    -------
    int
        How many polygons were measured.

    Raises
    ------
    CareError
        If the atlas has no such grid, ``out`` is of another kind, or the polygons cannot be used.
    """
    if out.suffix.lower() not in _WRITTEN:
        raise ParameterError(
            Text("No se escribe ese formato", "That format is not written"),
            where=Where(file=out),
            remedy=Text(f"Use {', '.join(_WRITTEN)}", f"Use {', '.join(_WRITTEN)}"),
        )
    grids = _wanted(version, rasters)
    measured = {
        name: Measured(version / asset.file.path, _weights(version, asset))
        for name, asset in grids.items()
    }
    zones = read_polygons(polygons, crs=crs)
    table = zonal(measured, zones, ground=_ground(version, grids))
    own = zones.drop(columns=[name for name in table.columns if name in zones.columns])
    _write(gpd.GeoDataFrame(pd.concat([own, table], axis=1), crs=zones.crs), out)
    return len(zones)


def _ground(version: Path, grids: dict[str, AssetRecord]) -> Ground:
    """Return what the grids were spread over, as the build found it; nothing if not kept."""
    manifest = read_manifest(version)
    kept = manifest.asset(CELLS)
    if kept is None:
        return Ground(np.zeros(0, dtype="object"), {})
    cells = pd.read_parquet(version / kept.file.path)
    outlines = {
        level: gpd.read_parquet(
            version / "tables" / f"{level.layer}.parquet", columns=["cvegeo", "geometry"]
        )
        for level in (Level.BLOCK, Level.AGEB, Level.LOCALITY)
        if manifest.layer(level.layer) is not None
    }
    people = {
        name: cells[asset.properties["variable"]].to_numpy(dtype="float64")
        for name, asset in grids.items()
        if asset.properties["variable"] in cells
    }
    return Ground(supports_of(cells, outlines, {}).shapes, people)


def _rasters(version: Path) -> dict[str, AssetRecord]:
    return {a.id: a for a in read_manifest(version).assets if a.kind == "raster"}


def _wanted(version: Path, wanted: Sequence[str]) -> dict[str, AssetRecord]:
    held = _rasters(version)
    missing = [name for name in wanted if name not in held]
    if missing or not held:
        names = ", ".join(held) or "–"
        raise NotComputedError(
            Text(f"El atlas no tiene la rejilla {', '.join(missing)}",
                 f"The atlas has no grid {', '.join(missing)}"),
            remedy=Text(f"Tiene: {names}", f"It has: {names}"),
        )  # fmt: skip
    return {name: asset for name, asset in held.items() if not wanted or name in wanted}


def _weights(version: Path, asset: AssetRecord) -> Path | None:
    if asset.properties["statistic"] == "sum":
        return None
    held = _rasters(version)
    people = _GRID_OF_VARIABLE.get(asset.properties["weights"], "rejilla_poblacion")
    over = held.get(people) or held["rejilla_poblacion"]
    return version / over.file.path


def _write(frame: gpd.GeoDataFrame, out: Path) -> None:
    suffix = out.suffix.lower()
    if suffix == ".csv":
        plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
        for name in plain.select_dtypes(include=["object", "str"]).columns:
            plain[name] = plain[name].map(safe_text, na_action="ignore")
        plain.to_csv(out, index=False)
    elif suffix == ".parquet":
        frame.to_parquet(out, index=False)
    else:
        written = frame.to_crs("EPSG:4326") if suffix == ".geojson" else frame
        written.to_file(out, driver=_DRIVERS[suffix])
