"""From people and a coverage path to places, centres, staff, pay and investment, year by year."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.costs import SimulatedService

Floats = npt.NDArray[np.float64]

ROLES = ("carer", "professional", "support")
_MONTHS = 12
_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """What one service needs in each of y years.

    Parameters
    ----------
    demand, target_places
        People who would use it, and places the coverage asks for.
    existing_places
        Places there are today, the same every year.
    additional_places
        Places in use beyond today's.
    new_places, new_centres
        Places and centres opened in the year.
    staff
        Full-time jobs by role, of the additional places.
    wages_mn, inputs_mn
        Pay with employers' charges, and other running costs, millions of pesos a year.
    building_mn, equipment_mn
        Investment of the year, millions of pesos.
    """

    demand: Floats
    target_places: Floats
    existing_places: float
    additional_places: Floats
    new_places: Floats
    new_centres: Floats
    staff: Mapping[str, Floats]
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


def plan_service(
    service: SimulatedService,
    people: Floats,
    coverage: Floats,
    existing_places: float,
    values: Mapping[str, float],
) -> ServicePlan:
    """Plan one service.

    ``D_t = P_t · need · take-up``; ``C_t = cov_t · D_t``; additional places
    ``max(0, max_{s ≤ t} C_s − C_today)``: a centre once opened stays; new places are the yearly
    growth of those. Staff of a role ``J = places · (hours / full-time hours) / persons per
    worker``; pay ``W = J · monthly pay · 12 · (1 + charges)``; running cost W + inputs per place;
    investment = new places · (building + equipment).

    Parameters
    ----------
    service
        The service.
    people
        Shape (y,): people of the group each year.
    coverage
        Shape (y,): share of users with a place.
    existing_places
        Places there are today.
    values
        Every parameter by its key, money in pesos of one year.
    """

    def own(name: str) -> float:
        return values[f"{service.service}.{name}"]

    demand = people * own("need_share") * own("take_up")
    target = demand * coverage
    additional = np.maximum(0.0, np.maximum.accumulate(target) - existing_places)
    opened = np.diff(additional, prepend=0.0)
    shift = own("hours_per_week") / values["full_time_hours_per_week"]
    staff = {role: additional * shift / own(f"persons_per_{role}") for role in ROLES}
    yearly = _MONTHS * (1 + values["employer_charges_share"]) / _MILLION
    wages = np.sum([staff[role] * values[f"{role}_pay_month"] * yearly for role in ROLES], axis=0)
    return ServicePlan(
        demand=demand,
        target_places=target,
        existing_places=existing_places,
        additional_places=additional,
        new_places=opened,
        new_centres=opened / own("places_per_centre"),
        staff=staff,
        wages_mn=wages,
        inputs_mn=additional * own("inputs_per_place_year") / _MILLION,
        building_mn=opened * own("building_per_place") / _MILLION,
        equipment_mn=opened * own("equipment_per_place") / _MILLION,
    )
