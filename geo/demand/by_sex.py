"""Ages that need care, by sex: girls and boys, older women and men of every place but blocks.

The census counts the sexes of an age apart, and every person of known age has one of two, so

    F + M = T

with T the count of the age, settled before (`geo.demand.build`). Where the census hides a sex, its
bounds follow from those of T and of the other sex; a hidden count beside a published T is at most
two. Its estimate fills what the published places of its parent leave of the parent's own count, in
proportion to T; where the parent's places do not make it up, the parent's share of the sex (or that
of its places that tell) stands for the place's. M is what F leaves of T, so that the two always add
up. Blocks are left out: of one age and sex they hold so few people that nearly all is hidden.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.tables import Level
from data.texts import Text
from geo.demand.counts import HALF_PERSON
from geo.demand.sources import LevelRows
from geo.demand.suppression import Bools, Floats, Ints, share_hidden
from geo.demand.variables import BY_NAME, Variable

SEXED_LEVELS = (Level.MUNICIPALITY, Level.STATE, Level.LOCALITY, Level.AGEB)
_PARENTS = {Level.LOCALITY: Level.MUNICIPALITY, Level.AGEB: Level.LOCALITY}


@dataclass(frozen=True, slots=True)
class Sexes:
    """An age group and its two sexes.

    Parameters
    ----------
    whole
        The age, a variable of the demand tables.
    female, male
        The sexes, as variables of their own.
    spread
        Range of an area's share of the female over that of its city: the middle 95 % of the people
        of Mérida (471–492 urban AGEB with both sexes published, Censo 2020). Bounds where the
        share of the city stands in for an area's own count.
    """

    whole: Variable
    female: Variable
    male: Variable
    spread: tuple[float, float]


def _sexes(whole: str, names: tuple[str, str], es: tuple[str, str], en: tuple[str, str],
           spread: tuple[float, float]) -> Sexes:  # fmt: skip
    (code,) = BY_NAME[whole].codes
    female, male = (
        Variable(name=name, label=Text(said, told), codes=(f"{code}_{letter}",))
        for name, letter, said, told in zip(names, "FM", es, en, strict=True)
    )
    return Sexes(BY_NAME[whole], female, male, spread)


SEXES: tuple[Sexes, ...] = (
    _sexes("children_0_2", ("girls_0_2", "boys_0_2"),
           ("niñas de 0 a 2 años", "niños de 0 a 2 años"), ("girls aged 0–2", "boys aged 0–2"),
           (0.74, 1.27)),
    _sexes("children_3_5", ("girls_3_5", "boys_3_5"),
           ("niñas de 3 a 5 años", "niños de 3 a 5 años"), ("girls aged 3–5", "boys aged 3–5"),
           (0.72, 1.27)),
    _sexes("children_6_11", ("girls_6_11", "boys_6_11"),
           ("niñas de 6 a 11 años", "niños de 6 a 11 años"), ("girls aged 6–11", "boys aged 6–11"),
           (0.81, 1.20)),
    _sexes("older_60_plus", ("women_60_plus", "men_60_plus"),
           ("mujeres de 60 años y más", "hombres de 60 años y más"),
           ("women aged 60 and over", "men aged 60 and over"), (0.83, 1.12)),
)  # fmt: skip
SEXED: tuple[Variable, ...] = tuple(v for pair in SEXES for v in (pair.female, pair.male))
SEX_CODES: tuple[str, ...] = tuple(code for variable in SEXED for code in variable.codes)


@dataclass(slots=True)
class _Side:
    """What is known of one sex of an age, by place."""

    value: Floats
    low: Floats
    high: Floats
    published: Bools
    absent: Bools


@dataclass(slots=True)
class _Settled:
    """One age of one level: its places, its count with bounds, and the sexes."""

    places: pd.Index
    whole: Floats
    low: Floats
    high: Floats
    female: _Side
    male: _Side


def add_sexes(
    tables: Mapping[Level, pd.DataFrame],
    rows: Mapping[Level, LevelRows],
    *,
    small_count: float,
    fill_absent: bool,
    zeros_hidden: bool,
) -> dict[Level, pd.DataFrame]:
    """Return the demand tables with the sexes of every age in `SEXES`, where a file holds them.

    Parameters
    ----------
    tables
        Demand tables by level, counts and bounds settled.
    rows
        What the census files hold of each level.
    small_count
        Highest count the census hides for being small, people.
    fill_absent
        Whether what a file does not hold is estimated by the parent's share of the sex.
    zeros_hidden
        Whether the source wrote hidden counts as zero.
    """
    made = dict(tables)
    if not any(rows[level].values[list(SEX_CODES)].notna().to_numpy().any() for level in rows):
        return made
    for pair in SEXES:
        done: dict[Level, _Settled] = {}
        for level in (level for level in SEXED_LEVELS if level in tables):
            item = _known(pair, tables[level], rows[level], small_count, zeros_hidden=zeros_hidden)
            if level is Level.STATE:
                _add_up(item, done.get(Level.MUNICIPALITY))
            _settle(item)
            parent = _PARENTS.get(level)
            if parent in done:
                _share(item, done[parent], parent, pair, fill_absent=fill_absent)
            done[level] = item
            made[level] = made[level].assign(**_columns(pair, item))
    return made


def _known(
    pair: Sexes, table: pd.DataFrame, rows: LevelRows, small_count: float, *, zeros_hidden: bool
) -> _Settled:
    """Return what the census says of both sexes, and the bounds that follow."""
    places = pd.Index(table["cvegeo"])
    whole, low, high = (
        table[f"{pair.whole.name}{end}"].to_numpy(dtype="float64", copy=True)
        for end in ("", "_low", "_high")
    )
    high = np.where(np.isnan(high), np.inf, high)
    published = (table[f"{pair.whole.name}_status"] == "publicado").to_numpy()
    people = table["population"].to_numpy(dtype="float64")
    sides = []
    for variable in (pair.female, pair.male):
        (code,) = variable.codes
        value = rows.values[code].reindex(places).to_numpy(dtype="float64", copy=True)
        hidden = rows.hidden[code].reindex(places).fillna(value=False).to_numpy(dtype=bool)
        if zeros_hidden:
            hidden = hidden | ((value == 0) & (people > 0))
            value[hidden] = np.nan
        shown = ~np.isnan(value)
        most = np.where(hidden & published, np.minimum(high, small_count), high)
        sides.append(
            _Side(value, np.where(shown, value, 0.0), np.where(shown, value, most), shown,
                  ~shown & ~hidden)
        )  # fmt: skip
    female, male = sides
    for one, other in ((female, male), (male, female)):
        narrow = ~one.published & ~np.isnan(low)
        least = np.maximum(one.low, low - other.high)
        most = np.minimum(one.high, high - other.low)
        agree = narrow & (least <= most)
        one.low, one.high = np.where(agree, least, one.low), np.where(agree, most, one.high)
    return _Settled(places, whole, low, high, female, male)


def _add_up(states: _Settled, parts: _Settled | None) -> None:
    """Add up municipalities where a state has no counts of its own and they make it up."""
    if parts is None:
        return
    group = states.places.get_indexer(parts.places.str[: Level.STATE.code_length])
    inside, size = group >= 0, len(states.places)
    held = np.bincount(group[inside], parts.whole[inside], size)
    with np.errstate(invalid="ignore"):
        complete = np.abs(held - states.whole) <= HALF_PERSON
    for side, part in ((states.female, parts.female), (states.male, parts.male)):
        for name in ("value", "low", "high"):
            summed = np.bincount(group[inside], getattr(part, name)[inside], size)
            use = complete & ~side.published & ~np.isnan(summed)
            setattr(side, name, np.where(use, summed, getattr(side, name)))


def _settle(item: _Settled) -> None:
    """Give a sex the one value its bounds, or the age and the other sex, leave; in place."""
    female, male = item.female, item.male
    with np.errstate(invalid="ignore"):
        pinned = female.high - female.low < HALF_PERSON
    female.value = np.where(np.isnan(female.value) & pinned, female.low, female.value)
    for one, other in ((male, female), (female, male)):
        rest = np.maximum(item.whole - other.value, 0.0)
        one.value = np.where(np.isnan(one.value), rest, one.value)


def _share(
    item: _Settled, parents: _Settled, level: Level, pair: Sexes, *, fill_absent: bool
) -> None:
    """Estimate what is still open from the parents, which are of ``level``; in place."""
    female, male, whole = item.female, item.male, item.whole
    group = parents.places.get_indexer(item.places.str[: level.code_length])
    share = _shares(item, parents, group)
    expected = whole * np.where(group >= 0, share[group], np.nan)
    absent = female.absent & male.absent
    open_ = np.isnan(female.value) & ~np.isnan(expected) & (fill_absent | ~absent)
    rows = np.flatnonzero(open_)
    if not len(rows):
        return
    least = np.maximum(female.low, whole - male.high)[rows]
    most = np.maximum(np.minimum(female.high, whole - male.low)[rows], least)
    shared = share_hidden(
        group=group[rows], weight=expected[rows], low=least, high=most,
        total=_left(item, parents, group, open_),
    ).value  # fmt: skip
    own = np.clip(expected[rows], least, most)
    female.value[rows] = np.where(np.isnan(shared), own, shared)
    male.value[rows] = whole[rows] - female.value[rows]
    _bound(item, np.flatnonzero(open_ & absent), pair.spread)


def _shares(item: _Settled, parents: _Settled, group: Ints) -> Floats:
    """Return each parent's share of the female, or where it does not tell, that of its places."""
    told = (group >= 0) & ~np.isnan(item.female.value) & ~np.isnan(item.whole)
    size = len(parents.places)
    some, of = (
        np.bincount(group[told], values[told], size) for values in (item.female.value, item.whole)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        own = np.where(parents.whole > 0, parents.female.value / parents.whole, np.nan)
        return np.where(np.isnan(own), np.where(of > 0, some / of, np.nan), own)


def _left(item: _Settled, parents: _Settled, group: Ints, open_: Bools) -> Floats:
    """Return what the settled places of each parent leave of its count; NaN where unknown."""
    inside, size = group >= 0, len(parents.places)
    settled = inside & ~open_
    held = np.bincount(group[inside], item.whole[inside], size)
    known = np.bincount(group[settled], item.female.value[settled], size)
    with np.errstate(invalid="ignore"):
        complete = np.abs(held - parents.whole) <= HALF_PERSON
    return np.where(complete, parents.female.value - known, np.nan)


def _bound(item: _Settled, rows: Ints, spread: tuple[float, float]) -> None:
    """Bound what a parent's share stands for by how far areas stray from their city; in place."""
    whole, low, high = (values[rows] for values in (item.whole, item.low, item.high))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole > 0, item.female.value[rows] / whole, 0.0)
    least, most = share * spread[0], np.minimum(share * spread[1], 1.0)
    item.female.low[rows], item.female.high[rows] = low * least, high * most
    item.male.low[rows], item.male.high[rows] = low * (1.0 - most), high * (1.0 - least)


def scale_sexes(table: pd.DataFrame, scaled: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    """Return the columns of the sexes where their ages were scaled to another year.

    Each sex grows with its age; nothing tells the two apart.

    Parameters
    ----------
    table
        The demand table of the census.
    scaled
        Values of the year of every age, by column.
    """
    made: dict[str, pd.Series] = {}
    for pair in SEXES:
        if pair.female.name not in table:
            continue
        before, now = table[pair.whole.name], scaled[pair.whole.name]
        ratio = (now / before.where(before > 0)).where(before != 0, 0.0)
        for name in (pair.female.name, pair.male.name):
            for column in (name, f"{name}_low", f"{name}_high"):
                made[column] = table[column] * ratio
            known = made[name].notna()
            made[f"{name}_status"] = pd.Series(
                np.where(known, "estimado", "desconocido"), index=table.index, dtype="str"
            )
    return made


def _columns(pair: Sexes, item: _Settled) -> Mapping[str, object]:
    columns: dict[str, object] = {}
    for variable, side in ((pair.female, item.female), (pair.male, item.male)):
        status = np.where(
            side.published, "publicado", np.where(np.isnan(side.value), "desconocido", "estimado")
        )
        high = np.where(np.isinf(side.high), np.nan, np.fmax(side.high, side.value))
        columns |= {
            variable.name: side.value,
            f"{variable.name}_low": np.fmin(side.low, side.value),
            f"{variable.name}_high": high,
            f"{variable.name}_status": pd.Series(status, dtype="str"),
        }
    return columns
