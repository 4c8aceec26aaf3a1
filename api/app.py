"""The application: routes, tiles and page over one atlas."""

from importlib.metadata import version

from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from api.http import Envelope, install_problems
from api.routes import atlas, collections, page, statistics
from api.routes.page import read_viewer
from api.settings import Settings
from api.store import AtlasStore
from api.tiles import TilesFirst

_LEAST_ZIPPED_BYTES = 1024


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
    )
    app.state.store = store
    app.state.viewer = read_viewer(chosen.viewer)
    for module in (atlas, collections, statistics, page):
        app.include_router(module.router)
    install_problems(app)
    # The last one added is the outermost.
    app.add_middleware(GZipMiddleware, minimum_size=_LEAST_ZIPPED_BYTES, compresslevel=5)
    app.add_middleware(TilesFirst, store=store)
    app.add_middleware(Envelope, url_bytes=chosen.url_bytes)
    return app
