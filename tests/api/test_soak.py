"""The short form of the soak: no answer fails, and memory does not grow with their number."""

import socket
import subprocess
import sys
from pathlib import Path

_SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"
# Of some hundreds of answers; the allocator alone has been seen to step up by 26 MB.
_MOST_GROWTH_MB = 40


def test_answers_under_steady_load_neither_fail_nor_pile_up(synthetic_atlas: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = subprocess.run(
        [sys.executable, str(_SOAK), str(synthetic_atlas), "--minutes", "0.2", "--rate", "60",
         "--port", str(port), "--most-growth-mb", str(_MOST_GROWTH_MB)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5xx" not in done.stdout
