"""The service as it runs: one process, or several that share a port."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from api.app import create_app
from api.front import FrontProtocol
from api.memory import share_heaps
from api.options import set_up_logs
from api.settings import Settings

_BACKLOG = 2048  # connections the system holds until they are taken
_PATIENCE_S = 30  # after which a process that does not answer its parent is started anew


def configured(
    app: FastAPI | Callable[[], FastAPI], settings: Settings, *, workers: int = 1
) -> uvicorn.Config:
    """Return how a server runs the service.

    Parameters
    ----------
    app
        The application; with several processes, what makes it in each.
    settings
        How it is deployed.
    workers
        Number of processes.
    """
    return uvicorn.Config(
        app,
        factory=workers > 1,
        host=settings.host,
        port=settings.port,
        http=FrontProtocol,
        ws="none",
        workers=workers,
        backlog=_BACKLOG,
        timeout_worker_healthcheck=_PATIENCE_S,
        server_header=False,
        access_log=False,
        log_level="warning",
    )


def serve(settings: Settings, *, workers: int = 1) -> None:
    """Serve an atlas until told to stop.

    Parameters
    ----------
    settings
        How it is deployed.
    workers
        Number of processes. Each holds the atlas for itself (archives are mapped, so shared), takes
        up a new one by itself, and is started anew should it end; ``/metrics`` of any one speaks
        for all.

    Raises
    ------
    ArtifactError
        If no atlas is in service, or it is damaged.
    """
    share_heaps()
    if workers == 1:
        uvicorn.Server(configured(create_app(settings), settings)).run()
        return
    create_app(settings)  # what is wrong is said here, once, and not by every process
    with TemporaryDirectory(prefix="cuidados-") as folder:
        shared = settings.model_copy(update={"metrics_folder": Path(folder)})
        config = configured(
            partial(_in_process, shared, logging.getLogger("cuidados").level),
            shared,
            workers=workers,
        )
        Multiprocess(config, [config.bind_socket()]).run()


def _in_process(settings: Settings, level: int) -> FastAPI:
    set_up_logs(level)
    share_heaps()
    return create_app(settings)
