"""The simulator's workbook: its formulas, worked out anew, give the figures of the run."""

import io
import re

import numpy as np
import openpyxl
import pytest

from data.texts import Language
from geo.simulator import Setting, run_scenario
from geo.simulator.scenario import Scenario
from geo.simulator.workbook import write_workbook
from tests.unit.test_simulator import model, scenario

Cells = dict[tuple[str, str], object]
_REF = re.compile(r"(?:'([^']+)'|([a-z_]+))?!?\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?")


def sheets(content: bytes) -> Cells:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def found(content: bytes) -> Cells:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
    }


class Calculator:
    """Works out the formulas a spreadsheet would: sums, products, maxima and references."""

    def __init__(self, cells: Cells) -> None:
        self.cells = dict(cells)

    def value(self, sheet: str, cell: str) -> float:
        held = self.cells.get((sheet, cell), 0.0)
        if not (isinstance(held, str) and held.startswith("=")):
            return held if isinstance(held, (int, float)) else 0.0
        values: list[object] = []

        def refer(match: re.Match[str]) -> str:
            where = match[1] or match[2] or sheet
            if match[5] is None:
                values.append(self.value(where, match[3] + match[4]))
            else:
                corners = openpyxl.utils.range_boundaries(
                    f"{match[3]}{match[4]}:{match[5]}{match[6]}"
                )
                values.append([
                    self.value(where, f"{openpyxl.utils.get_column_letter(column)}{row}")
                    for column in range(corners[0], corners[2] + 1)
                    for row in range(corners[1], corners[3] + 1)
                ])  # fmt: skip
            return f"_v[{len(values) - 1}]"

        formula = _REF.sub(refer, held[1:])
        functions = {"SUM": np.sum, "MAX": max, "SUMPRODUCT": np.dot}
        assert re.fullmatch(r"[\w\[\]+*/().,\- ]+", formula), held
        made = float(eval(formula, {"__builtins__": {}}, {"_v": values, **functions}))  # noqa: S307
        self.cells[sheet, cell] = made
        return made


def two_places(**changes: object) -> tuple[Scenario, Setting]:
    people = {
        year: np.array([1000.0, 400.0]) * (1 + 0.02 * (year - 2020)) for year in range(2020, 2031)
    }
    places = {"low": np.array([20.0, 0.0]), "central": np.array([90.0, 10.0]),
              "high": np.array([200.0, 30.0])}  # fmt: skip
    where = Setting(
        {"children_0_2": people, "children_6_11": people}, {"guarderia_0_2": places}, model(),
        "nacional", np.array([800.0, 300.0]), {"99001": "=1+1", "99002": "Ñandú"},
    )  # fmt: skip
    asked = scenario(
        plans=[{"service": "guarderia_0_2", "coverage": [0.2, 0.6, 0.4]},
               {"service": "despues_de_clases", "coverage": [0.1]}],
        parameters={}, price_year=2024, current_spending_mn=3.0, **changes,
    )  # fmt: skip
    return asked, where


@pytest.mark.parametrize("changes", [{}, {"sector_mode": True}, {"whole_system": True}])
@pytest.mark.parametrize("language", ["es", "en"])
def test_formulas_give_the_figures_of_the_run(changes: dict, language: Language) -> None:
    asked, where = two_places(**changes)
    content = write_workbook(asked, where, draws=20, language=language)
    assert content == write_workbook(asked, where, draws=20, language=language)
    cells, told = sheets(content), found(content)
    calculator = Calculator(cells)
    formulas = {at: text for at, text in cells.items() if str(text).startswith("=")}
    # The name of a municipality that looks like a formula is a text.
    named = next(at for at, text in formulas.items() if text == "=1+1" and at[0] == "guarderia_0_2")
    assert told[named] == "=1+1"
    formulas = {at: text for at, text in formulas.items() if text != "=1+1"}
    assert len(formulas) > 100
    for at, formula in formulas.items():
        made = calculator.value(*at)
        assert made == pytest.approx(told[at], rel=1e-9, abs=1e-9), (at, formula)
    run = run_scenario(asked, where)
    accounts = {str(told["cuentas", f"A{row}"]): row for row in range(4, 26)}
    gap = accounts["Brecha fiscal" if language == "es" else "Fiscal gap"]
    shown = [told["cuentas", f"{column}{gap}"] for column in "CDE"]
    assert shown == pytest.approx(run.fiscal_gap_mn.tolist())


def test_a_changed_cell_gives_what_a_changed_scenario_does() -> None:
    asked, where = two_places()
    cells = sheets(write_workbook(asked, where, draws=0))
    key = "guarderia_0_2.take_up"
    row = next(at[1:] for (sheet, at), text in cells.items()
               if sheet == "parametros" and text == key)  # fmt: skip
    cells["parametros", f"C{row}"] = 0.9
    cells["guarderia_0_2", "D4"] = 0.8
    changed = Calculator(cells)
    plans = [{"service": "guarderia_0_2", "coverage": [0.2, 0.8, 0.4]}, asked.plans[1].model_dump()]
    again = asked.model_copy(update={"parameters": {key: 0.9}})
    again = again.model_validate({**again.model_dump(), "plans": plans})
    run = run_scenario(again, where)
    cost = [changed.value("cuentas", f"{column}11") for column in "CDE"]
    assert cost == pytest.approx((run.running_mn + run.investment_mn).tolist())
    jobs = [changed.value("cuentas", f"{column}21") for column in "CDE"]
    assert jobs == pytest.approx([impact.induced["jobs"] for impact in run.impacts])


def test_too_many_municipalities_are_summed_and_a_place_without_a_matrix_has_costs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, where = two_places()
    monkeypatch.setattr("geo.simulator.workbook.costs.MOST_CELLS", 5)
    content = write_workbook(asked, Setting(where.people, where.places), draws=0)
    cells, told = sheets(content), found(content)
    assert isinstance(cells["guarderia_0_2", "D9"], float)
    calculator = Calculator(cells)
    run = run_scenario(asked, Setting(where.people, where.places))
    assert [calculator.value("cuentas", f"{c}9") for c in "CDE"] == pytest.approx(
        run.running_mn.tolist()
    )
    assert not any("Brecha" in str(text) for (sheet, _), text in told.items() if sheet == "cuentas")
