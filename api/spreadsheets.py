"""The data dictionary of a layer as rows, and texts made safe for spreadsheets."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from data.errors import StorageError, Where
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


def write_safe_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV, its texts safe for spreadsheets, in UTF-8 with a byte-order mark.

    Raises
    ------
    StorageError
        If it cannot be written; no half of it is then left.
    """
    safe = table.copy()
    for name in safe.columns[[not pd.api.types.is_numeric_dtype(kind) for kind in safe.dtypes]]:
        safe[name] = safe[name].map(safe_text, na_action="ignore")
    part = path.with_name(path.name + ".part")
    try:
        safe.to_csv(part, index=False, encoding="utf-8-sig")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(
            Text("No se pudo escribir el archivo", "The file could not be written"),
            where=Where(file=path, value=error.strerror),
            remedy=Text("Revise ruta, espacio y permisos", "Check path, space and permissions"),
        ) from error


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
