"""OGC API – Tiles over the same archives: the tile sets, their links, the one tile matrix set."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.crs import CRS84
from api.http import HTML, base_url
from api.media import HTML_FORMAT, PAGES, negotiate
from api.openapi import in_formats
from api.pages import table
from api.routes.collections import LayerId
from api.routes.depends import Answering, Atlas, JsonQuery, PageQuery, link
from api.store import AtlasVersion
from data.errors import NotComputedError
from data.texts import Text
from geo.artifacts import LayerRecord, TilesRecord

router = APIRouter()
MATRIX_SET = "WebMercatorQuad"
_MATRIX_SET_URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
_WEB_MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
_SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
_MVT = "application/vnd.mapbox-vector-tile"
_JSON = "application/json"
_ORIGIN_M = 20037508.342789244
_TILE_PIXELS = 256
_PIXEL_M = 0.00028  # of the standard's rendering pixel
_MAX_ZOOM = 24


@router.get(
    "/collections/{layer}/tiles", summary="The tile sets of a layer", responses=in_formats(*PAGES)
)
def tilesets(
    request: Request, atlas: Atlas, layer: LayerId, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return the tile sets of a layer: one, in WebMercatorQuad."""
    record, tiles = _tiled(atlas, layer)
    answering = Answering(request, atlas.name, negotiate(request, query.f, PAGES))
    if answering.known is not None:
        return answering.known
    root = base_url(request.scope)
    if answering.form is HTML_FORMAT:
        said = Text("Teselas", "Tiles").in_language(answering.language)
        title = f"{said}: {record.title.text.in_language(answering.language)}"
        header = [
            text.in_language(answering.language)
            for text in (Text("Conjunto", "Tile set"), Text("Zoom mínimo", "Least zoom"),
                         Text("Zoom máximo", "Greatest zoom"), Text("Elementos", "Features"))
        ]  # fmt: skip
        rows = [(MATRIX_SET, tiles.min_zoom, tiles.max_zoom, tiles.features)]
        return answering.html(title, [table(title, header, rows)])
    here = f"{root}/collections/{layer}/tiles"
    content = {
        "tilesets": [_tileset(record, tiles, root)],
        "links": [link(f"{here}?f=json", "self", _JSON), link(f"{here}?f=html", "alternate", HTML)],
    }
    return answering.json(content)


@router.get("/collections/{layer}/tiles/WebMercatorQuad", summary="One tile set")
def tileset(
    request: Request, atlas: Atlas, layer: LayerId, query: Annotated[JsonQuery, Query()]
) -> Response:
    """Return a tile set: what its tiles hold, and how many features at each zoom."""
    record, tiles = _tiled(atlas, layer)
    answering = Answering(request, atlas.name, negotiate(request, query.f, PAGES[:1]))
    if answering.known is not None:
        return answering.known
    content = _tileset(record, tiles, base_url(request.scope))
    types = {column.name: column for column in record.columns}
    content["layers"] = [
        {
            "id": tiles.layer,
            "dataType": "vector",
            "minTileMatrix": str(tiles.min_zoom),
            "maxTileMatrix": str(tiles.max_zoom),
            "propertiesSchema": {
                "type": "object",
                "properties": {
                    name: {
                        "type": "number" if types[name].dtype != "str" else "string",
                        "title": types[name].title.es,
                    }
                    for name in tiles.attributes
                    if name in types
                },
            },
        }
    ]
    content["featuresByZoom"] = tiles.features_by_zoom
    return answering.json(content)


@router.get("/tileMatrixSets", summary="The tile matrix sets there are: one")
def matrix_sets(
    request: Request, atlas: Atlas, query: Annotated[JsonQuery, Query()]
) -> Response:  # fmt: skip
    """Return the list of tile matrix sets."""
    answering = Answering(request, atlas.name, negotiate(request, query.f, PAGES[:1]))
    if answering.known is not None:
        return answering.known
    href = f"{base_url(request.scope)}/tileMatrixSets/{MATRIX_SET}"
    one = {"id": MATRIX_SET, "uri": _MATRIX_SET_URI, "links": [link(href, "self", _JSON)]}
    return answering.json({"tileMatrixSets": [one]})


@router.get("/tileMatrixSets/WebMercatorQuad", summary="The tile matrix set of all tiles")
def matrix_set(
    request: Request, atlas: Atlas, query: Annotated[JsonQuery, Query()]
) -> Response:  # fmt: skip
    """Return WebMercatorQuad: square tiles of 256 pixels, four times as many at each zoom."""
    answering = Answering(request, atlas.name, negotiate(request, query.f, PAGES[:1]))
    if answering.known is not None:
        return answering.known
    content = {
        "id": MATRIX_SET,
        "title": "Google Maps Compatible for the World",
        "uri": _MATRIX_SET_URI,
        "crs": _WEB_MERCATOR,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [_matrix(zoom) for zoom in range(_MAX_ZOOM + 1)],
    }
    return answering.json(content)


def _matrix(zoom: int) -> dict[str, Any]:
    cell = 2 * _ORIGIN_M / _TILE_PIXELS / 2**zoom
    return {
        "id": str(zoom),
        "scaleDenominator": cell / _PIXEL_M,
        "cellSize": cell,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-_ORIGIN_M, _ORIGIN_M],
        "tileWidth": _TILE_PIXELS,
        "tileHeight": _TILE_PIXELS,
        "matrixWidth": 2**zoom,
        "matrixHeight": 2**zoom,
    }


def _tileset(record: LayerRecord, tiles: TilesRecord, root: str) -> dict[str, Any]:
    west, south, east, north = tiles.bounds
    template = f"{root}/tiles/{record.id}/{{tileMatrix}}/{{tileCol}}/{{tileRow}}.mvt"
    return {
        "title": record.title.es,
        "dataType": "vector",
        "crs": _WEB_MERCATOR,
        "tileMatrixSetURI": _MATRIX_SET_URI,
        "boundingBox": {
            "lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84.uri,
        },
        "links": [
            link(f"{root}/collections/{record.id}/tiles/{MATRIX_SET}", "self", _JSON),
            link(f"{root}/tileMatrixSets/{MATRIX_SET}", _SCHEME, _JSON),
            link(template, "item", _MVT) | {"templated": True},
            link(f"{root}/tiles/{record.id}.json", "describedby", _JSON, "TileJSON 3.0"),
            link(f"{root}/tiles/{record.id}.pmtiles", "enclosure", "application/vnd.pmtiles"),
        ],
    }  # fmt: skip


def _tiled(atlas: AtlasVersion, layer: str) -> tuple[LayerRecord, TilesRecord]:
    record = atlas.layer(layer)
    if record.tiles is None:
        names = ", ".join(item.id for item in atlas.manifest.layers if item.tiles is not None)
        raise NotComputedError(
            Text(f"La capa {layer} no tiene teselas", f"Layer {layer} has no tiles"),
            remedy=Text(f"Tienen: {names}", f"These have: {names}"),
        )
    return record, record.tiles
