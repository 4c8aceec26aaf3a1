"""From people and a coverage path to places, centres, staff, pay and investment, year by year.

Everything is linear in the places in use, and those are a sum over municipalities of what is
missing in each. That sum is found exactly for any number of parameter draws at once
(:class:`Openings`), so that ranges cost little more than one run.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.costs import SimulatedService

Floats = npt.NDArray[np.float64]
Values = Mapping[str, float | Floats]

ROLES = ("carer", "professional", "support")
_MONTHS = 12
_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """What one service needs in each of y years.

    Shapes are (y,), or (d, y) where the parameters were d draws.

    Parameters
    ----------
    demand, target_places
        People who would use it, and places the coverage asks for.
    existing_places
        Places there are today, the same every year.
    additional_places
        Places in use beyond today's.
    costed_places
        Places staffed and run by the plan: the additional ones, or today's as well.
    new_places, new_centres
        Places and centres opened in the year.
    staff
        Full-time jobs by role, of the places costed.
    women_jobs
        Those held by women.
    wages_mn, inputs_mn
        Pay with employers' charges, and other running costs, millions of pesos a year.
    building_mn, equipment_mn
        Investment of the year, millions of pesos.
    """

    demand: Floats
    target_places: Floats
    existing_places: float | Floats
    additional_places: Floats
    costed_places: Floats
    new_places: Floats
    new_centres: Floats
    staff: Mapping[str, Floats]
    women_jobs: Floats
    wages_mn: Floats
    inputs_mn: Floats
    building_mn: Floats
    equipment_mn: Floats

    @property
    def running_mn(self) -> Floats:
        """Running cost: pay and inputs."""
        return self.wages_mn + self.inputs_mn

    @property
    def investment_mn(self) -> Floats:
        """Investment: building and equipment."""
        return self.building_mn + self.equipment_mn

    @property
    def jobs(self) -> Floats:
        """Full-time jobs of every role."""
        total: Floats = np.sum(list(self.staff.values()), axis=0)
        return total


class Openings:
    """Places that m municipalities lack in each of y years, for any share of people who use them.

    With users a share f of the people, municipality m lacks ``max(0, f·K − E)`` places in year t,
    K being the largest people × coverage up to t (a place once opened stays) and E its places of
    today: one municipality's spare places do not serve another. As f grows, municipalities begin to
    lack places at f = E / K; sorting those once gives the sum for every f by bisection.

    Parameters
    ----------
    people
        Shape (m, y): people of the group.
    coverage
        Shape (y,): share of users with a place.
    existing
        Shape (m,): places there are today.
    """

    def __init__(self, people: Floats, coverage: Floats, existing: Floats) -> None:
        self.people = people
        self.coverage = coverage
        self.existing = existing
        self._wanted = np.maximum.accumulate(people * coverage, axis=1)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            starts = np.where(self._wanted > 0, existing[:, None] / self._wanted, np.inf)
        order = np.argsort(starts, axis=0, kind="stable")
        self._starts = np.take_along_axis(starts, order, axis=0)
        self._slopes = _summed(np.take_along_axis(self._wanted, order, axis=0))
        self._offsets = _summed(existing[order])

    def lacking(self, share: float) -> Floats:
        """Return shape (m, y): places beyond today's, by municipality."""
        lacking: Floats = np.maximum(0.0, share * self._wanted - self.existing[:, None])
        return lacking

    def total(self, share: float | Floats) -> Floats:
        """Return shape (y,), or (d, y) for shares of shape (d, 1): the sum over municipalities."""
        shares = np.atleast_1d(share).ravel()
        years = range(self._starts.shape[1])
        columns = []
        for year in years:
            at = np.searchsorted(self._starts[:, year], shares, side="right")
            columns.append(shares * self._slopes[at, year] - self._offsets[at, year])
        total = np.maximum(0.0, np.column_stack(columns))
        # Rounding must not close a place that was open.
        total = np.maximum.accumulate(total, axis=1)
        return total if np.ndim(share) else total[0]


def _summed(values: Floats) -> Floats:
    return np.vstack([np.zeros(values.shape[1]), np.cumsum(values, axis=0)])


def users_share(service: SimulatedService, values: Values) -> float | Floats:
    """Return the share of people who would use a service: need × take-up."""
    return (
        values[f"{service.service}.need_share"] * values[f"{service.service}.take_up"]
    )  # fmt: skip


def plan_service(
    service: SimulatedService,
    openings: Openings,
    values: Values,
    *,
    places: tuple[Floats, float | Floats] | None = None,
    whole_system: bool = False,
) -> ServicePlan:
    """Plan one service.

    ``D_t = P_t · need · take-up``; ``C_t = cov_t · D_t``; additional places are those lacking in
    each municipality, ``Σ_m max(0, max_{s ≤ t} C_m,s − today_m)``: a centre once opened stays; new
    places are the yearly growth of those. Staff of a role ``J = places · (hours / full-time hours)
    / persons per worker``; pay ``W = Σ J · monthly pay · 12 · (1 + charges)``; running cost W +
    inputs per place; investment = new places · (building + equipment).

    Parameters
    ----------
    service
        The service.
    openings
        Its people, coverage and places of today.
    values
        Every parameter by its key, money in pesos of one year; floats, or shape (d, 1).
    places
        Places beyond today's and those of today, where they are known already; worked out of
        ``openings`` unless given.
    whole_system
        Whether the plan staffs and runs the places of today too.
    """

    def own(name: str) -> float | Floats:
        return values[f"{service.service}.{name}"]

    share = users_share(service, values)
    people = openings.people.sum(axis=0)
    demand: Floats = np.asarray(people * share)
    more, existing = places or (openings.total(share), float(openings.existing.sum()))
    costed = more + existing if whole_system else more
    opened = np.diff(more, prepend=0.0, axis=-1)
    shift = own("hours_per_week") / values["full_time_hours_per_week"]
    staff = {role: costed * shift / own(f"persons_per_{role}") for role in ROLES}
    yearly = _MONTHS * (1 + values["employer_charges_share"]) / _MILLION
    wages = np.sum([staff[role] * values[f"{role}_pay_month"] * yearly for role in ROLES], axis=0)
    jobs = np.sum(list(staff.values()), axis=0)
    return ServicePlan(
        demand=demand,
        target_places=demand * openings.coverage,
        existing_places=existing,
        additional_places=more,
        costed_places=costed,
        new_places=opened,
        new_centres=opened / own("places_per_centre"),
        staff=staff,
        women_jobs=jobs * own("women_share"),
        wages_mn=wages,
        inputs_mn=costed * own("inputs_per_place_year") / _MILLION,
        building_mn=opened * own("building_per_place") / _MILLION,
        equipment_mn=opened * own("equipment_per_place") / _MILLION,
    )
