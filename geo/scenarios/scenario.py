"""The file of a scenario: a GeoJSON FeatureCollection of changes, each a Feature with parameters.

The collection's member ``scenario`` holds ``title`` and ``profile``. Each feature's ``change`` says
what it is:

=========== ================ ==================================================================
``change``  geometry         other properties
=========== ================ ==================================================================
``abrir``   Point            ``services``, ``places``, ``scheme``, ``sector``, ``name``
``cerrar``  –                ``facility_id``
``mover``   Point            ``facility_id``
``lugares`` –                ``facility_id``, ``places``
``esquema`` –                ``facility_id``, ``scheme``
``caminar`` (Multi)Polygon   ``factor``: how many times as fast its streets are walked
=========== ================ ==================================================================

A change without geometry carries ``null``, as RFC 7946 writes it; a geometry it does not need (that
of a closed centre, say) is let be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import shapely
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from data.errors import LimitError, ParameterError, Where
from data.numbers import Number
from data.texts import Text

MOST_CHANGES = 500
MOST_PLACES = 5_000.0
_MOST_VERTICES = 20_000
_FactorRange = (0.25, 4.0)
_Identifier = Annotated[str, Field(min_length=1, max_length=80)]
_Places = Annotated[Number, Field(gt=0, le=MOST_PLACES, allow_inf_nan=False)]


class _Properties(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Open(_Properties):
    """A new centre. Without ``places`` they are unknown, as those of schools are."""

    change: Literal["abrir"]
    services: Annotated[tuple[_Identifier, ...], Field(min_length=1, max_length=10)]
    places: _Places | None = None
    scheme: _Identifier = "abierto"
    sector: Literal["publica", "privada", "sociedad_civil"] = "publica"
    name: Annotated[str, Field(max_length=120)] | None = None


class Close(_Properties):
    """A centre that closes."""

    change: Literal["cerrar"]
    facility_id: _Identifier


class Move(_Properties):
    """A centre that moves to the feature's point."""

    change: Literal["mover"]
    facility_id: _Identifier


class Resize(_Properties):
    """A centre that has other places; its low and high estimates become the same."""

    change: Literal["lugares"]
    facility_id: _Identifier
    places: _Places


class Readmit(_Properties):
    """A centre that admits people under another scheme."""

    change: Literal["esquema"]
    facility_id: _Identifier
    scheme: _Identifier


class Walk(_Properties):
    """Streets of an area that are walked ``factor`` times as fast."""

    change: Literal["caminar"]
    factor: Annotated[Number, Field(ge=_FactorRange[0], le=_FactorRange[1], allow_inf_nan=False)]
    name: Annotated[str, Field(max_length=120)] | None = None


Change = Open | Close | Move | Resize | Readmit | Walk
_CHANGE: TypeAdapter[Change] = TypeAdapter(Annotated[Change, Field(discriminator="change")])
_REMEDIES: Mapping[str, Text] = {
    "change": Text("Debe ser abrir, cerrar, mover, lugares, esquema o caminar",
                   "It must be abrir, cerrar, mover, lugares, esquema or caminar"),
    "services": Text('Dé una lista con los servicios que ofrece, como ["guarderia"]',
                     'Give a list of the services it offers, as ["guarderia"]'),
    "places": Text(f"Dé un número de lugares mayor que 0 y hasta {MOST_PLACES:,.0f}",
                   f"Give a number of places above 0 and up to {MOST_PLACES:,.0f}"),
    "scheme": Text("Dé el identificador de un esquema, como abierto o imss",
                   "Give the identifier of a scheme, as abierto or imss"),
    "sector": Text("Debe ser publica, privada o sociedad_civil",
                   "It must be publica, privada or sociedad_civil"),
    "facility_id": Text("Dé el identificador de un centro del atlas",
                        "Give the identifier of a centre of the atlas"),
    "factor": Text("Dé de 0.25 a 4: 1.2 es caminar un 20 % más rápido",
                   "Give 0.25 to 4: 1.2 is walking 20 % faster"),
    "name": Text("Dé un texto de hasta 120 caracteres", "Give a text of up to 120 characters"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlacedChange:
    """A change and where it takes place.

    Parameters
    ----------
    change
        What changes.
    shape
        Point or area in EPSG:4326; None where the change needs none.
    row
        Number of its feature in the file, from 1.
    """

    change: Change
    shape: shapely.Geometry | None
    row: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """What would change.

    Parameters
    ----------
    title
        What it is called.
    profile
        Who walks: ``general`` or a walking profile of the atlas.
    changes
        The changes, at most one of a kind for each centre.
    """

    title: str
    profile: str
    changes: tuple[PlacedChange, ...]


def read_scenario(document: object) -> Scenario:
    """Return the scenario a parsed GeoJSON document holds.

    Raises
    ------
    ParameterError
        If it is not a FeatureCollection of changes; says which feature and what would be right.
    LimitError
        If it has too many changes or vertices.
    """
    if not isinstance(document, Mapping) or document.get("type") != "FeatureCollection":
        raise _refused("type", Text("Dé un FeatureCollection de GeoJSON",
                                    "Give a GeoJSON FeatureCollection"))  # fmt: skip
    features = document.get("features")
    if not isinstance(features, Sequence) or isinstance(features, str):
        raise _refused("features", Text("Dé la lista «features»", "Give the list “features”"))
    if len(features) > MOST_CHANGES:
        raise LimitError(
            Text(f"El escenario tiene {len(features):,} cambios",
                 f"The scenario has {len(features):,} changes"),
            where=Where(column="features"),
            remedy=Text(f"Se aceptan hasta {MOST_CHANGES}", f"Up to {MOST_CHANGES} are accepted"),
        )  # fmt: skip
    about = document.get("scenario", {})
    if not isinstance(about, Mapping):
        raise _refused("scenario", Text("Dé un objeto con title y profile",
                                        "Give an object with title and profile"))  # fmt: skip
    changes = tuple(_placed(row, feature) for row, feature in enumerate(features, start=1))
    _refuse_twice(changes)
    return Scenario(
        title=_text(about, "title", ""), profile=_text(about, "profile", "general"), changes=changes
    )


def _text(about: Mapping[str, Any], name: str, default: str) -> str:
    value = about.get(name, default)
    if not isinstance(value, str) or len(value) > 200:  # noqa: PLR2004 — a title's length
        raise _refused(f"scenario.{name}", Text("Dé un texto de hasta 200 caracteres",
                                                "Give a text of up to 200 characters"))  # fmt: skip
    return value


def _placed(row: int, feature: object) -> PlacedChange:
    if not isinstance(feature, Mapping) or not isinstance(feature.get("properties"), Mapping):
        raise _refused("properties", Text("Dé un Feature con «properties»",
                                          "Give a Feature with “properties”"), row)  # fmt: skip
    properties = {k: v for k, v in feature["properties"].items() if v is not None}
    try:
        change = _CHANGE.validate_python(properties)
    except ValidationError as error:
        raise _unfit(row, error) from error
    return PlacedChange(change, _shape(row, change, feature.get("geometry")), row)


def _unfit(row: int, error: ValidationError) -> ParameterError:
    first = error.errors(include_url=False)[0]
    names = [str(part) for part in first["loc"] if isinstance(part, str)]
    column = next((name for name in reversed(names) if name in _REMEDIES), names[-1:] or "change")
    name = column if isinstance(column, str) else column[0]
    remedy = _REMEDIES.get(name)
    if first["type"] == "extra_forbidden" or remedy is None:
        remedy = Text(f"Quite «{name[:40]}»: ese cambio no lo lleva",
                      f"Leave out “{name[:40]}”: that change does not take it")  # fmt: skip
    if first["type"].startswith("union_tag"):
        name, remedy = "change", _REMEDIES["change"]
    return _refused(name[:40], remedy, row)


def _shape(row: int, change: Change, geometry: object) -> shapely.Geometry | None:
    wanted = {Open: ("Point",), Move: ("Point",), Walk: ("Polygon", "MultiPolygon")}.get(
        type(change)
    )
    if wanted is None:
        return None
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    remedy = Text(f"Dé una geometría {' o '.join(wanted)} en grados (longitud, latitud)",
                  f"Give a {' or '.join(wanted)} in degrees (longitude, latitude)")  # fmt: skip
    if kind not in wanted or not isinstance(geometry, Mapping):
        raise _refused("geometry", remedy, row)
    coordinates = geometry.get("coordinates")
    if _count(coordinates) > 2 * _MOST_VERTICES:
        raise LimitError(
            Text("Un área tiene demasiados vértices", "An area has too many vertices"),
            where=Where(row=row, column="geometry"),
            remedy=Text(
                f"Simplifíquela a {_MOST_VERTICES:,}", f"Simplify it to {_MOST_VERTICES:,}"
            ),
        )  # fmt: skip
    try:
        shape = shapely.geometry.shape({"type": kind, "coordinates": coordinates})
    except (ValueError, TypeError, IndexError, AttributeError, shapely.GEOSException) as error:
        raise _refused("geometry", remedy, row) from error
    west, south, east, north = shape.bounds if not shape.is_empty else (999.0,) * 4
    in_degrees = -180 <= west <= east <= 180 and -90 <= south <= north <= 90  # noqa: PLR2004
    if not in_degrees or not shape.is_valid:
        raise _refused("geometry", remedy, row)
    return shape


def _count(coordinates: object) -> int:
    """Return how many numbers a nest of lists holds, as far as nests of an area go."""
    waiting, count = [(coordinates, 0)], 0
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, list) and depth < 5:  # noqa: PLR2004 — MultiPolygon: four, and one more
            waiting.extend((child, depth + 1) for child in node)
        else:
            count += 1
    return count


def _refuse_twice(changes: tuple[PlacedChange, ...]) -> None:
    seen: set[tuple[str, str]] = set()
    closed = {c.change.facility_id for c in changes if isinstance(c.change, Close)}
    for placed in changes:
        facility = getattr(placed.change, "facility_id", None)
        if facility is None:
            continue
        key = (placed.change.change, facility)
        clash = facility in closed and not isinstance(placed.change, Close)
        if key in seen or clash:
            raise _refused(
                "facility_id",
                Text(f"El centro «{facility}» ya cambia así o se cierra: deje un solo cambio",
                     f"Centre “{facility}” changes so already, or closes: leave one change"),
                placed.row,
            )  # fmt: skip
        seen.add(key)


def _refused(column: str, remedy: Text, row: int | None = None) -> ParameterError:
    where = Where(row=row, column=column)
    said = Text("El escenario no es válido", "The scenario is not valid")
    if row is not None:
        said = Text(f"El cambio {row} del escenario no es válido",
                    f"Change {row} of the scenario is not valid")  # fmt: skip
    return ParameterError(said, where=where, remedy=remedy)
