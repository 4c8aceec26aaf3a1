"""What a scenario changes and what a care plan costs, as sections of a report."""

import math
from collections.abc import Mapping
from typing import Any

from data.classification import default_codebooks
from data.texts import Language, Text
from geo.indicators import GROUPS
from geo.report.model import Cell, Head, Section, Table
from geo.scenarios.outcome import PlaceOutcome, ScenarioOutcome, ServiceOutcome
from geo.simulator.titles import OUTCOME_TITLES

_RULES = {
    "distance": Text("por distancia", "by distance"),
    "places": Text("por lugares", "by places"),
}
# Columns of a place that are told one by one: those a reader of the report has met.
_TOLD = (
    ("nearest_min_", "time"), ("within_15min_share_", "share"), ("e2sfca_", "index"),
)  # fmt: skip


def scenario_section(outcome: ScenarioOutcome, language: Language) -> Section:
    """Return what a scenario changes, in the whole atlas and AGEB by AGEB.

    Parameters
    ----------
    outcome
        What :func:`geo.scenarios.evaluate` found.
    language
        Language of the section.
    """

    def say(es: str, en: str) -> str:
        return en if language == "en" else es

    tables = [_services(outcome, language), _deserts(outcome, language), _groups(outcome, language)]
    tables += _places(outcome, language)
    return Section(
        id="escenario",
        title=say("Escenario: ", "Scenario: ") + (outcome.title or say("sin título", "untitled")),
        paragraphs=(
            say(
                f"Si se hiciera lo que dice el escenario (cambios: {outcome.changes}), cambiaría "
                f"el acceso en {outcome.cells:,} celdas. Son cifras de demanda potencial en todo "
                "el atlas, por el mismo método; no dicen cuántas personas usarían los centros.",
                f"If what the scenario says came true (changes: {outcome.changes}), access would "
                f"change in {outcome.cells:,} cells. Figures are of potential demand in the whole "
                "atlas, by the same method; they do not say how many people would use the centres.",
            ),
        ),
        tables=tuple(table for table in tables if table.rows),
    )


def _head(
    name: str, title: Text, language: Language, unit: Text | None = None, kind: str = "count"
) -> Head:
    shown = "" if unit is None else unit.in_language(language)
    return Head(name=name, title=title.in_language(language), unit=shown, kind=kind)


_PEOPLE = Text("personas", "people")
_BEFORE, _AFTER = Text("Hoy", "Today"), Text("Con el escenario", "With the scenario")
_GAINED, _LOST = Text("Lo ganan", "Gain it"), Text("Lo pierden", "Lose it")


def _services(outcome: ScenarioOutcome, language: Language) -> Table:
    heads = (
        _head("service", Text("Servicio y minutos", "Service and minutes"), language, kind="text"),
        _head("before", _BEFORE, language, _PEOPLE),
        _head("after", _AFTER, language, _PEOPLE),
        _head("gained", _GAINED, language, _PEOPLE),
        _head("lost", _LOST, language, _PEOPLE),
        _head("women_gained", Text("Mujeres de 12 y más en hogares cercanos que lo ganan",
                                   "Women of 12 and over nearby who gain it"), language, _PEOPLE),
    )  # fmt: skip
    rows = tuple(
        (Cell(f"{_title(item, language)}: {near.minutes:g} min"), Cell(near.before),
         Cell(near.after), Cell(near.gained), Cell(near.lost), Cell(near.women_gained))
        for item in outcome.services for near in item.within
    )  # fmt: skip
    title = Text("Personas con un centro cerca", "People with a centre near")
    return Table(
        id="escenario_servicios", title=title.in_language(language), heads=heads, rows=rows
    )


def _deserts(outcome: ScenarioOutcome, language: Language) -> Table:
    heads = (
        _head("rule", Text("Desierto de cuidados", "Care desert"), language, kind="text"),
        _head("before", _BEFORE, language, _PEOPLE),
        _head("after", _AFTER, language, _PEOPLE),
        _head("removed", Text("AGEB que dejan de serlo", "AGEB no longer so"), language),
        _head("created", Text("AGEB que lo son ahora", "AGEB now so"), language),
    )
    rows = tuple(
        (Cell(f"{_title(item, language)}, {_RULES[desert.rule].in_language(language)}"),
         Cell(desert.people_before), Cell(desert.people_after),
         Cell(float(len(desert.removed))), Cell(float(len(desert.created))))
        for item in outcome.services for desert in item.deserts
    )  # fmt: skip
    title = Text("Personas en desiertos de cuidados", "People in care deserts")
    return Table(
        id="escenario_desiertos", title=title.in_language(language), heads=heads, rows=rows
    )


def _groups(outcome: ScenarioOutcome, language: Language) -> Table:
    heads = (
        _head("group", Text("Grupo", "Group"), language, kind="text"),
        _head("people", Text("En el atlas", "In the atlas"), language, _PEOPLE),
        _head("gained", _GAINED, language, _PEOPLE),
        _head("lost", _LOST, language, _PEOPLE),
    )
    rows = tuple(
        (Cell(GROUPS[item.group].in_language(language) if item.group in GROUPS else item.group),
         Cell(item.people), Cell(item.gained), Cell(item.lost))
        for item in outcome.groups
    )  # fmt: skip
    title = Text("Por grupo de personas", "By group of people")
    return Table(id="escenario_grupos", title=title.in_language(language), heads=heads, rows=rows)


def _places(outcome: ScenarioOutcome, language: Language) -> list[Table]:
    """Return, for each service, the AGEB whose access changes, before and after."""
    tables = []
    for item in outcome.services:
        held = [
            (prefix, kind) for prefix, kind in _TOLD
            if any(prefix + item.service in place.columns for place in outcome.places)
        ]  # fmt: skip
        heads = [_head("cvegeo", Text("AGEB", "AGEB"), language, kind="identifier")]
        for prefix, kind in held:
            title = _TITLES[prefix]
            for name, when in (("before", _BEFORE), ("after", _AFTER)):
                words = Text(f"{title.es}: {when.es.lower()}", f"{title.en}: {when.en.lower()}")
                heads.append(_head(f"{prefix}{name}", words, language, _UNITS[prefix], kind))
        rows = tuple(
            (Cell(place.cvegeo), *_before_and_after(place, item.service, held, language))
            for place in outcome.places
            if place.level == "ageb"
            and any(prefix + item.service in place.columns for prefix, _ in held)
        )
        title = Text(f"AGEB que cambian: {_title(item, 'es')}",
                     f"AGEB that change: {_title(item, 'en')}")  # fmt: skip
        tables.append(
            Table(id=f"escenario_{item.service}", title=title.in_language(language),
                  heads=tuple(heads), rows=rows)
        )  # fmt: skip
    return tables


def _before_and_after(
    place: PlaceOutcome, service: str, held: list[tuple[str, str]], language: Language
) -> list[Cell]:
    """Return the two values of each column; of one that stays as it is, that it does."""
    same = _SAME.in_language(language)
    cells = []
    for prefix, _ in held:
        before, after = place.columns.get(prefix + service, (same, same))
        cells += [_cell(before), _cell(after)]
    return cells


_SAME = Text("no cambia", "unchanged")
_TITLES: Mapping[str, Text] = {
    "nearest_min_": Text("Minutos al más cercano", "Minutes to the nearest"),
    "within_15min_share_": Text("A 15 minutos", "Within 15 minutes"),
    "e2sfca_": Text("Lugares por persona", "Places per person"),
}
_UNITS: Mapping[str, Text] = {
    "nearest_min_": Text("min", "min"), "within_15min_share_": Text("%", "%"),
    "e2sfca_": Text("lugares por persona", "places per person"),
}  # fmt: skip


def _title(item: ServiceOutcome, language: Language) -> str:
    service = default_codebooks().services.get(item.service)
    return item.service if service is None else service.title.in_language(language)


def _cell(value: float | str | None) -> Cell:
    unknown = value is None or (isinstance(value, float) and math.isnan(value))
    return Cell(None) if unknown else Cell(value)


def simulation_section(content: Mapping[str, Any], language: Language) -> Section:
    """Return what a care plan costs and returns.

    Parameters
    ----------
    content
        What :func:`geo.simulator.report.simulate` tells.
    language
        Language of the section.
    """

    def say(es: str, en: str) -> str:
        return en if language == "en" else es

    ranges = content.get("ranges", {})
    rows = []
    for name, (title, unit) in OUTCOME_TITLES.items():
        value = content["outcomes"].get(name)
        ends = ranges.get(name, {})
        rows.append((
            Cell(title.in_language(language)),
            Cell(unit.in_language(language)),
            Cell(None) if value is None else Cell(float(value), ends.get("p5"), ends.get("p95")),
        ))  # fmt: skip
    heads = (
        _head("outcome", Text("Resultado", "Outcome"), language, kind="text"),
        _head("unit", Text("Unidad", "Unit"), language, kind="text"),
        _head("value", Text("Valor y rango (5 a 95 %)", "Value and range (5 to 95 %)"), language,
              kind="rate"),
    )  # fmt: skip
    places = content["scenario"]["municipalities"]
    told = content["municipalities"]
    names = dict(zip(told["cvegeo"], told["name"], strict=True))
    where = ", ".join(f"{names[code]} ({code})" for code in places) or say(
        "todos los municipios del atlas", "all municipalities of the atlas"
    )
    missing = [item["reason"][language] for item in content.get("not_computed", ())]
    first, last = content["years"][0], content["years"][-1]
    nothing = not any(sum(item["new_places"]) for item in content["services"].values())
    enough = say(" Los lugares que ya hay cubren lo que el plan pide: con los valores centrales no "
                 "se abre ninguno.",
                 " The places there are cover what the plan asks for: with the central values none "
                 "is opened.") if nothing else ""  # fmt: skip
    prices = content["price_year"]
    return Section(
        id="simulacion",
        title=say("Simulación de inversión", "Investment simulation"),
        paragraphs=(
            say(
                f"El plan va de {first} a {last} y se simula en: {where}. Los montos son de pesos "
                f"de {prices}.{enough}",
                f"The plan runs from {first} to {last} and is simulated in: {where}. Amounts are "
                f"in pesos of {prices}.{enough}",
            ),
            content["note"][language],
        ),
        bullets=tuple(dict.fromkeys(missing)),
        tables=(
            _plan(content, language),
            Table(
                id="simulacion",
                title=say("Lo que cuesta y lo que devuelve", "What it costs and what it returns"),
                heads=heads,
                rows=tuple(rows),
            ),
            _years(content, language),
        ),
    )


def _plan(content: Mapping[str, Any], language: Language) -> Table:
    """Return what the plan asks for, service by service, in its last year."""
    places = Text("lugares", "places")
    heads = (
        _head("service", Text("Servicio", "Service"), language, kind="text"),
        _head("coverage", Text("Cobertura", "Coverage"), language, kind="share"),
        _head("demand", Text("Demanda potencial", "Potential demand"), language, _PEOPLE),
        _head("target", Text("Lugares que pide", "Places it asks for"), language, places),
        _head("existing", Text("Lugares de hoy", "Places today"), language, places),
        _head("new", Text("Lugares nuevos", "New places"), language, places),
    )
    coverage = {plan["service"]: plan["coverage"][-1] for plan in content["scenario"]["plans"]}
    rows = []
    for name, item in content["services"].items():
        today = item["existing_places"] if item["existing_places_known"] else None
        asked = coverage.get(name)
        rows.append((
            Cell(item["title"][language]), Cell(None if asked is None else float(asked)),
            Cell(item["demand"][-1]), Cell(item["target_places"][-1]), Cell(today),
            Cell(float(sum(item["new_places"]))),
        ))  # fmt: skip
    title = Text("Lo que el plan pide el último año", "What the plan asks for in its last year")
    return Table(
        id="simulacion_plan", title=title.in_language(language), heads=heads, rows=tuple(rows)
    )


# What is told year by year: name in the outcome, and its title.
_BY_YEAR = (
    ("running_mn", Text("Operación", "Running")),
    ("investment_mn", Text("Inversión", "Investment")),
    ("gross_revenue_mn", Text("Recaudación bruta", "Gross revenue")),
    ("fiscal_gap_mn", Text("Brecha fiscal", "Fiscal gap")),
)


def _years(content: Mapping[str, Any], language: Language) -> Table:
    money = Text("millones de pesos", "million pesos")
    told = [(name, title) for name, title in _BY_YEAR if content.get(name)]
    heads = (
        _head("year", Text("Año", "Year"), language, kind="text"),
        *(_head(name, title, language, money, kind="rate") for name, title in told),
    )
    rows = tuple(
        (Cell(str(year)), *(Cell(content[name][at]) for name, _ in told))
        for at, year in enumerate(content["years"])
    )
    title = Text("Año por año", "Year by year")
    return Table(id="simulacion_anios", title=title.in_language(language), heads=heads, rows=rows)
