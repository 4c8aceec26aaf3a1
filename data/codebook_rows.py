"""Rows of a codebook: text cells read with their place, so that an error says where it is."""

import csv
import io
import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.errors import InputError, LimitError, MissingInputError, Where
from data.texts import Text

# A codebook is written by hand: these are far beyond any that people keep.
_MOST_BYTES = 4_000_000
_MOST_ROWS = 20_000
_DAYS_OF_A_YEAR = 365.25
_AGE = re.compile(r"(\d{1,5})([dy])")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a codebook.

    Parameters
    ----------
    file
        File it stands in, as shown in errors.
    number
        Its number, the first after the header being 1.
    cells
        Text of each column, trimmed.
    """

    file: str
    number: int
    cells: Mapping[str, str]

    def wrong(self, column: str, problem: Text, remedy: Text) -> InputError:
        """Return the error that a cell is wrong, to be raised."""
        where = Where(file=self.file, row=self.number, column=column, value=self.cells[column])
        return InputError(problem, where=where, remedy=remedy)

    def text(self, column: str) -> str:
        """Return the text of a cell that may be blank."""
        return self.cells[column]

    def required(self, column: str) -> str:
        """Return the text of a cell that may not be blank."""
        if not self.cells[column]:
            raise self.wrong(
                column, Text("Falta un dato", "A value is missing"),
                Text("Escríbalo", "Write it"),
            )  # fmt: skip
        return self.cells[column]

    def choice(self, column: str, allowed: Collection[str]) -> str:
        """Return a cell that holds one of a closed list (blank only if the list has a blank)."""
        value = self.cells[column]
        if value not in allowed:
            listed = ", ".join(item or "∅" for item in allowed)
            raise self.wrong(
                column, Text("Valor desconocido", "Unknown value"),
                Text(f"Use uno de: {listed}", f"Use one of: {listed}"),
            )  # fmt: skip
        return value

    def many(self, column: str, allowed: Collection[str] | None = None) -> tuple[str, ...]:
        """Return the items of a cell separated by ``;``, each of a closed list if one is given."""
        items = tuple(filter(None, (item.strip() for item in self.cells[column].split(";"))))
        unknown = [item for item in items if allowed is not None and item not in allowed]
        if unknown and allowed is not None:
            listed = ", ".join(allowed)
            raise self.wrong(
                column, Text(f"Valor desconocido: {unknown[0]}", f"Unknown value: {unknown[0]}"),
                Text(f"Use: {listed}", f"Use: {listed}"),
            )  # fmt: skip
        return items

    def number_in(self, column: str, least: float, most: float) -> float:
        """Return a number within bounds, both included."""
        try:
            value = float(self.cells[column])
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise self.wrong(
                column, Text("Número no válido", "Invalid number"),
                Text(f"Escriba un número de {least:g} a {most:g}",
                     f"Write a number from {least:g} to {most:g}"),
            )  # fmt: skip
        return value

    def whole_in(self, column: str, least: int, most: int) -> int:
        """Return a whole number within bounds, both included."""
        value = self.number_in(column, least, most)
        if value != int(value):
            raise self.wrong(
                column, Text("El número no es entero", "The number is not whole"),
                Text(f"Escriba un entero de {least} a {most}",
                     f"Write a whole number from {least} to {most}"),
            )  # fmt: skip
        return int(value)

    def age_days(self, column: str, *, last: bool = False) -> float | None:
        """Return an age in days, from days (``43d``) or years (``4y``), or None where blank.

        A year counts as 365.25 days; a birthday falls on the first whole day after it.

        Parameters
        ----------
        column
            Column of the age.
        last
            Whether the cell is the age before which one must be: the day before is returned.
        """
        if not self.cells[column]:
            return None
        match = _AGE.fullmatch(self.cells[column])
        if match is None:
            raise self.wrong(
                column, Text("Edad no válida", "Invalid age"),
                Text("Escriba días (43d) o años (4y)", "Write days (43d) or years (4y)"),
            )  # fmt: skip
        days = float(match[1]) * (_DAYS_OF_A_YEAR if match[2] == "y" else 1.0)
        return math.ceil(days) - (1.0 if last else 0.0)


def read_rows(content: bytes, file: str, columns: Iterable[str]) -> list[Row]:
    """Read the rows of a codebook.

    Parameters
    ----------
    content
        Bytes of the CSV file, in UTF-8.
    file
        Its name, for errors.
    columns
        Columns it must have, and no others.

    Raises
    ------
    InputError
        If it is not UTF-8 or not CSV, or its columns are not those.
    LimitError
        If it is larger than any codebook.
    """
    if len(content) > _MOST_BYTES:
        raise _too_large(file, len(content))
    try:
        text = content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            Text("El libro de códigos no es CSV en UTF-8", "The codebook is not CSV in UTF-8"),
            where=Where(file=file),
            remedy=Text("Guárdelo como CSV UTF-8", "Save it as UTF-8 CSV"),
        ) from error
    header = [name.strip() for name in lines[0]] if lines else []
    expected = list(columns)
    listed = ", ".join(expected)
    if sorted(header) != sorted(expected):
        missing = [name for name in expected if name not in header]
        extra = [name for name in header if name not in expected]
        raise InputError(
            Text("El libro de códigos no tiene sus columnas",
                 "The codebook does not have its columns"),
            where=Where(file=file, column=", ".join([*missing, *extra]) or ", ".join(header)),
            remedy=Text(f"Debe tener: {listed}", f"It must have: {listed}"),
        )  # fmt: skip
    return _rows(lines[1:], header, file)


def codebook_content(path: Path) -> bytes:
    """Return the bytes of a codebook's file, once it is known to be no larger than any codebook.

    Raises
    ------
    MissingInputError
        If there is no such file, or it cannot be read.
    LimitError
        If it is larger than any codebook.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _too_large(str(path), path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise MissingInputError(
            Text("No se puede leer el libro de códigos", "The codebook cannot be read"),
            where=Where(file=path),
            remedy=Text("Revise la ruta y los permisos", "Check the path and its permissions"),
        ) from error


def read_codebook(path: Path, columns: Iterable[str]) -> list[Row]:
    """Read the rows of a codebook of one's own from its file (:func:`read_rows`).

    Raises
    ------
    MissingInputError
        If there is no such file, or it cannot be read.
    InputError, LimitError
        As :func:`read_rows`.
    """
    return read_rows(codebook_content(path), str(path), columns)


def _too_large(file: str, size: int) -> LimitError:
    return LimitError(
        Text("El libro de códigos es demasiado grande", "The codebook is too large"),
        where=Where(file=file, value=f"{size:,} bytes"),
        remedy=Text(f"Caben {_MOST_BYTES:,} bytes", f"{_MOST_BYTES:,} bytes fit"),
    )


def _rows(lines: list[list[str]], header: list[str], file: str) -> list[Row]:
    if len(lines) > _MOST_ROWS:
        raise LimitError(
            Text("El libro de códigos tiene demasiadas filas", "The codebook has too many rows"),
            where=Where(file=file, value=len(lines)),
            remedy=Text(f"Caben {_MOST_ROWS:,}", f"{_MOST_ROWS:,} fit"),
        )
    rows = []
    for number, line in enumerate(lines, start=1):
        if len(line) != len(header):
            raise InputError(
                Text("Una fila no tiene tantos datos como columnas hay",
                     "A row does not have as many values as there are columns"),
                where=Where(file=file, row=number, value=len(line)),
                remedy=Text(f"Se esperaban {len(header)}", f"{len(header)} were expected"),
            )  # fmt: skip
        cells = (cell.strip() for cell in line)
        rows.append(Row(file, number, dict(zip(header, cells, strict=True))))
    return rows
