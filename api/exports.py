"""Rows of a layer as files: CSV, GeoParquet, GeoPackage, FlatGeobuf, XLSX.

A file is written a few thousand rows at a time into a folder of its own, opened, and its name
removed before the first byte is sent: nothing is left behind, whatever happens to the client.
"""

import codecs
import csv
import io
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import geopandas as gpd
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from api import convert
from api.crs import CRS84, Crs, project
from api.media import Format
from api.selection import Selection
from api.spreadsheets import dictionary_rows, safe_text
from data.errors import BusyError, LimitError, StorageError, Where
from data.texts import Language, Text
from geo.artifacts import LayerRecord

_BATCH_ROWS = 2_000
_CHUNK_BYTES = 1 << 18
_WAIT_S = 10.0
_SECONDS = 120.0  # for GDAL to write one file
MAX_SHEET_CELLS = 3_000_000
_POINT, _POLYGON, _MULTIPOLYGON = 0, 3, 6
_GEOMETRY = "geometry"
_CENTROID, _CENTROID_M = ("lon", "lat"), ("easting_m", "northing_m")


class Exporter:
    """Writer of files for one application, a few at a time.

    Parameters
    ----------
    at_once
        Files written at the same time; further requests wait a little and are then refused.
    most_bytes
        Largest file written.
    """

    def __init__(self, *, at_once: int, most_bytes: int) -> None:
        self._turns = threading.BoundedSemaphore(at_once)
        self._most_bytes = most_bytes

    def write(self, selection: Selection, form: Format, language: Language) -> BinaryIO:
        """Return an open file of the rows; its name is gone already.

        Raises
        ------
        BusyError
            If as many files as allowed are being written.
        LimitError
            If the file would be larger than allowed.
        """
        writers: dict[str, Callable[..., None]] = {
            "parquet": _write_parquet, "gpkg": _write_geopackage, "fgb": _write_flatgeobuf,
            "xlsx": _write_workbook,
        }  # fmt: skip
        record = selection.table.record
        with self._turn(), tempfile.TemporaryDirectory(prefix="cuidados-") as folder:
            path = Path(folder) / f"{record.id}.{form.extension}"
            batches = self._bounded(_batches(selection), Path(folder))
            writers[form.name](path, batches, selection, language)
            self._check(Path(folder))
            return path.open("rb")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=_WAIT_S):
            raise BusyError(
                Text("Se están escribiendo otras descargas", "Other downloads are being written"),
                remedy=Text("Intente de nuevo en un momento", "Try again in a moment"),
            )
        try:
            yield
        finally:
            self._turns.release()

    def _bounded(self, batches: Iterator[pa.RecordBatch], folder: Path) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            self._check(folder)
            yield batch

    def _check(self, folder: Path) -> None:
        size = sum(path.stat().st_size for path in folder.iterdir())
        free = shutil.disk_usage(folder).free
        if size > self._most_bytes or free < size // 4:
            raise _too_large()


def _too_large() -> LimitError:
    return LimitError(
        Text("El archivo sería demasiado grande", "The file would be too large"),
        where=Where(column="f"),
        remedy=Text(
            "Pida menos filas o columnas, o f=csv", "Ask for fewer rows or columns, or CSV"
        ),
    )


def stream(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file's bytes and close it."""
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def csv_lines(selection: Selection) -> Iterator[bytes]:
    """Yield rows as CSV; texts a spreadsheet would run as formulas begin with an apostrophe.

    A point's place, or for areas a point inside, stands in ``lon`` and ``lat``, in degrees; in the
    systems of metres in ``easting_m`` and ``northing_m``.
    """
    names = selection.names
    yield codecs.BOM_UTF8  # without it Excel takes the accents for something else
    yield _csv([[*names, *_point_names(selection)]])
    for start in range(0, len(selection.rows), _BATCH_ROWS):
        rows = selection.rows[start : start + _BATCH_ROWS]
        columns = [[_cell(value) for value in selection.table.take(name, rows).tolist()]
                   for name in names]  # fmt: skip
        yield _csv(zip(*columns, *_points(selection, rows), strict=True))


def csv_rows(rows: Iterable[Iterable[Any]]) -> bytes:
    """Return rows as CSV, their texts safe for spreadsheets; unknown is empty."""
    return _csv([_cell(value) for value in row] for row in rows)


def _csv(rows: Any) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()


def _cell(value: Any) -> Any:
    if value is None or value != value:  # noqa: PLR0124 — NaN is the one value unequal to itself
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return safe_text(value) if isinstance(value, str) else value


def _point_names(selection: Selection) -> tuple[str, str]:
    return _CENTROID_M if selection.system.in_metres else _CENTROID


def _points(selection: Selection, rows: np.ndarray[Any, Any]) -> tuple[list[Any], list[Any]]:
    inside = shapely.point_on_surface(selection.table.shapes(rows))
    placed = project(inside, selection.system, prescribed=False)
    decimals = selection.system.decimals
    return (
        [_cell(float(value)) for value in np.round(shapely.get_x(placed), decimals)],
        [_cell(float(value)) for value in np.round(shapely.get_y(placed), decimals)],
    )


def _batches(selection: Selection) -> Iterator[pa.RecordBatch]:
    return selection.table.batches(
        selection.rows, selection.names, selection.system, size=_BATCH_ROWS
    )


def _schema(selection: Selection) -> pa.Schema:
    table = selection.table
    types = {"number": pa.float64(), "flag": pa.bool_()}
    fields = [
        pa.field(name, types.get(table.queryables[name], pa.string())) for name in selection.names
    ]
    return pa.schema([*fields, pa.field(_GEOMETRY, pa.binary())])


def _write_parquet(
    path: Path, batches: Iterator[pa.RecordBatch], selection: Selection, language: Language
) -> None:
    """Write GeoParquet 1.1 whose columns carry title, unit and description."""
    del language  # the columns' own metadata is in both
    empty = gpd.GeoDataFrame(geometry=[], crs=selection.system.authority)
    buffer = io.BytesIO()
    empty.to_parquet(buffer, schema_version="1.1.0")
    geographic = pq.read_schema(buffer).metadata[b"geo"]
    described = {column.name: column for column in selection.table.record.columns}
    schema = _schema(selection).with_metadata({b"geo": geographic})
    for name in selection.names:
        at = schema.get_field_index(name)
        text = described[name].model_dump_json(include={"title", "unit", "description", "licence"})
        schema = schema.set(at, schema.field(at).with_metadata({"mapa_cuidados": text}))
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(pa.record_batch(batch.columns, schema=schema))


def _write_geopackage(
    path: Path, batches: Iterator[pa.RecordBatch], selection: Selection, language: Language
) -> None:
    """Write a GeoPackage with the rows and, as a table beside them, their dictionary."""
    header, *rows = dictionary_rows(selection.table.record, selection.names, language)
    dictionary = {
        "layer": "diccionario" if language == "es" else "dictionary",
        "columns": {name: [row[at] for row in rows] for at, name in enumerate(header)},
    }
    _write_vector(path, batches, selection, driver="GPKG", dictionary=dictionary)


def _write_flatgeobuf(
    path: Path, batches: Iterator[pa.RecordBatch], selection: Selection, language: Language
) -> None:
    """Write FlatGeobuf, indexed where every row has a geometry and no order was asked for.

    An index puts the rows in an order of its own.
    """
    del language  # the format holds no descriptions
    rows = selection.rows
    placed = not shapely.is_missing(selection.table.shapes(rows)).any()
    indexed = placed and len(rows) > 0 and bool((np.diff(rows) > 0).all())
    options = {"SPATIAL_INDEX": "YES" if indexed else "NO"}
    _write_vector(path, batches, selection, driver="FlatGeobuf", options=options)


def _write_vector(
    path: Path,
    batches: Iterator[pa.RecordBatch],
    selection: Selection,
    *,
    driver: str,
    options: dict[str, str] | None = None,
    dictionary: dict[str, Any] | None = None,
) -> None:
    """Write rows with GDAL, in a process of its own (see :mod:`api.convert`)."""
    source = path.with_suffix(".rows")
    _write_parquet(source, batches, selection, "es")
    order = {
        "source": str(source), "target": str(path), "driver": driver,
        "layer": selection.table.record.id, "geometry_type": _geometry_type(selection),
        "crs": _file_crs(selection.system), "options": options or {}, "dictionary": dictionary,
        "most_bytes": shutil.disk_usage(path.parent).free // 2,
    }  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 — our own program; the order is data on its input
            [sys.executable, convert.__file__],
            input=orjson.dumps(order), capture_output=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _too_large() from None
    source.unlink()
    if done.returncode == convert.TOO_LARGE:
        raise _too_large()
    if done.returncode != 0:
        raise StorageError(
            Text("El archivo no se pudo escribir", "The file could not be written"),
            where=Where(value=done.stderr.decode(errors="replace")[-300:]),
            remedy=Text("Pida otro formato, como f=parquet", "Ask for another format"),
        )


def _file_crs(system: Crs) -> str:
    return "EPSG:4326" if system == CRS84 else system.authority


def _geometry_type(selection: Selection) -> str:
    kinds = set(np.unique(shapely.get_type_id(selection.table.shapes(selection.rows))).tolist())
    kinds.discard(-1)
    if kinds == {_POINT}:
        return "Point"
    return "MultiPolygon" if kinds and kinds <= {_POLYGON, _MULTIPOLYGON} else "Unknown"


def _write_workbook(
    path: Path, batches: Iterator[pa.RecordBatch], selection: Selection, language: Language
) -> None:
    """Write a workbook: the rows, and a sheet that says what each column is.

    Texts are cells of text, so none is run as a formula; identifiers keep their leading zeros;
    months are dates.
    """
    if len(selection.rows) * max(1, len(selection.names)) > MAX_SHEET_CELLS:
        raise LimitError(
            Text(
                f"Una hoja de cálculo lleva hasta {MAX_SHEET_CELLS:,} celdas",
                f"A spreadsheet holds up to {MAX_SHEET_CELLS:,} cells",
            ),
            where=Where(column="f"),
            remedy=Text(
                "Pida menos filas o columnas, o f=csv", "Ask for fewer rows or columns, or f=csv"
            ),
        )
    import xlsxwriter

    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False, "nan_inf_to_errors": False, "tmpdir": str(path.parent),
    }  # fmt: skip
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"title": _title(selection.table.record, language)})
        bold = book.add_format({"bold": True})
        month = book.add_format({"num_format": "yyyy-mm"})
        sheet = book.add_worksheet("datos" if language == "es" else "data")
        sheet.freeze_panes(1, 1)
        dates = [selection.table.queryables[name] == "date" for name in selection.names]
        sheet.write_row(0, 0, [*selection.names, *_point_names(selection)], bold)
        at = 1
        for batch, start in zip(batches, range(0, len(selection.rows), _BATCH_ROWS), strict=True):
            points = _points(selection, selection.rows[start : start + _BATCH_ROWS])
            columns = [column.to_pylist() for column in batch.columns[:-1]]
            for values in zip(*columns, *points, strict=True):
                _write_row(sheet, at, values, dates, month)
                at += 1
        explained = book.add_worksheet("diccionario" if language == "es" else "dictionary")
        rows = dictionary_rows(selection.table.record, selection.names, language)
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                explained.write_string(number, column, str(text), bold if number == 0 else None)


def _write_row(
    sheet: Any, row: int, values: tuple[Any, ...], dates: list[bool], month: Any
) -> None:
    for column, value in enumerate(values):
        if value is None or value == "":
            continue
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, str):
            moment = _month(value) if column < len(dates) and dates[column] else None
            if moment is None:
                sheet.write_string(row, column, value)
            else:
                sheet.write_datetime(row, column, moment, month)
        else:
            sheet.write_number(row, column, value)


def _month(text: str) -> Any:
    try:
        return np.datetime64(text[:7], "D").item()
    except ValueError:
        return None


def _title(record: LayerRecord, language: Language) -> str:
    return record.title.text.in_language(language)
