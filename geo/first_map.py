"""The page's first map as a picture, drawn at the build: seen at once, while the page's map starts.

It shows what the page shows where its address says nothing: the areas of the level that the start
view calls for, coloured by the indicator the page begins with, and over them water and green,
streets and centres. It is SVG: vectors in whole units, sharp on every screen and small.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import shapely

from data.texts import Text
from geo.artifacts import AssetRecord, ColumnRecord, Label, LayerRecord, record_file
from geo.first_map_svg import (
    FLAT,
    SIDE,
    STREETS_FROM,
    UNITS_A_PX,
    Points,
    chains,
    joined,
    segments,
    svg,
)
from geo.map_legend import OUT_OF_REACH, OUT_OF_REACH_COLOR, UNKNOWN_STATES, classes
from geo.start_view import LADDER, STAGE_PX, Bounds, StartView, start_view

FIRST_MAP = "primer_mapa"
FIRST_MAP_TITLE = Text("Dibujando el primer mapa", "Drawing the first map")
_PATH = f"pictures/{FIRST_MAP}.svg"
_MOST_BYTES, _MOST_SENT_BYTES = 120_000, 45_000
_MAIN_STREETS = ("autopista", "avenida", "boulevard", "carretera", "periferico")
_MOST_DOTS = 4_000
# What is tried in turn until the picture is small enough: tolerance in units, streets, centres.
_ATTEMPTS: tuple[tuple[float, str, bool], ...] = (
    (1.0, "all", True), (1.5, "all", True), (2.5, "all", True), (1.5, "main", True),
    (1.5, "none", True), (1.5, "none", False), (3.0, "none", False), (6.0, "none", False),
    (12.0, "none", False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Frame:
    """The square of the world that is drawn, and how degrees become its units."""

    view: StartView

    @property
    def scale(self) -> float:
        return self.view.world_px * UNITS_A_PX

    def place(self, points: Any) -> Any:
        """Return points (n × 2, degrees) in units from the picture's upper left corner."""
        angle = np.radians(points[:, 1])
        x = (points[:, 0] + 180) / 360
        y = (1 - np.arcsinh(np.tan(angle)) / np.pi) / 2
        return np.column_stack(
            (
                (x - self.view.x) * self.scale + SIDE / 2,
                (y - self.view.y) * self.scale + SIDE / 2,
            )
        )

    @property
    def extent(self) -> Bounds:
        """West, south, east and north of the square, in degrees."""
        half = SIDE / 2 / self.scale
        north, south = (
            float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (self.view.y + sign * half))))))
            for sign in (-1, 1)
        )
        west, east = ((self.view.x + sign * half) * 360 - 180 for sign in (-1, 1))
        return round(west, 7), round(south, 7), round(east, 7), round(north, 7)


@dataclass(frozen=True)
class _Ground:
    """The layers of a version as they lie on disk."""

    folder: Path
    layers: Mapping[str, LayerRecord]
    frame: _Frame

    def read(self, layer: str, columns: Sequence[str] = ()) -> tuple[Any, Any]:
        """Return the shapes of a layer that touch the picture, in its units, and their columns."""
        path = self.folder / self.layers[layer].table.path
        table = pq.read_table(path, columns=[*columns, "geometry"])
        shapes = shapely.from_wkb(table.column("geometry").to_numpy())
        placed = shapely.transform(shapes, self.frame.place)
        near = ~shapely.is_missing(placed)
        boxes = shapely.bounds(placed)
        near &= (boxes[:, :2] < SIDE).all(axis=1) & (boxes[:, 2:] > 0).all(axis=1)
        rows = table.drop_columns("geometry").to_pandas()
        return placed[near], rows[near].reset_index(drop=True)

    def drawn(self, layer: str) -> bool:
        """Say whether the page's tiles hold a layer at this zoom."""
        record = self.layers.get(layer)
        zoom = self.frame.view.zoom
        return record is not None and record.tiles is not None and zoom >= record.tiles.min_zoom

    @cached_property
    def areas(self) -> LayerRecord | None:
        """The level that the page shows at this zoom."""
        steps = [self.layers[name] for name in LADDER if self._area(name)]
        reached = [layer for layer in steps if LADDER[layer.id] <= self.frame.view.zoom]
        return reached[-1] if reached else steps[0] if steps else None

    def _area(self, name: str) -> bool:
        return name in self.layers and self.layers[name].tiles is not None

    @cached_property
    def indicator(self) -> ColumnRecord | None:
        """The indicator that the page begins with."""
        mapped = [
            column
            for layer in self.layers.values()
            if layer.level is not None and layer.tiles is not None
            for column in layer.columns
            if column.mapped
        ]
        known = [c for c in mapped if c.statistics is not None and c.statistics.count > 0]
        for kind in ("time", "rate"):
            if found := next((column for column in known if column.kind == kind), None):
                return found
        return next(iter(known or mapped), None)


def draw_first_map(
    layers: Sequence[LayerRecord],
    focus: Bounds | None,
    version: Path,
    licences: Mapping[str, str],
) -> AssetRecord | None:
    """Draw the page's first map to ``pictures/primer_mapa.svg`` and return its record.

    The picture is a square of 2,000 pixels around the middle of the view in which the page opens at
    1280 × 800, in half pixels; the page scales it to the view it has. Light and dark are within it.
    At most 120 kB, 45 compressed: lines are drawn more coarsely, then lesser streets, all
    streets and the centres are left out, until it fits; where nothing does (all municipalities of
    the country: 143 kB), it is the coarsest of these.

    Parameters
    ----------
    layers
        Records of the layers, in their order; their tables are read.
    focus
        Where nearly all the people live.
    version
        Folder of the version being written.
    licences
        Licence of each source, by role.

    Returns
    -------
    AssetRecord or None
        None where no area is drawn or nobody is placed: the page then begins without a picture.
    """
    tiled = [layer.tiles for layer in layers if layer.tiles is not None]
    if focus is None or not tiled:
        return None
    view = start_view(focus, *STAGE_PX, min(tiles.min_zoom for tiles in tiled))
    ground = _Ground(version, {layer.id: layer for layer in layers}, _Frame(view))
    areas = ground.areas
    if areas is None or not ground.drawn(areas.id):
        return None
    picture = _fitting(_Parts(ground, areas))
    path = version / _PATH
    path.parent.mkdir(exist_ok=True)
    path.write_text(picture, encoding="ascii", newline="\n")
    used = [areas, *(ground.layers[name] for name in _OVER if ground.drawn(name))]
    sources = tuple(
        dict.fromkeys(role for layer in used for column in layer.columns for role in column.sources)
    )
    return AssetRecord(
        id=FIRST_MAP,
        kind="picture",
        title=Label.of(Text("Primer mapa de la página", "First map of the page")),
        description=Label.of(
            Text(
                "Lo que la página muestra al abrir, dibujado: se ve mientras su mapa arranca",
                "What the page shows when it opens, as a drawing: seen while its map starts",
            )
        ),
        file=record_file(path, root=version),
        sources=sources,
        licence="; ".join(dict.fromkeys(licences[role] for role in sources if role in licences)),
        properties={
            "layer": areas.id,
            "indicator": ground.indicator.name if ground.indicator is not None else None,
            "extent": list(ground.frame.extent),
            "zoom": round(view.zoom, 4),
        },
    )


_OVER = ("agua_y_verde", "calles", "centros")


class _Parts:
    """What is drawn, each part in the order of the page's layers, from large to small."""

    def __init__(self, ground: _Ground, areas: LayerRecord) -> None:
        self.zoom = ground.frame.view.zoom
        reach = self._reach(ground, areas)
        named = ground.indicator.name if ground.indicator is not None else None
        column = next((c for c in areas.columns if c.mapped and c.name == named), None)
        shapes, rows = ground.read(areas.id, [c.name for c in (column, reach) if c is not None])
        flat = shapely.get_dimensions(shapes) == FLAT
        self.fills = _fills(shapes[flat], rows[flat], column, reach)
        self.edges = chains(segments(shapely.get_rings(shapes[flat])))
        self.green: Any = np.array([])
        self.water, self.courses = self.green, self.green
        if ground.drawn("agua_y_verde"):
            shapes, rows = ground.read("agua_y_verde", ["kind"])
            flat = shapely.get_dimensions(shapes) == FLAT
            wet = rows["kind"].to_numpy() == "agua"
            self.green, self.water = shapes[flat & ~wet], shapes[flat & wet]
            self.courses = chains(segments(shapely.get_parts(shapes[wet & ~flat])))
        self.streets: dict[str, Any] = {"none": np.array([])}
        if ground.drawn("calles") and self.zoom >= STREETS_FROM:
            shapes, rows = ground.read("calles", ["kind"])
            main = rows["kind"].isin(_MAIN_STREETS).to_numpy()
            for name, lines in (("all", shapes), ("main", shapes[main])):
                self.streets[name] = chains(segments(shapely.get_parts(lines)))
        dots = ground.read("centros")[0] if ground.drawn("centros") else np.array([])
        points = np.rint(shapely.get_coordinates(dots)).astype("int64")
        self.dots: Points = np.unique(points[:, ::-1], axis=0)[:, ::-1]

    @staticmethod
    def _reach(ground: _Ground, areas: LayerRecord) -> ColumnRecord | None:
        """Return the column that says what is out of reach, where the page tells it apart."""
        indicator = ground.indicator
        if indicator is None or indicator.kind != "time" or indicator.service is None:
            return None
        name = f"reach_{indicator.service}"
        return next((c for c in areas.columns if c.mapped and c.name == name), None)

    def drawing(self, tolerance: float, streets: str, *, dots: bool) -> str:
        """Return the picture with lines drawn as coarsely as a tolerance in units allows."""
        few = dots and len(self.dots) <= _MOST_DOTS
        return svg(
            self.zoom,
            tolerance,
            fills=self.fills,
            edges=self.edges,
            green=self.green,
            water=self.water,
            courses=self.courses,
            streets=self.streets.get(streets, self.streets["none"]),
            dots=self.dots if few else self.dots[:0],
        )


def _fitting(parts: _Parts) -> str:
    """Return the finest drawing within the bounds on its size."""
    picture = ""
    for tolerance, streets, dots in _ATTEMPTS:
        if streets != "none" and streets not in parts.streets:
            continue
        picture = parts.drawing(tolerance, streets, dots=dots)
        if (
            len(picture) <= _MOST_BYTES
            and len(zlib.compress(picture.encode(), 9)) <= _MOST_SENT_BYTES
        ):
            break
    return picture


def _fills(
    shapes: Any, rows: Any, column: ColumnRecord | None, reach: ColumnRecord | None
) -> list[tuple[str, Any]]:
    """Return colour and joined areas of each class, the unknown last."""
    legend = classes(column, "es") if column is not None else []
    colors = [item.color for item in legend]
    place = np.full(len(rows), -1)
    if column is not None and column.kind == "state":
        states = [value for value in column.values if value not in UNKNOWN_STATES]
        place = np.array(
            [states.index(v) if v in states else -1 for v in rows[column.name].astype("object")],
            dtype="int64",
        )
    elif column is not None and column.statistics is not None:
        values = rows[column.name].to_numpy(dtype="float64")
        place = np.searchsorted(column.statistics.breaks, values, side="right")
        place[np.isnan(values)] = -1
        if reach is not None:
            colors.append(OUT_OF_REACH_COLOR)
            place[(rows[reach.name] == OUT_OF_REACH).to_numpy()] = len(colors) - 1
    chosen = [*enumerate(colors), (-1, "url(#h)")]
    return [
        (color, joined(shapes[place == at])) for at, color in chosen if bool((place == at).any())
    ]
