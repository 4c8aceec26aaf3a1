"""Rows of one layer: found by key or by box, and written as GeoJSON.

What is found by box is looked for in the rows' boxes, which stay in memory; all else of a row is
read when it is asked for (see :mod:`api.tables`).
"""

import calendar
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from api.boxes import Boxes
from api.crs import CRS84, Crs, project
from api.geojson import FeatureWriter, ReadyFeatures
from api.kept import Kept
from api.tables import GEOMETRY, Keys, Picked, StoredTable
from geo.artifacts import LayerRecord

_TEMPORAL = "first_seen"  # the month an establishment entered the directory
_CHUNK_ROWS = 250
_SHAPES_AT_ONCE = 20_000
_EDGES_AT_ONCE = 1024  # outlines held while only their boxes are wanted
_POINT_BYTES = 16  # of a vertex as WKB
_HEAD_BYTES = 5  # before a geometry's own numbers

Box = tuple[float, float, float, float]


class _Columns(Mapping[str, Any]):
    """Columns of a table by name, each read whole when asked for."""

    def __init__(self, stored: StoredTable) -> None:
        self._stored = stored
        self._names = dict.fromkeys(stored.names)

    def __getitem__(self, name: str) -> np.ndarray[Any, Any]:
        if name not in self._names:
            raise KeyError(name)
        return self._stored.column(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names


class LayerTable:
    """The table of one layer; unknown numbers are NaN, so ``null``.

    Parameters
    ----------
    path
        Its file.
    record
        What it holds.
    kept
        Where what was read of it is kept for a while.
    ready
        Where features that are asked for again and again are kept as they are sent.

    Raises
    ------
    ArtifactError
        If the file cannot be read or does not hold the columns its record names.
    """

    def __init__(self, path: Path, record: LayerRecord, kept: Kept, ready: Kept) -> None:
        self.record = record
        self.names = [column.name for column in record.columns]
        self._stored = StoredTable(path, self.names, record.key, kept)
        self.columns = _Columns(self._stored)
        self._ready = ReadyFeatures(path, len(self._stored), self._plain, ready)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._stored)

    @property
    def keys(self) -> Keys:
        """Key of each row."""
        return self._stored.keys

    @property
    def fits(self) -> bool:
        """Whether all of it could be kept in memory, so that any order of rows costs the same."""
        return self._stored.fits

    def row(self, key: str) -> int | None:
        """Return the row of a key, or None."""
        return self.keys.row(key)

    @cached_property
    def queryables(self) -> Mapping[str, str]:
        """Type of each column: ``text``, ``number``, ``flag`` or ``date``."""
        kinds = {"float64": "number", "int64": "number", "bool": "flag"}
        return {
            column.name: "date" if column.name == _TEMPORAL else kinds.get(column.dtype, "text")
            for column in self.record.columns
        }

    @property
    def temporal(self) -> str | None:
        """Name of the column that says when, or None."""
        return _TEMPORAL if _TEMPORAL in self.columns else None

    @cached_property
    def months(self) -> tuple[str, str] | None:
        """The first and last day that the temporal column meets, or None."""
        known = [] if self.temporal is None else [m for m in self.columns[self.temporal] if m]
        if not known:
            return None
        first, last = min(known), max(known)
        days = calendar.monthrange(int(last[:4]), int(last[5:7]))[1]
        return f"{first[:7]}-01T00:00:00Z", f"{last[:7]}-{days}T23:59:59Z"

    def arrow(self, name: str) -> Any:
        """Return a column as an Arrow array: unknown is null, a month its first day."""
        if name == GEOMETRY:
            return self._stored.arrow(name)
        kind = self.queryables[name]
        if kind == "date":
            texts = pd.Series(self.columns[name], dtype="str")
            months = pd.to_datetime(texts, format="%Y-%m", errors="coerce")
            return pa.array(months).cast(pa.date32())
        if kind == "number":
            return pa.array(self.columns[name], from_pandas=True, type=pa.float64())
        return self._stored.arrow(name).cast(pa.bool_() if kind == "flag" else pa.string())

    def take(self, name: str, rows: Sequence[int] | np.ndarray[Any, Any]) -> Any:
        """Return a column of some rows."""
        return self._at(rows).column(name)

    def numbers(
        self, names: Sequence[str], rows: Sequence[int] | np.ndarray[Any, Any]
    ) -> np.ndarray[Any, Any]:
        """Return columns of numbers of some rows, shape (rows, names); unknown is NaN."""
        return self._at(rows).numbers(names)

    def value(self, name: str, row: int) -> Any:
        """Return one value as JSON knows it; unknown is None."""
        value = self._stored.value(name, row)
        if isinstance(value, np.generic):
            value = value.item()
        return None if isinstance(value, float) and np.isnan(value) else value

    def values(self, row: int) -> dict[str, Any]:
        """Return all values of a row by column, as JSON knows them; unknown is None."""
        picked = self._at([row])
        numbers = [name for name in self.names if name in self._stored.places]
        others = [name for name in self.names if name not in self._stored.places]
        known = dict(zip(numbers, picked.numbers(numbers)[0].tolist(), strict=True))
        held = {name: None if math.isnan(value) else value for name, value in known.items()}
        rest = {name: column.tolist()[0]
                for name, column in zip(others, picked.others(others), strict=True)}  # fmt: skip
        return held | rest

    def _at(self, rows: Sequence[int] | np.ndarray[Any, Any]) -> Picked:
        return self._stored.at(np.asarray(rows, dtype=np.intp))

    def bounds(self, row: int) -> Box | None:
        """Return west, south, east and north of a row in degrees, or None without geometry."""
        (geometry,) = self.shapes([row])
        if geometry is None:
            return None
        west, south, east, north = (round(float(edge), 6) for edge in geometry.bounds)
        return west, south, east, north

    def extents(self) -> np.ndarray[Any, Any]:
        """Return west, south, east and north of every row, shape (rows, 4), NaN without geometry.

        Read anew each time.
        """
        found = np.empty((len(self), 4))
        for start, edges in self._edges():
            found[start : start + len(edges)] = edges
        return found

    def _edges(self) -> Iterator[tuple[int, np.ndarray[Any, Any]]]:
        """Yield the bounds of some rows at a time, and the first of those rows."""
        start = 0
        for batch in self._stored.batches([GEOMETRY]):
            for at in range(0, len(batch), _EDGES_AT_ONCE):
                some = batch.column(0).slice(at, _EDGES_AT_ONCE)
                shapes = shapely.from_wkb(some.to_numpy(zero_copy_only=False))
                yield start, shapely.bounds(shapes)
                start += len(shapes)

    @cached_property
    def _boxes(self) -> Boxes:
        return Boxes(len(self), (edges for _, edges in self._edges()))

    def vertices(self, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return about how many vertices each row's geometry has."""
        return (self._at(rows).wkb_bytes() - _HEAD_BYTES) // _POINT_BYTES

    def within(self, boxes: Iterable[Any]) -> np.ndarray[Any, Any]:
        """Return the rows that touch any of the polygons, in order.

        Of a rectangle, what lies inside by its own bounds is taken without a look at its outline.
        """
        hits = [self._touched(box) for box in boxes]
        return hits[0] if len(hits) == 1 else np.unique(np.concatenate(hits))

    def _touched(self, shape: Any) -> np.ndarray[Any, Any]:
        near, inside = self._boxes.near(shape.bounds)
        if not shape.equals(shape.envelope):
            inside[:] = False
        shapely.prepare(shape)
        doubtful = np.flatnonzero(~inside)
        for chunk in _chunks(doubtful):
            inside[chunk] = shapely.intersects(shape, self.shapes(near[chunk]))
        return np.asarray(near[inside])

    def touching(self, geometry: Any, predicate: str) -> Any:
        """Return a boolean Arrow array: rows for which ``predicate(geometry, row)`` holds.

        It is null where a row has no geometry.
        """
        turned = predicate == "disjoint"
        holds = getattr(shapely, "intersects" if turned else predicate)
        shapely.prepare(geometry)
        found = np.zeros(len(self), dtype=bool)
        for rows in _chunks(self._boxes.near(geometry.bounds)[0]):
            found[rows] = holds(geometry, self.shapes(rows))
        return pa.array(~found if turned else found, mask=self._boxes.missing)

    def batches(
        self, rows: np.ndarray[Any, Any], names: Sequence[str], system: Crs, *, size: int
    ) -> Iterator[pa.RecordBatch]:
        """Yield rows as Arrow record batches of ``size`` rows, geometry as WKB, easting first."""
        types = {"number": pa.float64(), "flag": pa.bool_()}
        kinds = [types.get(self.queryables[name], pa.string()) for name in names]
        for start in range(0, len(rows), size):
            picked = self._at(rows[start : start + size])
            shapes = project(shapely.from_wkb(picked.wkb()), system, prescribed=False)
            yield pa.record_batch(
                [
                    *(
                        pa.array(picked.column(name), from_pandas=True, type=kind)
                        for name, kind in zip(names, kinds, strict=True)
                    ),
                    pa.array(shapely.to_wkb(shapes), from_pandas=True, type=pa.binary()),
                ],
                names=[*names, GEOMETRY],
            )

    def shapes(self, rows: Sequence[int] | np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the geometries of rows, None where there is none."""
        return np.asarray(shapely.from_wkb(self._at(rows).wkb()))

    def features(
        self, rows: Sequence[int] | np.ndarray[Any, Any], names: Sequence[str], system: Crs = CRS84
    ) -> Iterator[bytes]:
        """Yield rows as GeoJSON features joined by commas, a few hundred at a time.

        Parameters
        ----------
        rows
            Positions of the rows.
        names
            Columns to carry as properties.
        system
            Reference system of the coordinates, in the order it prescribes.
        """
        wanted = np.asarray(rows, dtype=np.intp)
        if system == CRS84 and names == self.names and bool((np.diff(wanted) > 0).all()):
            yield from self._ready.joined(wanted)
            return
        writer = self._writer(names)
        for start in range(0, len(wanted), _CHUNK_ROWS):
            written = b",".join(self._written(wanted[start : start + _CHUNK_ROWS], writer, system))
            yield written if start == 0 else b"," + written

    @cached_property
    def _plain_writer(self) -> FeatureWriter:
        return self._writer(self.names)

    def _plain(self, rows: np.ndarray[Any, Any]) -> list[bytes]:
        return self._written(rows, self._plain_writer, CRS84)

    def _writer(self, names: Sequence[str]) -> FeatureWriter:
        return FeatureWriter({name: name in self._stored.places for name in names})

    def _written(
        self, rows: np.ndarray[Any, Any], writer: FeatureWriter, system: Crs
    ) -> list[bytes]:
        picked = self._at(rows)
        shapes = shapely.to_geojson(project(shapely.from_wkb(picked.wkb()), system))
        others: list[Any] = [*picked.others(writer.others), self.keys.at(rows)]
        return writer.write(picked.numbers(writer.numbers), others, shapes)


def _chunks(rows: np.ndarray[Any, Any]) -> Iterator[np.ndarray[Any, Any]]:
    for start in range(0, len(rows), _SHAPES_AT_ONCE):
        yield rows[start : start + _SHAPES_AT_ONCE]
