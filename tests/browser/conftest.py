"""A real headless Chromium, and the service it looks at."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from api.app import create_app
from api.settings import Settings
from data.catalog import open_source_folder
from geo.method import load_method
from geo.pipeline import build
from tests.api.running import running
from tests.api.synthetic_atlas import build_synthetic_atlas

_REAL_CITY = Path(__file__).parents[1] / "real" / "sources" / "aguascalientes.toml"
# Without these, Chromium calls its maker's services at every start.
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def _missing(message: str) -> None:
    if os.environ.get("CUIDADOS_REQUIRE_BROWSER"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; skips, and says so, where there is none."""
    found = shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(found).exists():
        _missing("Chromium is not installed (Debian: apt-get install chromium)")
    expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the page over the synthetic atlas."""
    settings = Settings(atlas=tmp_path_factory.mktemp("browsed"))
    if not (settings.viewer / "index.html").is_file():
        _missing("the page is not built (npm --prefix api/viewer run build)")
    build_synthetic_atlas(settings.atlas)
    with running(create_app(settings)) as address:
        yield address


@pytest.fixture(scope="session")
def city(demo_atlas: Path) -> Iterator[str]:
    """Address of the page over the embedded city; its tests are in the xdist group "pipeline"."""
    with running(create_app(Settings(atlas=demo_atlas))) as address:
        yield address


@pytest.fixture(scope="session")
def aguascalientes(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the page over a real city, built once."""
    atlas = tmp_path_factory.mktemp("real")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUIDADOS_REAL_DATA", str(real_data))
        build(open_source_folder(_REAL_CITY), atlas=atlas, method=load_method())
    with running(create_app(Settings(atlas=atlas))) as address:
        yield address


@pytest.fixture(scope="session")
def axe() -> str:
    """Source of axe-core, from the page's development packages."""
    path = Settings().viewer.parent / "node_modules" / "axe-core" / "axe.min.js"
    if not path.is_file():
        _missing("axe-core is not installed (npm --prefix api/viewer ci)")
    return path.read_text(encoding="utf-8")
