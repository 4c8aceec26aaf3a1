"""Records of one centre listed twice: found by class, name and nearness, and merged."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from data.tables import METRIC_CRS, Dropped
from geo.supply.axes import normalised

# Two rows of one class with one name this near are one centre listed twice.
SAME_CENTRE_M = 50.0
# Names of one class are set this far apart along a third axis, so that only equal ones are near.
_APART_M = 1_000.0


def merge_repeated(rows: gpd.GeoDataFrame, dropped: Dropped) -> gpd.GeoDataFrame:
    """Merge rows of one class and name that lie together; nameless rows are never merged.

    Rows are taken in order: one within ``SAME_CENTRE_M`` of a row already kept is the same centre
    as the first such row. Names are compared normalised, without spaces and with Ñ as N, since the
    directory often loses its tilde.

    Parameters
    ----------
    rows
        Establishments with ``denue_id``, ``name``, ``scian``.
    dropped
        Told of the rows merged into another.

    Returns
    -------
    GeoDataFrame
        The rows kept, with ``merged_ids``: the other identifiers, sorted, joined by ``;``.
    """
    rows = rows.reset_index(drop=True)
    name = normalised(rows["name"]).str.replace(" ", "").str.replace("Ñ", "N")
    code = (rows["scian"] + name).astype("object")
    candidates = np.flatnonzero(code.notna() & code.duplicated(keep=False))
    into = _same_centre(rows.geometry.iloc[candidates], pd.factorize(code.iloc[candidates])[0])
    gone = candidates[list(into)]
    ids = rows["denue_id"].to_numpy(dtype=object)
    others: dict[str, list[str]] = {}
    for other, kept in into.items():
        others.setdefault(ids[candidates[kept]], []).append(ids[candidates[other]])
    dropped.add("centro_repetido_unido", ids[np.sort(gone)])
    kept_rows = rows.drop(index=gone)
    merged = {key: ";".join(sorted(values)) for key, values in others.items()}
    return kept_rows.assign(merged_ids=kept_rows["denue_id"].map(merged).astype("str"))


def _same_centre(points: gpd.GeoSeries, names: npt.NDArray[np.intp]) -> dict[int, int]:
    """Return for each point that repeats an earlier one the position of that one."""
    if points.empty:
        return {}
    metric = points.to_crs(METRIC_CRS)
    tree = cKDTree(np.column_stack([metric.x, metric.y, names * _APART_M]))
    pairs = tree.query_pairs(SAME_CENTRE_M, output_type="ndarray")
    into: dict[int, int] = {}
    for earlier, later in pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))].tolist():
        # Pairs come by the later row, so whether the earlier one is kept is already settled.
        if earlier not in into and later not in into:
            into[later] = earlier
    return into
