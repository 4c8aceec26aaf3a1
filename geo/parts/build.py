"""A build in parts: states read, areas measured, states added up, all put together."""

import os
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from data.catalog import SourceFolder, catalog, open_source_folder
from data.classification import Codebooks, default_codebooks
from data.errors import MissingInputError, UnknownPlaceError, Where
from data.tables import Level
from data.texts import Language, Text
from geo import artifacts
from geo.artifacts import Manifest, SourceRecord, record_file
from geo.method import Method
from geo.parts.areas import (
    AreaJob,
    TotalJob,
    add_up_state,
    facts_of,
    measure_area,
    shared_facts,
)
from geo.parts.crew import Crew, Job
from geo.parts.cut import FILL_CELLS, Part, cut_country
from geo.parts.decide import PART_LEVELS, decide
from geo.parts.finish import finish
from geo.parts.gather import Ground
from geo.parts.merge import Piece, open_piece
from geo.parts.states import StateJob, read_state
from geo.parts.store import keep_only, piece_name
from geo.parts.told import merged_sources
from geo.parts.unions import PLAIN, STREAMED, UNIONS, UnionJob, unite
from geo.pipeline.build import BuildResult, write_report
from geo.pipeline.work import Decisions, Share
from geo.progress import Progress

PIECES = ".parts"
# Memory a piece is expected to take: a floor for the libraries, then by what it reads.
_BASE_BYTES = 450 << 20
_BYTES_PER_CELL = 14_000
_BYTES_PER_SOURCE_BYTE = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsRequest:
    """What is to be built in parts.

    Parameters
    ----------
    sources
        Folder of sources, or the file that describes it.
    places
        Codes of the places; none for the country.
    streets
        Whose streets.
    method, codebooks
        As for :func:`geo.pipeline.build`.
    sensitivity
        Whether to measure how much rankings hang on the method.
    fill_cells, whole_areas
        How the country is cut (:func:`geo.parts.cut.cut_country`).
    """

    sources: Path
    places: tuple[str, ...] = ()
    streets: Literal["inegi", "osm"] | None = None
    method: Method
    codebooks: Codebooks | None = None
    sensitivity: bool = False
    fill_cells: int = FILL_CELLS
    whole_areas: bool = True


def build_in_parts(
    request: PartsRequest, *, atlas: Path, crew: Crew, language: Language = "es"
) -> BuildResult:
    """Build an atlas in parts and put it in service.

    Figures are those of a build in one piece. Finished pieces are kept beside the atlas, named by
    all they depend on: a build that was stopped goes on from them, and one with a newer source
    makes only those it touches.

    Parameters
    ----------
    request
        What to build.
    atlas
        Folder of the atlas.
    crew
        Who makes the pieces.
    language
        Language progress is told in.

    Raises
    ------
    CareError
        If the input cannot be used, another build holds the atlas, the disk fails, or a worker is
        lost again and again; the version in service is then as it was.
    """
    progress = Progress(steps=0, stream=sys.stderr, language=language)
    try:
        with artifacts.exclusive(atlas), artifacts.staging(atlas) as staged:
            root = atlas / PIECES
            root.mkdir(exist_ok=True)
            run = _Run(request, root, crew, progress)
            manifest = run.make(staged)
            with progress.step("switch", Text("Poniendo en servicio", "Putting in service")):
                version = artifacts.put_in_service(atlas, staged, manifest)
            keep_only(root, run.names)
            report = write_report(atlas, manifest, progress, more=run.told())
    except OSError as error:
        raise artifacts.storage_error(error, atlas) from error
    finally:
        progress.close()
    return BuildResult(version, manifest, report, progress.durations_s)


class _Run:
    """The rounds of one build."""

    def __init__(self, request: PartsRequest, root: Path, crew: Crew, progress: Progress) -> None:
        self.request = request
        self.root = root.resolve()
        self.crew = crew
        self.progress = progress
        self.codebooks = request.codebooks or default_codebooks()
        self.names: list[str] = []
        self.peaks: dict[str, int] = {}
        self.made = 0
        self.cells = 0
        self.cpu_s: dict[str, float] = {}

    def make(self, staged: Path) -> Manifest:
        """Make every piece and merge them."""
        folder = open_source_folder(
            self.request.sources, places=self.request.places, streets=self.request.streets
        )
        states = self._read(folder)
        ground = self._ground(folder, states)
        with self.progress.step("cut", Text("Cortando en zonas urbanas", "Cutting by urban area")):
            decided = decide(ground)
            parts = self._cut(states)
        areas = self._measure(ground, decided, parts, states)
        totals = self._add_up(ground, decided, areas, states)
        unions = self._unite(ground, folder, states, areas, totals)
        with self.progress.step("finish", Text("Reuniendo el atlas", "Putting the atlas together")):
            return finish(
                ground, staged, states=[piece.record for piece in states.values()],
                areas=areas, unions=unions, code_version=installed_version("mapa-cuidados"),
            )  # fmt: skip

    def told(self) -> dict[str, Any]:
        """Return what the report says of the pieces: how many were made, and what they took."""
        return {
            "pieces": len(self.names),
            "pieces_made": self.made,
            "cells": self.cells,
            "cpu_s": {name: round(seconds, 1) for name, seconds in self.cpu_s.items()},
            "peak_bytes": {
                "workers": dict(sorted(self.peaks.items())),
                "coordinator": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            },
        }

    def _do(self, title: Text, jobs: Sequence[Job], *, fresh: bool = False) -> None:
        self.names += [job.name for job in jobs]
        self.progress.expect(len(jobs))
        done = 0

        def told(job: Job, peak: int) -> None:
            nonlocal done
            done += 1
            if peak:
                self.made += 1
                self.peaks[job.title] = peak
            self.progress.tick(
                Text(f"{title.es} {done}/{len(jobs)}: {job.title}",
                     f"{title.en} {done}/{len(jobs)}: {job.title}")
            )  # fmt: skip

        with self.progress.step(title.en.lower(), title):
            self.crew.run(self.root, jobs, told, fresh=fresh)

    def _piece(self, name: str, own: tuple[str, ...]) -> Piece:
        piece = open_piece(self.root / name, own)
        for step, seconds in piece.record.get("cpu_s", {}).items():
            self.cpu_s[step] = self.cpu_s.get(step, 0.0) + seconds
        return piece

    def _read(self, folder: SourceFolder) -> dict[str, Piece]:
        """Read the states; return their pieces by state."""
        request = self.request
        groups: dict[str, tuple[str, ...]] = {}
        for place in folder.places or sorted(catalog().states):
            groups[place[:2]] = (*groups.get(place[:2], ()), place)
        jobs: dict[str, Job] = {}
        hashes: dict[Path, str] = {}
        for state, places in groups.items():
            try:
                own = open_source_folder(request.sources, places=places, streets=request.streets)
            except (MissingInputError, UnknownPlaceError):
                if folder.places:
                    raise
                continue  # a country is built of the states at hand
            if not any(role.startswith("census_") for role in own.files):
                continue
            files = {
                role: [_hash(path, hashes) for path in source.paths]
                for role, source in own.files.items()
            }
            streets = own.files.get("streets")
            one_file = (
                len(groups) > 1
                and streets is not None
                and set(streets.paths) == set(folder.files["streets"].paths)
            )
            job = StateJob(
                request.sources.resolve(), places, request.streets, request.method,
                self.codebooks, one_file,
            )  # fmt: skip
            size = sum(path.stat().st_size for source in own.files.values()
                       for path in source.paths)  # fmt: skip
            name = piece_name(
                "state", places, files, _described(own), request.method.model_dump(mode="json"),
                self.codebooks.as_record(), one_file,
            )  # fmt: skip
            jobs[state] = Job(name, catalog().states.get(state, state), read_state, job,
                              _BASE_BYTES + _BYTES_PER_SOURCE_BYTE * size)  # fmt: skip
        if not jobs:
            raise MissingInputError(
                Text("Las fuentes no traen el censo de ninguna entidad",
                     "The sources hold the census of no state"),
                where=Where(file=request.sources),
                remedy=Text("Descárguelas con «cuidados fetch»",
                            "Download them with “cuidados fetch”"),
            )  # fmt: skip
        self._do(Text("Leyendo entidades", "Reading states"), list(jobs.values()))
        return {state: self._piece(job.name, ()) for state, job in jobs.items()}

    def _ground(self, folder: SourceFolder, states: dict[str, Piece]) -> Ground:
        records = [piece.record for piece in states.values()]
        sources = [
            [SourceRecord.model_validate(item) for item in record["records"]] for record in records
        ]
        offsets, lines = {}, 0
        for state, record in zip(states, records, strict=True):
            offsets[state] = lines
            shared = len(states) > 1 and _one_street_file(sources)
            lines += 0 if shared else record["lines"]
        held = [record["supply"]["held"] for record in records if record["supply"] is not None]
        elevation = folder.files.get("dem")
        return Ground(
            states={state: piece.folder for state, piece in states.items()},
            street_offset=offsets,
            folder=replace(folder, files={}),
            method=self.request.method,
            codebooks=self.codebooks,
            records=tuple(merged_sources(sources)),
            held=tuple(held[0]) if held else None,
            has_streets=any("streets" in record["hashes"] for record in records),
            elevation=() if elevation is None else tuple(p.resolve() for p in elevation.paths),
        )

    def _cut(self, states: dict[str, Piece]) -> tuple[Part, ...]:
        squares = pd.concat(
            [pd.read_parquet(piece.folder / "squares.parquet") for piece in states.values()],
            ignore_index=True,
        )
        cells = {home: count for piece in states.values()
                 for home, count in piece.record["cells"].items()}  # fmt: skip
        self.cells = sum(cells.values())
        return cut_country(
            squares, cells, self.request.method,
            fill_cells=self.request.fill_cells, whole_areas=self.request.whole_areas,
        )  # fmt: skip

    def _measure(
        self, ground: Ground, decided: Decisions, parts: tuple[Part, ...], states: dict[str, Piece]
    ) -> list[Piece]:
        share = Share(PART_LEVELS, decided)
        facts = facts_of(ground, share)
        by_home = _hashes_by_home(states)
        jobs = []
        for part in parts:
            tables = {home: by_home.get(home, {}) for home in (*part.own, *part.near)}
            name = piece_name(
                "part", part.own, part.near, part.zone.tolist(), part.streets.tolist(), tables,
                facts, self.request.sensitivity,
            )  # fmt: skip
            title = ", ".join(part.own[:3]) + (f" +{len(part.own) - 3}" if part.own[3:] else "")
            jobs.append(Job(name, title, measure_area,
                            AreaJob(ground, share, part, self.request.sensitivity),
                            _BASE_BYTES + _BYTES_PER_CELL * part.cells))  # fmt: skip
        self._do(Text("Midiendo partes", "Measuring parts"), jobs)
        return [self._piece(job.name, part.own) for job, part in zip(jobs, parts, strict=True)]

    def _add_up(
        self, ground: Ground, decided: Decisions, areas: list[Piece], states: dict[str, Piece]
    ) -> list[Piece]:
        """Add up the states that are built whole."""
        share = Share((Level.STATE,), decided)
        facts = facts_of(ground, share)
        jobs, homes_of = [], {}
        for state, piece in states.items():
            if self.request_places(ground) and state not in ground.folder.places:
                continue
            homes_of[state] = homes = tuple(piece.record["cells"])
            touched = [area for area in areas if set(area.own).intersection(homes)]
            name = piece_name("total", state, [area.folder.name for area in touched],
                              piece.record["hashes"], facts)  # fmt: skip
            job = TotalJob(ground, share, homes, tuple(area.folder for area in touched))
            jobs.append(Job(name, catalog().states.get(state, state), add_up_state, job,
                            _BASE_BYTES + _BYTES_PER_CELL // 2
                            * sum(piece.record["cells"].values())))  # fmt: skip
        if not jobs:
            return []
        self._do(Text("Sumando entidades", "Adding up states"), jobs)
        return [self._piece(job.name, homes_of[state])
                for job, state in zip(jobs, homes_of, strict=True)]  # fmt: skip

    def _unite(
        self,
        ground: Ground,
        folder: SourceFolder,
        states: dict[str, Piece],
        areas: list[Piece],
        totals: list[Piece],
    ) -> dict[str, Piece]:
        """Put the pieces together."""
        held, added = (tuple((piece.folder, piece.own) for piece in pieces)
                       for pieces in (areas, totals))  # fmt: skip
        common = [list(folder.places), shared_facts(ground)]
        read = [piece.folder.name for piece in states.values()]
        measured = [piece.folder.name for piece in areas]
        edges = [piece.record["edges"] for piece in areas]
        facts: dict[str, list[Any]] = {"levels": [read, measured, [p.folder.name for p in totals]]}
        for layer in STREAMED:
            if any(layer in piece.layers for piece in areas):
                facts[layer] = [measured]
        for layer, table in PLAIN.items():
            tables = [piece.record["tables"].get(table) for piece in states.values()]
            if any(tables):
                facts[layer] = [tables]
        facts["grids"] = [read, measured]
        if any(edges):
            known: dict[Path, str] = {}
            heights = [_hash(path, known) for path in ground.elevation]
            gaps = [piece.record["statistics"].get("joined_gaps") for piece in areas]
            facts["network"] = [edges, gaps, heights]
        facts["tables"] = [measured, [piece.folder.name for piece in totals]]
        jobs = {
            name: Job(
                piece_name(f"union-{name}", *common, *depends),
                UNIONS[name].title,
                unite,
                UnionJob(ground, folder, held, added, name),
                _BASE_BYTES + UNIONS[name].bytes_per_cell * self.cells,
            )
            for name, depends in facts.items()
        }
        self._do(Text("Uniendo", "Merging"), list(jobs.values()), fresh=True)
        return {name: self._piece(job.name, ()) for name, job in jobs.items()}

    @staticmethod
    def request_places(ground: Ground) -> bool:
        """Say whether some places were asked for, not the country."""
        return bool(ground.folder.places)


def _hash(path: Path, known: dict[Path, str]) -> str:
    if path not in known:
        known[path] = record_file(path).sha256
    return known[path]


def _described(folder: SourceFolder) -> dict[str, Any]:
    """Return what a description of sources says of its files, besides their content."""
    return {
        "options": dict(sorted(folder.options.items())),
        "files": {
            role: [source.edition, dict(source.columns), source.absent, dict(source.options)]
            for role, source in folder.files.items()
        },
    }


def _hashes_by_home(states: dict[str, Piece]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for piece in states.values():
        for table, hashes in piece.record["hashes"].items():
            for home, value in hashes.items():
                found.setdefault(home, {})[table] = value
    return found


def _one_street_file(sources: list[list[SourceRecord]]) -> bool:
    files = [[r.files for r in records if r.role == "streets"] for records in sources]
    return all(item == files[0] for item in files)


def default_workers() -> int:
    """Return how many processes a build uses where it is not told: one a core."""
    return os.cpu_count() or 1
