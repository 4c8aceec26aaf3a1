"""Codebooks of walking: the items of a street, who walks, and how much each item matters."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from data.texts import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetItem:
    """One item of Características del Entorno Urbano.

    Parameters
    ----------
    item
        Name of the item in INEGI's tables.
    title
        What it is.
    obstacle
        Whether its presence hinders: its value is then reversed.
    role
        What it means for a walk.
    edition_note
        What an edition does differently, empty where nothing is known.
    """

    item: str
    title: Text
    obstacle: bool
    role: Text
    edition_note: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkProfile:
    """A way of walking: its speed, what slows it and what stops it.

    Parameters
    ----------
    profile, title
        Identifier and name.
    speed_m_per_min
        Speed where every item is in favour and the street is flat.
    slowest_factor
        Share of that speed left where every item is against.
    barrier_items
        Items that together make a barrier where none of them is there; empty for no barrier.
    barrier_slowed_factor
        Share of the speed left at a barrier, where barriers slow instead of stopping.
    slope_hard, slope_hard_factor
        Slope (rise over run, either way) from which a stretch is hard, and the share of the speed
        left on it; None without such a limit.
    slope_max
        Slope beyond which a stretch is impassable, or None.
    downhill_gain
        Whether a gentle way down is faster than flat ground.
    services
        Services whose people walk like this.
    weights
        Weight of each item, none of them zero.
    sources
        Where each figure is from, or that it is our own hypothesis: by the name of the figure, or
        of the item for weights.
    """

    profile: str
    title: Text
    speed_m_per_min: float
    slowest_factor: float
    barrier_items: tuple[str, ...]
    barrier_slowed_factor: float | None
    slope_hard: float | None
    slope_hard_factor: float | None
    slope_max: float | None
    downhill_gain: bool
    services: tuple[str, ...]
    weights: Mapping[str, float]
    sources: Mapping[str, str]

    @property
    def can_be_stopped(self) -> bool:
        """Whether some streets are impassable to it."""
        return bool(self.barrier_items) or self.slope_max is not None


def _rows(name: str) -> list[dict[str, str]]:
    with resources.files("data").joinpath("codebooks", name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _number(text: str) -> float | None:
    return float(text) if text else None


@cache
def street_items() -> Mapping[str, StreetItem]:
    """Return the items by name, in the order of the codebook."""
    return {
        row["item"]: StreetItem(
            item=row["item"],
            title=Text(row["title_es"], row["title_en"]),
            obstacle=row["obstacle"] == "yes",
            role=Text(row["role_es"], row["role_en"]),
            edition_note=Text(row["edition_note_es"], row["edition_note_en"]),
        )
        for row in _rows("environment_items.csv")
    }


@cache
def code_values() -> Mapping[float, float]:
    """Return the value of each code of the 2020 edition that has one: 1, 0.5 or 0.

    Codes without a value (housing complex, does not apply, not specified) are unknown.
    """
    return {
        float(row["code"]): float(row["score"])
        for row in _rows("environment_codes.csv")
        if row["edition"] == "2020" and row["score"]
    }


@cache
def walk_profiles() -> Mapping[str, WalkProfile]:
    """Return the profiles by identifier, in the order people meet them."""
    weights = _rows("profile_weights.csv")
    profiles = {}
    for row in _rows("profiles.csv"):
        own = [weight for weight in weights if weight["profile"] == row["profile"]]
        figures = ("speed", "slowest", "barrier", "slope")
        profiles[row["profile"]] = WalkProfile(
            profile=row["profile"],
            title=Text(row["title_es"], row["title_en"]),
            speed_m_per_min=float(row["speed_m_per_min"]),
            slowest_factor=float(row["slowest_factor"]),
            barrier_items=tuple(filter(None, row["barrier_items"].split(";"))),
            barrier_slowed_factor=_number(row["barrier_slowed_factor"]),
            slope_hard=_number(row["slope_hard"]),
            slope_hard_factor=_number(row["slope_hard_factor"]),
            slope_max=_number(row["slope_max"]),
            downhill_gain=row["downhill_gain"] == "yes",
            services=tuple(filter(None, row["services"].split(";"))),
            weights={weight["item"]: float(weight["weight"]) for weight in own},
            sources={figure: row[f"{figure}_source"] for figure in figures}
            | {weight["item"]: weight["source"] for weight in own},
        )
    return profiles
