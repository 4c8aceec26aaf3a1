"""Published and recomputed reference values of every measure, to their printed digits.

Five cells and the whole matrix of Belo Horizonte come from the tests of the IPEA package
``accessibility``; the three hospitals from the tests and outputs of PySAL ``access``.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.access import (
    BinaryDecay,
    DaiDecay,
    Decay,
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
    cumulative,
    hansen,
    luo_qi_fast,
    luo_qi_slow,
    modified_two_step,
    spatial_availability,
    three_step,
    two_step,
)

Measure = Callable[..., np.ndarray]

FIVE = TravelTimes.from_dense(
    [
        [5.8, 47, 48, 47, 64],
        [45, 5.8, 13, 41, 70],
        [44, 13, 5.8, 42, 67],
        [43, 43, 49, 5.8, 58],
        [60, 70, 68, 64, 5.8],
    ]
)
REVERSED = TravelTimes.from_pairs(FIVE.facility, FIVE.cell, FIVE.minutes, n_cells=5, n_facilities=5)
PEOPLE = np.array([852.0, 394, 1969, 2189, 0])
JOBS = np.array([82.0, 308, 100, 109, 0])


def hospitals(scenario: int) -> TravelTimes:
    inbound, outbound, cross = ((40, 40, 80), (20, 40, 80))[scenario]
    minutes = [[1, cross, inbound], [cross, 1, inbound], [outbound, outbound, 1]]
    return TravelTimes.from_dense(minutes).within(61)


BELO_HORIZONTE_ORIGINS = ("89a88cdb57bffff", "89a88cdb597ffff")


@pytest.fixture(scope="module")
def land(real_data: Path) -> pd.DataFrame:
    return pd.read_parquet(real_data / "access" / "ipea_land_use_data.parquet").set_index("id")


@pytest.fixture(scope="module")
def city(real_data: Path, land: pd.DataFrame) -> TravelTimes:
    matrix = pd.read_parquet(real_data / "access" / "ipea_travel_matrix.parquet")
    return TravelTimes.from_pairs(
        land.index.get_indexer(matrix["from_id"]),
        land.index.get_indexer(matrix["to_id"]),
        matrix["travel_time"].to_numpy(),
        n_cells=len(land),
        n_facilities=len(land),
    )


@pytest.mark.parametrize(
    ("measured", "expected", "digits"),
    [
        (two_step(FIVE, PEOPLE, JOBS, BinaryDecay(45)), [0.0152, 0.1491, 0.1491, 0.1068, 0], 4),
        (balanced(FIVE, PEOPLE, JOBS, BinaryDecay(45)), [0.0094, 0.1993, 0.1993, 0.1147, 0], 4),
        (two_step(FIVE, PEOPLE, JOBS, UniformDecay()), [0.1108] * 5, 4),
        (spatial_availability(FIVE, PEOPLE, JOBS, UniformDecay()), [94, 44, 218, 243, 0], 0),
        (cumulative(FIVE, 30, JOBS), [82, 408, 408, 109, 0], 9),
        (cumulative(REVERSED, 45, PEOPLE), [5404, 4552, 2363, 4552, 0], 9),
    ],
    ids=["2sfca", "bfca", "2sfca flat", "availability", "cumulative", "people"],
)
def test_five_cells(measured: np.ndarray, expected: list[float], digits: int) -> None:
    np.testing.assert_allclose(measured, expected, rtol=0, atol=0.500001 * 10.0**-digits)


HOSPITAL_CASES: list[tuple[str, Measure, Decay, list[float], list[float]]] = [
    ("2SFCA 1/c", two_step, PowerDecay(1),
     [0.3314441170, 0.5798281321, 7.286418170], [0.4353402209, 0.6837242360, 5.727976611]),
    ("2SFCA binary", two_step, BinaryDecay(61),
     [0.7613636364, 0.9583333333, 1.094696970], [0.7613636364, 0.9583333333, 1.094696970]),
    ("E2SFCA", two_step, StepDecay((20, 40, 60), (1, 0.68, 0.22)),
     [0.7475922953, 0.9592555332, 1.227799381], [0.7654494382, 0.9771126761, 0.9599422377]),
    ("Gaussian", two_step, GaussianDecay(30),
     [0.7177617631, 0.9432822713, 1.605971013], [0.7595281466, 0.9850486547, 0.9794752609]),
    ("Dai", two_step, DaiDecay(61),
     [0.7321369498, 0.9524701818, 1.416279592], [0.7618213722, 0.9821546042, 0.9710132566]),
    ("M2SFCA", modified_two_step, PowerDecay(1),
     [0.1541713897, 0.4025554048, 7.273069545], [0.1639116494, 0.4122956645, 5.714627987]),
    ("3SFCA", three_step, PowerDecay(1),
     [0.1563323858, 0.4062927335, 9.905212474], [0.1740870111, 0.4240463918, 9.638897930]),
    ("BFCA", balanced, PowerDecay(1),
     [0.3302515599, 0.5786738423, 7.238361902], [0.4260026209, 0.6804447827, 5.468570276]),
]  # fmt: skip


@pytest.mark.parametrize("case", HOSPITAL_CASES, ids=[case[0] for case in HOSPITAL_CASES])
@pytest.mark.parametrize("scenario", [0, 1])
def test_three_hospitals(
    case: tuple[str, Measure, Decay, list[float], list[float]], scenario: int
) -> None:
    _, measure, decay, *expected = case
    scores = measure(hospitals(scenario), [100, 50, 10], [15, 20, 100], decay)
    np.testing.assert_allclose(scores, expected[scenario], rtol=6e-10, atol=6e-11)


@pytest.mark.parametrize(("scenario", "expected"), [(0, [17.5, 22.5]), (1, [20.0, 25.0])])
def test_three_hospitals_hansen(scenario: int, expected: list[float]) -> None:
    scores = hansen(hospitals(scenario), [15, 20, 100], PowerDecay(1))
    np.testing.assert_allclose(scores, [*expected, 100.875], rtol=1e-12)


def test_spatial_availability_of_soukhov() -> None:
    times = TravelTimes.from_dense([[15, 30, 100], [30, 15, 100], [100, 100, 15]])
    people, jobs = [50_000, 150_000, 10_000], [100_000, 100_000, 10_000]
    available = spatial_availability(times, people, jobs, ExponentialDecay(0.1))
    np.testing.assert_array_equal(np.floor(available + 0.5)[1:], [133_203, 9_963])
    # The first is printed cut to whole jobs (66,833.47).
    assert int(available[0]) == 66_833


@pytest.mark.parametrize(
    ("decay", "minutes", "expected"),
    [
        (LinearDecay(20), [0, 5, 10, 20, 60], [1, 0.75, 0.5, 0, 0]),
        (ExponentialDecay(0.1), [10], [np.exp(-1)]),
        (PowerDecay(0.5), [0, 0.5, 1, 16, 64], [1, 1, 1, 0.25, 0.125]),
        (LogisticDecay(20, 2), [0, 20], [1, 0.5]),
        (luo_qi_slow(), [0, 10, 10.1, 20, 30, 30.1], [1, 1, 0.68, 0.68, 0.22, 0]),
        (luo_qi_fast(), [10, 20, 30], [1, 0.42, 0.09]),
        (GaussianDecay(20), [0, 20, 40], [1, 0.6065306597126334, 0.1353352832366127]),
        (DaiDecay(30), [0, 30, 31], [1, 0, 0]),
        (BinaryDecay(30), [0, 30, 30.1], [1, 1, 0]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_decays(decay: Decay, minutes: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(decay(np.array(minutes, dtype=float)), expected, rtol=0, atol=1e-7)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("measure", "decay", "expected", "half_digit"),
    [
        (two_step, ExponentialDecay(0.5), [456.32, 272.26], 0.005),
        (two_step, ExponentialDecay(0.6), [456.85, 271.10], 0.005),
        (spatial_availability, ExponentialDecay(0.5), [388780.8, 107272.2], 0.05),
        (spatial_availability, ExponentialDecay(0.6), [389238.9, 106814.1], 0.05),
    ],
)
def test_belo_horizonte_two_origins(
    city: TravelTimes,
    land: pd.DataFrame,
    measure: Measure,
    decay: Decay,
    expected: list[float],
    half_digit: float,
) -> None:
    rows = land.index.get_indexer(BELO_HORIZONTE_ORIGINS)
    alone = city.where(np.isin(city.cell, rows))
    scores = measure(alone, land["population"], land["jobs"], decay)[rows]
    np.testing.assert_allclose(scores, expected, rtol=0, atol=half_digit * 1.01)


@pytest.mark.real_data
def test_belo_horizonte_binary(city: TravelTimes, land: pd.DataFrame) -> None:
    rows = land.index.get_indexer(BELO_HORIZONTE_ORIGINS)
    people, jobs = land["population"], land["jobs"]
    both = two_step(city.where(np.isin(city.cell, rows)), people, jobs, BinaryDecay(45))
    second = two_step(city.where(city.cell == rows[1]), people, jobs, BinaryDecay(45))
    assert both[rows].astype(int).tolist() == [233, 195]
    assert int(second[rows[1]]) == 372


@pytest.mark.real_data
def test_belo_horizonte_hansen_and_cumulative(city: TravelTimes, land: pd.DataFrame) -> None:
    rows = land.index.get_indexer(BELO_HORIZONTE_ORIGINS)
    jobs = land["jobs"]
    np.testing.assert_allclose(
        hansen(city, jobs, ExponentialDecay(0.5))[rows], [14.11, 28.02], rtol=0, atol=0.005
    )
    np.testing.assert_allclose(
        hansen(city, jobs, ExponentialDecay(0.6))[rows], [6.59, 13.40], rtol=0, atol=0.005
    )
    assert hansen(city, jobs, BinaryDecay(30))[rows].tolist() == [22239, 36567]
    assert cumulative(city, 30, jobs)[rows].tolist() == [22239, 36567]


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("added", "expected"), [(0, [42, 6, 27, 6, 20]), (10, [52, 16, 37, 16, 30])]
)
def test_belo_horizonte_balancing_cost(
    city: TravelTimes, land: pd.DataFrame, added: float, expected: list[int]
) -> None:
    rows = land.index.get_indexer(
        [
            "89a88cda64fffff", "89a88cdb027ffff", "89a88cdb12bffff",
            "89a88cdb287ffff", "89a88cdb67bffff",
        ]
    )  # fmt: skip
    among = city.where(np.isin(city.cell, rows) & np.isin(city.facility, rows))
    later = TravelTimes.from_pairs(
        among.cell, among.facility, among.minutes + added,
        n_cells=len(land), n_facilities=len(land),
    )  # fmt: skip
    costs = balancing_cost(later, land["population"], land["jobs"], increment_min=1)
    assert costs[rows].tolist() == expected
