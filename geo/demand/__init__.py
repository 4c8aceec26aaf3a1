"""Demand: who may need care, where they live, and how sure the census lets us be."""

from geo.demand.build import Check, Demand, DemandMethod, build_demand
from geo.demand.cells import CELL_COLUMNS
from geo.demand.variables import (
    CENSUS_COLUMNS,
    GROUP_DEMAND,
    SCHEMES,
    SERVICE_DEMAND,
    VARIABLES,
    demand_columns,
)

__all__ = [
    "CELL_COLUMNS",
    "CENSUS_COLUMNS",
    "GROUP_DEMAND",
    "SCHEMES",
    "SERVICE_DEMAND",
    "VARIABLES",
    "Check",
    "Demand",
    "DemandMethod",
    "build_demand",
    "demand_columns",
]
