"""Turn a GeoParquet file into another format; run as a process of its own.

GDAL asks for rows through Python while it holds its own locks. In a service of several threads
that can stop them all, and while it writes nobody else is answered. A process apart can do neither,
and can be ended when it takes too long.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

TOO_LARGE = 3
_GEOMETRY = "geometry"
_POLYGON = 3
_BATCH_ROWS = 2_000


def convert(order: dict[str, Any]) -> None:
    """Write the file an order describes, and beside its rows the dictionary where there is one.

    Parameters
    ----------
    order
        ``source``, ``target``, ``driver``, ``layer``, ``geometry_type``, ``crs``, ``options``,
        ``most_bytes``, and ``dictionary`` with ``layer`` and ``columns``, or None.
    """
    import pyogrio  # only here: the service itself reads this module for a constant

    source = pq.ParquetFile(order["source"])
    schema = source.schema_arrow.remove_metadata()
    rows = pa.RecordBatchReader.from_batches(schema, _batches(source, schema, order))
    pyogrio.write_arrow(
        rows, order["target"], driver=order["driver"], layer=order["layer"],
        geometry_name=_GEOMETRY, geometry_type=order["geometry_type"], crs=order["crs"],
        layer_options=order["options"],
    )  # fmt: skip
    described = order["dictionary"]
    if described is not None:
        pyogrio.write_arrow(
            pa.table(described["columns"]), order["target"], driver=order["driver"],
            layer=described["layer"], append=True,
        )  # fmt: skip


def _batches(source: Any, schema: pa.Schema, order: dict[str, Any]) -> Iterator[pa.RecordBatch]:
    target = Path(order["target"])
    for batch in source.iter_batches(_BATCH_ROWS):
        if target.exists() and target.stat().st_size > order["most_bytes"]:
            sys.exit(TOO_LARGE)
        ready = pa.record_batch(batch.columns, schema=schema)
        yield _promoted(ready) if order["geometry_type"] == "MultiPolygon" else ready


def _promoted(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch whose polygons are multipolygons of one, as a layer of one type wants."""
    shapes = shapely.from_wkb(batch.column(_GEOMETRY).to_numpy(zero_copy_only=False))
    single = shapely.get_type_id(shapes) == _POLYGON
    parts = shapes[single]
    shapes[single] = shapely.multipolygons(parts, indices=np.arange(len(parts)))
    at = batch.schema.get_field_index(_GEOMETRY)
    wkb = pa.array(shapely.to_wkb(shapes), from_pandas=True, type=pa.binary())
    return batch.set_column(at, batch.schema.field(at), wkb)


if __name__ == "__main__":
    convert(json.load(sys.stdin))
