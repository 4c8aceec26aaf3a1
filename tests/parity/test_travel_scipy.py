"""The engine on real streets against scipy's Dijkstra: same graph, same pairs."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from data.streets import read_streets
from geo.network import Attachment, WalkNetwork, build_network
from geo.travel import build_graph, walking_times

SPEED, LIMIT_MIN = 75.0, 30.0
pytestmark = pytest.mark.real_data


def _costs(network: WalkNetwork, seed: int) -> tuple[npt.NDArray[np.int32], ...]:
    """Return costs that differ by direction, some edges closed one way or both."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(2):
        slow = np.rint(network.edge_length_dm * rng.uniform(1.0, 2.5, len(network.edge_from)))
        made.append(np.where(rng.random(len(slow)) < 0.03, -1, np.maximum(1, slow)))
    return tuple(cost.astype(np.int32) for cost in made)


def _matrix(
    network: WalkNetwork, ahead: npt.NDArray[np.int32], back: npt.NDArray[np.int32]
) -> csr_array:
    """Return the walks between nodes, turned around; of parallel edges the cheapest."""
    tail = np.concatenate([network.edge_to, network.edge_from])
    head = np.concatenate([network.edge_from, network.edge_to])
    cost = np.concatenate([ahead, back]).astype("float64")
    order = np.lexsort((cost, head, tail))
    order = order[(cost[order] > 0) & (tail[order] != head[order])]
    tail, head, cost = tail[order], head[order], cost[order]
    kept = np.r_[True, (np.diff(tail) != 0) | (np.diff(head) != 0)]
    shape = (len(network.node_x_m),) * 2
    return csr_array((cost[kept], (tail[kept], head[kept])), shape=shape)


def _standing(network: WalkNetwork, nodes: npt.NDArray[np.int64]) -> Attachment:
    edge = np.full(len(network.node_x_m), -1, dtype=np.int32)
    ids = np.arange(len(network.edge_from), dtype=np.int32)
    edge[network.edge_to], edge[network.edge_from] = ids, ids
    at = edge[nodes]
    offset = np.where(network.edge_from[at] == nodes, 0, network.edge_length_dm[at])
    return Attachment(at, offset.astype(np.int32), np.zeros(len(nodes), dtype=np.int32))


@pytest.mark.parametrize("costs", ["lengths", "by direction"])
@pytest.mark.parametrize(
    "file",
    [
        "cities/aguascalientes/vias_inegi_2007_10_raw.parquet",
        "streets_osm/guadalajara_Centro_walk.graphml",
    ],
)
def test_walks_on_real_streets_equal_scipy(real_data: Path, file: str, costs: str) -> None:
    network = build_network(read_streets([real_data / file]).table)
    ahead, back = _costs(network, 1) if costs == "by direction" else (network.edge_length_dm,) * 2
    rng = np.random.default_rng(2)
    facilities = rng.choice(len(network.node_x_m), 60)
    cells = rng.permutation(len(network.node_x_m))[:2000]
    times = walking_times(
        build_graph(network, ahead, back), _standing(network, facilities),
        _standing(network, cells), limit_min=LIMIT_MIN, speed_m_per_min=SPEED,
    )  # fmt: skip
    found = np.full((len(facilities), len(cells)), np.inf)
    found[np.repeat(np.arange(len(facilities)), np.diff(times.first)), times.cell] = times.minutes
    limit_dm = LIMIT_MIN * SPEED * 10
    expected = dijkstra(_matrix(network, ahead, back), indices=facilities, limit=limit_dm)[:, cells]
    assert np.isfinite(expected).sum() > 1000
    np.testing.assert_allclose(found, expected / (SPEED * 10), rtol=0, atol=1e-9)
