"""Published figures of demand."""

import pandas as pd

from geo.demand.union import target_frame

# Veracruz, Censo 2020, as printed by the national care map (Diario de Xalapa, 7 July 2023).
VERACRUZ = {
    "population": 8_062_579.0, "children_0_11": 1_549_514.0, "older_65_plus": 810_042.0,
    "disability": 468_990.0,
}  # fmt: skip


def test_the_plain_sum_of_veracruz_is_the_published_one() -> None:
    bounds = {
        f"{name}_{side}": value for name, value in VERACRUZ.items() for side in ("low", "high")
    }
    # Persons aged 60 and over are not among the published figures: at least those of 65.
    place = pd.DataFrame([{**VERACRUZ, **bounds, "older_60_plus": VERACRUZ["older_65_plus"]}])
    made = target_frame(place).iloc[0]
    assert made["target_sum"] == 2_828_546.0
    assert round(100 * made["target_sum"] / VERACRUZ["population"], 1) == 35.1
    # Counting each person once can only lower it, and by no more than the people with disability.
    assert made["target_union_low"] == 1_549_514.0 + 810_042.0
    assert made["target_union_low"] < made["target_union"] < made["target_union_high"]
    assert made["target_union_high"] == 2_828_546.0
