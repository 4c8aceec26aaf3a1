"""Streets as they are: from what a block's streets have to what a walk along them costs."""

from geo.walkability.costs import (
    IMPASSABLE,
    Barriers,
    EdgeCosts,
    edge_costs,
    height_points,
    piece_slopes,
    score_factor,
    slope_factor,
    tobler_factor,
)
from geo.walkability.edges import Facing, Pieces, cut_edges, edge_means, face_blocks
from geo.walkability.places import place_scores, place_walks
from geo.walkability.scores import (
    BlockScores,
    fill_from_ageb,
    item_values,
    mean_over_people,
    score_blocks,
)
from geo.walkability.streets import StreetCosts, cost_streets, street_statistics

__all__ = [
    "IMPASSABLE",
    "Barriers",
    "BlockScores",
    "EdgeCosts",
    "Facing",
    "Pieces",
    "StreetCosts",
    "cost_streets",
    "cut_edges",
    "edge_costs",
    "edge_means",
    "face_blocks",
    "fill_from_ageb",
    "height_points",
    "item_values",
    "mean_over_people",
    "piece_slopes",
    "place_scores",
    "place_walks",
    "score_blocks",
    "score_factor",
    "slope_factor",
    "street_statistics",
    "tobler_factor",
]
