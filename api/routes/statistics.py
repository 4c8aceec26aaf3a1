"""A place's indicators, with what is needed to read them: unit, rank, references, sources."""

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response

from api.features import LayerTable
from api.http import JSON, QueryModel, answer, base_url, require
from api.routes.atlas import source_summary
from api.routes.depends import Atlas
from api.store import AtlasVersion
from data.texts import Text
from geo.artifacts import ColumnRecord, Label

router = APIRouter(prefix="/estadisticas")

# Places are compared with those of the same municipality, municipalities with those of the state.
_SIBLINGS_SHARE = {"entidad": 0, "municipio": 2, "localidad": 5, "ageb": 5, "manzana": 5}
_REFERENCES = {"municipio": 5, "entidad": 2}
_NUMBERS = {"count", "time", "rate", "share", "index"}
_REASONS = {
    "fuera_de_alcance": Text(
        "No hay ningún centro a la distancia máxima que se camina",
        "No centre within the greatest distance walked",
    ),
    "no_calculado": Text(
        "No se pudo calcular la caminata desde aquí", "The walk from here could not be computed"
    ),
    "sin_dato": Text(
        "La fuente no lo publica, lo reserva por confidencialidad, o no alcanza para calcularlo",
        "The source does not publish it, withholds it, or does not suffice to compute it",
    ),
}


@router.get("/{level}/{cvegeo}", summary="The indicators of a place")
def place_statistics(
    request: Request,
    atlas: Atlas,
    level: Annotated[str, Path(pattern="^[a-z]{1,20}$", examples=["municipio"])],
    cvegeo: Annotated[str, Path(pattern="^[0-9A-Za-z]{2,16}$", examples=["01001"])],
    _: Annotated[QueryModel, Query()],
) -> Response:
    """Return every indicator of a place: value or why there is none, rank, references, sources."""
    require(request, JSON)
    layer = atlas.level(level)
    table, row = atlas.row(layer.id, cvegeo.upper())
    key = table.keys[row]
    shared = _SIBLINGS_SHARE.get(level, 0)
    siblings = _siblings(table, key, shared)
    references = _reference_rows(atlas, level, key)
    not_computed = [item.model_dump() for item in atlas.manifest.not_computed]
    indicators = [
        _indicator(column, table, row, siblings, references)
        for column in layer.columns
        if column.kind in _NUMBERS or column.kind == "state"
    ]
    used = {role for column in layer.columns for role in column.sources}
    content = {
        "version": atlas.name,
        "level": level,
        "layer": layer.id,
        "cvegeo": key,
        "name": table.value("name", row) if "name" in table.columns else None,
        "bbox": table.bounds(row),
        "siblings": {"count": len(siblings), "within": key[:shared] or None},
        "parents": [
            {"level": parent, "cvegeo": key[:length], "name": other.value("name", at)}
            for parent, length, other, at in references
            if "name" in other.columns
        ],
        "indicators": indicators,
        "sources": [source_summary(s) for s in atlas.manifest.sources if s.role in used],
        "not_computed": not_computed,
        "notes": [note.model_dump() for note in atlas.manifest.notes],
        "links": [
            {
                "href": f"{base_url(request.scope)}/collections/{layer.id}/items/{key}",
                "rel": "item",
                "type": "application/geo+json",
            }
        ],
    }  # fmt: skip
    return answer(request, content)


def _siblings(table: LayerTable, key: str, shared: int) -> range:
    """Return the rows whose keys start alike; tables are sorted by key, so they lie together."""
    keys = np.asarray(table.keys)
    first = int(np.searchsorted(keys, key[:shared]))
    last = int(np.searchsorted(keys, key[:shared] + "~")) if shared else len(keys)
    return range(first, last)


def _reference_rows(
    atlas: AtlasVersion, level: str, key: str
) -> list[tuple[str, int, LayerTable, int]]:
    found = []
    for parent, length in _REFERENCES.items():
        if parent == level or length >= len(key) or parent not in atlas.levels:
            continue
        table = atlas.table(atlas.levels[parent].id)
        row = table.row(key[:length])
        if row is not None:
            found.append((parent, length, table, row))
    return found


def _indicator(
    column: ColumnRecord,
    table: LayerTable,
    row: int,
    siblings: range,
    references: list[tuple[str, int, LayerTable, int]],
) -> dict[str, Any]:
    value = table.value(column.name, row)
    described = column.model_dump(
        include={
            "name", "title", "description", "unit", "kind", "service", "group", "higher_is",
            "mapped", "sources", "licence", "method",
        }
    )  # fmt: skip
    described["value"] = value
    if value is None:
        reason = _why_unknown(column, table, row)
        described |= {"state": reason, "reason": Label.of(_REASONS[reason]).model_dump()}
    else:
        described |= {"state": "valor", "reason": None}
    if column.kind in _NUMBERS:
        described["rank"] = _rank(table, column.name, value, siblings)
        described["references"] = [
            {"level": parent, "cvegeo": other.keys[at], "value": other.value(column.name, at)}
            for parent, _, other, at in references
            if column.name in other.columns
        ]
    return described


def _why_unknown(column: ColumnRecord, table: LayerTable, row: int) -> str:
    reach = f"reach_{column.name.removeprefix('nearest_min_')}"
    if column.kind == "time" and reach in table.columns:
        state = table.value(reach, row)
        if state in _REASONS:
            return str(state)
    return "sin_dato"


def _rank(
    table: LayerTable, name: str, value: float | None, siblings: range
) -> dict[str, int] | None:
    """Return the position among siblings whose value is known, 1 being the highest."""
    if value is None:
        return None
    values = table.columns[name][siblings.start : siblings.stop]
    known = values[~np.isnan(values)]
    return {"position": int((known > value).sum()) + 1, "of": len(known)}
