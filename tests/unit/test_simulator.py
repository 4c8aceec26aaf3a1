"""The investment simulator on figures one can check by hand."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.costs import (
    cost_parameters,
    price_index,
    price_ratio,
    simulated_services,
)
from data.errors import CareError, ParameterError
from data.inputoutput import Industry, InputOutputTable
from geo.simulator import (
    Scenario,
    Setting,
    check_scenario,
    describe_run,
    identity_gap,
    make_model,
    monte_carlo,
    prepare,
    run_scenario,
    simulate,
    tornado,
)
from geo.simulator.leontief import LeontiefModel
from geo.simulator.plan import Openings, plan_service
from geo.simulator.scenario import parameter_values

CODES = ("23", "337", "61", "62")


def table() -> InputOutputTable:
    """A balanced table of four industries: each sells 10 to each, and 60 to households."""
    flows = np.full((4, 4), 10.0)
    return InputOutputTable(
        industries=tuple(Industry("nacional", code, "x") for code in CODES),
        flows=flows,
        final_uses=("CP", "X"),
        final=np.column_stack([np.full(4, 50.0), np.full(4, 10.0)]),
        imports=np.full(4, 20.0),
        taxes=np.full(4, 5.0),
        value_added=np.full(4, 35.0),
        final_imports=np.array([40.0, 0.0]),
        final_taxes=np.array([10.0, 0.0]),
        year=2018,
    )


def model(share: float = 0.8) -> LeontiefModel:
    accounts = pd.DataFrame(
        {"region": "x", "code": CODES, "jobs": 200.0, "formal": 100.0, "wages": 20.0}
    )
    return make_model(table(), accounts, consumed_share=share)


def setting(**people: Mapping[int, float]) -> Setting:
    return Setting(people or {"children_0_2": dict.fromkeys(range(2020, 2051), 1000.0)},
                   {"guarderia_0_2": {"low": 50.0, "central": 100.0, "high": 200.0}},
                   model(), "nacional", 2000.0)  # fmt: skip


def scenario(**changes: object) -> Scenario:
    content = {
        "first_year": 2025,
        "plans": [{"service": "guarderia_0_2", "coverage": [0.2, 0.6, 0.4]}],
        "price_year": 2018,
        "parameters": {
            "guarderia_0_2.need_share": 1.0, "guarderia_0_2.take_up": 0.5,
            "guarderia_0_2.persons_per_carer": 10.0, "guarderia_0_2.persons_per_professional": 50.0,
            "guarderia_0_2.persons_per_support": 100.0, "guarderia_0_2.hours_per_week": 40.0,
            "guarderia_0_2.inputs_per_place_year": 10_000.0,
            "guarderia_0_2.building_per_place": 100_000.0,
            "guarderia_0_2.equipment_per_place": 20_000.0,
            "guarderia_0_2.places_per_centre": 50.0,
            "carer_pay_month": 5_000.0, "professional_pay_month": 10_000.0,
            "support_pay_month": 4_000.0, "employer_charges_share": 0.25,
            "full_time_hours_per_week": 40.0,
        },
    }  # fmt: skip
    return check_scenario({**content, **changes})


def test_a_plan_by_hand() -> None:
    asked = scenario()
    plan = run_scenario(asked, setting()).plans[0]
    # 1000 children, half would use it: 500; coverage 20, 60, 40 % → 100, 300, 200 places.
    assert plan.demand.tolist() == [500.0] * 3
    assert plan.target_places.tolist() == [100.0, 300.0, 200.0]
    # 100 places exist; 200 more open in the second year and stay.
    assert plan.additional_places.tolist() == [0.0, 200.0, 200.0]
    assert plan.new_places.tolist() == [0.0, 200.0, 0.0]
    assert plan.new_centres.tolist() == [0.0, 4.0, 0.0]
    # 20 carers, 4 professionals, 2 support.
    assert [plan.staff[role][1] for role in plan.staff] == [20.0, 4.0, 2.0]
    # (20·5000 + 4·10000 + 2·4000)·12·1.25 = 2.22 million; inputs 2; building 20; equipment 4.
    assert plan.wages_mn[1] == pytest.approx(2.22)
    assert plan.inputs_mn[1] == pytest.approx(2.0)
    assert plan.building_mn.tolist() == pytest.approx([0.0, 20.0, 0.0])
    assert plan.equipment_mn.tolist() == pytest.approx([0.0, 4.0, 0.0])


def test_more_places_today_means_fewer_new_ones() -> None:
    low, high = (run_scenario(scenario(places=bound), setting()) for bound in ("low", "high"))
    assert low.plans[0].new_places.sum() == 250.0
    assert high.plans[0].new_places.sum() == 100.0


def test_places_the_atlas_does_not_know_are_said_to_be_unknown() -> None:
    asked = scenario(
        plans=[{"service": "preescolar_extendido", "coverage": [0.5]},
               {"service": "despues_de_clases", "coverage": [0.5]}], parameters={},
    )  # fmt: skip
    people = dict.fromkeys(range(2020, 2051), 1000.0)
    run = run_scenario(asked, setting(children_3_5=people, children_6_11=people))
    # After-school care has no counterpart today, so nothing of it is unknown.
    assert run.unknown_places == ("preescolar_extendido",)
    told = describe_run(run, asked)
    assert told["places_of_today_unknown"] == ["preescolar_extendido"]
    services = told["services"]
    assert not services["preescolar_extendido"]["existing_places_known"]
    assert services["despues_de_clases"]["existing_places_known"]


def test_type_one_and_two_by_hand() -> None:
    made = model(share=1.0)
    # A is 0.1 everywhere, so L = I + 0.1/(1 − 0.4): columns add to 1 + 0.4/0.6.
    assert made.multipliers("62")["output"] == pytest.approx(1 + 0.4 / 0.6)
    assert identity_gap(made) == pytest.approx(0.0, abs=1e-12)
    # Households get 0.2 a peso of output and spend 200/250 of it on domestic products:
    # each peso of demand makes x = 1/(1 − 0.4 − 0.2·0.8).
    assert made.multipliers("62")["output_two"] == pytest.approx(1 / (1 - 0.4 - 0.16))
    assert made.consumption_taxes == pytest.approx(10 / 250)


def test_direct_effects_are_the_staff_and_only_purchases_go_through_the_matrix() -> None:
    run = run_scenario(scenario(), setting())
    last = run.impacts[-1]
    assert last.direct["jobs"] == 26.0
    assert last.direct["value_added"] == pytest.approx(2.22)
    assert last.direct["wages"] == pytest.approx(2.22 / 1.25)
    # Inputs of 2 million: 40 of 65 domestic, 20 imported, 5 taxes; no building in the last year.
    assert last.direct["imports"] == pytest.approx(2 * 20 / 65)
    assert last.direct["taxes"] == pytest.approx(2 * 5 / 65)
    assert last.indirect["output"] == pytest.approx(2 * 40 / 65 / 0.6)
    pay = last.direct["wages"] + last.indirect["wages"]
    induced = 0.8 * 0.8 * pay / 0.6 / (1 - 0.2 * 0.8 * 0.8 / 0.6)
    assert last.induced["output"] == pytest.approx(induced)


def test_sector_mode_splits_the_whole_into_the_industry_and_its_suppliers() -> None:
    run = run_scenario(scenario(sector_mode=True), setting())
    last = run.impacts[-1]
    assert last.direct["output"] == pytest.approx(4.22)
    assert last.direct["jobs"] == pytest.approx(4.22 * 2)
    assert last.direct["output"] + last.indirect["output"] == pytest.approx(4.22 / 0.6)
    for name, value in last.total.items():
        assert last.by_region["nacional"][name] == pytest.approx(value)


def test_the_fiscal_gap_keeps_gross_and_baseline_apart() -> None:
    run = run_scenario(scenario(current_spending_mn=1.0), setting())
    cost = run.running_mn + run.investment_mn
    net = run.gross_revenue_mn - run.baseline_revenue_mn
    assert np.allclose(run.fiscal_gap_mn, cost - 1.0 - net)
    # What a peso of the plan's running cost sets off, today's spending sets off already; in years
    # without places the last year's mix tells.
    assert run.baseline_revenue_mn == pytest.approx([run.gross_revenue_mn[2] / 4.22] * 3)


def test_women_entering_stop_where_the_evidence_does() -> None:
    low, central, high = run_scenario(scenario(), setting()).women_entering or (0, 0, 0)
    # 200 places for 1000 children: 20 per 100; 3 points per 10 places: 6 % of 2000 women.
    assert (low, central, high) == pytest.approx((40.0, 120.0, 200.0))
    many = setting(children_0_2=dict.fromkeys(range(2020, 2051), 300.0))
    beyond = scenario(plans=[{"service": "guarderia_0_2", "coverage": [1.0]}], places="low",
                      parameters={"guarderia_0_2.take_up": 1.0})  # fmt: skip
    assert run_scenario(beyond, many).women_entering == pytest.approx((40.0, 120.0, 200.0))


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"plans": [{"service": "guarderia_0_2", "coverage": [1.2]}]}, "plans.0.coverage.0"),
        ({"plans": [{"service": "nada", "coverage": [1]}]}, "plans.0.service"),
        ({"plans": [{"service": "guarderia_0_2", "coverage": [1]}] * 2}, "plans.1.service"),
        ({"plans": []}, "plans"),
        (
            {"parameters": {"guarderia_0_2.persons_per_carer": 0.0}},
            "guarderia_0_2.persons_per_carer",
        ),
        ({"parameters": {"guarderia_0_2.take_up": 1.01}}, "guarderia_0_2.take_up"),
        ({"parameters": {"carer_pay_month": float("nan")}}, "carer_pay_month"),
        ({"parameters": {"nada": 1.0}}, "parameters"),
        ({"first_year": 2019}, "first_year"),
        ({"first_year": 2049}, "plans.coverage"),
        ({"price_year": 1999}, "price_year"),
        ({"otra_cosa": 1}, "otra_cosa"),
    ],
)
def test_a_scenario_that_cannot_be_is_refused_by_field(changes: dict, column: str) -> None:
    with pytest.raises(CareError) as caught:
        scenario(**changes)
    assert caught.value.where.column == column


def test_a_year_without_people_and_a_missing_industry_are_refused() -> None:
    with pytest.raises(CareError, match="proyecciones"):
        run_scenario(scenario(), setting(children_0_2={2025: 10.0}))
    short = table()
    object.__setattr__(
        short, "industries", (*short.industries[:3], Industry("nacional", "71", "x"))
    )
    with pytest.raises(CareError, match="sector 62"):
        short.industry("62", "nacional")
    with pytest.raises(ParameterError):
        model(share=1.5)


def test_money_of_the_codebook_is_carried_to_the_price_year() -> None:
    asked = scenario(price_year=2018, parameters={})
    value = cost_parameters()["carer_pay_month"].value
    assert parameter_values(asked)["carer_pay_month"] == pytest.approx(
        value * price_ratio(2024, 2018)
    )
    assert price_index()[2018] == 100.0
    assert price_ratio(2018, 2020) == pytest.approx(1.0364 * 1.034)


@given(
    people=st.lists(st.floats(0, 1e6), min_size=1, max_size=8),
    coverage=st.floats(0, 1),
    today=st.floats(0, 1e6),
)
def test_a_plan_never_loses_places_and_costs_nothing_below_zero(
    people: list[float], coverage: float, today: float
) -> None:
    service = simulated_services()["guarderia_0_2"]
    path = np.full(len(people), coverage)
    openings = Openings(np.array([people]), path, np.array([today]))
    plan = plan_service(service, openings, parameter_values(scenario()))
    assert (np.diff(plan.additional_places) >= 0).all()
    assert (plan.running_mn >= 0).all()
    assert plan.new_places.sum() == pytest.approx(plan.additional_places[-1])
    assert (plan.additional_places + today >= plan.target_places - 1e-6).all()


@given(st.floats(0, 1), st.lists(st.floats(0, 1e5), min_size=4, max_size=4))
def test_every_peso_ends_as_value_added_tax_or_import(share: float, demand: list[float]) -> None:
    effect = model(share).type_one(np.array(demand))
    leaks = effect.value_added.sum() + effect.taxes.sum() + effect.imports.sum()
    assert leaks == pytest.approx(sum(demand))


def test_sensitivity_is_seeded_ordered_and_around_the_value() -> None:
    where = prepare(scenario(parameters={}), setting())
    spread = monte_carlo(where, draws=60, seed=3)
    assert spread == monte_carlo(where, draws=60, seed=3)
    assert spread != monte_carlo(where, draws=60, seed=4)
    assert all(low <= middle <= high for low, middle, high in spread.values())
    bars = tornado(where, ["running_mn"])["running_mn"]
    assert [bar.width for bar in bars] == sorted((bar.width for bar in bars), reverse=True)
    by_key = {bar.parameter: bar for bar in bars}
    # More children per carer is cheaper; building does not change the running cost.
    ratio = by_key["guarderia_0_2.persons_per_carer"]
    assert ratio.at_low > ratio.at_high
    assert "guarderia_0_2.building_per_place" not in by_key


@given(
    people=st.lists(st.floats(0, 1e5), min_size=6, max_size=6),
    today=st.lists(st.floats(0, 1e5), min_size=3, max_size=3),
    coverage=st.lists(st.floats(0, 1), min_size=2, max_size=2),
    share=st.floats(0, 1),
)
def test_places_lacking_together_are_the_sum_of_those_of_each_municipality(
    people: list[float], today: list[float], coverage: list[float], share: float
) -> None:
    openings = Openings(np.reshape(people, (3, 2)), np.array(coverage), np.array(today))
    by_hand = [
        sum(
            max(
                0.0, share * max(p * c for p, c in zip(row[: t + 1], coverage, strict=False)) - held
            )
            for row, held in zip(np.reshape(people, (3, 2)), today, strict=True)
        )
        for t in range(2)
    ]
    assert openings.lacking(share).sum(axis=0) == pytest.approx(by_hand, abs=1e-6)
    assert openings.total(share) == pytest.approx(by_hand, abs=1e-6)
    drawn = openings.total(np.array([[share], [share / 2]]))
    assert drawn[0] == pytest.approx(by_hand, abs=1e-6)


def test_spare_places_of_one_municipality_do_not_serve_another() -> None:
    people = dict.fromkeys(range(2020, 2031), np.array([1000.0, 1000.0]))
    places = {bound: np.array([500.0, 0.0]) for bound in ("low", "central", "high")}
    where = Setting({"children_0_2": people}, {"guarderia_0_2": places},
                    municipalities={"99001": "A", "99002": "B"})  # fmt: skip
    asked = scenario(plans=[{"service": "guarderia_0_2", "coverage": [0.4]}])
    run = run_scenario(asked, where)
    # 200 places wanted in each: A has 500 already, B has none.
    assert run.lacking[0][:, 0].tolist() == [0.0, 200.0]
    assert run.plans[0].new_places.tolist() == [200.0]
    alone = run_scenario(scenario(municipalities=["99001"]), where)
    assert alone.plans[0].new_places.sum() == 0.0
    assert list(alone.municipalities) == ["99001"]
    with pytest.raises(CareError) as caught:
        run_scenario(scenario(municipalities=["98001"]), where)
    assert caught.value.where.column == "municipalities"


def test_without_a_matrix_costs_and_staff_are_told_and_effects_are_not() -> None:
    bare = setting()
    where = Setting(bare.people, bare.places)
    with_matrix, without = run_scenario(scenario(), bare), run_scenario(scenario(), where)
    assert np.array_equal(without.running_mn, with_matrix.running_mn)
    assert without.outcomes["direct_jobs"] == with_matrix.outcomes["direct_jobs"] == 26.0
    assert without.impacts == ()
    assert without.fiscal_gap_mn is None
    _, told = simulate(scenario(), where, draws=10)
    assert told["effects"] == []
    assert "matriz" in told["not_computed"][0]["reason"]["es"]
    assert told["not_computed"][1]["what"] == ["women_who_may_enter_work"]
    assert "12 años y más" in told["not_computed"][1]["reason"]["es"]
    assert simulate(scenario(), bare, draws=0)[1]["not_computed"] == []
    assert "fiscal_gap_mn" not in told["ranges"]
    assert set(told["tornado"]) == {"running_mn"}


def test_today_may_be_counted_in_the_cost_of_the_whole_system() -> None:
    whole = run_scenario(scenario(whole_system=True, current_spending_mn=1.0), setting())
    more = run_scenario(scenario(), setting())
    # 100 places of today and 200 new ones: one and a half times the running cost, no more building.
    assert whole.running_mn[1] == pytest.approx(1.5 * more.running_mn[1])
    assert whole.running_mn[0] == pytest.approx(0.5 * more.running_mn[1])
    assert np.array_equal(whole.investment_mn, more.investment_mn)


def test_jobs_are_told_by_sex_and_formality() -> None:
    shares = {"guarderia_0_2.women_share": 0.9, "women_share_sector_62": 0.5,
              "women_share_sector_61": 0.5, "women_share_sector_23": 0.0,
              "women_share_sector_31": 1.0}  # fmt: skip
    asked = scenario()
    asked = scenario(parameters={**asked.parameters, **shares})
    last = run_scenario(asked, setting()).impacts[-1]
    direct, indirect, induced = last.women_jobs
    assert direct == pytest.approx(26 * 0.9)
    # Inputs are bought of the four industries alike and each sells as much: women hold half.
    assert indirect == pytest.approx(last.indirect["jobs"] / 2)
    assert induced == pytest.approx(last.induced["jobs"] / 2)
    told = describe_run(run_scenario(asked, setting()), asked)["effects"][-1]["indirect"]
    assert told["women_jobs"] + told["men_jobs"] == pytest.approx(told["jobs"], abs=0.002)
    assert told["formal_jobs"] + told["informal_jobs"] == pytest.approx(told["jobs"], abs=0.002)
    sectors = run_scenario(scenario(sector_mode=True, parameters={**asked.parameters, **shares}),
                           setting()).impacts[-1]  # fmt: skip
    # All but the industry's own first round falls on the four industries alike.
    assert sectors.women_jobs[1] == pytest.approx(sectors.indirect["jobs"] / 2)


def test_what_moves_an_outcome_by_rounding_alone_is_no_bar() -> None:
    # Charges are the employer's: what staff take home, and so what it sets off, is pay without.
    asked = scenario(
        parameters={}, price_year=2024,
        plans=[{"service": "guarderia_0_2", "coverage": [0.3, 0.7]}],
    )  # fmt: skip
    where = setting(children_0_2=dict.fromkeys(range(2020, 2051), 317_113.0))
    bars = tornado(prepare(asked, where), ["women_jobs"])["women_jobs"]
    assert bars
    assert "employer_charges_share" not in {bar.parameter for bar in bars}


def test_draws_made_together_are_the_runs_made_one_by_one() -> None:
    asked = scenario(
        parameters={}, plans=[{"service": "guarderia_0_2", "coverage": [0.2, 0.9]}],
        current_spending_mn=0.5,
    )  # fmt: skip
    bars = tornado(prepare(asked, setting()), ["fiscal_gap_mn"])["fiscal_gap_mn"]
    assert {"places_today", "guarderia_0_2.take_up"} <= {bar.parameter for bar in bars}
    for bar in bars:
        for value, bound, found in ((bar.low, "low", bar.at_low), (bar.high, "high", bar.at_high)):
            changed = {"places": bound} if value is None else {"parameters": {bar.parameter: value}}
            alone = run_scenario(asked.model_copy(update=changed), setting())
            assert alone.outcomes["fiscal_gap_mn"] == pytest.approx(found), bar.parameter
