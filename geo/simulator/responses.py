"""What a million pesos of each kind of a plan's spending sets off, worked out once per matrix.

A plan spends in a few ways only: it builds, equips, buys the inputs of its industry, and pays.
Effects are linear, so those few answers are all that is needed of the matrix, for any scenario.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.costs import sector_share_key
from geo.simulator.leontief import MEASURES, Effect, LeontiefModel

Floats = npt.NDArray[np.float64]

CONSTRUCTION = "23"
EQUIPMENT = "337"
BUILDING_SPENT, EQUIPMENT_SPENT, PAY_SPENT = "building", "equipment", "pay"


def inputs_of(industry: str) -> str:
    """Return the name of spending on the inputs an industry buys."""
    return f"inputs_{industry}"


def output_of(industry: str) -> str:
    """Return the name of spending on an industry's own output."""
    return f"output_{industry}"


@dataclass(frozen=True, slots=True)
class Response:
    """What a million pesos of one kind of spending sets off.

    Parameters
    ----------
    direct
        Shape (k,): measures of the industry bought from itself; zero for purchases of others.
    type_one, type_two
        Shape (r, k): measures (``MEASURES``) in each region, without and with what households
        spend.
    sector_jobs_one, sector_jobs_two
        Shape (s,): jobs of both types by sector, all regions together.
    """

    direct: Floats
    type_one: Floats
    type_two: Floats
    sector_jobs_one: Floats
    sector_jobs_two: Floats


@dataclass(frozen=True, slots=True)
class Responses:
    """The responses of one matrix to spending in one of its regions.

    Parameters
    ----------
    regions
        Regions of the matrix; ``own`` is the position of the one spent in.
    sector_keys
        Parameter of the share of women of each sector.
    by_kind
        Response by kind of spending.
    taxed_inputs, imported_inputs
        Of a peso of inputs of an industry, net product taxes and imports.
    household_taxes
        Net product taxes per peso of pay.
    """

    regions: tuple[str, ...]
    own: int
    sector_keys: tuple[str, ...]
    by_kind: Mapping[str, Response]
    taxed_inputs: Mapping[str, float]
    imported_inputs: Mapping[str, float]
    household_taxes: float


def make_responses(model: LeontiefModel, region: str, industries: Iterable[str]) -> Responses:
    """Work out what each kind of spending sets off.

    Parameters
    ----------
    model
        The matrix with jobs and pay.
    region
        Region where it is spent.
    industries
        Industries of the services that may be planned.

    Raises
    ------
    MissingInputError
        If the matrix lacks an industry.
    """
    table = model.table
    regions = table.regions
    where = np.array([regions.index(industry.region) for industry in table.industries])
    keys = [sector_share_key(industry.code) for industry in table.industries]
    sectors = tuple(dict.fromkeys(keys))
    sector = np.array([sectors.index(key) for key in keys])
    nothing = np.zeros(len(where))

    def response(demand: Floats, pay: float = 0.0, bought: Floats = nothing) -> Response:
        one, two = model.type_one(demand), model.type_two(demand, outside_pay=pay)
        return Response(
            direct=_by(model.effect_of_output(bought), nothing.astype(np.intp), 1)[0],
            type_one=_by(one, where, len(regions)),
            type_two=_by(two, where, len(regions)),
            sector_jobs_one=_sums(sector, one.jobs, len(sectors)),
            sector_jobs_two=_sums(sector, two.jobs, len(sectors)),
        )

    def unit(code: str) -> Floats:
        demand = np.zeros(len(where))
        demand[table.industry(code, region)] = 1.0
        return demand

    by_kind = {
        BUILDING_SPENT: response(unit(CONSTRUCTION)),
        EQUIPMENT_SPENT: response(unit(EQUIPMENT)),
        PAY_SPENT: response(nothing, pay=1.0),
    }
    taxed, imported = {}, {}
    for industry in dict.fromkeys(industries):
        domestic, imported[industry], taxed[industry] = input_mix(
            model, table.industry(industry, region)
        )
        by_kind[inputs_of(industry)] = response(domestic)
        by_kind[output_of(industry)] = response(unit(industry), bought=unit(industry))
    return Responses(
        regions=regions,
        own=regions.index(region),
        sector_keys=sectors,
        by_kind=by_kind,
        taxed_inputs=taxed,
        imported_inputs=imported,
        household_taxes=model.consumed_share * model.consumption_taxes,
    )


def input_mix(model: LeontiefModel, industry: int) -> tuple[Floats, float, float]:
    """Return how a peso of an industry's inputs splits: domestic by industry, imported, taxed."""
    table = model.table
    bought = table.flows[:, industry]
    whole = bought.sum() + table.imports[industry] + table.taxes[industry]
    if whole <= 0:
        return np.zeros(len(bought)), 0.0, 0.0
    return (
        bought / whole,
        float(table.imports[industry] / whole),
        float(table.taxes[industry] / whole),
    )


def _by(effect: Effect, group: npt.NDArray[np.intp], groups: int) -> Floats:
    """Return shape (groups, k): each measure summed over the industries of each group."""
    return np.column_stack([_sums(group, getattr(effect, measure), groups) for measure in MEASURES])


def _sums(group: npt.NDArray[np.intp], values: Floats, groups: int) -> Floats:
    return np.bincount(group, values, groups).astype(np.float64)
