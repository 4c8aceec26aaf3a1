"""Demand carried to another year: cases one can check by hand."""

import numpy as np
import pandas as pd
import pytest

from data.errors import MissingInputError, ParameterError
from data.projections import AGES
from data.tables import Level
from geo.demand import DemandMethod, DerivedMethod, derive_demand, project_demand
from tests.unit.demand_city import AGEB, BLOCKS, COUNTS, MUNICIPALITY, demand, whole

# Twice the children of 0–14 (57) and the people of 65+ (18); 230 people in all.
IN_2030 = dict(zip(AGES, (114.0, 30.0, 30.0, 20.0, 36.0), strict=True))
IN_2020 = dict(zip(AGES, (57.0, 40.0, 40.0, 20.0, 18.0), strict=True))


def projections(municipality: str = MUNICIPALITY) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"cvegeo": municipality, "year": year, "age": age, "population": people}
            for year, ages in ((2020, IN_2020), (2030, IN_2030))
            for age, people in ages.items()
        ]
    )


def test_totals_are_conapos_exactly() -> None:
    made = project_demand(demand(), projections(), 2030)
    place = made.tables[Level.MUNICIPALITY].set_index("cvegeo").loc[MUNICIPALITY]
    assert place["population"] == pytest.approx(230.0, abs=1e-9)
    assert place["older_65_plus"] == pytest.approx(36.0, abs=1e-9)
    # 0–11 and 12–14 keep their shares of 0–14: 47 and 10 of 57 in 2020.
    assert place["children_0_11"] == pytest.approx(94.0)
    assert place["children_0_2"] == pytest.approx(24.0)
    assert place["population_status"] == "estimado"


def test_each_block_keeps_its_pattern() -> None:
    made = project_demand(demand(), projections(), 2030)
    blocks = made.tables[Level.BLOCK].set_index("cvegeo")
    # Block 1 in 2020: 100 people, 20 children, 10 of 65+, 70 others; others go from 135 to 100.
    first = blocks.loc[BLOCKS[0]]
    assert first["children_0_11"] == pytest.approx(40.0)
    assert first["older_65_plus"] == pytest.approx(20.0)
    assert first["population"] == pytest.approx(60.0 + 70 * 100 / 135)
    # As many aged 45–64 in both years: the 4 of 60–64 stay 4.
    assert first["older_60_plus"] == pytest.approx(24.0)
    # Affiliation keeps its share of the cell.
    assert first["insured_imss"] == pytest.approx(0.4 * first["population"])
    ageb = made.tables[Level.AGEB].set_index("cvegeo").loc[AGEB]
    for name in ("population", "children_3_5", "disability", "disability_low"):
        assert blocks[name].sum() == pytest.approx(ageb[name])


def test_disability_grows_with_the_ages_it_is_found_in() -> None:
    made = project_demand(demand(), projections(), 2030)
    place = made.tables[Level.MUNICIPALITY].set_index("cvegeo").loc[MUNICIPALITY]
    # Older people double and hold most disability, so it grows more than the population does.
    assert 12.0 * 230 / 200 < place["disability"] < 24.0


def test_the_year_of_the_census_changes_nothing() -> None:
    held = demand()
    assert project_demand(held, None, 2020) is held


def test_what_is_not_projected_is_unknown_with_a_reason() -> None:
    made = project_demand(demand(), projections(), 2030)
    assert made.cells["women_active"].isna().all()
    assert "2030" in made.not_computed["women_active"].es
    assert any("2030" in note.es for note in made.notes)


def test_a_municipality_without_projection_is_unknown_and_named() -> None:
    made = project_demand(demand(), projections("01002"), 2030)
    assert np.isnan(made.tables[Level.MUNICIPALITY]["population"]).all()
    assert (made.tables[Level.BLOCK]["population_status"] == "desconocido").all()
    failed = [check for check in made.checks if not check.passed]
    assert [check.id for check in failed] == ["demanda_proyeccion_incompleta"]
    assert MUNICIPALITY in failed[0].detail.es


def test_a_missing_year_or_source_is_refused() -> None:
    with pytest.raises(ParameterError, match="2020–2030"):
        project_demand(demand(), projections(), 2050)
    with pytest.raises(MissingInputError, match=r"sources\.projections"):
        project_demand(demand(), None, 2030)


def test_what_is_derived_follows_the_year() -> None:
    made = derive_demand(project_demand(demand(), projections(), 2030), DerivedMethod())
    first = made.tables[Level.BLOCK].set_index("cvegeo").loc[BLOCKS[0]]
    assert first["target_sum"] == pytest.approx(60.0 + first["disability"])
    assert first["entitled_imss_children_0_5"] == pytest.approx(22.0 * 0.4)


def test_summed_bounds_of_ages_are_held_to_those_of_the_place() -> None:
    rows = {place: counts for place, counts in whole().items() if place not in BLOCKS}
    shared = demand(rows, method=DemandMethod(missing="municipal_shares"))
    made = project_demand(shared, projections(), 2030)
    # Each of two drawn blocks may hold all 18 children of the AGEB, which has 18, doubled.
    blocks = made.tables[Level.BLOCK].set_index("cvegeo")["children_0_5_high"]
    assert blocks.sum() == pytest.approx(2 * 36.0)
    ageb = made.tables[Level.AGEB].set_index("cvegeo").loc[AGEB]
    assert ageb["children_0_5"] == pytest.approx(36.0)
    assert ageb["children_0_5_high"] == pytest.approx(36.0)


def test_no_cell_has_more_people_with_disability_than_people() -> None:
    rows = whole()
    crowded = list(COUNTS[BLOCKS[1]])
    crowded[8] = crowded[0]  # everyone in the block has a disability
    rows[BLOCKS[1]] = tuple(crowded)
    added = 60 - COUNTS[BLOCKS[1]][8]
    for code in (AGEB, AGEB[:9], MUNICIPALITY):
        rows[code] = (*rows[code][:8], rows[code][8] + added, *rows[code][9:])
    cells = project_demand(demand(rows), projections(), 2030).cells
    assert (cells["disability"] <= cells["population"] + 1e-9).all()
