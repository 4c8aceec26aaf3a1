"""The picture of the first map as the service hands it out, and the page that carries it."""

from pathlib import Path

import pytest

from api.app import create_app
from api.first_map import FIRST_MAP_PATH, with_first_map
from api.settings import Settings
from api.store import AtlasVersion
from geo.artifacts import current_version
from tests.api.running import client_of
from tests.api.synthetic_atlas import build_synthetic_atlas

_BUILT = b'<html><head></head><body><div id="map"></div></body></html>'
_HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    atlas = tmp_path_factory.mktemp("drawn")
    build_synthetic_atlas(atlas, first_map=True)
    return atlas


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("viewer")
    (folder / "index.html").write_bytes(_BUILT)
    return folder


def test_the_page_names_a_picture_that_may_be_kept_for_good(drawn: Path, viewer: Path) -> None:
    with client_of(create_app(Settings(atlas=drawn, viewer=viewer))) as client:
        page = client.get("/", headers=_HTML)
        version = current_version(drawn).name
        address = f"{FIRST_MAP_PATH}?v={version}"
        assert f'src="{address}"' in page.text
        assert 'aria-hidden="true"' in page.text
        assert page.text.count(" hidden>") == 1, "its script decides whether it is seen"
        assert "'unsafe-inline'" not in page.headers["content-security-policy"]
        picture = client.get(address)
        assert picture.headers["content-type"] == "image/svg+xml"
        assert "immutable" in picture.headers["cache-control"]
        assert picture.headers["content-security-policy"].startswith("default-src 'none'")
        held = {"if-none-match": picture.headers["etag"]}
        assert client.get(address, headers=held).status_code == 304
        assert "immutable" not in client.get(FIRST_MAP_PATH).headers["cache-control"]


def test_an_atlas_without_one_is_served_as_before(synthetic_atlas: Path, viewer: Path) -> None:
    with client_of(create_app(Settings(atlas=synthetic_atlas, viewer=viewer))) as client:
        assert client.get("/", headers=_HTML).content == _BUILT
        assert client.get(FIRST_MAP_PATH).status_code == 404


def test_over_a_basemap_from_elsewhere_it_is_not_shown(drawn: Path, viewer: Path) -> None:
    basemap = "https://tiles.example.mx/base/{z}/{x}/{y}.png"
    with client_of(create_app(Settings(atlas=drawn, viewer=viewer, basemap=basemap))) as client:
        assert "first-map" not in client.get("/", headers=_HTML).text


def test_the_page_keeps_all_else(drawn: Path) -> None:
    page = with_first_map(_BUILT, AtlasVersion(current_version(drawn)))
    assert page.startswith(_BUILT[: _BUILT.index(b"</body>")])
