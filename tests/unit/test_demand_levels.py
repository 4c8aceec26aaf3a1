"""Levels that cover, hidden counts that add up, and rows that do not agree, by hand."""

import pytest
from shapely.affinity import translate

from data.errors import InputError
from data.tables import Level
from geo.demand import DemandMethod, build_demand
from tests.unit import demand_city
from tests.unit.demand_city import (
    AGEB,
    BLOCKS,
    COUNTS,
    LOCALITY,
    MUNICIPALITY,
    RURAL,
    census,
    demand,
    whole,
)


def test_the_cells_are_the_blocks_and_the_rural_locality_as_a_point() -> None:
    cells = demand().cells.set_index("cell_id")
    assert cells["kind"].to_dict() == {
        BLOCKS[0]: "manzana", BLOCKS[1]: "manzana", RURAL: "localidad_rural",
    }  # fmt: skip
    assert cells["population"].sum() == 200.0
    assert (cells.loc[RURAL, "lon"], cells.loc[RURAL, "lat"]) == (-102.0, 21.0)


def test_the_people_of_an_ageb_outside_its_blocks_are_a_cell_of_their_own() -> None:
    rows = whole()
    del rows[BLOCKS[1]]
    made = demand(rows)
    cells = made.cells.set_index("cell_id")
    rest = cells.loc[AGEB + "-resto"]
    assert rest["kind"] == "resto_ageb"
    assert rest["population"] == 60.0
    assert rest["children_0_11"] == 15.0
    assert cells["population"].sum() == 200.0


def test_the_people_of_a_municipality_outside_its_localities_have_no_known_place() -> None:
    rows = whole()
    del rows[RURAL]
    rest = demand(rows).cells.set_index("cell_id").loc[MUNICIPALITY + "-resto"]
    assert (rest["kind"], rest["population"], rest["older_65_plus"]) == ("resto_municipio", 40, 4)
    assert rest[["lon", "lat"]].isna().all()


def test_a_hidden_count_takes_what_its_ageb_leaves() -> None:
    made = demand(hidden={(BLOCKS[1], "PCON_DISC")})
    block = made.tables[Level.BLOCK].set_index("cvegeo").loc[BLOCKS[1]]
    # The AGEB has 9 and the other block 6; 3 are more than the rule of small counts allows to hide.
    assert block["disability_status"] != "publicado"
    made = demand(
        rows={**whole(), AGEB: (*whole()[AGEB][:8], 8.0, *whole()[AGEB][9:])},
        hidden={(BLOCKS[1], "PCON_DISC")},
    )
    block = made.tables[Level.BLOCK].set_index("cvegeo").loc[BLOCKS[1]]
    assert (block["disability"], block["disability_status"]) == (2.0, "estimado")
    assert (block["disability_low"], block["disability_high"]) == (2.0, 2.0)


def test_hidden_ages_of_both_blocks_share_the_ageb_by_population() -> None:
    rows = whole()
    # Both blocks hide how many are of 0–2, and what else would give it away; the AGEB has 3.
    for code in (AGEB, LOCALITY, MUNICIPALITY):
        rows[code] = (rows[code][0], rows[code][1] - 6, *rows[code][2:])
    hidden = {
        (block, code) for block in BLOCKS for code in ("P_0A2", "P_12A14", "P_3A5", "POB15_64")
    }
    table = demand(rows, hidden).tables[Level.BLOCK].set_index("cvegeo")
    assert table["children_0_2"].sum() == pytest.approx(3.0, abs=1e-6)
    assert (table["children_0_2"] > 0).all()
    assert table["children_0_2"].max() <= 2.0
    assert (table["children_0_2_status"] == "estimado").all()


def faults(**changes: tuple[float, ...]) -> set[tuple[str, str, str]]:
    rows = whole()
    rows.update(changes)
    found = demand(rows).faults
    return set(
        zip(found["check"], found["cvegeo"], found["variable"].astype("object"), strict=True)
    )


def test_rows_that_add_up_have_no_fault() -> None:
    assert demand().faults.empty
    assert all(check.passed for check in demand().checks)


def test_a_total_its_parts_cannot_reach_is_reported_by_row_and_left_as_published() -> None:
    wrong = (*whole()[AGEB][:6], 90.0, 95.0, *whole()[AGEB][8:])
    found = faults(**{AGEB: wrong})
    assert ("suma_distinta", AGEB, "POB65_MAS") in found
    kept = demand({**whole(), AGEB: wrong}).tables[Level.AGEB].set_index("cvegeo").loc[AGEB]
    assert (kept["older_65_plus"], kept["older_65_plus_status"]) == (90.0, "publicado")


def test_parts_with_more_people_than_their_whole_are_reported() -> None:
    found = faults(**{AGEB: (150.0, *whole()[AGEB][1:])})
    assert ("suma_excedida", AGEB, "POBTOT") in found


def test_a_row_that_does_not_close_is_reported() -> None:
    broken = (*COUNTS[BLOCKS[0]][:7], 5.0, *COUNTS[BLOCKS[0]][8:])  # fewer of 60+ than of 65+
    assert ("suma_de_fila", BLOCKS[0], "P_60YMAS") in faults(**{BLOCKS[0]: broken})


def test_a_block_without_its_ageb_is_reported() -> None:
    rows = whole()
    stray = "0100100010022001"
    rows[stray] = (0.0,) * len(COUNTS[BLOCKS[0]])
    found = demand(rows).faults
    assert ("manzana_sin_ageb", stray) in set(zip(found["check"], found["cvegeo"], strict=True))


def test_a_block_drawn_outside_its_ageb_is_reported(monkeypatch) -> None:
    shapes = demand_city.outlines()
    moved = shapes[Level.BLOCK].geometry.iloc[1]
    shapes[Level.BLOCK].loc[1, "geometry"] = translate(moved, 1.0, 0.0)
    monkeypatch.setattr(demand_city, "outlines", lambda: shapes)
    found = demand().faults
    assert found["check"].tolist() == ["manzana_fuera_de_ageb"]
    assert found["cvegeo"].tolist() == [BLOCKS[1]]


def test_a_negative_count_and_a_repeated_place_are_refused_by_row() -> None:
    with pytest.raises(InputError, match="P_0A2") as caught:
        demand({**whole(), BLOCKS[0]: (100.0, -5.0, *COUNTS[BLOCKS[0]][2:])})
    assert caught.value.where.column == "P_0A2"
    table = census(whole())
    twice = type(table)(
        table.table.iloc[[0, 1, 1, 2]].reset_index(drop=True),
        table.confidential.iloc[[0, 1, 1, 2]].reset_index(drop=True),
    )
    with pytest.raises(InputError, match=LOCALITY) as caught:
        build_demand(twice, None, None, {}, method=DemandMethod())
    assert caught.value.where.row == 3
