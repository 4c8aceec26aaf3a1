"""Everything shipped may be shipped, and the page of licences says so of each."""

import re

import pytest

from tests.supply_chain.licences import ELSEWHERE, REPOSITORY, locked, of_page, of_python

PERMISSIVE = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "LLVM-exception", "MIT",
    "MIT-CMU", "MPL-2.0", "PSF-2.0", "Zlib",
}  # fmt: skip


@pytest.mark.parametrize("held", [*of_python(), *of_page()], ids=lambda held: held.package)
def test_no_licence_binds_further_than_our_own(held) -> None:
    choices = re.split(r"\s+OR\s+", held.licence.replace("(", "").replace(")", ""))
    parts = [set(re.split(r"\s+(?:AND|WITH)\s+", choice)) for choice in choices]
    assert any(part <= PERMISSIVE for part in parts), held


def test_the_page_names_every_package() -> None:
    rows = re.findall(
        r"^\| (\S+) \| \S", (REPOSITORY / "docs/licences.md").read_text("utf-8"), re.MULTILINE
    )
    assert rows[1:] == [*locked(), *(held.package for held in of_page())]


def test_what_is_told_from_memory_is_still_locked() -> None:
    assert set(ELSEWHERE) <= set(locked())


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_file_has_its_hash(lock: str) -> None:
    blocks = re.split(r"^(?=\S+==)", (REPOSITORY / lock).read_text("utf-8"), flags=re.MULTILINE)
    pinned = [block for block in blocks if "==" in block.split("\n", 1)[0]]
    assert len(pinned) > 50
    assert all("--hash=sha256:" in block for block in pinned)
