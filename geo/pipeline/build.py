"""A build, from a folder of sources to an atlas in service."""

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from data.catalog import SourceFolder, gazetteer
from data.classification import Codebooks, default_codebooks
from data.errors import MissingInputError
from data.tables import Level
from data.texts import Language, Text
from geo import artifacts
from geo.artifacts import CheckRecord, Label, Manifest, PlaceRecord
from geo.demand import CENSUS_COLUMNS, CENSUS_YEAR, SEX_CODES, Demand
from geo.first_map import FIRST_MAP_TITLE, draw_first_map
from geo.inputs import read_inputs
from geo.method import Method
from geo.participation import OPTIONAL_VARIABLES
from geo.pipeline.sensitivity import SENSITIVITY_STEP
from geo.pipeline.steps import STEPS, never_counted, refuse_empty
from geo.pipeline.work import Step, Work
from geo.progress import Progress
from geo.publish import Layer
from geo.supply import counted_classes
from geo.tiles import bounds

# Share of the people left outside each side of the box a map opens on.
_OUTSIDE_FOCUS = 0.02


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build made.

    Parameters
    ----------
    version
        Folder of the version now in service.
    manifest
        Its manifest.
    report
        File with durations, date and machine, which are not part of the version.
    durations_s
        Seconds by step.
    """

    version: Path
    manifest: Manifest
    report: Path
    durations_s: dict[str, float]


def build(
    folder: SourceFolder,
    *,
    atlas: Path,
    method: Method,
    codebooks: Codebooks | None = None,
    sensitivity: bool = False,
    language: Language = "es",
) -> BuildResult:
    """Build the atlas of a folder of sources and put it in service.

    Parameters
    ----------
    folder
        The sources and the places.
    atlas
        Folder of the atlas; the version in service changes only when the new one is whole.
    method
        Parameters of the method.
    codebooks
        What classes, names and staff bands mean; None for the published ones.
    sensitivity
        Whether to measure how much the ranking of AGEB hangs on the method's choices.
    language
        Language the steps are told in while they run.

    Raises
    ------
    CareError
        If the input cannot be used, another build holds the atlas, or the disk fails; the version
        in service is then as it was.
    """
    steps = (*STEPS, SENSITIVITY_STEP) if sensitivity else STEPS
    progress = Progress(
        steps=len(folder.files) + len(steps) + 2, stream=sys.stderr, language=language
    )
    try:
        with artifacts.exclusive(atlas), artifacts.staging(atlas) as staged:
            books = codebooks or default_codebooks()
            manifest = _compute(folder, staged, method, books, steps, progress)
            with progress.step("switch", Text("Poniendo en servicio", "Putting in service")):
                version = artifacts.put_in_service(atlas, staged, manifest)
            report = write_report(atlas, manifest, progress)
    except OSError as error:
        raise artifacts.storage_error(error, atlas) from error
    finally:
        progress.close()
    return BuildResult(version, manifest, report, progress.durations_s)


def _compute(
    folder: SourceFolder,
    staged: Path,
    method: Method,
    codebooks: Codebooks,
    steps: tuple[Step, ...],
    progress: Progress,
) -> Manifest:
    inputs = read_inputs(
        folder,
        classes=(
            *counted_classes(codebooks, method.supply.optional_classes),
            *never_counted(codebooks),
        ),
        variables=CENSUS_COLUMNS,
        optional=(*OPTIONAL_VARIABLES, *SEX_CODES),
        progress=progress,
    )
    work = Work(folder, method, staged, inputs, codebooks)
    refuse_empty(work)
    for step in steps:
        with progress.step(step.name, step.title):
            step.run(work)
    focus = focus_of(work.demand.cells)
    with progress.step("first map", FIRST_MAP_TITLE):
        picture = draw_first_map(work.layer_records, focus, staged, inputs.licences)
    return Manifest(
        title=Label.of(title_of(folder, method)),
        places=_places(folder, work.demand),
        bounds=_bounds(work.layers),
        focus=focus,
        code_version=installed_version("mapa-cuidados"),
        sources=tuple(inputs.records),
        method={
            **method.model_dump(mode="json"),
            "options": dict(sorted(folder.options.items())),
            "codebooks": codebooks.as_record(),
        },
        layers=work.layer_records,
        network=work.network_record,
        assets=tuple(
            sorted((*work.assets, *([picture] if picture else [])), key=lambda asset: asset.id)
        ),
        not_computed=tuple(work.not_computed),
        notes=tuple(Label.of(note) for note in (*folder.notes, *work.notes)),
        checks=tuple(
            CheckRecord(id=check.id, passed=check.passed, detail=Label.of(check.detail))
            for check in work.demand.checks
        ),
    )


def title_of(folder: SourceFolder, method: Method) -> Text:
    """Return the title of the atlas, which says so where its demand is of another year."""
    year = method.demand.year
    if year == CENSUS_YEAR:
        return folder.title
    es, en = folder.title
    return Text(f"{es} · demanda proyectada a {year}", f"{en} · demand projected to {year}")


def _places(folder: SourceFolder, demand: Demand) -> tuple[PlaceRecord, ...]:
    if not folder.places:
        return (PlaceRecord(code="MX", name="México"),)
    named: dict[str, str] = {}
    for level in (Level.STATE, Level.MUNICIPALITY):
        if level in demand.tables:
            table = demand.tables[level]
            named |= dict(zip(table["cvegeo"], table["name"].astype("object"), strict=True))
    return tuple(
        PlaceRecord(code=place, name=gazetteer().get(place) or str(named.get(place) or place))
        for place in folder.places
    )


def _bounds(layers: list[Layer]) -> tuple[float, float, float, float]:
    drawn = [layer.frame for layer in layers if layer.level and layer.frame.geometry.notna().any()]
    if not drawn:
        raise MissingInputError(
            Text("Ninguna fuente trae geometrías", "No source holds geometries"),
            remedy=Text("Dé límites de municipios, AGEB o manzanas",
                        "Give outlines of municipalities, AGEB or blocks"),
        )  # fmt: skip
    corners = [bounds(frame) for frame in drawn]
    return (
        min(corner[0] for corner in corners),
        min(corner[1] for corner in corners),
        max(corner[2] for corner in corners),
        max(corner[3] for corner in corners),
    )


def focus_of(cells: pd.DataFrame) -> tuple[float, float, float, float] | None:
    """Return the box that leaves out 2 % of the people on each side, or None if none is placed."""
    placed = cells[cells["lon"].notna() & (cells["population"] > 0)]
    if placed.empty:
        return None
    edges = [
        _weighted_quantile(placed[axis], placed["population"], quantile)
        for axis in ("lon", "lat")
        for quantile in (_OUTSIDE_FOCUS, 1 - _OUTSIDE_FOCUS)
    ]
    west, east, south, north = edges
    return west, south, east, north


def _weighted_quantile(values: pd.Series, weights: pd.Series, quantile: float) -> float:
    order = values.argsort(kind="stable")
    share = weights.iloc[order].cumsum() / weights.sum()
    return round(float(values.iloc[order].iloc[int(share.searchsorted(quantile))]), 6)


def write_report(
    atlas: Path, manifest: Manifest, progress: Progress, more: Mapping[str, Any] | None = None
) -> Path:
    """Write what is worth knowing of a build but is not part of its version.

    Parameters
    ----------
    atlas, manifest, progress
        The atlas, its new version, and how long each step took.
    more
        Further facts.
    """
    folder = atlas / "reports"
    folder.mkdir(exist_ok=True)
    path = folder / f"{manifest.version}.json"
    report = {
        "version": manifest.version,
        "built": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "durations_s": {name: round(s, 3) for name, s in progress.durations_s.items()},
        "machine": {"system": platform.platform(), "python": platform.python_version()},
        "dropped": {record.role: record.dropped for record in manifest.sources},
        **(more or {}),
    }
    path.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    return path
