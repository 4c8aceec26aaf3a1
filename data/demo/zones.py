"""Kinds of neighbourhood of the demo city: how their streets run and who lives there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Pattern = Literal["rejilla", "curva", "cerrada", "organica", "ninguna"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A kind of neighbourhood.

    Parameters
    ----------
    pattern
        How its local streets run.
    step
        Distance between parallel streets, metres, in both directions.
    half_width
        Half the width of a local street, metres.
    density
        Dwellings per hectare of block.
    size
        People per dwelling.
    youth
        Age of the neighbourhood: 0 old, 1 young.
    means
        Socio-economic position, 0 to 1.
    sidewalk
        Share of streets with pavement and sidewalks, 0 to 1.
    insured
        Share of people with social security, of which most IMSS.
    empty
        Share of blocks without people (workshops, schools, lots).
    """

    pattern: Pattern
    step: tuple[float, float]
    half_width: float
    density: float
    size: float
    youth: float
    means: float
    sidewalk: float
    insured: float
    empty: float


ZONES: Mapping[str, Zone] = {
    "centro": Zone(
        pattern="rejilla", step=(92, 88), half_width=5.5, density=27, size=2.7, youth=0.05,
        means=0.62, sidewalk=0.97, insured=0.62, empty=0.10,
    ),
    "tradicional": Zone(
        pattern="rejilla", step=(98, 80), half_width=5.5, density=30, size=3.4, youth=0.22,
        means=0.52, sidewalk=0.90, insured=0.60, empty=0.05,
    ),
    "popular": Zone(
        pattern="rejilla", step=(112, 64), half_width=5.5, density=30, size=3.9, youth=0.55,
        means=0.38, sidewalk=0.72, insured=0.50, empty=0.05,
    ),
    "fraccionamiento": Zone(
        pattern="curva", step=(138, 84), half_width=5.5, density=31.5, size=3.5, youth=0.62,
        means=0.66, sidewalk=0.94, insured=0.80, empty=0.05,
    ),
    "privado": Zone(
        pattern="cerrada", step=(130, 96), half_width=5.0, density=17, size=3.2, youth=0.45,
        means=0.95, sidewalk=0.99, insured=0.70, empty=0.06,
    ),
    "periferia": Zone(
        pattern="organica", step=(68, 68), half_width=4.0, density=29, size=4.4, youth=0.92,
        means=0.14, sidewalk=0.16, insured=0.20, empty=0.04,
    ),
    "industrial": Zone(
        pattern="rejilla", step=(230, 190), half_width=8.0, density=0.5, size=3.0, youth=0.5,
        means=0.45, sidewalk=0.55, insured=0.75, empty=0.55,
    ),
    "parque": Zone(
        pattern="ninguna", step=(500, 500), half_width=6.0, density=0.0, size=3.0, youth=0.5,
        means=0.5, sidewalk=0.9, insured=0.5, empty=1.0,
    ),
    "pueblo": Zone(
        pattern="rejilla", step=(105, 92), half_width=5.0, density=16, size=3.8, youth=0.5,
        means=0.27, sidewalk=0.45, insured=0.33, empty=0.10,
    ),
}  # fmt: skip
RURAL = Zone(
    pattern="ninguna", step=(100, 100), half_width=4.0, density=4, size=4.2, youth=0.5,
    means=0.18, sidewalk=0.05, insured=0.18, empty=0.0,
)  # fmt: skip

_CENTRE_M = 640.0
_BARRIOS_M = 1330.0
_RAIL_Y = 1590.0
_RIVER_X = 1250.0
_WORKS_X = -700.0
_SLOPE_X = -1780.0
_FLAT_Y = -900.0
_FAR_EAST_X = 2050.0
_EAST_ROAD_Y = 100.0


def zone_of(x: float, y: float) -> str:
    """Return the kind of the colonia whose centroid is at a point of the local frame, metres."""
    distance = float((x * x + y * y) ** 0.5)
    if distance < _CENTRE_M:
        return "centro"
    if x > _RIVER_X:
        return _beyond_the_river(x, y)
    if y > _RAIL_Y:
        return "industrial" if x > _WORKS_X else "popular"
    if x < _SLOPE_X:
        return "periferia" if y > _FLAT_Y else "popular"
    if distance < _BARRIOS_M:
        return "tradicional"
    return "fraccionamiento" if y < 0 else "popular"


def _beyond_the_river(x: float, y: float) -> str:
    if y < _FLAT_Y:
        return "fraccionamiento"
    return "periferia" if x > _FAR_EAST_X and y > _EAST_ROAD_Y else "popular"
