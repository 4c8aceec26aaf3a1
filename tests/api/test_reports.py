"""Reports over HTTP: every format, the same figures as /estadisticas, clear refusals."""

import io
import re
from http import HTTPStatus

import openpyxl
import pytest
from httpx import Client

from geo.map_legend import shown_number

MEDIA = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Numbers of the words themselves: ages, minutes.
IN_WORDS = {"0", "5", "11", "65", "15", "30", "01001"}


@pytest.mark.parametrize("form", MEDIA)
def test_a_report_comes_in_every_format_and_is_known_again(client: Client, form: str) -> None:
    path = f"/reportes/municipio/01001.{form}"
    first, second = client.get(path), client.get(path)
    assert first.status_code == HTTPStatus.OK
    assert first.headers["content-type"] == MEDIA[form]
    assert f"01001.{form}" in first.headers["content-disposition"]
    assert first.content == second.content
    etag = first.headers["etag"]
    assert not etag.startswith("W/")
    again = client.get(path, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (HTTPStatus.NOT_MODIFIED, b"")
    pinned = client.get(path, params={"v": client.get("/atlas").json()["version"]})
    assert "immutable" in pinned.headers["cache-control"]


def test_the_page_escapes_names_and_loads_nothing(client: Client) -> None:
    answer = client.get("/reportes/municipio/01001.html")
    page = answer.text
    assert "Aguascalientes &lt;de prueba&gt;" in page
    assert "<de prueba>" not in page
    assert "<script" not in page
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert re.findall(r"""(?:src|href)=["'](?!#)([^"']*)""", page) == [
        f"{str(client.base_url).rstrip('/')}"
        + re.search(r'href="http[^"/]*//[^"/]*(/#[^"]*)"', page)[1]  # type: ignore[index]
    ]


def test_every_number_of_the_summary_is_one_of_the_statistics(client: Client) -> None:
    page = client.get("/reportes/municipio/01001.html").text
    summary = re.search(r'<section id="resumen".*?</section>', page, re.DOTALL)
    assert summary is not None
    words = re.sub(r"<[^>]*>", " ", summary[0])
    indicators = client.get("/estadisticas/municipio/01001").json()["indicators"]
    known = set(IN_WORDS)
    for item in indicators:
        bounds = item["bounds"] or {}
        for value in (item["value"], bounds.get("low"), bounds.get("high")):
            if isinstance(value, float | int):
                known.add(shown_number(value, item["kind"]).removesuffix(" %"))
    said = re.findall(r"\d[\d,]*(?:\.\d+)?", words)
    assert len(said) > 5
    assert set(said) <= known


def test_the_workbook_holds_the_statistics_unrounded(client: Client) -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(client.get("/reportes/municipio/01001.xlsx").content), read_only=False
    )
    rows = list(book["Indicadores"].iter_rows(min_row=2, values_only=True))
    by_column = {row[9]: row for row in rows}
    indicators = client.get("/estadisticas/municipio/01001").json()["indicators"]
    assert len(indicators) == len(rows)
    for item in indicators:
        row = by_column[item["name"]]
        if isinstance(item["value"], float | int):
            assert row[1] == item["value"]
            assert row[6:8] == (item["rank"]["position"], item["rank"]["of"])
        elif item["value"] is None:
            assert row[1] == "sin dato"


def test_parts_without_any_centre_are_rows(client: Client) -> None:
    page = client.get("/reportes/municipio/01001.html").text
    annex = page[page.index('<section id="anexo"') :]
    for number in range(1, 9):
        assert f'<th scope="row">0100100010{number:03d}</th>' in annex


def test_the_report_speaks_english_when_asked(client: Client) -> None:
    page = client.get("/reportes/municipio/01001.html", params={"lang": "en"}).text
    assert '<html lang="en">' in page
    assert "Potential demand" in page
    assert "sin dato" not in page


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reportes/municipio/99999.html", HTTPStatus.NOT_FOUND),
        ("/reportes/manzana/0100100010001001.html", HTTPStatus.NOT_FOUND),
        ("/reportes/planeta/01001.html", HTTPStatus.NOT_FOUND),
        ("/reportes/municipio/01001.docx", HTTPStatus.UNPROCESSABLE_ENTITY),
        ("/reportes/municipio/..%2f01001.html", HTTPStatus.NOT_FOUND),
        ("/reportes/municipio/01001.html?x=1", HTTPStatus.UNPROCESSABLE_ENTITY),
    ],
)
def test_what_there_is_not_is_said(client: Client, path: str, status: HTTPStatus) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_other_levels_have_reports_and_statistics_lead_to_them(client: Client) -> None:
    for level, code in (("entidad", "01"), ("ageb", "0100100010001")):
        links = client.get(f"/estadisticas/{level}/{code}").json()["links"]
        reports = [link for link in links if "/reportes/" in link["href"]]
        assert [link["href"].rpartition(".")[2] for link in reports] == ["html", "pdf", "xlsx"]
        assert client.get(reports[0]["href"]).status_code == HTTPStatus.OK
    blocks = client.get("/estadisticas/manzana/0100100010001001").json()["links"]
    assert not any("/reportes/" in link["href"] for link in blocks)
