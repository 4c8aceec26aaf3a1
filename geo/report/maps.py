"""The maps of a report as files: pictures, and a page to move about in that works offline."""

from pathlib import Path

import shapely

from data.errors import NotComputedError
from data.tables import Level
from data.texts import Text
from geo.figures import starting_with
from geo.report.document import picture_as_png
from geo.report.model import Report
from geo.report.place import PARTS, Shelf


def write_maps(report: Report, shelf: Shelf, version_folder: Path, folder: Path) -> list[Path]:
    """Write the maps of a report and return their files.

    Parameters
    ----------
    report
        The report.
    shelf, version_folder
        The atlas version it was made from, and its folder.
    folder
        Where they go: ``<code>-mapa.html``, and an SVG and PNG of each map in the report.

    Raises
    ------
    NotComputedError
        If the atlas draws neither the place nor its parts.
    MissingInputError
        If Leaflet's files are not there, because the page was never built.
    """
    from geo.maps import write_map

    layer, within = _ground(report, shelf)
    written = [folder / f"{report.code}-mapa.html"]
    write_map(
        version_folder, written[0], layer=layer, language=report.language, within=within,
        title=report.title,
    )  # fmt: skip
    for section in report.sections:
        for picture in section.pictures:
            path = folder / f"{report.code}-{picture.id}.svg"
            path.write_text(picture.svg, encoding="utf-8")
            image = path.with_suffix(".png")
            image.write_bytes(picture_as_png(picture))
            written += [path, image]
    return written


def _ground(report: Report, shelf: Shelf) -> tuple[str, str]:
    """Return the layer to colour and the beginning of the codes shown."""
    for level in reversed(PARTS[report.level]):
        if level in shelf.levels and _drawn(shelf, level, report.code):
            return Level(level).layer, report.code
    within = report.code[: Level.STATE.code_length] if report.level == "municipio" else report.code
    if _drawn(shelf, report.level, within):
        return Level(report.level).layer, within
    raise NotComputedError(
        Text(f"El atlas no dibuja {report.code}", f"The atlas does not draw {report.code}"),
        remedy=Text("Pida html, pdf o xlsx", "Ask for html, pdf or xlsx"),
    )


def _drawn(shelf: Shelf, level: str, prefix: str) -> bool:
    record = shelf.levels[level]
    if record.tiles is None:
        return False
    rows = shelf.table(record.id)
    shapes = rows.shapes(list(starting_with(rows, prefix)))
    return bool((shapely.get_dimensions(shapes) == 2).any())  # noqa: PLR2004 — that of an area
