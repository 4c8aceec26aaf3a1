"""Demand and access on the national lattice of 100 m: grids any tool can read."""

from geo.grid.hexagons import by_hexagon, hexagon_table, hexagons_of
from geo.grid.lattice import CELL_M, Frame
from geo.grid.raster import Band, Covered, measure_image, people_image, write_cog
from geo.grid.settled import Settled, settle
from geo.grid.spread import (
    Account,
    Shares,
    SparseGrid,
    account_of,
    join,
    mean_access,
    shares_of,
    sum_people,
)
from geo.grid.supports import Supports, supports_of

__all__ = [
    "CELL_M",
    "Account",
    "Band",
    "Covered",
    "Frame",
    "Settled",
    "Shares",
    "SparseGrid",
    "Supports",
    "account_of",
    "by_hexagon",
    "hexagon_table",
    "hexagons_of",
    "join",
    "mean_access",
    "measure_image",
    "people_image",
    "settle",
    "shares_of",
    "sum_people",
    "supports_of",
    "write_cog",
]
