"""The index of priority: by hand, whatever its weights, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from data.errors import ParameterError
from geo.priority import PRESETS, measure, needed, rank_places


def test_an_index_by_hand() -> None:
    table = pd.DataFrame({"necesidad": [10.0, 20.0], "carencia": [0.9, 0.1]})
    ranked = rank_places(table, {"necesidad": 1.0, "carencia": 3.0})
    # Ranks are 1/4 and 3/4: the first place is 0.25^(1/4) · 0.75^(3/4).
    assert ranked["priority_index"].tolist() == pytest.approx(
        [0.25**0.25 * 0.75**0.75, 0.75**0.25 * 0.25**0.75]
    )
    assert ranked["priority_rank"].tolist() == [1, 2]


def test_ranks_tell_how_they_hang_on_the_weights() -> None:
    table = pd.DataFrame({"necesidad": [1.0, 2.0, 3.0], "carencia": [3.0, 2.0, 1.0]})
    ranked = rank_places(table, {"necesidad": 1.0, "carencia": 1.0})
    assert ranked["priority_rank_low"].tolist()[0] == 1
    assert ranked["priority_rank_high"].tolist()[0] == 3
    alone = rank_places(table, {"necesidad": 1.0, "carencia": 0.0})
    assert (alone["priority_rank_low"] == alone["priority_rank_high"]).all()


def test_what_is_unknown_has_no_rank() -> None:
    table = pd.DataFrame({"necesidad": [1.0, np.nan, 3.0]})
    ranked = rank_places(table, {"necesidad": 1.0})
    assert ranked["priority_rank"].isna().tolist() == [False, True, False]


def test_components_by_hand() -> None:
    table = pd.DataFrame(
        {
            "target_union": [60.0, 30.0], "women_12_plus": [30.0, 60.0],
            "women_active": [15.0, 45.0], "population": [100.0, 100.0],
            "children_0_5": [20.0, 10.0], "children_0_11": [30.0, 20.0],
            "older_65_plus": [20.0, 10.0], "e2sfca_guarderia": [1 / 6, np.nan],
            "within_15min_share_guarderia": [1.0, 0.25], "nearest_min_guarderia": [12.0, np.nan],
            "reach_guarderia": ["alcanza", "fuera_de_alcance"],
        }
    )  # fmt: skip
    found = measure(table, line=1 / 3, limit_min=60.0)
    more = table.assign(**{f"high_{name}": table[name] for name in table})
    pd.testing.assert_frame_equal(measure(more[needed(more)], line=1 / 3, limit_min=60.0), found)
    assert not any(name.startswith("high_") for name in needed(more))
    assert found["carga"].tolist() == [2.0, 0.5]
    assert found["carencia"].tolist() == pytest.approx([0.5, 0.75])
    assert found["dificultad"].tolist() == [0.5, 1.0]
    assert found["cuidadoras"].tolist() == [1.0, 0.5]
    for preset in PRESETS.values():
        assert rank_places(found, preset.weights)["priority_rank"].notna().all()


@pytest.mark.parametrize("weights", [{}, {"necesidad": 0.0}, {"suerte": 1.0}, {"carga": -1.0}])
def test_weights_that_say_nothing_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(ParameterError):
        rank_places(pd.DataFrame({"necesidad": [1.0], "carga": [1.0]}), weights)
