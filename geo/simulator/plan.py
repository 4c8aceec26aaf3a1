"""From people and a coverage path to places, centres, staff, pay and investment, year by year.

Everything is linear in the places in use, and those are a sum over municipalities of what is
missing in each. That sum is found exactly for any number of parameter draws at once
(:class:`Openings`), so that ranges cost little more than one run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

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
    invested_mn
        Shape () or (d,): investment from the first year of the plan to the last, millions of pesos.
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
    invested_mn: Floats

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


@dataclass(frozen=True, slots=True)
class InUse:
    """Places of a service in y consecutive years, the last of them the plan's last.

    Parameters
    ----------
    more
        Shape (y,) or (d, y): places in use beyond today's.
    before
        Those of the year before the first: one number, or shape (d, 1).
    existing
        Places there are today: one number, or shape (d, 1).
    """

    more: Floats
    before: float | Floats
    existing: float | Floats


class Openings:
    """Places that m municipalities lack in each of y years, for any share of people who use them.

    With users a share f of the people, municipality m lacks ``max(0, f·K − E)`` places in year t,
    K being the largest people × coverage up to t (a place once opened stays) and E its places of
    today: one municipality's spare places do not serve another. As f grows, municipalities begin to
    lack places at f = E / K; sorting those of a year once gives the sum for every f by bisection.

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
        # Years first: sorting and adding then run along memory.
        by_year = np.ascontiguousarray(people.T)
        self._wanted = np.maximum.accumulate(by_year * coverage[:, None], axis=0)
        self._hinges: dict[int, tuple[Floats, Floats, Floats]] = {}

    @cached_property
    def people_by_year(self) -> Floats:
        """Shape (y,): people of all municipalities."""
        total: Floats = self.people.sum(axis=0)
        return total

    @cached_property
    def existing_total(self) -> float:
        """Places there are today in all municipalities."""
        return float(self.existing.sum())

    def lacking(self, share: float) -> Floats:
        """Return shape (m, y): places beyond today's, by municipality."""
        lacking: Floats = np.maximum(0.0, share * self._wanted - self.existing).T
        return lacking

    def total(self, share: float | Floats, *, last: int | None = None) -> Floats:
        """Return the sum over municipalities of the last years, all unless said how many.

        Shape (y,), or (d, y) for shares of shape (d, 1).
        """
        shares = np.atleast_1d(share).ravel()
        columns = []
        for year in range(len(self.coverage))[-(last or len(self.coverage)) :]:
            starts, slopes, offsets = self._hinges_of(year)
            at = np.searchsorted(starts, shares, side="right")
            columns.append(shares * slopes[at] - offsets[at])
        total = np.maximum(0.0, np.column_stack(columns))
        # Rounding must not close a place that was open.
        total = np.maximum.accumulate(total, axis=1)
        return total if np.ndim(share) else total[0]

    def _hinges_of(self, year: int) -> tuple[Floats, Floats, Floats]:
        """Return where municipalities begin to lack places, and what those before add up to."""
        if year not in self._hinges:
            wanted = self._wanted[year]
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                starts = np.where(wanted > 0, self.existing / wanted, np.inf)
            order = np.argsort(starts, kind="stable")
            self._hinges[year] = (
                starts[order], _summed(wanted[order]), _summed(self.existing[order])
            )  # fmt: skip
        return self._hinges[year]


def _summed(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])


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
    places: InUse | None = None,
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
        Places in use, of every year or of the last alone, where they are known already; worked out
        of ``openings`` for every year unless given.
    whole_system
        Whether the plan staffs and runs the places of today too.
    """

    def own(name: str) -> float | Floats:
        return values[f"{service.service}.{name}"]

    share = users_share(service, values)
    used = places or InUse(openings.total(share), 0.0, openings.existing_total)
    more, years = used.more, used.more.shape[-1]
    demand: Floats = np.asarray(openings.people_by_year[-years:] * share)
    costed = more + used.existing if whole_system else more
    opened = np.diff(more, prepend=used.before, axis=-1)
    invested = more[..., -1:] * (own("building_per_place") + own("equipment_per_place"))
    shift = own("hours_per_week") / values["full_time_hours_per_week"]
    staff = {role: costed * shift / own(f"persons_per_{role}") for role in ROLES}
    yearly = _MONTHS * (1 + values["employer_charges_share"]) / _MILLION
    wages = np.sum([staff[role] * values[f"{role}_pay_month"] * yearly for role in ROLES], axis=0)
    jobs = np.sum(list(staff.values()), axis=0)
    return ServicePlan(
        demand=demand,
        target_places=demand * openings.coverage[-years:],
        existing_places=used.existing,
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
        invested_mn=invested[..., 0] / _MILLION,
    )
