"""Where connections come in: bounds on them, and answers that lie ready sent at once.

uvicorn makes a task, a scope and several messages for every request, and the application's layers
each add their own. An answer that lies ready in memory needs none of that: it is written where the
request has just been parsed. All else goes the usual way, through the application.

Here too a client that opens many connections, trickles its request or does not read its answer is
kept from holding up the others: uvicorn itself waits for such a client for good.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from api.http import head_of, problem
from api.observe import NO_ROUTE, Observer
from api.tiles import Ready

FRONT = "front"  # its place in the state an application gives to its server
_SWEEP_S = 1.0
_HEAD_BYTES = 1 << 16  # of the lines before a request's body
_BUFFER_BYTES = 1 << 18  # of answers not yet taken by their client
_WITH_BODY = frozenset((b"content-length", b"transfer-encoding", b"expect", b"upgrade"))
_READ = frozenset((b"GET", b"HEAD"))
# What follows the first line of a request is the same in all that one client sends, or nearly so.
_BLOCKS_KEPT, _BLOCK_BYTES = 512, 2048
_FIRST_LINE = re.compile(rb"GET (/[!-~]*) HTTP/1\.1")

Ask = Callable[[bytes, Mapping[bytes, bytes]], Ready | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What connections may do.

    Parameters
    ----------
    connections
        Open at once; beyond it the one idle for longest makes room.
    answers
        Being made at once; beyond it a request is refused.
    url_bytes
        Longest address that is looked at.
    idle_s
        Longest wait for a request on an open connection.
    head_s
        Longest time the head of a request may take to come.
    stalled_s
        Longest time a client may leave an answer lying that is ready to be read.
    """

    connections: int
    answers: int
    url_bytes: int
    idle_s: float
    head_s: float
    stalled_s: float


class Front:
    """What the connections of one server share.

    Parameters
    ----------
    ready
        Returns the answer to a GET of an address with headers, or None if it is to be made.
    route
        Template under which ready answers are counted.
    observer
        Sees every answer.
    bounds
        What connections may do.
    """

    def __init__(self, ready: Ask, *, route: str, observer: Observer, bounds: Bounds) -> None:
        self.ready = ready
        self.route = route
        self.observer = observer
        self.bounds = bounds
        self.connections: set[FrontProtocol] = set()
        self._server: tuple[object, bytes] = (None, b"")
        self._blocks: dict[bytes, Mapping[bytes, bytes]] = {}

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Close connections that wait too long, for as long as the context lasts."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(min(_SWEEP_S, self.bounds.idle_s, self.bounds.head_s))
            now = time.monotonic()
            for connection in list(self.connections):
                connection.sweep(now)

    def server_lines(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        """Return the headers a server adds to every answer, such as the date, as lines."""
        known, lines = self._server
        if known is not headers:  # it makes a new list every second
            lines = b"".join(b"%b: %b\r\n" % item for item in headers)
            self._server = (headers, lines)
        return lines

    def known(self, request: bytes) -> Ready | None:
        """Return the answer to a whole request whose headers were met before, if it lies ready.

        Nothing of it is parsed but the first line: headers that are equal byte by byte say the same
        again, whichever address they follow.
        """
        line, _, block = request.partition(b"\r\n")
        given = self._blocks.get(block)
        if given is None:
            return None
        found = _FIRST_LINE.fullmatch(line)
        if found is None or len(line) > self.bounds.url_bytes:
            return None
        return self.ready(found[1], given)

    def learn(self, request: bytes, url: bytes, given: Mapping[bytes, bytes]) -> None:
        """Keep what the headers of a request say that was parsed and answered at once."""
        line, _, block = request.partition(b"\r\n")
        plain = line == b"GET %b HTTP/1.1" % url and len(block) <= _BLOCK_BYTES
        if plain and b"x-request-id" not in given:
            if len(self._blocks) >= _BLOCKS_KEPT:
                self._blocks.clear()
            self._blocks[block] = given

    def has_room(self) -> bool:
        """Return whether one more connection may stay, closing an idle one where there must be."""
        if len(self.connections) < self.bounds.connections:
            return True
        idle = [found for found in self.connections if found.waiting]
        if not idle:
            return False
        min(idle, key=lambda found: found.since).leave()
        return True


class FrontProtocol(HttpToolsProtocol):
    """One connection. Without a front in the application's state it is uvicorn's own."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._front: Front | None = app_state.get(FRONT)
        self.since = time.monotonic()  # of the last thing that happened
        self._head_bytes: int | None = None  # while a head is coming
        self._between = True  # nothing of the next request has come
        self._parsed = 0  # requests whose end was in what came last
        # Headers of the request being parsed, once it is answered.
        self._answered: Mapping[bytes, bytes] | None = None
        self._stalled: float | None = None
        self._cycles: deque[RequestResponseCycle] = deque()  # not answered yet, oldest first

    @property
    def waiting(self) -> bool:
        """Whether no answer is being made or sent."""
        answered = self.cycle is None or self.cycle.response_complete
        return answered and not self.pipeline and not self.flow.write_paused

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or refuse it where there is no room."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=_BUFFER_BYTES)
        if self._front is None:
            return
        if self._front.has_room():
            self._front.connections.add(self)
        else:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, and tell every answer under way that nobody reads it."""
        if self._front is not None:
            self._front.connections.discard(self)
        for cycle in self._cycles:  # uvicorn tells the one asked for last, which may be waiting
            cycle.disconnected = True
            cycle.message_event.set()
        self._cycles.clear()
        super().connection_lost(exc)

    def leave(self) -> None:
        """Close the connection once what was written has gone out."""
        if self._front is not None:
            self._front.connections.discard(self)
        self.transport.close()

    def sweep(self, now: float) -> None:
        """Close the connection if it has waited for its client longer than it may."""
        if self._front is None:
            return
        bounds = self._front.bounds
        if self._stalled is not None and now - self._stalled > bounds.stalled_s:
            self._front.connections.discard(self)
            self.transport.abort()
        elif self.waiting and self._head_bytes is not None and now - self.since > bounds.head_s:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        elif self.waiting and self._head_bytes is None and now - self.since > bounds.idle_s:
            self.leave()

    def pause_writing(self) -> None:
        """Note since when the client leaves its answer lying."""
        self._stalled = time.monotonic()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that it reads on."""
        self._stalled = None
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless the head of a request has grown too long."""
        if self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > _HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                return
        front = self._front
        if front is None or not self._between:
            if not self.transport.is_closing():
                super().data_received(data)
        elif not self.transport.is_closing():
            began = time.perf_counter()
            ready = front.known(data) if self.waiting else None
            if ready is not None:
                self.since = time.monotonic()
                self._write(front, ready, front.observer.request_id(None), began)
                return
            self._parsed = 0
            super().data_received(data)
            if self._parsed == 1 and self._between and self._answered is not None:
                front.learn(data, self.url, self._answered)

    def on_message_begin(self) -> None:
        """Begin a request; what only the application needs of it is made later."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self.since = time.monotonic()
        self._head_bytes = 0
        self._between = False
        self._answered = None

    def on_headers_complete(self) -> None:
        """Answer the request at once if its answer lies ready; else let the application."""
        self._head_bytes = None
        if self._front is not None and self._send_ready(self._front):
            return
        full = self._front is not None and len(self.tasks) >= self._front.bounds.answers
        if full and self.waiting:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        url, headers, expected = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expected
        self.headers += headers  # the same list is in the scope
        before = self.cycle
        super().on_headers_complete()
        if self.cycle is not before:
            self._cycles.append(self.cycle)

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        if self.cycle is not None and not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._between = True
        self._parsed += 1
        if self._answered is None and self.cycle is not None and not self.transport.is_closing():
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request; the front's watch takes the place of a timer each."""
        if self._cycles:
            self._cycles.popleft()
        super().on_response_complete()
        if self._front is not None:
            self._unset_keepalive_if_required()
            self.since = time.monotonic()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP."""
        del msg  # it says no more than the status
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _send_ready(self, front: Front) -> bool:
        method = self.parser.get_method()
        if method not in _READ or len(self.url) > front.bounds.url_bytes:
            return False
        began = time.perf_counter()
        given = dict(self.headers)
        ready = front.ready(self.url, given)
        if (
            ready is None
            or not self.waiting
            or self.root_path
            or not _WITH_BODY.isdisjoint(given)
            or not self.parser.should_keep_alive()
            or self.parser.get_http_version() != "1.1"
        ):
            return False
        request_id = front.observer.request_id(given.get(b"x-request-id"))
        self._write(front, ready, request_id, began, whole=method == b"GET")
        self._answered = given
        return True

    def _write(
        self, front: Front, ready: Ready, request_id: bytes, began: float, *, whole: bool = True
    ) -> None:
        body = ready.body if whole else b""
        lines = front.server_lines(self.server_state.default_headers)
        self.transport.write(
            b"".join((ready.head, lines, b"x-request-id: ", request_id, b"\r\n\r\n", body))
        )
        self.server_state.total_requests += 1
        front.observer.note(
            request_id, "GET" if whole else "HEAD", ready.path, front.route,
            status=ready.status, seconds=time.perf_counter() - began, size=len(body),
        )  # fmt: skip

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer with a problem, in the service's first language, and close the connection."""
        if not self.waiting:  # an answer is under way: another would fall into the middle of it
            self.transport.abort()
            return
        scope = {"type": "http", "headers": [], "path": "", "query_string": b""}
        again = {"retry-after": "1"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
        answer = problem(scope, status, headers=again)
        head = head_of(status, [*answer.raw_headers, (b"connection", b"close")])
        body = bytes(answer.body)
        self.transport.write(head + b"\r\n" + body)
        self.leave()
        if self._front is not None:
            self._front.observer.note(
                b"-", "-", "", NO_ROUTE, status=status, seconds=0.0, size=len(body)
            )
