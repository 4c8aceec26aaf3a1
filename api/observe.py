"""What operators see of the service: request ids, metrics with few labels, access logs."""

import itertools
import logging
import mmap
import os
import re
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from pathlib import Path

import orjson
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_access = logging.getLogger("cuidados.access")
_GIVEN_ID = re.compile(rb"[0-9A-Za-z._-]{1,64}")
_BUCKETS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)
TEMPLATE = "cuidados_template"  # key of the scope under which a part without routes names one
NO_ROUTE = "(none)"
_GONE = 499  # as nginx names it: the client left before the answer began
# Of each route: answers by class of status, bytes, seconds, then answers by seconds.
_CLASSES = 5
_BYTES, _SECONDS, _FIRST_BUCKET = _CLASSES, _CLASSES + 1, _CLASSES + 2
_WIDTH = _FIRST_BUCKET + len(_BUCKETS_S) + 1
_IN_PROGRESS = 0  # place of the one number that is of no route
_NUMBER_BYTES = 8
_ENDING = ".counts"


class Metrics(Collector):
    """Counts of one service, whose worker processes each write their own and read everybody's.

    They are plain numbers at fixed places of a mapped file, so that counting costs next to nothing;
    one thread of each process writes them, the one of its event loop.

    Parameters
    ----------
    routes
        Templates of all routes; answers of any other count under ``(none)``.
    folder
        Where the processes of one service keep their counts, or None for a single process.
    """

    def __init__(self, routes: Iterable[str], folder: Path | None = None) -> None:
        self._routes = [NO_ROUTE, *sorted(set(routes))]
        self._folder = folder
        self._places = {route: 1 + at * _WIDTH for at, route in enumerate(self._routes)}
        size = _NUMBER_BYTES * (1 + len(self._routes) * _WIDTH)
        if folder is None:
            self._counts = memoryview(mmap.mmap(-1, size)).cast("d")
        else:
            path = folder / f"{os.getpid()}{_ENDING}"
            path.write_bytes(bytes(size))
            with path.open("r+b") as stream:
                self._counts = memoryview(mmap.mmap(stream.fileno(), size)).cast("d")

    def started(self) -> None:
        """Count a request that is being answered from now on."""
        self._counts[_IN_PROGRESS] += 1

    def ended(self) -> None:
        """Count it no more."""
        self._counts[_IN_PROGRESS] -= 1

    def record(self, route: str, status: int, seconds: float, size: int) -> None:
        """Count one answer under its route template and the class of its status."""
        counts, at = self._counts, self._places.get(route, 1)
        counts[at + status // 100 - 1] += 1
        counts[at + _BYTES] += size
        counts[at + _SECONDS] += seconds
        counts[at + _FIRST_BUCKET + bisect_left(_BUCKETS_S, seconds)] += 1

    def exposition(self) -> bytes:
        """Return all of them in Prometheus's text format."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the sums over all processes."""
        totals, in_progress = self._totals()
        requests = CounterMetricFamily(
            "cuidados_requests", "Answers sent", labels=("route", "status")
        )
        sizes = CounterMetricFamily(
            "cuidados_response_bytes", "Bytes of answers", labels=("route",)
        )
        seconds = HistogramMetricFamily(
            "cuidados_request_seconds", "Seconds until an answer was sent whole", labels=("route",)
        )
        for route, at in self._places.items():
            own = totals[at : at + _WIDTH]
            if not any(own[:_CLASSES]):
                continue
            for kind in range(_CLASSES):
                if own[kind]:
                    requests.add_metric((route, f"{kind + 1}xx"), own[kind])
            sizes.add_metric((route,), own[_BYTES])
            reached = list(itertools.accumulate(own[_FIRST_BUCKET:]))
            names = [*(str(edge) for edge in _BUCKETS_S), "+Inf"]
            seconds.add_metric((route,), list(zip(names, reached, strict=True)), own[_SECONDS])
        yield requests
        yield seconds
        yield sizes
        yield GaugeMetricFamily(
            "cuidados_requests_in_progress", "Requests being answered", value=in_progress
        )

    def _totals(self) -> tuple[Sequence[float], float]:
        if self._folder is None:
            return list(self._counts), self._counts[_IN_PROGRESS]
        totals, in_progress = [0.0] * len(self._counts), 0.0
        for path in sorted(self._folder.glob(f"*{_ENDING}")):
            counts = memoryview(path.read_bytes()).cast("d")
            totals = [total + count for total, count in zip(totals, counts, strict=True)]
            if _lives(int(path.stem)):  # what a process that ended was answering is no more
                in_progress += counts[_IN_PROGRESS]
        return totals, in_progress


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


class Observer:
    """Gives every request an id, counts its answer, and logs it where that is asked for.

    Labels are the route's template and the class of the status, so that their number is bounded
    however many addresses are asked for.
    """

    def __init__(self, metrics: Metrics, *, log: bool) -> None:
        self.metrics = metrics
        self._log = log
        self._prefix = os.urandom(6).hex().encode()
        self._numbers = itertools.count(1)

    def request_id(self, given: bytes | None) -> bytes:
        """Return the id a client gave where it is a sound one, else a new one."""
        if given is not None and _GIVEN_ID.fullmatch(given):
            return given
        return b"%b-%x" % (self._prefix, next(self._numbers))

    def note(
        self, request_id: bytes, method: str, path: str, route: str, *,
        status: int, seconds: float, size: int,
    ) -> None:  # fmt: skip
        """Count an answer, and log it where that is asked for."""
        self.metrics.record(route, status, seconds, size)
        if self._log:
            line = {
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "id": request_id.decode(),
                "method": method,
                "path": path,
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 2),
                "bytes": size,
            }
            _access.info("%s", orjson.dumps(line).decode())


class Observed:
    """Let an observer see every request of an application."""

    def __init__(self, app: ASGIApp, *, observer: Observer) -> None:
        self._app = app
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        method, given = scope["method"], dict(scope["headers"]).get(b"x-request-id")
        request_id = self._observer.request_id(given)
        status, size = _GONE, 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
            else:
                size += len(message.get("body", b""))
            await send(message)

        self._observer.metrics.started()
        try:
            await self._app(scope, receive, counted)
        except Exception:
            status = int(HTTPStatus.INTERNAL_SERVER_ERROR)
            raise
        finally:
            self._observer.metrics.ended()
            self._observer.note(
                request_id, method, scope["path"], _template(scope),
                status=status, seconds=time.perf_counter() - began, size=size,
            )  # fmt: skip


def _template(scope: Scope) -> str:
    named = scope.get(TEMPLATE)
    if named is not None:
        return str(named)
    route = scope.get("route")
    return str(getattr(route, "path", "")) or NO_ROUTE
