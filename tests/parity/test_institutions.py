"""Access by institution through the fused search against the same measure on stored pairs."""

import numpy as np
import pandas as pd
import pytest

from data.classification import default_codebooks
from geo.access import StepDecay, TravelTimes, entitled_two_step
from geo.method import load_method
from geo.network import Attachment, WalkNetwork
from geo.pipeline.institutions import entitled_mean, scheme_supply
from geo.pipeline.work import Supply
from geo.reach import Standing, measure_reach
from geo.supply import ServiceSupply
from geo.travel import build_graph, walking_times

SCHEMES = ("imss", "issste", "abierto")


def _streets(rng: np.random.Generator, nodes: int) -> WalkNetwork:
    start = np.arange(nodes, dtype=np.int32)
    stop = np.concatenate([(start[: nodes // 2] + 7) % nodes, (start[nodes // 2 :] + 1) % nodes])
    return WalkNetwork(
        node_x_m=2_500_000 + 1000 * rng.random(nodes),
        node_y_m=1_000_000 + 1000 * rng.random(nodes),
        edge_from=start,
        edge_to=stop.astype(np.int32),
        edge_length_dm=rng.integers(500, 6000, nodes).astype(np.int32),
        edge_street=np.array([""] * nodes),
        edge_line=np.array([None] * nodes),
        component=np.zeros(nodes, dtype=np.int32),
        component_length_m=np.array([1.0]),
        joined_gaps=0,
    )


def _points(rng: np.random.Generator, network: WalkNetwork, count: int) -> Attachment:
    edge = rng.integers(0, len(network.edge_from), count).astype(np.int32)
    offset = (network.edge_length_dm[edge] * rng.random(count)).astype(np.int32)
    return Attachment(edge, offset, rng.integers(0, 300, count).astype(np.int32))


@pytest.mark.parametrize("seed", range(5))
def test_fused_columns_of_schemes_equal_entitled_two_step(seed: int) -> None:
    rng = np.random.default_rng(seed)
    method = load_method()
    network = _streets(rng, 60)
    standing = Standing(cells=_points(rng, network, 40), centres=_points(rng, network, 15))
    scheme = rng.choice(SCHEMES, 15)
    places = rng.integers(10, 200, 15).astype("float64")[:, None]
    service = default_codebooks().services["guarderia"]
    supply = Supply(
        centres=pd.DataFrame({"scheme": scheme}),
        own=pd.Series(np.ones(15, dtype=bool)),
        services=ServiceSupply(
            {"guarderia": service}, np.ones((15, 1), dtype=bool), places, places, places
        ),
        held=(),
        missing={},
    )
    # Each person is of one scheme or of none; centres open to all admit all of them.
    groups = rng.integers(0, 30, (40, 3)).astype("float64")
    everyone = groups.sum(axis=1)
    demand = {
        "imss": groups[:, 0], "issste": groups[:, 1], "abierto": everyone,
    }  # fmt: skip
    cells = pd.DataFrame({f"entitled_guarderia_{name}": demand[name] for name in SCHEMES})
    pairs = [("guarderia", name) for name in SCHEMES]
    columns = {f"guarderia_{name}": f"entitled_guarderia_{name}" for name in SCHEMES}
    access, _ = measure_reach(
        cells, scheme_supply(supply, pairs), network, standing, method, demand=columns
    )
    fused = entitled_mean(pd.concat([cells, access], axis=1), "guarderia", list(SCHEMES), everyone)

    times = walking_times(
        build_graph(network), standing.centres, standing.cells,
        limit_min=method.walking.limit_min, speed_m_per_min=method.walking.speed_m_per_min,
    )  # fmt: skip
    stored = TravelTimes.from_facility_lists(
        times.first, times.cell, times.minutes, n_cells=40, measured=standing.cells.attached
    )
    admits = np.column_stack(
        [(scheme == name) | (scheme == "abierto") for name in ("imss", "issste", "none")]
    )
    decay = StepDecay(method.catchment.limits_min, method.catchment.weights)
    by_group = entitled_two_step(stored, groups, places[:, 0], admits, decay).by_scheme
    expected = np.divide(
        (groups * by_group).sum(axis=1), everyone, out=np.full(40, np.nan), where=everyone > 0
    )
    np.testing.assert_allclose(fused, expected, rtol=0, atol=1e-12)
