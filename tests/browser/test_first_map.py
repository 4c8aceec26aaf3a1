"""The picture that is seen until the map is drawn: the same map, where the map will be."""

import io
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from api.app import create_app
from api.settings import Settings
from tests.api.running import running
from tests.api.synthetic_atlas import build_synthetic_atlas
from tests.browser.test_page import AREA, WIDE, idle, opened

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PHONE = {"width": 360, "height": 740}
SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])


@pytest.fixture(scope="module")
def drawn_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the page over the synthetic atlas with its first map."""
    settings = Settings(atlas=tmp_path_factory.mktemp("drawn"))
    if not (settings.viewer / "index.html").is_file():
        pytest.skip("the page is not built (npm --prefix api/viewer run build)")
    build_synthetic_atlas(settings.atlas, first_map=True)
    with running(create_app(settings)) as address:
        yield address


class Held:
    """A page whose tiles wait, so that the picture stays."""

    def __init__(self, browser: Browser, address: str, size: Any, scheme: Any = "light") -> None:
        self.page: Page = browser.new_context(viewport=size, color_scheme=scheme).new_page()
        self._waiting: list[Route] = []
        self._going = False
        self.page.route("**/tiles/**", self._take)
        self.page.goto(address, wait_until="commit")
        self.page.wait_for_selector("#map canvas", timeout=60_000)

    def _take(self, route: Route) -> None:
        if self._going:
            route.continue_()
        else:
            self._waiting.append(route)

    def let_go(self) -> None:
        self._going = True
        for route in self._waiting:
            route.continue_()
        idle(self.page)


def _stage(page: Page) -> np.ndarray[Any, Any]:
    content = page.locator("#stage").screenshot()
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)


def _coloured(pixels: np.ndarray[Any, Any]) -> list[int]:
    """Return left, top, right and bottom of what has a strong colour."""
    strong = pixels.max(axis=2) - pixels.min(axis=2) > 60
    rows, columns = np.nonzero(strong)
    return [int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())]


@SIZES
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_lies_where_the_map_will_be(
    chromium: Browser, drawn_site: str, size: Any, scheme: Literal["light", "dark"]
) -> None:
    held = Held(chromium, drawn_site, size, scheme)
    page = held.page
    expect(page.locator("#first-map")).to_be_visible()
    expect(page.locator("#status")).to_have_text("Cargando…")
    expect(page.locator("#status")).to_be_visible()
    page.wait_for_timeout(300)
    picture = _stage(page)
    held.let_go()
    assert page.locator("#first-map").count() == 0
    page.wait_for_timeout(300)
    drawn = _stage(page)
    assert picture.shape == drawn.shape
    for seen, true in zip(_coloured(picture), _coloured(drawn), strict=True):
        assert abs(seen - true) <= 2
    alike = (np.abs(picture - drawn).max(axis=2) < 40).mean()
    assert alike > 0.9
    page.context.close()


@pytest.mark.parametrize("asked", [f"#{AREA}", "#modo=buscar", "#nivel=manzanas"])
def test_it_is_not_seen_where_something_else_is_asked_for(
    chromium: Browser, drawn_site: str, asked: str
) -> None:
    held = Held(chromium, f"{drawn_site}/{asked}", WIDE)
    assert held.page.locator("#first-map").count() == 0
    held.page.context.close()


def test_it_goes_once_the_reader_moves_the_map(chromium: Browser, drawn_site: str) -> None:
    held = Held(chromium, drawn_site, WIDE)
    expect(held.page.locator("#first-map")).to_be_visible()
    held.page.locator(".maplibregl-ctrl-zoom-out").click()
    expect(held.page.locator("#first-map")).to_have_count(0)
    held.page.context.close()


def test_it_moves_nothing_and_breaks_nothing(chromium: Browser, drawn_site: str) -> None:
    with opened(chromium, f"{drawn_site}/#lang=en") as (page, asked):
        assert any("/primer-mapa.svg?v=" in address for address in asked)
        assert page.locator("#first-map").count() == 0
