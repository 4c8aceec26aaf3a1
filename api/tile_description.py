"""The addresses of tiles, as OpenAPI describes them: they are answered beside the routes."""

from typing import Any

from api.media import JSON_MEDIA

MVT = "application/vnd.mapbox-vector-tile"
PMTILES = "application/vnd.pmtiles"
_SEVERAL = "^[a-z_]{1,40}(,[a-z_]{1,40}){0,3}$"


def tile_paths() -> dict[str, Any]:
    """Return the paths of ``/tiles/…``: a tile, what a tile set holds, the whole archive."""
    return {
        "/tiles/{layers}/{z}/{x}/{y}.mvt": _reading(
            "tile", "A vector tile of one layer or of several joined",
            [
                _layers(),
                _number("z", 30, 12, "Zoom"),
                _number("x", 2**30 - 1, 895, "Column, from the west"),
                _number("y", 2**30 - 1, 1803, "Row, from the north"),
            ],
            {"200": _ok(MVT), "204": {"description": "The layers have nothing there"}},
        ),
        "/tiles/{layers}.json": _reading(
            "tile_set", "TileJSON 3.0 of one layer or of several joined: zooms, fields, what each "
            "zoom lacks",
            [_layers()], {"200": _ok(JSON_MEDIA)},
        ),
        "/tiles/{layer}.pmtiles": _reading(
            "tile_archive", "All tiles of a layer as one PMTiles archive, whole or by ranges",
            [_text("layer", "^[a-z_]{1,40}$", "Layer", "municipios"), _RANGE],
            {
                "200": _ok(PMTILES),
                "206": {"description": "The range asked for", "content": {PMTILES: {}}},
                "416": {"description": "The range is outside the archive"},
            },
        ),
    }  # fmt: skip


def _reading(
    name: str, summary: str, parameters: list[dict[str, Any]], responses: dict[str, Any]
) -> dict[str, Any]:
    return {
        "get": {
            "operationId": name, "summary": summary, "parameters": parameters,
            "responses": responses,
        }
    }  # fmt: skip


def _ok(media: str) -> dict[str, Any]:
    return {"description": "OK", "content": {media: {}}}


def _layers() -> dict[str, Any]:
    return _text("layers", _SEVERAL, "Up to four layers, joined by commas", "municipios")


def _text(name: str, pattern: str, description: str, example: str) -> dict[str, Any]:
    return {
        "name": name, "in": "path", "required": True, "description": description,
        "schema": {"type": "string", "pattern": pattern}, "example": example,
    }  # fmt: skip


def _number(name: str, most: int, example: int, description: str) -> dict[str, Any]:
    return {
        "name": name, "in": "path", "required": True, "description": description,
        "schema": {"type": "integer", "minimum": 0, "maximum": most}, "example": example,
    }  # fmt: skip


_RANGE = {
    "name": "Range", "in": "header", "required": False,
    "description": "One range of bytes; what is no such range is ignored, as HTTP says",
    "schema": {"type": "string"}, "example": "bytes=0-16383",
}  # fmt: skip
