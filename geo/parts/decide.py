"""What is decided over all parts at once, before any is measured."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.tables import Level
from geo.demand import SERVICE_DEMAND
from geo.gaps import high_demand_limits
from geo.levels import DESERT_LEVELS
from geo.parts.gather import Ground
from geo.pipeline.institutions import choose_schemes, scheme_supply
from geo.pipeline.work import CELLS_LEVEL, Decisions, Supply
from geo.reach import sized_services
from geo.supply import supply_services


def decide(ground: Ground) -> Decisions:
    """Decide what can be added up and where demand is high, from all centres and cells.

    Parameters
    ----------
    ground
        The states, read.
    """
    supply = _all_centres(ground)
    if supply is None:
        return Decisions({}, (), (), {})
    schemes, uncounted = choose_schemes(supply, ground.codebooks)
    sized = sized_services(supply.services)
    if schemes:
        sized |= sized_services(scheme_supply(supply, schemes))
    services = {name: SERVICE_DEMAND[name] for name in supply.services.services}
    limits = {CELLS_LEVEL: _limits(ground, "cells", services)}
    for level in DESERT_LEVELS:
        limits[level.value] = _limits(ground, f"demand_{level.value}", services)
    return Decisions(sized, tuple(schemes), tuple(uncounted), limits)


def _all_centres(ground: Ground) -> Supply | None:
    columns = ["facility_id", "scian", "scheme", "places_low", "places_central", "places_high"]
    found = ground.table("centres", columns=columns)
    if found is None or ground.held is None:
        return None
    centres = found[0].drop_duplicates("facility_id", ignore_index=True)
    services, missing = supply_services(
        centres, ground.codebooks, held=ground.held,
        optional=ground.method.supply.optional_classes,
    )  # fmt: skip
    own = pd.Series(data=True, index=centres.index)
    return Supply(centres, own, services, ground.held, missing)


def _limits(ground: Ground, table: str, services: Mapping[str, str]) -> dict[str, float]:
    columns = list(dict.fromkeys(services.values()))
    found = ground.table(table, columns=columns)
    if found is None:
        return dict.fromkeys(services, np.nan)
    return high_demand_limits(found[0], services)


# The levels whose places lie whole in a part of whole municipalities.
PART_LEVELS = (Level.MUNICIPALITY, Level.LOCALITY, Level.AGEB, Level.BLOCK)
