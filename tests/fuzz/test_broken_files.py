"""A file spoiled in any way is read or refused in words; nothing else comes out of a reader."""

import ast
import re
from pathlib import Path

import pytest

from data.errors import CareError
from tests.fuzz.broken import ANY, TABLES, archives
from tests.fuzz.targets import READERS, seed_of

# The description of sources is good only beside the files it names, as whole builds test.
FED = {
    name: target
    for name, target in READERS.items()
    if (target.seed or target.example) and name != "description of sources"
}


@pytest.mark.parametrize("name", FED)
def test_the_good_file_is_understood(name: str, demo_sources: Path, tmp_path: Path) -> None:
    assert FED[name].refusal(seed_of(FED[name], demo_sources), tmp_path) is None


@pytest.mark.parametrize("name", READERS)
def test_spoiled_files_are_refused_in_words(name: str, demo_sources: Path, tmp_path: Path) -> None:
    target = READERS[name]
    good = seed_of(target, demo_sources) or b"CVE_MUN,A\n01001,1\n"
    cases = {case: spoil(good) for case, spoil in ANY.items()}
    if target.suffix == ".csv":
        cases |= {case: spoil(good) for case, spoil in TABLES.items()}
    if target.suffix == ".zip":
        cases |= dict(archives(good))
    for case, content in cases.items():
        folder = tmp_path / case.replace(" ", "-").replace(":", "")
        folder.mkdir()
        refused = target.refusal(content, folder)
        if refused is not None:
            assert isinstance(refused, CareError), case
            assert refused.problem.es, case
            assert refused.problem.en, case
            assert refused.remedy is not None, case


def test_every_reader_of_files_is_fed() -> None:
    """A reader that is new has a target too; those left out are parts of others."""
    parts = {"read_codebook", "read_layer"}
    root = Path(__file__).parents[2]
    fed = (root / "tests" / "fuzz" / "targets.py").read_text("utf-8")
    readers = [
        node.name
        for path in (root / "data").glob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith(("read_", "load_"))
        and node.args.args
        and node.args.args[0].arg in {"path", "paths", "folder"}
    ]
    assert len(readers) > 10
    # Imported there, and used.
    assert [n for n in readers if n not in parts and len(re.findall(rf"\b{n}\b", fed)) < 2] == []
