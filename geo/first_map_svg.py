"""Lines and areas in whole units as a small SVG, in the colours and widths of the page's map."""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely

# The page's own colours (``style.css``), light and dark; a test holds them together.
COLORS = {
    "ground": ("#eceef1", "#1d2026"),
    "edge": ("#5c6470", "#14161a"),
    "street": ("#ffffff", "#0b0d10"),
    "water": ("#a9bfd3", "#31475c"),
    "green": ("#c3d3b8", "#2b3a2e"),
}
_DOT, _AROUND_DOT = "#1b1b1f", "#ffffff"
_HATCH = (
    '<pattern id="h" width="5.66" height="5.66" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><path fill="#d6d6da" d="M0 0h6v6H0z"/>'
    '<path fill="#6e6e76" d="M0 0h1.41v6H0z"/></pattern>'
)
_ALWAYS = (
    "path{vector-effect:non-scaling-stroke;stroke-linejoin:round;stroke-linecap:round}"
    ".e,.r,.s{fill:none}.s{stroke-opacity:.75}.g,.w{stroke-width:.8px}"
    f".o{{stroke:{_AROUND_DOT}}}.d{{stroke:{_DOT}}}"
)
# Widths in pixels by zoom, as the page draws them (``map-layers.ts``).
_EDGE_PX = ((8, 0.3), (14, 1.0))
_STREET_PX = ((12, 0.3), (15, 1.4), (18, 4.0))
_WATER_PX = ((9, 0.5), (15, 2.5))
_DOT_PX = ((8, 1.0), (12, 2.2), (14, 4.0), (17, 8.0))
_SOFT_PX = 0.75  # MapLibre draws the edges of dots so much softer
_AROUND_PX = ((8, 0.5), (13, 1.5))
STREETS_FROM = 12
SIDE_PX, UNITS_A_PX = 2000, 2
SIDE = SIDE_PX * UNITS_A_PX
FLAT = 2  # dimensions of an area
_LEAST_AREA = 8.0  # square units: what is left where outlines do not quite meet is smaller

Points = np.ndarray[Any, np.dtype[np.int64]]


def joined(shapes: Any) -> Any:
    """Return areas in whole units, joined, within the picture."""
    whole = shapely.set_precision(shapely.make_valid(shapes), 1.0)
    return shapely.get_parts(
        shapely.intersection(shapely.union_all(whole), shapely.box(0, 0, SIDE, SIDE))
    )


def segments(lines: Any) -> Points:
    """Return the pieces of lines between whole units, each once, that touch the picture."""
    points, line = shapely.get_coordinates(lines, return_index=True)
    whole = np.rint(points).astype("int64")
    pairs = np.hstack((whole[:-1], whole[1:]))
    pairs = pairs[(line[:-1] == line[1:]) & (pairs[:, :2] != pairs[:, 2:]).any(axis=1)]
    low = np.minimum(pairs[:, :2], pairs[:, 2:])
    high = np.maximum(pairs[:, :2], pairs[:, 2:])
    pairs = pairs[(low < SIDE).all(axis=1) & (high > 0).all(axis=1)]
    turned = (pairs[:, 0] > pairs[:, 2]) | (
        (pairs[:, 0] == pairs[:, 2]) & (pairs[:, 1] > pairs[:, 3])
    )
    pairs[turned] = pairs[turned][:, [2, 3, 0, 1]]
    return np.unique(pairs, axis=0)


def chains(segments: Points) -> Any:
    """Return the lines between the points where three or more segments meet."""
    if not len(segments):
        return np.array([])
    lines = shapely.linestrings(segments.reshape(-1, 2, 2).astype("float64"))
    return shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))


def _areas(shapes: Any, tolerance: float) -> str:
    simple = shapely.get_parts(shapely.simplify(shapes, tolerance))
    rings = shapely.get_rings(simple[shapely.get_dimensions(simple) == FLAT])
    rings = rings[shapely.area(shapely.polygons(rings)) >= _LEAST_AREA]
    return _written((shapely.get_coordinates(ring)[:-1] for ring in rings), least=3, end="z")


def _lines(lines: Any, tolerance: float) -> str:
    simple = shapely.simplify(lines, tolerance, preserve_topology=False)
    return _written((shapely.get_coordinates(line) for line in simple), least=2, end="")


def _written(lines: Iterable[Any], *, least: int, end: str) -> str:
    """Return path data in whole units, each line from its start by steps, in a fixed order."""
    held = []
    for points in lines:
        whole = np.rint(points).astype("int64")
        moved = np.r_[True, (np.diff(whole, axis=0) != 0).any(axis=1)] if len(whole) else []
        whole = whole[moved]
        if len(whole) >= least:
            held.append(whole.tolist())
    return "".join(_path(points) + end for points in sorted(held))


def _path(points: Sequence[Sequence[int]]) -> str:
    steps = [
        step for (x, y), (to_x, to_y) in itertools.pairwise(points) for step in (to_x - x, to_y - y)
    ]
    return f"M{points[0][0]} {points[0][1]}l{_numbers(steps)}"


def _numbers(values: Iterable[int]) -> str:
    return " ".join(map(str, values)).replace(" -", "-")


def _dots(points: Points) -> str:
    """Return path data of lines without length, which round caps make dots."""
    steps = np.diff(points, axis=0, prepend=[[0, 0]]).tolist()
    return "".join(f"m{_numbers(step)}h0" for step in steps)


def svg(
    zoom: float,
    tolerance: float,
    *,
    fills: Sequence[tuple[str, Any]],
    edges: Any,
    green: Any,
    water: Any,
    courses: Any,
    streets: Any,
    dots: Points,
) -> str:
    """Return the picture, its parts over one another in the order of the page's layers.

    Parameters
    ----------
    zoom
        Zoom of the view it is drawn for.
    tolerance
        How far lines may run beside themselves, in units.
    fills
        Colour and areas of each class.
    edges, courses, streets
        Lines: borders of the areas, rivers, streets.
    green, water
        Areas.
    dots
        Where centres are.
    """
    parts = [(f'fill="{color}"', _areas(shapes, tolerance)) for color, shapes in fills]
    parts += [
        ('class="e"', _lines(edges, tolerance)),
        ('class="g"', _areas(green, tolerance)),
        ('class="w"', _areas(water, tolerance)),
        ('class="r"', _lines(courses, tolerance)),
        ('class="s"', _lines(streets, tolerance)),
    ]
    body = "".join(f'<path {drawn} d="{path}"/>' for drawn, path in parts if path)
    if len(dots):
        body += (
            f'<defs><path id="d" d="{_dots(dots)}"/></defs>'
            '<use class="o" href="#d"/><use class="d" href="#d"/>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">'
        f"<style>{_style(zoom)}</style>{_HATCH}"
        f'<path class="b" d="M0 0h{SIDE}v{SIDE}H0z"/>{body}</svg>\n'
    )


def _style(zoom: float) -> str:
    """Return colours by scheme, and widths by the size the picture is shown at."""
    plain, dark = (
        "".join(
            f".{name}{{{what}:{COLORS[color][scheme]}}}"
            for name, what, color in (
                ("b", "fill", "ground"), ("e", "stroke", "edge"), ("g", "fill", "green"),
                ("g", "stroke", "green"), ("w", "fill", "water"), ("w", "stroke", "water"),
                ("r", "stroke", "water"), ("s", "stroke", "street"),
            )
        )
        for scheme in (0, 1)
    )  # fmt: skip
    rules = [
        _ALWAYS, plain, f"@media(prefers-color-scheme:dark){{{dark}}}", _widths(zoom),
    ]  # fmt: skip
    # Farther out than this the page draws no streets.
    street_px = SIDE_PX * 2 ** (STREETS_FROM - zoom)
    rules += [
        f"@media(max-width:{SIDE_PX * 2 ** (0.5 - out):.0f}px){{{_widths(zoom - out)}}}"
        for out in (1, 2, 3)
    ]
    rules.append(f"@media(max-width:{street_px:.0f}px){{.s{{display:none}}}}")
    return "".join(rules)


def _widths(zoom: float) -> str:
    """Return the widths that lines and dots have at a zoom."""
    lines = "".join(
        f".{name}{{stroke-width:{_at(zoom, stops):.2f}px}}"
        for name, stops in (("e", _EDGE_PX), ("r", _WATER_PX), ("s", _STREET_PX))
    )
    dot = 2 * _at(zoom, _DOT_PX) - _SOFT_PX
    around = dot + 2 * _at(zoom, _AROUND_PX)
    return f"{lines}.o{{stroke-width:{around:.2f}px}}.d{{stroke-width:{dot:.2f}px}}"


def _at(zoom: float, stops: Sequence[tuple[float, float]]) -> float:
    return float(np.interp(zoom, [at for at, _ in stops], [value for _, value in stops]))
