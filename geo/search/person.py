"""Whom a centre is sought for: age, groups, disability, entitlements, as far as they are told."""

from dataclasses import dataclass
from datetime import date

from data.errors import ParameterError, Where
from data.texts import Text

ENTITLEMENTS = ("imss", "issste", "issste_estatal", "pemex", "fuerzas_armadas", "sep",
                "universidad", "otro_empleador")  # fmt: skip
DISABILITIES = ("motriz", "visual", "auditiva", "lenguaje", "intelectual", "psicosocial",
                "multiple")  # fmt: skip
_DAYS_OF_A_YEAR = 365.25
_OLDEST_YEARS = 130
_CHILD_BEFORE_YEARS = 12
_OLDER_FROM_YEARS = 60

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of the person.

    Parameters
    ----------
    age_days
        Least and greatest age today, in days: one day for a birth date, a year for an age in years.
        None where it is not told.
    school_age_days
        The same on the 31 December that schools count by.
    groups
        Groups the person is of; None where nothing told says.
    disability
        Type of disability, ``""`` where there is one of a type not told, None where none is told.
    entitlements
        Schemes the person is entitled to, maybe none; None where it is not told.
    """

    age_days: Span | None = None
    school_age_days: Span | None = None
    groups: frozenset[str] | None = None
    disability: str | None = None
    entitlements: frozenset[str] | None = None


def describe_person(
    *,
    today: date,
    birth_date: date | None = None,
    age_years: int | None = None,
    age_months: int | None = None,
    group: str | None = None,
    disability: str | None = None,
    entitlements: frozenset[str] | None = None,
) -> Person:
    """Return what is known of a person from what was told.

    Without a group told, children are those under 12, older people those of 60 and over, and a
    disability told is of its own group.

    Parameters
    ----------
    today
        The day ages are counted on.
    birth_date, age_years, age_months
        One of them at most.
    group, disability, entitlements
        As in :class:`Person`.

    Raises
    ------
    ParameterError
        If the age is told twice, the birth date lies ahead, or nobody is that old.
    """
    if sum(item is not None for item in (birth_date, age_years, age_months)) > 1:
        raise _wrong(
            "age", Text("La edad está dada dos veces", "The age is given twice"),
            Text("Dé la fecha de nacimiento, o los años, o los meses",
                 "Give the birth date, or the years, or the months"),
        )  # fmt: skip
    age = _age(today, birth_date, age_years, age_months)
    if age is not None and age[0] > _OLDEST_YEARS * _DAYS_OF_A_YEAR:
        raise _wrong(
            "birth_date" if birth_date else "age",
            Text("Nadie tiene esa edad", "Nobody is that old"),
            Text(f"Dé una edad de hasta {_OLDEST_YEARS} años",
                 f"Give an age of up to {_OLDEST_YEARS} years"),
        )  # fmt: skip
    to_december = (date(today.year, 12, 31) - today).days
    return Person(
        age_days=age,
        school_age_days=None if age is None else (age[0] + to_december, age[1] + to_december),
        groups=_groups(age, group, disability),
        disability=disability,
        entitlements=entitlements,
    )


def _age(today: date, born: date | None, years: int | None, months: int | None) -> Span | None:
    if born is not None:
        days = (today - born).days
        if days < 0:
            raise _wrong(
                "birth_date",
                Text("La fecha de nacimiento está en el futuro", "The birth date is in the future"),
                Text(f"Dé una fecha hasta {today.isoformat()}",
                     f"Give a date up to {today.isoformat()}"),
            )  # fmt: skip
        return days, days
    if years is None and months is None:
        return None
    unit, count = (_DAYS_OF_A_YEAR, years) if years is not None else (_DAYS_OF_A_YEAR / 12, months)
    assert count is not None  # noqa: S101 — one of the two is told
    if count < 0:
        raise _wrong(
            "age", Text("La edad es negativa", "The age is negative"),
            Text("Dé una edad desde 0", "Give an age from 0"),
        )  # fmt: skip
    return round(count * unit), round((count + 1) * unit) - 1


def _groups(age: Span | None, group: str | None, disability: str | None) -> frozenset[str] | None:
    known: set[str] = {"discapacidad"} if disability is not None else set()
    if group is not None:
        return frozenset(known | {group})
    if age is None:
        return frozenset(known) or None
    if age[0] < _CHILD_BEFORE_YEARS * _DAYS_OF_A_YEAR:
        known.add("infancia")
    if age[1] >= int(_OLDER_FROM_YEARS * _DAYS_OF_A_YEAR):
        known.add("mayores")
    return frozenset(known)


def _wrong(field: str, problem: Text, remedy: Text) -> ParameterError:
    return ParameterError(problem, where=Where(column=field), remedy=remedy)
