"""A workbook being written: where its parameters stand, and rows of years."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xlsxwriter

from data.texts import Language, Text
from geo.simulator.plan import ROLES
from geo.simulator.titles import ROW_TITLES

Floats = npt.NDArray[np.float64]

FIRST_YEAR_COLUMN = 2
FIRST_ROW = 3
# Rows of a cost sheet, counted from the first under the years.
SHEET_ROWS = (
    "coverage", "people", "demand", "target_places", "existing_places", "additional_places",
    "costed_places", "new_places", "new_centres", *(f"{role}_jobs" for role in ROLES), "jobs",
    "women_jobs", "wages_mn", "inputs_mn", "running_mn", "building_mn", "equipment_mn",
    "investment_mn", "cost_mn",
)  # fmt: skip


def sheet_row(name: str) -> int:
    """Return the row of an item in a cost sheet, as spreadsheets count them."""
    return FIRST_ROW + SHEET_ROWS.index(name) + 1


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook being written, and where its parameters stand.

    ``parameters`` gives the cell of each parameter's value by key.
    """

    book: xlsxwriter.Workbook
    language: Language
    formats: dict[str, Any]
    parameters: dict[str, str]
    years: tuple[int, ...]

    def said(self, text: Text) -> str:
        """Return a text in the workbook's language."""
        return text.in_language(self.language)

    def column(self, year: int) -> str:
        """Return the letter of the column of a year, by its position."""
        return letter(FIRST_YEAR_COLUMN + year)

    def header(self, sheet: Any, title: str, note: str) -> None:
        """Write title, note and the row of years."""
        sheet.write_string(0, 0, title, self.formats["title"])
        sheet.write_string(1, 0, note, self.formats["note"])
        for at, name in enumerate((Text("concepto", "item"), Text("unidad", "unit"))):
            sheet.write_string(2, at, self.said(name), self.formats["head"])
        for at, year in enumerate(self.years):
            sheet.write_number(2, FIRST_YEAR_COLUMN + at, year, self.formats["head"])
        sheet.set_column(0, 0, 42)
        sheet.set_column(1, 1, 24)
        sheet.set_column(FIRST_YEAR_COLUMN, FIRST_YEAR_COLUMN + 2 * len(self.years), 13)
        sheet.freeze_panes(3, FIRST_YEAR_COLUMN)

    def label(self, sheet: Any, at: int, name: str) -> None:
        """Write what a row is, and its unit."""
        title, unit = ROW_TITLES[name]
        sheet.write_string(at, 0, self.said(title))
        sheet.write_string(at, 1, self.said(unit))

    def row(
        self, sheet: Any, at: int, name: str, formulas: Sequence[str], found: Floats
    ) -> None:  # fmt: skip
        """Write a row of formulas with what was found."""
        self.label(sheet, at, name)
        for year, formula in enumerate(formulas):
            sheet.write_formula(
                at, FIRST_YEAR_COLUMN + year, formula, self.formats["number"],
                float(found[year]),
            )  # fmt: skip


def letter(column: int) -> str:
    """Return the letters of a column counted from zero."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
