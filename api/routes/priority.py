"""Where care is wanted first, by the planner's own weights."""

from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from fastapi import APIRouter, Query, Request, Response

from api.http import JSON, QueryModel, answer, language_of, require
from api.routes.depends import Atlas
from api.store import AtlasVersion
from data.errors import ParameterError, Where
from data.texts import Text
from geo.priority import COMPONENTS, METHOD, PRESETS, checked, measure, needed, rank_places

router = APIRouter(prefix="/prioridad")


class PriorityQuery(QueryModel):
    """Weights of the planner, or a preset."""

    preset: Annotated[Literal["general", "bogota"], Query(description="general | bogota")] = (
        "general"
    )
    pesos: Annotated[
        str | None,
        Query(max_length=300, description="component:weight by commas, as necesidad:1,carencia:2"),
    ] = None
    limit: Annotated[int, Query(ge=1, le=10_000, description="AGEB to answer, the first ones")] = (
        100
    )


@router.get("", summary="AGEB by priority, with how far ranks hang on the weights")
def priority(request: Request, atlas: Atlas, query: Annotated[PriorityQuery, Query()]) -> Response:
    """Return the first AGEB by priority, their components and the range of their rank."""
    require(request, JSON)
    preset = PRESETS[query.preset]
    weights = preset.weights if query.pesos is None else _weights(query.pesos)
    components = atlas.once("priority", lambda: _measured(atlas))
    keys = atlas.table(atlas.level("ageb").id).keys
    ranked = rank_places(components, weights)
    order = np.argsort(ranked["priority_rank"].to_numpy(), kind="stable")
    known = int(ranked["priority_rank"].notna().sum())
    language = language_of(request.scope)
    rows = [
        _row(keys[at], components, ranked, weights, at) for at in order[: min(known, query.limit)]
    ]
    content = {
        "version": atlas.name,
        "preset": query.preset if query.pesos is None else None,
        "note": preset.note.in_language(language) if query.pesos is None else None,
        "weights": dict(weights),
        "components": {
            name: {
                "title": COMPONENTS[name].title.in_language(language),
                "description": COMPONENTS[name].description.in_language(language),
            }
            for name in weights
        },
        "agebs": rows,
        "ranked": known,
        "unknown": len(ranked) - known,
        "method": METHOD,
    }
    return answer(request, content)


def _measured(atlas: AtlasVersion) -> pd.DataFrame:
    held = atlas.table(atlas.level("ageb").id)
    columns = {name: held.columns[name] for name in needed(held.columns)}
    table = pd.DataFrame(columns, index=range(len(held)))
    method = atlas.manifest.method
    return measure(
        table,
        line=1.0 / float(method["deserts"]["children_per_place"]),
        limit_min=float(method["walking"]["limit_min"]),
    )


def _weights(text: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, weight = part.partition(":")
        try:
            weights[name.strip()] = float(weight)
        except ValueError:
            raise ParameterError(
                Text(f"Peso no válido: «{part[:40]}»", f"Invalid weight: “{part[:40]}”"),
                where=Where(column="pesos"),
                remedy=Text("Escriba, por ejemplo, necesidad:1,carencia:2",
                            "Write, for example, necesidad:1,carencia:2"),
            ) from None  # fmt: skip
    return dict(checked(weights))


def _row(
    key: str,
    components: pd.DataFrame,
    ranked: pd.DataFrame,
    weights: Any,
    at: int,
) -> dict[str, Any]:
    found = ranked.iloc[at]
    return {
        "cvegeo": key,
        "rank": int(found["priority_rank"]),
        "rank_low": int(found["priority_rank_low"]),
        "rank_high": int(found["priority_rank_high"]),
        "index": round(float(found["priority_index"]), 6),
        "components": {name: round(float(components[name].iloc[at]), 6) for name in weights
                       if not np.isnan(components[name].iloc[at])},
    }  # fmt: skip
