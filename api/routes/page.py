"""The page and its files, as vite built them."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request, Response

from api.http import IMMUTABLE, REVALIDATE, accepts, matches, problem
from data.texts import Text

router = APIRouter(include_in_schema=False)

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "worker-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)


@dataclass(frozen=True)
class Asset:
    """One built file, in memory."""

    content: bytes
    media: str

    @cached_property
    def etag(self) -> str:
        """Weak ETag of the content: the same for both encodings."""
        return f'W/"{hashlib.blake2b(self.content, digest_size=12).hexdigest()}"'

    @cached_property
    def zipped(self) -> bytes:
        """The content compressed with gzip."""
        return gzip.compress(self.content, 9, mtime=0)


def read_viewer(folder: Path) -> Mapping[str, Asset]:
    """Return the built files by their path under ``folder``; none where it was not built."""
    return {
        path.relative_to(folder).as_posix(): Asset(path.read_bytes(), _media(path.name))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@router.get("/")
def page(request: Request) -> Response:
    """Return the page."""
    viewer: Mapping[str, Asset] = request.app.state.viewer
    if "index.html" not in viewer:
        return problem(
            request.scope,
            HTTPStatus.SERVICE_UNAVAILABLE,
            Text(
                "La página no está construida: ejecute «make demo» o la construcción de "
                "api/viewer; los datos se sirven igual, véase /openapi.json",
                "The page was not built: run “make demo” or the build in api/viewer; the data is "
                "served all the same, see /openapi.json",
            ),
        )
    if not accepts(request.headers.get("accept"), "text/html"):
        return problem(request.scope, HTTPStatus.NOT_ACCEPTABLE)
    return _serve(request, viewer["index.html"], REVALIDATE)


@router.get("/assets/{name:path}")
def asset(request: Request, name: str) -> Response:
    """Return a built file; its name holds a hash of its content, so it never changes."""
    viewer: Mapping[str, Asset] = request.app.state.viewer
    found = viewer.get(f"assets/{name}")
    if found is None:
        return problem(request.scope, HTTPStatus.NOT_FOUND)
    return _serve(request, found, IMMUTABLE)


def _serve(request: Request, found: Asset, cache: str) -> Response:
    headers = {
        "etag": found.etag,
        "cache-control": cache,
        "vary": "Accept-Encoding",
        "content-security-policy": CONTENT_SECURITY_POLICY,
    }
    if matches(request.headers.get("if-none-match"), found.etag):
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    encoding = request.headers.get("accept-encoding")
    if encoding is not None and accepts(encoding, "gzip"):
        headers["content-encoding"] = "gzip"
        return Response(found.zipped, HTTPStatus.OK, headers, found.media)
    return Response(found.content, HTTPStatus.OK, headers, found.media)


def _media(name: str) -> str:
    if name.endswith((".js", ".mjs")):
        return "text/javascript"  # the platform's own table may say otherwise
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
