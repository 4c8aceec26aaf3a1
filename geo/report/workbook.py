"""A report as a workbook: a styled sheet for every table, the data in full, and their dictionary.

Texts are cells of text, so that none is run as a formula; identifiers keep their zeros; numbers
stay numbers, shown in their unit, with the range of an estimate in columns of its own.
"""

import datetime as dt
import io
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from data.errors import LimitError
from data.texts import Text
from geo.artifacts import ColumnRecord
from geo.report.model import Cell, DataSheet, Figure, Head, Report, Section, Table, shown
from geo.units import unit_in

MOST_CELLS = 3_000_000
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
_LONGEST_NAME = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_FORMATS = {"count": "#,##0", "share": "0.0%", "time": "0.0", "rate": "0.000", "index": "0.000"}
_NARROW, _WIDE, _COVER, _CHARACTERS = 11, 60, 110, 1.15  # widths in characters
_LINE, _HEAD_LINES = 15, 3  # points, lines
_LOW, _HIGH = Text("mínimo", "low"), Text("máximo", "high")
_DICTIONARY = (
    Text("hoja", "sheet"), Text("columna", "column"), Text("título", "title"),
    Text("unidad", "unit"), Text("descripción", "description"), Text("valores", "values"),
    Text("fuentes", "sources"), Text("licencia", "licence"), Text("método", "method"),
)  # fmt: skip
_FIGURES = (
    Text("indicador", "indicator"), Text("valor", "value"), Text("mínimo", "low"),
    Text("máximo", "high"), Text("unidad", "unit"), Text("origen o motivo", "origin or reason"),
    Text("puesto", "rank"), Text("de", "of"), Text("entidad", "state"), Text("columna", "column"),
)  # fmt: skip


def write_workbook(report: Report) -> bytes:
    """Return the report as an XLSX workbook.

    Raises
    ------
    LimitError
        If its data are more than a workbook carries.
    """
    import xlsxwriter

    if sum(len(sheet.rows) * len(sheet.columns) for sheet in report.sheets) > MOST_CELLS:
        raise LimitError(
            Text("Los datos no caben en un libro", "The data do not fit a workbook"),
            remedy=Text("Pida html o pdf, o una parte del lugar",
                        "Ask for html or pdf, or for a part of the place"),
        )  # fmt: skip
    out = io.BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False, "nan_inf_to_errors": False,
    }  # fmt: skip
    with xlsxwriter.Workbook(out, options) as book:
        # A workbook always states when it was made: a fixed day keeps equal reports byte-equal.
        book.set_properties({"title": report.title, "created": _EPOCH})
        _Writer(book, report).write()
    return out.getvalue()


class _Writer:
    """One workbook being written."""

    def __init__(self, book: Any, report: Report) -> None:
        self._book = book
        self._report = report
        self._names: set[str] = set()
        self._made: dict[tuple[str, ...], Any] = {}

    def write(self) -> None:
        self._cover()
        self._figures()
        described: list[tuple[str, ColumnRecord]] = []
        for section in self._report.sections:
            for table in section.tables:
                self._table(table)
            if section.bullets:
                self._words(section)
        for sheet in self._report.sheets:
            name = self._data(sheet)
            described += [(name, column) for column in sheet.columns]
        name = self._say(Text("Indicadores", "Indicators"))
        described += [(name, figure.column) for figure in self._report.figures]
        self._dictionary(described)

    def _say(self, text: Text) -> str:
        return text.in_language(self._report.language)

    def _style(self, **properties: Any) -> Any:
        key = tuple(f"{name}={value}" for name, value in sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"valign": "top", **properties})
        return self._made[key]

    def _heading(self) -> Any:
        return self._style(bold=True, bg_color="#253494", font_color="#FFFFFF", text_wrap=True)

    def _number(self, kind: str) -> Any:
        return self._style(num_format=_FORMATS.get(kind, "General"))

    def _sheet(self, title: str) -> tuple[Any, str]:
        base = " ".join(_NOT_IN_NAMES.sub(" ", title).split()) or "-"
        name, number = base[:_LONGEST_NAME].strip(), 1
        while name.casefold() in self._names:
            number += 1
            end = f" {number}"
            name = base[: _LONGEST_NAME - len(end)].strip() + end
        self._names.add(name.casefold())
        return self._book.add_worksheet(name), name

    def _cover(self) -> None:
        sheet, _ = self._sheet(self._say(Text("Resumen", "Summary")))
        report = self._report
        sheet.set_column(0, 0, _COVER)
        sheet.hide_gridlines(2)
        sheet.write_string(0, 0, report.title, self._style(bold=True, font_size=16))
        sheet.write_string(1, 0, report.subtitle, self._style(font_color="#454B55"))
        version = self._say(Text("Versión del atlas", "Atlas version"))
        sheet.write_string(2, 0, f"{version} {report.version}", self._style(font_color="#454B55"))
        sheet.write_string(3, 0, report.link, self._style(font_color="#454B55"))
        at = 5
        for paragraph in report.sections[0].paragraphs:
            self._prose(sheet, at, paragraph, _COVER)
            at += 1
        for title in report.signatures:
            at += 2
            sheet.write_string(at, 0, f"{title}:", self._style(bottom=1))
        self._paper(sheet, landscape=False)

    def _prose(self, sheet: Any, row: int, text: str, width: float) -> None:
        """Write a wrapped text; programs other than Excel want its height said."""
        sheet.write_string(row, 0, text, self._style(text_wrap=True))
        sheet.set_row(row, _LINE * (1 + math.ceil(len(text) / width)) - _LINE / 2)

    def _paper(self, sheet: Any, *, landscape: bool = True) -> None:
        if landscape:
            sheet.set_landscape()
        sheet.set_paper(1)
        sheet.fit_to_pages(1, 0)

    def _figures(self) -> None:
        sheet, _ = self._sheet(self._say(Text("Indicadores", "Indicators")))
        heads = [self._say(text) for text in _FIGURES]
        sheet.write_row(0, 0, heads, self._heading())
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 58)
        sheet.set_column(1, 8, 14)
        sheet.set_column(9, 9, 34)
        for at, figure in enumerate(self._report.figures, start=1):
            self._figure(sheet, at, figure)
        sheet.autofilter(0, 0, len(self._report.figures), len(heads) - 1)
        self._paper(sheet)

    def _figure(self, sheet: Any, at: int, figure: Figure) -> None:
        column, cell, language = figure.column, figure.cell, self._report.language
        number = self._number(column.kind)
        sheet.write_string(at, 0, column.title.text.in_language(language))
        self._cell(sheet, at, 1, cell, column.kind)
        for place, end in ((2, cell.low), (3, cell.high)):
            if cell.has_range and end is not None:
                sheet.write_number(at, place, end, number)
        sheet.write_string(at, 4, unit_in(column.unit, column.kind, language))
        sheet.write_string(at, 5, (figure.status or cell.reason or "").replace("_", " "))
        if figure.rank is not None:
            sheet.write_number(at, 6, figure.rank[0])
            sheet.write_number(at, 7, figure.rank[1])
        if isinstance(figure.reference, float | int):
            sheet.write_number(at, 8, figure.reference, number)
        sheet.write_string(at, 9, column.name)

    def _cell(self, sheet: Any, row: int, column: int, cell: Cell, kind: str) -> None:
        value = cell.value
        if isinstance(value, float | int):
            sheet.write_number(row, column, value, self._number(kind))
        elif value is None:
            text = shown(cell, kind, self._report.language)
            sheet.write_string(row, column, text, self._style(italic=True, font_color="#5C6470"))
        else:
            text = shown(cell, kind, self._report.language)
            sheet.write_string(row, column, text, self._style(text_wrap=len(text) > _WIDE / 2))

    def _table(self, table: Table) -> None:
        sheet, _ = self._sheet(table.title)
        columns = list(self._columns(table))
        widths: list[float] = []
        heading, units = self._heading(), self._style(italic=True, bg_color="#EEF1F6")
        for at, (head, _, end) in enumerate(columns):
            title = head.title if end is None else f"{head.title}, {self._say(end)}"
            sheet.write_string(0, at, title, heading)
            sheet.write_string(1, at, head.unit, units)
            longest = max([len(str(shown(row[columns[at][1]], head.kind, self._report.language,
                                         ranged=False))) for row in table.rows[:200]]
                          or [0])  # fmt: skip
            width = min(_WIDE, max(_NARROW, len(title) * 0.55, longest * _CHARACTERS))
            widths.append(width)
            sheet.set_column(at, at, width)
        sheet.set_row(0, _LINE * _HEAD_LINES)
        for row, cells in enumerate(table.rows, start=2):
            for at, (head, of, end) in enumerate(columns):
                self._end(sheet, row, at, cells[of], head, end)
            lines = max(
                math.ceil(len(str(cells[of].value or "")) * _CHARACTERS / widths[at])
                for at, (head, of, _) in enumerate(columns)
                if not head.is_number
            )
            if lines > 1:
                sheet.set_row(row, _LINE * lines)
        sheet.freeze_panes(2, 1)
        if table.rows:
            sheet.autofilter(1, 0, len(table.rows) + 1, len(columns) - 1)
        if table.note:
            sheet.write_string(len(table.rows) + 3, 0, table.note, self._style(italic=True))
        sheet.repeat_rows(0, 1)
        self._paper(sheet)

    def _columns(self, table: Table) -> Iterator[tuple[Head, int, Text | None]]:
        """Yield the sheet's columns: a table's own, and the two ends of its estimates."""
        for at, head in enumerate(table.heads):
            yield head, at, None
            if any(row[at].has_range for row in table.rows):
                yield head, at, _LOW
                yield head, at, _HIGH

    def _end(
        self, sheet: Any, row: int, column: int, cell: Cell, head: Head, end: Text | None
    ) -> None:
        if end is None:
            self._cell(sheet, row, column, cell, head.kind)
            return
        bound = cell.low if end is _LOW else cell.high
        if bound is not None:
            sheet.write_number(row, column, bound, self._number(head.kind))

    def _words(self, section: Section) -> None:
        sheet, _ = self._sheet(section.title)
        sheet.set_column(0, 0, _COVER)
        sheet.write_string(0, 0, section.title, self._heading())
        for at, text in enumerate(section.bullets, start=1):
            self._prose(sheet, at, text, _COVER)
        sheet.freeze_panes(1, 0)
        self._paper(sheet)

    def _data(self, data: DataSheet) -> str:
        prefix = self._say(Text("Datos", "Data"))
        sheet, name = self._sheet(f"{prefix} {data.title}")
        heading = self._heading()
        formats = [self._number(column.kind) for column in data.columns]
        for at, column in enumerate(data.columns):
            sheet.write_string(0, at, column.name, heading)
        for row, values in enumerate(data.rows, start=1):
            for at, value in enumerate(values):
                if value is None or value != value:  # noqa: PLR0124 — NaN differs from itself
                    continue
                if isinstance(value, bool):
                    sheet.write_boolean(row, at, value)
                elif isinstance(value, str):
                    sheet.write_string(row, at, value)
                else:
                    sheet.write_number(row, at, value, formats[at])
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, len(data.columns) - 1, 14)
        return name

    def _dictionary(self, described: Sequence[tuple[str, ColumnRecord]]) -> None:
        sheet, _ = self._sheet(self._say(Text("Diccionario", "Dictionary")))
        language = self._report.language
        sheet.write_row(0, 0, [self._say(text) for text in _DICTIONARY], self._heading())
        for at, (name, column) in enumerate(described, start=1):
            row = (
                name, column.name, column.title.text.in_language(language),
                unit_in(column.unit, "text", language),
                column.description.text.in_language(language), "; ".join(column.values),
                "; ".join(column.sources), column.licence, column.method or "",
            )  # fmt: skip
            for place, text in enumerate(row):
                sheet.write_string(at, place, text)
        for place, width in enumerate((18, 34, 44, 14, 80, 26, 30, 40, 16)):
            sheet.set_column(place, place, width)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(1, len(described)), len(_DICTIONARY) - 1)
        self._paper(sheet)
