"""HTTP as the service speaks it: languages, problems, cache policy, conditional requests."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version as package_version
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.compress import encoding_of
from api.media import (
    GEOJSON_MEDIA,
    HTML_MEDIA,
    JSON_MEDIA,
    NotAcceptableError,
    accepts,
    weights,
)
from data.errors import (
    ArtifactError,
    BusyError,
    CareError,
    FetchError,
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
    (FetchError, HTTPStatus.SERVICE_UNAVAILABLE),
)
_TITLES: Mapping[int, Text] = {
    400: Text("Solicitud no válida", "Bad request"),
    404: Text("No existe", "Not found"),
    405: Text("Método no permitido", "Method not allowed"),
    406: Text("No hay una representación aceptable", "Not acceptable"),
    408: Text("La solicitud tardó demasiado en llegar", "Request timeout"),
    413: Text("Demasiado grande", "Too large"),
    414: Text("La dirección es demasiado larga", "URI too long"),
    415: Text("Tipo de contenido no admitido", "Unsupported media type"),
    416: Text("Rango fuera del archivo", "Range not satisfiable"),
    422: Text("Parámetro no válido", "Invalid parameter"),
    431: Text("Encabezados demasiado grandes", "Request header fields too large"),
    500: Text("Error interno", "Internal error"),
    503: Text("Servicio no disponible", "Service unavailable"),
}
_DETAILS: Mapping[int, Text] = {
    404: Text(
        "Esa dirección no existe; las que hay están en /openapi.json",
        "There is no such address; those that exist are in /openapi.json",
    ),
    405: Text(
        "Esta dirección no admite ese método; los que admite van en Allow",
        "This address does not take that method; those it takes are in Allow",
    ),
    415: Text(
        "El cuerpo debe ser JSON sin comprimir: Content-Type application/json o "
        "application/geo+json",
        "The body must be JSON, not compressed: Content-Type application/json or "
        "application/geo+json",
    ),
    500: Text(
        "El fallo es nuestro y quedó registrado", "The fault is ours and has been recorded"
    ),
}  # fmt: skip
_OGC_PATHS = ("/collections", "/conformance", "/api")
# Faults of one request that are listed, and the characters of each part that are repeated.
_MOST_FAULTS, _MOST_SHOWN = 20, 200
PROBLEM = "application/problem+json"
JSON = JSON_MEDIA
GEOJSON = GEOJSON_MEDIA
HTML = f"{HTML_MEDIA}; charset=utf-8"
REVALIDATE = "public, no-cache"
_VARY = "Accept, Accept-Encoding, Accept-Language"
_CODE = package_version("mapa-cuidados")
IMMUTABLE = "public, max-age=31536000, immutable"

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "worker-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
_NOTHING = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "cross-origin",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": (
        "ETag, Link, Content-Crs, Content-Disposition, Content-Range, Accept-Ranges, "
        "Content-Language, X-Request-Id"
    ),
}
_SECURITY_RAW = [(name.encode(), value.encode()) for name, value in _SECURITY.items()]
_ALWAYS = (_NOTHING, *_SECURITY_RAW)
_PREFLIGHT = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD, POST, OPTIONS",
    "access-control-allow-headers": (
        "Range, If-None-Match, If-Range, Accept, Accept-Language, Content-Type, X-Request-Id"
    ),
    "access-control-max-age": "86400",
}


class QueryModel(BaseModel):
    """Parameters every endpoint takes; any other that is not declared is refused."""

    model_config = ConfigDict(extra="forbid")

    lang: Annotated[Language | None, Query(description="es | en")] = None
    v: Annotated[
        str | None,
        Query(
            pattern="^[0-9a-z]{1,64}$",
            description="Atlas version; while it is in service the answer may be kept for good",
        ),
    ] = None


def language_of(scope: Scope) -> Language:
    """Return the language of an answer: ``?lang=``, else ``Accept-Language``, else Spanish."""
    query = scope.get("query_string", b"").decode("latin-1").split("&")
    if "lang=en" in query:
        return "en"
    if "lang=es" in query:
        return "es"
    wanted: dict[str, float] = {}
    for tag, weight in weights(Headers(scope=scope).get("accept-language", "")).items():
        language = tag.split("-")[0]
        wanted[language] = max(weight, wanted.get(language, 0.0))
    return "en" if wanted.get("en", 0.0) > wanted.get("es", 0.0) else "es"


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
            if status == HTTPStatus.UNPROCESSABLE_ENTITY:
                status = _invalid_status(scope)  # noqa: PLW2901 — the table holds the general case
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
        if isinstance(error, NotAcceptableError):
            return problem(request.scope, error.status_code, available=error.available)
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
        {
            "field": _shown(item["loc"][-1]),
            "message": _shown(item["msg"]),
            "in": _shown(item["loc"][0]),
            "at": ".".join(_shown(part) for part in item["loc"][1:]),
        }
        for item in errors[:_MOST_FAULTS]
    ]
    names = ", ".join(dict.fromkeys(field["field"] for field in fields))
    detail = Text(f"Revise: {names}", f"Check: {names}")
    return problem(scope, _invalid_status(scope), detail, errors=fields)


def _shown(part: object) -> str:
    """Return a part of a fault as it may be repeated: short, and sound Unicode."""
    return str(part)[:_MOST_SHOWN].encode("utf-8", "replace").decode("utf-8")


def _invalid_status(scope: Scope) -> HTTPStatus:
    """Return 400 where OGC API – Features demands it for a bad parameter, else 422."""
    if scope.get("path", "").startswith(_OGC_PATHS):
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.UNPROCESSABLE_ENTITY


def require(request: Request, *media: str) -> None:
    """Raise 406 unless the request accepts one of these media types."""
    if not accepts(request.headers.get("accept"), *media):
        raise NotAcceptableError(media)


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
    """Return JSON with a strong ETag of its bytes, or 304 where the client has it already."""
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}{_coding_suffix(request.scope)}"'
    headers = {"etag": etag, "cache-control": cache, "vary": _VARY}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    return Response(body, HTTPStatus.OK, headers, media)


def described(
    request: Request, version: str, media: str, *, weak: bool = False
) -> tuple[dict[str, str], Response | None]:
    """Return the headers of an answer made from an atlas version, and 304 where it is known.

    An atlas version never changes, so the version, the program's version, the address, the media
    type, the language and the coding together identify the bytes before they are made. With
    ``?v=`` naming the version in service the answer may be kept for good.

    Parameters
    ----------
    request
        The request.
    version
        Name of the atlas version.
    media
        Media type of the answer.
    weak
        Whether the same content may be written in different bytes.
    """
    language = language_of(request.scope)
    named = (version, _CODE, base_url(request.scope), request.url.path, request.url.query, media,
             language)  # fmt: skip
    digest = hashlib.blake2b("\n".join(named).encode(), digest_size=12).hexdigest()
    etag = f'{"W/" if weak else ""}"{digest}{_coding_suffix(request.scope)}"'
    pinned = request.query_params.get("v") == version
    headers = {
        "etag": etag,
        "cache-control": IMMUTABLE if pinned else REVALIDATE,
        "vary": _VARY,
        "content-language": language,
    }
    if matches(request.headers.get("if-none-match"), etag):
        return headers, Response(None, HTTPStatus.NOT_MODIFIED, headers)
    return headers, None


def _coding_suffix(scope: Scope) -> str:
    # A strong ETag names bytes, and the bytes differ by coding.
    coding = encoding_of(scope)
    return f"-{coding}" if coding else ""


def base_url(scope: Scope) -> str:
    """Return scheme and host the client used, without a trailing slash."""
    return str(Request(scope).base_url).rstrip("/")


def head_of(status: int, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Return an answer's first lines as HTTP/1.1 writes them, with what every answer says.

    Further lines and the empty one are still to follow. For answers that pass no layer of the
    application; their headers hold none of those every answer has.
    """
    first = b"HTTP/1.1 %d %b\r\n" % (status, HTTPStatus(status).phrase.encode())
    return first + b"".join(b"%b: %b\r\n" % item for item in (*headers, *_ALWAYS))


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
                message["headers"] = _complete(message.get("headers", []), message["status"])
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        if scope["method"] == "OPTIONS":
            await Response(None, HTTPStatus.NO_CONTENT, _PREFLIGHT)(scope, receive, guarded)
        elif len(scope["raw_path"]) + len(scope["query_string"]) > self._url_bytes:
            await problem(scope, HTTPStatus.REQUEST_URI_TOO_LONG)(scope, receive, guarded)
        else:
            inner = {**scope, "method": "GET"} if head else scope
            try:
                await self._app(inner, receive, guarded)
            finally:
                if head and "route" in inner:
                    scope["route"] = inner["route"]  # for the metrics outside


def _complete(headers: list[tuple[bytes, bytes]], status: int) -> list[tuple[bytes, bytes]]:
    names = {name for name, _ in headers}
    if status >= HTTPStatus.BAD_REQUEST:
        headers = [item for item in headers if item[0] != b"cache-control"]
        headers.append((b"cache-control", b"no-store"))
    if b"content-security-policy" not in names:
        headers = [*headers, _NOTHING]
    return [*headers, *(item for item in _SECURITY_RAW if item[0] not in names)]
