"""Vector tiles as a plain ASGI application over memory-mapped archives.

Several layers can be asked for at once, ``/tiles/agebs,centros/{z}/{x}/{y}.mvt``: a tile is a list
of layers, so their tiles are simply joined, and a page needs half the requests.
"""

import asyncio
import re
import zlib
from collections import OrderedDict
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http import (
    IMMUTABLE,
    JSON,
    REVALIDATE,
    answer,
    base_url,
    care_problem,
    matches,
    problem,
)
from api.media import accepts
from api.observe import TEMPLATE
from api.ranges import Stored, send_stored
from api.store import AtlasStore, AtlasVersion
from api.tile_description import MVT, PMTILES
from data.errors import CareError, ParameterError, Where
from data.texts import Text
from geo.artifacts import LayerRecord, TilesRecord
from geo.tile_values import DETAIL

_TILE = re.compile(r"/tiles/([a-z_,]{1,80})/(\d{1,2})/(\d{1,9})/(\d{1,9})\.mvt")
_METADATA = re.compile(r"/tiles/([a-z_,]{1,80})\.json")
_ARCHIVE = re.compile(r"/tiles/([a-z_]{1,40})\.pmtiles")
_TYPES = {"float64": "Number", "int64": "Number", "bool": "Boolean"}
_TILE_MEDIA = (MVT, "application/x-protobuf")
_READ = frozenset((b"accept", b"accept-encoding", b"if-none-match"))
_IMMUTABLE, _REVALIDATE = IMMUTABLE.encode(), REVALIDATE.encode()
_TEMPLATES = {
    ".mvt": "/tiles/{layers}/{z}/{x}/{y}.mvt",
    ".json": "/tiles/{layers}.json",
    ".pmtiles": "/tiles/{layer}.pmtiles",
}
_PREFIX = "/tiles/"
_MAX_ZOOM = 30
_MAX_LAYERS = 3
_JOINED_KEPT = 512
_GZIP_WINDOW = zlib.MAX_WBITS | 16


class TilesFirst:
    """Answer ``/tiles/…`` here and pass everything else on."""

    def __init__(self, app: ASGIApp, *, store: AtlasStore) -> None:
        self._app = app
        self._store = store
        self._joined: OrderedDict[tuple[str, ...], bytes] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await self._app(scope, receive, send)
            return
        scope[TEMPLATE] = _TEMPLATES.get("." + scope["path"].rpartition(".")[2], "/tiles/…")
        try:
            response = await self._respond(scope)
        except CareError as error:
            response = care_problem(scope, error)
        await response(scope, receive, send)

    async def _respond(self, scope: Scope) -> Response:
        if scope["method"] != "GET":
            headers = {"allow": "GET, HEAD, OPTIONS"}
            return problem(scope, HTTPStatus.METHOD_NOT_ALLOWED, headers=headers)
        atlas = self._store.current()
        path = scope["path"]
        if found := _TILE.fullmatch(path):
            layers, *numbers = found.groups()
            z, x, y = (int(number) for number in numbers)
            return await self._tile(scope, atlas, _layers(atlas, layers), (z, x, y))
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

    async def _tile(
        self, scope: Scope, atlas: AtlasVersion, layers: list[LayerRecord], at: tuple[int, int, int]
    ) -> Response:
        z, x, y = at
        if z > _MAX_ZOOM or max(x, y) >= 1 << z:
            detail = Text(f"No existe la tesela {z}/{x}/{y}", f"There is no tile {z}/{x}/{y}")
            return problem(scope, HTTPStatus.NOT_FOUND, detail)
        wanted = {name: value for name, value in scope["headers"] if name in _READ}
        accept = wanted.get(b"accept")
        if accept is not None and not accepts(accept.decode("latin-1"), *_TILE_MEDIA):
            return problem(scope, HTTPStatus.NOT_ACCEPTABLE, available=[MVT])
        encoding = wanted.get(b"accept-encoding")
        zipped = encoding is not None and accepts(encoding.decode("latin-1"), "gzip")
        names = ",".join(layer.id for layer in layers)
        etag = f'"{atlas.name}-{names}-{z}-{x}-{y}{"-gz" if zipped else ""}"'
        pinned = f"v={atlas.name}".encode() in scope["query_string"].split(b"&")
        headers = [
            (b"etag", etag.encode()),
            (b"cache-control", _IMMUTABLE if pinned else _REVALIDATE),
            (b"vary", b"Accept-Encoding"),
        ]
        known = wanted.get(b"if-none-match")
        if known is not None and matches(known.decode("latin-1"), etag):
            return _Raw(HTTPStatus.NOT_MODIFIED, headers, b"")
        stored = await self._stored(atlas, layers, at)
        if stored is None:
            return _Raw(HTTPStatus.NO_CONTENT, headers, b"")
        if zipped:
            headers.append((b"content-encoding", b"gzip"))
        else:
            stored = zlib.decompress(stored, _GZIP_WINDOW)
        headers += [(b"content-type", MVT.encode()), (b"content-length", b"%d" % len(stored))]
        return _Raw(HTTPStatus.OK, headers, stored)

    async def _stored(
        self, atlas: AtlasVersion, layers: list[LayerRecord], at: tuple[int, int, int]
    ) -> bytes | None:
        tiles = [tile for layer in layers if (tile := atlas.archive(layer.id).tile(*at))]
        if len(tiles) <= 1:
            return tiles[0] if tiles else None
        key = (atlas.name, *(layer.id for layer in layers), *(str(number) for number in at))
        joined = self._joined.get(key)
        if joined is None:
            joined = await asyncio.to_thread(_join, tiles)
            self._joined[key] = joined
            if len(self._joined) > _JOINED_KEPT:
                self._joined.popitem(last=False)
        return joined


class _Raw(Response):
    """An answer whose headers are written out already: most of a tile's time would go to them."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status_code = int(status)
        self.raw_headers = headers
        self.body = body
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        del scope, receive  # nothing of the request is needed any more
        start = {"type": "http.response.start", "status": self.status_code,
                 "headers": self.raw_headers}  # fmt: skip
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


def _join(tiles: list[bytes]) -> bytes:
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
    stored = Stored(archive.path, _tiled(atlas.layer(name)).file.sha256[:32], PMTILES)
    return send_stored(Request(scope), stored)
