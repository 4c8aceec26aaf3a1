"""The accounts of a scenario's workbook: costs of all services, and what they set off, live."""

from typing import Any

import numpy as np
import numpy.typing as npt

from data.costs import BASE_YEAR, price_ratio
from data.texts import Text
from geo.simulator.impact import spending
from geo.simulator.leontief import MEASURES
from geo.simulator.responses import (
    BUILDING_SPENT,
    EQUIPMENT_SPENT,
    PAY_SPENT,
    Responses,
    inputs_of,
    output_of,
)
from geo.simulator.run import Prepared, Run
from geo.simulator.scenario import parameter_values
from geo.simulator.workbook.book import FIRST_ROW, Book, letter, sheet_row

Floats = npt.NDArray[np.float64]

_SHEET = "cuentas"
_SUMMED = ("new_places", "jobs", "women_jobs", "wages_mn", "inputs_mn", "running_mn",
           "investment_mn", "cost_mn")  # fmt: skip
# Measures told of, and whether they are money, given back in pesos of the price year.
_TOLD = (("output", "_output_mn", True), ("value_added", "_value_added_mn", True),
         ("jobs", "_jobs", False))  # fmt: skip
_PARTS = ("direct", "indirect", "induced")


def write_accounts(made: Book, prepared: Prepared, run: Run) -> None:
    """Write the sheet of accounts."""
    sheet = made.book.add_worksheet(_SHEET)
    responses = prepared.setting.responses
    note = (
        Text("Sumas de las hojas de cada servicio, y lo que ese gasto detona por la matriz",
             "Sums of the services' sheets, and what that spending sets off through the matrix")
        if responses is not None
        else prepared.setting.no_model
    )  # fmt: skip
    made.header(sheet, made.said(Text("Cuentas", "Accounts")), made.said(note))
    rows: dict[str, int] = {}
    for name in _SUMMED:
        rows[name] = FIRST_ROW + len(rows)
        found = np.sum([_amount(plan, name) for plan in run.plans], axis=0)
        made.row(sheet, rows[name], name, _summed(made, prepared, name), found)
    rows["current_spending_mn"] = FIRST_ROW + len(rows)
    made.label(sheet, rows["current_spending_mn"], "current_spending_mn")
    for year in range(len(made.years)):
        sheet.write_number(
            rows["current_spending_mn"], 2 + year, prepared.scenario.current_spending_mn,
            made.formats["edit"],
        )  # fmt: skip
    if responses is not None:
        _effects(made, sheet, prepared, run, responses, rows)


def _amount(plan: Any, name: str) -> Floats:
    amount: Floats = (
        plan.running_mn + plan.investment_mn if name == "cost_mn" else getattr(plan, name)
    )
    return amount


def _summed(made: Book, prepared: Prepared, name: str) -> list[str]:
    return [
        "="
        + "+".join(
            f"'{service.service}'!{made.column(year)}{sheet_row(name)}"
            for service in prepared.scenario.services
        )
        for year in range(len(made.years))
    ]


def _effects(
    made: Book, sheet: Any, prepared: Prepared, run: Run, responses: Responses, rows: dict[str, int]
) -> None:
    """Write spending by kind, the response of each, and the effects as their products."""
    scenario = prepared.scenario
    deflated = price_ratio(scenario.price_year, BASE_YEAR)
    kinds = _kinds(made, prepared)
    first = FIRST_ROW + len(rows) + 17
    table = 2 + len(made.years) + 1
    _responses(made, sheet, responses, list(kinds), first, table)
    spent = _spent(prepared, run, deflated)
    for at, (kind, formulas) in enumerate(kinds.items()):
        sheet.write_string(first + at, 0, kind)
        sheet.write_string(
            first + at, 1, made.said(Text(f"millones de {BASE_YEAR}", f"million of {BASE_YEAR}"))
        )
        for year, formula in enumerate(formulas):
            sheet.write_formula(
                first + at, 2 + year, f"=({formula})*{deflated!r}", made.formats["number"],
                float(spent[kind][year]),
            )  # fmt: skip
    last = first + len(kinds)
    for measure, suffix, is_money in _TOLD:
        for part in _PARTS:
            name = part + suffix
            rows[name] = FIRST_ROW + len(rows)
            divided = f"/{deflated!r}" if is_money else ""
            own = _direct(made, rows, measure) if part == "direct" else None
            formulas = []
            for year in range(len(made.years)):
                column = made.column(year)
                amounts = f"{column}${first + 1}:{column}${last}"
                if own is not None and not scenario.sector_mode:
                    formulas.append(own[year])
                    continue
                coefficients = letter(table + 1 + 3 * MEASURES.index(measure) + _PARTS.index(part))
                response = f"${coefficients}${first + 1}:${coefficients}${last}"
                formulas.append(f"=SUMPRODUCT({amounts},{response}){divided}")
            found = np.array([getattr(i, part)[measure] for i in run.impacts])
            made.row(sheet, rows[name], name, formulas, found)
    _fiscal(made, sheet, run, rows)


def _direct(made: Book, rows: dict[str, int], measure: str) -> list[str]:
    """Return the direct effect of services by their own staff: rows of the accounts."""
    held = {"output": "running_mn", "value_added": "wages_mn", "jobs": "jobs"}[measure]
    return [f"={made.column(year)}{rows[held] + 1}" for year in range(len(made.years))]


def _kinds(made: Book, prepared: Prepared) -> dict[str, list[str]]:
    """Return what is spent by kind, a formula a year, millions of pesos of the price year."""
    scenario, parameters = prepared.scenario, made.parameters
    years = range(len(made.years))

    def cells(name: str, year: int, industry: str | None = None) -> str:
        named = [s for s in scenario.services if industry in (None, s.industry)]
        return "+".join(f"'{s.service}'!{made.column(year)}{sheet_row(name)}" for s in named)

    kinds: dict[str, list[str]] = {}
    for industry in dict.fromkeys(service.industry for service in scenario.services):
        if scenario.sector_mode:
            kinds[output_of(industry)] = [cells("running_mn", year, industry) for year in years]
        else:
            kinds[inputs_of(industry)] = [cells("inputs_mn", year, industry) for year in years]
    if not scenario.sector_mode:
        charges = parameters["employer_charges_share"]
        kinds[PAY_SPENT] = [f"({cells('wages_mn', year)})/(1+{charges})" for year in years]
    domestic = parameters["equipment_domestic_share"]
    kinds[BUILDING_SPENT] = [cells("building_mn", year) for year in years]
    kinds[EQUIPMENT_SPENT] = [f"({cells('equipment_mn', year)})*{domestic}" for year in years]
    return kinds


def _spent(prepared: Prepared, run: Run, deflated: float) -> dict[str, Floats]:
    scenario = prepared.scenario
    running, invested = spending(
        scenario.services, run.plans, parameter_values(scenario), deflated,
        sector_mode=scenario.sector_mode,
    )  # fmt: skip
    return {**running, **invested}


def _responses(
    made: Book, sheet: Any, responses: Responses, kinds: list[str], first: int, table: int
) -> None:
    """Write what a million of each kind sets off: direct, indirect and induced of each measure."""
    title = Text("Por cada millón de ese gasto", "Per million of that spending")
    sheet.write_string(first - 2, table, made.said(title), made.formats["note"])
    for at, measure in enumerate(MEASURES):
        for part, name in enumerate(_PARTS):
            sheet.write_string(
                first - 1, table + 1 + 3 * at + part, f"{measure} {name}", made.formats["head"]
            )
    for row, kind in enumerate(kinds):
        response = responses.by_kind[kind]
        one, two = response.type_one.sum(axis=0), response.type_two.sum(axis=0)
        sheet.write_string(first + row, table, kind)
        for at in range(len(MEASURES)):
            parts = (response.direct[at], one[at] - response.direct[at], two[at] - one[at])
            for part, amount in enumerate(parts):
                sheet.write_number(first + row, table + 1 + 3 * at + part, float(amount))


def _fiscal(made: Book, sheet: Any, run: Run, rows: dict[str, int]) -> None:
    """Write revenue and the gap; the baseline is that of the run, per peso of today's spending."""
    years = range(len(made.years))

    def cell(name: str, year: int) -> str:
        return f"{made.column(year)}{rows[name] + 1}"

    def put(name: str, formulas: list[str], found: Floats | None) -> None:
        rows[name] = FIRST_ROW + len(rows)
        if found is not None:
            made.row(sheet, rows[name], name, formulas, found)

    share = made.parameters["tax_to_gdp_share"]
    added = [
        "+".join(cell(f"{part}_value_added_mn", year) for part in _PARTS) for year in years
    ]  # fmt: skip
    put("gross_revenue_mn", [f"={share}*({a})" for a in added], run.gross_revenue_mn)
    rate = np.zeros(len(made.years)) if run.baseline_rate is None else run.baseline_rate
    put(
        "baseline_revenue_mn",
        [f"={cell('current_spending_mn', year)}*{float(rate[year])!r}" for year in years],
        run.baseline_revenue_mn,
    )
    put(
        "fiscal_gap_mn",
        [
            f"={cell('cost_mn', y)}-{cell('current_spending_mn', y)}"
            f"-({cell('gross_revenue_mn', y)}-{cell('baseline_revenue_mn', y)})"
            for y in years
        ],
        run.fiscal_gap_mn,
    )
