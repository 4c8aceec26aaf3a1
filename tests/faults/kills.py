"""Kill builds and publications at random, and say what the atlas was like after each.

``python tests/faults/kills.py --builds 100 --publications 100`` (``make faults``). Each round
starts the work in a process of its own and kills it (SIGKILL) at a moment drawn from its whole
length. After each kill the version in service must verify, hash by hash, and so must every folder
named as a version and every piece of a build in parts; after all of them a build must end.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY))
# A library we use ships a package called `tests` as well; it is ours that is meant here.
if not hasattr(sys.modules.get("tests"), "__path__"):
    sys.modules["tests"] = types.ModuleType("tests")
    sys.modules["tests"].__path__ = [str(REPOSITORY / "tests")]

from geo.artifacts import current_version, verify  # noqa: E402
from geo.parts.store import finished  # noqa: E402

_SEED = 20201127
_VERSION_LENGTH = 16
# Publishes one small atlas after another, each another version, until it is killed.
_PUBLISHER = """
import sys, types
sys.path.insert(0, {repository!r})
sys.modules["tests"] = types.ModuleType("tests")
sys.modules["tests"].__path__ = [{repository!r} + "/tests"]
from pathlib import Path
from tests.api.synthetic_atlas import build_synthetic_atlas
print("ready", flush=True)
for number in range(10_000):
    build_synthetic_atlas(Path(sys.argv[1]), title=sys.argv[2] + str(number))
"""


def check(atlas: Path) -> str:
    """Return the version in service after checking that it, and every other, is whole."""
    serving = verify(current_version(atlas)).version
    for folder in atlas.iterdir():
        if folder.is_dir() and len(folder.name) == _VERSION_LENGTH and folder.name.isalnum():
            verify(folder)
    return serving


def killed(command: list[str], after_s: float, *, told: str | None = None) -> bool:
    """Run a command, kill it after a while (from the line it is told), say if it was running."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True, env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert process.stdout is not None
    if told is not None:
        process.stdout.readline()
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    process.stdout.close()
    return process.wait() == -signal.SIGKILL


def kill_publications(atlas: Path, rounds: int, chance: random.Random) -> int:
    """Kill a process that publishes one version after another; return how many were running."""
    running = 0
    for number in range(rounds):
        command = [sys.executable, "-c", _PUBLISHER.format(repository=str(REPOSITORY)), str(atlas),
                   f"{number}-"]  # fmt: skip
        running += killed(command, chance.uniform(0.0, 1.0), told="ready")
        check(atlas)
        kept = current_version(atlas).name
        for folder in atlas.iterdir():
            if folder.is_dir() and len(folder.name) == _VERSION_LENGTH and folder.name != kept:
                shutil.rmtree(folder)
    return running


def kill_builds(
    atlas: Path, sources: Path, rounds: int, chance: random.Random, *, parts: bool = False
) -> int:
    """Kill builds of the demo city, each of another walking speed; return how many were running."""
    method = sources / "method.toml"
    how = ["--parts"] if parts else []

    def command(number: int) -> list[str]:
        method.write_text(f"[walking]\nspeed_m_per_min = {60 + number / 16}\n", "utf-8")
        return [sys.executable, "-m", "api", "build", "--sources", str(sources), "--atlas",
                str(atlas), "--method", str(method), *how]  # fmt: skip

    started = time.monotonic()
    whole = killed(command(0), 3600.0)
    length_s = time.monotonic() - started
    assert not whole
    running = 0
    for number in range(1, rounds + 1):
        running += killed(command(number), chance.uniform(0.0, length_s))
        check(atlas)
        pieces = (atlas / ".parts").glob("[!.]*")
        assert all(finished(piece) is not None for piece in pieces), "a piece is half"
    assert not killed(command(rounds + 1), 3600.0), "the build after the kills did not end"
    assert check(atlas)
    return running


def main() -> int:
    """Run the rounds the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--builds", type=int, default=100)
    asked.add_argument("--publications", type=int, default=100)
    asked.add_argument("--seed", type=int, default=_SEED, help="of the moments drawn")
    options = asked.parse_args()
    from data.demo import write_demo_city
    from tests.api.synthetic_atlas import build_synthetic_atlas

    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        build_synthetic_atlas(folder / "small")
        count = kill_publications(folder / "small", options.publications, chance)
        print(f"publications killed: {count} of {options.publications} rounds; no version was half",
              flush=True)  # fmt: skip
        write_demo_city(folder / "sources")
        half = options.builds // 2
        kinds = (("builds", half, False), ("builds in parts", options.builds - half, True))
        for name, rounds, parts in kinds:
            count = kill_builds(folder / name, folder / "sources", rounds, chance, parts=parts)
            print(f"{name} killed: {count} of {rounds} rounds; no version and no piece was half",
                  flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
