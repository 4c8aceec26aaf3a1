"""``cuidados report`` and ``cuidados map``: what one sends, prints and signs."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.options import (
    ATLAS,
    FILE,
    FOLDER,
    LANGUAGE,
    out_file,
    say,
    spoken_language,
)
from api.planning_commands import read_json
from data.errors import ParameterError, Where
from data.texts import Language, Text

if TYPE_CHECKING:
    from api.reporting import Batch
    from api.store import AtlasVersion
    from geo.report import Section

_FORMATS = ("html", "pdf", "xlsx", "map")
_BASE = re.compile(r"https?://[A-Za-z0-9.\-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~/\-]*)?")
_FAILURES_SHOWN = 20
_DRAWS = 500  # of the range of each figure of a simulation
EXIT_SOME_FAILED = 1


@click.command()
@click.argument("places", nargs=-1, metavar="[PLACE]...")
@ATLAS
@click.option(
    "--format",
    "formats",
    default="html,pdf,xlsx",
    show_default=True,
    help="Formats joined by commas: html, pdf, xlsx, map.",
)
@click.option(
    "--out",
    type=FOLDER,
    default=Path("reportes"),
    show_default=True,
    help="Folder to write to.",
)
@LANGUAGE
@click.option(
    "--base-url",
    default="",
    help="Address of the service, for the link and QR code to the same view of the page.",
)
@click.option("--state", help="All municipalities of this state.")
@click.option("--all", "every", is_flag=True, help="All municipalities of the atlas.")
@click.option(
    "--scenario",
    type=FILE,
    help="Also say what the changes of this scenario (GeoJSON, docs/planning.md) would do.",
)
@click.option(
    "--simulation",
    type=FILE,
    help="Also say what this care plan (JSON, docs/simulator.md) costs and returns.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Processes at work on several places.",
)
def report(
    *, places: tuple[str, ...], atlas: Path, formats: str, out: Path, lang: Language, base_url: str,
    state: str | None, every: bool, jobs: int, scenario: Path | None, simulation: Path | None,
) -> None:  # fmt: skip
    """Write the report of a place: summary, maps, tables, centres, methods, limits, sources.

    A PLACE is a code (a state, municipality, locality or AGEB) or the name of a municipality.
    Several are written in parallel; a batch that was stopped goes on where it was left. The exit
    code is 1 when some place has no report.

    \b
    Examples:
      cuidados report 01001 --format pdf,html,xlsx,map --out informes
      cuidados report --state 01 --format html,xlsx --out informes --base-url https://mapa.mx
      cuidados report --all --format html,xlsx --out informes --jobs 8
    """  # noqa: D301 — click reads \b as "keep these lines as they are"
    from api.reporting import Order, municipalities, open_folder, run_batch, write_reports
    from api.store import AtlasVersion
    from geo.artifacts import current_version

    if sum((bool(places), state is not None, every)) != 1:
        raise ParameterError(
            Text("Falta decir de qué lugares", "It is not said of which places"),
            remedy=Text("Dé lugares, o --state, o --all", "Give places, or --state, or --all"),
        )
    chosen = _formats(formats)
    shelf = AtlasVersion(current_version(atlas))
    base = _base(base_url)
    more = _more(shelf, scenario, simulation, lang)
    order = Order(
        version=shelf.folder, out=out, formats=chosen, language=lang, base=base, more=more
    )
    if len(places) == 1:
        open_folder(out)
        code = _code(shelf, places[0])
        for files in write_reports(order, shelf, code, chosen).values():
            for name, _ in files:
                say(Text(f"Informe en {out / name}", f"Report in {out / name}"))
        return
    codes = [_code(shelf, place) for place in places]
    codes = list(dict.fromkeys(codes)) or municipalities(shelf, state and _code(shelf, state))
    _tell(run_batch(order, codes, jobs=jobs), out)


@click.command("map")
@ATLAS
@out_file("File to write.", default="mapa.html")
@click.option("--layer", help="Layer to colour, such as agebs.")
@click.option("--indicator", help="Indicator to show first, such as nearest_min_guarderia.")
@LANGUAGE
def write_map(
    *, atlas: Path, out: Path, layer: str | None, indicator: str | None, lang: Language
) -> None:
    """Write the map as one self-contained page that works offline."""
    from geo.artifacts import current_version
    from geo.maps import write_map as run_write_map

    run_write_map(current_version(atlas), out, layer=layer, indicator=indicator, language=lang)
    say(Text(f"Mapa escrito en {out}", f"Map written to {out}"))


def _more(
    shelf: "AtlasVersion", scenario: Path | None, simulation: Path | None, language: Language
) -> "tuple[Section, ...]":
    """Return the sections of a scenario and a simulation, worked out once for every place."""
    from geo.report.scenarios import scenario_section, simulation_section

    made = []
    if scenario is not None:
        from geo.scenarios import evaluate, open_planning, read_scenario

        planning = open_planning(shelf.folder, shelf.manifest)
        outcome = evaluate(planning, read_scenario(read_json(scenario)))
        made.append(scenario_section(outcome, language))
    if simulation is not None:
        from geo.simulator.report import read_scenario as read_plan
        from geo.simulator.report import simulate
        from geo.simulator.tables import read_setting

        _, told = simulate(read_plan(simulation), read_setting(shelf.folder), draws=_DRAWS)
        made.append(simulation_section(told, language))
    return tuple(made)


def _formats(text: str) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    unknown = [name for name in chosen if name not in _FORMATS]
    if unknown or not chosen:
        raise ParameterError(
            Text("No hay ese formato", "There is no such format"),
            where=Where(column="--format", value=", ".join(unknown)),
            remedy=Text(f"Use: {', '.join(_FORMATS)}", f"Use: {', '.join(_FORMATS)}"),
        )
    return chosen


def _base(text: str) -> str:
    base = text.strip().rstrip("/")
    if base and not _BASE.fullmatch(base):
        raise ParameterError(
            Text("No es la dirección de un servicio", "This is not the address of a service"),
            where=Where(column="--base-url", value=base),
            remedy=Text("Dé una como https://mapa.mx", "Give one such as https://mapa.mx"),
        )
    return base


def _code(shelf: "AtlasVersion", place: str) -> str:
    from data.catalog import resolve_places

    wanted = place.strip().upper()
    if wanted[:2].isdigit():
        return wanted
    held = {
        key: str(name)
        for level in ("entidad", "municipio") if level in shelf.levels
        for table in (shelf.table(shelf.levels[level].id),)
        for key, name in zip(table.keys, table.columns["name"], strict=True) if name
    }  # fmt: skip
    codes = resolve_places([place], held)
    if not codes:
        raise ParameterError(
            Text("El país entero se pide con --all", "The whole country is asked for with --all"),
            remedy=Text("Use --all", "Use --all"),
        )
    return codes[0]


def _tell(batch: "Batch", out: Path) -> None:
    failed = len(batch.failures)
    say(
        Text(
            f"{batch.made:,} informes hechos, {batch.kept:,} ya estaban, {failed:,} fallaron; "
            f"resumen en {out / 'resumen.json'}",
            f"{batch.made:,} reports made, {batch.kept:,} were there already, {failed:,} failed; "
            f"summary in {out / 'resumen.json'}",
        )
    )
    for failure in batch.failures[:_FAILURES_SHOWN]:
        click.echo(f"  {failure.code}: {failure.reason.in_language(spoken_language())}", err=True)
    if failed:
        raise click.exceptions.Exit(EXIT_SOME_FAILED)
