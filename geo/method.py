"""Parameters of the method: what changes numbers, kept apart from settings of a deployment."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.errors import MissingInputError, ParameterError, Where
from data.texts import Text
from data.walking import walk_profiles

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
ScianClass = Annotated[str, Field(pattern=r"^\d{6}$")]


def _known_profiles(profiles: tuple[str, ...]) -> tuple[str, ...]:
    unknown = sorted(set(profiles) - set(walk_profiles()))
    if unknown or len(set(profiles)) != len(profiles):
        message = f"profiles must be different ones of {', '.join(walk_profiles())}"
        raise ValueError(message)
    return profiles


Profiles = Annotated[tuple[str, ...], AfterValidator(_known_profiles)]


class _Parameters(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Walking(_Parameters):
    """How people walk.

    ``speed_m_per_min`` on the street and on the way to it; ``limit_min``, the longest walk
    searched; ``max_access_m``, the farthest a point may lie from the street it is attached to;
    ``thresholds_min``, the times within which centres and places are counted.
    """

    speed_m_per_min: Positive
    limit_min: Positive
    max_access_m: Positive
    thresholds_min: tuple[Positive, ...]


class Catchment(_Parameters):
    """Step weights of the enhanced two-step floating catchment area, by walking minutes."""

    limits_min: tuple[Positive, ...]
    weights: tuple[Positive, ...]

    @model_validator(mode="after")
    def _paired_and_rising(self) -> Self:
        if len(self.limits_min) != len(self.weights):
            message = "limits_min and weights must have the same length"
            raise ValueError(message)
        if list(self.limits_min) != sorted(set(self.limits_min)):
            message = "limits_min must rise"
            raise ValueError(message)
        return self


class Deserts(_Parameters):
    """Limits of the two published rules of care deserts."""

    distance_min: Positive
    children_per_place: Positive


class Supply(_Parameters):
    """Which centres count, and from how far outside the place they are walked to."""

    optional_classes: tuple[ScianClass, ...]
    neighbour_buffer_m: Positive


class Walkability(_Parameters):
    """Streets as they are.

    ``profiles`` to compute; ``facing_m``, how far from the middle of a street the blocks along it
    lie; ``facing_step_m`` and ``slope_step_m``, how often streets are looked at and over what
    distance slopes are taken; ``barriers``, whether a barrier stops a profile or slows it.
    """

    profiles: Profiles
    facing_m: Positive
    facing_step_m: Positive
    slope_step_m: Positive
    barriers: Literal["impassable", "slowed"]


class DemandParameters(_Parameters):
    """How demand is derived from the counts of the census.

    ``year``: that of the census, or one to carry its pattern to by CONAPO's projections.
    ``care_weights``: a preset or a file of weights by age; empty leaves out the care load.
    ``entitlement``: people entitled to a scheme by the share affiliated in their cell
    (``cell_share``), or by national rates by age (``age_rates``) of the file
    ``entitlement_rates``.
    """

    year: Annotated[int, Field(ge=2010, le=2100)]
    care_weights: str
    entitlement: Literal["cell_share", "age_rates"]
    entitlement_rates: str

    @model_validator(mode="after")
    def _rates_given(self) -> Self:
        if self.entitlement == "age_rates" and not self.entitlement_rates:
            message = (
                "age_rates needs entitlement_rates, a CSV of rates by age; there is no default"
            )
            raise ValueError(message)
        return self


class Participation(_Parameters):
    """How participation is set against care.

    ``permutations`` and ``seed`` of the p values; ``false_discovery`` of local clusters;
    ``ageb_touch_m`` and ``place_touch_m``, outlines this near are neighbours; up to
    ``likelihood_places`` spatial models are estimated by maximum likelihood; ``covariate_known``,
    share of places a covariate must be known in; ``urban_from``, people of an urban locality.
    """

    permutations: Annotated[int, Field(ge=99, le=99_999)]
    false_discovery: Annotated[float, Field(gt=0, lt=1)]
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    ageb_touch_m: Positive
    place_touch_m: Positive
    likelihood_places: Annotated[int, Field(ge=0, le=10_000)]
    covariate_known: Annotated[float, Field(gt=0, le=1)]
    urban_from: Positive


class Sensitivity(_Parameters):
    """What a sensitivity analysis varies besides decay and estimate of places.

    ``minutes``, reaches of the catchment; ``profiles``, ways of walking beside the plain one.
    """

    minutes: tuple[Positive, ...]
    profiles: Profiles


class Method(_Parameters):
    """Every parameter of the method."""

    walking: Walking
    catchment: Catchment
    deserts: Deserts
    supply: Supply
    walkability: Walkability
    demand: DemandParameters
    participation: Participation
    sensitivity: Sensitivity

    @model_validator(mode="after")
    def _limits_agree(self) -> Self:
        longest = max(
            [*self.walking.thresholds_min, *self.catchment.limits_min, *self.sensitivity.minutes]
        )
        if longest > self.walking.limit_min:
            message = f"walking.limit_min must be at least {longest:g}"
            raise ValueError(message)
        return self


def for_year(method: Method, year: int | None) -> Method:
    """Return the method with its demand carried to a year; None leaves it as it is."""
    if year is None:
        return method
    demand = method.demand.model_copy(update={"year": year})
    return method.model_copy(update={"demand": demand})


def load_method(path: Path | None = None) -> Method:
    """Read the parameters of the method.

    Parameters
    ----------
    path
        A TOML file that replaces some of the published defaults, or None for the defaults.

    Returns
    -------
    Method
        The validated parameters.

    Raises
    ------
    MissingInputError
        If the file does not exist.
    ParameterError
        If it is not TOML, or a parameter is unknown or outside its range.
    """
    values = tomllib.loads(resources.files("geo").joinpath("method.toml").read_text("utf-8"))
    if path is not None:
        _merge(values, _read(path))
    try:
        return Method.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ParameterError(
            Text("Un parámetro del método no es válido", "A parameter of the method is not valid"),
            where=Where(
                file=path,
                column=".".join(str(part) for part in first["loc"]),
                value=first.get("input"),
            ),
            remedy=Text(f"Corrija el parámetro: {first['msg']}", f"Mend it: {first['msg']}"),
        ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise MissingInputError(
            Text("No existe el archivo de método", "The method file does not exist"),
            where=Where(file=path),
            remedy=Text("Revise la ruta de --method", "Check the path given to --method"),
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(
            Text("El archivo de método no es TOML", "The method file is not TOML"),
            where=Where(file=path),
            remedy=Text(f"Corríjalo: {error}", f"Mend it: {error}"),
        ) from error


def _merge(values: dict[str, Any], changes: dict[str, Any]) -> None:
    for section, parameters in changes.items():
        if isinstance(parameters, dict) and isinstance(values.get(section), dict):
            values[section].update(parameters)
        else:
            values[section] = parameters
