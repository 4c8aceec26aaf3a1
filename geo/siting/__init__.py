"""Where the next centres should go: the location problems of the field, on walking minutes.

Heuristics answer while one watches; :func:`tighten_bound` says within seconds how far they may be
from the best, and on request HiGHS proves the optimum (:mod:`geo.siting.exact`).
"""

from geo.siting.bounds import tighten_bound
from geo.siting.coverage import (
    fewest_sites,
    most_people,
    most_people_within_budget,
    most_places_used,
)
from geo.siting.median import shortest_walks
from geo.siting.problem import SitingProblem, SitingResult, worst_off_weights

__all__ = [
    "SitingProblem",
    "SitingResult",
    "fewest_sites",
    "most_people",
    "most_people_within_budget",
    "most_places_used",
    "shortest_walks",
    "tighten_bound",
    "worst_off_weights",
]
