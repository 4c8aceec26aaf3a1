"""Bodies: bounded in size, time, kind and number, whatever a client says of them."""

import socket
import threading
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from api.app import create_app
from api.bodies import POSTED, BoundedBodies, Computing, Turns, computed
from api.settings import Settings
from data.errors import BusyError
from tests.api.running import client_of, running

router = APIRouter(dependencies=POSTED)
_BODY_BYTES = 2048


class Sum(BaseModel):
    """Numbers to add."""

    model_config = ConfigDict(extra="forbid")

    numbers: list[int]


@router.post("/suma")
def add(request: Request, turns: Computing, body: Sum) -> Response:
    """Return the sum of the body's numbers."""
    return computed(request, turns.run(lambda: {"sum": sum(body.numbers)}))


@pytest.fixture(scope="module")
def client(synthetic_atlas: Path) -> Iterator[httpx.Client]:
    """A client of a service with a route that adds."""
    app = create_app(Settings(atlas=synthetic_atlas, body_bytes=_BODY_BYTES))
    app.include_router(router)
    with client_of(app) as found:
        yield found


def test_a_computation_is_answered_and_kept_nowhere(client: httpx.Client) -> None:
    answer = client.post("/suma", json={"numbers": [1, 2, 3]})
    assert answer.json() == {"sum": 6}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "etag" not in answer.headers


def test_a_page_of_another_host_may_ask_first(client: httpx.Client) -> None:
    answer = client.options("/suma", headers={"access-control-request-method": "POST"})
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Content-Type" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_above_the_bound_is_refused_while_it_is_read(
    client: httpx.Client, chunked: object
) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 1000

    content = pieces() if chunked else b" " * (_BODY_BYTES + 1)
    answer = client.post("/suma", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_trickles_is_given_up(synthetic_atlas: Path) -> None:
    app = create_app(Settings(atlas=synthetic_atlas))
    app.include_router(router)
    app.user_middleware = [
        item
        for item in app.user_middleware
        if item.cls is not BoundedBodies  # type: ignore[comparison-overlap]
    ]
    app.add_middleware(BoundedBodies, most_bytes=_BODY_BYTES, patience_s=0.1)
    with running(app) as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall(
                b"POST /suma HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: 100\r\n\r\n{"
            )
            assert b" 408 " in connection.recv(4096).split(b"\r\n")[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
def test_only_plain_json_is_taken(client: httpx.Client, headers: dict[str, str]) -> None:
    answer = client.post("/suma", content=b'{"numbers": []}', headers=headers)
    assert answer.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert "geo+json" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b'{"numbers": ["x"]}', b'{"numbers": [1e400]}', b'{"other\\ud800": 1}',
        b'{"numbers": ' + b"[" * 900 + b"]" * 900 + b"}",
    ],
)  # fmt: skip
def test_a_body_that_is_not_what_was_asked_is_a_problem(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/suma", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert answer.headers["content-type"] == "application/problem+json"


def test_another_method_is_told_which_ones_there_are(client: httpx.Client) -> None:
    answer = client.put("/suma", json={})
    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert answer.headers["allow"] == "POST"


def test_only_so_many_compute_and_wait() -> None:
    turns = Turns(at_once=1, waiting=1, patience_s=0.05)
    started, go = threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        go.wait(10)

    busy = threading.Thread(target=lambda: turns.run(work))
    busy.start()
    assert started.wait(10)
    with pytest.raises(BusyError):
        turns.run(lambda: None)  # its patience ends
    go.set()
    busy.join(10)
    assert turns.run(lambda: 1) == 1
