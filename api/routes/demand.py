"""Potential demand of a place: each count with its bounds and how it is known."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api.features import LayerTable
from api.http import JSON, QueryModel, answer, base_url, require
from api.routes.atlas import source_summary
from api.routes.depends import Atlas
from api.store import AtlasVersion
from data.texts import Text
from geo.artifacts import ColumnRecord, Label

router = APIRouter(prefix="/demanda", tags=["demanda"])
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_YEAR_IN_NAME = re.compile(r"_((?:19|20)\d\d)(?:_|$)")
_STATUSES = {
    "publicado": Text("Lo publica el censo", "The census publishes it"),
    "estimado": Text(
        "Se estimó: el censo lo reserva o no lo cruza; las cotas dicen entre qué valores está",
        "Estimated: the census withholds it or does not cross it; bounds say between what values",
    ),
    "desconocido": Text("No se conoce", "It is not known"),
}
_POTENTIAL = Text(
    "Demanda potencial: quienes tienen la edad o condición, busquen o no el servicio",
    "Potential demand: those of the age or condition, whether they seek the service or not",
)


@router.get("/{level}/{cvegeo}", summary="The potential demand of a place, with its bounds")
def place_demand(
    request: Request,
    atlas: Atlas,
    level: Annotated[str, Path(pattern="^[a-z]{1,20}$", examples=["municipio"])],
    cvegeo: Annotated[str, Path(pattern="^[0-9A-Za-z]{2,16}$", examples=["01001"])],
    _: Annotated[QueryModel, Query()],
) -> Response:
    """Return every count of people: value, bounds, status, unit, what it is, year, sources."""
    require(request, JSON)
    layer = atlas.level(level)
    table, row = atlas.row(layer.id, cvegeo.upper())
    columns = {column.name: column for column in layer.columns}
    counts = [column for column in layer.columns if _has_bounds(column.name, columns)]
    used = {role for column in counts for role in column.sources}
    content = {
        "version": atlas.name,
        "level": level,
        "cvegeo": table.keys[row],
        "name": table.value("name", row) if "name" in table.columns else None,
        "what": Label.of(_POTENTIAL).model_dump(),
        "variables": [_variable(atlas, column, columns, table, row) for column in counts],
        "statuses": {name: Label.of(text).model_dump() for name, text in _STATUSES.items()},
        "sources": [source_summary(s) for s in atlas.manifest.sources if s.role in used],
        "links": [
            {"href": f"{base_url(request.scope)}/estadisticas/{level}/{table.keys[row]}",
             "rel": "related", "type": JSON},
        ],
    }  # fmt: skip
    return answer(request, content)


def _has_bounds(name: str, columns: dict[str, ColumnRecord]) -> bool:
    """Say whether a column counts people: those are the ones with bounds of their own."""
    return {f"{name}_low", f"{name}_high"} <= columns.keys()


def _variable(
    atlas: AtlasVersion,
    column: ColumnRecord,
    columns: dict[str, ColumnRecord],
    table: LayerTable,
    row: int,
) -> dict[str, Any]:
    name = column.name
    value = table.value(name, row)
    stated = table.value(f"{name}_status", row) if f"{name}_status" in columns else None
    return {
        "name": name,
        "title": column.title.model_dump(),
        "description": column.description.model_dump(),
        "value": value,
        "low": table.value(f"{name}_low", row),
        "high": table.value(f"{name}_high", row),
        "status": stated or ("desconocido" if value is None else "estimado"),
        "unit": column.unit,
        "year": _year(atlas, column),
        "sources": column.sources,
        "licence": column.licence,
        "method": column.method,
        "group": column.group,
    }


def _year(atlas: AtlasVersion, column: ColumnRecord) -> int | None:
    """Return the year a count is of: its name's, the atlas's own, else that of its sources."""
    named = _YEAR_IN_NAME.search(column.name)
    if named:
        return int(named[1])
    carried = atlas.manifest.method.get("demand", {}).get("year")
    if carried is not None:
        return int(carried)
    editions = [s.edition for s in atlas.manifest.sources if s.role in column.sources]
    years = [int(found[0]) for edition in editions if (found := _YEAR.search(edition))]
    return max(years) if years else None
