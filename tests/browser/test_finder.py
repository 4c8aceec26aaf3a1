"""Finding a centre on the page, as a mother with a phone or somebody at a keyboard would."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_page import NARROW, opened

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pipeline")]

# The middle of the embedded city.
CENTRE = "21.71234,-101.60000"
CHILD = f"modo=buscar&para=infancia&edad=2-6&der=imss&desde={CENTRE}"


def results(page: Page) -> list[str]:
    page.wait_for_selector(".found li")
    return page.locator(".found li").all_inner_texts()


def test_a_child_of_two_finds_nurseries_by_minutes_on_foot(chromium: Browser, city: str) -> None:
    with opened(chromium, f"{city}/#map=14/{CENTRE.replace(',', '/')}") as (page, _):
        page.get_by_role("link", name="Encuentra un centro").click()
        page.get_by_role("spinbutton", name="años").fill("2")
        page.get_by_text("Derechohabiencia").first.click()
        page.get_by_label("IMSS", exact=True).check()
        page.get_by_role("button", name="Buscar").click()
        found = results(page)
        walked = [re.search(r"(\d+) min a pie", text) for text in found]
        minutes = [int(match[1]) for match in walked if match]
        assert len(minutes) > 3
        assert minutes == sorted(minutes)
        # Those too far to walk, if any, come after all others.
        assert all(walked[: len(minutes)])
        assert all("No puede usarlo" not in text for text in found)
        assert "der=imss" in page.url
        assert "edad=2" in page.url


def test_a_link_brings_back_the_search_and_the_card_says_why(chromium: Browser, city: str) -> None:
    with opened(chromium, f"{city}/#{CHILD}&todos=1") as (page, _):
        found = results(page)
        unfit = next(at for at, text in enumerate(found) if "No puede usarlo" in text)
        page.locator(".found li button").nth(unfit).click()
        expect(page.locator("#panel .reasons")).to_contain_text("edad mínima")
        expect(page.locator("#way")).to_contain_text("minutos")
        expect(page.locator("#panel")).to_contain_text("DENUE")
        page.get_by_role("button", name="Cerrar").click()
        expect(page.locator("#panel")).to_be_hidden()


def test_answers_come_into_view_on_a_phone(chromium: Browser, city: str) -> None:
    with opened(chromium, f"{city}/#{CHILD}", size={"width": 360, "height": 740}) as (page, _):
        results(page)
        expect(page.locator("#results-title")).to_be_in_viewport()
        expect(page.locator(".found button").first).to_be_in_viewport()
        # The number of an answer has the colour of its mark on the map.
        first = page.locator(".found .number").first
        verdict = first.get_attribute("class") or ""
        assert {"si", "pregunte", "no"} & set(verdict.split())
        expect(page.locator("#finder summary")).to_contain_text("IMSS")


def test_far_out_the_finder_draws_more_than_an_empty_ground(chromium: Browser, city: str) -> None:
    address = f"{city}/#modo=buscar&map=11/21.71234/-101.6"
    with opened(chromium, address, size={"width": 360, "height": 740}) as (_page, asked):
        tiles = [address for address in asked if "/tiles/" in address]
        assert tiles
        # Blocks have no tiles that far out; AGEB have. Localities, which may be points, do not do.
        assert all("/tiles/agebs," in address for address in tiles)


def test_touching_the_map_moves_the_start(chromium: Browser, city: str) -> None:
    with opened(chromium, f"{city}/#{CHILD}") as (page, _):
        results(page)
        before = page.locator("#place").inner_text()
        box = page.locator("#map canvas").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 30, box["y"] + box["height"] - 60)
        expect(page.locator("#place")).not_to_have_text(before)


def test_a_point_in_the_sea_and_a_refused_location_are_explained(
    chromium: Browser, city: str
) -> None:
    with opened(chromium, f"{city}/#{CHILD}", refused=True) as (page, _):
        results(page)
        page.get_by_role("button", name="Usar mi ubicación").click()
        expect(page.locator("#place")).to_contain_text("Toque el mapa")
        page.evaluate("location.hash = '#modo=buscar&para=infancia&desde=0,0'")
        expect(page.locator("#results .message")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [NARROW, {"width": 1440, "height": 900}])
def test_the_finder_has_no_accessibility_violation(
    size: dict[str, int], scheme: str, chromium: Browser, city: str, axe: str
) -> None:
    with opened(chromium, f"{city}/#{CHILD}", size=size, scheme=scheme) as (page, _):
        results(page)
        page.locator(".found li button").first.click()
        page.wait_for_selector("#panel .reasons")
        page.evaluate(axe)
        outcome = page.evaluate(
            "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
        )
        broken = [(item["id"], [node["html"] for node in item["nodes"]])
                  for item in outcome["violations"]]  # fmt: skip
        assert broken == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_keyboard_alone_reaches_an_answer(chromium: Browser, city: str) -> None:
    with opened(chromium, f"{city}/#modo=buscar&desde={CENTRE}&para=mayores&edad=70") as (page, _):
        results(page)
        page.locator(".found li button").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#panel .reasons")
        assert page.evaluate("document.activeElement.id") == "panel-title"
        page.keyboard.press("Escape")
        expect(page.locator("#panel")).to_be_hidden()
