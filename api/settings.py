"""How a service is deployed: never anything that changes a published number."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_TILE_PARTS = ("{z}", "{x}", "{y}")


def _is_sound(value: str) -> bool:
    """Say whether an address names one host and may stand in a header."""
    parts = urlsplit(value)
    plain = parts.scheme in ("https", "http") and parts.hostname and not parts.username
    # What stands in a header must not end it, nor open it to more hosts than one.
    return bool(plain) and value.isascii() and not any(mark in value for mark in " ;,'\"\\\r\n\t*")


def _checked_tiles(value: str | None) -> str | None:
    """Return an address of raster tiles as it is, or raise ``ValueError``."""
    if value is None or value == "":
        return None
    if not (_is_sound(value) and all(part in value for part in _TILE_PARTS)):
        raise ValueError(
            "an address of raster tiles is https://host/…/{z}/{x}/{y}.png, without blanks or commas"
        )
    return value


def _checked_style(value: str | None) -> str | None:
    """Return the address of a style as it is, or raise ``ValueError``."""
    if value is None or value == "":
        return None
    if not _is_sound(value):
        raise ValueError(
            "the address of a style is https://host/…/style.json, without blanks or commas"
        )
    return value


def _checked_origins(value: str) -> str:
    """Return origins as they are, or raise ``ValueError``."""
    for origin in value.split():
        if not _is_sound(origin) or origin_of(origin) != origin:
            raise ValueError("origins are https://host or https://host:port, parted by blanks")
    return value


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address, as policies name them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class Settings(BaseSettings):
    """Settings of the service, each from ``CUIDADOS_<NAME>`` unless given.

    Parameters
    ----------
    atlas
        Folder of the atlas.
    host, port
        Address to bind to.
    viewer
        Folder of the built page.
    refresh_s
        Least seconds between two looks at which atlas version is in service.
    url_bytes
        Longest path and query accepted, in bytes.
    page_vertices
        Vertices after which a page of features ends before its limit.
    files_at_once
        Download files written at the same time.
    file_bytes
        Largest download file written, in bytes.
    body_bytes
        Largest body of a request, in bytes.
    computations_at_once
        Computations from bodies made at the same time; four times as many may wait.
    connections
        Connections open at once in one process; beyond it the one idle for longest makes room.
    answers_at_once
        Answers being made at once in one process; beyond it a request is refused.
    idle_s
        Longest wait for a request on an open connection, in seconds.
    head_s
        Longest time the head of a request may take to come, in seconds.
    stalled_s
        Longest time a client may leave an answer unread, in seconds.
    metrics_folder
        Where the processes of one service keep their counts; None for a single process.
    basemap
        Address of raster tiles to draw beneath the map, ``https://host/{z}/{x}/{y}.png``; None, as
        delivered, so that the page asks nobody but this service.
    basemap_style
        Address of a MapLibre style to draw beneath the map instead of the atlas's own ground,
        ``https://host/style.json``; None as delivered. Not together with ``basemap``.
    basemap_origins
        Further origins (``https://host``, parted by blanks) that the style asks for tiles, tile
        descriptions and icons.
    basemap_attribution
        What the licence of those tiles wants said on the map; for a style only where its own
        sources do not say it.
    access_log
        Whether every answer is logged as a line of JSON (logger ``cuidados.access``).
    """

    model_config = SettingsConfigDict(env_prefix="CUIDADOS_", frozen=True, extra="forbid")

    atlas: Path = Path("atlas")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    viewer: Path = Path(__file__).parent / "viewer" / "dist"
    refresh_s: Annotated[float, Field(ge=0)] = 1.0
    url_bytes: Annotated[int, Field(ge=256)] = 16_384
    page_vertices: Annotated[int, Field(ge=1)] = 2_000_000
    files_at_once: Annotated[int, Field(ge=1)] = 2
    file_bytes: Annotated[int, Field(ge=1024)] = 2 << 30
    body_bytes: Annotated[int, Field(ge=1024)] = 2 << 20
    computations_at_once: Annotated[int, Field(ge=1)] = 2
    connections: Annotated[int, Field(ge=1)] = 800
    answers_at_once: Annotated[int, Field(ge=1)] = 200
    idle_s: Annotated[float, Field(gt=0)] = 75.0
    head_s: Annotated[float, Field(gt=0)] = 10.0
    stalled_s: Annotated[float, Field(gt=0)] = 60.0
    metrics_folder: Path | None = None
    basemap: Annotated[str | None, AfterValidator(_checked_tiles)] = None
    basemap_style: Annotated[str | None, AfterValidator(_checked_style)] = None
    basemap_origins: Annotated[str, AfterValidator(_checked_origins)] = ""
    basemap_attribution: Annotated[str, Field(max_length=200)] = ""
    access_log: bool = False

    @model_validator(mode="after")
    def _one_basemap(self) -> Self:
        if self.basemap and self.basemap_style:
            raise ValueError("basemap and basemap_style exclude each other: give one of them")
        if self.basemap_origins and not self.basemap_style:
            raise ValueError("basemap_origins are those of basemap_style, which is not given")
        return self
