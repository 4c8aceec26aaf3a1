"""The page and its files, as vite built them."""

import gzip
import hashlib
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Annotated

import brotli
import zstandard
from fastapi import APIRouter, Query, Request, Response

from api.basemap import with_basemap
from api.compress import encoding_of
from api.first_map import (
    FIRST_MAP_MEDIA,
    FIRST_MAP_PATH,
    FIRST_MAP_POLICY,
    first_map_of,
    with_first_map,
)
from api.http import IMMUTABLE, REVALIDATE, QueryModel, matches, problem
from api.media import HTML_FORMAT, PAGES, negotiate
from api.routes.depends import Answering, Atlas, PageQuery
from api.routes.landing import landing_content
from api.settings import Settings
from api.store import AtlasVersion
from data.texts import Text

router = APIRouter(include_in_schema=False)
_INDEX = "index.html"


@dataclass(frozen=True)
class Asset:
    """One built file, in memory."""

    content: bytes
    media: str
    _made: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Hash of the content."""
        return hashlib.blake2b(self.content, digest_size=12).hexdigest()

    def encoded(self, coding: str | None) -> bytes:
        """Return the content in a coding, made once."""
        if coding is None:
            return self.content
        if coding not in self._made:
            self._made[coding] = _ENCODERS[coding](self.content)
        return self._made[coding]


_ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda content: gzip.compress(content, 9, mtime=0),
    "br": lambda content: brotli.compress(content, quality=9),
    "zstd": lambda content: zstandard.compress(content, 15),
}


def read_viewer(settings: Settings) -> Mapping[str, Asset]:
    """Return the built files by their path under the page's folder; none where it was not built."""
    folder = settings.viewer
    found = {
        path.relative_to(folder).as_posix(): Asset(path.read_bytes(), _media(path.name))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    if _INDEX in found:
        found[_INDEX] = Asset(with_basemap(found[_INDEX].content, settings), found[_INDEX].media)
    return found


@router.get("/")
def page(
    request: Request, atlas: Atlas, query: Annotated[PageQuery, Query()]
) -> Response:  # fmt: skip
    """Return the page to people, and to programs where the interface begins."""
    viewer: Mapping[str, Asset] = request.app.state.viewer
    form = negotiate(request, query.f, PAGES)
    if form is not HTML_FORMAT:
        answering = Answering(request, atlas.name, form)
        return answering.known or answering.json(landing_content(request, atlas))
    if _INDEX not in viewer:
        return problem(
            request.scope,
            HTTPStatus.SERVICE_UNAVAILABLE,
            Text(
                "La página no está construida: ejecute «make demo» o la construcción de "
                "api/viewer; los datos se sirven igual, véase /api",
                "The page was not built: run “make demo” or the build in api/viewer; the data is "
                "served all the same, see /api",
            ),
        )
    return _serve(request, _page_of(atlas, viewer[_INDEX], request.app.state.settings), REVALIDATE)


@router.get(FIRST_MAP_PATH)
def first_map(
    request: Request, atlas: Atlas, query: Annotated[QueryModel, Query()]
) -> Response:  # fmt: skip
    """Return the picture of the first map, as it was drawn at the build."""
    content = atlas.once("first map", lambda: first_map_of(atlas))
    if content is None:
        return problem(request.scope, HTTPStatus.NOT_FOUND)
    found = atlas.once("first map as sent", lambda: Asset(content, FIRST_MAP_MEDIA))
    cache = IMMUTABLE if query.v == atlas.name else REVALIDATE
    return _serve(request, found, cache, policy=FIRST_MAP_POLICY)


def _page_of(atlas: AtlasVersion, built: Asset, settings: Settings) -> Asset:
    """Return the page with the atlas's first map; one with a basemap would not look like it."""
    if settings.basemap is not None:
        return built
    return atlas.once(
        f"page {built.digest}", lambda: Asset(with_first_map(built.content, atlas), built.media)
    )


@router.get("/assets/{name:path}")
def asset(request: Request, name: str) -> Response:
    """Return a built file; its name holds a hash of its content, so it never changes."""
    viewer: Mapping[str, Asset] = request.app.state.viewer
    found = viewer.get(f"assets/{name}")
    if found is None:
        return problem(request.scope, HTTPStatus.NOT_FOUND)
    return _serve(request, found, IMMUTABLE)


def _serve(
    request: Request, found: Asset, cache: str, *, policy: str | None = None
) -> Response:  # fmt: skip
    coding = encoding_of(request.scope)
    etag = f'"{found.digest}{f"-{coding}" if coding else ""}"'
    headers = {
        "etag": etag,
        "cache-control": cache,
        "vary": "Accept, Accept-Encoding",
        "content-security-policy": policy or request.app.state.page_policy,
    }
    if matches(request.headers.get("if-none-match"), etag):
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    if coding is not None:
        headers["content-encoding"] = coding
    return Response(found.encoded(coding), HTTPStatus.OK, headers, found.media)


def _media(name: str) -> str:
    if name.endswith((".js", ".mjs")):
        return "text/javascript"  # the platform's own table may say otherwise
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
