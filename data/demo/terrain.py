"""The lie of the land around the demo city: a plain that falls to the east, and hills in the west.

The city's western edge, where the poorest neighbourhoods are, climbs the foot of the hills.
"""

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.io import MemoryFile
from scipy.special import expit

from data.demo.plan import ORIGIN_M
from data.tables import METRIC_CRS

Floats = NDArray[np.float64]

_CELL_M = 30.0
# Corners of the model in the local frame: the whole state.
_WEST, _EAST, _SOUTH, _NORTH = -9_600.0, 16_200.0, -13_200.0, 11_100.0
_PLAIN_M = 1_905.0
_FALL = 1 / 130.0  # of the plain, to the east
_FOOT_X = -1_780.0
_HILL_M = 260.0
_HILL_WIDTH_M = 900.0
_WAVES = ((61.0, 410.0, 9.0), (173.0, 530.0, 6.0), (97.0, 230.0, 3.0))  # phase, length, height
_NO_DATA = -32_768.0
# A corner without data, as models have where the survey ended.
_UNKNOWN_X, _UNKNOWN_Y = 14_500.0, 9_900.0


def heights(x: Floats, y: Floats) -> Floats:
    """Return metres above the sea at points of the local frame."""
    up = expit((_FOOT_X - _HILL_WIDTH_M - x) / (_HILL_WIDTH_M / 4))
    ridge = 0.75 + 0.25 * np.sin(y / 700.0)
    rough = sum(
        height * np.sin(x / length + phase) * np.cos(y / length - phase)
        for phase, length, height in _WAVES
    )
    return _PLAIN_M - (x - _WEST) * _FALL + up * (_HILL_M * ridge + rough)


def terrain_bytes() -> bytes:
    """Return the elevation model as a GeoTIFF, the same bytes every time."""
    x = np.arange(_WEST + _CELL_M / 2, _EAST, _CELL_M)
    y = np.arange(_NORTH - _CELL_M / 2, _SOUTH, -_CELL_M)
    east, north = np.meshgrid(x, y)
    values = np.round(heights(east, north), 1)
    values[(east > _UNKNOWN_X) & (north > _UNKNOWN_Y)] = _NO_DATA
    west, north_m = _WEST + ORIGIN_M[0], _NORTH + ORIGIN_M[1]
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=len(x), height=len(y), count=1, dtype="float32",
            crs=rasterio.crs.CRS.from_user_input(METRIC_CRS), nodata=_NO_DATA,
            transform=Affine(_CELL_M, 0.0, west, 0.0, -_CELL_M, north_m),
            compress="deflate", predictor=3, tiled=True,
        ) as model:  # fmt: skip
            model.write(values.astype("float32"), 1)
        return bytes(memory.read())
