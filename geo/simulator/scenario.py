"""What a person asks of the simulator: services, coverage by year, and changed parameters."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.costs import (
    Parameter,
    SimulatedService,
    check_parameter,
    cost_parameters,
    price_ratio,
    simulated_services,
)
from data.errors import ParameterError, Where
from data.texts import Text

CENSUS_YEAR = 2020
LAST_YEAR = 2050
MAX_YEARS = 30

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Year = Annotated[int, Field(ge=CENSUS_YEAR, le=LAST_YEAR)]


class Plan(BaseModel):
    """The coverage of one service, year by year from the scenario's first year.

    ``coverage`` is the share of potential users (demand × need × take-up) with a place.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    coverage: Annotated[tuple[Share, ...], Field(min_length=1, max_length=MAX_YEARS)]


class Scenario(BaseModel):
    """A service proposal to be costed.

    Parameters
    ----------
    first_year
        First year of the coverage paths, from the census on.
    plans
        One for each service proposed.
    parameters
        Values that replace the codebook's, by key (``guarderia_0_2.persons_per_carer``).
    price_year
        Year whose pesos results are given in.
    places
        Which estimate of today's places counts: ``low``, ``central`` or ``high``.
    sector_mode
        Whether direct jobs and pay come from the matrix's sector, instead of the staffing model.
    current_spending_mn
        What is spent on these services today, millions of pesos of ``price_year`` a year.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_year: Year = 2025
    plans: Annotated[tuple[Plan, ...], Field(min_length=1, max_length=20)]
    parameters: Annotated[dict[str, float], Field(max_length=200)] = {}
    price_year: int = 2024
    places: Annotated[str, Field(pattern="^(low|central|high)$")] = "central"
    sector_mode: bool = False
    current_spending_mn: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] = 0.0

    @property
    def years(self) -> tuple[int, ...]:
        """Every year any service is planned for."""
        longest = max(len(plan.coverage) for plan in self.plans)
        return tuple(range(self.first_year, self.first_year + longest))

    @property
    def services(self) -> tuple[SimulatedService, ...]:
        """The services planned, in the scenario's order."""
        known = simulated_services()
        return tuple(known[plan.service] for plan in self.plans)


def check_scenario(content: object) -> Scenario:
    """Return a scenario from what a person sent.

    Parameters
    ----------
    content
        A mapping, as parsed from JSON.

    Raises
    ------
    ParameterError
        At the first field that is unknown or outside its range, named.
    """
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ParameterError(
            Text("El escenario no es válido", "The scenario is not valid"),
            where=Where(column=".".join(str(part) for part in first["loc"]),
                        value=_short(first.get("input"))),
            remedy=Text(f"Corríjalo: {first['msg']}", f"Mend it: {first['msg']}"),
        ) from error  # fmt: skip
    _check_names(scenario)
    price_ratio(scenario.price_year, scenario.price_year)
    if scenario.years[-1] > LAST_YEAR:
        raise ParameterError(
            Text("El horizonte del escenario es demasiado largo", "The horizon is too long"),
            where=Where(column="plans.coverage", value=scenario.years[-1]),
            remedy=Text(f"Debe terminar a más tardar en {LAST_YEAR}",
                        f"It must end by {LAST_YEAR}"),
        )  # fmt: skip
    return scenario


def _short(value: object) -> object:
    return value if isinstance(value, (int, float, str)) else type(value).__name__


def _check_names(scenario: Scenario) -> None:
    named = [plan.service for plan in scenario.plans]
    known = simulated_services()
    for at, service in enumerate(named):
        if service not in known or service in named[:at]:
            raise ParameterError(
                Text("Servicio desconocido o repetido", "Unknown or repeated service"),
                where=Where(column=f"plans.{at}.service", value=service),
                remedy=Text(f"Hay: {', '.join(known)}", f"There are: {', '.join(known)}"),
            )
    for key, value in scenario.parameters.items():
        if key not in cost_parameters():
            raise ParameterError(
                Text("Parámetro desconocido", "Unknown parameter"),
                where=Where(column="parameters", value=key),
                remedy=Text("Los que hay se piden en /simulador/parametros",
                            "Those there are can be asked for at /simulador/parametros"),
            )  # fmt: skip
        check_parameter(key, value)


def parameter_values(scenario: Scenario) -> dict[str, float]:
    """Return the value of every parameter, money in pesos of the scenario's price year.

    Values a scenario sets are taken to be in its own price year already.
    """
    return {
        key: scenario.parameters.get(key, _in_year(parameter, parameter.value, scenario.price_year))
        for key, parameter in cost_parameters().items()
    }


def _in_year(parameter: Parameter, value: float, year: int) -> float:
    return value * price_ratio(parameter.year, year) if parameter.is_money else value


def parameter_ranges(scenario: Scenario) -> dict[str, tuple[float, float]]:
    """Return the plausible range of each parameter in use, in pesos of the price year.

    A value the scenario sets outside its range widens it to hold that value.
    """
    values = parameter_values(scenario)
    services = {plan.service for plan in scenario.plans}
    ranges = {}
    for key, parameter in cost_parameters().items():
        if parameter.service and parameter.service not in services:
            continue
        low, high = (
            _in_year(parameter, bound, scenario.price_year)
            for bound in (parameter.low, parameter.high)
        )
        ranges[key] = (min(low, values[key]), max(high, values[key]))
    return ranges
