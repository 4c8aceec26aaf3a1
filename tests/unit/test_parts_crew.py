"""Pieces of a build and who makes them: kept, reused, tried again, bounded in memory."""

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from data.errors import CareError, InputError, StorageError
from geo.parts.crew import Crew, Job
from geo.parts.store import finished, keep_only, make_piece, piece_name

FOLDER = Path(__file__).parent
sys.path.append(str(FOLDER))  # workers import what makes the pieces by name
JOBS = importlib.import_module("parts_jobs")
jobs, told, write, ONE = JOBS.jobs, JOBS.told, JOBS.write, JOBS.ONE


class _Threads(Crew):
    """A crew of threads, to look at while they work."""

    @contextmanager
    def _executor(self, jobs: int, *, fresh: bool) -> Iterator[Executor]:
        assert not fresh
        with ThreadPoolExecutor(jobs) as pool:
            yield pool


def test_a_finished_piece_is_not_made_again(tmp_path: Path) -> None:
    crew = _Threads(workers=1, memory_bytes=ONE)
    crew.run(tmp_path, jobs(write, "a"), told)
    peaks: dict[str, int] = {}
    crew.run(tmp_path, jobs(write, "a", "b"), lambda job, peak: peaks.update({job.title: peak}))
    assert (tmp_path / "log").read_text().split() == ["a", "b"]
    assert peaks["a"] == 0 < peaks["b"]
    assert finished(tmp_path / "piece-a") == {"text": "a"}


def test_a_piece_that_fails_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        make_piece(tmp_path / "piece-a", lambda making: JOBS.refuse(making, ""))
    assert list(tmp_path.iterdir()) == []


def test_names_follow_from_all_facts_and_from_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    name = piece_name("part", {"a": 1, "b": [2]})
    assert name == piece_name("part", {"b": [2], "a": 1})
    assert name != piece_name("part", {"a": 1, "b": [3]})
    monkeypatch.setattr("geo.parts.store.code_hash", lambda: "other")
    assert name != piece_name("part", {"a": 1, "b": [2]})


def test_pieces_of_other_builds_are_removed(tmp_path: Path) -> None:
    for name in ("part-1", "part-2", ".part-3.abc"):
        (tmp_path / name).mkdir()
    keep_only(tmp_path, ["part-2"])
    assert [path.name for path in tmp_path.iterdir()] == ["part-2"]


@pytest.mark.parametrize(("room", "most"), [(1, 1), (2, 2), (9, 3)])
def test_pieces_run_at_once_only_while_they_fit(tmp_path: Path, room: int, most: int) -> None:
    running, seen, lock = 0, [], threading.Lock()

    def count(making: Path, text: str) -> dict[str, str]:
        nonlocal running
        with lock:
            running += 1
            seen.append(running)
        time.sleep(0.05)
        with lock:
            running -= 1
        return {"text": f"{making} {text}"}

    crew = _Threads(workers=3, memory_bytes=room * ONE)
    crew.run(tmp_path, jobs(count, "a", "b", "c", "d", "e", "f"), told)
    assert max(seen) == most


@pytest.mark.parametrize(("fresh", "processes"), [(True, 3), (False, 1)])
def test_large_pieces_have_processes_of_their_own(
    tmp_path: Path, *, fresh: bool, processes: int
) -> None:
    crew = Crew(workers=1, memory_bytes=ONE)
    crew.run(tmp_path, jobs(JOBS.say_who, "a", "b", "c"), told, fresh=fresh)
    who = {record["process"] for name in "abc" if (record := finished(tmp_path / f"piece-{name}"))}
    assert len(who) == processes


def test_a_worker_that_is_killed_is_replaced_and_its_piece_made(tmp_path: Path) -> None:
    crew = Crew(workers=2, memory_bytes=9 * ONE)
    flag = str(tmp_path / "flag")
    crew.run(tmp_path, [Job("piece-x", "x", JOBS.die_at_first, flag, ONE), *jobs(write, "a")], told)
    assert finished(tmp_path / "piece-x") is not None
    assert finished(tmp_path / "piece-a") is not None


def test_a_piece_that_always_kills_its_worker_is_given_up_in_words(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="terminó a su proceso 3 veces"):
        Crew(workers=1, memory_bytes=ONE).run(tmp_path, jobs(JOBS.die, "x"), told)


def test_an_error_for_people_comes_whole_out_of_a_worker(tmp_path: Path) -> None:
    with pytest.raises(CareError) as caught:
        Crew(workers=1, memory_bytes=ONE).run(tmp_path, jobs(JOBS.refuse, "x"), told)
    assert isinstance(caught.value, InputError)
    assert caught.value.where.row == 3
    assert "Mal" in str(caught.value)


def test_a_build_killed_with_signal_9_loses_only_the_piece_in_hand(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from parts_jobs import run_all\n"
        "if __name__ == '__main__':\n"
        "    run_all(sys.argv[1], 'abc')\n"
    )
    path = tmp_path / "run.py"
    path.write_text(script)
    root = tmp_path / "pieces"
    root.mkdir()
    process = subprocess.Popen(
        [sys.executable, path, root, FOLDER], start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    log = root / "log"
    deadline = time.monotonic() + 60
    while not (log.exists() and log.read_text().split() == ["a", "b", "c"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert finished(root / "piece-a") is not None
    assert finished(root / "piece-b") is not None
    assert finished(root / "piece-c") is None
    _Threads(workers=1, memory_bytes=ONE).run(root, jobs(write, "a", "b", "c"), told)
    assert log.read_text().split() == ["a", "b", "c", "c"]
    keep_only(root, ["piece-a", "piece-b", "piece-c"])
    assert {path.name for path in root.iterdir()} == {"log", "piece-a", "piece-b", "piece-c"}


def test_dask_makes_the_same_pieces_though_a_worker_dies(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys, threading, time; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "from distributed import LocalCluster\n"
        "from parts_jobs import run_all\n"
        "if __name__ == '__main__':\n"
        "    root = Path(sys.argv[1])\n"
        "    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as c:\n"
        "        pid = next(iter(c.workers.values())).pid\n"
        "        def kill():\n"
        "            while not (root / 'log').exists(): time.sleep(0.01)\n"
        "            os.kill(pid, signal.SIGKILL)\n"
        "        threading.Thread(target=kill).start()\n"
        "        run_all(sys.argv[1], 'abcdef', c.scheduler_address)\n"
        "        print(pid)\n"
    )
    pytest.importorskip("distributed")
    path = tmp_path / "run.py"
    path.write_text(script)
    root = tmp_path / "pieces"
    root.mkdir()
    done = subprocess.run(
        [sys.executable, path, root, FOLDER], capture_output=True, text=True, check=False,
        timeout=120, env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(FOLDER)])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    killed = int(done.stdout.split()[-1])
    with pytest.raises(ProcessLookupError):
        os.kill(killed, 0)
    assert all(finished(root / f"piece-{text}") == {"text": text} for text in "abcdef")
