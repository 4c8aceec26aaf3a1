"""What a person asks of the simulator: services, coverage by year, and changed parameters."""

from collections.abc import Mapping
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
from data.numbers import Number, Whole
from data.texts import Text

CENSUS_YEAR = 2020
LAST_YEAR = 2050
MAX_YEARS = 30
MAX_MUNICIPALITIES = 3000

Share = Annotated[Number, Field(ge=0, le=1, allow_inf_nan=False)]
Year = Annotated[Whole, Field(ge=CENSUS_YEAR, le=LAST_YEAR)]
Code = Annotated[str, Field(pattern=r"^\d{5}$")]


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
        What is spent today on the places the plan costs, millions of pesos of ``price_year`` a
        year; on all of today's where ``whole_system`` is true.
    whole_system
        Whether the plan staffs and runs today's places too, instead of the additional ones alone.
    municipalities
        Codes of those where the plan is carried out; none is all of the atlas.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_year: Year = 2025
    plans: Annotated[tuple[Plan, ...], Field(min_length=1, max_length=20)]
    parameters: Annotated[dict[str, Number], Field(max_length=200)] = {}
    price_year: Whole = 2024
    places: Annotated[str, Field(pattern="^(low|central|high)$")] = "central"
    sector_mode: bool = False
    current_spending_mn: Annotated[Number, Field(ge=0, le=1e9, allow_inf_nan=False)] = 0.0
    whole_system: bool = False
    municipalities: Annotated[tuple[Code, ...], Field(max_length=MAX_MUNICIPALITIES)] = ()

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
            remedy=_remedy(first["type"], first.get("ctx", {})),
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


# What would be right, by pydantic's kind of fault; ``{}`` is the bound it gives.
_REMEDIES: Mapping[str, Text] = {
    "missing": Text("Falta este campo", "This field is missing"),
    "extra_forbidden": Text("No existe ese campo: quítelo", "There is no such field: remove it"),
    "less_than_equal": Text("Debe ser {} o menos", "It must be {} or less"),
    "greater_than_equal": Text("Debe ser {} o más", "It must be {} or more"),
    "finite_number": Text("Debe ser un número finito", "It must be a finite number"),
    "float_type": Text("Debe ser un número", "It must be a number"),
    "float_parsing": Text("Debe ser un número", "It must be a number"),
    "int_type": Text("Debe ser un número entero", "It must be a whole number"),
    "int_parsing": Text("Debe ser un número entero", "It must be a whole number"),
    "int_from_float": Text("Debe ser un número entero", "It must be a whole number"),
    "bool_type": Text("Debe ser verdadero o falso", "It must be true or false"),
    "bool_parsing": Text("Debe ser verdadero o falso", "It must be true or false"),
    "string_type": Text("Debe ser un texto", "It must be a text"),
    "string_pattern_mismatch": Text("Debe tener la forma {}", "It must look like {}"),
    "too_short": Text("Debe tener al menos {}", "It must hold at least {}"),
    "too_long": Text("Debe tener a lo más {}", "It must hold at most {}"),
    "tuple_type": Text("Debe ser una lista", "It must be a list"),
    "dict_type": Text("Debe ser un objeto de clave y valor",
                      "It must be an object of key and value"),
    "model_type": Text("Debe ser un objeto con «plans»", "It must be an object with “plans”"),
}  # fmt: skip


def _remedy(kind: str, context: Mapping[str, object]) -> Text:
    text = _REMEDIES.get(kind, Text("Revise el campo", "Check the field"))
    bounds = ("le", "ge", "pattern", "min_length", "max_length")
    bound = next((context[name] for name in bounds if name in context), "")
    bound = f"{bound:g}" if isinstance(bound, float) else bound
    return Text(text.es.format(bound), text.en.format(bound))


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
                remedy=Text("Los que hay se piden en /simulador",
                            "Those there are can be asked for at /simulador"),
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
