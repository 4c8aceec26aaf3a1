"""Plain pages for people over what programs read: all escaped, no script, one style sheet."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from data.texts import Language, Text

STYLE_PATH = "/estilo.css"
_NAVIGATION = (
    ("/", Text("Mapa", "Map")),
    ("/collections?f=html", Text("Capas", "Layers")),
    ("/conformance?f=html", Text("Conformidad", "Conformance")),
    ("/api?f=html", Text("Interfaz", "Interface")),
)
_OTHER: Mapping[Language, Language] = {"es": "en", "en": "es"}
_OTHER_NAME = {"es": "English", "en": "Español"}
_MAX_CELL = 400
_ANCHOR = re.compile(r'<a id="([^"]+)"></a>')


def style() -> bytes:
    """Return the pages' style sheet."""
    return resources.files("api").joinpath("pages.css").read_bytes()


def methods_text() -> str | None:
    """Return the methods document, from the package or the checkout; None where neither has it."""
    own = Path(__file__).parent
    for path in (own / "methods.md", own.parent / "docs" / "methods.md"):
        if path.is_file():
            return path.read_text(encoding="utf-8")
    return None


def document_blocks(text: str) -> list[str]:
    """Return a Markdown document's headings, with their anchors, and its text as it stands."""
    blocks: list[str] = []
    lines: list[str] = []

    def end() -> None:
        if any(line.strip() for line in lines):
            blocks.append("<pre>" + escape("\n".join(lines).strip("\n")) + "</pre>")
        lines.clear()

    for line in text.splitlines():
        anchored = _ANCHOR.findall(line)
        rest = _ANCHOR.sub("", line)
        if anchored or rest.startswith("#"):
            end()
        blocks += [f'<a id="{escape(name)}"></a>' for name in anchored]
        if rest.startswith("#"):
            blocks.append(heading(rest.lstrip("#").strip()))
        else:
            lines.append(rest)
    end()
    return blocks


def page(title: str, blocks: Iterable[str], *, language: Language, query: str = "") -> str:
    """Return a whole page.

    Parameters
    ----------
    title
        Its title, escaped here.
    blocks
        Its parts, made by the other functions of this module.
    language
        Language of its text.
    query
        Query of its address, for the link to the other language.
    """
    other = _OTHER[language]
    kept = "&".join(part for part in query.split("&") if part and not part.startswith("lang="))
    turned = escape(f"?{kept}&lang={other}" if kept else f"?lang={other}")
    links = "".join(
        f'<li><a href="{escape(_in_language(href, language))}">'
        f"{escape(text.in_language(language))}</a></li>"
        for href, text in _NAVIGATION
    )
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} · Mapa de Cuidados</title>\n"
        f'<link rel="stylesheet" href="{STYLE_PATH}">\n</head>\n<body>\n'
        f'<header><nav aria-label="{escape(_NAVIGATE.in_language(language))}"><ul>{links}'
        f'<li><a href="{turned}" hreflang="{other}" lang="{other}">{_OTHER_NAME[language]}</a>'
        f"</li></ul></nav></header>\n<main>\n<h1>{escape(title)}</h1>\n"
        + "\n".join(blocks)
        + "\n</main>\n</body>\n</html>\n"
    )


_NAVIGATE = Text("Secciones", "Sections")


def _in_language(href: str, language: Language) -> str:
    if href == "/" or language == "es":
        return href
    return f"{href}&lang={language}"


def heading(text: str) -> str:
    """Return a heading of the second level."""
    return f"<h2>{escape(text)}</h2>"


def paragraph(text: str) -> str:
    """Return a paragraph."""
    return f"<p>{escape(text)}</p>"


def anchor(href: str, text: str) -> str:
    """Return a link."""
    return f'<a href="{escape(href)}">{escape(text)}</a>'


def links(items: Iterable[tuple[str, str]]) -> str:
    """Return a list of links, each an address and a text."""
    return "<ul>" + "".join(f"<li>{anchor(href, text)}</li>" for href, text in items) + "</ul>"


def table(
    caption: str, header: Sequence[str], rows: Iterable[Sequence[Any]], *, first: str = ""
) -> str:
    """Return a table; its first column heads the rows.

    Parameters
    ----------
    caption
        What it shows.
    header
        Names of the columns.
    rows
        Values; None is shown as a dash.
    first
        Where given, the first cell of a row is a link: the address with ``{}`` for its text.
    """
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join(f"<tr>{_row(row, first)}</tr>" for row in rows)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Sequence[Any], first: str) -> str:
    cells = [_text(value) for value in row]
    shown = [escape(text) for text in cells]
    if first:
        shown[0] = anchor(first.format(cells[0]), cells[0])
    return f'<th scope="row">{shown[0]}</th>' + "".join(f"<td>{text}</td>" for text in shown[1:])


def _text(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124 — NaN is the one value unequal to itself
        return "–"
    if isinstance(value, float):
        return f"{value:.10g}"
    text = str(value)
    return text if len(text) <= _MAX_CELL else text[: _MAX_CELL - 1] + "…"
