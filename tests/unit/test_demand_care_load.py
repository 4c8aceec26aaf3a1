"""Carga de cuidados: cases one can check by hand."""

from pathlib import Path

import pandas as pd
import pytest

from data.errors import InputError, MissingInputError
from data.tables import Level
from geo.demand import DerivedMethod, derive_demand
from geo.demand.care_load import care_load_frame, read_care_weights
from tests.unit.demand_city import demand


def place() -> pd.DataFrame:
    counts = {"children_0_2": 10.0, "children_3_5": 6.0, "children_6_11": 4.0,
              "older_65_plus": 5.0}  # fmt: skip
    bounds = {
        f"{name}_{side}": people for name, people in counts.items() for side in ("low", "high")
    }
    return pd.DataFrame([{"population": 78.0, **counts, **bounds}])


def test_madrid_2_by_hand() -> None:
    made = care_load_frame(place(), read_care_weights("madrid_2")).iloc[0]
    # Ages 3, 4 weigh 3 and age 5 weighs 2; 12–14 weigh 2 and 15–64 weigh 1; 53 others.
    assert made["care_load"] == pytest.approx(10 * 3 + 6 * 8 / 3 + 4 * 2 + (3 * 2 + 50) + 5 * 2)
    assert made["care_load_low"] == pytest.approx(30 + 6 * 2 + 8 + 53 + 5 * 2)
    assert made["care_load_high"] == pytest.approx(30 + 6 * 3 + 8 + 53 * 2 + 5 * 3)


def test_equal_weights_count_people(tmp_path: Path) -> None:
    path = tmp_path / "pesos.csv"
    path.write_text("age_min,age_max,weight\n0,17,1\n18,,1\n")
    made = care_load_frame(place(), read_care_weights(str(path))).iloc[0]
    assert made.tolist() == pytest.approx([78.0, 78.0, 78.0])


def test_it_is_off_unless_chosen_and_adds_up() -> None:
    held = demand()
    assert "care_load" not in derive_demand(held, DerivedMethod()).cells
    made = derive_demand(held, DerivedMethod(weights=read_care_weights("madrid_2")))
    total = made.tables[Level.MUNICIPALITY]["care_load"].iloc[0]
    assert made.cells["care_load"].sum() == pytest.approx(total)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ("0,17,1\n17,,1\n", "17"),
        ("0,17,1\n19,,1\n", "18"),
        ("0,17,1\n18,,-1\n", "-1"),
        ("0,17.5,1\n18,,1\n", "17.5"),
        ("0,17,uno\n18,,1\n", "0"),
    ],
)
def test_weights_that_cannot_be_used_are_named(tmp_path: Path, rows: str, named: str) -> None:
    path = tmp_path / "pesos.csv"
    path.write_text("age_min,age_max,weight\n" + rows)
    with pytest.raises(InputError, match=named):
        read_care_weights(str(path))


def test_an_unknown_preset_is_named() -> None:
    with pytest.raises(MissingInputError, match="madrid_2"):
        read_care_weights("madrid_9")
