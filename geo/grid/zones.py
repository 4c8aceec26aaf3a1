"""Zonal statistics: what the grids hold within polygons of anyone's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import rasterio
import shapely
from exactextract import exact_extract
from exactextract.raster import RasterioRasterSource
from rasterio.windows import Window

from data.errors import InputError, LimitError, MissingInputError, Where
from data.tables import METRIC_CRS
from data.texts import Text
from data.vectors import VectorError, read_layer
from geo.grid.cuts import LARGEST_CUT_HA, Cut, Shapes, cuts_of
from geo.grid.lattice import CELL_M, Floats, Frame, Ints, columns_rows

MAX_POLYGONS = 100_000
MAX_VERTICES = 5_000_000
MAX_BYTES = 1 << 30
SUFFIXES = (".gpkg", ".geojson", ".json", ".fgb", ".shp", ".parquet")
_POLYGONS = (3, 6)
_POLYGONS_WORD = Text("polígonos", "polygons")
_WINDOW, _READ_AT_ONCE = 1024, 1_000_000
# Values of the files are of 32 bits.
_ROUNDING = 1e-5
_READ_ERRORS = (
    VectorError,
    ValueError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A raster to take statistics of.

    Parameters
    ----------
    path
        The file, on the lattice.
    weights
        File of the people a mean is taken over, or None for counts, which are added up.
    """

    path: Path
    weights: Path | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the people of counted rasters live, for the squares that a polygon cuts.

    Parameters
    ----------
    shapes
        Polygons, points or None, in EPSG:6372, shape (cells,).
    people
        By name of raster: how many live in each, shape (cells,).
    """

    shapes: Shapes
    people: Mapping[str, Floats]


def read_polygons(path: Path, *, crs: str | None = None) -> gpd.GeoDataFrame:
    """Read a file of polygons, bounded in size.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, FlatGeobuf, Shapefile or GeoParquet.
    crs
        Their coordinate reference system, for files that do not say it.

    Raises
    ------
    MissingInputError
        If there is no such file.
    LimitError
        If it is larger than ``MAX_BYTES`` or holds more than ``MAX_POLYGONS`` or
        ``MAX_VERTICES``.
    InputError
        If it cannot be read, says no reference system, or holds anything but valid polygons.
    """
    if not path.is_file():
        raise MissingInputError(
            Text("No existe el archivo de polígonos", "The file of polygons does not exist"),
            where=Where(file=path),
            remedy=Text("Revise la ruta de --polygons", "Check the path given to --polygons"),
        )
    if path.suffix.lower() not in SUFFIXES:
        raise _unreadable(path)
    if path.stat().st_size > MAX_BYTES:
        raise _too_much(path, Text("bytes", "bytes"), path.stat().st_size, MAX_BYTES)
    try:
        frame = _read(path)
    except _READ_ERRORS as error:
        raise _unreadable(path) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(
            Text("El archivo no tiene polígonos", "The file has no polygons"),
            where=Where(file=path),
            remedy=Text("Dé uno con geometría", "Give one with geometry"),
        )
    if len(frame) > MAX_POLYGONS:
        raise _too_much(path, _POLYGONS_WORD, len(frame), MAX_POLYGONS)
    return _with_crs(frame.reset_index(drop=True), path, crs)


def _read(path: Path) -> pd.DataFrame:
    if path.suffix.lower() == ".parquet":
        return gpd.read_parquet(path)
    return read_layer(path, max_features=MAX_POLYGONS + 1)


def _with_crs(frame: gpd.GeoDataFrame, path: Path, crs: str | None) -> gpd.GeoDataFrame:
    try:
        stated = frame.crs if crs is None else pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise InputError(
            Text("No existe ese sistema de coordenadas", "There is no such reference system"),
            where=Where(file=path, value=crs),
            remedy=Text("Dé uno como EPSG:6372", "Give one such as EPSG:6372"),
        ) from error
    if stated is None:
        raise InputError(
            Text(
                "El archivo no dice su sistema de coordenadas",
                "The file does not say its reference system",
            ),
            where=Where(file=path),
            remedy=Text("Indíquelo con --crs EPSG:…", "Give it with --crs EPSG:…"),
        )
    return frame.set_crs(stated, allow_override=True)


def zonal(
    rasters: Mapping[str, Measured], polygons: gpd.GeoDataFrame, *, ground: Ground | None = None
) -> pd.DataFrame:
    """Add up, or average, what rasters hold within polygons.

    Parameters
    ----------
    rasters
        By name; counts give Σ_q a_q v_q, a_q being the exact share of square q within the polygon,
        and measures Σ_q a_q w_q v_q / Σ_q a_q w_q over the people w_q.
    polygons
        In any stated reference system.
    ground
        What the counts were spread over. With it a square that polygon z cuts gives
        Σ_c P_c |c ∩ q ∩ z| / |c|, the people whose ground c lies in both, and only what is left of
        its value (people of ground not given) is shared by area. Polygons above
        ``LARGEST_CUT_HA`` are shared by area alone.

    Returns
    -------
    DataFrame
        One row a polygon, in order: for each raster its value, NaN where it knows nothing of the
        polygon, and ``<name>_known_share``: the share of the polygon's area it knows. A value with
        a share below 1 speaks of the known part alone. With ground, for counts,
        ``<name>_by_area``: how many of them are in squares it cuts, shared by area for want of
        ground; NaN where the polygon is too large for it to be told.

    Raises
    ------
    LimitError
        If there are more polygons or vertices than ``MAX_POLYGONS`` and ``MAX_VERTICES``.
    InputError
        If a row is not a valid polygon, or cannot be taken to EPSG:6372.
    """
    if len(polygons) > MAX_POLYGONS:
        raise _too_much(None, _POLYGONS_WORD, len(polygons), MAX_POLYGONS)
    vertices = int(shapely.get_num_coordinates(polygons.geometry.to_numpy()).sum())
    if vertices > MAX_VERTICES:
        raise _too_much(None, Text("vértices", "vertices"), vertices, MAX_VERTICES)
    shapes = _metric(polygons)
    area = shapely.area(shapes.geometry.to_numpy()) / (CELL_M * CELL_M)
    counts = [name for name, measured in rasters.items() if measured.weights is None]
    cuts = [] if ground is None else list(_cuts(shapes, ground, counts))
    columns: dict[str, Floats] = {}
    for name, measured in rasters.items():
        value, known = _measure(measured, shapes)
        by_area = np.where(area <= LARGEST_CUT_HA, 0.0, np.nan)
        if measured.weights is None and ground is not None:
            value = np.nan_to_num(value)
            _correct(measured.path, value, by_area, cuts, counts.index(name))
            columns[f"{name}_by_area"] = np.where(known > 0, by_area, np.nan)
        columns[name] = np.where(known > 0, value, np.nan)
        columns[f"{name}_known_share"] = np.clip(known / area, 0.0, 1.0)
    return pd.DataFrame(columns, index=polygons.index)


def _cuts(shapes: gpd.GeoDataFrame, ground: Ground, counts: list[str]) -> Iterator[Cut]:
    nobody = np.zeros(len(ground.shapes))
    people = [ground.people.get(name, nobody) for name in counts]
    if people:
        yield from cuts_of(shapes.geometry.to_numpy(), ground.shapes, np.column_stack(people))


def _metric(polygons: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    given = polygons.geometry.to_numpy()
    _refuse(~np.isin(shapely.get_type_id(given), _POLYGONS), "no es un polígono",
            "is not a polygon")  # fmt: skip
    _refuse(shapely.is_empty(given) | ~shapely.is_valid(given), "es un polígono no válido",
            "is an invalid polygon")  # fmt: skip
    metric = polygons.geometry.to_crs(METRIC_CRS).to_numpy()
    _refuse(~np.isfinite(shapely.bounds(metric)).all(axis=1) | (shapely.area(metric) <= 0),
            "no cabe en EPSG:6372", "does not fit in EPSG:6372")  # fmt: skip
    return gpd.GeoDataFrame(
        {"zone": np.arange(len(metric))}, geometry=metric, crs=METRIC_CRS
    )  # fmt: skip


def _refuse(wrong: np.ndarray, es: str, en: str) -> None:
    if wrong.any():
        row = int(wrong.argmax()) + 1
        raise InputError(
            Text(f"Una geometría {es}", f"A geometry {en}"),
            where=Where(row=row, column="geometry"),
            remedy=Text(
                "Dé polígonos válidos de México", "Give valid polygons of Mexico"
            ),
        )  # fmt: skip


def _measure(measured: Measured, shapes: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Return value and known hectares of each polygon."""
    with rasterio.open(measured.path) as dataset:
        # All-unknown squares outside the file count as unknown: the extent bounds what is read.
        source = RasterioRasterSource(dataset, band_idx=1)
        if measured.weights is None:
            table = exact_extract(source, shapes, ["sum", "count"], output="pandas")
            return _column(table, "sum"), _column(table, "count")
        with rasterio.open(measured.weights) as people:
            table = exact_extract(
                source, shapes, ["weighted_mean(default_weight=0)", "count"],
                weights=RasterioRasterSource(people, band_idx=1), output="pandas",
            )  # fmt: skip
    return _column(table, "weighted_mean"), _column(table, "count")


def _correct(
    path: Path, value: Floats, by_area: Floats, cuts: list[Cut], variable: int
) -> None:  # fmt: skip
    """Put the people drawn in cut squares in place of their share by area; the rest stay so."""
    with rasterio.open(path) as dataset:
        frame = Frame.around(dataset.bounds, snap=1)
        for cut in cuts:
            held = np.flatnonzero(frame.holds(cut.key))
            for piece in np.array_split(held, 1 + len(held) // _READ_AT_ONCE):
                people = np.nan_to_num(_people_at(dataset, frame, cut.key[piece]))
                inside, drawn = cut.inside[piece, variable], cut.drawn[piece, variable]
                # Never more than the square holds, which may be unknown: then nothing is said.
                told = np.minimum(people / np.where(drawn > 0, drawn, 1.0), 1.0)
                left = (people - told * drawn) * cut.area[piece]
                left[left < _ROUNDING * people] = 0.0
                more = told * (inside - drawn * cut.area[piece])
                value += np.bincount(cut.zone[piece], more, len(value))
                by_area += np.bincount(cut.zone[piece], left, len(value))


def _people_at(dataset: rasterio.DatasetReader, frame: Frame, keys: Ints) -> Floats:
    """Return the values of sorted or unsorted squares, read by windows."""
    columns, rows = columns_rows(keys)
    lines, offsets = frame.row + frame.height - 1 - rows, columns - frame.column
    window = lines // _WINDOW * (1 << 30) + offsets // _WINDOW
    found = np.full(len(keys), np.nan)
    for at in np.unique(window):
        own = np.flatnonzero(window == at)
        line, offset = at // (1 << 30) * _WINDOW, at % (1 << 30) * _WINDOW
        height, width = min(_WINDOW, frame.height - line), min(_WINDOW, frame.width - offset)
        image = dataset.read(1, window=Window(offset, line, width, height))
        found[own] = image[lines[own] - line, offsets[own] - offset]
    return found


def _column(table: pd.DataFrame, name: str) -> Floats:
    return table[name].to_numpy(dtype="float64", na_value=np.nan)


def _unreadable(path: Path) -> InputError:
    kinds = ", ".join(SUFFIXES)
    return InputError(
        Text("El archivo de polígonos no se puede leer", "The file of polygons cannot be read"),
        where=Where(file=path),
        remedy=Text(f"Dé uno entero de los tipos que se leen: {kinds}",
                    f"Give a whole one of the kinds that are read: {kinds}"),
    )  # fmt: skip


def _too_much(path: Path | None, what: Text, found: int, limit: int) -> LimitError:
    return LimitError(
        Text(f"Demasiados {what.es}: {found:,}", f"Too many {what.en}: {found:,}"),
        where=Where(file=path),
        remedy=Text(f"Dé a lo más {limit:,} por vez", f"Give at most {limit:,} at a time"),
    )
