"""What is reached on foot over some streets by some centres, and what of it can have changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import NotComputedError, Where
from data.tables import Level
from data.texts import Text
from geo.added_up import sum_cells, summed_columns
from geo.demand import SERVICE_DEMAND
from geo.entitled import entitled_column, entitled_mean, mean_by_position
from geo.gaps import Columns, desert_columns
from geo.levels import DESERT_LEVELS
from geo.network import DM_PER_M, Attachment
from geo.reach import Standing, reach_arrays, score_reach, sized_services
from geo.scenarios.planning import Flags, Planning, Sites, to_metres
from geo.supply import ServiceSupply
from geo.travel import Cells, Scores, WalkGraph, build_graph, place_cells, walking_times
from geo.walkability.costs import EdgeCosts

GENERAL = "general"
Rows = npt.NDArray[np.intp]
# Sums of the same numbers in another order differ by less than this, relatively.
_SAME, _NOTHING = 1e-9, 1e-12


@dataclass(frozen=True, slots=True)
class Ground:
    """Centres over streets, and what every cell and place reaches.

    Parameters
    ----------
    graph, costs
        The streets as they are walked; None walks their plain length.
    placed
        The cells on them.
    stretch
        Most metres of street walked for the cost of one.
    sites
        The centres.
    sized
        Of which services, in the order of ``Planning.demand``, places can be told.
    scores
        Of every cell, by those services.
    cells
        Access of every cell. A column nothing changed is the same array in another ground.
    levels
        Access of the places of each level, in the order of ``Planning.places``; likewise.
    """

    graph: WalkGraph
    costs: EdgeCosts | None
    placed: Cells
    stretch: float
    sites: Sites
    sized: Mapping[str, bool]
    scores: Scores
    cells: Columns
    levels: Mapping[Level, Columns]


def ground_today(planning: Planning, profile: str) -> Ground:
    """Return an atlas's ground as it is, for a way of walking; made once."""
    found = planning.grounds.get(profile)
    if found is None:
        costs = None if profile == GENERAL else _profile_costs(planning, profile)
        with planning.making:
            found = planning.grounds.get(profile)
            if found is None:
                found = measure_ground(planning, costs)
                planning.grounds[profile] = found
    assert isinstance(found, Ground)  # noqa: S101 — nothing else is put there
    return found


def measure_ground(planning: Planning, costs: EdgeCosts | None) -> Ground:
    """Return an atlas's ground over streets of some costs, everything measured."""
    graph, stretch = walked(planning, costs)
    placed = place_cells(graph, planning.homes)
    sites = planning.sites
    names = tuple(planning.demand)
    supply = supply_of(planning, sites, names)
    scores = score_reach(
        _people(planning, names), supply, graph, Standing(planning.homes, sites.standing),
        planning.method, placed=placed,
    )  # fmt: skip
    sized = sized_services(supply)
    every = np.arange(len(planning.cells))
    cells = _access(planning, {}, scores, sized, every)
    levels = {
        level: _summary(planning, cells, level, names, np.arange(len(table)))
        for level, table in planning.places.items()
    }
    return Ground(graph, costs, placed, stretch, sites, sized, scores, cells, levels)


def walked(planning: Planning, costs: EdgeCosts | None) -> tuple[WalkGraph, float]:
    """Return the graph of streets at their costs, and the metres walked at most for one."""
    if costs is None:
        return build_graph(planning.network), 1.0
    length = planning.network.edge_length_dm
    cheapest = 1.0
    for way in (costs.forward_dm, costs.backward_dm):
        open_ = way > 0
        if open_.any():
            cheapest = max(cheapest, float((length[open_] / way[open_]).max()))
    return build_graph(planning.network, costs.forward_dm, costs.backward_dm), cheapest


def supply_of(planning: Planning, sites: Sites, names: Iterable[str]) -> ServiceSupply:
    """Return who offers the named services or schemes of services."""
    base = list(planning.services)
    pairs = {f"{service}_{scheme}": (service, scheme) for service, scheme in planning.schemes}
    schemes = sites.table["scheme"].to_numpy()
    services, offers, columns = {}, [], []
    for name in names:
        service, scheme = pairs.get(name, (name, None))
        at = base.index(service)
        offered = sites.offers[:, at]
        services[name] = planning.services[service]
        offers.append(offered if scheme is None else offered & (schemes == scheme))
        columns.append(at)
    offering = np.column_stack(offers) if offers else np.zeros((len(schemes), 0), dtype=bool)
    places = (
        np.where(offering, sites.places[bound][:, columns], np.nan)
        for bound in ("low", "central", "high")
    )
    return ServiceSupply(services, offering, *places)


def change_ground(
    planning: Planning, today: Ground, sites: Sites, costs: EdgeCosts | None
) -> tuple[Ground, tuple[str, ...], Rows]:
    """Return the ground with other centres or streets, measuring only what can change.

    The ratio of a centre (``R_j = S_j / Σ_k P_k f_kj``) hangs on people and streets, not on other
    centres. So a centre that opens, closes, moves or is resized changes the scores of the cells in
    its own catchments, before and after; those are added up anew from all the centres that reach
    them, which lie within two catchments of it. The nearest centre is looked for again everywhere.
    Where streets change, every catchment is.

    Returns
    -------
    ground, services, rows
        The other ground; the services (or schemes of services) measured again; and the rows of
        cells where anything differs.
    """
    names = tuple(planning.demand)
    before, after = (supply_of(planning, item, names) for item in (today.sites, sites))
    moved = _moved(today.sites, sites)
    touched, changed = _touched(before, after, moved, anew=costs is not today.costs)
    if not touched:
        return replace(today, sites=sites), (), np.zeros(0, dtype=np.intp)
    graph, placed, stretch = today.graph, today.placed, today.stretch
    searched: Flags | None = None
    near = np.ones(len(planning.cells), dtype=bool)
    if costs is not today.costs:
        graph, stretch = walked(planning, costs)
        placed = place_cells(graph, planning.homes)
    else:
        near = _in_reach(planning, today, sites, changed)
        searched = _around(planning, today, sites, changed)
    supply = supply_of(planning, sites, touched)
    found = score_reach(
        _people(planning, touched), supply, graph, Standing(planning.homes, sites.standing),
        planning.method, searched=searched, placed=placed,
    )  # fmt: skip
    columns = [names.index(name) for name in touched]
    scores = _merged(today.scores, found, columns, near)
    sized = sized_services(supply)
    if any(today.sized[name] != told for name, told in sized.items()):
        near[:] = True
    rows = np.flatnonzero(near | _nearest_differs(today.scores, scores, columns))
    fresh = _access(planning, today.cells, _only(scores, columns, rows), sized, rows)
    differs = _differing(today.cells, fresh, rows)
    rows = rows[differs]
    cells = _written(today.cells, {name: fresh[name][differs] for name in fresh}, rows)
    levels = {
        level: _updated(planning, today.levels[level], cells, level, touched, rows)
        for level in today.levels
    }
    changed_ground = Ground(
        graph, costs, placed, stretch, sites, {**today.sized, **sized}, scores, cells, levels
    )
    return changed_ground, touched, rows


def _people(planning: Planning, names: Iterable[str]) -> npt.NDArray[np.float64]:
    return np.column_stack([planning.people[planning.demand[name]] for name in names])


def _moved(before: Sites, after: Sites) -> Flags:
    """Say which of the centres there were stand elsewhere now."""
    count = len(before.table)
    parts = (
        getattr(before.standing, part) != getattr(after.standing, part)[:count]
        for part in ("edge", "offset_dm", "access_dm")
    )
    return np.logical_or.reduce(list(parts))


def _touched(
    before: ServiceSupply, after: ServiceSupply, moved: Flags, *, anew: bool
) -> tuple[tuple[str, ...], Rows]:
    """Return the services some centre of which changes, and those centres' rows."""
    old, count = len(before.offers), len(after.offers)
    offered = np.zeros_like(after.offers)
    offered[:old] = before.offers
    size = np.full(after.offers.shape, np.nan)
    size[:old] = before.central
    same_size = (size == after.central) | (np.isnan(size) & np.isnan(after.central))
    elsewhere = np.zeros(count, dtype=bool)
    elsewhere[:old] = moved
    differs = (offered != after.offers) | (after.offers & ~same_size)
    differs |= elsewhere[:, None] & (offered | after.offers)
    services = differs.any(axis=0) | anew
    names = tuple(name for name, is_ in zip(after.services, services, strict=True) if is_)
    return names, np.flatnonzero(differs.any(axis=1))


def _catchment_min(planning: Planning) -> float:
    method = planning.method
    return max(*method.walking.thresholds_min, *method.catchment.limits_min)


def _in_reach(planning: Planning, today: Ground, sites: Sites, changed: Rows) -> Flags:
    """Return the cells in a catchment of changed centres, where they stood or stand."""
    near = np.zeros(len(planning.cells), dtype=bool)
    old = changed[changed < len(today.sites.table)]
    was, is_ = today.sites.standing, sites.standing
    both = Attachment(
        np.r_[was.edge[old], is_.edge[changed]],
        np.r_[was.offset_dm[old], is_.offset_dm[changed]],
        np.r_[was.access_dm[old], is_.access_dm[changed]],
    )
    times = walking_times(
        today.graph, both, planning.homes, limit_min=_catchment_min(planning),
        speed_m_per_min=planning.method.walking.speed_m_per_min, placed=today.placed,
    )  # fmt: skip
    near[times.cell] = True
    return near


def _around(planning: Planning, today: Ground, sites: Sites, changed: Rows) -> Flags:
    """Return the centres within two catchments, in a straight line, of a changed one.

    Who reaches a cell that a changed centre reaches is no farther than that from it: no walk is
    shorter than the straight line, but for streets walked at more than the general speed.
    """
    reach_m = 2 * _catchment_min(planning) * planning.speed_dm_per_min / DM_PER_M * today.stretch
    x, y = to_metres(sites.table["lon"].to_numpy("float64"), sites.table["lat"].to_numpy("float64"))
    old = changed[changed < len(today.sites.table)]
    was = today.sites.table.iloc[old]
    from_x, from_y = to_metres(was["lon"].to_numpy("float64"), was["lat"].to_numpy("float64"))
    around = np.zeros(len(x), dtype=bool)
    for at_x, at_y in zip(np.r_[from_x, x[changed]], np.r_[from_y, y[changed]], strict=True):
        around |= np.hypot(x - at_x, y - at_y) <= reach_m + 1.0
    return around


def _merged(old: Scores, new: Scores, columns: list[int], near: Flags) -> Scores:
    """Return scores with new ones in some columns: sums near the change, nearest everywhere."""

    def summed(name: str) -> np.ndarray:
        values: np.ndarray = getattr(old, name).copy()
        for at, column in enumerate(columns):
            values[near, column] = getattr(new, name)[near, at]
        return values

    nearest, facility = old.nearest_min.copy(), old.nearest_facility.copy()
    nearest[:, columns], facility[:, columns] = new.nearest_min, new.nearest_facility
    return replace(
        old, nearest_min=nearest, nearest_facility=facility, centres=summed("centres"),
        places=summed("places"), catchment=summed("catchment"),
    )  # fmt: skip


def _nearest_differs(old: Scores, new: Scores, columns: list[int]) -> Flags:
    was, is_ = old.nearest_min[:, columns], new.nearest_min[:, columns]
    differs: Flags = ((was != is_) & ~(np.isnan(was) & np.isnan(is_))).any(axis=1)
    return differs


def _only(scores: Scores, columns: list[int], rows: Rows) -> Scores:
    parts = ("nearest_min", "nearest_facility", "centres", "places", "catchment")
    at = np.ix_(rows, np.array(columns))
    return replace(scores, **{name: getattr(scores, name)[at] for name in parts})


def _access(
    planning: Planning, today: Columns, scores: Scores, sized: Mapping[str, bool], rows: Rows
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the access of some cells to some services and, of whole services, their deserts.

    Parameters
    ----------
    planning
        The atlas.
    today
        Access of all cells before, of those schemes whose scores are not given.
    scores
        Of the cells in ``rows``, for the services of ``sized`` in its order.
    sized
        Of which services places can be told.
    rows
        The cells.
    """
    thresholds = planning.method.walking.thresholds_min
    found = reach_arrays(scores, planning.homes.attached[rows], sized, thresholds)
    whole = planning.whole(sized)
    people = {name: planning.people[name][rows] for name in whole.values()}
    found |= _deserts(planning, {**found, **people}, whole, planning.cell_limits)
    for service, schemes in _schemes_of(planning, sized).items():
        own: dict[str, npt.NDArray[np.generic]] = {}
        for scheme in schemes:
            name = f"e2sfca_{service}_{scheme}"
            own[name] = found[name] if name in found else today[name][rows]
            entitled = entitled_column(service, scheme)
            own[entitled] = planning.people[entitled][rows]
        everyone = planning.people[SERVICE_DEMAND[service]][rows]
        found[_entitled(service)] = entitled_mean(own, service, schemes, everyone)
    return found


def _schemes_of(planning: Planning, names: Iterable[str]) -> dict[str, list[str]]:
    """Return all schemes of the services of which a scheme is among some names."""
    own = set(names)
    touched = {service for service, scheme in planning.schemes if f"{service}_{scheme}" in own}
    return {
        service: [scheme for name, scheme in planning.schemes if name == service]
        for service in sorted(touched)
    }


def _entitled(service: str) -> str:
    return f"e2sfca_entitled_{service}"


def _deserts(
    planning: Planning, table: Columns, whole: Mapping[str, str], limits: Mapping[str, float]
) -> dict[str, npt.NDArray[np.generic]]:
    rules = planning.method.deserts
    return desert_columns(
        table, whole, limits=limits, distance_min=rules.distance_min,
        persons_per_place=rules.children_per_place,
    )  # fmt: skip


def differing(before: npt.NDArray[np.generic], after: npt.NDArray[np.generic]) -> Flags:
    """Say where a column differs beyond the order of sums; unknown equals unknown."""
    if before.dtype != np.float64:
        return np.asarray(before != after, dtype=bool)
    old, new = before.astype("float64", copy=False), after.astype("float64", copy=False)
    unequal: Flags = (old != new) & ~(np.isnan(old) & np.isnan(new))
    # Few differ at all, and only those need be measured.
    at = np.flatnonzero(unequal)
    unequal[at] = ~np.isclose(old[at], new[at], rtol=_SAME, atol=_NOTHING)
    return unequal


def _differing(before: Columns, after: Columns, rows: Rows) -> Flags:
    """Say which of some rows of a table differ in any of the columns given for them."""
    differs = np.zeros(len(rows), dtype=bool)
    for name, values in after.items():
        differs |= differing(before[name][rows], values)
    return differs


def _written(before: Columns, fresh: Columns, rows: Rows) -> dict[str, npt.NDArray[np.generic]]:
    """Return columns with other values in some rows; those without a change are the same arrays."""
    after = dict(before)
    for name, values in fresh.items():
        if len(rows) and differing(before[name][rows], values).any():
            column = before[name].copy()
            column[rows] = values
            after[name] = column
    return after


def _summary(
    planning: Planning, cells: Columns, level: Level, names: Iterable[str], places: Rows
) -> dict[str, npt.NDArray[np.generic]]:
    """Return the access of some places, by the same sums as a build.

    Parameters
    ----------
    planning
        The atlas.
    cells
        Access of all cells.
    level, places
        The rows of the level's table, in the order wanted.
    names
        The services, or schemes of services.
    """
    number = np.full(len(planning.places[level]), -1)
    number[places] = np.arange(len(places))
    row_in = planning.row_in[level]
    position = np.where(row_in >= 0, number[row_in], -1)
    inside = np.flatnonzero(position >= 0)
    position = position[inside]
    demand = {name: planning.demand[name] for name in names}
    thresholds = planning.method.walking.thresholds_min
    every = {**planning.people, **cells}
    part = {name: every[name][inside] for name in summed_columns(every, demand, thresholds)}
    found = sum_cells(part, position, len(places), demand, thresholds_min=thresholds)
    for service in _schemes_of(planning, demand):
        people = planning.people[SERVICE_DEMAND[service]][inside]
        values = cells[_entitled(service)][inside].astype("float64", copy=False)
        found[_entitled(service)] = mean_by_position(values, people, position, len(places))
    if level in DESERT_LEVELS:
        whole = planning.whole(demand)
        table = planning.places[level]
        people_of = {name: table[name].to_numpy("float64")[places] for name in whole.values()}
        found |= _deserts(planning, {**found, **people_of}, whole, planning.place_limits[level])
    return found


def _updated(
    planning: Planning,
    before: Columns,
    cells: Columns,
    level: Level,
    names: tuple[str, ...],
    rows: Rows,
) -> Columns:
    """Return the access of places, those with changed cells added up again."""
    touched = np.unique(planning.row_in[level][rows])
    touched = touched[touched >= 0]
    return _written(before, _summary(planning, cells, level, names, touched), touched)


def _profile_costs(planning: Planning, profile: str) -> EdgeCosts:
    names = [f"{profile}_{way}_dm" for way in ("forward", "backward")]
    try:
        table = pd.read_parquet(planning.costs, columns=names)
    except (OSError, ValueError, LookupError) as error:
        raise NotComputedError(
            Text(f"El atlas no tiene el perfil «{profile[:40]}»",
                 f"The atlas does not have the profile “{profile[:40]}”"),
            where=Where(column="profile"),
            remedy=Text("Use general o un perfil del atlas", "Use general or one of its profiles"),
        ) from error  # fmt: skip
    return EdgeCosts.of(table, profile)
