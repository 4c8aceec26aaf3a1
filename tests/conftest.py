"""Fixtures shared by all kinds of tests."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


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
