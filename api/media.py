"""Representations of a resource: their media types, and which one a client gets."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from fastapi import Request
from starlette.exceptions import HTTPException

JSON_MEDIA = "application/json"
GEOJSON_MEDIA = "application/geo+json"
HTML_MEDIA = "text/html"


@dataclass(frozen=True, slots=True)
class Format:
    """One representation.

    Parameters
    ----------
    name
        What ``f=`` calls it.
    media
        Its media type, as answered.
    accepted
        Further media types that ask for it.
    extension
        Ending of a file of it.
    """

    name: str
    media: str
    accepted: tuple[str, ...] = ()
    extension: str = ""


JSON_FORMAT = Format("json", JSON_MEDIA)
HTML_FORMAT = Format("html", HTML_MEDIA, ("application/xhtml+xml",))
GEOJSON_FORMAT = Format("json", GEOJSON_MEDIA, (JSON_MEDIA,), "geojson")
CSV_FORMAT = Format("csv", "text/csv", (), "csv")
PARQUET_FORMAT = Format("parquet", "application/vnd.apache.parquet", (), "parquet")
GEOPACKAGE_FORMAT = Format("gpkg", "application/geopackage+sqlite3", (), "gpkg")
FLATGEOBUF_FORMAT = Format("fgb", "application/flatgeobuf", (), "fgb")
XLSX_FORMAT = Format(
    "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (), "xlsx"
)
PAGES = (JSON_FORMAT, HTML_FORMAT)


class NotAcceptableError(HTTPException):
    """406, with the media types there are."""

    def __init__(self, available: Sequence[str]) -> None:
        super().__init__(HTTPStatus.NOT_ACCEPTABLE)
        self.available = list(available)


def weights(header: str) -> dict[str, float]:
    """Return the quality a client gives to each name of an ``Accept…`` header."""
    return dict(_weighted(part) for part in header.lower().split(","))


def _weighted(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, float(parameter[2:])
            except ValueError:
                return name, 0.0
    return name, 1.0


def _weight(wanted: dict[str, float], media: str) -> float:
    for candidate in (media, media.split("/", maxsplit=1)[0] + "/*", "*/*", "*"):
        if candidate in wanted:
            return wanted[candidate]
    return 0.0


@lru_cache(maxsize=512)
def accepts(header: str | None, *media: str) -> bool:
    """Return whether an ``Accept`` or ``Accept-Encoding`` header allows one of these."""
    if header is None or not header.strip():
        return True
    wanted = weights(header)
    return any(_weight(wanted, item) > 0 for item in media)


def negotiate(request: Request, name: str | None, offers: Sequence[Format]) -> Format:
    """Return the representation to answer with: ``f=`` first, then ``Accept``.

    Of those the client likes equally, the first offered is taken.

    Raises
    ------
    NotAcceptableError
        If none of the offers is accepted.
    """
    if name is not None:
        return next(offer for offer in offers if offer.name == name)
    header = request.headers.get("accept", "")
    if not header.strip():
        return offers[0]
    wanted = weights(header)
    best = max(
        offers,
        key=lambda offer: max(_weight(wanted, media) for media in (offer.media, *offer.accepted)),
    )
    if not accepts(header, best.media, *best.accepted):
        raise NotAcceptableError([offer.media for offer in offers])
    return best
