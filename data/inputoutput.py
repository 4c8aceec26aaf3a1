"""Input-output tables: INEGI's workbooks (industry by industry, bi-regional) and their plain form.

A table says what every industry buys from every other, what final users take, what is imported,
and the value added and product taxes of each industry, in millions of pesos of one year. A plain
table is a CSV whose first column and header name rows and columns as ``111_agricultura`` or
``nuevo_leon_111_agricultura``; INEGI's workbook holds the same with region and industry in two
header rows and two columns.
"""

import csv
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openpyxl
import pandas as pd

from data.archives import find_member, open_text
from data.errors import InputError, LimitError, MissingInputError, Where
from data.places import normalise_name
from data.rows import Layout, iterate_rows, numbers_of
from data.texts import Text

Floats = npt.NDArray[np.float64]

NATIONAL = "nacional"
# Largest gap between what an industry sells and what it buys and pays, millions of pesos: INEGI
# prints three decimals and sums of seventy of them drift by this much.
BALANCE_TOLERANCE_MN = 0.01
_MAX_CELLS = 1_000_000
_LEAST_INDUSTRIES = 2
_INDUSTRY = re.compile(r"^(?P<region>[a-z_]*?)_?(?P<code>\d+(?:_\d+)*)_(?P<name>[a-z].*)$")
_LAST_ROWS = {"imports": "importaciones", "taxes": "impuestos", "value_added": "valor_agregado"}
_FINAL_USES = ("cp", "cg", "fbcf", "p_51b", "ve", "p_52", "x", "d_p_6")


@dataclass(frozen=True, slots=True)
class Industry:
    """One industry of one region: its SCIAN sector or group of subsectors."""

    region: str
    code: str
    name: str


@dataclass(frozen=True)
class InputOutputTable:
    """A balanced input-output table of n industries, in millions of pesos.

    Parameters
    ----------
    industries
        The n industries, in the order of rows and columns.
    flows
        Shape (n, n): sales of the row industry to the column industry, of domestic origin.
    final_uses
        Names of the m final uses.
    final
        Shape (n, m): sales to final users, of domestic origin.
    imports, taxes, value_added
        Shape (n,): imported inputs, net taxes on products bought, and gross value added.
    final_imports, final_taxes
        Shape (m,): imports and net product taxes of each final use.
    year
        Year of prices and of the table.
    """

    industries: tuple[Industry, ...]
    flows: Floats
    final_uses: tuple[str, ...]
    final: Floats
    imports: Floats
    taxes: Floats
    value_added: Floats
    final_imports: Floats
    final_taxes: Floats
    year: int

    @cached_property
    def output(self) -> Floats:
        """Shape (n,): gross output, what each industry sells."""
        total: Floats = self.flows.sum(axis=1) + self.final.sum(axis=1)
        return total

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions in the order they first stand; one, ``nacional``, for a national table."""
        return tuple(dict.fromkeys(industry.region for industry in self.industries))

    def industry(self, code: str, region: str) -> int:
        """Return the position of an industry.

        Raises
        ------
        MissingInputError
            If the table has no such industry in that region.
        """
        for position, industry in enumerate(self.industries):
            if (industry.code, industry.region) == (code, region):
                return position
        codes = ", ".join(i.code for i in self.industries if i.region == region)
        raise MissingInputError(
            Text(f"La matriz no tiene el sector {code} en {region}",
                 f"The table has no industry {code} in {region}"),
            remedy=Text(f"Tiene: {codes or ', '.join(self.regions)}",
                        f"It has: {codes or ', '.join(self.regions)}"),
        )  # fmt: skip


def read_input_output(path: Path, *, year: int = 2018) -> InputOutputTable:
    """Read an input-output table and check that it balances.

    Parameters
    ----------
    path
        Plain CSV or INEGI's workbook (``mip_ixi_br_*_d_2018.xlsx``).
    year
        Year of the table.

    Returns
    -------
    InputOutputTable
        With ``flows.sum(0) + imports + taxes + value_added`` equal to ``output``.

    Raises
    ------
    InputError
        If it is no such table, a cell is not a number, an industry's total is negative, or an
        industry does not balance; the row, column and value are named.
    """
    if path.suffix.lower() == ".xlsx":
        # A workbook is a zip: this refuses a missing, damaged or oversized one.
        find_member(path, suffixes=(".xml",), pattern=r"xl/worksheets/sheet1\.xml$")
        rows = _workbook_rows(path)
    else:
        member = find_member(path, suffixes=(".csv", ".tsv"))
        with open_text(member) as stream:
            try:
                lines = csv.reader(stream, delimiter="\t" if member.suffix == ".tsv" else ",")
                rows = [line for line in lines if line]  # spreadsheets leave empty lines behind
            except csv.Error as error:
                raise _not_a_table(path) from error
    table = _table(rows, path, year)
    _check_balance(table, path)
    return table


def _workbook_rows(path: Path) -> list[list[str]]:
    """Return INEGI's sheet in the plain form: one header row and one name column.

    Region and industry stand in two rows above the figures and two columns before them; a region
    may be written only where it changes. Titles, totals and notes around the figures are left out.
    """
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise _not_a_table(path) from error
    with_cells = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    book.close()
    if sum(map(len, with_cells)) > _MAX_CELLS:
        raise _too_large(path)
    header = next(
        (at for at, row in enumerate(with_cells)
         if sum(bool(_SECTOR.match(str(cell or ""))) for cell in row) >= _LEAST_INDUSTRIES),
        None,
    )  # fmt: skip
    if header is None or header == 0:
        raise _not_a_table(path)
    names = _joined(with_cells[header - 1], with_cells[header])
    keep = [at for at, name in enumerate(names) if at > 1 and name and "total" not in name]
    rows = [["row", *(names[at] for at in keep)]]
    region = ""
    for row in with_cells[header + 1 :]:
        region = str(row[0]).strip() if row[0] else region
        label = _key(region, str(row[1] or "")) if row[1] else _key("", str(row[0] or ""))
        if label and "total" not in label and any(row[at] is not None for at in keep):
            rows.append([label, *("0" if row[at] is None else str(row[at]) for at in keep)])
    return rows


_SECTOR = re.compile(r"^\s*\d{2,3}(-\d+)?\b")


def _joined(regions: Sequence[object], names: Sequence[object]) -> list[str]:
    joined, region = [], ""
    for above, below in zip(regions, names, strict=True):
        region = str(above).strip() if above else region
        joined.append(_key(region, str(below)) if below else "")
    return joined


def _key(region: str, name: str) -> str:
    text = normalise_name(f"{region} {name}").lower().replace("ñ", "n").replace(" ", "_")
    return text.strip("_")


def _table(rows: list[list[str]], path: Path, year: int) -> InputOutputTable:
    if not rows or len(rows) * len(rows[0]) > _MAX_CELLS:
        raise _too_large(path) if rows else _not_a_table(path)
    columns, labels = rows[0][1:], [row[0] for row in rows[1:]]
    industries = [_industry(label) for label in columns]
    n = sum(industry is not None for industry in industries)
    found = tuple(industry for industry in industries[:n] if industry is not None)
    if n < _LEAST_INDUSTRIES or len(found) != n or labels[:n] != columns[:n]:
        raise _not_a_table(path)
    last = {name: _row_named(labels[n:], start) for name, start in _LAST_ROWS.items()}
    if None in last.values() or not all(_is_final(column) for column in columns[n:]):
        raise _not_a_table(path)
    cells = _numbers(rows, path)
    below = {name: cells[n + at] for name, at in last.items() if at is not None}
    return InputOutputTable(
        industries=found,
        flows=cells[:n, :n],
        final_uses=tuple(columns[n:]),
        final=cells[:n, n:],
        imports=below["imports"][:n],
        taxes=below["taxes"][:n],
        value_added=below["value_added"][:n],
        final_imports=below["imports"][n:],
        final_taxes=below["taxes"][n:],
        year=year,
    )


def _industry(label: str) -> Industry | None:
    match = _INDUSTRY.match(label)
    if match is None or _is_final(label):
        return None
    return Industry(match["region"] or NATIONAL, match["code"].replace("_", "-"), match["name"])


def _is_final(label: str) -> bool:
    lowered = label.lower()
    return any(
        lowered == use or lowered.startswith(f"{use}_") or f"_{use}_" in lowered
        for use in _FINAL_USES
    ) and not re.match(r"^\d", lowered)


def _row_named(labels: Sequence[str], word: str) -> int | None:
    return next((at for at, label in enumerate(labels) if word in label.lower()), None)


def _numbers(rows: list[list[str]], path: Path) -> Floats:
    width = len(rows[0])
    cells = np.zeros((len(rows) - 1, width - 1))
    for at, row in enumerate(rows[1:], start=1):
        for column in range(1, width):
            text = row[column].strip() if column < len(row) else ""
            try:
                value = float(text) if text else 0.0
            except ValueError:
                value = float("nan")
            if not np.isfinite(value):
                raise InputError(
                    Text("Una celda de la matriz no es un número",
                         "A cell of the table is not a number"),
                    where=Where(file=path, row=at, column=rows[0][column], value=text),
                    remedy=Text("Corrija la celda", "Mend the cell"),
                )  # fmt: skip
            cells[at - 1, column - 1] = value
    return cells


def _check_balance(table: InputOutputTable, path: Path) -> None:
    spent = table.flows.sum(axis=0) + table.imports + table.taxes + table.value_added
    gap = np.abs(spent - table.output)
    negative = table.output < 0
    for at in np.flatnonzero((gap > BALANCE_TOLERANCE_MN) | negative)[:1]:
        industry = table.industries[at]
        raise InputError(
            Text("La matriz no está balanceada: un sector no compra y paga lo que vende",
                 "The table does not balance: an industry does not buy and pay what it sells"),
            where=Where(file=path, row=int(at) + 1, column=f"{industry.region} {industry.code}",
                        value=f"{spent[at]:.3f} / {table.output[at]:.3f}"),
            remedy=Text(
                f"Columna y fila deben sumar lo mismo (± {BALANCE_TOLERANCE_MN} millones)",
                f"Its column and its row must have one sum (± {BALANCE_TOLERANCE_MN} million)"),
        )  # fmt: skip


def read_industry_accounts(path: Path) -> pd.DataFrame:
    """Read jobs and pay by industry.

    Parameters
    ----------
    path
        Table with ``region``, ``scian``, ``empleos``, ``formales``, ``informales`` and
        ``remuneracion_asalariados`` (millions of pesos).

    Returns
    -------
    DataFrame
        Columns ``region``, ``code``, ``jobs``, ``formal``, ``informal`` (people) and ``wages``
        (millions of pesos), one row a region and industry.

    Raises
    ------
    InputError
        If a column is missing, or a count is not a finite number or negative.
    """
    wanted = {"region": "region", "scian": "code", "empleos": "jobs", "formales": "formal",
              "informales": "informal", "remuneracion_asalariados": "wages"}  # fmt: skip
    layout = Layout(
        kind=Text("las cuentas por sector", "the accounts of industries"), wanted=tuple(wanted)
    )
    chunks = [chunk for _, _, chunk in iterate_rows(path, layout)]
    accounts = pd.concat(chunks, ignore_index=True).rename(columns=wanted)
    accounts["code"] = accounts["code"].map(_account_code).astype("str")
    for name in ("jobs", "formal", "informal", "wages"):
        numbers = numbers_of(accounts[name])
        wrong = ~(numbers >= 0)
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise InputError(
                Text("Una cuenta no es un número o es negativa",
                     "An account is not a number or is negative"),
                where=Where(file=path, row=row + 1, column=name, value=accounts[name].iloc[row]),
                remedy=Text("Corrija la celda", "Mend the cell"),
            )  # fmt: skip
        accounts[name] = numbers.astype("float64")
    return accounts


def _account_code(text: str) -> str:
    """Return an industry's code as the tables write it (``113.115`` → ``113-115``)."""
    code = str(text).strip().replace(".", "-").replace("_", "-")
    return {"211": "21-1", "212": "21-2"}.get(code, code)


def _not_a_table(path: Path) -> InputError:
    return InputError(
        Text(
            "No parece una matriz de insumo-producto", "It does not look like an input-output table"
        ),
        where=Where(file=path),
        remedy=Text(
            "Se esperan sectores en filas y columnas, usos finales a la derecha, y abajo "
            "importaciones, impuestos y valor agregado",
            "Industries in rows and columns are expected, final uses at the right, and below them "
            "imports, taxes and value added",
        ),
    )


def _too_large(path: Path) -> LimitError:
    return LimitError(
        Text("La matriz es demasiado grande", "The table is too large"),
        where=Where(file=path),
        remedy=Text(f"Se aceptan hasta {_MAX_CELLS:,} celdas", f"Up to {_MAX_CELLS:,} cells"),
    )
