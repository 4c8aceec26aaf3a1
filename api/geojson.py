"""Rows as GeoJSON, a column at a time: writing a page costs little for each value of it.

Numbers of many rows are written as one array, texts as another; both are cut at their separators
and filled into a template: no dictionary is made, and no number becomes an object. Rows that are
asked for again are kept as written, compressed: to decompress them is several times cheaper.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import orjson
import zstandard

from api.kept import Kept

_NUMBERS = orjson.OPT_SERIALIZE_NUMPY
# A line a value: texts hold commas, but no raw line break once they are JSON.
_TEXTS, _TEXT_BREAK = orjson.OPT_INDENT_2, b",\n  "
# Neighbours in the order of keys are neighbours on the ground, but boxes cut through streets: the
# larger the runs kept together, the more is decompressed for nothing.
_RUN_ROWS = 16
_AT_ONCE_RUNS = 16
_REMEMBERED = 1 << 16
_PIECE_BYTES = 1 << 19

Rows = np.ndarray[Any, Any]


class FeatureWriter:
    """Writes rows with certain columns as GeoJSON features.

    Parameters
    ----------
    columns
        Names of the columns to carry as properties, in that order, and whether each holds numbers
        whose unknowns are NaN.
    """

    def __init__(self, columns: Mapping[str, bool]) -> None:
        self.numbers = [name for name, number in columns.items() if number]
        self.others = [name for name, number in columns.items() if not number]
        # A row's values stand as its numbers, its other values, its key and its geometry.
        number, other = (
            iter(range(len(self.numbers))),
            iter(range(len(self.numbers), len(columns))),
        )
        places = [next(number if is_number else other) for is_number in columns.values()]
        self._ordered = itemgetter(len(columns), len(columns) + 1, *places)
        named = b",".join(orjson.dumps(name).replace(b"%", b"%%") + b":%b" for name in columns)
        self._template = b'{"type":"Feature","id":%b,"geometry":%b,"properties":{' + named + b"}}"

    def write(
        self, numbers: Rows, others: Sequence[Sequence[Any] | Rows], shapes: Sequence[str | None]
    ) -> list[bytes]:
        """Return rows as features.

        Parameters
        ----------
        numbers
            Values of the columns of numbers, shape (rows, ``self.numbers``).
        others
            Values of each of the other columns, then the identifiers.
        shapes
            Geometry of each row as GeoJSON, None where there is none.
        """
        template, ordered = self._template, self._ordered
        return [
            template % ordered([*row, *rest, b"null" if shape is None else shape.encode()])
            for row, rest, shape in zip(
                _written_numbers(numbers), _written_others(others), shapes, strict=True
            )
        ]


def _written_numbers(numbers: Rows) -> list[list[bytes]]:
    if not numbers.size:
        return [[]] * len(numbers)
    written = orjson.dumps(np.ascontiguousarray(numbers), option=_NUMBERS)
    return [row.split(b",") for row in written[2:-2].split(b"],[")]


def _written_others(columns: Sequence[Sequence[Any] | Rows]) -> list[list[bytes]]:
    held = [column.tolist() if isinstance(column, np.ndarray) else column for column in columns]
    flat = list(chain.from_iterable(zip(*held, strict=True)))
    written = orjson.dumps(flat, option=_TEXTS)[4:-2].split(_TEXT_BREAK)
    width = len(columns)
    return [written[start : start + width] for start in range(0, len(flat), width)]


class _Run(NamedTuple):
    """Neighbouring rows as written: compressed, and where each begins and ends."""

    packed: bytes
    begins: list[int]
    ends: list[int]


class ReadyFeatures:
    """Rows of one layer, all columns in CRS84, kept as written once they are asked for again.

    Parameters
    ----------
    name
        What tells the layer from others in ``kept``.
    size
        Rows of the layer.
    write
        Writes rows.
    kept
        Where runs of rows are kept.
    """

    def __init__(
        self, name: Hashable, size: int, write: Callable[[Rows], list[bytes]], kept: Kept
    ) -> None:
        self._name = name
        self._size = size
        self._write = write
        self._kept = kept
        self._asked: set[int] = set()  # runs asked for once

    def joined(self, rows: Rows) -> Iterator[bytes]:
        """Yield rows, ascending, as features joined by commas, some 500 kB at a time."""
        pieces: list[bytes] = []
        size, first = 0, True
        for text in self._texts(rows):
            pieces.append(text)
            size += len(text)
            if size >= _PIECE_BYTES:
                yield (b"" if first else b",") + b",".join(pieces)
                pieces, size, first = [], 0, False
        if pieces:
            yield (b"" if first else b",") + b",".join(pieces)

    def _texts(self, rows: Rows) -> Iterator[bytes]:
        """Yield texts of one or more features each; runs not at hand are written together."""
        runs, starts = np.unique(rows // _RUN_ROWS, return_index=True)
        numbers, stops = runs.tolist(), [*starts.tolist(), len(rows)][1:]
        unpack = zstandard.ZstdDecompressor().decompress
        waiting: list[tuple[int, Rows]] = []
        for number, start, stop in zip(numbers, starts.tolist(), stops, strict=True):
            run = self._kept.find((self._name, number))
            if run is None:
                waiting.append((number, rows[start:stop]))
            if waiting and (run is not None or len(waiting) == _AT_ONCE_RUNS):
                yield from self._written(waiting)
                waiting = []
            if run is not None:
                yield from _cut(run, unpack(run.packed), rows[start:stop] - number * _RUN_ROWS)
        if waiting:
            yield from self._written(waiting)

    def _written(self, waiting: list[tuple[int, Rows]]) -> Iterator[bytes]:
        """Write what is asked of some runs; those asked for before are written whole and kept."""
        again = {number for number, _ in waiting if number in self._asked}
        parts = [self._whole(number) if number in again else rows for number, rows in waiting]
        written = iter(self._write(np.concatenate(parts)))
        for (number, rows), part in zip(waiting, parts, strict=True):
            texts = [next(written) for _ in range(len(part))]
            if number in again:
                self._keep(number, texts)
                yield b",".join(texts[at] for at in (rows - number * _RUN_ROWS).tolist())
            else:
                yield b",".join(texts)
        if len(self._asked) > _REMEMBERED:
            self._asked.clear()
        self._asked.update(number for number, _ in waiting)

    def _whole(self, number: int) -> Rows:
        return np.arange(number * _RUN_ROWS, min((number + 1) * _RUN_ROWS, self._size))

    def _keep(self, number: int, texts: list[bytes]) -> None:
        ends = np.cumsum([len(text) + 1 for text in texts])
        begins = [0, *ends[:-1].tolist()]
        packed = zstandard.ZstdCompressor(level=1).compress(b",".join(texts))
        run = _Run(packed, begins, (ends - 1).tolist())
        self._kept.keep((self._name, number), run, len(packed) + 80 * len(texts))


def _cut(run: _Run, text: bytes, rows: Rows) -> Iterator[bytes]:
    """Yield rows of a run; those that follow each other together, as they stand."""
    if len(rows) == len(run.begins):
        yield text
        return
    for part in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1):
        yield text[run.begins[part[0]] : run.ends[part[-1]]]
