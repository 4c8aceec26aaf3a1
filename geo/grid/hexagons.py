"""The same people on H3's hexagons, for those who work with them."""

from collections.abc import Mapping

import h3
import numpy as np
import pandas as pd
import pyproj

from data.tables import GEOGRAPHIC_CRS, METRIC_CRS
from geo.grid.lattice import Floats, Ints, centres_of
from geo.grid.spread import Shares

RESOLUTION = 9
_DECIMALS = 6


def hexagons_of(keys: Ints) -> Ints:
    """Return the H3 cell of resolution 9, as an integer, that holds each square's centre."""
    squares, at = np.unique(keys, return_inverse=True)
    to_degrees = pyproj.Transformer.from_crs(METRIC_CRS, GEOGRAPHIC_CRS, always_xy=True)
    longitudes, latitudes = to_degrees.transform(*centres_of(squares))
    found = [
        h3.str_to_int(h3.latlng_to_cell(latitude, longitude, RESOLUTION))
        for latitude, longitude in zip(latitudes.tolist(), longitudes.tolist(), strict=True)
    ]
    hexagon: Ints = np.asarray(found, dtype=np.int64)[at]
    return hexagon


def by_hexagon(shares: Shares, hexagon: Ints) -> Shares:
    """Return the same shares by hexagon: each square counts in the hexagon of its centre.

    Parameters
    ----------
    shares
        By square of the lattice.
    hexagon
        The hexagon of each of their rows.

    Returns
    -------
    Shares
        Whose keys are hexagons; sorted by demand cell, then hexagon.
    """
    order = np.lexsort((hexagon, shares.part))
    return Shares(shares.part[order], hexagon[order], shares.share[order], shares.count)


def hexagon_table(keys: Ints, columns: Mapping[str, Floats]) -> pd.DataFrame:
    """Return one row a hexagon: ``h3``, ``lon`` and ``lat`` of its centre, and the columns."""
    names = [h3.int_to_str(key) for key in keys.tolist()]
    centres = np.array([h3.cell_to_latlng(name) for name in names]).reshape(-1, 2)
    return pd.DataFrame(
        {
            "h3": pd.Series(names, dtype="str"),
            "lon": np.round(centres[:, 1], _DECIMALS),
            "lat": np.round(centres[:, 0], _DECIMALS),
            **columns,
        }
    )
