"""Several processes on one port: each answers, and the counts of any one speak for all."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

_PATIENCE_S = 60.0
WORKERS = 2


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def service(synthetic_atlas: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The command as a user runs it, once it answers."""
    port = _free_port()
    command = [sys.executable, "-m", "api", "serve", "--atlas", str(synthetic_atlas),
               "--port", str(port), "--workers", str(WORKERS)]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + _PATIENCE_S
            while time.monotonic() < end:
                try:
                    httpx.get(f"{address}/readyz", trust_env=False, timeout=_PATIENCE_S)
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield process, address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_PATIENCE_S)


def _workers(process: subprocess.Popen[bytes]) -> list[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [
        int(child)
        for child in children
        if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
def test_counts_are_of_all_processes_and_outlive_one(
    service: tuple[subprocess.Popen[bytes], str],
) -> None:
    process, address = service
    asked = 60

    def ask(count: int) -> None:
        for _ in range(count):  # a connection each, so that they spread
            answer = httpx.get(
                f"{address}/tiles/agebs/8/55/112.mvt", trust_env=False, timeout=_PATIENCE_S
            )
            assert answer.is_success

    def counted() -> float:
        text = httpx.get(f"{address}/metrics", trust_env=False, timeout=_PATIENCE_S).text
        found = re.search(r'requests_total\{route="/tiles/.*mvt",status="2xx"\} (\S+)', text)
        return float(found[1]) if found else 0.0

    ask(asked)
    assert counted() == asked
    workers = _workers(process)
    assert len(workers) == WORKERS
    os.kill(workers[0], signal.SIGKILL)
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and (
        workers[0] in _workers(process) or len(_workers(process)) < WORKERS
    ):
        time.sleep(0.1)
    assert len(_workers(process)) == WORKERS
    ask(asked)
    assert counted() == 2 * asked
