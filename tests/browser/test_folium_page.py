"""The folium page in a browser that has no network."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from geo.artifacts import current_version
from geo.maps import write_map
from tests.api.synthetic_atlas import build_synthetic_atlas

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_the_page_draws_switches_and_opens_without_a_network(
    chromium: Browser, tmp_path: Path
) -> None:
    build_synthetic_atlas(tmp_path)
    out = tmp_path / "mapa.html"
    write_map(current_version(tmp_path), out)
    context = chromium.new_context(offline=True, viewport={"width": 1000, "height": 700})
    page = context.new_page()
    errors: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(out.as_uri())
    legend = page.locator(".cuidados-legend:visible")
    expect(legend.locator("h2")).to_contain_text("Minutos a pie")
    expect(legend.locator("li").last).to_contain_text("Sin dato")
    canvas = page.locator(".leaflet-overlay-pane canvas")
    inked = (
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)"
        ".data.some(value => value > 0)"
    )
    page.wait_for_function(f"({inked})(document.querySelector('.leaflet-overlay-pane canvas'))")
    before = canvas.screenshot()
    page.locator(".leaflet-control-layers-base label").nth(1).click()
    expect(legend).to_have_count(1)
    expect(legend.locator("h2")).not_to_contain_text("Minutos a pie")
    assert canvas.screenshot() != before
    page.mouse.click(500, 350)
    expect(page.locator(".leaflet-popup-content")).to_be_visible()
    assert errors == []
    assert [address for address in asked if not address.startswith(("file:", "data:"))] == []
    context.close()
