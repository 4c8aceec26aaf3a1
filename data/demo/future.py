"""Population projections of the demo city, in the layout of CONAPO's municipal ones."""

import pandas as pd

from data.demo.plan import MUNICIPALITIES, STATE

_YEARS = range(2015, 2041)
_CENSUS = 2020
# CONAPO counts people at mid-year and adds those a census misses.
_MISSED = 1.006
# Bands with the census counts they are the sum of, and their growth a year: fewer children, more
# older people.
_BANDS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("0-14", ("P_0A2", "P_3A5", "P_6A11", "P_12A14"), -0.009),
    ("15-29", ("P_15A19", "P_20A24", "P_25A29"), -0.003),
    ("30-44", ("P_30A34", "P_35A39", "P_40A44"), 0.008),
    ("45-64", ("P_45A49", "P_50A54", "P_55A59", "P_60A64"), 0.019),
    ("65+", ("P_65A69", "P_70A74", "P_75A79", "P_80A84", "P_85YMAS"), 0.037),
)


def projection_rows(truth: pd.DataFrame) -> pd.DataFrame:
    """Return one row a year, municipality, sex and age.

    Parameters
    ----------
    truth
        All variables by ``cvegeo``, every level.
    """
    rows = []
    for municipality in MUNICIPALITIES:
        counts = truth.loc[STATE + municipality]
        for year in _YEARS:
            for gender, sex in enumerate(("M", "F")):
                for age, codes, growth in _BANDS:
                    people = sum(float(counts[f"{code}_{sex}"]) for code in codes)
                    grown = people * _MISSED * (1 + growth) ** (year - _CENSUS)
                    rows.append((
                        year, int(STATE), int(municipality), int(STATE + municipality), gender,
                        age, f"{grown:.5f}",
                    ))  # fmt: skip
    columns = ["y", "id_st", "id_mun", "geoid", "gender", "age", "population"]
    return pd.DataFrame(rows, columns=columns).astype("str")
