"""Women's participation and care by level: how they go together, its models, its places."""

from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response

from api.exports import csv_rows
from api.features import LayerTable
from api.http import JSON, QueryModel, answer, base_url, described, require
from api.media import CSV_FORMAT, JSON_FORMAT
from api.openapi import in_formats
from api.routes.depends import Atlas
from api.store import AtlasVersion
from data.errors import LimitError
from data.tables import Level
from data.texts import Text
from geo.artifacts import ColumnRecord
from geo.participation.published import CAUTION, Published, read_published, sentence
from geo.participation.tables import (
    COEFFICIENTS,
    CORRELATIONS,
    GLOBAL,
    LINKS,
    MODELS,
    TESTS,
    TYPES,
)

router = APIRouter(prefix="/participacion")
LevelId = Annotated[Literal["entidad", "municipio", "ageb"], Path(examples=["ageb"])]
CSV = "text/csv"
MAX_POINTS = 20_000
_MOST_LINKS = 500
_DOWNLOADS = {
    "correlaciones": CORRELATIONS, "moran": GLOBAL, "enlaces": LINKS, "modelos": MODELS,
    "coeficientes": COEFFICIENTS, "pruebas": TESTS, "tipos": TYPES,
}  # fmt: skip


class PointsQuery(QueryModel):
    """Parameters of the places as points."""

    within: Annotated[
        str | None,
        Query(
            pattern="^[0-9]{2}([0-9]{3})?$",
            description="Only places of this state or municipality",
            examples=["01001"],
        ),
    ] = None


class TableQuery(QueryModel):
    """Parameters of a table."""

    f: Annotated[Literal["json", "csv"], Query(description="json | csv")] = "json"


@router.get("/{level}", summary="How women's participation goes with care at a level")
def participation(
    request: Request, atlas: Atlas, level: LevelId, _: Annotated[QueryModel, Query()]
) -> Response:
    """Return correlations with intervals, Moran's and Lee's statistics, models, tests and types."""
    require(request, JSON)
    found = _published(atlas, level)
    said = sentence(found)
    layer, base = found.layer, base_url(request.scope)
    cluster = next(item for item in layer.columns if item.name == "participation_cluster")
    table = atlas.table(layer.id)
    content = {
        "version": atlas.name,
        "level": level,
        "layer": layer.id,
        "outcome": _column(found.outcome) | {"tertiles": _tertiles(table, found.outcome.name)},
        "supply": _column(found.supply) | {"tertiles": _tertiles(table, found.supply.name)},
        "sentence": {"es": said.es, "en": said.en},
        "caution": {"es": CAUTION.es, "en": CAUTION.en},
        "correlations": _bare(found.rows[CORRELATIONS]),
        "statistics": _bare(found.rows[GLOBAL]),
        "clusters": cluster.value_counts,
        "links": _bare(found.rows.get(LINKS, []))[:_MOST_LINKS],
        "models": [
            row | {"coefficients": [
                {key: value for key, value in term.items() if key != "model"}
                for term in _bare(found.rows[COEFFICIENTS])
                if term["model"] == row["model"]
            ]}
            for row in _bare(found.rows.get(MODELS, []))
        ],
        "tests": _bare(found.rows.get(TESTS, [])),
        "types": _types(found, table),
        "columns": {
            column.name: _column(column)
            for column in layer.columns
            if column.name in _named(found)
        },
        "files": {
            name: f"{base}/participacion/{level}/tablas/{name}?f=csv&v={atlas.name}"
            for name, asset in _DOWNLOADS.items()
            if found.rows.get(asset)
        },
        "method": "participacion",
    }  # fmt: skip
    return answer(request, content)


@router.get("/{level}/puntos", summary="Participation and care of every place")
def points(
    request: Request, atlas: Atlas, level: LevelId, query: Annotated[PointsQuery, Query()]
) -> Response:
    """Return each place's code, name, outcome, supply, women, cluster and type, as columns."""
    require(request, JSON)
    found = _published(atlas, level)
    table = atlas.table(found.layer.id)
    rows = [
        row
        for row, key in enumerate(table.keys)
        if query.within is None or key.startswith(query.within)
    ]
    if len(rows) > MAX_POINTS:
        raise LimitError(
            Text(f"Son {len(rows):,} lugares", f"These are {len(rows):,} places"),
            remedy=Text(f"Pida hasta {MAX_POINTS:,}: los de una entidad o municipio, con within",
                        f"Ask for up to {MAX_POINTS:,}: those of a state or municipality, by"
                        " within"),
        )  # fmt: skip
    columns = {
        "name": "name",
        "women": "women_12_plus",
        "cluster": "participation_cluster",
        "type": "care_type",
        "supply": found.supply.name,
        "outcome": found.outcome.name,
    }
    content = {
        "version": atlas.name,
        "level": level,
        "columns": {name: columns[name] for name in ("supply", "outcome")},
        "cvegeo": [table.keys[row] for row in rows],
        **{
            name: [table.value(column, row) if column in table.columns else None for row in rows]
            for name, column in columns.items()
        },
    }
    return answer(request, content)


@router.get(
    "/{level}/tablas/{table}",
    summary="A table of participation, to download",
    responses=in_formats(JSON_FORMAT, CSV_FORMAT),
)
def download(
    request: Request,
    atlas: Atlas,
    level: LevelId,
    table: Annotated[
        Literal["correlaciones", "moran", "enlaces", "modelos", "coeficientes", "pruebas", "tipos"],
        Path(examples=["coeficientes"]),
    ],
    query: Annotated[TableQuery, Query()],
) -> Response:
    """Return the rows of a table, as JSON or as a file for spreadsheets."""
    found = _published(atlas, level)
    rows = found.rows.get(_DOWNLOADS[table], [])
    record = atlas.manifest.asset(_DOWNLOADS[table])
    columns = [] if record is None else list(record.columns)
    if query.f == "json":
        require(request, JSON)
        content = {
            "version": atlas.name,
            "level": level,
            "rows": rows,
            "columns": [_column(column) for column in columns],
            "sources": [] if record is None else list(record.sources),
            "licence": "" if record is None else record.licence,
        }
        return answer(request, content)
    require(request, CSV)
    headers, known = described(request, atlas.name, CSV)
    if known is not None:
        return known
    names = [column.name for column in columns]
    body = csv_rows([names, *([row[name] for name in names] for row in rows)])
    disposition = f'attachment; filename="participacion_{table}_{level}.csv"'
    return Response(body, headers=headers | {"content-disposition": disposition}, media_type=CSV)


def _published(atlas: AtlasVersion, level: str) -> Published:
    return atlas.once(
        f"participation {level}",
        lambda: read_published(atlas.folder, atlas.manifest, Level(level)),
    )


def _bare(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows without their level."""
    return [{key: value for key, value in row.items() if key != "level"} for row in rows]


def _column(record: ColumnRecord) -> dict[str, Any]:
    return record.model_dump(include={"name", "title", "description", "unit", "kind", "method"})


def _tertiles(table: LayerTable, name: str) -> list[float]:
    values = np.array(table.columns[name], dtype="float64")
    known = values[~np.isnan(values)]
    return [float(limit) for limit in np.quantile(known, [1 / 3, 2 / 3])]


def _named(found: Published) -> set[str]:
    return (
        {row["variable"] for row in found.rows[CORRELATIONS]}
        | {row["variable"] for row in found.rows.get(TYPES, [])}
        | {found.outcome.name}
    )


def _types(found: Published, table: LayerTable) -> list[dict[str, Any]]:
    """Return each type once, with its profile and the place it is around."""
    rows = {key: row for row, key in enumerate(table.keys)}
    types: dict[str, dict[str, Any]] = {}
    for row in _bare(found.rows.get(TYPES, [])):
        kind = types.setdefault(
            row["care_type"],
            {
                "id": row["care_type"],
                "name": {"es": row["name_es"], "en": row["name_en"]},
                "typical": {
                    "cvegeo": row["typical"],
                    "name": table.value("name", rows[row["typical"]])
                    if "name" in table.columns
                    else None,
                },
                "places": row["places"],
                "ari_mean": row["ari_mean"],
                "ari_min": row["ari_min"],
                "silhouette": row["silhouette"],
                "profile": [],
            },
        )
        kind["profile"].append({key: row[key] for key in ("variable", "mean", "overall")})
    return list(types.values())
