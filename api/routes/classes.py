"""A column of a level as a map needs it: the limits of classes, and every value by place."""

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response

from api.http import JSON, QueryModel, answer, require
from api.routes.depends import Atlas
from api.routes.statistics import described_column
from api.store import AtlasVersion
from data.errors import LimitError, NotComputedError
from data.texts import Text
from geo.artifacts import ColumnRecord, LayerRecord
from geo.classes import ClassMethod, class_breaks, class_counts

router = APIRouter(prefix="/estadisticas", tags=["estadísticas"])
_MOST_VALUES = 200_000
_CLASSES, _MOST_CLASSES = 5, 9

LevelId = Annotated[str, Path(pattern="^[a-z]{1,20}$", examples=["municipio"])]
ColumnName = Annotated[str, Path(pattern="^[a-z0-9_]{1,80}$", examples=["population"])]


class ClassesQuery(QueryModel):
    """How to cut the values into classes."""

    metodo: ClassMethod = "cuantiles"
    clases: Annotated[int, Query(ge=2, le=_MOST_CLASSES)] = _CLASSES


@router.get("/{level}/clases/{column}", summary="Limits of the classes of a map, and their counts")
def classes(
    request: Request,
    atlas: Atlas,
    level: LevelId,
    column: ColumnName,
    query: Annotated[ClassesQuery, Query()],
) -> Response:
    """Return the limits of classes over a level, how many places each holds, and how many none."""
    require(request, JSON)
    layer, record = _find(atlas, level, column)
    if record.statistics is None:
        raise _unknown(column)
    values = np.asarray(atlas.table(layer.id).columns[column], dtype="float64")
    known = values[np.isfinite(values)]
    breaks = class_breaks(known, query.metodo, query.clases)
    content = {
        "version": atlas.name,
        "level": level,
        "indicator": described_column(record),
        "method": query.metodo,
        "breaks": breaks.tolist(),
        "counts": class_counts(known, breaks) if len(known) else [],
        "count": len(known),
        "unknown": len(values) - len(known),
        "minimum": float(known.min()) if len(known) else None,
        "maximum": float(known.max()) if len(known) else None,
        "mean": float(known.mean()) if len(known) else None,
    }
    return answer(request, content)


@router.get("/{level}/valores/{column}", summary="A column of a level: every place's value")
def values(
    request: Request,
    atlas: Atlas,
    level: LevelId,
    column: ColumnName,
    _: Annotated[QueryModel, Query()],
) -> Response:
    """Return codes, names and values of all places of a level, in the order of their codes."""
    require(request, JSON)
    layer, record = _find(atlas, level, column)
    if layer.rows > _MOST_VALUES:
        raise LimitError(
            Text(
                f"El nivel tiene {layer.rows:,} lugares; se dan hasta {_MOST_VALUES:,}",
                f"The level has {layer.rows:,} places; up to {_MOST_VALUES:,} are given",
            ),
            remedy=Text(
                f"Pida /collections/{layer.id}/items por partes",
                f"Ask for /collections/{layer.id}/items in parts",
            ),
        )
    table = atlas.table(layer.id)
    held: Any = table.columns[column]
    if record.statistics is not None:
        held = [None if not np.isfinite(value) else value for value in held.tolist()]
    content = {
        "version": atlas.name,
        "level": level,
        "layer": layer.id,
        "indicator": described_column(record),
        "keys": list(table.keys),
        "names": table.columns["name"].tolist() if "name" in table.columns else None,
        "values": list(held),
    }
    return answer(request, content)


def _find(atlas: AtlasVersion, level: str, column: str) -> tuple[LayerRecord, ColumnRecord]:
    layer = atlas.level(level)
    record = next((item for item in layer.columns if item.name == column), None)
    if record is None or (record.statistics is None and record.kind != "state"):
        raise _unknown(column)
    return layer, record


def _unknown(column: str) -> NotComputedError:
    return NotComputedError(
        Text(f"No hay indicador «{column}»", f"There is no indicator “{column}”"),
        remedy=Text("Véase /diccionario", "See /diccionario"),
    )
