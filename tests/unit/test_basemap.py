"""The setting that lets a basemap from elsewhere in, and nothing else."""

import pytest
from pydantic import ValidationError

from api.basemap import page_policy, with_basemap
from api.http import CONTENT_SECURITY_POLICY
from api.settings import Settings

TILES = "https://tiles.example.mx/base/{z}/{x}/{y}.png"
PAGE = b"<html><head></head><body></body></html>"


def test_without_the_setting_nothing_changes() -> None:
    assert with_basemap(PAGE, Settings()) == PAGE
    assert page_policy(Settings()) == CONTENT_SECURITY_POLICY


def test_the_policy_opens_to_that_host_alone() -> None:
    settings = Settings(basemap=TILES, basemap_attribution="© <b>")
    policy = page_policy(settings)
    assert "img-src 'self' https://tiles.example.mx data: blob:" in policy
    assert "connect-src 'self' https://tiles.example.mx;" in policy
    assert "script-src 'self';" in policy
    page = with_basemap(PAGE, settings)
    assert f'<meta name="basemap" content="{TILES}">'.encode() in page
    assert "© &lt;b&gt;".encode() in page


@pytest.mark.parametrize(
    "address",
    [
        "https://h/{z}/{x}.png",
        "ftp://h/{z}/{x}/{y}",
        "https://h/{z}/{x}/{y}; script-src *",
        "https://h,http://i/{z}/{x}/{y}",
        "https://me:secret@h/{z}/{x}/{y}",
        "/{z}/{x}/{y}",
        "javascript:{z}{x}{y}",
    ],
)
def test_what_is_no_address_of_tiles_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="address of raster tiles"):
        Settings(basemap=address)


STYLE = "https://maps.example.mx/styles/base.json"


def test_a_style_opens_the_policy_to_the_origins_it_names() -> None:
    settings = Settings(basemap_style=STYLE, basemap_origins="https://t.example.mx:8443")
    origins = "https://maps.example.mx https://t.example.mx:8443"
    assert f"connect-src 'self' {origins};" in page_policy(settings)
    assert f"img-src 'self' {origins} data: blob:" in page_policy(settings)
    page = with_basemap(PAGE, settings)
    assert f'<meta name="basemap-style" content="{STYLE}">'.encode() in page
    assert f'<meta name="basemap-origins" content="{origins}">'.encode() in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"basemap_style": "style.json"}, "address of a style"),
        ({"basemap_style": "https://h/a b.json"}, "address of a style"),
        ({"basemap_style": STYLE, "basemap_origins": "https://h/path"}, "origins are"),
        ({"basemap_style": STYLE, "basemap_origins": "https://*.h"}, "origins are"),
        ({"basemap_style": STYLE, "basemap_origins": "*"}, "origins are"),
        ({"basemap_style": STYLE, "basemap": TILES}, "exclude each other"),
        ({"basemap_origins": "https://h"}, "not given"),
    ],
)
def test_what_is_no_style_or_origin_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings(**given)
