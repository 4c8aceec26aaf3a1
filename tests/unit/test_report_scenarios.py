"""What scenarios and simulations add to a report."""

import math
from typing import Any

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
    content: dict[str, Any] = {
        "scenario": {
            "municipalities": ["01001"],
            "plans": [{"service": "guarderia_0_2", "coverage": [0.1, 0.5]}],
        },
        "years": [2025, 2026],
        "price_year": 2024,
        "services": {
            "guarderia_0_2": {
                "title": {"es": "Guardería (0 a 2 años)", "en": "Nursery (ages 0–2)"},
                "demand": [3000.0, 3200.0],
                "target_places": [300.0, 1600.0],
                "existing_places": 400.0,
                "existing_places_known": True,
                "new_places": [0.0, 1200.0],
            }
        },
        "running_mn": [0.0, 34.5],
        "municipalities": {"cvegeo": ["01001"], "name": ["Aguascalientes"]},
        "note": {"es": "Nota.", "en": "Note."},
        "outcomes": {"new_places": 1200.0, "running_mn": 34.5},
        "ranges": {"running_mn": {"p5": 30.0, "p50": 34.0, "p95": 40.0}},
        "not_computed": [{"what": ["effects"], "reason": {"es": "Sin matriz", "en": "No matrix"}}],
    }
    section = simulation_section(content, "es")
    assert "Aguascalientes (01001)" in section.paragraphs[0]
    assert section.bullets == ("Sin matriz",)
    assert "2025 a 2026" in section.paragraphs[0]
    plan, outcomes, years = section.tables
    assert [cell.value for cell in plan.rows[0]] == [
        "Guardería (0 a 2 años)", 0.5, 3200.0, 1600.0, 400.0, 1200.0,
    ]  # fmt: skip
    assert [[cell.value for cell in row] for row in years.rows] == [["2025", 0.0], ["2026", 34.5]]
    values = {str(row[0].value): row[2] for row in outcomes.rows}
    assert values["Lugares nuevos en todo el periodo"] == Cell(1200.0)
    assert values["Costo de operación, último año"] == Cell(34.5, 30.0, 40.0)
    assert values["Brecha fiscal, último año"] == Cell(None)
    everywhere = {**content, "scenario": {"municipalities": [], "plans": []}}
    assert "all municipalities" in simulation_section(everywhere, "en").paragraphs[0]
    assert "ninguno" not in section.paragraphs[0]
    nothing = {**content["services"]["guarderia_0_2"], "new_places": [0.0, 0.0]}
    told = simulation_section({**content, "services": {"guarderia_0_2": nothing}}, "es")
    assert "no se abre ninguno" in told.paragraphs[0]
