"""The centres a person may use, the nearest on foot first, each with its reasons."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.classification import GROUPS, default_codebooks
from data.errors import ParameterError, Where
from data.texts import Text
from geo.search import reasons
from geo.search.person import Person
from geo.search.reasons import Reason
from geo.search.words import Phrase, WordIndex, read_query

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Verdict = Literal["si", "pregunte", "no"]

# Schools count age on 31 December; the one for special needs is for people with a disability.
_SCHOOLS = ("preescolar", "primaria", "mixta")
_SPECIAL = "especial"
_INTELLECTUAL = "residencia_discapacidad"
_SPOKEN = ("name", "legal_name", "institution", "street", "neighborhood", "postcode")
# What a search reads of the table of centres, a tenth of a country's.
READ_COLUMNS = (
    "service_type", "scian", "sector", "scheme", "entitlement", "age_min_days", "age_max_days",
    *(f"serves_{group}" for group in GROUPS), *_SPOKEN,
)  # fmt: skip


class CentreDirectory:
    """The centres of an atlas as a search reads them, words indexed.

    Parameters
    ----------
    centres
        The ``centros`` table, of which ``READ_COLUMNS`` are read. Columns an older atlas lacks are
        unknown for all.
    """

    def __init__(self, centres: pd.DataFrame) -> None:
        size = len(centres)
        self.size = size
        self.type = _texts(centres, "service_type")
        self.scian = _texts(centres, "scian")
        self.sector = _texts(centres, "sector")
        self.scheme = _texts(centres, "scheme", "desconocido")
        self.entitlement = _texts(centres, "entitlement", "desconocido")
        self.serves = {
            group: centres[f"serves_{group}"].to_numpy(dtype=bool)
            if f"serves_{group}" in centres
            else np.zeros(size, dtype=bool)
            for group in GROUPS
        }
        self.age_min, self.age_max = (
            centres[name].to_numpy("float64") if name in centres else np.full(size, np.nan)
            for name in ("age_min_days", "age_max_days")
        )
        self.school = np.isin(self.type, _SCHOOLS)
        said = [_known(centres[name], "") for name in _SPOKEN if name in centres]
        self.words = WordIndex(" ".join(parts) for parts in zip(*said, strict=True))

    def offering(self, service: str) -> Mask:
        """Return which centres offer a service.

        Raises
        ------
        ParameterError
            If there is no such service.
        """
        services = default_codebooks().services
        if service not in services:
            listed = ", ".join(services)
            raise ParameterError(
                Text(f"No hay un servicio «{service[:40]}»", f"No service “{service[:40]}”"),
                where=Where(column="service"),
                remedy=Text(f"Use uno de: {listed}", f"Use one of: {listed}"),
            )
        found = services[service]
        return np.isin(self.scian, [*found.classes, *found.optional_classes])

    def saying(self, phrases: tuple[Phrase, ...]) -> Mask:
        """Return which centres every phrase is true of: what it means, or a part of their words."""
        said = np.ones(self.size, dtype=bool)
        for phrase in phrases:
            here = np.zeros(self.size, dtype=bool)
            here[self.words.rows(phrase)] = True
            if phrase.meaning is not None and phrase.meaning.field == "service_type":
                here |= np.isin(self.type, phrase.meaning.values)
            elif phrase.meaning is not None:
                for group in phrase.meaning.values:
                    here |= self.serves[group]
            said &= here
        return said


@dataclass(frozen=True, slots=True)
class Ways:
    """How far each centre is from where the person stands.

    Parameters
    ----------
    minutes
        Shape (centres,), walk over the streets; NaN where it is not known or beyond the limit.
        None where the atlas has no streets.
    straight_m
        Shape (centres,), straight distance, metres.
    """

    minutes: Floats | None
    straight_m: Floats


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows a search; None and empty do not."""

    text: str | None = None
    service: str | None = None
    sector: str | None = None
    limit: int = 20
    include_unfit: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One centre of an answer.

    Parameters
    ----------
    row
        Its row in the table.
    verdict
        Whether the person may use it, must ask, or may not.
    minutes, straight_m
        How far it is; minutes are None where the walk is not known or too long.
    reasons
        Why.
    """

    row: int
    verdict: Verdict
    minutes: float | None
    straight_m: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The centres found, and how many there were at each step.

    Parameters
    ----------
    found
        The nearest, those the person may use or ask at; all that match, if they are included.
    matching
        Centres of the service, sector and words.
    usable
        Those of them that the person may use or ask at.
    """

    found: tuple[Found, ...]
    matching: int
    usable: int


def find_centres(directory: CentreDirectory, person: Person, ways: Ways, wanted: Wanted) -> Answer:
    """Find the centres a person may use, ordered by walking minutes, then by straight distance.

    Parameters
    ----------
    directory
        The centres.
    person
        Whom it is for.
    ways
        How far the centres are.
    wanted
        What kind of centre, in what words, and how many.

    Raises
    ------
    ParameterError
        If the words or the service cannot be used.
    """
    matching = np.ones(directory.size, dtype=bool)
    if wanted.service is not None:
        matching &= directory.offering(wanted.service)
    if wanted.sector is not None:
        matching &= directory.sector == wanted.sector
    if wanted.text is not None:
        matching &= directory.saying(read_query(wanted.text))
    barred = _barred(directory, person)
    usable = matching & ~barred
    chosen = np.flatnonzero(matching if wanted.include_unfit else usable)
    minutes = ways.minutes if ways.minutes is not None else np.full(directory.size, np.nan)
    order = np.lexsort((ways.straight_m[chosen], minutes[chosen]))
    return Answer(
        found=tuple(
            _explained(directory, person, ways, int(row)) for row in chosen[order][: wanted.limit]
        ),
        matching=int(matching.sum()),
        usable=int(usable.sum()),
    )


def _barred(directory: CentreDirectory, person: Person) -> Mask:
    """Return which centres the person may not use, for one reason or several."""
    barred = np.zeros(directory.size, dtype=bool)
    if person.age_days is not None and person.school_age_days is not None:
        youngest, oldest = (
            np.where(directory.school, person.school_age_days[end], person.age_days[end])
            for end in (0, 1)
        )
        barred |= (oldest < directory.age_min) | (youngest > directory.age_max)
    if person.groups is not None:
        served = np.zeros(directory.size, dtype=bool)
        for group in person.groups:
            served |= directory.serves[group]
        if "discapacidad" not in person.groups:
            served &= directory.type != _SPECIAL
        barred |= ~served
    if person.entitlements is not None:
        asks = directory.entitlement == "con"
        barred |= asks & ~np.isin(directory.scheme, sorted(person.entitlements))
    return barred


def _explained(directory: CentreDirectory, person: Person, ways: Ways, row: int) -> Found:
    given = tuple(_reasons(directory, person, row))
    kinds = {reason.kind for reason in given}
    verdict: Verdict = (
        "no" if "en_contra" in kinds else "pregunte" if "por_confirmar" in kinds else "si"
    )
    minutes = np.nan if ways.minutes is None else float(ways.minutes[row])
    return Found(
        row=row,
        verdict=verdict,
        minutes=None if np.isnan(minutes) else minutes,
        straight_m=float(ways.straight_m[row]),
        reasons=given,
    )


def _reasons(directory: CentreDirectory, person: Person, row: int) -> list[Reason]:
    found: list[Reason] = []
    served = [group for group in GROUPS if directory.serves[group][row]]
    if directory.type[row] == _SPECIAL:
        served = ["discapacidad"]
    if person.groups is not None:
        fits = bool(person.groups & set(served))
        found.append(reasons.right_group(served) if fits else reasons.wrong_group(served))
    if person.disability and "discapacidad" in served:
        intellectual = directory.type[row] == _INTELLECTUAL
        if not (intellectual and person.disability == "intelectual"):
            found.append(reasons.disability_to_confirm(intellectual=intellectual))
    age = person.school_age_days if directory.school[row] else person.age_days
    if age is not None:
        found.append(_age_reason(directory, age, row))
    found.extend(
        reasons.entitlement_reasons(
            str(directory.scheme[row]), str(directory.entitlement[row]), person.entitlements
        )
    )
    return found


def _age_reason(directory: CentreDirectory, age: tuple[int, int], row: int) -> Reason:
    least, most = float(directory.age_min[row]), float(directory.age_max[row])
    youngest, oldest = age
    if oldest < least:
        return reasons.too_young(least)
    if youngest > most:
        return reasons.too_old(most)
    unknown = np.isnan(least) and np.isnan(most)
    if unknown or youngest < least or oldest > most:
        return reasons.age_to_confirm(least, most)
    return reasons.right_age(least, most, school=bool(directory.school[row]))


def _texts(centres: pd.DataFrame, name: str, unknown: str = "") -> npt.NDArray[np.str_]:
    if name not in centres:
        return np.full(len(centres), unknown or "", dtype="U16")
    return _known(centres[name], unknown).to_numpy(dtype="str")


def _known(texts: pd.Series, unknown: str) -> pd.Series:
    values = texts.astype("object")
    return values.where(values.notna(), unknown)
