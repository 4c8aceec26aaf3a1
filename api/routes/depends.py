"""What endpoints ask of the application."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from fastapi import Depends, Query, Request
from fastapi.responses import Response

from api.compress import compressed, encoding_of
from api.exports import Exporter
from api.http import CONTENT_SECURITY_POLICY, HTML, QueryModel, described, language_of
from api.kept import Kept
from api.media import Format
from api.pages import page
from api.settings import Settings
from api.store import AtlasStore, AtlasVersion

if TYPE_CHECKING:
    from data.texts import Language


def atlas_in_service(request: Request) -> AtlasVersion:
    """Return the atlas version in service at this moment."""
    store: AtlasStore = request.app.state.store
    return store.current()


def settings_of(request: Request) -> Settings:
    """Return how the service is deployed."""
    settings: Settings = request.app.state.settings
    return settings


def exporter_of(request: Request) -> Exporter:
    """Return the application's writer of files."""
    exporter: Exporter = request.app.state.exporter
    return exporter


Atlas = Annotated[AtlasVersion, Depends(atlas_in_service)]
Deployed = Annotated[Settings, Depends(settings_of)]
Files = Annotated[Exporter, Depends(exporter_of)]


class PageQuery(QueryModel):
    """Parameters of what is answered as JSON or as a page."""

    f: Annotated[Literal["json", "html"] | None, Query(description="json | html")] = None


class JsonQuery(QueryModel):
    """Parameters of what is answered as JSON alone."""

    f: Annotated[Literal["json"] | None, Query(description="json")] = None


def link(href: str, rel: str, media: str, title: str | None = None) -> dict[str, str]:
    """Return a link as OGC API writes it."""
    made = {"href": href, "rel": rel, "type": media}
    return made if title is None else {**made, "title": title}


class Answering:
    """One request and the representation it gets: headers, 304, JSON or page.

    ``known`` is the 304 to return where the client has the answer already.
    """

    def __init__(self, request: Request, version: str, form: Format, *, weak: bool = False) -> None:
        self.request = request
        self.form = form
        self.language: Language = language_of(request.scope)
        self.headers, self.known = described(request, version, form.media, weak=weak)

    def html(self, title: str, blocks: list[str]) -> Response:
        """Return a page."""
        text = page(title, blocks, language=self.language, query=self.request.url.query)
        return Response(
            text,
            headers=self.headers | {"content-security-policy": CONTENT_SECURITY_POLICY},
            media_type=HTML,
        )

    def kept(self, answers: Kept, make: Callable[[], Any]) -> Response:
        """Return JSON that was made and compressed once, as long as there is room to keep it."""
        coding = encoding_of(self.request.scope)

        def made() -> tuple[bytes, int]:
            body = orjson.dumps(make(), option=orjson.OPT_SERIALIZE_NUMPY)
            body = body if coding is None else compressed(body, coding)
            return body, len(body)

        headers = self.headers if coding is None else self.headers | {"content-encoding": coding}
        body = answers.get(self.headers["etag"], made)
        return Response(body, headers=headers, media_type=self.form.media)

    def json(self, content: Any, media: str | None = None) -> Response:
        """Return JSON."""
        body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
        return Response(body, headers=self.headers, media_type=media or self.form.media)
