"""What a plan's spending sets off: jobs, output, value added and tax, here and elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.costs import BASE_YEAR, SimulatedService, price_ratio
from geo.simulator.leontief import MEASURES, Effect, LeontiefModel
from geo.simulator.plan import ServicePlan

Floats = npt.NDArray[np.float64]

CONSTRUCTION = "23"
EQUIPMENT = "337"
_PEOPLE = ("jobs", "formal_jobs")


@dataclass(frozen=True, slots=True)
class YearImpact:
    """What one year's spending sets off: millions of pesos of the price year, and jobs.

    Each effect maps ``output value_added taxes imports wages jobs formal_jobs`` to its amount.

    Parameters
    ----------
    direct, indirect, induced
        The new service itself; its suppliers and builders; what households spend of all pay.
    by_region
        The three together in each region of the matrix.
    construction
        What the same money sets off when all is spent on building, type II.
    tax_revenue_mn
        All taxes at the country's mean: ``tax_to_gdp_share · value added``.
    product_taxes_mn, income_taxes_mn
        The parts that can be told: net product taxes on purchases of firms and households, and
        income tax on all pay.
    """

    direct: Mapping[str, float]
    indirect: Mapping[str, float]
    induced: Mapping[str, float]
    by_region: Mapping[str, Mapping[str, float]]
    construction: Mapping[str, float]
    tax_revenue_mn: float
    product_taxes_mn: float
    income_taxes_mn: float

    @property
    def total(self) -> dict[str, float]:
        """The direct, indirect and induced effects together."""
        return {name: self.direct[name] + self.indirect[name] + self.induced[name]
                for name in MEASURES}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Spending:
    """A year's spending as the matrix sees it, in millions of pesos of the matrix's year."""

    purchases: Floats
    outside_pay: float
    direct: Effect
    counted_in_purchases: bool


def year_impact(
    model: LeontiefModel,
    region: str,
    services: Sequence[SimulatedService],
    plans: Sequence[ServicePlan],
    year: int,
    values: Mapping[str, float],
    *,
    price_year: int,
    sector_mode: bool = False,
) -> YearImpact:
    """Return what one year of a plan sets off.

    The service's own jobs, pay and output are those of the staffing model (direct). Only what it
    buys goes through the matrix: inputs in the mix its industry buys, buildings as construction,
    equipment in its domestic part (type I: indirect); pay of all is spent by households (type II
    less type I: induced). In sector mode the running cost is final demand for the industry, and
    direct jobs and pay are the industry's means.

    Spending is deflated to the matrix's year, and effects are given back in pesos of the price
    year; jobs per real peso are those of the matrix's year.

    Parameters
    ----------
    model
        The matrix with jobs and pay.
    region
        Region of the matrix where the plan is carried out.
    services, plans
        The services and what each needs.
    year
        Position of the year in the plans.
    values
        Every parameter by its key.
    price_year
        Year of the plans' pesos.
    sector_mode
        Whether direct effects come from the matrix.

    Raises
    ------
    MissingInputError
        If the matrix lacks an industry the plan needs.
    """
    deflated = price_ratio(price_year, BASE_YEAR)
    spending = _spending(model, region, services, plans, year, values, deflated, sector_mode)
    one = model.type_one(spending.purchases)
    two = model.type_two(spending.purchases, outside_pay=spending.outside_pay)
    indirect = one - spending.direct if spending.counted_in_purchases else one
    everything = two if spending.counted_in_purchases else two + spending.direct
    money = sum(float(plan.running_mn[year] + plan.investment_mn[year]) for plan in plans)
    built = _at(model, CONSTRUCTION, region, money * deflated)
    totals = everything.totals()
    household_taxes = totals["wages"] * model.consumed_share * model.consumption_taxes
    return YearImpact(
        direct=_priced(spending.direct.totals(), deflated),
        indirect=_priced(indirect.totals(), deflated),
        induced=_priced((two - one).totals(), deflated),
        by_region=_by_region(model, everything, deflated),
        construction=_priced(model.type_two(built).totals(), deflated),
        tax_revenue_mn=values["tax_to_gdp_share"] * totals["value_added"] / deflated,
        product_taxes_mn=(totals["taxes"] + household_taxes) / deflated,
        income_taxes_mn=values["income_tax_share"] * totals["wages"] / deflated,
    )


def _spending(
    model: LeontiefModel,
    region: str,
    services: Sequence[SimulatedService],
    plans: Sequence[ServicePlan],
    year: int,
    values: Mapping[str, float],
    deflated: float,
    sector_mode: bool,  # noqa: FBT001 — passed on by the one caller
) -> _Spending:
    purchases = np.zeros(len(model.table.industries))
    direct = model.effect_of_output(purchases)
    outside_pay = 0.0
    for service, plan in zip(services, plans, strict=True):
        purchases = purchases + _investment(model, region, plan, year, values, deflated)
        running = float(plan.running_mn[year]) * deflated
        if sector_mode:
            bought = _at(model, service.industry, region, running)
            purchases = purchases + bought
            direct = direct + model.effect_of_output(bought)
            continue
        industry = model.table.industry(service.industry, region)
        inputs = float(plan.inputs_mn[year]) * deflated
        domestic, imported, taxed = _input_mix(model, industry)
        purchases = purchases + domestic * inputs
        pay = float(plan.wages_mn[year]) * deflated
        outside_pay += pay / (1 + values["employer_charges_share"])
        direct = direct + _staffed(
            len(purchases), industry, running, pay,
            taxes=taxed * inputs, imports=imported * inputs, jobs=float(plan.jobs[year]),
            charges=values["employer_charges_share"], formal=values["formal_share"],
        )  # fmt: skip
    return _Spending(purchases, outside_pay, direct, counted_in_purchases=sector_mode)


def _staffed(
    size: int, industry: int, running: float, pay: float, *,
    taxes: float, imports: float, jobs: float, charges: float, formal: float,
) -> Effect:  # fmt: skip
    """Return the direct effect of a service by its own staff: value added is its pay."""
    amounts = (running, pay, taxes, imports, pay / (1 + charges), jobs, jobs * formal)
    effect = np.zeros((len(MEASURES), size))
    effect[:, industry] = amounts
    return Effect(*effect)


def _input_mix(model: LeontiefModel, industry: int) -> tuple[Floats, float, float]:
    """Return how a peso of an industry's inputs splits: domestic by industry, imported, taxed."""
    table = model.table
    bought = table.flows[:, industry]
    whole = bought.sum() + table.imports[industry] + table.taxes[industry]
    if whole <= 0:
        return np.zeros(len(bought)), 0.0, 0.0
    return (
        bought / whole,
        float(table.imports[industry] / whole),
        float(table.taxes[industry] / whole),
    )


def _investment(
    model: LeontiefModel,
    region: str,
    plan: ServicePlan,
    year: int,
    values: Mapping[str, float],
    deflated: float,
) -> Floats:
    building = float(plan.building_mn[year]) * deflated
    equipment = float(plan.equipment_mn[year]) * deflated * values["equipment_domestic_share"]
    return _at(model, CONSTRUCTION, region, building) + _at(model, EQUIPMENT, region, equipment)


def _at(model: LeontiefModel, code: str, region: str, amount: float) -> Floats:
    demand = np.zeros(len(model.table.industries))
    demand[model.table.industry(code, region)] = amount
    return demand


def _priced(totals: Mapping[str, float], deflated: float) -> dict[str, float]:
    """Return totals in pesos of the price year; people stay people."""
    return {name: value if name in _PEOPLE else value / deflated for name, value in totals.items()}


def _by_region(
    model: LeontiefModel, effect: Effect, deflated: float
) -> dict[str, dict[str, float]]:
    regions = np.array([industry.region for industry in model.table.industries])
    return {
        region: _priced(
            {name: float(getattr(effect, name)[regions == region].sum()) for name in MEASURES},
            deflated,
        )
        for region in model.table.regions
    }
