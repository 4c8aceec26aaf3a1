"""Reading a CQL2 filter: bounded before it is parsed, by the ``cql2`` library, into its JSON form.

The library's grammar backtracks: nesting multiplies its time, and very deep nesting overflows its
stack, which no exception catches. So brackets, negations and length are counted first. Within these
bounds the slowest text found by search took 0.05 s.
"""

import re
from typing import Any, Literal

import cql2
import orjson

from data.errors import LimitError, ParameterError, Where
from data.texts import Text

FilterLanguage = Literal["cql2-text", "cql2-json"]
MAX_CHARACTERS = 3000
MAX_DEPTH = 8
MAX_NODES = 300
_MAX_NEGATIONS = 20
_JSON_DEPTH = 2 * MAX_DEPTH + 4  # an operator and its list of arguments are two levels
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"")
_NEGATION = re.compile(r"\bnot\b", re.IGNORECASE)
_FIELD = "filter"


def read_filter(text: str, language: FilterLanguage = "cql2-text") -> Any:
    """Return a filter as the tree of CQL2's JSON encoding.

    Parameters
    ----------
    text
        The filter as given.
    language
        Its encoding.

    Raises
    ------
    LimitError
        If it is longer, deeper or has more parts than is accepted.
    ParameterError
        If it is not CQL2.
    """
    if len(text) > MAX_CHARACTERS:
        raise _too_much(
            Text(f"más de {MAX_CHARACTERS} caracteres", f"more than {MAX_CHARACTERS} characters")
        )
    if language == "cql2-text":
        _check_text(text)
    else:
        _check_tree(_json(text), _JSON_DEPTH)
    try:
        parse = cql2.parse_text if language == "cql2-text" else cql2.parse_json
        tree = parse(text).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError) as error:
        raise _not_cql(str(error)) from error
    _check_tree(tree, _JSON_DEPTH)
    return tree


def _check_text(text: str) -> None:
    plain = _QUOTED.sub("''", text)
    depth = deepest = 0
    for character in plain:
        depth += {"(": 1, ")": -1}.get(character, 0)
        deepest = max(deepest, depth)
        if depth < 0:
            break
    if depth != 0:
        raise _not_cql("( )")
    if deepest > MAX_DEPTH or len(_NEGATION.findall(plain)) > _MAX_NEGATIONS:
        raise _too_deep()


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _not_cql(str(error)) from error


def _check_tree(tree: Any, most: int) -> None:
    nodes, stack = 0, [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        nodes += not isinstance(node, (int, float))  # coordinates are bounded by the length
        if depth > most:
            raise _too_deep()
        if nodes > 2 * MAX_NODES:
            raise _too_much(Text(f"más de {MAX_NODES} partes", f"more than {MAX_NODES} parts"))
        parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        stack.extend((part, depth + 1) for part in parts)


def _too_deep() -> LimitError:
    return _too_much(Text(f"más de {MAX_DEPTH} niveles", f"more than {MAX_DEPTH} levels"))


def _too_much(what: Text) -> LimitError:
    return LimitError(
        Text(f"El filtro tiene {what.es}", f"The filter has {what.en}"),
        where=Where(column=_FIELD),
        remedy=Text("Divida la consulta", "Split the query"),
    )


def _not_cql(reason: str) -> ParameterError:
    said = " ".join(reason.split())[:160]
    return ParameterError(
        Text(f"El filtro no es CQL2: {said}", f"The filter is not CQL2: {said}"),
        where=Where(column=_FIELD),
        remedy=Text(
            "Escriba, por ejemplo, population > 1000 AND name LIKE 'San%'",
            "Write, say, population > 1000 AND name LIKE 'San%'",
        ),
    )
