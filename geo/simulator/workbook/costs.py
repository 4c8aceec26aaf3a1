"""The cost sheet of one service: its rows as formulas, and its municipalities below."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from data.costs import SimulatedService
from data.texts import Text
from geo.simulator.plan import ROLES, Openings, ServicePlan
from geo.simulator.run import Prepared, Run
from geo.simulator.workbook.book import (
    FIRST_ROW,
    FIRST_YEAR_COLUMN,
    SHEET_ROWS,
    Book,
    letter,
    sheet_row,
)

Floats = npt.NDArray[np.float64]

# Formulas of municipalities and years a workbook may hold; beyond them places are written as found.
MOST_CELLS = 60_000


def write_costs(made: Book, prepared: Prepared, run: Run, at: int) -> None:
    """Write the sheet of one of the scenario's services, by its position.

    Where there are too many municipalities, additional places are written as they were found.
    """
    scenario = prepared.scenario
    service, plan, lacking = scenario.services[at], run.plans[at], run.lacking[at]
    opening = prepared.openings[scenario.places][at]
    sheet = made.book.add_worksheet(service.service)
    live = lacking.size * len(run.plans) <= MOST_CELLS
    note = (
        Text("Cambie las celdas amarillas, aquí o en «parametros»",
             "Change the yellow cells, here or in “parametros”")
        if live
        else Text("Hay demasiados municipios para una fórmula por cada uno: los lugares adicionales"
                  " son los de la corrida y no cambian con la cobertura",
                  "There are too many municipalities for a formula each: additional places are"
                  " those of the run and do not change with coverage")
    )  # fmt: skip
    made.header(sheet, made.said(service.title), made.said(note))
    first = FIRST_ROW + len(SHEET_ROWS) + 4
    found = _found(plan, opening)
    formulas = _formulas(made, service, whole_system=scenario.whole_system)
    for row, name in enumerate(SHEET_ROWS, start=FIRST_ROW):
        if name in formulas:
            made.row(sheet, row, name, formulas[name], found[name])
            continue
        made.label(sheet, row, name)
        for year in range(len(made.years)):
            cell = made.formats["edit" if name == "coverage" else "number"]
            column = FIRST_YEAR_COLUMN + year
            block = _block(name, made, year, first, len(lacking)) if live else None
            if block is None:
                sheet.write_number(row, column, float(found[name][year]), cell)
            else:
                sheet.write_formula(row, column, block, cell, float(found[name][year]))
    if live:
        names = list(prepared.setting.municipalities.items()) or [("", "")]
        _municipalities(made, sheet, service, opening, lacking, first, names)


def _block(name: str, made: Book, year: int, first: int, count: int) -> str | None:
    """Return the sum over municipalities that a row is, if it is one."""
    size = len(made.years)
    columns = {
        "people": FIRST_YEAR_COLUMN + year,
        "existing_places": FIRST_YEAR_COLUMN + size,
        "additional_places": FIRST_YEAR_COLUMN + size + 1 + year,
    }
    if name not in columns:
        return None
    column = letter(columns[name])
    return f"=SUM({column}{first + 1}:{column}{first + count})"


def _found(plan: ServicePlan, opening: Openings) -> dict[str, Floats]:
    return {
        "coverage": opening.coverage,
        "people": opening.people.sum(axis=0),
        "demand": plan.demand,
        "target_places": plan.target_places,
        "existing_places": np.full(len(opening.coverage), float(plan.existing_places)),
        "additional_places": plan.additional_places,
        "costed_places": plan.costed_places,
        "new_places": plan.new_places,
        "new_centres": plan.new_centres,
        **{f"{role}_jobs": plan.staff[role] for role in ROLES},
        "jobs": plan.jobs,
        "women_jobs": plan.women_jobs,
        "wages_mn": plan.wages_mn,
        "inputs_mn": plan.inputs_mn,
        "running_mn": plan.running_mn,
        "building_mn": plan.building_mn,
        "equipment_mn": plan.equipment_mn,
        "investment_mn": plan.investment_mn,
        "cost_mn": plan.running_mn + plan.investment_mn,
    }


def _formulas(
    made: Book, service: SimulatedService, *, whole_system: bool
) -> dict[str, list[str]]:  # fmt: skip
    """Return the formulas of a cost sheet by row, one for each year."""
    common = made.parameters

    def own(name: str) -> str:
        return common[f"{service.service}.{name}"]

    def cell(name: str, year: int) -> str:
        return f"{made.column(year)}{sheet_row(name)}"

    def every(formula: str) -> list[str]:
        """Fill ``{name}`` with the cell of that row in each year."""
        return [
            "=" + formula.format_map({name: cell(name, year) for name in SHEET_ROWS})
            for year in range(len(made.years))
        ]

    shift = f"{own('hours_per_week')}/{common['full_time_hours_per_week']}"
    pay = "+".join(f"{{{role}_jobs}}*{common[f'{role}_pay_month']}" for role in ROLES)
    opened = [
        f"={cell('additional_places', year)}"
        + (f"-{cell('additional_places', year - 1)}" if year else "")
        for year in range(len(made.years))
    ]
    return {
        "demand": every(f"{{people}}*{own('need_share')}*{own('take_up')}"),
        "target_places": every("{demand}*{coverage}"),
        "costed_places": every(
            "{additional_places}+{existing_places}" if whole_system else "{additional_places}"
        ),
        "new_places": opened,
        "new_centres": every(f"{{new_places}}/{own('places_per_centre')}"),
        **{
            f"{role}_jobs": every(f"{{costed_places}}*{shift}/{own(f'persons_per_{role}')}")
            for role in ROLES
        },
        "jobs": every("+".join(f"{{{role}_jobs}}" for role in ROLES)),
        "women_jobs": every(f"{{jobs}}*{own('women_share')}"),
        "wages_mn": every(f"({pay})*12*(1+{common['employer_charges_share']})/1000000"),
        "inputs_mn": every(f"{{costed_places}}*{own('inputs_per_place_year')}/1000000"),
        "running_mn": every("{wages_mn}+{inputs_mn}"),
        "building_mn": every(f"{{new_places}}*{own('building_per_place')}/1000000"),
        "equipment_mn": every(f"{{new_places}}*{own('equipment_per_place')}/1000000"),
        "investment_mn": every("{building_mn}+{equipment_mn}"),
        "cost_mn": every("{running_mn}+{investment_mn}"),
    }


def _municipalities(
    made: Book, sheet: Any, service: SimulatedService, opening: Openings, lacking: Floats,
    first: int, names: Sequence[tuple[str, str]],
) -> None:  # fmt: skip
    """Write people, places of today and places lacking, a row a municipality."""
    size = len(made.years)
    today, more = FIRST_YEAR_COLUMN + size, FIRST_YEAR_COLUMN + size + 1
    heads = {
        0: Text("clave del municipio", "municipality code"),
        1: Text("municipio", "municipality"),
        today: Text("lugares de hoy", "places of today"),
    }
    for column, head in heads.items():
        sheet.write_string(first - 1, column, made.said(head), made.formats["head"])
    for year in range(size):
        shown = made.years[year]
        people, places = (
            Text(f"personas {shown}", f"people {shown}"),
            Text(f"adicionales {shown}", f"additional {shown}"),
        )
        sheet.write_string(
            first - 1, FIRST_YEAR_COLUMN + year, made.said(people), made.formats["head"]
        )
        sheet.write_string(first - 1, more + year, made.said(places), made.formats["head"])
    need = made.parameters[f"{service.service}.need_share"]
    use = made.parameters[f"{service.service}.take_up"]
    for at, (code, municipality) in enumerate(names):
        row = first + at
        sheet.write_string(row, 0, code)
        sheet.write_string(row, 1, municipality)
        sheet.write_number(row, today, float(opening.existing[at]), made.formats["edit"])
        for year in range(size):
            living = f"{made.column(year)}{row + 1}"
            coverage = f"{made.column(year)}${sheet_row('coverage')}"
            before = f"{letter(more + year - 1)}{row + 1}" if year else "0"
            held = f"${letter(today)}{row + 1}"
            sheet.write_number(
                row, FIRST_YEAR_COLUMN + year, float(opening.people[at, year]),
                made.formats["number"],
            )  # fmt: skip
            sheet.write_formula(
                row, more + year, f"=MAX({before},{living}*{need}*{use}*{coverage}-{held})",
                made.formats["number"], float(lacking[at, year]),
            )  # fmt: skip
