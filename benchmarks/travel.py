"""Walking times from facilities to origins: this engine and its peers, same graph, same pairs.

    python benchmarks/travel.py                                    the grid
    python benchmarks/travel.py --streets lines.parquet            and a network of real streets
    python benchmarks/travel.py --peers-python env/bin/python      and pandana and cityseer
    python benchmarks/travel.py --large --huge                     and 400,000 facilities

Prints Markdown. Seconds are the best of three (ours) or of one (peers); processors are shared on
most machines, so ratios are what to read.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import networkx as nx
import numba
import numpy as np
from instances import LIMIT_DM, LIMIT_MIN, SPEED_M_PER_MIN, Instance, cities, grid
from scipy.sparse.csgraph import dijkstra

from geo.travel import WalkGraph, build_graph, score, walking_times
from geo.travel.placing import place_cells, place_sources
from geo.travel.rings import make_rings
from geo.travel.scores import Catchments
from geo.travel.search import make_room, new_entries, reach

_CHUNK = 50
_TILE_M = 5000.0
_SAMPLE = 100
THRESHOLDS, WEIGHTS = (10.0, 20.0, 30.0), (1.0, 0.68, 0.22)


@numba.njit(nogil=True)
def search_only(begin, end, first, links, cells, sources, room):
    """Search every facility and keep nothing."""
    pairs, entries = 0, new_entries()
    for source in range(begin, end):
        access = sources.points.access_dm[source]
        found, entries = reach(first, links, cells, sources, source, access, room, entries)
        for at in range(found):
            room.cell_distance[room.found[at]] = room.limit_dm + 1
        pairs += found
    return pairs


class Run(NamedTuple):
    """Seconds by the clock and of the processor, and how many pairs were found (−1: not said)."""

    seconds: float
    processor_s: float
    pairs: int


def best_of(times: int, work: Callable[[], int]) -> Run:
    """Return the shortest of several runs; the processor's seconds do not count others' work."""
    found = []
    for _ in range(times):
        begin, used = time.perf_counter(), time.process_time()
        pairs = work()
        found.append((time.perf_counter() - begin, time.process_time() - used))
    seconds, processor_s = (min(column) for column in zip(*found, strict=True))
    return Run(seconds, processor_s, pairs)


def scipy_chunked(instance: Instance) -> Run:
    matrix, is_origin = instance.matrix(), _mask(instance)

    def run() -> int:
        pairs = 0
        for begin in range(0, len(instance.facilities), _CHUNK):
            some = instance.facilities[begin : begin + _CHUNK]
            distance = dijkstra(matrix, indices=some, limit=LIMIT_DM)
            pairs += int(np.isfinite(distance[:, is_origin]).sum())
        return pairs

    return best_of(1, run)


def scipy_tiles(instance: Instance) -> Run:
    matrix, is_origin = instance.matrix(), _mask(instance)
    x, y = instance.network.node_x_m, instance.network.node_y_m
    buffer_m = LIMIT_DM / 10

    def run() -> int:
        pairs = 0
        tile = np.stack([x, y], axis=1)[instance.facilities] // _TILE_M
        for corner in np.unique(tile, axis=0):
            chosen = instance.facilities[(tile == corner).all(axis=1)]
            west, south = corner * _TILE_M
            inside = np.flatnonzero(
                (x >= west - buffer_m) & (x <= west + _TILE_M + buffer_m)
                & (y >= south - buffer_m) & (y <= south + _TILE_M + buffer_m)
            )  # fmt: skip
            part = matrix[inside][:, inside]
            wanted = is_origin[inside]
            at = np.searchsorted(inside, chosen)
            for begin in range(0, len(at), _CHUNK):
                distance = dijkstra(part, indices=at[begin : begin + _CHUNK], limit=LIMIT_DM)
                pairs += int(np.isfinite(distance[:, wanted]).sum())
        return pairs

    return best_of(1, run)


def networkx_sample(instance: Instance) -> Run:
    graph = nx.from_scipy_sparse_array(instance.matrix())
    is_origin = _mask(instance)

    def run() -> int:
        return sum(
            int(is_origin[list(nx.single_source_dijkstra_path_length(
                graph, int(node), cutoff=LIMIT_DM))].sum())
            for node in instance.facilities[:_SAMPLE]
        )  # fmt: skip

    scale = len(instance.facilities) / _SAMPLE
    part = best_of(1, run)
    return Run(part.seconds * scale, part.processor_s * scale, round(part.pairs * scale))


def peer(engine: str, python: Path, instance: Instance) -> dict[str, float]:
    network = instance.network
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graph.npz"
        np.savez(
            file, x=network.node_x_m, y=network.node_y_m, start=network.edge_from,
            stop=network.edge_to, length_m=network.edge_length_dm / 10,
            facilities=instance.facilities, origins=instance.origins, limit_m=LIMIT_DM / 10,
        )  # fmt: skip
        script = Path(__file__).with_name("peers.py")
        done = subprocess.run([python, script, engine, file], check=True, capture_output=True)
    return json.loads(done.stdout.splitlines()[-1])


def _mask(instance: Instance) -> np.ndarray:
    mask = np.zeros(len(instance.network.node_x_m), dtype=bool)
    mask[instance.origins] = True
    return mask


def our_search(instance: Instance, graph: WalkGraph) -> Run:
    cells = place_cells(graph, instance.standing(instance.origins))
    sources = place_sources(graph, instance.standing(instance.facilities))
    room = make_room(graph, cells, LIMIT_DM)
    count = len(sources.start)
    search_only(0, 1, graph.first, graph.links, cells, sources, room)
    return best_of(3, lambda: search_only(0, count, graph.first, graph.links, cells, sources, room))


def our_scores(
    instance: Instance, graph: WalkGraph, *, services: int, thresholds: int, threads: int,
    times: int = 3,
) -> Run:  # fmt: skip
    rng = np.random.default_rng(3)
    facilities, cells = len(instance.facilities), len(instance.origins)
    at, home = instance.standing(instance.facilities), instance.standing(instance.origins)
    supply = rng.integers(20, 200, (facilities, services)).astype("float64")
    demand = rng.integers(0, 60, (cells, services)).astype("float64")

    def run() -> int:
        scores = score(
            graph, at, home, offers=np.ones(supply.shape, dtype=bool), supply=supply,
            demand=demand, limit_min=LIMIT_MIN, thresholds_min=THRESHOLDS[-thresholds:],
            weight_limits_min=THRESHOLDS, weights=WEIGHTS, speed_m_per_min=SPEED_M_PER_MIN,
            threads=threads,
        )  # fmt: skip
        return int(scores.centres[:, 0, -1].sum())

    return best_of(times, run)


def our_catchments(instance: Instance, graph: WalkGraph) -> Run:
    """Both steps of the catchments alone, as the search alone: no placing, no nearest."""
    rng = np.random.default_rng(3)
    cells = place_cells(graph, instance.standing(instance.origins))
    sources = place_sources(graph, instance.standing(instance.facilities))
    shape = (len(sources.start), 1)
    catchments = Catchments(
        graph, cells, sources, make_rings(THRESHOLDS[-1:], THRESHOLDS, WEIGHTS,
                                          SPEED_M_PER_MIN * 10),
        np.ones(shape, dtype=bool), rng.integers(20, 200, shape).astype("float64"),
        rng.integers(0, 60, (len(instance.origins), 1)).astype("float64"),
    )  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        return best_of(3, lambda: int(catchments.add_up(pool, 1)[0][:, :, 0].sum()))


def our_pairs(instance: Instance, graph: WalkGraph, *, threads: int) -> Run:
    at, home = instance.standing(instance.facilities), instance.standing(instance.origins)
    return best_of(3, lambda: len(walking_times(
        graph, at, home, limit_min=LIMIT_MIN, speed_m_per_min=SPEED_M_PER_MIN, threads=threads
    ).cell))  # fmt: skip


def compare(instance: Instance, peers_python: Path | None, *, quick: bool) -> None:
    begin = time.perf_counter()
    graph = build_graph(instance.network)
    built = time.perf_counter() - begin
    print(f"\n### {instance.name}: {len(instance.facilities):,} centros, "
          f"{len(instance.origins):,} orígenes, {LIMIT_MIN:g} min\n")  # fmt: skip
    print(f"{len(graph.first) - 1:,} cruces tras unir cadenas; armar la red {built:.2f} s; "
          f"carga {os.getloadavg()[0]:.1f}\n")  # fmt: skip
    our_scores(instance, graph, services=1, thresholds=1, threads=1, times=1)
    base = our_search(instance, graph)
    rows = [
        ("búsqueda sola, 1 hilo", base),
        ("búsqueda con los dos pasos de E2SFCA, 1 hilo", our_catchments(instance, graph)),
    ]
    for threads in (1, 2):
        rows.append(
            (f"pares guardados, {threads} hilo(s)", our_pairs(instance, graph, threads=threads))
        )
        for services, thresholds in ((1, 1), (1, 3), (4, 3)):
            run = our_scores(
                instance, graph, services=services, thresholds=thresholds, threads=threads
            )
            rows.append(
                (f"todo: {services} grupo(s), {thresholds} umbral(es), {threads} hilo(s)", run)
            )
    rows.append(("scipy `dijkstra(limit=)`, de 50 en 50", scipy_chunked(instance)))
    rows.append(("scipy por teselas de 5 km", scipy_tiles(instance)))
    if not quick:
        rows.append((f"networkx, {_SAMPLE} centros a escala", networkx_sample(instance)))
    if peers_python is not None:
        for engine in ("pandana", "cityseer"):
            result = peer(engine, peers_python, instance)
            name = f"{engine}, sin su preparación ({result['prepare_s']:.0f} s)"
            run = Run(result["search_s"], result["processor_s"], int(result["pairs"]))
            rows.append((name, run))
    print("| motor | segundos | de procesador | veces la búsqueda (procesador) | pares |")
    print("|---|---|---|---|---|")
    for name, run in rows:
        counted = f"{run.pairs:,}" if run.pairs >= 0 else "no los da"
        print(f"| {name} | {run.seconds:.3f} | {run.processor_s:.3f} | "
              f"{run.processor_s / base.processor_s:.1f} | {counted} |", flush=True)  # fmt: skip


def scale(name: str, side: int, facilities: int, origins: int) -> None:
    begin = time.perf_counter()
    instance = grid(side, facilities=facilities, origins=origins)
    made = time.perf_counter()
    graph = build_graph(instance.network)
    built = time.perf_counter()
    print(f"\n### {name}: {side * side:,} nodos, {facilities:,} centros, {origins:,} orígenes\n")
    print(f"hacer el caso {made - begin:.0f} s, armar la red {built - made:.0f} s, "
          f"carga {os.getloadavg()[0]:.1f}\n")  # fmt: skip
    for threads in (2, 1):
        seconds, cpu, pairs = our_scores(
            instance, graph, services=4, thresholds=3, threads=threads, times=1
        )
        print(f"- 4 grupos × 3 umbrales, {threads} hilo(s): {seconds:.1f} s "
              f"({cpu:.1f} s de procesador), {pairs:,} pares", flush=True)  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"- memoria máxima del proceso: {peak:.1f} GiB")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--streets", type=Path, help="file of street lines")
    options.add_argument("--peers-python", type=Path, help="Python with pandana and cityseer")
    options.add_argument("--large", action="store_true")
    options.add_argument("--huge", action="store_true")
    options.add_argument("--no-peers", action="store_true", help="only --large and --huge")
    options.add_argument("--quick", action="store_true", help="without networkx")
    chosen = options.parse_args()
    if not chosen.no_peers:
        if chosen.streets is not None:
            compare(cities(chosen.streets, facilities=8000, origins=30_000), chosen.peers_python,
                    quick=chosen.quick)  # fmt: skip
        # pandana takes minutes to prepare a grid, so its row is given for streets alone.
        compare(grid(500, facilities=8000, origins=30_000), None, quick=chosen.quick)
    if chosen.large:
        scale("400,000 centros", 800, 400_000, 200_000)
    if chosen.huge:
        scale("10 millones de nodos", 3163, 400_000, 200_000)


if __name__ == "__main__":
    sys.exit(main())
