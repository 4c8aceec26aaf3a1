"""Input-output tables: read from CSV and from a workbook as INEGI lays it out, and refused."""

from pathlib import Path

import numpy as np
import openpyxl
import pytest

from data.errors import CareError, InputError
from data.inputoutput import read_industry_accounts, read_input_output

# Two industries: 23 sells 20 to itself, 30 to 62; 62 sells 10 to 23.
ROWS = [
    ["row", "23_construccion", "62_salud", "CP", "X"],
    ["23_construccion", "20", "30", "40", "10"],
    ["62_salud", "10", "0", "70", "0"],
    ["importaciones_cif", "15", "10", "5", "0"],
    ["impuestos_netos_productos", "5", "4", "3", "0"],
    ["valor_agregado_bruto", "50", "36", "0", "0"],
]


def write(rows: list[list[str]], path: Path) -> Path:
    path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    return path


def test_a_plain_table_is_read_whole(tmp_path: Path) -> None:
    table = read_input_output(write(ROWS, tmp_path / "mip.csv"))
    assert [industry.code for industry in table.industries] == ["23", "62"]
    assert table.regions == ("nacional",)
    assert table.output.tolist() == [100.0, 80.0]
    assert table.flows.tolist() == [[20.0, 30.0], [10.0, 0.0]]
    assert table.final_uses == ("CP", "X")
    assert table.final_imports.tolist() == [5.0, 0.0]


def test_empty_lines_are_no_rows(tmp_path: Path) -> None:
    path = write([[], ROWS[0], [], *ROWS[1:], [], []], tmp_path / "mip.csv")
    assert read_input_output(path).output.tolist() == [100.0, 80.0]


def test_empty_lines_alone_are_no_table(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_input_output(write([[], [], []], tmp_path / "mip.csv"))


def test_a_workbook_as_inegi_lays_it_out_gives_the_same_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for title in ("INEGI", "Matriz de insumo-producto birregional", "Millones de pesos", None):
        sheet.append([title])
    sheet.append([None, None, "Nuevo León", None, "Nuevo León", "Nuevo León", None])
    sheet.append([None, None, "23 - Construcción", "62 - Salud", "CP Consumo privado",
                  "d_p_6 Exportaciones", "Total"])  # fmt: skip
    sheet.append(["Nuevo León", "23 - Construcción", 20, 30, 40, 10, 100])
    sheet.append([None, "62 - Salud", 10, None, 70, 0, 80])
    sheet.append([None, "Total nacional", 30, 30, 110, 10, 180])
    sheet.append(["Importaciones internacionales (c.i.f.)", None, 15, 10, 5, 0, 30])
    sheet.append(["Impuestos netos de subsidios", None, 5, 4, 3, 0, 12])
    sheet.append(["Valor agregado bruto", None, 50, 36, 0, 0, 86])
    sheet.append(["Total", None, 100, 80, 118, 10, None])
    sheet.append([])
    sheet.append(["Fuente: INEGI. Sistema de Cuentas Nacionales de México."])
    path = tmp_path / "mip_ixi_br_nl_d_2018.xlsx"
    book.save(path)
    table, plain = read_input_output(path), read_input_output(write(ROWS, tmp_path / "mip.csv"))
    assert table.regions == ("nuevo_leon",)
    assert [industry.code for industry in table.industries] == ["23", "62"]
    for name in ("flows", "final", "imports", "taxes", "value_added", "final_taxes"):
        assert np.array_equal(getattr(table, name), getattr(plain, name)), name


def changed(row: int, column: int, text: str) -> list[list[str]]:
    rows = [list(cells) for cells in ROWS]
    rows[row][column] = text
    return rows


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (changed(1, 2, "31"), "no está balanceada"),
        (changed(2, 1, "diez"), "no es un número"),
        (changed(2, 1, "inf"), "no es un número"),
        (changed(5, 0, "utilidades"), "No parece"),
        (changed(2, 0, "61_educacion"), "No parece"),
        ([["hola"], ["mundo"]], "No parece"),
        ([], "No parece"),
    ],
)
def test_what_is_no_balanced_table_is_refused(
    rows: list[list[str]], said: str, tmp_path: Path
) -> None:
    with pytest.raises(CareError, match=said):
        read_input_output(write(rows, tmp_path / "mip.csv"))


def test_a_table_out_of_balance_names_the_industry_and_both_sums(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_input_output(write(changed(1, 2, "31"), tmp_path / "mip.csv"))
    assert caught.value.where.column == "nacional 23"
    assert caught.value.where.value == "100.000 / 101.000"


def test_a_damaged_workbook_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "mip.xlsx"
    path.write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(CareError):
        read_input_output(path)


def test_an_industry_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    table = read_input_output(write(ROWS, tmp_path / "mip.csv"))
    with pytest.raises(CareError, match="Tiene: 23, 62"):
        table.industry("61", "nacional")


def test_accounts_with_a_negative_count_are_refused_by_row(tmp_path: Path) -> None:
    path = tmp_path / "empleos.tsv"
    head = "region\tscian\templeos\tformales\tinformales\tremuneracion_asalariados\n"
    path.write_text(f"{head}a\t23\t10\t5\t5\t2\na\t62\t-1\t0\t0\t1\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_industry_accounts(path)
    assert (caught.value.where.row, caught.value.where.column) == (2, "jobs")
