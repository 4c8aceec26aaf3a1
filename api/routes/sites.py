"""Where the next centres should go, asked of the atlas in service."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from api.bodies import POSTED, Computing, Turns, computed
from api.http import QueryModel
from api.routes.depends import Atlas
from api.routes.scenarios import planning

router = APIRouter(dependencies=POSTED)
_EXAMPLE = {"service": "guarderia", "sites": 3, "minutes": 15, "candidates": "manzanas"}


def _proofs_of(request: Request) -> Turns:
    proofs: Turns = request.app.state.proofs
    return proofs


Proving = Annotated[Turns, Depends(_proofs_of)]


@router.post("/sitios", summary="Where the next centres of a service should go")
def sites(
    request: Request,
    atlas: Atlas,
    turns: Computing,
    proofs: Proving,
    _: Annotated[QueryModel, Query()],
    body: Annotated[dict[str, Any], Body(examples=[_EXAMPLE])],
) -> Response:
    """Return sites, the best first, how good they are, and the sites as a scenario's file.

    With ``proof_s`` the best choice is looked for that long, one such request at a time, so that
    others need not wait for it.
    """
    from dataclasses import asdict

    from geo.scenarios.sites import choose_sites
    from geo.scenarios.siting_request import read_request

    asked = read_request(body)
    chosen = (proofs if asked.proof_s > 0 else turns).run(
        lambda: choose_sites(planning(atlas), asked)
    )
    return computed(request, asdict(chosen))
