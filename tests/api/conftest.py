"""Fixtures of the service's tests."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from tests.api.running import client_of
from tests.api.synthetic_atlas import build_synthetic_atlas


@pytest.fixture(scope="session")
def synthetic_atlas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the synthetic atlas."""
    atlas = tmp_path_factory.mktemp("atlas")
    build_synthetic_atlas(atlas)
    return atlas


@pytest.fixture(scope="session")
def client(synthetic_atlas: Path) -> Iterator[httpx.Client]:
    """A client of the service over the synthetic atlas."""
    with client_of(create_app(Settings(atlas=synthetic_atlas))) as found:
        yield found


@pytest.fixture(scope="module")
def city(demo_atlas: Path) -> Iterator[httpx.Client]:
    """A client of the service over the embedded city."""
    with client_of(create_app(Settings(atlas=demo_atlas))) as found:
        found.timeout = httpx.Timeout(60.0)  # the first walk compiles
        yield found
