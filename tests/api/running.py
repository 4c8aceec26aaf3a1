"""The service as it runs: uvicorn on a free port of loopback, in a thread."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.server import configured

_PATIENCE_S = 60.0


@contextmanager
def running(app: FastAPI, *, front: bool = True) -> Iterator[str]:
    """Serve an application and yield its address; without its front, as any ASGI server would."""
    config = configured(app, app.state.settings.model_copy(update={"port": 0}))
    config.log_config = None
    if not front:
        config.http = HttpToolsProtocol
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + _PATIENCE_S
    while not server.started and time.monotonic() < end:
        time.sleep(0.01)
    try:
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(_PATIENCE_S)


@contextmanager
def client_of(app: FastAPI, *, front: bool = True) -> Iterator[httpx.Client]:
    """Serve an application and yield a client of it."""
    with (
        running(app, front=front) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=_PATIENCE_S) as client,
    ):
        yield client
