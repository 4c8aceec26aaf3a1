"""What would change if centres opened, closed or changed: asked with a file, kept nowhere."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response

from api.bodies import POSTED, Computing, computed
from api.http import QueryModel
from api.routes.depends import Atlas
from api.store import AtlasVersion

if TYPE_CHECKING:
    from geo.scenarios import Planning

router = APIRouter(dependencies=POSTED)
_EXAMPLE = {
    "type": "FeatureCollection",
    "scenario": {"title": "Una guardería más", "profile": "general"},
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [-102.29, 21.88]},
            "properties": {"change": "abrir", "services": ["guarderia"], "places": 100},
        }
    ],
}


@router.post("/escenarios", summary="What a scenario changes, before and after")
def scenarios(
    request: Request,
    atlas: Atlas,
    turns: Computing,
    _: Annotated[QueryModel, Query()],
    document: Annotated[dict[str, Any], Body(examples=[_EXAMPLE])],
) -> Response:
    """Return what changes for people, places and equity if a file of changes came true.

    The body is the scenario's file: a GeoJSON FeatureCollection whose features are changes.
    """
    from geo.scenarios import evaluate, read_scenario

    scenario = read_scenario(document)
    outcome = turns.run(lambda: evaluate(planning(atlas), scenario))
    return computed(request, outcome)


def planning(atlas: AtlasVersion) -> "Planning":
    """Return an atlas as it is planned with, read once.

    Raises
    ------
    NotComputedError
        If it has no streets or no centres on them.
    """
    from geo.scenarios import open_planning

    return atlas.once("planning", lambda: open_planning(atlas.folder, atlas.manifest))
