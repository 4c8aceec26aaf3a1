"""Scores of streets, what edges they fall on and what a walk costs, by hand."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from data.environment import ITEMS
from data.errors import InputError
from data.tables import METRIC_CRS
from data.walking import WalkProfile, code_values, street_items, walk_profiles
from geo.method import load_method
from geo.network import WalkNetwork, build_network
from geo.walkability import (
    IMPASSABLE,
    cost_streets,
    cut_edges,
    edge_costs,
    edge_means,
    face_blocks,
    fill_from_ageb,
    height_points,
    item_values,
    mean_over_people,
    piece_slopes,
    score_blocks,
    slope_factor,
    street_statistics,
    tobler_factor,
)

AGEB = "9900100010010"
ORIGIN = np.array([2_500_000.0, 1_000_000.0])


def codes(rows: dict[str, dict[str, float]]) -> pd.DataFrame:
    """Return an environment table in which items not named are not specified."""
    table = pd.DataFrame(dict.fromkeys(street_items(), 9.0), index=list(rows))
    for block, items in rows.items():
        for item, code in items.items():
            table.loc[block, item] = code
    return table.rename_axis("cvegeo").reset_index()


def walker(**changes: object) -> WalkProfile:
    base = WalkProfile(
        profile="prueba", title=walk_profiles()["noche"].title, speed_m_per_min=75.0,
        slowest_factor=0.5, barrier_items=(), barrier_slowed_factor=None, slope_hard=None,
        slope_hard_factor=None, slope_max=None, downhill_gain=True, services=(),
        weights={"BANQUETA": 3.0, "ALUMPUB": 1.0, "PUESAMBU": 1.0}, sources={},
    )  # fmt: skip
    return replace(base, **changes)


def network(*lines: list[tuple[float, float]]) -> WalkNetwork:
    streets = gpd.GeoDataFrame(
        {
            "street_id": [f"s{index}" for index in range(len(lines))],
            "name": None, "kind": "Calle", "oneway": "no", "bridge": "desconocido",
            "walkable": True,
        },
        geometry=[shapely.LineString(np.array(line) + ORIGIN) for line in lines],
        crs=METRIC_CRS,
    ).to_crs("EPSG:4326")  # fmt: skip
    return build_network(streets)


def block(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(x0 + ORIGIN[0], y0 + ORIGIN[1], x1 + ORIGIN[0], y1 + ORIGIN[1])


def test_codebooks_agree_with_the_reader_and_with_each_other() -> None:
    assert tuple(street_items()) == ITEMS
    assert all(item.title.es and item.title.en for item in street_items().values())
    assert code_values() == {1.0: 1.0, 2.0: 0.5, 3.0: 0.0}
    for profile in walk_profiles().values():
        assert set(profile.weights) <= set(ITEMS)
        assert set(profile.barrier_items) <= set(profile.weights)
        assert all(weight > 0 for weight in profile.weights.values())
        assert 0 < profile.slowest_factor <= 1
        # Every figure has a source, or says that it is ours.
        named = [*profile.weights, "speed", "slowest"]
        named += ["barrier"] if profile.barrier_items else []
        assert all(len(profile.sources[name]) > 4 for name in named)


def test_values_of_items_and_reversed_obstacles() -> None:
    values = item_values(codes({f"{AGEB}001": {"BANQUETA": 1, "RAMPAS": 2, "PASOPEAT": 3,
                                               "PUESAMBU": 1, "ACESOPER": 3, "ARBOLES": 7,
                                               "LETRERO": 8}}))  # fmt: skip
    row = values.iloc[0]
    assert (row["BANQUETA"], row["RAMPAS"], row["PASOPEAT"]) == (1.0, 0.5, 0.0)
    assert (row["PUESAMBU"], row["ACESOPER"]) == (0.0, 1.0)
    assert row[["ARBOLES", "LETRERO", "CICLOVIA"]].isna().all()


def test_score_by_hand_with_the_mean_of_the_ageb_for_what_is_unknown() -> None:
    environment = codes({
        f"{AGEB}001": {"BANQUETA": 1, "ALUMPUB": 3, "PUESAMBU": 3},  # (3·1 + 1·0 + 1·1) / 5
        f"{AGEB}002": {"BANQUETA": 3, "PUESAMBU": 1},                # light: the AGEB's mean, 0
        f"{AGEB}003": {"ALUMPUB": 9},                                # all from the AGEB: .5, 0, .5
        "9900100010025001": {"ALUMPUB": 1},                          # alone in its AGEB: light only
        "9900100010030001": {},                                      # nothing known
    })  # fmt: skip
    scores = score_blocks(environment, {"prueba": walker()}, ["prueba"])
    assert list(scores.places) == sorted(environment["cvegeo"])
    assert scores.score[:4, 0] == pytest.approx([4 / 5, 0.0, (3 * 0.5 + 0.5) / 5, 1.0])
    assert np.isnan(scores.score[4, 0])
    assert scores.unknown_share[:, 0] == pytest.approx([0.0, 1 / 5, 1.0, 4 / 5, 1.0])


def test_filling_keeps_unknown_what_no_block_of_the_ageb_states() -> None:
    values = item_values(codes({f"{AGEB}001": {"BANQUETA": 1}, f"{AGEB}002": {}}))
    filled = fill_from_ageb(values)
    assert filled["BANQUETA"].tolist() == [1.0, 1.0]
    assert filled["RAMPAS"].isna().all()


def test_a_barrier_needs_all_its_items_missing() -> None:
    rolling = walker(barrier_items=("BANQUETA", "RAMPAS"), weights={"BANQUETA": 1.0})
    environment = codes({
        "9900100010010001": {"BANQUETA": 3, "RAMPAS": 3},
        "9900100010020001": {"BANQUETA": 2, "RAMPAS": 3},
        "9900100010030001": {"BANQUETA": 3},
        "9900100010040001": {"RAMPAS": 1},
    })  # fmt: skip
    scores = score_blocks(environment, {"prueba": rolling}, ["prueba"])
    assert scores.barrier[[0, 1, 3], 0].tolist() == [1.0, 0.0, 0.0]
    assert np.isnan(scores.barrier[2, 0])


def test_an_edge_takes_the_mean_of_both_sides_by_the_metres_that_face_it() -> None:
    street = network([(0, 0), (120, 0)])
    blocks = np.array([
        block(0, 10, 60, 60), block(60, 10, 120, 60),  # left: half the street each
        block(0, -60, 120, -10),                       # right: all of it
        block(0, 65, 120, 90),                         # behind the left ones
    ])  # fmt: skip
    facing = face_blocks(cut_edges(street, 20.0), blocks, edges=1, distance_m=70.0)
    assert dict(zip(facing.block, facing.length_m, strict=True)) == pytest.approx(
        {0: 60.0, 1: 60.0, 2: 120.0}
    )
    means = edge_means(facing, np.array([[1.0], [0.0], [0.5], [0.9]]))
    assert means[0, 0] == pytest.approx((60 * 1 + 60 * 0 + 120 * 0.5) / 240)
    # What is unknown weighs nothing.
    unknown = edge_means(facing, np.array([[1.0], [np.nan], [np.nan], [0.9]]))
    assert unknown[0, 0] == pytest.approx(1.0)


def test_a_road_is_known_only_where_blocks_lie_along_it() -> None:
    road = network([(0, 0), (1000, 0)])
    facing = face_blocks(
        cut_edges(road, 20.0), np.array([block(0, 10, 100, 60)]), edges=1, distance_m=30.0
    )
    # Ten metres away and up to 30 m of a block: √(30² − 10²) = 28 m beyond its end, one piece.
    assert facing.faced_share == pytest.approx([0.12])
    rolling = walker(barrier_items=("BANQUETA",))
    costs = edge_costs(
        road.edge_length_dm, rolling, general_speed_m_per_min=75.0, score=np.array([0.0]),
        barrier=np.array([1.0]), faced_share=facing.faced_share,
    )  # fmt: skip
    # Twice as long on 12 % of it; a tenth of a road does not bar it.
    assert costs.forward_dm.tolist() == [11_200]


def test_blocks_too_far_are_not_faced() -> None:
    street = network([(0, 0), (100, 0)])
    blocks = np.array([block(0, 31, 100, 60)])
    facing = face_blocks(cut_edges(street, 20.0), blocks, edges=1, distance_m=30.0)
    assert len(facing.edge) == 0
    assert np.isnan(edge_means(facing, np.ones((1, 1)))).all()


def test_costs_by_hand() -> None:
    length = np.array([1000, 1000, 1000, 1], dtype=np.int32)
    costs = edge_costs(
        length, walker(speed_m_per_min=50.0), general_speed_m_per_min=75.0,
        score=np.array([1.0, 0.0, np.nan, 1.0]),
    )  # fmt: skip
    # 1.5 times as long at 50 m/min; twice that where speed is halved; unknown keeps full speed.
    assert costs.forward_dm.tolist() == [1500, 3000, 1500, 2]
    assert costs.backward_dm.tolist() == costs.forward_dm.tolist()


def test_general_walking_is_the_plain_length() -> None:
    length = np.array([1, 37, 12345], dtype=np.int32)
    plain = walker(slowest_factor=1.0)
    costs = edge_costs(
        length, plain, general_speed_m_per_min=75.0, score=np.array([0.0, 0.4, np.nan])
    )
    assert costs.forward_dm.tolist() == length.tolist()


def test_a_barrier_on_all_sides_stops_or_slows() -> None:
    length = np.array([1000, 1000, 1000], dtype=np.int32)
    rolling = walker(barrier_items=("BANQUETA",), barrier_slowed_factor=0.25)
    barrier = np.array([1.0, 0.5, np.nan])
    stopped = edge_costs(length, rolling, general_speed_m_per_min=75.0, barrier=barrier)
    assert stopped.forward_dm.tolist() == [IMPASSABLE, 1000, 1000]
    assert stopped.impassable.tolist() == [True, False, False]
    slowed = edge_costs(
        length, rolling, general_speed_m_per_min=75.0, barrier=barrier, barriers="slowed"
    )
    assert slowed.forward_dm.tolist() == [4000, 1000, 1000]


def test_tobler_is_one_on_the_flat_and_best_on_a_gentle_way_down() -> None:
    factor = tobler_factor(np.array([0.0, -0.05, 0.10, -0.10, np.nan]))
    expected = [1.0, np.exp(0.175), np.exp(-0.35), 1.0, 1.0]
    assert factor == pytest.approx(expected)


def test_limits_of_slope() -> None:
    rolling = walker(slope_hard=0.0833, slope_hard_factor=0.5, slope_max=0.125, downhill_gain=False)
    factor = slope_factor(np.array([-0.05, 0.10]), rolling)
    assert factor == pytest.approx([1.0, 0.5 * np.exp(-0.35)])


def test_up_costs_more_than_down_and_too_steep_is_impassable() -> None:
    street = network([(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (200, 100)])
    pieces = cut_edges(street, 50.0)
    behind, ahead = height_points(pieces, 60.0)
    along = np.hypot(*(ahead - behind).T)
    assert along == pytest.approx(60.0)
    # The ground rises 10 % to the east, and 15 % to the north.
    rise = [0.10 * (at[:, 0] - ORIGIN[0]) + 0.15 * (at[:, 1] - ORIGIN[1]) for at in (behind, ahead)]
    slope = piece_slopes(pieces, (rise[0], rise[1]), 60.0)
    rolling = walker(slope_max=0.125)
    costs = edge_costs(
        street.edge_length_dm, rolling, general_speed_m_per_min=75.0, pieces=pieces, slope=slope
    )
    east = np.abs(pieces.direction[:, 0])[np.unique(pieces.edge, return_index=True)[1]] > 0.5
    assert costs.impassable.tolist() == (~east).tolist()
    ways = np.sort(np.column_stack([costs.forward_dm, costs.backward_dm])[east], axis=1)
    assert ways == pytest.approx(np.tile([1000, round(1000 * np.exp(0.35))], (2, 1)), abs=1)


def test_heights_that_are_not_known_are_flat() -> None:
    street = network([(0, 0), (100, 0)])
    pieces = cut_edges(street, 60.0)
    unknown = np.full(len(pieces.edge), np.nan)
    costs = edge_costs(
        street.edge_length_dm, walker(slope_max=0.1), general_speed_m_per_min=75.0,
        pieces=pieces, slope=piece_slopes(pieces, (unknown, unknown), 60.0),
    )  # fmt: skip
    assert costs.forward_dm.tolist() == street.edge_length_dm.tolist()


def test_means_over_people() -> None:
    means = mean_over_people(
        np.array([1.0, 0.0, np.nan, 0.3, 0.5]), np.array([10.0, 30.0, 500.0, 0.0, np.nan]),
        np.array([0, 0, 0, 1, 1]), 2,
    )  # fmt: skip
    assert means[0] == pytest.approx(0.25)
    assert np.isnan(means[1])


class _Nowhere:
    """A model of heights that covers nothing."""

    paths = (Path("modelo.tif"),)

    def heights(self, x: np.ndarray, _y: np.ndarray, **_crs: str) -> np.ndarray:
        return np.full(len(x), np.nan)


def test_a_model_of_heights_of_another_place_is_refused() -> None:
    street = network([(0, 0), (100, 0)])
    costs = cost_streets(
        street, walk_profiles(), load_method(), scores=None, outlines=None, elevation=_Nowhere()
    )
    with pytest.raises(InputError, match="no cubre ninguna calle"):
        street_statistics(street.edge_length_dm, costs.shares, _Nowhere())


def test_without_survey_or_heights_only_pace_differs() -> None:
    street = network([(0, 0), (100, 0)])
    streets = cost_streets(
        street, walk_profiles(), load_method(), scores=None, outlines=None, elevation=None
    )
    told = street_statistics(street.edge_length_dm, streets.shares, None)
    assert told["walk_scored_share"] == 0
    assert "walk_slope_known_share" not in told
    table = streets.table()
    assert table["noche_forward_dm"].tolist() == [1000]
    assert table["silla_ruedas_backward_dm"].tolist() == [round(1000 * 75 / 47.4)]
