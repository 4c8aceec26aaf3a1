"""Rows of one layer: found by key or by box, and written as GeoJSON without copies in between."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from data.errors import ArtifactError, Where
from data.texts import Text
from geo.artifacts import LayerRecord

_GEOMETRY = "geometry"
_DECIMALS = 7  # about a centimetre; the sources are not better
_CHUNK_ROWS = 250
_JSON = orjson.OPT_SERIALIZE_NUMPY

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
        self._rows = {key: row for row, key in enumerate(self.keys)}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.keys)

    def row(self, key: str) -> int | None:
        """Return the row of a key, or None."""
        return self._rows.get(key)

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

    def within(self, boxes: Iterable[Box]) -> np.ndarray[Any, Any]:
        """Return the rows that touch any of the boxes, in order."""
        hits = [
            self._tree.query(shapely.box(*edges), predicate="intersects")
            for edges in boxes
        ]  # fmt: skip
        return np.unique(np.concatenate(hits))

    def features(self, rows: Sequence[int], names: Sequence[str]) -> Iterator[bytes]:
        """Yield rows as GeoJSON features joined by commas, a few hundred at a time.

        Parameters
        ----------
        rows
            Positions of the rows.
        names
            Columns to carry as properties.
        """
        for start in range(0, len(rows), _CHUNK_ROWS):
            chunk = np.asarray(rows[start : start + _CHUNK_ROWS], dtype=np.intp)
            joined = b",".join(self._encode(chunk, names))
            yield joined if start == 0 else b"," + joined

    def _encode(self, rows: np.ndarray[Any, Any], names: Sequence[str]) -> Iterator[bytes]:
        rounded = shapely.transform(self._geometries[rows], _round)
        shapes = shapely.to_geojson(rounded)
        values = [self.columns[name][rows].tolist() for name in names]
        records = zip(*values, strict=True) if names else (() for _ in rows)
        for row, shape, record in zip(rows.tolist(), shapes, records, strict=True):
            properties = orjson.dumps(dict(zip(names, record, strict=True)), option=_JSON)
            yield (
                b'{"type":"Feature","id":' + orjson.dumps(self.keys[row])
                + b',"geometry":' + (b"null" if shape is None else shape.encode())
                + b',"properties":' + properties + b"}"
            )  # fmt: skip


def _round(coordinates: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.round(coordinates, _DECIMALS)


def _values(column: Any) -> np.ndarray[Any, Any]:
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return np.asarray(column.to_numpy())
    values = np.empty(len(column), dtype=object)
    values[:] = column.to_pylist()
    return values


def _damaged(path: Path) -> ArtifactError:
    return ArtifactError(
        Text(
            "La tabla no se puede leer o no tiene las columnas de su manifiesto",
            "The table cannot be read or does not hold the columns of its manifest",
        ),
        where=Where(file=path),
        remedy=Text("Vuelva a construir el atlas", "Build the atlas again"),
    )
