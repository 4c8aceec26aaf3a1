"""The table of a layer as it lies on disk, read a part at a time.

A country's blocks take 3 GB once decoded. So no table is read whole: rows come from the row groups
they lie in, columns by themselves, and both are kept only while there is room.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, NamedTuple, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.footers import Footers
from api.kept import Kept
from data.errors import ArtifactError, Where
from data.texts import Text

GEOMETRY = "geometry"
_BATCH_ROWS = 1 << 15
_KEY_ROWS = 1 << 13  # whose beginning is kept once
# A part takes 33 MB of 250 columns. Larger row groups, which an atlas built elsewhere may have, are
# decoded from their start at each reading and only the part wanted of them is kept.
_MOST_ROWS = 1 << 14
_FEW_GROUPS = 4  # read whole for some rows of one column; of more, the column is read instead

Array = np.ndarray[Any, Any]


class Keys(Sequence[str]):
    """Keys of all rows, ascending, as bytes: a twentieth of what texts would take.

    Keys near each other begin alike, so of some thousands that beginning is kept once.

    Parameters
    ----------
    parts
        The keys in pieces, as NumPy's ``S``; none of them ends with a zero byte.

    Raises
    ------
    ValueError
        If they are not in ascending order.
    """

    def __init__(self, parts: Iterable[Array]) -> None:
        self._heads: list[bytes] = []
        self._tails: list[Array] = []
        self._first: list[bytes] = []  # key of each piece
        last = b""
        for codes in parts:
            for start in range(0, len(codes), _KEY_ROWS):
                piece = codes[start : start + _KEY_ROWS]
                if piece[0] < last or (piece[1:] < piece[:-1]).any():
                    message = "keys are not in order"
                    raise ValueError(message)
                last = bytes(piece[-1])
                self._add(piece, _beginning(bytes(piece[0]), last))
        self._bounds = [0, *accumulate(len(tails) for tails in self._tails)]

    def _add(self, piece: Array, head: bytes) -> None:
        self._first.append(bytes(piece[0]))
        self._heads.append(head)
        width = piece.dtype.itemsize
        letters = piece.view("S1").reshape(len(piece), width)[:, len(head) :]
        tails = (
            np.ascontiguousarray(letters).view(f"S{width - len(head)}") if letters.size else None
        )
        self._tails.append(np.zeros(len(piece), "S1") if tails is None else tails[:, 0])

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._bounds[-1]

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        """Return the key of a row, or those of several."""
        if isinstance(at, slice):
            return [self[row] for row in range(*at.indices(len(self)))]
        row = range(len(self))[at]
        piece = bisect_right(self._bounds, row) - 1
        return (self._heads[piece] + bytes(self._tails[piece][row - self._bounds[piece]])).decode()

    def __iter__(self) -> Iterator[str]:
        """Yield the keys of all rows."""
        for head, tails in zip(self._heads, self._tails, strict=True):
            yield from ((head + tail).decode() for tail in tails.tolist())

    def at(self, rows: Array) -> list[str]:
        """Return the keys of some rows."""
        return [self[row] for row in rows.tolist()]

    def row(self, key: str) -> int | None:
        """Return the row of a key, or None."""
        code = key.encode()
        piece = bisect_right(self._first, code) - 1
        if piece < 0 or not code.startswith(self._heads[piece]):
            return None
        tails, rest = self._tails[piece], code[len(self._heads[piece]) :]
        row = int(np.searchsorted(tails, rest))
        return self._bounds[piece] + row if row < len(tails) and tails[row] == rest else None


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
            metadata = pq.read_metadata(path)
            self._footers = Footers(path, metadata)
        except (OSError, pa.ArrowInvalid) as error:
            raise self._damaged() from error
        schema = metadata.schema.to_arrow_schema()
        if not {*names, GEOMETRY} <= set(schema.names):
            raise self._damaged()
        self._size = int(metadata.num_rows)
        self._parts = list(_parts(metadata))
        lengths = [part.rows for part in self._parts]
        self._bounds = [0, *accumulate(lengths)]
        self._starts = np.array(self._bounds, dtype=np.intp)
        numbers = [name for name in names if _may_lack(metadata, schema, name)]
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
        try:
            return Keys(
                np.array(
                    batch.column(0).cast(pa.large_binary()).to_numpy(zero_copy_only=False), "S"
                )
                for batch in self.batches([self._key])
            )
        except ValueError as error:
            raise self._damaged() from error

    def batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield columns of all rows, some thousands at a time."""
        if all(part.whole for part in self._parts):
            for number in range(len(self._parts)):
                yield from self._read(number, names).combine_chunks().to_batches()
            return
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
        part = None if number is None else self._parts[number]
        with self._open(part) as file:
            try:
                if part is None:
                    return file.read(columns=list(names))
                group = self._footers.place(part.group)
                if part.whole:
                    return file.read_row_group(group, columns=list(names))
                batches = file.iter_batches(_MOST_ROWS, [group], list(names))
                return pa.Table.from_batches([next(islice(batches, part.before, None))])
            except (OSError, pa.ArrowInvalid) as error:
                raise self._damaged() from error

    def _open(self, part: _Part | None = None) -> Any:
        try:
            footer = self._footers.whole() if part is None else self._footers.of(part.group)
            return pq.ParquetFile(self.path, metadata=footer, read_dictionary=self._texts)
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


def _beginning(first: bytes, last: bytes) -> bytes:
    """Return what two keys, and so all in order between them, begin with."""
    differ = (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(differ, min(len(first), len(last)))]


def _parts(metadata: Any) -> Iterator[_Part]:
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group).num_rows
        for before, start in enumerate(range(0, rows, _MOST_ROWS)):
            yield _Part(group, before, min(_MOST_ROWS, rows - start), rows <= _MOST_ROWS)


def _may_lack(metadata: Any, schema: pa.Schema, name: str) -> bool:
    """Return whether a column holds numbers that NaN may stand among."""
    kind = schema.field(name).type
    if not pa.types.is_integer(kind):
        return bool(pa.types.is_float64(kind))
    at = schema.get_field_index(name)
    told = (metadata.row_group(group).column(at).statistics
            for group in range(metadata.num_row_groups))  # fmt: skip
    return any(found is None or found.null_count != 0 for found in told)


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
