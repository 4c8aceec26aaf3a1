"""The service on foot, over the embedded city, with a real client: centres, ways, isochrones."""

from typing import Any

import httpx
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.xdist_group("pipeline")


@pytest.fixture(scope="module")
def here(city: httpx.Client) -> dict[str, float]:
    """The middle of where people live."""
    west, south, east, north = city.get("/atlas").json()["bounds"]
    nearby = city.get("/centros", params={"lon": (west + east) / 2, "lat": (south + north) / 2})
    first = nearby.json()["centres"][0]
    return {"lon": first["lon"] + 0.001, "lat": first["lat"] + 0.0005}


def found(city: httpx.Client, here: dict[str, float], **query: Any) -> Any:
    answer = city.get("/centros", params=here | query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_centres_come_by_minutes_with_their_reasons(city, here) -> None:
    answer = found(city, here, age_years=2, entitlements="ninguna", limit=30)
    minutes = [centre["minutes"] for centre in answer["centres"]]
    assert answer["distance"] == "red"
    assert minutes == sorted(minutes)
    for centre in answer["centres"]:
        assert centre["verdict"] in ("si", "pregunte")
        assert centre["reasons"]
        assert centre["straight_m"] <= centre["minutes"] * 75 + 10
        assert centre["entitlement"] != "con"
        assert centre["edition"]
        assert {"low", "central", "high"} == set(centre["places"])
        assert 0 <= centre["confidence"] <= 1


def test_those_one_may_not_use_are_shown_on_demand(city, here) -> None:
    told = {"age_years": 2, "entitlements": "ninguna", "limit": 100}
    usable, everything = found(city, here, **told), found(city, here, **told, include="no_aptos")
    unfit = [centre for centre in everything["centres"] if centre["verdict"] == "no"]
    assert unfit
    assert all(any(r["kind"] == "en_contra" for r in centre["reasons"]) for centre in unfit)
    kept = [c["facility_id"] for c in everything["centres"] if c["verdict"] != "no"]
    assert kept == [c["facility_id"] for c in usable["centres"]][: len(kept)]


def test_an_answer_without_centres_is_explained(city, here) -> None:
    nothing = found(city, here, text="zzzzzz")
    assert nothing["centres"] == []
    assert "esas palabras" in nothing["notes"][0]["es"]
    adult = found(city, here, age_years=30)
    assert adult["centres"] == []
    assert "include=no_aptos" in adult["notes"][0]["es"]


def test_one_centre_and_the_way_to_it(city, here) -> None:
    centre = found(city, here, service="primaria", limit=3)["centres"][-1]
    alone = city.get(f"/centros/{centre['facility_id']}").json()
    assert alone["name"] == centre["name"]
    answer = city.get(f"/centros/{centre['facility_id']}/camino", params=here)
    assert answer.headers["content-type"].startswith("application/geo+json")
    way = answer.json()
    line = way["geometry"]["coordinates"]
    assert line[0] == pytest.approx([here["lon"], here["lat"]], abs=1e-6)
    assert line[-1] == pytest.approx([centre["lon"], centre["lat"]], abs=1e-6)
    assert way["properties"]["minutes"] == centre["minutes"]
    assert way["properties"]["metres"] == pytest.approx(centre["minutes"] * 75, abs=6)


def test_a_profile_walks_at_its_own_pace(city, here) -> None:
    centre = found(city, here, service="primaria", limit=3)["centres"][-1]
    path = f"/centros/{centre['facility_id']}/camino"
    plain = city.get(path, params=here).json()["properties"]["minutes"]
    slow = city.get(path, params=here | {"profile": "persona_mayor"}).json()["properties"]
    assert slow["minutes"] > plain
    missing = city.get(path, params=here | {"profile": "patines"})
    assert missing.status_code == 404
    assert "persona_mayor" in missing.json()["detail"]


def test_isochrones_are_nested_polygons_with_their_people(city, here) -> None:
    answer = city.get("/isocrona", params=here | {"minutes": "15,5,10"}).json()
    assert [feature["properties"]["minutes"] for feature in answer["features"]] == [5, 10, 15]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in answer["features"]]
    assert all(shape.is_valid for shape in shapes)
    assert shapes[0].difference(shapes[1]).area < 1e-9
    assert shapes[1].difference(shapes[2]).area < 1e-9
    people = [feature["properties"]["people"]["population"] for feature in answer["features"]]
    assert people == sorted(people)
    assert people[-1] > 0
    blocks = city.get("/isocrona/manzanas", params=here | {"minutes": "15"}).json()["cells"]
    assert len(blocks) == answer["features"][-1]["properties"]["cells"]
    total = sum(block["population"] or 0 for block in blocks)
    assert total == pytest.approx(people[-1], abs=0.1 * len(blocks))
    assert [block["minutes"] for block in blocks] == sorted(block["minutes"] for block in blocks)


def test_who_gets_here_differs_only_where_streets_climb(city, here) -> None:
    plain, towards = (
        city.get("/isocrona", params=here | {"minutes": "10", "towards": way}).json()["features"]
        for way in ("false", "true")
    )
    assert plain == towards


@pytest.mark.parametrize(
    "query",
    [
        {"minutes": "0"},
        {"minutes": "61"},
        {"minutes": "1,2,3,4,5"},
        {"minutes": "nan"},
        {"minutes": ","},
        {"lon": "0", "lat": "0"},
        {"lon": "nan"},
        {"lat": "91"},
        {"lon": "x"},
    ],
)
def test_isochrones_that_cannot_be_are_refused(city, here, query: dict[str, str]) -> None:
    answer = city.get("/isocrona", params=here | query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in query


@pytest.mark.parametrize(
    "query",
    [
        {"service": "spa"},
        {"sector": "x"},
        {"text": "a" * 10_000},
        {"text": "%%%"},
        {"birth_date": "2023-02-30"},
        {"birth_date": "1700-01-01"},
        {"birth_date": "2999-01-01"},
        {"age_years": "2", "birth_date": "2020-01-01"},
        {"entitlements": "imss,otro"},
        {"disability": "x"},
        {"group": "perros"},
        {"limit": "0"},
        {"limit": "101"},
        {"lon": "-150", "lat": "10"},
        {"otro": "1"},
    ],
)
def test_questions_that_cannot_be_are_refused(city, here, query: dict[str, str]) -> None:
    answer = city.get("/centros", params=here | query)
    assert answer.status_code in (414, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "text",
    [
        "guarderia' OR 1=1 --",
        'a" OR words:*',
        "NEAR(a b)",
        "^guard*",
        "(((x",
        "a AND NOT b",
        "\\d+",
    ],
)
def test_metacharacters_are_only_text(city, here, text: str) -> None:
    assert city.get("/centros", params=here | {"text": text}).status_code == 200


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=60), born=st.one_of(st.none(), st.dates().map(str)))
def test_any_text_and_date_is_answered(city, here, text: str, born: str | None) -> None:
    query = here | {"text": text} | ({"birth_date": born} if born else {})
    assert city.get("/centros", params=query).status_code in (200, 422)


def test_an_unknown_centre_is_not_found(city, here) -> None:
    assert city.get("/centros/nada").status_code == 404
    assert city.get("/centros/nada/camino", params=here).status_code == 404


def test_an_atlas_without_streets_says_what_it_can(client: httpx.Client) -> None:
    point = {"lon": -102.28, "lat": 21.87}
    answer = client.get("/centros", params=point).json()
    assert answer["distance"] == "recta"
    assert "línea recta" in answer["notes"][0]["es"]
    straight = [centre["straight_m"] for centre in answer["centres"]]
    assert straight == sorted(straight)
    assert all(centre["minutes"] is None for centre in answer["centres"])
    assert {c["entitlement"] for c in answer["centres"]} == {None}
    assert client.get("/isocrona", params=point).status_code == 404
    assert client.get("/centros/0000001/camino", params=point).status_code == 404
