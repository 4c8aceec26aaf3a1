"""The walking network: street lines cut at their crossings, and points attached along them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from data.errors import ArtifactError, InputError, NotComputedError, Where
from data.tables import METRIC_CRS
from data.texts import Text

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]

DM_PER_M = 10
# Coordinates are rounded to this grid, so that ends that should meet do.
GRID_M = 0.1
# An end that stops this short of another street is taken to reach it.
GAP_M = 2.0
# Rows of a row group of the network's tables: a window of them is read from a few groups. Groups of
# a quarter of that make the costs of a country a fifth larger and its windows no smaller.
NETWORK_GROUP_ROWS = 1 << 15
# Streets cut off from the rest count as part of the network from this total length on.
MIN_COMPONENT_M = 1000.0
# Tables of an atlas that say where demand cells and centres stand on its network.
CELLS = "celdas"
CENTRES_ON_FOOT = "centros_a_pie"
# What each cell's people are entitled to, where centres ask for it.
ENTITLED_CELLS = "celdas_con_derecho"
_LINES_AT_ONCE = 100_000
_EDGE_COLUMNS = ("from_node", "to_node", "length_dm", "street_id", "line")


@dataclass(frozen=True, slots=True)
class WalkNetwork:
    """Streets as a graph, in EPSG:6372.

    Parameters
    ----------
    node_x_m, node_y_m
        Shape (nodes,), metres.
    edge_from, edge_to
        Shape (edges,), indices of nodes; walked both ways.
    edge_length_dm
        Shape (edges,), decimetres, at least 1.
    edge_street
        Shape (edges,), ``street_id`` of the line an edge is cut from.
    edge_line
        Shape (edges,), LineString from ``edge_from`` to ``edge_to``.
    component
        Shape (nodes,), label of the connected component, 0 being the longest.
    component_length_m
        Shape (components,), total street length of each.
    joined_gaps
        Ends that were joined to a street they stopped just short of.
    """

    node_x_m: Floats
    node_y_m: Floats
    edge_from: Integers
    edge_to: Integers
    edge_length_dm: Integers
    edge_street: npt.NDArray[np.str_]
    edge_line: npt.NDArray[np.object_]
    component: Integers
    component_length_m: Floats
    joined_gaps: int

    @property
    def statistics(self) -> dict[str, float]:
        """Figures a reader judges the network by."""
        total = float(self.component_length_m.sum())
        return {
            "nodes": float(len(self.node_x_m)),
            "edges": float(len(self.edge_from)),
            "length_km": round(total / 1000, 1),
            "components": float(len(self.component_length_m)),
            "largest_component_share": round(float(self.component_length_m[0]) / total, 4),
            "joined_gaps": float(self.joined_gaps),
        }

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the network as two tables, ``nodes`` and ``edges`` (lines as WKB, EPSG:6372)."""
        columns = (
            self.edge_from, self.edge_to, self.edge_length_dm,
            pd.Series(self.edge_street, dtype="str"), shapely.to_wkb(self.edge_line),
        )  # fmt: skip
        edges = pd.DataFrame(dict(zip(_EDGE_COLUMNS, columns, strict=True)))
        edges.attrs["joined_gaps"] = self.joined_gaps
        return {
            "nodes": pd.DataFrame(
                {"x_m": self.node_x_m, "y_m": self.node_y_m, "component": self.component}
            ),
            "edges": edges,
        }


@dataclass(frozen=True, slots=True)
class Attachment:
    """Points attached to the nearest place along an edge.

    Parameters
    ----------
    edge
        Shape (points,), index of the edge, −1 for a point too far from any street.
    offset_dm
        Shape (points,), decimetres along the edge from ``edge_from``.
    access_dm
        Shape (points,), straight distance to the street, decimetres; −1 where not attached.
    """

    edge: Integers
    offset_dm: Integers
    access_dm: Integers

    @property
    def attached(self) -> npt.NDArray[np.bool_]:
        """Shape (points,): whether a point reaches a street."""
        return self.edge >= 0


def build_network(
    streets: gpd.GeoDataFrame, *, own: npt.NDArray[np.bool_] | None = None
) -> WalkNetwork:
    """Cut walkable streets at their crossings and label what hangs together.

    Lines whose bridges are known (OpenStreetMap) meet only where they share a vertex, so a bridge
    does not meet what it crosses. Of other lines (INEGI's) nothing says which passes above, so they
    meet wherever they cross.

    Parameters
    ----------
    streets
        ``data.streets.STREETS`` rows, EPSG:4326.
    own
        Shape (streets,): whose joined ends are counted; None counts all. So parts that share a
        street add up to the whole.

    Returns
    -------
    WalkNetwork
        The network, deterministic for the same rows.

    Raises
    ------
    InputError
        If the streets are not in EPSG:4326.
    NotComputedError
        If there is no walkable street.
    """
    if streets.crs is None or not streets.crs.is_geographic:
        raise InputError(
            Text("Las calles no están en grados (EPSG:4326)",
                 "The streets are not in degrees (EPSG:4326)"),
            where=Where(column="geometry", value=str(streets.crs)),
            remedy=Text("Léalas con el lector de calles", "Read them with the street reader"),
        )  # fmt: skip
    chosen = streets["walkable"].to_numpy(dtype=bool)
    walkable, own = streets[chosen], None if own is None else own[chosen]
    if walkable.empty:
        raise NotComputedError(
            Text("No hay calles por las que se pueda caminar", "There are no walkable streets"),
            remedy=Text("Revise la fuente de calles", "Check the source of streets"),
        )
    lines = shapely.set_precision(walkable.geometry.to_crs(METRIC_CRS).to_numpy(), GRID_M)
    drawn = ~(shapely.is_empty(lines) | shapely.is_missing(lines))
    lines, walkable = lines[drawn], walkable[drawn]
    own = np.ones(len(lines), dtype=bool) if own is None else own[drawn]
    levels_known = (walkable["bridge"] != "desconocido").to_numpy()
    crossing, joined = _cut_at_crossings(lines[~levels_known])
    gaps = int(own[~levels_known][joined].sum())
    pieces = np.concatenate([crossing, _cut_at_shared_vertices(lines[levels_known])])
    pieces = pieces[shapely.length(pieces) > 0]
    street = _streets_of(pieces, lines, walkable["street_id"].to_numpy().astype("str"))
    return _assemble(pieces, street, gaps)


def _streets_of(
    pieces: npt.NDArray[np.object_], lines: npt.NDArray[np.object_], names: npt.NDArray[np.str_]
) -> npt.NDArray[np.str_]:
    """Return the line each piece is cut from; where lines lie on each other, that of least name.

    So a piece is of the same line whatever else was read with it.
    """
    middle = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    piece, line = shapely.STRtree(lines).query_nearest(middle, all_matches=True)
    order = np.lexsort((names[line], piece))
    _, first = np.unique(piece[order], return_index=True)
    found: npt.NDArray[np.str_] = names[line[order[first]]]
    return found


def _cut_at_crossings(
    lines: npt.NDArray[np.object_],
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.intp]]:
    """Return lines cut wherever two meet, small gaps closed, and the line of each gap's end."""
    if len(lines) == 0:
        return np.array([], dtype=object), np.array([], dtype=np.intp)
    bridges, joined = _gap_bridges(lines)
    noded = shapely.union_all(np.concatenate([lines, bridges]), grid_size=GRID_M)
    return shapely.get_parts(noded), joined


def _gap_bridges(
    lines: npt.NDArray[np.object_],
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.intp]]:
    """Return short lines from ends that stop within ``GAP_M`` of another line to that line.

    With them, the position of the line whose end each joins.
    """
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    owner = np.concatenate([np.arange(len(lines)), np.arange(len(lines))])
    tree = shapely.STRtree(lines)
    end, line = tree.query(ends, predicate="dwithin", distance=GAP_M)
    other = owner[end] != line
    end, line = end[other], line[other]
    distance = shapely.distance(ends[end], lines[line])
    meets = np.zeros(len(ends), dtype=bool)
    meets[end[distance < GRID_M]] = True
    loose = ~meets[end]
    end, line, distance = end[loose], line[loose], distance[loose]
    order = np.lexsort((line, distance, end))
    _, first = np.unique(end[order], return_index=True)
    chosen = order[first]
    links = shapely.shortest_line(ends[end[chosen]], lines[line[chosen]])
    return shapely.set_precision(_stretch(links), GRID_M), owner[end[chosen]]


def _stretch(links: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Lengthen two-point lines a little past their end, so that they cross what they aim at."""
    if len(links) == 0:
        return np.array([], dtype=object)
    start = shapely.get_coordinates(shapely.get_point(links, 0))
    end = shapely.get_coordinates(shapely.get_point(links, -1))
    direction = end - start
    length = np.hypot(direction[:, 0], direction[:, 1])[:, None]
    beyond = end + direction / np.maximum(length, GRID_M) * 3 * GRID_M
    return shapely.linestrings(np.stack([start, beyond], axis=1))


def _cut_at_shared_vertices(lines: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return lines cut at vertices that belong to several lines."""
    if len(lines) == 0:
        return np.array([], dtype=object)
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    _, vertex = np.unique(np.round(coordinates / GRID_M).astype(np.int64), axis=0,
                          return_inverse=True)  # fmt: skip
    uses = np.bincount(vertex)[vertex]
    first = np.r_[True, owner[1:] != owner[:-1]]
    last = np.r_[first[1:], True]
    cut = (uses > 1) & ~first & ~last
    # A cut vertex ends one piece and starts the next, so it is written twice.
    repeat = np.repeat(np.arange(len(coordinates)), np.where(cut, 2, 1))
    second = np.r_[False, repeat[1:] == repeat[:-1]]
    starts = first[repeat] & ~second | second
    piece = np.cumsum(starts) - 1
    return shapely.linestrings(coordinates[repeat], indices=piece)


def _assemble(
    pieces: npt.NDArray[np.object_], street: npt.NDArray[np.str_], gaps: int
) -> WalkNetwork:
    pieces = shapely.normalize(pieces)
    ends = np.stack(
        [
            shapely.get_coordinates(shapely.get_point(pieces, 0)),
            shapely.get_coordinates(shapely.get_point(pieces, -1)),
        ]
    )
    order = np.lexsort((shapely.length(pieces), *ends[1].T, *ends[0].T))
    pieces, street, ends = pieces[order], street[order], ends[:, order]
    keys = np.round(ends.reshape(-1, 2) / GRID_M).astype(np.int64)
    nodes, index = np.unique(keys, axis=0, return_inverse=True)
    start, stop = index.reshape(2, -1).astype(np.int32)
    length_dm = np.maximum(1, np.round(shapely.length(pieces) * DM_PER_M)).astype(np.int32)
    component, length_m = _components(start, stop, length_dm, len(nodes))
    return WalkNetwork(
        node_x_m=(nodes[:, 0] * GRID_M).astype(np.float64),
        node_y_m=(nodes[:, 1] * GRID_M).astype(np.float64),
        edge_from=start,
        edge_to=stop,
        edge_length_dm=length_dm,
        edge_street=street,
        edge_line=pieces,
        component=component,
        component_length_m=length_m,
        joined_gaps=gaps,
    )


def _components(
    start: Integers, stop: Integers, length_dm: Integers, nodes: int
) -> tuple[Integers, Floats]:
    """Label components from the longest on, and return their street lengths in metres."""
    # Imported where streets become a network: readers of one need no more than NumPy.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(start)), (start, stop)), shape=(nodes, nodes))
    count, label = connected_components(graph, directed=False)
    length_m = np.bincount(label[start], weights=length_dm / DM_PER_M, minlength=count)
    rank = np.argsort(-length_m, kind="stable")
    new_label = np.empty(count, dtype=np.int32)
    new_label[rank] = np.arange(count, dtype=np.int32)
    return new_label[label], length_m[rank].astype(np.float64)


class StreetFinder:
    """Finds the street nearest to points; the index over the streets is built once.

    Parameters
    ----------
    network
        The network. Only streets of a component of some size are found.
    least_component_m
        That size; None takes ``MIN_COMPONENT_M``, or the longest component where all are shorter.
    """

    def __init__(self, network: WalkNetwork, *, least_component_m: float | None = None) -> None:
        if least_component_m is None:
            least_component_m = min(MIN_COMPONENT_M, float(network.component_length_m[0]))
        big = network.component_length_m >= least_component_m
        self._usable = np.flatnonzero(big[network.component[network.edge_from]])
        self._lines = network.edge_line[self._usable]
        self._length_dm = network.edge_length_dm
        self._tree = shapely.STRtree(self._lines)

    def attach(self, x_m: Floats, y_m: Floats, *, max_distance_m: float) -> Attachment:
        """Attach points to the nearest street; of several as near, to the first of the network.

        Edges stand in the order of where they begin, so which one that is does not depend on what
        else the network holds.

        Parameters
        ----------
        x_m, y_m
            Shape (points,), EPSG:6372 metres; NaN for a point whose place is unknown.
        max_distance_m
            Points farther from any street are not attached.
        """
        edge = np.full(len(x_m), -1, dtype=np.int32)
        offset_dm = np.zeros(len(x_m), dtype=np.int32)
        access_dm = np.full(len(x_m), -1, dtype=np.int32)
        known = np.flatnonzero(~(np.isnan(x_m) | np.isnan(y_m)))
        points = shapely.points(x_m[known], y_m[known])
        found, nearest = self._tree.query_nearest(
            points, max_distance=max_distance_m, all_matches=True
        )
        order = np.lexsort((nearest, found))
        found, first = np.unique(found[order], return_index=True)
        nearest = nearest[order[first]]
        row, line = known[found], self._lines[nearest]
        edge[row] = self._usable[nearest]
        along = shapely.line_locate_point(line, points[found]) * DM_PER_M
        offset_dm[row] = np.minimum(np.round(along), self._length_dm[edge[row]])
        access_dm[row] = np.round(shapely.distance(line, points[found]) * DM_PER_M)
        return Attachment(edge, offset_dm, access_dm)


def attach(network: WalkNetwork, x_m: Floats, y_m: Floats, *, max_distance_m: float) -> Attachment:
    """Attach points to the nearest street of a component of some size.

    Parameters
    ----------
    network
        The network.
    x_m, y_m
        Shape (points,), EPSG:6372 metres; NaN for a point whose place is unknown.
    max_distance_m
        Points farther from any street are not attached.
    """
    return StreetFinder(network).attach(x_m, y_m, max_distance_m=max_distance_m)


def _read_lines(path: Path) -> npt.NDArray[np.object_]:
    """Return the lines of edges, read a batch at a time: their bytes are never all held."""
    batches = pq.ParquetFile(path).iter_batches(_LINES_AT_ONCE, columns=["line"])
    lines = [shapely.from_wkb(batch.column(0).to_numpy(zero_copy_only=False)) for batch in batches]
    return np.concatenate([np.array([], dtype=object), *lines])


@contextmanager
def readable_network(folder: Path) -> Iterator[None]:
    """Read tables of a network within; what goes wrong is told as an error of the atlas.

    Parameters
    ----------
    folder
        Folder of the network's tables.

    Raises
    ------
    NotComputedError
        If there is none: the atlas was built without streets.
    ArtifactError
        If a table cannot be read or does not hold what a network's table does.
    """
    if not folder.is_dir():
        raise NotComputedError(
            Text("El atlas se construyó sin calles", "The atlas was built without streets"),
            remedy=Text("Constrúyalo con una fuente de calles para medir caminatas",
                        "Build it with a source of streets to measure walks"),
        )  # fmt: skip
    try:
        yield
    except (OSError, ValueError, LookupError, pa.ArrowException, shapely.GEOSException) as error:
        raise ArtifactError(
            Text("La red peatonal del atlas no se puede leer",
                 "The walking network of the atlas cannot be read"),
            where=Where(file=folder),
            remedy=Text("Vuelva a construir el atlas", "Build the atlas again"),
        ) from error  # fmt: skip


def read_network(version: Path) -> WalkNetwork:
    """Read the walking network of an atlas, as it was built.

    Parameters
    ----------
    version
        Folder of the atlas version.

    Returns
    -------
    WalkNetwork
        Equal in every field to the one whose ``tables`` were written.

    Raises
    ------
    NotComputedError
        If the atlas was built without streets.
    ArtifactError
        If a table cannot be read or does not hold what a network's table does.
    """
    folder = version / "network"
    with readable_network(folder):
        nodes = pd.read_parquet(folder / "nodes.parquet", columns=["x_m", "y_m", "component"])
        edges = pd.read_parquet(folder / "edges.parquet", columns=list(_EDGE_COLUMNS[:-1]))
        lines = _read_lines(folder / "edges.parquet")
        start, stop = (edges[name].to_numpy("int32") for name in ("from_node", "to_node"))
        length_dm = edges["length_dm"].to_numpy("int32")
        component = nodes["component"].to_numpy("int32")
        length_m: Floats = np.bincount(component[start], length_dm / DM_PER_M).astype("float64")
        joined_gaps = int(edges.attrs["joined_gaps"])
    return WalkNetwork(
        node_x_m=nodes["x_m"].to_numpy("float64"),
        node_y_m=nodes["y_m"].to_numpy("float64"),
        edge_from=start,
        edge_to=stop,
        edge_length_dm=length_dm,
        edge_street=edges["street_id"].to_numpy("str"),
        edge_line=lines,
        component=component,
        component_length_m=length_m,
        joined_gaps=joined_gaps,
    )
