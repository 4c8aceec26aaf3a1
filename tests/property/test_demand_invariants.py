"""What must hold whatever the census hides: totals, bounds, and independence of order."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from data.tables import Level
from geo.demand import Demand, DemandMethod, DerivedMethod, build_demand, derive_demand
from geo.demand.entitlement import ENTITLED, entitled_name
from geo.demand.suppression import expected_within, share_hidden
from geo.demand.variables import AFFILIATIONS
from tests.unit import demand_city
from tests.unit.demand_city import AGEB, CODES, LOCALITY, MUNICIPALITY, Census, census

SHARED = DemandMethod(missing="municipal_shares")
NAMES = {
    "P_0A2": "children_0_2", "P_3A5": "children_3_5", "P_6A11": "children_6_11",
    "POB65_MAS": "older_65_plus", "P_60YMAS": "older_60_plus", "PCON_DISC": "disability",
    "PDER_IMSS": "insured_imss", "PSINDER": "uninsured",
}  # fmt: skip
Truth = dict[str, tuple[float, ...]]


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    """Return the true counts of the blocks of an AGEB and of what they add up to."""
    rows: Truth = {}
    for number in range(draw(st.integers(1, 6))):
        ages = [draw(st.integers(0, 6)) for _ in range(4)] + [draw(st.integers(0, 40))]
        older = draw(st.integers(0, 6))
        people = sum(ages) + older + draw(st.integers(0, 2))
        nearly = draw(st.integers(0, ages[4]))
        disabled = draw(st.integers(0, people))
        imss = draw(st.integers(0, people))
        none = draw(st.integers(0, people - imss))
        rows[f"{AGEB}{number + 1:03d}"] = (
            people, *ages, older, older + nearly, disabled, imss, none
        )  # fmt: skip
    total = tuple(float(part) for part in np.sum(list(rows.values()), axis=0))
    return {MUNICIPALITY: total, LOCALITY: total, AGEB: total, **rows}


def hide(truth: Truth) -> set[tuple[str, str]]:
    """Hide counts of one and two people of AGEB and blocks, as INEGI does."""
    return {
        (place, code)
        for place, counts in truth.items()
        for code, count in zip(CODES[1:], counts[1:], strict=True)
        if len(place) >= len(AGEB) and 0 < count <= 2
    }


def estimate(table: Census) -> Demand:
    return derive_demand(
        build_demand(table, None, None, {}, method=DemandMethod()), DerivedMethod()
    )


@settings(max_examples=15, deadline=None)
@given(truths())
def test_totals_agree_and_bounds_hold_the_truth(truth: Truth) -> None:
    made = estimate(census(truth, hide(truth)))
    ageb = made.tables[Level.AGEB].set_index("cvegeo").loc[AGEB]
    blocks = made.tables[Level.BLOCK].set_index("cvegeo")
    for code, name in NAMES.items():
        value = blocks[name]
        assert abs(value.sum() - ageb[name]) < 1e-6
        known = np.array([truth[place][CODES.index(code)] for place in blocks.index])
        assert (blocks[f"{name}_low"] <= known + 1e-9).all()
        assert (blocks[f"{name}_high"] >= known - 1e-9).all()
        assert (value >= blocks[f"{name}_low"] - 1e-9).all()
        assert (value <= blocks[f"{name}_high"] + 1e-9).all()
        assert (value >= 0).all()
        assert (value <= blocks["population"] + 1e-9).all()
    children = blocks["children_0_2"] + blocks["children_3_5"] + blocks["children_6_11"]
    assert np.allclose(children, blocks["children_0_11"])
    assert (blocks["target_union_low"] <= blocks["target_union"] + 1e-9).all()
    assert (blocks["target_union"] <= blocks["target_union_high"] + 1e-9).all()
    assert (blocks["target_union_high"] <= blocks["population"] + 1e-9).all()
    assert abs(blocks["target_union"].sum() - ageb["target_union"]) < 1e-6
    entitled = blocks["entitled_imss_children_0_5"]
    assert (entitled <= np.minimum(blocks["children_0_5"], blocks["insured_imss"]) + 1e-9).all()
    entitled_within_bounds(made)


def entitled_within_bounds(made: Demand) -> None:
    """Assert 0 ≤ low ≤ value ≤ high ≤ min(group, affiliated, population) at every level."""
    for table in made.tables.values():
        for affiliation, group in ENTITLED:
            name = entitled_name(affiliation, group)
            columns = [f"{group}_high", f"{AFFILIATIONS[affiliation]}_high", "population"]
            most = table[columns].min(axis=1, skipna=False)
            known = table[name].notna()
            low, value, high = (table.loc[known, name + side] for side in ("_low", "", "_high"))
            assert (low >= 0).all()
            assert (low <= value).all()
            assert (value <= high).all()
            assert (high <= most[known] + 1e-6).all()


@settings(max_examples=10, deadline=None)
@given(truths())
def test_bounds_hold_where_blocks_only_share_their_ageb(truth: Truth) -> None:
    rows = {place: counts for place, counts in truth.items() if len(place) <= len(AGEB)}
    hidden = {(place, code) for place, code in hide(truth) if place in rows}
    made = derive_demand(demand_city.demand(rows, hidden, SHARED), DerivedMethod())
    blocks = made.tables[Level.BLOCK]
    assert blocks["entitled_imss_children_0_5"].notna().any()
    entitled_within_bounds(made)


@settings(max_examples=5, deadline=None)
@given(truths(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(truth: Truth, random) -> None:
    table = census(truth, hide(truth))
    order = list(range(len(table.table)))
    random.shuffle(order)
    moved = Census(
        table.table.iloc[order].reset_index(drop=True),
        table.confidential.iloc[order].reset_index(drop=True),
    )
    first, second = estimate(table), estimate(moved)
    for level, places in first.tables.items():
        pd.testing.assert_frame_equal(places, second.tables[level])


@settings(max_examples=5, deadline=None)
@given(truths())
def test_what_is_published_whole_comes_back_as_it_is(truth: Truth) -> None:
    made = estimate(census(truth))
    blocks = made.tables[Level.BLOCK].set_index("cvegeo")
    for code, name in NAMES.items():
        assert blocks[name].tolist() == [truth[place][CODES.index(code)] for place in blocks.index]
        assert (blocks[f"{name}_status"] == "publicado").all()


@given(
    st.lists(st.tuples(st.floats(0.01, 50), st.integers(0, 3), st.integers(0, 5)), min_size=1,
             max_size=8),
    st.floats(0, 1),
)  # fmt: skip
def test_shares_add_up_within_bounds_and_repeat(cells, part: float) -> None:
    weight = np.array([cell[0] for cell in cells])
    low = np.array([float(cell[1]) for cell in cells])
    high = low + np.array([float(cell[2]) for cell in cells])
    total = np.array([low.sum() + part * (high - low).sum()])
    group = np.zeros(len(cells), dtype=np.intp)
    made = share_hidden(group=group, weight=weight, low=low, high=high, total=total)
    assert abs(made.value.sum() - total[0]) < 1e-6
    assert (made.low - 1e-9 <= made.value).all()
    assert (made.value <= made.high + 1e-9).all()
    # What was estimated, taken as the expectation, is already the answer.
    again = share_hidden(group=group, weight=made.value, low=low, high=high, total=total)
    assert np.allclose(again.value, made.value, atol=1e-5)


@given(st.floats(0.001, 500), st.integers(0, 20), st.integers(0, 20))
def test_an_expectation_lies_within_its_bounds(mean: float, low: int, width: int) -> None:
    bounds = np.array([float(low)]), np.array([float(low + width)])
    made = expected_within(np.array([mean]), *bounds)
    assert bounds[0][0] - 1e-9 <= made[0] <= bounds[1][0] + 1e-9
