"""What the service needs to answer on foot: where cells and centres stand on the streets."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from data.tables import GEOGRAPHIC_CRS, Column
from data.texts import Text
from geo.demand import CELL_COLUMNS, GROUP_DEMAND, SERVICE_DEMAND
from geo.indicators import Indicator, Kind
from geo.network import CELLS, CENTRES_ON_FOOT, DM_PER_M, Attachment
from geo.pipeline.equity import ranked_cells
from geo.pipeline.work import Supply, Work
from geo.publish import write_asset_table
from geo.supply import ServiceSupply

_ON_FOOT = (
    Column(name="edge", dtype="int64", required=True, minimum=-1.0, description=Text(
        "Tramo de calle en que está: fila de network/edges.parquet; −1 si está lejos de toda calle",
        "Stretch of street it stands on: row of network/edges.parquet; −1 if far from any street")),
    Column(name="offset_m", dtype="float64", unit="m", minimum=0.0, description=Text(
        "Metros desde el principio del tramo", "Metres from the start of the stretch")),
    Column(name="access_m", dtype="float64", unit="m", minimum=0.0, description=Text(
        "Metros en línea recta hasta la calle", "Metres in a straight line to the street")),
)  # fmt: skip
_TITLES = {
    "edge": Text("Tramo", "Stretch"),
    "offset_m": Text("Avance en el tramo", "Way along the stretch"),
    "access_m": Text("Distancia a la calle", "Distance to the street"),
}
_WOMEN = ("women_12_plus", "women_active")
_PEOPLE = (
    "population",
    *dict.fromkeys([*GROUP_DEMAND.values(), *SERVICE_DEMAND.values()]),
    *_WOMEN,
)
_RANKING = Column(
    name="marginalisation_index", dtype="float64", unit="índice de 0 a 1", minimum=0.0, maximum=1.0,
    description=Text(
        "Índice de marginación de su AGEB o localidad: más alto, menos marginación",
        "Marginalisation index of its AGEB or locality: the higher, the less marginalised"),
)  # fmt: skip
_PLACE = (
    Column(name="facility_id", dtype="str", required=True, description=Text(
        "Identificador del centro", "Identifier of the centre")),
    Column(name="own", dtype="bool", required=True, description=Text(
        "Si está en los lugares del atlas; si no, es de un lugar vecino y solo se camina a él",
        "Whether it is in the atlas's places; if not, it is a neighbour's that people walk to")),
    Column(name="scheme", dtype="str", required=True, description=Text(
        "Esquema con que admite a las personas", "Scheme under which it admits people")),
    Column(name="lon", dtype="float64", unit="°", minimum=-180.0, maximum=180.0,
           description=Text("Longitud", "Longitude")),
    Column(name="lat", dtype="float64", unit="°", minimum=-90.0, maximum=90.0,
           description=Text("Latitud", "Latitude")),
)  # fmt: skip
_NOT_PEOPLE = ("lon", "lat", *(column.name for column in CELL_COLUMNS if column.dtype == "str"))
_CELL_SOURCES = ("census_areas", "census_localities", "census_municipalities", "blocks", "agebs")


def on_foot(work: Work) -> None:
    """Write the cells with their people, and where they and the centres stand on the network."""
    _write_cells(work)
    if work.standing is None or work.supply is None:
        return
    work.assets.append(
        write_asset_table(
            _centres(work.supply, work.standing.centres),
            asset_id=CENTRES_ON_FOOT,
            title=Text("Centros en la red peatonal", "Centres on the walking network"),
            description=Text(
                "Dónde está cada centro sobre las calles, los vecinos a los que se camina "
                "incluidos, y qué servicios ofrece con cuántos lugares",
                "Where each centre stands on the streets, neighbours' that people walk to "
                "included, and which services it offers with how many places",
            ),
            indicators=tuple(
                _described(column, ("denue", "streets"))
                for column in (*_PLACE, *_offer_columns(work.supply.services), *_ON_FOOT)
            ),
            version=work.staged,
            licences=work.inputs.licences,
            method="isocrona",
        )
    )


def _centres(supply: Supply, standing: Attachment) -> pd.DataFrame:
    centres, services = supply.centres, supply.services
    points = centres.geometry.to_crs(GEOGRAPHIC_CRS)
    columns: dict[str, object] = {
        "facility_id": centres["facility_id"],
        "own": supply.own.to_numpy(dtype=bool),
        "scheme": centres["scheme"],
        "lon": points.x,
        "lat": points.y,
    }
    for index, name in enumerate(services.services):
        columns[f"offers_{name}"] = services.offers[:, index]
        columns[f"places_{name}"] = services.central[:, index]
    return pd.DataFrame({**columns, **_columns(standing)}).sort_values("facility_id")


def _offer_columns(services: ServiceSupply) -> Iterator[Column]:
    for name, service in services.services.items():
        es, en = service.title
        offered = Text(f"Si ofrece {es}", f"Whether it offers {en}")
        places = Text(f"Lugares estimados: {es}", f"Estimated places: {en}")
        yield Column(name=f"offers_{name}", dtype="bool", required=True, description=offered)
        yield Column(
            name=f"places_{name}", dtype="float64", unit="lugares", minimum=0.0, description=places
        )


def _write_cells(work: Work) -> None:
    described = [c for c in CELL_COLUMNS if c.name in (*_NOT_PEOPLE, *_PEOPLE)]
    cells = work.demand.cells[[column.name for column in described]]
    ranking = ranked_cells(work)
    if ranking is not None:
        cells = cells.assign(**{_RANKING.name: ranking})
        described.append(_RANKING)
    if work.standing is not None:
        cells = cells.assign(**_columns(work.standing.cells))
        described.extend(_ON_FOOT)
    work.assets.append(
        write_asset_table(
            cells,
            asset_id=CELLS,
            title=Text("Celdas de demanda", "Demand cells"),
            description=Text(
                "Los puntos desde los que se camina, con su gente y, donde hay calles, su lugar en "
                "la red peatonal",
                "The points people walk from, with who lives there and, where there are streets, "
                "their place on the network",
            ),
            indicators=tuple(_described(column, _CELL_SOURCES) for column in described),
            version=work.staged,
            licences=work.inputs.licences,
            method="isocrona",
        )
    )


def _columns(attachment: Attachment) -> dict[str, object]:
    attached = attachment.attached
    return {
        "edge": attachment.edge.astype("int64"),
        "offset_m": np.where(attached, attachment.offset_dm / DM_PER_M, np.nan),
        "access_m": np.where(attached, attachment.access_dm / DM_PER_M, np.nan),
    }


def _described(column: Column, sources: tuple[str, ...]) -> Indicator:
    kind: Kind = "flag" if column.dtype == "bool" else "count"
    added = ("streets",) if column.name in _TITLES else ()
    if column is _RANKING:
        kind, added = "index", ("marginacion",)
    return Indicator(
        column=column,
        title=_TITLES.get(column.name, column.description),
        kind="identifier" if column.dtype == "str" or column.name == "edge" else kind,
        sources=(*sources, *added),
        method="demanda" if column.name in _PEOPLE else "isocrona",
    )
