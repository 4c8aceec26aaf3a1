"""Rasters of an atlas as pictures and values: only files its manifest lists are ever opened.

A file is opened anew for every request: GDAL's handles are not shared between threads, and opening
a local cloud-optimised GeoTIFF costs less than making a picture of it.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from api.store import AtlasVersion
from data.errors import ArtifactError, NotComputedError, ParameterError, Where
from data.texts import Text
from geo.artifacts import AssetRecord

# GDAL and what draws its rasters are imported by the first request for one, not by a start.
if TYPE_CHECKING:
    from rio_tiler.io import Reader

# Sequential maps that stay in order for every kind of colour blindness and in grey.
ColourMap = Literal[
    "viridis", "cividis", "magma", "inferno", "plasma", "ylgnbu", "ylorbr", "bupu", "blues",
    "oranges", "purples", "greys", "viridis_r", "cividis_r", "magma_r", "inferno_r", "plasma_r",
    "ylgnbu_r", "ylorbr_r", "bupu_r", "blues_r", "oranges_r", "purples_r", "greys_r",
]  # fmt: skip
COLOUR_MAPS: tuple[str, ...] = get_args(ColourMap)
MAX_ZOOM = 16
_STEPS = 5
_LEGEND_WIDTH, _LEGEND_HEIGHT = 256, 16
_GDAL = {
    "GDAL_CACHEMAX": 64, "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_NUM_THREADS": "1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawing:
    """How one band of a raster becomes a picture.

    Parameters
    ----------
    band
        Number of the band, from 1.
    unit
        Its unit.
    low, high
        Values of the first and last colour; those beyond get the same ones.
    colours
        Name of the colour map.
    """

    band: int
    unit: str
    low: float
    high: float
    colours: str


def rasters_of(atlas: AtlasVersion) -> list[AssetRecord]:
    """Return the rasters of an atlas, in the order of their identifiers."""
    return [asset for asset in atlas.manifest.assets if asset.kind == "raster"]


def raster_of(atlas: AtlasVersion, raster: str) -> AssetRecord:
    """Return a raster's record; raises ``NotComputedError`` naming those that exist."""
    asset = atlas.manifest.asset(raster)
    if asset is None or asset.kind != "raster":
        names = ", ".join(item.id for item in rasters_of(atlas)) or "–"
        raise NotComputedError(
            Text(f"El atlas no tiene la rejilla «{raster[:60]}»",
                 f"The atlas has no grid “{raster[:60]}”"),
            remedy=Text(f"Tiene: {names}", f"It has: {names}"),
        )  # fmt: skip
    return asset


def drawing_of(
    asset: AssetRecord, band: str | None, rescale: str | None, colours: str | None
) -> Drawing:
    """Return how to draw a raster: what was asked for, else what its record proposes.

    Raises
    ------
    ParameterError
        If there is no such band, or the range is not two rising numbers.
    """
    bands: list[dict[str, Any]] = asset.properties["bands"]
    names = [item["name"] for item in bands]
    if band is not None and band not in names:
        raise ParameterError(
            Text(f"{asset.id} no tiene la banda «{band[:60]}»",
                 f"{asset.id} has no band “{band[:60]}”"),
            where=Where(column="band"),
            remedy=Text(f"Tiene: {', '.join(names)}", f"It has: {', '.join(names)}"),
        )  # fmt: skip
    at = 0 if band is None else names.index(band)
    low, high = bands[at]["rescale"] if rescale is None else _range(rescale)
    chosen = asset.properties["colormap"] if colours is None else colours
    return Drawing(at + 1, bands[at]["unit"], low, high, chosen)


def _range(text: str) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and 0 < high - low < math.inf):
        raise ParameterError(
            Text(f"rescale no válido: «{text[:40]}»", f"Invalid rescale: “{text[:40]}”"),
            where=Where(column="rescale"),
            remedy=Text("Dé mínimo,máximo, como 0,50", "Give minimum,maximum, such as 0,50"),
        )
    return low, high


@contextmanager
def _opened(atlas: AtlasVersion, asset: AssetRecord) -> Iterator["Reader"]:
    import rasterio
    from rio_tiler.io import Reader

    path = atlas.folder / asset.file.path
    with rasterio.Env(**_GDAL):
        try:
            with Reader(str(path)) as reader:
                yield reader
        except rasterio.errors.RasterioIOError as error:
            raise ArtifactError(
                Text("La rejilla no se puede leer", "The grid cannot be read"),
                where=Where(file=path),
                remedy=Text("Vuelva a construir el atlas", "Build the atlas again"),
            ) from error


def tile_picture(
    atlas: AtlasVersion,
    asset: AssetRecord,
    at: tuple[int, int, int],
    drawing: Drawing,
    *,
    side: int,
    form: Literal["PNG", "WEBP"],
) -> bytes | None:
    """Return a tile as a picture, transparent where nothing is known, or None if all of it is.

    Parameters
    ----------
    atlas, asset
        The raster.
    at
        Zoom, column and row of the tile (web Mercator).
    drawing
        Band, range and colours.
    side
        Pixels.
    form
        Format; WebP is lossless, so both show the same.
    """
    from rio_tiler.colormap import cmap
    from rio_tiler.errors import TileOutsideBounds
    from rio_tiler.models import ImageData

    z, x, y = at
    with _opened(atlas, asset) as reader:
        try:
            image = reader.tile(x, y, z, tilesize=side, indexes=drawing.band)
        except TileOutsideBounds:
            return None
    unknown = np.ma.getmaskarray(image.array)
    if unknown.all():
        return None
    share = (image.array.filled(drawing.low) - drawing.low) / (drawing.high - drawing.low)
    colours = np.rint(np.clip(share, 0.0, 1.0) * 255).astype("uint8")
    drawn = ImageData(np.ma.MaskedArray(colours, unknown))
    more = {"lossless": True} if form == "WEBP" else {"ZLEVEL": 6}
    picture: bytes = drawn.render(img_format=form, colormap=cmap.get(drawing.colours), **more)
    return picture


def values_at(
    atlas: AtlasVersion, asset: AssetRecord, longitude: float, latitude: float
) -> list[float | None] | None:
    """Return the value of every band at a point, None where unknown; None outside the raster."""
    from rio_tiler.errors import PointOutsideBounds

    west, south, east, north = asset.properties["bounds"]
    if not (west <= longitude <= east and south <= latitude <= north):
        return None  # far from Mexico the projection itself has no answer
    with _opened(atlas, asset) as reader:
        try:
            point = reader.point(longitude, latitude)
        except PointOutsideBounds:
            return None
    values = np.ma.filled(point.array.astype("float64"), np.nan).ravel()
    return [None if np.isnan(value) else round(float(value), 6) for value in values]


def legend_classes(drawing: Drawing) -> list[dict[str, Any]]:
    """Return values at equal steps along the range, each with its colour (``#rrggbb``)."""
    from rio_tiler.colormap import cmap

    colours = cmap.get(drawing.colours)
    made = []
    for step in range(_STEPS + 1):
        value = drawing.low + (drawing.high - drawing.low) * step / _STEPS
        red, green, blue = colours[round(255 * step / _STEPS)][:3]
        made.append({"value": float(f"{value:.6g}"), "color": f"#{red:02x}{green:02x}{blue:02x}"})
    return made


def legend_png(drawing: Drawing) -> bytes:
    """Return the colours of a legend as a strip, from the least value to the greatest."""
    from rio_tiler.colormap import cmap
    from rio_tiler.models import ImageData

    strip = np.tile(np.arange(_LEGEND_WIDTH, dtype="uint8"), (1, _LEGEND_HEIGHT, 1))
    picture: bytes = ImageData(strip).render(
        img_format="PNG", colormap=cmap.get(drawing.colours), add_mask=False
    )
    return picture


def legend_svg(drawing: Drawing) -> bytes:
    """Return a legend as a small drawing: colours, values at equal steps, unit."""
    classes = legend_classes(drawing)
    width, top = 260, 34
    stops = "".join(
        f'<stop offset="{at / _STEPS:.2f}" stop-color="{item["color"]}"/>'
        for at, item in enumerate(classes)
    )
    anchors = ["start", *["middle"] * (_STEPS - 1), "end"]
    labels = "".join(
        f'<text x="{10 + (width - 20) * at / _STEPS:g}" y="{top + 12}" text-anchor="{anchor}">'
        f"{item['value']:g}</text>"
        for at, (item, anchor) in enumerate(zip(classes, anchors, strict=True))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{top + 20}" '
        f'font-family="sans-serif" font-size="10"><defs><linearGradient id="c">{stops}'
        f'</linearGradient></defs><text x="10" y="12">{drawing.unit}</text>'
        f'<rect x="10" y="17" width="{width - 20}" height="12" fill="url(#c)"/>{labels}</svg>'
    ).encode()
