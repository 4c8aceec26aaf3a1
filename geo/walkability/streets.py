"""What every edge of a network costs each way of walking: scores, barriers and slopes together."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from data.elevation import Elevation
from data.errors import InputError, Where
from data.tables import METRIC_CRS
from data.texts import Text
from data.walking import WalkProfile
from geo.method import Method
from geo.network import DM_PER_M, Floats, WalkNetwork
from geo.walkability.costs import EdgeCosts, edge_costs, height_points, piece_slopes
from geo.walkability.edges import Pieces, cut_edges, edge_means, face_blocks
from geo.walkability.scores import BlockScores


@dataclass(frozen=True, slots=True)
class StreetCosts:
    """Costs of a network by profile, and how much of it they rest on.

    Parameters
    ----------
    by_profile
        Costs of every edge.
    score
        Shape (edges, profiles), mean score of the blocks faced; NaN is unknown.
    statistics
        Shares of street length: scored, of known slope, impassable by profile.
    """

    by_profile: Mapping[str, EdgeCosts]
    score: Floats
    statistics: dict[str, float]

    def table(self) -> pd.DataFrame:
        """Return ``<profile>_forward_dm`` and ``<profile>_backward_dm``, a row an edge."""
        columns = {}
        for profile, costs in self.by_profile.items():
            columns[f"{profile}_forward_dm"] = costs.forward_dm
            columns[f"{profile}_backward_dm"] = costs.backward_dm
        return pd.DataFrame(columns)


def cost_streets(
    network: WalkNetwork,
    profiles: Mapping[str, WalkProfile],
    method: Method,
    *,
    scores: BlockScores | None,
    outlines: gpd.GeoDataFrame | None,
    elevation: Elevation | None,
) -> StreetCosts:
    """Cost every edge for the profiles of the method.

    Parameters
    ----------
    network
        The walking network.
    profiles
        Profiles by identifier, those of the method at least.
    method
        Distances, steps, general speed, and what barriers do.
    scores
        Scores of blocks for the profiles of the method, in their order, or None without a survey
        of the urban environment.
    outlines
        Outlines of blocks (``cvegeo``, EPSG:4326), needed with scores.
    elevation
        Heights, or None: streets are then flat.

    Raises
    ------
    InputError
        If the heights do not cover any street.
    """
    choice = method.walkability
    length_dm = network.edge_length_dm
    unknown = np.full((len(length_dm), len(choice.profiles)), np.nan)
    score, barrier, faced_share = unknown, unknown, np.zeros(len(length_dm))
    if scores is not None and outlines is not None:
        score, barrier, faced_share = _faced(network, scores, outlines, method)
    scored = faced_share * ~np.isnan(score).all(axis=1)
    statistics = {"walk_scored_share": _share(length_dm, scored)}
    pieces, slope = None, None
    if elevation is not None:
        pieces = cut_edges(network, choice.slope_step_m)
        slope = _slopes(pieces, elevation, choice.slope_step_m)
        known = pieces.length_m[~np.isnan(slope)].sum() / pieces.length_m.sum()
        statistics["walk_slope_known_share"] = round(float(known), 4)
    by_profile = {}
    for index, name in enumerate(choice.profiles):
        profile = profiles[name]
        by_profile[name] = edge_costs(
            length_dm,
            profile,
            general_speed_m_per_min=method.walking.speed_m_per_min,
            score=score[:, index],
            barrier=barrier[:, index] if profile.barrier_items else None,
            faced_share=faced_share,
            barriers=choice.barriers,
            pieces=pieces,
            slope=slope,
        )
        if profile.can_be_stopped:
            stopped = _share(length_dm, by_profile[name].impassable)
            statistics[f"walk_impassable_share_{name}"] = stopped
    return StreetCosts(by_profile, score, statistics)


def _faced(
    network: WalkNetwork, scores: BlockScores, outlines: gpd.GeoDataFrame, method: Method
) -> tuple[Floats, Floats, Floats]:
    """Return score, barrier share and faced share of every edge, from the blocks it faces."""
    drawn = outlines[outlines["cvegeo"].isin(scores.places) & outlines.geometry.notna()]
    rows = scores.places.get_indexer(drawn["cvegeo"])
    facing = face_blocks(
        cut_edges(network, method.walkability.facing_step_m),
        drawn.geometry.to_crs(METRIC_CRS).to_numpy(),
        edges=len(network.edge_length_dm),
        distance_m=method.walkability.facing_m,
    )
    return (
        edge_means(facing, scores.score[rows]),
        edge_means(facing, scores.barrier[rows]),
        facing.faced_share,
    )


def _slopes(pieces: Pieces, elevation: Elevation, baseline_m: float) -> Floats:
    behind, ahead = (
        elevation.heights(points[:, 0], points[:, 1], crs=METRIC_CRS)
        for points in height_points(pieces, baseline_m)
    )
    slope = piece_slopes(pieces, (behind, ahead), baseline_m)
    if np.isnan(slope).all():
        raise InputError(
            Text("El modelo de elevación no cubre ninguna calle",
                 "The elevation model covers no street"),
            where=Where(file=elevation.paths[0]),
            remedy=Text("Dé el modelo de la misma zona, con alturas en metros",
                        "Give the model of the same area, with heights in metres"),
        )  # fmt: skip
    return slope


def _share(length_dm: np.ndarray, parts: np.ndarray) -> float:
    """Return the share of street length, given the share (or a flag) of each edge."""
    length_m = length_dm / DM_PER_M
    return round(float((length_m * parts).sum() / length_m.sum()), 4)
