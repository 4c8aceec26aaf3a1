"""The report in a browser: legible by assistive technology, and in need of nothing else."""

from typing import Any

import pytest
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize("path", ["municipio/01001.html", "ageb/0100100010002.html?lang=en"])
def test_the_report_is_accessible_and_loads_nothing(
    chromium: Browser, site: str, axe: str, path: str
) -> None:
    context = chromium.new_context(viewport={"width": 900, "height": 700})
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{site}/reportes/{path}")
    # The policy forbids scripts: this one comes from the test, not from the page.
    page.evaluate(axe)
    found: list[Any] = page.evaluate("axe.run(document).then(found => found.violations)")
    assert [(item["id"], [node["html"] for node in item["nodes"]]) for item in found] == []
    assert page.locator("h1").count() == 1
    assert page.locator("table caption").count() == page.locator("table").count() > 3
    # The page's own style is the one its policy allows.
    shade = "getComputedStyle(document.querySelector('thead th')).backgroundColor"
    assert page.evaluate(shade) == "rgb(238, 241, 246)"
    assert [address for address in asked if "favicon" not in address] == [f"{site}/reportes/{path}"]
    assert [text for text in errors if "favicon" not in text] == []
    context.close()
