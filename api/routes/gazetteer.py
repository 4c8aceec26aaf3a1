"""Where a place of a name is."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.gazetteer import Gazetteer, fold
from api.http import JSON, QueryModel, answer, require
from api.routes.depends import Atlas
from data.errors import ParameterError, Where
from data.texts import Text

router = APIRouter(prefix="/lugares", tags=["lugares"])
_LEAST_LETTERS = 2


class GazetteerQuery(QueryModel):
    """What a person typed."""

    texto: Annotated[
        str,
        Query(
            min_length=1,
            max_length=80,
            description="Name or part of it, accents or not; the municipality may follow",
            examples=["centro"],
        ),
    ]
    limit: Annotated[int, Query(ge=1, le=25)] = 10


@router.get("", summary="Municipalities, localities, AGEB and streets by their name")
def find_places(
    request: Request, atlas: Atlas, query: Annotated[GazetteerQuery, Query()]
) -> Response:
    """Return the places in whose name every word typed begins a word, the best first."""
    require(request, JSON)
    if len(fold(query.texto).replace(" ", "")) < _LEAST_LETTERS:
        raise ParameterError(
            Text("El texto es muy corto", "The text is too short"),
            where=Where(column="texto"),
            remedy=Text(
                f"Escriba {_LEAST_LETTERS} letras o números por lo menos",
                f"Type at least {_LEAST_LETTERS} letters or digits",
            ),
        )
    gazetteer = atlas.once("gazetteer", lambda: Gazetteer(atlas))
    places = [asdict(named) for named in gazetteer.find(query.texto, query.limit)]
    return answer(request, {"version": atlas.name, "places": places})
