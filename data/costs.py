"""Codebooks of the investment simulator: services, their cost parameters, and prices by year."""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from data.errors import InputError, ParameterError, Where
from data.texts import Text

# A price index of 100 in this year, the year of the input-output tables.
BASE_YEAR = 2018
# Parameters that are ratios or shares, with the values they may take; others are amounts ≥ 0.
_SHARES = (
    "need_share", "take_up", "employer_charges_share", "income_tax_share", "tax_to_gdp_share",
    "equipment_domestic_share", "formal_share", "women_share",
)  # fmt: skip
# Parameters of the matrix's sectors are shares too, one for each sector.
_SECTOR_SHARE = "women_share_sector_"
_DIVISORS = (
    "persons_per_carer", "persons_per_professional", "persons_per_support", "places_per_centre",
    "full_time_hours_per_week", "hours_per_week",
)  # fmt: skip
_HOURS_IN_A_WEEK = 168.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedService:
    """A care service the simulator can plan.

    Parameters
    ----------
    service, title
        Identifier and title.
    demand
        Demand variable of the people it is for.
    atlas_service
        Service of the atlas whose places count as today's, or None where none is comparable.
    service_types
        Types of centres of that service which count.
    industry
        Industry of the input-output table it belongs to.
    source
        Where that comes from.
    """

    service: str
    title: Text
    demand: str
    atlas_service: str | None
    service_types: tuple[str, ...]
    industry: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One editable parameter: its value, its plausible range, unit, year of prices and source.

    ``service`` is empty for parameters common to all services.
    """

    service: str
    name: str
    title: Text
    value: float
    low: float
    high: float
    unit: Text
    year: int
    source: Text

    @property
    def key(self) -> str:
        """Name by which a scenario edits it: ``service.name``, or ``name`` if common."""
        return f"{self.service}.{self.name}" if self.service else self.name

    @property
    def is_money(self) -> bool:
        """Whether it is an amount of pesos, which prices of another year change."""
        return self.unit.es.startswith("pesos")


def check_parameter(name: str, value: float) -> None:
    """Refuse a value no parameter of that name can have.

    Raises
    ------
    ParameterError
        If a ratio is not above zero, a share is outside 0–1, or an amount is negative or not a
        number.
    """
    bare = name.rsplit(".", 1)[-1]
    if bare in _SHARES or bare.startswith(_SECTOR_SHARE):
        fits, right = 0 <= value <= 1, Text("Debe estar entre 0 y 1", "It must be within 0–1")
    elif bare in _DIVISORS:
        most = _HOURS_IN_A_WEEK if bare.endswith("per_week") else math.inf
        fits = 0 < value <= most and math.isfinite(value)
        right = Text("Debe ser mayor que cero", "It must be above zero")
    else:
        fits, right = 0 <= value < math.inf, Text("No puede ser negativo", "It cannot be negative")
    if not fits:
        raise ParameterError(
            Text("Un parámetro del simulador no es válido", "A simulator parameter is not valid"),
            where=Where(column=name, value=value),
            remedy=right,
        )


def _rows(name: str) -> list[dict[str, str]]:
    with resources.files("data").joinpath("codebooks", name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@cache
def simulated_services() -> Mapping[str, SimulatedService]:
    """Return the services the simulator can plan, by identifier, in the order people meet them."""
    return {
        row["service"]: SimulatedService(
            service=row["service"],
            title=Text(row["title_es"], row["title_en"]),
            demand=row["demand"],
            atlas_service=row["atlas_service"] or None,
            service_types=tuple(filter(None, row["service_types"].split(";"))),
            industry=row["industry"],
            source=row["source"],
        )
        for row in _rows("simulator_services.csv")
    }


@cache
def cost_parameters() -> Mapping[str, Parameter]:
    """Return every parameter by its key.

    Raises
    ------
    InputError
        If a row's value lies outside its own range, or names an unknown service.
    """
    parameters: dict[str, Parameter] = {}
    titles = {
        row["parameter"]: Text(row["title_es"], row["title_en"])
        for row in _rows("simulator_parameter_names.csv")
    }
    words = {row["es"]: Text(row["es"], row["en"]) for row in _rows("simulator_words.csv")}
    for at, row in enumerate(_rows("simulator_parameters.csv"), start=1):
        parameter = Parameter(
            service=row["service"],
            name=row["parameter"],
            title=titles[row["parameter"]],
            value=float(row["value"]),
            low=float(row["low"]),
            high=float(row["high"]),
            unit=words[row["unit"]],
            year=int(row["year"]),
            source=words[row["source"]],
        )
        known = not parameter.service or parameter.service in simulated_services()
        ordered = parameter.low <= parameter.value <= parameter.high
        if not known or not ordered or parameter.key in parameters:
            raise InputError(
                Text("Fila no válida en los parámetros", "Invalid row of parameters"),
                where=Where(file=Path("simulator_parameters.csv"), row=at, value=parameter.key),
                remedy=Text("Servicio conocido, clave única y mínimo ≤ valor ≤ máximo",
                            "A known service, a unique key and low ≤ value ≤ high"),
            )  # fmt: skip
        for value in (parameter.low, parameter.value, parameter.high):
            check_parameter(parameter.key, value)
        parameters[parameter.key] = parameter
    return parameters


def sector_of(industry: str) -> str:
    """Return the sector of an industry's code: its first two digits, manufacturing being 31."""
    digits = industry[:2]
    return "31" if digits in ("32", "33") else digits


def sector_share_key(industry: str) -> str:
    """Return the key of the share of women among the jobs of an industry's sector."""
    return f"{_SECTOR_SHARE}{sector_of(industry)}"


@cache
def price_index() -> Mapping[int, float]:
    """Return the consumer price index by year, 100 in ``BASE_YEAR`` (annual means, INPC)."""
    level = 100.0
    index = {BASE_YEAR: level}
    for row in _rows("price_index.csv"):
        level *= 1 + float(row["inflation_percent"]) / 100
        index[int(row["year"])] = level
    return index


def price_ratio(from_year: int, to_year: int) -> float:
    """Return what a peso of one year is in pesos of another.

    Raises
    ------
    ParameterError
        If the index does not hold a year.
    """
    index = price_index()
    for year in (from_year, to_year):
        if year not in index:
            raise ParameterError(
                Text("No hay índice de precios de ese año", "There is no price index of that year"),
                where=Where(column="price_year", value=year),
                remedy=Text(f"Hay de {min(index)} a {max(index)}",
                            f"There is one from {min(index)} to {max(index)}"),
            )  # fmt: skip
    return index[to_year] / index[from_year]
