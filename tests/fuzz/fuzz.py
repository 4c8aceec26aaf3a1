"""Feed every reader and parser with bytes that coverage leads to new places, for as long as asked.

``python tests/fuzz/fuzz.py --seconds 60 [--target NAME] [--report FILE]`` runs each target in a
process of its own (atheris stops a process at its first fault) and says how many inputs each took
and what came out of them. A fault ends the run with code 1; its input is kept in ``.artifacts``.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fuzz.targets import Target

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY))
# A library we use ships a package called `tests` as well; it is ours that is meant here.
sys.modules["tests"] = types.ModuleType("tests")
sys.modules["tests"].__path__ = [str(REPOSITORY / "tests")]
_KEPT = REPOSITORY / ".artifacts" / "fuzz"
_MOST_BYTES = 8192
# numba compiles them, and cannot what is instrumented; they read nothing from outside.
_COMPILED = [
    "geo.access.rational", "geo.participation.clusters", "geo.travel.chains", "geo.travel.nearest",
    "geo.travel.scores", "geo.travel.search", "geo.travel.times", "geo.travel.walk",
]  # fmt: skip


def _pure(folder: Path) -> Mapping[str, "Target"]:
    from api.store import AtlasVersion
    from tests.api.synthetic_atlas import build_synthetic_atlas
    from tests.fuzz.targets import READERS, parsers

    table = AtlasVersion(build_synthetic_atlas(folder / "small")).table("centros")
    return {**READERS, **parsers(table)}


@contextmanager
def _target(name: str, sources: Path) -> Iterator["Target"]:
    from tests.fuzz.service import SERVED, service_targets

    if name not in SERVED:
        yield _pure(sources.parent)[name]
        return
    atlas = sources.with_name("atlas")
    command = [sys.executable, "-m", "api", "build", "--sources", str(sources), "--atlas",
               str(atlas)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, cwd=REPOSITORY)
    with service_targets(atlas) as targets:
        yield targets[name]


def _run_one(name: str, seconds: int) -> None:
    import atheris

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with atheris.instrument_imports(include=["api", "data", "geo"], exclude=_COMPILED):
            import tests.fuzz.service
            import tests.fuzz.targets  # noqa: F401 -- with all that they read with
        from data.demo import write_demo_city

        write_demo_city(folder / "sources")
        with _target(name, folder / "sources") as target:
            corpus = folder / "corpus"
            corpus.mkdir()
            for number, content in enumerate(_corpus(target, folder / "sources")):
                (corpus / str(number)).write_bytes(content[:_MOST_BYTES])
            work = folder / "work"
            work.mkdir()

            def feed(content: bytes) -> None:
                target.refusal(content, work)

            _KEPT.mkdir(parents=True, exist_ok=True)
            atheris.Setup(
                [sys.argv[0], str(corpus), f"-max_total_time={seconds}", f"-max_len={_MOST_BYTES}",
                 "-timeout=20", "-rss_limit_mb=3000", "-print_final_stats=1", "-seed=20201127",
                 f"-artifact_prefix={_KEPT}/{name.replace(' ', '-')}-"],
                feed,
            )  # fmt: skip
            atheris.Fuzz()


def _corpus(target: "Target", sources: Path) -> list[bytes]:
    """Return what the first inputs are: good ones, and for files the ways they are spoiled."""
    from tests.fuzz.broken import ANY, TABLES
    from tests.fuzz.targets import seed_of

    if target.examples:
        return list(target.examples)
    good = seed_of(target, sources)
    return [good, *(spoil(good) for spoil in [*ANY.values(), *TABLES.values()] if good)]


def _names() -> list[str]:
    from tests.fuzz.service import SERVED

    with tempfile.TemporaryDirectory() as made:
        return [*_pure(Path(made)), *SERVED]


def main() -> int:
    """Run what the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=int, default=60, help="for each target")
    asked.add_argument("--target", help="this one alone, in this process")
    asked.add_argument("--report", type=Path, help="file for the table of what was run")
    options = asked.parse_args()
    if options.target:
        _run_one(options.target, options.seconds)
        return 0
    faults, rows = 0, ["| target | inputs | a second | outcome |", "|---|---|---|---|"]
    for name in _names():
        done = subprocess.run(
            [sys.executable, __file__, "--target", name, "--seconds", str(options.seconds)],
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        told = dict(re.findall(r"stat::(\w+):\s+(\d+)", done.stderr))
        faults += done.returncode != 0
        outcome = "no fault" if done.returncode == 0 else f"FAULT {done.returncode}"
        rows.append(f"| {name} | {int(told.get('number_of_executed_units', 0)):,} "
                    f"| {told.get('average_exec_per_sec', '–')} | {outcome} |")  # fmt: skip
        print(rows[-1], flush=True)
        if done.returncode:
            print(done.stderr[-3000:], file=sys.stderr, flush=True)
    if options.report:
        options.report.write_text("\n".join(rows) + "\n", "utf-8")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
