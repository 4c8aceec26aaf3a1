"""Indicators of one place, of several side by side, and how one is distributed.

Each comes with what is needed to read it: unit, bounds, rank, quintile, references, sources.
"""

from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from api.features import LayerTable
from api.http import JSON, QueryModel, answer, base_url, require
from api.media import JSON_FORMAT
from api.routes.atlas import source_summary
from api.routes.depends import Answering, Atlas
from api.routes.reports import report_links
from api.store import AtlasVersion
from data.errors import NotComputedError, ParameterError, Where
from data.texts import Text
from geo.artifacts import ColumnRecord, Label, LayerRecord
from geo.figures import (
    NUMBERS,
    QUINTILES,
    REASONS,
    SIBLINGS_SHARE,
    range_of,
    standings,
    starting_with,
    why_unknown,
)

router = APIRouter(prefix="/estadisticas")
LevelId = Annotated[str, Path(pattern="^[a-z]{1,20}$", examples=["municipio"])]
MAX_PLACES = 25
_BINS, _MAX_BINS = 20, 100

_REFERENCES = {"municipio": 5, "entidad": 2}


class CompareQuery(QueryModel):
    """Parameters of a comparison."""

    codes: Annotated[
        str,
        Query(
            max_length=17 * MAX_PLACES,
            pattern="^[0-9A-Za-z]{2,16}(,[0-9A-Za-z]{2,16})*$",
            description=f"Codes of up to {MAX_PLACES} places, joined by commas",
            examples=["01001"],
        ),
    ]
    indicators: Annotated[
        str | None,
        Query(max_length=2000, pattern="^[a-z0-9_,]*$", description="Only these, joined by commas"),
    ] = None


class DistributionQuery(QueryModel):
    """Parameters of a distribution."""

    bins: Annotated[int, Query(ge=1, le=_MAX_BINS)] = _BINS


@router.get("/{level}", summary="The indicators of several places side by side")
def compare_places(
    request: Request, atlas: Atlas, level: LevelId, query: Annotated[CompareQuery, Query()]
) -> Response:
    """Return each indicator with its value in every place asked for, in the order given."""
    require(request, JSON)
    layer = atlas.level(level)
    codes = list(dict.fromkeys(code.upper() for code in query.codes.split(",")))
    if len(codes) > MAX_PLACES:
        raise ParameterError(
            Text("Demasiados lugares", "Too many places"),
            where=Where(column="codes"),
            remedy=Text(f"Dé hasta {MAX_PLACES}", f"Give up to {MAX_PLACES}"),
        )
    found = [atlas.row(layer.id, code) for code in codes]
    columns = [column for column in layer.columns if column.kind in (*NUMBERS, "state")]
    if query.indicators:
        wanted = dict.fromkeys(name for name in query.indicators.split(",") if name)
        by_name = {column.name: column for column in columns}
        columns = [_named(by_name, name, "indicators") for name in wanted]
    content = {
        "version": atlas.name,
        "level": level,
        "places": [
            {
                "cvegeo": table.keys[row],
                "name": table.value("name", row) if "name" in table.columns else None,
            }
            for table, row in found
        ],
        "indicators": [
            described_column(column)
            | {
                "values": [table.value(column.name, row) for table, row in found],
                "atlas": _whole(column),
            }
            for column in columns
        ],
    }
    return answer(request, content)


@router.get("/{level}/distribucion/{column}", summary="How an indicator is distributed")
def distribution(
    request: Request,
    atlas: Atlas,
    level: LevelId,
    column: Annotated[str, Path(pattern="^[a-z0-9_]{1,80}$", examples=["population"])],
    query: Annotated[DistributionQuery, Query()],
) -> Response:
    """Return a histogram of an indicator over a level, its quantiles, and how many are unknown."""
    require(request, JSON)
    layer = atlas.level(level)
    numbers = {item.name: item for item in layer.columns if item.kind in NUMBERS}
    record = numbers.get(column)
    if record is None:
        raise NotComputedError(
            Text(f"No hay indicador «{column[:60]}»", f"There is no indicator “{column[:60]}”"),
            remedy=Text(
                f"Los hay en /estadisticas/{level}/{{clave}}, como {next(iter(numbers), '–')}",
                f"There are in /estadisticas/{level}/{{code}}, such as {next(iter(numbers), '–')}",
            ),
        )
    values = atlas.table(layer.id).columns[column]
    known = values[np.isfinite(values)]
    counts, edges = np.histogram(known, bins=query.bins) if len(known) else ([], [])
    shares = np.arange(1, QUINTILES) / QUINTILES
    content = {
        "version": atlas.name,
        "level": level,
        "indicator": described_column(record),
        "edges": np.asarray(edges, dtype="float64").tolist(),
        "counts": np.asarray(counts, dtype="int64").tolist(),
        "unknown": int(len(values) - len(known)),
        "quintiles": np.quantile(known, shares).tolist() if len(known) else [],
        "atlas": _whole(record),
    }
    return answer(request, content)


def _named(columns: dict[str, ColumnRecord], name: str, parameter: str) -> ColumnRecord:
    found = columns.get(name)
    if found is None:
        raise ParameterError(
            Text(f"No hay indicador «{name[:60]}»", f"There is no indicator “{name[:60]}”"),
            where=Where(column=parameter),
            remedy=Text("Véase /diccionario", "See /diccionario"),
        )
    return found


@router.get("/{level}/{cvegeo}", summary="The indicators of a place")
def place_statistics(
    request: Request,
    atlas: Atlas,
    level: LevelId,
    cvegeo: Annotated[str, Path(pattern="^[0-9A-Za-z]{2,16}$", examples=["01001"])],
    _: Annotated[QueryModel, Query()],
) -> Response:
    """Return every indicator of a place: value or why there is none, rank, references, sources."""
    require(request, JSON)
    layer = atlas.level(level)
    table, row = atlas.row(layer.id, cvegeo.upper())
    answering = Answering(request, atlas.name, JSON_FORMAT)
    if answering.known is not None:
        return answering.known
    return answering.kept(
        atlas.answers, lambda: _place_content(base_url(request.scope), atlas, level, table, row)
    )


def _place_content(
    base: str, atlas: AtlasVersion, level: str, table: LayerTable, row: int
) -> dict[str, Any]:
    layer, key = table.record, table.keys[row]
    shared = SIBLINGS_SHARE.get(level, 0)
    siblings = starting_with(table, key[:shared])
    references = _reference_rows(atlas, level, key)
    # The same for every place of the layer, and most of what is written.
    described = atlas.once(f"columns of {layer.id} described", lambda: _all_described(layer))
    standing = _standing(table, row, siblings)
    own = _Read(table.values(row))
    beside = [(parent, other.keys[at], other.values(at)) for parent, _, other, at in references]
    indicators = [
        described[column.name] + orjson.dumps(_indicator(
            column, own, row, standing.get(column.name), beside
        ))[1:]
        for column in layer.columns
        if column.name in described
    ]  # fmt: skip
    used = {role for column in layer.columns for role in column.sources}
    return {
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
        "indicators": orjson.Fragment(b"[" + b",".join(indicators) + b"]"),
        "sources": [source_summary(s) for s in atlas.manifest.sources if s.role in used],
        "not_computed": [item.model_dump() for item in atlas.manifest.not_computed],
        "notes": [note.model_dump() for note in atlas.manifest.notes],
        "links": [
            {
                "href": f"{base}/collections/{layer.id}/items/{key}",
                "rel": "item",
                "type": "application/geo+json",
            },
            *report_links(base, level, key),
        ],
    }


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


class _Read:
    """One row of a table, read at once."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self.columns = columns

    def value(self, name: str, row: int) -> Any:
        del row  # there is one
        return self.columns[name]


def _indicator(
    column: ColumnRecord,
    table: _Read,
    row: int,
    standing: dict[str, Any] | None,
    references: list[tuple[str, str, dict[str, Any]]],
) -> dict[str, Any]:
    value = table.value(column.name, row)
    status = f"{column.name}_status"
    described: dict[str, Any] = {"value": value, "bounds": range_of(column, table, row)}
    described["status"] = table.value(status, row) if status in table.columns else None
    if value is None:
        reason = why_unknown(column, table, row)
        described |= {"state": reason, "reason": Label.of(REASONS[reason]).model_dump()}
    else:
        described |= {"state": "valor", "reason": None}
    if column.kind in NUMBERS:
        described |= standing or {"rank": None, "quintile": None}
        described["references"] = [
            {"level": parent, "cvegeo": key, "value": values[column.name]}
            for parent, key, values in references
            if column.name in values
        ]
    return described


def _standing(table: LayerTable, row: int, siblings: range) -> dict[str, dict[str, Any]]:
    """Return rank and fifth of each number of a place that is known, among its siblings."""
    names = [column.name for column in table.record.columns if column.kind in NUMBERS]
    values = table.numbers(names, siblings)
    found = standings(values, values[siblings.index(row)])
    return {
        name: {"rank": {"position": one.position, "of": one.of}, "quintile": one.quintile}
        for name, one in zip(names, found, strict=True)
        if one is not None
    }


def _all_described(layer: LayerRecord) -> dict[str, bytes]:
    """Return what is said of each indicator of a layer, as JSON that goes on with its value."""
    return {
        column.name: orjson.dumps(_described(column))[:-1] + b","
        for column in layer.columns
        if column.kind in NUMBERS or column.kind == "state"
    }


def _described(column: ColumnRecord) -> dict[str, Any]:
    described = described_column(column)
    return described | {"atlas": _whole(column)} if column.kind in NUMBERS else described


def _whole(column: ColumnRecord) -> dict[str, Any] | None:
    """Return the reference of the whole atlas: the places of this level, unweighted."""
    if column.statistics is None:
        return None
    return column.statistics.model_dump(
        include={"count", "unknown", "minimum", "maximum", "mean", "breaks"}
    )


def described_column(column: ColumnRecord) -> dict[str, Any]:
    """Return what a reader needs to understand a column."""
    described = column.model_dump(
        include={
            "name", "title", "description", "unit", "kind", "service", "group", "higher_is",
            "mapped", "sources", "licence", "method",
        }
    )  # fmt: skip
    described["method_href"] = f"/metodos#{column.method}" if column.method else None
    return described
