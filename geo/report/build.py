"""A report out of an atlas: the place's figures, told, tabulated, drawn and explained."""

import io
import math
from collections.abc import Sequence

import segno

from data.tables import Level
from data.texts import Language
from geo.report.about import limits, methods, sources
from geo.report.model import Picture, Report, Section, Table
from geo.report.pictures import charts, service_map
from geo.report.place import NAMES, PARTS, Place, Shelf, all_figures, find_place
from geo.report.summary import service_words, summary
from geo.report.tables import (
    FEW,
    centres_by_kind,
    centres_table,
    data_sheets,
    locality_table,
    most,
    neighbourhood_table,
    part_table,
    people_table,
    services_table,
)

_PIXELS = 512.0  # of a tile at zoom 0, by which the page counts zooms
_VIEW_PIXELS = 700.0
_LEAST_DEGREES = 0.002
_MOST_ZOOM = 15.0


def build_report(
    shelf: Shelf,
    level: str,
    code: str,
    *,
    language: Language = "es",
    base: str = "",
    more: Sequence[Section] = (),
) -> Report:
    """Return the report of one place of an atlas.

    Parameters
    ----------
    shelf
        The atlas version.
    level, code
        The place: ``municipio``, ``01001``; also ``entidad``, ``localidad`` and ``ageb``.
    language
        Language of the report.
    base
        Address of the service whose page shows the same view, without a trailing slash; the link
        is relative and has no QR code without it.
    more
        Further sections, such as the results of a scenario; they follow those of the services.

    Raises
    ------
    NotComputedError
        If there are no reports of that level, or the atlas does not hold it.
    UnknownPlaceError
        If the atlas has no such place.
    """
    place = find_place(shelf, level, code, language)
    parts = [part for part in PARTS[level] if part in shelf.levels]
    tables = _part_tables(place, parts)
    link = base + _view(place)
    above = ", ".join(parent.name for parent in place.parents())
    kind = NAMES[level][0].in_language(language)
    drawn = charts(place)
    return Report(
        language=language,
        level=level,
        code=place.code,
        name=place.name,
        title=place.say(f"Informe de cuidados: {place.name}", f"Care report: {place.name}"),
        subtitle=" · ".join(filter(None, (f"{kind} {place.code}", above,
                                          shelf.manifest.title.text.in_language(language)))),
        version=shelf.name,
        link=link,
        code_picture=_code(link) if base else None,
        figures=all_figures(place),
        sections=(
            Section(id="resumen", title=place.say("Resumen", "Summary"), paragraphs=summary(place)),
            _people(place),
            _services(place, drawn),
            *_each_service(place, tables),
            *more,
            _centres(place, drawn),
            methods(place),
            limits(place),
            sources(place),
            *_annex(place, tables),
        ),
        sheets=data_sheets(place, parts),
        signatures=(
            place.say("Elaboró", "Prepared by"),
            place.say("Revisó", "Reviewed by"),
            place.say("Autorizó", "Approved by"),
        ),
    )  # fmt: skip


def _view(place: Place) -> str:
    layer = place.rows.record.id
    view = ""
    shape = place.rows.shapes([place.row])[0]
    if shape is not None:
        west, south, east, north = shape.bounds
        wide = max(east - west, north - south, _LEAST_DEGREES)
        zoom = min(_MOST_ZOOM, math.log2(360 / wide * _VIEW_PIXELS / _PIXELS))
        view = f"map={zoom:.2f}/{(south + north) / 2:.5f}/{(west + east) / 2:.5f}&"
    language = "&lang=en" if place.language == "en" else ""
    return f"/#{view}sel={layer}/{place.code}{language}"


def _code(link: str) -> str:
    out = io.BytesIO()
    segno.make(link, micro=False, error="m").save(
        out, kind="svg", xmldecl=False, svgclass=None, lineclass=None, border=2, scale=3
    )
    return out.getvalue().decode("utf-8").strip()


def _people(place: Place) -> Section:
    table = people_table(place)
    return Section(id="personas", title=table.title, tables=(table,))


def _services(place: Place, drawn: dict[str, Picture]) -> Section:
    table = services_table(place)
    return Section(
        id="servicios",
        title=table.title,
        tables=(table,) if table.rows else (),
        pictures=tuple(drawn[name] for name in ("servicios", "acceso") if name in drawn),
    )


def _part_tables(place: Place, parts: Sequence[str]) -> dict[str, Table]:
    """Return the table of each service over the finest parts that have one."""
    found = {}
    for service, title in place.services.items():
        for level in reversed(parts):
            table = part_table(place, level, service, title)
            if table is not None:
                found[service] = table
                break
    return found


def _each_service(place: Place, tables: dict[str, Table]) -> list[Section]:
    sections = []
    for service, title in place.services.items():
        picture = service_map(place, service, title)
        table = tables.get(service)
        name = "" if table is None else table.title.partition(": ")[0]
        top = table and most(
            table,
            f"places_deficit_{service}",
            place.say(f"{name} con mayor déficit de lugares ({FEW}; todas en el anexo)",
                      f"{name} with the greatest deficit of places ({FEW}; all in the annex)"),
        )  # fmt: skip
        sections.append(
            Section(
                id=f"servicio_{service}",
                title=title,
                paragraphs=(service_words(place, service, title).partition(". ")[2],),
                pictures=(picture,) if picture is not None else (),
                tables=(top,) if top else (),
            )
        )
    return sections


def _centres(place: Place, drawn: dict[str, Picture]) -> Section:
    table = centres_by_kind(place)
    listed = centres_table(place)
    none = place.say(
        "El directorio no ubica aquí ningún centro de cuidado.",
        "The directory places no care centre here.",
    )
    return Section(
        id="centros",
        title=place.say("Centros de cuidado", "Care centres"),
        paragraphs=() if listed else (none,),
        pictures=(drawn["centros"],) if "centros" in drawn else (),
        tables=(table,) if table is not None else (),
    )


def _annex(place: Place, tables: dict[str, Table]) -> list[Section]:
    level = {Level.MUNICIPALITY: locality_table(place)}.get(Level(place.level))
    listed = [*tables.values(), level, neighbourhood_table(place), centres_table(place)]
    held = tuple(table for table in listed if table is not None)
    if not held:
        return []
    title = place.say("Anexo: lugar por lugar", "Annex: place by place")
    return [Section(id="anexo", title=title, tables=held)]
