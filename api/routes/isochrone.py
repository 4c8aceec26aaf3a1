"""How far one gets on foot from a point, and who lives there."""

import math
from typing import Annotated, Any

import numpy as np
import orjson
import shapely
from fastapi import APIRouter, Query, Request, Response

from api import on_foot
from api.http import GEOJSON, JSON, QueryModel, answer, require
from api.media import GEOJSON_FORMAT
from api.on_foot import LONGEST_MIN
from api.openapi import in_formats
from api.routes.centres import Degrees, Latitude
from api.routes.depends import Atlas
from api.store import AtlasVersion
from api.streets import GENERAL, GROUPS, cells_on
from data.errors import ParameterError, Where
from data.texts import Text

router = APIRouter(prefix="/isocrona")
_MOST_THRESHOLDS = 4


class IsochroneQuery(QueryModel):
    """From where, how long, who walks, and which way."""

    lon: Degrees
    lat: Latitude
    minutes: Annotated[str, Query(max_length=40, description="1–60, up to four, by commas")] = (
        "5,10,15"
    )
    profile: Annotated[str, Query(pattern="^[a-z_]{1,40}$")] = GENERAL
    towards: Annotated[bool, Query(description="who gets here, instead of how far one gets")] = (
        False
    )


@router.get(
    "",
    summary="The ground reached on foot within minutes, and who lives on it",
    responses=in_formats(GEOJSON_FORMAT),
)
def isochrone(
    request: Request, atlas: Atlas, query: Annotated[IsochroneQuery, Query()]
) -> Response:
    """Return one polygon for each number of minutes, nested, with the people reached."""
    from geo.travel.isochrone import isochrones, people_reached

    require(request, GEOJSON, JSON)
    minutes, walked = _walk(atlas, query)
    limits = _limits(atlas, minutes)
    shapes = on_foot.to_degrees(np.array(isochrones(walked.walk, limits), dtype=object))
    cells = cells_on(atlas, walked.streets)
    people = people_reached(
        walked.walk, cells.standing, cells.table, groups=GROUPS, limits_dm=limits
    )
    features = [
        {
            "type": "Feature",
            "id": f"{minute:g}",
            "geometry": orjson.Fragment(shapely.to_geojson(shape)),
            "properties": {
                "minutes": minute,
                "cells": reached.cells,
                "people": {name: _rounded(reached.people[name]) for name in GROUPS},
                "unknown_cells": reached.unknown_cells,
            },
        }
        for minute, shape, reached in zip(minutes, shapes, people, strict=True)
    ]
    content = {
        "type": "FeatureCollection",
        "version": atlas.name,
        "profile": query.profile,
        "towards": query.towards,
        "speed_m_per_min": on_foot.speed_dm_per_min(atlas) / 10,
        "features": features,
    }
    return answer(request, content, media=GEOJSON)


@router.get("/manzanas", summary="The blocks and other cells reached, with minutes and people")
def blocks(request: Request, atlas: Atlas, query: Annotated[IsochroneQuery, Query()]) -> Response:
    """Return the cells within the longest time asked for, the nearest first."""
    require(request, JSON)
    minutes, walked = _walk(atlas, query)
    cells = cells_on(atlas, walked.streets)
    away = on_foot.minutes_to(atlas, walked, cells.standing)
    reached = np.flatnonzero(away <= minutes[-1])
    reached = reached[np.argsort(away[reached], kind="stable")]
    table = cells.table.iloc[reached]
    columns = {
        "cell_id": table["cell_id"].tolist(),
        "kind": table["kind"].tolist(),
        "minutes": np.round(away[reached], 1).tolist(),
        **{name: np.round(table[name].to_numpy("float64"), 1).tolist() for name in GROUPS},
    }
    content = {
        "version": atlas.name,
        "profile": query.profile,
        "towards": query.towards,
        "minutes": minutes[-1],
        "cells": [
            dict(zip(columns, values, strict=True))
            for values in zip(*columns.values(), strict=True)
        ],
    }
    return answer(request, content)


def _walk(atlas: AtlasVersion, query: IsochroneQuery) -> tuple[list[float], on_foot.Walked]:
    minutes = _minutes(query.minutes)
    point = on_foot.locate(atlas, query.lon, query.lat)
    walked = on_foot.walk(atlas, point, minutes[-1], profile=query.profile, towards=query.towards)
    if walked is None:
        access_m = float(atlas.manifest.method["walking"]["max_access_m"])
        raise ParameterError(
            Text(f"No hay ninguna calle a menos de {access_m:g} m del punto",
                 f"There is no street within {access_m:g} m of the point"),
            where=Where(column="lon"),
            remedy=Text("Dé un punto cerca de una calle", "Give a point near a street"),
        )  # fmt: skip
    return minutes, walked


def _minutes(text: str) -> list[float]:
    """Return the minutes asked for, rising, each once."""
    try:
        asked = sorted({float(part) for part in text.split(",")})
    except ValueError:
        asked = []
    if (
        not 1 <= len(asked) <= _MOST_THRESHOLDS
        or not all(map(math.isfinite, asked))
        or not 1 <= asked[0] <= asked[-1] <= LONGEST_MIN
    ):
        raise ParameterError(
            Text(f"Minutos no válidos: «{text[:40]}»", f"Invalid minutes: “{text[:40]}”"),
            where=Where(column="minutes"),
            remedy=Text(
                f"Dé de uno a {_MOST_THRESHOLDS} números de 1 a {LONGEST_MIN:g}, como 5,10,15",
                f"Give one to {_MOST_THRESHOLDS} numbers from 1 to {LONGEST_MIN:g}, as 5,10,15",
            ),
        )
    return asked


def _limits(atlas: AtlasVersion, minutes: list[float]) -> list[int]:
    return [int(minute * on_foot.speed_dm_per_min(atlas)) for minute in minutes]


def _rounded(people: float | None) -> Any:
    return None if people is None else round(people, 1)
