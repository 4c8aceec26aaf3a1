"""Which file is which: the table of sources, folders of source files, and names of places.

A folder of sources is either files under INEGI's names, as ``fetch`` stores them, or described by a
small TOML::

    title.es = "Mi municipio"
    title.en = "My municipality"
    places = ["01001"]
    root = "files"                       # relative to the TOML; "." by default

    [sources.denue]
    path = "mi_denue.csv"                # or paths = ["a.csv", "b.csv"], globs allowed
    edition = "11/2024"
    publisher = "INEGI"
    licence = "…"
    columns = { nom_estab = "nombre" }   # INEGI's name = name in this file
    absent = ["www"]                     # columns this file does not hold

    [options]
    demand = "municipal_shares"

Besides ``sources.streets`` there may be a ``sources.osm_streets``; a build takes one of the two.
"""

import csv
import difflib
import json
import os
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from data.errors import InputError, MissingInputError, UnknownPlaceError, Where
from data.places import normalise_name
from data.texts import Text

ROLES = (
    "denue", "census_areas", "census_localities", "census_municipalities", "states",
    "municipalities", "localities", "agebs", "blocks", "environment", "streets", "osm_streets",
    "water_green", "dem", "projections", "marginacion", "input_output", "industry_accounts",
)  # fmt: skip
StreetChoice = Literal["inegi", "osm"]
OSM_SUFFIXES = (".graphml", ".osm", ".pbf")
OSM_NOTE = Text(
    "Calles © colaboradores de OpenStreetMap: la red y las tablas hechas con ella se publican"
    " bajo la misma licencia (ODbL 1.0) y citan su origen",
    "Streets © OpenStreetMap contributors: the network and tables made with it are published"
    " under the same licence (ODbL 1.0) and name their origin",
)
DESCRIPTION = "cuidados.toml"
COUNTRY = "MX"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Words(_Record):
    es: str
    en: str

    @property
    def text(self) -> Text:
        return Text(self.es, self.en)


class Licence(_Words):
    """Terms a source is published under."""

    url: str


class Source(_Record):
    """One published source: its address, its name in the cache, its edition and licence."""

    title: _Words
    publisher: str
    licence: str
    edition: str
    file: str
    roles: tuple[str, ...]
    url: str | None = None
    split: dict[str, tuple[str, ...]] = {}


class _Catalog(_Record):
    licences: dict[str, Licence]
    sources: dict[str, Source]
    states: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """The file or files that play one role in a build.

    Parameters
    ----------
    role
        What they are read as.
    paths
        The files, in order.
    title, edition, publisher, licence, url
        What is said of them wherever their numbers show.
    columns
        INEGI's column name → name in the files.
    absent
        INEGI's columns the files do not hold.
    options
        Further facts a step of the build needs to know of them.
    notes
        Known faults, for people.
    """

    role: str
    paths: tuple[Path, ...]
    title: Text
    edition: str
    publisher: str
    licence: str
    url: str | None
    columns: Mapping[str, str]
    absent: tuple[str, ...]
    options: Mapping[str, Any]
    notes: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFolder:
    """All the sources of a build.

    Parameters
    ----------
    title
        Title of the atlas to be.
    places
        Codes of the places to build; empty for everything in the files.
    files
        Source of each role.
    options
        Choices of the build the folder asks for, such as ``demand``.
    notes
        What a reader of the atlas must know.
    """

    title: Text
    places: tuple[str, ...]
    files: Mapping[str, SourceFile]
    options: Mapping[str, str]
    notes: tuple[Text, ...]


class _FileEntry(_Record):
    path: str | None = None
    paths: tuple[str, ...] = ()
    title: _Words | None = None
    edition: str
    publisher: str
    licence: str
    url: str | None = None
    columns: dict[str, str] = {}
    absent: tuple[str, ...] = ()
    options: dict[str, Any] = {}
    notes: tuple[_Words, ...] = ()


class _Description(_Record):
    title: _Words
    places: tuple[str, ...] = ()
    root: str = "."
    root_env: str | None = None
    sources: dict[str, _FileEntry]
    options: dict[str, str] = {}
    notes: tuple[_Words, ...] = ()


@cache
def catalog() -> _Catalog:
    """Return the table of sources."""
    text = resources.files("data").joinpath("sources.toml").read_text("utf-8")
    return _Catalog.model_validate(tomllib.loads(text))


def licence_text(source: Source) -> str:
    """Return a source's terms in one line, both languages' name being the Spanish one."""
    licence = catalog().licences[source.licence]
    return f"{licence.es} ({licence.url})"


def file_names(source: Source, state: str) -> tuple[str, ...]:
    """Return the names a source's files of one state have in the cache."""
    name = catalog().states.get(state, "")
    parts = source.split.get(state, (state,))
    return tuple(source.file.format(ee=part, name=name, place=state) for part in parts)


def open_source_folder(
    path: Path, *, places: Collection[str] = (), streets: StreetChoice | None = None
) -> SourceFolder:
    """Find out which file of a folder is which.

    Parameters
    ----------
    path
        A folder, described by its ``cuidados.toml`` or holding files under INEGI's names; or the
        TOML file itself.
    places
        Codes, names or ``MX``; empty takes those of the description.
    streets
        Whose streets to walk along; None takes INEGI's, or OpenStreetMap's where only they are
        there.

    Raises
    ------
    MissingInputError
        If the folder or a file it names does not exist, nothing in it is recognised, or it lacks
        the streets chosen.
    InputError
        If the description has an unknown role or option, or a path leaves its root.
    UnknownPlaceError
        If a place does not exist.
    """
    description = path / DESCRIPTION if path.is_dir() else path
    if description.is_file():
        return _with_streets(_described(description, places), streets, description.parent)
    codes = resolve_places(tuple(places))
    if not path.is_dir():
        raise MissingInputError(
            Text("No existe la carpeta de fuentes", "The folder of sources does not exist"),
            where=Where(file=path),
            remedy=Text("Revise --sources, o descargue con «cuidados fetch»",
                        "Check --sources, or download with “cuidados fetch”"),
        )  # fmt: skip
    return _with_streets(_recognised(path, codes), streets, path)


def _with_streets(folder: SourceFolder, choice: StreetChoice | None, path: Path) -> SourceFolder:
    """Return a folder with the streets chosen, under the role ``streets``, or say they lack."""
    files = dict(folder.files)
    inegi, osm = files.pop("streets", None), files.pop("osm_streets", None)
    osm = osm or _fetched_osm(path, folder.places)
    if inegi is not None and all(file.suffix.lower() in OSM_SUFFIXES for file in inegi.paths):
        inegi, osm = None, inegi
    chosen = {"inegi": inegi, "osm": osm, None: inegi or osm}[choice]
    if chosen is not None:
        files["streets"] = replace(chosen, role="streets")
    elif choice is not None:
        place = " ".join(folder.places) or "PLACE"
        source = "marco" if choice == "inegi" else "osm_streets"
        names = {"inegi": Text("del INEGI", "INEGI's"),
                 "osm": Text("de OpenStreetMap", "OpenStreetMap's")}[choice]  # fmt: skip
        command = f"cuidados fetch {place} --source {source}"
        raise MissingInputError(
            Text(f"No están las calles {names.es}", f"{names.en} streets are not there"),
            where=Where(file=path),
            remedy=Text(f"Descárguelas con «{command}», o elija otras con --streets",
                        f"Download them with “{command}”, or choose others with --streets"),
        )  # fmt: skip
    return replace(folder, files={role: files[role] for role in ROLES if role in files})


def _fetched_osm(folder: Path, places: tuple[str, ...]) -> SourceFile | None:
    """Return OpenStreetMap's streets of all the places, each its own or its state's file."""
    source = catalog().sources["osm_streets"]
    found = []
    for place in places:
        names = dict.fromkeys((*file_names(source, place), *file_names(source, place[:2])))
        there = [folder / name for name in names if (folder / name).is_file()]
        if not there:
            return None
        found.append(there[0])
    if not found:
        return None
    paths = tuple(dict.fromkeys(found))
    # The map changes by the minute: the edition is the day it was downloaded.
    days = sorted({_download_date(path) or source.edition for path in paths})
    return replace(
        _cached_file("osm_streets", source, paths), edition=", ".join(days), notes=(OSM_NOTE,)
    )


def _download_date(path: Path) -> str | None:
    try:
        facts = json.loads(path.with_name(path.name + ".json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    date = facts.get("date") if isinstance(facts, dict) else None
    return date if isinstance(date, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", date) else None


def _described(description: Path, places: Collection[str]) -> SourceFolder:
    told = _parse(description)
    root = description.parent / told.root
    if told.root_env is not None and os.environ.get(told.root_env):
        root = Path(os.environ[told.root_env])
    files = {
        role: _source_file(role, told.sources[role], root, description)
        for role in ROLES
        if role in told.sources
    }
    known = dict.fromkeys(told.places, "")
    return SourceFolder(
        title=told.title.text,
        places=resolve_places(tuple(places), known) if places else told.places,
        files=files,
        options=told.options,
        notes=tuple(note.text for note in told.notes),
    )


def _parse(description: Path) -> _Description:
    try:
        told = _Description.model_validate(tomllib.loads(description.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            Text("La descripción de fuentes no es TOML", "The description of sources is not TOML"),
            where=Where(file=description),
            remedy=Text(f"Corríjala: {error}", f"Mend it: {error}"),
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(
            Text("La descripción de fuentes no es válida", "The description of sources is invalid"),
            where=Where(file=description, column=".".join(str(part) for part in first["loc"]),
                        value=first.get("input")),
            remedy=Text(f"Corríjala: {first['msg']}", f"Mend it: {first['msg']}"),
        ) from error  # fmt: skip
    for role in told.sources:
        if role not in ROLES:
            near = difflib.get_close_matches(role, ROLES, n=1)
            hint = near[0] if near else ", ".join(ROLES)
            raise InputError(
                Text("Fuente desconocida en la descripción", "Unknown source in the description"),
                where=Where(file=description, column=f"sources.{role}"),
                remedy=Text(f"¿Quiso decir {hint}?", f"Did you mean {hint}?"),
            )
    return told


def _source_file(role: str, entry: _FileEntry, root: Path, description: Path) -> SourceFile:
    patterns = entry.paths or ((entry.path,) if entry.path else ())
    paths = [path for pattern in patterns for path in _matches(root, pattern, role, description)]
    if not paths:
        raise _no_file(role, description)
    title = entry.title.text if entry.title is not None else Text(role, role)
    return SourceFile(
        role=role,
        paths=tuple(paths),
        title=title,
        edition=entry.edition,
        publisher=entry.publisher,
        licence=entry.licence,
        url=entry.url,
        columns=entry.columns,
        absent=entry.absent,
        options=entry.options,
        notes=tuple(note.text for note in entry.notes),
    )


def _matches(root: Path, pattern: str, role: str, description: Path) -> list[Path]:
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise InputError(
            Text("Una ruta sale de la carpeta de fuentes", "A path leaves the folder of sources"),
            where=Where(file=description, column=f"sources.{role}", value=pattern),
            remedy=Text("Use rutas relativas a «root»", "Use paths relative to “root”"),
        )
    found = sorted(root.glob(pattern)) if re.search(r"[*?\[]", pattern) else [root / pattern]
    if not found or not all(path.is_file() for path in found):
        raise _no_file(role, root / pattern)
    return found


def _no_file(role: str, path: Path) -> MissingInputError:
    return MissingInputError(
        Text(f"No existe el archivo de la fuente {role}", f"The file of source {role} is missing"),
        where=Where(file=path, column=f"sources.{role}"),
        remedy=Text("Revise la ruta en la descripción", "Check the path in the description"),
    )


def _recognised(folder: Path, places: tuple[str, ...]) -> SourceFolder:
    """Find files under INEGI's names for the states asked for (or for all)."""
    states = sorted({place[:2] for place in places}) or sorted(catalog().states)
    files: dict[str, SourceFile] = {}
    for source in catalog().sources.values():
        if "osm_streets" in source.roles:
            continue  # by place, not by state, and all places or none
        paths = tuple(
            folder / name
            for state in states
            for name in file_names(source, state)
            if (folder / name).is_file()
        )
        if paths:
            for role in source.roles:
                files.setdefault(role, _cached_file(role, source, paths))
    if not files:
        raise MissingInputError(
            Text("La carpeta no tiene archivos con los nombres del INEGI",
                 "The folder holds no files under INEGI's names"),
            where=Where(file=folder),
            remedy=Text(f"Descárguelos con «cuidados fetch», o descríbalos en {DESCRIPTION}",
                        f"Download them with “cuidados fetch”, or describe them in {DESCRIPTION}"),
        )  # fmt: skip
    names = ", ".join(gazetteer().get(place, place) for place in places) or "México"
    return SourceFolder(
        title=Text(names, names),
        places=places,
        files={role: files[role] for role in ROLES if role in files},
        options={},
        notes=(),
    )


def _cached_file(role: str, source: Source, paths: tuple[Path, ...]) -> SourceFile:
    return SourceFile(
        role=role,
        paths=paths,
        title=source.title.text,
        edition=source.edition,
        publisher=source.publisher,
        licence=licence_text(source),
        url=source.url,
        columns={},
        absent=(),
        options={},
        notes=(),
    )


@cache
def gazetteer() -> Mapping[str, str]:
    """Return the name of every state and municipality by code (INEGI's catalogue, 2020)."""
    with resources.files("data").joinpath("codebooks/places.csv").open(encoding="utf-8") as stream:
        return {row["code"]: row["name"] for row in csv.DictReader(stream)}


def resolve_places(
    places: Sequence[str], extra: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return the codes of places given by code or by name.

    Parameters
    ----------
    places
        Codes (``01``, ``01001``), names, or ``MX`` for the country, which needs no code.
    extra
        Further places, code → name, such as those of a folder of sources.

    Raises
    ------
    UnknownPlaceError
        If none fits, or a name fits several; the remedy names the candidates.
    """
    known = {**gazetteer(), **(extra or {})}
    if any(place.upper() == COUNTRY for place in places):
        return ()
    return tuple(dict.fromkeys(_resolve(place, known) for place in places))


def _resolve(place: str, known: Mapping[str, str]) -> str:
    wanted = place.strip()
    if wanted in known:
        return wanted
    by_name: dict[str, list[str]] = {}
    for code, name in known.items():
        by_name.setdefault(normalise_name(name), []).append(code)
    fitting = by_name.get(normalise_name(wanted), [])
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        problem = Text("El nombre corresponde a varios lugares", "The name fits several places")
    else:
        problem = Text("No existe el lugar", "There is no such place")
        near = difflib.get_close_matches(normalise_name(wanted), by_name, n=3)
        fitting = [code for name in near for code in by_name[name]]
        fitting += difflib.get_close_matches(wanted, known, n=3) if wanted.isdigit() else []
    shown = ", ".join(f"{code} {known[code]}" for code in fitting[:8])
    raise UnknownPlaceError(
        problem,
        where=Where(value=place[:80]),
        remedy=Text(f"Dé un código: {shown}", f"Give a code: {shown}") if shown else Text(
            "Dé un código de entidad (01) o municipio (01001), o MX",
            "Give the code of a state (01) or municipality (01001), or MX",
        ),
    )  # fmt: skip
