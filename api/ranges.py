"""Whole stored files, and parts of them by range requests."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from api.http import REVALIDATE, matches, problem
from api.media import accepts

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the atlas, its hash and its media type.

    Where the file is hollow, ``bring`` makes bytes from one place to another be there.
    """

    path: Path
    digest: str
    media: str
    bring: Callable[[int, int], None] | None = None


def send_stored(
    request: Request, stored: Stored, more: Mapping[str, str] | None = None
) -> Response:
    """Return a file or the one range of it that is asked for; several ranges get the whole."""
    etag = f'"{stored.digest}"'
    described = {
        "etag": etag, "accept-ranges": "bytes", "cache-control": REVALIDATE, **(more or {}),
    }  # fmt: skip
    if not accepts(request.headers.get("accept"), stored.media, "application/octet-stream"):
        return problem(request.scope, HTTPStatus.NOT_ACCEPTABLE, available=[stored.media])
    if matches(request.headers.get("if-none-match"), etag):
        return Response(None, HTTPStatus.NOT_MODIFIED, described)
    size = stored.path.stat().st_size
    start, stop, status = 0, size, HTTPStatus.OK
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked and asked.group() != "bytes=-" and request.headers.get("if-range", etag) == etag:
        start, stop = _span(asked[1], asked[2], size)
        if start >= stop:
            headers = {"content-range": f"bytes */{size}"}
            status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            return problem(request.scope, status, headers=headers)
        status = HTTPStatus.PARTIAL_CONTENT
        described["content-range"] = f"bytes {start}-{stop - 1}/{size}"
    described["content-length"] = str(stop - start)
    return StreamingResponse(_chunks(stored, start, stop), status, described, stored.media)


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last[:18])), size
    return int(first[:18]), min(int(last[:18]) + 1, size) if last else size


def _chunks(stored: Stored, start: int, stop: int) -> Iterator[bytes]:
    with stored.path.open("rb") as file:  # only now: of a client that left nothing is opened
        file.seek(start)
        while start < stop:
            if stored.bring is not None:
                stored.bring(start, min(start + _CHUNK, stop))
            chunk = file.read(min(_CHUNK, stop - start))
            if not chunk:
                return
            start += len(chunk)
            yield chunk
