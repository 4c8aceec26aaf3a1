"""What holds of scores and walks whatever the streets are like."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.tables import METRIC_CRS
from data.walking import WalkProfile, street_items, walk_profiles
from geo.network import Attachment, WalkNetwork, build_network
from geo.travel import build_graph, walking_times
from geo.walkability import EdgeCosts, edge_costs, score_blocks, slope_factor

NAMES = list(walk_profiles())
ITEMS = list(street_items())
CODE = st.sampled_from([1.0, 2.0, 3.0, 7.0, 8.0, 9.0])
BLOCKS = st.lists(st.lists(CODE, min_size=len(ITEMS), max_size=len(ITEMS)), min_size=1, max_size=5)
SIDE, STEP_M = 4, 100.0


def table(codes: list[list[float]]) -> pd.DataFrame:
    """Return an environment table of blocks of one AGEB."""
    frame = pd.DataFrame(codes, columns=ITEMS)
    return frame.assign(cvegeo=[f"9900100010010{number:03d}" for number in range(len(codes))])


@given(BLOCKS)
@settings(max_examples=60, deadline=None)
def test_scores_lie_between_nothing_and_everything(codes: list[list[float]]) -> None:
    scores = score_blocks(table(codes), walk_profiles(), NAMES)
    known = scores.score[~np.isnan(scores.score)]
    assert ((known >= 0) & (known <= 1)).all()
    assert ((scores.unknown_share >= -1e-12) & (scores.unknown_share <= 1)).all()
    stated = scores.unknown_share < 1 - 1e-9
    assert not np.isnan(scores.score[stated]).any()


@given(BLOCKS, st.sampled_from(ITEMS), st.data())
@settings(max_examples=60, deadline=None)
def test_a_better_environment_never_lowers_a_score(
    codes: list[list[float]], item: str, data: st.DataObject
) -> None:
    before = table(codes)
    stated = np.flatnonzero(before[item].isin([1.0, 2.0, 3.0]))
    if len(stated) == 0:
        return
    row = data.draw(st.sampled_from(stated.tolist()))
    best = 3.0 if street_items()[item].obstacle else 1.0
    after = before.copy()
    after.loc[row, item] = best
    old, new = (score_blocks(frame, walk_profiles(), NAMES) for frame in (before, after))
    known = ~np.isnan(old.score)
    assert (new.score[known] >= old.score[known] - 1e-12).all()
    barred = np.nan_to_num(new.barrier) <= np.nan_to_num(old.barrier)
    assert barred.all()


def grid() -> WalkNetwork:
    at = np.arange(SIDE) * STEP_M + 2_500_000.0
    lines = [shapely.LineString([(at[0], y), (at[-1], y)]) for y in at]
    lines += [shapely.LineString([(x, at[0]), (x, at[-1])]) for x in at]
    streets = gpd.GeoDataFrame(
        {
            "street_id": [f"s{number}" for number in range(len(lines))], "name": None,
            "kind": "Calle", "oneway": "no", "bridge": "desconocido", "walkable": True,
        },
        geometry=lines, crs=METRIC_CRS,
    ).to_crs("EPSG:4326")  # fmt: skip
    return build_network(streets)


NETWORK = grid()
EDGES = len(NETWORK.edge_length_dm)
POINTS = Attachment(
    edge=np.arange(EDGES, dtype=np.int32),
    offset_dm=(NETWORK.edge_length_dm // 3).astype(np.int32),
    access_dm=np.full(EDGES, 50, dtype=np.int32),
)


def minutes(costs: EdgeCosts | None) -> np.ndarray:
    """Return the walk of every pair of points, infinite where there is none."""
    ways = () if costs is None else (costs.forward_dm, costs.backward_dm)
    walks = walking_times(
        build_graph(NETWORK, *ways), POINTS, POINTS, limit_min=500.0, speed_m_per_min=75.0
    )
    dense = np.full((EDGES, EDGES), np.inf)
    facility = np.repeat(np.arange(EDGES), np.diff(walks.first))
    dense[facility, walks.cell] = walks.minutes
    return dense


def costs(profile: WalkProfile, score: np.ndarray, barrier: np.ndarray) -> EdgeCosts:
    return edge_costs(
        NETWORK.edge_length_dm, profile, general_speed_m_per_min=75.0, score=score, barrier=barrier
    )


SHARES = st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), min_size=EDGES, max_size=EDGES).map(
    np.array
)
FLAGS = st.lists(st.sampled_from([0.0, 1.0]), min_size=EDGES, max_size=EDGES).map(np.array)


@given(SHARES, FLAGS, st.integers(0, EDGES - 1), st.sampled_from(NAMES))
@settings(max_examples=25, deadline=None)
def test_a_barrier_more_never_shortens_a_walk(
    score: np.ndarray, barrier: np.ndarray, edge: int, name: str
) -> None:
    profile = walk_profiles()[name]
    more = barrier.copy()
    more[edge] = 1.0
    before = minutes(costs(profile, score, barrier))
    after = minutes(costs(profile, score, more))
    assert (after >= before - 1e-9).all()


@given(SHARES, st.sampled_from(NAMES))
@settings(max_examples=25, deadline=None)
def test_a_better_street_never_lengthens_a_walk(score: np.ndarray, name: str) -> None:
    profile = walk_profiles()[name]
    none = np.zeros(EDGES)
    worse = minutes(costs(profile, score, none))
    better = minutes(costs(profile, np.minimum(score + 0.3, 1.0), none))
    assert (better <= worse + 1e-9).all()


def test_general_walking_equals_the_plain_network() -> None:
    plain = replace(walk_profiles()["noche"], slowest_factor=1.0)
    score = np.linspace(0, 1, EDGES)
    assert np.array_equal(minutes(costs(plain, score, np.zeros(EDGES))), minutes(None))


@given(st.floats(-0.6, 0.6), st.sampled_from(NAMES))
@settings(max_examples=60, deadline=None)
def test_the_way_up_is_never_faster_than_the_flat_or_the_way_down(slope: float, name: str) -> None:
    profile = walk_profiles()[name]
    up, down, flat = slope_factor(np.array([abs(slope), -abs(slope), 0.0]), profile)
    assert up <= down + 1e-12
    assert up <= flat == pytest.approx(1.0)
