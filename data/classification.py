"""Codebooks of supply: what each class is, who may use what, what names say, how many places.

They are data (``data/codebooks/*.csv``), loaded into frozen records and checked as a whole, so that
a user's own codebooks are held to the same rules.
"""

import difflib
import fnmatch
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal, cast

from data.codebook_rows import Row, codebook_content, read_rows
from data.errors import InputError, MissingInputError, Where
from data.name_rules import FIELDS, NameRule, check_rules, parse_pattern
from data.texts import Text

Category = Literal["directo", "indirecto", "apoyo", ""]
# Sets of classes: counted by default, only when asked for, or never (a known error elsewhere).
Membership = Literal["default", "optional", "never"]
Entitlement = Literal["con", "sin", "desconocido"]

GROUPS = ("infancia", "mayores", "discapacidad")
SECTORS = ("publica", "privada", "sociedad_civil")
ENTITLEMENTS: tuple[Entitlement, ...] = ("con", "sin", "desconocido")
UNKNOWN_SCHEME = "desconocido"
_MEMBERSHIPS: tuple[Membership, ...] = ("default", "optional", "never")
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "scian.csv": (
        "scian", "label", "service_type", "category", *GROUPS, "age_min", "age_before",
        "age_source", "sector", "set",
    ),
    "services.csv": (
        "service", "title_es", "title_en", "group", "classes", "optional_classes",
    ),
    "staff_places.csv": (
        "service_type", "staff_band", "places_low", "places_central", "places_high", "source",
    ),
    "schemes.csv": (
        "scheme", "title_es", "title_en", "entitlement", "who_es", "who_en", "open_to_all",
        "census_variables", "age_min", "age_before", "age_service_types", "hours_es", "hours_en",
        "source",
    ),
    "name_rules.csv": (
        "rule_id", "pattern", "except", "fields", "classes", "scheme", "sector", "institution",
        "age_min", "age_before", "precedence", "confidence", "source",
    ),
}  # fmt: skip
_MOST_PLACES = 100_000.0
_MOST_PRECEDENCE = 10_000


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
        Usual ages served, in days, both included; None where the class does not say.
    age_source
        Where the ages are from.
    sector
        Sector of the class.
    membership
        Set the class belongs to.
    """

    scian: str
    label: str
    service_type: str
    category: Category
    groups: tuple[str, ...]
    age_min_days: float | None
    age_max_days: float | None
    age_source: str
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """Terms under which a centre admits people.

    Parameters
    ----------
    scheme, title
        Identifier and title.
    entitlement
        Whether one must be affiliated to (or employed by) an institution: ``con`` or ``sin``
        derechohabiencia, or unknown.
    who
        Who may use it.
    open_to_all
        Whether no affiliation is asked of anybody.
    census_variables
        Variables of the demand tables that count the people entitled (``insured_imss``). Empty
        where everybody is (``open_to_all``) or where the census does not count them.
    age_min_days, age_max_days
        Ages it admits, both included, in centres of ``age_service_types``.
    hours
        Opening hours.
    source
        Where this is from.
    """

    scheme: str
    title: Text
    entitlement: Entitlement
    who: Text
    open_to_all: bool
    census_variables: tuple[str, ...]
    age_min_days: float | None
    age_max_days: float | None
    age_service_types: tuple[str, ...]
    hours: Text
    source: str


@dataclass(frozen=True, slots=True)
class CodebookFile:
    """Which file a codebook was read from: its name, hash, and whether it is a user's own."""

    name: str
    sha256: str
    own: bool


@dataclass(frozen=True, slots=True)
class Codebooks:
    """Every codebook of supply, checked against each other.

    Parameters
    ----------
    classes
        Classes of care by code, those that never count included.
    services
        Services by identifier, in the order people meet them.
    staff_places
        Places by type of centre and staff band; types without a proxy are not in it.
    schemes
        Schemes by identifier.
    name_rules
        Rules over names, in the order of the file.
    files
        Files they were read from.
    """

    classes: Mapping[str, CareClass]
    services: Mapping[str, Service]
    staff_places: Mapping[tuple[str, str], StaffPlaces]
    schemes: Mapping[str, Scheme]
    name_rules: tuple[NameRule, ...]
    files: tuple[CodebookFile, ...]

    def as_record(self) -> dict[str, dict[str, object]]:
        """Return ``{file: {"sha256": …, "own": …}}``, for the manifest."""
        return {file.name: {"sha256": file.sha256, "own": file.own} for file in self.files}


@cache
def default_codebooks() -> Codebooks:
    """Return the published codebooks."""
    return load_codebooks()


def load_codebooks(folder: Path | None = None) -> Codebooks:
    """Read and check the codebooks.

    Parameters
    ----------
    folder
        A user's folder with one or more codebooks that take the place of the published ones of
        the same name, or None.

    Returns
    -------
    Codebooks
        The checked records.

    Raises
    ------
    MissingInputError
        If the folder does not exist or holds no codebook.
    InputError
        At the first fault, with file, row and column.
    """
    own = _own_files(folder) if folder is not None else {}
    contents = {name: own[name] if name in own else _published(name) for name in _COLUMNS}
    rows = {
        name: read_rows(
            content, str(folder / name) if folder and name in own else name, _COLUMNS[name]
        )
        for name, content in contents.items()
    }
    classes = {row.required("scian"): _care_class(row) for row in rows["scian.csv"]}
    for name in ("scian.csv", "services.csv", "schemes.csv"):
        _refuse_repeated(rows[name], _COLUMNS[name][:1])
    _refuse_repeated(rows["staff_places.csv"], _COLUMNS["staff_places.csv"][:2])
    types = tuple(dict.fromkeys(care.service_type for care in classes.values()))
    schemes = {row.required("scheme"): _scheme(row, types) for row in rows["schemes.csv"]}
    rules = tuple(_name_rule(row, classes, tuple(schemes)) for row in rows["name_rules.csv"])
    check_rules(rules)
    return Codebooks(
        classes=classes,
        services={row.required("service"): _service(row, classes) for row in rows["services.csv"]},
        staff_places={
            (row.choice("service_type", types), row.required("staff_band")): _staff_places(row)
            for row in rows["staff_places.csv"]
        },
        schemes=schemes,
        name_rules=rules,
        files=tuple(
            CodebookFile(name, hashlib.sha256(content).hexdigest(), name in own)
            for name, content in contents.items()
        ),
    )


def _published(name: str) -> bytes:
    return resources.files("data").joinpath("codebooks", name).read_bytes()


def _own_files(folder: Path) -> dict[str, bytes]:
    listed = ", ".join(_COLUMNS)
    remedy = Text(f"Ponga en ella alguno de: {listed}", f"Put in it one of: {listed}")
    if not folder.is_dir():
        raise MissingInputError(
            Text("No existe la carpeta de libros de códigos", "There is no such codebook folder"),
            where=Where(file=folder), remedy=remedy,
        )  # fmt: skip
    found = {path.name: path for path in sorted(folder.glob("*.csv"))}
    for name, path in found.items():
        if name not in _COLUMNS:
            near = difflib.get_close_matches(name, _COLUMNS, n=1)
            raise InputError(
                Text("No es un libro de códigos", "It is not a codebook"),
                where=Where(file=path),
                remedy=Text(f"¿Quiso decir {near[0]}?", f"Did you mean {near[0]}?")
                if near else remedy,
            )  # fmt: skip
    if not found:
        raise MissingInputError(
            Text("La carpeta no tiene libros de códigos", "The folder holds no codebooks"),
            where=Where(file=folder), remedy=remedy,
        )  # fmt: skip
    return {name: codebook_content(path) for name, path in found.items()}


def _refuse_repeated(rows: list[Row], key: tuple[str, ...]) -> None:
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        values = tuple(row.text(column) for column in key)
        if values in seen:
            raise row.wrong(
                key[0], Text("Clave repetida", "Repeated key"),
                Text("Cada clave debe aparecer una vez", "Each key must appear once"),
            )  # fmt: skip
        seen.add(values)


def _care_class(row: Row) -> CareClass:
    scian = row.required("scian")
    if not (scian.isascii() and scian.isdigit() and len(scian) == len("624411")):
        raise row.wrong(
            "scian", Text("Clase no válida", "Invalid class"),
            Text("Escriba sus seis dígitos", "Write its six digits"),
        )  # fmt: skip
    membership = cast("Membership", row.choice("set", _MEMBERSHIPS))
    allowed = ("directo", "indirecto", "apoyo") if membership != "never" else ("",)
    least, most = _ages(row)
    return CareClass(
        scian=scian,
        label=row.required("label"),
        service_type=row.required("service_type"),
        category=cast("Category", row.choice("category", allowed)),
        groups=tuple(group for group in GROUPS if row.choice(group, ("yes", "")) == "yes"),
        age_min_days=least,
        age_max_days=most,
        age_source=row.text("age_source"),
        sector=row.choice("sector", SECTORS),
        membership=membership,
    )


def _ages(row: Row) -> tuple[float | None, float | None]:
    least, most = row.age_days("age_min"), row.age_days("age_before", last=True)
    if least is not None and most is not None and least > most:
        raise row.wrong(
            "age_before", Text("Edades al revés", "Ages the wrong way round"),
            Text("Debe ser mayor que age_min", "It must be above age_min"),
        )  # fmt: skip
    return least, most


def _service(row: Row, classes: Mapping[str, CareClass]) -> Service:
    row.required("classes")
    return Service(
        service=row.required("service"),
        title=Text(row.required("title_es"), row.required("title_en")),
        group=row.choice("group", GROUPS),
        classes=row.many("classes", tuple(classes)),
        optional_classes=row.many("optional_classes", tuple(classes)),
    )


def _staff_places(row: Row) -> StaffPlaces:
    low, central, high = (
        row.number_in(f"places_{bound}", 0.0, _MOST_PLACES) for bound in ("low", "central", "high")
    )
    if not low <= central <= high:
        raise row.wrong(
            "places_central", Text("Lugares en desorden", "Places out of order"),
            Text("Debe ser low ≤ central ≤ high", "They must be low ≤ central ≤ high"),
        )  # fmt: skip
    return StaffPlaces(low=low, central=central, high=high, source=row.required("source"))


def _scheme(row: Row, types: tuple[str, ...]) -> Scheme:
    least, most = _ages(row)
    open_to_all = row.choice("open_to_all", ("yes", "")) == "yes"
    variables = row.many("census_variables")
    if open_to_all and variables:
        raise row.wrong(
            "census_variables", Text("Un esquema abierto es para todas las personas",
                                     "An open scheme is for everybody"),
            Text("Deje vacía esta celda o open_to_all", "Leave this cell or open_to_all blank"),
        )  # fmt: skip
    return Scheme(
        scheme=row.required("scheme"),
        title=Text(row.required("title_es"), row.required("title_en")),
        entitlement=cast("Entitlement", row.choice("entitlement", ENTITLEMENTS)),
        who=Text(row.required("who_es"), row.required("who_en")),
        open_to_all=open_to_all,
        census_variables=variables,
        age_min_days=least,
        age_max_days=most,
        age_service_types=row.many("age_service_types", types),
        hours=Text(row.text("hours_es"), row.text("hours_en")),
        source=row.required("source"),
    )


def _name_rule(row: Row, classes: Mapping[str, CareClass], schemes: tuple[str, ...]) -> NameRule:
    row.required("pattern")
    pattern = parse_pattern(row, "pattern")
    assert pattern is not None  # noqa: S101 — the cell is not blank, as just checked
    least, most = _ages(row)
    return NameRule(
        rule_id=row.required("rule_id"),
        pattern=pattern,
        excepting=parse_pattern(row, "except"),
        fields=row.many("fields", FIELDS) or FIELDS,
        classes=_classes_of(row, classes),
        scheme=row.choice("scheme", (*schemes, "")) or None,
        sector=row.choice("sector", (*SECTORS, "")) or None,
        institution=row.text("institution") or None,
        age_min_days=least,
        age_max_days=most,
        precedence=int(row.number_in("precedence", 0, _MOST_PRECEDENCE)),
        confidence=row.number_in("confidence", 0.0, 1.0),
        source=row.required("source"),
        row=row,
    )


def _classes_of(row: Row, classes: Mapping[str, CareClass]) -> tuple[str, ...]:
    """Return the classes of a cell: codes, or codes with ``*`` and ``?`` that fit at least one."""
    chosen: set[str] = set()
    for item in row.many("classes"):
        fitting = fnmatch.filter(classes, item) if set(item) <= set("0123456789*?") else []
        if not fitting:
            raise row.wrong(
                "classes", Text(f"Clase desconocida: {item}", f"Unknown class: {item}"),
                Text("Escriba clases de scian.csv; * y ? valen por dígitos",
                     "Write classes of scian.csv; * and ? stand for digits"),
            )  # fmt: skip
        chosen.update(fitting)
    return tuple(scian for scian in classes if scian in chosen)
