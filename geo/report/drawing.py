"""Maps and charts as SVG: small, drawn alike everywhere, with texts that stay texts.

Lengths are in the picture's own units, about a CSS pixel. Everything that comes from outside is
escaped; nothing is referred to, so a picture stands alone in a page, a document or a file.
"""

import html
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

INK, PALE, GRID = "#1b1b1f", "#5c6470", "#d5d8de"
FONT = "DejaVu Sans, Verdana, sans-serif"
_METRES_A_DEGREE = 111_320.0
_TOLERANCE = 0.35
_STEPS = (1, 2, 5)
_ROW, _GAP, _LABEL = 17, 12, 215
_KM = 1_000
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def escape(text: str) -> str:
    """Return a text for XML or HTML: escaped, without the control characters they do not hold."""
    return html.escape(_CONTROL.sub("", text))


def svg(width: int, height: int, body: Sequence[str]) -> str:
    """Return a whole picture; what it shows is told beside it, so its parts are not read out."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="{FONT}" font-size="11" fill="{INK}">'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{"".join(body)}</svg>'
    )


def label(x: float, y: float, text: str, **more: str) -> str:
    """Return a text at a point; underscores in names of attributes stand for hyphens."""
    attributes = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{attributes}>{escape(text)}</text>'


@dataclass(frozen=True, slots=True)
class Frame:
    """How degrees become units of a picture: equal scale both ways at its middle latitude."""

    west: float
    north: float
    across: float
    down: float

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float], width: float, height: float,
               margin: float) -> "Frame":  # fmt: skip
        """Return the frame that holds bounds (degrees) in the middle of a picture."""
        west, south, east, north = bounds
        shrink = math.cos(math.radians((south + north) / 2))
        wide, high = max((east - west) * shrink, 1e-4), max(north - south, 1e-4)
        scale = min((width - 2 * margin) / wide, (height - 2 * margin) / high)
        across = scale * shrink
        return cls(
            west=west - (width / across - (east - west)) / 2,
            north=north + (height / scale - (north - south)) / 2,
            across=across,
            down=scale,
        )

    def place(self, points: Any) -> Any:
        """Return points (n × 2, degrees) in units of the picture."""
        return np.column_stack(
            ((points[:, 0] - self.west) * self.across, (self.north - points[:, 1]) * self.down)
        )

    @property
    def units_per_km(self) -> float:
        """Units of the picture in a kilometre."""
        return self.down / _METRES_A_DEGREE * _KM

    def paths(self, shapes: Any) -> list[str]:
        """Return the outline of each shape as path data; empty for none."""
        placed = shapely.transform(shapes, self.place)
        simple = shapely.simplify(placed, _TOLERANCE, preserve_topology=True)
        return [_path(shape) for shape in simple]


def _path(shape: Any) -> str:
    if shape is None or shape.is_empty:
        return ""
    parts = []
    for polygon in shapely.get_parts(shape):
        for ring in (polygon.exterior, *polygon.interiors):
            points = np.round(shapely.get_coordinates(ring)[:-1], 1).tolist()
            parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "Z")
    return "".join(parts)


def scale_bar(frame: Frame, x: float, y: float, width: float) -> str:
    """Return a bar of a round number of kilometres, at most ``width`` long."""
    most = width / frame.units_per_km
    power = 10.0 ** math.floor(math.log10(most))
    length = max(step * power for step in _STEPS if step * power <= most)
    end = x + length * frame.units_per_km
    text = f"{length:g} km" if length >= 1 else f"{length * _KM:g} m"
    return (
        f'<path d="M{x:.1f} {y - 4:.1f}V{y:.1f}H{end:.1f}V{y - 4:.1f}" fill="none" '
        f'stroke="{INK}"/>' + label((x + end) / 2, y - 6, text, text_anchor="middle")
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its value, how it is written, its colour, and the range drawn as whiskers."""

    value: float | None
    text: str
    color: str
    low: float | None = None
    high: float | None = None


def bars(
    groups: Sequence[tuple[str, Sequence[Bar]]],
    *,
    width: int,
    legend: Sequence[tuple[str, str]],
    most: float | None = None,
) -> tuple[str, int]:
    """Return a chart of horizontal bars in groups, and its height.

    Parameters
    ----------
    groups
        Name and bars of each group; a bar without value is told as its text alone.
    width
        Width of the picture.
    legend
        Colour and title of each bar of a group.
    most
        Value at the right end; the greatest value or upper bound unless given.
    """
    values = [
        end for _, row in groups for bar in row for end in (bar.value, bar.high) if end is not None
    ]
    top = most or max(values, default=1.0) or 1.0
    room = width - _LABEL - 150
    body: list[str] = []
    x = float(_LABEL)
    for color, title in legend:
        body.append(f'<rect x="{x:.1f}" y="6" width="12" height="12" fill="{color}"/>')
        body.append(label(x + 17, 16, title))
        x += 30 + 6.6 * len(title)
    y = 32.0
    for name, row in groups:
        middle = y + _ROW * len(row) / 2 + 4
        body += [
            label(_LABEL - 10, middle + 13 * (at - (len(lines) - 1) / 2), line, text_anchor="end")
            for lines in (_wrapped(name),)
            for at, line in enumerate(lines)
        ]
        for bar in row:
            body.append(_bar(bar, y, room / top))
            y += _ROW
        y += _GAP
    body.append(f'<path d="M{_LABEL} 28V{y - _GAP + 4:.1f}" stroke="{PALE}" fill="none"/>')
    return svg(width, round(y), body), round(y)


def _bar(bar: Bar, y: float, scale: float) -> str:
    if bar.value is None:
        return label(_LABEL + 6, y + 12, bar.text, fill=PALE)
    length = bar.value * scale
    box = f'x="{_LABEL}" y="{y + 2:.1f}" width="{length:.1f}" height="{_ROW - 4}"'
    parts = [f'<rect {box} fill="{bar.color}"/>']
    end = length
    if bar.low is not None and bar.high is not None and bar.low != bar.high:
        low, high = _LABEL + bar.low * scale, _LABEL + bar.high * scale
        middle = y + _ROW / 2
        parts.append(
            f'<path d="M{low:.1f} {middle - 4:.1f}v8M{low:.1f} {middle:.1f}H{high:.1f}'
            f'M{high:.1f} {middle - 4:.1f}v8" stroke="{INK}" fill="none"/>'
        )
        end = max(length, high - _LABEL)
    parts.append(label(_LABEL + end + 6, y + 12, bar.text))
    return "".join(parts)


def _wrapped(name: str, most: int = 32) -> list[str]:
    lines = [""]
    for part in name.split(" "):
        if lines[-1] and len(lines[-1]) + len(part) >= most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {part}".strip()
    return [line if len(line) <= most else line[: most - 1] + "…" for line in lines[:2]]
