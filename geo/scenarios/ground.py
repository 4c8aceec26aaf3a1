"""What is reached on foot over some streets by some centres, and what of it can have changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import NotComputedError, Where
from data.tables import Level
from data.texts import Text
from geo.demand import SERVICE_DEMAND
from geo.entitled import entitled_mean, mean_by_place
from geo.gaps import summarise_cells
from geo.levels import CODE_COLUMNS, DESERT_LEVELS, with_deserts
from geo.network import DM_PER_M, Attachment
from geo.reach import Standing, reach_columns, score_reach
from geo.scenarios.planning import Flags, Planning, Sites, to_metres
from geo.supply import ServiceSupply
from geo.travel import Scores, WalkGraph, build_graph, walking_times
from geo.walkability.costs import EdgeCosts

GENERAL = "general"
# Sums of the same numbers in another order differ by less than this, relatively.
_SAME, _NOTHING = 1e-9, 1e-12


@dataclass(frozen=True, slots=True)
class Ground:
    """Centres over streets, and what every cell and place reaches.

    Parameters
    ----------
    graph, costs
        The streets as they are walked; None walks their plain length.
    stretch
        Most metres of street walked for the cost of one.
    sites
        The centres.
    scores
        Of every cell, by service, in the order of ``Planning.demand``.
    cells
        The cells of the atlas with their access.
    levels
        Access of the places of each level, ``cvegeo`` the index.
    """

    graph: WalkGraph
    costs: EdgeCosts | None
    stretch: float
    sites: Sites
    scores: Scores
    cells: pd.DataFrame
    levels: Mapping[Level, pd.DataFrame]


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
    sites = planning.sites
    names = tuple(planning.demand)
    supply = supply_of(planning, sites, names)
    scores = score_reach(
        _people(planning, names), supply, graph, Standing(planning.homes, sites.standing),
        planning.method,
    )  # fmt: skip
    cells, _ = _with_access(planning, planning.cells, scores, supply)
    levels = {
        level: _with_place_deserts(
            planning, _summary(planning, cells, level, names, table.index), level, names
        )
        for level, table in planning.places.items()
    }
    return Ground(graph, costs, stretch, sites, scores, cells, levels)


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
) -> tuple[Ground, tuple[str, ...], npt.NDArray[np.intp]]:
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
    graph, stretch = today.graph, today.stretch
    searched: Flags | None = None
    near = np.ones(len(planning.cells), dtype=bool)
    if costs is not today.costs:
        graph, stretch = walked(planning, costs)
    else:
        near = _in_reach(planning, today, sites, changed)
        searched = _around(planning, today, sites, changed)
    supply = supply_of(planning, sites, touched)
    found = score_reach(
        _people(planning, touched), supply, graph, Standing(planning.homes, sites.standing),
        planning.method, searched=searched,
    )  # fmt: skip
    columns = [names.index(name) for name in touched]
    scores = _merged(today.scores, found, columns, near)
    cells, set_ = _with_access(planning, today.cells, _only(scores, columns), supply)
    rows = _differing(today.cells, cells, set_)
    kept = today.cells.copy(deep=False)
    for name in set_:
        values = kept[name].to_numpy(copy=True)
        values[rows] = cells[name].to_numpy()[rows]
        kept[name] = pd.Series(values, index=kept.index, dtype=kept[name].dtype)
    levels = {
        level: _updated(planning, today.levels[level], kept, level, touched, rows)
        for level in today.levels
    }
    return Ground(graph, costs, stretch, sites, scores, kept, levels), touched, rows


def _people(planning: Planning, names: Iterable[str]) -> npt.NDArray[np.float64]:
    demand = planning.demand
    return planning.cells[[demand[name] for name in names]].to_numpy("float64")


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
) -> tuple[tuple[str, ...], npt.NDArray[np.intp]]:
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


def _in_reach(
    planning: Planning, today: Ground, sites: Sites, changed: npt.NDArray[np.intp]
) -> Flags:
    """Return the cells in a catchment of changed centres, where they stood or stand."""
    near = np.zeros(len(planning.cells), dtype=bool)
    old = changed[changed < len(today.sites.table)]
    for standing, rows in ((today.sites.standing, old), (sites.standing, changed)):
        some = Attachment(standing.edge[rows], standing.offset_dm[rows], standing.access_dm[rows])
        times = walking_times(
            today.graph, some, planning.homes, limit_min=_catchment_min(planning),
            speed_m_per_min=planning.method.walking.speed_m_per_min,
        )  # fmt: skip
        near[times.cell] = True
    return near


def _around(
    planning: Planning, today: Ground, sites: Sites, changed: npt.NDArray[np.intp]
) -> Flags:
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


def _only(scores: Scores, columns: list[int]) -> Scores:
    parts = ("nearest_min", "nearest_facility", "centres", "places", "catchment")
    return replace(scores, **{name: getattr(scores, name)[:, columns] for name in parts})


def _with_access(
    planning: Planning, cells: pd.DataFrame, scores: Scores, supply: ServiceSupply
) -> tuple[pd.DataFrame, list[str]]:
    """Return cells with the access of some services and, of whole ones, their deserts.

    With it the names of the columns that were set.
    """
    access = reach_columns(scores, planning.homes, supply, planning.method.walking.thresholds_min)
    joined = pd.concat([cells.drop(columns=access.columns, errors="ignore"), access], axis=1)
    whole = {name: SERVICE_DEMAND[name] for name in supply.services if name in planning.services}
    joined = with_deserts(joined, whole, planning.method)
    names = [*access.columns]
    names += [f"desert_{rule}_{name}" for rule in ("distance", "places") for name in whole]
    for service in dict.fromkeys(service for service, _ in planning.schemes):
        own = [scheme for name, scheme in planning.schemes if name == service]
        people = joined[SERVICE_DEMAND[service]].to_numpy("float64")
        joined[_entitled(service)] = entitled_mean(joined, service, own, people)
        names.append(_entitled(service))
    return joined, names


def _entitled(service: str) -> str:
    return f"e2sfca_entitled_{service}"


def _differing(before: pd.DataFrame, after: pd.DataFrame, names: list[str]) -> npt.NDArray[np.intp]:
    """Return the rows where any of some columns differs beyond the order of sums."""
    differs = np.zeros(len(after), dtype=bool)
    for name in names:
        old, new = before[name], after[name]
        if old.dtype == "float64":
            a, b = old.to_numpy(), new.to_numpy()
            differs |= ~np.isclose(a, b, rtol=_SAME, atol=_NOTHING, equal_nan=True)
        else:
            differs |= old.to_numpy() != new.to_numpy()
    return np.flatnonzero(differs)


def _summary(
    planning: Planning, cells: pd.DataFrame, level: Level, names: Iterable[str], places: pd.Index
) -> pd.DataFrame:
    """Return the access of places, deserts left out, by the same sums as a build."""
    demand = {name: planning.demand[name] for name in names}
    codes = cells[CODE_COLUMNS[level]]
    summary = summarise_cells(
        cells, codes, demand, thresholds_min=planning.method.walking.thresholds_min, places=places
    )
    for service in dict.fromkeys(service for service, _ in planning.schemes):
        name = _entitled(service)
        summary[name] = mean_by_place(cells[name], cells[SERVICE_DEMAND[service]], codes)
    return summary


def _with_place_deserts(
    planning: Planning, summary: pd.DataFrame, level: Level, names: Iterable[str]
) -> pd.DataFrame:
    """Return places marked as deserts, where the level's places can be."""
    if level not in DESERT_LEVELS:
        return summary
    whole = {name: SERVICE_DEMAND[name] for name in names if name in planning.services}
    people = planning.places[level][list(dict.fromkeys(whole.values()))]
    marked = with_deserts(summary.join(people), whole, planning.method)
    return marked.drop(columns=people.columns)


def _updated(
    planning: Planning,
    before: pd.DataFrame,
    cells: pd.DataFrame,
    level: Level,
    names: tuple[str, ...],
    rows: npt.NDArray[np.intp],
) -> pd.DataFrame:
    """Return the access of places, those with changed cells added up again."""
    codes = cells[CODE_COLUMNS[level]]
    touched = pd.Index(sorted(set(codes.iloc[rows].dropna())))
    touched = touched[touched.isin(before.index)]
    if touched.empty:
        return before
    fresh = _summary(planning, cells[codes.isin(touched)], level, names, touched)
    at = before.index.get_indexer(touched)
    after = before.copy(deep=False)
    for name in fresh.columns:
        values = before[name].to_numpy(copy=True)
        values[at] = fresh[name].to_numpy()
        after[name] = pd.Series(values, index=before.index, dtype=before[name].dtype)
    return _with_place_deserts(planning, after, level, names)


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
