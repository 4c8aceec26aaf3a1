"""The data dictionary of an atlas: every table and column, as Markdown for people to read."""

from collections.abc import Iterable, Sequence

from data.texts import Language, Text
from geo.artifacts import AssetRecord, ColumnRecord, LayerRecord, Manifest
from geo.units import unit_in

_TITLE = Text("Diccionario de datos", "Data dictionary")
_INTRODUCTION = Text(
    "Cada tabla del atlas y cada columna: qué dice, en qué unidad, de qué fuentes y cómo se hizo. "
    "«Sin dato» es desconocido, nunca cero. Los archivos llevan estos mismos textos en los "
    "metadatos de cada columna.",
    "Every table of the atlas and every column: what it says, in what unit, from what sources and "
    "by what method. No value means unknown, never zero. The files carry these same texts in the "
    "metadata of each column.",
)
_TABLES = Text("Tablas", "Tables")
_TABLE_HEADINGS = (
    Text("tabla", "table"),
    Text("qué tiene", "what it holds"),
    Text("columnas", "columns"),
)
_COLUMNS = Text("Columnas", "Columns")
_COLUMN_HEADINGS = (
    Text("columna", "column"),
    Text("unidad", "unit"),
    Text("qué dice", "what it says"),
    Text("fuentes", "sources"),
    Text("método", "method"),
    Text("en las tablas", "in tables"),
)
_SOURCES = Text("Fuentes", "Sources")
_SOURCE_HEADINGS = (
    Text("fuente", "source"),
    Text("título", "title"),
    Text("publica", "publisher"),
    Text("edición", "edition"),
    Text("licencia", "licence"),
)


def describe_columns(manifest: Manifest, language: Language) -> str:
    """Return the dictionary of an atlas version as Markdown; a column of many tables stands once.

    Parameters
    ----------
    manifest
        Manifest of the version.
    language
        Language of the texts.
    """
    tables: tuple[LayerRecord | AssetRecord, ...] = (*manifest.layers, *manifest.assets)
    where: dict[tuple[str, ...], list[str]] = {}
    for table in tables:
        for column in table.columns:
            where.setdefault(_row(column, language), []).append(f"`{table.id}`")
    sources = [
        (
            f"`{source.role}`",
            source.title.text.in_language(language),
            source.publisher,
            source.edition,
            source.licence,
        )
        for source in manifest.sources
    ]
    blocks = [
        f"# {_TITLE.in_language(language)}",
        _INTRODUCTION.in_language(language),
        f"## {_TABLES.in_language(language)}",
        _markdown(_TABLE_HEADINGS, [_table(table, language) for table in tables], language),
        f"## {_COLUMNS.in_language(language)}",
        _markdown(
            _COLUMN_HEADINGS, [(*row, ", ".join(ids)) for row, ids in where.items()], language
        ),
        f"## {_SOURCES.in_language(language)}",
        _markdown(_SOURCE_HEADINGS, sources, language),
    ]
    return "\n\n".join(blocks) + "\n"


def _table(record: LayerRecord | AssetRecord, language: Language) -> tuple[str, ...]:
    title = record.title.text.in_language(language)
    if isinstance(record, AssetRecord):
        title = f"{title}. {record.description.text.in_language(language)}"
    return f"`{record.id}`", title, str(len(record.columns) or "–")


def _row(column: ColumnRecord, language: Language) -> tuple[str, ...]:
    values = f" ({', '.join(f'`{value}`' for value in column.values)})" if column.values else ""
    method = f"[{column.method}](methods.md#{column.method})" if column.method else ""
    return (
        f"`{column.name}`",
        unit_in(column.unit, "text", language),
        column.description.text.in_language(language) + values,
        ", ".join(column.sources),
        method,
    )


def _markdown(headings: Sequence[Text], rows: Iterable[Sequence[str]], language: Language) -> str:
    lines = [
        _line(heading.in_language(language) for heading in headings),
        _line("---" for _ in headings),
    ]
    return "\n".join([*lines, *(_line(row) for row in rows)])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
