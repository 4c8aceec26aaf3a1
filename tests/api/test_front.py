"""Where connections come in: ready answers are the application's, and no client holds up others."""

import json
import logging
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request

from api.app import create_app
from api.settings import Settings
from api.tiles import Ready
from tests.api.running import client_of, running
from tests.api.test_tiles import ZOOM, _tile_range

X, Y = _tile_range(ZOOM)[0]
TILE = f"/tiles/manzanas/{ZOOM}/{X}/{Y}.mvt"
ZIPPED = {"accept-encoding": "gzip"}
_PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def plain(synthetic_atlas: Path) -> Iterator[httpx.Client]:
    """A client of the same service behind uvicorn's own protocol."""
    with client_of(create_app(Settings(atlas=synthetic_atlas)), front=False) as found:
        yield found


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (TILE, ZIPPED),
        (TILE, {"accept-encoding": "identity"}),
        (TILE, ZIPPED | {"accept": "image/png"}),
        (TILE, ZIPPED | {"if-none-match": "*"}),
        (TILE, ZIPPED | {"if-none-match": '"another"'}),
        (TILE, ZIPPED | {"connection": "close"}),
        (f"{TILE}?v=x", ZIPPED),
        (f"{TILE}?v={'x' * 20_000}", ZIPPED),
        (f"/tiles/agebs,centros/{ZOOM}/{X}/{Y}.mvt", ZIPPED),
        ("/tiles/agebs/12/0/0.mvt", ZIPPED),
        ("/tiles/agebs/2/4/0.mvt", ZIPPED),
        ("/tiles/nada/2/0/0.mvt", ZIPPED | {"accept-language": "en"}),
        ("/tiles/agebs,agebs/2/0/0.mvt", ZIPPED),
        ("/tiles/agebs%2Ccentros/8/55/112.mvt", ZIPPED),
        ("/tiles/agebs.json", ZIPPED),
    ],
)
def test_ready_answers_are_those_of_the_application(
    client: httpx.Client, plain: httpx.Client, method: str, path: str, headers: dict[str, str]
) -> None:
    def said(server: httpx.Client) -> tuple[int, dict[str, str], bytes]:
        with server.stream(method, path, headers=headers) as answer:
            body = b"".join(answer.iter_raw())
        own = {"date", "server", "x-request-id"}
        port = str(server.base_url.port).encode()
        named = {name: value for name, value in answer.headers.items() if name not in own}
        if path.endswith(".json"):  # it names its own address
            named.pop("etag", None)
            named.pop("content-length", None)
        return answer.status_code, named, body.replace(port, b"")

    for _ in range(2):  # the second time from what was kept
        ours, theirs = said(client), said(plain)
        if path.endswith(".json") and ours[2]:
            ours, theirs = ours[:2], theirs[:2]  # type: ignore[assignment]
        assert ours == theirs


def test_ready_answers_are_counted_logged_and_named(
    synthetic_atlas: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Settings(atlas=synthetic_atlas, access_log=True))
    with caplog.at_level(logging.INFO, "cuidados.access"), client_of(app) as client:
        size = len(client.get(TILE, headers={"accept-encoding": "identity"}).content)
        given = client.get(TILE, headers=ZIPPED | {"x-request-id": "mine"})
        assert given.headers["x-request-id"] == "mine"
        ids = {client.head(TILE, headers=ZIPPED).headers["x-request-id"] for _ in range(3)}
        assert len(ids) == 3
        text = client.get("/metrics").text
    route = 'route="/tiles/{layers}/{z}/{x}/{y}.mvt"'
    assert f'cuidados_requests_total{{{route},status="2xx"}} 5.0' in text
    zipped = int(given.headers["content-length"])
    assert f"cuidados_response_bytes_total{{{route}}} {float(size + zipped)}" in text
    assert f'cuidados_request_seconds_bucket{{le="+Inf",{route}}} 5.0' in text
    lines = [json.loads(record.message) for record in caplog.records]
    assert [line["method"] for line in lines[:5]] == ["GET", "GET", "HEAD", "HEAD", "HEAD"]
    assert lines[1]["id"] == "mine"
    assert lines[1]["path"] == TILE


@contextmanager
def _connected(address: str) -> Iterator[socket.socket]:
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port or 0), _PATIENCE_S) as found:
        yield found


def _rest(connection: socket.socket) -> bytes:
    """Return what comes until the other side closes."""
    parts = []
    try:
        while part := connection.recv(1 << 16):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def test_requests_sent_ahead_are_answered_in_order(synthetic_atlas: Path) -> None:
    asked = [TILE, "/healthz", TILE, "/collections/agebs/items/0100100010001", TILE, "/nada"]
    last = "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    text = "".join(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nX-Request-Id: r{at}\r\n\r\n"
        for at, path in enumerate(asked)
    )
    with running(create_app(Settings(atlas=synthetic_atlas))) as address, _connected(address) as to:
        to.sendall((text + last).encode())
        answers = _rest(to)
    places = [answers.index(b"x-request-id: r%d\r\n" % at) for at in range(len(asked))]
    assert places == sorted(places)
    assert answers.count(b"HTTP/1.1 ") == len(asked) + 1


def _one(connection: socket.socket, *pieces: bytes) -> bytes:
    """Return one answer to a request sent in pieces, without what differs each time."""
    for piece in pieces:
        connection.sendall(piece)
        time.sleep(0.02 if len(pieces) > 1 else 0.0)
    said = b""
    while b"\r\n\r\n" not in said:
        said += connection.recv(1 << 16)
    head, _, body = said.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    while length is not None and pieces[0][:4] != b"HEAD" and len(body) < int(length[1]):
        body += connection.recv(1 << 16)
    return re.sub(rb"\r\n(date|x-request-id): [^\r]*", b"", head) + body


def test_headers_met_before_say_the_same_again(synthetic_atlas: Path) -> None:
    app = create_app(Settings(atlas=synthetic_atlas))
    known, met = app.state.front.known, []

    def counted(request: bytes) -> Ready | None:
        found: Ready | None = known(request)
        met.append(found is not None)
        return found

    app.state.front.known = counted
    tag = f'"{app.state.store.current().name}-manzanas-{ZOOM}-{X}-{Y}-gz"'
    blocks = [
        b"Host: x\r\nAccept-Encoding: gzip\r\n\r\n",
        b"Host: x\r\nAccept-Encoding: gzip\r\nIf-None-Match: " + tag.encode() + b"\r\n\r\n",
        b"Host: x\r\nAccept-Encoding: identity\r\n\r\n",
        b"Host: x\r\nAccept: image/png\r\nAccept-Encoding: gzip\r\n\r\n",
        b"Host: x\r\nAccept-Encoding: gzip\r\nX-Request-Id: mine\r\n\r\n",
        b"\r\n",
    ]
    lines = [
        f"GET {TILE} HTTP/1.1\r\n".encode(),
        f"HEAD {TILE} HTTP/1.1\r\n".encode(),
        f"POST {TILE} HTTP/1.1\r\n".encode(),
        f"GET {TILE}?v=a#b HTTP/1.1\r\n".encode(),
        b"GET /tiles/agebs/12/0/0.mvt HTTP/1.1\r\n",
        b"GET /tiles/agebs/2/4/0.mvt HTTP/1.1\r\n",
        b"GET /healthz HTTP/1.1\r\n",
    ]
    with (
        running(app) as address,
        running(create_app(Settings(atlas=synthetic_atlas)), front=False) as without,
        _connected(address) as to,
    ):
        for block in blocks * 2:
            for line in lines:
                with _connected(without) as plain:
                    expected = _one(plain, line + block)
                said = [_one(to, line + block), _one(to, line + block), _one(to, line, block)]
                assert len(set(said)) == 1
                status, headers = expected.partition(b"\r\n\r\n")[0].split(b"\r\n", 1)
                assert said[0].startswith(status)
                assert sorted(headers.split(b"\r\n")) == sorted(
                    said[0][len(status) + 2 :][: len(headers)].split(b"\r\n")
                )
        to.sendall(2 * (lines[0] + blocks[0]) + lines[0][:9])  # two, and the beginning of a third
        assert _one(to, lines[0][9:] + blocks[0]).count(b"HTTP/1.1 200") >= 1
        to.sendall(b"GET /a b HTTP/1.1\r\n" + blocks[0])  # what is not HTTP is not, either way
        assert b"HTTP/1.1 400 " in _rest(to)
    # The rest is no tile, is sent in two pieces, or is answered by the application.
    assert sum(met) > 20


def test_heads_that_trickle_or_grow_are_cut_off(synthetic_atlas: Path) -> None:
    app = create_app(Settings(atlas=synthetic_atlas, head_s=0.3))
    with running(app) as address, _connected(address) as slow, _connected(address) as large:
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert _rest(slow).startswith(b"HTTP/1.1 408 ")
        large.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        said = b""
        for _ in range(40):
            try:
                large.sendall(b"X-More: " + b"a" * 8000 + b"\r\n")
                time.sleep(0.005)
            except (BrokenPipeError, ConnectionResetError):
                break
        said = _rest(large)
        assert said.startswith(b"HTTP/1.1 431 ") or not said  # or it is gone already
        assert (
            httpx.get(f"{address}/healthz", trust_env=False, timeout=_PATIENCE_S).status_code
            == HTTPStatus.OK
        )


def test_what_is_not_http_is_a_problem(synthetic_atlas: Path) -> None:
    with running(create_app(Settings(atlas=synthetic_atlas))) as address, _connected(address) as to:
        to.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        head, _, body = _rest(to).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in head
    assert json.loads(body)["status"] == HTTPStatus.BAD_REQUEST


def test_a_flood_of_connections_closes_the_idle_and_others_are_served(
    synthetic_atlas: Path,
) -> None:
    app = create_app(Settings(atlas=synthetic_atlas, connections=20))
    with running(app) as address:
        flood = [_connected(address) for _ in range(60)]
        opened = [connection.__enter__() for connection in flood]
        for connection in opened[-20:]:  # and some of them begin a request
            connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        answer = httpx.get(f"{address}{TILE}", headers=ZIPPED, trust_env=False, timeout=_PATIENCE_S)
        assert answer.status_code == HTTPStatus.OK
        assert len(app.state.front.connections) <= 20
        assert _rest(opened[0]) == b""  # the first is closed by now
        for connection in flood:
            connection.__exit__(None, None, None)


def _is_well(address: str) -> bool:
    answer = httpx.get(f"{address}/healthz", trust_env=False, timeout=_PATIENCE_S)
    return answer.status_code == HTTPStatus.OK


def _fill(connection: socket.socket, request: bytes, end: float) -> None:
    while time.monotonic() < end:
        connection.sendall(request)


def test_a_client_that_does_not_read_is_let_go(
    synthetic_atlas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(Settings(atlas=synthetic_atlas, stalled_s=0.5, idle_s=0.5, head_s=0.5))
    request = f"GET {TILE} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    with running(app) as address, _connected(address) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(1.0)
        end = time.monotonic() + _PATIENCE_S
        with pytest.raises(OSError):  # noqa: PT011 — full and not read on, or let go: either ends it
            _fill(deaf, request, end)
        while app.state.front.connections and time.monotonic() < end:
            time.sleep(0.05)
        assert not app.state.front.connections
        assert (
            httpx.get(f"{address}/healthz", trust_env=False, timeout=_PATIENCE_S).status_code
            == HTTPStatus.OK
        )
    assert "Traceback" not in capsys.readouterr().err


def _waiting_for_its_client(app: FastAPI) -> tuple[threading.Event, threading.Event]:
    """Add /espera, which ends when its client goes; return events of its begin and end."""
    begun, ended = threading.Event(), threading.Event()

    async def wait(request: Request) -> str:
        begun.set()
        while (await request.receive())["type"] != "http.disconnect":
            pass
        ended.set()
        return "late"

    app.add_api_route("/espera", wait, response_model=None)
    return begun, ended


def test_answers_under_way_end_quietly_when_their_connection_is_lost(
    synthetic_atlas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(Settings(atlas=synthetic_atlas))
    begun, ended = _waiting_for_its_client(app)
    request = b"GET /espera HTTP/1.1\r\nHost: x\r\n\r\n"
    with running(app) as address:
        with _connected(address) as gone:
            gone.sendall(request * 2)  # the second waits behind the first
            assert begun.wait(_PATIENCE_S)
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert ended.wait(_PATIENCE_S)
        assert (
            httpx.get(f"{address}/healthz", trust_env=False, timeout=_PATIENCE_S).status_code
            == HTTPStatus.OK
        )
    assert "Traceback" not in capsys.readouterr().err


def test_too_many_answers_at_once_are_refused_and_tiles_still_served(
    synthetic_atlas: Path,
) -> None:
    app = create_app(Settings(atlas=synthetic_atlas, answers_at_once=1))
    begun, _ = _waiting_for_its_client(app)
    with running(app) as address, _connected(address) as slow:
        slow.sendall(b"GET /espera HTTP/1.1\r\nHost: x\r\n\r\n")
        assert begun.wait(_PATIENCE_S)
        refused = httpx.get(f"{address}/healthz", trust_env=False, timeout=_PATIENCE_S)
        tile = httpx.get(f"{address}{TILE}", headers=ZIPPED, trust_env=False, timeout=_PATIENCE_S)
    assert refused.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["cache-control"] == "no-store"
    assert int(refused.headers["retry-after"]) > 0
    assert tile.status_code == HTTPStatus.OK
