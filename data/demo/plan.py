"""The demo territory put together: blocks, AGEB, localities, municipalities, streets, water."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely import LineString, Polygon

from data.demo.blocks import Blocks, city_zones, fill
from data.demo.geometry import GRID_M, Objects, warped
from data.demo.layout import Frame, city_frame, river_polygon, town_frame
from data.demo.names import COLONIAS, OTHER_STREETS, RANCHOS, STREETS
from data.demo.zones import ZONES

STATE = "99"
STATE_NAME = "Estado de Muestra"
MUNICIPALITIES = {
    "001": "Ciudad Jacaranda", "002": "San Isidro del Mezquite", "003": "Peñas Azules",
}  # fmt: skip
# Where the local frame lies in EPSG:6372: open country of the central plateau.
ORIGIN_M = (2_539_000.0, 1_078_000.0)
_TOWNS = {"002": (560.0, (10_400.0, 4_300.0)), "003": (480.0, (6_300.0, -8_300.0))}
_STATE_OUTLINE = ((-9_000, -12_500), (15_500, -12_500), (15_500, 10_500), (-9_000, 10_500))
_BORDERS = (
    ((6_200, 12_000), (5_600, 7_000), (6_400, 3_000), (5_200, -200), (5_900, -3_400)),
    ((-10_000, -5_300), (-3_000, -4_700), (1_800, -4_900), (5_900, -3_400), (11_000, -2_600),
     (17_000, -3_300)),
)  # fmt: skip
_RURAL = {"001": 15, "002": 8, "003": 6}
# Dwellings of the rural localities, in turn: villages, hamlets, and lone farms of one or two.
_RURAL_DWELLINGS = (182, 1, 64, 2, 31, 12, 1, 97, 8, 5, 2, 46, 1, 21, 3, 140, 1, 15, 2, 9)
_REACH_M = 0.5  # a local street that ends so near an avenue ends on it
_ON_LINE_M = 0.7
_RURAL_CLEAR_M = 900.0
_RAIL_CLEAR_M = 9.0
_BORDER_CLEAR_M = 400.0
_CHECK_DIGITS = "0123456789A"
_WITHOUT_PARK = 14  # a colonia with so few blocks has no park of its own
_WITH_PARK = 0.5
_SECOND_THEME = 0.4  # share of colonias whose streets are named after something else
_ONE_WAY = 0.6
_RARE = 0.2
_LANE_POINTS = 2
_THROUGH = 8
_ONE_WAY_KINDS = frozenset({"centro", "tradicional"})


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything is, coordinates in EPSG:6372, metres.

    Parameters
    ----------
    blocks
        ``cvegeo zone colonia_kind colonia postcode use geometry``; ``use`` is ``habitada``,
        ``vacia``, ``plaza`` or ``parque``.
    agebs, localities, municipalities, state
        ``cvegeo name geometry``; urban AGEB and urban localities only.
    rural
        ``cvegeo name dwellings geometry``: points.
    streets
        ``cvegeo kind name one_way urban geometry``; ``cvegeo`` of the locality or municipality.
    services
        ``kind name geometry``: parks, the river, the railway.
    """

    blocks: pd.DataFrame
    agebs: pd.DataFrame
    localities: pd.DataFrame
    municipalities: pd.DataFrame
    state: pd.DataFrame
    rural: pd.DataFrame
    streets: pd.DataFrame
    services: pd.DataFrame


def make_plan(rng: np.random.Generator) -> Plan:
    """Lay out the territory."""
    frames = {"001": city_frame(rng)}
    zones = {"001": city_zones(frames["001"])}
    for municipality, (radius, centre) in _TOWNS.items():
        frames[municipality] = town_frame(radius, centre, rng)
        zones[municipality] = ["pueblo"] * len(frames[municipality].superblocks)
    filled = {key: fill(frame, zones[key], rng=rng) for key, frame in frames.items()}
    parts = [_place_blocks(key, frames[key], filled[key], rng) for key in frames]
    blocks = pd.concat([item for item, _ in parts], ignore_index=True)
    agebs = pd.concat([item for _, item in parts], ignore_index=True)
    municipalities = _municipalities(rng)
    plan = Plan(
        blocks=blocks,
        agebs=agebs,
        localities=_localities(frames),
        municipalities=municipalities,
        state=pd.DataFrame({
            "cvegeo": [STATE], "name": [STATE_NAME],
            "geometry": [shapely.union_all(municipalities["geometry"].to_list())],
        }),
        rural=_rural(municipalities, frames, rng),
        streets=_streets(frames, filled, rng),
        services=_services(frames["001"], blocks, municipalities),
    )  # fmt: skip
    for table in (plan.blocks, plan.agebs, plan.localities, plan.streets, plan.services):
        table["geometry"] = list(warped(table["geometry"].to_numpy()))
    tables = (
        plan.blocks, plan.agebs, plan.localities, plan.municipalities, plan.state, plan.rural,
        plan.streets, plan.services,
    )  # fmt: skip
    for table in tables:
        table["geometry"] = list(_moved(table["geometry"].to_numpy()))
    return plan


def _moved(geometries: Objects) -> Objects:
    moved = shapely.transform(geometries, lambda points: np.round(points + np.asarray(ORIGIN_M), 2))
    return np.asarray(moved, dtype=object)


def _place_blocks(
    municipality: str, frame: Frame, filled: Blocks, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give colonias their names and AGEB codes, and blocks their numbers."""
    locality = f"{STATE}{municipality}0001"
    centres = shapely.get_coordinates(shapely.centroid(frame.superblocks))
    order = np.lexsort((centres[:, 0], -np.round(centres[:, 1] / 500)))
    kinds, names = _colonia_names(filled.zone, order)
    codes = np.empty(len(order), dtype=object)
    for place, position in enumerate(order, start=1):
        codes[position] = f"{place:03d}{_CHECK_DIGITS[(7 * place + 3) % 11]}"
    points = shapely.get_coordinates(shapely.centroid(filled.polygon))
    sequence = np.lexsort((points[:, 0], -np.round(points[:, 1] / 90), filled.colonia))
    colonia = filled.colonia[sequence]
    number = np.concatenate([np.arange(count) + 1 for count in np.bincount(colonia)])
    table = pd.DataFrame({
        "cvegeo": [f"{locality}{codes[c]}{n:03d}" for c, n in zip(colonia, number, strict=True)],
        "zone": [filled.zone[c] for c in colonia],
        "colonia_kind": [kinds[c] for c in colonia],
        "colonia": [names[c] for c in colonia],
        "postcode": [f"99{int(municipality)}{c % 89 + 10:02d}" for c in colonia],
        "use": _uses(filled, sequence, rng),
        "geometry": filled.polygon[sequence],
    })  # fmt: skip
    areas = pd.DataFrame({
        "cvegeo": [f"{locality}{codes[c]}" for c in order],
        "name": [names[c] for c in order],
        "geometry": frame.superblocks[order],
    })  # fmt: skip
    return table, areas


def _colonia_names(zones: list[str], order: Any) -> tuple[dict[int, str], dict[int, str]]:
    kinds: dict[int, str] = {}
    names: dict[int, str] = {}
    used: dict[str, int] = {}
    for position in order:
        zone = zones[position]
        count = used.get(zone, 0)
        used[zone] = count + 1
        kind, name = COLONIAS[zone][count % len(COLONIAS[zone])]
        repeat = count // len(COLONIAS[zone])
        kinds[position] = kind
        names[position] = name + (" Segunda Sección" if repeat else "")
    return kinds, names


def _uses(filled: Blocks, sequence: Any, rng: np.random.Generator) -> list[str]:
    """Tell blocks with people from plazas, parks and blocks without dwellings."""
    points = shapely.get_coordinates(shapely.centroid(filled.polygon[sequence]))
    zone = np.array([filled.zone[c] for c in filled.colonia[sequence]])
    empty = np.array([ZONES[name].empty for name in zone])
    use = np.where(rng.random(len(zone)) < empty, "vacia", "habitada").astype(object)
    for colonia in range(len(filled.zone)):
        inside = np.flatnonzero(filled.colonia[sequence] == colonia)
        if len(inside) > _WITHOUT_PARK and rng.random() < _WITH_PARK:
            middle = points[inside] - points[inside].mean(axis=0)
            use[inside[int(np.hypot(*middle.T).argmin())]] = "parque"
    use[zone == "parque"] = "parque"
    centre = points.mean(axis=0) if zone[0] == "pueblo" else np.array([-20.0, 60.0])
    use[int(np.hypot(*(points - centre).T).argmin())] = "plaza"
    return list(use)


def _localities(frames: dict[str, Frame]) -> pd.DataFrame:
    return pd.DataFrame({
        "cvegeo": [f"{STATE}{key}0001" for key in frames],
        "name": [MUNICIPALITIES[key] for key in frames],
        "geometry": [frame.outline for frame in frames.values()],
    })  # fmt: skip


def _municipalities(rng: np.random.Generator) -> pd.DataFrame:
    rough = [_rough(LineString([*_STATE_OUTLINE, _STATE_OUTLINE[0]]), rng, closed=True)]
    rough += [_rough(LineString(points), rng) for points in _BORDERS]
    faces = shapely.get_parts(
        shapely.polygonize(shapely.get_parts(shapely.union_all(rough, grid_size=GRID_M)))
    )
    seats = {"001": (0.0, 0.0), **{key: centre for key, (_, centre) in _TOWNS.items()}}
    geometry = [
        faces[int(shapely.contains_xy(faces, *seats[key]).argmax())] for key in MUNICIPALITIES
    ]
    return pd.DataFrame({
        "cvegeo": [STATE + key for key in MUNICIPALITIES],
        "name": list(MUNICIPALITIES.values()),
        "geometry": geometry,
    })  # fmt: skip


def _rough(line: LineString, rng: np.random.Generator, *, closed: bool = False) -> LineString:
    """Return a line with the small turns of a border that follows the land."""
    points = shapely.get_coordinates(shapely.segmentize(line, 700.0))
    shift = rng.normal(0, 95.0, points.shape)
    original = {tuple(point) for point in shapely.get_coordinates(line).tolist()}
    corners = np.array([tuple(point) in original for point in points.tolist()])
    shift[corners] = 0.0
    if closed:
        points[-1] = points[0]
    return LineString(points + shift)


def _rural(
    municipalities: pd.DataFrame, frames: dict[str, Frame], rng: np.random.Generator
) -> pd.DataFrame:
    built = shapely.union_all([frame.outline for frame in frames.values()]).buffer(_RURAL_CLEAR_M)
    rows: list[dict[str, object]] = []
    for cvegeo, outline in zip(municipalities["cvegeo"], municipalities["geometry"], strict=True):
        free = outline.buffer(-600.0).difference(built)
        for number in range(_RURAL[cvegeo[2:]]):
            rows.append({
                "cvegeo": f"{cvegeo}{12 + 7 * number:04d}",
                "name": RANCHOS[len(rows) % len(RANCHOS)],
                "dwellings": _RURAL_DWELLINGS[len(rows) % len(_RURAL_DWELLINGS)],
                "geometry": _point_in(free, rng),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _point_in(area: Polygon, rng: np.random.Generator) -> shapely.Point:
    x0, y0, x1, y1 = area.bounds
    tries = np.column_stack([rng.uniform(x0, x1, 400), rng.uniform(y0, y1, 400)])
    inside = tries[shapely.contains_xy(area, *tries.T)]
    return shapely.Point(np.round(inside[0], 1))


def _services(frame: Frame, blocks: pd.DataFrame, municipalities: pd.DataFrame) -> pd.DataFrame:
    land = shapely.union_all(municipalities["geometry"].to_list()).buffer(-_BORDER_CLEAR_M)
    parks = blocks[blocks["use"].isin(["parque", "plaza"])]
    rows = [
        ("PLAZA" if use == "plaza" else "ÁREA VERDE", f"{use.capitalize()} {name}", polygon)
        for use, name, polygon in zip(
            parks["use"], parks["colonia"], parks["geometry"], strict=True
        )
    ]
    rows.append(
        ("CUERPO DE AGUA", "Río de las Jacarandas", river_polygon(frame).intersection(land))
    )
    rows.append(("VÍA FÉRREA", "Línea del Norte", shapely.intersection(frame.rail, land)))
    return pd.DataFrame(rows, columns=["kind", "name", "geometry"])


def _streets(
    frames: dict[str, Frame], filled: dict[str, Blocks], rng: np.random.Generator
) -> pd.DataFrame:
    """Node all street lines together, then join the pieces of each street again.

    Lines that meet share a vertex afterwards, so that the network holds whoever reads it.
    """
    sources: list[LineString] = []
    keys: list[int] = []
    labels: list[dict[str, object]] = []
    for key, frame in frames.items():
        town = _town_labels(key, frame, filled[key], rng)
        known: dict[tuple[int, int], int] = {}
        for line, identity, label in town:
            if identity not in known:
                known[identity] = len(labels)
                labels.append(label)
            sources.append(line)
            keys.append(known[identity])
    for line, label in _roads(frames):
        sources.append(line)
        keys.append(len(labels))
        labels.append(label)
    segments = shapely.get_parts(shapely.union_all(_meeting(sources), grid_size=GRID_M))
    middle = shapely.line_interpolate_point(segments, 0.5, normalized=True)
    found = shapely.STRtree(sources).query_nearest(
        middle, max_distance=_ON_LINE_M, all_matches=False
    )
    street = np.asarray(keys)[found[1]]
    pieces = pd.Series(list(segments[found[0]])).groupby(street)
    rows: list[dict[str, object]] = []
    for position, lines in pieces:
        merged = shapely.line_merge(shapely.multilinestrings(list(lines)))
        rows.extend(
            {**labels[int(position)], "geometry": part} for part in shapely.get_parts(merged)
        )
    return _one_network(pd.DataFrame(rows))


def _meeting(lines: list[LineString]) -> list[LineString]:
    """Give lines a vertex wherever another line ends on them, rounding aside."""
    items = np.asarray(lines, dtype=object)
    ends = shapely.get_parts(shapely.boundary(items))
    line, end = shapely.STRtree(ends).query(items, "dwithin", _REACH_M)
    return [
        shapely.snap(item, shapely.multipoints(ends[end[line == position]]), _REACH_M)
        for position, item in enumerate(lines)
    ]


def _one_network(streets: pd.DataFrame) -> pd.DataFrame:
    """Leave out the stubs that the edge of the city cut off from every other street."""
    coordinates, line = shapely.get_coordinates(streets["geometry"].to_numpy(), return_index=True)
    _, vertex = np.unique(np.round(coordinates / GRID_M), axis=0, return_inverse=True)
    # Vertices and lines together make a graph whose links are "this line has this vertex".
    size = int(vertex.max()) + 1
    links = coo_array((np.ones(len(line)), (vertex.ravel(), size + line)),
                      shape=(size + len(streets),) * 2)  # fmt: skip
    _, label = connected_components(links, directed=False)
    own = label[size:]
    return streets[own == np.bincount(own).argmax()].reset_index(drop=True)


def _town_labels(
    municipality: str, frame: Frame, filled: Blocks, rng: np.random.Generator
) -> list[tuple[LineString, tuple[int, int], dict[str, object]]]:
    locality = f"{STATE}{municipality}0001"
    labelled: list[tuple[LineString, tuple[int, int], dict[str, object]]] = []
    for number, (line, kind, name) in enumerate(frame.avenues):
        shown = name or STREETS["popular"][number % len(STREETS["popular"])]
        label = {"cvegeo": locality, "kind": kind, "name": shown, "one_way": False, "urban": True}
        labelled.append((line, (-1, number), label))
    starts = rng.integers(0, 1000, len(filled.zone))
    others = rng.random(len(filled.zone)) < _SECOND_THEME
    ways = rng.random((len(filled.zone), 16))
    # Local streets stop short of the railway; avenues cross it.
    beside = filled.lines if frame.rail is None else shapely.difference(
        filled.lines, frame.rail.buffer(_RAIL_CLEAR_M)
    )  # fmt: skip
    for line, colonia, street in zip(beside, filled.line_colonia, filled.line_street, strict=True):
        if line.geom_type != "LineString" or line.is_empty:
            continue
        zone = filled.zone[colonia]
        theme = OTHER_STREETS.get(zone, STREETS[zone]) if others[colonia] else STREETS[zone]
        label = {
            "cvegeo": locality,
            "kind": _street_kind(zone, line, int(street), float(ways[colonia, street % 16])),
            "name": theme[(int(starts[colonia]) + int(street)) % len(theme)],
            "one_way": zone in _ONE_WAY_KINDS and bool(ways[colonia, street % 16] < _ONE_WAY),
            "urban": True,
        }
        labelled.append((line, (int(colonia), int(street)), label))
    return labelled


def _street_kind(zone: str, line: LineString, street: int, chance: float) -> str:
    if zone == "privado":
        return "Circuito" if line.is_ring or chance < _RARE else "Privada"
    if zone == "periferia":
        return "Callejón" if chance < _RARE else "Calle"
    if zone == "popular":
        return "Andador" if chance < _RARE / 2 else "Calle"
    # In curved neighbourhoods the cul-de-sacs come after the through streets.
    lane = zone == "fraccionamiento" and len(line.coords) == _LANE_POINTS and street > _THROUGH
    return "Cerrada" if lane else "Calle"


def _roads(frames: dict[str, Frame]) -> list[tuple[LineString, dict[str, object]]]:
    """Roads from the city to the towns, and a hamlet's lanes that no road reaches."""
    east = max(
        (end for line, _, name in frames["001"].avenues if name == "Miguel Hidalgo y Costilla"
         for end in line.coords), key=lambda end: end[0],
    )  # fmt: skip
    south = min(
        (end for line, _, name in frames["001"].avenues if name == "De los Maestros"
         for end in line.coords), key=lambda end: end[1],
    )  # fmt: skip
    first = min((end for line, _, _ in frames["002"].avenues for end in line.coords))
    second = max(
        (end for line, _, _ in frames["003"].avenues for end in line.coords), key=lambda end: end[1]
    )
    label = {"kind": "Carretera", "one_way": False, "urban": False}
    return [
        (LineString([east, (4_600, 700), (7_300, 2_500), first]),
         {"cvegeo": "99001", "name": "Ciudad Jacaranda - San Isidro del Mezquite", **label}),
        (LineString([south, (2_900, -4_300), (4_600, -6_000), second]),
         {"cvegeo": "99001", "name": "Ciudad Jacaranda - Peñas Azules", **label}),
    ]  # fmt: skip
