"""The registry of published columns: what each says, its unit, its sources and its method.

The data dictionary, the API, the page and the files' own metadata all read it, so a column is
described once. Columns that repeat for every service or group stand once in ``indicators.csv``,
with ``{}`` for the service or group.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Literal, cast

from data.tables import Column
from data.texts import Text

Kind = Literal[
    "identifier", "text", "count", "time", "rate", "share", "index", "state", "flag"
]  # fmt: skip
Direction = Literal["better", "worse", "neutral"]
Topic = Literal["service", "group", "profile"]

GROUPS: Mapping[str, Text] = {
    "infancia": Text("niñas y niños de 0 a 11 años", "children aged 0–11"),
    "mayores": Text("personas de 65 años y más", "people aged 65 and over"),
    "discapacidad": Text("personas con discapacidad", "people with disability"),
}

# Roles of the sources that each family of indicators is made from.
_SOURCES: Mapping[str, tuple[str, ...]] = {
    "supply": ("denue",),
    "rates": ("denue", "census_areas", "census_localities", "census_municipalities"),
    "access": (
        "denue", "census_areas", "census_localities", "census_municipalities",
        "blocks", "agebs", "streets",
    ),
    "environment": ("environment", "census_areas"),
    "profile_access": (
        "environment", "dem", "denue", "census_areas", "census_localities", "census_municipalities",
        "blocks", "agebs", "streets",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One published column and all a reader may ask about it.

    Parameters
    ----------
    column
        Name, type, unit, description and valid values.
    title
        Short name for menus and legends.
    kind
        What sort of value it is; decides how it is shown.
    sources
        Roles of the sources it is made from.
    method
        Section of the methods document, for computed columns.
    service, group, profile
        The care service, group of people or way of walking it is about.
    higher_is
        Whether a higher value is better or worse for people, where that can be said.
    mapped
        Whether the map offers it, and tiles carry it.
    """

    column: Column
    title: Text
    kind: Kind
    sources: tuple[str, ...]
    method: str | None = None
    service: str | None = None
    group: str | None = None
    profile: str | None = None
    higher_is: Direction = "neutral"
    mapped: bool = False


def topic_indicators(topic: Topic, labels: Mapping[str, Text]) -> tuple[Indicator, ...]:
    """Return the indicators of every service, group or profile, in the order a reader meets them.

    Parameters
    ----------
    topic
        Whether ``labels`` are services, groups or profiles.
    labels
        Title of each by its identifier.
    """
    return tuple(
        _indicator(row, {topic: name}, (label,))
        for name, label in labels.items()
        for row in _rows(topic)
    )


def paired_indicators(
    services: Mapping[str, Text], profiles: Mapping[str, Text]
) -> tuple[Indicator, ...]:
    """Return the indicators of every service for every way of walking.

    Parameters
    ----------
    services, profiles
        Title of each by its identifier.
    """
    return tuple(
        _indicator(row, {"service": service, "profile": profile}, (title, way))
        for service, title in services.items()
        for profile, way in profiles.items()
        for row in _rows("service_profile")
    )


def _rows(topic: str) -> list[dict[str, str]]:
    with resources.files("geo").joinpath("indicators.csv").open(encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if row["topic"] == topic]


def _indicator(
    row: Mapping[str, str], about: Mapping[str, str], labels: tuple[Text, ...]
) -> Indicator:
    is_text = row["kind"] == "state"
    return Indicator(
        column=Column(
            name=row["name"].format(*about.values()),
            dtype="str" if is_text else "float64",
            description=Text(
                row["description_es"].format(*(label.es for label in labels)),
                row["description_en"].format(*(label.en for label in labels)),
            ),
            unit=row["unit"],
            minimum=None if is_text else 0.0,
            maximum=float(row["maximum"]) if row["maximum"] else None,
            values=tuple(row["values"].split(";")) if row["values"] else (),
        ),
        title=Text(
            ": ".join([row["title_es"], *(label.es for label in labels)]),
            ": ".join([row["title_en"], *(label.en for label in labels)]),
        ),
        kind=cast("Kind", row["kind"]),
        sources=_SOURCES[row["sources"]],
        method=row["method"],
        service=about.get("service"),
        group=about.get("group"),
        profile=about.get("profile"),
        higher_is=cast("Direction", row["higher_is"]),
        mapped=row["mapped"] == "yes",
    )


def present(indicators: Iterable[Indicator], columns: Iterable[str]) -> tuple[Indicator, ...]:
    """Return the indicators whose column a table holds, in registry order."""
    held = set(columns)
    return tuple(indicator for indicator in indicators if indicator.column.name in held)
