"""The network as arrays a search reads fast: neighbours side by side, near nodes near in memory."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from data.errors import ParameterError, Where
from data.texts import Text
from geo.network import Attachment, Floats, Integers, WalkNetwork

# What an edge costs that cannot be walked.
IMPASSABLE = -1


@dataclass(frozen=True, slots=True)
class WalkGraph:
    """Compressed sparse rows of a network, nodes in Hilbert order, links turned around.

    A search starts where people walk to, so the links of a node lead to the nodes from which it is
    walked to, and each costs the walk from there. Links that cannot be walked are left out.

    Parameters
    ----------
    first
        Shape (nodes + 1,): where each node's links start.
    neighbour, cost_dm, link_edge
        Shape (links,): node at the other end, cost of the walk from it in decimetre equivalents,
        index of the edge.
    edge_from, edge_to, edge_length_dm
        Shape (edges,): ends in the graph's own node order, and length.
    forward_dm, backward_dm
        Shape (edges,): cost of walking an edge from ``edge_from`` to ``edge_to``, and back;
        −1 where it cannot be walked.
    node
        Shape (nodes,): index in this graph of each node of the network.
    """

    first: npt.NDArray[np.int64]
    neighbour: Integers
    cost_dm: Integers
    link_edge: Integers
    edge_from: Integers
    edge_to: Integers
    edge_length_dm: Integers
    forward_dm: Integers
    backward_dm: Integers
    node: Integers


def build_graph(
    network: WalkNetwork,
    forward_dm: Integers | None = None,
    backward_dm: Integers | None = None,
) -> WalkGraph:
    """Return the graph of a network.

    Nodes are renumbered along a Hilbert curve, so that a search, which spreads over neighbouring
    nodes, finds them in neighbouring memory.

    Parameters
    ----------
    network
        The walking network.
    forward_dm, backward_dm
        Shape (edges,), int32: cost of walking each edge from ``edge_from`` to ``edge_to`` and back,
        in decimetres of level, unhindered street; at least 1, or −1 where it cannot be walked. None
        stands for the edge's length. Part of an edge costs its share, rounded where it is cut.

    Raises
    ------
    ParameterError
        If costs do not fit the edges, are not whole numbers, or are neither −1 nor at least 1.
    """
    forward = _costs(network, forward_dm, "forward_dm")
    backward = _costs(network, backward_dm, "backward_dm")
    points = gpd.GeoSeries(gpd.points_from_xy(network.node_x_m, network.node_y_m))
    order = np.argsort(points.hilbert_distance().to_numpy(), kind="stable")
    renumber = np.empty(len(order), dtype=np.int32)
    renumber[order] = np.arange(len(order), dtype=np.int32)
    start, stop = renumber[network.edge_from], renumber[network.edge_to]
    edges = np.arange(len(start), dtype=np.int32)
    tail, head = np.concatenate([start, stop]), np.concatenate([stop, start])
    link, cost = np.concatenate([edges, edges]), np.concatenate([backward, forward])
    walked = np.flatnonzero(cost != IMPASSABLE)
    by_tail = walked[np.lexsort((link[walked], head[walked], tail[walked]))]
    counts = np.bincount(tail[walked], minlength=len(order))
    return WalkGraph(
        first=np.r_[0, np.cumsum(counts)].astype(np.int64),
        neighbour=head[by_tail],
        cost_dm=cost[by_tail],
        link_edge=link[by_tail],
        edge_from=start,
        edge_to=stop,
        edge_length_dm=network.edge_length_dm,
        forward_dm=forward,
        backward_dm=backward,
        node=renumber,
    )


def _costs(network: WalkNetwork, costs: Integers | None, name: str) -> Integers:
    if costs is None:
        return network.edge_length_dm
    costs = np.asarray(costs)
    edges = len(network.edge_length_dm)
    if costs.shape != (edges,):
        raise ParameterError(
            Text(f"Hay {costs.shape} costos para {edges} tramos",
                 f"There are {costs.shape} costs for {edges} edges"),
            where=Where(column=name),
            remedy=Text("Dé un costo por tramo", "Give one cost for each edge"),
        )  # fmt: skip
    if not np.issubdtype(costs.dtype, np.integer):
        raise ParameterError(
            Text("Los costos no son números enteros", "The costs are not whole numbers"),
            where=Where(column=name, value=costs.dtype),
            remedy=Text(
                "Redondéelos a decímetros (int32); un valor desconocido no es un costo",
                "Round them to decimetres (int32); an unknown value is not a cost",
            ),
        )
    bad = np.flatnonzero((costs != IMPASSABLE) & (costs < 1))
    if len(bad):
        raise ParameterError(
            Text("Un costo no es válido", "A cost is not valid"),
            where=Where(row=int(bad[0]) + 1, column=name, value=int(costs[bad[0]])),
            remedy=Text(
                "Los costos son de al menos 1 dm; −1 dice que no se puede pasar",
                "Costs are at least 1 dm; −1 says that there is no passing",
            ),
        )
    return costs.astype(np.int32)


@dataclass(frozen=True, slots=True)
class EndCosts:
    """What the walk costs between points and the two ends of their edges.

    Parameters
    ----------
    at_from, at_to
        Shape (points,): cost along the street, −1 where it cannot be walked or the point is not
        attached.
    """

    at_from: Integers
    at_to: Integers


def walks_from_ends(graph: WalkGraph, points: Attachment) -> EndCosts:
    """Return the costs of walking from the ends of each point's edge to the point."""
    forward, backward = position_costs(graph, points)
    edge = np.where(points.attached, points.edge, 0)
    return _ends(graph, points, forward, graph.forward_dm[edge],
                 graph.backward_dm[edge] - backward, graph.backward_dm[edge])  # fmt: skip


def walks_to_ends(graph: WalkGraph, points: Attachment) -> EndCosts:
    """Return the costs of walking from each point to the ends of its edge."""
    forward, backward = position_costs(graph, points)
    edge = np.where(points.attached, points.edge, 0)
    return _ends(graph, points, backward, graph.backward_dm[edge],
                 graph.forward_dm[edge] - forward, graph.forward_dm[edge])  # fmt: skip


def _ends(
    graph: WalkGraph,
    points: Attachment,
    at_from: Integers,
    from_cost: Integers,
    at_to: Integers,
    to_cost: Integers,
) -> EndCosts:
    """Bar what cannot be walked; a point that stands on an end is there at no cost."""
    length = graph.edge_length_dm[np.where(points.attached, points.edge, 0)]
    near, far = points.offset_dm == 0, points.offset_dm == length
    barred = ~points.attached
    at_from = np.where(near, 0, np.where(from_cost == IMPASSABLE, -1, at_from))
    at_to = np.where(far, 0, np.where(to_cost == IMPASSABLE, -1, at_to))
    return EndCosts(
        np.where(barred, -1, at_from).astype(np.int32), np.where(barred, -1, at_to).astype(np.int32)
    )


def position_costs(graph: WalkGraph, points: Attachment) -> tuple[Integers, Integers]:
    """Return the cost from ``edge_from`` up to each point, by the forward and the backward cost.

    A walk between two points of an edge costs the difference of theirs.
    """
    edge = np.where(points.attached, points.edge, 0)
    length = np.maximum(graph.edge_length_dm[edge], 1)

    def share(cost: Integers) -> Integers:
        part: Floats = np.rint(np.maximum(cost, 0) * (points.offset_dm / length))
        return part.astype(np.int32)

    return share(graph.forward_dm[edge]), share(graph.backward_dm[edge])


@dataclass(frozen=True, slots=True)
class CellsOnGraph:
    """Attached cells, as a search meets them: from the nodes they walk to, and on one's own edge.

    Parameters
    ----------
    node_first
        Shape (nodes + 1,): where each node's cells start.
    node_cell, node_cost
        Shape (walks,): a cell that walks to the node, and the cost, off the street included.
    edge_first
        Shape (edges + 1,): where each edge's cells start.
    edge_cell, edge_access
        Shape (attached cells,): index of the cell, and how far off the street.
    forward, backward
        Shape (cells,): cost from ``edge_from`` up to the cell, by each direction's cost.
    """

    node_first: npt.NDArray[np.int64]
    node_cell: Integers
    node_cost: Integers
    edge_first: npt.NDArray[np.int64]
    edge_cell: Integers
    edge_access: Integers
    forward: Integers
    backward: Integers


def place_cells(graph: WalkGraph, cells: Attachment) -> CellsOnGraph:
    """List attached cells by the nodes they walk to and by edge."""
    ends = walks_to_ends(graph, cells)
    forward, backward = position_costs(graph, cells)
    attached = np.flatnonzero(cells.attached).astype(np.int32)
    edge = cells.edge[attached]
    node = np.concatenate([graph.edge_from[edge], graph.edge_to[edge]])
    cost = np.concatenate([ends.at_from[attached], ends.at_to[attached]])
    cell = np.concatenate([attached, attached])
    walked = np.flatnonzero(cost >= 0)
    by_node = walked[np.argsort(node[walked], kind="stable")]
    by_edge = attached[np.argsort(edge, kind="stable")]
    return CellsOnGraph(
        node_first=_starts(node[walked], len(graph.first) - 1),
        node_cell=cell[by_node],
        node_cost=cost[by_node] + cells.access_dm[cell[by_node]],
        edge_first=_starts(edge, len(graph.edge_from)),
        edge_cell=by_edge,
        edge_access=cells.access_dm[by_edge],
        forward=forward,
        backward=backward,
    )


def _starts(group: Integers, groups: int) -> npt.NDArray[np.int64]:
    return np.r_[0, np.cumsum(np.bincount(group, minlength=groups))].astype(np.int64)
