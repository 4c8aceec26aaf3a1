"""Where the page's map opens: the same view as the page itself computes (``start-view.ts``)."""

import math
from dataclasses import dataclass

Bounds = tuple[float, float, float, float]

_TILE_PX = 512
_PADDING_PX = 24
_MOST_ZOOM, _LEAST_SMALL = 18.0, 3.0
# Beyond these many tiles of the place itself a first view opens farther out.
_MOST_TILES = 6
# What the page's map is at 1280 × 800, the view that is drawn ahead.
STAGE_PX = (944, 677)
# From which zoom on the page draws each level.
LADDER = {"entidades": 0.0, "municipios": 5.5, "agebs": 9.5, "manzanas": 13.5}


@dataclass(frozen=True, slots=True)
class StartView:
    """Middle of a map in Web Mercator, where the world is 1 wide, and its zoom."""

    x: float
    y: float
    zoom: float

    @property
    def world_px(self) -> float:
        """Pixels across the whole world."""
        return _TILE_PX * 2.0**self.zoom


def mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Return a point in Web Mercator: (0, 0) in the north-west, (1, 1) in the south-east."""
    angle = math.radians(latitude)
    return (longitude + 180) / 360, (1 - math.asinh(math.tan(angle)) / math.pi) / 2


def start_view(bounds: Bounds, width: float, height: float, least_zoom: float) -> StartView:
    """Return the view in which a page's map of a size opens.

    The box is held with 24 pixels around it; where that would ask for more than six tiles of the
    box, the map opens just below the next whole zoom that does not.

    Parameters
    ----------
    bounds
        West, south, east and north of what is to be seen, in degrees.
    width, height
        Size of the map in pixels.
    least_zoom
        Zoom the map goes out to.
    """
    west, north = mercator(bounds[0], bounds[3])
    east, south = mercator(bounds[2], bounds[1])
    room = (max(width - 2 * _PADDING_PX, 1.0), max(height - 2 * _PADDING_PX, 1.0))
    least = 2.0**-40  # a single point has no size
    scale = min(room[0] / max(east - west, least), room[1] / max(south - north, least))
    fitted = min(math.log2(scale / _TILE_PX), _MOST_ZOOM)
    zoom = fitted
    while fitted > _LEAST_SMALL and _tiles((west, north, east, south), zoom) > _MOST_TILES:
        farther = math.floor(zoom) - 0.01
        if farther <= _LEAST_SMALL:
            break
        zoom = farther
    return StartView((west + east) / 2, (north + south) / 2, max(zoom, least_zoom))


def _tiles(box: Bounds, zoom: float) -> int:
    west, north, east, south = box
    count = 2 ** math.floor(zoom)
    across = math.floor(east * count) - math.floor(west * count) + 1
    return across * (math.floor(south * count) - math.floor(north * count) + 1)
