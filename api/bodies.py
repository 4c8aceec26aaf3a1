"""Bodies that programs send: bounded while they are read, computed from a few at a time.

A computation from a body is a POST route like any other, with a pydantic model as its body::

    router = APIRouter(dependencies=POSTED)

    @router.post("/escenarios")
    def scenarios(request: Request, atlas: Atlas, turns: Computing, body: Scenario) -> Response:
        return computed(request, turns.run(lambda: evaluate(atlas, body)))

Nothing of it is kept: the answer is ``no-store``, and the body is gone with the request.
"""

import asyncio
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, TypeVar

import orjson
from fastapi import Depends, Request, Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import JSON, care_problem, language_of, problem
from data.errors import BusyError, LimitError, Where
from data.texts import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

Computed = TypeVar("Computed")
# A body must have come whole by then: a client that trickles holds nothing for longer.
_PATIENCE_S = 30.0


class BoundedBodies:
    """Refuse bodies above a size or too slow in coming, whatever length they announce.

    Parameters
    ----------
    app
        The application.
    most_bytes
        Largest body read.
    patience_s
        Longest time a body may take to come.
    """

    def __init__(self, app: ASGIApp, *, most_bytes: int, patience_s: float = _PATIENCE_S) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._patience_s = patience_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal():
            await problem(scope, HTTPStatus.BAD_REQUEST)(scope, receive, send)
        elif int(announced) > self._most_bytes:
            await care_problem(scope, self._too_large())(scope, receive, send)
        else:
            await self._app(scope, self._bounded(receive), send)

    def _bounded(self, receive: Receive) -> Receive:
        read, ended = 0, False
        end = asyncio.get_running_loop().time() + self._patience_s

        async def bounded() -> Message:
            nonlocal read, ended
            if ended:  # whoever still listens waits for the client to leave
                return await receive()
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None
            read += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if read > self._most_bytes:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        return bounded

    def _too_large(self) -> LimitError:
        most = f"{self._most_bytes:,} bytes"
        return LimitError(
            Text(
                "El cuerpo de la solicitud es demasiado grande", "The request's body is too large"
            ),
            where=Where(column="body"),
            remedy=Text(f"Se aceptan hasta {most}", f"Up to {most} are accepted"),
        )


class Turns:
    """Computations of one application: a few at once, a few more waiting, others refused.

    Parameters
    ----------
    at_once
        Computations at the same time.
    waiting
        Requests that may wait for their turn.
    patience_s
        Longest time one waits.
    """

    def __init__(self, *, at_once: int, waiting: int, patience_s: float) -> None:
        self._room = threading.BoundedSemaphore(at_once + waiting)
        self._turns = threading.BoundedSemaphore(at_once)
        self._patience_s = patience_s

    def run(self, work: Callable[[], Computed]) -> Computed:
        """Return what ``work`` returns, computed in the caller's thread when its turn comes.

        Work bounds its own time: a thread cannot be stopped from outside.

        Raises
        ------
        BusyError
            If too many wait already, or its turn does not come in time.
        """
        if not self._room.acquire(blocking=False):
            raise _busy()
        try:
            if not self._turns.acquire(timeout=self._patience_s):
                raise _busy()
            try:
                return work()
            finally:
                self._turns.release()
        finally:
            self._room.release()


def computed(request: Request, content: object, *, media: str = JSON) -> Response:
    """Return the answer to a body: never kept by anybody on the way."""
    headers = {
        "cache-control": "no-store",
        "content-language": language_of(request.scope),
        "vary": "Accept-Encoding, Accept-Language",
    }
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, HTTPStatus.OK, headers, media)


def require_json(request: Request) -> None:
    """Raise 415 unless a request's body says it is JSON (GeoJSON included), not compressed."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    is_json = kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
    plain = request.headers.get("content-encoding", "identity").strip().lower() == "identity"
    if not (is_json and plain):
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


def _turns_of(request: Request) -> Turns:
    turns: Turns = request.app.state.turns
    return turns


Computing = Annotated[Turns, Depends(_turns_of)]
POSTED: "Sequence[Depends]" = (Depends(require_json),)  # type: ignore[valid-type]


def _has_body(scope: Scope) -> bool:
    return scope["method"] in ("POST", "PUT", "PATCH", "DELETE")


def _busy() -> BusyError:
    return BusyError(
        Text("Se están haciendo otros cálculos", "Other computations are being made"),
        remedy=Text("Intente de nuevo en un momento", "Try again in a moment"),
    )
