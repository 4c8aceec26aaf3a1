"""Vector tiles of a layer, built ahead into one PMTiles archive.

The work is done by tylertoo; what is chosen here is the zooms, that nothing visible is thinned out,
that features keep integer ids, and that every feature stands in the highest zoom (checked).
"""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import tylertoo

from data.errors import ArtifactError, StorageError, Where
from data.texts import Text
from geo.artifacts import TilesRecord, record_file


@dataclass(frozen=True, slots=True)
class Zooms:
    """Zooms a layer is tiled for, both included."""

    least: int
    most: int


ZOOMS = {
    "entidades": Zooms(3, 9),
    "municipios": Zooms(3, 11),
    "localidades": Zooms(6, 14),
    "agebs": Zooms(8, 14),
    "manzanas": Zooms(13, 15),
    "centros": Zooms(5, 15),
    "calles": Zooms(12, 15),
}


def write_tiles(
    frame: gpd.GeoDataFrame, layer: str, *, attributes: tuple[str, ...], folder: Path, root: Path
) -> TilesRecord | None:
    """Write ``<layer>.pmtiles`` and return its record, or None where no row has a geometry.

    Parameters
    ----------
    frame
        Rows of the layer in EPSG:4326; those without geometry have no place in a tile.
    layer
        Name of the layer, which is also that of the layer within the tiles.
    attributes
        Columns the tiles carry. Unknown values are left out of a feature, as vector tiles do.
    folder, root
        Where to write, and the folder of the version that paths are relative to.

    Raises
    ------
    ArtifactError
        If the highest zoom lacks a feature.
    """
    placed = frame.loc[frame.geometry.notna(), [*attributes, "geometry"]].reset_index(drop=True)
    if placed.empty:
        return None
    zooms = ZOOMS[layer]
    folder.mkdir(exist_ok=True)
    archive = folder / f"{layer}.pmtiles"
    rows, overview = folder / f"{layer}.rows", folder / f"{layer}.overview"
    placed["feature_id"] = np.arange(1, len(placed) + 1, dtype="int64")
    try:
        placed.to_parquet(rows, index=False)
        tylertoo.overview(
            str(rows), str(overview), min_zoom=zooms.least, max_zoom=zooms.most,
            no_auto_rank=True, density_drop=False, drop_rate=1.0,
            point_thinning=0.0, line_thinning=0.0, polygon_thinning=0.0,
            polygon_visibility=0.0, line_visibility=0.0, coalesce_lines=False,
        )  # fmt: skip
        report = tylertoo.export_pmtiles(
            str(overview), str(archive), layer_name=layer, feature_id="feature_id",
            min_zoom=zooms.least, tile_size_limit=0, simple_clip_fastpath=False,
        )  # fmt: skip
    except RuntimeError as error:
        raise StorageError(
            Text("No se pudieron escribir las teselas", "The tiles could not be written"),
            where=Where(file=archive, value=str(error)),
            remedy=Text(
                "Revise espacio y permisos; el atlas en servicio no cambió",
                "Check space and permissions; the atlas in service did not change",
            ),
        ) from error
    finally:
        rows.unlink(missing_ok=True)
        overview.unlink(missing_ok=True)
    by_zoom = {str(zoom["zoom"]): int(zoom["level_feature_count"]) for zoom in report["zooms"]}
    _check_complete(by_zoom.get(str(zooms.most), 0), len(placed), archive)
    return TilesRecord(
        file=record_file(archive, root=root),
        layer=layer,
        min_zoom=zooms.least,
        max_zoom=zooms.most,
        bounds=bounds(placed),
        attributes=attributes,
        features=len(placed),
        features_by_zoom=by_zoom,
    )


def _check_complete(found: int, expected: int, archive: Path) -> None:
    if found != expected:
        raise ArtifactError(
            Text(
                f"A las teselas les faltan elementos: {found} de {expected}",
                f"The tiles lack features: {found} of {expected}",
            ),
            where=Where(file=archive),
            remedy=Text(
                "Revise las geometrías de la capa; el atlas en servicio no cambió",
                "Check the layer's geometries; the atlas in service did not change",
            ),
        )


def bounds(frame: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """Return west, south, east and north of what has a geometry, in degrees to six decimals."""
    west, south, east, north = (round(float(edge), 6) for edge in frame.total_bounds)
    return west, south, east, north
