"""What scenarios and simulations add to a report."""

import math

from geo.report.model import Cell, Section
from geo.report.scenarios import scenario_section, simulation_section
from geo.scenarios.outcome import (
    Deserts,
    GroupOutcome,
    PlaceOutcome,
    ScenarioOutcome,
    ServiceOutcome,
    Within,
)

OUTCOME = ScenarioOutcome(
    title="Una más",
    version="abc",
    profile="general",
    changes=1,
    opened=("x",),
    services=(
        ServiceOutcome(
            service="guarderia", group="infancia", people=100.0,
            within=(Within(15.0, 40.0, 55.0, 16.0, 1.0, 0.0, 0.0, 7.0, 0.0),),
            more_places=None, fewer_places=None,
            nearest_min=(9.0, math.nan), e2sfca=(0.1, 0.2),
            deserts=(Deserts("distance", 20.0, 5.0, ("0100100010001",), ()),),
        ),
    ),
    groups=(GroupOutcome("infancia", 100.0, 16.0, 1.0),),
    places=(
        PlaceOutcome("ageb", "0100100010001", None,
                     {"nearest_min_guarderia": (None, 8.0), "e2sfca_guarderia": (0.1, math.nan)}),
        PlaceOutcome("ageb", "0100100010002", None, {"e2sfca_guarderia": (0.1, 0.3)}),
        PlaceOutcome("municipio", "01001", "M", {"e2sfca_guarderia": (0.1, 0.2)}),
    ),
    equity=(),
    cells=3,
)  # fmt: skip


def _rows(section: Section, table: str) -> list[list[object]]:
    found = next(item for item in section.tables if item.id == table)
    return [[cell.value for cell in row] for row in found.rows]


def test_a_scenario_is_told_before_and_after() -> None:
    section = scenario_section(OUTCOME, "es")
    assert section.title == "Escenario: Una más"
    assert "cambios: 1" in section.paragraphs[0]
    assert "demanda potencial" in section.paragraphs[0]
    assert _rows(section, "escenario_servicios") == [
        ["Guardería (0 a 5 años): 15 min", 40.0, 55.0, 16.0, 1.0, 7.0]
    ]
    assert _rows(section, "escenario_desiertos")[0][1:] == [20.0, 5.0, 1.0, 0.0]
    assert _rows(section, "escenario_grupos")[0][1:] == [100.0, 16.0, 1.0]


def test_what_stays_is_told_apart_from_what_is_unknown() -> None:
    rows = _rows(scenario_section(OUTCOME, "es"), "escenario_guarderia")
    assert rows == [
        ["0100100010001", None, 8.0, 0.1, None],
        ["0100100010002", "no cambia", "no cambia", 0.1, 0.3],
    ]
    assert "unchanged" in _rows(scenario_section(OUTCOME, "en"), "escenario_guarderia")[1]


def test_a_simulation_is_told_with_its_ranges_and_gaps() -> None:
    content = {
        "scenario": {"municipalities": ["01001"]},
        "municipalities": {"cvegeo": ["01001"], "name": ["Aguascalientes"]},
        "note": {"es": "Nota.", "en": "Note."},
        "outcomes": {"new_places": 1200.0, "running_mn": 34.5},
        "ranges": {"running_mn": {"p5": 30.0, "p50": 34.0, "p95": 40.0}},
        "not_computed": [{"what": ["effects"], "reason": {"es": "Sin matriz", "en": "No matrix"}}],
    }
    section = simulation_section(content, "es")
    assert "Aguascalientes (01001)" in section.paragraphs[0]
    assert section.bullets == ("Sin matriz",)
    values = {str(row[0].value): row[2] for row in section.tables[0].rows}
    assert values["Lugares nuevos en todo el periodo"] == Cell(1200.0)
    assert values["Costo de operación, último año"] == Cell(34.5, 30.0, 40.0)
    assert values["Brecha fiscal, último año"] == Cell(None)
    everywhere = simulation_section({**content, "scenario": {"municipalities": []}}, "en")
    assert "all municipalities" in everywhere.paragraphs[0]
