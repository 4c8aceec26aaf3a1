"""What the service needs to answer on foot: where cells and centres stand on the streets."""

import numpy as np
import pandas as pd

from data.tables import Column
from data.texts import Text
from geo.demand import CELL_COLUMNS, GROUP_DEMAND, SERVICE_DEMAND
from geo.indicators import Indicator
from geo.network import CELLS, CENTRES_ON_FOOT, DM_PER_M, Attachment
from geo.pipeline.work import Work
from geo.publish import write_asset_table

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
_PEOPLE = ("population", *dict.fromkeys([*GROUP_DEMAND.values(), *SERVICE_DEMAND.values()]))
_NOT_PEOPLE = ("lon", "lat", *(column.name for column in CELL_COLUMNS if column.dtype == "str"))
_CELL_SOURCES = ("census_areas", "census_localities", "census_municipalities", "blocks", "agebs")


def on_foot(work: Work) -> None:
    """Write the cells with their people, and where they and the centres stand on the network."""
    _write_cells(work)
    if work.standing is None or work.supply is None:
        return
    own = work.supply.own.to_numpy()
    identifier = Column(
        name="facility_id", dtype="str", required=True,
        description=Text("Identificador del centro", "Identifier of the centre"),
    )  # fmt: skip
    places = pd.DataFrame(_columns(work.standing.centres))[own]
    places.insert(0, "facility_id", work.supply.centres.loc[own, "facility_id"])
    work.assets.append(
        write_asset_table(
            places.sort_values("facility_id"),
            asset_id=CENTRES_ON_FOOT,
            title=Text("Centros en la red peatonal", "Centres on the walking network"),
            description=Text(
                "Dónde está cada centro sobre las calles", "Where each centre stands on the streets"
            ),
            indicators=tuple(
                _described(column, ("denue", "streets")) for column in (identifier, *_ON_FOOT)
            ),
            version=work.staged,
            licences=work.inputs.licences,
            method="isocrona",
        )
    )


def _write_cells(work: Work) -> None:
    described = [c for c in CELL_COLUMNS if c.name in (*_NOT_PEOPLE, *_PEOPLE)]
    cells = work.demand.cells[[column.name for column in described]]
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
    return Indicator(
        column=column,
        title=_TITLES.get(column.name, column.description),
        kind="identifier" if column.dtype == "str" or column.name == "edge" else "count",
        sources=(*sources, "streets") if column.name in _TITLES else sources,
        method="demanda" if column.name in _PEOPLE else "isocrona",
    )
