"""The step that estimates demand: counts at every level, then what is derived from them."""

from pathlib import Path

from data.texts import Text
from geo.demand import (
    DemandMethod,
    DerivedMethod,
    build_demand,
    derive_demand,
    project_demand,
    read_age_rates,
)
from geo.demand.care_load import read_care_weights
from geo.pipeline.work import Work


def estimate(work: Work) -> None:
    """Estimate demand at every level and at the cells, and say what of it is unknown."""
    inputs = work.inputs
    demand = build_demand(
        inputs.census.get("census_areas"),
        inputs.census.get("census_localities"),
        inputs.census.get("census_municipalities"),
        inputs.boundaries,
        method=_counting(work),
    )
    projected = project_demand(demand, inputs.projections, work.method.demand.year)
    work.demand = derive_demand(projected, _deriving(work))
    work.notes.extend(work.demand.notes)
    for variable, reason in work.demand.not_computed.items():
        work.cannot(variable, reason)


def _counting(work: Work) -> DemandMethod:
    options = work.folder.options
    return DemandMethod(
        missing="municipal_shares" if options.get("demand") == "municipal_shares" else "unknown",
        zeros_hidden=options.get("zeros") == "hidden",
    )


def _deriving(work: Work) -> DerivedMethod:
    chosen = work.method.demand
    weights = read_care_weights(chosen.care_weights) if chosen.care_weights else None
    if chosen.entitlement == "cell_share":
        return DerivedMethod(weights=weights)
    work.age_rates = rates = read_age_rates(Path(chosen.entitlement_rates))
    sources = "; ".join(rates.sources)
    work.notes.append(
        Text(
            f"El derecho a cada institución sigue tasas nacionales por edad: {sources}",
            f"Entitlement to each institution follows national rates by age: {sources}",
        )
    )
    return DerivedMethod(rates=rates, weights=weights)
