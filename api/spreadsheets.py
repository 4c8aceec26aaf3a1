"""The data dictionary of a layer as rows, and texts made safe for spreadsheets."""

from collections.abc import Iterator, Sequence

from data.texts import Language, Text
from geo.artifacts import LayerRecord

_RUN_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_HEADER = (
    Text("columna", "column"),
    Text("titulo", "title"),
    Text("unidad", "unit"),
    Text("descripcion", "description"),
    Text("tipo", "type"),
    Text("valores", "values"),
    Text("fuentes", "sources"),
    Text("licencia", "licence"),
    Text("metodo", "method"),
)


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet runs as a formula: one that would begins with ``'``."""
    return f"'{text}" if text.startswith(_RUN_AS_FORMULA) else text


def dictionary_rows(
    record: LayerRecord, names: Sequence[str], language: Language
) -> Iterator[tuple[str, ...]]:
    """Yield a header and one row for each column of a layer.

    Parameters
    ----------
    record
        The layer.
    names
        Columns to describe.
    language
        Language of titles and descriptions.
    """
    yield tuple(text.in_language(language) for text in _HEADER)
    wanted = set(names)
    for column in record.columns:
        if column.name in wanted:
            yield (
                column.name,
                column.title.text.in_language(language),
                column.unit,
                column.description.text.in_language(language),
                column.dtype,
                "; ".join(column.values),
                "; ".join(column.sources),
                column.licence,
                column.method or "",
            )
