"""What a care plan would cost and set off: parameters, and scenarios run on them."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Body, Query, Request, Response

from api.bodies import POSTED, Computing, computed
from api.http import JSON, QueryModel, answer, language_of, require
from api.media import JSON_FORMAT, XLSX_FORMAT
from api.openapi import in_formats
from api.routes.atlas import source_summary
from api.routes.depends import Atlas
from api.store import AtlasVersion
from data.costs import cost_parameters, price_index, simulated_services
from data.texts import Text
from geo.artifacts import Label

if TYPE_CHECKING:
    from geo.simulator import Setting

router = APIRouter(prefix="/simulador", tags=["simulador"])

_DRAWS = 500
_MOST_DRAWS = 2000
_SEED = 0
_SCENARIO = {
    "type": "object",
    "required": ["plans"],
    "additionalProperties": False,
    "properties": {
        "first_year": {"type": "integer", "minimum": 2020, "maximum": 2050, "default": 2025},
        "plans": {
            "type": "array", "minItems": 1, "maxItems": 20,
            "items": {
                "type": "object", "required": ["service", "coverage"],
                "additionalProperties": False,
                "properties": {
                    "service": {"type": "string"},
                    "coverage": {
                        "type": "array", "minItems": 1, "maxItems": 30,
                        "items": {"type": "number", "minimum": 0, "maximum": 1},
                    },
                },
            },
        },
        "parameters": {"type": "object", "additionalProperties": {"type": "number"}},
        "price_year": {"type": "integer", "default": 2024},
        "places": {"enum": ["low", "central", "high"], "default": "central"},
        "sector_mode": {"type": "boolean", "default": False},
        "whole_system": {"type": "boolean", "default": False},
        "current_spending_mn": {"type": "number", "minimum": 0, "default": 0},
        "municipalities": {
            "type": "array", "items": {"type": "string", "pattern": "^[0-9]{5}$"}, "maxItems": 3000
        },
    },
    "example": {
        "first_year": 2025,
        "plans": [{"service": "guarderia_0_2", "coverage": [0.1, 0.2, 0.3]}],
    },
}  # fmt: skip


class RunQuery(QueryModel):
    """How a scenario is run and answered."""

    f: Annotated[Literal["json", "xlsx"], Query(description="json | xlsx")] = "json"
    draws: Annotated[
        int, Query(ge=0, le=_MOST_DRAWS, description="Draws of the ranges; 0 for none")
    ] = _DRAWS
    seed: Annotated[int, Query(ge=0, le=2**31, description="Seed of the draws")] = _SEED


@router.get("", summary="What may be simulated: services, parameters with sources, limits")
def parameters(request: Request, atlas: Atlas, _: Annotated[QueryModel, Query()]) -> Response:
    """Return services, every parameter (value, range, unit, year, source), regions and limits."""
    require(request, JSON)
    from geo.simulator.ranges import MAX_DRAWS
    from geo.simulator.report import NOTE
    from geo.simulator.scenario import CENSUS_YEAR, LAST_YEAR, MAX_YEARS
    from geo.simulator.titles import OUTCOME_TITLES

    setting = _setting(atlas)
    content = {
        "version": atlas.name,
        "note": _label(NOTE),
        "years": list(setting.years),
        "price_index": {
            str(year): round(level, 4) for year, level in sorted(price_index().items())
        },
        "limits": {
            "first_year": max(CENSUS_YEAR, min(setting.years)),
            "last_year": min(LAST_YEAR, max(setting.years)),
            "most_years": MAX_YEARS,
            "most_draws": MAX_DRAWS,
            "coverage": [0, 1],
        },
        "services": [_service(setting, name) for name in simulated_services()],
        "parameters": [
            {
                "key": key, "service": parameter.service or None, "name": parameter.name,
                "title": _label(parameter.title), "value": parameter.value, "low": parameter.low,
                "high": parameter.high, "unit": _label(parameter.unit), "year": parameter.year,
                "source": _label(parameter.source), "is_money": parameter.is_money,
            }
            for key, parameter in cost_parameters().items()
        ],
        "outcomes": {
            name: {"title": _label(title), "unit": _label(unit)}
            for name, (title, unit) in OUTCOME_TITLES.items()
        },
        "matrix": _matrix(setting),
        "municipalities": [
            {"cvegeo": code, "name": name} for code, name in setting.municipalities.items()
        ],
        "sources": [
            source_summary(source)
            for source in atlas.manifest.sources
            if source.role in ("denue", "projections", "input_output", "industry_accounts")
            or source.role.startswith("census_")
        ],
    }  # fmt: skip
    return answer(request, content)


@router.post(
    "",
    dependencies=POSTED,
    summary="What a scenario costs and sets off, with ranges; or its workbook",
    responses=in_formats(JSON_FORMAT, XLSX_FORMAT),
    openapi_extra={
        "requestBody": {"required": True, "content": {JSON: {"schema": _SCENARIO}}},
    },
)
def run(
    request: Request,
    atlas: Atlas,
    turns: Computing,
    query: Annotated[RunQuery, Query()],
    body: Annotated[Any, Body()],
) -> Response:
    """Return yearly results, effects with their ranges, what moves them, places by municipality.

    Nothing of a scenario is kept. ``f=xlsx`` answers with a workbook of live formulas.
    """
    from geo.simulator import check_scenario, simulate

    scenario = check_scenario(body)
    setting = _setting(atlas)
    if query.f == "xlsx":
        return _workbook(request, scenario, setting, turns, query)
    require(request, JSON)
    _, told = turns.run(lambda: simulate(scenario, setting, draws=query.draws, seed=query.seed))
    return computed(request, {"version": atlas.name, **told})


def _workbook(
    request: Request, scenario: Any, setting: "Setting", turns: Computing, query: RunQuery
) -> Response:
    from geo.simulator.workbook import write_workbook

    require(request, XLSX_FORMAT.media)
    content = turns.run(
        lambda: write_workbook(
            scenario, setting, draws=query.draws, seed=query.seed,
            language=language_of(request.scope),
        )
    )  # fmt: skip
    headers = {
        "cache-control": "no-store",
        "content-disposition": 'attachment; filename="simulador-cuidados.xlsx"',
    }
    return Response(content, headers=headers, media_type=XLSX_FORMAT.media)


def _setting(atlas: AtlasVersion) -> "Setting":
    """Return the atlas's setting, its matrix answered once; not computed without people by year."""
    from geo.simulator.tables import read_setting

    def made() -> "Setting":
        setting = read_setting(atlas.folder)
        _ = setting.responses
        return setting

    return atlas.once("simulator", made)


def _service(setting: "Setting", name: str) -> dict[str, Any]:
    service = simulated_services()[name]
    years = setting.people.get(service.demand)
    today = {}
    known = True
    for bound in ("low", "central", "high"):
        places, known = setting.places_of(service, bound)
        today[bound] = round(float(places.sum()), 1)
    return {
        "id": name,
        "title": _label(service.title),
        "demand": service.demand,
        "industry": service.industry,
        "atlas_service": service.atlas_service,
        "source": service.source,
        "offered": years is not None,
        "people": None
        if years is None
        else {str(year): round(float(np.sum(count)), 1) for year, count in years.items()},
        "places_today": {**today, "known": known},
    }


def _matrix(setting: "Setting") -> dict[str, Any]:
    if setting.model is None:
        return {"computed": False, "reason": _label(setting.no_model)}
    table = setting.model.table
    return {
        "computed": True,
        "year": table.year,
        "regions": list(table.regions),
        "own_region": setting.region,
        "industries": [
            {"code": industry.code, "name": industry.name}
            for industry in table.industries
            if industry.region == setting.region
        ],
    }


def _label(text: Text) -> dict[str, str]:
    return Label.of(text).model_dump()
