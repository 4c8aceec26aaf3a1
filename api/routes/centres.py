"""Finding a centre: those a person may use, the nearest on foot first, each with its reasons."""

from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator

from api import on_foot
from api.features import LayerTable
from api.http import GEOJSON, JSON, QueryModel, answer, base_url, require
from api.media import GEOJSON_FORMAT
from api.openapi import in_formats
from api.routes.depends import Atlas
from api.store import AtlasVersion
from api.streets import GENERAL, centre_standing
from data.classification import default_codebooks
from data.errors import NotComputedError
from data.texts import Text
from geo.search import (
    DISABILITIES,
    ENTITLEMENTS,
    Found,
    Person,
    Wanted,
    describe_person,
    find_centres,
)
from geo.search.reasons import age_range_words
from geo.search.words import MOST_CHARACTERS

router = APIRouter(prefix="/centros")
FacilityId = Annotated[str, Path(min_length=1, max_length=64)]
Degrees = Annotated[float, Query(allow_inf_nan=False, ge=-180, le=180)]
Latitude = Annotated[float, Query(allow_inf_nan=False, ge=-90, le=90)]
_MOST_RESULTS = 100
# Mexico's centre has kept this offset the year round since 2022.
_MEXICO = timezone(timedelta(hours=-6))
_NONE = "ninguna"
_CONTACT = ("phone", "email", "website", "street", "exterior_number", "neighborhood", "postcode")
_PLAIN = ("name", "legal_name", "activity", "scian", "service_type", "category", "sector",
          "scheme", "institution", "entitlement", "confidence", "edition", "first_seen", "denue_id",
          "clee", "municipality", "locality", "ageb", "block")  # fmt: skip


def _entitlements(text: str | None) -> str | None:
    known = (*ENTITLEMENTS, _NONE)
    for name in filter(None, (text or "").split(",")):
        if name not in known:
            message = f"use {', '.join(known)}"
            raise ValueError(message)
    return text


class CentresQuery(QueryModel):
    """For whom, where, and what kind of centre."""

    lon: Annotated[Degrees, Query(description="where the person is, degrees")]
    lat: Annotated[Latitude, Query(description="where the person is, degrees")]
    birth_date: Annotated[date | None, Query(description="yyyy-mm-dd")] = None
    age_years: Annotated[int | None, Query(ge=0, le=130)] = None
    age_months: Annotated[int | None, Query(ge=0, le=1560)] = None
    group: Annotated[Literal["infancia", "mayores", "discapacidad"] | None, Query()] = None
    disability: Annotated[
        str | None, Query(pattern=f"^(si|{'|'.join(DISABILITIES)})$",
                          description=f"si | {' | '.join(DISABILITIES)}")
    ] = None  # fmt: skip
    entitlements: Annotated[
        str | None,
        AfterValidator(_entitlements),
        Query(max_length=120, description=f"{', '.join(ENTITLEMENTS)}, joined by commas; or "
              f"{_NONE}. Not told unless given"),
    ] = None  # fmt: skip
    sector: Annotated[Literal["publica", "privada", "sociedad_civil"] | None, Query()] = None
    service: Annotated[str | None, Query(max_length=40)] = None
    text: Annotated[str | None, Query(max_length=MOST_CHARACTERS)] = None
    limit: Annotated[int, Query(ge=1, le=_MOST_RESULTS)] = 20
    include: Annotated[Literal["no_aptos"] | None, Query()] = None


class WayQuery(QueryModel):
    """Where a walk starts, and who walks."""

    lon: Degrees
    lat: Latitude
    profile: Annotated[str, Query(pattern="^[a-z_]{1,40}$")] = GENERAL


@router.get("", summary="Centres a person may use, by walking minutes, with the reasons")
def search(request: Request, atlas: Atlas, query: Annotated[CentresQuery, Query()]) -> Response:
    """Return the nearest centres a person may use or ask at; with ``no_aptos``, the others too."""
    require(request, JSON)
    table = atlas.table("centros")
    point = on_foot.locate(atlas, query.lon, query.lat)
    person = _person(query)
    ways, walked = on_foot.ways(atlas, point)
    wanted = Wanted(
        text=query.text or None,
        service=query.service,
        sector=query.sector,
        limit=query.limit,
        include_unfit=query.include == "no_aptos",
    )
    found = find_centres(on_foot.directory(atlas), person, ways, wanted)
    content = {
        "version": atlas.name,
        "distance": "red" if walked is not None else "recta",
        "limit_min": on_foot.limit_min(atlas),
        "matching": found.matching,
        "usable": found.usable,
        "returned": len(found.found),
        "notes": [
            {"es": note.es, "en": note.en}
            for note in _notes(atlas, found.matching, found.usable, walked=walked is not None)
        ],
        "centres": [
            {**_centre(table, item.row), **_how(item)} for item in found.found
        ],
    }  # fmt: skip
    return answer(request, content)


@router.get("/{facility_id}", summary="One centre")
def one_centre(
    request: Request, atlas: Atlas, facility_id: FacilityId, _: Annotated[QueryModel, Query()]
) -> Response:
    """Return what is known of one centre, with the rules that say so."""
    require(request, JSON)
    table, row = atlas.row("centros", facility_id)
    return answer(request, {
        "version": atlas.name, **_centre(table, row),
        "links": [{
            "href": f"{base_url(request.scope)}/collections/centros/items/{facility_id}",
            "rel": "item", "type": GEOJSON,
        }],
    })  # fmt: skip


@router.get(
    "/{facility_id}/camino",
    summary="The way on foot to a centre",
    responses=in_formats(GEOJSON_FORMAT),
)
def way_to_centre(
    request: Request, atlas: Atlas, facility_id: FacilityId, query: Annotated[WayQuery, Query()]
) -> Response:
    """Return the walking way from a point to a centre as GeoJSON, with minutes and metres."""
    require(request, GEOJSON, JSON)
    table, row = atlas.row("centros", facility_id)
    point = on_foot.locate(atlas, query.lon, query.lat)
    longest = on_foot.limit_min(atlas)
    walked = on_foot.walk(atlas, point, longest, profile=query.profile)
    standing = centre_standing(atlas, row)
    if walked is None or not standing.attached[0]:
        raise _no_way(
            Text("El punto está lejos de toda calle", "The point is far from any street")
            if walked is None
            else Text("El centro está lejos de toda calle", "The centre is far from any street")
        )
    there = walked.streets.window.standing(standing)
    minutes = float(on_foot.minutes_to(atlas, walked, there)[0])
    if np.isnan(minutes):
        raise _no_way(
            Text(f"El centro está a más de {longest:g} minutos a pie",
                 f"The centre is more than {longest:g} minutes away on foot")
        )  # fmt: skip
    west, south, _, _ = table.bounds(row) or (query.lon, query.lat, 0.0, 0.0)
    along = walked.walk.way(there)
    way = on_foot.lonlat(along)
    line = np.vstack([[query.lon, query.lat], way, [west, south]])
    off_street_m = (int(walked.walk.origin.access_dm[0]) + int(there.access_dm[0])) / 10
    content = {
        "type": "Feature",
        "id": facility_id,
        "geometry": {"type": "LineString", "coordinates": np.round(line, 6).tolist()},
        "properties": {
            "facility_id": facility_id,
            "name": table.value("name", row),
            "profile": query.profile,
            "minutes": round(minutes, 1),
            "metres": round(along.length + off_street_m),
        },
    }
    return answer(request, content, media=GEOJSON)


def _person(query: CentresQuery) -> Person:
    held = None
    if query.entitlements:
        held = frozenset(filter(None, query.entitlements.split(","))) - {_NONE}
    return describe_person(
        today=datetime.now(tz=_MEXICO).date(),
        birth_date=query.birth_date,
        age_years=query.age_years,
        age_months=query.age_months,
        group=query.group,
        disability="" if query.disability == "si" else query.disability,
        entitlements=held,
    )


def _how(item: Found) -> dict[str, Any]:
    return {
        "verdict": item.verdict,
        "minutes": None if item.minutes is None else round(item.minutes, 1),
        "straight_m": round(item.straight_m),
        "reasons": [
            {
                "code": reason.code,
                "kind": reason.kind,
                "text": {"es": reason.text.es, "en": reason.text.en},
            }
            for reason in item.reasons
        ],
    }


def _centre(table: LayerTable, row: int) -> dict[str, Any]:
    def value(name: str) -> Any:
        return table.value(name, row) if name in table.columns else None

    def listed(name: str) -> list[str]:
        return list(filter(None, str(value(name) or "").split(";")))

    least, most = (
        np.nan if value(name) is None else float(value(name))
        for name in ("age_min_days", "age_max_days")
    )
    words = age_range_words(least, most)
    west, south, _, _ = table.bounds(row) or (None, None, None, None)
    return {
        "facility_id": table.keys[row],
        **{name: value(name) for name in _PLAIN},
        "serves": [
            group for group in ("infancia", "mayores", "discapacidad") if value(f"serves_{group}")
        ],
        "rule_ids": listed("rule_ids"),
        "merged_ids": listed("merged_ids"),
        "ages": {
            "min_days": value("age_min_days"),
            "max_days": value("age_max_days"),
            "text": {"es": words.es, "en": words.en},
        },
        "places": {bound: value(f"places_{bound}") for bound in ("low", "central", "high")},
        "contact": {name: value(name) for name in _CONTACT},
        "lon": west,
        "lat": south,
    }


def _notes(atlas: AtlasVersion, matching: int, usable: int, *, walked: bool) -> list[Text]:
    notes = []
    if not on_foot.has_streets(atlas):
        notes.append(
            Text(
                "El atlas no tiene calles: los centros van por distancia en línea recta",
                "The atlas has no streets: centres are in order of straight distance",
            )
        )
    elif not walked:
        notes.append(
            Text(
                "El punto está lejos de toda calle: los centros van por distancia en línea recta",
                "The point is far from any street: centres are in order of straight distance",
            )
        )
    if matching == 0:
        notes.append(
            Text(
                "Ningún centro del directorio es de ese tipo o lleva esas palabras",
                "No centre of the directory is of that kind or has those words",
            )
        )
        # A class the directory file does not hold is unknown, not absent.
        notes.extend(
            item.reason.text
            for item in atlas.manifest.not_computed
            if item.what in default_codebooks().services
        )
    elif usable == 0:
        notes.append(
            Text(
                "Hay centros, pero ninguno para esta persona: include=no_aptos los da, con "
                "el porqué",
                "There are centres, but none for this person: include=no_aptos shows them, and "
                "why not",
            )
        )
    return notes  # fmt: skip


def _no_way(problem: Text) -> NotComputedError:
    return NotComputedError(
        problem,
        remedy=Text("Pida el camino desde un lugar más cercano",
                    "Ask for the way from a nearer place"),
    )  # fmt: skip
