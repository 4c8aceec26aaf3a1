"""Women's participation on the page: maps, legends, scatter, models, over the embedded city."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from api.settings import Settings
from tests.api.running import running

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pipeline")]


@pytest.fixture(scope="module")
def city(demo_atlas: Path) -> Iterator[str]:
    settings = Settings(atlas=demo_atlas)
    if not (settings.viewer / "index.html").is_file():
        pytest.skip("the page is not built (npm --prefix api/viewer run build)")
    with running(create_app(settings)) as address:
        yield address


def _open(chromium: Browser, address: str, state: str = "", **options: object) -> Page:
    page = chromium.new_page(**options)
    page.goto(f"{address}/#modo=participacion{state}")
    expect(page.locator("#participation-legend h2")).to_be_visible()
    page.wait_for_selector("body[data-map=idle]")
    return page


def test_it_says_association_and_why_it_is_not_cause(chromium: Browser, city: str) -> None:
    page = _open(chromium, city)
    expect(page.locator(".reading .said")).to_contain_text("intervalo de 95 %")
    expect(page.locator(".reading .caution")).to_contain_text("no una causa")
    cells = page.locator(".bivariate td").all_inner_texts()
    assert len(cells) == 9
    assert sum(map(int, cells)) == 101
    page.close()


def test_maps_switch_and_the_address_brings_them_back(chromium: Browser, city: str) -> None:
    page = _open(chromium, city)
    page.select_option("#participation-view", "conglomerados")
    expect(page.locator("#participation-legend")).to_contain_text("No se distingue del azar")
    assert "vista=conglomerados" in page.evaluate("location.hash")
    page.go_back()
    expect(page.locator(".bivariate")).to_be_visible()
    page.close()
    page = _open(chromium, city, "&vista=tipos&lang=en")
    expect(page.locator("#participation-legend")).to_contain_text("adjusted Rand")
    page.close()


def test_a_place_touched_is_marked_in_the_scatter(chromium: Browser, city: str) -> None:
    page = _open(chromium, city, "&lugar=9900100010026")
    expect(page.locator("#participation-scatter circle.marked")).to_have_count(1)
    expect(page.locator("#panel")).to_contain_text("Participación económica de las mujeres")
    page.locator("#panel button").first.click()
    expect(page.locator("#participation-scatter circle.marked")).to_have_count(0)
    page.close()
    page = _open(chromium, city, "&lugar=9999999999999")
    expect(page.locator("#panel")).to_contain_text("no está en la comparación")
    page.close()


def test_the_model_advised_comes_first_and_others_can_be_read(chromium: Browser, city: str) -> None:
    page = _open(chromium, city)
    assert "aconsejan" in page.locator("#participation-model option:checked").inner_text()
    page.select_option("#participation-model", "rezago")
    expect(page.locator("#participation-models table")).to_contain_text("Rezago espacial (rho)")
    expect(page.locator("#participation-models dl")).to_contain_text("Lugares (N)")
    with page.expect_download() as caught:
        page.locator(".files a").first.click()
    assert caught.value.suggested_filename == "participacion_coeficientes_ageb.csv"
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_accessibility_violation(chromium: Browser, city: str, axe: str, scheme: str) -> None:
    size = {"width": 320, "height": 700} if scheme == "dark" else {"width": 1200, "height": 800}
    page = _open(chromium, city, "&lugar=9900100010026", color_scheme=scheme, viewport=size)
    page.evaluate(axe)
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
    )
    assert [item["id"] for item in found["violations"]] == []
    page.close()
