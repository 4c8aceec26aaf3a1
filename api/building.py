"""Building in parts from the command line: its options, and what they mean."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.options import spoken_language
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


def by_parts(
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
    from geo.parts import Crew, PartsRequest, build_in_parts, default_workers

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
