"""Where the people of each demand cell live: the built outlines the sources draw, or a point.

The rule of each kind of cell, first that applies:

* ``manzana``: the block.
* ``resto_ageb``: the AGEB's drawn blocks that have no count of their own; its outline less its
  blocks; its blocks; its point.
* ``ageb``: the AGEB's drawn blocks; its outline; its point.
* ``localidad_rural``: the locality's outline; its point.
* ``resto_localidad``: the locality's outline less its AGEB; its point.
* ``resto_municipio``: nowhere: the source does not say where in the municipality they live.

Where only a point is known and more than ``POINT_PEOPLE_PER_HA`` people live, they are spread over
the disc that holds that many a hectare; fewer stand in the one square of the point.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from data.tables import GEOGRAPHIC_CRS, METRIC_CRS, Level
from geo.grid.lattice import CELL_M, Floats

# Less than this share of an outline left over by its parts is drawing error, not ground.
LEAST_FREE_SHARE = 0.01
# How densely a place known only by a point is taken to be built: our choice, that of a small town.
POINT_PEOPLE_PER_HA = 50.0
_HALF_PERSON = 0.5

Shapes = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Supports:
    """Ground of each demand cell.

    Parameters
    ----------
    shapes
        Polygon, point or None, in EPSG:6372, one a demand cell.
    cover
        Polygons outside of which nothing is said: within them a square without people is empty.
    """

    shapes: Shapes
    cover: Shapes


class _Outlines:
    """Polygons by code, and joined by the code of what holds them."""

    def __init__(self, outlines: gpd.GeoDataFrame | None) -> None:
        self.by_code = pd.Series([], index=pd.Index([], dtype="str"), dtype="object")
        if outlines is not None:
            metric = outlines.geometry.to_crs(METRIC_CRS).to_numpy()
            polygons = np.isin(shapely.get_type_id(metric), (3, 6))
            codes = pd.Index(outlines["cvegeo"].astype("str"))[polygons]
            self.by_code = pd.Series(metric[polygons], index=codes, dtype="object")

    def of(self, codes: pd.Index) -> Shapes:
        """Return the polygon of each code, None where there is none."""
        found = self.by_code.reindex(codes).to_numpy(dtype="object", copy=True)
        found[pd.isna(found)] = None
        return found

    def joined(self, length: int, codes: pd.Index, *, without: pd.Index | None = None) -> Shapes:
        """Return the polygons within each code as one, None where there is none."""
        own = self.by_code if without is None else self.by_code[~self.by_code.index.isin(without)]
        holder = own.index.str[:length]
        wanted = holder.isin(codes)
        parts = own[wanted].groupby(holder[wanted])
        whole = parts.agg(lambda shapes: shapely.union_all(shapes.to_numpy()))
        found = whole.reindex(codes).to_numpy(dtype="object", copy=True)
        found[pd.isna(found)] = None
        return found


def supports_of(
    cells: pd.DataFrame,
    boundaries: Mapping[Level, gpd.GeoDataFrame],
    municipal_population: Mapping[str, float],
) -> Supports:
    """Find the ground of every demand cell.

    Parameters
    ----------
    cells
        `geo.demand.CELL_COLUMNS` rows.
    boundaries
        Outlines by level, EPSG:4326.
    municipal_population
        Published population of each municipality, where it is. If all of it has a place, a square
        of the municipality without people is empty; if not, only the inside of AGEB, blocks and
        localities that are drawn can be said to be.
    """
    outlines = {
        level: _Outlines(boundaries.get(level))
        for level in (Level.BLOCK, Level.AGEB, Level.LOCALITY, Level.MUNICIPALITY)
    }
    shapes = np.full(len(cells), None, dtype="object")
    kinds = cells["kind"].to_numpy(dtype="object")
    blocks = pd.Index(cells.loc[kinds == "manzana", "block"])
    for kind, ladder in _LADDERS.items():
        rows = np.flatnonzero(kinds == kind)
        if len(rows):
            shapes[rows] = _first(ladder(cells.iloc[rows], outlines, blocks))
    free = pd.isna(shapes) & (cells["lon"].notna() & cells["lat"].notna()).to_numpy()
    points = gpd.GeoSeries(
        gpd.points_from_xy(cells["lon"][free], cells["lat"][free]), crs=GEOGRAPHIC_CRS
    )
    people = cells.loc[free, "population"].to_numpy(dtype="float64")
    shapes[free] = _spread(points.to_crs(METRIC_CRS).to_numpy(), people)
    return Supports(shapes, _cover(cells, shapes, outlines, municipal_population))


def _spread(points: Shapes, people: Floats) -> Shapes:
    """Return the disc that holds people at the density of a small town, or the point."""
    hectares = np.nan_to_num(people) / POINT_PEOPLE_PER_HA
    radius_m = CELL_M * np.sqrt(hectares / np.pi)
    ground: Shapes = np.where(hectares > 1, shapely.buffer(points, radius_m), points)
    return ground


def _first(choices: list[Shapes]) -> Shapes:
    chosen = choices[0].copy()
    for choice in choices[1:]:
        empty = pd.isna(chosen)
        chosen[empty] = choice[empty]
    return chosen


def _block(cells: pd.DataFrame, outlines: Mapping[Level, _Outlines], _: pd.Index) -> list[Shapes]:
    return [outlines[Level.BLOCK].of(pd.Index(cells["block"]))]


def _ageb(cells: pd.DataFrame, outlines: Mapping[Level, _Outlines], _: pd.Index) -> list[Shapes]:
    codes = pd.Index(cells["ageb"])
    blocks = outlines[Level.BLOCK].joined(Level.AGEB.code_length, codes)
    return [blocks, outlines[Level.AGEB].of(codes)]


def _rest_of_ageb(
    cells: pd.DataFrame, outlines: Mapping[Level, _Outlines], counted: pd.Index
) -> list[Shapes]:
    codes, length = pd.Index(cells["ageb"]), Level.AGEB.code_length
    blocks = outlines[Level.BLOCK].joined(length, codes)
    uncounted = outlines[Level.BLOCK].joined(length, codes, without=counted)
    around = outlines[Level.AGEB].of(codes)
    return [uncounted, _less(around, blocks), around, blocks]


def _locality(
    cells: pd.DataFrame, outlines: Mapping[Level, _Outlines], _: pd.Index
) -> list[Shapes]:
    return [outlines[Level.LOCALITY].of(pd.Index(cells["locality"]))]


def _rest_of_locality(
    cells: pd.DataFrame, outlines: Mapping[Level, _Outlines], _: pd.Index
) -> list[Shapes]:
    codes = pd.Index(cells["locality"])
    agebs = outlines[Level.AGEB].joined(Level.LOCALITY.code_length, codes)
    around = outlines[Level.LOCALITY].of(codes)
    return [_less(around, agebs), around]


_LADDERS = {
    "manzana": _block,
    "resto_ageb": _rest_of_ageb,
    "ageb": _ageb,
    "localidad_rural": _locality,
    "resto_localidad": _rest_of_locality,
}


def _less(whole: Shapes, parts: Shapes) -> Shapes:
    """Return what the parts leave of each whole, None where that is next to nothing."""
    both = ~pd.isna(whole) & ~pd.isna(parts)
    left = whole.copy()
    left[both] = shapely.difference(whole[both], parts[both])
    little = both.copy()
    little[both] = shapely.area(left[both]) < LEAST_FREE_SHARE * shapely.area(whole[both])
    left[little] = None
    return left


def _cover(
    cells: pd.DataFrame,
    shapes: Shapes,
    outlines: Mapping[Level, _Outlines],
    municipal_population: Mapping[str, float],
) -> Shapes:
    placed = cells["population"].where(~pd.isna(shapes), 0.0)
    people = placed.groupby(cells["municipality"]).sum()
    whole = [
        code
        for code, found in people.items()
        if abs(found - municipal_population.get(str(code), np.nan)) < _HALF_PERSON
    ]
    drawn = [outlines[Level.MUNICIPALITY].of(pd.Index(whole, dtype="str"))]
    for level, column in ((Level.LOCALITY, "locality"), (Level.AGEB, "ageb")):
        own = outlines[level].by_code
        drawn.append(own[own.index.isin(cells[column])].to_numpy("object"))
    # Counted blocks have values of their own; those the census does not list, nobody lives in.
    blocks = outlines[Level.BLOCK].by_code
    listed = blocks.index.str[: Level.AGEB.code_length].isin(cells["ageb"])
    drawn.append(blocks[listed & ~blocks.index.isin(cells["block"])].to_numpy("object"))
    flat = np.concatenate(drawn)
    cover: Shapes = flat[~pd.isna(flat)]
    return cover
