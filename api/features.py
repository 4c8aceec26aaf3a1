"""Rows of one layer: found by key or by box, and written as GeoJSON without copies in between."""

import calendar
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from api.crs import CRS84, Crs, project
from api.geojson import FeatureWriter
from data.errors import ArtifactError, Where
from data.texts import Text
from geo.artifacts import LayerRecord

_GEOMETRY = "geometry"
_TEMPORAL = "first_seen"  # the month an establishment entered the directory
_CHUNK_ROWS = 250

Box = tuple[float, float, float, float]


class LayerTable:
    """The table of one layer in memory, columns apart; unknown numbers are NaN, so ``null``.

    Raises
    ------
    ArtifactError
        If the file cannot be read or does not hold the columns its record names.
    """

    def __init__(self, path: Path, record: LayerRecord) -> None:
        names = [column.name for column in record.columns]
        try:
            table = pq.read_table(path, columns=[*names, _GEOMETRY])
        except (OSError, pa.ArrowInvalid, pa.ArrowKeyError) as error:
            raise _damaged(path) from error
        if set(table.column_names) != {*names, _GEOMETRY}:
            raise _damaged(path)
        self.record = record
        self.names = names
        self.columns = {name: _values(table.column(name)) for name in names}
        self.keys: list[str] = self.columns[record.key].tolist()
        self._wkb = table.column(_GEOMETRY).to_numpy(zero_copy_only=False)
        self._arrow: dict[str, Any] = {}
        self._rows = {key: row for row, key in enumerate(self.keys)}
        del table
        pa.default_memory_pool().release_unused()

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.keys)

    def row(self, key: str) -> int | None:
        """Return the row of a key, or None."""
        return self._rows.get(key)

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

    def months(self) -> tuple[str, str] | None:
        """Return the first and last day that the temporal column meets, or None."""
        known = [] if self.temporal is None else [m for m in self.columns[self.temporal] if m]
        if not known:
            return None
        first, last = min(known), max(known)
        days = calendar.monthrange(int(last[:4]), int(last[5:7]))[1]
        return f"{first[:7]}-01T00:00:00Z", f"{last[:7]}-{days}T23:59:59Z"

    def arrow(self, name: str) -> Any:
        """Return a column as an Arrow array: unknown is null, a month its first day."""
        found = self._arrow.get(name)
        if found is None:
            found = self._as_arrow(name)
            self._arrow[name] = found
        return found

    def _as_arrow(self, name: str) -> Any:
        if name == _GEOMETRY:
            return pa.array(self._wkb, from_pandas=True, type=pa.binary())
        values, kind = self.columns[name], self.queryables[name]
        if kind == "date":
            months = pd.to_datetime(pd.Series(values, dtype="str"), format="%Y-%m", errors="coerce")
            return pa.array(months).cast(pa.date32())
        types = {"text": pa.string(), "flag": pa.bool_(), "number": pa.float64()}
        return pa.array(values, from_pandas=True, type=types[kind])

    def value(self, name: str, row: int) -> Any:
        """Return one value as JSON knows it; unknown is None."""
        value = self.columns[name][row]
        if isinstance(value, np.generic):
            value = value.item()
        return None if isinstance(value, float) and np.isnan(value) else value

    @cached_property
    def _geometries(self) -> np.ndarray[Any, Any]:
        return np.asarray(shapely.from_wkb(self._wkb))

    @cached_property
    def _tree(self) -> Any:
        return shapely.STRtree(self._geometries)

    def bounds(self, row: int) -> Box | None:
        """Return west, south, east and north of a row in degrees, or None without geometry."""
        geometry = self._geometries[row]
        if geometry is None:
            return None
        west, south, east, north = (round(float(edge), 6) for edge in geometry.bounds)
        return west, south, east, north

    @cached_property
    def _placed(self) -> np.ndarray[Any, Any]:
        return ~np.asarray(shapely.is_missing(self._geometries))

    @cached_property
    def vertices(self) -> np.ndarray[Any, Any]:
        """Number of vertices of each row's geometry."""
        return np.asarray(shapely.get_num_coordinates(self._geometries))

    @cached_property
    def _edges(self) -> np.ndarray[Any, Any]:
        return np.asarray(shapely.bounds(self._geometries))

    def within(self, boxes: Iterable[Any]) -> np.ndarray[Any, Any]:
        """Return the rows that touch any of the polygons, in order.

        Of a rectangle, what lies inside by its own bounds is taken without a look at its outline.
        """
        hits = [self._touched(box) for box in boxes]
        return np.unique(np.concatenate(hits))

    def _touched(self, shape: Any) -> np.ndarray[Any, Any]:
        near = self._tree.query(shape)
        if not shape.equals(shape.envelope):
            return near[shapely.intersects(shape, self._geometries[near])]
        west, south, east, north = shape.bounds
        edges = self._edges[near]
        inside = (edges[:, 0] >= west) & (edges[:, 1] >= south)
        inside &= (edges[:, 2] <= east) & (edges[:, 3] <= north)
        inside[~inside] = shapely.intersects(shape, self._geometries[near[~inside]])
        return near[inside]

    def touching(self, geometry: Any, predicate: str) -> Any:
        """Return a boolean Arrow array: rows for which ``predicate(geometry, row)`` holds.

        It is null where a row has no geometry.
        """
        found = np.zeros(len(self), dtype=bool)
        if predicate in ("disjoint", "equals"):
            found[self._tree.query(geometry, predicate="intersects")] = True
            if predicate == "disjoint":
                found = ~found
            else:
                found[found] = shapely.equals(self._geometries[found], geometry)
        else:
            found[self._tree.query(geometry, predicate=predicate)] = True
        return pa.array(found, mask=~self._placed)

    def batches(
        self, rows: np.ndarray[Any, Any], names: Sequence[str], system: Crs, *, size: int
    ) -> Iterator[pa.RecordBatch]:
        """Yield rows as Arrow record batches of ``size`` rows, geometry as WKB, easting first."""
        for start in range(0, len(rows), size):
            chunk = rows[start : start + size]
            shapes = project(self._geometries[chunk], system, prescribed=False)
            yield pa.record_batch(
                [
                    *(self._published(name, chunk) for name in names),
                    pa.array(shapely.to_wkb(shapes), from_pandas=True, type=pa.binary()),
                ],
                names=[*names, _GEOMETRY],
            )

    def _published(self, name: str, rows: np.ndarray[Any, Any]) -> Any:
        types = {"number": pa.float64(), "flag": pa.bool_()}
        kind = types.get(self.queryables[name], pa.string())
        return pa.array(self.columns[name][rows], from_pandas=True, type=kind)

    def shapes(self, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the geometries of rows, None where there is none."""
        return np.asarray(self._geometries[rows])

    def features(
        self, rows: Sequence[int], names: Sequence[str], system: Crs = CRS84
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
        writer = FeatureWriter({name: self.columns[name] for name in names})
        for start in range(0, len(rows), _CHUNK_ROWS):
            chunk = np.asarray(rows[start : start + _CHUNK_ROWS], dtype=np.intp)
            shapes = shapely.to_geojson(project(self._geometries[chunk], system))
            written = writer.write(chunk, [self.keys[row] for row in chunk.tolist()], shapes)
            yield written if start == 0 else b"," + written


def _values(column: Any) -> np.ndarray[Any, Any]:
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return np.asarray(column.to_numpy())
    # A text that many rows share is kept once.
    coded = column.combine_chunks().dictionary_encode()
    known = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    return known[coded.indices.fill_null(len(known) - 1).to_numpy()]


def _damaged(path: Path) -> ArtifactError:
    return ArtifactError(
        Text(
            "La tabla no se puede leer o no tiene las columnas de su manifiesto",
            "The table cannot be read or does not hold the columns of its manifest",
        ),
        where=Where(file=path),
        remedy=Text("Vuelva a construir el atlas", "Build the atlas again"),
    )
