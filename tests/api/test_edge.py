"""The cache of docs/deployment before two services, in a real nginx."""

import grp
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from tests.api.running import running
from tests.api.test_remote import TILES

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
SITE = Path(__file__).parents[2] / "docs" / "deployment" / "nginx-site.conf"
pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx on this machine")


@pytest.fixture(scope="module")
def edge(synthetic_atlas: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Return a client of nginx, which listens on a socket of the file system."""
    folder = tmp_path_factory.mktemp("nginx")
    app = create_app(Settings(atlas=synthetic_atlas))
    with running(app) as one, running(app) as other:
        site = SITE.read_text(encoding="utf-8")
        for there, here in (
            ("listen 80;", f"listen unix:{folder}/socket;"),
            ("/var/cache/nginx/cuidados", f"{folder}/cache"),
            ("127.0.0.1:8000", one.removeprefix("http://")),
            ("# server 10.0.0.2:8000", f"server {other.removeprefix('http://')}"),
        ):
            assert site.count(there) == 1
            site = site.replace(there, here)
        (folder / "site.conf").write_text(site, encoding="utf-8")
        (folder / "nginx.conf").write_text(
            # As who runs the tests: nobody else may write below their folder.
            f"user {pwd.getpwuid(os.getuid()).pw_name} {grp.getgrgid(os.getgid()).gr_name};\n"
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
            f"http {{ access_log off; client_body_temp_path {folder}/body;\n"
            f"proxy_temp_path {folder}/proxy; include {folder}/site.conf; }}\n",
            encoding="utf-8",
        )
        with subprocess.Popen([str(NGINX), "-c", f"{folder}/nginx.conf"]) as process:
            try:
                end = time.monotonic() + 60
                while not (folder / "socket").exists() and time.monotonic() < end:
                    time.sleep(0.05)
                transport = httpx.HTTPTransport(uds=f"{folder}/socket")
                with httpx.Client(base_url="http://mapa.example", transport=transport) as client:
                    yield client
            finally:
                process.terminate()


def test_what_names_its_version_is_kept_and_equal(edge: httpx.Client, client: httpx.Client) -> None:
    version = client.get("/readyz").json()["version"]
    for path in (f"{TILES[0]}?v={version}", f"/collections/agebs/items?limit=5&v={version}"):
        seen = [edge.get(path) for _ in range(2)]
        assert [answer.headers["x-cache"] for answer in seen] == ["MISS", "HIT"]
        assert seen[0].content == seen[1].content
        assert "immutable" in seen[1].headers["cache-control"]
    assert edge.get(f"{TILES[0]}?v={version}").content == client.get(TILES[0]).content


def test_a_page_and_its_data_are_not_taken_for_one_another(edge: httpx.Client) -> None:
    version = edge.get("/readyz").json()["version"]
    path = f"/collections/centros/items?limit=3&v={version}"
    for accept, kind in (("text/html,*/*;q=0.8", "text/html"), ("*/*", "application/geo+json")):
        for language in ("es-MX,es;q=0.9", "en-GB"):
            headers = {"accept": accept, "accept-language": language}
            for _ in range(2):
                answer = edge.get(path, headers=headers)
                assert answer.headers["content-type"].startswith(kind)
                assert answer.headers["content-language"] == language[:2]


def test_what_may_change_is_asked_for_again_and_costs_a_304(edge: httpx.Client) -> None:
    first = edge.get("/collections")
    assert "x-cache" not in first.headers
    assert str(edge.base_url).rstrip("/") in first.text
    again = edge.get("/collections", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == HTTPStatus.NOT_MODIFIED


def test_ranges_errors_and_what_is_not_for_all(edge: httpx.Client) -> None:
    part = edge.get("/tiles/agebs.pmtiles", headers={"range": "bytes=0-6"})
    assert (part.status_code, part.content) == (HTTPStatus.PARTIAL_CONTENT, b"PMTiles")
    missing = edge.get("/nada?v=0")
    assert missing.status_code == HTTPStatus.NOT_FOUND
    assert missing.headers["cache-control"] == "no-store"
    assert edge.get("/metrics").status_code == HTTPStatus.FORBIDDEN
