"""A report as a tagged PDF (PDF/UA-1), set by typst.

The report is handed over as data, never as markup: no name can become a command of the document.
Fonts are those typst carries and the DejaVu family matplotlib carries, so the same report gives
the same bytes on every machine.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import orjson

from data.errors import StorageError, Where
from data.texts import Text
from geo.map_legend import shown_number
from geo.report.model import Cell, Head, Picture, Report, Section, Table, shown

MOST_ROWS = 1_500
_MISSING = "\ufffd"
_NO_BREAK = "\u00a0"
_POINTS_PER_INCH = 72
_RANGED = 1.25  # times the width of a number alone
_TALL_WIDTH, _FLAT_WIDTH = 72, 84  # hundredths of the page's width
_CUT = Text(
    "Se muestran {} de {} filas; todas están en la hoja de cálculo.",
    "{} of {} rows are shown; all are in the spreadsheet.",
)
_WORDS: Mapping[str, Text] = {
    "version": Text("Versión del atlas", "Atlas version"),
    "link": Text("Ver en el mapa", "See on the map"),
    "code": Text("Código QR de esta vista del mapa", "QR code of this view of the map"),
    "contents": Text("Contenido", "Contents"),
    "signatures": Text("Firmas", "Signatures"),
    "date": Text("Lugar y fecha", "Place and date"),
    "page": Text("Página", "Page"),
    "of": Text("de", "of"),
}


def write_document(report: Report) -> bytes:
    """Return the report as a tagged PDF.

    Raises
    ------
    StorageError
        If typst refuses it.
    """
    import typst

    template = resources.files("geo.report").joinpath("document.typ").read_bytes()
    content = orjson.dumps(_printable(_content(report))).decode()
    try:
        made = typst.compile(
            template, sys_inputs={"report": content}, font_paths=_fonts(), pdf_standards="ua-1"
        )
    except typst.TypstError as error:
        raise StorageError(
            Text("No se pudo componer el PDF", "The PDF could not be set"),
            where=Where(value=str(error)),
            remedy=Text("Pida html o xlsx", "Ask for html or xlsx"),
        ) from error
    return bytes(made)


def picture_as_png(picture: Picture, *, scale: float = 2.0) -> bytes:
    """Return a picture as PNG, ``scale`` times its size in pixels."""
    import typst

    # A document of one page, just as large as the picture.
    source = (
        "#set page(width: auto, height: auto, margin: 0pt)\n"
        f'#image(bytes(sys.inputs.svg), format: "svg", width: {picture.width}pt)'
    )
    made = typst.compile(
        source.encode(), sys_inputs={"svg": picture.svg}, font_paths=_fonts(), format="png",
        ppi=_POINTS_PER_INCH * scale,
    )  # fmt: skip
    return bytes(made)


def _printable(value: Any) -> Any:
    """Return a value whose texts hold only what the fonts draw: PDF/UA admits no missing glyph.

    What they lack, such as an emoji in a centre's name, becomes the sign of a missing character.
    """
    if isinstance(value, str):
        drawn = _drawn()
        return value if value.isascii() and value.isprintable() else "".join(
            sign if ord(sign) in drawn else " " if sign.isspace() else _MISSING for sign in value
        )  # fmt: skip
    if isinstance(value, Mapping):
        return {name: _printable(item) for name, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list | tuple) else value


@cache
def _drawn() -> frozenset[int]:
    """Return the code points that the font of tables and drawings has."""
    from matplotlib.ft2font import FT2Font

    with resources.as_file(_font_folder()) as folder:
        return frozenset(FT2Font(str(folder / "DejaVuSans.ttf")).get_charmap())


@cache
def _fonts() -> Any:
    import typst

    with resources.as_file(_font_folder()) as path:
        return typst.Fonts(include_system_fonts=False, font_paths=[str(path)])


def _font_folder() -> Traversable:
    return resources.files("matplotlib").joinpath("mpl-data", "fonts", "ttf")


def _content(report: Report) -> dict[str, Any]:
    return {
        "language": report.language,
        "title": report.title,
        "subtitle": report.subtitle,
        "version": report.version,
        "link": report.link,
        "absolute": report.code_picture is not None,
        "code": report.code_picture,
        "words": {name: text.in_language(report.language) for name, text in _WORDS.items()},
        "sections": [_section(section, report) for section in report.sections],
        "signatures": report.signatures,
    }


def _section(section: Section, report: Report) -> dict[str, Any]:
    return {
        "id": section.id,
        "title": section.title,
        "paragraphs": section.paragraphs,
        "bullets": section.bullets,
        "pictures": [
            {
                "title": item.title,
                "alternative": item.alternative,
                "svg": item.svg,
                "width": _TALL_WIDTH if item.height > item.width / 2 else _FLAT_WIDTH,
            }
            for item in section.pictures
        ],
        "tables": [_table(table, report) for table in section.tables],
    }


def _table(table: Table, report: Report) -> dict[str, Any]:
    notes = [table.note] if table.note else []
    if len(table.rows) > MOST_ROWS:
        counts = (shown_number(MOST_ROWS, "count"), shown_number(len(table.rows), "count"))
        notes.append(_CUT.in_language(report.language).format(*counts))
    return {
        "title": table.title,
        "notes": notes,
        "heads": [
            {"title": head.title, "unit": head.unit, "number": head.is_number}
            for head in table.heads
        ],
        "widths": [_width(table, at) for at in range(len(table.heads))],
        "rows": [
            [_cell(cell, head, report) for cell, head in zip(row, table.heads, strict=True)]
            for row in table.rows[:MOST_ROWS]
        ],
    }


def _width(table: Table, at: int) -> float:
    """Return the share of the page a column asks for: numbers little, texts by their length."""
    head = table.heads[at]
    if head.is_number:
        return _RANGED if any(row[at].has_range for row in table.rows) else 1.0
    longest = max((len(str(row[at].value or "")) for row in table.rows[:300]), default=0)
    return min(3.0, max(1.0, longest / 11))


def _cell(cell: Cell, head: Head, report: Report) -> list[str]:
    whole = shown(cell, head.kind, report.language)
    text = shown(cell, head.kind, report.language, ranged=False)
    return [text, whole.removeprefix(text).strip(" ()").replace(" ", _NO_BREAK)]
