"""Measures of access on foot, as pure functions of one sparse table of walking times.

Every measure takes the table, people by cell and places by facility, and returns one value for
each cell. Three states are kept apart: a value; *out of reach* (nothing within the longest walk
searched: zero places, no nearest time); *not measured* (NaN everywhere).
"""

from geo.access.amounts import Unknown
from geo.access.catchments import (
    EntitledAccess,
    balanced,
    catchment_ratios,
    entitled_two_step,
    modified_two_step,
    people_place_ratio,
    spatial_availability,
    three_step,
    two_step,
)
from geo.access.decay import (
    BinaryDecay,
    DaiDecay,
    Decay,
    ExponentialDecay,
    GaussianDecay,
    LinearDecay,
    LogisticDecay,
    PowerDecay,
    StepDecay,
    UniformDecay,
    luo_qi_fast,
    luo_qi_slow,
)
from geo.access.proximity import (
    NO_FACILITY,
    NOT_COMPUTED,
    OUT_OF_REACH,
    REACHES,
    Nearest,
    balancing_cost,
    cumulative,
    hansen,
    k_nearest,
    nearest,
    reach_states,
)
from geo.access.rational import RationalAccess, rational_access
from geo.access.times import TravelTimes

__all__ = [
    "NOT_COMPUTED",
    "NO_FACILITY",
    "OUT_OF_REACH",
    "REACHES",
    "BinaryDecay",
    "DaiDecay",
    "Decay",
    "EntitledAccess",
    "ExponentialDecay",
    "GaussianDecay",
    "LinearDecay",
    "LogisticDecay",
    "Nearest",
    "PowerDecay",
    "RationalAccess",
    "StepDecay",
    "TravelTimes",
    "UniformDecay",
    "Unknown",
    "balanced",
    "balancing_cost",
    "catchment_ratios",
    "cumulative",
    "entitled_two_step",
    "hansen",
    "k_nearest",
    "luo_qi_fast",
    "luo_qi_slow",
    "modified_two_step",
    "nearest",
    "people_place_ratio",
    "rational_access",
    "reach_states",
    "spatial_availability",
    "three_step",
    "two_step",
]
