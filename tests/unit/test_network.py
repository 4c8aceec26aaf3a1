"""The walking network: cutting, closing gaps, bridges, components, attaching points."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.errors import InputError, NotComputedError
from data.tables import GEOGRAPHIC_CRS, METRIC_CRS
from geo.network import WalkNetwork, attach, build_network

# Some spot of central Mexico in EPSG:6372; lines below are given in metres from it.
ORIGIN = np.array([2_450_000.0, 1_100_000.0])


def streets(
    lines: Sequence[Sequence[tuple[float, float]]], *, bridge: Sequence[str] | None = None
) -> gpd.GeoDataFrame:
    """Return street rows from lines in metres."""
    drawn = [shapely.LineString(np.array(line) + ORIGIN) for line in lines]
    return gpd.GeoDataFrame(
        {
            "street_id": [str(number) for number in range(len(lines))],
            "bridge": list(bridge) if bridge else ["desconocido"] * len(lines),
            "walkable": [True] * len(lines),
        },
        geometry=gpd.GeoSeries(drawn, crs=METRIC_CRS).to_crs(GEOGRAPHIC_CRS),
    )


def network(lines: Sequence[Sequence[tuple[float, float]]], **options: object) -> WalkNetwork:
    return build_network(streets(lines, **options))  # type: ignore[arg-type]


CROSS = [[(-100, 0), (100, 0)], [(0, -100), (0, 100)]]


def test_streets_are_cut_where_they_cross() -> None:
    cross = network(CROSS)
    assert len(cross.node_x_m) == 5
    assert cross.edge_length_dm.tolist() == [1000] * 4
    assert sorted(cross.edge_street) == ["0", "0", "1", "1"]
    assert len(cross.component_length_m) == 1


def test_a_known_bridge_does_not_meet_what_it_crosses() -> None:
    over = network(CROSS, bridge=["si", "no"])
    assert len(over.node_x_m) == 4
    assert len(over.component_length_m) == 2


def test_streets_of_known_level_meet_at_shared_vertices() -> None:
    shared = network([[(-100, 0), (0, 0), (100, 0)], [(0, 0), (0, 100)]], bridge=["no", "no"])
    assert sorted(shared.edge_length_dm.tolist()) == [1000, 1000, 1000]
    assert len(shared.component_length_m) == 1


def test_an_end_just_short_of_a_street_is_joined_and_counted() -> None:
    short = network([[(-100, 0), (100, 0)], [(0, 1.5), (0, 100)]])
    assert short.joined_gaps == 1
    assert len(short.component_length_m) == 1
    apart = network([[(-100, 0), (100, 0)], [(0, 5), (0, 100)]])
    assert apart.joined_gaps == 0
    assert len(apart.component_length_m) == 2


def test_components_are_labelled_from_the_longest() -> None:
    two = network([[(0, 0), (50, 0)], [(0, 500), (400, 500)]])
    assert two.component_length_m.tolist() == pytest.approx([400.0, 50.0], abs=0.2)
    assert two.statistics["largest_component_share"] == pytest.approx(400 / 450, abs=1e-3)


def test_the_order_of_rows_does_not_change_the_network() -> None:
    forward, backward = network(CROSS), network(CROSS[::-1])
    assert forward.node_x_m.tolist() == backward.node_x_m.tolist()
    assert forward.edge_from.tolist() == backward.edge_from.tolist()


def test_points_are_attached_along_edges() -> None:
    line = network([[(0, 0), (2000, 0)]])
    x, y = np.array([300.0, 1500.0, 700.0, np.nan]), np.array([40.0, -30.0, 600.0, 0.0])
    found = attach(line, x + ORIGIN[0], y + ORIGIN[1], max_distance_m=500.0)
    start = line.node_x_m[line.edge_from[0]] - ORIGIN[0]
    along = [abs(300 - start), abs(1500 - start)]
    assert found.attached.tolist() == [True, True, False, False]
    assert found.offset_dm[:2].tolist() == pytest.approx(np.array(along) * 10, abs=2)
    assert found.access_dm.tolist() == pytest.approx([400, 300, -1, -1], abs=2)


def test_points_are_not_attached_to_a_scrap_of_street() -> None:
    scrap = network([[(0, 0), (5000, 0)], [(0, 100), (50, 100)]])
    x, y = np.array([25.0]) + ORIGIN[0], np.array([99.0]) + ORIGIN[1]
    found = attach(scrap, x, y, max_distance_m=500.0)
    assert scrap.component[scrap.edge_from[found.edge[0]]] == 0
    assert found.access_dm[0] == pytest.approx(990, abs=2)


def test_metres_passed_as_degrees_are_refused() -> None:
    with pytest.raises(InputError, match="grados"):
        build_network(streets(CROSS).to_crs(METRIC_CRS))


def test_no_walkable_street_is_said() -> None:
    with pytest.raises(NotComputedError):
        build_network(streets(CROSS).assign(walkable=False))
