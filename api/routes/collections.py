"""Layers as GeoJSON collections, in the shape of OGC API – Features."""

import hashlib
import math
from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.features import Box, LayerTable
from api.http import GEOJSON, JSON, REVALIDATE, QueryModel, answer, base_url, matches, require
from api.routes.depends import Atlas
from api.store import AtlasVersion
from data.errors import ParameterError, Where
from data.texts import Text
from geo.artifacts import LayerRecord

router = APIRouter(prefix="/collections")
LayerId = Annotated[str, Path(pattern="^[a-z_]{1,40}$", examples=["municipios"])]
_DEFAULT_LIMIT = 100
_MAX_LIMIT = 10_000
_MAX_OFFSET = 10_000_000
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_PLANE, _SPACE = 4, 6


class ItemsQuery(QueryModel):
    """Parameters of a page of features."""

    bbox: Annotated[str | None, Query(description="west,south,east,north in degrees")] = None
    limit: Annotated[int, Query(ge=1, le=_MAX_LIMIT)] = _DEFAULT_LIMIT
    offset: Annotated[int, Query(ge=0, le=_MAX_OFFSET)] = 0
    properties: Annotated[str | None, Query(description="columns, joined by commas")] = None


class ItemQuery(QueryModel):
    """Parameters of one feature."""

    properties: Annotated[str | None, Query(description="columns, joined by commas")] = None


@router.get("", summary="The layers of the atlas")
def list_collections(
    request: Request, atlas: Atlas, _: Annotated[QueryModel, Query()]
) -> Response:  # fmt: skip
    """Return every layer with its extent and links."""
    require(request, JSON)
    here = f"{base_url(request.scope)}/collections"
    content = {
        "links": [_link(here, "self", JSON)],
        "collections": [_collection(atlas, layer, here) for layer in atlas.manifest.layers],
    }
    return answer(request, content)


@router.get("/{layer}", summary="One layer")
def one_collection(
    request: Request, atlas: Atlas, layer: LayerId, _: Annotated[QueryModel, Query()]
) -> Response:
    """Return a layer with its extent, its links and its columns."""
    require(request, JSON)
    record = atlas.layer(layer)
    content = _collection(atlas, record, f"{base_url(request.scope)}/collections")
    content["columns"] = [column.model_dump() for column in record.columns]
    return answer(request, content)


@router.get("/{layer}/items", summary="Features of a layer, by box, a page at a time")
def items(
    request: Request, atlas: Atlas, layer: LayerId, query: Annotated[ItemsQuery, Query()]
) -> Response:
    """Return a GeoJSON feature collection with how many match and a link to the next page."""
    require(request, GEOJSON, JSON)
    record = atlas.layer(layer)
    names = _selected(record, query.properties)
    boxes = _boxes(query.bbox) if query.bbox is not None else None
    key = f"{atlas.name}?{request.url.query}&{base_url(request.scope)}"
    etag = f'W/"{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}"'
    headers = {"etag": etag, "cache-control": REVALIDATE, "vary": "Accept-Encoding"}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    table = atlas.table(layer)
    if boxes is None:
        matched = len(table)
        rows = list(range(query.offset, min(query.offset + query.limit, matched)))
    else:
        found = table.within(boxes)
        matched = len(found)
        rows = found[query.offset : query.offset + query.limit].tolist()
    links = _page_links(request, query, matched)
    return StreamingResponse(
        _collection_body(table, rows, names, matched, links), headers=headers, media_type=GEOJSON
    )


@router.get("/{layer}/items/{key}", summary="One feature")
def item(
    request: Request,
    atlas: Atlas,
    layer: LayerId,
    key: Annotated[str, Path(max_length=64)],
    query: Annotated[ItemQuery, Query()],
) -> Response:
    """Return one feature by its key."""
    require(request, GEOJSON, JSON)
    names = _selected(atlas.layer(layer), query.properties)
    table, row = atlas.row(layer, key)
    feature = orjson.loads(b"".join(table.features([row], names)))
    here = f"{base_url(request.scope)}/collections/{layer}"
    feature["links"] = [
        _link(f"{here}/items/{key}", "self", GEOJSON),
        _link(here, "collection", JSON),
    ]
    return answer(request, feature, media=GEOJSON)


def _collection_body(
    table: LayerTable, rows: list[int], names: list[str], matched: int, links: list[dict[str, str]]
) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection","features":['
    yield from table.features(rows, names)
    tail = {"numberMatched": matched, "numberReturned": len(rows), "links": links}
    yield b"]," + orjson.dumps(tail)[1:]


def _collection(atlas: AtlasVersion, layer: LayerRecord, here: str) -> dict[str, Any]:
    bounds = layer.tiles.bounds if layer.tiles is not None else atlas.manifest.bounds
    links = [
        _link(f"{here}/{layer.id}", "self", JSON),
        _link(f"{here}/{layer.id}/items", "items", GEOJSON),
    ]
    if layer.tiles is not None:
        root = here.removesuffix("/collections")
        links.append(_link(f"{root}/tiles/{layer.id}.json", "tiles", JSON))
    return {
        "id": layer.id,
        "title": layer.title.es,
        "titles": layer.title.model_dump(),
        "itemType": "feature",
        "level": layer.level,
        "key": layer.key,
        "rows": layer.rows,
        "extent": {"spatial": {"bbox": [bounds], "crs": _CRS84}},
        "crs": [_CRS84],
        "links": links,
    }


def _page_links(request: Request, query: ItemsQuery, matched: int) -> list[dict[str, str]]:
    here = f"{base_url(request.scope)}{request.url.path}"
    given = query.model_dump(exclude_none=True, exclude={"offset"})

    def page(offset: int, rel: str) -> dict[str, str]:
        return _link(f"{here}?{urlencode(given | {'offset': offset})}", rel, GEOJSON)

    links = [page(query.offset, "self")]
    if query.offset + query.limit < matched:
        links.append(page(query.offset + query.limit, "next"))
    if query.offset > 0:
        links.append(page(max(0, query.offset - query.limit), "prev"))
    return links


def _link(href: str, rel: str, media: str) -> dict[str, str]:
    return {"href": href, "rel": rel, "type": media}


def _selected(record: LayerRecord, wanted: str | None) -> list[str]:
    names = [column.name for column in record.columns]
    if wanted is None:
        return names
    chosen = [name for name in dict.fromkeys(wanted.split(",")) if name]
    for name in chosen:
        if name not in names:
            raise ParameterError(
                Text(f"La capa no tiene la columna «{name[:60]}»", f"No column “{name[:60]}”"),
                where=Where(column="properties"),
                remedy=Text("Las columnas están en /diccionario", "See /diccionario for columns"),
            )
    return chosen


def _boxes(text: str) -> list[Box]:
    """Return one box, or two where west is beyond east and the box crosses the 180th meridian."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == _SPACE:
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != _PLANE or not all(math.isfinite(number) for number in numbers):
        raise _bad_box(text)
    west, south, east, north = numbers
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90 or south > north:  # noqa: PLR2004 — degrees of a globe
        raise _bad_box(text)
    if west > east:
        return [(west, south, 180.0, north), (-180.0, south, east, north)]
    return [(west, south, east, north)]


def _bad_box(text: str) -> ParameterError:
    return ParameterError(
        Text(f"bbox no válido: «{text[:60]}»", f"Invalid bbox: “{text[:60]}”"),
        where=Where(column="bbox"),
        remedy=Text(
            "Dé oeste,sur,este,norte en grados, como -102.4,21.8,-102.2,22.0",
            "Give west,south,east,north in degrees, such as -102.4,21.8,-102.2,22.0",
        ),
    )
