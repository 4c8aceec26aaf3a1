"""What a plan's spending sets off: jobs, output, value added and tax, here and elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.costs import BASE_YEAR, SimulatedService, price_ratio
from geo.simulator.leontief import MEASURES
from geo.simulator.plan import ServicePlan, Values
from geo.simulator.responses import (
    BUILDING_SPENT,
    EQUIPMENT_SPENT,
    PAY_SPENT,
    Responses,
    inputs_of,
    output_of,
)

Floats = npt.NDArray[np.float64]

_PEOPLE = ("jobs", "formal_jobs")
_JOBS, _VALUE_ADDED, _TAXES, _WAGES = (
    MEASURES.index(name) for name in ("jobs", "value_added", "taxes", "wages")
)
# What turns pesos of the matrix's year into those of the price year; jobs stay jobs.
_IS_MONEY = np.array([name not in _PEOPLE for name in MEASURES])


@dataclass(frozen=True, slots=True)
class Impact:
    """What spending sets off each year: millions of pesos of the price year, and jobs.

    Leading shapes are those of the plans: (y,), or (d, y). The last axis of effects holds
    ``MEASURES``: ``output value_added taxes imports wages jobs formal_jobs``.

    Parameters
    ----------
    regions
        Regions of the matrix.
    direct, indirect, induced
        The new service itself; its suppliers and builders; what households spend of all pay.
    by_region
        The three together in each region, region before measure.
    construction
        What the same money sets off when all is spent on building, type II.
    women_direct, women_indirect, women_induced
        Of the jobs of each, those held by women.
    tax_revenue_mn
        All taxes at the country's mean: ``tax_to_gdp_share · value added``.
    running_revenue_mn
        The part of it that the running cost sets off.
    product_taxes_mn, income_taxes_mn
        The parts that can be told: net product taxes on purchases of firms and households, and
        income tax on all pay.
    """

    regions: tuple[str, ...]
    direct: Floats
    indirect: Floats
    induced: Floats
    by_region: Floats
    construction: Floats
    women_direct: Floats
    women_indirect: Floats
    women_induced: Floats
    tax_revenue_mn: Floats
    running_revenue_mn: Floats
    product_taxes_mn: Floats
    income_taxes_mn: Floats

    @property
    def total(self) -> Floats:
        """The direct, indirect and induced effects together."""
        return self.direct + self.indirect + self.induced

    def year(self, at: int) -> "YearImpact":
        """Return one year of a single run, measures by name."""

        def named(effect: Floats) -> dict[str, float]:
            return dict(zip(MEASURES, effect[at].tolist(), strict=True))

        women = (self.women_direct, self.women_indirect, self.women_induced)
        return YearImpact(
            direct=named(self.direct),
            indirect=named(self.indirect),
            induced=named(self.induced),
            by_region={
                region: named(self.by_region[:, r]) for r, region in enumerate(self.regions)
            },
            construction=named(self.construction),
            women_jobs=(float(women[0][at]), float(women[1][at]), float(women[2][at])),
            tax_revenue_mn=float(self.tax_revenue_mn[at]),
            product_taxes_mn=float(self.product_taxes_mn[at]),
            income_taxes_mn=float(self.income_taxes_mn[at]),
        )


@dataclass(frozen=True, slots=True)
class YearImpact:
    """One year of a run's impact: each effect maps a measure to its amount.

    ``women_jobs`` is direct, indirect, induced.
    """

    direct: Mapping[str, float]
    indirect: Mapping[str, float]
    induced: Mapping[str, float]
    by_region: Mapping[str, Mapping[str, float]]
    construction: Mapping[str, float]
    women_jobs: tuple[float, float, float]
    tax_revenue_mn: float
    product_taxes_mn: float
    income_taxes_mn: float

    @property
    def total(self) -> dict[str, float]:
        """The direct, indirect and induced effects together."""
        return {name: self.direct[name] + self.indirect[name] + self.induced[name]
                for name in MEASURES}  # fmt: skip


def plan_impact(
    responses: Responses,
    services: Sequence[SimulatedService],
    plans: Sequence[ServicePlan],
    values: Values,
    *,
    price_year: int,
    sector_mode: bool = False,
) -> Impact:
    """Return what a plan sets off.

    The service's own jobs, pay and output are those of the staffing model (direct). Only what it
    buys goes through the matrix: inputs in the mix its industry buys, buildings as construction,
    equipment in its domestic part (type I: indirect); pay of all is spent by households (type II
    less type I: induced). In sector mode the running cost is final demand for the industry, and
    direct jobs and pay are the industry's means.

    Spending is deflated to the matrix's year, and effects are given back in pesos of the price
    year; jobs per real peso are those of the matrix's year.

    Parameters
    ----------
    responses
        What each kind of spending sets off.
    services, plans
        The services and what each needs.
    values
        Every parameter by its key.
    price_year
        Year of the plans' pesos.
    sector_mode
        Whether direct effects come from the matrix.
    """
    deflated = price_ratio(price_year, BASE_YEAR)
    running, invested = spending(services, plans, values, deflated, sector_mode=sector_mode)
    one, two = (_combined(responses, {**running, **invested}, name) for name in _TYPES)
    if sector_mode:
        direct = np.sum([amount[..., None] * responses.by_kind[kind].direct
                         for kind, amount in running.items()], axis=0)  # fmt: skip
        indirect, by_region = one.sum(axis=-2) - direct, two
    else:
        direct = _staffed(responses, services, plans, values, deflated)
        indirect, by_region = one.sum(axis=-2), two.copy()
        by_region[..., responses.own, :] += direct
    induced = two.sum(axis=-2) - one.sum(axis=-2)
    total = direct + indirect + induced
    money = sum(plan.running_mn + plan.investment_mn for plan in plans) * deflated
    built = np.asarray(money)[..., None] * responses.by_kind[BUILDING_SPENT].type_two.sum(axis=0)
    prices = np.where(_IS_MONEY, 1 / deflated, 1.0)
    revenue = values["tax_to_gdp_share"] / deflated
    of_running = _combined(responses, running, "type_two").sum(axis=-2)
    of_running = of_running if sector_mode else of_running + direct
    women = _women(responses, services, plans, values, {**running, **invested}, sector_mode)
    return Impact(
        regions=responses.regions,
        direct=direct * prices,
        indirect=indirect * prices,
        induced=induced * prices,
        by_region=by_region * prices,
        construction=built * prices,
        women_direct=women[0],
        women_indirect=women[1],
        women_induced=women[2],
        tax_revenue_mn=revenue * total[..., _VALUE_ADDED],
        running_revenue_mn=revenue * of_running[..., _VALUE_ADDED],
        product_taxes_mn=(total[..., _TAXES] + total[..., _WAGES] * responses.household_taxes)
        / deflated,
        income_taxes_mn=values["income_tax_share"] * total[..., _WAGES] / deflated,
    )


_TYPES = ("type_one", "type_two")


def spending(
    services: Sequence[SimulatedService],
    plans: Sequence[ServicePlan],
    values: Values,
    deflated: float,
    *,
    sector_mode: bool,
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return running and investing by kind of spending, millions of pesos of the matrix's year.

    Parameters
    ----------
    services, plans, values
        The services, what each needs, and every parameter by its key.
    deflated
        A peso of the price year in pesos of the matrix's.
    sector_mode
        Whether running is final demand for the services' industries.
    """
    running: dict[str, Floats] = {}
    for service, plan in zip(services, plans, strict=True):
        if sector_mode:
            spent = {output_of(service.industry): plan.running_mn}
        else:
            take_home = plan.wages_mn / (1 + values["employer_charges_share"])
            spent = {inputs_of(service.industry): plan.inputs_mn, PAY_SPENT: take_home}
        for kind, amount in spent.items():
            running[kind] = running.get(kind, 0.0) + amount * deflated
    equipment = np.sum([plan.equipment_mn for plan in plans], axis=0)
    invested = {
        BUILDING_SPENT: np.sum([plan.building_mn for plan in plans], axis=0) * deflated,
        EQUIPMENT_SPENT: equipment * values["equipment_domestic_share"] * deflated,
    }
    return running, invested


def _combined(responses: Responses, spent: Mapping[str, Floats], name: str) -> Floats:
    """Return (…, r, k): what all spending sets off by region."""
    effects = np.stack([getattr(responses.by_kind[kind], name) for kind in spent])
    combined: Floats = np.tensordot(_by_kind(spent), effects, axes=1)
    return combined


def _by_kind(spent: Mapping[str, Floats]) -> Floats:
    """Return (…, kinds): spending of every kind."""
    return np.stack(np.broadcast_arrays(*spent.values()), axis=-1)


def _staffed(
    responses: Responses,
    services: Sequence[SimulatedService],
    plans: Sequence[ServicePlan],
    values: Values,
    deflated: float,
) -> Floats:
    """Return (…, k): the direct effect of services by their own staff; value added is their pay."""
    parts = []
    for service, plan in zip(services, plans, strict=True):
        pay, inputs = plan.wages_mn * deflated, plan.inputs_mn * deflated
        measures = {
            "output": plan.running_mn * deflated,
            "value_added": pay,
            "taxes": responses.taxed_inputs[service.industry] * inputs,
            "imports": responses.imported_inputs[service.industry] * inputs,
            "wages": pay / (1 + values["employer_charges_share"]),
            "jobs": plan.jobs,
            "formal_jobs": plan.jobs * values["formal_share"],
        }
        parts.append(np.stack([measures[name] for name in MEASURES], axis=-1))
    staffed: Floats = np.sum(parts, axis=0)
    return staffed


def _women(
    responses: Responses,
    services: Sequence[SimulatedService],
    plans: Sequence[ServicePlan],
    values: Values,
    spent: Mapping[str, Floats],
    sector_mode: bool,  # noqa: FBT001 — passed on by the one caller
) -> tuple[Floats, Floats, Floats]:
    """Return women's jobs: direct by the services' own shares, the others by those of sectors."""
    shares = np.stack([np.asarray(values[key]) for key in responses.sector_keys], axis=-1)

    def jobs(name: str) -> Floats:
        by_sector = np.stack([getattr(responses.by_kind[kind], name) for kind in spent])
        held: Floats = (np.tensordot(_by_kind(spent), by_sector, axes=1) * shares).sum(axis=-1)
        return held

    one, two = jobs("sector_jobs_one"), jobs("sector_jobs_two")
    if not sector_mode:
        return np.sum([plan.women_jobs for plan in plans], axis=0), one, two - one
    direct: Floats = np.sum([
        spent[output_of(industry)] * responses.by_kind[output_of(industry)].direct[_JOBS]
        * np.mean([values[f"{s.service}.women_share"] for s in services if s.industry == industry])
        for industry in dict.fromkeys(service.industry for service in services)
    ], axis=0)  # fmt: skip
    # Of suppliers: all but the industry's own first round.
    own = sum(
        spent[output_of(industry)]
        * responses.by_kind[output_of(industry)].direct[_JOBS]
        * values[f"women_share_sector_{industry}"]
        for industry in dict.fromkeys(service.industry for service in services)
    )
    return direct, one - own, two - one
