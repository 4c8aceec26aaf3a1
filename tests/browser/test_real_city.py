"""The page over Aguascalientes: the tasks of a planner and of a mother, on INEGI's own files."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_map_mode import numbers, violations
from tests.browser.test_page import drawn, idle, opened

pytestmark = [
    pytest.mark.browser,
    pytest.mark.real_data,
    pytest.mark.xdist_group("real_page"),
]
CITY = "map=12/21.88/-102.29&nivel=agebs"
PHONE = {"width": 360, "height": 740}


def test_a_planner_reads_a_real_city(chromium: Browser, aguascalientes: str, axe: str) -> None:
    address = f"{aguascalientes}/#{CITY}&ind=nearest_min_guarderia"
    with opened(chromium, address) as (page, _):
        assert drawn(page) > 200
        assert sum(numbers(page, "#legend .count")) == 309
        expect(page.locator("#legend")).to_contain_text("No calculado en este atlas")
        page.locator("#as-table").click()
        expect(page.locator("#sheet tbody tr")).to_have_count(100)
        page.locator("#as-table").click()
        page.locator("#find-place").fill("lopez mateos")
        street = page.locator("#find-place-list [role=option]")
        expect(street.first).to_contain_text("LÓPEZ MATEOS")
        before = page.url
        street.first.click()
        expect(page).not_to_have_url(before)
        page.select_option("#level", "municipios")
        idle(page)
        page.locator("#map canvas").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#panel h2")).to_have_text("Aguascalientes")
        page.evaluate(axe)
        assert violations(page) == []


def test_a_mother_with_a_phone_finds_a_nursery(
    chromium: Browser, aguascalientes: str, axe: str
) -> None:
    search = "modo=buscar&para=infancia&edad=2-6&desde=21.88,-102.29"
    with opened(chromium, f"{aguascalientes}/#{search}", size=PHONE) as (page, _):
        found = page.locator(".found li")
        expect(found.first).to_contain_text("min a pie")
        minutes = [
            int(match[1])
            for text in found.all_inner_texts()
            if (match := re.search(r"(\d+) min a pie", text))
        ]
        assert minutes == sorted(minutes)
        assert len(minutes) > 5
        found.first.locator("button").click()
        expect(page.locator("#way")).to_contain_text("metros")
        page.evaluate(axe)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
