"""The target population counted once: cases one can check by hand."""

import numpy as np
import pandas as pd
import pytest

from geo.demand.union import disability_rates, target_frame


def places(**columns: float) -> pd.DataFrame:
    held = {
        "population": 100.0, "children_0_11": 20.0, "older_60_plus": 15.0,
        "older_65_plus": 10.0, "disability": 8.0,
    } | columns  # fmt: skip
    for group in ("children_0_11", "older_65_plus", "disability"):
        for side in ("low", "high"):
            held.setdefault(f"{group}_{side}", held[group])
    return pd.DataFrame({name: [value] for name, value in held.items()})


def test_the_union_by_hand() -> None:
    young, middle, old = disability_rates()
    made = target_frame(places()).iloc[0]
    # 20 children, 65 aged 12–59, 5 aged 60–64, 10 of 65 and over.
    inside, outside = 20 * young + 10 * old, 65 * middle + 5 * old
    assert made["target_sum"] == 38.0
    assert made["target_union"] == pytest.approx(30 + 8 * outside / (inside + outside))
    assert made["target_union_low"] == 30.0
    assert made["target_union_high"] == 38.0


def test_where_nobody_is_left_everyone_with_disability_is_a_child_or_old() -> None:
    made = target_frame(places(children_0_11=70.0, older_65_plus=30.0, older_60_plus=30.0)).iloc[0]
    assert made["target_union"] == made["target_union_low"] == made["target_union_high"] == 100.0


def test_where_only_disability_is_possible_it_decides() -> None:
    made = target_frame(places(children_0_11=0.0, older_65_plus=0.0, older_60_plus=0.0)).iloc[0]
    assert made["target_union"] == made["target_union_low"] == made["target_union_high"] == 8.0


def test_more_people_with_disability_than_children_and_older_people() -> None:
    made = target_frame(places(disability=60.0)).iloc[0]
    assert made["target_union_low"] == 60.0
    assert made["target_union_high"] == 90.0
    assert 60.0 <= made["target_union"] <= 90.0


def test_hidden_counts_open_the_bounds() -> None:
    made = target_frame(places(disability_low=4.0, disability_high=12.0)).iloc[0]
    assert made["target_union_low"] == 30.0
    assert made["target_union_high"] == 42.0


def test_unknown_is_unknown_and_nobody_is_nobody() -> None:
    unknown = target_frame(places(disability=np.nan)).iloc[0]
    assert np.isnan(unknown["target_sum"])
    assert np.isnan(unknown["target_union"])
    nobody = dict.fromkeys(places().columns, 0.0)
    assert target_frame(places(**nobody)).iloc[0].tolist() == [0.0, 0.0, 0.0, 0.0]
