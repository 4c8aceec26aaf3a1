"""A report as one HTML page that needs nothing else: no script, no address it loads from.

Everything from the atlas is escaped; pictures are SVG in the page, told by their alternative text.
"""

import base64
import hashlib

from data.texts import Text
from geo.map_legend import shown_number
from geo.report.drawing import escape
from geo.report.model import Cell, Head, Picture, Report, Section, Table, shown

MOST_ROWS = 3_000
STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #1b1b1f; background: #fff;
  max-width: 64rem; margin: 0 auto; padding: 1.5rem; }
a { color: #0b4f8a; }
header p { margin: .2rem 0; color: #454b55; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.35rem; margin: 2.4rem 0 .6rem; border-bottom: 2px solid #253494; padding-bottom: .2rem; }
nav ul { columns: 2; padding-left: 1.2rem; }
.code { float: right; margin: 0 0 1rem 1rem; }
figure { margin: 1.2rem 0; }
figcaption, caption { font-weight: 600; text-align: left; padding: .3rem 0; }
svg { max-width: 100%; height: auto; }
figure svg { width: 46rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .875rem; width: 100%; }
th, td { border-bottom: 1px solid #c9cdd4; padding: .3rem .5rem; text-align: left; vertical-align: top; }
thead th { background: #eef1f6; vertical-align: bottom; }
thead small { display: block; font-weight: 400; color: #454b55; }
tbody th { font-weight: 400; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
td small { display: block; color: #454b55; white-space: nowrap; }
.u { color: #5c6470; font-style: italic; }
.note { font-size: .875rem; color: #454b55; }
.sign { display: grid; grid-template-columns: repeat(3, 1fr); gap: 2rem; margin-top: 4rem; }
.sign p { border-top: 1px solid #1b1b1f; padding-top: .3rem; margin: 2rem 0 0; }
@media print { body { max-width: none; font-size: 10pt; padding: 0; } nav { display: none; }
  thead { display: table-header-group; } tr, figure { break-inside: avoid; } .scroll { overflow: visible; } }
"""  # noqa: E501 — style sheets read better one rule a line
# The page's own policy: nothing but its own style, whose hash this is.
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
_CUT = Text(
    "Se muestran {} de {} filas; todas están en la hoja de cálculo.",
    "{} of {} rows are shown; all are in the spreadsheet.",
)


def write_page(report: Report) -> bytes:
    """Return the report as one HTML page, in UTF-8."""
    say = _Sayer(report)
    top = (
        f'<!doctype html>\n<html lang="{report.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_meta_policy()}">\n'
        f"<title>{escape(report.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )
    parts = [
        top,
        _header(report, say),
        _contents(report, say),
        "<main>\n",
        *(_section(section, report) for section in report.sections),
        _signatures(report, say),
        "</main>\n</body>\n</html>\n",
    ]
    return "".join(parts).encode("utf-8")


class _Sayer:
    def __init__(self, report: Report) -> None:
        self._english = report.language == "en"

    def __call__(self, es: str, en: str) -> str:
        return en if self._english else es


def _meta_policy() -> str:
    # A page cannot forbid its framing from within; the rest it can.
    return escape(POLICY.rpartition("; ")[0])


def _header(report: Report, say: _Sayer) -> str:
    code = ""
    if report.code_picture is not None:
        told = escape(say("Código QR de esta vista del mapa", "QR code of this view of the map"))
        code = report.code_picture.replace(
            "<svg ", f'<svg class="code" role="img" aria-label="{told}" ', 1
        )
    link = escape(report.link)
    return (
        f"<header>{code}<h1>{escape(report.title)}</h1>\n"
        f"<p>{escape(report.subtitle)}</p>\n"
        f"<p>{say('Versión del atlas', 'Atlas version')} {escape(report.version)} · "
        f'<a href="{link}">{say("Ver en el mapa", "See on the map")}</a></p></header>\n'
    )


def _contents(report: Report, say: _Sayer) -> str:
    items = "".join(
        f'<li><a href="#{section.id}">{escape(section.title)}</a></li>'
        for section in report.sections
    )
    return f'<nav aria-label="{say("Contenido", "Contents")}"><ul>{items}</ul></nav>\n'


def _section(section: Section, report: Report) -> str:
    title = escape(section.title)
    parts = [f'<section id="{section.id}"><h2>{title}</h2>\n']
    parts += [f"<p>{escape(text)}</p>\n" for text in section.paragraphs]
    if section.bullets:
        items = "".join(f"<li>{escape(text)}</li>" for text in section.bullets)
        parts.append(f"<ul>{items}</ul>\n")
    parts += [_picture(picture) for picture in section.pictures]
    parts += [_table(table, report) for table in section.tables]
    return "".join([*parts, "</section>\n"])


def _picture(picture: Picture) -> str:
    told = escape(picture.alternative)
    drawn = picture.svg.replace("<svg ", f'<svg role="img" aria-label="{told}" ', 1)
    return f"<figure><figcaption>{escape(picture.title)}</figcaption>{drawn}</figure>\n"


def _table(table: Table, report: Report) -> str:
    heads = "".join(_head(head) for head in table.heads)
    body = "".join(_row(row, table.heads, report) for row in table.rows[:MOST_ROWS])
    notes = [table.note] if table.note else []
    if len(table.rows) > MOST_ROWS:
        cut = _CUT.in_language(report.language)
        counts = (shown_number(MOST_ROWS, "count"), shown_number(len(table.rows), "count"))
        notes.append(cut.format(*counts))
    said = "".join(f'<p class="note">{escape(note)}</p>' for note in notes)
    title = escape(table.title)
    return (
        f'<div class="scroll" role="region" aria-label="{title}" tabindex="0"><table>'
        f"<caption>{title}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>{said}\n"
    )


def _head(head: Head) -> str:
    unit = f"<small>{escape(head.unit)}</small>" if head.unit else ""
    kind = ' class="n"' if head.is_number else ""
    return f'<th scope="col"{kind}>{escape(head.title)}{unit}</th>'


def _row(row: tuple[Cell, ...], heads: tuple[Head, ...], report: Report) -> str:
    first, *others = row
    cells = [f'<th scope="row">{escape(shown(first, heads[0].kind, report.language))}</th>']
    cells += [_cell(cell, head, report) for cell, head in zip(others, heads[1:], strict=True)]
    return f"<tr>{''.join(cells)}</tr>"


def _cell(cell: Cell, head: Head, report: Report) -> str:
    text = escape(shown(cell, head.kind, report.language, ranged=False))
    kinds = " ".join(
        filter(None, ("n" if head.is_number else "", "u" if cell.value is None else ""))
    )
    mark = f' class="{kinds}"' if kinds else ""
    whole = shown(cell, head.kind, report.language)
    span = escape(whole).removeprefix(text).strip(" ()")
    return f"<td{mark}>{text}{f'<small>{span}</small>' if span else ''}</td>"


def _signatures(report: Report, say: _Sayer) -> str:
    lines = "".join(f"<p>{escape(title)}</p>" for title in report.signatures)
    return (
        f"<section><h2>{say('Firmas', 'Signatures')}</h2>"
        f'<div class="sign">{lines}</div></section>\n'
    )
