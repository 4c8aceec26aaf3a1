"""Features of a layer: a page at a time, one alone, or all as a file."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.crs import find_crs
from api.exports import Exporter, csv_lines, stream
from api.http import GEOJSON, HTML, JSON, QueryModel, base_url
from api.media import (
    CSV_FORMAT,
    GEOJSON_FORMAT,
    HTML_FORMAT,
    PARQUET_FORMAT,
    Format,
    negotiate,
)
from api.openapi import in_formats
from api.pages import links as link_list
from api.pages import table as html_table
from api.ranges import Stored, send_stored
from api.routes.collections import FILES, QUERYABLES, SCHEMA, LayerId
from api.routes.depends import Answering, Atlas, Deployed, Files, link
from api.selection import OutputCrs, PropertyNames, RowsQuery, Selection, select, select_columns
from data.errors import LimitError, Where
from data.texts import Text

router = APIRouter(prefix="/collections")
DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET = 100, 10_000, 10_000_000
_AT_ONCE_ROWS = 100
_FORMATS = (GEOJSON_FORMAT, HTML_FORMAT, *FILES)
_DOWNLOADS = (GEOJSON_FORMAT, *FILES)
_PAGE_COLUMNS = 12  # of a table a person reads
_FILE_NAMES = Literal["json", "csv", "parquet", "gpkg", "fgb", "xlsx"]


class ItemsQuery(RowsQuery):
    """Parameters of a page of features."""

    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    offset: Annotated[int, Query(ge=0, le=MAX_OFFSET)] = 0
    f: Annotated[
        Literal["json", "html", "csv", "parquet", "gpkg", "fgb", "xlsx"] | None, Query()
    ] = None


class DownloadQuery(RowsQuery):
    """Parameters of a whole layer as a file."""

    f: Annotated[_FILE_NAMES | None, Query()] = None


class ItemQuery(QueryModel):
    """Parameters of one feature."""

    properties: PropertyNames = None
    crs: OutputCrs = None
    f: Annotated[Literal["json", "html"] | None, Query()] = None


@router.get(
    "/{layer}/items",
    summary="Features of a layer, filtered, a page at a time",
    responses=in_formats(*_FORMATS),
)
def items(
    request: Request,
    atlas: Atlas,
    files: Files,
    settings: Deployed,
    layer: LayerId,
    query: Annotated[ItemsQuery, Query()],
) -> Response:
    """Return at most ``limit`` features, how many match in all, and links to the other pages.

    A page also ends at about two million vertices; ``next`` then goes on from there.
    """
    atlas.layer(layer)
    form = negotiate(request, query.f, _FORMATS)
    answering = Answering(request, atlas.name, form, weak=form in FILES)
    if answering.known is not None:
        return answering.known
    chosen = select(atlas.table(layer), query)
    rows = chosen.page(query.offset, query.limit, settings.page_vertices)
    matched = len(chosen.rows)
    links = _page_links(request, query, matched, len(rows), layer)
    page = Selection(chosen.table, rows, chosen.names, chosen.system)
    headers = answering.headers | {
        "content-crs": f"<{chosen.system.uri}>",
        "link": ", ".join(_header_link(item) for item in links),
        "ogc-numbermatched": str(matched),
        "ogc-numberreturned": str(len(rows)),
    }
    if form is HTML_FORMAT:
        answering.headers = headers
        return _items_page(answering, page, matched, query.offset, links)
    if form is GEOJSON_FORMAT:
        body = _collection_body(page, matched, links)
        if len(rows) <= _AT_ONCE_ROWS:  # not worth the turns between threads that pieces take
            return Response(b"".join(body), headers=headers, media_type=GEOJSON)
        return StreamingResponse(body, headers=headers, media_type=GEOJSON)
    return _file(answering, files, page, headers)


@router.get(
    "/{layer}/items/{key}", summary="One feature", responses=in_formats(GEOJSON_FORMAT, HTML_FORMAT)
)
def item(
    request: Request,
    atlas: Atlas,
    layer: LayerId,
    key: Annotated[str, Path(max_length=64, examples=["01001"])],
    query: Annotated[ItemQuery, Query()],
) -> Response:
    """Return one feature by its key."""
    atlas.layer(layer)
    form = negotiate(request, query.f, (GEOJSON_FORMAT, HTML_FORMAT))
    table, row = atlas.row(layer, key)
    names = select_columns(table, query.properties)
    system = find_crs(query.crs, "crs")
    answering = Answering(request, atlas.name, form)
    if answering.known is not None:
        return answering.known
    answering.headers["content-crs"] = f"<{system.uri}>"
    if form is HTML_FORMAT:
        titles = {column.name: column for column in table.record.columns}
        language = answering.language
        rows = [
            (titles[name].title.text.in_language(language), table.value(name, row),
             titles[name].unit, name)
            for name in names
        ]  # fmt: skip
        header = [
            text.in_language(language)
            for text in (Text("Dato", "Item"), Text("Valor", "Value"), Text("Unidad", "Unit"),
                         Text("Columna", "Column"))
        ]  # fmt: skip
        return answering.html(key, [html_table(key, header, rows)])
    feature = orjson.loads(b"".join(table.features([row], names, system)))
    here = f"{base_url(request.scope)}/collections/{layer}"
    feature["links"] = [
        link(f"{here}/items/{key}?f=json", "self", GEOJSON),
        link(f"{here}/items/{key}?f=html", "alternate", HTML),
        link(here, "collection", JSON),
    ]
    return answering.json(feature)


@router.get(
    "/{layer}/download",
    summary="A whole layer, or what a filter leaves of it, as a file",
    responses=in_formats(*_DOWNLOADS),
)
def download(
    request: Request,
    atlas: Atlas,
    files: Files,
    layer: LayerId,
    query: Annotated[DownloadQuery, Query()],
) -> Response:
    """Return every row asked for as one file.

    The whole layer as GeoParquet is the atlas's own file and can be read by ranges.
    """
    record = atlas.layer(layer)
    form = negotiate(request, query.f, _DOWNLOADS)
    here = f"{base_url(request.scope)}/collections/{layer}"
    if form is PARQUET_FORMAT and not query.model_fields_set - {"f", "v", "lang"}:
        stored = Stored(atlas.folder / record.table.path, record.table.sha256[:32], form.media)
        disposition = f'attachment; filename="{layer}-{atlas.name}.parquet"'
        more = {"content-disposition": disposition, "link": _described(here)}
        return send_stored(request, stored, more)
    weak = form not in (GEOJSON_FORMAT, CSV_FORMAT)
    answering = Answering(request, atlas.name, form, weak=weak)
    if answering.known is not None:
        return answering.known
    chosen = select(atlas.table(layer), query)
    _check_order(chosen, query)
    headers = answering.headers | {
        "content-crs": f"<{chosen.system.uri}>", "link": _described(here),
    }  # fmt: skip
    if form is GEOJSON_FORMAT:
        headers["content-disposition"] = f'attachment; filename="{layer}-{atlas.name}.geojson"'
        links = [link(here, "collection", JSON), *_dictionary_links(here)]
        body = _collection_body(chosen, len(chosen.rows), links)
        return StreamingResponse(body, headers=headers, media_type=GEOJSON)
    return _file(answering, files, chosen, headers)


def _check_order(chosen: Selection, query: DownloadQuery) -> None:
    """Raise ``LimitError`` where rows in an order of their own would be read again and again.

    A layer that does not fit into memory is read in the order it lies on disk.
    """
    if query.sortby is not None and len(chosen.rows) > MAX_LIMIT and not chosen.table.fits:
        raise LimitError(
            Text(
                f"Se ordenan hasta {MAX_LIMIT:,} filas de una capa tan grande",
                f"Up to {MAX_LIMIT:,} rows of so large a layer are sorted",
            ),
            where=Where(column="sortby"),
            remedy=Text(
                "Descargue sin sortby y ordene después, o pida menos filas",
                "Download without sortby and sort afterwards, or ask for fewer rows",
            ),
        )


def _dictionary_links(here: str) -> list[dict[str, str]]:
    """Return where it is said what each column is: formats that hold no texts need it beside."""
    return [
        link(f"{here}/dictionary?f=csv", "describedby", CSV_FORMAT.media),
        link(f"{here}/dictionary?f=html", "describedby", HTML),
    ]


def _described(here: str) -> str:
    return ", ".join(_header_link(item) for item in _dictionary_links(here))


def _file(
    answering: Answering, files: Exporter, chosen: Selection, headers: dict[str, str]
) -> Response:
    form: Format = answering.form
    name = f"{chosen.table.record.id}.{form.extension}"
    headers = headers | {"content-disposition": f'attachment; filename="{name}"'}
    if form is CSV_FORMAT:
        return StreamingResponse(
            csv_lines(chosen), headers=headers, media_type=f"{form.media}; charset=utf-8"
        )
    file = files.write(chosen, form, answering.language)
    headers["content-length"] = str(file.seek(0, 2))
    file.seek(0)
    return StreamingResponse(stream(file), headers=headers, media_type=form.media)


def _collection_body(
    chosen: Selection, matched: int, links: list[dict[str, str]]
) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection","features":['
    yield from chosen.table.features(chosen.rows, chosen.names, chosen.system)
    tail = {"numberMatched": matched, "numberReturned": len(chosen.rows), "links": links}
    yield b"]," + orjson.dumps(tail)[1:]


def _page_links(
    request: Request, query: ItemsQuery, matched: int, returned: int, layer: str
) -> list[dict[str, str]]:
    here = f"{base_url(request.scope)}{request.url.path}"
    given = query.model_dump(exclude_unset=True, by_alias=True, exclude={"offset", "f"})
    given = {name: value for name, value in given.items() if value is not None}

    def page(offset: int, rel: str, form: Format) -> dict[str, str]:
        asked = given | {"offset": offset, "f": form.name}
        return link(f"{here}?{urlencode(asked)}", rel, form.media)

    own = next(form for form in _FORMATS if form.name == (query.f or "json"))
    made = [page(query.offset, "self", own)]
    made += [page(query.offset, "alternate", form) for form in _FORMATS if form is not own]
    if query.offset + returned < matched and returned:
        made.append(page(query.offset + returned, "next", own))
    if query.offset > 0:
        made.append(page(max(0, query.offset - query.limit), "prev", own))
    root = f"{base_url(request.scope)}/collections/{layer}"
    return [
        *made, link(root, "collection", JSON), link(f"{root}/queryables", QUERYABLES, SCHEMA),
        *_dictionary_links(root),
    ]  # fmt: skip


def _header_link(item: dict[str, str]) -> str:
    return f'<{item["href"]}>; rel="{item["rel"]}"; type="{item["type"]}"'


def _items_page(
    answering: Answering, page: Selection, matched: int, offset: int, links: list[dict[str, str]]
) -> Response:
    table, language = page.table, answering.language
    names = [table.record.key, *(name for name in page.names if name != table.record.key)]
    names = names[:_PAGE_COLUMNS]
    rows: list[list[Any]] = [[table.value(name, row) for name in names] for row in page.rows]
    title = table.record.title.text.in_language(language)
    caption = Text(
        f"Filas {offset + 1} a {offset + len(rows)} de {matched}",
        f"Rows {offset + 1} to {offset + len(rows)} of {matched}",
    ).in_language(language)
    turn = {"next": Text("Siguientes", "Next"), "prev": Text("Anteriores", "Previous")}
    moves = [
        (item["href"], turn[item["rel"]].in_language(language))
        for item in links
        if item["rel"] in turn
    ]
    first = f"/collections/{table.record.id}/items/{{}}?f=html"
    return answering.html(title, [html_table(caption, names, rows, first=first), link_list(moves)])
