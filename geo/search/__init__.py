"""Finding a centre: for whom, where, with what entitlement, in one's own words."""

from geo.search.centres import (
    READ_COLUMNS,
    Answer,
    CentreDirectory,
    Found,
    Wanted,
    Ways,
    find_centres,
)
from geo.search.person import DISABILITIES, ENTITLEMENTS, Person, describe_person
from geo.search.reasons import Reason, age_words

__all__ = [
    "DISABILITIES",
    "ENTITLEMENTS",
    "READ_COLUMNS",
    "Answer",
    "CentreDirectory",
    "Found",
    "Person",
    "Reason",
    "Wanted",
    "Ways",
    "age_words",
    "describe_person",
    "find_centres",
]
