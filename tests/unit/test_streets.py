"""Street lines from INEGI and OpenStreetMap, and along which of them one may walk."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import osmium
import pandas as pd
import pytest
from osmium.osm.mutable import Node, Way
from shapely import LineString, MultiLineString, Point, box

from data import openstreetmap
from data.errors import InputError, LimitError, MissingInputError
from data.streets import check_overlap, read_streets
from data.tables import METRIC_CRS
from geo.network import build_network

LON, LAT, STEP = -99.0, 20.0, 0.001
Ways = Sequence[tuple[Sequence[int], Mapping[str, str]]]


def _extract(
    path: Path, ways: Ways, nodes: Mapping[int, tuple[float, float]] | None = None
) -> Path:
    """Write an extract: by default nodes 1, 2, 3 … follow each other eastwards."""
    if nodes is None:
        nodes = {n: (LON + n * STEP, LAT) for n in range(1, 1 + max(max(w[0]) for w in ways))}
    with osmium.SimpleWriter(str(path)) as writer:
        for node, place in nodes.items():
            writer.add_node(Node(id=node, location=place))
        for number, (ends, tags) in enumerate(ways, start=100):
            writer.add_way(Way(id=number, nodes=list(ends), tags=dict(tags)))
    return path


@pytest.mark.parametrize("suffix", [".osm", ".osm.pbf"])
def test_ways_are_read_with_their_tags(suffix: str, tmp_path: Path) -> None:
    path = _extract(
        tmp_path / f"a{suffix}",
        [
            ([1, 2, 3], {"highway": "residential", "name": "Calle «5», Norte", "oneway": "yes"}),
            ([3, 4], {"highway": "steps", "bridge": "yes", "note": 'a","foot"=>"no'}),
            ([4, 5], {"waterway": "river"}),
        ],
    )
    table = read_streets([path]).table
    assert table["name"].tolist()[0] == "Calle «5», Norte"
    assert table["name"].isna().tolist() == [False, True]
    assert table["kind"].tolist() == ["calle", "escalera"]
    assert table["oneway"].tolist() == ["si", "no"]
    assert table["bridge"].tolist() == ["no", "si"]
    assert table["walkable"].all()
    assert table.crs == "EPSG:4326"
    assert table.geometry.iloc[0].coords[0] == pytest.approx((LON + STEP, LAT))


WALKABLE = {
    True: [
        {"highway": "primary"}, {"highway": "trunk"}, {"highway": "path"}, {"highway": "track"},
        {"highway": "footway"}, {"highway": "service", "service": "driveway"},
        {"highway": "residential", "access": "destination"},
        {"highway": "residential", "access": "private", "foot": "yes"},
        {"highway": "service", "service": "private", "foot": "permissive"},
        {"highway": "residential", "access": "no", "foot": "designated"},
        {"highway": "cycleway", "foot": "designated"}, {"highway": "busway", "foot": "yes"},
        {"highway": "footway", "area": "no"}, {"highway": "pedestrian", "layer": "-1"},
    ],
    False: [
        {"highway": "motorway"}, {"highway": "motorway_link"},
        {"highway": "trunk", "motorroad": "yes"},
        {"highway": "cycleway"}, {"highway": "busway"}, {"highway": "bridleway"},
        {"highway": "construction"}, {"highway": "proposed"}, {"highway": "raceway"},
        {"highway": "construction", "foot": "yes"}, {"highway": "residential", "foot": "no"},
        {"highway": "residential", "access": "private"}, {"highway": "residential", "access": "no"},
        {"highway": "footway", "foot": "private"}, {"highway": "primary", "foot": "use_sidepath"},
        {"highway": "service", "service": "private"}, {"highway": "footway", "area": "yes"},
        {"highway": "residential", "access": "yes", "foot": "no"},
    ],
}  # fmt: skip


def test_tags_say_where_one_may_walk(tmp_path: Path) -> None:
    cases = [(tags, may) for may, several in WALKABLE.items() for tags in several]
    ways = [([n, n + 1], tags) for n, (tags, _) in enumerate(cases, start=1)]
    table = read_streets([_extract(tmp_path / "a.osm", ways)]).table
    assert table["walkable"].tolist() == [may for _, may in cases], [
        tags for (tags, may), found in zip(cases, table["walkable"], strict=True) if may != found
    ]


def test_a_square_drawn_as_an_area_is_left_out_and_a_ring_is_not(tmp_path: Path) -> None:
    corners = {1: (LON, LAT), 2: (LON + STEP, LAT), 3: (LON + STEP, LAT + STEP)}
    ring = [1, 2, 3, 1]
    ways = [(ring, {"highway": "pedestrian", "area": "yes"}), (ring, {"highway": "pedestrian"})]
    table = read_streets([_extract(tmp_path / "a.osm.pbf", ways, corners)]).table
    assert table["kind"].tolist() == ["andador"]
    assert table.geometry.iloc[0].is_ring


def test_a_bridge_does_not_meet_the_street_it_crosses(tmp_path: Path) -> None:
    nodes = {1: (LON, LAT), 2: (LON + 2 * STEP, LAT), 3: (LON + STEP, LAT - STEP),
             4: (LON + STEP, LAT + STEP), 5: (LON + STEP, LAT)}  # fmt: skip
    apart = [([1, 2], {"highway": "primary", "bridge": "yes", "layer": "1"}),
             ([3, 4], {"highway": "residential"})]  # fmt: skip
    level = [([1, 5, 2], {"highway": "primary"}), ([3, 5, 4], {"highway": "residential"})]
    for name, ways, pieces, parts in (("apart", apart, 2, 2), ("level", level, 4, 1)):
        path = _extract(tmp_path / f"{name}.osm.pbf", ways, nodes)
        network = build_network(gpd.GeoDataFrame(read_streets([path]).table))
        assert (len(network.edge_from), len(network.component_length_m)) == (pieces, parts), name


def test_extracts_are_read_from_zips_too(tmp_path: Path) -> None:
    plain = _extract(tmp_path / "a.osm.pbf", [([1, 2], {"highway": "path"})])
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(plain, "inner/a.osm.pbf")
    assert len(read_streets([tmp_path / "a.zip"]).table) == 1


@pytest.mark.parametrize("suffix", [".osm", ".osm.pbf", ".graphml"])
@pytest.mark.parametrize("content", [b"", b"not a map at all", b"<osm></osm>"])
def test_noise_is_no_extract(suffix: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match="OpenStreetMap legible"):
        read_streets([path])


@pytest.mark.parametrize("suffix", [".osm", ".osm.pbf"])
def test_a_cut_extract_is_refused(suffix: str, tmp_path: Path) -> None:
    ways = [([n, n + 1], {"highway": "path", "name": f"{n * 7919}"}) for n in range(1, 60)]
    path = _extract(tmp_path / f"a{suffix}", ways)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="OpenStreetMap legible"):
        read_streets([path])


@pytest.mark.parametrize("suffix", [".osm", ".graphml"])
def test_hostile_xml_is_refused(suffix: str, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text('<!DOCTYPE x [<!ENTITY a "b">]><osm><way>&a;</way></osm>')
    with pytest.raises(InputError, match="OpenStreetMap legible"):
        read_streets([path])
    monkeypatch.setattr(openstreetmap, "MAX_XML_BYTES", 10)
    with pytest.raises(LimitError, match=r"\.osm\.pbf"):
        read_streets([path])


GRAPH = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="x" attr.name="x"/>'
    '<key id="y" attr.name="y"/><key id="h" attr.name="highway"/><key id="g" attr.name="geometry"/>'
    '<key id="n" attr.name="name"/><key id="a" attr.name="access"/><graph>{}</graph></graphml>'
)
NODES = (
    '<node id="1"><data key="x">-99</data><data key="y">20</data></node>'
    '<node id="2"><data key="x">-99.01</data><data key="y">20</data></node>'
)


def _graph(path: Path, edge: str, nodes: str = NODES, ends: tuple[str, str] = ("1", "2")) -> Path:
    both = (f'<edge source="{a}" target="{b}">{edge}</edge>' for a, b in (ends, ends[::-1]))
    path.write_text(GRAPH.format(nodes + "".join(both)))
    return path


@pytest.mark.parametrize(
    ("highway", "kind", "walkable"),
    [
        ("residential", "calle", True),
        ("['steps', 'footway']", "escalera", True),
        ("['footway', 'steps']", "escalera", True),
        ("['ladder', 'footway']", "andador", False),
        ("['primary', 'busway']", "avenida", False),
        ("motorway", "autopista", False),
    ],
)
def test_an_edge_that_joins_ways_is_as_its_worst_part(
    highway: str, kind: str, walkable: bool, tmp_path: Path
) -> None:
    path = _graph(tmp_path / "a.graphml", f'<data key="h">{highway}</data>')
    (row,) = read_streets([path]).table.to_dict("records")
    assert (row["kind"], row["walkable"]) == (kind, walkable)


@pytest.mark.parametrize(
    ("written", "name"),
    [("Avenida 5, Sur", "Avenida 5, Sur"), ("['Calle A', 'Calle B']", "Calle A"),
     ('["O\'Higgins", "Juárez"]', "O'Higgins"), ("[Sin nombre", "[Sin nombre")],
)  # fmt: skip
def test_names_are_read_alone_or_from_a_list(written: str, name: str, tmp_path: Path) -> None:
    edge = f'<data key="h">path</data><data key="n">{written}</data>'
    assert read_streets([_graph(tmp_path / "a.graphml", edge)]).table["name"].tolist() == [name]


@pytest.mark.parametrize(
    ("edge", "nodes", "ends"),
    [
        ('<data key="g">LINESTRING (a</data>', NODES, ("1", "2")),
        ("", NODES, ("1", "9")),
        ("", NODES.replace("-99.01", "nan"), ("1", "2")),
        ("", NODES.replace("-99.01", "670000"), ("1", "2")),
        ("", NODES.replace('key="x"', 'key="h"'), ("1", "2")),
    ],
)
def test_broken_graphs_are_refused(
    edge: str, nodes: str, ends: tuple[str, str], tmp_path: Path
) -> None:
    with pytest.raises(InputError):
        read_streets([_graph(tmp_path / "a.graphml", edge, nodes, ends)])


def _inegi(path: Path, lines: list[object], **columns: list[str]) -> Path:
    layer = gpd.GeoDataFrame(columns, geometry=lines, crs=4326)
    if path.suffix == ".shp":
        layer.to_crs(METRIC_CRS).to_file(path, encoding="ISO-8859-1")
    else:
        layer.to_parquet(path)
    return path


LINE = LineString([(LON, LAT), (LON + STEP, LAT)])


@pytest.mark.parametrize("inside", [False, True])
def test_inegis_lines_are_read_plain_and_from_the_package(inside: bool, tmp_path: Path) -> None:
    path = _inegi(
        tmp_path / "01e.shp", [LINE, LineString([(LON, LAT), (LON, LAT + STEP)])],
        NOMVIAL=["Peñón", "Supercarretera"], TIPOVIAL=["Andador", "Autopista"],
        SENTIDO=["Dos sentidos", "Un sentido"],
    )  # fmt: skip
    if inside:
        with zipfile.ZipFile(tmp_path / "01_aguascalientes.zip", "w") as archive:
            for part in sorted(tmp_path.glob("01e.*")):
                archive.write(part, f"conjunto_de_datos/{part.name}")
            archive.write(path, "conjunto_de_datos/01m.shp")
        path = tmp_path / "01_aguascalientes.zip"
    table = read_streets([path]).table
    assert table["name"].tolist() == ["Peñón", "Supercarretera"]
    assert table["kind"].tolist() == ["andador", "autopista"]
    assert table["oneway"].tolist() == ["no", "si"]
    assert table["bridge"].tolist() == ["desconocido"] * 2
    assert table["walkable"].tolist() == [True, False]


def test_parts_are_split_and_what_is_no_line_is_left_out_and_counted(tmp_path: Path) -> None:
    other = LineString([(LON, LAT + STEP), (LON + STEP, LAT + STEP)])
    lines = [LINE, LINE.reverse(), MultiLineString([other, LineString([(0, 0), (1, 1)])]),
             LineString([(LON, LAT), (LON, LAT)]), Point(LON, LAT), None]  # fmt: skip
    path = _inegi(tmp_path / "a.parquet", lines, via=[f"CALLE {n}" for n in range(6)])
    reading = read_streets([path])
    assert reading.table["street_id"].tolist() == ["1", "3", "3-1"]
    assert dict(reading.dropped.reasons) == {
        "sin_geometria": 1, "linea_en_partes_separada": 1, "no_es_linea": 1, "sin_longitud": 1,
        "linea_repetida": 1,
    }  # fmt: skip


def test_a_layer_of_something_else_is_no_streets(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="La capa no es de calles"):
        read_streets([_inegi(tmp_path / "a.parquet", [LINE], CVEGEO=["01"])])
    with pytest.raises(MissingInputError):
        read_streets([tmp_path / "nothing.osm"])


def test_streets_of_another_city_are_refused() -> None:
    streets = gpd.GeoDataFrame(geometry=[LINE], crs=4326)
    assert check_overlap(streets, box(LON, LAT - 1, LON + 1, LAT + 1)) == 1
    with pytest.raises(InputError, match="Las calles son de otro lugar"):
        check_overlap(streets, box(LON + 5, LAT, LON + 6, LAT + 1))


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "rows"), [("streets_osm/guadalajara_Atemajac_walk.graphml", 1464),
                       ("streets_osm/guadalajara_Centro_walk.graphml", 2271)],
)  # fmt: skip
def test_real_graphs_hold_each_street_once(real_data: Path, name: str, rows: int) -> None:
    table = read_streets([real_data / name]).table
    assert len(table) == rows
    assert table.total_bounds[0] > -103.5
    assert table["walkable"].mean() > 0.98
    network = build_network(gpd.GeoDataFrame(table))
    assert network.statistics["largest_component_share"] > 0.97


@pytest.mark.real_data
@pytest.mark.parametrize("city", ["aguascalientes", "veracruz"])
def test_real_lines_of_inegi_are_read_whole(real_data: Path, city: str) -> None:
    folder = real_data / "cities" / city
    reading = read_streets([folder / "vias_inegi_2007_10_raw.parquet"])
    table = reading.table
    assert set(reading.dropped.reasons) <= {"linea_en_partes_separada", "linea_repetida"}
    assert table["street_id"].is_unique
    assert pd.Series(table["bridge"]).eq("desconocido").all()
    blocks = gpd.read_parquet(folder / "manzanas_inegi_2007_10.parquet")
    assert check_overlap(gpd.GeoDataFrame(table), box(*blocks.total_bounds)) > 0.95
