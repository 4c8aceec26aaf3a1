"""The command line: ``cuidados demo | fetch | build | serve | info | map | codebooks …``."""

import logging
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.building import build
from api.options import (
    ATLAS,
    CACHE,
    CODEBOOKS,
    EITHER,
    FILE,
    HOST,
    LANGUAGE,
    PORT,
    out_file,
    say,
    set_up_logs,
    spoken_language,
)
from api.participation_command import participation
from api.planning_commands import scenario, site
from api.report_command import report, write_map
from api.service_commands import publish, run_service, serve
from data.errors import CareError, ParameterError, Where
from data.texts import Language, Text

if TYPE_CHECKING:
    from geo.pipeline import BuildResult

EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130
EXIT_OUR_FAULT = 70


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mapa-cuidados", prog_name="cuidados")
@click.option("-q", "--quiet", is_flag=True, help="Only warnings and errors.")
def cuidados(*, quiet: bool) -> None:
    """Care map of Mexico: build an atlas from INEGI's files, look at it, serve it.

    \b
    Examples:
      cuidados demo                          the embedded city, on http://127.0.0.1:8000
      cuidados fetch 01001                   download what a municipality needs
      cuidados build 01001                   build its atlas from what was downloaded
      cuidados build --sources my-files/     build from files of your own
      cuidados serve                         serve the atlas
      cuidados map --out mapa.html           one page to send
      cuidados report 01001                  what a municipality reads and signs
      cuidados zonal --polygons a.gpkg --out a.csv   people within polygons of yours

    A PLACE is a state (01), a municipality (01001), a name ("Mérida") or MX.
    Messages are in Spanish; set CUIDADOS_LANGUAGE=en for English.
    """  # noqa: D301 — click reads \b as "keep these lines as they are"
    set_up_logs(logging.WARNING if quiet else logging.INFO)


@cuidados.command()
@ATLAS
@CACHE
@HOST
@PORT
@click.option("--serve/--no-serve", "serving", default=True, help="Serve the map once it is built.")
def demo(*, atlas: Path, cache: Path, host: str, port: int, serving: bool) -> None:
    """Build the embedded, fictitious demo city and serve its map."""
    from data.catalog import open_source_folder
    from data.demo import write_demo_city
    from geo.method import load_method
    from geo.pipeline import build as run_build

    folder = cache / "demo"
    write_demo_city(folder)
    result = run_build(
        open_source_folder(folder), atlas=atlas, method=load_method(), language=spoken_language()
    )
    _summarise(result)
    if serving:
        run_service(atlas, host=host, port=port)


@cuidados.command()
@click.argument("places", nargs=-1, required=True, metavar="PLACE...")
@CACHE
@click.option(
    "--source",
    "sources",
    multiple=True,
    help="Only these source ids (default: all that a build reads of INEGI).",
)
@click.option("--refresh", is_flag=True, help="Ask the publisher whether a newer file exists.")
@click.option("--overpass", help="Overpass API for osm_streets, instead of the public one.")
def fetch(
    *,
    places: tuple[str, ...],
    cache: Path,
    sources: tuple[str, ...],
    refresh: bool,
    overpass: str | None,
) -> None:
    """Download the source files of one or more places into the cache.

    Interrupted downloads go on where they stopped.

    \b
    Examples:
      cuidados fetch 01001                          INEGI's files of its state
      cuidados fetch 01001 --source osm_streets     OpenStreetMap's streets of the municipality
    """  # noqa: D301 — click reads \b as "keep these lines as they are"
    from data.catalog import resolve_places
    from data.fetch import fetch as run_fetch
    from data.fetch import fetch_streets

    codes = resolve_places(places)
    of_states = tuple(source for source in sources if source != "osm_streets")
    fetched = []
    if of_states or not sources:
        fetched += run_fetch(of_states, codes, cache=cache, refresh=refresh)
    if "osm_streets" in sources:
        fetched += fetch_streets(codes, cache=cache, overpass_url=overpass, refresh=refresh)
    for item in fetched:
        click.echo(f"{item.path}  {item.bytes:,} bytes  sha256 {item.sha256[:12]}…")
    say(
        Text(f"{len(fetched)} archivos en {cache}", f"{len(fetched)} files in {cache}"),
    )


@cuidados.command()
@ATLAS
@click.option("--verify", is_flag=True, help="Check the hash of every file.")
def info(*, atlas: Path, verify: bool) -> None:
    """Say what the atlas in service holds, from what, and what it does not."""
    from geo.artifacts import current_version, read_manifest
    from geo.artifacts import verify as run_verify
    from geo.summary import describe_manifest

    version = current_version(atlas)
    manifest = run_verify(version) if verify else read_manifest(version)
    click.echo(describe_manifest(manifest, version, spoken_language()))


@cuidados.command()
@ATLAS
@LANGUAGE
@out_file("File to write.")
def dictionary(*, atlas: Path, lang: Language, out: Path | None) -> None:
    """Write every column of the atlas in service with its unit, sources and method."""
    from geo.artifacts import current_version, read_manifest
    from geo.dictionary import describe_columns

    page = describe_columns(read_manifest(current_version(atlas)), lang)
    if out is None:
        click.echo(page, nl=False)
        return
    out.write_text(page, encoding="utf-8")
    say(Text(f"Diccionario escrito en {out}", f"Dictionary written to {out}"))


@cuidados.command()
@click.argument("old", metavar="A", type=EITHER)
@click.argument("new", metavar="B", type=EITHER)
@click.option("--place", "places", multiple=True, help="Only this place; may be repeated.")
@click.option("--all", "every", is_flag=True, help="All classes, not only those of care.")
@out_file("CSV file for every change.")
def diff(*, old: Path, new: Path, places: tuple[str, ...], every: bool, out: Path | None) -> None:
    """Compare two editions of DENUE: what opened, closed, moved, changed class or name.

    A (older) and B (newer) are DENUE files, plain or zipped, folders of them, or two atlases.
    Establishments are matched by CLEE, then identifier, then name and place.

    \b
    Examples:
      cuidados diff denue_31_2021.zip denue_31_2024.zip --out cambios.csv
      cuidados diff atlas-2021/ atlas-2024/ --place 31050
    """  # noqa: D301 — click reads \b as "keep these lines as they are"
    from api.spreadsheets import write_safe_csv
    from data.catalog import resolve_places
    from data.classification import default_codebooks
    from geo.editions import check_comparable, compare_editions, describe_changes, read_edition

    codes = resolve_places(places)
    before, after = read_edition(old, place=codes), read_edition(new, place=codes)
    check_comparable(before, after)
    care = {
        scian for scian, kind in default_codebooks().classes.items() if kind.membership != "never"
    }
    table = compare_editions(before.table, after.table, classes=None if every else care)
    click.echo(describe_changes(table, spoken_language()))
    if out is not None:
        write_safe_csv(table, out)
        say(Text(f"{len(table):,} cambios en {out}", f"{len(table):,} changes in {out}"))


@cuidados.command()
@click.argument("scenario", type=FILE)
@ATLAS
@click.option(
    "--matrix",
    type=FILE,
    help="Input-output table: CSV, or INEGI's workbook (default: the atlas's).",
)
@click.option(
    "--accounts",
    type=FILE,
    help="Jobs and pay by industry, with --matrix.",
)
@click.option(
    "--projections",
    type=FILE,
    help="CONAPO's municipal projections (default: the atlas's people by year).",
)
@click.option("--region", help="Region of the table (default: its first).")
@click.option(
    "--draws",
    type=click.IntRange(0, 2000),
    default=500,
    show_default=True,
    help="Draws for the range of each figure; 0 for none.",
)
@out_file("File to write: JSON, or .xlsx with the cost sheet as live formulas.")
def simulate(
    *, scenario: Path, atlas: Path, matrix: Path | None, accounts: Path | None,
    projections: Path | None, region: str | None, draws: int, out: Path | None,
) -> None:  # fmt: skip
    """Say what a care plan costs and returns in the municipalities of the atlas.

    SCENARIO is a JSON file: {"first_year": 2025, "plans": [{"service": "guarderia_0_2",
    "coverage": [0.1, 0.2, 0.3]}]}. docs/simulator.md describes the rest.
    """
    from data.inputoutput import read_industry_accounts, read_input_output
    from data.projections import read_projections
    from geo.artifacts import current_version
    from geo.simulator import make_model
    from geo.simulator.report import read_scenario, report_scenario
    from geo.simulator.tables import read_setting
    from geo.simulator.workbook import write_workbook

    if (matrix is None) != (accounts is None):
        raise ParameterError(
            Text("La matriz y las cuentas por sector van juntas",
                 "The matrix and the accounts by industry go together"),
            where=Where(column="--accounts" if accounts is None else "--matrix"),
            remedy=Text("Dé las dos, o ninguna", "Give both, or neither"),
        )  # fmt: skip
    model = None
    if matrix is not None and accounts is not None:
        model = make_model(read_input_output(matrix), read_industry_accounts(accounts))
    setting = read_setting(
        current_version(atlas),
        projections=None if projections is None else read_projections([projections]).table,
        model=model,
        region=region,
    )
    asked = read_scenario(scenario)
    if out is not None and out.suffix.lower() == ".xlsx":
        out.write_bytes(write_workbook(asked, setting, draws=draws, language=spoken_language()))
        say(Text(f"Resultado escrito en {out}", f"Result written to {out}"))
        return
    report = report_scenario(asked, setting, draws=draws)
    if out is None:
        click.echo(report.decode("utf-8"), nl=False)
        return
    out.write_bytes(report)
    say(Text(f"Resultado escrito en {out}", f"Result written to {out}"))


cuidados.add_command(build)
cuidados.add_command(scenario)
cuidados.add_command(site)
cuidados.add_command(report)
cuidados.add_command(write_map)
cuidados.add_command(serve)
cuidados.add_command(publish)
cuidados.add_command(participation)


@cuidados.command()
@CODEBOOKS
@out_file("File to write.", default="codebooks.md")
def codebooks(*, codebooks: Path | None, out: Path) -> None:
    """Check the codebooks of supply and write them as one page."""
    from data.classification import load_codebooks
    from data.codebook_page import codebooks_page

    out.write_text(codebooks_page(load_codebooks(codebooks)), encoding="utf-8", newline="\n")
    say(Text(f"Libros de códigos en {out}", f"Codebooks in {out}"))


@cuidados.command()
@ATLAS
@click.option(
    "--polygons",
    type=EITHER,
    required=True,
    help="GeoPackage, GeoJSON, FlatGeobuf, Shapefile or GeoParquet of polygons.",
)
@click.option(
    "--out",
    type=FILE,
    required=True,
    help="File to write: .csv, .parquet, .gpkg or .geojson.",
)
@click.option("--raster", "rasters", multiple=True, help="Only these grids (default: all).")
@click.option("--crs", help="Reference system of polygons that do not say it, as EPSG:6372.")
def zonal(
    *, atlas: Path, polygons: Path, out: Path, rasters: tuple[str, ...], crs: str | None
) -> None:
    """Add up the demand grids, and average access, within polygons of your own.

    \b
    Example:
      cuidados zonal --polygons colonias.gpkg --out colonias.csv --raster rejilla_infancia
    """  # noqa: D301 — click reads \b as "keep these lines as they are"
    from api.zones import measure_zones
    from geo.artifacts import current_version

    count = measure_zones(current_version(atlas), polygons, out, rasters=rasters, crs=crs)
    say(Text(f"{count} polígonos en {out}", f"{count} polygons in {out}"))


@cuidados.command()
@ATLAS
@out_file("File to write.", default="calibration.md")
def calibrate(*, atlas: Path, out: Path) -> None:
    """Compare an atlas of the country with the figures others published."""
    from geo.artifacts import current_version, read_manifest
    from geo.calibration import calibration_page, compare

    version = current_version(atlas)
    page = calibration_page(compare(version), read_manifest(version))
    out.write_text(page, encoding="utf-8", newline="\n")
    say(Text(f"Calibración escrita en {out}", f"Calibration written to {out}"))


def _summarise(result: "BuildResult") -> None:
    from geo.summary import describe_build

    click.echo(describe_build(result, spoken_language()))


def main() -> None:
    """Run the command line; every failure a user can mend is one line and exit code 2."""
    try:
        stopped = cuidados.main(standalone_mode=False)
        if isinstance(stopped, int):  # what a command left with, when that is not zero
            sys.exit(stopped)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_USER_ERROR)
    except (KeyboardInterrupt, click.Abort):
        _complain(
            Text(
                "Interrumpido. El atlas en servicio no cambió; repita la orden para continuar.",
                "Interrupted. The atlas in service did not change; repeat the command to go on.",
            )
        )
        sys.exit(EXIT_INTERRUPTED)
    except CareError as error:
        _complain(Text(f"Error: {error.message('es')}", f"Error: {error.message('en')}"))
        sys.exit(EXIT_USER_ERROR)
    except BrokenPipeError:
        sys.exit(EXIT_USER_ERROR)
    except OSError as error:
        reason = ": ".join(filter(None, (error.filename, error.strerror))) or str(error)
        _complain(
            Text(f"Error: no se pudo leer o escribir ({reason}). Revise ruta, espacio y permisos.",
                 f"Error: could not read or write ({reason}). Check path, space and permissions.")
        )  # fmt: skip
        sys.exit(EXIT_USER_ERROR)
    except Exception:  # noqa: BLE001 — the outermost boundary: no traceback reaches a user
        log = Path("cuidados-error.log")
        log.write_text(traceback.format_exc(), encoding="utf-8")
        _complain(
            Text(
                f"Error interno. El detalle quedó en {log}; por favor repórtelo.",
                f"Internal error. The details are in {log}; please report it.",
            )
        )
        sys.exit(EXIT_OUR_FAULT)


def _complain(text: Text) -> None:
    click.echo(text.in_language(spoken_language()), err=True)
