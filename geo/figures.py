"""What one number of an atlas means: its range, why it is not known, its place among its peers."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from data.texts import Text
from geo.artifacts import ColumnRecord, LayerRecord
from geo.demand.variables import SERVICE_DEMAND

# Kinds of columns that hold a number a reader may compare.
NUMBERS = frozenset({"count", "time", "rate", "share", "index"})
# Places are compared with those of the same municipality, municipalities with those of the state.
SIBLINGS_SHARE: Mapping[str, int] = {
    "entidad": 0, "municipio": 2, "localidad": 5, "ageb": 5, "manzana": 5,
}  # fmt: skip
REASONS: Mapping[str, Text] = {
    "fuera_de_alcance": Text(
        "No hay ningún centro a la distancia máxima que se camina",
        "No centre within the greatest distance walked",
    ),
    "no_calculado": Text(
        "No se pudo calcular la caminata desde aquí", "The walk from here could not be computed"
    ),
    "sin_dato": Text(
        "La fuente no lo publica, lo reserva por confidencialidad, o no alcanza para calcularlo",
        "The source does not publish it, withholds it, or does not suffice to compute it",
    ),
}


QUINTILES = 5


class Values(Protocol):
    """What is asked of a table for one value of a row."""

    @property
    def columns(self) -> Mapping[str, Any]:
        """Its columns by name."""

    def value(self, name: str, row: int) -> Any:
        """Return one value; unknown is None."""


class Rows(Values, Protocol):
    """The table of one layer, sorted by key, as readers of an atlas hold it."""

    @property
    def record(self) -> LayerRecord:
        """The layer's record."""

    @property
    def keys(self) -> Sequence[str]:
        """Key of each row, ascending."""

    @property
    def columns(self) -> Mapping[str, Any]:
        """Values of each column; unknown is NaN or None."""

    def take(self, name: str, rows: Any) -> Any:
        """Return a column of some rows."""

    def row(self, key: str) -> int | None:
        """Return the row of a key, or None."""

    def shapes(self, rows: Any) -> Any:
        """Return the geometries of rows, None where there is none."""


def starting_with(rows: Rows, prefix: str) -> range:
    """Return the rows whose keys start alike; tables are sorted by key, so they lie together."""
    last = bisect_left(rows.keys, prefix + "~") if prefix else len(rows.keys)
    return range(bisect_left(rows.keys, prefix), last)


def range_of(column: ColumnRecord, rows: Values, row: int) -> dict[str, Any] | None:
    """Return the least and greatest an estimate may be, where the atlas holds them."""
    named = range_columns(column, rows.columns)
    if named is None:
        return None
    low, high = named
    return {"low": rows.value(low, row), "high": rows.value(high, row)}


def range_columns(column: ColumnRecord, held: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the names of the columns of an estimate's bounds, or None.

    The potential demand of a service has those of the census variable it is.
    """
    topic = column.service or column.group
    stems = [f"{column.name}_{{}}"]
    if topic is not None:
        stems.append(f"{column.name.removesuffix(topic)}{{}}_{topic}")
    variable = SERVICE_DEMAND.get(column.service or "")
    if variable is not None and column.name == f"demand_{column.service}":
        stems.append(f"{variable}_{{}}")
    for stem in stems:
        low, high = stem.format("low"), stem.format("high")
        if low in held and high in held:
            return low, high
    return None


def why_unknown(column: ColumnRecord, rows: Values, row: int) -> str:
    """Return the reason a value is unknown: one of :data:`REASONS`."""
    reach = f"reach_{column.name.removeprefix('nearest_min_')}"
    if column.kind == "time" and reach in rows.columns:
        state = rows.value(reach, row)
        if state in REASONS:
            return str(state)
    return "sin_dato"


class Standing(NamedTuple):
    """Where a place stands among its siblings.

    Parameters
    ----------
    position
        Its rank, 1 being the highest value; equal values share the better one.
    of
        Siblings whose value is known, its own among them.
    quintile
        Its fifth, 1 being the lowest values; None where fewer than five are known.
    """

    position: int
    of: int
    quintile: int | None


def standings(
    values: npt.NDArray[np.float64], own: npt.NDArray[np.float64]
) -> list[Standing | None]:
    """Return where a place stands by each of several numbers; None where its own is unknown.

    Parameters
    ----------
    values
        Shape (siblings, numbers), NaN where unknown; the place is one of the siblings.
    own
        Shape (numbers,): the place's own.
    """
    above, below = (values > own).sum(axis=0).tolist(), (values < own).sum(axis=0).tolist()
    known = (~np.isnan(values)).sum(axis=0).tolist()
    return [
        None if unknown else Standing(more + 1, count, _fifth(less, count))
        for more, less, count, unknown in zip(above, below, known, np.isnan(own), strict=True)
    ]


def _fifth(below: int, of: int) -> int | None:
    return None if of < QUINTILES else min(QUINTILES, 1 + QUINTILES * below // of)
