"""Where everyone lives on the lattice: what every grid of a build is woven from."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from data.tables import Level
from geo.grid.hexagons import by_hexagon, hexagons_of
from geo.grid.spread import Shares, shares_of
from geo.grid.supports import Shapes, supports_of


@dataclass(frozen=True, slots=True)
class Settled:
    """Demand cells on the lattice.

    Parameters
    ----------
    cells
        The demand cells with their people and, where it was measured, their access.
    shares, hexagons
        What part of each falls in each square, and in each hexagon.
    cover
        Polygons of EPSG:6372 outside of which nothing is said.
    """

    cells: pd.DataFrame
    shares: Shares
    hexagons: Shares
    cover: Shapes


def settle(
    cells: pd.DataFrame,
    boundaries: Mapping[Level, gpd.GeoDataFrame],
    municipalities: pd.DataFrame | None,
) -> Settled:
    """Find the ground of demand cells and spread them over it.

    Parameters
    ----------
    cells
        `geo.demand.CELL_COLUMNS` rows, with access or without.
    boundaries
        Outlines by level, EPSG:4326.
    municipalities
        Demand of their municipalities, ``cvegeo``, ``population`` and ``population_status``: it
        says where all people have a place. None where that is not known.
    """
    supports = supports_of(cells, boundaries, _published(municipalities))
    shares = shares_of(supports.shapes)
    hexagons = by_hexagon(shares, hexagons_of(shares.key))
    return Settled(cells, shares, hexagons, supports.cover)


def _published(municipalities: pd.DataFrame | None) -> Mapping[str, float]:
    if municipalities is None:
        return {}
    told = municipalities[municipalities["population_status"] == "publicado"]
    return dict(zip(told["cvegeo"], told["population"], strict=True))
