"""Walking times from facilities to the cells around them: bounded, many to many, never dense."""

from geo.travel.graph import WalkGraph, build_graph
from geo.travel.placing import Cells, place_cells
from geo.travel.scores import Scores, score
from geo.travel.times import WalkingTimes, walking_times

__all__ = [
    "Cells",
    "Scores",
    "WalkGraph",
    "WalkingTimes",
    "build_graph",
    "place_cells",
    "score",
    "walking_times",
]
