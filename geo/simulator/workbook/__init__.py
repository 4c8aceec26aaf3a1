"""A scenario as a workbook whose figures are formulas: change a parameter and see what it costs.

Sheets: summary (of this run, with ranges), parameters, one cost sheet for each service with its
municipalities, and the accounts of all of them with what the spending sets off. Every formula is
written with the value this program found, so that a reader who recalculates finds the same.
"""

import io
from datetime import datetime

import xlsxwriter

from data.costs import cost_parameters
from data.texts import Language, Text
from geo.simulator.ranges import monte_carlo
from geo.simulator.report import NOTE
from geo.simulator.run import Run, prepare, run_prepared
from geo.simulator.scenario import Scenario, parameter_ranges, parameter_values
from geo.simulator.setting import Setting
from geo.simulator.titles import OUTCOME_TITLES
from geo.simulator.workbook.accounts import write_accounts
from geo.simulator.workbook.book import Book
from geo.simulator.workbook.costs import write_costs

# A fixed stamp, so that equal runs are equal bytes.
_CREATED = datetime(2020, 1, 1)  # noqa: DTZ001 — a workbook's dates have no zone
_PARAMETERS = "parametros"
_SUMMARY = Text("resumen", "summary")


def write_workbook(
    scenario: Scenario,
    setting: Setting,
    *,
    draws: int,
    language: Language = "es",
    seed: int = 0,
) -> bytes:
    """Return a scenario's workbook.

    Parameters
    ----------
    scenario, setting
        What is run, and where.
    draws, seed
        Draws for the range of each outcome, none if 0, and their seed.
    language
        Language of its words.
    """
    prepared = prepare(scenario, setting)
    run = run_prepared(prepared)
    spread = monte_carlo(prepared, draws=draws, seed=seed) if draws else {}
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": _CREATED})
        formats = {
            "title": book.add_format({"bold": True, "font_size": 14}),
            "note": book.add_format({"italic": True}),
            "head": book.add_format({"bold": True, "bottom": 1}),
            "number": book.add_format({"num_format": "#,##0.00"}),
            "edit": book.add_format({"bg_color": "#FFF2CC", "num_format": "#,##0.####"}),
        }
        made = Book(book, language, formats, {}, run.years)
        _summary(made, scenario, run, spread)
        _parameters(made, scenario)
        for at in range(len(scenario.services)):
            write_costs(made, prepared, run, at)
        write_accounts(made, prepared, run)
    return content.getvalue()


def _summary(
    made: Book, scenario: Scenario, run: Run, spread: dict[str, tuple[float, float, float]]
) -> None:
    sheet = made.book.add_worksheet(made.said(_SUMMARY))
    sheet.set_column(0, 0, 52)
    sheet.set_column(1, 5, 18)
    title = Text("Simulador de inversión en cuidados", "Investment simulator of care")
    sheet.write_string(0, 0, made.said(title), made.formats["title"])
    lines = (
        NOTE,
        Text(f"Pesos de {scenario.price_year}; millones donde dice. Esta hoja es la corrida con que"
             " se hizo el archivo; las demás se recalculan al cambiar las celdas amarillas.",
             f"Pesos of {scenario.price_year}; millions where said. This sheet is the run the file"
             " was made with; the others are recalculated when yellow cells change."),
    )  # fmt: skip
    for at, line in enumerate(lines, start=1):
        sheet.write_string(at, 0, made.said(line), made.formats["note"])
    heads = (Text("resultado", "outcome"), Text("unidad", "unit"), Text("valor", "value"),
             Text("percentil 5", "5th percentile"), Text("mediana", "median"),
             Text("percentil 95", "95th percentile"))  # fmt: skip
    for at, head in enumerate(heads):
        sheet.write_string(4, at, made.said(head), made.formats["head"])
    for at, (name, value) in enumerate(run.outcomes.items(), start=5):
        title, unit = OUTCOME_TITLES[name]
        sheet.write_string(at, 0, made.said(title))
        sheet.write_string(at, 1, made.said(unit))
        sheet.write_number(at, 2, value, made.formats["number"])
        for end, amount in enumerate(spread.get(name, ())):
            sheet.write_number(at, 3 + end, amount, made.formats["number"])


def _parameters(made: Book, scenario: Scenario) -> None:
    sheet = made.book.add_worksheet(_PARAMETERS)
    values = parameter_values(scenario)
    heads = (Text("clave", "key"), Text("parámetro", "parameter"), Text("valor", "value"),
             Text("unidad", "unit"), Text("mínimo", "low"), Text("máximo", "high"),
             Text("año de la fuente", "year of the source"), Text("fuente", "source"))  # fmt: skip
    for at, head in enumerate(heads):
        sheet.write_string(0, at, made.said(head), made.formats["head"])
    for width, columns in ((44, (0, 1)), (14, (2, 2)), (26, (3, 3)), (14, (4, 6)), (80, (7, 7))):
        sheet.set_column(*columns, width)
    sheet.freeze_panes(1, 2)
    for at, (key, (low, high)) in enumerate(parameter_ranges(scenario).items(), start=1):
        parameter = cost_parameters()[key]
        sheet.write_string(at, 0, key)
        sheet.write_string(at, 1, made.said(parameter.title))
        sheet.write_number(at, 2, values[key], made.formats["edit"])
        sheet.write_string(at, 3, made.said(parameter.unit))
        sheet.write_number(at, 4, low)
        sheet.write_number(at, 5, high)
        sheet.write_number(at, 6, parameter.year)
        sheet.write_string(at, 7, made.said(parameter.source))
        made.parameters[key] = f"{_PARAMETERS}!$C${at + 1}"
