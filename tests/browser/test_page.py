"""The page as people use it: draw, switch, click, read, by mouse and by keyboard."""

import base64
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from api.app import create_app
from api.settings import Settings
from tests.api.running import running
from tests.api.synthetic_atlas import SOUTH, STEP, WEST, build_synthetic_atlas

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
_PICTURES = Path(__file__).parents[2] / ".artifacts" / "browser"
MAX_REQUESTS = 12
# An AGEB whose middle has no facility near, and the facility numbered 1.
AREA = f"map=14/{SOUTH + 1.7 * STEP:.5f}/{WEST + 0.2 * STEP:.5f}"
FACILITY = f"map=15/{SOUTH + 0.25 * STEP:.5f}/{WEST + 1.5 * STEP:.5f}"
WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 320, "height": 640}


@contextmanager
def opened(
    browser: Browser,
    address: str,
    *,
    size: dict[str, int] = WIDE,
    scheme: Literal["light", "dark"] = "light",
    refused: bool = False,
) -> Iterator[tuple[Page, list[str]]]:
    """Open the page, wait until the map is drawn, and fail on any error in the console.

    With ``refused``, requests the service refuses are expected, which browsers log as errors.
    """
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(address)
    try:
        idle(page)
        yield page, asked
    finally:
        _keep_picture(page, f"{size['width']}-{scheme}")
        context.close()
    if refused:
        errors = [error for error in errors if "Failed to load resource" not in error]
    assert errors == []


def _keep_picture(page: Page, view: str) -> None:
    """Keep what the page looked like when a test ended, for people to look at."""
    test = re.sub(r"[^A-Za-z0-9_]+", "-", os.environ.get("PYTEST_CURRENT_TEST", "page"))
    _PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=_PICTURES / f"{test[-120:]}-{view}.png")


def idle(page: Page) -> None:
    page.wait_for_selector("body[data-map=idle]", timeout=60_000)


def drawn(page: Page) -> int:
    return int(page.evaluate("document.body.dataset.drawn"))


def click_centre(page: Page) -> None:
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_the_first_view_draws_with_few_requests_and_none_to_others(
    chromium: Browser, site: str
) -> None:
    for size in (WIDE, NARROW):
        with opened(chromium, site, size=size) as (page, asked):
            assert drawn(page) >= 16
            sent = [address for address in asked if not address.startswith(("data:", "blob:"))]
            assert all(address.startswith(site) for address in sent)
            assert len(sent) <= MAX_REQUESTS, sent
            expect(page.locator("#editions")).to_contain_text("2022-11")
            expect(page.locator("h1")).to_have_text("Atlas de prueba")
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_legend_has_units_counts_and_unknown(chromium: Browser, site: str) -> None:
    with opened(chromium, f"{site}/#nivel=agebs&ind=nearest_min_guarderia") as (page, _):
        legend = page.locator("#legend")
        expect(legend.locator(".unit")).to_have_text("min · AGEB urbanas")
        rows = legend.locator("ul").first.locator("li")
        expect(rows.last).to_contain_text("Sin dato")
        expect(rows.last.locator(".count")).to_have_text("2")
        counts = [int(text) for text in rows.locator(".count").all_inner_texts()]
        assert sum(counts) == 16
        expect(legend).to_contain_text("No calculado en este atlas")


def test_the_choropleth_switches(chromium: Browser, site: str) -> None:
    with opened(chromium, f"{site}/#nivel=agebs") as (page, _):
        before = page.locator("#map").screenshot()
        page.select_option("#indicator", "within_#min_share_{}")
        idle(page)
        legend = page.locator("#legend")
        expect(legend.locator("h2")).to_contain_text("15 minutos")
        expect(legend.locator("li").first).to_contain_text(" %")
        assert page.locator("#map").screenshot() != before
        page.select_option("#indicator", "desert_distance_{}")
        idle(page)
        expect(legend.locator(".range").first).to_have_text("Sí")
        page.select_option("#level", "municipios")
        idle(page)
        expect(legend.locator(".unit")).to_have_text("Municipios")
        assert drawn(page) == 2
        assert "nivel=municipios&ind=desert_distance_guarderia" in page.url


def test_large_numbers_are_written_as_in_mexico(chromium: Browser, site: str) -> None:
    with opened(chromium, f"{site}/#nivel=agebs&ind=demand_guarderia") as (page, _):
        expect(page.locator("#legend")).to_contain_text(re.compile(r"\d{1,2},\d{3}"))
        expect(page.locator("#legend h2")).to_contain_text("Demanda potencial")


def test_clicking_an_area_opens_its_indicators(chromium: Browser, site: str) -> None:
    with opened(chromium, f"{site}/#{AREA}&nivel=agebs&ind=nearest_min_guarderia") as (page, _):
        click_centre(page)
        panel = page.locator("#panel")
        expect(panel.locator("h2")).to_have_text("AGEB 2")
        expect(panel.locator(".kind")).to_contain_text("Aguascalientes <de prueba>")
        expect(panel.locator(".value")).to_have_text("3 min")
        expect(panel.locator(".rank")).to_contain_text("de 6")
        expect(panel).to_contain_text("Qué dice y qué no dice")
        expect(panel).to_contain_text("2022-11")
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()


def test_clicking_a_facility_opens_its_card(chromium: Browser, site: str) -> None:
    with opened(chromium, f"{site}/#{FACILITY}&nivel=agebs") as (page, _):
        click_centre(page)
        panel = page.locator("#panel")
        expect(panel.locator("h2")).to_have_text("GUARDERÍA «1» <b>")
        expect(panel).to_contain_text("Privada")
        expect(panel).to_contain_text("88 lugares")
        assert "sel=centros/0000001" in page.url
        page.locator("#facilities").uncheck()
        idle(page)
        page.locator("#panel-close").click()
        click_centre(page)
        expect(panel.locator("h2")).to_contain_text("AGEB")


def test_the_language_changes_everything_shown(chromium: Browser, site: str) -> None:
    with opened(chromium, f"{site}/#nivel=agebs&ind=nearest_min_guarderia") as (page, _):
        page.locator("#language").click()
        idle(page)
        assert page.evaluate("document.documentElement.lang") == "en"
        expect(page.locator("h1")).to_have_text("Atlas de prueba (en)")
        expect(page.locator("#legend li").nth(5)).to_contain_text("Out of reach")
        expect(page.locator("#legend li").nth(6)).to_contain_text("No data")
        expect(page.locator("#mode-mapa label").nth(1)).to_contain_text("Indicator")
        assert "lang=en" in page.url
        page.reload()
        idle(page)
        expect(page.locator("h1")).to_have_text("Atlas de prueba (en)")


def test_an_address_brings_back_what_was_seen(chromium: Browser, site: str) -> None:
    address = f"{site}/#{AREA}&nivel=agebs&ind=demand_mayores&centros=0&sel=agebs/0100200010001"
    with opened(chromium, address) as (page, _):
        expect(page.locator("#indicator")).to_have_value("demand_{}")
        expect(page.locator("#topic")).to_have_value("mayores")
        expect(page.locator("#facilities")).not_to_be_checked()
        expect(page.locator("#panel h2")).to_have_text("AGEB 8")


def test_an_old_address_does_no_harm(chromium: Browser, site: str) -> None:
    address = f"{site}/#map=9/x/y&nivel=barrios&ind=gone&lang=fr"
    with opened(chromium, address) as (page, _):
        assert drawn(page) >= 16
        expect(page.locator("#indicator")).not_to_have_value("")


def test_the_page_is_used_by_keyboard_alone(chromium: Browser, site: str) -> None:
    with opened(chromium, f"{site}/#{AREA}&nivel=agebs") as (page, _):
        reached = []
        for _step in range(30):
            page.keyboard.press("Tab")
            reached.append(
                page.evaluate("document.activeElement.id || document.activeElement.tagName")
            )
            if reached[-1] == "CANVAS":
                break
        assert reached[:7] == [
            "A",
            "language",
            "A",
            "A",
            "find-place",
            "indicator",
            "topic",
        ]
        assert reached[-1] == "CANVAS"
        page.keyboard.press("Enter")
        expect(page.locator("#panel h2")).to_have_text("AGEB 2")
        expect(page.locator("#panel h2")).to_be_focused()
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.tagName") == "CANVAS"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_no_accessibility_violation(
    chromium: Browser, site: str, axe: str, size: dict[str, int], scheme: Literal["light", "dark"]
) -> None:
    with opened(chromium, f"{site}/#nivel=agebs", size=size, scheme=scheme) as (page, _):
        page.evaluate(axe)
        assert _violations(page) == []
        page.goto(f"{site}/#nivel=agebs&sel=agebs/0100100010008")
        page.locator("#panel .headline").wait_for()
        for summary in page.locator("#panel details").all():
            summary.evaluate("element => { element.open = true }")
        assert _violations(page) == []
        page.goto(f"{site}/#nivel=agebs&sel=centros/0000001&lang=en")
        page.locator("#panel dl").first.wait_for()
        assert _violations(page) == []


def _violations(page: Page) -> list[Any]:
    found = page.evaluate("axe.run(document).then(found => found.violations)")
    return [
        (item["id"], [(node["html"], node["failureSummary"]) for node in item["nodes"]])
        for item in found
    ]


def test_what_could_not_be_loaded_is_said_and_can_be_retried(chromium: Browser, site: str) -> None:
    context = chromium.new_context()
    page = context.new_page()

    def refuse(route: Route) -> None:
        route.abort()

    page.route("**/atlas", refuse)
    page.goto(site)
    alert = page.locator("#alert")
    expect(alert).to_contain_text("No se pudo cargar el atlas")
    page.unroute("**/atlas")
    alert.locator("button").click()
    idle(page)
    expect(alert).to_be_hidden()
    page.route("**/estadisticas/**", refuse)
    page.goto(f"{site}/#sel=agebs/0100100010001")
    expect(page.locator("#panel")).to_contain_text("No se pudieron cargar los datos")
    context.close()


def test_an_unknown_place_in_the_address_is_said(chromium: Browser, site: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{site}/#sel=agebs/0100100010099")
    expect(page.locator("#panel")).to_contain_text("no está en la capa")
    context.close()


def test_all_facilities_are_drawn_and_can_be_hidden(chromium: Browser, site: str) -> None:
    with opened(chromium, f"{site}/#nivel=agebs") as (page, _):
        page.locator("#facilities").uncheck()
        idle(page)
        hidden = page.locator("#map").screenshot()
        page.locator("#facilities").check()
        idle(page)
        assert page.locator("#map").screenshot() != hidden


def test_back_and_forward_undo_and_redo_the_steps_of_a_reader(chromium: Browser, site: str) -> None:
    with opened(chromium, f"{site}/#nivel=agebs&ind=nearest_min_guarderia") as (page, _):
        page.select_option("#indicator", "demand_{}")
        page.select_option("#topic", "mayores")
        page.get_by_role("link", name="Encuentra un centro").click()
        expect(page.locator("#finder")).to_be_visible()
        page.go_back()
        expect(page.locator("#mode-mapa")).to_be_visible()
        expect(page.locator("#finder")).to_be_hidden()
        expect(page.locator("#indicator")).to_have_value("demand_{}")
        expect(page.locator("#topic")).to_have_value("mayores")
        page.go_back()
        expect(page.locator("#topic")).to_have_value("guarderia")
        page.go_back()
        expect(page.locator("#indicator")).to_have_value("nearest_min_{}")
        expect(page.locator("#legend h2")).to_contain_text("Minutos a pie")
        for _step in range(3):
            page.go_forward()
        expect(page.locator("#finder")).to_be_visible()
        page.go_back()
        expect(page.locator("#indicator")).to_have_value("demand_{}")
        expect(page.locator("#topic")).to_have_value("mayores")


def test_moving_the_map_is_no_step_of_its_own(chromium: Browser, site: str) -> None:
    with opened(chromium, f"{site}/#nivel=agebs&ind=nearest_min_guarderia") as (page, _):
        before = page.evaluate("history.length")
        page.locator("#map canvas").focus()
        address = page.url
        page.keyboard.press("ArrowRight")
        expect(page).not_to_have_url(address)
        assert page.evaluate("history.length") == before
        page.select_option("#level", "municipios")
        assert page.evaluate("history.length") == before + 1


def test_a_basemap_from_elsewhere_is_drawn_only_where_a_setting_asks(
    chromium: Browser, tmp_path: Path
) -> None:
    build_synthetic_atlas(tmp_path)
    tiles = "https://tiles.example.mx/{z}/{x}/{y}.png"
    asked: list[str] = []
    errors: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(
            body=_PIXEL, content_type="image/png", headers={"Access-Control-Allow-Origin": "*"}
        )

    settings = Settings(atlas=tmp_path, basemap=tiles, basemap_attribution="Mosaicos de ejemplo")
    with running(create_app(settings)) as address:
        page = chromium.new_context().new_page()
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.route("https://tiles.example.mx/**", answer)
        page.goto(f"{address}/#{AREA}")
        idle(page)
        assert asked
        expect(page.locator(".maplibregl-ctrl-attrib")).to_contain_text("Mosaicos de ejemplo")
        page.context.close()
    assert errors == []


def test_an_atlas_without_streets_says_so(chromium: Browser, site: str) -> None:
    with opened(chromium, f"{site}/#nivel=agebs") as (page, _):
        expect(page.locator("#legend")).to_contain_text("Este atlas no tiene calles")
