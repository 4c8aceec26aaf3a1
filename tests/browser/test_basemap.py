"""A style from elsewhere beneath the map: drawn where it comes, said in words where it does not."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from api.settings import Settings
from tests.api.running import running
from tests.api.synthetic_atlas import build_synthetic_atlas
from tests.browser.test_page import AREA, opened

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
GROUND = (250, 120, 40)  # of the style: a colour that nothing of the atlas has


def _style(**source: object) -> dict[str, object]:
    return {
        "version": 8,
        "sources": {"base": {"type": "vector", **source}},
        "layers": [
            {"id": "ground", "type": "background",
             "paint": {"background-color": "rgb({},{},{})".format(*GROUND)}},
            {"id": "lines", "type": "line", "source": "base", "source-layer": "agebs"},
            {"id": "names", "type": "symbol", "source": "base", "source-layer": "agebs",
             "layout": {"text-field": ["get", "name"], "text-font": ["Elsewhere Regular"]}},
        ],
    }  # fmt: skip


class _Elsewhere(BaseHTTPRequestHandler):
    """Gives what it holds, and to what is called silent no answer while the test runs."""

    held: dict[str, str]
    over: Event

    def do_GET(self) -> None:
        if "silent" in self.path:
            self.over.wait(60)
            return
        body = self.held.get(self.path.split("?")[0])
        self.send_response(HTTPStatus.NOT_FOUND if body is None else HTTPStatus.OK)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def elsewhere(site: str) -> Iterator[str]:
    """Origin of a server of styles, whose tiles come from a third origin."""
    tiles = f"{site}/tiles/agebs/{{z}}/{{x}}/{{y}}.mvt"
    described = {
        "tilejson": "3.0.0", "tiles": [tiles], "minzoom": 8, "maxzoom": 14,
        "attribution": "<a href='https://example.mx'>© De fuera</a>",
    }  # fmt: skip
    held = {
        "/style.json": json.dumps(_style(url="tiles.json")),
        "/tiles.json": json.dumps(described),
        "/malformed.json": "{not json",
        "/otherwise.json": json.dumps(
            {"version": 8, "sources": {}, "layers": [{"id": "x", "type": "nothing"}]}
        ),
        "/greedy.json": json.dumps(_style(tiles=["https://greedy.example/{z}/{x}/{y}.mvt"])),
        "/mute-tiles.json": json.dumps(_style(tiles=["/silent/{z}/{x}/{y}.mvt"])),
    }  # fmt: skip
    over = Event()
    handler = type("Handler", (_Elsewhere,), {"held": held, "over": over})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("based")
    build_synthetic_atlas(folder)
    return folder


@contextmanager
def _page(chromium: Browser, atlas: Path, style: str, tiles: str) -> Iterator[Page]:
    settings = Settings(atlas=atlas, basemap_style=style, basemap_origins=tiles)
    with (
        running(create_app(settings)) as address,
        opened(chromium, f"{address}/#{AREA}&nivel=agebs", refused=True) as (page, _),
    ):
        yield page


def _share_of_ground(page: Page) -> float:
    pixels = np.asarray(Image.open(io.BytesIO(page.locator("#map").screenshot())).convert("RGB"))
    return float((np.abs(pixels.astype(int) - GROUND).max(axis=2) <= 3).mean())


def test_a_style_is_drawn_beneath_the_atlas_with_its_credit(
    chromium: Browser, atlas: Path, elsewhere: str, site: str
) -> None:
    with _page(chromium, atlas, f"{elsewhere}/style.json", site) as page:
        expect(page.locator(".maplibregl-ctrl-attrib")).to_contain_text("© De fuera")
        page.wait_for_function("() => document.body.dataset.map === 'idle'")
        assert page.locator(".maplibregl-ctrl-attrib a[href*='example.mx']").count() == 0
        expect(page.locator("#alert")).to_be_hidden()
        assert _share_of_ground(page) > 0.2


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("missing.json", "no está disponible (respuesta 404)"),
        ("silent.json", "no respondió"),
        ("malformed.json", "no es un estilo"),
        ("otherwise.json", "no es un estilo"),
        ("greedy.json", "pide datos a greedy.example"),
        ("mute-tiles.json", "no respondió"),
    ],
)
def test_where_it_does_not_come_the_atlas_keeps_its_own_and_says_so(
    chromium: Browser, atlas: Path, elsewhere: str, site: str, file: str, said: str
) -> None:
    with _page(chromium, atlas, f"{elsewhere}/{file}", site) as page:
        alert = page.locator("#alert")
        expect(alert).to_contain_text(said)
        expect(alert).to_contain_text("se muestra el del atlas")
        page.wait_for_function("() => document.body.dataset.map === 'idle'")
        assert _share_of_ground(page) == 0.0
        page.locator("#alert button").click()
        page.select_option("#indicator", "demand_{}")
        expect(page.locator("#legend h2")).to_contain_text("Demanda potencial")
        expect(alert).to_be_hidden()
