"""Seconds, CPU seconds and peak memory of whole builds, each in a process of its own, as a table.

python benchmarks/build.py [NAME …]      # demo, or a file of tests/real/sources
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "tests" / "real" / "sources"
NAMES = ("demo", "aguascalientes", "veracruz", "merida", "national")
_SHOWN_STEPS = (
    "demand",
    "supply",
    "network",
    "access",
    "grids",
    "levels",
    "walkability",
    "publish",
)


def measure(name: str, folder: Path) -> dict[str, float]:
    """Build one atlas in a child process and return its seconds by step and peak memory."""
    atlas = folder / name
    arguments = (
        ["demo", "--no-serve", "--atlas", str(atlas), "--cache", str(folder / "cache")]
        if name == "demo"
        else ["build", "--sources", str(SOURCES / f"{name}.toml"), "--atlas", str(atlas)]
    )
    started = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "api", "--quiet", *arguments],
                             stdout=subprocess.DEVNULL)  # fmt: skip
    _, status, usage = os.wait4(child.pid, 0)
    elapsed = time.perf_counter() - started
    if status:
        sys.exit(f"{name} could not be built")
    report = json.loads(next((atlas / "reports").glob("*.json")).read_text(encoding="utf-8"))
    cpu_s = usage.ru_utime + usage.ru_stime
    peak_mib = usage.ru_maxrss / 1024
    return {"total": elapsed, "cpu": cpu_s, "peak_mib": peak_mib, **report["durations_s"]}


def main() -> None:
    """Print one row for each build asked for."""
    names = sys.argv[1:] or NAMES
    print("| build | seconds | of CPU | peak MiB |", " | ".join(_SHOWN_STEPS), "|")
    print("|---" * (4 + len(_SHOWN_STEPS)) + "|")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            figures = measure(name, Path(folder))
            steps = " | ".join(f"{figures[step]:.1f}" for step in _SHOWN_STEPS)
            whole = " | ".join(f"{figures[part]:.1f}" for part in ("total", "cpu"))
            print(f"| {name} | {whole} | {figures['peak_mib']:.0f} | {steps} |", flush=True)
    print(f"\nThis process itself: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB.")


if __name__ == "__main__":
    main()
