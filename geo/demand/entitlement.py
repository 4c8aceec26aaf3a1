"""Entitled demand: how many people of an age or condition a scheme of care would admit.

The census counts who is affiliated to each health institution, and who is of each age, but not
both at once. Entitlement is therefore taken to be independent of age and condition *within a
cell* (``cell_share``), or to follow national rates by age that a user supplies (``age_rates``):

    cell_share   E = P · I / N
    age_rates    E_b = I · r_b P_b / Σ_b' r_b' P_b'

with P people of the group, I affiliated people and N population of the cell. Both keep
Σ over affiliations that exclude each other at most P.

A scheme that admits only some ages of a service counts of each age band the share it admits, ages
being taken as uniform within the band: ``E = Σ_b s_b E_b``, with ``s_b`` the part of the band's
span within the ages of the scheme.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from data.classification import Scheme, default_codebooks
from data.codebook_rows import Row, read_codebook
from data.errors import InputError, ParameterError, Where
from data.tables import Column
from data.texts import Text
from geo.demand.suppression import Floats
from geo.demand.variables import AFFILIATIONS, BY_NAME, SERVICE_DEMAND, DerivedColumn

# Affiliations the census gives together with others': a scheme of one of them has least nobody.
_SHARED_ANSWER = frozenset({"pemex_defensa_marina"})
_OF_VARIABLE = {variable: affiliation for affiliation, variable in AFFILIATIONS.items()}

# Published combinations; the others are computed on request.
PUBLISHED_GROUPS = ("children_0_5", "older_65_plus", "disability")
PUBLISHED_AFFILIATIONS = ("imss", "issste", "pemex_defensa_marina", "none")
ENTITLED = tuple(
    (affiliation, group) for affiliation in PUBLISHED_AFFILIATIONS for group in PUBLISHED_GROUPS
)
# Ages that make up a cell, youngest first: variables to add and to take away from the population.
AGE_BANDS: Mapping[str, tuple[int, int | None]] = {
    "children_0_2": (0, 2), "children_3_5": (3, 5), "children_6_11": (6, 11),
    "others": (12, 64), "older_65_plus": (65, None),
}  # fmt: skip
_SUMS = {
    "children_0_5": ("children_0_2", "children_3_5"),
    "children_0_11": ("children_0_2", "children_3_5", "children_6_11"),
}
_DAYS_OF_A_YEAR = 365.25
_Item = TypeVar("_Item")
_CODEBOOK = ("affiliation", "age_min", "age_max", "rate", "source")


@dataclass(frozen=True, slots=True)
class AgeRates:
    """National rates of affiliation by age.

    Parameters
    ----------
    rates
        Affiliation → rate of each age band of ``AGE_BANDS``, in their order.
    sources
        What the codebook names as sources.
    """

    rates: Mapping[str, tuple[float, ...]]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entitled:
    """People entitled, by cell: shape (n,), people; NaN is unknown.

    Parameters
    ----------
    value
        Estimate.
    low, high
        What is left open by the counts the census hides, the assumption being held.
    """

    value: Floats
    low: Floats
    high: Floats


def scheme_affiliations(schemes: Mapping[str, Scheme]) -> Mapping[str, tuple[str, ...] | None]:
    """Return whom the centres of each scheme admit, as affiliations of the census.

    People of any of the affiliations; everybody where there are none; or None where nobody knows,
    since the census does not ask who works for a school or a university.

    Raises
    ------
    InputError
        If a scheme names a variable that counts no affiliation.
    """
    for name, scheme in schemes.items():
        unknown = [item for item in scheme.census_variables if item not in _OF_VARIABLE]
        if unknown:
            raise InputError(
                Text("Un esquema cita una variable que no cuenta afiliaciones",
                     "A scheme names a variable that counts no affiliation"),
                where=Where(file="schemes.csv", column="census_variables",
                            value=f"{name}: {', '.join(unknown)}"),
                remedy=Text(f"Use {', '.join(_OF_VARIABLE)}", f"Use {', '.join(_OF_VARIABLE)}"),
            )  # fmt: skip
    return {
        name: ()
        if scheme.open_to_all
        else tuple(_OF_VARIABLE[item] for item in scheme.census_variables) or None
        for name, scheme in schemes.items()
    }


def entitled_demand(
    cells: pd.DataFrame,
    service: str,
    scheme: str,
    *,
    schemes: Mapping[str, Scheme] | None = None,
    rates: AgeRates | None = None,
) -> Floats:
    """Return the people of each cell whom a service of a scheme is for and admits.

    Parameters
    ----------
    cells
        Demand cells or places: ``population``, the variable of the service and the affiliations.
    service
        A service of ``SERVICE_DEMAND``, such as ``guarderia``.
    scheme
        One of ``schemes``, such as ``imss``.
    schemes
        The codebook of schemes; None takes the published one.
    rates
        National rates by age; None takes entitlement as independent of age within the cell.

    Returns
    -------
    array
        Shape (n,), people. NaN where unknown; NaN everywhere for a scheme whose people the census
        does not count, which is not to say that it has none.

    Raises
    ------
    ParameterError
        If there is no such service or scheme.
    """
    return entitled_range(cells, service, scheme, schemes=schemes, rates=rates).value


def entitled_range(
    cells: pd.DataFrame,
    service: str,
    scheme: str,
    *,
    schemes: Mapping[str, Scheme] | None = None,
    rates: AgeRates | None = None,
) -> Entitled:
    """Return entitled people with their bounds; parameters as of `entitled_demand`."""
    group = _known(SERVICE_DEMAND, service, "service")
    held = schemes if schemes is not None else default_codebooks().schemes
    affiliations = _known(scheme_affiliations(held), scheme, "scheme")
    if affiliations is None:
        unknown = np.full(len(cells), np.nan)
        return Entitled(unknown, unknown.copy(), unknown.copy())
    shares = admitted_shares(held[scheme], service, group)
    people = _of_ages(Entitled(*_three(cells, group)), shares,
                      lambda band: Entitled(*_three(cells, band)))  # fmt: skip
    if not affiliations:
        return people

    def affiliated(name: str) -> Entitled:
        return _of_ages(entitled_group(cells, name, group, rates=rates), shares,
                        lambda band: entitled_group(cells, name, band, rates=rates))  # fmt: skip

    made = [affiliated(name) for name in affiliations]
    # Affiliations exclude each other but for a few people, so the sum is held to the group.
    total = Entitled(
        np.minimum(np.sum([part.value for part in made], axis=0), people.value),
        np.minimum(np.sum([part.low for part in made], axis=0), people.low),
        np.minimum(np.sum([part.high for part in made], axis=0), people.high),
    )
    if _SHARED_ANSWER.isdisjoint(affiliations):
        return total
    return Entitled(total.value, np.where(np.isnan(total.low), np.nan, 0.0), total.high)


def admitted_shares(scheme: Scheme, service: str, group: str) -> Mapping[str, float]:
    """Return the share of each age band of a group that a scheme admits to a service.

    ``s_b = |[a, z) ∩ [min, max + 1 day)| / |[a, z)|``, with [a, z) the span of the band. Nothing
    where the scheme sets no ages for the service, or the group is no age: all of it is admitted.
    Of a band without an upper end a share is known only if all or none of it is admitted (else
    NaN).

    Parameters
    ----------
    scheme
        Its ages hold for the services of ``age_service_types``.
    service, group
        The service and its demand variable.
    """
    bands = _SUMS.get(group, (group,))
    if service not in scheme.age_service_types or not set(bands) <= set(AGE_BANDS):
        return {}
    least = scheme.age_min_days or 0.0
    most = np.inf if scheme.age_max_days is None else scheme.age_max_days + 1.0
    shares = {}
    for band in bands:
        first, last = AGE_BANDS[band]
        start = first * _DAYS_OF_A_YEAR
        if last is None:
            whole, none = least <= start and most == np.inf, most <= start
            shares[band] = 1.0 if whole else 0.0 if none else np.nan
            continue
        end = (last + 1) * _DAYS_OF_A_YEAR
        inside = min(end, most) - max(start, least)
        shares[band] = min(max(inside / (end - start), 0.0), 1.0)
    return {} if all(share == 1.0 for share in shares.values()) else shares


def _of_ages(
    whole: Entitled, shares: Mapping[str, float], of_band: Callable[[str], Entitled]
) -> Entitled:
    """Return the people of the ages admitted: never more than those of the whole group."""
    if not shares:
        return whole
    parts = [(share, of_band(band)) for band, share in shares.items()]
    value = np.minimum(sum(share * part.value for share, part in parts), whole.value)
    low = sum(share * part.low for share, part in parts)
    high = sum(share * part.high for share, part in parts)
    return Entitled(value, np.minimum(low, value), np.maximum(np.minimum(high, whole.high), value))


def entitled_group(
    cells: pd.DataFrame, affiliation: str, group: str, *, rates: AgeRates | None = None
) -> Entitled:
    """Return the people of a group who have an affiliation.

    Parameters
    ----------
    cells
        Demand cells or places.
    affiliation
        One of ``AFFILIATIONS``.
    group
        A demand variable, such as ``children_0_5``.
    rates
        As in `entitled_demand`; groups that are not ages keep the share of the cell.
    """
    insured = AFFILIATIONS[affiliation]
    population = _column(cells, "population")
    people, member = _three(cells, group), _three(cells, insured)
    bands = _SUMS.get(group, (group,))
    if rates is not None and set(bands) <= set(AGE_BANDS):
        made = _by_rates(cells, bands, member, _rates_of(rates, affiliation))
    else:
        made = Entitled(
            *(_share(p, i, population) for p, i in zip(people, member, strict=True))
        )  # fmt: skip
    # No more than there are of the group, nor than are affiliated.
    value = np.minimum(made.value, np.minimum(people[0], member[0]))
    high = np.minimum(made.high, most_entitled(cells, affiliation, group))
    return Entitled(value, np.minimum(made.low, value), np.maximum(high, value))


def most_entitled(cells: pd.DataFrame, affiliation: str, group: str) -> Floats:
    """Return the most people of a group who can have an affiliation, whatever is assumed.

    ``min(P_high, I_high, N)``; parameters as of `entitled_group`. Shape (n,), people.
    """
    people = _column(cells, f"{group}_high")
    member = _column(cells, f"{AFFILIATIONS[affiliation]}_high")
    most: Floats = np.minimum(np.minimum(people, member), _column(cells, "population"))
    return most


def _three(cells: pd.DataFrame, name: str) -> tuple[Floats, Floats, Floats]:
    return _column(cells, name), _column(cells, f"{name}_low"), _column(cells, f"{name}_high")


def _share(people: Floats, member: Floats, population: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        made = people * member / population
    empty = population == 0
    return np.where(empty & (people == 0), 0.0, made)


def _by_rates(
    cells: pd.DataFrame,
    bands: tuple[str, ...],
    member: tuple[Floats, Floats, Floats],
    rates: tuple[float, ...],
) -> Entitled:
    """Give the members of each cell to its ages in proportion to the national rates."""
    people = {side: _bands(cells, side) for side in ("", "_low", "_high")}
    mine = np.isin(list(AGE_BANDS), bands)
    rate = np.asarray(rates)[:, None]

    def part(own: Floats, others: Floats, insured: Floats) -> Floats:
        top = (rate * own)[mine].sum(axis=0)
        rest = (rate * others)[~mine].sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            made = insured * top / (top + rest)
        return np.where(top + rest == 0, 0.0, made)

    return Entitled(
        part(people[""], people[""], member[0]),
        part(people["_low"], people["_high"], member[1]),
        part(people["_high"], people["_low"], member[2]),
    )


def _bands(cells: pd.DataFrame, side: str) -> Floats:
    """Return the people of each age band, shape (bands, n); whoever is left are the others."""
    known = {name: _column(cells, name + side) for name in AGE_BANDS if name != "others"}
    opposite = {"": "", "_low": "_high", "_high": "_low"}[side]
    taken = sum(_column(cells, name + opposite) for name in known)
    known["others"] = np.maximum(_column(cells, "population") - taken, 0.0)
    return np.stack([known[name] for name in AGE_BANDS])


def _column(cells: pd.DataFrame, name: str) -> Floats:
    """Return a column; a value without a column of bounds is its own bound."""
    found = name if name in cells.columns else name.removesuffix("_low").removesuffix("_high")
    values: Floats = cells[found].to_numpy(dtype="float64")
    return values


def _known(items: Mapping[str, _Item], wanted: str, column: str) -> _Item:
    if wanted not in items:
        raise ParameterError(
            Text("No existe ese servicio o esquema", "There is no such service or scheme"),
            where=Where(column=column, value=wanted),
            remedy=Text(f"Elija entre {', '.join(items)}", f"Choose among {', '.join(items)}"),
        )
    return items[wanted]


def _rates_of(rates: AgeRates, affiliation: str) -> tuple[float, ...]:
    if affiliation not in rates.rates:
        raise ParameterError(
            Text("El catálogo de tasas no trae una afiliación",
                 "The codebook of rates lacks an affiliation"),
            where=Where(column="affiliation", value=affiliation),
            remedy=Text("Agregue sus tasas por edad", "Add its rates by age"),
        )  # fmt: skip
    return rates.rates[affiliation]


def read_age_rates(path: Path) -> AgeRates:
    """Read a user's codebook of national rates of affiliation by age.

    Parameters
    ----------
    path
        CSV with ``affiliation,age_min,age_max,rate,source``: an affiliation of ``AFFILIATIONS``,
        one row for each band of ``AGE_BANDS`` (the last without ``age_max``), a rate of 0–1.

    Raises
    ------
    MissingInputError
        If the file is not there.
    InputError
        If it is no such table, a band is missing or repeated, or a value is out of range.
    LimitError
        If it is larger than any codebook.
    """
    rows = read_codebook(path, _CODEBOOK)
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        bands = found.setdefault(row.choice("affiliation", AFFILIATIONS), {})
        band = _band_of(row)
        if band in bands:
            raise row.wrong("age_min", Text("Edad repetida", "This age is repeated"),
                            Text("Deje una de sus filas", "Leave one of its rows"))  # fmt: skip
        bands[band] = row.number_in("rate", 0.0, 1.0)
    for affiliation, bands in found.items():
        if absent := [_SPANS[band] for band in AGE_BANDS if band not in bands]:
            raise InputError(
                Text("Al catálogo de tasas por edad le falta una edad",
                     "The codebook of rates by age lacks an age"),
                where=Where(file=path, column="affiliation", value=affiliation),
                remedy=Text(f"Agregue la fila de {absent[0]}", f"Add the row of {absent[0]}"),
            )  # fmt: skip
    return AgeRates(
        {name: tuple(bands[band] for band in AGE_BANDS) for name, bands in found.items()},
        tuple(dict.fromkeys(row.text("source") for row in rows)),
    )


_SPANS = {
    band: f"{low}–{high}" if high is not None else f"{low}+"
    for band, (low, high) in AGE_BANDS.items()
}


def _band_of(row: Row) -> str:
    wanted = row.text("age_min"), row.text("age_max")
    for band, (low, high) in AGE_BANDS.items():
        if wanted == (str(low), "" if high is None else str(high)):
            return band
    spans = ", ".join(_SPANS.values())
    raise row.wrong(
        "age_max" if any(wanted[0] == str(low) for low, _ in AGE_BANDS.values()) else "age_min",
        Text("No hay tal grupo de edad", "There is no such age band"),
        Text(f"Las edades son {spans}", f"The ages are {spans}"),
    )


def entitled_name(affiliation: str, group: str) -> str:
    """Return the name of a column of entitled demand, such as ``entitled_imss_children_0_5``."""
    return f"entitled_{affiliation}_{group}"


def entitled_columns() -> Iterator[DerivedColumn]:
    """Yield the published columns: each combination and its bounds."""
    for affiliation, group in ENTITLED:
        whom, who = BY_NAME[group].label, BY_NAME[AFFILIATIONS[affiliation]].label
        for side, (es, en) in _SIDES.items():
            column = Column(
                name=entitled_name(affiliation, group) + side, dtype="float64", unit="personas",
                minimum=0.0,
                description=Text(
                    f"{es}: {whom.es} que además son {who.es}, si en cada celda la afiliación no "
                    "depende de la edad ni de la condición",
                    f"{en}: {whom.en} who are also {who.en}, if within each cell affiliation does "
                    "not depend on age or condition",
                ),
            )  # fmt: skip
            title = Text(f"{es}: {whom.es}, {who.es}", f"{en}: {whom.en}, {who.en}")
            yield DerivedColumn(column=column, title=title, method="entitlement")


_SIDES = {
    "": Text("Demanda con derecho", "Entitled demand"),
    "_low": Text("Demanda con derecho, cota inferior", "Entitled demand, lower bound"),
    "_high": Text("Demanda con derecho, cota superior", "Entitled demand, upper bound"),
}
