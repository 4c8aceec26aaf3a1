"""Reference values of equity: five cells of Belo Horizonte, with and without the fourth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.equity import concentration, fgt, gini, palma, palma_limits

JOBS = np.array([22239.0, 36567, 42372, 55571, 26774])
PEOPLE = np.array([852.0, 394, 1969, 2189, 0])
INCOME = np.array([4757.8, 1627.8, 543.1, 3822.0, np.nan])
ALL, WITHOUT_FOURTH = [0, 1, 2, 3, 4], [0, 1, 2, 4]


@pytest.mark.parametrize(("rows", "expected"), [(ALL, 0.1386), (WITHOUT_FOURTH, 0.1148)])
def test_gini(rows: list[int], expected: float) -> None:
    assert round(gini(JOBS[rows], PEOPLE[rows]), 4) == expected


@pytest.mark.parametrize(
    ("rows", "standard", "erreygers"),
    [(ALL, -0.0248, -0.1314), (WITHOUT_FOURTH, -0.1148, -0.8282)],
)
def test_concentration(rows: list[int], standard: float, erreygers: float) -> None:
    case = (JOBS[rows], PEOPLE[rows], INCOME[rows])
    assert round(concentration(*case), 4) == standard
    assert round(concentration(*case, normalisation="erreygers"), 4) == erreygers


@pytest.mark.parametrize(("rows", "expected"), [(ALL, 1.0911), (WITHOUT_FOURTH, 0.5249)])
def test_palma_with_the_limits_of_the_whole_city(rows: list[int], expected: float) -> None:
    ratio = palma(JOBS[rows], PEOPLE[rows], INCOME[rows], limits=(1208.6, 3741.6))
    assert round(ratio, 4) == expected


@pytest.mark.real_data
def test_limits_of_the_whole_city(real_data: Path) -> None:
    land = pd.read_parquet(real_data / "access" / "ipea_land_use_data.parquet")
    assert palma_limits(land["income_per_capita"], land["population"]) == (1208.6, 3741.6)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(ALL, [1, 0.5588, 0.3256]), (WITHOUT_FOURTH, [1, 0.6367, 0.4129])],
)
def test_fgt(rows: list[int], expected: list[float]) -> None:
    found = [round(fgt(JOBS[rows], PEOPLE[rows], 100_000, alpha=alpha), 4) for alpha in (0, 1, 2)]
    assert found == expected
