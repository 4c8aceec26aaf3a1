"""The report of a place, made when it is asked for: a page, a tagged PDF or a workbook."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from api.bodies import Computing
from api.http import QueryModel, base_url, described, language_of, require
from api.media import HTML_MEDIA, XLSX_FORMAT
from api.routes.depends import Atlas, link
from api.store import AtlasVersion
from data.errors import LimitError
from data.texts import Text
from geo.figures import starting_with
from geo.report import PARTS, WRITERS, build_report
from geo.report.page import POLICY

router = APIRouter(prefix="/reportes")
Form = Literal["html", "pdf", "xlsx"]
_MEDIA = {
    "html": f"{HTML_MEDIA}; charset=utf-8", "pdf": "application/pdf", "xlsx": XLSX_FORMAT.media,
}  # fmt: skip
# What bounds the time of a report is what it tells one by one.
MOST_PARTS = 10_000


@router.get(
    "/{level}/{code}.{form}",
    summary="The report of a place: page, PDF or workbook",
    response_class=Response,
    responses={
        200: {"content": {media.partition(";")[0]: {} for media in _MEDIA.values()}},
    },
)
def place_report(
    request: Request,
    atlas: Atlas,
    turns: Computing,
    level: Annotated[str, Path(pattern="^[a-z]{1,20}$", examples=["municipio"])],
    code: Annotated[str, Path(pattern="^[0-9A-Za-z]{2,16}$", examples=["01001"])],
    form: Annotated[Form, Path(examples=["html"])],
    _: Annotated[QueryModel, Query()],
) -> Response:
    """Return the report; its figures are those of ``/estadisticas``."""
    media = _MEDIA[form]
    require(request, media.partition(";")[0])
    headers, known = described(request, atlas.name, media)
    if known is not None:
        return known
    language, root = language_of(request.scope), base_url(request.scope)
    key = code.upper()

    def make() -> bytes:
        _check_size(atlas, level, key)
        return WRITERS[form](build_report(atlas, level, key, language=language, base=root))

    body = turns.run(make)
    kind = "attachment" if form == "xlsx" else "inline"
    headers["content-disposition"] = f'{kind}; filename="{key}.{form}"'
    if form == "html":
        headers["content-security-policy"] = POLICY
    return Response(body, headers=headers, media_type=media)


def report_links(root: str, level: str, code: str) -> list[dict[str, str]]:
    """Return the links to a place's reports; none at levels that have none."""
    if level not in PARTS:
        return []
    return [
        link(f"{root}/reportes/{level}/{code}.{form}", "related", media.partition(";")[0])
        for form, media in _MEDIA.items()
    ]


def _check_size(atlas: AtlasVersion, level: str, code: str) -> None:
    parts = sum(
        len(starting_with(atlas.table(atlas.levels[part].id), code))
        for part in PARTS.get(level, ()) if part in atlas.levels
    )  # fmt: skip
    if parts > MOST_PARTS:
        raise LimitError(
            Text(
                f"El lugar tiene {parts:,} partes: su informe es demasiado largo",
                f"The place has {parts:,} parts: its report is too long",
            ),
            remedy=Text(
                "Pida el de una de sus partes, o hágalo con «cuidados report»",
                "Ask for that of one of its parts, or make it with “cuidados report”",
            ),
        )
