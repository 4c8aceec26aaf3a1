"""A scenario's changes made to the centres and streets of an atlas, each checked against it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from data.classification import default_codebooks
from data.errors import ParameterError, UnknownPlaceError, Where
from data.tables import Level
from data.texts import Text
from geo.network import Attachment
from geo.scenarios.ground import Ground
from geo.scenarios.planning import Planning, Sites, to_metres
from geo.scenarios.scenario import (
    Close,
    Move,
    Open,
    PlacedChange,
    Readmit,
    Resize,
    Scenario,
    Walk,
)
from geo.walkability.costs import EdgeCosts

# A point may lie this far outside what the atlas covers: centres just across a border are used.
_MARGIN_DEGREES = 0.02
_DIRECT, _INDIRECT = "directo", "indirecto"
_SCHOOLS = frozenset({"preescolar", "primaria"})
_NEW = "nuevo-"


@dataclass(slots=True)
class _Draft:
    """Centres while changes are made to them; ``edits`` are those to the table, by column."""

    table: pd.DataFrame
    edits: dict[str, dict[int, object]]
    offers: np.ndarray
    places: dict[str, np.ndarray]
    standing: list[np.ndarray]


def apply_changes(
    planning: Planning, today: Ground, scenario: Scenario
) -> tuple[Sites, EdgeCosts | None]:
    """Return the centres and what streets cost once a scenario has come true.

    Raises
    ------
    ParameterError
        If a point lies outside the atlas or far from any street, a service or scheme is not in
        it, or an area holds no street.
    UnknownPlaceError
        If the atlas has no such centre.
    """
    sites = planning.sites
    opened = [placed for placed in scenario.changes if isinstance(placed.change, Open)]
    draft = _draft(sites, len(opened))
    for placed in scenario.changes:
        _change(planning, draft, placed)
    for at, placed in enumerate(opened):
        _open(planning, draft, len(sites.table) + at, placed)
    areas = [
        (placed, placed.change.factor)
        for placed in scenario.changes
        if isinstance(placed.change, Walk)
    ]
    costs = _faster(planning, today, areas) if areas else today.costs
    for column, values in draft.edits.items():
        edited = draft.table[column].to_numpy(dtype=object, copy=True)
        edited[list(values)] = list(values.values())
        draft.table[column] = edited
    edge, offset, access = draft.standing
    return Sites(draft.table, draft.offers, draft.places, Attachment(edge, offset, access)), costs


def _draft(sites: Sites, more: int) -> _Draft:
    added = pd.DataFrame(index=range(more), columns=sites.table.columns)
    table = sites.table.copy()
    if more:
        table = pd.concat([table.astype("object"), added], ignore_index=True)
    blank = np.full((more, sites.offers.shape[1]), np.nan)
    standing = sites.standing
    return _Draft(
        table=table,
        edits={},
        offers=np.vstack([sites.offers, np.zeros_like(blank, dtype=bool)]),
        places={name: np.vstack([values, blank]) for name, values in sites.places.items()},
        standing=[
            np.r_[standing.edge, np.full(more, -1, dtype=np.int32)],
            np.r_[standing.offset_dm, np.zeros(more, dtype=np.int32)],
            np.r_[standing.access_dm, np.full(more, -1, dtype=np.int32)],
        ],
    )


def _change(planning: Planning, draft: _Draft, placed: PlacedChange) -> None:
    change = placed.change
    if isinstance(change, Open | Walk):
        return
    row = planning.row_of.get(change.facility_id)
    if row is None:
        raise UnknownPlaceError(
            Text(f"El atlas no tiene el centro «{change.facility_id}»",
                 f"The atlas does not have centre “{change.facility_id}”"),
            where=Where(row=placed.row, column="facility_id"),
            remedy=Text("Use el facility_id de un centro de la capa centros",
                        "Use the facility_id of a centre of the layer centros"),
        )  # fmt: skip
    if isinstance(change, Close):
        draft.offers[row] = False
        for values in draft.places.values():
            values[row] = np.nan
    elif isinstance(change, Move):
        _stand(planning, draft, row, placed)
    elif isinstance(change, Resize):
        for values in draft.places.values():
            values[row, draft.offers[row]] = change.places
    elif isinstance(change, Readmit):
        scheme, entitlement = _scheme(change.scheme, placed.row)
        _edit(draft, row, {"scheme": scheme, "entitlement": entitlement})


def _open(planning: Planning, draft: _Draft, row: int, placed: PlacedChange) -> None:
    change = placed.change
    assert isinstance(change, Open)  # noqa: S101 — the caller chose them
    base = list(planning.services)
    for name in change.services:
        if name not in base:
            raise ParameterError(
                Text(f"El atlas no mide el servicio «{name[:40]}»",
                     f"The atlas does not measure the service “{name[:40]}”"),
                where=Where(row=placed.row, column="services"),
                remedy=Text(f"Mide: {', '.join(base)}", f"It measures: {', '.join(base)}"),
            )  # fmt: skip
        at = base.index(name)
        draft.offers[row, at] = True
        if change.places is not None:
            for values in draft.places.values():
                values[row, at] = change.places
    groups = {planning.services[name].group for name in change.services}
    scheme, entitlement = _scheme(change.scheme, placed.row)
    schools = _SCHOOLS.issuperset(change.services)
    about = {
        "facility_id": f"{_NEW}{placed.row}",
        "own": True,
        "scheme": scheme,
        "entitlement": entitlement,
        "sector": change.sector,
        "category": _INDIRECT if schools else _DIRECT,
        "name": change.name,
        **{f"serves_{group}": group in groups for group in ("infancia", "mayores", "discapacidad")},
    }
    _edit(draft, row, about)
    _stand(planning, draft, row, placed)


def _edit(draft: _Draft, row: int, values: Mapping[str, object]) -> None:
    for column, value in values.items():
        draft.edits.setdefault(column, {})[row] = value


def _scheme(scheme: str, row: int) -> tuple[str, str]:
    """Return a scheme and whether it asks for entitlement."""
    schemes = default_codebooks().schemes
    found = schemes.get(scheme)
    if found is None:
        raise ParameterError(
            Text(f"No hay un esquema «{scheme[:40]}»", f"There is no scheme “{scheme[:40]}”"),
            where=Where(row=row, column="scheme"),
            remedy=Text(f"Son: {', '.join(schemes)}", f"They are: {', '.join(schemes)}"),
        )
    return scheme, found.entitlement


def _stand(planning: Planning, draft: _Draft, row: int, placed: PlacedChange) -> None:
    """Put a centre where its feature says: on its street and in the codes of its place."""
    point = placed.shape
    assert isinstance(point, shapely.Point)  # noqa: S101 — the file's reader saw to it
    _refuse_outside(planning, point, placed.row)
    x, y = to_metres(np.array([point.x]), np.array([point.y]))
    access_m = planning.method.walking.max_access_m
    stands = planning.finder.attach(x, y, max_distance_m=access_m)
    if not stands.attached[0]:
        raise ParameterError(
            Text(f"No hay calles a menos de {access_m:g} m del punto del cambio {placed.row}",
                 f"There is no street within {access_m:g} m of the point of change {placed.row}"),
            where=Where(row=placed.row, column="geometry"),
            remedy=Text("Dé un punto cerca de una calle", "Give a point near a street"),
        )  # fmt: skip
    for values, found in zip(
        draft.standing, (stands.edge, stands.offset_dm, stands.access_dm), strict=True
    ):
        values[row] = found[0]
    ageb = planning.area_of(point.x, point.y)
    codes: dict[str, object] = {"lon": point.x, "lat": point.y, "ageb": ageb, "block": None}
    for column, level in (
        ("locality", Level.LOCALITY), ("municipality", Level.MUNICIPALITY), ("state", Level.STATE)
    ):  # fmt: skip
        codes[column] = None if ageb is None else ageb[: level.code_length]
    _edit(draft, row, codes)


def _refuse_outside(planning: Planning, point: shapely.Point, row: int) -> None:
    west, south, east, north = planning.bounds
    margin = _MARGIN_DEGREES
    if west - margin <= point.x <= east + margin and south - margin <= point.y <= north + margin:
        return
    raise ParameterError(
        Text(f"El punto {point.x:g}, {point.y:g} del cambio {row} está fuera del atlas",
             f"The point {point.x:g}, {point.y:g} of change {row} is outside the atlas"),
        where=Where(row=row, column="geometry"),
        remedy=Text(
            f"Dé longitud y latitud, en ese orden, entre {west:g} y {east:g} y entre {south:g} y "
            f"{north:g}",
            f"Give longitude and latitude, in that order, between {west:g} and {east:g} and "
            f"between {south:g} and {north:g}",
        ),
    )  # fmt: skip


def _faster(
    planning: Planning, today: Ground, areas: list[tuple[PlacedChange, float]]
) -> EdgeCosts:
    """Return what edges cost where those with their middle in an area are walked faster."""
    length = planning.network.edge_length_dm
    base = today.costs
    ways = [length.copy(), length.copy()]
    if base is not None:
        ways = [base.forward_dm.copy(), base.backward_dm.copy()]
    middle = shapely.line_interpolate_point(planning.network.edge_line, 0.5, normalized=True)
    for placed, factor in areas:
        inside = shapely.contains_properly(_in_metres(placed.shape), middle)
        if not inside.any():
            raise ParameterError(
                Text("Ninguna calle del atlas está dentro del área",
                     "No street of the atlas lies within the area"),
                where=Where(row=placed.row, column="geometry"),
                remedy=Text("Dibuje un área con calles", "Draw an area that holds streets"),
            )  # fmt: skip
        for way in ways:
            open_ = inside & (way > 0)
            way[open_] = np.maximum(1, np.rint(way[open_] / factor)).astype(way.dtype)
    return EdgeCosts(*ways)


def _in_metres(area: shapely.Geometry | None) -> shapely.Geometry:
    def turn(coordinates: np.ndarray) -> np.ndarray:
        return np.column_stack(to_metres(coordinates[:, 0], coordinates[:, 1]))

    turned = shapely.transform(area, turn)
    shapely.prepare(turned)
    return turned


def opened_ids(planning: Planning, sites: Sites) -> tuple[str, ...]:
    """Return the identifiers of centres that are new in a scenario: the last of its table."""
    return tuple(sites.table["facility_id"].iloc[len(planning.sites.table) :])
