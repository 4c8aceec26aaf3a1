"""Cells: the points from which people start to walk, each with the people who live there.

A cell is a block; or the people of an AGEB outside its blocks; or an AGEB without blocks; or a
locality without AGEB; or the people of a locality or municipality outside the parts at hand. So
the cells of a municipality add up to it, and people whose place is not known are still counted:
their ``lon`` and ``lat`` are unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from data.tables import METRIC_CRS, Column, Level
from data.texts import Text
from geo.demand.counts import INDEX, Counts, position_of, stack
from geo.demand.sharing import Shared
from geo.demand.suppression import Floats
from geo.demand.variables import BOUNDED, BY_NAME, VARIABLES

KINDS = (
    "manzana", "resto_ageb", "ageb", "localidad_rural", "resto_localidad", "resto_municipio",
)  # fmt: skip
CELL_COLUMNS: tuple[Column, ...] = (
    Column(name="cell_id", dtype="str", required=True,
           description=Text("Clave de la celda", "Code of the cell")),
    Column(name="kind", dtype="str", required=True, values=KINDS,
           description=Text("De qué gente se trata", "Which people it stands for")),
    *(
        Column(name=name, dtype="str", description=Text(f"Clave de {es}", f"Code of the {en}"))
        for name, es, en in (
            ("state", "la entidad", "state"), ("municipality", "el municipio", "municipality"),
            ("locality", "la localidad", "locality"), ("ageb", "la AGEB", "AGEB"),
            ("block", "la manzana", "block"),
        )
    ),
    Column(name="lon", dtype="float64", unit="°", minimum=-180.0, maximum=180.0,
           description=Text("Longitud; sin valor si no se conoce el lugar",
                            "Longitude; no value where the place is not known")),
    Column(name="lat", dtype="float64", unit="°", minimum=-90.0, maximum=90.0,
           description=Text("Latitud; sin valor si no se conoce el lugar",
                            "Latitude; no value where the place is not known")),
    *(variable.columns()[0] for variable in VARIABLES),
    *(column for name in BOUNDED for column in BY_NAME[name].columns()[1:3]),
)  # fmt: skip
_PARTS = (
    ("state", Level.STATE), ("municipality", Level.MUNICIPALITY), ("locality", Level.LOCALITY),
    ("ageb", Level.AGEB), ("block", Level.BLOCK),
)  # fmt: skip
_REMAINDERS = (
    (Level.BLOCK, "resto_ageb"),
    (Level.AGEB, "resto_localidad"),
    (Level.LOCALITY, "resto_municipio"),
)


@dataclass(frozen=True, slots=True)
class Points:
    """Where places are: ``lon`` and ``lat`` by ``cvegeo``, for each level."""

    by_level: Mapping[Level, pd.DataFrame]

    def of(self, level: Level, places: pd.Index) -> Floats:
        """Return the points of places, shape (n, 2), NaN where not known."""
        found: Floats = self.by_level[level].reindex(places).to_numpy(dtype="float64")
        return found


def locate(boundaries: Mapping[Level, gpd.GeoDataFrame], localities: pd.DataFrame) -> Points:
    """Find a point inside each block, AGEB and locality.

    Parameters
    ----------
    boundaries
        Outlines by level (EPSG:4326).
    localities
        ``lon`` and ``lat`` of localities as the census gives them, which go before outlines.

    Returns
    -------
    Points
        Representative points: always inside their outline.
    """
    by_level = {
        level: _inside_points(boundaries.get(level))
        for level in (Level.BLOCK, Level.AGEB, Level.LOCALITY)
    }
    known = localities[localities["lon"].notna() & localities["lat"].notna()]
    outlined = by_level[Level.LOCALITY]
    by_level[Level.LOCALITY] = pd.concat([known, outlined.loc[~outlined.index.isin(known.index)]])
    return Points(by_level)


def _inside_points(outlines: gpd.GeoDataFrame | None) -> pd.DataFrame:
    if outlines is None:
        nowhere = pd.Index([], dtype="str")
        return pd.DataFrame({"lon": [], "lat": []}, index=nowhere, dtype="float64")
    drawn = outlines[outlines.geometry.notna()]
    inside = drawn.geometry.representative_point()
    return pd.DataFrame(
        {"lon": inside.x.to_numpy(), "lat": inside.y.to_numpy()}, index=pd.Index(drawn["cvegeo"])
    )


def make_cells(
    levels: Mapping[Level, Counts], shared: Mapping[Level, Shared], points: Points
) -> gpd.GeoDataFrame:
    """Put together the cells of every place that has parts.

    Parameters
    ----------
    levels
        Settled counts by level.
    shared
        What was shared into each level, for the remainders.
    points
        Where places are.

    Returns
    -------
    GeoDataFrame
        One row a cell (`CELL_COLUMNS`, then the point in EPSG:4326), sorted by ``cell_id``.
    """
    blocks, agebs, localities = (
        levels[level] for level in (Level.BLOCK, Level.AGEB, Level.LOCALITY)
    )
    unusable = _agebs_with_unknown_blocks(blocks)
    counted = _outside(blocks, unusable, Level.AGEB)
    with_blocks = frozenset(counted.places.str[:13])
    alone = agebs.take(np.flatnonzero(~agebs.places.isin(with_blocks)))
    with_agebs = frozenset(agebs.places.str[:9])
    rural = localities.take(np.flatnonzero(~localities.places.isin(with_agebs)))
    parts = [
        _cells(counted, "manzana", points.of(Level.BLOCK, counted.places)),
        _cells(alone, "ageb", points.of(Level.AGEB, alone.places)),
        _cells(rural, "localidad_rural", points.of(Level.LOCALITY, rural.places)),
    ]
    for level, kind in _REMAINDERS:
        rest = shared[level].remainder
        if level is Level.BLOCK:
            rest = _outside(rest, unusable, Level.AGEB)
            where = _block_centres(counted, points).reindex(rest.places).to_numpy(dtype="float64")
            drawn = points.of(Level.AGEB, rest.places)
            where = np.where(np.isnan(where), drawn, where)
        elif level is Level.AGEB:
            where = points.of(Level.LOCALITY, rest.places)
        else:
            where = np.full((len(rest), 2), np.nan)
        parts.append(_cells(rest, kind, where, suffix="-resto"))
    table = pd.concat(parts).sort_values("cell_id", ignore_index=True)
    return gpd.GeoDataFrame(
        table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326"
    )


def _agebs_with_unknown_blocks(blocks: Counts) -> frozenset[str]:
    """AGEB with a block whose population is unknown: the AGEB itself is their cell."""
    unknown = np.isnan(blocks.population)
    return frozenset(blocks.places[unknown].str[: Level.AGEB.code_length])


def _outside(counts: Counts, places: frozenset[str], level: Level) -> Counts:
    rows = ~counts.places.str[: level.code_length].isin(places)
    return counts.take(np.flatnonzero(rows))


def _block_centres(blocks: Counts, points: Points) -> pd.DataFrame:
    """Centre of each AGEB's blocks, weighted by population (plain where nobody lives)."""
    where = points.of(Level.BLOCK, blocks.places)
    known = ~np.isnan(where).any(axis=1)
    weight = blocks.population[known] + 1e-9
    ageb = blocks.places[known].str[: Level.AGEB.code_length]
    sums = (
        pd.DataFrame(
            {
                "lon": where[known, 0] * weight,
                "lat": where[known, 1] * weight,
                "weight": weight,
            },
            index=ageb,
        )
        .groupby(level=0)
        .sum()
    )
    return sums[["lon", "lat"]].div(sums["weight"], axis=0)


def _cells(counts: Counts, kind: str, where: Floats, *, suffix: str = "") -> pd.DataFrame:
    places = counts.places.to_series().reset_index(drop=True).astype("str")
    size = places.str.len()
    columns: dict[str, object] = {
        "cell_id": places + suffix,
        "kind": pd.Series(kind, index=places.index, dtype="str"),
    }
    for name, level in _PARTS:
        columns[name] = places.str[: level.code_length].where(size >= level.code_length)
    columns["lon"], columns["lat"] = where[:, 0], where[:, 1]
    for variable in VARIABLES:
        columns[variable.name] = counts.value[:, position_of(variable.codes)]
    for name in BOUNDED:
        low, high = counts.bounds(position_of(BY_NAME[name].codes))
        columns[f"{name}_low"], columns[f"{name}_high"] = low, high
    return pd.DataFrame(columns)


def spread_over_blocks(agebs: Counts, blocks: Counts, outlines: gpd.GeoDataFrame) -> Counts:
    """Give blocks without census counts their AGEB's people, in proportion to their area.

    Parameters
    ----------
    agebs
        Settled counts.
    blocks
        Blocks that have census rows: their AGEB are left as they are.
    outlines
        Outlines of blocks.

    Returns
    -------
    Counts
        The blocks given and those that were drawn, sorted. A drawn block holds between nobody
        and the upper bound of its AGEB.
    """
    code = outlines["cvegeo"].str[: Level.AGEB.code_length]
    counted = frozenset(blocks.places.str[: Level.AGEB.code_length])
    free = code.isin(set(agebs.places) - counted) & outlines.geometry.notna()
    drawn = outlines[free.to_numpy()].sort_values("cvegeo")
    area = drawn.geometry.to_crs(METRIC_CRS).area.to_numpy()
    row = agebs.places.get_indexer(drawn["cvegeo"].str[: Level.AGEB.code_length])
    share = area / np.bincount(row, area, len(agebs))[row] if len(row) else area
    nothing = np.zeros((len(drawn), len(INDEX)), dtype=bool)
    made = Counts(
        pd.Index(drawn["cvegeo"].astype("str"), name="cvegeo"),
        agebs.value[row] * share[:, None],
        np.zeros((len(drawn), len(INDEX))),
        agebs.high[row],
        nothing,
        nothing.copy(),
    )
    together = stack(blocks, made)
    return together.take(np.asarray(together.places.argsort()))
