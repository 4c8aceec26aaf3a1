"""One walk on streets drawn by hand: distances, ways, streets reached, ground and people."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from data.errors import NotComputedError
from data.tables import GEOGRAPHIC_CRS, METRIC_CRS
from geo.network import Attachment, WalkNetwork, build_network
from geo.travel.isochrone import FRONTAGE_M, isochrones, people_reached
from geo.travel.search import UNREACHED
from geo.travel.walk import Walk, Walker, substrings
from geo.walkability.costs import EdgeCosts

ORIGIN = np.array([2_450_000.0, 1_100_000.0])
Line = Sequence[tuple[float, float]]
# A drawn eighth of a turn at a time, a round end of radius r covers this much of r².
OCTAGON = 8 * 0.5 * np.sin(np.pi / 4)


def network_of(lines: Sequence[Line]) -> WalkNetwork:
    drawn = [shapely.LineString(np.array(line) + ORIGIN) for line in lines]
    frame = gpd.GeoDataFrame(
        {"street_id": [str(n) for n in range(len(lines))], "bridge": "desconocido",
         "walkable": True},
        geometry=gpd.GeoSeries(drawn, crs=METRIC_CRS).to_crs(GEOGRAPHIC_CRS),
    )  # fmt: skip
    return build_network(frame)


def grid(streets: int, step: float) -> WalkNetwork:
    """Return a square grid, its corner at the origin."""
    far = step * (streets - 1)
    return network_of(
        [
            line
            for number in range(streets)
            for line in (
                [(0.0, number * step), (far, number * step)],
                [(number * step, 0.0), (number * step, far)],
            )
        ]
    )


def stand(walker: Walker, *points: tuple[float, float]) -> Attachment:
    x, y = (np.array(points) + ORIGIN).T
    return walker.finder.attach(x, y, max_distance_m=500.0)


def walk_from(
    walker: Walker,
    point: tuple[float, float],
    limit_m: float,
    *,
    costs: EdgeCosts | None = None,
    towards: bool = False,
) -> Walk:
    return walker.walk(
        stand(walker, point), limit_dm=int(limit_m * 10), costs=costs, towards=towards
    )


def metres(line: shapely.LineString) -> list[tuple[float, float]]:
    return [tuple(point) for point in (np.array(line.simplify(0.2).coords) - ORIGIN).round(0) + 0.0]


@pytest.fixture(scope="module")
def walker() -> Walker:
    return Walker(grid(11, 100.0))


def test_distances_follow_the_streets(walker: Walker) -> None:
    # 10 m from the street at (520, 500); to (500, 700), to a point 5 m off a street, to one behind.
    walk = walk_from(walker, (520.0, 510.0), 1000.0)
    there = stand(walker, (500.0, 700.0), (405.0, 630.0), (510.0, 500.0), (520.0, 510.0))
    assert walk.distance_dm(there).tolist() == pytest.approx([2300, 2650, 200, 200], abs=3)


def test_beyond_the_limit_and_off_the_streets_is_not_reached(walker: Walker) -> None:
    walk = walk_from(walker, (500.0, 500.0), 300.0)
    there = stand(walker, (500.0, 800.0), (500.0, 801.0), (500.0, 5000.0))
    assert (walk.distance_dm(there) == UNREACHED).tolist() == [False, True, True]


def test_the_way_turns_at_the_corners(walker: Walker) -> None:
    walk = walk_from(walker, (520.0, 500.0), 1000.0)
    assert metres(walk.way(stand(walker, (600.0, 630.0)))) == [(520, 500), (600, 500), (600, 630)]
    back = metres(walk.way(stand(walker, (480.0, 500.0))))
    assert (back[0], back[-1]) == ((520, 500), (480, 500))
    assert metres(walk.way(stand(walker, (560.0, 500.0)))) == [(520, 500), (560, 500)]


def test_a_way_is_as_long_as_its_distance(walker: Walker) -> None:
    walk = walk_from(walker, (333.0, 271.0), 1500.0)
    for point in ((871.0, 700.0), (12.0, 0.0), (300.0, 999.0), (355.0, 300.0)):
        there = stand(walker, point)
        offsets = walk.origin.access_dm[0] + there.access_dm[0]
        walked = (walk.distance_dm(there)[0] - offsets) / 10
        assert walk.way(there).length == pytest.approx(walked, abs=1.0)


def test_the_way_to_where_one_stands_has_no_length(walker: Walker) -> None:
    walk = walk_from(walker, (520.0, 500.0), 100.0)
    assert walk.way(stand(walker, (520.0, 500.0))).length == 0


def test_no_way_beyond_the_limit(walker: Walker) -> None:
    walk = walk_from(walker, (520.0, 500.0), 100.0)
    with pytest.raises(NotComputedError, match="camino"):
        walk.way(stand(walker, (520.0, 700.0)))


def test_streets_reached_have_the_length_one_counts(walker: Walker) -> None:
    # From a crossing of a grid, within 150 m: 4 arms of 100 m, and from each end 3 of 50 m.
    walk = walk_from(walker, (500.0, 500.0), 150.0)
    reached = walk.reached(1500)
    assert shapely.union_all(reached).length == pytest.approx(4 * 100 + 4 * 3 * 50, abs=3)
    assert shapely.union_all(walk.reached(500)).length == pytest.approx(200, abs=2)


def test_edges_reached_before_are_left_out(walker: Walker) -> None:
    walk = walk_from(walker, (500.0, 500.0), 150.0)
    fresh = walk.reached(1500, beyond_dm=1000)
    assert len(fresh) < len(walk.reached(1500))
    together = shapely.union_all([*fresh, *walk.reached(1000)])
    assert together.length == pytest.approx(shapely.union_all(walk.reached(1500)).length)


def test_the_ground_along_a_straight_street() -> None:
    walker = Walker(network_of([[(-1000.0, 0.0), (1000.0, 0.0)]]))
    walk = walk_from(walker, (0.0, 0.0), 300.0)
    small, large = isochrones(walk, [1000, 3000])
    for ground, reach in ((small, 100.0), (large, 300.0)):
        expected = 2 * reach * 2 * FRONTAGE_M + OCTAGON * FRONTAGE_M**2
        assert ground.area == pytest.approx(expected, rel=2e-3)


def test_the_middle_of_a_wide_block_stays_a_hole(walker: Walker) -> None:
    # Round one block, 400 m and no more: its ring closes and 50 m × 50 m are left inside.
    (ground,) = isochrones(walk_from(walker, (500.0, 500.0), 200.0), [2000])
    assert len(ground.interiors) == 4
    assert [shapely.Polygon(ring).area for ring in ground.interiors] == pytest.approx(
        [2500] * 4, abs=60
    )


def test_nothing_is_reached_where_the_street_itself_is_farther(walker: Walker) -> None:
    walk = walk_from(walker, (550.0, 540.0), 100.0)
    near, far = isochrones(walk, [300, 1000])
    assert near.is_empty
    assert not far.is_empty


def test_impassable_edges_are_gone_round() -> None:
    # A square of 100 m; the direct side cannot be walked one way.
    network = network_of(
        [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]
    )
    walker = Walker(network)
    direct = int(stand(walker, (50.0, 0.0)).edge[0])
    eastward = (
        network.node_x_m[network.edge_to[direct]] > network.node_x_m[network.edge_from[direct]]
    )
    lengths = network.edge_length_dm
    closed = lengths.copy()
    closed[direct] = -1
    costs = EdgeCosts(closed, lengths) if eastward else EdgeCosts(lengths, closed)
    there = stand(walker, (100.0, 50.0))
    walk = walk_from(walker, (0.0, 50.0), 1000.0, costs=costs)
    assert walk.distance_dm(there)[0] == pytest.approx(2000, abs=3)
    assert shapely.union_all(walk.reached(10_000)).length == pytest.approx(400, abs=2)
    reverse = walk_from(walker, (0.0, 50.0), 1000.0, costs=costs, towards=True)
    assert reverse.distance_dm(there)[0] == pytest.approx(2000, abs=3)
    # From the middle of that edge one can leave it only against it, and come round to its end.
    inside = walk_from(walker, (50.0, 0.0), 1000.0, costs=costs)
    assert inside.distance_dm(stand(walker, (70.0, 0.0), (30.0, 0.0))).tolist() == pytest.approx(
        [3800, 200], abs=3
    )


def test_costs_are_shared_along_an_edge() -> None:
    network = network_of([[(0.0, 0.0), (1000.0, 0.0)]])
    walker = Walker(network)
    double = EdgeCosts(network.edge_length_dm * 2, network.edge_length_dm * 2)
    walk = walk_from(walker, (100.0, 0.0), 1000.0, costs=double)
    assert walk.distance_dm(stand(walker, (300.0, 0.0)))[0] == pytest.approx(4000, abs=4)
    assert shapely.union_all(walk.reached(1000)).length == pytest.approx(100, abs=1)


def test_a_loop_is_walked_from_both_sides() -> None:
    loop = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (0.0, 0.0)]
    walker = Walker(network_of([[(-500.0, 0.0), (0.0, 0.0)], loop]))
    walk = walk_from(walker, (-100.0, 0.0), 400.0)
    there = stand(walker, (50.0, 0.0), (0.0, 50.0), (100.0, 100.0))
    assert walk.distance_dm(there).tolist() == pytest.approx([1500, 1500, 3000], abs=3)
    inside = walk_from(walker, (50.0, 0.0), 400.0)
    assert inside.way(stand(walker, (-50.0, 0.0))).length == pytest.approx(100, abs=1)


def test_people_unknown_are_told_apart(walker: Walker) -> None:
    cells = pd.DataFrame({"population": [10.0, np.nan, 5.0, 7.0], "older": [np.nan] * 4})
    standing = stand(walker, (500.0, 520.0), (520.0, 500.0), (500.0, 600.0), (900.0, 900.0))
    walk = walk_from(walker, (500.0, 500.0), 200.0)
    near, far = people_reached(
        walk, standing, cells, groups=("population", "older"), limits_dm=[500, 2000]
    )
    assert (near.cells, near.people, near.unknown_cells) == (
        2, {"population": 10.0, "older": None}, {"population": 1, "older": 2},
    )  # fmt: skip
    assert (far.cells, far.people["population"]) == (3, 15.0)


def test_nobody_within_reach_is_zero(walker: Walker) -> None:
    cells = pd.DataFrame({"population": [10.0]})
    walk = walk_from(walker, (500.0, 500.0), 200.0)
    (found,) = people_reached(
        walk, stand(walker, (900.0, 900.0)), cells, groups=("population",), limits_dm=[2000]
    )
    assert (found.cells, found.people, found.unknown_cells) == (
        0, {"population": 0.0}, {"population": 0},
    )  # fmt: skip


def test_substrings_keep_the_corners_between() -> None:
    corner = np.array([shapely.LineString([(0, 0), (10, 0), (10, 10)])] * 2)
    first, second = substrings(corner, np.array([0.25, 0.0]), np.array([0.75, 0.25]))
    assert list(first.coords) == [(5, 0), (10, 0), (10, 5)]
    assert list(second.coords) == [(0, 0), (5, 0)]
