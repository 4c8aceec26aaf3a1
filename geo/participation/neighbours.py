"""Who neighbours whom: contiguity of real outlines, and a rule for what touches nothing.

Two places are neighbours when their outlines come within a tolerance of each other (a street's
width for AGEB, the roundness of a simplified border for municipalities). What that leaves apart,
islands and groups cut off alike, is joined by the shortest links between inner points that connect
everything: a minimum spanning tree of the parts. Each link is recorded. Where more than a quarter
of the places would need one, contiguity describes nothing and the analysis is refused.
"""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_matrix, csgraph
from scipy.spatial import Delaunay, QhullError

from data.errors import InputError, Where
from data.tables import METRIC_CRS
from data.texts import Text

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]
_MOST_JOINED = 0.25


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Neighbours of a set of places.

    Parameters
    ----------
    weights
        ``libpysal.weights.W``, row-standardised; its ids are row numbers.
    points
        Shape (n, 2), an inner point of each place, in metres (EPSG:6372).
    islands
        Places that touch no other.
    links
        ``cvegeo joined_to distance_m``: the pairs joined by distance.
    """

    weights: Any
    points: Floats
    islands: int
    links: pd.DataFrame

    @property
    def mean(self) -> float:
        """Mean neighbours of a place."""
        return float(self.weights.mean_neighbors)


def find_neighbours(outlines: gpd.GeoSeries, *, tolerance_m: float) -> Neighbours:
    """Return the neighbours of places.

    Parameters
    ----------
    outlines
        Polygons by ``cvegeo``.
    tolerance_m
        Outlines this near touch, in metres.

    Raises
    ------
    InputError
        If more than a quarter of the places would have to be joined by distance.
    """
    from libpysal.weights import W

    shapes = outlines.to_crs(METRIC_CRS).to_numpy()
    points = shapely.get_coordinates(shapely.point_on_surface(shapes))
    first, second = shapely.STRtree(shapes).query(shapes, "dwithin", distance=tolerance_m)
    apart = first != second
    first, second = first[apart], second[apart]
    islands = int((np.bincount(first, minlength=len(shapes)) == 0).sum())
    joined = _joining(points, first, second)
    if len(joined) > _MOST_JOINED * len(shapes):
        raise InputError(
            Text("Los lugares no forman un mapa conectado: sus contornos casi no se tocan",
                 "The places form no connected map: their outlines hardly touch"),
            where=Where(value=f"{len(joined)} / {len(shapes)}"),
            remedy=Text(
                f"Se unen por cercanía las partes separadas, hasta una por cada cuatro lugares; dé"
                f" contornos que se toquen a menos de {tolerance_m:g} m",
                f"Parts left apart are joined by nearness, up to one for every four places; give"
                f" outlines that touch within {tolerance_m:g} m",
            ),
        )  # fmt: skip
    ends = [(int(one), int(other)) for one, other, _ in joined]
    every = np.array([*zip(first, second, strict=True), *ends, *(pair[::-1] for pair in ends)])
    every = every.reshape(-1, 2)[np.lexsort((every[:, 1], every[:, 0]))]
    near = np.split(every[:, 1], np.flatnonzero(np.diff(every[:, 0])) + 1)
    weights = W(
        {place: found.tolist() for place, found in enumerate(near)},
        id_order=list(range(len(shapes))),
        silence_warnings=True,
    )
    weights.transform = "r"
    codes = outlines.index.astype("str").to_numpy()
    links = pd.DataFrame(
        [(codes[int(one)], codes[int(other)], far) for one, other, far in joined],
        columns=["cvegeo", "joined_to", "distance_m"],
    )
    return Neighbours(weights, points, islands, links)


def _parts(size: int, first: Ints, second: Ints) -> Ints:
    graph = coo_matrix((np.ones(len(first)), (first, second)), shape=(size, size))
    return np.asarray(csgraph.connected_components(graph, directed=False)[1], dtype=np.intp)


def _joining(points: Floats, first: Ints, second: Ints) -> list[tuple[int, int, float]]:
    """Return the shortest links that connect all parts: ends and length of each, sorted."""
    size = len(points)
    part = _parts(size, first, second)
    count = int(part.max()) + 1
    if count == 1:
        return []
    candidates = _candidates(points, part)
    between = coo_matrix(
        (candidates["distance"], (candidates["part"], candidates["other_part"])),
        shape=(count, count),
    )
    tree = csgraph.minimum_spanning_tree(between.tocsr()).tocoo()
    chosen = candidates.set_index(["part", "other_part"])
    pairs = [chosen.loc[pair] for pair in sorted(zip(tree.row, tree.col, strict=True))]
    return [(int(row["place"]), int(row["other"]), float(row["distance"])) for row in pairs]


def _candidates(points: Floats, part: Ints) -> pd.DataFrame:
    """Return the nearest pair of places of every two parts that lie next to each other.

    The shortest link between a part and all others is always an edge of Delaunay's triangulation.
    """
    place, other = _triangulated(points)
    gaps = points[place] - points[other]
    distance = np.hypot(gaps[:, 0], gaps[:, 1])
    table = pd.DataFrame({"place": place, "other": other, "distance": distance})
    ends = np.sort(np.column_stack([part[table["place"]], part[table["other"]]]), axis=1)
    table = table.assign(part=ends[:, 0], other_part=ends[:, 1])
    table = table[table["part"] != table["other_part"]]
    # A distance of zero would be no edge to the tree.
    table["distance"] = table["distance"].clip(lower=1e-6)
    order = ["part", "other_part", "distance", "place", "other"]
    return table.sort_values(order).drop_duplicates(["part", "other_part"])


def _triangulated(points: Floats) -> tuple[Ints, Ints]:
    """Return the ends of the edges of a triangulation; of points on one line, all pairs."""
    try:
        made = Delaunay(points)
    except QhullError:
        first, second = np.triu_indices(len(points), k=1)
        return first, second
    sides = [made.simplices[:, pair] for pair in ([0, 1], [1, 2], [0, 2])]
    # Points in one place with another are left out of the triangles, but said with it.
    ends = np.sort(np.concatenate([*sides, made.coplanar[:, [0, 2]]]), axis=1)
    edges = np.unique(ends.astype(np.intp), axis=0)
    return edges[:, 0], edges[:, 1]


def rate_around(
    events: pd.Series, people: pd.Series, outlines: gpd.GeoSeries, *, tolerance_m: float
) -> pd.Series:
    """Return events per person of each place and its neighbours taken together.

    ``(e_i + sum e_j) / (b_i + sum b_j)``, esda's spatial rate; what is alone in few people is
    steadied by what lies around, whose people use it too.

    Parameters
    ----------
    events, people
        By ``cvegeo``; NaN is unknown.
    outlines
        Polygons by the same ``cvegeo``.
    tolerance_m
        As in :func:`find_neighbours`.

    Returns
    -------
    Series
        Same index; NaN for places without outline, of unknown events or people, or where there
        are no people around.

    Raises
    ------
    InputError
        As in :func:`find_neighbours`.
    """
    from esda.smoothing import Spatial_Rate

    known = events.notna() & people.notna() & outlines.notna()
    rate = pd.Series(np.nan, index=events.index)
    if known.sum() > 1:
        weights = find_neighbours(outlines[known], tolerance_m=tolerance_m).weights
        counted = [values[known].to_numpy("float64") for values in (events, people)]
        # A group of places without people has no rate.
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.asarray(Spatial_Rate(*counted, weights).r, dtype="float64").ravel()
        rate[known] = np.where(np.isfinite(found), found, np.nan)
    return rate
