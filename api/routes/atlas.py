"""What the atlas is: summary and dictionary."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.http import JSON, QueryModel, answer, require
from api.routes.depends import Atlas
from geo.artifacts import ColumnRecord, LayerRecord, SourceRecord

router = APIRouter()


@router.get("/atlas", summary="What the atlas holds, from what, and what it does not")
def atlas_summary(
    request: Request, atlas: Atlas, _: Annotated[QueryModel, Query()]
) -> Response:  # fmt: skip
    """Return title, places, sources, layers with their map indicators, notes, gaps."""
    require(request, JSON)
    manifest = atlas.manifest
    content = {
        "version": atlas.name,
        "code_version": manifest.code_version,
        "title": manifest.title.model_dump(),
        "places": [place.model_dump() for place in manifest.places],
        "bounds": manifest.bounds,
        "focus": manifest.focus,
        "sources": [source_summary(source) for source in manifest.sources],
        "layers": [_layer(layer) for layer in manifest.layers],
        "network": manifest.network.statistics if manifest.network is not None else None,
        "not_computed": [item.model_dump() for item in manifest.not_computed],
        "notes": [note.model_dump() for note in manifest.notes],
        "checks": [check.model_dump() for check in manifest.checks],
        "method": manifest.method,
    }
    return answer(request, content)


@router.get("/diccionario", summary="Every column: unit, description, sources, licence")
def dictionary(
    request: Request, atlas: Atlas, _: Annotated[QueryModel, Query()]
) -> Response:  # fmt: skip
    """Return the data dictionary of all layers."""
    require(request, JSON)
    content = {
        "version": atlas.name,
        "layers": [
            {
                "id": layer.id,
                "title": layer.title.model_dump(),
                "key": layer.key,
                "rows": layer.rows,
                "columns": [column.model_dump() for column in layer.columns],
            }
            for layer in atlas.manifest.layers
        ],
        "sources": [source_summary(source) for source in atlas.manifest.sources],
    }
    return answer(request, content)


def source_summary(source: SourceRecord) -> dict[str, Any]:
    """Return a source without its files."""
    return source.model_dump(exclude={"files", "dropped"}) | {
        "dropped_rows": sum(int(reason["rows"]) for reason in source.dropped.values())
    }


def _layer(layer: LayerRecord) -> dict[str, Any]:
    tiles = layer.tiles
    return {
        "id": layer.id,
        "level": layer.level,
        "title": layer.title.model_dump(),
        "key": layer.key,
        "rows": layer.rows,
        "tiles": None if tiles is None else tiles.model_dump(exclude={"file", "attributes"}),
        "columns": [_column(column) for column in layer.columns if _shown(layer, column)],
    }


def _shown(layer: LayerRecord, column: ColumnRecord) -> bool:
    # Of places the page needs the map's indicators; of facilities, all, for their cards.
    return column.mapped or layer.level is None


def _column(column: ColumnRecord) -> dict[str, Any]:
    return column.model_dump(exclude={"dtype", "licence"})
