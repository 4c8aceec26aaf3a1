"""What must hold for any table of times: conservation, monotony, and independence of order."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.access import (
    BinaryDecay,
    DaiDecay,
    Decay,
    ExponentialDecay,
    GaussianDecay,
    LinearDecay,
    LogisticDecay,
    PowerDecay,
    TravelTimes,
    UniformDecay,
    balanced,
    catchment_ratios,
    cumulative,
    entitled_two_step,
    hansen,
    k_nearest,
    luo_qi_fast,
    luo_qi_slow,
    modified_two_step,
    nearest,
    rational_access,
    spatial_availability,
    three_step,
    two_step,
)
from geo.equity import concentration, fgt, gini, palma, theil

DECAYS: list[Decay] = [
    luo_qi_slow(),
    luo_qi_fast(),
    BinaryDecay(30),
    DaiDecay(30),
    LinearDecay(40),
    ExponentialDecay(0.1),
    GaussianDecay(12),
    LogisticDecay(20, 6),
    PowerDecay(1.5),
    UniformDecay(),
]
Measure = Callable[..., np.ndarray]
Case = tuple[TravelTimes, np.ndarray, np.ndarray]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    cells, facilities = draw(st.integers(1, 9)), draw(st.integers(1, 6))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    minutes = random.uniform(0, 60, (cells, facilities))
    minutes[random.random(minutes.shape) < draw(st.sampled_from([0.0, 0.3, 0.7]))] = np.nan
    people = random.integers(0, 90, cells) * (random.random(cells) < 0.8)
    places = random.integers(0, 50, facilities)
    return TravelTimes.from_dense(minutes), people.astype(float), places.astype(float)


def served(case: Case, decay: Decay) -> float:
    """Places of facilities with someone in reach."""
    times, people, places = case
    competing = times.sum_by_facility(people[times.cell] * decay(times.minutes))
    return float(places[competing > 0].sum())


def total(people: np.ndarray, scores: np.ndarray) -> float:
    return float(np.sum((people * scores)[people > 0]))


@pytest.mark.parametrize("decay", DECAYS, ids=lambda decay: type(decay).__name__)
@given(st.lists(st.floats(0, 500), min_size=2, max_size=30))
def test_weights_never_rise_and_stay_between_zero_and_one(
    decay: Decay, minutes: list[float]
) -> None:
    times = np.sort(np.array(minutes))
    weights = decay(times)
    assert np.all((weights >= 0) & (weights <= 1))
    assert np.all(np.diff(weights) <= 0)
    assert np.all(weights[times > decay.reach_min] == 0)


@given(cases(), st.sampled_from(DECAYS))
def test_two_and_three_steps_hand_out_every_place_once(case: Case, decay: Decay) -> None:
    times, people, places = case
    expected = pytest.approx(served(case, decay), rel=1e-9, abs=1e-9)
    assert total(people, two_step(times, people, places, decay)) == expected
    assert total(people, three_step(times, people, places, decay)) == expected
    assert np.nansum(spatial_availability(times, people, places, decay)) == expected


@given(cases(), st.sampled_from(DECAYS))
def test_the_modified_form_leaves_places_unused(case: Case, decay: Decay) -> None:
    times, people, places = case
    used = total(people, modified_two_step(times, people, places, decay))
    assert used <= served(case, decay) * (1 + 1e-9) + 1e-9


@given(cases())
def test_the_balanced_form_neither_adds_nor_loses(case: Case) -> None:
    times, people, places = case
    weights = ExponentialDecay(0.1)(times.minutes)
    split = weights / times.sum_by_cell(weights)[times.cell]
    assigned = times.sum_by_facility(people[times.cell] * split)
    in_reach = times.sum_by_cell(weights) > 0
    assert assigned.sum() == pytest.approx(people[in_reach].sum())
    open_ = (assigned > 0) & (places > 0)
    levels = places[open_] / assigned[open_]
    scores = balanced(times, people, places, ExponentialDecay(0.1))
    stranded = np.isin(times.facility, np.flatnonzero((assigned == 0) & (places > 0)))
    if not stranded.any():
        assert scores.sum() == pytest.approx(levels.sum())


@given(cases(), st.sampled_from(DECAYS))
def test_availability_per_person_is_two_step(case: Case, decay: Decay) -> None:
    times, people, places = case
    available = spatial_availability(times, people, places, decay)
    inhabited = people > 0
    np.testing.assert_allclose(
        available[inhabited] / people[inhabited],
        two_step(times, people, places, decay)[inhabited],
        rtol=1e-9,
        atol=1e-12,
    )


@given(cases(), st.sampled_from(DECAYS))
def test_a_ratio_is_unknown_only_where_nobody_is_in_reach(case: Case, decay: Decay) -> None:
    times, people, places = case
    ratio = catchment_ratios(times, people, places, decay)
    competing = times.sum_by_facility(people[times.cell] * decay(times.minutes))
    np.testing.assert_array_equal(np.isnan(ratio), (competing == 0) & (places > 0))
    assert not np.isinf(ratio).any()


@given(cases(), st.integers(0, 2**32 - 1))
def test_the_order_of_pairs_does_not_matter(case: Case, seed: int) -> None:
    times, people, places = case
    order = np.random.default_rng(seed).permutation(times.n_pairs)
    shuffled = TravelTimes(
        cell=times.cell[order], facility=times.facility[order], minutes=times.minutes[order],
        n_cells=times.n_cells, n_facilities=times.n_facilities,
    )  # fmt: skip
    measures: list[Measure] = [two_step, three_step, balanced]
    for measure in measures:
        np.testing.assert_allclose(
            measure(shuffled, people, places, luo_qi_slow()),
            measure(times, people, places, luo_qi_slow()),
            rtol=1e-12,
        )
    np.testing.assert_array_equal(k_nearest(shuffled, 3).facility, k_nearest(times, 3).facility)


@given(cases(), st.floats(1, 30), st.floats(0, 30))
def test_a_longer_walk_reaches_no_less(case: Case, limit: float, more: float) -> None:
    times, _, places = case
    assert np.all(cumulative(times, limit + more, places) >= cumulative(times, limit, places))
    assert np.all(hansen(times, places, LinearDecay(limit + more)) * (1 + 1e-12)
                  >= hansen(times, places, LinearDecay(limit)))  # fmt: skip


@given(cases())
def test_more_places_never_lower_a_score(case: Case) -> None:
    times, people, places = case
    before = two_step(times, people, places, luo_qi_slow())
    after = two_step(times, people, places + np.eye(places.size)[0], luo_qi_slow())
    assert np.all((after >= before - 1e-12) | np.isnan(after))


@given(cases())
def test_nearest_is_the_least_time(case: Case) -> None:
    times, _, _ = case
    found = nearest(times)
    for cell in range(times.n_cells):
        own = times.minutes[times.cell == cell]
        if own.size:
            assert found.minutes[cell, 0] == own.min()
            assert found.reach[cell] == "alcanza"
        else:
            assert np.isnan(found.minutes[cell, 0])
            assert found.reach[cell] == "fuera_de_alcance"


@given(cases(), st.integers(1, 4))
def test_everyone_entitled_to_everything_is_plain_two_step(case: Case, schemes: int) -> None:
    times, people, places = case
    random = np.random.default_rng(schemes)
    groups = people[:, None] * random.dirichlet(np.ones(schemes), people.size)
    access = entitled_two_step(
        times, groups, places, np.ones((places.size, schemes)), luo_qi_slow()
    )
    expected = two_step(times, people, places, luo_qi_slow())
    np.testing.assert_allclose(access.by_scheme, np.tile(expected[:, None], schemes), rtol=1e-9)


@given(cases(), st.integers(0, 2**32 - 1))
def test_entitled_access_hands_out_every_place_once(case: Case, seed: int) -> None:
    times, people, places = case
    random = np.random.default_rng(seed)
    groups = people[:, None] * random.dirichlet(np.ones(3), people.size)
    entitled = random.random((places.size, 3)) < 0.5
    access = entitled_two_step(times, groups, places, entitled, luo_qi_slow())
    weights = luo_qi_slow()(times.minutes)
    competing = sum(
        times.sum_by_facility(groups[times.cell, scheme] * weights) * entitled[:, scheme]
        for scheme in range(3)
    )
    handed_out = np.sum((groups * access.by_scheme)[groups > 0])
    assert handed_out == pytest.approx(places[competing > 0].sum(), rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(cases())
def test_rational_access_places_everyone_and_nobody_regrets(case: Case) -> None:
    times, people, places = case
    found = rational_access(
        times, people, places, tau_min=30, tolerance_min=1e-7, max_rounds=20_000
    )
    able = np.isin(np.arange(people.size), times.cell[places[times.facility] > 0])
    assert found.load.sum() == pytest.approx(people[able].sum(), rel=1e-9, abs=1e-9)
    assert np.all(np.isnan(found.minutes) == ~able)
    assert found.gap_min <= 1e-7


amounts = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 40), st.integers(0, 8)), min_size=2, max_size=15
)


@given(amounts, st.integers(2, 5))
def test_equity_does_not_depend_on_units_or_on_how_people_are_grouped(
    rows: list[tuple[int, int, int]], factor: int
) -> None:
    access, people, rank = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    for statistic in (
        lambda a, w, r: gini(a, w) + 0 * r[0],
        lambda a, w, r: theil(a, w) + 0 * r[0],
        concentration,
        palma,
    ):
        once = statistic(access, people, rank)
        scaled = statistic(access * factor, people * factor, rank)
        split = statistic(np.repeat(access, 2), np.repeat(people / 2, 2), np.repeat(rank, 2))
        np.testing.assert_allclose(scaled, once, atol=1e-9)
        np.testing.assert_allclose(split, once, atol=1e-9)


@given(amounts, st.integers(1, 60))
def test_poverty_falls_with_alpha_and_gini_stays_in_range(
    rows: list[tuple[int, int, int]], line: int
) -> None:
    access, people, _ = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    head, gap, severity = (fgt(access, people, line, alpha=alpha) for alpha in (0, 1, 2))
    assert 1 >= head >= gap >= severity >= 0
    if access.any():
        assert -1e-12 <= gini(access, people) < 1
