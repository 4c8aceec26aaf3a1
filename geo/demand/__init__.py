"""Demand: who may need care, where they live, and how sure the census lets us be."""

from geo.demand.build import Check, Demand, DemandMethod, build_demand
from geo.demand.by_sex import SEX_CODES, SEXED, SEXES
from geo.demand.cells import CELL_COLUMNS
from geo.demand.derived import DerivedMethod, derive_demand, derived_columns
from geo.demand.entitlement import (
    AgeRates,
    entitled_demand,
    entitled_range,
    read_age_rates,
    scheme_affiliations,
)
from geo.demand.projection import CENSUS_YEAR, project_demand
from geo.demand.variables import (
    AFFILIATIONS,
    CENSUS_COLUMNS,
    GROUP_DEMAND,
    SCHEMES,
    SERVICE_DEMAND,
    VARIABLES,
    demand_columns,
)

__all__ = [
    "AFFILIATIONS",
    "CELL_COLUMNS",
    "CENSUS_COLUMNS",
    "CENSUS_YEAR",
    "GROUP_DEMAND",
    "SCHEMES",
    "SERVICE_DEMAND",
    "SEXED",
    "SEXES",
    "SEX_CODES",
    "VARIABLES",
    "AgeRates",
    "Check",
    "Demand",
    "DemandMethod",
    "DerivedMethod",
    "build_demand",
    "demand_columns",
    "derive_demand",
    "derived_columns",
    "entitled_demand",
    "entitled_range",
    "project_demand",
    "read_age_rates",
    "scheme_affiliations",
]
