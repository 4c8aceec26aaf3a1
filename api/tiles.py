"""Vector tiles as a plain ASGI application over memory-mapped archives.

Several layers can be asked for at once, ``/tiles/agebs,centros/{z}/{x}/{y}.mvt``: a tile is a list
of layers, so their tiles are simply joined, and a page needs half the requests.
"""

import asyncio
import re
import zlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.archive import AbsentError, TileArchive
from api.http import (
    IMMUTABLE,
    JSON,
    REVALIDATE,
    answer,
    base_url,
    care_problem,
    head_of,
    matches,
    problem,
)
from api.media import NotAcceptableError, accepts
from api.observe import TEMPLATE
from api.ranges import Stored, send_stored
from api.store import AtlasStore, AtlasVersion
from api.tile_description import MVT, PMTILES
from data.errors import CareError, NotComputedError, ParameterError, Where
from data.texts import Text
from geo.artifacts import LayerRecord, TilesRecord
from geo.tile_values import DETAIL

_TILE = re.compile(r"/tiles/([a-z_,]{1,80})/(\d{1,2})/(\d{1,9})/(\d{1,9})\.mvt")
_METADATA = re.compile(r"/tiles/([a-z_,]{1,80})\.json")
_ARCHIVE = re.compile(r"/tiles/([a-z_]{1,40})\.pmtiles")
_TYPES = {"float64": "Number", "int64": "Number", "bool": "Boolean"}
_TILE_MEDIA = (MVT, "application/x-protobuf")
_CACHED = {
    True: (b"cache-control", IMMUTABLE.encode()), False: (b"cache-control", REVALIDATE.encode()),
}  # fmt: skip
_VARY = (b"vary", b"Accept-Encoding")
_ZIPPED = (b"content-encoding", b"gzip")
_TYPE = (b"content-type", MVT.encode())
TILE_ROUTE = "/tiles/{layers}/{z}/{x}/{y}.mvt"
_OTHER_ROUTE = "/tiles/…"
_TEMPLATES = {
    ".mvt": TILE_ROUTE,
    ".json": "/tiles/{layers}.json",
    ".pmtiles": "/tiles/{layer}.pmtiles",
}
TILE_ROUTES = (*_TEMPLATES.values(), _OTHER_ROUTE)
_PREFIX = "/tiles/"
_MAX_ZOOM = 30
_MAX_LAYERS = 4
_READY_KEPT = 2048  # answers
_JOINED_BYTES = 32 << 20  # of joined tiles kept
_GZIP_WINDOW = zlib.MAX_WBITS | 16


class Ready:
    """An answer that needs no more work.

    Parameters
    ----------
    status
        Its status.
    headers
        Headers of its own.
    body
        What it carries.
    path
        What was asked for, without the query.
    """

    __slots__ = ("body", "head", "headers", "path", "status")

    def __init__(
        self, status: int, headers: list[tuple[bytes, bytes]], body: bytes | memoryview, path: str
    ) -> None:
        self.status = int(status)
        self.headers = headers
        self.body = body
        self.path = path
        self.head = head_of(self.status, headers)


class _Asked(NamedTuple):
    """A tile as asked for: headers of its answer, and what the layers hold there."""

    path: str
    headers: list[tuple[bytes, bytes]]
    known: bool  # the client has the tile
    zipped: bool
    key: str
    parts: list[memoryview]


class Tiles:
    """The tiles of the atlas in service: at once where they lie ready, else made."""

    def __init__(self, store: AtlasStore) -> None:
        self._store = store
        self._atlas = store.current()
        self._ready: dict[tuple[bytes | None, ...], Ready] = {}
        self._joined: OrderedDict[str, bytes] = OrderedDict()
        self._joined_bytes = self._ready_bytes = 0
        self._found: dict[tuple[str, str], list[TileArchive]] = {}

    def ready(self, url: bytes, given: Mapping[bytes, bytes]) -> Ready | None:
        """Return the answer to a GET if it is a tile and lies ready, else None.

        That is a tile of one layer, or of several already joined, in the coding it is stored in;
        that there is none; or that the client has it. Whatever is wrong is said by the application.

        Parameters
        ----------
        url
            Path and query.
        given
            Headers of the request, names in lower case.
        """
        atlas = self._store.current()
        if atlas is not self._atlas:
            self._atlas = atlas
            self._forget()
            self._found.clear()
        key = (url, given.get(b"accept"), given.get(b"accept-encoding"),
               given.get(b"if-none-match"))  # fmt: skip
        ready = self._ready.get(key)
        if ready is None:
            path, _, query = url.partition(b"?")
            found = _TILE.fullmatch(path.decode("latin-1"))
            if found is None:
                return None
            try:
                ready = self._lying(self._ask(atlas, found, query, given))
            except (AbsentError, CareError, HTTPException):
                return None
            if ready is not None:
                if len(self._ready) >= _READY_KEPT or self._ready_bytes > _JOINED_BYTES:
                    self._forget()
                self._ready[key] = ready
                # A tile of one layer is no more than a place in the archive.
                self._ready_bytes += 0 if isinstance(ready.body, memoryview) else len(ready.body)
        return ready

    def _forget(self) -> None:
        self._ready.clear()
        self._ready_bytes = 0

    async def respond(self, scope: Scope) -> Response:
        """Return the answer to a request under ``/tiles/``."""
        if scope["method"] != "GET":
            headers = {"allow": "GET, HEAD, OPTIONS"}
            return problem(scope, HTTPStatus.METHOD_NOT_ALLOWED, headers=headers)
        atlas = self._store.current()
        path = scope["path"]
        if found := _TILE.fullmatch(path):
            return await self._tile(scope, atlas, found)
        if found := _METADATA.fullmatch(path):
            return _metadata(scope, atlas, _layers(atlas, found[1]))
        if found := _ARCHIVE.fullmatch(path):
            return _archive(scope, atlas, found[1])
        names = [layer.id for layer in atlas.manifest.layers if layer.tiles is not None]
        detail = Text(
            "Hay /tiles/{capa}/{z}/{x}/{y}.mvt, /tiles/{capa}.json y /tiles/{capa}.pmtiles",
            "There are /tiles/{layer}/{z}/{x}/{y}.mvt, /tiles/{layer}.json, /tiles/{layer}.pmtiles",
        )
        return problem(scope, HTTPStatus.NOT_FOUND, detail, layers=names)

    async def _tile(self, scope: Scope, atlas: AtlasVersion, found: re.Match[str]) -> Response:
        asked = None
        while asked is None:
            try:
                asked = self._ask(atlas, found, scope["query_string"], dict(scope["headers"]))
            except AbsentError as absent:  # a directory, then a tile, of each layer in turn
                await asyncio.to_thread(absent.bring)
            except NotAcceptableError as error:
                return problem(scope, error.status_code, available=error.available)
        ready = self._lying(asked)
        return _Raw(await self._make(asked) if ready is None else ready)

    def _lying(self, asked: _Asked) -> Ready | None:
        if asked.known:
            return Ready(HTTPStatus.NOT_MODIFIED, asked.headers, b"", asked.path)
        if not asked.parts:
            return Ready(HTTPStatus.NO_CONTENT, asked.headers, b"", asked.path)
        stored = asked.parts[0] if len(asked.parts) == 1 else self._joined.get(asked.key)
        return None if stored is None or not asked.zipped else _whole(asked, stored)

    async def _make(self, asked: _Asked) -> Ready:
        stored: bytes | memoryview = asked.parts[0]
        if len(asked.parts) > 1:
            joined = self._joined.get(asked.key)
            if joined is None:
                joined = await asyncio.to_thread(_join, asked.parts)
                self._keep(asked.key, joined)
            stored = joined
        if not asked.zipped:
            stored = await asyncio.to_thread(zlib.decompress, stored, _GZIP_WINDOW)
        return _whole(asked, stored)

    def _ask(
        self, atlas: AtlasVersion, found: re.Match[str], query: bytes, given: Mapping[bytes, bytes]
    ) -> _Asked:
        names, *numbers = found.groups()
        archives = self._archives(atlas, names)
        z, x, y = (int(number) for number in numbers)
        if z > _MAX_ZOOM or max(x, y) >= 1 << z:
            raise NotComputedError(
                Text(f"No existe la tesela {z}/{x}/{y}", f"There is no tile {z}/{x}/{y}"),
                remedy=Text(
                    "Las columnas y filas del zoom z van de 0 a 2^z − 1",
                    "Columns and rows of zoom z go from 0 to 2^z − 1",
                ),
            )
        accept = given.get(b"accept")
        if accept is not None and not accepts(accept.decode("latin-1"), *_TILE_MEDIA):
            raise NotAcceptableError([MVT])
        encoding = given.get(b"accept-encoding")
        zipped = encoding is not None and accepts(encoding.decode("latin-1"), "gzip")
        key = f"{atlas.name}-{names}-{z}-{x}-{y}"
        etag = f'"{key}-gz"' if zipped else f'"{key}"'
        pinned = bool(query) and f"v={atlas.name}".encode() in query.split(b"&")
        headers = [(b"etag", etag.encode()), _CACHED[pinned], _VARY]
        held = given.get(b"if-none-match")
        known = held is not None and matches(held.decode("latin-1"), etag)
        parts = [part for archive in archives if (part := archive.tile(z, x, y)) is not None]
        return _Asked(found.string, headers, known, zipped, key, parts)

    def _archives(self, atlas: AtlasVersion, names: str) -> list[TileArchive]:
        found = self._found.get((atlas.name, names))
        if found is None:
            found = [atlas.archive(layer.id) for layer in _layers(atlas, names)]
            self._found[atlas.name, names] = found
        return found

    def _keep(self, key: str, joined: bytes) -> None:
        if key not in self._joined:
            self._joined[key] = joined
            self._joined_bytes += len(joined)
        while self._joined_bytes > _JOINED_BYTES:
            _, oldest = self._joined.popitem(last=False)
            self._joined_bytes -= len(oldest)


class TilesFirst:
    """Answer ``/tiles/…`` from tiles and pass everything else on."""

    def __init__(self, app: ASGIApp, *, tiles: Tiles) -> None:
        self._app = app
        self._tiles = tiles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await self._app(scope, receive, send)
            return
        ending = "." + scope["path"].rpartition(".")[2]
        scope[TEMPLATE] = _TEMPLATES.get(ending, _OTHER_ROUTE)
        try:
            response = await self._tiles.respond(scope)
        except CareError as error:
            response = care_problem(scope, error)
        await response(scope, receive, send)


class _Raw(Response):
    """An answer whose headers are written out already."""

    def __init__(self, ready: Ready) -> None:
        self.status_code = int(ready.status)
        self.raw_headers = ready.headers
        self.body = bytes(ready.body)
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        del scope, receive  # nothing of the request is needed any more
        start = {"type": "http.response.start", "status": self.status_code,
                 "headers": self.raw_headers}  # fmt: skip
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


def _whole(asked: _Asked, stored: bytes | memoryview) -> Ready:
    coding = [_ZIPPED] if asked.zipped else []
    length = (b"content-length", b"%d" % len(stored))
    return Ready(HTTPStatus.OK, [*asked.headers, *coding, _TYPE, length], stored, asked.path)


def _join(tiles: Sequence[bytes | memoryview]) -> bytes:
    """Return tiles with all their layers as one; browsers read only the first of several gzips."""
    whole = b"".join(zlib.decompress(tile, _GZIP_WINDOW) for tile in tiles)
    return zlib.compress(whole, level=6, wbits=_GZIP_WINDOW)


def _layers(atlas: AtlasVersion, names: str) -> list[LayerRecord]:
    wanted = names.split(",")
    if len(wanted) > _MAX_LAYERS or len(set(wanted)) != len(wanted):
        raise ParameterError(
            Text("Capas repetidas o demasiadas capas", "Repeated layers or too many"),
            where=Where(column="layer", value=names),
            remedy=Text(
                f"Pida hasta {_MAX_LAYERS} capas distintas",
                f"Ask for up to {_MAX_LAYERS} different layers",
            ),
        )
    for name in wanted:
        atlas.archive(name)
    return [atlas.layer(name) for name in wanted]


def _tiled(layer: LayerRecord) -> TilesRecord:
    if layer.tiles is None:
        message = f"{layer.id} has no tiles"
        raise ValueError(message)
    return layer.tiles


def _metadata(scope: Scope, atlas: AtlasVersion, layers: list[LayerRecord]) -> Response:
    """Return TileJSON 3.0. Of several layers, all are whole from the least of their top zooms on.

    Its top zoom is that of the most detailed layer only if asked alone.
    """
    request = Request(scope)
    if not accepts(request.headers.get("accept"), JSON):
        return problem(scope, HTTPStatus.NOT_ACCEPTABLE)
    tiles = [_tiled(layer) for layer in layers]
    west, south, east, north = (
        pick(edges) for pick, edges in zip(
            (min, min, max, max), zip(*(item.bounds for item in tiles), strict=True), strict=True,
        )
    )  # fmt: skip
    names = ",".join(layer.id for layer in layers)
    least = min(item.min_zoom for item in tiles)
    content = {
        "tilejson": "3.0.0",
        "name": names,
        "description": " · ".join([*(layer.title.es for layer in layers), DETAIL.es, DETAIL.en]),
        "version": "1.0.0",
        "attribution": "; ".join(
            dict.fromkeys(source.publisher for source in atlas.manifest.sources)
        ),
        "tiles": [f"{base_url(scope)}/tiles/{names}/{{z}}/{{x}}/{{y}}.mvt?v={atlas.name}"],
        "minzoom": least,
        "maxzoom": min(item.max_zoom for item in tiles),
        "bounds": [west, south, east, north],
        "center": [round((west + east) / 2, 6), round((south + north) / 2, 6), least],
        "vector_layers": [_vector_layer(layer, _tiled(layer)) for layer in layers],
    }
    return answer(request, content)


def _vector_layer(layer: LayerRecord, tiles: TilesRecord) -> dict[str, object]:
    columns = {column.name: column for column in layer.columns}
    carried = [columns[name] for name in tiles.attributes]
    return {
        "id": tiles.layer,
        "description": layer.title.es,
        "minzoom": tiles.min_zoom,
        "maxzoom": tiles.max_zoom,
        # GDAL and QGIS give a column the type its field is described by.
        "fields": {column.name: _TYPES.get(column.dtype, "String") for column in carried},
        "titles": {column.name: column.title.model_dump() for column in carried},
        "features": tiles.features,
        "features_by_zoom": tiles.features_by_zoom,
        "zooms_left_out": tiles.zooms_left_out,
    }


def _archive(scope: Scope, atlas: AtlasVersion, name: str) -> Response:
    archive = atlas.archive(name)
    digest = _tiled(atlas.layer(name)).file.sha256[:32]
    bring = None if archive.blocks is None else archive.blocks.bring
    stored = Stored(archive.path, digest, PMTILES, bring)
    return send_stored(Request(scope), stored)
