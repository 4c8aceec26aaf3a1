"""What a scenario changes, as people, pages and reports are told it.

Every figure is of potential demand: people of the ages or condition a service is for, not those who
would come. ``before`` and ``after`` are by the same method as the atlas.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Within:
    """People with a centre within some minutes on foot.

    ``gained`` have one now and had none, ``lost`` had one and have none now: people of the service,
    and ``women_…`` of 12 and over (the census's working age) in the same homes.
    """

    minutes: float
    before: float
    after: float
    gained: float
    lost: float
    women_before: float
    women_after: float
    women_gained: float
    women_lost: float


@dataclass(frozen=True, slots=True)
class Deserts:
    """Care deserts by one rule: people in desert cells, and the AGEB that are or cease to be."""

    rule: str
    people_before: float
    people_after: float
    removed: tuple[str, ...]
    created: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceOutcome:
    """What changes for one service.

    Parameters
    ----------
    service, group
        The service and the group of people it is for.
    people
        People it is for, in the whole atlas.
    within
        For each threshold of the method, the shortest first.
    more_places, fewer_places
        People whose places per person in reach rise or fall; None where places are unknown.
    nearest_min, e2sfca
        Mean over people before and after: minutes to the nearest centre (of those who reach one)
        and places per person in reach. NaN where unknown.
    deserts
        By distance and by places.
    """

    service: str
    group: str
    people: float
    within: tuple[Within, ...]
    more_places: float | None
    fewer_places: float | None
    nearest_min: tuple[float, float]
    e2sfca: tuple[float, float]
    deserts: tuple[Deserts, ...]


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """People of a group who gain or lose a centre of some service within the first threshold."""

    group: str
    people: float
    gained: float
    lost: float


@dataclass(frozen=True, slots=True)
class PlaceOutcome:
    """Columns of one place that change: for each, before and after (None where unknown)."""

    level: str
    cvegeo: str
    name: str | None
    columns: Mapping[str, tuple[float | str | None, float | str | None]]


@dataclass(frozen=True, slots=True)
class EquityOutcome:
    """Inequality of places per person in a municipality, by statistic, before and after."""

    municipality: str
    service: str
    statistics: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class ScenarioOutcome:
    """Everything a scenario changes.

    Parameters
    ----------
    title, version, profile
        Of the scenario, the atlas version it was measured on, and the way of walking.
    changes
        How many changes it holds.
    opened
        Identifiers the new centres were given, in the order of the file.
    services
        Services any of whose figures could change.
    groups, places, equity
        By group, by AGEB and municipality, and of municipalities.
    cells
        Cells (blocks) where anything changes.
    """

    title: str
    version: str
    profile: str
    changes: int
    opened: tuple[str, ...]
    services: tuple[ServiceOutcome, ...]
    groups: tuple[GroupOutcome, ...]
    places: tuple[PlaceOutcome, ...]
    equity: tuple[EquityOutcome, ...]
    cells: int
