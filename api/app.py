"""The application: routes, tiles and page over one atlas."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import Any

from anyio import to_thread
from fastapi import FastAPI

from api.basemap import page_policy
from api.bodies import BoundedBodies, Turns
from api.compress import Compress
from api.exports import Exporter
from api.front import FRONT, Bounds, Front
from api.http import Envelope, install_problems
from api.memory import give_back
from api.observe import Metrics, Observed, Observer
from api.openapi import install_description
from api.routes import (
    atlas,
    centres,
    classes,
    collections,
    demand,
    equity,
    gazetteer,
    isochrone,
    items,
    landing,
    operations,
    page,
    participation,
    priority,
    rasters,
    reports,
    scenarios,
    simulator,
    sites,
    statistics,
    tilesets,
)
from api.routes.page import read_viewer
from api.settings import Settings
from api.store import AtlasStore
from api.tiles import TILE_ROUTE, TILE_ROUTES, Tiles, TilesFirst

# Each brings a ``router``; the order is that of the interface's description.
_ROUTES = (
    landing,
    atlas,
    collections,
    items,
    tilesets,
    equity,
    participation,
    statistics,
    reports,
    classes,
    gazetteer,
    demand,
    rasters,
    centres,
    isochrone,
    scenarios,
    sites,
    simulator,
    priority,
    page,
    operations,
)
# Requests that may wait for each computation being made, and for how long.
_WAITING, _WAITING_PATIENCE_S = 4, 10.0
_THREADS = 16


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the service of an atlas.

    Parameters
    ----------
    settings
        How it is deployed; read from the environment unless given.

    Raises
    ------
    ArtifactError
        If no atlas is in service, or it is damaged.
    """
    chosen = settings if settings is not None else Settings()
    store = AtlasStore(chosen.atlas, refresh_s=chosen.refresh_s)
    app = FastAPI(
        title="Mapa de Cuidados",
        version=version("mapa-cuidados"),
        description="Care supply, potential demand and access on foot, from INEGI's open data.",
        docs_url=None,  # those pages load scripts from other hosts
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.store = store
    app.state.viewer = read_viewer(chosen)
    app.state.page_policy = page_policy(chosen)
    app.state.settings = chosen
    app.state.exporter = Exporter(at_once=chosen.files_at_once, most_bytes=chosen.file_bytes)
    at_once = chosen.computations_at_once
    app.state.turns = Turns(
        at_once=at_once, waiting=_WAITING * at_once, patience_s=_WAITING_PATIENCE_S
    )
    # A proof takes minutes: one at a time, and nobody else waits for it.
    app.state.proofs = Turns(at_once=1, waiting=1, patience_s=_WAITING_PATIENCE_S)
    for module in _ROUTES:
        app.include_router(module.router)
    install_problems(app)
    install_description(app)
    observer = Observer(Metrics(_templates(app), chosen.metrics_folder), log=chosen.access_log)
    tiles = Tiles(store)
    app.state.metrics = observer.metrics
    app.state.front = Front(
        tiles.ready, route=TILE_ROUTE, observer=observer, bounds=_bounds(chosen)
    )
    # The last one added is the outermost.
    app.add_middleware(BoundedBodies, most_bytes=chosen.body_bytes)
    app.add_middleware(Compress)
    app.add_middleware(TilesFirst, tiles=tiles)
    app.add_middleware(Envelope, url_bytes=chosen.url_bytes)
    app.add_middleware(Observed, observer=observer)
    return app


def _templates(app: FastAPI) -> Iterator[str]:
    for routes in (app.routes, *(module.router.routes for module in _ROUTES)):
        yield from (str(getattr(route, "path", "")) for route in routes)
    yield from TILE_ROUTES


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """Give the server its front, watched for as long as it runs."""
    front: Front = app.state.front
    # What was loaded stays for good: the collector need not go through it again and again.
    gc.collect()
    gc.freeze()
    # Answers are made by the processor: more threads than this only wait for each other, and each
    # holds what its answer takes.
    to_thread.current_default_thread_limiter().total_tokens = _THREADS
    giving = asyncio.create_task(give_back())
    try:
        async with front.watching():
            yield {FRONT: front}
    finally:
        giving.cancel()
        with suppress(asyncio.CancelledError):
            await giving


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        connections=settings.connections,
        answers=settings.answers_at_once,
        url_bytes=settings.url_bytes,
        idle_s=settings.idle_s,
        head_s=settings.head_s,
        stalled_s=settings.stalled_s,
    )
