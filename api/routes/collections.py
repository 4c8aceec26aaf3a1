"""Layers as OGC API – Features describes them: list, one layer, queryables, dictionary."""

import csv
import io
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from api.crs import CRS84, SYSTEMS
from api.http import GEOJSON, HTML, QueryModel, base_url
from api.media import (
    CSV_FORMAT,
    FLATGEOBUF_FORMAT,
    GEOPACKAGE_FORMAT,
    HTML_FORMAT,
    JSON_FORMAT,
    PAGES,
    PARQUET_FORMAT,
    XLSX_FORMAT,
    Format,
    negotiate,
)
from api.openapi import in_formats
from api.pages import heading, links, paragraph, table
from api.routes.depends import Answering, Atlas, JsonQuery, PageQuery, link
from api.spreadsheets import dictionary_rows, safe_text
from api.store import AtlasVersion
from data.texts import Language, Text
from geo.artifacts import ColumnRecord, LayerRecord

router = APIRouter(prefix="/collections")
LayerId = Annotated[str, Path(pattern="^[a-z_]{1,40}$", examples=["municipios"])]
SCHEMA = "application/schema+json"
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
TILESETS = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
FILES = (CSV_FORMAT, PARQUET_FORMAT, GEOPACKAGE_FORMAT, FLATGEOBUF_FORMAT, XLSX_FORMAT)
_SCHEMA_TYPES = {"float64": "number", "int64": "number", "bool": "boolean"}
_SCHEMA_FORMAT = Format("json", SCHEMA, ("application/json",))


class DictionaryQuery(QueryModel):
    """Parameters of a layer's dictionary."""

    f: Annotated[Literal["json", "html", "csv"] | None, Query()] = None


@router.get("", summary="The layers of the atlas", responses=in_formats(*PAGES))
def list_collections(
    request: Request, atlas: Atlas, query: Annotated[PageQuery, Query()]
) -> Response:  # fmt: skip
    """Return every layer with its extent and links."""
    answering = Answering(request, atlas.name, negotiate(request, query.f, PAGES))
    if answering.known is not None:
        return answering.known
    language = answering.language
    here = f"{base_url(request.scope)}/collections"
    layers = [describe(atlas, layer, here, language) for layer in atlas.manifest.layers]
    if answering.form is HTML_FORMAT:
        rows = [(layer["id"], layer["title"], layer["rows"]) for layer in layers]
        header = ("id", *_said(language, Text("Título", "Title"), Text("Filas", "Rows")))
        title = Text("Capas del atlas", "Layers of the atlas").in_language(language)
        described = table(title, header, rows, first="/collections/{}?f=html")
        return answering.html(title, [described])
    content = {
        "links": [
            link(f"{here}?f=json", "self", JSON_FORMAT.media),
            link(f"{here}?f=html", "alternate", HTML),
        ],
        "crs": [system.uri for system in SYSTEMS],
        "collections": layers,
    }
    return answering.json(content)


@router.get("/{layer}", summary="One layer", responses=in_formats(*PAGES))
def one_collection(
    request: Request, atlas: Atlas, layer: LayerId, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return a layer with its extent, its links and its columns."""
    record = atlas.layer(layer)
    answering = Answering(request, atlas.name, negotiate(request, query.f, PAGES))
    if answering.known is not None:
        return answering.known
    here = f"{base_url(request.scope)}/collections"
    content = describe(atlas, record, here, answering.language)
    if answering.form is HTML_FORMAT:
        return answering.html(content["title"], _collection_blocks(content, answering.language))
    content["columns"] = [column.model_dump() for column in record.columns]
    return answering.json(content)


@router.get(
    "/{layer}/queryables",
    summary="Columns a filter may name, as a JSON Schema",
    responses=in_formats(_SCHEMA_FORMAT, HTML_FORMAT),
)
def queryables(
    request: Request, atlas: Atlas, layer: LayerId, query: Annotated[PageQuery, Query()]
) -> Response:
    """Return the schema of what can be filtered: type, unit, description, values."""
    record = atlas.layer(layer)
    form = negotiate(request, query.f, (_SCHEMA_FORMAT, HTML_FORMAT))
    answering = Answering(request, atlas.name, form)
    if answering.known is not None:
        return answering.known
    language = answering.language
    title = record.title.text.in_language(language)
    if form is HTML_FORMAT:
        header, *rows = dictionary_rows(record, [c.name for c in record.columns], language)
        return answering.html(f"{title}: queryables", [table("queryables", header, rows)])
    content = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base_url(request.scope)}/collections/{layer}/queryables",
        "type": "object",
        "title": title,
        "properties": {
            "geometry": {
                "format": "geometry-any",
                "x-ogc-role": "primary-geometry",
                "title": Text("Geometría", "Geometry").in_language(language),
            },
            **{column.name: _queryable(column, record, language) for column in record.columns},
        },
        "additionalProperties": False,
    }
    return answering.json(content)


@router.get(
    "/{layer}/schema",
    summary="What a feature of a layer is, as a JSON Schema",
    responses=in_formats(_SCHEMA_FORMAT),
)
def schema(
    request: Request, atlas: Atlas, layer: LayerId, query: Annotated[JsonQuery, Query()]
) -> Response:
    """Return the schema of a feature as GeoJSON.

    GDAL and QGIS read it to know the type of a column that is unknown in the first rows.
    """
    record = atlas.layer(layer)
    answering = Answering(request, atlas.name, negotiate(request, query.f, (_SCHEMA_FORMAT,)))
    if answering.known is not None:
        return answering.known
    language = answering.language
    columns = {column.name: _queryable(column, record, language) for column in record.columns}
    unknown = Text("Lo que no se sabe es null", "What is not known is null")
    content = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base_url(request.scope)}/collections/{layer}/schema",
        "title": record.title.text.in_language(language),
        "description": unknown.in_language(language),
        "type": "object",
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": "string"},
            "geometry": {"format": "geometry-any", "x-ogc-role": "primary-geometry"},
            "properties": {"type": "object", "properties": columns},
        },
    }
    return answering.json(content)


@router.get(
    "/{layer}/dictionary",
    summary="What each column of a layer is",
    responses=in_formats(*PAGES, CSV_FORMAT),
)
def dictionary(
    request: Request, atlas: Atlas, layer: LayerId, query: Annotated[DictionaryQuery, Query()]
) -> Response:
    """Return title, unit, description, sources, licence and method of every column."""
    record = atlas.layer(layer)
    form = negotiate(request, query.f, (*PAGES, CSV_FORMAT))
    answering = Answering(request, atlas.name, form)
    if answering.known is not None:
        return answering.known
    language = answering.language
    header, *rows = dictionary_rows(record, [column.name for column in record.columns], language)
    said = Text("Diccionario de datos", "Data dictionary").in_language(language)
    title = f"{said}: {record.title.text.in_language(language)}"
    if form is HTML_FORMAT:
        return answering.html(title, [table(title, header, rows)])
    if form is CSV_FORMAT:
        buffer = io.StringIO()
        safe = ([safe_text(text) for text in row] for row in rows)
        csv.writer(buffer, lineterminator="\r\n").writerows([header, *safe])
        named = {"content-disposition": f'attachment; filename="{layer}-{said[:4].lower()}.csv"'}
        headers = answering.headers | named
        return Response(
            buffer.getvalue().encode("utf-8-sig"),  # Excel needs the mark
            headers=headers,
            media_type=f"{form.media}; charset=utf-8",
        )
    content = {
        "id": record.id,
        "title": record.title.model_dump(),
        "key": record.key,
        "rows": record.rows,
        "columns": [column.model_dump() for column in record.columns],
    }
    return answering.json(content)


def describe(
    atlas: AtlasVersion, layer: LayerRecord, here: str, language: Language
) -> dict[str, Any]:
    """Return a layer as a collection.

    Parameters
    ----------
    atlas
        The version in service.
    layer
        The layer.
    here
        Address of ``/collections``.
    language
        Language of its title.
    """
    bounds = layer.tiles.bounds if layer.tiles is not None else atlas.manifest.bounds
    own = f"{here}/{layer.id}"
    made = [
        link(f"{own}?f=json", "self", JSON_FORMAT.media),
        link(f"{own}?f=html", "alternate", HTML),
        link(f"{own}/items?f=json", "items", GEOJSON),
        link(f"{own}/items?f=html", "items", HTML),
        *(link(f"{own}/items?f={form.name}", "items", form.media) for form in FILES),
        link(f"{own}/queryables", QUERYABLES, SCHEMA),
        link(f"{own}/schema", "describedby", SCHEMA),
        link(f"{own}/dictionary?f=html", "describedby", HTML),
        link(f"{own}/dictionary?f=csv", "describedby", CSV_FORMAT.media),
        link(f"{own}/download?f=json", "enclosure", GEOJSON),
        *(link(f"{own}/download?f={form.name}", "enclosure", form.media) for form in FILES),
    ]
    if layer.tiles is not None:
        root = here.removesuffix("/collections")
        made += [
            link(f"{own}/tiles", TILESETS, JSON_FORMAT.media),
            link(f"{root}/tiles/{layer.id}.json", "tiles", JSON_FORMAT.media, "TileJSON"),
        ]
    extent: dict[str, Any] = {"spatial": {"bbox": [bounds], "crs": CRS84.uri}}
    months = atlas.table(layer.id).months if layer.id == "centros" else None
    if months is not None:
        extent["temporal"] = {"interval": [months]}
    return {
        "id": layer.id,
        "title": layer.title.text.in_language(language),
        "titles": layer.title.model_dump(),
        "description": _DESCRIPTION.in_language(language).format(layer.rows),
        "itemType": "feature",
        "level": layer.level,
        "key": layer.key,
        "rows": layer.rows,
        "extent": extent,
        "crs": [system.uri for system in SYSTEMS],
        "storageCrs": CRS84.uri,
        "links": made,
    }


_DESCRIPTION = Text(
    "{} filas; el significado, la unidad y la fuente de cada columna están en el diccionario",
    "{} rows; what each column means, its unit and source are in the dictionary",
)


def _queryable(column: ColumnRecord, record: LayerRecord, language: Language) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": _SCHEMA_TYPES.get(column.dtype, "string"),
        "title": column.title.text.in_language(language),
        "description": column.description.text.in_language(language),
        "x-description-es": column.description.es,
        "x-description-en": column.description.en,
    }
    if column.unit:
        made["x-ogc-unit"] = column.unit
    if column.name == record.key:
        made["x-ogc-role"] = "id"
    if column.values:
        made["enum"] = list(column.values)
    return made


def _said(language: Language, *texts: Text) -> tuple[str, ...]:
    return tuple(text.in_language(language) for text in texts)


def _collection_blocks(content: dict[str, Any], language: Language) -> list[str]:
    bounds = ", ".join(str(edge) for edge in content["extent"]["spatial"]["bbox"][0])
    extent = Text("Extensión (oeste, sur, este, norte)", "Extent (west, south, east, north)")
    say = {
        "items": Text("Elementos", "Features"),
        "enclosure": Text("Descargar la capa entera", "Download the whole layer"),
        "describedby": Text("Diccionario de datos", "Data dictionary"),
    }
    found = [
        (item["href"], f"{say[item['rel']].in_language(language)} ({item['type']})")
        for item in content["links"]
        if item["rel"] in say
    ]
    return [
        paragraph(content["description"]),
        paragraph(f"{extent.in_language(language)}: {bounds}"),
        heading(Text("Datos", "Data").in_language(language)),
        links(found),
    ]
