"""“Estadísticas y mapas” as a planner uses it: choose, cut, read, compare, cross, download."""

import csv
import io
import re
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_page import NARROW, WIDE, idle, opened

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pipeline")]

AGEBS = "nivel=agebs&ind=e2sfca_guarderia"
PLACES = 105
_PNG = b"\x89PNG\r\n\x1a\n"


def numbers(page: Page, selector: str) -> list[int]:
    return [int(text.replace(",", "")) for text in page.locator(selector).all_inner_texts()]


def test_an_indicator_is_found_by_its_words_and_cut_in_other_ways(
    chromium: Browser, city: str
) -> None:
    with opened(chromium, f"{city}/#{AGEBS}") as (page, _):
        page.locator("#mode-mapa summary").first.click()
        page.locator("#find-indicator").fill("desierto cuidados distancia mayor")
        page.locator("#find-indicator-list [role=option]").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("#topic")).to_have_value("mayores")
        expect(page.locator("#legend h2")).to_contain_text("Desierto de cuidados por distancia")
        expect(page.locator("#method")).to_be_disabled()
        page.select_option("#indicator", "within_#min_share_{}")
        page.select_option("#minutes", "30")
        page.select_option("#method", "naturales")
        expect(page).to_have_url(re.compile("within_30min_share_mayores&clases=naturales"))
        page.select_option("#indicator", "e2sfca_{}")
        page.select_option("#method", "divergente")
        expect(page.locator("#legend")).to_contain_text("El cambio de color es el promedio")
        assert sum(numbers(page, "#legend .count")) == PLACES
        page.locator("#all-indicators").click()
        expect(page.locator("#all-indicators")).to_be_hidden()
        page.locator("#find-indicator").fill("12 años económicamente activas")
        page.locator("#find-indicator-list [role=option]").first.click()
        expect(page.locator("#legend h2")).to_contain_text("económicamente activas")
        idle(page)


@pytest.mark.parametrize(
    ("scheme", "water", "green"),
    [("light", "a9bfd3", "c3d3b8"), ("dark", "31475c", "2b3a2e")],
)
@pytest.mark.parametrize("mode", ["nivel=manzanas", "modo=buscar"])
def test_water_and_parks_are_drawn_in_the_colours_of_the_scheme(
    mode: str, scheme: Literal["light", "dark"], water: str, green: str,
    chromium: Browser, city: str,
) -> None:  # fmt: skip
    with opened(chromium, f"{city}/#map=14/21.71/-101.602&{mode}", scheme=scheme) as (page, asked):
        assert any("agua_y_verde" in address for address in asked)
        picture = Image.open(io.BytesIO(page.locator("#map canvas").screenshot())).convert("RGB")
        drawn = np.asarray(picture, dtype="int64")
        for colour in (water, green):
            wanted = np.array(bytearray.fromhex(colour), dtype="int64")
            near = (np.abs(drawn - wanted).max(axis=2) <= 2).sum()
            assert near > 500, (colour, near)


def test_what_no_tile_carries_is_drawn_too_and_comes_back_from_its_link(
    chromium: Browser, city: str
) -> None:
    with opened(chromium, f"{city}/#nivel=agebs&ind=centres_15min_guarderia") as (page, _):
        expect(page.locator("#legend h2")).to_contain_text("Centros a 15 minutos")
        assert sum(numbers(page, "#legend .count")) == PLACES
        page.reload()
        expect(page.locator("#legend h2")).to_contain_text("Centros a 15 minutos")


def test_the_table_says_what_the_map_shows(chromium: Browser, city: str) -> None:
    with opened(chromium, f"{city}/#{AGEBS}") as (page, _):
        page.locator("#as-table").click()
        rows = page.locator("#sheet tbody tr")
        expect(rows).to_have_count(100)
        page.locator("#sheet .more").click()
        expect(rows).to_have_count(PLACES)
        expect(page.locator("#sheet [aria-sort=descending]")).to_have_text(
            "Valor (lugares por persona)"
        )
        expect(page.locator("#sheet caption")).to_contain_text("Lugares por persona a su alcance")
        labels = page.locator("#sheet tbody td:last-child").all_inner_texts()
        for at, label in enumerate(page.locator("#legend .range").all_inner_texts()):
            assert labels.count(label) == numbers(page, "#legend .count")[at]
        page.get_by_role("button", name="Clave").click()
        expect(page.locator("#sheet [aria-sort=ascending]")).to_contain_text("Clave")
        rows.first.get_by_role("button").click()
        expect(page.locator("#panel h2")).to_contain_text("AGEB")
        page.locator("#as-table").click()
        expect(page.locator("#sheet")).to_be_hidden()


def test_the_table_shows_rows_on_a_phone(chromium: Browser, city: str) -> None:
    phone = {"width": 360, "height": 740}
    with opened(chromium, f"{city}/#{AGEBS}&vista=tabla", size=phone) as (page, _):
        rows = page.locator("#sheet tbody tr")
        rows.first.wait_for()
        expect(rows.nth(2)).to_be_in_viewport(ratio=1)
        assert page.locator("#sheet").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_a_place_says_where_it_stands_and_is_set_beside_another(
    chromium: Browser, city: str
) -> None:
    with opened(chromium, f"{city}/#{AGEBS}&sel=agebs/9900100010495") as (page, _):
        panel = page.locator("#panel")
        drawn = panel.get_by_role("img")
        expect(drawn).to_have_count(4)
        assert "Histograma de 10" in (drawn.first.get_attribute("aria-label") or "")
        ages = drawn.nth(1).get_attribute("aria-label") or ""
        assert re.search(r"^0 a 2 años: \d+.* mujeres, \d+.* hombres; .*60 años y más: \d+", ages)
        assert "Guardería" in (drawn.nth(2).get_attribute("aria-label") or "")
        expect(panel.locator(".rank")).to_contain_text("de 95")
        expect(panel.get_by_role("link", name="Cómo se calcula")).to_have_attribute(
            "href", "/metodos#e2sfca"
        )
        sheet = panel.get_by_role("link", name="Hoja de una página").get_attribute("href")
        assert sheet is not None
        answer = page.request.get(sheet)
        assert answer.body().startswith(b"%PDF")
        panel.get_by_role("button", name="Comparar con otro lugar").click()
        page.locator("#find-place").fill("9900100010379")
        page.locator("#find-place-list [role=option]").first.click()
        expect(panel.locator("h2")).to_have_text("AGEB 0495 y AGEB 0379")
        expect(panel.locator("tbody tr").first).to_contain_text("Lugares por persona a su alcance")
        assert "con=agebs/9900100010379" in page.url
        page.go_back()
        expect(panel.locator("h2")).to_have_text("AGEB 0495")


def test_two_indicators_are_crossed_and_set_beside_each_other(chromium: Browser, city: str) -> None:
    with opened(chromium, f"{city}/#{AGEBS}") as (page, _):
        page.locator("#second summary").click()
        page.select_option("#pair", "bivariado")
        page.select_option("#indicator-2", "demand_{}")
        cells = page.locator(".bivariate td:not(:empty)")
        expect(cells).to_have_count(9)
        unknown = page.locator("#legend .description").first.inner_text()
        assert sum(numbers(page, ".bivariate td:not(:empty)")) + int(unknown.split()[-1]) == PLACES
        assert "par=bivariado&ind2=demand_" in page.url
        page.select_option("#pair", "cortina")
        slider = page.locator("#curtain")
        slider.focus()
        before = page.locator("#map-2").evaluate("element => element.style.clipPath")
        page.keyboard.press("ArrowLeft")
        after = page.locator("#map-2").evaluate("element => element.style.clipPath")
        assert before != after
        expect(page.locator(".map-title")).to_contain_text(["Lugares por persona", "Demanda"])
        page.select_option("#pair", "no")
        expect(page.locator("#map-2")).to_have_count(0)
        expect(page.locator(".map-title")).to_have_count(0)
        expect(page.locator("#legend .count").first).to_be_visible()


def test_what_is_shown_can_be_taken_along(chromium: Browser, city: str, tmp_path: Path) -> None:
    with opened(chromium, f"{city}/#{AGEBS}") as (page, _):
        page.locator("#downloads summary").click()
        with page.expect_download() as told:
            page.get_by_role("button", name="Imagen del mapa").click()
        assert told.value.suggested_filename == (
            "lugares-por-persona-a-su-alcance-guarderia-0-a-5-anos-agebs.png"
        )
        picture = tmp_path / "map.png"
        told.value.save_as(picture)
        content = picture.read_bytes()
        assert content.startswith(_PNG)
        assert int.from_bytes(content[16:20], "big") == 1600
        links = page.locator("#downloads .files a")
        expect(links).to_have_count(3)
        addresses = [link.get_attribute("href") or "" for link in links.all()]
        table = page.request.get(f"{city}{addresses[0]}").text()
        rows = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))))
        assert len(rows) == PLACES
        assert "e2sfca_guarderia" in rows[0]
        features = page.request.get(f"{city}{addresses[1]}").json()["features"]
        assert len(features) == PLACES
        assert page.request.get(f"{city}{addresses[2]}").body().startswith(b"PK")


def test_a_place_is_found_by_its_name_by_keyboard_alone(chromium: Browser, city: str) -> None:
    with opened(chromium, f"{city}/#{AGEBS}", refused=True) as (page, _):
        field = page.locator("#find-place")
        field.fill("peñas azu")
        option = page.locator("#find-place-list [role=option]")
        expect(option.first).to_contain_text("Peñas Azules")
        expect(field).to_have_attribute("aria-expanded", "true")
        page.keyboard.press("ArrowDown")
        expect(option.first).to_have_attribute("aria-selected", "true")
        before = page.url
        page.keyboard.press("Enter")
        expect(page).not_to_have_url(before)
        expect(page.locator("#panel h2")).to_contain_text("Peñas Azules")
        field.fill("no hay tal lugar")
        expect(page.locator("#find-place ~ [role=status], .suggest-status").first).to_contain_text(
            "No hay ningún lugar"
        )
        page.context.set_offline(True)
        field.fill("jacaranda")
        expect(page.locator(".suggest-status").first).to_contain_text("No hay conexión")


def test_losing_the_network_in_the_middle_is_said(chromium: Browser, city: str) -> None:
    with opened(chromium, f"{city}/#{AGEBS}&map=12/21.712/-101.6", refused=True) as (page, _):
        page.context.set_offline(True)
        page.get_by_role("link", name="Encuentra un centro").click()
        expect(page.locator("#alert")).to_contain_text("No hay conexión")
        page.context.set_offline(False)
        page.locator("#alert button").click()
        expect(page.locator("#finder")).to_be_visible()
        page.go_back()
        idle(page)
        page.context.set_offline(True)
        page.locator("#map canvas").focus()
        for _step in range(3):
            page.keyboard.press("+")
        expect(page.locator("#alert")).to_contain_text("Faltan partes del mapa")


def test_a_link_to_an_indicator_that_is_not_there_is_explained(
    chromium: Browser, city: str
) -> None:
    with opened(chromium, f"{city}/#nivel=agebs&ind=gone_guarderia") as (page, _):
        expect(page.locator("#alert")).to_contain_text("gone_guarderia")
        expect(page.locator("#indicator")).not_to_have_value("")


@pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide", "narrow"]
)
def test_no_state_of_the_map_has_an_accessibility_violation(
    chromium: Browser, city: str, axe: str, size: dict[str, int], scheme
) -> None:
    states = (
        f"{AGEBS}&sel=agebs/9900100010495&con=agebs/9900100010379",
        f"{AGEBS}&vista=tabla",
        f"{AGEBS}&par=bivariado&ind2=demand_guarderia",
        f"{AGEBS}&par=cortina&ind2=demand_guarderia&sel=agebs/9900100010495",
    )
    with opened(chromium, f"{city}/#{AGEBS}", size=size, scheme=scheme) as (page, _):
        page.evaluate(axe)
        page.locator("#find-place").fill("jacaranda")
        page.locator("#find-place-list [role=option]").first.wait_for()
        assert violations(page) == []
        for state in states:
            page.evaluate("hash => { location.hash = hash }", state)
            page.locator(
                "#panel tbody tr, #sheet tbody tr, .bivariate td, #panel .chart"
            ).first.wait_for()
            for summary in page.locator("#mode-mapa details").all():
                summary.evaluate("element => { element.open = true }")
            page.locator("#downloads .files a").first.wait_for()
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_panel_with_the_pyramid_of_ages_has_no_violation(
    chromium: Browser, city: str, axe: str, size: dict[str, int], scheme
) -> None:
    state = f"{AGEBS}&sel=agebs/9900100010495"
    with opened(chromium, f"{city}/#{state}", size=size, scheme=scheme) as (page, _):
        pyramid = page.get_by_role("img", name=re.compile("^0 a 2 años"))
        pyramid.scroll_into_view_if_needed()
        expect(pyramid).to_be_visible()
        for summary in page.locator("#panel details").all():
            summary.evaluate("element => { element.open = true }")
        page.evaluate(axe)
        assert violations(page) == []
        assert page.locator("#panel").evaluate("e => e.scrollWidth <= e.clientWidth")
        expect(page.locator("#panel .code")).to_have_text("Clave 9900100010495")


def violations(page: Page) -> list[object]:
    """What axe finds against WCAG 2.2 AA and its own best practices, sizes of targets included."""
    found = page.evaluate(
        "axe.run(document, {rules: {'target-size': {enabled: true}}}).then(f => f.violations)"
    )
    return [
        (item["id"], [(node["html"], node["failureSummary"]) for node in item["nodes"]])
        for item in found
    ]


def test_nothing_jumps_while_the_page_comes_up(chromium: Browser, city: str) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.add_init_script(
        "window.shifts = []; new PerformanceObserver(list => {"
        " for (const entry of list.getEntries()) shifts.push(entry.value)"
        " }).observe({type: 'layout-shift', buffered: true})"
    )
    page.goto(f"{city}/")
    idle(page)
    assert sum(page.evaluate("window.shifts")) < 0.02
    context.close()
