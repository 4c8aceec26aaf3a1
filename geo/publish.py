"""From tables in memory to an atlas version on disk: files, metadata, statistics."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pyarrow.parquet as pq

from data.tables import Level
from data.texts import Text
from geo.artifacts import (
    AssetRecord,
    ColumnRecord,
    FileRecord,
    Label,
    LayerRecord,
    NetworkRecord,
    Statistics,
    record_file,
)
from geo.indicators import Indicator
from geo.network import NETWORK_GROUP_ROWS
from geo.tiles import write_tiles

TITLES: Mapping[str, Text] = {
    "entidades": Text("Entidades", "States"),
    "municipios": Text("Municipios", "Municipalities"),
    "localidades": Text("Localidades", "Localities"),
    "agebs": Text("AGEB urbanas", "Urban AGEB"),
    "manzanas": Text("Manzanas", "Blocks"),
    "centros": Text("Centros de cuidado", "Care centres"),
    "calles": Text("Calles", "Streets"),
    "agua_y_verde": Text("Agua y áreas verdes", "Water and green areas"),
}
# Rows that are read together: a service reads a few blocks of a country, not all. With 250 columns
# a group is 16 MB once decoded.
GROUP_ROWS = 8192
_CLASSES = 5
_SIGNIFICANT_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Layer:
    """A table ready to be published.

    Parameters
    ----------
    name
        Name of the layer.
    level
        Level of its places, or None for facilities.
    key
        Column that identifies a row.
    frame
        The rows, in EPSG:4326.
    indicators
        What each column says, one for every column but the geometry, in order.
    """

    name: str
    level: Level | None
    key: str
    frame: gpd.GeoDataFrame
    indicators: tuple[Indicator, ...]


def write_layer(layer: Layer, version: Path, licences: Mapping[str, str]) -> LayerRecord:
    """Write a layer's table and tiles and return its record.

    Parameters
    ----------
    layer
        The layer; rows are written in the order of its key.
    version
        Folder of the version being written.
    licences
        Licence of each source, by role.
    """
    record, frame = _write_rows(layer, version, licences)
    tiles = write_tiles(
        frame,
        layer.name,
        title=TITLES[layer.name],
        attributes=shown(record),
        folder=version / "tiles",
        root=version,
    )
    return record.model_copy(update={"tiles": tiles})


def write_layer_table(layer: Layer, version: Path, licences: Mapping[str, str]) -> LayerRecord:
    """Write a layer's table without tiles, as :func:`write_layer` does, and return its record."""
    return _write_rows(layer, version, licences)[0]


def shown(record: LayerRecord) -> tuple[str, ...]:
    """Return the columns the tiles of a layer carry."""
    return tuple(
        column.name
        for column in record.columns
        if column.mapped or column.name in (record.key, "name")
    )


def _write_rows(
    layer: Layer, version: Path, licences: Mapping[str, str]
) -> tuple[LayerRecord, gpd.GeoDataFrame]:
    names = [indicator.column.name for indicator in layer.indicators]
    frame = layer.frame[[*names, "geometry"]].sort_values(layer.key, ignore_index=True)
    records = tuple(
        _column_record(indicator, frame[indicator.column.name], licences)
        for indicator in layer.indicators
    )
    record = LayerRecord(
        id=layer.name,
        level=layer.level.value if layer.level is not None else None,
        title=Label.of(TITLES[layer.name]),
        key=layer.key,
        rows=len(frame),
        table=_write_table(frame, records, version / "tables" / f"{layer.name}.parquet", version),
        tiles=None,
        columns=records,
    )
    return record, frame


def write_network(
    tables: Mapping[str, pd.DataFrame], statistics: Mapping[str, float], version: Path
) -> NetworkRecord:
    """Write the tables of the walking network and return its record."""
    folder = version / "network"
    folder.mkdir(exist_ok=True)
    files = []
    for name, table in sorted(tables.items()):
        path = folder / f"{name}.parquet"
        table.to_parquet(path, index=False, compression="zstd", row_group_size=NETWORK_GROUP_ROWS)
        files.append(record_file(path, root=version))
    return NetworkRecord(files=tuple(files), statistics=dict(sorted(statistics.items())))


def write_asset_table(
    frame: pd.DataFrame,
    *,
    asset_id: str,
    title: Text,
    description: Text,
    indicators: tuple[Indicator, ...],
    version: Path,
    licences: Mapping[str, str],
    method: str | None = None,
) -> AssetRecord:
    """Write a table that is no map layer to ``tables/<asset_id>.parquet`` and return its record.

    Parameters
    ----------
    frame
        The rows, in the order they are to be read.
    asset_id
        Identifier, also the name of the file.
    title, description
        What it holds.
    indicators
        What each column says, one for every column, in order.
    version
        Folder of the version being written.
    licences
        Licence of each source, by role.
    method
        Section of the methods document.
    """
    records = tuple(
        _column_record(indicator, frame[indicator.column.name], licences)
        for indicator in indicators
    )
    sources = tuple(dict.fromkeys(role for record in records for role in record.sources))
    rows = frame[[record.name for record in records]].reset_index(drop=True)
    return AssetRecord(
        id=asset_id,
        kind="table",
        title=Label.of(title),
        description=Label.of(description),
        file=_write_table(rows, records, version / "tables" / f"{asset_id}.parquet", version),
        rows=len(frame),
        columns=records,
        sources=sources,
        licence="; ".join(dict.fromkeys(licences[role] for role in sources)),
        method=method,
    )


def _write_table(
    frame: pd.DataFrame, records: Iterable[ColumnRecord], path: Path, version: Path
) -> FileRecord:
    """Write (Geo)Parquet whose columns carry their unit, description, sources and licence."""
    path.parent.mkdir(exist_ok=True)
    geographic = {"schema_version": "1.1.0"} if isinstance(frame, gpd.GeoDataFrame) else {}
    frame.to_parquet(path, index=False, compression="zstd", **geographic)
    table = pq.read_table(path)
    schema = table.schema
    for record in records:
        index = schema.get_field_index(record.name)
        described = record.model_dump(
            mode="json", include={"unit", "title", "description", "sources", "licence", "method"}
        )
        metadata = {"mapa_cuidados": orjson.dumps(described, option=orjson.OPT_SORT_KEYS)}
        schema = schema.set(index, schema.field(index).with_metadata(metadata))
    pq.write_table(table.cast(schema), path, compression="zstd", row_group_size=GROUP_ROWS)
    return record_file(path, root=version)


def _column_record(
    indicator: Indicator, values: pd.Series, licences: Mapping[str, str]
) -> ColumnRecord:
    column = indicator.column
    sources = tuple(role for role in indicator.sources if role in licences)
    return ColumnRecord(
        name=column.name,
        dtype=column.dtype,
        unit=column.unit,
        title=Label.of(indicator.title),
        description=Label.of(column.description),
        kind=indicator.kind,
        sources=sources,
        licence="; ".join(dict.fromkeys(licences[role] for role in sources)),
        method=indicator.method,
        service=indicator.service,
        group=indicator.group,
        profile=indicator.profile,
        higher_is=indicator.higher_is,
        mapped=indicator.mapped,
        values=column.values,
        statistics=summarise(values) if column.dtype in ("float64", "int64") else None,
        value_counts=_value_counts(values, column.values) if column.values else None,
    )


def recount(record: ColumnRecord, values: pd.Series) -> ColumnRecord:
    """Return the record of a column with the distribution of other values.

    Parameters
    ----------
    record
        What the column says.
    values
        Its values.
    """
    numeric = record.dtype in ("float64", "int64")
    return record.model_copy(
        update={
            "statistics": summarise(values) if numeric else None,
            "value_counts": _value_counts(values, record.values) if record.values else None,
        }
    )


def _value_counts(values: pd.Series, allowed: tuple[str, ...]) -> dict[str, int]:
    counts = values.value_counts()
    return {value: int(counts.get(value, 0)) for value in allowed}


def summarise(values: pd.Series) -> Statistics:
    """Return the distribution of a numeric column and the classes a map of it uses.

    Classes are quintiles whose limits are rounded to two significant digits, so that a legend can
    be read; limits that coincide are merged, so there may be fewer than five.

    Parameters
    ----------
    values
        Numbers; NaN is unknown and counted as such.
    """
    known = values.to_numpy(dtype="float64")
    known = known[~np.isnan(known)]
    unknown = len(values) - len(known)
    if len(known) == 0:
        return Statistics(count=0, unknown=unknown)
    least, most = float(known.min()), float(known.max())
    quantiles = np.quantile(known, np.arange(1, _CLASSES) / _CLASSES)
    rounded = {float(f"{limit:.{_SIGNIFICANT_DIGITS}g}") for limit in quantiles}
    breaks = sorted(limit for limit in rounded if least < limit <= most)
    counts = np.bincount(np.searchsorted(breaks, known, side="right"), minlength=len(breaks) + 1)
    return Statistics(
        count=len(known),
        unknown=unknown,
        minimum=least,
        maximum=most,
        mean=float(known.mean()),
        breaks=tuple(breaks),
        class_counts=tuple(int(count) for count in counts),
    )
