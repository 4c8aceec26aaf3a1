"""Places by name, and columns as a map needs them, through a real client."""

from http import HTTPStatus

import pytest
from httpx import Client

PROBLEM = "application/problem+json"


def _names(client: Client, text: str) -> list[str]:
    found = client.get("/lugares", params={"texto": text})
    assert found.status_code == HTTPStatus.OK, found.text
    return [place["name"] for place in found.json()["places"]]


@pytest.mark.parametrize("text", ["ñandú", "NANDU", "asientos & ñan", "nandu asientos"])
def test_accents_case_and_order_do_not_matter(client: Client, text: str) -> None:
    assert _names(client, text)[0] == "Asientos & Ñandú"


def test_an_ageb_is_found_by_its_code_and_says_its_municipality(client: Client) -> None:
    found = client.get("/lugares", params={"texto": "0100100010003"}).json()["places"]
    assert [place["key"] for place in found] == ["0100100010003"]
    assert found[0]["kind"] == "ageb"
    assert found[0]["within"] == "Aguascalientes <de prueba>"
    west, south, east, north = found[0]["box"]
    assert west < east
    assert south < north


def test_whole_names_and_larger_places_come_first(client: Client) -> None:
    found = client.get("/lugares", params={"texto": "aguascalientes"}).json()["places"]
    assert [place["kind"] for place in found[:2]] == ["entidad", "municipio"]
    assert found[2]["kind"] == "ageb"


def test_a_city_comes_before_the_streets_in_it(city: Client) -> None:
    assert _names(city, "jacaranda")[0] == "Ciudad Jacaranda"
    # A street of that name comes before those that only lie there.
    names = _names(city, "jacaranda")
    assert "Ciudad Jacaranda - Peñas Azules" in names[:4]


@pytest.mark.parametrize("text", ["", " ", "a", "¡!", ".*", "(((", "\\b", "x" * 81])
def test_a_text_that_says_nothing_is_refused(client: Client, text: str) -> None:
    answer = client.get("/lugares", params={"texto": text})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.headers["content-type"].startswith(PROBLEM)


@pytest.mark.parametrize("text", ["no hay tal", "xx.*", "zz|(ag", "%' or 1=1"])
def test_what_is_not_there_is_an_empty_list(client: Client, text: str) -> None:
    assert _names(client, text) == []


@pytest.mark.xdist_group("pipeline")
def test_streets_are_one_line_each_and_know_their_municipality(city: Client) -> None:
    streets = [
        place
        for place in city.get("/lugares", params={"texto": "el salto", "limit": 25}).json()[
            "places"
        ]
        if place["kind"] == "calle"
    ]
    assert streets
    assert len({(street["name"], tuple(street["box"])) for street in streets}) == len(streets)
    assert all(street["within"] and street["key"] is None for street in streets)


def test_classes_count_every_place(client: Client) -> None:
    for method in ("cuantiles", "naturales", "divergente"):
        answer = client.get(
            "/estadisticas/ageb/clases/nearest_min_guarderia",
            params={"metodo": method, "clases": 3},
        ).json()
        assert sum(answer["counts"]) == answer["count"] == 12
        assert answer["unknown"] == 4
        assert len(answer["counts"]) == len(answer["breaks"]) + 1
    assert client.get("/estadisticas/ageb/clases/name").status_code == HTTPStatus.NOT_FOUND
    bad = client.get("/estadisticas/ageb/clases/population", params={"clases": 40})
    assert bad.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_values_come_by_place_and_unknown_is_null(client: Client) -> None:
    answer = client.get("/estadisticas/ageb/valores/nearest_min_guarderia").json()
    assert len(answer["keys"]) == len(answer["values"]) == len(answer["names"]) == 16
    assert answer["values"].count(None) == 4
    states = client.get("/estadisticas/ageb/valores/reach_guarderia").json()
    assert "fuera_de_alcance" in states["values"]
    assert client.get("/estadisticas/ageb/valores/nada").status_code == HTTPStatus.NOT_FOUND
