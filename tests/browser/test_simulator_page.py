"""“Simulador”: sliders, figures, map, two scenarios, the address that brings them back."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from api.settings import Settings
from tests.api.running import running

pytestmark = pytest.mark.xdist_group("pipeline")
PATIENCE = 60_000
END = "#service-guarderia_0_2 .slider:nth-of-type(2) input"


@pytest.fixture(scope="module")
def city(demo_atlas: Path, chromium: Browser, axe: str) -> Iterator[str]:  # noqa: ARG001 — say early what is missing
    """Address of the page over the embedded city."""
    with running(create_app(Settings(atlas=demo_atlas))) as address:
        yield address


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console",
        lambda said: faults.append(said.text) if said.type == "error" else None,
    )
    yield opened
    context.close()
    assert faults == []


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    settled(page)
    return page


def settled(page: Page) -> None:
    page.locator(".brief:not([aria-busy]) dl").wait_for(timeout=PATIENCE)
    page.locator("#panel-content:not([aria-busy]) .outcomes").wait_for(timeout=PATIENCE)
    page.locator("body[data-map=idle]").wait_for(timeout=PATIENCE)


def places(page: Page) -> float:
    said = page.locator(".brief dd").first.inner_text()
    return float(said.split()[0].replace(",", ""))


def test_a_slider_moves_figures_and_address_and_the_address_brings_them_back(
    page: Page, city: str, chromium: Browser
) -> None:
    opened(page, f"{city}/#modo=simulador")
    before = places(page)
    with page.expect_response("**/simulador?draws=*"):
        page.locator(END).first.fill("90")
    settled(page)
    assert places(page) > before
    expect(page.locator(END).nth(1)).to_have_value("90")
    expect(page).to_have_url(re.compile(r"cobertura=guarderia_0_2\*30,42,54,66,78,90~"))
    page.get_by_text("Costos y proporciones").first.click()
    with page.expect_response("**/simulador?draws=*"):
        page.get_by_label("Personas por cuidadora, escrito").first.fill("6")
    settled(page)
    expect(page).to_have_url(re.compile(r"valores=guarderia_0_2\.persons_per_carer\*6"))
    figures = page.locator(".outcomes").inner_text()
    other = opened(chromium.new_page(), page.url)
    assert other.locator(".outcomes").inner_text() == figures
    other.close()
    # A number that cannot be is not sent: the last sound one stays.
    page.locator(END).nth(1).fill("250")
    page.wait_for_timeout(400)
    assert page.locator(".outcomes").inner_text() == figures


def test_every_parameter_shows_its_unit_year_and_source(page: Page, city: str) -> None:
    opened(page, f"{city}/#modo=simulador")
    page.get_by_text("Parámetros comunes").click()
    notes = page.locator(".simulator > details:not(.options) .slider small").all_inner_texts()
    assert len(notes) > 20
    assert all(re.search(r".+\. Fuente \(20\d\d\): .+", note) for note in notes)


def test_two_scenarios_stand_side_by_side(page: Page, city: str) -> None:
    opened(page, f"{city}/#modo=simulador")
    with page.expect_response("**/simulador?draws=*"):
        page.get_by_label("Comparar con otro escenario").check()
    settled(page)
    with page.expect_response("**/simulador?draws=*"):
        page.get_by_role("checkbox", name="Ayuda en casa (65 años y más)").check()
    settled(page)
    comparison = page.locator(".table", has_text="Comparación")
    first, second, difference = (
        float(text.replace(",", "").replace("−", "-"))
        for text in comparison.locator("tbody tr").first.locator("td").all_inner_texts()
    )
    assert first > second
    assert difference == pytest.approx(first - second, abs=2)
    page.get_by_role("button", name="Escenario A", exact=True).click()
    assert places(page) == pytest.approx(second, abs=1)
    assert "otro=1" in page.url
    page.go_back()
    settled(page)


def test_the_workbook_is_that_of_the_scenario(page: Page, city: str) -> None:
    opened(page, f"{city}/#modo=simulador&cobertura=ayuda_en_casa*10,20")
    with page.expect_download() as waited:
        page.get_by_role("button", name="Hoja de cálculo (XLSX)").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(waited.value.path()).read_bytes()))
    assert "ayuda_en_casa" in book.sheetnames
    assert [cell.value for cell in book["ayuda_en_casa"][4]][2:4] == [0.1, 0.2]


def test_an_address_that_makes_no_sense_is_as_none(page: Page, city: str) -> None:
    opened(page, f"{city}/#modo=simulador")
    figures = page.locator(".outcomes").inner_text()
    nonsense = "desde=1812&cobertura=nada*1~guarderia_0_2*-5,abc&valores=x*1~carer_pay_month*NaN"
    page.goto("about:blank")
    opened(page, f"{city}/#modo=simulador&{nonsense}&lugares=todos&gasto=-1&municipio=1&precios=1")
    assert page.locator(".outcomes").inner_text() == figures


@pytest.mark.parametrize(("width", "height"), [(360, 740), (768, 1024), (1440, 900)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_axe_finds_nothing(
    width: int, height: int, scheme: str, city: str, chromium: Browser, axe: str
) -> None:
    page = chromium.new_page(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    page.goto(f"{city}/#modo=simulador&otro=1&otro_cobertura=ayuda_en_casa*10,40&lang=en")
    page.locator(".brief:not([aria-busy]) dl").wait_for(timeout=PATIENCE)
    page.locator("body[data-map=idle]").wait_for(timeout=PATIENCE)
    page.get_by_text("Options", exact=True).click()
    _fits(page, axe)
    if width < 1100:
        # The panel lies over the controls: it opens when asked for, and gives the focus back.
        assert page.locator("#panel").is_hidden()
        page.get_by_role("button", name="See all results").click()
        page.locator("#panel .outcomes").wait_for()
        _fits(page, axe)
        page.locator("#panel-close").click()
        expect(page.get_by_role("button", name="See all results")).to_be_focused()
    page.close()


def _fits(page: Page, axe: str) -> None:
    wider = page.evaluate(
        "() => [document.documentElement, ...document.querySelectorAll('#controls, #panel')]"
        ".filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.id || 'page')"
    )
    assert wider == []
    page.evaluate(axe)
    found = page.evaluate(
        "async () => (await axe.run()).violations.map((v) => v.id + ': ' + v.nodes[0].html)"
    )
    assert found == []
