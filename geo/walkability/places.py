"""Scores of blocks and walks of cells added up to the places they lie in."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.tables import Level
from geo.access import NOT_COMPUTED, REACHES
from geo.added_up import summarise_cells
from geo.walkability.scores import BlockScores, mean_over_people


def place_scores(
    places: pd.Series, level: Level, scores: BlockScores, people: pd.Series
) -> pd.DataFrame:
    """Return the walking scores of places: a block's own, or the mean over people.

    Parameters
    ----------
    places
        ``cvegeo`` of the places of a level.
    level
        The level.
    scores
        Scores of blocks.
    people
        Population by ``cvegeo`` of block; a block without scores counts among what is not known.

    Returns
    -------
    DataFrame
        A row a place, on the index of ``places``: ``walk_score_<profile>`` and
        ``walk_unknown_share_<profile>``; NaN where nobody is known to live in blocks.
    """
    blocks = scores.places.union(people.index)
    at = scores.places.get_indexer(blocks)
    if level is Level.BLOCK:
        at = scores.places.get_indexer(places)
    columns: dict[str, np.ndarray] = {}
    for index, profile in enumerate(scores.profiles):
        score = np.where(at >= 0, scores.score[at, index], np.nan)
        unknown = np.where(at >= 0, scores.unknown_share[at, index], 1.0)
        if level is Level.BLOCK:
            surveyed = np.where(at >= 0, unknown, np.nan)
            columns |= _pair(profile, score, surveyed)
            continue
        inside = pd.Index(places).get_indexer(blocks.str[: level.code_length])
        own = inside >= 0
        living = people.reindex(blocks).to_numpy(dtype="float64")[own]
        columns |= _pair(
            profile,
            mean_over_people(score[own], living, inside[own], len(places)),
            mean_over_people(unknown[own], living, inside[own], len(places)),
        )
    return pd.DataFrame(columns, index=places.index)


def _pair(profile: str, score: np.ndarray, unknown: np.ndarray) -> dict[str, np.ndarray]:
    return {f"walk_score_{profile}": score, f"walk_unknown_share_{profile}": unknown}


def place_walks(
    places: pd.Series,
    codes: pd.Series,
    walks: pd.DataFrame,
    general: pd.DataFrame,
    services: Mapping[str, str],
    thresholds_min: tuple[float, ...],
) -> pd.DataFrame:
    """Return what the people of each place reach when they walk in one way.

    Parameters
    ----------
    places
        ``cvegeo`` of the places of a level.
    codes
        Place of each cell.
    walks
        A row a cell: demand, and the access of this way of walking.
    general
        A row a cell: ``reach_<service>`` on the plain network.
    services
        Demand column of each service.
    thresholds_min
        Minutes of the cumulative columns.

    Returns
    -------
    DataFrame
        On the index of ``places``: the columns of :func:`geo.added_up.summarise_cells`, and
        ``passable_share_<service>``: of the people who reach a centre on the plain network within
        the longest walk searched, the share who also reach one this way; NaN where nobody does.
    """
    summary = summarise_cells(
        walks, codes, services, thresholds_min=thresholds_min, places=places
    ).set_index(places.index)
    inside = pd.Index(places).get_indexer(codes)
    own = inside >= 0
    for service, demand in services.items():
        before = general[f"reach_{service}"].to_numpy() == REACHES
        state = walks[f"reach_{service}"].to_numpy()
        still = np.where(before & (state != NOT_COMPUTED), state == REACHES, np.nan)
        summary[f"passable_share_{service}"] = mean_over_people(
            still[own].astype("float64"), walks[demand].to_numpy("float64")[own], inside[own],
            len(places),
        )  # fmt: skip
    return summary
