"""Vector tiles of a layer, built ahead into one PMTiles archive.

The work is done by tylertoo; what is chosen here is the zooms, that nothing visible is thinned out,
that features keep integer ids, and that every feature stands in the highest zoom (checked).
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import tylertoo

from data.errors import ArtifactError, StorageError, Where
from data.texts import Text
from geo.artifacts import TilesRecord, record_file
from geo.tile_archive import archive_metadata, finish_archive
from geo.tile_values import DETAIL, MOST_BYTES, for_legend

_LEVELS, _SCHEMA = b"geo:overviews", b"ARROW:schema"  # keys of an overview file's footer


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
    "agua_y_verde": Zooms(9, 15),
}


def write_tiles(
    frame: gpd.GeoDataFrame,
    layer: str,
    *,
    title: Text,
    attributes: tuple[str, ...],
    folder: Path,
    root: Path,
) -> TilesRecord | None:
    """Write ``<layer>.pmtiles`` and return its record, or None where no row has a geometry.

    The highest zoom carries values as the table does; those below carry what a legend and a label
    need of them (:func:`geo.tile_values.for_legend`), in a third less bytes. Lowest zooms whose
    tiles would be heavier than ``MOST_BYTES`` are left out whole, and the record says which.

    Parameters
    ----------
    frame
        Rows of the layer in EPSG:4326; those without geometry have no place in a tile.
    layer
        Name of the layer, which is also that of the layer within the tiles.
    title
        What people call it.
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
    folder.mkdir(exist_ok=True)
    placed["feature_id"] = np.arange(1, len(placed) + 1, dtype="int64")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".tiles-") as scratch:
        rows = Path(scratch, "cut.rows")
        placed.to_parquet(rows, index=False)
        return tile_rows(
            rows, folder / f"{layer}.pmtiles", title=title, attributes=attributes,
            extent=bounds(placed), features=len(placed), root=root,
        )  # fmt: skip


def tile_rows(
    rows: Path,
    archive: Path,
    *,
    title: Text,
    attributes: tuple[str, ...],
    extent: tuple[float, float, float, float],
    features: int,
    root: Path,
) -> TilesRecord:
    """Tile the features of a GeoParquet file, as :func:`write_tiles` does.

    Parameters
    ----------
    rows
        ``feature_id`` (1 …), the attributes and the geometry, EPSG:4326, of every feature; what
        lies beside it under other endings is written over.
    archive
        The archive to write, ``<layer>.pmtiles``.
    title, attributes, root
        As for :func:`write_tiles`.
    extent, features
        Bounds of the features, and how many there are.

    Raises
    ------
    ArtifactError
        If the highest zoom lacks a feature.
    """
    layer = archive.stem
    zooms, cut = ZOOMS[layer], rows.with_suffix("")
    try:
        by_zoom = _cut(rows, layer, zooms, cut)
        _check_complete(by_zoom.get(zooms.most, 0), features, archive)
        said = _said(title, cut, features, by_zoom)
        finished = finish_archive(cut, archive, said, most_bytes=MOST_BYTES)
    except RuntimeError as error:
        raise StorageError(
            Text("No se pudieron escribir las teselas", "The tiles could not be written"),
            where=Where(file=archive, value=str(error)),
            remedy=Text(
                "Revise espacio y permisos; el atlas en servicio no cambió",
                "Check space and permissions; the atlas in service did not change",
            ),
        ) from error
    return TilesRecord(
        file=record_file(archive, root=root),
        layer=layer,
        min_zoom=min(finished.heaviest),
        max_zoom=zooms.most,
        bounds=extent,
        attributes=attributes,
        features=features,
        features_by_zoom={str(zoom): by_zoom[zoom] for zoom in sorted(finished.heaviest)},
        heaviest_bytes_by_zoom={
            str(zoom): size for zoom, size in sorted(finished.heaviest.items())
        },
        zooms_left_out=finished.left_out,
    )


def _cut(rows: Path, layer: str, zooms: Zooms, archive: Path) -> dict[int, int]:
    """Write an archive with every row at every zoom, and return how many each zoom holds."""
    overview, drawn = (archive.with_suffix(end) for end in (".overview", ".drawn"))
    tylertoo.overview(
        str(rows), str(overview), min_zoom=zooms.least, max_zoom=zooms.most,
        no_auto_rank=True, density_drop=False, drop_rate=1.0,
        point_thinning=0.0, line_thinning=0.0, polygon_thinning=0.0,
        polygon_visibility=0.0, line_visibility=0.0, coalesce_lines=False,
    )  # fmt: skip
    _shorten(overview, drawn)
    overview.unlink()
    report = tylertoo.export_pmtiles(
        str(drawn), str(archive), layer_name=layer, feature_id="feature_id",
        min_zoom=zooms.least, tile_size_limit=0, simple_clip_fastpath=False,
    )  # fmt: skip
    return {int(zoom["zoom"]): int(zoom["level_feature_count"]) for zoom in report["zooms"]}


def _shorten(overview: Path, target: Path) -> None:
    """Copy an overview file with the numbers of all zooms but the highest made short.

    Its zooms are runs of row groups, whose ends the footer names.
    """
    with pq.ParquetFile(overview) as file:
        footer = file.metadata.metadata
        ends = [zoom["row_group_end"] for zoom in orjson.loads(footer[_LEVELS])["levels"]]
        exact_from = ends[-2] + 1 if len(ends) > 1 else 0
        with pq.ParquetWriter(target, file.schema_arrow, compression="zstd") as writer:
            for group in range(file.num_row_groups):
                rows = file.read_row_group(group)
                writer.write_table(rows if group >= exact_from else _short(rows))
            writer.add_key_value_metadata(
                {key: value for key, value in footer.items() if key != _SCHEMA}
            )


def _short(rows: pa.Table) -> pa.Table:
    for index, field in enumerate(rows.schema):
        if pa.types.is_float64(field.type):
            exact = rows.column(index)
            short = for_legend(exact.to_numpy())
            made = pa.array(short, mask=exact.is_null().to_numpy())
            rows = rows.set_column(index, field, made)
    return rows


def _said(title: Text, cut: Path, features: int, by_zoom: Mapping[int, int]) -> dict[str, Any]:
    """Return what the archive says of itself, what is left out of it included."""
    return {
        "name": title.es,
        "description": f"{DETAIL.es} · {DETAIL.en}",
        "type": "overlay",
        "features": features,
        "features_by_zoom": {str(zoom): count for zoom, count in sorted(by_zoom.items())},
        "vector_layers": archive_metadata(cut)["vector_layers"],
    }


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
