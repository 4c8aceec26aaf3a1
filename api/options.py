"""What commands share: their common options, and the language they speak."""

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from data.texts import Language, Text


def _default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "mapa-cuidados"


# Paths that options and arguments take: a file, a folder, either.
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
EITHER = click.Path(path_type=Path)

ATLAS = click.option(
    "--atlas",
    type=FOLDER,
    default=Path("atlas"),
    show_default=True,
    help="Folder of the atlas.",
)
CACHE = click.option(
    "--cache",
    type=FOLDER,
    default=_default_cache,
    show_default="the user's cache folder",
    help="Folder for downloaded and generated source files.",
)
METHOD = click.option(
    "--method",
    type=FILE,
    help="TOML file with method parameters that replace the defaults.",
)
CODEBOOKS = click.option(
    "--codebooks",
    type=EITHER,
    help="Folder with codebooks of your own (scian.csv, name_rules.csv …), see docs/codebooks.md.",
)
HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind to.")
LANGUAGE = click.option(
    "--lang", type=click.Choice(["es", "en"]), default="es", show_default=True, help="Language."
)
PORT = click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))


def out_file(
    help_: str, *, default: str | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option ``--out`` of a command that writes one file."""
    path = None if default is None else Path(default)
    return click.option(
        "--out", type=FILE, default=path, show_default=default is not None, help=help_
    )


def set_up_logs(level: int) -> None:
    """Write to standard error what we say from a level on, and of libraries only warnings."""
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    for room in ("cuidados", "api", "data", "geo"):
        logging.getLogger(room).setLevel(level)


def spoken_language() -> Language:
    """Return the language of messages: Spanish unless ``CUIDADOS_LANGUAGE`` is ``en``."""
    return "en" if os.environ.get("CUIDADOS_LANGUAGE") == "en" else "es"


def say(text: Text) -> None:
    """Print a text in that language."""
    click.echo(text.in_language(spoken_language()))
