"""What can be reached on foot from every cell: one search, every service and threshold."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.tables import GEOGRAPHIC_CRS, METRIC_CRS
from geo.access import NOT_COMPUTED, OUT_OF_REACH, REACHES
from geo.demand import SERVICE_DEMAND
from geo.method import Method
from geo.network import Attachment, Floats, StreetFinder, WalkNetwork
from geo.supply import ServiceSupply
from geo.travel import Cells, Scores, WalkGraph, build_graph, score
from geo.walkability.costs import EdgeCosts

# Places in reach are given only for services whose centres have known places at least this often.
MIN_SIZED_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Standing:
    """Where cells and centres stand on the network, one row each of their tables."""

    cells: Attachment
    centres: Attachment


def stand_on(
    network: WalkNetwork,
    cells: pd.DataFrame,
    centres: gpd.GeoDataFrame,
    *,
    max_access_m: float,
    least_component_m: float | None = None,
) -> Standing:
    """Attach cells and centres to the nearest street.

    Parameters
    ----------
    network
        The walking network.
    cells
        Demand cells with ``lon``, ``lat``.
    centres
        Facilities.
    max_access_m
        Points farther from any street are not attached.
    least_component_m
        Total length from which streets cut off from the rest count; None asks it of the network,
        which is right where it is not a part of a longer one.
    """
    finder = StreetFinder(network, least_component_m=least_component_m)
    points = centres.geometry.to_crs(METRIC_CRS)
    return Standing(
        cells=finder.attach(*_metres(cells), max_distance_m=max_access_m),
        centres=finder.attach(
            points.x.to_numpy(), points.y.to_numpy(), max_distance_m=max_access_m
        ),
    )


def measure_reach(
    cells: pd.DataFrame,
    supply: ServiceSupply,
    network: WalkNetwork,
    standing: Standing,
    method: Method,
    *,
    costs: EdgeCosts | None = None,
    demand: Mapping[str, str] = SERVICE_DEMAND,
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Walk from every centre to every cell and score what each cell reaches.

    Parameters
    ----------
    cells
        Demand cells with the demand of each service.
    supply
        Which centres, those of neighbouring places included, offer which service, with how many
        places.
    network
        The walking network.
    standing
        Where those cells and centres stand on it.
    method
        Walking speed, limits, thresholds and catchment weights.
    costs
        What each edge costs a way of walking; None walks its plain length.
    demand
        Column of ``cells`` with the people each service is for.

    Returns
    -------
    access, statistics
        One row a cell: ``reach_``, ``nearest_min_``, ``centres_<T>min_``, ``places_<T>min_`` and
        ``e2sfca_`` of each service. A cell that is not attached to a street has no values and the
        state ``no_calculado``; one with no centre within the limit has ``fuera_de_alcance``. With
        them, what was measured of the network and of the way to it.
    """
    graph = (
        build_graph(network)
        if costs is None
        else build_graph(network, costs.forward_dm, costs.backward_dm)
    )
    people = cells[[demand[name] for name in supply.services]].to_numpy("float64")
    scores = score_reach(people, supply, graph, standing, method)
    statistics = {
        **network.statistics,
        **_attachment_statistics("cells", standing.cells),
        **_attachment_statistics("centres", standing.centres),
    }
    return reach_columns(scores, standing.cells, supply, method.walking.thresholds_min), statistics


def score_reach(
    people: Floats,
    supply: ServiceSupply,
    graph: WalkGraph,
    standing: Standing,
    method: Method,
    *,
    searched: npt.NDArray[np.bool_] | None = None,
    placed: Cells | None = None,
) -> Scores:
    """Score every cell by the parameters of the method (:func:`geo.travel.score`).

    Parameters
    ----------
    people
        Shape (cells, services): the people each service is for; NaN where unknown.
    supply, graph, standing, method
        As in :func:`measure_reach`.
    searched
        Shape (centres,): whose catchments are added up; None is all.
    placed
        The cells on this graph, where they were placed before.
    """
    return score(
        graph,
        standing.centres,
        standing.cells,
        offers=supply.offers,
        supply=supply.central,
        demand=people,
        limit_min=method.walking.limit_min,
        thresholds_min=method.walking.thresholds_min,
        weight_limits_min=method.catchment.limits_min,
        weights=method.catchment.weights,
        speed_m_per_min=method.walking.speed_m_per_min,
        searched=searched,
        placed=placed,
    )


def _metres(cells: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return where cells are in EPSG:6372; NaN where that is not known."""
    known = (cells["lon"].notna() & cells["lat"].notna()).to_numpy()
    placed = gpd.GeoSeries(
        gpd.points_from_xy(cells["lon"][known], cells["lat"][known], crs=GEOGRAPHIC_CRS)
    ).to_crs(METRIC_CRS)
    x, y = np.full(len(cells), np.nan), np.full(len(cells), np.nan)
    x[known], y[known] = placed.x, placed.y
    return x, y


def reach_columns(
    scores: Scores, homes: Attachment, supply: ServiceSupply, thresholds: tuple[float, ...]
) -> pd.DataFrame:
    """Return scores as the columns of cells that :func:`measure_reach` describes."""
    sized = sized_services(supply)
    frame = pd.DataFrame(reach_arrays(scores, homes.attached, sized, thresholds))
    states = [f"reach_{service}" for service in supply.services]
    return frame.astype(dict.fromkeys(states, "str"))


def reach_arrays(
    scores: Scores,
    measured: npt.NDArray[np.bool_],
    sized: Mapping[str, bool],
    thresholds: tuple[float, ...],
) -> dict[str, npt.NDArray[np.generic]]:
    """Return those columns of some cells.

    Parameters
    ----------
    scores
        Of the cells, for the services in the order of ``sized``.
    measured
        Which of the cells stand on a street.
    sized
        Of which services places can be told (:func:`sized_services`).
    thresholds
        Minutes of the cumulative columns.
    """
    columns: dict[str, npt.NDArray[np.generic]] = {}
    states = np.array([OUT_OF_REACH, REACHES, NOT_COMPUTED], dtype=object)
    for index, (service, told) in enumerate(sized.items()):
        nearest = scores.nearest_min[:, index]
        columns[f"reach_{service}"] = states[np.where(measured, ~np.isnan(nearest), 2)]
        columns[f"nearest_min_{service}"] = np.where(measured, nearest, np.nan)
        for at, threshold in enumerate(thresholds):
            counted = scores.centres[:, index, at].astype("float64")
            columns[f"centres_{threshold:g}min_{service}"] = np.where(measured, counted, np.nan)
            places = scores.places[:, index, at]
            columns[f"places_{threshold:g}min_{service}"] = np.where(
                measured & told, places, np.nan
            )
        columns[f"e2sfca_{service}"] = np.where(measured & told, scores.catchment[:, index], np.nan)
    return columns


def sized_services(supply: ServiceSupply) -> dict[str, bool]:
    """Say of each service whether its centres' places are known often enough for their sums."""
    return {
        service: supply.sized.get(service, mostly_sized(supply, index))
        for index, service in enumerate(supply.services)
    }


def mostly_sized(supply: ServiceSupply, index: int) -> bool:
    """Say whether enough centres of a service have known places for sums to mean anything."""
    places = supply.central[supply.offers[:, index], index]
    return len(places) > 0 and float(np.mean(~np.isnan(places))) >= MIN_SIZED_SHARE


def _attachment_statistics(name: str, attachment: Attachment) -> dict[str, float]:
    attached = attachment.attached
    access_m = attachment.access_dm[attached] / 10
    found = {f"{name}_attached_share": round(float(attached.mean()), 4) if len(attached) else 0.0}
    if len(access_m):
        found[f"{name}_access_median_m"] = round(float(np.median(access_m)), 1)
        found[f"{name}_access_p95_m"] = round(float(np.quantile(access_m, 0.95)), 1)
    return found
