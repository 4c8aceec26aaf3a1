"""What a report says, apart from how it is written: figures, tables, pictures and words.

Every renderer walks the same sections, so that the page, the document and the workbook cannot
differ. Texts are in one language; numbers stay numbers until they are written.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from data.texts import Language, Text
from geo.artifacts import ColumnRecord
from geo.map_legend import shown_number, word

Value = float | str | None
_UNKNOWN = Text("sin dato", "no data")
_OUT_OF_REACH = Text("fuera de alcance", "out of reach")
_RANGE = Text("{} a {}", "{} to {}")
# States that say that nothing is known; they are shown as such.
_UNKNOWN_STATES = ("desconocido", "no_calculado")


class Cell(NamedTuple):
    """One value of a table: itself, the range of an estimate, or why it is not known."""

    value: Value
    low: float | None = None
    high: float | None = None
    reason: str | None = None

    @property
    def has_range(self) -> bool:
        """Whether the value is an estimate whose range is wider than a point."""
        return self.low is not None and self.high is not None and self.low != self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One column of a table."""

    name: str
    title: str
    unit: str = ""
    kind: str = "text"

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers."""
        return self.kind in {"count", "time", "rate", "share", "index"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; the first column names its rows."""

    id: str
    title: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A map or chart as SVG, with the text that stands for it."""

    id: str
    title: str
    alternative: str
    svg: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a report under its heading."""

    id: str
    title: str
    paragraphs: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One indicator of the place, as ``/estadisticas`` gives it."""

    column: ColumnRecord
    cell: Cell
    status: str | None
    rank: tuple[int, int] | None
    reference: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSheet:
    """Every column of the places of a level, for the workbook."""

    id: str
    title: str
    columns: tuple[ColumnRecord, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The report of one place.

    Parameters
    ----------
    language
        Language of its texts.
    level, code, name
        The place.
    title, subtitle
        Its headings.
    version
        The atlas version it was made from.
    link
        Address of the same view of the page; relative where no base address is known.
    code_picture
        QR code of that address; None of a relative one.
    figures
        Every indicator of the place.
    sections
        What is printed, in order.
    sheets
        What only the workbook holds.
    signatures
        Titles of those who sign.
    """

    language: Language
    level: str
    code: str
    name: str
    title: str
    subtitle: str
    version: str
    link: str
    code_picture: str | None
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    sheets: tuple[DataSheet, ...]
    signatures: tuple[str, ...]


def shown(cell: Cell, kind: str, language: Language, *, ranged: bool = True) -> str:
    """Return a value as people read it, with the range of an estimate.

    Parameters
    ----------
    cell
        The value.
    kind
        Kind of its column.
    language
        Language of its words.
    ranged
        Whether the range is told.
    """
    value = cell.value
    if value is None or value in _UNKNOWN_STATES:
        unknown = _OUT_OF_REACH if cell.reason == "fuera_de_alcance" else _UNKNOWN
        return unknown.in_language(language)
    if isinstance(value, str):
        return word(value, language) if kind == "state" else value
    text = shown_number(value, kind)
    if ranged and cell.low is not None and cell.high is not None and cell.has_range:
        return f"{text} ({shown_range(cell.low, cell.high, kind, language)})"
    return text


def shown_range(low: float, high: float, kind: str, language: Language) -> str:
    """Return a range as people read it."""
    ends = (shown_number(low, kind), shown_number(high, kind))
    return _RANGE.in_language(language).format(*ends)
