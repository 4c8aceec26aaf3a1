"""The service's JSON: atlas, collections, statistics, errors, languages."""

import math
from http import HTTPStatus

import pytest
from httpx import Client

from tests.api.synthetic_atlas import AGEBS_EACH, CENTRES, NAMES, SOUTH, STEP, WEST

PROBLEM = "application/problem+json"


def test_the_summary_says_what_the_atlas_holds_and_what_it_does_not(client: Client) -> None:
    atlas = client.get("/atlas").json()
    assert atlas["title"] == {"es": "Atlas de prueba", "en": "Atlas de prueba (en)"}
    assert [layer["id"] for layer in atlas["layers"]][-1] == "centros"
    assert atlas["sources"][0]["edition"] == "2022-11"
    assert atlas["sources"][0]["dropped_rows"] == 3
    assert atlas["not_computed"][0]["reason"]["es"].startswith("El archivo del entorno")
    agebs = next(layer for layer in atlas["layers"] if layer["id"] == "agebs")
    assert all(column["mapped"] for column in agebs["columns"])
    nearest = next(c for c in agebs["columns"] if c["name"] == "nearest_min_guarderia")
    assert nearest["statistics"]["unknown"] == 4
    assert sum(nearest["statistics"]["class_counts"]) == 12


def test_the_dictionary_describes_every_column(client: Client) -> None:
    layers = client.get("/diccionario").json()["layers"]
    for layer in layers:
        for column in layer["columns"]:
            assert column["description"]["es"]
            assert column["description"]["en"]
            assert column["licence"]


def test_a_conditional_request_is_answered_without_a_body(client: Client) -> None:
    for path in ("/atlas", "/collections", "/collections/agebs/items", "/estadisticas/entidad/01"):
        first = client.get(path)
        again = client.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (HTTPStatus.NOT_MODIFIED, b"")


def test_head_says_what_get_says(client: Client) -> None:
    for path in ("/", "/atlas", "/tiles/agebs.json", "/estadisticas/municipio/01001", "/nada"):
        got, headed = client.get(path), client.head(path)
        assert headed.content == b""
        assert headed.status_code == got.status_code
        assert headed.headers["content-type"] == got.headers["content-type"]


def test_items_come_in_pages_that_follow_each_other(client: Client) -> None:
    seen: list[str] = []
    address: str | None = "/collections/manzanas/items?limit=25&properties=cvegeo"
    while address:
        page = client.get(address).json()
        assert page["numberMatched"] == 64
        assert page["numberReturned"] == len(page["features"])
        seen += [feature["id"] for feature in page["features"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert len(seen) == len(set(seen)) == 64
    assert seen == sorted(seen)


def test_unknown_is_null_and_zero_is_zero(client: Client) -> None:
    page = client.get("/collections/agebs/items").json()
    by_key = {feature["id"]: feature["properties"] for feature in page["features"]}
    assert by_key["0100100010001"]["demand_guarderia"] == 0
    assert by_key["0100100010001"]["nearest_min_guarderia"] == 1
    assert by_key["0100100010008"]["nearest_min_guarderia"] is None


def test_a_box_returns_what_it_touches(client: Client) -> None:
    inside = f"{WEST + 0.1 * STEP},{SOUTH + 0.1 * STEP},{WEST + 0.2 * STEP},{SOUTH + 0.2 * STEP}"
    page = client.get("/collections/agebs/items", params={"bbox": inside}).json()
    assert [feature["properties"]["name"] for feature in page["features"]] == ["AGEB 0"]
    across = f"{WEST + 0.5 * STEP},{SOUTH + 0.5 * STEP},{WEST + 1.5 * STEP},{SOUTH + 0.6 * STEP}"
    page = client.get("/collections/agebs/items", params={"bbox": across}).json()
    assert page["numberMatched"] == 2
    empty = client.get("/collections/agebs/items", params={"bbox": "0,0,1,1"}).json()
    assert (empty["numberMatched"], empty["features"]) == (0, [])
    flipped = client.get("/collections/agebs/items", params={"bbox": "170,-80,-90,80"}).json()
    assert flipped["numberMatched"] == 2 * AGEBS_EACH


def test_one_facility_is_a_feature(client: Client) -> None:
    feature = client.get("/collections/centros/items/0000001").json()
    assert feature["geometry"]["type"] == "Point"
    assert feature["properties"]["name"] == "GUARDERÍA «1» <b>"
    assert feature["properties"]["scheme"] is None
    assert client.get("/collections/centros/items").json()["numberMatched"] == CENTRES


def test_statistics_of_a_place_have_value_rank_and_references(client: Client) -> None:
    place = client.get("/estadisticas/ageb/0100100010006").json()
    assert [parent["name"] for parent in place["parents"]] == [NAMES["01001"], "Aguascalientes"]
    assert place["siblings"] == {"count": AGEBS_EACH, "within": "01001"}
    nearest = next(i for i in place["indicators"] if i["name"] == "nearest_min_guarderia")
    assert (nearest["value"], nearest["state"], nearest["unit"]) == (6.0, "valor", "min")
    assert nearest["rank"] == {"position": 1, "of": 6}
    assert [(r["cvegeo"], r["value"]) for r in nearest["references"]] == [("01001", 1), ("01", 1)]
    assert place["sources"][0]["edition"] == "2022-11"


def test_statistics_say_why_a_value_is_unknown(client: Client) -> None:
    def nearest(key: str) -> dict[str, object]:
        place = client.get(f"/estadisticas/ageb/{key}").json()
        return next(i for i in place["indicators"] if i["name"] == "nearest_min_guarderia")

    assert nearest("0100100010007")["state"] == "fuera_de_alcance"
    assert nearest("0100100010008")["state"] == "no_calculado"
    assert nearest("0100100010008")["rank"] is None
    place = client.get("/estadisticas/ageb/0100100010008").json()
    share = next(i for i in place["indicators"] if i["name"] == "within_15min_share_guarderia")
    assert share["state"] == "sin_dato"
    assert share["reason"]["es"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nada", 404),
        ("/collections/hospitales", 404),
        ("/collections/agebs/items/9999999999999", 404),
        ("/estadisticas/municipio/99999", 404),
        ("/estadisticas/colonia/01001", 404),
        ("/collections/agebs/items?limit=0", 400),
        ("/collections/agebs/items?limit=10001", 400),
        ("/collections/agebs/items?offset=-1", 400),
        ("/collections/agebs/items?bbox=1,2,3", 400),
        ("/collections/agebs/items?bbox=nan,0,1,1", 400),
        ("/collections/agebs/items?bbox=0,0,inf,1", 400),
        ("/collections/agebs/items?bbox=0,5,1,1", 400),
        ("/collections/agebs/items?bbox=-181,0,1,1", 400),
        ("/collections/agebs/items?properties=nada", 400),
        ("/collections/agebs/items?nada=1", 400),
        ("/atlas?lang=fr", 422),
        ("/estadisticas/municipio/..%2f", 404),
        ("/assets/../../settings.py", 404),
        ("/assets/%2e%2e/%2e%2e/settings.py", 404),
        ("/atlas?x=" + "a" * 20_000, 414),
    ],
)
def test_every_error_is_a_problem_that_is_never_cached(
    client: Client, path: str, status: int
) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert response.headers["content-type"] == PROBLEM
    assert response.headers["cache-control"] == "no-store"
    assert response.json()["status"] == status
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
        assert response.json()["errors"][0]["field"] in path


def test_errors_name_what_exists_and_speak_the_readers_language(client: Client) -> None:
    spanish = client.get("/collections/hospitales").json()
    assert "agebs" in spanish["detail"]
    assert spanish["title"] == "No existe"
    wanted = {"accept-language": "en-GB, es;q=0.5"}
    assert client.get("/collections/hospitales", headers=wanted).json()["title"] == "Not found"
    assert client.get("/nada?lang=en").json()["title"] == "Not found"
    near = client.get("/estadisticas/ageb/0100100010099").json()["detail"]
    assert "0100100010001" in near


def test_only_reading_is_allowed(client: Client) -> None:
    for path in ("/atlas", "/tiles/agebs.json", "/"):
        response = client.post(path)
        assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
        assert "GET" in response.headers["allow"]
        assert response.headers["content-type"] == PROBLEM


def test_what_cannot_be_accepted_is_406(client: Client) -> None:
    for path in ("/atlas", "/", "/tiles/agebs/12/884/1792.mvt", "/collections/agebs/items"):
        response = client.get(path, headers={"accept": "image/png"})
        assert response.status_code == HTTPStatus.NOT_ACCEPTABLE
    fine = client.get("/atlas", headers={"accept": "text/html, */*;q=0.1"})
    assert fine.status_code == HTTPStatus.OK


def test_every_answer_may_be_read_from_other_pages(client: Client) -> None:
    for path in ("/atlas", "/nada", "/tiles/agebs.json"):
        assert client.get(path).headers["access-control-allow-origin"] == "*"
    preflight = client.options("/atlas", headers={"access-control-request-method": "GET"})
    assert preflight.status_code == HTTPStatus.NO_CONTENT
    assert "GET" in preflight.headers["access-control-allow-methods"]


def test_the_page_allows_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/", headers={"accept": "text/html"})
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "<script>" not in page.text
    script = page.text.split('src="')[1].split('"')[0]
    asset = client.get(script)
    assert asset.headers["content-type"].startswith("text/javascript")
    assert "immutable" in asset.headers["cache-control"]


def test_health_and_readiness(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert len(client.get("/readyz").json()["version"]) == 16


def test_the_interface_is_described_without_pages_from_elsewhere(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert "/collections/{layer}/items" in paths
    assert {path for path in paths if path.startswith("/tiles/")} == {
        "/tiles/{layers}/{z}/{x}/{y}.mvt", "/tiles/{layers}.json", "/tiles/{layer}.pmtiles",
    }  # fmt: skip
    assert client.get("/docs").status_code == HTTPStatus.NOT_FOUND


def test_large_answers_are_compressed(client: Client) -> None:
    zipped = client.get("/atlas", headers={"accept-encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    plain = client.get("/atlas", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert zipped.json() == plain.json()


def test_coordinates_are_finite_degrees(client: Client) -> None:
    page = client.get("/collections/centros/items").json()
    for feature in page["features"]:
        longitude, latitude = feature["geometry"]["coordinates"]
        assert math.isclose(longitude, WEST, abs_tol=4 * STEP)
        assert math.isclose(latitude, SOUTH, abs_tol=4 * STEP)


def test_places_are_compared_side_by_side(client: Client) -> None:
    answer = client.get(
        "/estadisticas/ageb?codes=0100100010006,0100100010008&indicators=nearest_min_guarderia"
    ).json()
    assert [place["cvegeo"] for place in answer["places"]] == ["0100100010006", "0100100010008"]
    (nearest,) = answer["indicators"]
    assert nearest["values"] == [6.0, None]
    assert nearest["atlas"]["unknown"] == 4
    assert client.get("/estadisticas/ageb?codes=9999999999999").status_code == 404
    for wrong in ("", "?codes=", "?codes=01&indicators=nada", "?codes=" + ",".join(["01"] * 200)):
        assert client.get(f"/estadisticas/ageb{wrong}").status_code in (404, 422)


def test_a_distribution_counts_every_place_once(client: Client) -> None:
    found = client.get("/estadisticas/ageb/distribucion/nearest_min_guarderia?bins=6").json()
    assert sum(found["counts"]) == 12
    assert found["unknown"] == 4
    assert (found["edges"][0], found["edges"][-1]) == (1.0, 6.0)
    assert len(found["quintiles"]) == 4
    assert client.get("/estadisticas/ageb/distribucion/name").status_code == 404


def test_a_place_has_quintile_whole_atlas_and_method(client: Client) -> None:
    place = client.get("/estadisticas/ageb/0100100010006").json()
    nearest = next(i for i in place["indicators"] if i["name"] == "nearest_min_guarderia")
    assert nearest["quintile"] == 5
    assert nearest["atlas"]["mean"] == 3.5
    anchor = nearest["method_href"].split("#")[1]
    assert f'id="{anchor}"' in client.get("/metodos?f=html").text


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd", "br"])
def test_statistics_are_the_same_in_every_coding_and_when_kept(client: Client, coding: str) -> None:
    path = "/estadisticas/ageb/0100100010006"
    plain = client.get(path, headers={"accept-encoding": "identity"})
    first, again = (client.get(path, headers={"accept-encoding": coding}) for _ in range(2))
    assert first.json() == again.json() == plain.json()
    assert again.headers.get("content-encoding", "identity") == coding
    assert again.headers["vary"].count("Accept-Encoding") == 1
    assert first.headers["etag"] == again.headers["etag"]
    known = client.get(
        path, headers={"accept-encoding": coding, "if-none-match": first.headers["etag"]}
    )
    assert known.status_code == HTTPStatus.NOT_MODIFIED


def test_ranks_are_those_of_counting_the_siblings(client: Client) -> None:
    page = client.get("/collections/agebs/items?limit=1000").json()["features"]
    column = "nearest_min_guarderia"
    values = {item["id"]: item["properties"][column] for item in page}
    for key, value in values.items():
        place = client.get(f"/estadisticas/ageb/{key}").json()
        found = next(item for item in place["indicators"] if item["name"] == column)
        known = [v for k, v in values.items() if k[:5] == key[:5] and v is not None]
        rank = None if value is None else {
            "position": 1 + sum(v > value for v in known), "of": len(known),
        }  # fmt: skip
        assert found["rank"] == rank
        assert place["siblings"]["count"] == sum(k[:5] == key[:5] for k in values)
