"""Bad input, unknown people and places, and the states a cell can be in."""

import numpy as np
import pytest

from data.errors import InputError, ParameterError
from geo.access import (
    NO_FACILITY,
    BinaryDecay,
    DaiDecay,
    ExponentialDecay,
    GaussianDecay,
    LinearDecay,
    LogisticDecay,
    PowerDecay,
    StepDecay,
    TravelTimes,
    UniformDecay,
    balanced,
    balancing_cost,
    catchment_ratios,
    cumulative,
    entitled_two_step,
    hansen,
    k_nearest,
    modified_two_step,
    nearest,
    people_place_ratio,
    rational_access,
    spatial_availability,
    three_step,
    two_step,
)

WITHIN_30 = BinaryDecay(30)


def table(minutes: list[list[float]], measured: list[bool] | None = None) -> TravelTimes:
    return TravelTimes.from_dense(minutes, measured=measured)


@pytest.mark.parametrize(
    ("cell", "facility", "minutes", "column"),
    [
        ([0, 0], [1, 1], [5, 6], "cell, facility"),
        ([0], [0], [-1], "minutes"),
        ([0], [0], [np.nan], "minutes"),
        ([0], [0], [np.inf], "minutes"),
        ([2], [0], [5], "cell"),
        ([0], [-1], [5], "facility"),
        ([0.5], [0], [5], "cell"),
        ([0, 1], [0], [5], None),
    ],
)
def test_pairs_that_cannot_be_used_are_refused(
    cell: list[float], facility: list[int], minutes: list[float], column: str | None
) -> None:
    with pytest.raises(InputError) as caught:
        TravelTimes.from_pairs(cell, facility, minutes, n_cells=2, n_facilities=2)
    assert caught.value.where.column == column


def test_the_repeated_pair_is_named_as_given() -> None:
    with pytest.raises(InputError, match="fila 3") as caught:
        TravelTimes.from_pairs([1, 0, 1], [0, 1, 0], [5, 6, 7], n_cells=2, n_facilities=2)
    assert caught.value.where.value == (1, 0)


def test_other_shapes_that_cannot_be_used() -> None:
    with pytest.raises(InputError, match="matriz"):
        TravelTimes.from_dense([1.0, 2.0])
    with pytest.raises(InputError, match="minutes"):
        TravelTimes.from_dense([[-np.inf]])
    with pytest.raises(InputError, match="measured"):
        table([[1.0], [2.0]], measured=[True])
    with pytest.raises(ParameterError, match="limit_min"):
        table([[1.0]]).within(0)


def test_pairs_are_sorted_and_missing_ones_left_out() -> None:
    times = table([[np.nan, 7], [np.inf, np.nan], [3, 0]])
    assert times.cell.tolist() == [0, 2, 2]
    assert times.facility.tolist() == [1, 0, 1]
    assert times.minutes.tolist() == [7, 3, 0]
    assert times.n_pairs == 3
    assert times.within(3).minutes.tolist() == [3, 0]


def test_lists_by_facility_give_the_same_table() -> None:
    times = TravelTimes.from_facility_lists([0, 1, 1, 3], [1, 0, 1], [5.0, 2.0, 9.0], n_cells=2)
    assert times.facility.tolist() == [2, 0, 2]
    assert times.minutes.tolist() == [2, 5, 9]
    assert times.n_facilities == 3


def test_an_empty_table_reaches_nothing() -> None:
    times = TravelTimes.from_pairs([], [], [], n_cells=2, n_facilities=1)
    assert nearest(times).reach.tolist() == ["fuera_de_alcance"] * 2
    assert two_step(times, [4, 5], [3], WITHIN_30).tolist() == [0, 0]
    assert cumulative(times, 15).tolist() == [0, 0]
    assert np.isnan(rational_access(times, [4, 5], [3], tau_min=30).minutes).all()


def test_out_of_reach_and_not_measured_are_told_apart() -> None:
    times = table([[10], [np.nan], [np.nan]], measured=[True, True, False])
    found = nearest(times)
    assert found.reach.tolist() == ["alcanza", "fuera_de_alcance", "no_calculado"]
    np.testing.assert_array_equal(found.minutes[:, 0], [10, np.nan, np.nan])
    assert found.facility[:, 0].tolist() == [0, NO_FACILITY, NO_FACILITY]
    people, places = [10, 5, 5], [20]
    for scores in (
        cumulative(times, 15, places) / 10,
        hansen(times, places, WITHIN_30) / 10,
        two_step(times, people, places, WITHIN_30),
        modified_two_step(times, people, places, WITHIN_30),
        three_step(times, people, places, WITHIN_30),
        spatial_availability(times, people, places, WITHIN_30) / 10,
        balanced(times, people, places, WITHIN_30),
        entitled_two_step(times, [[10], [5], [5]], places, [[True]], WITHIN_30).summed(),
    ):
        np.testing.assert_array_equal(scores, [2, 0, np.nan])


def test_of_equal_times_the_lower_facility_comes_first() -> None:
    found = k_nearest(table([[9, 4, 4]]), 5)
    assert found.facility.tolist() == [[1, 2, 0, NO_FACILITY, NO_FACILITY]]
    np.testing.assert_array_equal(found.minutes, [[4, 4, 9, np.nan, np.nan]])
    with pytest.raises(ParameterError, match="k"):
        k_nearest(table([[9]]), 0)


def test_cumulative_counts_centres_or_places_and_the_limit_itself() -> None:
    times = table([[15, 16], [1, 15]])
    assert cumulative(times, 15).tolist() == [1, 2]
    assert cumulative(times, 15, [40, 7]).tolist() == [40, 47]


def test_a_facility_with_nobody_in_reach_has_no_ratio() -> None:
    times = table([[5, np.nan, 5], [np.nan, 5, np.nan]])
    people, places = [0, 50], [15, 20, 0]
    np.testing.assert_array_equal(
        catchment_ratios(times, people, places, WITHIN_30), [np.nan, 0.4, 0]
    )
    np.testing.assert_array_equal(two_step(times, people, places, WITHIN_30), [np.nan, 0.4])


def test_a_pair_of_no_weight_does_not_spread_an_unknown_ratio() -> None:
    times = table([[40, 5], [np.nan, 5]])
    scores = two_step(times, [10, 10], [15, 20], WITHIN_30)
    np.testing.assert_array_equal(scores, [1, 1])


def test_unknown_amounts_are_refused_unless_left_out() -> None:
    times = table([[5, 5], [5, np.nan]])
    with pytest.raises(InputError, match="desconocidas") as caught:
        two_step(times, [10, np.nan], [20, 20], WITHIN_30)
    assert (caught.value.where.row, caught.value.where.column) == (2, "people")
    left_out = two_step(times, [10, np.nan], [20, np.nan], WITHIN_30, unknown="leave_out")
    assert left_out.tolist() == [2, 2]
    with pytest.raises(InputError, match="places"):
        hansen(times, [20, np.nan], WITHIN_30)


@pytest.mark.parametrize("people", [[10, -1], [10, np.inf], [10], [[10, 5]]])
def test_amounts_that_cannot_be_used_are_refused(people: list[float]) -> None:
    with pytest.raises(InputError, match="people"):
        two_step(table([[5], [5]]), people, [3], WITHIN_30)


def test_places_of_a_scheme_compete_only_for_those_entitled() -> None:
    times = table([[5, 5], [5, 5]])
    people = [[10, 30], [10, 50]]  # insured, uninsured
    access = entitled_two_step(times, people, [40, 25], [[True, False], [True, True]], WITHIN_30)
    # 40 places for 20 insured; 25 places for all 100.
    np.testing.assert_allclose(access.ratio, [2, 0.25])
    np.testing.assert_allclose(access.by_scheme, [[2.25, 0.25], [2.25, 0.25]])
    np.testing.assert_allclose(access.summed(), [2.5, 2.5])
    np.testing.assert_allclose(
        access.per_person(people), [(10 * 2.25 + 30 * 0.25) / 40, (10 * 2.25 + 50 * 0.25) / 60]
    )
    with pytest.raises(InputError, match="entitled"):
        entitled_two_step(times, people, [40, 25], [[True, False]], WITHIN_30)


def test_per_person_is_unknown_where_nobody_lives() -> None:
    access = entitled_two_step(table([[5], [5]]), [[10], [0]], [20], [[True]], WITHIN_30)
    np.testing.assert_array_equal(access.per_person([[10], [0]]), [2, np.nan])


def test_people_place_ratio_needs_times_between_the_same_cells() -> None:
    times = table([[5], [5]])
    with pytest.raises(InputError, match="between_cells"):
        people_place_ratio(times, times, [1, 1], [3], WITHIN_30)
    between = table([[0, 10], [10, 0]])
    assert people_place_ratio(times, between, [4, 2], [3], WITHIN_30).tolist() == [0.5, 0.5]


def test_balancing_cost_is_strict() -> None:
    times = table([[5.5, 12], [5.5, 12], [5.5, np.nan]])
    costs = balancing_cost(times, [9, 10, 10], [10, 1])
    np.testing.assert_array_equal(costs, [5.5, 12, np.nan])
    rounded = balancing_cost(times, [9, 10, 10], [10, 1], increment_min=5)
    np.testing.assert_array_equal(rounded, [10, 15, np.nan])
    unknown = balancing_cost(times, [9, np.nan, 1], [10, 1], unknown="leave_out")
    np.testing.assert_array_equal(unknown, [5.5, np.nan, 5.5])


def test_an_exponent_of_zero_gives_nothing_to_a_cell_without_people() -> None:
    times = table([[5], [5], [5]])
    shared = spatial_availability(times, [0, 1, 9], [10], WITHIN_30, exponent=0)
    assert shared.tolist() == [0, 5, 5]


def test_rational_access_by_hand() -> None:
    # 30 people, 30 places, tau 10: a facility's crowding costs 10 * D / S minutes. Both cells see
    # equal costs where 5 + D/1 = 15 + (30 - D)/2, so D = 50/3 at the first facility.
    times = table([[5, 15]])
    found = rational_access(times, [30], [10, 20], tau_min=10, tolerance_min=1e-9)
    np.testing.assert_allclose(found.load, [50 / 3, 40 / 3])
    np.testing.assert_allclose(found.minutes, [5 + 50 / 3])


def test_rational_access_leaves_out_facilities_without_places() -> None:
    times = table([[1, 10], [1, np.nan]])
    found = rational_access(times, [5, 5], [0, 10], tau_min=10)
    np.testing.assert_allclose(found.load, [0, 5])
    np.testing.assert_allclose(found.minutes, [15, np.nan])
    with pytest.raises(ParameterError, match="tau_min"):
        rational_access(times, [5, 5], [0, 10], tau_min=0)


def test_rational_access_says_when_it_is_not_done() -> None:
    times = table([[1, 2, 3], [2, 1, 3], [3, 2, 1]])
    hurried = rational_access(times, [50, 90, 10], [1, 2, 9], tau_min=30, max_rounds=2,
                              tolerance_min=1e-12)  # fmt: skip
    assert hurried.rounds == 2
    assert hurried.gap_min > 1e-12


@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf])
@pytest.mark.parametrize(
    "decay", [BinaryDecay, LinearDecay, ExponentialDecay, GaussianDecay, DaiDecay, PowerDecay]
)
def test_decays_refuse_parameters_that_make_no_sense(decay: type, value: float) -> None:
    with pytest.raises(ParameterError):
        decay(value)
    with pytest.raises(ParameterError):
        LogisticDecay(20, value)


@pytest.mark.parametrize(
    ("limits", "weights"),
    [
        ((), ()),
        ((10, 20), (1.0,)),
        ((20, 10), (1.0, 0.5)),
        ((0, 10), (1.0, 0.5)),
        ((10, np.inf), (1.0, 0.5)),
        ((10, 20), (0.5, 1.0)),
        ((10, 20), (1.5, 1.0)),
        ((10, 20), (1.0, -0.1)),
        ((10, 20), (1.0, np.nan)),
    ],
)
def test_steps_must_rise_in_time_and_not_in_weight(
    limits: tuple[float, ...], weights: tuple[float, ...]
) -> None:
    with pytest.raises(ParameterError, match="escalones"):
        StepDecay(limits, weights)


def test_decays_say_where_their_weight_ends() -> None:
    ends = [decay.reach_min for decay in (StepDecay((10, 20), (1, 0.5)), LinearDecay(40))]
    assert ends == [20, 40]
    unbounded = (UniformDecay(), GaussianDecay(1), LogisticDecay(1, 1), PowerDecay(1))
    assert all(np.isinf(decay.reach_min) for decay in unbounded)
    assert DaiDecay(30).reach_min == WITHIN_30.reach_min == 30
