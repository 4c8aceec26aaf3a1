"""For those who run the service: is it alive, is it ready, how is it doing."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response

from api.http import QueryModel, answer
from api.routes.depends import Atlas

if TYPE_CHECKING:
    from api.observe import Metrics

# Alive and ready are said without a thread: they stay true while all threads are at work.
router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def alive(request: Request, _: Annotated[QueryModel, Query()]) -> Response:
    """Say that the process answers."""
    return answer(request, {"status": "ok"}, cache="no-store")


@router.get("/readyz")
async def ready(request: Request, atlas: Atlas, _: Annotated[QueryModel, Query()]) -> Response:
    """Say which atlas version is served."""
    return answer(request, {"status": "ok", "version": atlas.name}, cache="no-store")


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Return counts, sizes and seconds by route, for Prometheus."""
    found: Metrics = request.app.state.metrics
    return Response(
        found.exposition(),
        headers={"cache-control": "no-store"},
        media_type="text/plain; version=0.0.4; charset=utf-8",
    )
