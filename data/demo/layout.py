"""Avenues, river, railway and the superblocks between them: the frame of the demo city."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon

from data.demo.geometry import GRID_M, Objects

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

RIVER_HALF_M = 38.0
CITY_RADIUS_M = 2650.0
_LARGEST_M2 = 340_000.0
_SMALLEST_M2 = 110_000.0
_PIECE_M2 = 900.0
_MALECON_Y = (-806.0, 856.0)
BRIDGES = {"Puente Viejo": 120.0, "Puente Bicentenario": -1760.0}


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of a town.

    Parameters
    ----------
    outline
        Edge of the built-up area.
    river, rail
        Centre lines; None where the town has none.
    avenues
        Main streets, clipped to the town, with their type and name.
    superblocks
        Areas between avenues, each one a colonia.
    """

    outline: Polygon
    river: LineString | None
    rail: LineString | None
    avenues: list[tuple[LineString, str, str]]
    superblocks: Objects = field(repr=False)


def city_frame(rng: np.random.Generator) -> Frame:
    """Return the frame of the city, in local metres before the warp."""
    outline = _blob(CITY_RADIUS_M, rng)
    river = LineString(_river_points())
    rail = LineString(
        [
            (-10_500.0, 900.0),
            (-4200.0, 1500.0),
            (-1500.0, 1480.0),
            (900.0, 1690.0),
            (4200.0, 1900.0),
            (17_000.0, 600.0),
        ]
    )
    water = river.buffer(RIVER_HALF_M)
    avenues: list[tuple[LineString, str, str]] = []
    for line, kind, name in _avenue_lines(outline):
        for part in _parts(line.intersection(outline)):
            if name in {"Miguel Hidalgo y Costilla", "Libramiento Sur"}:
                avenues.extend(_with_bridge(part, water, kind, name))
            else:
                avenues.extend((piece, kind, name) for piece in _parts(part.difference(water)))
    avenues.append((_malecon(water), "Avenida", "Malecón"))
    land = outline.difference(water)
    faces = _faces(land, [*(line for line, _, _ in avenues), rail.intersection(land)])
    superblocks, cuts = _split(faces, rng)
    avenues.extend((line, "Calle", "") for line in cuts)
    return Frame(outline, river, rail, avenues, _merge_small(superblocks))


def town_frame(radius_m: float, centre: tuple[float, float], rng: np.random.Generator) -> Frame:
    """Return the frame of a small town: two main streets across a round built-up area."""
    outline = shapely.set_precision(
        shapely.transform(_blob(radius_m, rng), lambda points: points + np.asarray(centre)), GRID_M
    )
    x, y = centre
    lines = [
        (
            LineString([(x - 2 * radius_m, y + 40), (x + 2 * radius_m, y + 10)]),
            "Calle",
            "Miguel Hidalgo",
        ),
        (
            LineString([(x - 30, y - 2 * radius_m), (x + 15, y + 2 * radius_m)]),
            "Calle",
            "Benito Juárez",
        ),
    ]
    avenues = [(line.intersection(outline), kind, name) for line, kind, name in lines]
    faces = _faces(outline, [line for line, _, _ in avenues])
    return Frame(outline, None, None, avenues, _merge_small(faces))


def river_polygon(frame: Frame) -> Polygon:
    """Return the water between the banks."""
    if frame.river is None:
        raise ValueError(frame)
    return frame.river.buffer(RIVER_HALF_M - 8.0)


def _river_points() -> "ArrayLike":
    y = np.linspace(-13_500.0, 12_500.0, 325)
    x = 1230 + 260 * np.sin(y / 1150 + 0.5) + 75 * np.sin(y / 430)
    return np.column_stack([x, y])


def _blob(radius_m: float, rng: np.random.Generator) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, 140, endpoint=False)
    radius = np.full(len(angle), 1.0)
    for wave, size in ((2, 0.07), (3, 0.06), (5, 0.035), (9, 0.02)):
        radius += size * np.sin(wave * angle + rng.uniform(0, 2 * np.pi))
    points = radius_m * radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return shapely.set_precision(Polygon(points), GRID_M)


def _avenue_lines(outline: Polygon) -> list[tuple[LineString, str, str]]:
    far = 4000.0
    ring = LineString(outline.exterior.coords)
    east = shapely.box(1500.0, -1760.0, far, 2600.0)
    zapata = LineString([(-far, 820), (0, 760), (far, 900)])
    return [
        (LineString([(-far, 60), (-900, 130), (far, 120)]), "Avenida", "Miguel Hidalgo y Costilla"),
        (LineString([(-20, -far), (-60, 0), (10, far)]), "Avenida", "Benito Juárez"),
        (LineString([(-far, -760), (far, -840)]), "Avenida", "Insurgentes"),
        (zapata, "Boulevard", "Emiliano Zapata"),
        (LineString([(-far, -1720), (far, -1760)]), "Libramiento", "Libramiento Sur"),
        (LineString([(-980, -far), (-900, 0), (-1020, far)]), "Avenida", "Revolución"),
        (LineString([(-1850, -far), (-1760, 0), (-1700, far)]), "Boulevard", "De las Jacarandas"),
        (LineString([(700, -far), (640, 0), (720, far)]), "Avenida", "José María Morelos y Pavón"),
        (LineString([(2020, -far), (1960, 0), (2100, far)]), "Avenida", "De los Maestros"),
        (
            _up_to(LineString([(-far, 2900), (-1000, 700)]), zapata),
            "Carretera",
            "Carretera al Norte",
        ),
        (ring.intersection(east), "Libramiento", "Libramiento Oriente"),
    ]


def _malecon(water: Polygon) -> LineString:
    """Return the street along the west bank, from one avenue that ends at it to the next."""
    south, north = _MALECON_Y
    bank = water.exterior.intersection(shapely.box(0.0, south, 2500.0, north))
    return min(_parts(bank), key=lambda line: float(line.centroid.x))


def _up_to(line: LineString, other: LineString) -> LineString:
    """Return the first part of a line, up to where it meets another."""
    return LineString([line.coords[0], line.intersection(other).coords[0]])


def _with_bridge(
    line: LineString, water: Polygon, kind: str, name: str
) -> list[tuple[LineString, str, str]]:
    bridge = next(key for key, y in BRIDGES.items() if abs(line.centroid.y - y) < CITY_RADIUS_M / 8)
    pieces = [(piece, kind, name) for piece in _parts(line.difference(water))]
    return [*pieces, (line.intersection(water), "Avenida", bridge)]


def _parts(geometry: shapely.Geometry) -> list[LineString]:
    merged = shapely.line_merge(geometry) if geometry.geom_type != "LineString" else geometry
    return [part for part in shapely.get_parts(merged) if part.geom_type == "LineString"]


def _faces(land: Polygon | MultiPolygon, lines: list[LineString]) -> list[Polygon]:
    network = shapely.union_all([land.boundary, *lines], grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(network)))
    inside = shapely.contains(shapely.buffer(land, 1.0), shapely.point_on_surface(faces))
    return [face for face in faces[inside] if face.area > _PIECE_M2]


def _split(
    faces: list[Polygon], rng: np.random.Generator
) -> tuple[list[Polygon], list[LineString]]:
    done: list[Polygon] = []
    cuts: list[LineString] = []
    waiting = list(faces)
    while waiting:
        face = waiting.pop()
        if face.area <= _LARGEST_M2:
            done.append(face)
            continue
        cut = _across(face, rng)
        cuts.append(cut)
        waiting.extend(_faces(face, [cut]))
    return done, cuts


def _across(face: Polygon, rng: np.random.Generator) -> LineString:
    box = shapely.get_coordinates(face.minimum_rotated_rectangle)
    first, second = box[1] - box[0], box[2] - box[1]
    longer = first if np.hypot(*first) >= np.hypot(*second) else second
    across = np.array([-longer[1], longer[0]]) / np.hypot(*longer)
    turn = rng.normal(0, 0.03)
    across = across @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    middle = np.asarray(face.centroid.coords[0]) + longer * rng.uniform(-0.06, 0.06)
    reach = LineString([middle - 3000 * across, middle + 3000 * across])
    pieces = _parts(reach.intersection(face))
    return min(pieces, key=lambda piece: piece.distance(Point(middle)))


def _merge_small(faces: list[Polygon]) -> Objects:
    """Join faces too small to be a colonia to the neighbour with the longest common edge."""
    items = np.asarray(faces, dtype=object)
    order = np.lexsort(
        (shapely.get_y(shapely.centroid(items)), shapely.get_x(shapely.centroid(items)))
    )
    items = items[order]
    while len(items) > 1:
        worst = int(shapely.area(items).argmin())
        if items[worst].area >= _SMALLEST_M2:
            break
        shared = shapely.length(shapely.intersection(items, items[worst]))
        shared[worst] = -1.0
        into = int(shared.argmax())
        items[into] = shapely.union(items[into], items[worst], grid_size=GRID_M)
        items = np.delete(items, worst)
    return items
