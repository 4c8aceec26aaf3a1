"""A small atlas of two invented municipalities, written by the product's own publisher.

Columns of x and rows of y make AGEB of a hundredth of a degree. Values are chosen so that a reader
can tell them by hand: AGEB number ``n`` is ``n`` minutes from its nearest nursery, the last of each
municipality is unknown and the one before it is out of reach.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point, box

from data.tables import Column, Level
from data.texts import Text
from geo.artifacts import (
    CheckRecord,
    Label,
    LayerRecord,
    Manifest,
    NotComputed,
    PlaceRecord,
    SourceRecord,
    exclusive,
    put_in_service,
    staging,
)
from geo.first_map import draw_first_map
from geo.indicators import GROUPS, Indicator, Kind, present, topic_indicators
from geo.publish import Layer, write_layer

WEST, SOUTH, STEP = -102.30, 21.85, 0.01
FOCUS = (WEST, SOUTH, WEST + 4 * STEP, SOUTH + 4 * STEP)
SERVICES = {
    "guarderia": Text("guardería", "nursery"),
    "mayores": Text("personas de 65 años y más", "people aged 65 and over"),
}
NAMES = {"01001": "Aguascalientes <de prueba>", "01002": "Asientos & Ñandú"}
AGEBS_EACH = 8
CENTRES = 14
_TEXTS = (
    ("service", "Servicio", "Service"),
    ("sector", "Sector", "Sector"),
    ("scheme", "Esquema", "Scheme"),
    ("first_seen", "Alta en el directorio", "First seen"),
)
_INDICATORS = (
    *topic_indicators("service", SERVICES),
    *topic_indicators("group", GROUPS),
)
_LICENCES = {
    "denue": "INEGI, Términos de libre uso",
    "census_areas": "INEGI, Términos de libre uso",
    "streets": "ODbL 1.0",
}


def build_synthetic_atlas(
    atlas: Path, *, title: str = "Atlas de prueba", first_map: bool = False
) -> Path:
    """Write the atlas, put it in service and return the folder of its version.

    With ``first_map`` it says where the people live, and holds the picture of its first map.
    """
    with exclusive(atlas), staging(atlas) as staged:
        layers = tuple(write_layer(layer, staged, _LICENCES) for layer in _layers())
        manifest = _manifest(layers, title)
        if first_map:
            picture = draw_first_map(layers, FOCUS, staged, _LICENCES)
            assert picture is not None
            manifest = manifest.model_copy(update={"focus": FOCUS, "assets": (picture,)})
        return put_in_service(atlas, staged, manifest)


def _manifest(layers: tuple[LayerRecord, ...], title: str) -> Manifest:
    return Manifest(
        title=Label(es=title, en=f"{title} (en)"),
        places=tuple(PlaceRecord(code=code, name=name) for code, name in NAMES.items()),
        bounds=(WEST, SOUTH, WEST + 4 * STEP, SOUTH + 4 * STEP),
        code_version="0.1.0",
        sources=tuple(
            SourceRecord(
                role=role,
                title=Label(es=f"Fuente {role}", en=f"Source {role}"),
                edition=edition,
                publisher="INEGI",
                licence=licence,
                files=(),
                rows=100,
                dropped={"sin_coordenadas": {"rows": 3, "examples": ["1"]}},
            )
            for (role, licence), edition in zip(
                _LICENCES.items(), ("2022-11", "2020", "2024"), strict=True
            )
        ),
        method={
            "walking": {"speed_m_per_min": 75.0, "limit_min": 60.0},
            "deserts": {"children_per_place": 3.0},
        },
        layers=layers,
        network=None,
        not_computed=(
            NotComputed(
                what="walkability",
                reason=Label(
                    es="El archivo del entorno urbano no está entre las fuentes",
                    en="The urban environment file is not among the sources",
                ),
            ),
        ),
        notes=(Label(es="Ciudad inventada para pruebas", en="City invented for tests"),),
        checks=(CheckRecord(id="claves", passed=True, detail=Label(es="Sí", en="Yes")),),
    )


def _layers() -> list[Layer]:
    cells = [
        (code, column + 2 * side, line)
        for side, code in enumerate(NAMES)
        for line in range(4)
        for column in range(2)
    ]
    agebs = _places(
        [
            (f"{code}00010{1 + place % AGEBS_EACH:03d}", f"AGEB {place}",
             _square(column, line, 1, 1))
            for place, (code, column, line) in enumerate(cells)
        ]
    )  # fmt: skip
    blocks = _places(
        [
            (f"{code}00010{1 + place % AGEBS_EACH:03d}00{quarter + 1}", None,
             _square(column + quarter % 2 / 2, line + quarter // 2 / 2, 0.45, 0.45))
            for place, (code, column, line) in enumerate(cells)
            for quarter in range(4)
        ]
    )  # fmt: skip
    towns = _places(
        [
            (code, name, _square(2 * side, 0, 2, 4))
            for side, (code, name) in enumerate(NAMES.items())
        ]
    )
    states = _places([("01", "Aguascalientes", _square(0, 0, 4, 4))])
    return [
        _layer("entidades", Level.STATE, states),
        _layer("municipios", Level.MUNICIPALITY, towns),
        _layer("agebs", Level.AGEB, agebs),
        _layer("manzanas", Level.BLOCK, blocks),
        _centres(),
    ]


def _square(column: float, line: float, width: float, height: float) -> object:
    west, south = WEST + column * STEP, SOUTH + line * STEP
    return box(west, south, west + width * STEP, south + height * STEP)


def _places(rows: list[tuple[str, str | None, object]]) -> gpd.GeoDataFrame:
    keys, names, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"cvegeo": keys, "name": names}, geometry=list(shapes), crs="EPSG:4326"
    ).sort_values("cvegeo", ignore_index=True)


def _layer(name: str, level: Level, frame: gpd.GeoDataFrame) -> Layer:
    count = len(frame)
    minutes = (np.arange(count) % AGEBS_EACH + 1).astype("float64")
    reach = np.full(count, "alcanza", dtype=object)
    if count > 1:
        minutes[AGEBS_EACH - 1 :: AGEBS_EACH] = np.nan
        reach[AGEBS_EACH - 1 :: AGEBS_EACH] = "no_calculado"
        minutes[AGEBS_EACH - 2 :: AGEBS_EACH] = np.nan
        reach[AGEBS_EACH - 2 :: AGEBS_EACH] = "fuera_de_alcance"
    for service in SERVICES:
        frame[f"demand_{service}"] = np.arange(count) * 1234.0
        frame[f"centres_{service}"] = np.arange(count) % 3 * 1.0
        frame[f"nearest_min_{service}"] = minutes
        frame[f"within_15min_share_{service}"] = np.where(np.isnan(minutes), np.nan, minutes / 10)
        frame[f"reach_{service}"] = reach
        frame[f"desert_distance_{service}"] = np.where(
            np.isnan(minutes), "desconocido", np.where(minutes > 4, "si", "no")
        )
    frame["centres_per_1000_infancia"] = np.linspace(0, 2, count)
    own = (_text("cvegeo", "Clave", "Key", kind="identifier"), _text("name", "Nombre", "Name"))
    indicators = (*own, *present(_INDICATORS, frame.columns))
    return Layer(name, level, "cvegeo", frame, indicators)


def _centres() -> Layer:
    numbers = np.arange(CENTRES)
    frame = gpd.GeoDataFrame(
        {
            "facility_id": [f"{number:07d}" for number in numbers],
            "name": [f"GUARDERÍA «{number}» <b>" for number in numbers],
            "service": np.where(numbers % 2 == 0, "guarderia", "mayores"),
            "sector": np.where(numbers % 3 == 0, "publica", "privada"),
            "scheme": ["IMSS" if number % 4 == 0 else None for number in numbers],
            "first_seen": "2010-07",
            "places": np.where(numbers % 5 == 0, np.nan, 44.0 * (numbers + 1)),
        },
        geometry=[
            Point(WEST + (0.5 + number % 4) * STEP, SOUTH + (0.25 + number // 4) * STEP)
            for number in numbers.tolist()
        ],
        crs="EPSG:4326",
    )
    indicators = (
        _text("facility_id", "Identificador", "Identifier", kind="identifier"),
        _text("name", "Nombre", "Name"),
        *(_text(name, es, en) for name, es, en in _TEXTS),
        Indicator(
            column=Column(
                name="places",
                dtype="float64",
                description=Text("Lugares estimados", "Estimated places"),
                unit="lugares",
            ),
            title=Text("Lugares", "Places"),
            kind="count",
            sources=("denue",),
            mapped=True,
        ),
    )
    return Layer("centros", None, "facility_id", pd_columns(frame, indicators), indicators)


def pd_columns(frame: gpd.GeoDataFrame, indicators: tuple[Indicator, ...]) -> gpd.GeoDataFrame:
    """Return the frame with texts as pandas strings, so that a missing one is a missing string."""
    texts = [item.column.name for item in indicators if item.column.dtype == "str"]
    return frame.assign(**{name: pd.array(frame[name], dtype="str") for name in texts})


def _text(name: str, es: str, en: str, *, kind: Kind = "text") -> Indicator:
    return Indicator(
        column=Column(name=name, dtype="str", description=Text(es, en)),
        title=Text(es, en),
        kind=kind,
        sources=("denue",),
        mapped=name in ("service", "sector"),
    )
