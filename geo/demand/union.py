"""The target population: children, older people and people with disability, each counted once.

The plain sum of the three groups counts an older person with a disability twice. The census tables
do not cross age with disability, so the union is bounded, and estimated in between:

    max(C + O, D)  ≤  union  ≤  min(N, C + O + D)      (Fréchet; C and O share nobody)
    union = C + O + D · Σ_{a outside C and O} r_a P_a / Σ_a r_a P_a

with C children of 0–11, O people of 65+, D people with disability, N population, P_a people of
age a and r_a the share of them with a disability: people with disability of a place are spread
over its own ages in proportion to national rates, of which only the proportions count.
"""

import csv
from collections.abc import Iterator
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

from data.tables import Column
from data.texts import Text
from geo.demand.suppression import Floats
from geo.demand.variables import DerivedColumn

GROUPS = ("children_0_11", "older_65_plus", "disability")


@cache
def disability_rates() -> tuple[float, float, float]:
    """Return the share with a disability at 0–14, 15–59 and 60 or more (the codebook's bands)."""
    book = resources.files("data").joinpath("codebooks/disability_by_age.csv")
    with book.open(encoding="utf-8") as stream:
        young, middle, old = (float(row["rate"]) for row in csv.DictReader(stream))
    return young, middle, old


def target_frame(table: pd.DataFrame) -> pd.DataFrame:
    """Return the plain sum and the union of the three groups, with the union's bounds.

    Parameters
    ----------
    table
        Cells or places with ``population``, ``older_60_plus`` and the three groups, with the
        ``_low`` and ``_high`` of these.

    Returns
    -------
    DataFrame
        ``target_sum``, ``target_union``, ``target_union_low``, ``target_union_high``, people, on
        the index of the table. NaN where any of the groups is unknown.
    """
    population = _values(table, "population")
    children, older, disabled = (_values(table, group) for group in GROUPS)
    lows = [_values(table, f"{group}_low") for group in GROUPS]
    highs = [_values(table, f"{group}_high") for group in GROUPS]
    elsewhere = disabled * _share_elsewhere(table)
    # No fewer than have no room among children and older people, no more than there are others.
    rest = np.maximum(population - children - older, 0.0)
    least = np.clip(disabled - children - older, 0.0, rest)
    union = children + older + np.clip(elsewhere, least, np.minimum(rest, disabled))
    low = np.maximum(lows[0] + lows[1], lows[2])
    high = np.minimum(population, highs[0] + highs[1] + highs[2])
    return pd.DataFrame(
        {
            "target_sum": children + older + disabled,
            "target_union": union,
            "target_union_low": np.minimum(low, union),
            "target_union_high": np.maximum(high, union),
        },
        index=table.index,
    )


def _share_elsewhere(table: pd.DataFrame) -> Floats:
    """Return the share of the people with disability aged 12–64, by national rates."""
    parts = expected_by_age(table)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = parts[1] / parts.sum(axis=0)
    # A place of nobody has nobody to share out.
    return np.where(_values(table, "population") == 0, 0.0, share)


def expected_by_age(table: pd.DataFrame) -> Floats:
    """Return the people with disability national rates expect at 0–11, 12–64 and 65+, (3, n).

    People of 60–64 take the rate of those of 60 and over; where the count of these is not known,
    that of 15–59, as do people of 12–14 and of unspecified age.
    """
    young, middle, old = disability_rates()
    population = _values(table, "population")
    children, older = (_values(table, group) for group in GROUPS[:2])
    nearly = np.nan_to_num(np.maximum(_values(table, "older_60_plus") - older, 0.0))
    rest = np.maximum(population - children - older, 0.0)
    nearly = np.minimum(nearly, rest)
    return np.stack([young * children, middle * (rest - nearly) + old * nearly, old * older])


def _values(table: pd.DataFrame, name: str) -> Floats:
    values: Floats = table[name].to_numpy(dtype="float64")
    return values


def target_columns() -> Iterator[DerivedColumn]:
    """Yield the columns of the target population."""
    for name, (title, words) in _COLUMNS.items():
        column = Column(
            name=name, dtype="float64", unit="personas", minimum=0.0, description=words
        )  # fmt: skip
        yield DerivedColumn(column=column, title=title, method="union")


_COLUMNS = {
    "target_sum": (
        Text("Población objetivo, suma simple", "Target population, plain sum"),
        Text(
            "Niñez de 0 a 11, personas de 65 y más y personas con discapacidad, sumadas: quien "
            "está en dos grupos cuenta dos veces",
            "Children aged 0–11, people of 65 and over and people with disability, added up: "
            "whoever is in two groups counts twice",
        ),
    ),
    "target_union": (
        Text("Población objetivo", "Target population"),
        Text(
            "Niñez de 0 a 11, personas de 65 y más o con discapacidad, cada quien una vez; "
            "estimada con tasas de discapacidad por edad",
            "Children aged 0–11, people of 65 and over or with disability, each counted once; "
            "estimated with rates of disability by age",
        ),
    ),
    "target_union_low": (
        Text("Población objetivo, cota inferior", "Target population, lower bound"),
        Text(
            "La menor posible: toda la discapacidad que cabe está en los otros dos grupos",
            "The least possible: all the disability that fits is within the other two groups",
        ),
    ),
    "target_union_high": (
        Text("Población objetivo, cota superior", "Target population, upper bound"),
        Text(
            "La mayor posible: nadie está en dos grupos",
            "The most possible: nobody is in two groups",
        ),
    ),
}
