"""Who is entitled to a scheme: cases one can check by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.classification import default_codebooks
from data.errors import InputError, MissingInputError, ParameterError
from data.tables import Level
from geo.demand import (
    DemandMethod,
    DerivedMethod,
    derive_demand,
    entitled_demand,
    entitled_range,
    read_age_rates,
    scheme_affiliations,
)
from geo.demand.entitlement import entitled_group
from tests.unit.demand_city import AGEB, BLOCKS, MUNICIPALITY, demand, whole

# Of the three years of 0–2, IMSS's nurseries admit all but the first 43 days.
IMSS_0_2 = (3 * 365.25 - 43) / (3 * 365.25)
# Blocks are drawn, not counted: they share their AGEB.
SHARED = DemandMethod(missing="municipal_shares")
HEADER = "affiliation,age_min,age_max,rate,source\n"
RATES = HEADER + "".join(
    f"imss,{low},{high},{rate},prueba\n"
    for low, high, rate in ((0, 2, 0.4), (3, 5, 0.4), (6, 11, 0.4), (12, 64, 0.8), (65, "", 0.2))
)


def cells(**columns: list[float]) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "population": [100.0], "children_0_2": [5.0], "children_3_5": [5.0],
            "children_6_11": [10.0], "children_0_5": [10.0], "older_65_plus": [20.0],
            "disability": [8.0], "insured_imss": [40.0], "insured_issste": [10.0],
            "insured_pemex_defensa_marina": [2.0], "uninsured": [30.0],
        }
    )  # fmt: skip
    return table.assign(**columns)


def test_a_share_of_the_cell() -> None:
    # 10 children, 40 of 100 people affiliated: 4.
    assert entitled_group(cells(), "imss", "children_0_5").value.tolist() == [4.0]
    assert entitled_demand(cells(), "mayores", "issste").tolist() == [2.0]


def test_open_schemes_admit_everybody_and_unknown_ones_are_not_empty() -> None:
    assert entitled_demand(cells(), "guarderia", "abierto").tolist() == [10.0]
    for scheme in ("sep", "universidad", "desconocido"):
        assert np.isnan(entitled_demand(cells(), "guarderia", scheme)).all()


def test_schemes_that_share_an_answer_of_the_census_have_nobody_as_their_least() -> None:
    made = entitled_range(cells(), "guarderia", "pemex")
    assert (made.low[0], made.value[0], made.high[0]) == (0.0, 0.2, 0.2)


def test_bounds_come_from_what_the_census_hides() -> None:
    table = cells(
        insured_imss=[50.0], insured_imss_low=[40.0], insured_imss_high=[60.0],
        children_0_5_low=[8.0], children_0_5_high=[12.0],
    )  # fmt: skip
    made = entitled_group(table, "imss", "children_0_5")
    assert made.low[0] == pytest.approx(8 * 40 / 100)
    assert made.value[0] == pytest.approx(5.0)
    assert made.high[0] == pytest.approx(12 * 60 / 100)


def test_summed_upper_bounds_are_held_to_the_counts_of_each_place() -> None:
    rows = {place: counts for place, counts in whole().items() if place not in BLOCKS}
    made = derive_demand(demand(rows, method=SHARED), DerivedMethod())
    high = {
        level: table.set_index("cvegeo")["entitled_imss_children_0_5_high"]
        for level, table in made.tables.items()
    }
    # The AGEB has 160 people, 18 children, 60 affiliated. Each of its two drawn blocks, of 80
    # people, may hold all of the 18 and of the 60: 18 · 60 / 80 = 13.5; but both together, 18.
    assert high[Level.BLOCK].tolist() == pytest.approx([13.5, 13.5], rel=1e-3)
    assert high[Level.AGEB][AGEB] == pytest.approx(18.0)
    # The rural locality adds 6 children, 5 affiliated of 40, all published.
    assert high[Level.MUNICIPALITY][MUNICIPALITY] == pytest.approx(18.0 + 6 * 5 / 40)


def test_an_upper_bound_is_at_most_the_people_of_the_cell() -> None:
    table = cells(
        children_0_5=[10.0], children_0_5_high=[500.0], insured_imss_high=[700.0],
    )  # fmt: skip
    assert entitled_group(table, "imss", "children_0_5").high[0] == 100.0


def test_a_scheme_counts_of_each_age_what_it_admits() -> None:
    # IMSS: from 43 days to the 4th birthday; ISSSTE: from 60 days to the 6th; others set no ages.
    table = cells(children_0_2=[4.0], children_3_5=[6.0])
    imss = 4 * IMSS_0_2 + 6 / 3
    assert entitled_demand(table, "guarderia", "imss")[0] == pytest.approx(imss * 40 / 100)
    issste = 4 * (3 * 365.25 - 60) / (3 * 365.25) + 6
    assert entitled_demand(table, "guarderia", "issste")[0] == pytest.approx(issste * 10 / 100)
    assert entitled_demand(table, "guarderia", "pemex").tolist() == [10 * 2 / 100]
    # Its ages are about nurseries: other services keep the whole of theirs.
    assert entitled_demand(table, "preescolar", "imss").tolist() == [6 * 40 / 100]


def test_bounds_of_ages_admitted_are_those_of_each_age() -> None:
    table = cells(
        children_0_2_low=[3.0], children_0_2_high=[6.0], children_3_5_low=[0.0],
        children_3_5_high=[9.0], children_0_5_low=[10.0], children_0_5_high=[10.0],
    )  # fmt: skip
    made = entitled_range(table, "guarderia", "imss")
    assert made.low[0] == pytest.approx(3 * IMSS_0_2 * 0.4)
    assert made.value[0] == pytest.approx(5 * (IMSS_0_2 + 1 / 3) * 0.4)
    assert made.high[0] == pytest.approx((6 * IMSS_0_2 + 9 / 3) * 0.4)


def test_an_age_that_is_unknown_leaves_those_admitted_unknown() -> None:
    table = cells(children_3_5=[np.nan])
    assert np.isnan(entitled_demand(table, "guarderia", "imss"))[0]
    assert entitled_demand(table, "guarderia", "pemex").tolist() == [0.2]


def test_ages_of_an_open_scheme_and_of_a_band_without_end() -> None:
    published = default_codebooks().schemes["abierto"]
    babies = replace(published, age_max_days=1095.0, age_service_types=("guarderia",))
    found = entitled_demand(cells(), "guarderia", "x", schemes={"x": babies})
    assert found[0] == pytest.approx(5.0, rel=1e-3)
    old = replace(published, age_min_days=80 * 365.25, age_service_types=("mayores",))
    assert np.isnan(entitled_demand(cells(), "mayores", "x", schemes={"x": old}))[0]
    older = replace(published, age_min_days=60 * 365.25, age_service_types=("mayores",))
    assert entitled_demand(cells(), "mayores", "x", schemes={"x": older}).tolist() == [20.0]


def test_a_cell_of_nobody_has_nobody_entitled_and_an_unknown_one_is_unknown() -> None:
    nobody = {name: [0.0] for name in cells().columns}
    assert entitled_demand(cells(**nobody), "guarderia", "imss").tolist() == [0.0]
    assert np.isnan(entitled_demand(cells(insured_imss=[np.nan]), "guarderia", "imss"))[0]
    assert np.isnan(entitled_demand(cells(children_0_5=[np.nan]), "guarderia", "imss"))[0]


def test_national_rates_share_the_affiliated_by_age(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(RATES)
    rates = read_age_rates(path)
    # Expected: 20 children at .4 = 8, 60 others at .8 = 48, 20 older at .2 = 4; 60 in all.
    children = entitled_group(cells(), "imss", "children_0_5", rates=rates)
    assert children.value[0] == pytest.approx(40 * 4 / 60)
    # IMSS's nurseries admit a third of those of 3–5: 5 of each age, 5 · .4 / 60 of the 40.
    admitted = entitled_demand(cells(), "guarderia", "imss", rates=rates)
    assert admitted[0] == pytest.approx(40 * 2 / 60 * (IMSS_0_2 + 1 / 3))
    assert entitled_demand(cells(), "mayores", "imss", rates=rates)[0] == pytest.approx(40 * 4 / 60)
    # A condition is not an age: it keeps the share of the cell.
    assert entitled_demand(cells(), "discapacidad", "imss", rates=rates)[0] == pytest.approx(3.2)


def test_national_rates_never_entitle_more_people_than_there_are(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(RATES.replace("0.8", "0.001"))
    made = entitled_demand(cells(), "mayores", "imss", rates=read_age_rates(path))
    assert made[0] <= 20.0


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("affiliation,age_min,age_max,rate\n", "source"),
        (RATES.replace("imss,3,5", "imss,3,6"), "3"),
        (RATES.replace("0.8", "1.8"), "1.8"),
        (RATES.replace("0.8", "x"), "x"),
        (RATES + "imss,0,2,0.4,otra\n", "6"),
        (RATES + "coyote,0,2,0.4,otra\n", "coyote"),
        ("".join(RATES.splitlines(keepends=True)[:-1]), "65+"),
    ],
)
def test_a_codebook_of_rates_that_cannot_be_used_is_named(
    tmp_path: Path, content: str, named: str
) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        read_age_rates(path)
    assert named in caught.value.message("es")
    assert named in caught.value.message("en")


def test_a_missing_codebook_and_a_missing_affiliation_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match=r"nada\.csv"):
        read_age_rates(tmp_path / "nada.csv")
    path = tmp_path / "rates.csv"
    path.write_text(RATES)
    with pytest.raises(ParameterError, match="issste"):
        entitled_group(cells(), "issste", "children_0_5", rates=read_age_rates(path))


def test_an_unknown_service_or_scheme_is_refused() -> None:
    with pytest.raises(ParameterError, match="kinder"):
        entitled_demand(cells(), "kinder", "imss")
    with pytest.raises(ParameterError, match="seguro"):
        entitled_demand(cells(), "guarderia", "seguro")


def test_schemes_admit_whom_their_codebook_says() -> None:
    admitted = scheme_affiliations(default_codebooks().schemes)
    assert admitted["imss"] == ("imss",)
    assert admitted["pemex"] == admitted["fuerzas_armadas"] == ("pemex_defensa_marina",)
    assert admitted["abierto"] == admitted["cuota"] == ()
    # The census does not ask who works for a school or a university.
    assert {name for name, of in admitted.items() if of is None} == {
        "sep", "universidad", "otro_empleador", "desconocido",
    }  # fmt: skip


def test_a_scheme_of_two_affiliations_admits_both_and_no_more_than_there_are() -> None:
    published = default_codebooks().schemes
    both = replace(published["imss"], census_variables=("insured_imss", "insured_issste"))
    found = entitled_demand(cells(), "guarderia", "both", schemes={"both": both})
    # Under the same ages.
    second = replace(published["imss"], census_variables=("insured_issste",))
    apart = [
        entitled_demand(cells(), "guarderia", "one", schemes={"one": terms})
        for terms in (published["imss"], second)
    ]
    expected = np.minimum(apart[0] + apart[1], cells()["children_0_5"].to_numpy())
    assert np.allclose(found, expected, equal_nan=True)


def test_a_scheme_of_a_variable_that_counts_nobody_insured_is_refused() -> None:
    wrong = replace(default_codebooks().schemes["imss"], census_variables=("population",))
    with pytest.raises(InputError, match="imss: population"):
        scheme_affiliations({"imss": wrong})
