"""The interface's description: every answer of every operation, in OpenAPI 3.1 and 3.0.

FastAPI writes 3.1; OGC's class ``oas30`` wants 3.0, and every collection's addresses written out.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from api.bounds import bounds_of
from api.media import Format
from api.tile_description import tile_paths

OPENAPI_MEDIA = "application/vnd.oai.openapi+json;version=3.0"
_PROBLEMS = (
    HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.REQUEST_URI_TOO_LONG, HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE,
)  # fmt: skip
_PROBLEM_SCHEMA: Mapping[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457 problem details",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_LAYER = "/collections/{layer}"
_SERIES = {"bbox"}  # lists joined by commas, which the standard wants described as such


def in_formats(*forms: Format) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of an operation that answers in several formats."""
    return in_media(*(form.media for form in forms))


def in_media(*names: str) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of an operation that answers in several media types."""
    return {200: {"content": {name: {} for name in dict.fromkeys(names)}, "description": "OK"}}


def install_description(app: FastAPI) -> None:
    """Make an application's description say which errors there are, in what shape, and what bounds.

    Every operation may answer with problem details; FastAPI knows only of its own validation.
    """
    written = app.openapi

    def described() -> dict[str, Any]:
        document = app.openapi_schema or written()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        if "Problem" not in schemas:
            schemas["Problem"] = _PROBLEM_SCHEMA
            document["paths"] |= tile_paths()
            for path, methods in document["paths"].items():
                bounds = bounds_of(path)
                for operation in methods.values():
                    operation["responses"] |= _problem_responses()
                    operation["x-bounds"] = {"es": bounds.es, "en": bounds.en}
        return document

    setattr(app, "openapi", described)  # noqa: B010 — FastAPI's own way to extend it


def _problem_responses() -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Problem"}
    return {
        str(int(status)): {
            "description": status.phrase,
            "content": {"application/problem+json": {"schema": reference}},
        }
        for status in _PROBLEMS
    } | {"304": {"description": HTTPStatus.NOT_MODIFIED.phrase}}


def describe_in_3_0(document: Mapping[str, Any], layers: Sequence[str], root: str) -> Any:
    """Return a 3.1 document as 3.0.3, with the paths of each layer written out.

    Parameters
    ----------
    document
        The 3.1 document; it is not changed.
    layers
        Identifiers of the collections.
    root
        Address of the service.
    """
    paths: dict[str, Any] = {}
    for path, methods in document["paths"].items():
        turned = {method: _operation(operation) for method, operation in methods.items()}
        if path.startswith(_LAYER):
            for layer in layers:
                named = path.replace("{layer}", layer)
                paths[named] = {m: _of_layer(o, layer) for m, o in turned.items()}
        else:
            paths[path] = turned
    return {
        "openapi": "3.0.3",
        "info": _turned(document["info"]),
        "servers": [{"url": root}],
        "paths": paths,
        "components": _turned(document.get("components", {})),
    }


def _operation(operation: Mapping[str, Any]) -> dict[str, Any]:
    turned: dict[str, Any] = _turned(operation)
    for parameter in turned.get("parameters", []):
        parameter |= {
            "style": "form" if parameter["in"] == "query" else "simple",
            "explode": False,
        }
        if parameter["name"] in _SERIES:
            parameter["schema"] = {
                "type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6,
            }  # fmt: skip
    return turned


def _of_layer(operation: dict[str, Any], layer: str) -> dict[str, Any]:
    kept = [p for p in operation.get("parameters", []) if p["name"] != "layer"]
    named = f"{operation['operationId']}_{layer}"
    return operation | {"parameters": kept, "operationId": named, "tags": [layer]}


def _turned(node: Any) -> Any:
    """Return a part of a document in the older form of JSON Schema."""
    if isinstance(node, list):
        return [_turned(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {name: _turned(value) for name, value in node.items()}
    choices = made.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        del made["anyOf"]
        made |= rest[0] if len(rest) == 1 else {"anyOf": rest}
    if "const" in made and "type" in made:
        made["enum"] = [made.pop("const")]
    examples = made.get("examples")
    if isinstance(examples, list):
        del made["examples"]
        if examples:
            made["example"] = examples[0]
    for limit in ("exclusiveMinimum", "exclusiveMaximum"):
        value = made.get(limit)
        if isinstance(value, int | float) and not isinstance(value, bool):
            made[limit.replace("exclusiveM", "m")] = value
            made[limit] = True
    return made
