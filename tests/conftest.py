"""Fixtures shared by all kinds of tests."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from data.demo import write_demo_city

Run = Callable[..., "subprocess.CompletedProcess[str]"]
REPOSITORY = Path(__file__).parents[1]
# A busy machine makes no example wrong: none is held to a time.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real INEGI, CONAPO and OSM files; skips, and says so, where it is missing."""
    folder = Path(os.environ.get("CUIDADOS_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "README.md").is_file():
        message = f"real data not found at {folder} (set CUIDADOS_REAL_DATA)"
        if os.environ.get("CUIDADOS_REQUIRE_REAL_DATA"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def demo_sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the embedded city's source files."""
    folder = tmp_path_factory.mktemp("demo") / "sources"
    write_demo_city(folder)
    return folder


@pytest.fixture(scope="session")
def cuidados() -> Run:
    """Return a function that runs the command line as a user would."""

    def run(*arguments: object, **options: object) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-W", "error", "-m", "api", *map(str, arguments)]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            command, capture_output=True, text=True, check=False, env=environment,
            timeout=300, **options,
        )  # fmt: skip

    return run


@pytest.fixture(scope="session")
def demo_atlas(demo_sources: Path, cuidados: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an atlas of the embedded city, built once by the command line.

    Tests that use it are in the xdist group "pipeline", so that one worker builds it.
    """
    atlas = tmp_path_factory.mktemp("demo") / "atlas"
    result = cuidados("build", "--sources", demo_sources, "--atlas", atlas)
    assert result.returncode == 0, result.stderr
    assert "Atlas en" in result.stdout
    return atlas
