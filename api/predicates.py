"""Evaluating a CQL2 filter over a whole layer at once.

Every part of the tree becomes one Arrow array, so the time is bounded by parts × rows. Unknown is
SQL's: comparing with it is unknown, and a row is returned only where the filter is true. Patterns
are matched by RE2, whose time is linear in the text whatever the pattern.
"""

import time
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from api.crs import Crs, unproject
from data.errors import LimitError, ParameterError, Where
from data.texts import Text

GEOMETRY = "geometry"
_SECONDS = 5.0
_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": pc.equal, "<>": pc.not_equal, "<": pc.less, "<=": pc.less_equal,
    ">": pc.greater, ">=": pc.greater_equal,
}  # fmt: skip
_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": pc.add, "-": pc.subtract, "*": pc.multiply, "/": pc.divide, "^": pc.power,
}  # fmt: skip
_SPATIAL = (
    "s_intersects", "s_within", "s_contains", "s_disjoint", "s_touches", "s_crosses",
    "s_overlaps", "s_equals",
)  # fmt: skip
# A row's geometry comes first in CQL2, the query's geometry first in an STRtree.
_TURNED = {"within": "contains", "contains": "within"}
_OPERATORS = (
    "and", "or", "not", *_COMPARISONS, *_ARITHMETIC, "like", "in", "between", "isNull", "casei",
    "accenti", *_SPATIAL,
)  # fmt: skip


class Columns(Protocol):
    """What a filter asks of a layer."""

    def __len__(self) -> int:
        """Return the number of rows."""

    @property
    def queryables(self) -> Mapping[str, str]:
        """Type of each column that may be asked for: text, number, flag or date."""

    def arrow(self, name: str) -> Any:
        """Return a column as an Arrow array in which unknown is null."""

    def touching(self, geometry: Any, predicate: str) -> Any:
        """Return a boolean Arrow array: rows for which ``predicate(geometry, row)`` holds."""


def evaluate(tree: Any, columns: Columns, system: Crs) -> np.ndarray[Any, Any]:
    """Return which rows a filter is true for.

    Parameters
    ----------
    tree
        The filter, from :func:`api.cql.read_filter`.
    columns
        The layer.
    system
        Reference system of the filter's geometries.

    Raises
    ------
    ParameterError
        If it names what there is not, or compares what cannot be compared.
    LimitError
        If it takes longer than is accepted.
    """
    evaluator = _Evaluator(columns, system)
    try:
        found = evaluator.boolean(tree)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        raise _wrong(
            Text("los tipos no se pueden comparar", "the types cannot be compared")
        ) from error
    if isinstance(found, pa.Scalar):
        return np.full(len(columns), found.as_py() is True)
    return np.asarray(pc.fill_null(found, fill_value=False).to_numpy(zero_copy_only=False))


class _Evaluator:
    def __init__(self, columns: Columns, system: Crs) -> None:
        self._columns = columns
        self._system = system
        self._end = time.monotonic() + _SECONDS

    def boolean(self, node: Any) -> Any:
        """Return a part that is true, false or unknown."""
        if isinstance(node, bool):
            return pa.scalar(node)
        if isinstance(node, dict) and "property" in node:
            return _typed(self.value(node), "flag")
        operator, arguments = _parts(node)
        self._keep_in_time()
        if operator in ("and", "or"):
            return self._joined(operator, arguments)
        if operator == "not":
            (inner,) = _exactly(arguments, 1, operator)
            return pc.invert(self.boolean(inner))
        if operator in _SPATIAL:
            return self._spatial(operator, _exactly(arguments, 2, operator))
        return self._compared(operator, arguments)

    def _keep_in_time(self) -> None:
        if time.monotonic() > self._end:
            raise LimitError(
                Text("El filtro tarda demasiado", "The filter takes too long"),
                where=Where(column="filter"),
                remedy=Text("Simplifíquelo o dé también bbox", "Simplify it or give a bbox too"),
            )

    def _joined(self, operator: str, arguments: list[Any]) -> Any:
        join = pc.and_kleene if operator == "and" else pc.or_kleene
        if not arguments:
            raise _count(operator)
        found = self.boolean(arguments[0])
        for argument in arguments[1:]:
            found = join(found, self.boolean(argument))
        return found

    def _compared(self, operator: str, arguments: list[Any]) -> Any:
        if operator in _COMPARISONS:
            left, right = (self.value(item) for item in _exactly(arguments, 2, operator))
            return _COMPARISONS[operator](*_alike(left, right))
        if operator == "between":
            value, low, high = (self.value(item) for item in _exactly(arguments, 3, operator))
            return pc.and_kleene(
                pc.greater_equal(*_alike(value, low)), pc.less_equal(*_alike(value, high))
            )
        if operator == "isNull":
            (item,) = _exactly(arguments, 1, operator)
            if item == {"property": GEOMETRY}:
                return pc.is_null(self._columns.arrow(GEOMETRY))
            return pc.is_null(self.value(item))
        if operator == "in":
            return self._among(*_exactly(arguments, 2, operator))
        if operator == "like":
            value, pattern = (self.value(item) for item in _exactly(arguments, 2, operator))
            if not isinstance(pattern, pa.StringScalar) or not pa.types.is_string(value.type):
                raise _wrong(Text("LIKE compara textos", "LIKE compares texts"))
            return pc.match_like(value, pattern.as_py())
        raise _wrong(
            Text(
                f"no existe la operación «{operator[:40]}»; hay {', '.join(_OPERATORS)}",
                f"there is no operation “{operator[:40]}”; there are {', '.join(_OPERATORS)}",
            )
        )

    def _among(self, item: Any, choices: Any) -> Any:
        if not isinstance(choices, list) or not choices:
            raise _wrong(Text("IN lleva una lista", "IN takes a list"))
        value = self.value(item)
        found = None
        for choice in choices:
            self._keep_in_time()
            equal = pc.equal(*_alike(value, self.value(choice)))
            found = equal if found is None else pc.or_kleene(found, equal)
        return found

    def value(self, node: Any) -> Any:
        """Return a part that is a number, a text, a date or a flag: an array or a scalar."""
        if isinstance(node, bool | str):
            return pa.scalar(node)
        if isinstance(node, int | float):
            return pa.scalar(float(node))
        if isinstance(node, dict) and "property" in node:
            name = node["property"]
            if not isinstance(name, str) or name not in self._columns.queryables:
                raise _no_queryable(str(name))
            return self._columns.arrow(name)
        for key in ("date", "timestamp"):
            if isinstance(node, dict) and key in node:
                return pa.scalar(_day(str(node[key])))
        operator, arguments = _parts(node)
        self._keep_in_time()
        if operator in ("casei", "accenti"):
            (item,) = _exactly(arguments, 1, operator)
            text = _typed(self.value(item), "text")
            return pc.utf8_lower(text) if operator == "casei" else _unaccented(text)
        if operator in _ARITHMETIC:
            left, right = (
                _typed(self.value(item), "number") for item in _exactly(arguments, 2, operator)
            )
            return _ARITHMETIC[operator](left, right)
        raise _wrong(Text(f"«{operator[:40]}» no da un valor", f"“{operator[:40]}” gives no value"))

    def _spatial(self, operator: str, arguments: list[Any]) -> Any:
        first, second = arguments
        predicate = operator.removeprefix("s_")
        if first != {"property": GEOMETRY}:
            first, second = second, first
        else:
            predicate = _TURNED.get(predicate, predicate)
        if first != {"property": GEOMETRY}:
            raise _no_queryable(str(first)[:60])
        geometry = _geometry(second, self._system)
        return self._columns.touching(geometry, predicate)


def _parts(node: Any) -> tuple[str, list[Any]]:
    if not isinstance(node, dict) or not isinstance(node.get("op"), str):
        raise _wrong(Text("falta una comparación", "a comparison is missing"))
    arguments = node.get("args")
    operator = node["op"]
    known = operator if operator == "isNull" else operator.lower()
    return known, arguments if isinstance(arguments, list) else []


def _exactly(arguments: list[Any], count: int, operator: str) -> list[Any]:
    if len(arguments) != count:
        raise _count(operator)
    return arguments


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Return two parts of one type: a text compared with a date is read as one."""
    kinds = {_kind(left), _kind(right)}
    if len(kinds) == 1:
        return left, right
    if kinds == {"text", "date"}:
        for side in (left, right):
            if isinstance(side, pa.StringScalar):
                day = pa.scalar(_day(side.as_py()))
                return (day, right) if side is left else (left, day)
    raise _wrong(
        Text(
            "se comparan tipos distintos (texto, número, fecha, sí o no)",
            "different types are compared (text, number, date, flag)",
        )
    )


def _kind(part: Any) -> str:
    kind = part.type
    if pa.types.is_string(kind):
        return "text"
    if pa.types.is_boolean(kind):
        return "flag"
    return "date" if pa.types.is_date32(kind) else "number"


def _typed(part: Any, kind: str) -> Any:
    if _kind(part) != kind:
        raise _wrong(Text(f"se espera tipo {kind}", f"type {kind} is expected"))
    return part


def _unaccented(text: Any) -> Any:
    apart = pc.utf8_normalize(text, form="NFD")
    return pc.replace_substring_regex(apart, r"\p{Mn}", "")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10] if len(text) > len("2020-01") else f"{text}-01")
    except ValueError as error:
        raise _wrong(
            Text(f"fecha no válida «{text[:40]}»", f"invalid date “{text[:40]}”")
        ) from error


def _geometry(node: Any, system: Crs) -> Any:
    try:
        if isinstance(node, dict) and "bbox" in node:
            west, south, *rest = (float(edge) for edge in node["bbox"])
            east, north = rest if len(rest) == 2 else rest[1:3]  # noqa: PLR2004 — or with heights
            shape = shapely.box(west, south, east, north)
        else:
            shape = shapely.geometry.shape(node)
        moved = unproject(shape, system)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError,
            shapely.errors.ShapelyError) as error:  # fmt: skip
        raise _wrong(Text("geometría no válida", "invalid geometry")) from error
    if moved.is_empty or not np.isfinite(moved.bounds).all() or not moved.is_valid:
        raise _wrong(Text("geometría no válida", "invalid geometry"))
    west, south, east, north = moved.bounds
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:  # noqa: PLR2004 — degrees of a globe
        raise _wrong(Text("geometría fuera del mundo", "geometry outside the world"))
    return moved


def _count(operator: str) -> ParameterError:
    return _wrong(Text(f"argumentos de «{operator[:40]}»", f"arguments of “{operator[:40]}”"))


def _no_queryable(name: str) -> ParameterError:
    return _wrong(Text(f"no hay columna «{name[:60]}»", f"there is no column “{name[:60]}”"))


def _wrong(what: Text) -> ParameterError:
    return ParameterError(
        Text(f"El filtro no se puede evaluar: {what.es}", f"The filter cannot be used: {what.en}"),
        where=Where(column="filter"),
        remedy=Text(
            "Las columnas y sus tipos están en /collections/{capa}/queryables",
            "Columns and their types are in /collections/{layer}/queryables",
        ),
    )
