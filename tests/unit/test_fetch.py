"""Downloads against a real HTTP server on this machine that serves INEGI's paths, and fails."""

import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from shapely import box

from data.errors import FetchError, ParameterError, StorageError
from data.fetch import ATTEMPTS, Fetched, fetch, fetch_osm_streets
from data.streets import read_streets

DENUE = "/contenidos/masiva/denue/denue_01_csv.zip"


def _zip(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("conjunto_de_datos/denue_inegi_01_.csv", content)
    return buffer.getvalue()


@dataclass
class Publisher:
    """What the server offers, how it fails, and what it was asked."""

    files: dict[str, bytes]
    etag: str = '"one"'
    failures: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    offered = Publisher({DENUE: _zip(b"x" * 200_000)})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            offered.asked.append((self.path, self.headers.get("Range", "")))
            failure = offered.failures.pop(0) if offered.failures else ""
            body = offered.files.get(self.path)
            if failure.isdigit() or body is None:
                self.send_error(int(failure) if failure else 404)
                return
            if self.headers.get("If-None-Match") == offered.etag:
                self.send_response(304)
                self.end_headers()
                return
            start, status = 0, 200
            if self.headers.get("Range") and self.headers.get("If-Range") == offered.etag:
                start, status = int(self.headers["Range"][6:-1]), 206
            body = b"<html>error</html>" if failure == "html" else body[start:]
            self.send_response(status)
            self.send_header("ETag", offered.etag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if failure == "cut":
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                self.connection.close()
                return
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    offered.url = f"http://127.0.0.1:{server.server_port}"
    yield offered
    server.shutdown()
    thread.join()
    server.server_close()


def _fetch(publisher: Publisher, cache: Path, *, refresh: bool = False) -> Fetched:
    (fetched,) = fetch(
        ["denue"], ["01001"], cache=cache, refresh=refresh, base_url=publisher.url, backoff_s=0.0
    )
    return fetched


def test_a_file_arrives_whole_under_its_own_name(publisher: Publisher, tmp_path: Path) -> None:
    fetched = _fetch(publisher, tmp_path)
    assert fetched.path == tmp_path / "denue_01_csv.zip"
    assert fetched.path.read_bytes() == publisher.files[DENUE]
    assert fetched.downloaded
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".zip"]


def test_what_is_there_is_not_asked_for_again(publisher: Publisher, tmp_path: Path) -> None:
    first = _fetch(publisher, tmp_path)
    again = _fetch(publisher, tmp_path)
    assert (again.sha256, again.downloaded) == (first.sha256, False)
    assert len(publisher.asked) == 1


def test_refresh_asks_whether_it_is_newer(publisher: Publisher, tmp_path: Path) -> None:
    _fetch(publisher, tmp_path)
    assert not _fetch(publisher, tmp_path, refresh=True).downloaded
    publisher.etag, publisher.files[DENUE] = '"two"', _zip(b"newer")
    assert _fetch(publisher, tmp_path, refresh=True).downloaded
    assert (tmp_path / "denue_01_csv.zip").read_bytes() == publisher.files[DENUE]


def test_a_cut_connection_goes_on_where_it_stopped(publisher: Publisher, tmp_path: Path) -> None:
    publisher.failures = ["cut"]
    assert _fetch(publisher, tmp_path).path.read_bytes() == publisher.files[DENUE]
    assert publisher.asked[0][1] == ""
    assert publisher.asked[1][1].startswith("bytes=")


def test_a_file_that_changed_meanwhile_is_taken_whole(publisher: Publisher, tmp_path: Path) -> None:
    publisher.failures = ["cut", "503", "503", "503"]
    with pytest.raises(FetchError):
        _fetch(publisher, tmp_path)
    assert (tmp_path / "denue_01_csv.zip.part").exists()
    publisher.etag, publisher.files[DENUE] = '"two"', _zip(b"y" * 300_000)
    assert _fetch(publisher, tmp_path).path.read_bytes() == publisher.files[DENUE]


def test_a_busy_server_is_asked_again(publisher: Publisher, tmp_path: Path) -> None:
    publisher.failures = ["503", "500"]
    assert _fetch(publisher, tmp_path).downloaded
    assert len(publisher.asked) == 3


@pytest.mark.parametrize(
    ("failures", "requests"),
    [(["503"] * ATTEMPTS, ATTEMPTS), (["404"], 1), (["403"], 1), (["html"], 1)],
)
def test_what_cannot_be_had_leaves_nothing_in_the_cache(
    publisher: Publisher, tmp_path: Path, failures: list[str], requests: int
) -> None:
    publisher.failures = failures
    with pytest.raises(FetchError, match="denue_01_csv"):
        _fetch(publisher, tmp_path)
    assert len(publisher.asked) == requests
    assert not (tmp_path / "denue_01_csv.zip").exists()


def test_a_cache_that_cannot_be_written_is_one_clear_error(
    publisher: Publisher, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="espacio"):
        _fetch(publisher, tmp_path / "file")


def test_an_unknown_source_lists_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="census_areas"):
        fetch(["denu"], ["01"], cache=tmp_path)


def test_no_other_scheme_is_followed(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="esquema"):
        fetch(["denue"], ["01"], cache=tmp_path, base_url="file:///etc")


def test_the_largest_state_comes_in_two_files(publisher: Publisher, tmp_path: Path) -> None:
    for part in ("15_1", "15_2"):
        publisher.files[f"/contenidos/masiva/denue/denue_{part}_csv.zip"] = _zip(part.encode())
    fetched = fetch(["denue"], ["15"], cache=tmp_path, base_url=publisher.url)
    assert [item.path.name for item in fetched] == ["denue_15_1_csv.zip", "denue_15_2_csv.zip"]


OVERPASS = b"""{"elements": [
{"type": "node", "id": 1, "lat": 21.88, "lon": -102.30},
{"type": "node", "id": 2, "lat": 21.881, "lon": -102.30},
{"type": "node", "id": 3, "lat": 21.881, "lon": -102.299},
{"type": "way", "id": 10, "nodes": [1, 2, 3], "tags": {"highway": "residential", "name": "Madero"}}
]}"""


def test_openstreetmap_streets_come_through_osmnx(tmp_path: Path) -> None:
    class Overpass(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(OVERPASS)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Overpass)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        path = fetch_osm_streets(
            "01001",
            box(-102.31, 21.87, -102.29, 21.89),
            cache=tmp_path,
            overpass_url=f"http://127.0.0.1:{server.server_port}/api",
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    streets = read_streets([path]).table
    assert streets["name"].tolist() == ["Madero"]
    assert streets["walkable"].all()
