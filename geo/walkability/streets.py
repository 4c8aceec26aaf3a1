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
from geo.network import DM_PER_M, Floats, Integers, WalkNetwork
from geo.walkability.costs import (
    EdgeCosts,
    edge_costs,
    height_points,
    mean_by_edge,
    piece_slopes,
)
from geo.walkability.edges import Pieces, cut_edges, edge_means, face_blocks
from geo.walkability.scores import BlockScores

# Statistics of streets: share of their length whose blocks are scored, and whose slope is known.
SCORED = "walk_scored_share"
SLOPE_KNOWN = "walk_slope_known_share"


@dataclass(frozen=True, slots=True)
class StreetCosts:
    """Costs of a network by profile, and how much of it they rest on.

    Parameters
    ----------
    by_profile
        Costs of every edge.
    score
        Shape (edges, profiles), mean score of the blocks faced; NaN is unknown.
    shares
        A row an edge, a column a statistic: the share of its length that is scored, of known slope
        (where there are heights), impassable by profile.
    """

    by_profile: Mapping[str, EdgeCosts]
    score: Floats
    shares: pd.DataFrame

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

    """
    choice = method.walkability
    length_dm = network.edge_length_dm
    unknown = np.full((len(length_dm), len(choice.profiles)), np.nan)
    score, barrier, faced_share = unknown, unknown, np.zeros(len(length_dm))
    if scores is not None and outlines is not None:
        score, barrier, faced_share = _faced(network, scores, outlines, method)
    shares = {SCORED: faced_share * ~np.isnan(score).all(axis=1)}
    pieces, slope = None, None
    if elevation is not None:
        pieces = cut_edges(network, choice.slope_step_m)
        slope = _slopes(pieces, elevation, choice.slope_step_m)
        shares[SLOPE_KNOWN] = mean_by_edge(pieces, ~np.isnan(slope), len(length_dm))
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
            shares[f"walk_impassable_share_{name}"] = by_profile[name].impassable.astype("float64")
    return StreetCosts(by_profile, score, pd.DataFrame(shares))


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
    return piece_slopes(pieces, (behind, ahead), baseline_m)


def street_statistics(
    length_dm: Integers, shares: pd.DataFrame, elevation: Elevation | None
) -> dict[str, float]:
    """Return each share of the whole street length, ``Σ length · share / Σ length``.

    Parameters
    ----------
    length_dm
        Shape (edges,).
    shares
        A row an edge, as :class:`StreetCosts` has them.
    elevation
        Heights of those edges, if there are any.

    Raises
    ------
    InputError
        If the heights do not cover any street.
    """
    if elevation is not None and not shares[SLOPE_KNOWN].any():
        raise InputError(
            Text("El modelo de elevación no cubre ninguna calle",
                 "The elevation model covers no street"),
            where=Where(file=elevation.paths[0]),
            remedy=Text("Dé el modelo de la misma zona, con alturas en metros",
                        "Give the model of the same area, with heights in metres"),
        )  # fmt: skip
    length_m = length_dm / DM_PER_M
    return {
        str(name): round(float((length_m * shares[name].to_numpy()).sum() / length_m.sum()), 4)
        for name in shares
    }
