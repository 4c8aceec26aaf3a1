"""Where programs begin: landing page, conformance, the interface's description."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request, Response

from api.http import HTML, QueryModel, base_url
from api.media import HTML_FORMAT, PAGES, Format, negotiate
from api.openapi import OPENAPI_MEDIA, describe_in_3_0, in_formats
from api.pages import STYLE_PATH, document_blocks, methods_text, paragraph, style, table
from api.pages import links as link_list
from api.routes.depends import Answering, Atlas, PageQuery, link
from api.store import AtlasVersion
from data.texts import Text

router = APIRouter()
_FEATURES = "http://www.opengis.net/spec/ogcapi-features"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    f"{_FEATURES}-1/1.0/conf/core",
    f"{_FEATURES}-1/1.0/conf/oas30",
    f"{_FEATURES}-1/1.0/conf/html",
    f"{_FEATURES}-1/1.0/conf/geojson",
    f"{_FEATURES}-2/1.0/conf/crs",
    f"{_FEATURES}-3/1.0/conf/queryables",
    f"{_FEATURES}-3/1.0/conf/filter",
    f"{_FEATURES}-3/1.0/conf/features-filter",
    f"{_CQL2}/cql2-text",
    f"{_CQL2}/cql2-json",
    f"{_CQL2}/basic-cql2",
    f"{_CQL2}/advanced-comparison-operators",
    f"{_CQL2}/case-insensitive-comparison",
    f"{_CQL2}/accent-insensitive-comparison",
    f"{_CQL2}/basic-spatial-functions",
    f"{_CQL2}/basic-spatial-functions-plus",
    f"{_CQL2}/spatial-functions",
    f"{_CQL2}/property-property",
    f"{_CQL2}/arithmetic",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
)
_MARKDOWN_FORMAT = Format("md", "text/markdown")
_OPENAPI_FORMAT = Format("json", OPENAPI_MEDIA, ("application/json",))


class MethodsQuery(QueryModel):
    """Parameters of the methods document."""

    f: Annotated[Literal["md", "html"] | None, Query()] = None


def landing_content(request: Request, atlas: AtlasVersion) -> dict[str, Any]:
    """Return the landing page of the interface."""
    root = base_url(request.scope)
    return {
        "title": "Mapa de Cuidados",
        "description": atlas.manifest.title.es,
        "attribution": "; ".join(dict.fromkeys(s.publisher for s in atlas.manifest.sources)),
        "version": atlas.name,
        "links": [
            link(f"{root}/?f=json", "self", "application/json"),
            link(f"{root}/?f=html", "alternate", HTML),
            link(f"{root}/api?f=json", "service-desc", OPENAPI_MEDIA, "OpenAPI 3.0"),
            link(f"{root}/openapi.json", "service-desc", "application/json", "OpenAPI 3.1"),
            link(f"{root}/api?f=html", "service-doc", HTML),
            link(f"{root}/conformance", "conformance", "application/json"),
            link(f"{root}/collections", "data", "application/json"),
            link(f"{root}/tileMatrixSets", "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes",
                 "application/json"),
            link(f"{root}/diccionario", "describedby", "application/json"),
        ],
    }  # fmt: skip


@router.get(
    "/conformance",
    summary="The standards' classes this interface conforms to",
    responses=in_formats(*PAGES),
)
def conformance(
    request: Request, atlas: Atlas, query: Annotated[PageQuery, Query()]
) -> Response:  # fmt: skip
    """Return the conformance classes."""
    answering = Answering(request, atlas.name, negotiate(request, query.f, PAGES))
    if answering.known is not None:
        return answering.known
    if answering.form is HTML_FORMAT:
        title = Text("Conformidad", "Conformance").in_language(answering.language)
        return answering.html(title, [link_list((uri, uri) for uri in CONFORMS_TO)])
    return answering.json({"conformsTo": CONFORMS_TO})


@router.get(
    "/api",
    summary="This interface, in OpenAPI 3.0",
    responses=in_formats(_OPENAPI_FORMAT, HTML_FORMAT),
)
def interface(request: Request, atlas: Atlas, query: Annotated[PageQuery, Query()]) -> Response:
    """Return the description of the interface; /openapi.json is the same in OpenAPI 3.1."""
    form = negotiate(request, query.f, (_OPENAPI_FORMAT, HTML_FORMAT))
    answering = Answering(request, atlas.name, form)
    if answering.known is not None:
        return answering.known
    layers = [layer.id for layer in atlas.manifest.layers]
    described = describe_in_3_0(request.app.openapi(), layers, base_url(request.scope))
    if form is not HTML_FORMAT:
        return answering.json(described)
    language = answering.language
    rows = [
        (path, operation["summary"], operation.get("description", "").split("\n")[0])
        for path, methods in request.app.openapi()["paths"].items()
        for operation in methods.values()
    ]
    said = (Text("Dirección", "Address"), Text("Qué da", "Gives"), Text("Detalle", "Detail"))
    header = [text.in_language(language) for text in said]
    title = Text("Interfaz para programas", "Interface for programs").in_language(language)
    more = Text(
        "La descripción completa está en /api?f=json (OpenAPI 3.0) y /openapi.json (OpenAPI 3.1).",
        "The full description is in /api?f=json (OpenAPI 3.0) and /openapi.json (OpenAPI 3.1).",
    )
    return answering.html(
        title, [paragraph(more.in_language(language)), table(title, header, rows)]
    )


@router.get(
    "/metodos",
    summary="How every indicator is computed",
    responses=in_formats(_MARKDOWN_FORMAT, HTML_FORMAT),
)
def methods(
    request: Request, atlas: Atlas, query: Annotated[MethodsQuery, Query()]
) -> Response:  # fmt: skip
    """Return the methods document; each indicator names its section."""
    form = negotiate(request, query.f, (_MARKDOWN_FORMAT, HTML_FORMAT))
    answering = Answering(request, atlas.name, form)
    if answering.known is not None:
        return answering.known
    text = methods_text()
    if text is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    if form is HTML_FORMAT:
        title = Text("Métodos", "Methods").in_language(answering.language)
        return answering.html(title, document_blocks(text))
    return Response(text, headers=answering.headers, media_type=f"{form.media}; charset=utf-8")


@router.get(STYLE_PATH, include_in_schema=False)
def style_sheet() -> Response:
    """Return the style sheet of the pages."""
    return Response(style(), headers={"cache-control": "public, max-age=3600"},
                    media_type="text/css")  # fmt: skip
