"""Codes of the places where facilities stand, found on the map where a directory lacks them."""

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd
import shapely

from data.tables import METRIC_CRS, Dropped, Level
from geo.levels import CODE_COLUMNS

# Outlines are generalised and listings a little off; beyond this a point is simply wrong.
MISPLACED_M = 2000.0


def fill_codes(
    centres: gpd.GeoDataFrame, boundaries: Mapping[Level, gpd.GeoDataFrame], dropped: Dropped
) -> gpd.GeoDataFrame:
    """Fill in missing codes from the outline a centre stands in; stated codes are kept.

    Parameters
    ----------
    centres
        Facilities with a code column for each level.
    boundaries
        Outlines by level.
    dropped
        Told how many codes were found this way, by level.
    """
    filled = centres.copy()
    for level, outlines in boundaries.items():
        column = CODE_COLUMNS[level]
        missing = filled[column].isna()
        if not missing.any():
            continue
        tree = shapely.STRtree(outlines.geometry.to_numpy())
        point, outline = tree.query(filled.geometry[missing].to_numpy(), predicate="within")
        found = pd.Series(
            outlines["cvegeo"].to_numpy()[outline], index=missing.index[missing][point]
        )
        found = found[~found.index.duplicated()].astype("str")
        filled.loc[found.index, column] = found
        dropped.add(f"clave_de_{level.value}_hallada_en_el_mapa", centres["denue_id"][found.index])
    return filled


def drop_misplaced(
    centres: gpd.GeoDataFrame, municipalities: gpd.GeoDataFrame | None, dropped: Dropped
) -> gpd.GeoDataFrame:
    """Leave out centres whose coordinates lie far from the municipality they are listed in.

    Parameters
    ----------
    centres
        Facilities with ``municipality``.
    municipalities
        Outlines of municipalities; centres of others are kept, for nothing can be said of them.
    dropped
        Told which were left out.
    """
    if municipalities is None:
        return centres
    outlines = municipalities.set_index("cvegeo").geometry.to_crs(METRIC_CRS)
    own = outlines.reindex(centres["municipality"]).to_numpy()
    points = centres.geometry.to_crs(METRIC_CRS).to_numpy()
    distance_m = shapely.distance(own, points)
    misplaced = distance_m > MISPLACED_M
    dropped.add("coordenadas_fuera_de_su_municipio", centres.loc[misplaced, "facility_id"])
    return centres[~misplaced].reset_index(drop=True)


def within_places(
    centres: gpd.GeoDataFrame,
    places: tuple[str, ...],
    outline: shapely.Geometry | None,
    buffer_m: float,
) -> tuple[pd.Series, pd.Series]:
    """Say which centres are of the places, and which are near enough to be walked to.

    Parameters
    ----------
    centres
        Facilities with ``municipality``.
    places
        Codes of the places; empty for all.
    outline
        Outline of the places in EPSG:6372, or None where it is not known: then none is near.
    buffer_m
        How far outside a centre still counts as near.

    Returns
    -------
    own, near
        Two masks; ``near`` includes ``own``.
    """
    if not places:
        everything = pd.Series(data=True, index=centres.index)
        return everything, everything
    own = centres["municipality"].fillna("").str.startswith(places)
    if outline is None:
        return own, own
    points = centres.geometry.to_crs(METRIC_CRS).to_numpy()
    near = pd.Series(shapely.dwithin(outline, points, buffer_m), index=centres.index)
    return own, own | near
