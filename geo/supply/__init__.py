"""Supply: from establishments to care centres, and who is served by which."""

from data.classification import GROUPS
from geo.supply.centres import CENTRES, classify, counted_classes
from geo.supply.services import ServiceSupply, supply_services

__all__ = [
    "CENTRES",
    "GROUPS",
    "ServiceSupply",
    "classify",
    "counted_classes",
    "supply_services",
]
