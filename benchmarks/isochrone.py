"""Isochrones of 5, 10 and 15 minutes on an atlas's streets against networkx's ego graph.

python benchmarks/isochrone.py VERSION_FOLDER [POINTS]
"""

import sys
import time
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import shapely

from geo.network import Attachment, WalkNetwork, read_network
from geo.travel.isochrone import FRONTAGE_M, isochrones, people_reached
from geo.travel.walk import Walker

MINUTES, SPEED_DM = (5, 10, 15), 750
GROUPS = ("population", "children_0_11", "older_65_plus", "disability")


def graph_of(network: WalkNetwork) -> nx.MultiGraph:
    """Return the streets as networkx holds them."""
    graph = nx.MultiGraph()
    ends = zip(network.edge_from.tolist(), network.edge_to.tolist(), strict=True)
    graph.add_edges_from(
        (start, stop, {"length": int(length), "line": line})
        for (start, stop), length, line in zip(
            ends, network.edge_length_dm, network.edge_line, strict=True
        )
    )
    return graph


def by_ego_graph(graph: nx.MultiGraph, node: int) -> list[shapely.Geometry]:
    """Return the usual recipe: whole edges of the ego graph, buffered and joined."""
    found = []
    for minutes in MINUTES:
        reached = nx.ego_graph(graph, node, radius=minutes * SPEED_DM, distance="length")
        lines = [line for _, _, line in reached.edges(data="line")] or [shapely.Point()]
        found.append(shapely.union_all(shapely.buffer(lines, FRONTAGE_M, quad_segs=2)))
    return found


def now() -> np.ndarray:
    """Return the clock and the processor time: on a busy machine they differ."""
    return np.array([time.perf_counter(), time.process_time()])


def main() -> None:
    """Print load times, and the median and 95th percentile of both."""
    version = Path(sys.argv[1])
    points = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    started = time.perf_counter()
    network = read_network(version)
    read = time.perf_counter() - started
    walker = Walker(network)
    prepared = time.perf_counter() - started - read
    cells = pd.read_parquet(version / "tables" / "celdas.parquet")
    cells = cells[cells["edge"] >= 0].reset_index(drop=True)
    standing = Attachment(
        cells["edge"].to_numpy("int32"),
        *(np.rint(cells[n] * 10).to_numpy("int32") for n in ("offset_m", "access_m")),
    )
    graph = graph_of(network)
    # A cell of many people may be drawn more than once.
    people = cells["population"].fillna(0)
    homes = cells.sample(points + 3, weights=people, replace=True, random_state=3).index
    limits = [minutes * SPEED_DM for minutes in MINUTES]
    ours, peer = [], []
    for number, row in enumerate(homes):
        origin = Attachment(standing.edge[[row]], standing.offset_dm[[row]],
                            standing.access_dm[[row]])  # fmt: skip
        started = now()
        walk = walker.walk(origin, limit_dm=limits[-1])
        isochrones(walk, limits)
        people_reached(walk, standing, cells, groups=GROUPS, limits_dm=limits)
        middle = now()
        by_ego_graph(graph, int(network.edge_from[origin.edge[0]]))
        if number >= 3:
            ours.append(middle - started)
            peer.append(now() - middle)
    print(f"{len(network.node_x_m):,} nodes, {len(network.edge_from):,} edges, {points} homes")
    print(f"network read in {read:.2f} s, prepared in {prepared:.2f} s, once\n")
    print("| what | median ms | p95 ms | median CPU ms | p95 CPU ms |\n|---|---|---|---|---|")
    for name, times in (
        ("5, 10 and 15 minutes, parts of edges, people by group", ours),
        ("networkx ego_graph, whole edges, buffered; no people", peer),
    ):
        (median, cpu), (p95, cpu_p95) = np.quantile(times, [0.5, 0.95], axis=0) * 1000
        print(f"| {name} | {median:.1f} | {p95:.1f} | {cpu:.1f} | {cpu_p95:.1f} |")


if __name__ == "__main__":
    main()
