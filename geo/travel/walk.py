"""One walk, looked at whole: from a point to every street within a distance, and the way back.

The search of many facilities (``geo.travel.search``) keeps no way and no street. Here there is one
origin, and what is asked is the way to a centre, the minutes to all, or the streets reached.
"""

from dataclasses import dataclass
from heapq import heappop, heappush

import numba
import numpy as np
import numpy.typing as npt
import shapely

from data.errors import NotComputedError
from data.texts import Text
from geo.network import Attachment, Floats, Integers, StreetFinder, WalkNetwork
from geo.travel.graph import IMPASSABLE
from geo.travel.search import UNREACHED
from geo.walkability.costs import EdgeCosts

Lines = npt.NDArray[np.object_]
# Marks of nodes reached from the origin along its own edge, forwards or backwards.
AHEAD, BACK = -1, -2


class Walker:
    """Walks from single points of a network; holds what every walk shares.

    Parameters
    ----------
    network
        The walking network.
    """

    def __init__(self, network: WalkNetwork) -> None:
        self.network = network
        self.finder = StreetFinder(network)
        edges = np.arange(len(network.edge_from), dtype=np.int32)
        tail = np.concatenate([network.edge_from, network.edge_to])
        self._link = np.concatenate([edges, edges])[np.argsort(tail, kind="stable")]
        counts = np.bincount(tail, minlength=len(network.node_x_m))
        self._first = np.r_[0, np.cumsum(counts)].astype(np.int64)
        self._lengths = EdgeCosts(network.edge_length_dm, network.edge_length_dm)

    def stand(self, x_m: float, y_m: float, *, max_access_m: float) -> Attachment | None:
        """Return where a point stands on the streets, or None if it is too far from any."""
        found = self.finder.attach(np.array([x_m]), np.array([y_m]), max_distance_m=max_access_m)
        return found if found.attached[0] else None

    def walk(
        self,
        origin: Attachment,
        *,
        limit_dm: int,
        costs: EdgeCosts | None = None,
        towards: bool = False,
    ) -> "Walk":
        """Walk from a point along every street, up to a distance.

        Parameters
        ----------
        origin
            One attached point.
        limit_dm
            Longest walk, decimetres (of level street, where there are costs), included.
        costs
            Costs of edges; their length unless given.
        towards
            Walk from everywhere to the point instead of from it.

        Returns
        -------
        Walk
            Shortest distances, equal to those of any other exact search.
        """
        chosen = costs if costs is not None else self._lengths
        if towards:
            chosen = EdgeCosts(chosen.backward_dm, chosen.forward_dm)
        network = self.network
        node_dm, came_from, arrived_by, edges = _search(
            self._first, self._link, network.edge_from, network.edge_to,
            chosen.forward_dm, chosen.backward_dm, network.edge_length_dm,
            int(origin.edge[0]), int(origin.offset_dm[0]), int(origin.access_dm[0]), limit_dm,
        )  # fmt: skip
        return Walk(network, origin, chosen, limit_dm, node_dm, came_from, arrived_by, edges)


@dataclass(frozen=True, slots=True)
class Walk:
    """What one walk reached.

    Parameters
    ----------
    network, origin, costs, limit_dm
        What was walked, from where, at what cost, how far.
    node_dm
        Shape (nodes,), distance to each node, ``UNREACHED`` beyond the limit.
    came_from, arrived_by
        Shape (nodes,), the node before each, or ``AHEAD`` or ``BACK`` where the origin lies before
        it on its own edge; and the edge walked last. Meaningless where a node was not reached.
    edges
        Edges reached in whole or in part, in order.
    """

    network: WalkNetwork
    origin: Attachment
    costs: EdgeCosts
    limit_dm: int
    node_dm: Integers
    came_from: Integers
    arrived_by: Integers
    edges: Integers

    @property
    def reached_nodes(self) -> npt.NDArray[np.bool_]:
        """Shape (nodes,): whether a node is within the walk."""
        return self.node_dm != UNREACHED

    def distance_dm(self, points: Attachment) -> Integers:
        """Return the walk to each of the attached points, ``UNREACHED`` where there is none.

        A walk is to the street, along it, and from the street to the point.
        """
        found = np.full(len(points.edge), UNREACHED, dtype=np.int64)
        at = np.flatnonzero(points.attached)
        edge, offset = points.edge[at], points.offset_dm[at].astype(np.int64)
        best = np.minimum(
            self._by(edge, offset, from_start=True), self._by(edge, offset, from_start=False)
        )
        same = edge == self.origin.edge[0]
        best[same] = np.minimum(best[same], self._along_own_edge(offset[same]))
        best += points.access_dm[at]
        best[best > self.limit_dm] = UNREACHED
        found[at] = best
        return found.astype(np.int32)

    def _by(self, edge: Integers, offset: npt.NDArray[np.int64], *, from_start: bool) -> Floats:
        """Return the walk to a place on an edge, entering it by one of its ends."""
        length = self.network.edge_length_dm[edge].astype(np.int64)
        cost = (self.costs.forward_dm if from_start else self.costs.backward_dm)[edge]
        node = (self.network.edge_from if from_start else self.network.edge_to)[edge]
        end = np.zeros_like(length) if from_start else length
        part = part_cost(cost, length, end, offset)
        start = self.node_dm[node].astype(np.int64)
        barred = (cost == IMPASSABLE) & (offset != end)
        return np.where((start == UNREACHED) | barred, UNREACHED, start + part)

    def _along_own_edge(self, offset: npt.NDArray[np.int64]) -> Floats:
        edge, here = int(self.origin.edge[0]), int(self.origin.offset_dm[0])
        length = int(self.network.edge_length_dm[edge])
        forward = offset >= here
        cost = np.where(forward, self.costs.forward_dm[edge], self.costs.backward_dm[edge])
        part = part_cost(cost, length, here, offset)
        impassable = (cost == IMPASSABLE) & (offset != here)
        return np.where(impassable, UNREACHED, self.origin.access_dm[0] + part)

    def way(self, point: Attachment) -> shapely.LineString:
        """Return the way along the streets to one attached point, in EPSG:6372.

        The line starts and ends on the street; a way of no length is a line of one place twice.

        Raises
        ------
        NotComputedError
            If the point is not attached or not within the walk.
        """
        if not point.attached[0] or self.distance_dm(point)[0] == UNREACHED:
            raise NotComputedError(
                Text("No hay un camino a pie dentro de la distancia máxima",
                     "There is no way on foot within the greatest distance"),
                remedy=Text("Pida un lugar más cercano", "Ask for a nearer place"),
            )  # fmt: skip
        edge, offset = int(point.edge[0]), int(point.offset_dm[0])
        here, length = int(self.origin.offset_dm[0]), int(self.network.edge_length_dm[edge])
        one, at = point.edge[:1], point.offset_dm[:1].astype(np.int64)
        start, stop = (self._by(one, at, from_start=side)[0] for side in (True, False))
        if edge == self.origin.edge[0] and self._along_own_edge(at)[0] <= min(start, stop):
            return _joined(self.network, [(edge, here, offset)])
        ends, entered = (
            (self.network.edge_from, 0) if start <= stop else (self.network.edge_to, length)
        )
        return _joined(self.network, [*self._to_node(int(ends[edge])), (edge, entered, offset)])

    def _to_node(self, node: int) -> list[tuple[int, int, int]]:
        """Return the pieces walked to a node, in order: edge, and from where to where along it."""
        network = self.network
        pieces = []
        while True:
            edge, before = int(self.arrived_by[node]), int(self.came_from[node])
            length = int(network.edge_length_dm[edge])
            ahead = before == AHEAD or (before >= 0 and int(network.edge_to[edge]) == node)
            started = int(self.origin.offset_dm[0]) if before < 0 else 0 if ahead else length
            pieces.append((edge, started, length if ahead else 0))
            if before < 0:
                return pieces[::-1]
            node = before

    def reached(self, limit_dm: int, *, beyond_dm: int = -1) -> Lines:
        """Return the streets within a distance, as lines in EPSG:6372: edges and parts of edges.

        Parameters
        ----------
        limit_dm
            Distance, at most that of the walk.
        beyond_dm
            Edges that are within this distance as a whole are left out.
        """
        network, edges = self.network, self.edges
        ahead, back = self._shares(edges, limit_dm)
        if beyond_dm >= 0:
            fresh = np.add(*self._shares(edges, beyond_dm)) < 1
            edges, ahead, back = edges[fresh], ahead[fresh], back[fresh]
        whole = ahead + back >= 1
        begun, ended = ~whole & (ahead > 0), ~whole & (back > 0)
        lines = network.edge_line[edges]
        return np.concatenate([
            lines[whole],
            substrings(lines[begun], np.zeros(begun.sum()), ahead[begun]),
            substrings(lines[ended], 1 - back[ended], np.ones(ended.sum())),
            self._around_origin(limit_dm),
        ])  # fmt: skip

    def _shares(self, edges: Integers, limit_dm: int) -> tuple[Floats, Floats]:
        """Return which share of edges is walked within a limit, from their start and their end."""
        network, costs = self.network, self.costs
        return (
            self._entered(network.edge_from[edges], costs.forward_dm[edges], limit_dm),
            self._entered(network.edge_to[edges], costs.backward_dm[edges], limit_dm),
        )

    def _entered(self, node: Integers, cost: Integers, limit_dm: int) -> Floats:
        """Return which share of edges is walked within a limit, entering them by these nodes."""
        left = limit_dm - self.node_dm[node].astype(np.float64)
        share = np.clip(left / np.maximum(cost, 1), 0.0, 1.0)
        return np.where(cost == IMPASSABLE, 0.0, share)

    def _around_origin(self, limit_dm: int) -> Lines:
        edge, here = int(self.origin.edge[0]), int(self.origin.offset_dm[0])
        left = limit_dm - int(self.origin.access_dm[0])
        if left < 0:
            return np.array([], dtype=object)
        middle = here / int(self.network.edge_length_dm[edge])
        ahead, behind = (
            0.0 if cost == IMPASSABLE else left / cost
            for cost in (int(self.costs.forward_dm[edge]), int(self.costs.backward_dm[edge]))
        )
        return substrings(
            self.network.edge_line[[edge]],
            np.array([max(0.0, middle - behind)]),
            np.array([min(1.0, middle + ahead)]),
        )


def part_cost(cost_dm, length_dm, start_dm, stop_dm):
    """Return what the way between two places of an edge costs, in whole decimetres.

    Costs are rounded where an edge is cut, so the parts of an edge add up to it.
    """
    cost = np.maximum(cost_dm, 0)
    start, stop = (np.rint(cost * (at / length_dm)) for at in (start_dm, stop_dm))
    return np.abs(stop - start).astype(np.int64)


def substrings(lines: Lines, start: Floats, stop: Floats) -> Lines:
    """Cut lines, each between two shares of its length, in order (``start`` ≤ ``stop``).

    Parameters
    ----------
    lines
        Shape (n,), LineStrings.
    start, stop
        Shape (n,), from 0 to 1.
    """
    if len(lines) == 0:
        return np.array([], dtype=object)
    points, owner = shapely.get_coordinates(lines, return_index=True)
    step = np.r_[0.0, np.hypot(*np.diff(points, axis=0).T)]
    step[np.r_[True, owner[1:] != owner[:-1]]] = 0.0
    total = np.cumsum(step)
    first = np.searchsorted(owner, np.arange(len(lines)))
    along = total - total[first][owner]
    length = shapely.length(lines)
    inner = (along > (start * length)[owner]) & (along < (stop * length)[owner])
    cuts = [
        shapely.get_coordinates(shapely.line_interpolate_point(lines, share, normalized=True))
        for share in (start, stop)
    ]
    each = np.arange(len(lines))
    owners = np.concatenate([each, owner[inner], each])
    placed = np.concatenate([np.full(len(lines), -1.0), along[inner], np.full(len(lines), np.inf)])
    order = np.lexsort((placed, owners))
    coordinates = np.concatenate([cuts[0], points[inner], cuts[1]])
    return np.asarray(shapely.linestrings(coordinates[order], indices=owners[order]))


def _joined(network: WalkNetwork, pieces: list[tuple[int, int, int]]) -> shapely.LineString:
    """Return one line along pieces of edges; a piece that ends before it starts is walked back."""
    edge, start, stop = (np.array(column) for column in zip(*pieces, strict=True))
    length = network.edge_length_dm[edge]
    low, high = np.minimum(start, stop) / length, np.maximum(start, stop) / length
    parts = substrings(network.edge_line[edge], low, high)
    backwards = start > stop
    parts[backwards] = shapely.reverse(parts[backwards])
    points = shapely.get_coordinates(parts)
    fresh = np.r_[True, (np.diff(points, axis=0) != 0).any(axis=1)]
    line = points[fresh]
    return shapely.LineString(line if len(line) > 1 else np.repeat(line, 2, axis=0))


@numba.njit(cache=True, nogil=True)
def _search(
    first, link, edge_from, edge_to, forward_dm, backward_dm, length_dm,
    source_edge, source_offset, source_access, limit_dm,
):  # fmt: skip
    nodes = first.size - 1
    node_dm = np.full(nodes, UNREACHED, dtype=np.int32)
    came_from = np.empty(nodes, dtype=np.int32)
    arrived_by = np.empty(nodes, dtype=np.int32)
    seen = np.zeros(link.size // 2, dtype=np.bool_)
    seen[source_edge] = True
    length = np.int64(length_dm[source_edge])
    heap = [np.int64(0)]
    heap.pop()
    for mark, node, cost, end in (
        (AHEAD, edge_to[source_edge], forward_dm[source_edge], length),
        (BACK, edge_from[source_edge], backward_dm[source_edge], np.int64(0)),
    ):
        passed = max(cost, 0)
        part = abs(np.rint(passed * (end / length)) - np.rint(passed * (source_offset / length)))
        walk = source_access + np.int64(part)
        if (
            (cost != IMPASSABLE or end == source_offset)
            and walk <= limit_dm
            and walk < node_dm[node]
        ):
            node_dm[node] = walk
            came_from[node] = mark
            arrived_by[node] = source_edge
            heappush(heap, (np.int64(walk) << 32) | np.int64(node))
    while len(heap) > 0:
        entry = heappop(heap)
        node = np.int32(entry & 0xFFFFFFFF)
        distance = entry >> 32
        if distance > node_dm[node]:
            continue
        for at in range(first[node], first[node + 1]):
            edge = link[at]
            seen[edge] = True
            ahead = edge_from[edge] == node
            cost = forward_dm[edge] if ahead else backward_dm[edge]
            if cost == IMPASSABLE:
                continue
            other = edge_to[edge] if ahead else edge_from[edge]
            walk = distance + cost
            if walk <= limit_dm and walk < node_dm[other]:
                node_dm[other] = walk
                came_from[other] = node
                arrived_by[other] = edge
                heappush(heap, (np.int64(walk) << 32) | np.int64(other))
    return node_dm, came_from, arrived_by, np.flatnonzero(seen).astype(np.int32)
