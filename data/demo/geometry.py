"""Plane geometry of the demo city: noded cuts of an area, lines of a grid, a gentle warp.

Coordinates are metres in a local frame (x east, y north) until the writers move them to
EPSG:6372. Everything is snapped to a 0.1 m grid, so that lines that meet share a vertex.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]
Objects: TypeAlias = NDArray[Any]

GRID_M = 0.1
_ON_LINE_M = 0.35  # a noded segment lies this close to the line it came from


@dataclass(frozen=True, slots=True)
class Cut:
    """An area cut by streets.

    Parameters
    ----------
    faces
        Polygons between the streets, shape (n,).
    segments
        Pieces of street inside the area, shape (m,).
    street
        Position of the street each piece belongs to, shape (m,).
    """

    faces: Objects
    segments: Objects
    street: Ints


def cut_area(
    area: Polygon,
    streets: Sequence[LineString],
    fences: Sequence[LineString],
    *,
    smallest_m2: float,
) -> Cut:
    """Cut an area into faces by streets and by fences, and join slivers to their neighbours.

    Parameters
    ----------
    area
        What is cut.
    streets
        Lines that become streets.
    fences
        Lines that part faces without being streets.
    smallest_m2
        A smaller face is joined to the neighbour it shares the longest edge with; streets that
        then lie inside a face are dropped.
    """
    network = shapely.union_all([area.boundary, *streets, *fences], grid_size=GRID_M)
    segments = shapely.get_parts(network)
    faces = shapely.get_parts(shapely.polygonize(segments))
    faces = faces[shapely.contains(shapely.buffer(area, 1.0), shapely.point_on_surface(faces))]
    faces = _join_slivers(faces, smallest_m2)
    if not streets:
        return Cut(faces, segments[:0], np.empty(0, dtype=np.intp))
    middle = shapely.line_interpolate_point(segments, 0.5, normalized=True)
    tree = shapely.STRtree(list(streets))
    found = tree.query_nearest(middle, max_distance=_ON_LINE_M, all_matches=False)
    street = np.full(len(segments), -1, dtype=np.intp)
    street[found[0]] = found[1]
    inside = shapely.STRtree(shapely.buffer(faces, -1.5 * GRID_M)).query(middle, "intersects")
    kept = (street >= 0) & (shapely.distance(middle, area.boundary) > _ON_LINE_M)
    kept[inside[0]] = False
    return Cut(faces, segments[kept], street[kept])


def _join_slivers(faces: Objects, smallest_m2: float) -> Objects:
    faces = faces.copy()
    while len(faces) > 1:
        areas = shapely.area(faces)
        # A long thin face is a sliver whatever its area: measured by the radius that fits inside.
        width = 2 * areas / shapely.length(faces)
        weight = areas * np.minimum(1.0, width / 22.0)
        worst = int(weight.argmin())
        if weight[worst] >= smallest_m2:
            break
        near = shapely.STRtree(faces).query(faces[worst], "intersects")
        near = near[near != worst]
        shared = shapely.length(shapely.intersection(faces[near], faces[worst]))
        if not len(near) or shared.max() == 0:
            faces = np.delete(faces, worst)
            continue
        into = near[int(shared.argmax())]
        faces[into] = shapely.union(faces[into], faces[worst])
        faces = np.delete(faces, worst)
    return faces


def clip_lines(
    lines: Sequence[LineString], families: Sequence[int], area: Polygon, *, shortest_m: float = 18.0
) -> tuple[list[LineString], list[int]]:
    """Clip lines to an area, with the family each piece belongs to; short pieces are left out."""
    pieces: list[LineString] = []
    kept: list[int] = []
    for family, clipped in zip(families, shapely.intersection(list(lines), area), strict=True):
        for part in shapely.get_parts(clipped):
            if part.geom_type == "LineString" and part.length >= shortest_m:
                pieces.append(part)
                kept.append(family)
    return pieces, kept


def grid_lines(
    area: Polygon,
    *,
    angle: float,
    step: tuple[float, float],
    bend_m: float,
    rng: np.random.Generator,
) -> tuple[list[LineString], list[int]]:
    """Return the lines of a grid laid over an area, uncut, each with its number.

    Parameters
    ----------
    area
        Area to cover.
    angle
        Direction of the first family of lines, radians.
    step
        Distance between lines of the first and second family, metres.
    bend_m
        Amplitude of the wave that bends the lines, metres; 0 for straight ones.
    rng
        Source of the small differences between one block and the next.
    """
    centre = np.asarray(area.centroid.coords[0])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    local = (shapely.get_coordinates(area) - centre) @ turn.T
    low, high = local.min(axis=0) - 30.0, local.max(axis=0) + 30.0
    lines: list[LineString] = []
    phase = rng.uniform(0, 2 * np.pi)
    for axis, pace in ((1, step[0]), (0, step[1])):
        span = high[axis] - low[axis]
        count = max(2, round(span / pace))
        offsets = low[axis] + span * np.arange(count) / (count - 1)
        offsets[1:-1] += rng.normal(0, 0.045 * pace, count - 2)
        along = np.linspace(low[1 - axis], high[1 - axis], 60 if bend_m else 2)
        for offset in offsets:
            points = np.empty((len(along), 2))
            points[:, 1 - axis] = along
            points[:, axis] = offset + bend_m * np.sin(along / 130.0 + phase)
            lines.append(LineString(points @ turn + centre))
    return lines, list(range(len(lines)))


def organic_lines(
    area: Polygon, *, step: float, rng: np.random.Generator
) -> tuple[list[LineString], list[int]]:
    """Return the irregular lanes of a settlement that grew without a plan.

    The lanes are edges of a Voronoi diagram of points scattered about a grid. Edges that follow on
    from each other share a family (their name).
    """
    x0, y0, x1, y1 = area.bounds
    grid = np.stack(
        np.meshgrid(np.arange(x0 - step, x1 + step, step), np.arange(y0 - step, y1 + step, step)),
        axis=-1,
    ).reshape(-1, 2)
    grid = grid + rng.normal(0, 0.24 * step, grid.shape)
    edges = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(grid), only_edges=True))
    ends = shapely.get_coordinates(edges).reshape(-1, 2, 2)
    middle, reach = ends.mean(axis=1), ends[:, 1] - ends[:, 0]
    flat = np.abs(reach[:, 0]) > np.abs(reach[:, 1])
    band = np.where(flat, (middle[:, 1] - y0) // (1.6 * step), (middle[:, 0] - x0) // (1.6 * step))
    family = 2 * (band.astype(int) - int(band.min())) + flat
    return clip_lines(list(edges), list(family), area, shortest_m=4.0)


def warp(points: Floats) -> Floats:
    """Return points moved by a slow wave, so that no avenue is a ruled line.

    Parameters
    ----------
    points
        Coordinates, shape (n, 2), metres. The shift is below 200 m and stretches by less than 12 %.
    """
    x, y = points[:, 0], points[:, 1]
    return np.column_stack([
        x + 110 * np.sin(y / 1500 + 0.4) + 45 * np.sin((x + y) / 900),
        y + 120 * np.sin(x / 1700 + 1.1) + 40 * np.sin((x - y) / 850 + 2.0),
    ])  # fmt: skip


def warped(geometries: Sequence[Any] | Objects) -> Objects:
    """Return geometries moved by `warp`, long edges divided first so that they bend."""
    items = np.asarray(geometries, dtype=object)
    return np.asarray(shapely.transform(shapely.segmentize(items, 60.0), warp), dtype=object)
