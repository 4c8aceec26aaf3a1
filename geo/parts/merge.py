"""From the tables of parts to those of the atlas, read and written piece by piece."""

import json
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.tables import Column, Dtype, Level
from geo.artifacts import (
    AssetRecord,
    ColumnRecord,
    LayerRecord,
    NetworkRecord,
    TilesRecord,
    record_file,
)
from geo.indicators import Indicator
from geo.parts.store import finished
from geo.publish import GROUP_ROWS, TITLES, Layer, recount, shown
from geo.tiles import tile_rows

_GEOMETRY = "geometry"
# Column of a table that lists places of other parts too, and says which are the part's own.
_OWN = "own"
_BATCH_ROWS = 50_000


@dataclass(frozen=True)
class Piece:
    """A finished piece.

    Parameters
    ----------
    folder
        Where it lies.
    record
        What it says of itself.
    own
        Municipalities that are its own.
    """

    folder: Path
    record: Mapping[str, Any]
    own: tuple[str, ...]

    @cached_property
    def layers(self) -> dict[str, LayerRecord]:
        """Its layers by id."""
        return {item["id"]: LayerRecord.model_validate(item) for item in self.record["layers"]}

    @cached_property
    def assets(self) -> dict[str, AssetRecord]:
        """Its assets by id."""
        return {item["id"]: AssetRecord.model_validate(item) for item in self.record["assets"]}

    @cached_property
    def network(self) -> NetworkRecord | None:
        """The whole walking network, in the piece that holds it."""
        told = self.record.get("united_network")
        return None if told is None else NetworkRecord.model_validate(told)


def open_piece(folder: Path, own: tuple[str, ...] = ()) -> Piece:
    """Return a finished piece.

    Raises
    ------
    LookupError
        If it is not finished.
    """
    record = finished(folder)
    if record is None:
        raise LookupError(folder)
    return Piece(folder, record, own)


def read_layer(layer: str, pieces: Sequence[Piece]) -> Layer:
    """Return one layer from those of the pieces, in memory, as the steps of a build have it.

    Parameters
    ----------
    layer
        Id of the layer.
    pieces
        The pieces that hold some of it.
    """
    held = [(piece, piece.layers[layer]) for piece in pieces if layer in piece.layers]
    frames = [gpd.read_parquet(piece.folder / record.table.path) for piece, record in held]
    first = held[0][1]
    frame = pd.concat(frames, ignore_index=True).sort_values(first.key, ignore_index=True)
    columns = _columns_of(record.columns for _, record in held)
    return Layer(
        name=layer,
        level=None if first.level is None else Level(first.level),
        key=first.key,
        frame=gpd.GeoDataFrame(frame, crs=frames[0].crs),
        indicators=tuple(_indicator(column) for column in columns),
    )


def _indicator(record: ColumnRecord) -> Indicator:
    column = Column(
        name=record.name, dtype=cast("Dtype", record.dtype), unit=record.unit, values=record.values,
        description=record.description.text,
    )  # fmt: skip
    return Indicator(
        column=column, title=record.title.text, kind=record.kind, sources=record.sources,
        method=record.method, service=record.service, group=record.group, profile=record.profile,
        higher_is=record.higher_is, mapped=record.mapped,
    )  # fmt: skip


def merge_layer(layer: str, pieces: Sequence[Piece], version: Path) -> LayerRecord:
    """Write one layer from those of the pieces: table, statistics of the whole, tiles.

    Parameters
    ----------
    layer
        Id of the layer.
    pieces
        The pieces that hold some of it, each whole municipalities or states.
    version
        Folder of the version being written.
    """
    records = [piece.layers[layer] for piece in pieces if layer in piece.layers]
    files = {p.folder / p.layers[layer].table.path: {code[:2] for code in p.own}
             for p in pieces if layer in p.layers}  # fmt: skip
    key = records[0].key
    path = version / "tables" / f"{layer}.parquet"
    path.parent.mkdir(exist_ok=True)
    columns = _columns_of(record.columns for record in records)
    names = [*(column.name for column in columns), _GEOMETRY]
    rows = _write(path, _by_state(files, key), names, list(files))
    record = records[0].model_copy(
        update={
            "rows": rows,
            "table": record_file(path, root=version),
            "columns": _recounted(columns, path),
        }
    )
    return record.model_copy(update={"tiles": _tiles(record, path, version)})


def _by_state(files: Mapping[Path, Collection[str]], key: str) -> Iterator[pa.Table]:
    """Yield the rows of each state in the order of the key: keys begin with the state's code."""
    for state in sorted(set().union(*files.values())):
        wanted = (pc.field(key) >= state) & (pc.field(key) < state + "~")
        read = [pq.read_table(path, filters=wanted) for path, held in files.items()
                if state in held]  # fmt: skip
        rows = pa.concat_tables([rows for rows in read if len(rows)] or read[:1],
                                promote_options="permissive")  # fmt: skip
        if len(rows):
            yield rows.sort_by(key)


def _columns_of(records: Iterator[Sequence[ColumnRecord]] | Any) -> tuple[ColumnRecord, ...]:
    """Return every column any piece has, in the order of the first that has it."""
    found: dict[str, ColumnRecord] = {}
    for columns in records:
        for column in columns:
            found.setdefault(column.name, column)
    return tuple(found.values())


def _recounted(columns: Sequence[ColumnRecord], path: Path) -> tuple[ColumnRecord, ...]:
    made = []
    table = pq.ParquetFile(path)
    for column in columns:
        if column.dtype in ("float64", "int64") or column.values:
            values = table.read(columns=[column.name]).column(0).to_pandas()
            made.append(recount(column, values))
        else:
            made.append(column)
    return tuple(made)


def _write(
    path: Path, tables: Iterator[pa.Table], names: Sequence[str], files: Sequence[Path]
) -> int:
    """Write tables one after another as one file, described as those they come from."""
    rows = 0
    writer: pq.ParquetWriter | None = None
    try:
        for table in tables:
            chosen = table.select([name for name in names if name in table.column_names])
            if writer is None:
                schema = chosen.schema.with_metadata(_metadata(files))
                writer = pq.ParquetWriter(path, schema, compression="zstd")
            writer.write_table(chosen.cast(schema), row_group_size=GROUP_ROWS)
            rows += len(chosen)
    finally:
        if writer is not None:
            writer.close()
    return rows


def _metadata(files: Sequence[Path]) -> dict[str, str]:
    """Return what GeoParquet and pandas write beside a table, for one made of several files."""
    schemas = [pq.read_schema(path).metadata or {} for path in files]
    told = {key.decode(): value.decode() for key, value in schemas[0].items()}
    if "geo" in told:
        columns = [json.loads(schema[b"geo"])["columns"][_GEOMETRY] for schema in schemas]
        geo = json.loads(told["geo"])
        column = geo["columns"][_GEOMETRY]
        column["geometry_types"] = sorted({t for c in columns for t in c["geometry_types"]})
        boxes = np.array([c["bbox"] for c in columns if "bbox" in c], dtype="float64")
        boxes = boxes[~np.isnan(boxes).any(axis=1)] if len(boxes) else boxes
        if len(boxes):
            column["bbox"] = [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
        told["geo"] = json.dumps(geo)
    if "pandas" in told:
        pandas = json.loads(told["pandas"])
        for index in pandas["index_columns"]:
            if isinstance(index, dict):
                index["stop"] = sum(pq.read_metadata(path).num_rows for path in files)
        told["pandas"] = json.dumps(pandas)
    return told


def _tiles(record: LayerRecord, path: Path, version: Path) -> TilesRecord | None:
    """Tile a layer from its table, a batch of rows at a time."""
    attributes = shown(record)
    folder = version / "tiles"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".tiles-") as scratch:
        rows = Path(scratch, "cut.rows")
        features, extent = _write_features(path, rows, attributes)
        if not features:
            return None
        return tile_rows(
            rows, folder / f"{record.id}.pmtiles", title=TITLES[record.id],
            attributes=attributes, extent=extent, features=features, root=version,
        )  # fmt: skip


def _write_features(
    path: Path, rows: Path, attributes: Sequence[str]
) -> tuple[int, tuple[float, float, float, float]]:
    """Write what is tiled of a table; return how many features there are, and their bounds."""
    source = pq.ParquetFile(path)
    geo = json.loads(source.schema_arrow.metadata[b"geo"])
    writer: pq.ParquetWriter | None = None
    count = 0
    for batch in source.iter_batches(_BATCH_ROWS, columns=[*attributes, _GEOMETRY]):
        placed = pa.Table.from_batches([batch]).filter(pc.is_valid(batch.column(_GEOMETRY)))
        numbers = pa.array(np.arange(count + 1, count + len(placed) + 1, dtype="int64"))
        placed = placed.select([*attributes, _GEOMETRY]).append_column("feature_id", numbers)
        placed = placed.replace_schema_metadata({"geo": json.dumps(geo)})
        if writer is None:
            writer = pq.ParquetWriter(rows, placed.schema)
        writer.write_table(placed)
        count += len(placed)
    if writer is not None:
        writer.close()
    box = geo["columns"][_GEOMETRY].get("bbox", [np.nan] * 4)
    west, south, east, north = (round(float(edge), 6) for edge in box)
    return count, (west, south, east, north)


def merge_asset(asset: str, pieces: Sequence[Piece], version: Path) -> AssetRecord:
    """Write one table asset from those of the pieces, rows in the order of its leading texts.

    Parameters
    ----------
    asset
        Id of the asset.
    pieces
        The pieces, in order.
    version
        Folder of the version being written.
    """
    held = [(piece, piece.assets[asset]) for piece in pieces if asset in piece.assets]
    first = held[0][1]
    path = version / first.file.path
    path.parent.mkdir(exist_ok=True)
    if len({record.file.sha256 for _, record in held}) == 1 and len(held) > 1:
        shutil.copyfile(held[0][0].folder / first.file.path, path)
        return first
    columns = _columns_of(record.columns for _, record in held)
    read = [_own_rows(piece, record) for piece, record in held]
    table = pa.concat_tables(read, promote_options="permissive")
    leading = []
    for column in columns:
        if column.dtype != "str":
            break
        leading.append((column.name, "ascending"))
    # Among equal texts the order of the pieces stands.
    table = table.append_column("_row", pa.array(np.arange(len(table))))
    table = table.sort_by([*leading, ("_row", "ascending")]).drop_columns("_row")
    if _OWN in table.column_names:
        table = _once(table, leading[0][0])
    files = [piece.folder / record.file.path for piece, record in held]
    _write(path, iter([table]), [column.name for column in columns], files)
    return first.model_copy(
        update={
            "rows": len(table),
            "file": record_file(path, root=version),
            "columns": _recounted(columns, path),
        }
    )


def _once(table: pa.Table, key: str) -> pa.Table:
    """Return each row once, as its own part has it; or one that stands on a street."""
    own = table.column(_OWN).to_numpy(zero_copy_only=False)
    edge = table.column("edge").to_numpy()
    names = table.column(key).to_numpy(zero_copy_only=False).astype("str")
    order = np.lexsort((edge == 0, ~own, names))
    _, first = np.unique(names[order], return_index=True)
    return table.take(pa.array(order[first]))


def _own_rows(piece: Piece, record: AssetRecord) -> pa.Table:
    """Return an asset's rows of the piece's own places, with the keys of the edges they stand on.

    Keys stand in the column of edges until edges have their numbers.
    """
    path = piece.folder / record.file.path
    table = pq.read_table(path)
    keys = path.with_suffix(".keys")
    if keys.is_file():
        key = pq.read_table(keys).column("key").to_numpy().view("int64")
        at = table.column_names.index("edge")
        table = table.set_column(at, table.field(at), pa.array(key))
    for name in ("municipality", "cell_id"):
        if name in table.column_names:
            home = pc.utf8_slice_codeunits(table[name], 0, Level.MUNICIPALITY.code_length)
            return table.filter(pc.is_in(home, pa.array(piece.own, table.schema.field(name).type)))
    return table
