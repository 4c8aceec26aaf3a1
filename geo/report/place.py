"""The place a report is about, and what an atlas holds of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from data.catalog import gazetteer
from data.errors import NotComputedError, UnknownPlaceError
from data.tables import Level
from data.texts import Language, Text
from geo.artifacts import ColumnRecord, LayerRecord, Manifest
from geo.demand.variables import SERVICE_DEMAND
from geo.figures import (
    NUMBERS,
    SIBLINGS_SHARE,
    Rows,
    range_columns,
    range_of,
    standings,
    starting_with,
    why_unknown,
)
from geo.report.model import Cell, Figure, Head
from geo.units import unit_in

# Levels with a report, and those of the parts each is told by, finest last.
PARTS: Mapping[str, tuple[str, ...]] = {
    "entidad": ("municipio",),
    "municipio": ("localidad", "ageb"),
    "localidad": ("ageb",),
    "ageb": ("manzana",),
}
NAMES: Mapping[str, tuple[Text, Text]] = {
    "entidad": (Text("entidad", "state"), Text("Entidades", "States")),
    "municipio": (Text("municipio", "municipality"), Text("Municipios", "Municipalities")),
    "localidad": (Text("localidad", "locality"), Text("Localidades", "Localities")),
    "ageb": (Text("AGEB", "AGEB"), Text("AGEB", "AGEB")),
    "manzana": (Text("manzana", "block"), Text("Manzanas", "Blocks")),
}
_NEAR = 3


class Shelf(Protocol):
    """An atlas version as a report reads it."""

    @property
    def name(self) -> str:
        """Name of the version."""

    @property
    def manifest(self) -> Manifest:
        """Its manifest."""

    @property
    def levels(self) -> Mapping[str, LayerRecord]:
        """Layers of places by the name of their level."""

    def table(self, layer_id: str, /) -> Rows:
        """Return a layer's table."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place of an atlas, read in one language."""

    shelf: Shelf
    language: Language
    level: str
    rows: Rows
    row: int

    @property
    def code(self) -> str:
        """Its key."""
        return self.rows.keys[self.row]

    @property
    def name(self) -> str:
        """Its name, or its code where neither the atlas nor INEGI's catalogue names it.

        An AGEB has no name: it is told by the end of its code and the places it lies in.
        """
        if self.level == "ageb":
            return self._in_town()
        named = self.rows.value("name", self.row) if "name" in self.rows.columns else None
        return str(named) if named else gazetteer().get(self.code, self.code)

    def _in_town(self) -> str:
        above = {parent.level: parent.name for parent in self.parents()}
        town = above.get("localidad") or gazetteer().get(self.code[:9])
        municipality = above.get("municipio") or gazetteer().get(self.code[:5])
        listed = ", ".join(name for name in (town, municipality) if name)
        code = self.code[Level.LOCALITY.code_length :]
        return f"AGEB {code} {self.say('de', 'of')} {listed}" if listed else self.code

    def say(self, es: str, en: str) -> str:
        """Return a text in the report's language."""
        return en if self.language == "en" else es

    def column(self, name: str) -> ColumnRecord | None:
        """Return a column's record, or None where the atlas does not hold it."""
        if name not in self.rows.columns:
            return None
        return next(item for item in self.rows.record.columns if item.name == name)

    def cell(self, name: str) -> Cell:
        """Return a value of the place; unknown where the atlas does not hold its column."""
        column = self.column(name)
        return Cell(None) if column is None else cell_of(column, self.rows, self.row)

    @property
    def services(self) -> dict[str, str]:
        """Title of each service the atlas tells of, in the order of the codebook."""
        found = {}
        for service in SERVICE_DEMAND:
            column = self.column(f"demand_{service}") or self.column(f"centres_{service}")
            if column is not None:
                title = column.title.text.in_language(self.language)
                found[service] = title.partition(": ")[2] or title
        return {name: title[0].upper() + title[1:] for name, title in found.items()}

    def parents(self) -> list["Place"]:
        """Return the places that hold it, nearest first, of the levels the atlas has."""
        found = []
        for level in ("localidad", "municipio", "entidad"):
            length = Level(level).code_length
            if length < len(self.code) and level in self.shelf.levels:
                rows = self.shelf.table(self.shelf.levels[level].id)
                row = rows.row(self.code[:length])
                if row is not None:
                    found.append(Place(self.shelf, self.language, level, rows, row))
        return found

    def parts(self, level: str) -> tuple[Rows, range]:
        """Return the table of a level and the rows that lie in this place."""
        rows = self.shelf.table(self.shelf.levels[level].id)
        return rows, starting_with(rows, self.code)


def find_place(shelf: Shelf, level: str, code: str, language: Language) -> Place:
    """Return a place of an atlas.

    Raises
    ------
    NotComputedError
        If there are no reports of that level, or the atlas does not hold it.
    UnknownPlaceError
        If the atlas has no such place.
    """
    record = shelf.levels.get(level)
    if level not in PARTS or record is None:
        held = ", ".join(name for name in PARTS if name in shelf.levels)
        raise NotComputedError(
            Text(f"No hay informes de «{level[:20]}»", f"There are no reports of “{level[:20]}”"),
            remedy=Text(f"Los hay de: {held}", f"There are of: {held}"),
        )
    rows = shelf.table(record.id)
    row = rows.row(code)
    if row is None:
        near = [rows.keys[at] for at in starting_with(rows, code[:-_NEAR] or code[:1])][:_NEAR]
        listed = ", ".join(near or rows.keys[:_NEAR])
        raise UnknownPlaceError(
            Text(f"El atlas no tiene «{code[:40]}»", f"The atlas has no “{code[:40]}”"),
            remedy=Text(f"Tiene, por ejemplo: {listed}", f"It has, say: {listed}"),
        )
    return Place(shelf, language, level, rows, row)


def level_of(code: str) -> str:
    """Return the level of a code by its length.

    Raises
    ------
    UnknownPlaceError
        If no place with a report has codes of that length.
    """
    for level in PARTS:
        if len(code) == Level(level).code_length:
            return level
    raise UnknownPlaceError(
        Text(f"«{code[:40]}» no es la clave de un lugar", f"“{code[:40]}” is no place's code"),
        remedy=Text(
            "Dé 2 caracteres (entidad), 5 (municipio), 9 (localidad) o 13 (AGEB)",
            "Give 2 characters (state), 5 (municipality), 9 (locality) or 13 (AGEB)",
        ),
    )


def cell_of(column: ColumnRecord, rows: Rows, row: int) -> Cell:
    """Return one value with its range and the reason it is unknown."""
    value = rows.value(column.name, row)
    bounds = range_of(column, rows, row)
    if value is None:
        return Cell(None, reason=why_unknown(column, rows, row))
    if bounds is None:
        return Cell(value)
    return Cell(value, bounds["low"], bounds["high"])


def head_of(column: ColumnRecord, language: Language, *, title: str | None = None) -> Head:
    """Return the heading of a column; what it is about stands in the table's title."""
    full = column.title.text.in_language(language)
    about = column.service or column.group
    short = full.partition(": ")[0] if about else full
    return Head(
        name=column.name,
        title=title or short,
        unit=unit_in(column.unit, column.kind, language),
        kind=column.kind,
    )


def column_cells(column: ColumnRecord, rows: Rows, chosen: Sequence[int]) -> list[Cell]:
    """Return a column's cells for some rows."""
    bounds = range_columns(column, rows.columns)
    cells = []
    for row, value in zip(chosen, rows.take(column.name, chosen).tolist(), strict=True):
        if value is None or value != value:  # noqa: PLR0124 — NaN alone differs from itself
            cells.append(Cell(None, reason=why_unknown(column, rows, row)))
        elif bounds is None:
            cells.append(Cell(value))
        else:
            low, high = (_known(rows.value(name, row)) for name in bounds)
            cells.append(Cell(value, low, high))
    return cells


def _known(value: Any) -> float | None:
    return None if value is None else float(value)


def all_figures(place: Place) -> tuple[Figure, ...]:
    """Return every indicator of a place: value, range, origin, rank and the state's value."""
    siblings = starting_with(place.rows, place.code[: SIBLINGS_SHARE[place.level]])
    states = [parent for parent in place.parents() if parent.level == "entidad"]
    return tuple(
        _figure(place, column, siblings, states)
        for column in place.rows.record.columns
        if column.kind in NUMBERS or column.kind == "state"
    )


def _figure(place: Place, column: ColumnRecord, siblings: range, states: list[Place]) -> Figure:
    cell = cell_of(column, place.rows, place.row)
    rank = None
    if column.kind in NUMBERS and isinstance(cell.value, float | int):
        values = place.rows.take(column.name, siblings)[:, np.newaxis]
        (found,) = standings(values, np.array([cell.value], dtype="float64"))
        rank = None if found is None else (found.position, found.of)
    status = f"{column.name}_status"
    return Figure(
        column=column,
        cell=cell,
        status=place.rows.value(status, place.row) if status in place.rows.columns else None,
        rank=rank,
        reference=states[0].cell(column.name).value if states else None,
    )
