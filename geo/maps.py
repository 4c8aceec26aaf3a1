"""The folium page: one file with map, legend and data, that works without a network.

Leaflet is written into the page instead of being loaded from elsewhere; the other libraries that
folium would add (jQuery, Bootstrap, icon fonts) are not needed and left out. Outlines are
simplified in metres, each by its level's tolerance, and coarser still where the page would
otherwise grow beyond what an office computer opens at once.
"""

import base64
import html
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar

import folium
import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely

from data.errors import LimitError, MissingInputError, ParameterError, Where
from data.tables import GEOGRAPHIC_CRS, METRIC_CRS
from data.texts import Language, Text
from geo.artifacts import ColumnRecord, Label, LayerRecord, Manifest, read_manifest
from geo.map_legend import (
    STYLE,
    UNKNOWN_COLOR,
    classes,
    header_html,
    legend_html,
    shown_value,
)

MAX_AREAS = 20_000
MAX_CENTRES = 10_000
MAX_VERTICES = 60_000
MAX_INDICATORS = 6
_SUGGESTED = 6
_DECIMALS = 5  # about a metre
_TOLERANCES_M = {
    "entidades": 500.0, "municipios": 100.0, "localidades": 20.0, "agebs": 5.0, "manzanas": 1.0,
}  # fmt: skip
_PREFERRED = ("agebs", "municipios", "localidades", "entidades", "manzanas")
_UNKNOWN_STATES = ("desconocido", "no_calculado")
_NAMED_ID = re.compile(r"(?<=_)[0-9a-f]{32}(?![0-9a-f])")
_CENTRES = Text("Centros de cuidado", "Care centres")
_STANDS_IN = ("municipality", "ageb")
_CARD = ("name", "activity", "service_type", "sector", "places_central", "first_seen", "edition")


class _OfflineMap(folium.Map):  # type: ignore[misc]  # folium has no types
    default_js: ClassVar[list[tuple[str, str]]] = []
    default_css: ClassVar[list[tuple[str, str]]] = []


@dataclass(frozen=True, slots=True)
class _Leaflet:
    script: str
    style: str


def write_map(
    version_folder: Path,
    out: Path,
    *,
    layer: str | None = None,
    indicator: str | None = None,
    language: Language = "es",
    within: str | None = None,
    title: str | None = None,
) -> None:
    """Write the map of an atlas version as one self-contained HTML page.

    Parameters
    ----------
    version_folder
        Folder of the atlas version.
    out
        File to write.
    layer
        Layer to colour; the AGEB, or the finest level below them that has outlines, by default.
    indicator
        Indicator shown first; others of the same service can be chosen on the page.
    language
        Language of the page.
    within
        Only places whose code begins so, and their centres.
    title
        Title of the page; the atlas's unless given.

    Raises
    ------
    MissingInputError
        If Leaflet's files are not there, because the page was never built.
    ParameterError
        If the atlas has no such layer or indicator on the map.
    LimitError
        If the layer has too many places for one page.
    """
    leaflet = _leaflet()
    manifest = read_manifest(version_folder)
    record = _chosen_layer(manifest, layer, most=None if within else MAX_AREAS)
    columns = _chosen_columns(record, indicator)
    names = [column.name for column in columns]
    areas = gpd.read_parquet(
        version_folder / record.table.path, columns=[record.key, "name", *names, "geometry"]
    )
    if within is not None:
        areas = areas[areas[record.key].str.startswith(within)]
        columns = [_counted(column, areas[column.name]) for column in columns]
    areas = areas[areas.geometry.notna()]
    _check_size(record.id, len(areas))
    areas = _simplified(areas, _TOLERANCES_M.get(record.id, 1.0))
    west, south, east, north = (float(edge) for edge in areas.total_bounds)
    page = _OfflineMap(tiles=None, prefer_canvas=True, control_scale=True)
    page.fit_bounds([[south, west], [north, east]])
    for position, column in enumerate(columns):
        _area_layer(areas, record, column, language, shown=position == 0).add_to(page)
    centres = manifest.layer("centros")
    if centres is not None and (within or centres.rows <= MAX_CENTRES):
        dots = _centres_layer(version_folder, centres, language, within)
        if dots is not None:
            dots.add_to(page)
    control = folium.LayerControl(collapsed=False, position="topright")
    control.add_to(page)
    root = page.get_root()
    if title is not None:
        manifest = manifest.model_copy(update={"title": Label(es=title, en=title)})
    heading = manifest.title.text.in_language(language)
    legends = "".join(legend_html(column, record, language) for column in columns)
    root.html.add_child(folium.Element(header_html(manifest, language) + legends))
    root.script.add_child(folium.Element(_page_script(page, control, columns, language)))
    root.header.add_child(
        folium.Element(f"<title>{html.escape(heading)}</title><style>{STYLE}</style>")
    )
    text = _steady(root.render()).replace("<html>", f'<html lang="{language}">', 1)
    first_script = text.index("<script")
    inlined = f"<style>{leaflet.style}</style><script>{leaflet.script}</script>"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text[:first_script] + inlined + text[first_script:], encoding="utf-8")


def _leaflet() -> _Leaflet:
    folder = resources.files("geo").joinpath("leaflet")
    try:
        style = folder.joinpath("leaflet.css").read_text(encoding="utf-8")
        script = folder.joinpath("leaflet.js").read_text(encoding="utf-8")
    except OSError as error:
        raise MissingInputError(
            Text("Faltan los archivos de Leaflet", "Leaflet's files are missing"),
            where=Where(file=str(folder)),
            remedy=Text(
                "Construya la página: npm --prefix api/viewer ci && npm --prefix api/viewer run "
                "build, o use el paquete instalado",
                "Build the page: npm --prefix api/viewer ci && npm --prefix api/viewer run build, "
                "or use the installed package",
            ),
        ) from error

    def inline(found: re.Match[str]) -> str:
        image = folder.joinpath(found[1]).read_bytes()
        return f"url(data:image/png;base64,{base64.b64encode(image).decode()})"

    style = re.sub(r"url\((images/[\w-]+\.png)\)", inline, style)
    return _Leaflet(re.sub(r"//# sourceMappingURL=.*", "", script), style)


def _chosen_layer(manifest: Manifest, wanted: str | None, most: int | None) -> LayerRecord:
    drawn = {
        layer.id: layer
        for layer in manifest.layers
        if layer.level is not None and layer.tiles is not None
    }
    if wanted is None:
        fitting = [
            name
            for name in _PREFERRED
            if name in drawn and (most is None or drawn[name].rows <= most)
        ]
        wanted = next(iter(fitting), "")
    if wanted not in drawn:
        raise ParameterError(
            Text(f"El atlas no dibuja la capa «{wanted}»", f"The atlas draws no layer “{wanted}”"),
            remedy=Text(f"Use una de: {', '.join(drawn)}", f"Use one of: {', '.join(drawn)}"),
        )
    if most is not None:
        _check_size(wanted, drawn[wanted].rows)
    return drawn[wanted]


def _check_size(layer: str, places: int) -> None:
    if places > MAX_AREAS:
        raise LimitError(
            Text(
                f"La capa tiene {places:,} lugares; una página lleva {MAX_AREAS:,}",
                f"The layer has {places:,} places; one page carries {MAX_AREAS:,}",
            ),
            where=Where(layer=layer),
            remedy=Text(
                "Elija un nivel más amplio o use «cuidados serve»",
                "Choose a coarser level or use “cuidados serve”",
            ),
        )


def _counted(column: ColumnRecord, values: pd.Series) -> ColumnRecord:
    """Return a column whose classes are the atlas's and whose counts are those of some places."""
    if column.statistics is None:
        found = values.value_counts()
        counts = {state: int(found.get(state, 0)) for state in column.value_counts or {}}
        return column.model_copy(update={"value_counts": counts})
    known = values.dropna()
    classed = np.searchsorted(column.statistics.breaks, known, side="right")
    classes = np.bincount(classed, minlength=len(column.statistics.breaks) + 1)
    statistics = column.statistics.model_copy(
        update={
            "count": len(known), "unknown": len(values) - len(known),
            "class_counts": tuple(int(count) for count in classes),
        }
    )  # fmt: skip
    return column.model_copy(update={"statistics": statistics})


def _chosen_columns(record: LayerRecord, wanted: str | None) -> list[ColumnRecord]:
    """Return the indicator to show first and others of its service or group that are known."""
    mapped = [column for column in record.columns if column.mapped]
    if wanted is None:
        known = [column for column in mapped if _is_known(column)]
        order = {"time": 0, "rate": 1, "index": 2}
        first = min(known or mapped, key=lambda column: order.get(column.kind, 3), default=None)
    else:
        first = next((column for column in mapped if column.name == wanted), None)
    if first is None:
        names = [column.name for column in mapped]
        near = ", ".join(get_close_matches(str(wanted), names) or names[:_SUGGESTED])
        raise ParameterError(
            Text(
                f"La capa {record.id} no tiene el indicador «{wanted}»",
                f"Layer {record.id} has no indicator “{wanted}”",
            ),
            remedy=Text(f"Use uno como {near}; «cuidados dictionary» los dice todos",
                        f"Use one such as {near}; “cuidados dictionary” tells them all"),
        )  # fmt: skip
    topic = (first.service, first.group)
    others = [
        column
        for column in mapped
        if column is not first and _is_known(column) and (column.service, column.group) == topic
    ]
    return [first, *others[: MAX_INDICATORS - 1]]


def _is_known(column: ColumnRecord) -> bool:
    if column.statistics is not None:
        return column.statistics.count > 0
    counts = column.value_counts or {}
    return any(count for value, count in counts.items() if value not in _UNKNOWN_STATES)


def _simplified(areas: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Return outlines simplified in metres, coarser until the page stays within its vertices.

    Borders that two places share are simplified as one, so that no gaps open between them.
    """
    metric = areas.to_crs(METRIC_CRS).geometry.to_numpy()
    are_polygons = bool(np.isin(shapely.get_type_id(metric), (3, 6)).all())
    tolerance = tolerance_m
    shapes = metric
    while are_polygons:
        shapes = shapely.coverage_simplify(metric, tolerance)
        if shapely.get_num_coordinates(shapes).sum() <= MAX_VERTICES:
            break
        tolerance *= 2
    back = gpd.GeoSeries(shapes, crs=METRIC_CRS, index=areas.index).to_crs(GEOGRAPHIC_CRS)
    rounded = shapely.transform(back.to_numpy(), lambda points: points.round(_DECIMALS))
    return areas.set_geometry(gpd.GeoSeries(rounded, crs=GEOGRAPHIC_CRS, index=areas.index))


def _area_layer(
    areas: gpd.GeoDataFrame,
    record: LayerRecord,
    column: ColumnRecord,
    language: Language,
    *,
    shown: bool,
) -> folium.GeoJson:
    shapes = shapely.to_geojson(areas.geometry.to_numpy())
    colors = [item.color for item in classes(column, language)]
    features = [
        {
            "type": "Feature",
            "properties": {
                "n": html.escape(str(name) if isinstance(name, str) else key),
                "v": html.escape(shown_value(value, column, language)),
                "c": _color(value, column, colors),
            },
            "geometry": orjson.loads(shape),
        }
        for key, name, value, shape in zip(
            areas[record.key], areas["name"], areas[column.name], shapes, strict=True
        )
    ]
    title = html.escape(column.title.text.in_language(language))
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name=title,
        overlay=False,
        show=shown,
        style_function=_style,
        tooltip=folium.GeoJsonTooltip(fields=["n", "v"], labels=False),
        popup=folium.GeoJsonPopup(fields=["n", "v"], labels=False),
        smooth_factor=0.5,
    )


def _style(feature: dict[str, Any]) -> dict[str, Any]:
    color = feature["properties"]["c"]
    known = color != UNKNOWN_COLOR
    return {
        "fillColor": color, "fillOpacity": 0.85, "color": "#5c6470", "weight": 0.6,
        "dashArray": None if known else "3 3",
    }  # fmt: skip


def _color(value: object, column: ColumnRecord, colors: Sequence[str]) -> str:
    if isinstance(value, str):
        known = [item for item in column.values if item not in _UNKNOWN_STATES]
        return colors[known.index(value)] if value in known else UNKNOWN_COLOR
    if not isinstance(value, float | int) or np.isnan(value):
        return UNKNOWN_COLOR
    breaks = column.statistics.breaks if column.statistics is not None else ()
    return colors[bisect_right(breaks, float(value))]


def _centres_layer(
    folder: Path, record: LayerRecord, language: Language, within: str | None
) -> folium.GeoJson | None:
    titles = {column.name: column for column in record.columns}
    card = [name for name in _CARD if name in titles]
    held = [name for name in _STANDS_IN if name in titles]
    centres = gpd.read_parquet(folder / record.table.path, columns=[*card, *held, "geometry"])
    centres = centres[centres.geometry.notna()]
    if within is not None:
        inside = [centres[name].fillna("").str.startswith(within) for name in held]
        centres = centres[np.logical_or.reduce(inside)] if inside else centres.iloc[:0]
    centres = centres.iloc[:MAX_CENTRES]
    if centres.empty:
        return None
    features = [
        {
            "type": "Feature",
            "properties": {
                name: html.escape(shown_value(value, titles[name], language))
                for name, value in zip(card, row, strict=True)
            },
            "geometry": {
                "type": "Point",
                "coordinates": [round(point.x, _DECIMALS), round(point.y, _DECIMALS)],
            },
        }
        for *row, point in centres[[*card, "geometry"]].itertuples(index=False, name=None)
    ]
    labels = [html.escape(titles[name].title.text.in_language(language)) for name in card]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name=_CENTRES.in_language(language),
        marker=folium.CircleMarker(
            radius=3, weight=1, color="#ffffff", fill=True, fill_color="#1b1b1f", fill_opacity=1
        ),
        popup=folium.GeoJsonPopup(fields=card, aliases=labels),
    )


def _page_script(
    page: folium.Map,
    control: folium.LayerControl,
    columns: Sequence[ColumnRecord],
    language: Language,
) -> str:
    """Return the script that shows the chosen indicator's legend and folds the menu on phones."""
    choices = control.get_name()
    titles = [html.escape(column.title.text.in_language(language)) for column in columns]
    listed = orjson.dumps(titles).decode().replace("</", "<\\/")
    return (
        "window.addEventListener('load', function () {"
        f" var titles = {listed}; {page.get_name()}.on('baselayerchange', function (event) {{"
        " document.querySelectorAll('.cuidados-legend').forEach(function (legend, position) {"
        " legend.hidden = titles[position] !== event.name; }); });"
        " document.querySelectorAll('.cuidados-legend')[0].hidden = false;"
        f" if (window.innerWidth <= 640) {{ {choices}.remove(); {choices}.options.collapsed = true;"
        f" {choices}.addTo({page.get_name()}); }} }});"
    )


def _steady(page: str) -> str:
    """Return the page with folium's random names numbered in order: same input, same bytes."""
    numbers: dict[str, str] = {}
    return _NAMED_ID.sub(
        lambda found: numbers.setdefault(found.group(), f"{len(numbers):04d}"), page
    )
