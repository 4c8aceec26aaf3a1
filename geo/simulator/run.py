"""A scenario run: its plan, what it costs, what that sets off, and how sure one can be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.costs import SimulatedService
from data.errors import MissingInputError, Where
from data.texts import Text
from geo.simulator.impact import YearImpact, year_impact
from geo.simulator.leontief import LeontiefModel
from geo.simulator.plan import ServicePlan, plan_service
from geo.simulator.scenario import Scenario, parameter_ranges, parameter_values

Floats = npt.NDArray[np.float64]

# Digits the money and people of a report are given with.
_DIGITS = 3
# New places per 100 children up to which the evidence on women's participation reaches.
EVIDENCE_PLACES_PER_100 = 20.0
# Figures a run is summed up by, and sensitivity is told of.
OUTCOMES = (
    "running_mn", "investment_mn", "direct_jobs", "total_jobs", "total_output_mn",
    "total_value_added_mn", "tax_revenue_mn", "fiscal_gap_mn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a scenario is run.

    Parameters
    ----------
    people
        Demand variable → people by year (year → persons): census or CONAPO projections.
    places
        Service of the atlas → today's places, ``{"low": …, "central": …, "high": …}``.
    model
        The input-output model.
    region
        Region of the model where the plan is carried out.
    women_12_plus
        Women aged 12 and over, or None if not known.
    """

    people: Mapping[str, Mapping[int, float]]
    places: Mapping[str, Mapping[str, float]]
    model: LeontiefModel
    region: str
    women_12_plus: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """The outcome of a scenario.

    Parameters
    ----------
    years
        The y years.
    plans
        One for each service of the scenario, in its order.
    impacts
        One for each year.
    running_mn, investment_mn
        Shape (y,): gross cost of running and of investing, millions of pesos.
    gross_revenue_mn, baseline_revenue_mn
        Shape (y,): taxes set off, and those that the spending of today set off already.
    fiscal_gap_mn
        Shape (y,): gross cost − current spending − (gross revenue − baseline revenue).
    unknown_places
        Services whose places of today the atlas does not know: none are subtracted, so their new
        places are overstated.
    women_entering
        (low, central, high) women whose labour the children's places may free in the last year,
        outside the matrix; None where it cannot be told.
    """

    years: tuple[int, ...]
    plans: tuple[ServicePlan, ...]
    impacts: tuple[YearImpact, ...]
    running_mn: Floats
    investment_mn: Floats
    gross_revenue_mn: Floats
    baseline_revenue_mn: Floats
    fiscal_gap_mn: Floats
    unknown_places: tuple[str, ...]
    women_entering: tuple[float, float, float] | None

    def outcomes(self) -> dict[str, float]:
        """Return the figures a run is summed up by: those of its last year, investment added up."""
        last = self.impacts[-1]
        return {
            "running_mn": float(self.running_mn[-1]),
            "investment_mn": float(self.investment_mn.sum()),
            "direct_jobs": last.direct["jobs"],
            "total_jobs": last.total["jobs"],
            "total_output_mn": last.total["output"],
            "total_value_added_mn": last.total["value_added"],
            "tax_revenue_mn": last.tax_revenue_mn,
            "fiscal_gap_mn": float(self.fiscal_gap_mn[-1]),
        }


def run_scenario(
    scenario: Scenario, setting: Setting, *, values: Mapping[str, float] | None = None
) -> Run:
    """Run a scenario.

    Parameters
    ----------
    scenario
        A checked scenario.
    setting
        People, places and the input-output model.
    values
        Every parameter by its key, instead of the scenario's own (for sensitivity).

    Returns
    -------
    Run
        Money in millions of pesos of the scenario's price year.

    Raises
    ------
    MissingInputError
        If there are no people of a group or year.
    """
    chosen = parameter_values(scenario) if values is None else values
    services, years = scenario.services, scenario.years
    plans = tuple(
        plan_service(
            service,
            _people(setting, service, years),
            _lengthened(plan.coverage, len(years)),
            _places_today(setting, service, scenario.places),
            chosen,
        )
        for service, plan in zip(services, scenario.plans, strict=True)
    )
    impacts = tuple(
        year_impact(
            setting.model, setting.region, services, plans, year, chosen,
            price_year=scenario.price_year, sector_mode=scenario.sector_mode,
        )
        for year in range(len(years))
    )  # fmt: skip
    running = np.sum([plan.running_mn for plan in plans], axis=0)
    investment = np.sum([plan.investment_mn for plan in plans], axis=0)
    gross = np.array([impact.tax_revenue_mn for impact in impacts])
    baseline = _baseline_revenue(scenario, running, gross)
    cost = running + investment
    return Run(
        years=years,
        plans=plans,
        impacts=impacts,
        running_mn=running,
        investment_mn=investment,
        gross_revenue_mn=gross,
        baseline_revenue_mn=baseline,
        fiscal_gap_mn=cost - scenario.current_spending_mn - (gross - baseline),
        unknown_places=tuple(
            service.service
            for service in services
            if service.atlas_service is not None and service.atlas_service not in setting.places
        ),
        women_entering=_women_entering(setting, services, plans, chosen, scenario),
    )


def _baseline_revenue(scenario: Scenario, running: Floats, gross: Floats) -> Floats:
    """Return the taxes today's spending sets off: as many per peso as the plan's running cost."""
    baseline: Floats = np.divide(
        gross * scenario.current_spending_mn,
        running,
        out=np.zeros_like(gross),
        where=running > 0,
    )
    return np.minimum(baseline, gross)


def _people(setting: Setting, service: SimulatedService, years: Sequence[int]) -> Floats:
    by_year = setting.people.get(service.demand)
    missing = [year for year in years if by_year is None or year not in by_year]
    if by_year is None or missing:
        held = f"{min(by_year)}–{max(by_year)}" if by_year else "–"
        raise MissingInputError(
            Text(f"No hay población de {service.title.es} para ese año",
                 f"There are no people of {service.title.en} for that year"),
            where=Where(column=service.demand, value=missing[0] if missing else None),
            remedy=Text(f"Hay proyecciones de {held}", f"There are projections of {held}"),
        )  # fmt: skip
    return np.array([by_year[year] for year in years], dtype=np.float64)


def _lengthened(coverage: Sequence[float], size: int) -> Floats:
    """Return a coverage path that stays at its last value up to the scenario's end."""
    return np.array([*coverage, *([coverage[-1]] * (size - len(coverage)))], dtype=np.float64)


def _places_today(setting: Setting, service: SimulatedService, bound: str) -> float:
    if service.atlas_service is None:
        return 0.0
    return float(setting.places.get(service.atlas_service, {}).get(bound, 0.0))


def _women_entering(
    setting: Setting,
    services: Sequence[SimulatedService],
    plans: Sequence[ServicePlan],
    values: Mapping[str, float],
    scenario: Scenario,
) -> tuple[float, float, float] | None:
    """Return women who may enter work: points per 10 places per 100 children, times women.

    The evidence is of small increases, so places beyond ``EVIDENCE_PLACES_PER_100`` add nothing.
    """
    key = "participation_points_per_10_places"
    children = [
        (plan, service) for plan, service in zip(plans, services, strict=True)
        if service.demand.startswith("children_")
    ]  # fmt: skip
    if setting.women_12_plus is None or not children:
        return None
    last = scenario.years[-1]
    people = sum(setting.people[service.demand][last] for _, service in children)
    places = sum(float(plan.additional_places[-1]) for plan, _ in children)
    per_hundred = min(100 * places / people, EVIDENCE_PLACES_PER_100) if people > 0 else 0.0
    low, high = parameter_ranges(scenario)[key]
    women = setting.women_12_plus
    entering = [women * points / 100 * per_hundred / 10 for points in (low, values[key], high)]
    return entering[0], entering[1], entering[2]


def describe_run(run: Run, scenario: Scenario) -> dict[str, object]:
    """Return a run as plain values for JSON, money in millions of pesos of the price year."""

    def rounded(values: Floats) -> list[float]:
        return [round(float(value), _DIGITS) for value in values]

    def amounts(effect: Mapping[str, float]) -> dict[str, float]:
        return {name: round(value, _DIGITS) for name, value in effect.items()}

    women = run.women_entering
    return {
        "price_year": scenario.price_year,
        "years": list(run.years),
        "services": {
            service.service: {
                "demand": rounded(plan.demand),
                "existing_places": None
                if service.service in run.unknown_places
                else round(plan.existing_places, _DIGITS),
                "additional_places": rounded(plan.additional_places),
                "new_places": rounded(plan.new_places),
                "new_centres": rounded(plan.new_centres),
                "jobs": rounded(plan.jobs),
                "women_jobs": rounded(plan.jobs * service.women_share),
                "wages_mn": rounded(plan.wages_mn),
                "inputs_mn": rounded(plan.inputs_mn),
                "investment_mn": rounded(plan.investment_mn),
            }
            for service, plan in zip(scenario.services, run.plans, strict=True)
        },
        "effects": [
            {
                "year": year,
                "direct": amounts(impact.direct),
                "indirect": amounts(impact.indirect),
                "induced": amounts(impact.induced),
                "by_region": {name: amounts(effect) for name, effect in impact.by_region.items()},
                "same_money_in_construction": amounts(impact.construction),
                "tax_revenue_mn": round(impact.tax_revenue_mn, _DIGITS),
                "product_taxes_mn": round(impact.product_taxes_mn, _DIGITS),
                "income_taxes_mn": round(impact.income_taxes_mn, _DIGITS),
            }
            for year, impact in zip(run.years, run.impacts, strict=True)
        ],
        "places_of_today_unknown": list(run.unknown_places),
        "running_mn": rounded(run.running_mn),
        "investment_mn": rounded(run.investment_mn),
        "gross_revenue_mn": rounded(run.gross_revenue_mn),
        "baseline_revenue_mn": rounded(run.baseline_revenue_mn),
        "fiscal_gap_mn": rounded(run.fiscal_gap_mn),
        "women_who_may_enter_work": None
        if women is None
        else dict(zip(("low", "central", "high"), (round(w) for w in women), strict=True)),
    }
