"""Workers for pieces of a build: processes of this machine, or a Dask cluster, by one interface."""

import multiprocessing
import resource
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import CareError, MissingInputError, StorageError, Where
from data.texts import Text
from geo.parts.store import finished, make_piece, sound

# A piece that ends its worker this many times is not tried again.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Job:
    """One piece to make.

    Parameters
    ----------
    name
        Its name in the store.
    title
        What people see.
    run
        A function of a module, given the folder to fill and ``argument``; returns the record.
    argument
        What it works on; small, since it is sent to the worker.
    bytes
        Memory it is expected to take.
    """

    name: str
    title: str
    run: Callable[[Path, Any], dict[str, Any]]
    argument: Any
    bytes: int


def do_job(root: Path, job: Job) -> int:
    """Make one piece in this process, unless it is there, and return the process's peak, bytes."""
    folder = root / job.name
    if finished(folder) is None:
        make_piece(folder, lambda making: job.run(making, job.argument))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """How pieces are made.

    Parameters
    ----------
    workers
        Processes at once.
    memory_bytes
        Pieces run at once only while the memory they are expected to take fits in this; one piece
        always may run.
    scheduler
        Address of a Dask scheduler whose workers see the same folders; None uses processes here.
    """

    workers: int
    memory_bytes: int
    scheduler: str | None = None

    def run(
        self,
        root: Path,
        jobs: Sequence[Job],
        told: Callable[[Job, int], None],
        *,
        fresh: bool = False,
    ) -> None:
        """Make every piece that is not there, the largest first; a damaged one is made again.

        Parameters
        ----------
        root
            Folder of the pieces.
        jobs
            The pieces; those finished already are only told of.
        told
            Called for each with the peak memory of its worker, bytes; 0 for one found finished.
        fresh
            Whether each is made by a process of its own, which leaves no memory behind: for few
            and large ones, since a process takes seconds to start.

        Raises
        ------
        CareError
            What a piece raises, or if a piece ends its worker again and again.
        """
        with ThreadPoolExecutor(self.workers) as threads:
            whole = list(threads.map(lambda job: sound(root / job.name), jobs))
        waiting = []
        for job, there in zip(jobs, whole, strict=True):
            if there:
                told(job, 0)
            else:
                shutil.rmtree(root / job.name, ignore_errors=True)
                waiting.append(job)
        waiting.sort(key=lambda job: (-job.bytes, job.name))
        tries: dict[str, int] = {}
        while waiting:
            lost: list[Job] = []
            with self._executor(len(waiting), fresh=fresh) as executor:
                for job, future in self._completed(executor, root, waiting):
                    try:
                        told(job, future.result())
                    except BrokenProcessPool as error:
                        tries[job.name] = tries.get(job.name, 0) + 1
                        if tries[job.name] == _TRIES:
                            raise _worker_lost(job) from error
                        lost.append(job)
            waiting = lost

    def _completed(
        self, executor: Executor, root: Path, jobs: Sequence[Job]
    ) -> Iterator[tuple[Job, "Future[int]"]]:
        """Yield pieces as they end, starting others while they fit; a broken pool ends them all."""
        queue = list(jobs)
        running: dict[Future[int], Job] = {}
        while queue or running:
            for job in list(queue):
                taken = sum(other.bytes for other in running.values())
                if len(running) < self.workers and (
                    not running or taken + job.bytes <= self.memory_bytes
                ):
                    running[_submit(executor, root, job)] = job
                    queue.remove(job)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future

    @contextmanager
    def _executor(self, jobs: int, *, fresh: bool) -> Iterator[Executor]:
        if self.scheduler is not None:
            with _cluster(self.scheduler) as executor:
                yield executor
            return
        # Fresh processes: a fork of one that runs threads may hang.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(
            min(self.workers, jobs), mp_context=context, max_tasks_per_child=1 if fresh else None
        ) as pool:
            try:
                yield pool
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def _submit(executor: Executor, root: Path, job: Job) -> "Future[int]":
    try:
        return executor.submit(do_job, root, job)
    except BrokenProcessPool as error:
        # The pool broke between two pieces: this one has not begun and is tried in the next pool.
        future: Future[int] = Future()
        future.set_exception(error)
        return future


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client  # noqa: PLC0415 — an optional extra
    except ImportError as error:
        raise MissingInputError(
            Text("Falta la biblioteca distributed", "The library distributed is not installed"),
            where=Where(value=address),
            remedy=Text("Instale «mapa-cuidados[dask]», o construya sin --scheduler",
                        "Install “mapa-cuidados[dask]”, or build without --scheduler"),
        ) from error  # fmt: skip
    try:
        client = Client(address, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise StorageError(
            Text("No responde el coordinador de Dask", "The Dask scheduler does not answer"),
            where=Where(value=address),
            remedy=Text("Revise la dirección, tcp://máquina:puerto",
                        "Check the address, tcp://host:port"),
        ) from error  # fmt: skip
    with client:
        # The function is not pure: a piece is asked for again if its worker was lost.
        yield client.get_executor(pure=False)  # type: ignore[no-untyped-call]


def _worker_lost(job: Job) -> CareError:
    return StorageError(
        Text(f"La parte «{job.title}» terminó a su proceso {_TRIES} veces",
             f"Part “{job.title}” ended its process {_TRIES} times"),
        where=Where(value=job.name),
        remedy=Text("Suele ser falta de memoria: dé un --memory menor o más máquina",
                    "Usually memory runs out: give a smaller --memory or a larger machine"),
    )  # fmt: skip
