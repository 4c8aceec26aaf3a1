"""Batches of reports: they go on where they were left, and one bad place stops nobody."""

from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from api import reporting
from api.report_command import report
from api.reporting import JOURNAL, SUMMARY, Order, municipalities, run_batch
from api.store import AtlasVersion
from data.errors import BusyError, CareError, ParameterError, StorageError
from data.texts import Text
from tests.api.synthetic_atlas import build_synthetic_atlas


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_synthetic_atlas(tmp_path_factory.mktemp("atlas"))


class _Here:
    """A pool that works in this process; a place called ``dies`` takes it down."""

    def __init__(self) -> None:
        self.broken = False

    def submit(self, work: Any, code: str, formats: list[str]) -> Future[Any]:
        future: Future[Any] = Future()
        if self.broken or code == "dies":
            self.broken = True
            future.set_exception(BrokenProcessPool())
        else:
            future.set_result(work(code, formats))
        return future


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Pools of this process instead of real ones; returns the processes each was asked for."""
    asked: list[int] = []

    @contextmanager
    def pool(order: Order, jobs: int) -> Iterator[_Here]:
        asked.append(jobs)
        reporting._worker.update(order=order, shelf=AtlasVersion(order.version))
        yield _Here()

    monkeypatch.setattr(reporting, "_pool", pool)
    return asked


def test_a_batch_in_processes_of_its_own_goes_on_where_it_was_left(
    version: Path, tmp_path: Path
) -> None:
    order = Order(version=version, out=tmp_path / "a", formats=("html",))
    first = run_batch(order, ["01001", "01999"], jobs=1)
    assert (first.made, first.kept) == (1, 0)
    assert [failure.code for failure in first.failures] == ["01999"]
    assert (tmp_path / "a" / "01001.html").stat().st_size > 10_000
    summary = orjson.loads((tmp_path / "a" / SUMMARY).read_bytes())
    assert summary["failures"][0]["code"] == "01999"
    assert "01999" in summary["failures"][0]["reason"]["es"]
    before = (tmp_path / "a" / "01001.html").stat().st_mtime_ns
    second = run_batch(order, ["01001"], jobs=1)
    assert (second.made, second.kept, second.failures) == (0, 1, [])
    assert (tmp_path / "a" / "01001.html").stat().st_mtime_ns == before


def test_only_what_lacks_is_made_again(version: Path, tmp_path: Path, here: list[int]) -> None:
    codes = municipalities(AtlasVersion(version), "01")
    assert codes == ["01001", "01002"]
    order = Order(version=version, out=tmp_path, formats=("html",))
    assert run_batch(order, codes, jobs=2).made == 2
    (tmp_path / "01002.html").write_bytes(b"cut short")
    assert run_batch(order, codes, jobs=2).made == 1
    more = replace(order, formats=("html", "xlsx"))
    assert run_batch(more, codes, jobs=2).made == 2
    english = replace(order, language="en")
    assert run_batch(english, codes, jobs=2).made == 2
    assert here == [2, 2, 2, 2]


def test_a_journal_cut_by_a_crash_is_read_as_far_as_it_goes(
    version: Path, tmp_path: Path, here: list[int]
) -> None:
    order = Order(version=version, out=tmp_path, formats=("html",))
    run_batch(order, ["01001", "01002"], jobs=1)
    journal = (tmp_path / JOURNAL).read_bytes()
    (tmp_path / JOURNAL).write_bytes(journal[:-20] + b"\n[]\n{}\n")
    assert run_batch(order, ["01001", "01002"], jobs=1).made == 1
    assert here == [1, 1]


def test_a_place_that_kills_its_process_stops_nobody(
    version: Path, tmp_path: Path, here: list[int]
) -> None:
    order = Order(version=version, out=tmp_path, formats=("html",))
    batch = run_batch(order, ["01001", "dies", "01002"], jobs=2)
    assert batch.made == 2
    assert [failure.code for failure in batch.failures] == ["dies"]
    assert "terminó" in batch.failures[0].reason.es
    assert here[0] == 2


def test_a_fault_of_ours_is_a_failure_of_that_place_alone(
    version: Path, tmp_path: Path, here: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reporting.write_reports

    def write(order: Order, shelf: AtlasVersion, code: str, formats: Any) -> Any:
        if code == "01001":
            raise ZeroDivisionError("ours")
        return real(order, shelf, code, formats)

    monkeypatch.setattr(reporting, "write_reports", write)
    order = Order(version=version, out=tmp_path, formats=("html",))
    batch = run_batch(order, ["01001", "01002"], jobs=1)
    assert batch.made == 1
    assert batch.failures[0].reason == Text(
        "Error interno (ZeroDivisionError: ours)", "Internal error (ZeroDivisionError: ours)"
    )
    assert here == [1]


def test_two_batches_do_not_write_to_one_folder(version: Path, tmp_path: Path) -> None:
    order = Order(version=version, out=tmp_path, formats=("html",))
    lock = reporting.filelock.FileLock(tmp_path / ".lock")
    with lock, pytest.raises(BusyError):
        run_batch(order, ["01001"], jobs=1)


def test_a_folder_that_cannot_be_written_is_said_at_once(version: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    order = Order(version=version, out=tmp_path / "file" / "x", formats=("html",))
    with pytest.raises(StorageError):
        run_batch(order, ["01001"], jobs=1)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], ParameterError),
        (["01001", "--all"], ParameterError),
        (["01001", "--format", "docx"], ParameterError),
        (["01001", "--format", ","], ParameterError),
        (["01001", "--base-url", "javascript:alert(1)"], ParameterError),
        (["MX"], ParameterError),
        (["Ciudad que no existe"], CareError),
        (["01"[:1]], CareError),
    ],
)
def test_what_cannot_be_asked_is_said(
    version: Path, tmp_path: Path, arguments: list[str], error: type[CareError]
) -> None:
    done = CliRunner().invoke(
        report, [*arguments, "--atlas", str(version.parent), "--out", str(tmp_path / "x")]
    )
    assert isinstance(done.exception, error)


def test_the_command_writes_every_format_of_a_place_by_name(version: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        report,
        ["Asientos & Ñandú", "--atlas", str(version.parent), "--out", str(tmp_path),
         "--format", "html,pdf,xlsx,map", "--base-url", "https://mapa.mx/"],
    )  # fmt: skip
    assert done.exit_code == 0, done.exception
    written = {path.name for path in tmp_path.iterdir()}
    assert {"01002.html", "01002.pdf", "01002.xlsx", "01002-mapa.html"} <= written
    assert {"01002-mapa_guarderia.svg", "01002-mapa_guarderia.png"} <= written
    page = (tmp_path / "01002-mapa.html").read_text(encoding="utf-8")
    assert "Asientos &amp; Ñandú" in page
    assert "0100200010001" not in page or "0100100010001" not in page
    assert 'href="https://mapa.mx/#map=' in (tmp_path / "01002.html").read_text(encoding="utf-8")


def test_the_exit_code_says_that_a_place_failed(
    version: Path, tmp_path: Path, here: list[int]
) -> None:
    done = CliRunner().invoke(
        report,
        ["01001", "01999", "--atlas", str(version.parent), "--out", str(tmp_path), "--format",
         "html"],
    )  # fmt: skip
    assert done.exit_code == 1
    assert "1 informes hechos, 0 ya estaban, 1 fallaron" in done.output
    assert here == [2]
