"""Codebooks of supply: what each activity class is, which service it offers, how many places."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from data.texts import Text

Category = Literal["directo", "indirecto", "apoyo"]
# Sets of classes: counted by default, only when asked for, or never (a known error elsewhere).
Membership = Literal["default", "optional", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CareClass:
    """One SCIAN 2018 class and what it means for care.

    Parameters
    ----------
    scian
        Six-digit class; matched on the code, never on its label.
    label
        INEGI's label.
    service_type
        What a centre of the class is.
    category
        Direct care, indirect care or support; empty for classes that never count.
    groups
        Groups of people it serves.
    age_min_days, age_max_days
        Usual ages served, in days; None where the class does not say.
    sector
        Sector of the class.
    membership
        Set the class belongs to.
    """

    scian: str
    label: str
    service_type: str
    category: str
    groups: tuple[str, ...]
    age_min_days: float | None
    age_max_days: float | None
    sector: str
    membership: Membership


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service whose accessibility is measured: a demand and the classes that meet it.

    Parameters
    ----------
    service, title, group
        Identifier, title, and the group of people it belongs to.
    classes, optional_classes
        SCIAN classes that offer it, by default and when asked for.
    """

    service: str
    title: Text
    group: str
    classes: tuple[str, ...]
    optional_classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPlaces:
    """Places of a centre of one type and staff band: low, central, high, and the source."""

    low: float
    central: float
    high: float
    source: str


def _rows(name: str) -> list[dict[str, str]]:
    with resources.files("data").joinpath("codebooks", name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _number(text: str) -> float | None:
    return float(text) if text else None


@cache
def care_classes() -> Mapping[str, CareClass]:
    """Return every class of care by its code, those that never count included."""
    groups = ("infancia", "mayores", "discapacidad")
    return {
        row["scian"]: CareClass(
            scian=row["scian"],
            label=row["label"],
            service_type=row["service_type"],
            category=row["category"],
            groups=tuple(group for group in groups if row[group] == "yes"),
            age_min_days=_number(row["age_min_days"]),
            age_max_days=_number(row["age_max_days"]),
            sector=row["sector"],
            membership=_membership(row["set"]),
        )
        for row in _rows("scian.csv")
    }


def _membership(text: str) -> Membership:
    if text == "default":
        return "default"
    return "optional" if text == "optional" else "never"


@cache
def services() -> Mapping[str, Service]:
    """Return the services by identifier, in the order people meet them."""
    return {
        row["service"]: Service(
            service=row["service"],
            title=Text(row["title_es"], row["title_en"]),
            group=row["group"],
            classes=tuple(row["classes"].split(";")),
            optional_classes=tuple(filter(None, row["optional_classes"].split(";"))),
        )
        for row in _rows("services.csv")
    }


@cache
def staff_places() -> Mapping[tuple[str, str], StaffPlaces]:
    """Return places by type of centre and staff band; types without a proxy are not in it."""
    return {
        (row["service_type"], row["staff_band"]): StaffPlaces(
            low=float(row["places_low"]),
            central=float(row["places_central"]),
            high=float(row["places_high"]),
            source=row["source"],
        )
        for row in _rows("staff_places.csv")
    }
