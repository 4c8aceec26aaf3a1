"""Where the next centres of a service should go, asked of an atlas."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.classification import default_codebooks
from data.errors import ParameterError, UnknownPlaceError, Where
from data.texts import Text
from geo.access import TravelTimes
from geo.demand import SERVICE_DEMAND
from geo.levels import CODE_COLUMNS
from geo.network import Attachment, Floats
from geo.scenarios.apply import apply_changes
from geo.scenarios.ground import Ground, change_ground, ground_today
from geo.scenarios.planning import Planning, to_metres
from geo.scenarios.scenario import read_scenario
from geo.scenarios.siting_request import MOST_CANDIDATES, SitingRequest, refused
from geo.siting import (
    SitingProblem,
    SitingResult,
    fewest_sites,
    most_people,
    most_people_within_budget,
    most_places_used,
    shortest_walks,
    tighten_bound,
    worst_off_weights,
)
from geo.siting.exact import (
    prove_fewest_sites,
    prove_most_people,
    prove_most_people_within_budget,
    prove_most_places_used,
    prove_shortest_walks,
)
from geo.travel import walking_times

_SCHOOLS = ("611112", "611122", "611172")
# Rounds of prices of the bound: well under a second for a city.
_ROUNDS = 150
_NOT_BOTH = Text(
    "Dé presupuesto o lugares por sitio, no ambos", "Give a budget or places of each site, not both"
)
_NOT_BOTH_EITHER = Text(
    "Dé presupuesto o número de sitios, no ambos", "Give a budget or a number of sites, not both"
)
_NOT_WEIGHTED = Text(
    "Los lugares cuentan personas, que la equidad pondera: dé una de las dos cosas",
    "Places count people, which equity weighs: give one of the two",
)
_FEWEST = Text(
    "La meta «todas» busca el menor número de sitios: no lo dé",
    "The goal “todas” looks for the fewest sites: leave their number out",
)
_NO_CANDIDATES = Text(
    "Ahí no hay candidatos: dé una lista de puntos",
    "There are no candidates there: give a list of points",
)


@dataclass(frozen=True, slots=True)
class ChosenSite:
    """A site: where it is, whom it would newly serve, and whom it reaches.

    ``gain`` is people newly served, those of earlier sites not counted again (of ``caminatas``,
    minutes of walking it spares all together); ``reached`` is everybody within the minutes, with
    ``women`` of 12 and over in the same homes, in ``cells`` cells.
    """

    id: str
    lon: float
    lat: float
    ageb: str | None
    gain: float
    reached: float
    women: float
    cells: int


@dataclass(frozen=True, slots=True)
class SitingAnswer:
    """Chosen sites and how good they are.

    Parameters
    ----------
    version, service, goal, minutes, profile
        What was asked, and of which atlas version.
    sites
        The best first.
    unit
        Of objective, bound and gains: ``personas``, ``personas_ponderadas`` (worst-off first),
        ``personas_minuto`` or ``sitios``.
    objective, bound, gap, proved, method
        As in :class:`geo.siting.SitingResult`; the gap is relative.
    people, served_before, served_after
        People of the service, and how many are within the minutes before and after.
    out_of_reach
        People no candidate could serve.
    candidates, offered
        Candidates weighed, and how many there were before thinning.
    scenario
        The sites as a scenario's file.
    """

    version: str
    service: str
    goal: str
    minutes: float
    profile: str
    sites: tuple[ChosenSite, ...]
    unit: str
    objective: float
    bound: float
    gap: float
    proved: bool
    method: str
    people: float
    served_before: float
    served_after: float
    out_of_reach: float
    candidates: int
    offered: int
    scenario: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Candidates on the streets; ``offered`` counts them before thinning."""

    table: pd.DataFrame
    standing: Attachment
    offered: int


def choose_sites(planning: Planning, request: SitingRequest) -> SitingAnswer:
    """Return where the next centres should go.

    Raises
    ------
    ParameterError
        If what is asked contradicts itself, there are no candidates, or nobody lives there.
    UnknownPlaceError
        If no cell lies in the place.
    LimitError
        If there are too many candidates.
    """
    _check(planning, request)
    today = _ground(planning, request)
    people = _people(planning, request)
    candidates = _candidates(planning, request)
    problem = _problem(planning, today, request, people, candidates)
    result = _solve(problem, request)
    return _answer(planning, request, people, candidates, problem, result)


def _check(planning: Planning, request: SitingRequest) -> None:
    if request.service not in planning.services:
        known = ", ".join(planning.services)
        raise refused("service", Text(f"El atlas mide: {known}", f"The atlas measures: {known}"))
    limit = planning.method.walking.limit_min
    if request.minutes > limit:
        raise refused("minutes", Text(f"Dé hasta {limit:g}", f"Give up to {limit:g}"))
    only = Text("Solo con la meta «personas»", "Only with the goal “personas”")
    for name in ("places", "budget"):
        if getattr(request, name) is not None and request.goal != "personas":
            raise refused(name, only)
    if request.budget is not None and request.places is not None:
        raise refused("budget", _NOT_BOTH)
    if request.budget is not None and request.sites is not None:
        raise refused("sites", _NOT_BOTH_EITHER)
    own = () if isinstance(request.candidates, str) else request.candidates
    sized = request.places is not None or any(one.places is not None for one in own)
    if request.equity > 0 and sized:
        raise refused("equity", _NOT_WEIGHTED)
    if request.goal == "todas" and request.sites is not None:
        raise refused("sites", _FEWEST)


def _ground(planning: Planning, request: SitingRequest) -> Ground:
    """Return what is reached today, or once the request's scenario has come true."""
    today = ground_today(planning, request.profile)
    if request.scenario is None:
        return today
    scenario = read_scenario(request.scenario)
    sites, costs = apply_changes(planning, today, scenario)
    return change_ground(planning, today, sites, costs)[0]


def _people(planning: Planning, request: SitingRequest) -> Floats:
    """Return the people of each cell of the place; those elsewhere count nothing."""
    people = planning.cells[SERVICE_DEMAND[request.service]].fillna(0.0).to_numpy("float64")
    people = np.where(planning.homes.attached, people, 0.0)
    if request.place is not None:
        inside = _inside(planning, request.place)
        if not inside.any():
            raise UnknownPlaceError(
                Text(f"En «{request.place}» no hay celdas de demanda",
                     f"There are no demand cells in “{request.place}”"),
                where=Where(column="place"),
                remedy=Text("Dé la clave de un municipio, localidad o AGEB del atlas",
                            "Give the code of a municipality, locality or AGEB of the atlas"),
            )  # fmt: skip
        people = np.where(inside, people, 0.0)
    if not people.sum() > 0:
        raise ParameterError(
            Text("Ahí no vive nadie de las edades o condición del servicio",
                 "Nobody of the service's ages or condition lives there"),
            where=Where(column="place"),
            remedy=Text("Elija otro lugar u otro servicio", "Choose another place or service"),
        )  # fmt: skip
    return people


def _inside(planning: Planning, place: str) -> npt.NDArray[np.bool_]:
    levels = {level.code_length: column for level, column in CODE_COLUMNS.items()}
    column = levels.get(len(place))
    if column is None:
        return np.zeros(len(planning.cells), dtype=bool)
    return (planning.cells[column] == place).to_numpy(dtype=bool)


def _candidates(planning: Planning, request: SitingRequest) -> _Candidates:
    table = _points(planning, request)
    offered = len(table)
    if isinstance(request.candidates, str) and offered > MOST_CANDIDATES:
        # Codes run through AGEB and blocks, so every so many of them are spread over the ground.
        at = np.linspace(0, offered - 1, MOST_CANDIDATES).round().astype(int)
        table = table.iloc[at].reset_index(drop=True)
    if offered == 0:
        raise refused("candidates", _NO_CANDIDATES)
    x, y = to_metres(table["lon"].to_numpy("float64"), table["lat"].to_numpy("float64"))
    access_m = planning.method.walking.max_access_m
    standing = planning.finder.attach(x, y, max_distance_m=access_m)
    off = np.flatnonzero(~standing.attached)
    if len(off) and not isinstance(request.candidates, str):
        name = str(table["id"].iloc[off[0]])[:80]
        raise ParameterError(
            Text(f"El candidato «{name}» está fuera del atlas: no hay calles a {access_m:g} m",
                 f"Candidate “{name}” is outside the atlas: no street within {access_m:g} m"),
            where=Where(row=int(off[0]) + 1, column="candidates"),
            remedy=Text("Quítelo o corrija longitud y latitud",
                        "Leave it out or mend its longitude and latitude"),
        )  # fmt: skip
    return _Candidates(table, standing, offered)


def _points(planning: Planning, request: SitingRequest) -> pd.DataFrame:
    if not isinstance(request.candidates, str):
        if len(request.candidates) > MOST_CANDIDATES:
            most = f"{MOST_CANDIDATES:,}"
            raise refused(
                "candidates",
                Text(
                    f"Se aceptan hasta {most} candidatos", f"Up to {most} candidates are accepted"
                ),
            )
        return pd.DataFrame(
            [candidate.model_dump() for candidate in request.candidates],
            columns=["id", "lon", "lat", "cost", "places"],
        )
    if request.candidates == "escuelas":
        table = planning.sites.table
        own = table["own"].to_numpy(dtype=bool) & table["scian"].isin(_SCHOOLS).to_numpy()
        found = table[own]
        if request.place is not None:
            codes = found[["municipality", "locality", "ageb"]]
            found = found[(codes == request.place).any(axis=1)]
        chosen = pd.DataFrame(
            {"id": found["facility_id"], "lon": found["lon"], "lat": found["lat"]}
        )
    else:
        cells = planning.cells
        kept = (cells["kind"] == "manzana").to_numpy() & planning.homes.attached
        if request.place is not None:
            kept &= _inside(planning, request.place)
        found = cells[kept].sort_values("cell_id")
        chosen = pd.DataFrame({"id": found["cell_id"], "lon": found["lon"], "lat": found["lat"]})
    return chosen.assign(cost=None, places=None).reset_index(drop=True)


def _problem(
    planning: Planning,
    today: Ground,
    request: SitingRequest,
    people: Floats,
    candidates: _Candidates,
) -> SitingProblem:
    pairs = walking_times(
        today.graph, candidates.standing, planning.homes, limit_min=request.minutes,
        speed_m_per_min=planning.method.walking.speed_m_per_min, placed=today.placed,
    )  # fmt: skip
    count = len(candidates.table)
    times = TravelTimes(
        cell=pairs.cell,
        facility=np.repeat(np.arange(count, dtype=np.int32), np.diff(pairs.first)),
        minutes=pairs.minutes,
        n_cells=len(people),
        n_facilities=count,
    )
    nearest = today.cells[f"nearest_min_{request.service}"].astype("float64", copy=False)
    weighted = people
    if request.equity > 0:
        weighted = worst_off_weights(people, nearest, strength=request.equity)
    return SitingProblem(
        times, weighted, nearest, request.minutes,
        cost=_own(candidates, "cost", request.cost, needed=request.budget is not None),
        capacity=_own(candidates, "places", request.places, needed=False),
    )  # fmt: skip


def _own(
    candidates: _Candidates, name: str, default: float | None, *, needed: bool
) -> Floats | None:
    """Return a candidate's own figure or the default; None where neither is given."""
    values = candidates.table[name].astype("float64")
    if default is not None:
        values = values.fillna(default)
    if values.isna().all() and not needed:
        return None
    if values.isna().any():
        raise refused(
            name,
            Text("Falta en algún candidato: dé uno por candidato o uno para todos",
                 "A candidate lacks it: give one for each candidate or one for all"),
        )  # fmt: skip
    return values.to_numpy("float64")


def _solve(problem: SitingProblem, request: SitingRequest) -> SitingResult:
    sites, seconds = min(request.sites or 1, problem.candidates), request.proof_s
    if request.goal == "todas":
        found = fewest_sites(problem)
        if seconds > 0 and not found.proved:
            found = prove_fewest_sites(problem, seconds=seconds)
    elif request.goal == "caminatas":
        found = shortest_walks(problem, sites)
        if seconds > 0 and not found.proved:
            found = prove_shortest_walks(problem, sites, seconds=seconds)
    elif request.budget is not None:
        found = most_people_within_budget(problem, request.budget)
        if seconds > 0 and not found.proved:
            found = prove_most_people_within_budget(
                problem, request.budget, seconds=seconds, start=found
            )
    elif problem.capacity is not None:
        found = most_places_used(problem, sites)
        if seconds > 0 and not found.proved:
            found = prove_most_places_used(problem, sites, seconds=seconds, start=found)
    else:
        found = _most_people(problem, sites, seconds)
    return found


def _most_people(problem: SitingProblem, sites: int, seconds: float) -> SitingResult:
    found = most_people(problem, sites)
    if not found.proved:
        found = tighten_bound(problem, found, sites, rounds=_ROUNDS)
    if seconds > 0 and not found.proved:
        found = prove_most_people(problem, sites, seconds=seconds, start=found)
    return found


def _answer(
    planning: Planning,
    request: SitingRequest,
    people: Floats,
    candidates: _Candidates,
    problem: SitingProblem,
    result: SitingResult,
) -> SitingAnswer:
    women = planning.cells["women_12_plus"].fillna(0.0).to_numpy("float64")
    before = problem.served_already
    after = problem.served_by(result.sites)
    reachable = before.copy()
    reachable[problem.cell] = True
    sites = tuple(
        _site(planning, candidates, problem, people, women, site, gain)
        for site, gain in zip(result.sites, result.gains, strict=True)
    )
    unit = "personas" if request.equity == 0 else "personas_ponderadas"
    unit = {"caminatas": "personas_minuto", "todas": "sitios"}.get(request.goal, unit)
    return SitingAnswer(
        version=planning.version,
        service=request.service,
        goal=request.goal,
        minutes=request.minutes,
        profile=request.profile,
        sites=sites,
        unit=unit,
        objective=result.objective,
        bound=result.bound,
        gap=result.gap,
        proved=bool(result.proved),
        method=result.method,
        people=float(people.sum()),
        served_before=float(people[before].sum()),
        served_after=float(people[after].sum()),
        out_of_reach=float(people[~reachable].sum()),
        candidates=len(candidates.table),
        offered=candidates.offered,
        scenario=_scenario(request, sites, candidates, result),
    )


def _site(
    planning: Planning,
    candidates: _Candidates,
    problem: SitingProblem,
    people: Floats,
    women: Floats,
    site: int,
    gain: float,
) -> ChosenSite:
    row = candidates.table.iloc[site]
    cells = problem.cells_of(site)
    lon, lat = float(row["lon"]), float(row["lat"])
    return ChosenSite(
        id=str(row["id"]),
        lon=lon,
        lat=lat,
        ageb=planning.area_of(lon, lat),
        gain=float(gain),
        reached=float(people[cells].sum()),
        women=float(women[cells].sum()),
        cells=len(cells),
    )


def _scenario(
    request: SitingRequest,
    sites: tuple[ChosenSite, ...],
    candidates: _Candidates,
    result: SitingResult,
) -> dict[str, Any]:
    features = []
    for site, at in zip(sites, result.sites, strict=True):
        own = candidates.table["places"].iloc[at]
        places = own if isinstance(own, float) and not np.isnan(own) else request.places
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [site.lon, site.lat]},
                "properties": {
                    "change": "abrir", "services": [request.service], "places": places,
                    "name": f"Sitio {site.id}",
                },
            }
        )  # fmt: skip
    title = default_codebooks().services[request.service].title.es
    about = {"title": f"Sitios: {title}", "profile": request.profile}
    return {"type": "FeatureCollection", "scenario": about, "features": features}
