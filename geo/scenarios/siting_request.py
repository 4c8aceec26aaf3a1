"""What is asked when the next centres are to be sited."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.errors import ParameterError, Where
from data.numbers import Number, Whole
from data.texts import Text

MOST_CANDIDATES = 3_000
MOST_SITES = 100
_MOST_PROOF_S = 180.0
_LIMITS: Mapping[str, Text] = {
    "service": Text("Dé un servicio del atlas, como guarderia",
                    "Give a service of the atlas, as guarderia"),
    "goal": Text("Debe ser personas, caminatas o todas", "It must be personas, caminatas or todas"),
    "sites": Text(f"Dé de 1 a {MOST_SITES} sitios", f"Give 1 to {MOST_SITES} sites"),
    "minutes": Text("Dé de 1 a 60 minutos", "Give 1 to 60 minutes"),
    "candidates": Text(
        "Dé manzanas, escuelas o una lista de puntos: id, lon, lat y, si se quiere, cost y places",
        "Give manzanas, escuelas or a list of points: id, lon, lat and, if wanted, cost, places"),
    "place": Text("Dé la clave de un municipio, localidad o AGEB",
                  "Give the code of a municipality, locality or AGEB"),
    "places": Text("Dé un número mayor que 0", "Give a number above 0"),
    "cost": Text("Dé un número mayor que 0", "Give a number above 0"),
    "budget": Text("Dé un número mayor que 0", "Give a number above 0"),
    "equity": Text("Dé de 0 a 10", "Give 0 to 10"),
    "proof_s": Text(f"Dé de 0 a {_MOST_PROOF_S:g} segundos",
                    f"Give 0 to {_MOST_PROOF_S:g} seconds"),
}  # fmt: skip
_Positive = Annotated[Number, Field(gt=0, le=1e12, allow_inf_nan=False)]
Goal = Literal["personas", "caminatas", "todas"]


class Candidate(BaseModel):
    """A point where a centre could be built."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=80)]
    lon: Annotated[Number, Field(ge=-180, le=180, allow_inf_nan=False)]
    lat: Annotated[Number, Field(ge=-90, le=90, allow_inf_nan=False)]
    cost: _Positive | None = None
    places: _Positive | None = None


class SitingRequest(BaseModel):
    """What is to be sited, and by what.

    Parameters
    ----------
    service
        The service; centres of it there are stay where they are.
    goal
        ``personas``: most people newly within ``minutes`` (MCLP); ``caminatas``: least walking
        altogether (p-median); ``todas``: fewest sites that serve all who can be (LSCP).
    sites
        How many sites; not for ``todas``, nor with a budget.
    minutes
        Longest walk that counts as served.
    candidates
        ``manzanas``, ``escuelas`` (public schools) or a list of points.
    place
        Code of a municipality, locality or AGEB: its people and its blocks or schools alone.
    places
        Places of each site (capacity), unless a candidate says its own; only for ``personas``.
    cost, budget
        Cost of each site, unless a candidate says its own, and what may be spent; only for
        ``personas``.
    equity
        0 to 10: how much more those farthest from care today count (worst-off first).
    profile
        Who walks.
    scenario
        A scenario's file that has come true already: its centres are there, or gone.
    proof_s
        Seconds to look for the proof of the best choice; 0 answers at once, with a bound.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: Annotated[str, Field(min_length=1, max_length=40)]
    goal: Goal = "personas"
    sites: Annotated[Whole, Field(ge=1, le=MOST_SITES)] | None = None
    minutes: Annotated[Number, Field(ge=1, le=60, allow_inf_nan=False)] = 15.0
    candidates: Literal["manzanas", "escuelas"] | tuple[Candidate, ...] = "manzanas"
    place: Annotated[str, Field(pattern=r"^\d{2,9}([0-9A-Z]{4})?$")] | None = None
    places: _Positive | None = None
    cost: _Positive | None = None
    budget: _Positive | None = None
    equity: Annotated[Number, Field(ge=0, le=10, allow_inf_nan=False)] = 0.0
    profile: Annotated[str, Field(pattern="^[a-z_]{1,40}$")] = "general"
    scenario: dict[str, Any] | None = None
    proof_s: Annotated[Number, Field(ge=0, le=_MOST_PROOF_S, allow_inf_nan=False)] = 0.0


_RANGES = Text(
    "Vea docs/planning.md: qué lleva una solicitud y entre qué límites",
    "See docs/planning.md: what a request holds, and within which bounds",
)


def read_request(document: object) -> SitingRequest:
    """Return the request a parsed JSON document holds.

    Raises
    ------
    ParameterError
        If a part is missing, unknown or out of range.
    """
    try:
        return SitingRequest.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        names = [str(part)[:40] for part in first["loc"]]
        raise ParameterError(
            Text("Lo que se pide ubicar no es válido", "What is to be sited is not valid"),
            where=Where(column=".".join(names[:4])),
            remedy=_LIMITS.get(names[0] if names else "", _RANGES),
        ) from error


def refused(column: str, remedy: Text) -> ParameterError:
    """Return the error of a request that does not hold together."""
    return ParameterError(
        Text("Lo que se pide ubicar no es válido", "What is to be sited is not valid"),
        where=Where(column=column),
        remedy=remedy,
    )
