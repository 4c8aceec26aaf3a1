"""Tables kept by municipality: written once by state, read back for any set of municipalities."""

import hashlib
from collections.abc import Collection, Iterable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from data.tables import GEOGRAPHIC_CRS

# Column that says where a row belongs, and that of the state's own rows.
HOME = "_municipality"
_WKB = "_wkb"
_LEVEL = 1


def put(
    frame: pd.DataFrame, home: pd.Series, path: Path, *, unread: Collection[str] = ()
) -> dict[str, str]:
    """Write a table with the rows of a municipality together, and return a hash of each's.

    Parameters
    ----------
    frame
        The table; a geometry column is kept, in EPSG:4326.
    home
        Municipality of each row.
    path
        Parquet file to write.
    unread
        Columns no measure depends on: they are kept, but change no hash.
    """
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore")).reset_index(drop=True)
    if isinstance(frame, gpd.GeoDataFrame):
        plain[_WKB] = shapely.to_wkb(frame.geometry.to_numpy())
    plain[HOME] = pd.Series(home.to_numpy(), dtype="str")
    order = np.argsort(plain[HOME].to_numpy(dtype="str"), kind="stable")
    table = pa.Table.from_pandas(plain.iloc[order], preserve_index=False)
    hashes = {}
    # Read once or twice, by municipality: dictionaries and limits of other columns cost a quarter
    # of the writing and are never looked at.
    with pq.ParquetWriter(
        path, table.schema, compression="zstd", compression_level=_LEVEL,
        use_dictionary=False, write_statistics=[HOME],
    ) as out:  # fmt: skip
        for code, start, length in _runs(table.column(HOME)):
            rows = table.slice(start, length)
            out.write_table(rows)
            hashes[code] = _hash(rows.drop_columns([c for c in unread if c in rows.column_names]))
        if not len(table):
            out.write_table(table)
    return hashes


def _runs(column: pa.ChunkedArray) -> Iterable[tuple[str, int, int]]:
    codes = column.to_numpy(zero_copy_only=False).astype("str")
    if len(codes):
        starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
        for start, stop in zip(starts, [*starts[1:], len(codes)], strict=True):
            yield str(codes[start]), int(start), int(stop - start)


def _hash(rows: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        # Copied, so that what lies before and after the rows in memory is not hashed with them.
        stream.write_table(rows.take(pa.array(np.arange(len(rows)))).combine_chunks())
    return hashlib.sha256(sink.getvalue()).hexdigest()[:24]


def take(
    paths: Iterable[Path],
    homes: Collection[str] | None = None,
    *,
    columns: Collection[str] | None = None,
) -> tuple[pd.DataFrame, pd.Series] | None:
    """Read the rows of some municipalities, in the order of the files.

    Parameters
    ----------
    paths
        Files of one table; those that are not there hold nothing.
    homes
        Municipalities; None reads all.
    columns
        Columns to read, besides the municipality; None reads all.

    Returns
    -------
    table, home
        The rows and the municipality of each, or None where no file is there.
    """
    wanted = None if homes is None else pc.field(HOME).isin(sorted(homes))
    chosen = None if columns is None else [*columns, HOME]
    read = [pq.read_table(path, filters=wanted, columns=chosen) for path in paths if path.is_file()]
    if not read:
        return None
    table = pa.concat_tables(read, promote_options="permissive")
    frame = table.to_pandas()
    home = frame.pop(HOME).astype("str")
    if _WKB in frame:
        geometry = shapely.from_wkb(frame.pop(_WKB).to_numpy())
        return gpd.GeoDataFrame(frame, geometry=geometry, crs=GEOGRAPHIC_CRS), home
    return frame, home
