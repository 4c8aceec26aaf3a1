"""Which rows of a layer a request asks for, in which order, with which columns and coordinates."""

import calendar
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import shapely
from fastapi import Query

from api.cql import MAX_CHARACTERS, FilterLanguage, read_filter
from api.crs import Crs, find_crs, unproject
from api.features import LayerTable
from api.http import QueryModel
from api.predicates import evaluate
from data.errors import ParameterError, Where
from data.texts import Text

_PLANE, _SPACE = 4, 6
_MAX_SORTS = 3
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{4}-\d{2}")
_OPEN = ("", "..")
_NUMBER = r"\s*[-+]?(\d{1,12}(\.\d{0,15})?|\.\d{1,15})([eE][-+]?\d{1,2})?\s*"
_BOX = f"^{_NUMBER}(,{_NUMBER}){{3}}((,{_NUMBER}){{2}})?$"

_NAMES = r"^[A-Za-z0-9_,+\- ]*$"
_URI = r"^[!-~]*$"

PropertyNames = Annotated[
    str | None,
    Query(max_length=3000, pattern=_NAMES, description="Columns to return, joined by commas"),
]
OutputCrs = Annotated[
    str | None,
    Query(alias="crs", max_length=200, pattern=_URI, description="URI of the answer's CRS"),
]


class RowsQuery(QueryModel):
    """Parameters that choose rows."""

    bbox: Annotated[
        str | None,
        Query(
            max_length=200,
            description="West,south,east,north in degrees, or in the axis order of bbox-crs",
        ),
    ] = None
    bbox_crs: Annotated[
        str | None,
        Query(alias="bbox-crs", max_length=200, pattern=_URI, description="URI of the box's CRS"),
    ] = None
    crs: OutputCrs = None
    datetime: Annotated[
        str | None,
        Query(
            max_length=80,
            description=(
                "RFC 3339 date, date-time or interval a/b, ../b, a/..; applies to centros, whose "
                "month of first_seen it meets. Rows with no date match, as the standard says"
            ),
        ),
    ] = None
    filter: Annotated[str | None, Query(max_length=MAX_CHARACTERS, description="CQL2 filter")] = (
        None
    )
    filter_lang: Annotated[FilterLanguage, Query(alias="filter-lang")] = "cql2-text"
    filter_crs: Annotated[
        str | None,
        Query(alias="filter-crs", max_length=200, pattern=_URI, description="URI of its CRS"),
    ] = None
    sortby: Annotated[
        str | None,
        Query(
            max_length=300,
            pattern=_NAMES,
            description="Columns joined by commas, - before one for descending; unknown last",
        ),
    ] = None
    properties: PropertyNames = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows asked for, all of them, in order."""

    table: LayerTable
    rows: np.ndarray[Any, Any]
    names: list[str]
    system: Crs

    def page(self, offset: int, limit: int, vertices: int) -> np.ndarray[Any, Any]:
        """Return the rows of one page: at most ``limit``, and of about ``vertices`` vertices.

        A page has at least one row, so that following ``next`` always ends.
        """
        rows = self.rows[offset : offset + limit]
        if len(rows) == 0:
            return rows
        total = np.cumsum(self.table.vertices(rows))
        return rows[: max(1, int(np.searchsorted(total, vertices, side="right")))]


def select(table: LayerTable, query: RowsQuery) -> Selection:
    """Return what a request asks of a layer.

    Raises
    ------
    ParameterError
        If a parameter is not as it should be.
    LimitError
        If the filter is beyond what is accepted.
    """
    system = find_crs(query.crs, "crs")
    filter_system = find_crs(query.filter_crs, "filter-crs")
    names = select_columns(table, query.properties)
    rows = np.arange(len(table))
    if query.bbox is not None:
        rows = table.within(_boxes(query.bbox, find_crs(query.bbox_crs, "bbox-crs")))
    if query.datetime is not None:
        first, last = _interval(query.datetime)
        if table.temporal is not None:
            rows = rows[_between(table, table.temporal, first, last)[rows]]
    if query.filter is not None:
        tree = read_filter(query.filter, query.filter_lang)
        rows = rows[evaluate(tree, table, filter_system)[rows]]
    if query.sortby is not None:
        rows = rows[_order(table, query.sortby, rows)]
    return Selection(table, rows, names, system)


def select_columns(table: LayerTable, wanted: str | None) -> list[str]:
    """Return the columns named, each once, or all of them."""
    if wanted is None:
        return table.names
    chosen = [name for name in dict.fromkeys(wanted.split(",")) if name]
    for name in chosen:
        _check_column(table, name, "properties")
    return chosen


def _check_column(table: LayerTable, name: str, parameter: str) -> None:
    if name not in table.columns:
        raise ParameterError(
            Text(f"La capa no tiene la columna «{name[:60]}»", f"No column “{name[:60]}”"),
            where=Where(column=parameter),
            remedy=Text(
                "Las columnas están en /collections/{capa}/queryables",
                "The columns are in /collections/{layer}/queryables",
            ),
        )


def _order(table: LayerTable, text: str, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    names, descending = [], []
    for part in text.split(","):
        # A plus sign in an address is read as a space.
        name = part.strip().removeprefix("+").removeprefix("-")
        _check_column(table, name, "sortby")
        names.append(name)
        descending.append(part.strip().startswith("-"))
    if len(names) > _MAX_SORTS:
        raise ParameterError(
            Text("Demasiadas columnas de orden", "Too many columns to sort by"),
            where=Where(column="sortby"),
            remedy=Text(f"Dé hasta {_MAX_SORTS}", f"Give up to {_MAX_SORTS}"),
        )
    keys = pd.DataFrame({name: table.take(name, rows) for name in dict.fromkeys(names)})
    for name in reversed(names):
        down = descending[names.index(name)]
        keys = keys.sort_values(name, ascending=not down, na_position="last", kind="stable")
    return keys.index.to_numpy()


def _boxes(text: str, system: Crs) -> Iterator[Any]:
    """Yield one box, or two where west is beyond east and the box crosses the 180th meridian."""
    numbers = [float(part) for part in text.split(",")] if re.match(_BOX, text) else []
    if len(numbers) == _SPACE:
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != _PLANE:
        raise _bad_box(text)
    if system.northing_first:
        numbers = [numbers[1], numbers[0], numbers[3], numbers[2]]
    west, south, east, north = numbers
    if not system.in_metres:
        if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90 or south > north:  # noqa: PLR2004 — degrees of a globe
            raise _bad_box(text)
        if west > east:
            yield shapely.box(west, south, 180.0, north)
            west = -180.0
        yield shapely.box(west, south, east, north)
        return
    if west > east or south > north:
        raise _bad_box(text)
    moved = unproject(shapely.box(west, south, east, north), system)
    if not all(math.isfinite(edge) for edge in moved.bounds):
        raise _bad_box(text)
    yield moved


def _bad_box(text: str) -> ParameterError:
    return ParameterError(
        Text(f"bbox no válido: «{text[:60]}»", f"Invalid bbox: “{text[:60]}”"),
        where=Where(column="bbox"),
        remedy=Text(
            "Dé oeste,sur,este,norte en grados, como -102.4,21.8,-102.2,22.0",
            "Give west,south,east,north in degrees, such as -102.4,21.8,-102.2,22.0",
        ),
    )


def _between(table: LayerTable, name: str, first: date, last: date) -> np.ndarray[Any, Any]:
    months = np.asarray(table.arrow(name).to_numpy(zero_copy_only=False), dtype="datetime64[M]")
    inside = (months >= np.datetime64(first, "M")) & (months <= np.datetime64(last, "M"))
    return np.asarray(inside | np.isnat(months))


def _interval(text: str) -> tuple[date, date]:
    parts = text.split("/")
    if len(parts) > 2 or (len(parts) == 2 and all(part in _OPEN for part in parts)):  # noqa: PLR2004 — a start and an end
        raise _bad_time(text)
    first, last = parts[0], parts[-1]
    if len(parts) == 1 and first in _OPEN:
        raise _bad_time(text)
    begin = date.min if first in _OPEN else _date(first, text, last=False)
    end = date.max if last in _OPEN else _date(last, text, last=True)
    if begin > end:
        raise _bad_time(text)
    return begin, end


def _date(part: str, text: str, *, last: bool) -> date:
    day = part.split("T", maxsplit=1)[0]
    try:
        if not _DAY.fullmatch(day) or ("T" in part and pd.Timestamp(part) is pd.NaT):
            raise _bad_time(text)
        if len(day) == len("2020-01"):
            year, month = (int(piece) for piece in day.split("-"))
            return date(year, month, calendar.monthrange(year, month)[1] if last else 1)
        return date.fromisoformat(day)
    except ValueError as error:
        raise _bad_time(text) from error


def _bad_time(text: str) -> ParameterError:
    return ParameterError(
        Text(f"datetime no válido: «{text[:60]}»", f"Invalid datetime: “{text[:60]}”"),
        where=Where(column="datetime"),
        remedy=Text(
            "Dé una fecha o un intervalo, como 2010-01-01/.. o 2010-07-01",
            "Give a date or an interval, such as 2010-01-01/.. or 2010-07-01",
        ),
    )


ItemFormat = Literal["json", "html", "csv", "parquet", "gpkg", "fgb", "xlsx"]
