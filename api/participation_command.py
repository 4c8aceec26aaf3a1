"""``cuidados participation``: how women's participation goes with care, as a document."""

from pathlib import Path

import click

from api.options import EITHER, FILE, say
from data.texts import Text


@click.command()
@click.option(
    "--atlas",
    "atlases",
    type=EITHER,
    multiple=True,
    required=True,
    help="Folder of an atlas; may be repeated, such as the country and a city.",
)
@click.option(
    "--out",
    type=FILE,
    default=Path("participation.md"),
    show_default=True,
    help="Markdown to write; its maps go to images/ beside it.",
)
def participation(*, atlases: tuple[Path, ...], out: Path) -> None:
    """Write how women's participation goes with care: tables, maps and a reading.

    \b
    Example:
      cuidados participation --atlas atlas-mx --atlas atlas-merida --out participacion.md
    """  # noqa: D301 — click reads \b as "keep these lines as they are"
    from geo.artifacts import current_version
    from geo.participation.report import write_report

    write_report([current_version(atlas) for atlas in atlases], out)
    say(Text(f"Informe de participación en {out}", f"Report on participation in {out}"))
