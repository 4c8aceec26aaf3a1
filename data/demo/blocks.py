"""Colonias of the demo city filled with streets and blocks."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Polygon

from data.demo.geometry import (
    Floats,
    Ints,
    Objects,
    clip_lines,
    cut_area,
    grid_lines,
    organic_lines,
)
from data.demo.layout import Frame
from data.demo.zones import ZONES, Zone, zone_of

_SMALLEST_BLOCK_M2 = 1900.0
_LEAST_BLOCK_M2 = 480.0
_UPRIGHT = 0.5  # share of grids whose long blocks run along the colonia
_WITH_LANE = 0.55  # share of long curved blocks that a cul-de-sac enters
_LANE_M = 4.5  # half the width of a cul-de-sac
_WALL_M = 62.0  # depth of the lots along the wall of a gated neighbourhood
_LONG_M2 = 7500.0
# Lanes left out make the blocks of a settlement larger; behind a wall no lot is joined to another.
_LEAST_M2 = {"organica": 3400.0, "cerrada": 500.0}
_TOUCHES_M = 0.2
_AVENUE_M = 9.0  # half the width of an avenue


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks and streets of a town, in local metres before the warp.

    Parameters
    ----------
    polygon
        Blocks, shape (n,).
    colonia
        Position of each block's superblock, shape (n,).
    zone
        Kind of each superblock, shape (c,).
    lines
        Local street lines, shape (m,), and the superblock and number of the street each is part
        of, shapes (m,).
    """

    polygon: Objects
    colonia: Ints
    zone: list[str]
    lines: Objects
    line_colonia: Ints
    line_street: Ints


def fill(
    frame: Frame, zones: list[str], *, smallest_m2: float = _SMALLEST_BLOCK_M2,
    rng: np.random.Generator,
) -> Blocks:  # fmt: skip
    """Lay out every superblock of a frame.

    Parameters
    ----------
    frame
        Avenues and superblocks.
    zones
        Kind of each superblock.
    smallest_m2
        Area below which a block is joined to its neighbour.
    rng
        Source of chance.
    """
    avenues = shapely.union_all([line for line, _, _ in frame.avenues])
    axes = np.asarray([line for line, _, _ in frame.avenues], dtype=object)
    carriageways = shapely.buffer(axes, _AVENUE_M)
    tree = shapely.STRtree(axes)
    rail = [] if frame.rail is None else [frame.rail]
    polygons: list[Objects] = []
    lines: list[Objects] = []
    streets: list[Ints] = []
    for area, name in zip(frame.superblocks, zones, strict=True):
        zone = ZONES[name]
        inner = [
            part
            for line in [avenues, *rail]
            for part in shapely.get_parts(line.intersection(area.buffer(-1.0)))
            if part.length > 1.0
        ]
        local, families, fences = _local_streets(area, zone, rng)
        least = _LEAST_M2.get(zone.pattern, smallest_m2)
        cut = cut_area(area, local, [*inner, *fences], smallest_m2=least)
        near = tree.query(area, "intersects")
        paved = shapely.multilinestrings(list(np.concatenate([axes[near], cut.segments])))
        blocks, lanes = _blocks_of(cut.faces, zone, paved, rng)
        blocks = shapely.difference(blocks, shapely.union_all(carriageways[near]))
        polygons.append(_sizeable_parts(blocks))
        lines.append(np.concatenate([cut.segments, lanes]))
        ends = max(families, default=0) + 1 + np.arange(len(lanes))
        streets.append(np.concatenate([np.asarray(families, dtype=np.intp)[cut.street], ends]))
    count = [len(item) for item in polygons]
    return Blocks(
        np.concatenate(polygons), np.repeat(np.arange(len(count)), count), zones,
        np.concatenate(lines), np.repeat(np.arange(len(lines)), [len(item) for item in lines]),
        np.concatenate(streets).astype(np.intp),
    )  # fmt: skip


def city_zones(frame: Frame) -> list[str]:
    """Return the kind of every superblock of the city, with a park and two gated ones."""
    points = shapely.get_coordinates(shapely.centroid(frame.superblocks))
    zones = [zone_of(x, y) for x, y in points]
    for kind, near in (
        ("parque", (420.0, -980.0)), ("privado", (-1380.0, -1250.0)),
        ("privado", (2100.0, -1300.0)),
    ):  # fmt: skip
        zones[int(np.hypot(*(points - near).T).argmin())] = kind
    return zones


def _local_streets(
    area: Polygon, zone: Zone, rng: np.random.Generator
) -> tuple[list[LineString], list[int], list[LineString]]:
    if zone.pattern == "ninguna":
        return [], [], []
    if zone.pattern == "organica":
        return *organic_lines(area, step=zone.step[0], rng=rng), []
    box = shapely.get_coordinates(area.minimum_rotated_rectangle)
    side = max((box[1] - box[0], box[2] - box[1]), key=lambda item: float(np.hypot(*item)))
    angle = float(np.arctan2(side[1], side[0])) + rng.normal(0, 0.02)
    if zone.pattern == "cerrada":
        return _gated_streets(area, zone, angle, rng)
    bend = 16.0 if zone.pattern == "curva" else 0.0
    step = zone.step if rng.random() < _UPRIGHT or bend else (zone.step[1], zone.step[0])
    lines, families = grid_lines(area, angle=angle, step=step, bend_m=bend, rng=rng)
    return *clip_lines(lines, families, area), []


def _gated_streets(
    area: Polygon, zone: Zone, angle: float, rng: np.random.Generator
) -> tuple[list[LineString], list[int], list[LineString]]:
    """Streets that touch the avenues around them at one gate only."""
    inner = area.buffer(-_WALL_M, join_style="round")
    inner = max(shapely.get_parts(inner), key=lambda part: part.area)
    loop = inner.simplify(2.0).exterior
    lines, families = grid_lines(inner, angle=angle, step=zone.step, bend_m=12.0, rng=rng)
    lines, families = clip_lines(lines, families, inner)
    marks = shapely.line_interpolate_point(loop, np.arange(0.0, loop.length, 115.0))
    links = shapely.shortest_line(marks, area.exterior)
    links = links[shapely.length(links) < 1.3 * _WALL_M]
    gate = int(shapely.distance(links, area.centroid).argmin())
    # Links run a little past both ends, so that they cut the strip between wall and avenue.
    links = [_stretched(link) for link in links]
    top = max(families, default=0)
    streets = [*lines, LineString(loop.coords), links.pop(gate)]
    return streets, [*families, top + 1, top + 2], links


def _stretched(line: LineString) -> LineString:
    ends = shapely.get_coordinates(line)
    over = 0.6 * (ends[1] - ends[0]) / line.length
    return LineString([ends[0] - over, ends[1] + over])


def _blocks_of(
    faces: Objects, zone: Zone, paved: shapely.Geometry, rng: np.random.Generator
) -> tuple[Objects, Objects]:
    """Return blocks set back from the street axes, and the cul-de-sacs that enter long ones."""
    blocks = shapely.buffer(faces, -zone.half_width, join_style="mitre", mitre_limit=2.0)
    lanes: list[LineString] = []
    if zone.pattern == "curva":
        for position in np.flatnonzero(shapely.area(faces) > _LONG_M2):
            if rng.random() < _WITH_LANE:
                lane = _cul_de_sac(faces[position])
                if paved.distance(shapely.Point(lane.coords[0])) > _TOUCHES_M:
                    continue  # the face ends at the river or at the fields on that side
                lanes.append(lane)
                blocks[position] = blocks[position].difference(
                    lane.buffer(_LANE_M, cap_style="flat")
                )
    return blocks, np.asarray(lanes, dtype=object)


def _cul_de_sac(face: Polygon) -> LineString:
    box = shapely.get_coordinates(face.minimum_rotated_rectangle)
    first, second = box[1] - box[0], box[2] - box[1]
    longer = first if np.hypot(*first) < np.hypot(*second) else second
    middle = np.asarray(face.centroid.coords[0])
    reach = LineString([middle, middle + longer])
    start = shapely.get_coordinates(reach.intersection(face.exterior))[0]
    return LineString([start, start + 0.62 * 2 * (middle - start)])


def _sizeable_parts(blocks: Objects) -> Objects:
    """Return the polygons left of faces; one may fall apart where it narrows to a lane."""
    parts = shapely.get_parts(shapely.make_valid(blocks))
    polygonal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    return parts[polygonal & (shapely.area(parts) > _LEAST_BLOCK_M2)]


def spread(polygons: Objects) -> Floats:
    """Return the area of each polygon in hectares."""
    return np.asarray(shapely.area(polygons), dtype=np.float64) / 10_000.0
