"""Faults put into the demo files on purpose: those that INEGI's own files have.

What is planted is listed by `planted_dirt`, so that whoever reads the files can count whether
each fault was met, and nothing else was lost.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from shapely import LineString, Point, Polygon

from data.demo.census import HIDDEN, NOT_AVAILABLE
from data.demo.offers import CARE, NEVER_CARE
from data.demo.plan import STATE, Plan

DUPLICATED_IDS = 3
LISTED_TWICE = 8
WITHOUT_COORDINATES = 4
IN_ANOTHER_STATE = 1
IN_THE_SEA = 1
EXCHANGED = 1
CLEE_DISAGREES = 130
INVALID_BLOCKS = 1
ZERO_LENGTH_STREETS = 1
DUPLICATE_STREETS = 1
ISLAND_STREETS = 5
RURAL_WITHOUT_COORDINATES = 1
NOT_AVAILABLE_BLOCKS = 3

_SPELLINGS = (("Ñ", "N"), ("GUARDERIA", "GUARDERÍA"), ("JARDIN", "JARDÍN"), (".", ""))
_FAR = (("-92.10000000", "17.90000000"), ("-125.50000000", "15.10000000"))
_AFFILIATION = (
    "PSINDER", "PDER_SS", "PDER_IMSS", "PDER_ISTE", "PDER_ISTEE", "PAFIL_PDOM", "PDER_SEGP",
    "PDER_IMSSB", "PAFIL_IPRIV", "PAFIL_OTRAI",
)  # fmt: skip
_PAD = 14
_NEAR_M = 22.0
_ISLAND_STEP_M = 85.0


def planted_dirt() -> Mapping[str, int]:
    """Return how many faults of each kind the demo files hold.

    Kinds
    -----
    denue_duplicated_id
        Rows that repeat another row, ``id`` included.
    denue_listed_twice
        Care centres listed again under another ``id`` within 50 m, spelled a little differently.
    denue_without_coordinates
        Rows with empty ``latitud`` and ``longitud``.
    denue_in_another_state, denue_in_the_sea
        Rows whose point lies far from the place.
    denue_coordinates_exchanged
        Rows whose latitude stands in the column of the longitude, and the other way about.
    denue_clee_disagrees
        Rows whose CLEE names another municipality than the place columns, which are right.
    blocks_invalid
        Blocks whose polygon crosses itself.
    streets_zero_length, streets_duplicate
        Street lines without length, and repeated ones.
    streets_island
        Street lines of a hamlet no other street reaches: one component of its own.
    rural_without_coordinates
        Rural localities without coordinates in the census, and absent from the frame.
    census_not_available_blocks
        Blocks whose affiliation to health services is ``N/D`` throughout.

    Besides, not counted: latin-1 text, padded names, numeric keys without leading zeros, a byte
    order mark, padded numbers, and totals rows.
    """
    return {
        "denue_duplicated_id": DUPLICATED_IDS,
        "denue_listed_twice": LISTED_TWICE,
        "denue_without_coordinates": WITHOUT_COORDINATES,
        "denue_in_another_state": IN_ANOTHER_STATE,
        "denue_in_the_sea": IN_THE_SEA,
        "denue_coordinates_exchanged": EXCHANGED,
        "denue_clee_disagrees": CLEE_DISAGREES,
        "blocks_invalid": INVALID_BLOCKS,
        "streets_zero_length": ZERO_LENGTH_STREETS,
        "streets_duplicate": DUPLICATE_STREETS,
        "streets_island": ISLAND_STREETS,
        "rural_without_coordinates": RURAL_WITHOUT_COORDINATES,
        "census_not_available_blocks": NOT_AVAILABLE_BLOCKS,
    }


def soil_establishments(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return DENUE's rows with faults; coordinates are already text.

    No two faults fall on the same row, so that each can be counted by itself.
    """
    classes = {offer.scian for offer in CARE}.difference(NEVER_CARE)
    care = table["codigo_act"].isin(classes) & table["manzana"].ne("")
    pool = rng.permutation(np.flatnonzero(care.to_numpy()))
    sizes = [DUPLICATED_IDS, LISTED_TWICE, WITHOUT_COORDINATES, len(_FAR), EXCHANGED]
    repeated, twice, blank, far, turned, rest = np.split(pool, np.cumsum(sizes))
    table = table.copy()
    again = table.iloc[twice].copy()
    again["id"] = [str(9_990_001 + n) for n in range(len(again))]
    again["nom_estab"] = [_respelled(str(name)) for name in again["nom_estab"]]
    again["clee"] = again["clee"].str[:-1] + "X"
    for axis, degrees in (("latitud", _NEAR_M / 111_000), ("longitud", _NEAR_M / 104_000)):
        again[axis] = [f"{float(value) + degrees:.8f}" for value in again[axis]]
    place = table.columns.get_indexer(["longitud", "latitud"])
    table.iloc[blank, place] = ""
    table.iloc[far, place] = list(_FAR)
    table.iloc[turned, place] = table.iloc[turned, place[::-1]].to_numpy()
    wrong = rng.permutation(np.concatenate([rest, np.flatnonzero(~care.to_numpy())]))
    wrong = wrong[:CLEE_DISAGREES]
    clee = table["clee"].to_numpy(dtype=object)
    clee[wrong] = [_of_the_next_municipality(str(code)) for code in clee[wrong]]
    table["clee"] = clee
    table = pd.concat([table, again, table.iloc[repeated]], ignore_index=True)
    table["entidad"] = table["entidad"].str.ljust(_PAD + len(str(table["entidad"].iloc[0])))
    padded = np.arange(len(table)) % 9 == 0
    table.loc[padded, "nom_estab"] = " " + table.loc[padded, "nom_estab"] + "   "
    return table


def _of_the_next_municipality(clee: str) -> str:
    """Return a CLEE with the number of another municipality of the state."""
    return f"{STATE}{int(clee[2:5]) % 3 + 1:03d}{clee[5:]}"


def _respelled(name: str) -> str:
    for old, new in _SPELLINGS:
        if old in name:
            return name.replace(old, new)
    return name.title()


def soil_areas(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the census table of AGEB and blocks with padded names and cells not available."""
    table = table.copy()
    free = (table["MZA"] != "000") & (table["PDER_SS"] != HIDDEN) & (table["POBTOT"] != "0")
    chosen = rng.choice(np.flatnonzero(free.to_numpy()), NOT_AVAILABLE_BLOCKS, replace=False)
    table.iloc[chosen, table.columns.get_indexer(list(_AFFILIATION))] = NOT_AVAILABLE
    table["NOM_MUN"] = table["NOM_MUN"].str.ljust(_PAD + 20)
    return table


def soil_localities(table: pd.DataFrame, unplaced: str) -> pd.DataFrame:
    """Return the census table of localities with padded numbers and a locality without a place.

    Parameters
    ----------
    table
        ITER's rows.
    unplaced
        ``cvegeo`` of the locality that loses its coordinates.
    """
    table = table.copy()
    lost = table["MUN"].eq(unplaced[2:5]) & table["LOC"].eq(unplaced[5:9])
    table.loc[lost, ["LONGITUD", "LATITUD", "ALTITUD"]] = ""
    for name in ("POB_AFRO", "POB_AFRO_F", "POB_AFRO_M"):
        table[name] = table[name].str.rjust(9)
    return table


def soil_plan(plan: Plan) -> Plan:
    """Return a plan with a block that crosses itself and street lines that are at fault."""
    blocks = plan.blocks.copy()
    position = int(np.flatnonzero((blocks["zone"] == "popular") & (blocks["use"] == "habitada"))[7])
    blocks.loc[position, "geometry"] = bow_tie(blocks.loc[position, "geometry"])
    streets = plan.streets
    first = streets.iloc[len(streets) // 2]
    point = Point(first["geometry"].coords[0])
    village = plan.rural.iloc[0]
    extra = pd.DataFrame([
        {**first, "geometry": LineString([point, point])},
        dict(first),
        *({"cvegeo": village["cvegeo"], "kind": "Calle", "name": name, "one_way": False,
           "urban": False, "geometry": line} for name, line in _island(village["geometry"])),
    ])  # fmt: skip
    return replace(plan, blocks=blocks, streets=pd.concat([streets, extra], ignore_index=True))


def bow_tie(block: Polygon) -> Polygon:
    """Return the quadrilateral of a block with two corners exchanged, so that it crosses itself."""
    corners = shapely.get_coordinates(block.minimum_rotated_rectangle)[:4]
    return Polygon(np.round(corners[[0, 2, 1, 3]], 2))


def _island(centre: Point) -> list[tuple[str, LineString]]:
    step = _ISLAND_STEP_M
    x, y = centre.x, centre.y
    across = [
        LineString([(x - step, y + n * step), (x, y + n * step), (x + step, y + n * step)])
        for n in (-1, 0)
    ]
    along = [LineString([(x + n * step, y - step), (x + n * step, y)]) for n in (-1, 0, 1)]
    return list(zip(("Hidalgo", "Juárez", "Del Pozo", "Del Templo", "De la Escuela"),
                    [*across, *along], strict=True))  # fmt: skip
