"""The wheel holds what it needs, nothing else, and is the same file whoever builds it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.supply_chain.licences import REPOSITORY


def build(folder: Path, epoch: str | None) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=REPOSITORY,
        env={"PATH": "/usr/bin:/bin"} | ({"SOURCE_DATE_EPOCH": epoch} if epoch else {}),
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("first"), None)


def test_two_builds_are_one_file(wheel: Path, tmp_path: Path) -> None:
    assert build(tmp_path, None).read_bytes() == wheel.read_bytes()


def test_the_date_inside_is_the_one_asked_for(wheel: Path, tmp_path: Path) -> None:
    assert build(tmp_path, "1700000000").read_bytes() != wheel.read_bytes()


def test_it_holds_the_page_the_tables_and_the_methods_and_no_more(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as held:
        names = set(held.namelist())
    tops = {name.split("/", 1)[0] for name in names if ".dist-info/" not in name}
    assert tops == {"api", "data", "geo"}
    assert {"api/viewer/dist/index.html", "data/sources.toml", "api/methods.md"} <= names
    tracked = subprocess.run(
        ["git", "ls-files", "data", "geo", "api"],
        cwd=REPOSITORY, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    shipped = {name for name in tracked if not name.startswith("api/viewer/")}
    assert shipped <= names
    built = {name for name in names if name.startswith(("api/viewer/dist/", "geo/leaflet/"))}
    unknown = {name for name in names - shipped - built if ".dist-info/" not in name}
    assert unknown == {"api/methods.md"}
