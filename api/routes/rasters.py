"""Demand grids and access surfaces: list, tiles, legend, values at a point, whole files."""

import hashlib
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from api.http import (
    IMMUTABLE,
    JSON,
    REVALIDATE,
    QueryModel,
    answer,
    base_url,
    matches,
    problem,
    require,
)
from api.openapi import in_media
from api.ranges import Stored, send_stored
from api.rasters import (
    COLOUR_MAPS,
    MAX_ZOOM,
    ColourMap,
    Drawing,
    drawing_of,
    legend_classes,
    legend_png,
    legend_svg,
    raster_of,
    rasters_of,
    tile_picture,
    values_at,
)
from api.routes.depends import Atlas
from api.store import AtlasVersion
from data.texts import Text
from geo.artifacts import AssetRecord

router = APIRouter(prefix="/rasters", tags=["rasters"])
RasterId = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{1,60}$", examples=["rejilla_infancia"])]
Version = Annotated[
    str | None, Query(pattern="^[0-9a-f]{1,64}$", description="version in service: cache for good")
]
_MEDIA = {"png": "image/png", "webp": "image/webp"}
_FORMS: dict[str, Literal["PNG", "WEBP"]] = {"png": "PNG", "webp": "WEBP"}
_TIFF = "image/tiff"


class VersionQuery(QueryModel):
    """The version an address is made for."""

    v: Version = None


class DrawingQuery(VersionQuery):
    """How a raster is drawn."""

    band: Annotated[str | None, Query(max_length=60, description="name of the band")] = None
    rescale: Annotated[str | None, Query(max_length=60, description="minimum,maximum")] = None
    colormap: Annotated[ColourMap | None, Query(description="colours, safe for all eyes")] = None


class TileQuery(DrawingQuery):
    """How a tile is drawn."""

    size: Annotated[Literal["256", "512"], Query(description="pixels of a side")] = "256"


class PointQuery(VersionQuery):
    """A point."""

    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)]
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)]


@router.get("", summary="The grids and surfaces of the atlas")
def list_rasters(
    request: Request, atlas: Atlas, _: Annotated[QueryModel, Query()]
) -> Response:  # fmt: skip
    """Return every raster with its bounds, unit, edition, legend and addresses."""
    require(request, JSON)
    here = f"{base_url(request.scope)}/rasters"
    content = {
        "version": atlas.name,
        "colormaps": COLOUR_MAPS,
        "rasters": [_summary(atlas, asset, here) for asset in rasters_of(atlas)],
    }
    return answer(request, content)


@router.get(
    "/{raster}.tif",
    summary="A whole raster, or ranges of it",
    responses=in_media(_TIFF)
    | {
        206: {"content": {_TIFF: {}}, "description": "The range asked for"},
        416: {"description": "The range is outside the file"},
    },
)
def whole(
    request: Request, atlas: Atlas, raster: RasterId, query: Annotated[VersionQuery, Query()]
) -> Response:
    """Return the cloud-optimised GeoTIFF; GDAL and QGIS read it in place by ranges."""
    asset = raster_of(atlas, raster)
    stored = Stored(atlas.folder / asset.file.path, asset.file.sha256[:32], _TIFF)
    more = {"content-disposition": f'attachment; filename="{asset.id}.tif"'}
    return send_stored(request, stored, more | _cache(atlas, query.v))


@router.get("/{raster}/tilejson.json", summary="TileJSON of a raster")
def tilejson(
    request: Request, atlas: Atlas, raster: RasterId, query: Annotated[DrawingQuery, Query()]
) -> Response:
    """Return TileJSON 3.0 of a raster, drawn as asked for."""
    require(request, JSON)
    asset = raster_of(atlas, raster)
    drawing_of(asset, query.band, query.rescale, query.colormap)
    asked = query.model_dump(exclude_none=True, include={"band", "rescale", "colormap"})
    more = "".join(f"&{name}={value}" for name, value in asked.items())
    west, south, east, north = asset.properties["bounds"]
    content = {
        "tilejson": "3.0.0",
        "name": asset.id,
        "description": asset.title.es,
        "version": "1.0.0",
        "attribution": asset.licence,
        "tiles": [
            f"{base_url(request.scope)}/rasters/{asset.id}/{{z}}/{{x}}/{{y}}.png?v={atlas.name}{more}"
        ],
        "minzoom": 0,
        "maxzoom": MAX_ZOOM,
        "bounds": [west, south, east, north],
        "center": [round((west + east) / 2, 6), round((south + north) / 2, 6), 11],
    }
    return answer(request, content)


@router.get("/{raster}/legend", summary="Legend of a raster")
def legend(
    request: Request, atlas: Atlas, raster: RasterId, query: Annotated[DrawingQuery, Query()]
) -> Response:
    """Return the values of the legend with their colours."""
    require(request, JSON)
    asset = raster_of(atlas, raster)
    drawing = drawing_of(asset, query.band, query.rescale, query.colormap)
    return answer(request, {"id": asset.id, "title": asset.title.model_dump(), **_legend(drawing)})


@router.get(
    "/{raster}/legend.{form}",
    summary="Legend of a raster as a picture",
    responses=in_media("image/png", "image/svg+xml"),
)
def legend_picture(
    request: Request,
    atlas: Atlas,
    raster: RasterId,
    form: Literal["png", "svg"],
    query: Annotated[DrawingQuery, Query()],
) -> Response:
    """Return a strip of the colours (PNG), or the colours with their values (SVG)."""
    asset = raster_of(atlas, raster)
    drawing = drawing_of(asset, query.band, query.rescale, query.colormap)
    headers, known = _headers(request, atlas, asset, query.v, "legend", form, drawing)
    if known is not None:
        return known
    if form == "png":
        return Response(legend_png(drawing), HTTPStatus.OK, headers, "image/png")
    return Response(legend_svg(drawing), HTTPStatus.OK, headers, "image/svg+xml")


@router.get("/{raster}/point", summary="Values of a raster at a point")
def point(
    request: Request, atlas: Atlas, raster: RasterId, query: Annotated[PointQuery, Query()]
) -> Response:
    """Return the value of every band at a point, or that there is none and why."""
    require(request, JSON)
    asset = raster_of(atlas, raster)
    values = values_at(atlas, asset, query.lon, query.lat)
    bands = asset.properties["bands"]
    content = {
        "id": asset.id,
        "lon": query.lon,
        "lat": query.lat,
        "inside": values is not None,
        "values": [
            {
                "band": band["name"], "unit": band["unit"], "title": band["title"],
                "value": value, "state": "sin_dato" if value is None else "valor",
            }
            for band, value in zip(bands, values or [None] * len(bands), strict=True)
        ],
        "edition": asset.properties["edition"],
        "year": asset.properties["year"],
    }  # fmt: skip
    return answer(request, content)


@router.get(
    "/{raster}/{z}/{x}/{y}.{form}",
    summary="A tile of a raster",
    responses=in_media(*_MEDIA.values()) | {204: {"description": "Nothing is known there"}},
)
def tile(
    request: Request,
    atlas: Atlas,
    raster: RasterId,
    z: Annotated[int, Path(ge=0, le=MAX_ZOOM)],
    x: Annotated[int, Path(ge=0)],
    y: Annotated[int, Path(ge=0)],
    form: Literal["png", "webp"],
    query: Annotated[TileQuery, Query()],
) -> Response:
    """Return a tile (web Mercator), transparent where nothing is known; 204 if all of it is."""
    require(request, _MEDIA[form])
    asset = raster_of(atlas, raster)
    if max(x, y) >= 1 << z:
        detail = Text(f"No existe la tesela {z}/{x}/{y}", f"There is no tile {z}/{x}/{y}")
        return problem(request.scope, HTTPStatus.NOT_FOUND, detail)
    drawing = drawing_of(asset, query.band, query.rescale, query.colormap)
    headers, known = _headers(request, atlas, asset, query.v, z, x, y, form, drawing, query.size)
    if known is not None:
        return known
    picture = tile_picture(
        atlas, asset, (z, x, y), drawing, side=int(query.size), form=_FORMS[form]
    )
    if picture is None:
        return Response(None, HTTPStatus.NO_CONTENT, headers)
    return Response(picture, HTTPStatus.OK, headers, _MEDIA[form])


def _cache(atlas: AtlasVersion, pinned: str | None) -> dict[str, str]:
    return {"cache-control": IMMUTABLE if pinned == atlas.name else REVALIDATE}


def _headers(
    request: Request, atlas: AtlasVersion, asset: AssetRecord, pinned: str | None, *parts: object
) -> tuple[dict[str, str], Response | None]:
    """Return ETag and cache policy, and 304 where the client has it: the file never changes."""
    named = "|".join([asset.file.sha256, *map(str, parts)])
    etag = f'"{hashlib.blake2b(named.encode(), digest_size=12).hexdigest()}"'
    headers = {"etag": etag, **_cache(atlas, pinned)}
    if matches(request.headers.get("if-none-match"), etag):
        return headers, Response(None, HTTPStatus.NOT_MODIFIED, headers)
    return headers, None


def _legend(drawing: Drawing) -> dict[str, Any]:
    return {
        "unit": drawing.unit,
        "colormap": drawing.colours,
        "rescale": [drawing.low, drawing.high],
        "classes": legend_classes(drawing),
        "nodata": {"es": "Sin dato: transparente", "en": "No data: transparent"},
    }


def _summary(atlas: AtlasVersion, asset: AssetRecord, here: str) -> dict[str, Any]:
    address = f"{here}/{asset.id}"
    return {
        "id": asset.id,
        "title": asset.title.model_dump(),
        "description": asset.description.model_dump(),
        "sources": asset.sources,
        "licence": asset.licence,
        "method": asset.method,
        "bytes": asset.file.bytes,
        **asset.properties,
        "legend": _legend(drawing_of(asset, None, None, None)),
        "links": [
            {"href": f"{address}/tilejson.json", "rel": "tiles", "type": JSON},
            {"href": f"{address}.tif?v={atlas.name}", "rel": "enclosure", "type": _TIFF},
            {"href": f"{address}/legend.svg?v={atlas.name}", "rel": "legend",
             "type": "image/svg+xml"},
        ],
    }  # fmt: skip
