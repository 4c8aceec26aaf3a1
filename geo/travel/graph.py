"""The network as arrays a search reads fast: neighbours side by side, near nodes near in memory."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geo.network import Attachment, Integers, WalkNetwork


@dataclass(frozen=True, slots=True)
class WalkGraph:
    """Compressed sparse rows of an undirected network, nodes in Hilbert order.

    Parameters
    ----------
    first
        Shape (nodes + 1,): where each node's links start.
    neighbour, length_dm, link_edge
        Shape (2 · edges,): node at the other end, length in decimetres, index of the edge.
    edge_from, edge_to, edge_length_dm
        Shape (edges,): ends in the graph's own node order, and length.
    """

    first: npt.NDArray[np.int64]
    neighbour: Integers
    length_dm: Integers
    link_edge: Integers
    edge_from: Integers
    edge_to: Integers
    edge_length_dm: Integers


def build_graph(network: WalkNetwork) -> WalkGraph:
    """Return the graph of a network.

    Nodes are renumbered along a Hilbert curve, so that a search, which spreads over neighbouring
    nodes, finds them in neighbouring memory.
    """
    points = gpd.GeoSeries(gpd.points_from_xy(network.node_x_m, network.node_y_m))
    order = np.argsort(points.hilbert_distance().to_numpy(), kind="stable")
    renumber = np.empty(len(order), dtype=np.int32)
    renumber[order] = np.arange(len(order), dtype=np.int32)
    start, stop = renumber[network.edge_from], renumber[network.edge_to]
    edges = np.arange(len(start), dtype=np.int32)
    tail, head = np.concatenate([start, stop]), np.concatenate([stop, start])
    link = np.concatenate([edges, edges])
    by_tail = np.lexsort((link, head, tail))
    counts = np.bincount(tail, minlength=len(order))
    return WalkGraph(
        first=np.r_[0, np.cumsum(counts)].astype(np.int64),
        neighbour=head[by_tail],
        length_dm=network.edge_length_dm[link[by_tail]],
        link_edge=link[by_tail],
        edge_from=start,
        edge_to=stop,
        edge_length_dm=network.edge_length_dm,
    )


@dataclass(frozen=True, slots=True)
class CellsByEdge:
    """Attached cells grouped by the edge they stand on.

    Parameters
    ----------
    first
        Shape (edges + 1,): where each edge's cells start.
    cell, offset_dm, access_dm
        Shape (attached cells,): index of the cell, where it stands, and how far off the street.
    """

    first: npt.NDArray[np.int64]
    cell: Integers
    offset_dm: Integers
    access_dm: Integers


def group_cells(cells: Attachment, edges: int) -> CellsByEdge:
    """Group attached cells by edge."""
    attached = np.flatnonzero(cells.attached).astype(np.int32)
    order = attached[np.argsort(cells.edge[attached], kind="stable")]
    counts = np.bincount(cells.edge[order], minlength=edges)
    return CellsByEdge(
        first=np.r_[0, np.cumsum(counts)].astype(np.int64),
        cell=order,
        offset_dm=cells.offset_dm[order],
        access_dm=cells.access_dm[order],
    )
