"""Scenarios of an atlas by HTTP, against measuring everything again in the same run.

    python benchmarks/scenarios.py ATLAS [--rounds 60]

Each round asks one scenario of each kind, at a random block or centre. The peer is what a
scenario would cost without knowing what it can change: the access of all cells, AGEB and
municipalities measured anew. Work is told in seconds of processor too, which other programs on
the machine lengthen less than those of the clock.
"""

import argparse
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import uvicorn

from api.app import create_app
from api.settings import Settings
from geo.artifacts import current_version, read_manifest
from geo.scenarios import Planning, evaluate, open_planning, read_scenario
from geo.scenarios.ground import GENERAL, ground_today, measure_ground

_SERVICE = "guarderia"


def _feature(change: str, point: list[float] | None = None, **more: object) -> dict[str, Any]:
    geometry = None if point is None else {"type": "Point", "coordinates": point}
    return {"type": "Feature", "geometry": geometry, "properties": {"change": change, **more}}


def scenarios(planning: Planning, generator: np.random.Generator) -> dict[str, list[Any]]:
    """Return one scenario of each kind, at random."""
    blocks = planning.cells[planning.homes.attached][["lon", "lat"]].to_numpy()
    offers = planning.sites.offers[:, list(planning.services).index(_SERVICE)]
    centres = planning.sites.table["facility_id"][offers].tolist()

    def somewhere() -> list[float]:
        return [float(part) for part in blocks[generator.integers(len(blocks))]]

    def some(count: int) -> list[str]:
        return [str(name) for name in generator.choice(centres, count, replace=False)]

    def new() -> dict[str, Any]:
        return _feature("abrir", somewhere(), services=[_SERVICE], places=100)

    return {
        "open one": [new()],
        "close one": [_feature("cerrar", facility_id=some(1)[0])],
        "move one": [_feature("mover", somewhere(), facility_id=some(1)[0])],
        "resize one": [_feature("lugares", facility_id=some(1)[0], places=250)],
        "open ten, close five": [
            *(new() for _ in range(10)),
            *(_feature("cerrar", facility_id=name) for name in some(5)),
        ],
    }


def main() -> None:
    """Print percentiles of each kind, by HTTP and of the work itself."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("atlas", type=Path)
    arguments.add_argument("--rounds", type=int, default=60)
    given = arguments.parse_args()
    folder = current_version(given.atlas)
    began = time.perf_counter()
    planning = open_planning(folder, read_manifest(folder))
    ground_today(planning, GENERAL)
    print(f"read and measured once: {time.perf_counter() - began:.2f} s")
    again = []
    for _ in range(5):
        began = time.process_time()
        measure_ground(planning, None)
        again.append(time.process_time() - began)
    whole = float(np.median(again))
    print(f"everything measured again (peer): {whole * 1000:.0f} ms of processor")
    server = uvicorn.Server(
        uvicorn.Config(create_app(Settings(atlas=given.atlas)), port=0, log_level="error")
    )
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/escenarios"
    generator = np.random.default_rng(1)
    client = httpx.Client(trust_env=False, timeout=60)
    by_http: dict[str, list[float]] = {}
    work: dict[str, list[float]] = {}
    for turn in range(given.rounds + 1):
        for kind, features in scenarios(planning, generator).items():
            document = {"type": "FeatureCollection", "features": features}
            began = time.perf_counter()
            client.post(address, json=document).raise_for_status()
            if turn:  # the first round warms the service
                by_http.setdefault(kind, []).append(time.perf_counter() - began)
            began = time.process_time()
            evaluate(planning, read_scenario(document))
            if turn:
                work.setdefault(kind, []).append(time.process_time() - began)
    for kind, seconds in by_http.items():
        p50, p95 = np.quantile(seconds, [0.5, 0.95]) * 1000
        alone = float(np.median(work[kind]))
        print(
            f"{kind}: HTTP p50 {p50:.0f} ms, p95 {p95:.0f} ms;"
            f" processor p50 {alone * 1000:.0f} ms, p95"
            f" {np.quantile(work[kind], 0.95) * 1000:.0f} ms (peer / p50 = {whole / alone:.1f})"
        )
    every = np.concatenate(list(by_http.values()))
    print(
        f"all: p50 {np.quantile(every, 0.5) * 1000:.0f}, p95 {np.quantile(every, 0.95) * 1000:.0f}"
    )


if __name__ == "__main__":
    main()
