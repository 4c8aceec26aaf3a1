"""Compression of answers made on request: zstd, brotli or gzip, as the client likes best."""

import zlib
from functools import lru_cache
from typing import Any, Protocol

import brotli
import zstandard
from isal import isal_zlib
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.media import weights

_LEAST_BYTES = 1024
_COMPRESSIBLE = ("text/", "application/json", "application/geo+json", "application/schema+json",
                 "application/problem+json", "application/vnd.oai.openapi+json",
                 "image/svg+xml")  # fmt: skip
# Fast levels: an answer made on request waits for its own compression. ISA-L writes gzip six times
# as fast as zlib; of pages of features zstd's first level makes less than its third, and faster.
_ZSTD_LEVEL, _BROTLI_QUALITY, _GZIP_LEVEL = 1, 1, 2
_GZIP_WINDOW = zlib.MAX_WBITS | 16


class _Compressor(Protocol):
    def add(self, content: bytes) -> bytes: ...
    def end(self) -> bytes: ...


class _Zstd:
    def __init__(self) -> None:
        self._made = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()

    def add(self, content: bytes) -> bytes:
        return bytes(self._made.compress(content))

    def end(self) -> bytes:
        return bytes(self._made.flush())


class _Brotli:
    def __init__(self) -> None:
        self._made: Any = brotli.Compressor(quality=_BROTLI_QUALITY)

    def add(self, content: bytes) -> bytes:
        return bytes(self._made.process(content))

    def end(self) -> bytes:
        return bytes(self._made.finish())


class _Gzip:
    def __init__(self) -> None:
        self._made = isal_zlib.compressobj(_GZIP_LEVEL, wbits=_GZIP_WINDOW)

    def add(self, content: bytes) -> bytes:
        return bytes(self._made.compress(content))

    def end(self) -> bytes:
        return bytes(self._made.flush())


_COMPRESSORS: dict[str, type[_Compressor]] = {"zstd": _Zstd, "br": _Brotli, "gzip": _Gzip}


@lru_cache(maxsize=512)
def chosen_encoding(header: str | None) -> str | None:
    """Return the coding an ``Accept-Encoding`` header likes best, or None for none.

    Equally liked, the fastest to make is taken: zstd, then brotli, then gzip.
    """
    if header is None or not header.strip():
        return None
    wanted = weights(header)
    anything = wanted.get("*", 0.0)
    best = max(_COMPRESSORS, key=lambda name: wanted.get(name, anything))
    return best if wanted.get(best, anything) > 0 else None


def encoding_of(scope: Scope) -> str | None:
    """Return the coding of the answers to a request."""
    return chosen_encoding(Headers(scope=scope).get("accept-encoding"))


def compressed(content: bytes, encoding: str) -> bytes:
    """Return a whole answer in a coding."""
    made = _COMPRESSORS[encoding]()
    return made.add(content) + made.end()


class Compress:
    """Compress answers that are text, not small and not compressed already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        encoding = encoding_of(scope) if scope["type"] == "http" else None
        if encoding is None:
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Sender(send, encoding))


class _Sender:
    """Pass an answer on, compressed where that is worth it."""

    def __init__(self, send: Send, encoding: str) -> None:
        self._send = send
        self._encoding = encoding
        self._start: Message | None = None
        self._compressor: _Compressor | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._start is not None:
            start, self._start = self._start, None
            self._begin(start, len(body), more=more)
            await self._send(start)
        if self._compressor is not None:
            made = self._compressor.add(body)
            message = {**message, "body": made if more else made + self._compressor.end()}
        if message["body"] or not more:
            await self._send(message)

    def _begin(self, start: Message, size: int, *, more: bool) -> None:
        headers = MutableHeaders(raw=start["headers"])
        if (
            "content-encoding" in headers
            or "content-range" in headers
            or not headers.get("content-type", "").startswith(_COMPRESSIBLE)
            or (not more and size < _LEAST_BYTES)
        ):
            return
        self._compressor = _COMPRESSORS[self._encoding]()
        headers["content-encoding"] = self._encoding
        headers.add_vary_header("Accept-Encoding")
        del headers["content-length"]
