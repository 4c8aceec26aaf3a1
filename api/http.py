"""HTTP as the service speaks it: languages, problems, cache policy, conditional requests."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.errors import (
    ArtifactError,
    BusyError,
    CareError,
    LimitError,
    NotComputedError,
    ParameterError,
    StorageError,
    UnknownPlaceError,
)
from data.texts import Language, Text

_log = logging.getLogger(__name__)

# The one table from our errors to statuses; the first match counts.
_STATUSES: tuple[tuple[type[CareError], HTTPStatus], ...] = (
    (UnknownPlaceError, HTTPStatus.NOT_FOUND),
    (NotComputedError, HTTPStatus.NOT_FOUND),
    (ParameterError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (LimitError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (ArtifactError, HTTPStatus.SERVICE_UNAVAILABLE),
    (BusyError, HTTPStatus.SERVICE_UNAVAILABLE),
    (StorageError, HTTPStatus.SERVICE_UNAVAILABLE),
)
_TITLES: Mapping[int, Text] = {
    400: Text("Solicitud no válida", "Bad request"),
    404: Text("No existe", "Not found"),
    405: Text("Método no permitido", "Method not allowed"),
    406: Text("No hay una representación aceptable", "Not acceptable"),
    413: Text("Demasiado grande", "Too large"),
    414: Text("La dirección es demasiado larga", "URI too long"),
    416: Text("Rango fuera del archivo", "Range not satisfiable"),
    422: Text("Parámetro no válido", "Invalid parameter"),
    500: Text("Error interno", "Internal error"),
    503: Text("Servicio no disponible", "Service unavailable"),
}
_DETAILS: Mapping[int, Text] = {
    404: Text(
        "Esa dirección no existe; las que hay están en /openapi.json",
        "There is no such address; those that exist are in /openapi.json",
    ),
    405: Text("Este servicio solo se lee: GET o HEAD", "This service is read-only: GET or HEAD"),
    500: Text(
        "El fallo es nuestro y quedó registrado", "The fault is ours and has been recorded"
    ),
}  # fmt: skip
PROBLEM = "application/problem+json"
JSON = "application/json"
GEOJSON = "application/geo+json"
REVALIDATE = "public, no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"

_SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Content-Range, Accept-Ranges, Content-Language",
}
_PREFLIGHT = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD, OPTIONS",
    "access-control-allow-headers": "Range, If-None-Match, If-Range, Accept, Accept-Language",
    "access-control-max-age": "86400",
    "allow": "GET, HEAD, OPTIONS",
}


class QueryModel(BaseModel):
    """Parameters every endpoint takes; any other that is not declared is refused."""

    model_config = ConfigDict(extra="forbid")

    lang: Annotated[str | None, Query(pattern="^(es|en)$", description="es | en")] = None


def language_of(scope: Scope) -> Language:
    """Return the language of an answer: ``?lang=``, else ``Accept-Language``, else Spanish."""
    query = scope.get("query_string", b"").decode("latin-1").split("&")
    if "lang=en" in query:
        return "en"
    if "lang=es" in query:
        return "es"
    wanted: dict[str, float] = {}
    for part in Headers(scope=scope).get("accept-language", "").lower().split(","):
        tag, weight = _weighted(part)
        language = tag.split("-")[0]
        wanted[language] = max(weight, wanted.get(language, 0.0))
    return "en" if wanted.get("en", 0.0) > wanted.get("es", 0.0) else "es"


def accepts(header: str | None, *media: str) -> bool:
    """Return whether an ``Accept`` or ``Accept-Encoding`` header allows one of these."""
    if header is None or not header.strip():
        return True
    weights = dict(_weighted(part) for part in header.lower().split(","))
    for item in media:
        for candidate in (item, item.split("/")[0] + "/*", "*/*", "*"):
            if candidate in weights:
                if weights[candidate] > 0:
                    return True
                break
    return False


def _weighted(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, float(parameter[2:])
            except ValueError:
                return name, 0.0
    return name, 1.0


def problem(
    scope: Scope,
    status: int,
    detail: Text | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> Response:
    """Return an error as RFC 9457 problem details, in the reader's language, never cached."""
    language = language_of(scope)
    title = _TITLES.get(status) or Text(HTTPStatus(status).phrase, HTTPStatus(status).phrase)
    said = detail or _DETAILS.get(status) or title
    body = {
        "type": "about:blank",
        "title": title.in_language(language),
        "status": int(status),
        "detail": said.in_language(language),
        "instance": scope.get("path", ""),
        **more,
    }
    return Response(
        orjson.dumps(body),
        status,
        {
            "content-language": language, "vary": "Accept-Language", "cache-control": "no-store",
            **(headers or {}),
        },
        PROBLEM,
    )  # fmt: skip


def care_problem(scope: Scope, error: CareError) -> Response:
    """Return one of our errors as a problem; those without a status are a fault of ours."""
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            text = Text(
                f"{error.problem.es}. {error.remedy.es}.", f"{error.problem.en}. {error.remedy.en}."
            )
            faults = (
                []
                if error.where.column is None
                else [
                    {"field": error.where.column, "message": text.in_language(language_of(scope))}
                ]
            )
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                _log.error("%s", error)
            return (
                problem(scope, status, text, errors=faults)
                if faults
                else problem(scope, status, text)
            )
    _log.error("unexpected %s", error, exc_info=error)
    return problem(scope, HTTPStatus.INTERNAL_SERVER_ERROR)


def install_problems(app: FastAPI) -> None:
    """Answer every error of an application with a problem."""

    async def care(request: Request, error: Exception) -> Response:
        if not isinstance(error, CareError):
            raise error
        return care_problem(request.scope, error)

    async def http(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        return problem(request.scope, error.status_code, headers=error.headers)

    async def invalid(request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise error
        return _invalid(request.scope, error.errors())

    async def unexpected(request: Request, error: Exception) -> Response:
        _log.error("unexpected error at %s", request.url.path, exc_info=error)
        response = problem(request.scope, HTTPStatus.INTERNAL_SERVER_ERROR)
        response.headers.update(_SECURITY)
        return response

    app.add_exception_handler(CareError, care)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, unexpected)


def _invalid(scope: Scope, errors: Sequence[Any]) -> Response:
    fields = [
        {"field": str(item["loc"][-1]), "message": str(item["msg"]), "in": str(item["loc"][0])}
        for item in errors
    ]
    names = ", ".join(dict.fromkeys(field["field"] for field in fields))
    detail = Text(f"Revise: {names}", f"Check: {names}")
    return problem(scope, HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=fields)


def require(request: Request, *media: str) -> None:
    """Raise 406 unless the request accepts one of these media types."""
    if not accepts(request.headers.get("accept"), *media):
        raise HTTPException(HTTPStatus.NOT_ACCEPTABLE)


def matches(header: str | None, etag: str) -> bool:
    """Return whether an ``If-None-Match`` header names this ETag, weakly compared."""
    if header is None:
        return False
    plain = etag.removeprefix("W/")
    return any(
        item.strip() == "*" or item.strip().removeprefix("W/") == plain
        for item in header.split(",")
    )


def answer(
    request: Request, content: object, *, media: str = JSON, cache: str = REVALIDATE
) -> Response:
    """Return JSON with an ETag of its bytes, or 304 where the client has it already."""
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"etag": etag, "cache-control": cache, "vary": "Accept-Encoding"}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    return Response(body, HTTPStatus.OK, headers, media)


def base_url(scope: Scope) -> str:
    """Return scheme and host the client used, without a trailing slash."""
    return str(Request(scope).base_url).rstrip("/")


class Envelope:
    """What holds for every answer: HEAD, preflight, length of the address, security headers.

    HEAD is answered as GET without its body, so that both always agree.
    """

    def __init__(self, app: ASGIApp, *, url_bytes: int) -> None:
        self._app = app
        self._url_bytes = url_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in _SECURITY.items():
                    headers[name] = value
                if message["status"] >= HTTPStatus.BAD_REQUEST:
                    headers["cache-control"] = "no-store"
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        if scope["method"] == "OPTIONS":
            await Response(None, HTTPStatus.NO_CONTENT, _PREFLIGHT)(scope, receive, guarded)
        elif len(scope["raw_path"]) + len(scope["query_string"]) > self._url_bytes:
            await problem(scope, HTTPStatus.REQUEST_URI_TOO_LONG)(scope, receive, guarded)
        else:
            inner = {**scope, "method": "GET"} if head else scope
            await self._app(inner, receive, guarded)
