"""The step that estimates demand: counts at every level, then what is derived from them."""

from pathlib import Path

from data.texts import Text
from geo.demand import (
    AgeRates,
    DemandMethod,
    DerivedMethod,
    build_demand,
    derive_demand,
    project_demand,
    read_age_rates,
)
from geo.demand.care_load import read_care_weights
from geo.method import Method
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
    work.age_rates = rates = age_rates_of(work.method)
    if rates is None:
        return DerivedMethod(weights=weights)
    sources = "; ".join(rates.sources)
    work.notes.append(
        Text(
            f"El derecho a cada institución sigue tasas nacionales por edad: {sources}",
            f"Entitlement to each institution follows national rates by age: {sources}",
        )
    )
    return DerivedMethod(rates=rates, weights=weights)


def age_rates_of(method: Method) -> AgeRates | None:
    """Return the rates of affiliation by age, or None where the method asks for none."""
    if method.demand.entitlement == "cell_share":
        return None
    return read_age_rates(Path(method.demand.entitlement_rates))
