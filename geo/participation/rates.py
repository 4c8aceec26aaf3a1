"""Participation rates and covariates of each place, from the census variables at hand.

Files differ in what they hold: some lack the active population, others schooling. What a file
lacks, or hides, is unknown. Two rates of work are published, never one under the other's name:
the participation rate (of people of 12 and over) and those at work of every 100 women or men of
any age, where only that can be computed.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from data.census import CensusReading
from data.tables import Level
from geo.demand.variables import MUNICIPALITIES

# Census variables a file may lack.
OPTIONAL_VARIABLES: tuple[str, ...] = (
    "P_12YMAS_F", "PEA_F", "P_12YMAS_M", "PEA_M", "POBFEM", "POBMAS", "POCUPADA_F", "POCUPADA_M",
    "GRAPROES", "GRAPROES_F", "PROM_HNV", "HOGJEF_F", "TOTHOG", "P3YM_HLI",
)  # fmt: skip
_AVERAGES = ("GRAPROES", "GRAPROES_F", "PROM_HNV")
_USED = ("POBTOT", "P_0A2", "P_3A5", "P_3YMAS", *OPTIONAL_VARIABLES)
_PER_100 = 100.0

# Shares and rates: name, parts (added up), whole, factor.
_RATIOS: tuple[tuple[str, tuple[str, ...], str, float], ...] = (
    ("participation_women", ("PEA_F",), "P_12YMAS_F", 1.0),
    ("participation_men", ("PEA_M",), "P_12YMAS_M", 1.0),
    ("working_women_per_100", ("POCUPADA_F",), "POBFEM", _PER_100),
    ("working_men_per_100", ("POCUPADA_M",), "POBMAS", _PER_100),
    ("female_headed_share", ("HOGJEF_F",), "TOTHOG", 1.0),
    ("indigenous_language_share", ("P3YM_HLI",), "P_3YMAS", 1.0),
    ("children_0_5_per_100_women", ("P_0A2", "P_3A5"), "POBFEM", _PER_100),
)
_GAPS = (
    ("participation_gap", "participation_men", "participation_women"),
    ("working_gap_per_100", "working_men_per_100", "working_women_per_100"),
)
_RENAMED = {
    "schooling_years": "GRAPROES", "schooling_years_women": "GRAPROES_F",
    "children_ever_born": "PROM_HNV",
}  # fmt: skip
# What may go with participation besides care, in the order models take it.
COVARIATES: tuple[str, ...] = (
    "schooling_years_women", "children_ever_born", "children_0_5_per_100_women", "older_share",
    "female_headed_share", "indigenous_language_share", "marginalisation_index", "urban_share",
)  # fmt: skip
# Census variables each column is computed from, for the reason where it is unknown everywhere.
MADE_OF: Mapping[str, tuple[str, ...]] = {
    **{name: (*parts, whole) for name, parts, whole, _ in _RATIOS},
    **{name: (code,) for name, code in _RENAMED.items()},
}


def known_counts(
    readings: Iterable[CensusReading | None], level: Level, *, zeros_hidden: bool
) -> pd.DataFrame:
    """Gather the census variables of a level: of each place, what the first file that has it says.

    Parameters
    ----------
    readings
        Census files in order of preference.
    level
        Level of the places.
    zeros_hidden
        Whether a zero of an inhabited place stands for a figure the census hides.

    Returns
    -------
    DataFrame
        Indexed by ``cvegeo``, sorted: the variables used, NaN where unknown. States no file holds
        are added up from their municipalities where all of them are known; averages are not.
    """
    found = pd.DataFrame(index=pd.Index([], dtype="str", name="cvegeo"), columns=list(_USED))
    found = found.astype("float64")
    for reading in readings:
        if reading is not None:
            rows = reading.table[reading.table["level"].astype("str") == level.value]
            found = found.combine_first(rows.set_index("cvegeo").reindex(columns=list(_USED)))
    if zeros_hidden:
        inhabited = found["POBTOT"] > 0
        found = found.mask((found == 0) & inhabited.to_numpy()[:, None])
    return found.reindex(columns=list(_USED)).sort_index()


def add_up_states(municipalities: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Complete counts of states from their municipalities, where all of them are known.

    Parameters
    ----------
    municipalities, states
        Tables of :func:`known_counts`.
    """
    counts = municipalities.drop(columns=list(_AVERAGES))
    codes = counts.index.str[: Level.STATE.code_length]
    groups = counts.groupby(codes)
    expected = pd.Series(MUNICIPALITIES).reindex(groups.size().index)
    whole = groups.count().eq(expected, axis=0)
    return states.combine_first(groups.sum().where(whole)).reindex(columns=list(_USED))


def participation_rates(counts: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return rates and covariates of each place.

    ``participation_women = PEA_F / P_12YMAS_F``, ``participation_gap`` the men's less the women's;
    ``working_women_per_100 = 100 POCUPADA_F / POBFEM``; the rest as named.

    Parameters
    ----------
    counts
        Table of :func:`known_counts`.

    Returns
    -------
    table, contradictions
        Same index, NaN where a part is unknown or there is nobody; and how many shares were left
        unknown because the part exceeds its whole.
    """
    table: dict[str, pd.Series] = {}
    contradictions = 0
    for name, parts, whole, factor in _RATIOS:
        part = counts[list(parts)].sum(axis=1, skipna=False)
        of = counts[whole].where(counts[whole] > 0)
        wrong = (part > of) & (len(parts) == 1)
        contradictions += int(wrong.sum())
        table[name] = (factor * part / of).mask(wrong)
    for name, more, less in _GAPS:
        table[name] = table[more] - table[less]
    for name, code in _RENAMED.items():
        table[name] = counts[code]
    return pd.DataFrame(table), contradictions


def women_of(counts: pd.DataFrame) -> pd.Series:
    """Return the women each place's rate is of: those of 12 and over, or all where not known."""
    return counts["P_12YMAS_F"].fillna(counts["POBFEM"])


def urban_share(localities: pd.DataFrame, places: pd.Series, urban_from: float) -> pd.Series:
    """Return the share of people in localities of ``urban_from`` people or more.

    Parameters
    ----------
    localities
        ``cvegeo`` and ``population`` of localities.
    places
        Population of municipalities or states, by ``cvegeo``.
    urban_from
        Least people of an urban locality (INEGI: 2,500).

    Returns
    -------
    Series
        Proportion by ``cvegeo``; NaN for places without any locality at hand.
    """
    if places.empty:
        return pd.Series([], index=places.index, dtype="float64")
    length = len(str(places.index[0]))
    people = localities["population"].astype("float64")
    parent = localities["cvegeo"].astype("str").str[:length]
    town = people.where(people >= urban_from, 0.0).groupby(parent).sum()
    share = town.reindex(places.index) / places.where(places > 0)
    result: pd.Series = share.where(np.asarray(share <= 1.0))
    return result
