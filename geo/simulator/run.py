"""A scenario run: its plan, what it costs, and what that sets off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.costs import SimulatedService
from geo.simulator.impact import Impact, YearImpact, plan_impact
from geo.simulator.leontief import MEASURES
from geo.simulator.plan import InUse, Openings, ServicePlan, Values, plan_service, users_share
from geo.simulator.scenario import Scenario, parameter_ranges, parameter_values
from geo.simulator.setting import BOUNDS, Setting

Floats = npt.NDArray[np.float64]

# New places per 100 children up to which the evidence on women's participation reaches.
EVIDENCE_PLACES_PER_100 = 20.0
# Figures a run is summed up by, and sensitivity is told of: the first need no matrix.
WITHOUT_MATRIX = ("new_places", "running_mn", "investment_mn", "direct_jobs")
OUTCOMES = (
    *WITHOUT_MATRIX, "total_jobs", "women_jobs", "total_output_mn", "total_value_added_mn",
    "tax_revenue_mn", "fiscal_gap_mn",
)  # fmt: skip
# The parameter-like name of today's places, whose low and high estimates are their range.
PLACES_TODAY = "places_today"


@dataclass(frozen=True, slots=True)
class Run:
    """The outcome of a scenario.

    Parameters
    ----------
    years
        The y years.
    municipalities
        Code → name of the m municipalities.
    plans
        One for each service of the scenario, in its order.
    lacking
        For each plan, shape (m, y): places beyond today's by municipality.
    impacts
        One for each year; none without a matrix.
    running_mn, investment_mn
        Shape (y,): gross cost of running and of investing, millions of pesos.
    gross_revenue_mn, baseline_revenue_mn
        Shape (y,): taxes set off, and those that the spending of today set off already; None
        without a matrix.
    baseline_rate
        Shape (y,): taxes a peso of running cost sets off.
    fiscal_gap_mn
        Shape (y,): gross cost − current spending − (gross revenue − baseline revenue); None without
        a matrix.
    unknown_places
        Services some of whose places of today the atlas does not know: those are not subtracted,
        so their new places are overstated.
    women_entering
        (low, central, high) women whose labour the children's places may free in the last year,
        outside the matrix; None where it cannot be told.
    """

    years: tuple[int, ...]
    municipalities: Mapping[str, str]
    plans: tuple[ServicePlan, ...]
    lacking: tuple[Floats, ...]
    impacts: tuple[YearImpact, ...]
    running_mn: Floats
    investment_mn: Floats
    gross_revenue_mn: Floats | None
    baseline_revenue_mn: Floats | None
    baseline_rate: Floats | None
    fiscal_gap_mn: Floats | None
    unknown_places: tuple[str, ...]
    women_entering: tuple[float, float, float] | None
    outcomes: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A scenario met with its setting: all that does not depend on parameters.

    Parameters
    ----------
    scenario, setting
        What is run, and where.
    openings
        For each estimate of today's places, what each plan lacks for any share of users.
    unknown
        Services some of whose places of today are not known.
    """

    scenario: Scenario
    setting: Setting
    openings: Mapping[str, tuple[Openings, ...]]
    unknown: tuple[str, ...]


def prepare(scenario: Scenario, setting: Setting) -> Prepared:
    """Meet a scenario with its setting.

    Raises
    ------
    ParameterError
        If there are no people of a group or year, or the setting has no such municipality.
    """
    chosen = setting.within(scenario.municipalities) if scenario.municipalities else setting
    years = scenario.years
    planned = tuple(zip(scenario.services, scenario.plans, strict=True))
    people = [chosen.people_of(service, years) for service, _ in planned]
    coverage = [lengthened(plan.coverage, len(years)) for _, plan in planned]
    openings: dict[str, tuple[Openings, ...]] = {}
    for bound in BOUNDS:
        places = [chosen.places_of(service, bound)[0] for service, _ in planned]
        same = openings.get(BOUNDS[0], (None,) * len(planned))
        openings[bound] = tuple(map(_opening, people, coverage, places, same))
    return Prepared(
        scenario,
        chosen,
        openings,
        unknown=tuple(service.service for service, _ in planned
                      if not chosen.places_of(service, "central")[1]),
    )  # fmt: skip


def _opening(
    people: Floats, coverage: Floats, existing: Floats, known: Openings | None
) -> Openings:
    """Return what is lacked; what is known already where today's places are the same."""
    if known is not None and np.array_equal(known.existing, existing):
        return known
    return Openings(people, coverage, existing)


def lengthened(coverage: Sequence[float], size: int) -> Floats:
    """Return a path whose last coverage holds for the years after it."""
    return np.array([*coverage, *([coverage[-1]] * (size - len(coverage)))], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Account:
    """Plans, costs and taxes of one run or of d draws: shapes (y,) or (d, y)."""

    plans: tuple[ServicePlan, ...]
    impact: Impact | None
    running_mn: Floats
    investment_mn: Floats
    gross_revenue_mn: Floats | None
    baseline_rate: Floats | None
    baseline_revenue_mn: Floats | None
    fiscal_gap_mn: Floats | None

    def outcomes(self) -> dict[str, Floats]:
        """Return what runs are summed up by: the last year's figures, places and investment added.

        Shapes are () or (d,). Those that need a matrix are left out without one.
        """
        found = {
            "new_places": np.sum([plan.additional_places[..., -1] for plan in self.plans], axis=0),
            "running_mn": self.running_mn[..., -1],
            "investment_mn": np.sum([plan.invested_mn for plan in self.plans], axis=0),
            "direct_jobs": np.sum([plan.jobs[..., -1] for plan in self.plans], axis=0),
        }
        if self.impact is None or self.gross_revenue_mn is None or self.fiscal_gap_mn is None:
            return found
        total = self.impact.total[..., -1, :]
        women = self.impact.women_direct + self.impact.women_indirect + self.impact.women_induced
        return found | {
            "direct_jobs": self.impact.direct[..., -1, MEASURES.index("jobs")],
            "total_jobs": total[..., MEASURES.index("jobs")],
            "women_jobs": women[..., -1],
            "total_output_mn": total[..., MEASURES.index("output")],
            "total_value_added_mn": total[..., MEASURES.index("value_added")],
            "tax_revenue_mn": self.gross_revenue_mn[..., -1],
            "fiscal_gap_mn": self.fiscal_gap_mn[..., -1],
        }


def account(
    prepared: Prepared,
    values: Values,
    *,
    places: Sequence[InUse] | None = None,
) -> Account:
    """Account for a scenario under one set of parameters, or d at once.

    Parameters
    ----------
    prepared
        The scenario and its setting.
    values
        Every parameter by its key: floats, or shape (d, 1).
    places
        For each plan its places in use, of every year or of the last alone, where they are known
        already.

    Returns
    -------
    Account
        Money in millions of pesos of the scenario's price year.
    """
    scenario, services = prepared.scenario, prepared.scenario.services
    known: Sequence[InUse | None] = places or [None] * len(services)
    plans = tuple(
        plan_service(
            service, opening, values, places=known_places, whole_system=scenario.whole_system
        )
        for service, opening, known_places in zip(
            services, prepared.openings[scenario.places], known, strict=True
        )
    )  # fmt: skip
    running = np.sum([plan.running_mn for plan in plans], axis=0)
    investment = np.sum([plan.investment_mn for plan in plans], axis=0)
    responses = prepared.setting.responses
    if responses is None:
        return Account(plans, None, running, investment, None, None, None, None)
    impact = plan_impact(
        responses, services, plans, values,
        price_year=scenario.price_year, sector_mode=scenario.sector_mode,
    )  # fmt: skip
    gross, spent = impact.tax_revenue_mn, scenario.current_spending_mn
    rate = _revenue_per_peso(impact.running_revenue_mn, running)
    baseline = spent * rate
    gap = running + investment - spent - (gross - baseline)
    return Account(plans, impact, running, investment, gross, rate, baseline, gap)


def _revenue_per_peso(revenue: Floats, running: Floats) -> Floats:
    """Return taxes per peso of running cost each year; that of the last year where none is run."""
    rate: Floats = np.divide(revenue, running, out=np.zeros_like(running), where=running > 0)
    filled: Floats = np.where(running > 0, rate, rate[..., -1:])
    return filled


def run_scenario(scenario: Scenario, setting: Setting) -> Run:
    """Run a scenario.

    Parameters
    ----------
    scenario
        A checked scenario.
    setting
        People, places and, where there is one, the input-output model.

    Returns
    -------
    Run
        Money in millions of pesos of the scenario's price year.

    Raises
    ------
    ParameterError
        If there are no people of a group or year, or the setting has no such municipality.
    MissingInputError
        If the matrix lacks an industry.
    """
    return run_prepared(prepare(scenario, setting))


def run_prepared(prepared: Prepared) -> Run:
    """Run a scenario that has been met with its setting."""
    scenario, setting = prepared.scenario, prepared.setting
    values = parameter_values(scenario)
    lacking = tuple(
        opening.lacking(float(users_share(service, values)))
        for service, opening in zip(
            scenario.services, prepared.openings[scenario.places], strict=True
        )
    )
    openings = prepared.openings[scenario.places]
    places = [
        InUse(missing.sum(axis=0), 0.0, opening.existing_total)
        for missing, opening in zip(lacking, openings, strict=True)
    ]
    made = account(prepared, values, places=places)
    years = range(len(scenario.years))
    return Run(
        years=scenario.years,
        municipalities=setting.municipalities,
        plans=made.plans,
        lacking=lacking,
        impacts=() if made.impact is None else tuple(made.impact.year(at) for at in years),
        running_mn=made.running_mn,
        investment_mn=made.investment_mn,
        gross_revenue_mn=made.gross_revenue_mn,
        baseline_revenue_mn=made.baseline_revenue_mn,
        baseline_rate=made.baseline_rate,
        fiscal_gap_mn=made.fiscal_gap_mn,
        unknown_places=prepared.unknown,
        women_entering=_women_entering(prepared, made.plans, values),
        outcomes={name: float(value) for name, value in made.outcomes().items()},
    )


def _women_entering(
    prepared: Prepared, plans: Sequence[ServicePlan], values: Mapping[str, float]
) -> tuple[float, float, float] | None:
    """Return women who may enter work: points per 10 places per 100 children, times women.

    The evidence is of small increases, so places beyond ``EVIDENCE_PLACES_PER_100`` add nothing.
    """
    key = "participation_points_per_10_places"
    women = prepared.setting.women_12_plus
    children = [
        (plan, opening)
        for plan, opening, service in zip(
            plans, prepared.openings["central"], prepared.scenario.services, strict=True
        )
        if is_for_children(service)
    ]
    if women is None or not children:
        return None
    people = sum(float(opening.people[:, -1].sum()) for _, opening in children)
    places = sum(float(plan.additional_places[-1]) for plan, _ in children)
    per_hundred = min(100 * places / people, EVIDENCE_PLACES_PER_100) if people > 0 else 0.0
    low, high = parameter_ranges(prepared.scenario)[key]
    entering = [
        float(np.sum(women)) * points / 100 * per_hundred / 10
        for points in (low, values[key], high)
    ]
    return entering[0], entering[1], entering[2]


def is_for_children(service: SimulatedService) -> bool:
    """Say whether a service is for children, whose care is what keeps women from work most."""
    return service.demand.startswith("children_")
