"""Women's participation and care: rates, association in space, models of it, types of place.

Everything statistical is done by the PySAL libraries, imported where they are used: they take
a while, and only builds need them. What is found is association, and is called so.
"""

from geo.participation.rates import COVARIATES, OPTIONAL_VARIABLES, participation_rates
from geo.participation.registry import participation_indicators

__all__ = [
    "COVARIATES",
    "OPTIONAL_VARIABLES",
    "participation_indicators",
    "participation_rates",
]
