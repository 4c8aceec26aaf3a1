"""Rows as GeoJSON, a column at a time: writing a page costs little for each value of it.

Numbers of many rows are written as one array, texts as another; both are cut at their separators
and filled into a template: no dictionary is made, and no number becomes an object.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
import orjson

_NUMBERS = orjson.OPT_SERIALIZE_NUMPY
# A line a value: texts hold commas, but no raw line break once they are JSON.
_TEXTS, _TEXT_BREAK = orjson.OPT_INDENT_2, b",\n  "


class FeatureWriter:
    """Writes rows with certain columns as GeoJSON features.

    Parameters
    ----------
    columns
        Values of each column to carry as properties, in that order; unknown numbers are NaN.
    """

    def __init__(self, columns: Mapping[str, np.ndarray[Any, Any]]) -> None:
        self._numbers = [values for values in columns.values() if values.dtype == np.float64]
        self._others = [values for values in columns.values() if values.dtype != np.float64]
        # A row's values stand as its numbers, its other values, its key and its geometry.
        number, other = (
            iter(range(len(self._numbers))),
            iter(range(len(self._numbers), len(columns))),
        )
        places = [
            next(number if values.dtype == np.float64 else other) for values in columns.values()
        ]
        self._ordered = itemgetter(len(columns), len(columns) + 1, *places)
        named = b",".join(orjson.dumps(name).replace(b"%", b"%%") + b":%b" for name in columns)
        self._template = b'{"type":"Feature","id":%b,"geometry":%b,"properties":{' + named + b"}}"

    def write(
        self, rows: np.ndarray[Any, Any], keys: Sequence[str], shapes: Sequence[str | None]
    ) -> bytes:
        """Return rows as features joined by commas.

        Parameters
        ----------
        rows
            Positions of the rows in the columns.
        keys
            Identifier of each row.
        shapes
            Geometry of each row as GeoJSON, None where there is none.
        """
        template, ordered = self._template, self._ordered
        return b",".join(
            template % ordered([*numbers, *others, b"null" if shape is None else shape.encode()])
            for numbers, others, shape in zip(
                self._written_numbers(rows), self._written_others(rows, keys), shapes, strict=True
            )
        )

    def _written_numbers(self, rows: np.ndarray[Any, Any]) -> list[list[bytes]]:
        if not self._numbers:
            return [[]] * len(rows)
        table = np.empty((len(rows), len(self._numbers)))
        for place, values in enumerate(self._numbers):
            table[:, place] = values[rows]
        written = orjson.dumps(table, option=_NUMBERS)
        return [row.split(b",") for row in written[2:-2].split(b"],[")]

    def _written_others(self, rows: np.ndarray[Any, Any], keys: Sequence[str]) -> list[list[bytes]]:
        columns = [*(values[rows].tolist() for values in self._others), keys]
        flat = list(chain.from_iterable(zip(*columns, strict=True)))
        written = orjson.dumps(flat, option=_TEXTS)[4:-2].split(_TEXT_BREAK)
        width = len(columns)
        return [written[start : start + width] for start in range(0, len(written), width)]
