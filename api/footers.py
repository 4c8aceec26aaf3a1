"""What describes the row groups of a Parquet file, without holding all of it.

A Parquet file ends with a description of each column of each row group. Decoded it takes 0.9 kB
each, 54 MB for the 322 columns of 196 groups, whatever statistics are left out. A reader of one
group needs but that group's. So of a long file only where each group's description lies is kept,
and it is read when asked for: a millisecond.
"""

import io
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_MAGIC = b"PAR1"
_TAIL = struct.Struct("<I4s")  # length of the description, and the magic bytes
_MOST_PIECES = 8192  # columns by groups, held decoded: 7 MB
# In Thrift's compact protocol, the beginning of a group's description: field 1, a list of
# structures, whose first field is the second of its kind, an i64.
_FIELD_1_LIST, _STRUCTURES, _LONG, _FIELD_2_I64 = 0x19, 0x0C, 0xF0, 0x26
_SHORT_LIST, _VARINT = 15, 0x80


class Footers:
    """The description of a Parquet file: whole, or of one row group.

    Parameters
    ----------
    path
        The file.
    metadata
        Its description.
    """

    def __init__(self, path: Path, metadata: Any) -> None:
        self._path = path
        self._groups: list[slice] = []
        self._whole: Any = metadata
        if metadata.num_row_groups * metadata.num_columns > _MOST_PIECES:
            self._find(metadata)

    def whole(self) -> Any:
        """Return the description of all groups, read anew if it is long."""
        return self._whole if self._whole is not None else pq.read_metadata(self._path)

    def of(self, group: int) -> Any:
        """Return a description that holds a group, at :meth:`place`."""
        return self._whole if self._whole is not None else self._one(group)

    def place(self, group: int) -> int:
        """Return the number of a group in the description :meth:`of` it."""
        return group if self._whole is not None else 0

    def _find(self, metadata: Any) -> None:
        """Find where each group is described; if that is not sure, the whole stays held."""
        with self._path.open("rb") as file:
            file.seek(-_TAIL.size, io.SEEK_END)
            length, _ = _TAIL.unpack(file.read(_TAIL.size))
            self._start = file.seek(-_TAIL.size - length, io.SEEK_END)
            text = file.read(length)
        mark = bytes([_FIELD_1_LIST]) + _list_head(metadata.num_columns) + bytes([_FIELD_2_I64])
        starts, at = [], text.find(mark)
        while at >= 0:
            starts.append(at)
            at = text.find(mark, at + 1)
        head = _list_head(metadata.num_row_groups)
        if len(starts) != metadata.num_row_groups or not text[: starts[0]].endswith(head):
            return
        self._schema = text[: starts[0] - len(head)]
        self._groups = [
            slice(start, stop) for start, stop in zip(starts, [*starts[1:], len(text)], strict=True)
        ]
        try:
            sure = all(
                _same(self._one(group), metadata, group) for group in range(len(self._groups))
            )
        except (OSError, pa.ArrowInvalid):
            sure = False
        if sure:
            self._whole = None

    def _one(self, group: int) -> Any:
        where = self._groups[group]
        with self._path.open("rb") as file:
            file.seek(self._start + where.start)
            told = file.read(where.stop - where.start)
        # After the last group's come the fields that follow; after any other's the end is written.
        text = self._schema + _list_head(1) + told + b"\0"
        return pq.read_metadata(io.BytesIO(_MAGIC + text + _TAIL.pack(len(text), _MAGIC)))


def _same(one: Any, metadata: Any, group: int) -> bool:
    if one.num_row_groups != 1 or one.num_columns != metadata.num_columns:
        return False
    ours, theirs = one.row_group(0), metadata.row_group(group)
    edges = (0, metadata.num_columns - 1)
    return ours.num_rows == theirs.num_rows and all(
        ours.column(at).data_page_offset == theirs.column(at).data_page_offset for at in edges
    )


def _list_head(size: int) -> bytes:
    """Return how a list of so many structures begins in Thrift's compact protocol."""
    if size < _SHORT_LIST:
        return bytes([size << 4 | _STRUCTURES])
    digits = []
    while size >= _VARINT:
        digits.append(size & (_VARINT - 1) | _VARINT)
        size >>= 7
    return bytes([_LONG | _STRUCTURES, *digits, size])
