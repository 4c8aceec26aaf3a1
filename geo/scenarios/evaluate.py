"""From a scenario to what it changes."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.tables import Level
from geo.demand import GROUP_DEMAND, SERVICE_DEMAND
from geo.equity import concentration, fgt, gini, palma, theil, used_rows
from geo.gaps import YES
from geo.levels import CODE_COLUMNS
from geo.network import Floats
from geo.scenarios.apply import apply_changes, opened_ids
from geo.scenarios.ground import Ground, change_ground, ground_today
from geo.scenarios.local import local_supply, moved_codes
from geo.scenarios.outcome import (
    Deserts,
    EquityOutcome,
    GroupOutcome,
    PlaceOutcome,
    ScenarioOutcome,
    ServiceOutcome,
    Within,
)
from geo.scenarios.planning import Planning
from geo.scenarios.scenario import Scenario

_WOMEN = "women_12_plus"
_RANKING = "marginalisation_index"
# Differences below this, relatively, come from the order of sums.
_SAME, _NOTHING = 1e-9, 1e-12
_RULES = ("distance", "places")
Pair = tuple[float | str | None, float | str | None]
Rows = npt.NDArray[np.intp]


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
        opened=tuple(opened_ids(sites)),
        services=tuple(_service(planning, today, after, name, rows) for name in whole),
        groups=tuple(_groups(planning, today, after, whole)),
        places=tuple(_places(planning, today, after)),
        equity=tuple(_equity(planning, today, after, whole, rows)),
        cells=len(rows),
    )


def _amounts(cells: pd.DataFrame, name: str) -> Floats:
    return cells[name].fillna(0.0).to_numpy("float64")


def _service(
    planning: Planning, today: Ground, after: Ground, service: str, rows: Rows
) -> ServiceOutcome:
    people = _amounts(planning.cells, SERVICE_DEMAND[service])
    women = _amounts(planning.cells, _WOMEN)
    walks = [g.cells[f"nearest_min_{service}"].to_numpy("float64") for g in (today, after)]
    places = [g.cells[f"e2sfca_{service}"].to_numpy("float64") for g in (today, after)]
    known = ~(np.isnan(places[0]) | np.isnan(places[1]))
    more = less = None
    if known.any():
        changed = np.zeros(len(people), dtype=bool)
        changed[rows] = True
        rise = changed & known & ~np.isclose(places[0], places[1], rtol=_SAME, atol=0.0)
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
        deserts=tuple(_deserts(today, after, service, rule, people) for rule in _RULES),
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


def _deserts(today: Ground, after: Ground, service: str, rule: str, people: Floats) -> Deserts:
    column = f"desert_{rule}_{service}"
    counted = [
        float(people[ground.cells[column].to_numpy() == YES].sum()) for ground in (today, after)
    ]
    removed: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    if Level.AGEB in today.levels:
        was, is_ = (g.levels[Level.AGEB][column] == YES for g in (today, after))
        removed = tuple(was.index[was & ~is_])
        created = tuple(was.index[is_ & ~was])
    return Deserts(rule, counted[0], counted[1], removed, created)


def _groups(
    planning: Planning, today: Ground, after: Ground, services: list[str]
) -> Iterator[GroupOutcome]:
    minutes = min(planning.method.walking.thresholds_min)
    for group, demand in GROUP_DEMAND.items():
        own = [name for name in services if planning.services[name].group == group]
        if not own:
            continue
        people = _amounts(planning.cells, demand)
        gained = lost = np.zeros(len(people), dtype=bool)
        for name in own:
            was, is_ = (
                g.cells[f"nearest_min_{name}"].to_numpy() <= minutes for g in (today, after)
            )
            gained, lost = gained | (is_ & ~was), lost | (was & ~is_)
        yield GroupOutcome(
            group, float(people.sum()), float(people[gained].sum()), float(people[lost].sum())
        )


def _places(planning: Planning, today: Ground, after: Ground) -> Iterator[PlaceOutcome]:
    codes = moved_codes(planning.sites, after.sites)
    supply = local_supply(planning, planning.sites), local_supply(planning, after.sites, codes)
    for level, table in planning.places.items():
        names = table["name"] if "name" in table else pd.Series(index=table.index, dtype="object")
        found = _differences(today.levels[level], after.levels[level])
        near = table.index[table.index.isin(supply[1].index)]
        for code, columns in _differences(supply[0].loc[near], supply[1].loc[near]).items():
            found.setdefault(code, {}).update(columns)
        for code in sorted(found):
            name = names.get(code)
            yield PlaceOutcome(
                level.value, code, name if isinstance(name, str) else None, found[code]
            )


def _differences(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, dict[str, Pair]]:
    """Return by code the columns that differ, with their value before and after."""
    changed: dict[str, dict[str, Pair]] = {}
    codes = before.index.to_numpy()
    for column in before:
        if before[column].dtype == "float64":
            old, new = before[column].to_numpy(), after[column].to_numpy()
            differs = ~np.isclose(old, new, rtol=_SAME, atol=_NOTHING, equal_nan=True)
        else:
            old, new = (table[column].to_numpy(dtype=object) for table in (before, after))
            differs = old != new
        for row in np.flatnonzero(differs).tolist():
            pair = (_plain(old[row]), _plain(new[row]))
            changed.setdefault(str(codes[row]), {})[str(column)] = pair
    return changed


def _plain(value: object) -> float | str | None:
    if isinstance(value, str):
        return value
    return float(value) if isinstance(value, float) and not np.isnan(value) else None


def _equity(
    planning: Planning, today: Ground, after: Ground, services: list[str], rows: Rows
) -> Iterator[EquityOutcome]:
    codes = planning.cells[CODE_COLUMNS[Level.MUNICIPALITY]]
    line = 1.0 / planning.method.deserts.children_per_place
    rank = np.full(len(codes), np.nan)
    if _RANKING in planning.cells:
        rank = planning.cells[_RANKING].to_numpy("float64")
    for code in sorted(set(codes.iloc[rows].dropna())):
        inside = (codes == code).to_numpy()
        for service in services:
            people = _amounts(planning.cells, SERVICE_DEMAND[service])
            found = []
            for ground in (today, after):
                access = ground.cells[f"e2sfca_{service}"].to_numpy("float64")
                used = inside & used_rows(access, weights=people)
                found.append(_statistics(access[used], people[used], rank[used], line))
            if found[0] and found[1]:
                pairs = {name: (value, found[1][name]) for name, value in found[0].items()}
                yield EquityOutcome(code, service, pairs)


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
