"""Titles, legends and values of the folium page, in words and colours."""

import html
import math
import re
from dataclasses import dataclass

from data.texts import Language, Text
from geo.artifacts import ColumnRecord, LayerRecord, Manifest, Statistics
from geo.units import unit_in

UNKNOWN_COLOR = "#c8c8cd"
OUT_OF_REACH, OUT_OF_REACH_COLOR = "fuera_de_alcance", "#7a1f5c"
# ColorBrewer YlGnBu and YlOrBr, five classes: both are safe for colour-blind readers.
_BETTER = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
_WORSE = ("#ffffd4", "#fed98e", "#fe9929", "#d95f0e", "#993404")
_PICKS = {1: (2,), 2: (1, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}
_STATE_COLORS = {
    "si": "#b2440b", "no": "#b7d9e8", "alcanza": "#2c7fb8", OUT_OF_REACH: OUT_OF_REACH_COLOR,
}  # fmt: skip
_OTHER_STATES = ("#66c2a5", "#8da0cb", "#e78ac3", "#a6d854", "#e5c494")
UNKNOWN_STATES = ("desconocido", "no_calculado")
_WORDS = {
    "si": Text("Sí", "Yes"),
    "no": Text("No", "No"),
    "alcanza": Text("A su alcance", "In reach"),
    "fuera_de_alcance": Text("Fuera de alcance", "Out of reach"),
    "publica": Text("Pública", "Public"),
    "privada": Text("Privada", "Private"),
    "publicado": Text("Publicado", "Published"),
    "estimado": Text("Estimado", "Estimated"),
}
_UNKNOWN = Text("Sin dato", "No data")
_UNDER = Text("menos de {}", "under {}")
_OR_MORE = Text("{} o más", "{} or more")
_EDITION = Text("edición", "edition")
_ASIDE = re.compile(r" \([^)]*\)")
_SMALL, _LARGE = 1, 100

STYLE = """
.cuidados-title, .cuidados-legend { position: absolute; z-index: 1000; background: #fff; color: #16181d;
  font: 14px/1.4 system-ui, "DejaVu Sans", sans-serif; padding: 8px 12px; border-radius: 6px;
  box-shadow: 0 1px 6px rgba(0, 0, 0, .35); max-width: min(26rem, calc(100vw - 24px)); }
.cuidados-title { top: 10px; left: 54px; max-width: min(30rem, calc(100vw - 20rem)); }
.cuidados-title h1 { font-size: 16px; margin: 0; }
.cuidados-title summary { cursor: pointer; }
.cuidados-legend { bottom: 34px; left: 10px; }
.cuidados-legend h2 { font-size: 14px; margin: 0; }
.cuidados-legend ul, .cuidados-title ul { list-style: none; margin: 4px 0 0; padding: 0; }
.cuidados-legend li { display: flex; gap: 8px; align-items: center; }
.cuidados-legend i { width: 26px; height: 14px; border: 1px solid #5c6470; }
.cuidados-legend i.unknown { border-style: dashed; }
.cuidados-legend small { margin-left: auto; padding-left: 12px; }
.cuidados-legend [hidden], .cuidados-legend[hidden] { display: none; }
.cuidados-title details[open] { max-height: 50vh; overflow: auto; }
@media (max-width: 640px) { .folium-map { height: 56vh !important; } .cuidados-title, .cuidados-legend {
  position: static; max-width: none; border-radius: 0; box-shadow: none; } }
"""  # noqa: E501 — style sheets read better one rule a line


@dataclass(frozen=True, slots=True)
class MapClass:
    """One class of a legend: its colour, what it holds, and how many places are in it."""

    color: str
    label: str
    count: int


def classes(column: ColumnRecord, language: Language) -> list[MapClass]:
    """Return the classes of an indicator, without that of the unknown.

    Parameters
    ----------
    column
        The indicator; its classes are those of the manifest.
    language
        Language of the labels.
    """
    if column.kind == "state":
        counts = column.value_counts or {}
        known = [value for value in column.values if value not in UNKNOWN_STATES]
        return [
            MapClass(
                _STATE_COLORS.get(value, _OTHER_STATES[position % len(_OTHER_STATES)]),
                word(value, language),
                counts.get(value, 0),
            )
            for position, value in enumerate(known)
        ]
    statistics = column.statistics
    if statistics is None or statistics.count == 0:
        return []
    ramp = _WORSE if column.higher_is == "worse" else _BETTER
    picks = _PICKS[len(statistics.breaks) + 1]
    return [
        MapClass(ramp[pick], _range_label(statistics, column.kind, position, language), count)
        for position, (pick, count) in enumerate(zip(picks, statistics.class_counts, strict=True))
    ]


def _range_label(
    statistics: Statistics, kind: str, position: int, language: Language
) -> str:  # fmt: skip
    limits = [shown_number(limit, kind) for limit in statistics.breaks]
    if not limits:
        ends = (statistics.minimum, statistics.maximum)
        return " – ".join(dict.fromkeys(shown_number(end, kind) for end in ends if end is not None))
    if position == 0:
        return _UNDER.in_language(language).format(limits[0])
    if position == len(limits):
        return _OR_MORE.in_language(language).format(limits[-1])
    return f"{limits[position - 1]} – {limits[position]}"


def word(value: str, language: Language) -> str:
    """Return a word of a closed list as people read it."""
    if value in _WORDS:
        return _WORDS[value].in_language(language)
    return value.replace("_", " ").capitalize()


def shown_number(value: float, kind: str) -> str:
    """Return a number as people write it in Mexico: ``1,234`` and ``12.3 %``."""
    if kind == "share":
        return f"{value * 100:.1f}".removesuffix(".0") + " %"
    size = abs(value)
    digits = 0 if kind == "count" or size >= _LARGE or size == 0 else 3 if size < _SMALL else 1
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown_value(value: object, column: ColumnRecord, language: Language) -> str:
    """Return a value with its unit, or that it is unknown."""
    if isinstance(value, str) and value and value not in UNKNOWN_STATES:
        return word(value, language) if value in column.values else value
    if isinstance(value, float | int) and not math.isnan(value):
        unit = "" if column.kind == "share" else unit_in(column.unit, column.kind, language)
        return f"{shown_number(float(value), column.kind)} {unit}".strip()
    return _UNKNOWN.in_language(language)


def legend_html(column: ColumnRecord, layer: LayerRecord, language: Language) -> str:
    """Return the legend of an indicator, hidden until it is chosen."""
    if column.statistics is not None:
        unknown = column.statistics.unknown
    else:
        counts = column.value_counts or {}
        unknown = sum(count for value, count in counts.items() if value in UNKNOWN_STATES)
    rows = "".join(
        f'<li><i style="background:{item.color}"></i>{html.escape(item.label)}'
        f"<small>{item.count:,}</small></li>"
        for item in classes(column, language)
    )
    unit = unit_in(column.unit, column.kind, language)
    context = " · ".join(part for part in (unit, layer.title.text.in_language(language)) if part)
    return (
        '<section class="cuidados-legend" hidden>'
        f"<h2>{html.escape(column.title.text.in_language(language))}</h2>{html.escape(context)}"
        f'<ul>{rows}<li><i class="unknown" style="background:{UNKNOWN_COLOR}"></i>'
        f"{_UNKNOWN.in_language(language)}<small>{unknown:,}</small></li></ul></section>"
    )


def header_html(manifest: Manifest, language: Language) -> str:
    """Return the box with title, places, editions, licences and what was not computed."""

    def lines(texts: list[str]) -> str:
        return "".join(f"<li>{html.escape(text)}</li>" for text in dict.fromkeys(texts))

    sources = [
        f"{source.title.text.in_language(language)}, {_EDITION.in_language(language)} "
        f"{source.edition}. {source.publisher}. {source.licence}"
        for source in manifest.sources
    ]
    gaps = [item.reason.text.in_language(language) for item in manifest.not_computed]
    notes = [note.text.in_language(language) for note in manifest.notes]
    summary = Text("Fuentes, ediciones y licencias", "Sources, editions and licences")
    editions = " · ".join(
        dict.fromkeys(
            f"{_ASIDE.sub('', source.title.text.in_language(language))} {source.edition}"
            for source in manifest.sources
        )
    )
    return (
        f'<section class="cuidados-title">'
        f"<h1>{html.escape(manifest.title.text.in_language(language))}</h1>"
        f"{html.escape(editions)}<details><summary>{summary.in_language(language)}</summary>"
        f"<ul>{lines(sources)}{lines(gaps)}{lines(notes)}</ul></details></section>"
    )
