"""Rates, deficits, deserts and sums of cells that can be checked by hand."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_series_equal

from data.errors import InputError
from data.tables import Level
from geo.added_up import parent_codes, summarise_cells
from geo.gaps import (
    distance_deserts,
    high_demand_limit,
    mark_deserts,
    place_deficit,
    place_deserts,
    place_rates,
)

NAN = np.nan
SERVICES = {"guarderia": "children_0_5"}


def test_rates_and_why_one_is_missing() -> None:
    rates = place_rates(pd.Series([810_042.0, 500, 0, NAN, 0]), pd.Series([61.0, 0, 2, 5, 0]))
    assert rates["persons_per_centre"].round(0).tolist()[:1] == [13_279]
    np.testing.assert_array_equal(rates["persons_per_centre"][1:], [NAN, 0, NAN, NAN])
    np.testing.assert_allclose(rates["centres_per_1000"], [61_000 / 810_042, 0, NAN, NAN, NAN])
    assert rates["state"].tolist() == [
        "calculado", "sin_centros", "sin_personas", "desconocido", "sin_centros",
    ]  # fmt: skip


def test_deficit_is_never_below_zero_and_its_ends_are_crossed() -> None:
    deficit = place_deficit(
        pd.Series([100.0, 100, NAN, 100]),
        pd.Series([44.0, 0, 10, 10]),
        pd.Series([84.0, 0, 20, NAN]),
        pd.Series([244.0, 0, 30, 30]),
    )
    np.testing.assert_array_equal(deficit["places_deficit"], [16, 100, NAN, NAN])
    np.testing.assert_array_equal(deficit["places_deficit_low"], [0, 100, NAN, 70])
    np.testing.assert_array_equal(deficit["places_deficit_high"], [56, 100, NAN, 90])


def test_high_demand_is_taken_over_cells_with_people() -> None:
    demand = pd.Series([0, 0, 0, NAN, 10, 20, 90.0])
    assert high_demand_limit(demand, "median") == 20
    assert high_demand_limit(demand, "mean") == 40
    assert np.isnan(high_demand_limit(pd.Series([0.0, NAN]), "median"))


@pytest.mark.parametrize(
    ("minutes", "reach", "demand", "expected"),
    [
        (20.1, "alcanza", 20, "si"),
        (20.0, "alcanza", 20, "no"),
        (NAN, "fuera_de_alcance", 20, "si"),
        (NAN, "fuera_de_alcance", 19, "no"),
        (NAN, "no_calculado", 20, "desconocido"),
        (NAN, "no_calculado", 19, "no"),
        (25.0, "alcanza", NAN, "desconocido"),
        (5.0, "alcanza", NAN, "no"),
        (NAN, "no_calculado", NAN, "desconocido"),
        (NAN, "fuera_de_alcance", 0, "no"),
    ],
)
def test_deserts_by_distance(minutes: float, reach: str, demand: float, expected: str) -> None:
    # Among 15, 20, 20 and 25: the median is 20 with any first cell.
    people = pd.Series([demand, 15, 20, 20, 25])
    marks = distance_deserts(
        np.array([minutes, 1, 1, 1, 1]),
        np.array([reach, *["alcanza"] * 4], dtype=object),
        people.to_numpy(),
        limit=high_demand_limit(people, "median"),
    )
    assert marks[0] == expected


def test_no_cell_with_people_is_no_desert() -> None:
    marks = distance_deserts(
        np.array([NAN, NAN]), np.array(["fuera_de_alcance"] * 2, dtype=object),
        np.array([0.0, NAN]), limit=NAN,
    )  # fmt: skip
    assert marks.tolist() == ["no", "desconocido"]


@pytest.mark.parametrize(
    ("access", "demand", "expected"),
    [
        (0.333, 10, "si"),
        (1 / 3, 10, "no"),
        (0.5, 10, "no"),
        (0.0, 10, "si"),
        (0.0, 0, "no"),
        (NAN, 10, "desconocido"),
        (NAN, 0, "no"),
        (0.1, NAN, "desconocido"),
        (0.9, NAN, "no"),
    ],
)
def test_deserts_by_places(access: float, demand: float, expected: str) -> None:
    assert place_deserts(np.array([access]), np.array([float(demand)])).tolist() == [expected]


def cells() -> pd.DataFrame:
    """Two AGEB: one of three cells with one not measured, and one of a single cell."""
    return pd.DataFrame(
        {
            "children_0_5": [10.0, 30, 60, NAN, 0],
            "reach_guarderia": ["alcanza", "fuera_de_alcance", "no_calculado", "alcanza",
                                "alcanza"],
            "nearest_min_guarderia": [12.0, NAN, NAN, 5, 28],
            "e2sfca_guarderia": [0.4, 0, NAN, 0.9, 0.2],
            "centres_15min_guarderia": [2.0, 0, NAN, 5, 0],
            "centres_30min_guarderia": [4.0, 0, NAN, 5, 3],
            "places_15min_guarderia": [40.0, 0, NAN, 50, 0],
            "places_30min_guarderia": [80.0, 0, NAN, 50, 30],
        }
    )  # fmt: skip


CODES = pd.Series(["A", "A", "A", "A", "B"])


def test_cells_add_up_to_places() -> None:
    marked = mark_deserts(cells(), SERVICES)
    assert str(marked["desert_distance_guarderia"].dtype) == "str"
    summary = summarise_cells(marked, CODES, SERVICES, places=["B", "A", "C"])
    assert summary.index.tolist() == ["B", "A", "C"]
    place = summary.loc["A"]
    assert place["reach_guarderia"] == "alcanza"
    assert place["nearest_min_guarderia"] == 12  # of those who reach one
    assert place["e2sfca_guarderia"] == pytest.approx(0.4 * 10 / 40)
    assert place["centres_30min_guarderia"] == 1
    assert place["places_15min_guarderia"] == 10
    assert place["within_15min_share_guarderia"] == 0.25
    assert place["measured_share_guarderia"] == 0.4
    assert place["unknown_cells_guarderia"] == 1
    # The median of 10, 30 and 60 is 30; only the second cell is far, the third is not known.
    assert place["desert_distance_persons_guarderia"] == 30
    assert place["desert_distance_share_guarderia"] == 0.75
    assert place["desert_places_persons_guarderia"] == 30


def test_a_place_of_one_cell_has_its_values_even_without_people() -> None:
    place = summarise_cells(cells(), CODES, SERVICES).loc["B"]
    assert place["nearest_min_guarderia"] == 28
    assert place["e2sfca_guarderia"] == 0.2
    assert place["within_15min_share_guarderia"] == 0
    assert place["within_30min_share_guarderia"] == 1
    assert place["reach_guarderia"] == "alcanza"
    assert np.isnan(place["measured_share_guarderia"])


def test_a_place_without_cells_is_not_computed() -> None:
    summary = summarise_cells(cells(), CODES, SERVICES, places=["C"])
    place = summary.loc["C"]
    assert place["reach_guarderia"] == "no_calculado"
    assert summary.drop(columns="reach_guarderia").loc["C"].isna().all()


def test_reach_of_a_place_is_that_of_its_people() -> None:
    table = cells().iloc[[1, 4]].assign(children_0_5=[30.0, 0.0])
    codes = pd.Series(["A", "A"], index=table.index)
    assert summarise_cells(table, codes, SERVICES)["reach_guarderia"].tolist() == [
        "fuera_de_alcance"
    ]
    nobody = table.assign(children_0_5=0.0)
    assert summarise_cells(nobody, codes, SERVICES)["reach_guarderia"].tolist() == ["alcanza"]


def test_cells_in_no_place_are_left_out() -> None:
    codes = CODES.where(CODES == "B", None)
    assert summarise_cells(cells(), codes, SERVICES).index.tolist() == ["B"]


def test_means_weigh_each_person_once_at_any_level() -> None:
    random = np.random.default_rng(0)
    count = 200
    table = pd.concat([cells().iloc[[0]]] * count, ignore_index=True)
    table["children_0_5"] = random.integers(1, 50, count).astype(float)
    table["e2sfca_guarderia"] = random.random(count)
    fine = pd.Series(random.integers(0, 9, count).astype(str))
    by_place = summarise_cells(table, fine, SERVICES)["e2sfca_guarderia"]
    people = table["children_0_5"].groupby(fine).sum()
    whole = summarise_cells(table, pd.Series(["x"] * count), SERVICES)["e2sfca_guarderia"]["x"]
    assert whole == pytest.approx(np.average(by_place, weights=people))


def test_columns_that_are_missing_are_named() -> None:
    with pytest.raises(InputError, match="e2sfca_guarderia"):
        summarise_cells(cells().drop(columns="e2sfca_guarderia"), CODES, SERVICES)
    with pytest.raises(InputError, match="children_0_5"):
        mark_deserts(cells().drop(columns="children_0_5"), SERVICES)


def test_codes_of_parents_are_prefixes() -> None:
    codes = pd.Series(["0100100010018001", "0100100010018", "010010001", "01001", "01"])
    assert_series_equal(
        parent_codes(codes, Level.LOCALITY),
        pd.Series(["010010001"] * 3 + [None, None], dtype="str"),
    )
    assert parent_codes(codes, Level.STATE).tolist() == ["01"] * 5
    assert parent_codes(codes, Level.BLOCK).notna().tolist() == [True] + [False] * 4
