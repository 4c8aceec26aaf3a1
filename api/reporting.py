"""Reports as files: of one place, or of many at once in processes of their own.

A batch goes on where it was left: a journal in the folder says what was made from which atlas with
which options. One place that fails, or takes its process down with it, never stops the others.
"""

import hashlib
import logging
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from importlib.metadata import version as package_version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import filelock
import orjson
from tqdm import tqdm

from api.store import AtlasVersion
from data.errors import BusyError, CareError, Where
from data.tables import Level
from data.texts import Language, Text
from geo.artifacts import storage_error
from geo.report import WRITERS, Section, build_report
from geo.report.place import level_of

_log = logging.getLogger("cuidados")
FORMATS = (*WRITERS, "map")
JOURNAL, SUMMARY = "reportes.jsonl", "resumen.json"
_AHEAD = 4  # places handed out for each process, so that none waits
_LOG_EVERY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made of every place.

    Parameters
    ----------
    version
        Folder of the atlas version.
    out
        Folder of the files.
    formats
        Some of :data:`FORMATS`.
    language, base
        As :func:`geo.report.build_report` takes them.
    more
        Further sections of every report.
    """

    version: Path
    out: Path
    formats: tuple[str, ...]
    language: Language = "es"
    base: str = ""
    more: tuple[Section, ...] = ()

    @property
    def stamp(self) -> str:
        """What a file depends on apart from its place and format, as a hash."""
        parts = (self.version.name, package_version("mapa-cuidados"), self.language, self.base,
                 repr(self.more))  # fmt: skip
        return hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Failure:
    """A place without its report, and why."""

    code: str
    reason: Text


@dataclass(slots=True)
class Batch:
    """How a batch ended."""

    made: int = 0
    kept: int = 0
    failures: list[Failure] = field(default_factory=list)


Made = dict[str, list[tuple[str, int]]]  # format → name and bytes of each file


def write_reports(order: Order, shelf: AtlasVersion, code: str, formats: Sequence[str]) -> Made:
    """Write the report of one place in some formats, each file whole or not at all.

    Raises
    ------
    UnknownPlaceError, NotComputedError
        If the atlas has no such place, or no reports of its level.
    StorageError
        If a file cannot be written.
    """
    report = build_report(
        shelf, level_of(code), code, language=order.language, base=order.base, more=order.more
    )
    made: Made = {}
    try:
        for form in formats:
            if form == "map":
                from geo.report.maps import write_maps

                paths = write_maps(report, shelf, order.version, order.out)
            else:
                paths = [order.out / f"{code}.{form}"]
                _write(paths[0], WRITERS[form](report))
            made[form] = [(path.name, path.stat().st_size) for path in paths]
    except OSError as error:
        raise storage_error(error, order.out) from error
    return made


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def open_folder(out: Path) -> None:
    """Make the folder of the reports, and see that it can be written.

    Raises
    ------
    StorageError
        If it cannot.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        _write(out / ".prueba", b"")
        (out / ".prueba").unlink()
    except OSError as error:
        raise storage_error(error, out) from error


def municipalities(shelf: AtlasVersion, state: str | None) -> list[str]:
    """Return the codes of the municipalities of an atlas, of a state or all of them.

    Raises
    ------
    NotComputedError
        If the atlas has no layer of municipalities.
    """
    keys = shelf.table(shelf.level(Level.MUNICIPALITY.value).id).keys
    return [key for key in keys if state is None or key.startswith(state)]


def run_batch(order: Order, codes: Sequence[str], *, jobs: int) -> Batch:
    """Write the reports of many places and return how it ended.

    Parameters
    ----------
    order
        What is to be made.
    codes
        The places.
    jobs
        Processes at work.

    Raises
    ------
    BusyError
        If another batch writes to the folder.
    StorageError
        If the folder cannot be written.
    """
    open_folder(order.out)
    lock = filelock.FileLock(order.out / ".lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise BusyError(
            Text("Otra orden escribe informes en esta carpeta",
                 "Another command writes reports to this folder"),
            where=Where(file=order.out),
            remedy=Text("Espere o use otra carpeta", "Wait or use another folder"),
        ) from error  # fmt: skip
    try:
        return _run(order, codes, jobs)
    finally:
        lock.release()


def _run(order: Order, codes: Sequence[str], jobs: int) -> Batch:
    made = _read_journal(order)
    wanted = {
        code: missing for code in codes
        if (missing := [form for form in order.formats if (code, form) not in made])
    }  # fmt: skip
    batch = Batch(kept=len(codes) - len(wanted))
    with (
        (order.out / JOURNAL).open("ab") as journal,
        tqdm(total=len(codes), initial=batch.kept, disable=not sys.stderr.isatty()) as bar,
    ):
        for code, outcome in _outcomes(order, wanted, jobs):
            if isinstance(outcome, Text):
                batch.failures.append(Failure(code, outcome))
                _log.info("%s: %s", code, outcome.in_language(order.language))
            else:
                batch.made += 1
                line = {"code": code, "stamp": order.stamp, "files": outcome}
                journal.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
                journal.flush()
            bar.update()
            done = batch.kept + batch.made + len(batch.failures)
            if bar.disable and done % _LOG_EVERY == 0:
                _log.info("%d / %d", done, len(codes))
    batch.failures.sort(key=lambda failure: failure.code)
    _write_summary(order, codes, batch)
    return batch


def _read_journal(order: Order) -> set[tuple[str, str]]:
    """Return what is there already, file by file in its size, made with the same stamp."""
    try:
        lines = (order.out / JOURNAL).read_bytes().splitlines()
    except OSError:
        return set()
    made = set()
    for line in lines:
        try:
            entry = orjson.loads(line)
            known = entry["stamp"] == order.stamp
            for form, files in entry["files"].items() if known else ():
                if all(_is_there(order.out / Path(name).name, size) for name, size in files):
                    made.add((str(entry["code"]), str(form)))
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            continue  # a line cut short by a crash: that place is made again
    return made


def _is_there(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _write_summary(order: Order, codes: Sequence[str], batch: Batch) -> None:
    content = {
        "atlas": order.version.name,
        "formats": order.formats,
        "places": len(codes),
        "made": batch.made,
        "kept": batch.kept,
        "failures": [
            {"code": failure.code, "reason": failure.reason._asdict()} for failure in batch.failures
        ],
    }
    _write(order.out / SUMMARY, orjson.dumps(content, option=orjson.OPT_INDENT_2))


def _outcomes(
    order: Order, wanted: dict[str, list[str]], jobs: int
) -> Iterator[tuple[str, Made | Text]]:
    """Yield what became of each place, in the order they end.

    Places are handed out a few ahead. If a process dies, those that were out are tried again one
    by one, each in a pool of its own, so that the one that kills its process is found out.
    """
    left = list(wanted.items())[::-1]
    while left:
        out: dict[Future[Made | Text], tuple[str, list[str]]] = {}
        try:
            with _pool(order, jobs) as pool:
                while left or out:
                    while left and len(out) < jobs * _AHEAD:
                        task = left.pop()
                        out[pool.submit(_work, *task)] = task
                    for future in wait(out, return_when=FIRST_COMPLETED).done:
                        result = future.result()
                        yield out.pop(future)[0], result
        except BrokenProcessPool:
            for task in out.values():
                yield task[0], _alone(order, task)


def _alone(order: Order, task: tuple[str, list[str]]) -> Made | Text:
    try:
        with _pool(order, 1) as pool:
            return pool.submit(_work, *task).result()
    except BrokenProcessPool:
        return Text("El proceso que lo hacía terminó de golpe (¿memoria?)",
                    "The process that made it ended abruptly (memory?)")  # fmt: skip


def _pool(order: Order, jobs: int) -> ProcessPoolExecutor:
    # New processes, not copies: threads of the libraries do not survive being copied.
    return ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_start, initargs=(order,)
    )


_worker: dict[str, Any] = {}  # of a process of the pool: its order and its atlas


def _start(order: Order) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops, and stops us
    _worker["order"] = order
    _worker["shelf"] = AtlasVersion(order.version)


def _work(code: str, formats: list[str]) -> Made | Text:
    try:
        return write_reports(_worker["order"], _worker["shelf"], code, formats)
    except CareError as error:
        return Text(error.message("es"), error.message("en"))
    except Exception as error:  # noqa: BLE001 — one bad place never stops the rest
        kind = f"{type(error).__name__}: {error}"[:300]
        return Text(f"Error interno ({kind})", f"Internal error ({kind})")
