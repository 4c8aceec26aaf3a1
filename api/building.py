"""The command that builds: in one piece, or by urban areas."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.options import (
    ATLAS,
    CACHE,
    CODEBOOKS,
    EITHER,
    METHOD,
    spoken_language,
)
from data.texts import Text

if TYPE_CHECKING:
    from data.catalog import StreetChoice
    from data.classification import Codebooks
    from geo.method import Method
    from geo.pipeline import BuildResult

COUNTRY = "MX"
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class Memory(click.ParamType[int]):
    """An amount of memory: ``8GiB``, ``800M``, or bytes."""

    name = "memory"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes a text stands for."""
        found = re.fullmatch(r"(\d{1,12}(?:\.\d{1,3})?)\s*([KMGT]?)(?:i?B)?", str(value).strip())
        if found is None:
            text = Text(f"«{value}» no es una cantidad de memoria; dé, por ejemplo, 8GiB",
                        f"“{value}” is no amount of memory; give 8GiB, for example")  # fmt: skip
            self.fail(text.in_language(spoken_language()), param, ctx)
        return int(float(found[1]) * _UNITS[found[2]])


PARTS = click.option(
    "--parts/--whole",
    default=None,
    help="Build by urban areas and merge, or in one piece (default: parts for MX).",
)
MEMORY = click.option(
    "--memory",
    type=Memory(),
    default="8GiB",
    show_default=True,
    help="Parts run at once only while what they are expected to take fits in this.",
)
WORKERS = click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    help="Parts at once (default: one a core).",
)
SCHEDULER = click.option(
    "--scheduler",
    help="Dask scheduler, tcp://host:port, whose workers see the same folders, to run the parts.",
)


@click.command()
@click.argument("places", nargs=-1, metavar="[PLACE]...")
@click.option(
    "--sources",
    type=EITHER,
    help="Folder of source files, or the TOML that says which file is which (default: the cache).",
)
@click.option(
    "--streets",
    type=click.Choice(["inegi", "osm"]),
    help="Whose streets to walk along (default: INEGI's; OpenStreetMap's if only they are there).",
)
@ATLAS
@CACHE
@METHOD
@CODEBOOKS
@click.option(
    "--sensitivity",
    is_flag=True,
    help="Also measure how much the ranking of AGEB hangs on the method's choices.",
)
@click.option(
    "--year",
    type=click.IntRange(2010, 2100),
    help="Carry demand from the 2020 census to this year by CONAPO's projections.",
)
@PARTS
@MEMORY
@WORKERS
@SCHEDULER
def build(
    *,
    places: tuple[str, ...],
    sources: Path | None,
    streets: "StreetChoice | None",
    atlas: Path,
    cache: Path,
    method: Path | None,
    codebooks: Path | None,
    sensitivity: bool,
    year: int | None,
    parts: bool | None,
    memory: int,
    workers: int | None,
    scheduler: str | None,
) -> None:
    """Build the atlas of one or more places.

    \b
    Examples:
      cuidados build 01001
      cuidados build 01001 --streets osm
      cuidados build "Mérida" --sources my-files/
      cuidados build --sources my-files/cuidados.toml --atlas /srv/atlas
      cuidados build --sources mis-datos --year 2030
                                             demand as CONAPO projects it, in the role projections
      cuidados build MX --memory 8GiB        the country by urban areas; goes on where it stopped
      cuidados build MX --scheduler tcp://10.0.0.5:8786      the same on a Dask cluster
    """  # noqa: D301 — click reads \b as "keep these lines as they are"
    from data.catalog import open_source_folder
    from data.classification import load_codebooks
    from geo.method import for_year, load_method
    from geo.pipeline import build as run_build
    from geo.summary import describe_build

    books = load_codebooks(codebooks)
    path = sources if sources is not None else cache
    chosen = for_year(load_method(method), year)
    language = spoken_language()
    if parts if parts is not None else COUNTRY in (place.upper() for place in places):
        result = _by_parts(
            path, places, streets, atlas=atlas, method=chosen, codebooks=books,
            sensitivity=sensitivity, memory=memory, workers=workers, scheduler=scheduler,
        )  # fmt: skip
    else:
        folder = open_source_folder(path, places=places, streets=streets)
        result = run_build(
            folder, atlas=atlas, method=chosen, codebooks=books, sensitivity=sensitivity,
            language=language,
        )  # fmt: skip
    click.echo(describe_build(result, language))


def _by_parts(
    sources: Path,
    places: tuple[str, ...],
    streets: "StreetChoice | None",
    *,
    atlas: Path,
    method: "Method",
    codebooks: "Codebooks",
    sensitivity: bool,
    memory: int,
    workers: int | None,
    scheduler: str | None,
) -> "BuildResult":
    """Build an atlas in parts and return what was made."""
    from geo.parts.build import PartsRequest, build_in_parts, default_workers
    from geo.parts.crew import Crew

    return build_in_parts(
        PartsRequest(
            sources=sources,
            places=places,
            streets=streets,
            method=method,
            codebooks=codebooks,
            sensitivity=sensitivity,
        ),
        atlas=atlas,
        crew=Crew(workers=workers or default_workers(), memory_bytes=memory, scheduler=scheduler),
        language=spoken_language(),
    )
