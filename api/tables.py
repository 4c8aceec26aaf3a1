"""The table of a layer as it lies on disk, read a part at a time.

A country's blocks take 3 GB once decoded. So no table is read whole: rows come from the row groups
they lie in, columns by themselves, and both are kept only while there is room.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, NamedTuple, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.kept import Kept
from data.errors import ArtifactError, Where
from data.texts import Text

GEOMETRY = "geometry"
_BATCH_ROWS = 1 << 15
# A part takes 33 MB of 250 columns. Larger row groups, which an atlas built elsewhere may have, are
# decoded from their start at each reading and only the part wanted of them is kept.
_MOST_ROWS = 1 << 14
_FEW_GROUPS = 4  # read whole for some rows of one column; of more, the column is read instead

Array = np.ndarray[Any, Any]


class Keys(Sequence[str]):
    """Keys of all rows, ascending, as bytes of one width: a tenth of what texts would take.

    Parameters
    ----------
    codes
        The keys, as NumPy's ``S``.
    """

    def __init__(self, codes: Array) -> None:
        self._codes = codes

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._codes)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        """Return the key of a row, or those of several."""
        if isinstance(at, slice):
            return [code.decode() for code in self._codes[at].tolist()]
        return bytes(self._codes[at]).decode()

    def __iter__(self) -> Iterator[str]:
        """Yield the keys of all rows."""
        for start in range(0, len(self), _BATCH_ROWS):
            yield from self[start : start + _BATCH_ROWS]

    def at(self, rows: Array) -> list[str]:
        """Return the keys of some rows."""
        return [code.decode() for code in self._codes[rows].tolist()]

    def row(self, key: str) -> int | None:
        """Return the row of a key, or None."""
        code = key.encode()
        row = int(np.searchsorted(self._codes, code))
        return row if row < len(self) and self._codes[row] == code else None


class _Group(NamedTuple):
    """Rows of one part, decoded."""

    numbers: Array
    others: Mapping[str, Array]


class _Part(NamedTuple):
    """Rows that are read together: a row group, or one part after others of a large one."""

    group: int
    before: int
    rows: int
    whole: bool


class StoredTable:
    """One Parquet file of a layer.

    Parameters
    ----------
    path
        The file.
    names
        Its columns but the geometry's.
    key
        The column rows are in ascending order of.
    kept
        Where what was read is kept for a while.

    Raises
    ------
    ArtifactError
        If the file cannot be read, lacks a column, or is not in the order of its key.
    """

    def __init__(self, path: Path, names: Sequence[str], key: str, kept: Kept) -> None:
        self.path = path
        self.names = names
        self._key = key
        self._kept = kept
        try:
            self._metadata = pq.read_metadata(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise self._damaged() from error
        schema = self._metadata.schema.to_arrow_schema()
        if not {*names, GEOMETRY} <= set(schema.names):
            raise self._damaged()
        self._size = int(self._metadata.num_rows)
        self._parts = list(_parts(self._metadata))
        lengths = [part.rows for part in self._parts]
        self._bounds = [0, *accumulate(lengths)]
        self._starts = np.array(self._bounds, dtype=np.intp)
        numbers = [name for name in names if self._may_lack(schema, name)]
        self.places = {name: at for at, name in enumerate(numbers)}
        self._texts = [name for name in names if _is_text(schema.field(name).type)]
        self._others = [name for name in names if name not in self.places]

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._size

    @property
    def fits(self) -> bool:
        """Whether all of it could be kept decoded."""
        return 8 * self._size * len(self.names) <= self._kept.most_bytes

    @cached_property
    def keys(self) -> Keys:
        """Key of each row."""
        parts = [
            np.array(batch.column(0).cast(pa.large_binary()).to_numpy(zero_copy_only=False), "S")
            for batch in self.batches([self._key])
        ]
        codes = np.concatenate(parts) if parts else np.empty(0, "S1")
        if (codes[1:] < codes[:-1]).any():
            raise self._damaged()
        return Keys(codes)

    def batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield columns of all rows, some thousands at a time."""
        with self._open() as file:
            try:
                yield from file.iter_batches(_BATCH_ROWS, columns=list(names))
            except (OSError, pa.ArrowInvalid) as error:
                raise self._damaged() from error

    def arrow(self, name: str) -> Any:
        """Return a column as one Arrow array, as stored."""
        column = self._read(None, [name]).column(0)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        return column.combine_chunks()

    def column(self, name: str) -> Array:
        """Return a column; unknown numbers are NaN, all else unknown is None."""
        return self._kept.get((self.path, name), lambda: self._whole(name))

    def value(self, name: str, row: int) -> Any:
        """Return one value of one row, as the column holds it."""
        number = bisect_right(self._bounds, row) - 1
        group, place = self.group(number), self.places.get(name)
        row -= self._bounds[number]
        return group.others[name][row] if place is None else group.numbers[row, place]

    def at(self, rows: Array) -> "Picked":
        """Return some rows, in their order."""
        return Picked(self, rows)

    def group(self, number: int) -> _Group:
        """Return the rows of a part, decoded."""
        return self._kept.get((self.path, number), lambda: self._decoded(number))

    def geometries(self, number: int) -> Any:
        """Return the geometries of a part as WKB, an Arrow array."""
        return self._kept.get((self.path, number, GEOMETRY), lambda: self._shapes(number))

    def parts(self, rows: Array) -> list[tuple[int, Array, Array]]:
        """Return the parts some rows lie in: number, places among the rows, rows of it."""
        if not len(rows):
            return []
        groups = np.searchsorted(self._starts, rows, side="right") - 1
        found = []
        for number in np.unique(groups).tolist():
            where = np.flatnonzero(groups == number)
            found.append((number, where, rows[where] - self._starts[number]))
        return found

    def _may_lack(self, schema: pa.Schema, name: str) -> bool:
        """Return whether a column holds numbers that NaN may stand among."""
        kind = schema.field(name).type
        if not pa.types.is_integer(kind):
            return bool(pa.types.is_float64(kind))
        at = schema.get_field_index(name)
        told = (self._metadata.row_group(group).column(at).statistics
                for group in range(self._metadata.num_row_groups))  # fmt: skip
        return any(found is None or found.null_count != 0 for found in told)

    def _whole(self, name: str) -> tuple[Array, int]:
        values = _values(self._read(None, [name]).column(0))
        return values, values.nbytes

    def _decoded(self, number: int) -> tuple[_Group, int]:
        table = self._read(number, [*self.places, *self._others])
        # A column at a time into a row each, then turned: to write a row here and there is slower.
        turned = np.empty((len(self.places), len(table)))
        for name, at in self.places.items():
            turned[at] = table.column(name).to_numpy()
        others = {name: _values(table.column(name)) for name in self._others}
        del table
        numbers = np.ascontiguousarray(turned.T)
        del turned
        pa.default_memory_pool().release_unused()
        size = numbers.nbytes + sum(values.nbytes for values in others.values())
        return _Group(numbers, others), size

    def _shapes(self, number: int) -> tuple[Any, int]:
        shapes = self._read(number, [GEOMETRY]).column(0).combine_chunks()
        return shapes, shapes.nbytes

    def _read(self, number: int | None, names: Sequence[str]) -> Any:
        with self._open() as file:
            try:
                if number is None:
                    return file.read(columns=list(names))
                part = self._parts[number]
                if part.whole:
                    return file.read_row_group(part.group, columns=list(names))
                batches = file.iter_batches(_MOST_ROWS, [part.group], list(names))
                return pa.Table.from_batches([next(islice(batches, part.before, None))])
            except (OSError, pa.ArrowInvalid) as error:
                raise self._damaged() from error

    def _open(self) -> Any:
        try:
            return pq.ParquetFile(self.path, metadata=self._metadata, read_dictionary=self._texts)
        except (OSError, pa.ArrowInvalid) as error:
            raise self._damaged() from error

    def _damaged(self) -> ArtifactError:
        return ArtifactError(
            Text(
                "La tabla no se puede leer, o no tiene las columnas o el orden de su manifiesto",
                "The table cannot be read, or lacks the columns or the order of its manifest",
            ),
            where=Where(file=self.path),
            remedy=Text("Vuelva a construir el atlas", "Build the atlas again"),
        )


class Picked:
    """Some rows of a table, whose columns are read when asked for.

    Parameters
    ----------
    table
        The table.
    rows
        Positions of the rows, in any order.
    """

    def __init__(self, table: StoredTable, rows: Array) -> None:
        self._table = table
        self._rows = rows
        self._parts = table.parts(rows)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def column(self, name: str) -> Array:
        """Return a column of the rows."""
        if len(self._parts) > _FEW_GROUPS:
            return self._table.column(name)[self._rows]
        place = self._table.places.get(name)
        if place is not None:
            found = np.empty(len(self._rows))
            for number, where, rows in self._parts:
                found[where] = self._table.group(number).numbers[rows, place]
            return found
        return self._joined(lambda group: group.others[name])

    def numbers(self, names: Sequence[str]) -> Array:
        """Return several columns of numbers, one row each: shape (rows, names)."""
        if not self._table.places.keys() >= set(names):  # some never lack a value
            return np.column_stack([self.column(name).astype("float64") for name in names])
        places = [self._table.places[name] for name in names]
        every = places == list(range(len(self._table.places)))
        found = np.empty((len(self._rows), len(places)))
        for number, where, rows in self._parts:
            numbers = self._table.group(number).numbers
            found[where] = numbers[rows] if every else numbers[rows[:, None], places]
        return found

    def others(self, names: Sequence[str]) -> list[Array]:
        """Return several columns that are no numbers."""
        return [self._joined(lambda group, name=name: group.others[name]) for name in names]

    def wkb(self) -> Array:
        """Return the geometries as WKB, None where there is none."""
        found = np.empty(len(self._rows), dtype=object)
        for number, where, rows in self._parts:
            shapes = self._table.geometries(number).take(pa.array(rows))
            found[where] = shapes.to_numpy(zero_copy_only=False)
        return found

    def wkb_bytes(self) -> Array:
        """Return the bytes each geometry takes as WKB, 0 where there is none."""
        found = np.empty(len(self._rows), dtype="int64")
        for number, where, rows in self._parts:
            lengths = pc.binary_length(self._table.geometries(number).take(pa.array(rows)))
            found[where] = pc.fill_null(lengths, 0).to_numpy(zero_copy_only=False)
        return found

    def _joined(self, column: Any) -> Array:
        parts = [(where, column(self._table.group(number))[rows])
                 for number, where, rows in self._parts]  # fmt: skip
        if len(parts) == 1:
            return np.asarray(parts[0][1])
        kinds = [values.dtype for _, values in parts]
        found = np.empty(len(self._rows), dtype=np.result_type(*kinds) if kinds else object)
        for where, values in parts:
            found[where] = values
        return found


def _parts(metadata: Any) -> Iterator[_Part]:
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group).num_rows
        for before, start in enumerate(range(0, rows, _MOST_ROWS)):
            yield _Part(group, before, min(_MOST_ROWS, rows - start), rows <= _MOST_ROWS)


def _values(column: Any) -> Array:
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return np.asarray(column.to_numpy())
    # A text that many rows share is kept once.
    whole = column.combine_chunks()
    coded = whole if pa.types.is_dictionary(kind) else whole.dictionary_encode()
    known = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    return known[coded.indices.fill_null(len(known) - 1).to_numpy()]


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
