"""What operators see of the service: request ids, metrics with few labels, access logs."""

import itertools
import logging
import os
import re
import time
from http import HTTPStatus

import orjson
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_access = logging.getLogger("cuidados.access")
_GIVEN_ID = re.compile(rb"[0-9A-Za-z._-]{1,64}")
_BUCKETS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)
TEMPLATE = "cuidados_template"  # key of the scope under which a part without routes names one


class Metrics:
    """Counters of one application, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "cuidados_requests", "Answers sent", ("route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "cuidados_request_seconds", "Seconds until an answer was sent whole", ("route",),
            buckets=_BUCKETS_S, registry=self._registry,
        )  # fmt: skip
        self._bytes = Counter(
            "cuidados_response_bytes", "Bytes of answers", ("route",), registry=self._registry
        )
        self.in_progress = Gauge(
            "cuidados_requests_in_progress", "Requests being answered", registry=self._registry
        )
        self._children: dict[tuple[str, int], tuple[Counter, Histogram, Counter]] = {}

    def record(self, route: str, status: int, seconds: float, size: int) -> None:
        """Count one answer under its route template and the class of its status."""
        key = (route, status // 100)
        children = self._children.get(key)
        if children is None:
            children = (
                self._requests.labels(route, f"{status // 100}xx"),
                self._seconds.labels(route),
                self._bytes.labels(route),
            )
            self._children[key] = children
        requests, histogram, sizes = children
        requests.inc()
        histogram.observe(seconds)
        sizes.inc(size)

    def exposition(self) -> bytes:
        """Return all of them in Prometheus's text format."""
        return generate_latest(self._registry)


class Observed:
    """Give every request an id, count it, and log it where that is asked for.

    Labels are the route's template and the class of the status, so that their number is bounded
    however many addresses are asked for.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, log: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._log = log
        self._prefix = os.urandom(6).hex()
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        method, request_id = scope["method"], self._request_id(scope)
        status, size = int(HTTPStatus.INTERNAL_SERVER_ERROR), 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id)]
            else:
                size += len(message.get("body", b""))
            await send(message)

        self._metrics.in_progress.inc()
        try:
            await self._app(scope, receive, counted)
        finally:
            seconds = time.perf_counter() - began
            self._metrics.in_progress.dec()
            self._metrics.record(_template(scope), status, seconds, size)
            if self._log:
                self._write(scope, method, request_id, status, seconds, size)

    def _request_id(self, scope: Scope) -> bytes:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
                return bytes(value)
        return f"{self._prefix}-{next(self._numbers):x}".encode()

    def _write(
        self, scope: Scope, method: str, request_id: bytes, status: int, seconds: float, size: int
    ) -> None:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "id": request_id.decode(),
            "method": method,
            "path": scope["path"],
            "route": _template(scope),
            "status": status,
            "ms": round(seconds * 1000, 2),
            "bytes": size,
        }
        _access.info("%s", orjson.dumps(line).decode())


def _template(scope: Scope) -> str:
    named = scope.get(TEMPLATE)
    if named is not None:
        return str(named)
    route = scope.get("route")
    return str(getattr(route, "path", "")) or "(none)"
