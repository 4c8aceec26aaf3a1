"""From a scenario to what it changes."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.tables import Level
from geo.demand import GROUP_DEMAND, SERVICE_DEMAND
from geo.equity import concentration, fgt, gini, palma, theil, used_rows
from geo.gaps import YES, Columns
from geo.network import Floats
from geo.scenarios.apply import apply_changes, opened_ids
from geo.scenarios.ground import Ground, Rows, change_ground, differing, ground_today
from geo.scenarios.local import local_changes
from geo.scenarios.outcome import (
    Deserts,
    EquityOutcome,
    GroupOutcome,
    PlaceOutcome,
    ScenarioOutcome,
    ServiceOutcome,
    Within,
)
from geo.scenarios.planning import WOMEN, Planning
from geo.scenarios.scenario import Scenario

_RANKING = "marginalisation_index"
_RULES = ("distance", "places")
Pair = tuple[float | str | None, float | str | None]


def evaluate(planning: Planning, scenario: Scenario) -> ScenarioOutcome:
    """Return what a scenario changes, exactly as a build with the changed centres would measure it.

    Parameters
    ----------
    planning
        The atlas.
    scenario
        The changes.

    Raises
    ------
    ParameterError, UnknownPlaceError, NotComputedError
        If a change does not fit the atlas.
    """
    today = ground_today(planning, scenario.profile)
    sites, costs = apply_changes(planning, today, scenario)
    after, touched, rows = change_ground(planning, today, sites, costs)
    whole = [name for name in touched if name in planning.services]
    return ScenarioOutcome(
        title=scenario.title,
        version=planning.version,
        profile=scenario.profile,
        changes=len(scenario.changes),
        opened=opened_ids(planning, sites),
        services=tuple(_service(planning, today, after, name, rows) for name in whole),
        groups=tuple(_groups(planning, today, after, whole)),
        places=tuple(_places(planning, today, after)),
        equity=tuple(_equity(planning, today, after, whole, rows)),
        cells=len(rows),
    )


def _floats(ground: Ground, name: str) -> Floats:
    return ground.cells[name].astype("float64", copy=False)


def _service(
    planning: Planning, today: Ground, after: Ground, service: str, rows: Rows
) -> ServiceOutcome:
    people = planning.known_people[SERVICE_DEMAND[service]]
    women = planning.known_people[WOMEN]
    walks = [_floats(ground, f"nearest_min_{service}") for ground in (today, after)]
    places = [_floats(ground, f"e2sfca_{service}") for ground in (today, after)]
    known = ~(np.isnan(places[0]) | np.isnan(places[1]))
    more = less = None
    if known.any():
        changed = np.zeros(len(people), dtype=bool)
        changed[rows] = True
        rise = changed & known & differing(places[0], places[1])
        more = float(people[rise & (places[1] > places[0])].sum())
        less = float(people[rise & (places[1] < places[0])].sum())
    return ServiceOutcome(
        service=service,
        group=planning.services[service].group,
        people=float(people.sum()),
        within=tuple(
            _within(walks, people, women, minutes)
            for minutes in sorted(planning.method.walking.thresholds_min)
        ),
        more_places=more,
        fewer_places=less,
        nearest_min=_means(walks, people),
        e2sfca=_means(places, people),
        deserts=tuple(
            _deserts(planning, today, after, f"desert_{rule}_{service}", rule) for rule in _RULES
        ),
    )


def _within(walks: list[Floats], people: Floats, women: Floats, minutes: float) -> Within:
    near = [walk <= minutes for walk in walks]
    gained, lost = near[1] & ~near[0], near[0] & ~near[1]
    return Within(
        minutes,
        *(float(people[cells].sum()) for cells in (*near, gained, lost)),
        *(float(women[cells].sum()) for cells in (*near, gained, lost)),
    )


def _means(values: list[Floats], people: Floats) -> tuple[float, float]:
    found = []
    for value in values:
        used = ~np.isnan(value) & (people > 0)
        found.append(float(np.average(value[used], weights=people[used])) if used.any() else np.nan)
    return found[0], found[1]


def _deserts(planning: Planning, today: Ground, after: Ground, column: str, rule: str) -> Deserts:
    service = column.removeprefix(f"desert_{rule}_")
    people = planning.known_people[SERVICE_DEMAND[service]]
    counted = [float(people[ground.cells[column] == YES].sum()) for ground in (today, after)]
    removed: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    if Level.AGEB in today.levels:
        was, is_ = (ground.levels[Level.AGEB][column] == YES for ground in (today, after))
        codes = planning.places[Level.AGEB].index
        removed, created = tuple(codes[was & ~is_]), tuple(codes[is_ & ~was])
    return Deserts(rule, counted[0], counted[1], removed, created)


def _groups(
    planning: Planning, today: Ground, after: Ground, services: list[str]
) -> Iterator[GroupOutcome]:
    minutes = min(planning.method.walking.thresholds_min)
    for group, demand in GROUP_DEMAND.items():
        own = [name for name in services if planning.services[name].group == group]
        if not own:
            continue
        people = planning.known_people[demand]
        gained = lost = np.zeros(len(people), dtype=bool)
        for name in own:
            was, is_ = (_floats(g, f"nearest_min_{name}") <= minutes for g in (today, after))
            gained, lost = gained | (is_ & ~was), lost | (was & ~is_)
        yield GroupOutcome(
            group, float(people.sum()), float(people[gained].sum()), float(people[lost].sum())
        )


def _places(planning: Planning, today: Ground, after: Ground) -> Iterator[PlaceOutcome]:
    supply = local_changes(planning, after.sites)
    for level, table in planning.places.items():
        codes = table.index.to_numpy(dtype=object)
        every = np.arange(len(codes))
        found = _differences(today.levels[level], after.levels[level], codes, every)
        rows, was, is_ = supply[level]
        for code, columns in _differences(was, is_, codes, rows).items():
            found.setdefault(code, {}).update(columns)
        names = table["name"] if "name" in table else pd.Series(index=table.index, dtype="object")
        for code in sorted(found):
            name = names.get(code)
            yield PlaceOutcome(
                level.value, code, name if isinstance(name, str) else None, found[code]
            )


def _differences(
    before: Columns, after: Columns, codes: npt.NDArray[np.object_], rows: Rows
) -> dict[str, dict[str, Pair]]:
    """Return by code the columns that differ, with their value before and after.

    ``rows`` says which codes the columns are of.
    """
    changed: dict[str, dict[str, Pair]] = {}
    for column, old in before.items():
        new = after[column]
        if new is old:
            continue
        for at in np.flatnonzero(differing(old, new)).tolist():
            pair = (_plain(old[at]), _plain(new[at]))
            changed.setdefault(codes[rows[at]], {})[column] = pair
    return changed


def _plain(value: object) -> float | str | None:
    if isinstance(value, str):
        return value
    return float(value) if isinstance(value, float) and not np.isnan(value) else None


def _equity(
    planning: Planning, today: Ground, after: Ground, services: list[str], rows: Rows
) -> Iterator[EquityOutcome]:
    if Level.MUNICIPALITY not in planning.places:
        return
    codes = planning.places[Level.MUNICIPALITY].index
    row_in = planning.row_in[Level.MUNICIPALITY]
    for at in np.unique(row_in[rows]):
        inside = np.flatnonzero(row_in == at) if at >= 0 else np.zeros(0, dtype=np.intp)
        for service in services:
            before = _unequal(planning, today, service, inside)
            found = _unequal(planning, after, service, inside)
            if before and found:
                pairs = {name: (value, found[name]) for name, value in before.items()}
                yield EquityOutcome(str(codes[at]), service, pairs)


def _unequal(planning: Planning, ground: Ground, service: str, cells: Rows) -> Mapping[str, float]:
    """Return the statistics of places per person over some cells; none where nobody is known."""
    people = planning.known_people[SERVICE_DEMAND[service]][cells]
    access = _floats(ground, f"e2sfca_{service}")[cells]
    rank = np.full(len(cells), np.nan)
    if _RANKING in planning.cells:
        rank = planning.cells[_RANKING].to_numpy("float64")[cells]
    used = used_rows(access, weights=people)
    line = 1.0 / planning.method.deserts.children_per_place
    return _statistics(access[used], people[used], rank[used], line)


def _statistics(access: Floats, people: Floats, rank: Floats, line: float) -> Mapping[str, float]:
    if not len(access):
        return {}
    measures: dict[str, Callable[[], float]] = {
        "mean": lambda: float(np.average(access, weights=people)),
        "gini": lambda: gini(access, people),
        "theil": lambda: theil(access, people),
        "fgt0": lambda: fgt(access, people, line, alpha=0),
        "fgt1": lambda: fgt(access, people, line, alpha=1),
        "fgt2": lambda: fgt(access, people, line, alpha=2),
    }
    if not np.isnan(rank).all():
        measures |= {
            "palma": lambda: palma(access, people, rank),
            "concentration": lambda: concentration(access, people, rank),
        }
    return {name: measure() for name, measure in measures.items()}
