"""Build a country of Mexico's size in parts, at several fractions, and say what it takes.

    python benchmarks/national.py --real /work/shared/data --fraction 0.01 --fraction 0.05 \
        --work /tmp/national --out measured.json

Each fraction is written (:mod:`benchmarks.national_instance`), built by ``cuidados build MX``, and
measured: processor and wall-clock seconds, seconds of processor a block, the largest memory all its
processes held at once, the size of the tiles and of the largest of them. With ``--update`` a second
build follows, after centres closed in the directory of one state, or in some of its municipalities.
"""

import argparse
import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

from pmtiles.reader import MmapSource, all_tiles

from benchmarks.national_instance import write_country
from geo.artifacts import current_version, read_manifest

_SAMPLE_S = 2.0


def main() -> None:
    """Measure every fraction asked for and write the figures as one JSON list."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--real", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--fraction", type=float, action="append", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--memory", default="6GiB")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument(
        "--update",
        nargs="*",
        metavar="MUNICIPALITY",
        help="build again after centres closed in the last state or in these",
    )
    parser.add_argument("--plot", type=Path, help="SVG of the cost of a block, of all in --out")
    arguments = parser.parse_args()
    found = json.loads(arguments.out.read_text()) if arguments.out.is_file() else []
    for fraction in arguments.fraction:
        folder = arguments.work / f"{fraction:g}"
        made = write_country(folder / "sources", arguments.real, fraction)
        row = {"fraction": fraction, **made, **measure(folder, arguments.memory, arguments.workers)}
        if arguments.update is not None:
            other_centres(folder / "sources", only=tuple(arguments.update))
            row["update"] = measure(folder, arguments.memory, arguments.workers)
        found.append(row)
        arguments.out.write_text(json.dumps(found, indent=1))
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()
        shutil.rmtree(folder)
    if arguments.plot is not None:
        plot(found, arguments.plot)


def plot(found: list[dict[str, Any]], path: Path) -> None:
    """Draw the processor time of a block against how many there are."""
    import matplotlib as mpl  # noqa: PLC0415 — only to draw
    from matplotlib.figure import Figure  # noqa: PLC0415

    mpl.rcParams["svg.hashsalt"] = "national"

    rows = sorted(found, key=lambda row: row["blocks"])
    blocks = [row["blocks"] for row in rows]
    figure = Figure(figsize=(7, 3.6))
    axes = figure.subplots()
    axes.plot(blocks, [1000 * row["cpu_s"] / row["blocks"] for row in rows], "o-",
              label="whole build")  # fmt: skip
    measured = [1000 * _measuring_s(row["steps_cpu_s"]) / row["blocks"] for row in rows]
    axes.plot(blocks, measured, "s--", label="measuring parts, adding up states")
    access = [1000 * row["steps_cpu_s"]["access"] / row["blocks"] for row in rows]
    axes.plot(blocks, access, "^:", label="of it access: five services, all thresholds")
    axes.set(xscale="log", xlabel="urban blocks", ylabel="processor ms a block", ylim=(0, None))
    axes.legend(frameon=False)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})


def _measuring_s(steps: dict[str, float]) -> float:
    return sum(seconds for name, seconds in steps.items() if not name.startswith("unite "))


def measure(folder: Path, memory: str, workers: int) -> dict[str, Any]:
    """Build the atlas of a folder of sources and return what that took."""
    atlas = folder / "atlas"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    command = [
        sys.executable, "-m", "api", "build", "MX", "--sources", str(folder / "sources"),
        "--atlas", str(atlas), "--memory", memory, "--workers", str(workers),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    watch = _Watch(process.pid)
    watch.start()
    code = process.wait()
    watch.join()
    if code:
        raise SystemExit(code)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    version = current_version(atlas)
    report = json.loads((atlas / "reports" / f"{version.name}.json").read_text())
    return {
        "wall_s": round(wall, 1),
        "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "peak_bytes": watch.peak,
        "load": round(os.getloadavg()[2], 1),
        "durations_s": report["durations_s"],
        "steps_cpu_s": report["cpu_s"],
        "pieces": report["pieces"],
        "pieces_made": report["pieces_made"],
        "cells": report["cells"],
        **_files(version),
    }


def _files(version: Path) -> dict[str, Any]:
    manifest = read_manifest(version)
    tiles, largest, name = 0, 0, ""
    for layer in manifest.layers:
        if layer.tiles is None:
            continue
        tiles += layer.tiles.file.bytes
        with (version / layer.tiles.file.path).open("rb") as stream:
            for (zoom, x, y), data in all_tiles(MmapSource(stream)):
                if len(data) > largest:
                    largest, name = len(data), f"{layer.id} {zoom}/{x}/{y}"
    network = manifest.network
    return {
        "atlas_bytes": sum(record.bytes for record in manifest.files()),
        "tiles_bytes": tiles,
        "largest_tile_bytes": largest,
        "largest_tile": name,
        "nodes": 0 if network is None else network.statistics["nodes"],
        "edges": 0 if network is None else network.statistics["edges"],
        "rows": {layer.id: layer.rows for layer in manifest.layers},
    }


def other_centres(sources: Path, *, only: tuple[str, ...] = ()) -> None:
    """Close every hundredth centre of the directory's last file, as a newer edition would.

    Parameters
    ----------
    sources
        Folder of sources.
    only
        Municipalities where they close; none for all of the file.
    """
    path = max(sources.glob("denue_*.zip"))
    with zipfile.ZipFile(path) as archive:
        (name,) = archive.namelist()
        lines = archive.read(name).splitlines(keepends=True)
    within = range(len(lines)) if not only else _rows_of(lines, only)
    closed = {*within[::100]} - {0}
    kept = [line for number, line in enumerate(lines) if number not in closed]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"".join(kept))


def _rows_of(lines: list[bytes], municipalities: tuple[str, ...]) -> list[int]:
    rows = list(csv.reader(line.decode("latin-1") for line in lines))
    state, own = rows[0].index("cve_ent"), rows[0].index("cve_mun")
    return [n for n, row in enumerate(rows) if row[state] + row[own] in municipalities]


class _Watch(threading.Thread):
    """Samples the memory a process and its children hold, shared pages counted once."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.peak = 0

    def run(self) -> None:
        """Sample until the process ends."""
        while Path(f"/proc/{self._pid}").is_dir():
            held = sum(_held(pid) for pid in _family(self._pid))
            if not held and self.peak:
                return
            self.peak = max(self.peak, held)
            time.sleep(_SAMPLE_S)


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(found for child in children for found in _family(int(child)))]


def _held(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
