"""Where a country is cut, on a map of a few squares one can draw."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.method import load_method
from geo.parts.cut import CELL, CENTRE, STREET, URBAN, cut_country, walk_bound_m
from geo.parts.squares import clusters, number, of_lines, widen


def at(column: int, row: int) -> int:
    return int(number(np.array([column * 1000.0 + 500]), np.array([row * 1000.0 + 500]))[0])


def country(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(
        [(home, kind, at(x, y)) for home, kind, x, y in rows], columns=["home", "kind", "square"]
    )


def town(home: str, x: int, y: int, kinds=(CELL, URBAN, STREET)) -> list[tuple[str, str, int, int]]:
    return [(home, kind, x, y) for kind in kinds]


def test_squares_that_touch_at_a_corner_hang_together() -> None:
    squares = np.unique([at(0, 0), at(1, 1), at(3, 1)])
    label = clusters(squares)
    assert label[0] == label[1] != label[2]
    assert set(widen(np.array([at(5, 5)]), 1)) == {at(x, y) for x in (4, 5, 6) for y in (4, 5, 6)}


def test_a_line_lies_in_every_square_of_its_box() -> None:
    line = gpd.GeoSeries([shapely.LineString([(500, 500), (2500, 1500)])], crs="EPSG:6372")
    owner, found = of_lines(line)
    assert set(owner) == {0}
    assert set(found) == {at(x, y) for x in (0, 1, 2) for y in (0, 1)}


def test_a_metropolitan_area_is_one_part_and_the_rest_is_packed_by_state() -> None:
    squares = country(
        *town("01001", 100, 100), *town("01002", 101, 100),  # built up side by side
        *town("01003", 300, 100), *town("02001", 500, 100), *town("02002", 700, 100),
    )  # fmt: skip
    cells = dict.fromkeys(sorted(set(squares["home"])), 10)
    parts = cut_country(squares, cells, load_method())
    assert [part.own for part in parts] == [("01001", "01002"), ("01003",), ("02001", "02002")]
    assert [part.near for part in parts] == [(), (), ()]
    small = cut_country(squares, cells, load_method(), fill_cells=10)
    assert [part.own for part in small][-2:] == [("02001",), ("02002",)]


def test_what_walks_can_touch_is_read_with_a_part_and_what_they_cannot_is_not() -> None:
    method = load_method()
    assert walk_bound_m(method) >= method.walking.limit_min * method.walking.speed_m_per_min
    road = [("01002", STREET, x, 100) for x in range(101, 106)]
    squares = country(
        *town("01001", 100, 100), *road, ("01002", CELL, 105, 100), ("01002", CENTRE, 105, 101),
        # As near as the town at the end of the road, but no street leads there.
        *town("01003", 100, 105),
    )  # fmt: skip
    cells = {"01001": 1, "01002": 1, "01003": 1}
    parts = cut_country(squares, cells, method, whole_areas=False, fill_cells=1)
    near = {part.own: part.near for part in parts}
    assert near["01001",] == ("01002",)
    assert near["01002",] == ("01001",)
    assert near["01003",] == ()
    zone = next(part.zone for part in parts if part.own == ("01001",))
    assert {at(105, 101), at(106, 100)} <= set(zone)
    assert at(100, 105) not in zone


def test_places_without_streets_join_a_part_that_has_some() -> None:
    squares = country(*town("01001", 100, 100), *town("02001", 500, 100, kinds=(CELL,)))
    parts = cut_country(squares, {"01001": 1, "02001": 1}, load_method())
    assert [part.own for part in parts] == [("01001", "02001")]
    assert at(500, 100) not in parts[0].zone


def test_streets_nobody_walks_are_read_with_those_that_cross_them() -> None:
    squares = country(
        *town("01001", 100, 100), ("01001", STREET, 200, 100),
        *town("01002", 300, 100), ("01002", STREET, 201, 101),
    )  # fmt: skip
    parts = cut_country(
        squares, {"01001": 1, "01002": 1}, load_method(), whole_areas=False, fill_cells=1
    )
    first, second = parts
    assert (first.near, second.near) == (("01002",), ("01001",))
    for part in parts:
        assert at(200, 100) not in part.zone
        assert {at(200, 100), at(201, 101)} <= set(part.streets)
    assert set(first.zone) < set(first.streets)
