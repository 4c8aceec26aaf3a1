"""A small city whose every count is known: two blocks of an AGEB, and a rural locality."""

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point, box

from data.tables import Level
from geo.demand import CENSUS_COLUMNS, Demand, DemandMethod, build_demand

MUNICIPALITY, LOCALITY, RURAL, AGEB = "01001", "010010001", "010010002", "0100100010011"
BLOCKS = (AGEB + "001", AGEB + "002")
# Counts by place: population, 0–2, 3–5, 6–11, 12–14, 15–64, 65+, 60+, disability, IMSS, none.
CODES = ("POBTOT", "P_0A2", "P_3A5", "P_6A11", "P_12A14", "POB15_64", "POB65_MAS", "P_60YMAS",
         "PCON_DISC", "PDER_IMSS", "PSINDER")  # fmt: skip
COUNTS = {
    BLOCKS[0]: (100, 5, 6, 9, 5, 65, 10, 14, 6, 40, 30),
    BLOCKS[1]: (60, 4, 3, 8, 3, 38, 4, 6, 3, 20, 20),
    RURAL: (40, 3, 3, 6, 2, 22, 4, 5, 3, 5, 25),
}


@dataclass(frozen=True)
class Census:
    table: pd.DataFrame
    confidential: pd.DataFrame = field(default_factory=pd.DataFrame)


def level_of(code: str) -> str:
    return next(level.value for level in Level if level.code_length == len(code))


def census(
    rows: dict[str, tuple[float, ...]], hidden: set[tuple[str, str]] = frozenset()
) -> Census:
    """Return a census table of places; counts named in ``hidden`` are ``*``."""
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(CODES)).astype("float64")
    table = table.reindex(columns=list(CENSUS_COLUMNS))
    table["TVIVHAB"] = 20.0
    mask = pd.DataFrame(False, index=table.index, columns=table.columns)
    for place, code in hidden:
        mask.loc[place, code] = True
    table = table.mask(mask)
    table.insert(0, "cvegeo", table.index)
    table.insert(1, "level", [level_of(code) for code in table.index])
    table.insert(2, "name", None)
    table["lon"], table["lat"] = -102.0, 21.0
    return Census(table.reset_index(drop=True), mask.reset_index(drop=True))


def whole() -> dict[str, tuple[float, ...]]:
    """Return every place of the city with its true counts, sums included."""
    add = lambda *codes: tuple(np.sum([COUNTS[code] for code in codes], axis=0))  # noqa: E731
    return {
        MUNICIPALITY: add(*COUNTS), LOCALITY: add(*BLOCKS), RURAL: COUNTS[RURAL],
        AGEB: add(*BLOCKS), **{block: COUNTS[block] for block in BLOCKS},
    }  # fmt: skip


def outlines() -> dict[Level, gpd.GeoDataFrame]:
    squares = [box(-102, 21, -101.99, 21.01), box(-101.99, 21, -101.98, 21.01)]
    blocks = gpd.GeoDataFrame(
        {"cvegeo": BLOCKS, "name": None, "kind": None}, geometry=squares, crs="EPSG:4326"
    )
    ageb = gpd.GeoDataFrame(
        {"cvegeo": [AGEB], "name": None, "kind": None}, geometry=[box(-102, 21, -101.98, 21.01)],
        crs="EPSG:4326",
    )  # fmt: skip
    rural = gpd.GeoDataFrame(
        {"cvegeo": [RURAL], "name": ["Rancho"], "kind": ["rural"]}, geometry=[Point(-102.1, 21.1)],
        crs="EPSG:4326",
    )  # fmt: skip
    return {Level.BLOCK: blocks, Level.AGEB: ageb, Level.LOCALITY: rural}


def demand(
    rows: dict[str, tuple[float, ...]] | None = None,
    hidden: set[tuple[str, str]] = frozenset(),
    method: DemandMethod | None = None,
) -> Demand:
    table = census(whole() if rows is None else rows, hidden)
    return build_demand(table, None, None, outlines(), method=method or DemandMethod())
