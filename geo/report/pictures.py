"""The maps and charts of a report."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from data.classification import default_codebooks
from geo.artifacts import ColumnRecord
from geo.figures import Rows, starting_with
from geo.indicators import GROUPS
from geo.map_legend import UNKNOWN_COLOR, classes
from geo.report.drawing import (
    INK,
    PALE,
    Bar,
    Frame,
    bars,
    label,
    scale_bar,
    svg,
)
from geo.report.model import Picture, shown
from geo.report.place import NAMES, Place
from geo.report.tables import centre_rows
from geo.units import unit_in

_WIDTH, _HEIGHT, _LEGEND, _MARGIN = 640, 460, 190, 14
_DEMAND, _PLACES, _NEAR, _FAR = "#2c7fb8", "#d95f0e", "#253494", "#7fb6d6"
_SECTORS = (
    ("centres_public_{}", "#2c7fb8", "Públicos", "Public"),
    ("centres_private_{}", "#d95f0e", "Privados", "Private"),
    ("centres_civil_society_{}", "#5e8c31", "Sociedad civil", "Civil society"),
)
# What a map of a service shows: the first of these that is known.
_SHOWN = (
    "nearest_min_{service}", "e2sfca_{service}", "centres_per_1000_{group}",
    "places_deficit_{service}",
)  # fmt: skip
_SERVICE_GROUP = {"mayores": "mayores", "discapacidad": "discapacidad"}
_BEYOND = "#7a1f5c"
_MOST_DOTS = 4_000


@dataclass(frozen=True, slots=True)
class _Ground:
    """The areas of a map: which rows of which table, and whether they lie inside the place."""

    rows: Rows
    chosen: range
    inside: bool


def service_map(place: Place, service: str, title: str) -> Picture | None:
    """Return the map of a service: its parts, or where none is drawn, the place among its peers.

    Returns
    -------
    Picture or None
        None where the atlas draws no outline of the place or its parts, or nothing is known.
    """
    ground, column = _shown(place, service)
    if ground is None or column is None:
        return None
    shapes = ground.rows.shapes(np.arange(ground.chosen.start, ground.chosen.stop))
    drawn = ~np.asarray(shapely.is_missing(shapes))
    frame = _frame(shapes[drawn])
    values = ground.rows.take(column.name, ground.chosen)
    said = classes(column, place.language)
    breaks = column.statistics.breaks if column.statistics is not None else ()
    beyond = _beyond(ground, column)
    key = [(item.color, item.label) for item in said]
    if beyond.any():
        key.append((_BEYOND, place.say("Fuera de alcance", "Out of reach")))
    key.append((UNKNOWN_COLOR, place.say("Sin dato", "No data")))
    body, counted = [], [0] * len(key)
    for path, value, out in zip(
        frame.paths(shapes[drawn]), values[drawn], beyond[drawn], strict=True
    ):
        known = bool(said) and not np.isnan(value)
        at = bisect_right(breaks, float(value)) if known else len(said) if out else len(key) - 1
        counted[at] += 1
        body.append(f'<path d="{path}" fill="{key[at][0]}" stroke="#ffffff" stroke-width="0.5"/>')
    body += _outline(place, frame)
    dots = _dots(place, service, frame)
    body += dots
    body.append(scale_bar(frame, _MARGIN, _HEIGHT - 10, 110))
    body += _legend(place, column, key, counted, dots=bool(dots))
    shown_title = column.title.text.in_language(place.language).partition(": ")[0]
    where = NAMES[ground.rows.record.level or place.level][1].in_language(place.language)
    return Picture(
        id=f"mapa_{service}",
        title=f"{title}: {_lower(shown_title)}",
        alternative=_told(place, column, key, counted, where, title),
        svg=svg(_WIDTH, _HEIGHT, body),
        width=_WIDTH,
        height=_HEIGHT,
    )


def _shown(place: Place, service: str) -> tuple[_Ground | None, ColumnRecord | None]:
    group = _SERVICE_GROUP.get(service, "infancia")
    for ground in _grounds(place):
        by_name = {column.name: column for column in ground.rows.record.columns}
        for stem in _SHOWN:
            column = by_name.get(stem.format(service=service, group=group))
            if column is None:
                continue
            values = ground.rows.take(column.name, ground.chosen)
            if not np.isnan(values).all():
                return ground, column
    return None, None


def _grounds(place: Place) -> list[_Ground]:
    """Return what a map may be of, best first: small parts, larger ones, the peers around."""
    found = []
    order = ("ageb", "municipio", "manzana", "localidad")
    inner = [level for level in order if level in place.shelf.levels and level != place.level]
    for level in inner:
        rows, chosen = place.parts(level)
        if _areas(rows, chosen):
            found.append(_Ground(rows, chosen, inside=True))
    peers = starting_with(place.rows, place.code[: 0 if place.level == "entidad" else 2])
    if place.level in ("entidad", "municipio") and _areas(place.rows, peers):
        found.append(_Ground(place.rows, peers, inside=False))
    return found


def _beyond(ground: _Ground, column: ColumnRecord) -> Any:
    """Return which rows are known to lie beyond the longest walk, and so have no minutes."""
    reach = f"reach_{column.service}"
    if column.kind != "time" or reach not in ground.rows.columns:
        return np.zeros(len(ground.chosen), dtype=bool)
    states = ground.rows.take(reach, ground.chosen)
    return states == "fuera_de_alcance"


def _areas(rows: Rows, chosen: range) -> bool:
    """Return whether rows are drawn as areas, most of them at least."""
    shapes = rows.shapes(np.arange(chosen.start, chosen.stop))
    areas = int((shapely.get_dimensions(shapes) == 2).sum())  # noqa: PLR2004 — that of an area
    return areas > 0 and areas * 2 > len(chosen)


def _frame(shapes: Any) -> Frame:
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(shapes))
    return Frame.around((west, south, east, north), _WIDTH - _LEGEND, _HEIGHT - 24, _MARGIN)


def _outline(place: Place, frame: Frame) -> list[str]:
    path = frame.paths(place.rows.shapes(np.asarray([place.row])))[0]
    if not path:
        return []
    # A picture within the picture cuts what lies beyond the map's own part.
    drawn = f'<path d="{path}" fill="none" stroke="{INK}" stroke-width="1.4"/>'
    return [f'<svg x="0" y="0" width="{_WIDTH - _LEGEND}" height="{_HEIGHT}">{drawn}</svg>']


def _dots(place: Place, service: str, frame: Frame) -> list[str]:
    found = centre_rows(place)
    if found is None or "scian" not in found[0].columns:
        return []
    rows, chosen = found
    books = default_codebooks()
    offering = set(books.services[service].classes) if service in books.services else set()
    offering |= set(place.shelf.manifest.method.get("supply", {}).get("optional_classes", ()))
    classes = rows.take("scian", chosen)
    serving = [row for row, scian in zip(chosen, classes, strict=True) if scian in offering]
    serving = serving[:_MOST_DOTS]
    shapes = rows.shapes(np.asarray(serving, dtype="int64"))
    placed = shapes[~np.asarray(shapely.is_missing(shapes))] if serving else []
    if not len(placed):
        return []
    points = frame.place(shapely.get_coordinates(placed))
    wide, high = _WIDTH - _LEGEND, _HEIGHT
    return [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="{INK}" stroke="#ffffff" '
        'stroke-width="0.7"/>'
        for x, y in points.tolist() if 0 <= x <= wide and 0 <= y <= high
    ]  # fmt: skip


def _legend(place: Place, column: ColumnRecord, key: list[tuple[str, str]], counted: list[int],
            *, dots: bool) -> list[str]:  # fmt: skip
    left, y = _WIDTH - _LEGEND + 12, 24.0
    unit = unit_in(column.unit, column.kind, place.language)
    body = [label(left, y, unit[:28], font_weight="bold")]
    for (color, text), count in zip(key, counted, strict=True):
        y += 20
        body.append(f'<rect x="{left}" y="{y - 11:.1f}" width="18" height="13" fill="{color}" '
                    f'stroke="{PALE}" stroke-width="0.6"/>')  # fmt: skip
        body.append(label(left + 25, y, f"{text} ({count:,})"))
    if dots:
        y += 24
        body.append(f'<circle cx="{left + 9}" cy="{y - 4:.1f}" r="3" fill="{INK}"/>')
        body.append(label(left + 25, y, place.say("Centro", "Centre")))
    return body


def _told(
    place: Place, column: ColumnRecord, key: list[tuple[str, str]], counted: list[int], where: str,
    title: str,
) -> str:  # fmt: skip
    parts = [f"{text}: {count:,}" for (_, text), count in zip(key, counted, strict=True)]
    unit = unit_in(column.unit, column.kind, place.language)
    name = column.title.text.in_language(place.language).partition(": ")[0]
    return place.say(
        f"Mapa de {place.name}. {title}. {where} por «{name}» ({unit}): ",
        f"Map of {place.name}. {title}. {where} by “{name}” ({unit}): ",
    ) + "; ".join(parts)


def charts(place: Place) -> dict[str, Picture]:
    """Return the charts there is something to draw for, by the section they stand in."""
    made = {
        "servicios": _places_chart(place),
        "acceso": _walk_chart(place),
        "centros": _sector_chart(place),
    }
    return {name: picture for name, picture in made.items() if picture is not None}


def _places_chart(place: Place) -> Picture | None:
    groups = [
        (title, [_bar(place, f"demand_{name}", "count", _DEMAND),
                 _bar(place, f"places_{name}", "count", _PLACES)])
        for name, title in place.services.items()
    ]  # fmt: skip
    legend = [(_DEMAND, place.say("Demanda potencial (personas)", "Potential demand (people)")),
              (_PLACES, place.say("Lugares estimados", "Estimated places"))]  # fmt: skip
    title = place.say("Demanda potencial y lugares estimados, con su rango",
                      "Potential demand and estimated places, with their range")  # fmt: skip
    return _chart(place, "grafica_lugares", title, groups, legend)


def _walk_chart(place: Place) -> Picture | None:
    groups = [
        (title, [_bar(place, f"within_15min_share_{name}", "share", _NEAR),
                 _bar(place, f"within_30min_share_{name}", "share", _FAR)])
        for name, title in place.services.items()
    ]  # fmt: skip
    legend = [(_NEAR, place.say("A 15 minutos a pie", "Within 15 minutes on foot")),
              (_FAR, place.say("A 30 minutos a pie", "Within 30 minutes on foot"))]  # fmt: skip
    title = place.say("Demanda potencial con un centro cerca",
                      "Potential demand with a centre near")  # fmt: skip
    return _chart(place, "grafica_acceso", title, groups, legend, most=1.0)


def _sector_chart(place: Place) -> Picture | None:
    groups = [
        (title.in_language(place.language),
         [_bar(place, stem.format(group), "count", color) for stem, color, _, _ in _SECTORS])
        for group, title in GROUPS.items()
    ]  # fmt: skip
    legend = [(color, place.say(es, en)) for _, color, es, en in _SECTORS]
    title = place.say("Centros por sector y grupo que atienden",
                      "Centres by sector and group they serve")  # fmt: skip
    return _chart(place, "grafica_sector", title, groups, legend)


def _bar(place: Place, name: str, kind: str, color: str) -> Bar:
    cell = place.cell(name)
    value = cell.value if isinstance(cell.value, float | int) else None
    return Bar(value, shown(cell, kind, place.language), color, cell.low, cell.high)


def _chart(
    place: Place, picture_id: str, title: str, groups: list[tuple[str, list[Bar]]],
    legend: list[tuple[str, str]], *, most: float | None = None,
) -> Picture | None:  # fmt: skip
    if all(bar.value is None for _, row in groups for bar in row):
        return None
    drawn, height = bars(groups, width=_WIDTH, legend=legend, most=most)
    told = [
        f"{name}: " + ", ".join(f"{_lower(words)} {bar.text}"
                                for (_, words), bar in zip(legend, row, strict=True))
        for name, row in groups
    ]  # fmt: skip
    return Picture(
        id=picture_id,
        title=title,
        alternative=place.say("Gráfica de barras. ", "Bar chart. ") + "; ".join(told) + ".",
        svg=drawn,
        width=_WIDTH,
        height=height,
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
