"""Windows of random streets: what one says it is enough for is as in the whole network."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import shapely
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st

from geo.network import WalkNetwork
from geo.publish import write_network
from geo.street_window import EVERYWHERE, Box, StoredNetwork
from geo.travel.walk import Walker
from geo.walkability.costs import EdgeCosts

SIDE = 12
STEP_M = 40.0


def town(random: np.random.Generator) -> WalkNetwork:
    """Return short crooked streets between neighbours, some missing, and a few long ones."""
    number = random.permutation(SIDE * SIDE).reshape(SIDE, SIDE).astype(np.int32)
    row, column = np.divmod(np.argsort(number.ravel()), SIDE)
    x, y = (
        (at * STEP_M + random.uniform(-15, 15, SIDE * SIDE)).round(1) for at in (column, row)
    )  # fmt: skip
    near = np.concatenate([
        np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
        np.stack([number[:-1].ravel(), number[1:].ravel()]),
    ], axis=1)  # fmt: skip
    near = near[:, random.random(near.shape[1]) < random.choice([0.5, 0.7, 0.95])]
    far = random.integers(0, SIDE * SIDE, (2, random.integers(0, 5)))
    order = random.permutation(near.shape[1] + far.shape[1])
    ends = np.concatenate([near, far], axis=1)[:, order].astype(np.int32)
    crooked = random.uniform(-12, 12, ends.shape)
    crooked[:, order >= near.shape[1]] *= 30
    lines = shapely.linestrings(
        np.stack([np.stack([at[ends[0]], at[ends].mean(0) + by, at[ends[1]]], 1)
                  for at, by in zip((x, y), crooked, strict=True)], 2)
    )  # fmt: skip
    return WalkNetwork(
        node_x_m=x,
        node_y_m=y,
        edge_from=ends[0],
        edge_to=ends[1],
        edge_length_dm=np.maximum(1, np.round(shapely.length(lines) * 10)).astype(np.int32),
        edge_street=np.array(["1"] * len(lines)),
        edge_line=lines,
        component=np.zeros(len(x), dtype=np.int32),
        component_length_m=np.array([1e9]),
        joined_gaps=0,
    )


@settings(max_examples=150, deadline=None, phases=[Phase.generate])  # a seed does not shrink
@given(st.integers(0, 2**32 - 1))
def test_a_walk_that_stays_inside_is_the_same(seed: int) -> None:
    random = np.random.default_rng(seed)
    network = town(random)
    west, south = random.uniform(-STEP_M, SIDE * STEP_M, 2)
    wide, access_m, more_m = random.uniform(1, 100), random.uniform(10, 60), random.uniform(0, 150)
    x, y = random.uniform((west, south), (west + wide, south + wide))
    box = Box(west, south, west + wide, south + wide).grown(access_m + more_m)
    factor, group = random.integers(1, 3), int(random.integers(1, 40))
    limit, longest = int(random.integers(0, 3_000)), random.choice([450, 700])
    costs = EdgeCosts(network.edge_length_dm, network.edge_length_dm * np.int32(factor))
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as small:
        small.setattr("geo.street_window.NETWORK_GROUP_ROWS", 4)
        small.setattr("geo.street_window._LONG_DM", longest)
        small.setattr("geo.publish.NETWORK_GROUP_ROWS", group)
        write_network(network.tables(), {}, Path(folder))
        stored = StoredNetwork(Path(folder))
        whole, window = stored.window(EVERYWHERE), stored.window(box)
    assert (whole.network.edge_line == network.edge_line).all()
    begin = network.edge_from[window.edge_row]
    assert (window.network.node_x_m[window.network.edge_from] == network.node_x_m[begin]).all()

    everywhere, around = Walker(whole.network), Walker(window.network)
    here, there = (walker.stand(x, y, max_access_m=access_m) for walker in (everywhere, around))
    assert (here is None) == (there is None)
    if here is None or there is None:
        event("far from any street")
        return
    renumbered = window.standing(here)
    for name in here.__slots__:
        assert getattr(renumbered, name) == getattr(there, name)
    part = EdgeCosts(costs.forward_dm[window.edge_row], costs.backward_dm[window.edge_row])
    far = everywhere.walk(here, limit_dm=limit, costs=costs)
    near = around.walk(there, limit_dm=limit, costs=part)
    if not window.is_enough(near.reached_nodes):
        event("the window is too small")
        return
    event(f"{min(near.reached_nodes.sum() // 5 * 5, 20)} or more crossings reached")
    assert (window.edge_row[near.edges] == far.edges).all()
    assert (far.node_dm[far.reached_nodes] == near.node_dm[near.reached_nodes]).all()
    assert (far.reached(limit) == near.reached(limit)).all()
