"""Graphs with facilities and origins on their nodes, the same for every engine."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from data.streets import read_streets
from geo.network import Attachment, WalkNetwork, build_network

SPEED_M_PER_MIN = 75.0
LIMIT_MIN = 30.0
LIMIT_DM = int(SPEED_M_PER_MIN * LIMIT_MIN * 10)


@dataclass(frozen=True)
class Instance:
    """A network, and the nodes on which facilities and origins stand."""

    name: str
    network: WalkNetwork
    facilities: npt.NDArray[np.int64]
    origins: npt.NDArray[np.int64]

    def standing(self, nodes: npt.NDArray[np.int64]) -> Attachment:
        """Return nodes as points at the ends of edges."""
        network = self.network
        edge = np.full(len(network.node_x_m), -1, dtype=np.int32)
        ids = np.arange(len(network.edge_from), dtype=np.int32)
        edge[network.edge_to] = ids
        edge[network.edge_from] = ids
        at = edge[nodes]
        offset = np.where(network.edge_from[at] == nodes, 0, network.edge_length_dm[at])
        return Attachment(at, offset.astype(np.int32), np.zeros(len(nodes), dtype=np.int32))

    def matrix(self) -> csr_array:
        """Return the graph for scipy; of parallel edges the shortest, since it would add them."""
        network = self.network
        tail = np.concatenate([network.edge_from, network.edge_to])
        head = np.concatenate([network.edge_to, network.edge_from])
        cost = np.tile(network.edge_length_dm, 2).astype("float64")
        order = np.lexsort((cost, head, tail))
        tail, head, cost = tail[order], head[order], cost[order]
        kept = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)] & (tail != head)
        nodes = len(network.node_x_m)
        return coo_array((cost[kept], (tail[kept], head[kept])), shape=(nodes, nodes)).tocsr()


def grid(side: int, *, facilities: int, origins: int, spacing_m: float = 80.0) -> Instance:
    """Return a square grid whose streets are up to a fifth longer than straight."""
    rng = np.random.default_rng(1)
    node = np.arange(side * side, dtype=np.int32).reshape(side, side)
    start = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    stop = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    length = (spacing_m * 10 * rng.uniform(1, 1.2, len(start))).astype(np.int32)
    row, column = np.divmod(np.arange(side * side), side)
    network = WalkNetwork(
        node_x_m=2_000_000 + spacing_m * column,
        node_y_m=1_000_000 + spacing_m * row,
        edge_from=start,
        edge_to=stop,
        edge_length_dm=length,
        edge_street=np.empty(0, dtype="str"),
        edge_line=np.empty(0, dtype=object),
        component=np.zeros(side * side, dtype=np.int32),
        component_length_m=np.array([length.sum() / 10]),
        joined_gaps=0,
    )
    return Instance(
        f"rejilla de {side * side:,} nodos", network, *_scattered(side * side, facilities, origins)
    )


def cities(streets: Path, *, facilities: int, origins: int) -> Instance:
    """Return the streets of the cities of a file."""
    network = build_network(read_streets([streets]).table)
    nodes = len(network.node_x_m)
    return Instance(f"ciudades, {nodes:,} nodos", network, *_scattered(nodes, facilities, origins))


def _scattered(
    nodes: int, facilities: int, origins: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    rng = np.random.default_rng(2)
    return rng.choice(nodes, facilities), np.sort(rng.choice(nodes, origins, replace=False))
