"""OGC API – Features as programs use it: filters, systems, order, pages, descriptions."""

import json
from http import HTTPStatus
from urllib.parse import quote

import pyproj
import pytest
from httpx import Client

from api.cql import MAX_DEPTH, read_filter
from api.routes.landing import CONFORMS_TO
from data.errors import LimitError, ParameterError
from tests.api.synthetic_atlas import AGEBS_EACH, CENTRES, SOUTH, STEP, WEST

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
MIDDLE = f"POLYGON(({WEST} {SOUTH},{WEST + 0.019} {SOUTH},{WEST + 0.019} {SOUTH + 0.019},{WEST} {SOUTH + 0.019},{WEST} {SOUTH}))"  # noqa: E501


def _keys(client: Client, layer: str, **parameters: object) -> list[str]:
    given = {name.replace("_", "-"): str(value) for name, value in parameters.items()}
    answer = client.get(f"/collections/{layer}/items", params={"limit": "1000"} | given)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return [feature["id"] for feature in answer.json()["features"]]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("service = 'guarderia'", 7),
        ("service <> 'guarderia'", 7),
        ("places > 300", 7),
        ("NOT places > 300", 4),  # the three unknown are in neither
        ("places IS NULL", 3),
        ("places IS NOT NULL AND service = 'mayores'", 6),
        ("places BETWEEN 88 AND 132", 2),
        ("service IN ('guarderia', 'otra')", 7),
        ("name LIKE '%«1_»%'", 4),
        ("CASEI(name) LIKE 'guardería «3»%'", 1),
        ("CASEI(name) LIKE CASEI('GUARDERÍA «3»%')", 1),
        ("ACCENTI(CASEI(name)) LIKE ACCENTI(CASEI('guarderia «3»%'))", 1),
        ("scheme = 'IMSS' OR places > 500", 6),
        ("places / 44 = 3", 1),
        ("first_seen >= DATE('2010-07-01')", CENTRES),
        ("first_seen > DATE('2010-07-01')", 0),
        (f"S_INTERSECTS(geometry, {MIDDLE})", 4),
        (f"S_INTERSECTS(geometry, BBOX({WEST},{SOUTH},{WEST + 0.019},{SOUTH + 0.019}))", 4),
        (f"S_WITHIN(geometry, {MIDDLE})", 4),
        (f"S_DISJOINT(geometry, {MIDDLE})", CENTRES - 4),
    ],
)
def test_a_filter_in_text_and_in_json_chooses_the_same_rows(
    client: Client, text: str, count: int
) -> None:
    found = _keys(client, "centros", filter=text)
    assert len(found) == count
    tree = json.dumps(read_filter(text), ensure_ascii=False)
    assert _keys(client, "centros", filter=tree, filter_lang="cql2-json") == found


@pytest.mark.parametrize(
    "text",
    [
        "nada = 1", "service", "service = 3", "places = 'x'", "service LIKE 3", "service =",
        "foo(service) = 'x'", "service > ", "S_INTERSECTS(geometry, POINT(500 100))",
        "S_INTERSECTS(service, POINT(0 0))", "first_seen > DATE('2010-99-01')", "((service = 'x')",
        "S_INTERSECTS(geometry, POLYGON((0 0,1 1,0 1,1 0,0 0)))", "places + 'x' > 3", "",
        "service = 'x' AND", "'",
    ],
)  # fmt: skip
def test_a_wrong_filter_says_so(client: Client, text: str) -> None:
    answer = client.get("/collections/centros/items", params={"filter": text})
    assert answer.status_code == HTTPStatus.BAD_REQUEST, answer.text
    assert answer.json()["errors"][0]["field"] == "filter"


def test_a_filter_is_bounded_before_it_is_parsed() -> None:
    deep = MAX_DEPTH + 1
    for text in (
        "(" * deep + "a=1" + ")" * deep,
        "not " * 4000 + "a=1",
        "not " * 30 + "a=1",
        " and ".join(["a=1"] * 300),
        "a = '" + "x" * 4000 + "'",
        "a in (" + ",".join(["'x'"] * 700) + ")",
    ):
        with pytest.raises(LimitError):
            read_filter(text)
    with pytest.raises(ParameterError):
        read_filter("(" * 2000)
    nested: object = {"op": "=", "args": [{"property": "a"}, 1]}
    for _ in range(60):
        nested = {"op": "not", "args": [nested]}
    with pytest.raises(LimitError):
        read_filter(json.dumps(nested), "cql2-json")


def test_coordinates_come_in_the_system_and_axis_order_asked_for(client: Client) -> None:
    def first(uri: str | None) -> tuple[list[float], str]:
        answer = client.get("/collections/centros/items", params={"crs": uri} if uri else {})
        return answer.json()["features"][0]["geometry"]["coordinates"], answer.headers[
            "content-crs"
        ]

    (longitude, latitude), said = first(None)
    assert said == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    assert first(f"{EPSG}4326") == ([latitude, longitude], f"<{EPSG}4326>")
    for code in (6372, 3857):
        expected = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform(
            longitude, latitude
        )
        assert first(f"{EPSG}{code}")[0] == pytest.approx(expected, abs=0.01)
    wrong = client.get("/collections/centros/items", params={"crs": f"{EPSG}27700"})
    assert wrong.status_code == HTTPStatus.BAD_REQUEST
    assert "6372" in wrong.json()["detail"]


def test_a_box_may_be_given_in_any_of_the_systems(client: Client) -> None:
    edges = (WEST, SOUTH, WEST + 1.9 * STEP, SOUTH + 1.9 * STEP)
    expected = _keys(client, "centros", bbox=",".join(map(str, edges)))
    assert len(expected) == 4
    turned = (edges[1], edges[0], edges[3], edges[2])
    assert (
        _keys(client, "centros", bbox=",".join(map(str, turned)), bbox_crs=f"{EPSG}4326")
        == expected
    )
    for code in (6372, 3857):
        transformer = pyproj.Transformer.from_crs(4326, code, always_xy=True)
        box = (*transformer.transform(*edges[:2]), *transformer.transform(*edges[2:]))
        found = _keys(client, "centros", bbox=",".join(map(str, box)), bbox_crs=f"{EPSG}{code}")
        assert found == expected


@pytest.mark.parametrize(
    ("when", "count"),
    [
        ("2010-07-15", CENTRES), ("2010-07-31T23:00:00Z", CENTRES), ("2010-08-01", 0),
        ("../2010-06-30", 0), ("2010-07-31/..", CENTRES), ("2009-01-01/2011-01-01", CENTRES),
    ],
)  # fmt: skip
def test_datetime_meets_the_month_of_first_seen(client: Client, when: str, count: int) -> None:
    assert len(_keys(client, "centros", datetime=when)) == count
    assert len(_keys(client, "agebs", datetime=when)) == 2 * AGEBS_EACH  # has no time


@pytest.mark.parametrize("when", ["x", "2010-13-01", "2011-01-01/2010-01-01", "../..", ".."])
def test_a_wrong_datetime_says_so(client: Client, when: str) -> None:
    answer = client.get("/collections/centros/items", params={"datetime": when})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["errors"][0]["field"] == "datetime"


def test_rows_are_sorted_with_unknown_last(client: Client) -> None:
    answer = client.get("/collections/centros/items?sortby=service,-places&properties=places")
    places = [feature["properties"]["places"] for feature in answer.json()["features"]]
    nurseries = [44.0 * (n + 1) for n in range(CENTRES) if n % 2 == 0 and n % 5]
    assert places[: len(nurseries)] == sorted(nurseries, reverse=True)
    assert places[len(nurseries) : 7] == [None] * (7 - len(nurseries))
    assert client.get("/collections/centros/items?sortby=nada").status_code == 400


def test_pages_of_a_filtered_sorted_layer_hold_every_row_once(client: Client) -> None:
    seen: list[str] = []
    address: str | None = (
        "/collections/manzanas/items?limit=7&properties=cvegeo&sortby=-cvegeo"
        f"&filter={quote('demand_guarderia > 12000')}"
    )
    backwards = None
    while address:
        page = client.get(address)
        links = {link["rel"]: link["href"] for link in page.json()["links"]}
        assert f'<{links["self"]}>; rel="self"' in page.headers["link"]
        seen += [feature["id"] for feature in page.json()["features"]]
        backwards = links.get("prev", backwards)
        address = links.get("next")
    assert len(seen) == len(set(seen)) == page.json()["numberMatched"] == 54
    assert seen == sorted(seen, reverse=True)
    assert backwards is not None


def test_queryables_have_units_and_descriptions(client: Client) -> None:
    schema = client.get("/collections/agebs/queryables")
    assert schema.headers["content-type"] == "application/schema+json"
    properties = schema.json()["properties"]
    assert properties["nearest_min_guarderia"]["x-ogc-unit"] == "min"
    assert properties["nearest_min_guarderia"]["x-description-en"]
    assert properties["geometry"]["format"] == "geometry-any"
    english = client.get("/collections/agebs/queryables?lang=en").json()["properties"]
    assert english["cvegeo"]["title"] == "Key"


def test_the_landing_page_leads_everywhere(client: Client) -> None:
    landing = client.get("/").json()
    for link in landing["links"]:
        assert client.get(link["href"]).status_code == HTTPStatus.OK, link
    assert client.get("/conformance").json() == {"conformsTo": list(CONFORMS_TO)}
    collection = client.get("/collections/centros").json()
    for link in collection["links"]:
        assert client.get(link["href"]).status_code == HTTPStatus.OK, link
    assert collection["extent"]["temporal"]["interval"][0][0].startswith("2010-07-01")


PAGES = [
    "/collections?f=html", "/collections/centros?f=html", "/collections/centros/items?f=html",
    "/collections/centros/items/0000001?f=html", "/collections/centros/queryables?f=html",
    "/collections/centros/dictionary?f=html", "/collections/centros/tiles?f=html",
    "/conformance?f=html", "/api?f=html", "/metodos?f=html",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_pages_for_people_are_escaped_and_run_nothing(client: Client, path: str) -> None:
    for language in ("es", "en"):
        page = client.get(f"{path}&lang={language}")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert f'<html lang="{language}">' in page.text
        assert "unsafe" not in page.headers["content-security-policy"]
        assert "<script" not in page.text
        assert " style=" not in page.text
        assert "<b>" not in page.text  # the name of a synthetic centre holds one
        assert page.text.count("<h1>") == 1


def test_tilesets_lead_to_tilejson_and_the_matrix_set(client: Client) -> None:
    found = client.get("/collections/agebs/tiles").json()["tilesets"][0]
    links = {link["rel"].rpartition("/")[2]: link["href"] for link in found["links"]}
    template = links["item"].format(tileMatrix=12, tileCol=0, tileRow=0)
    assert client.get(template).status_code == HTTPStatus.NO_CONTENT
    assert client.get(links["describedby"]).json()["tilejson"] == "3.0.0"
    matrices = client.get(links["tiling-scheme"]).json()["tileMatrices"]
    assert matrices[0]["scaleDenominator"] == pytest.approx(559082264.028717)
    one = client.get(links["self"]).json()
    assert one["featuresByZoom"]["14"] == 2 * AGEBS_EACH
