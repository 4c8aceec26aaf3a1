"""How unequal access is among the people of a place, with intervals."""

from typing import Annotated, Literal

import pyarrow.parquet as pq
from fastapi import APIRouter, Path, Query, Request, Response

from api.http import JSON, QueryModel, answer, require
from api.routes.depends import Atlas
from data.errors import NotComputedError, UnknownPlaceError
from data.texts import Text

router = APIRouter(prefix="/equidad")
_ASSET = "equidad"


@router.get("/{level}/{cvegeo}", summary="Equity of access within a place")
def place_equity(
    request: Request,
    atlas: Atlas,
    level: Annotated[Literal["municipio", "entidad"], Path()],
    cvegeo: Annotated[str, Path(pattern="^[0-9]{2}([0-9]{3})?$", examples=["01001"])],
    _: Annotated[QueryModel, Query()],
) -> Response:
    """Return every statistic of a place by service, and what each says."""
    require(request, JSON)
    record = next((asset for asset in atlas.manifest.assets if asset.id == _ASSET), None)
    if record is None:
        raise NotComputedError(
            Text("Este atlas no trae la equidad del acceso",
                 "This atlas does not hold equity of access"),
            remedy=Text("/atlas dice qué no se calculó y por qué",
                        "/atlas says what was not computed, and why"),
        )  # fmt: skip
    rows = pq.read_table(
        atlas.folder / record.file.path, filters=[("level", "=", level), ("cvegeo", "=", cvegeo)]
    ).to_pylist()
    if not rows:
        raise UnknownPlaceError(
            Text(f"No hay equidad medida en {level} {cvegeo}",
                 f"There is no equity measured in {level} {cvegeo}"),
            remedy=Text("Pida un municipio o entidad del atlas con acceso medido",
                        "Ask for a municipality or state of the atlas with access measured"),
        )  # fmt: skip
    content = {
        "version": atlas.name,
        "level": level,
        "cvegeo": cvegeo,
        "rows": [
            {key: value for key, value in row.items() if key not in ("level", "cvegeo")}
            for row in rows
        ],
        "columns": [
            column.model_dump(include={"name", "title", "description", "unit"})
            for column in record.columns
        ],
        "sources": list(record.sources),
        "licence": record.licence,
        "method": record.method,
    }
    return answer(request, content)
