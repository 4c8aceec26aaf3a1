"""A new atlas is taken up without a restart; a damaged one never is."""

import logging
import shutil
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import pytest

from api.app import create_app
from api.settings import Settings
from api.store import AtlasStore
from data.errors import ArtifactError
from geo.artifacts import current_version
from tests.api.running import client_of
from tests.api.synthetic_atlas import build_synthetic_atlas

PATIENCE_S = 60.0


def _wait_for(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if condition():
            return True
        threading.Event().wait(0.02)
    return False


@pytest.fixture
def atlas(synthetic_atlas: Path, tmp_path: Path) -> Path:
    """An atlas of the test's own."""
    return shutil.copytree(synthetic_atlas, tmp_path / "atlas")


def test_a_new_version_is_taken_up_while_serving(atlas: Path) -> None:
    first = current_version(atlas)
    with client_of(create_app(Settings(atlas=atlas, refresh_s=0))) as client:
        assert client.get("/readyz").json()["version"] == first.name
        second = build_synthetic_atlas(atlas, title="Segunda edición")
        assert second != first
        assert _wait_for(lambda: client.get("/readyz").json()["version"] == second.name)
        assert client.get("/atlas").json()["title"]["es"] == "Segunda edición"


@pytest.mark.parametrize("damage", ["truncated", "changed", "missing", "pointer"])
def test_a_damaged_version_is_refused_and_the_old_one_serves(
    atlas: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = current_version(atlas)
    store = AtlasStore(atlas, refresh_s=0)
    second = build_synthetic_atlas(atlas, title="Segunda edición")
    tiles = second / "tiles" / "agebs.pmtiles"
    content = tiles.read_bytes()
    if damage == "truncated":
        tiles.write_bytes(content[:-10])
    elif damage == "changed":
        tiles.write_bytes(content[:-1] + bytes([content[-1] ^ 255]))
    elif damage == "missing":
        tiles.unlink()
    else:
        (atlas / "CURRENT").write_text("../../elsewhere\n", encoding="ascii")
    with caplog.at_level(logging.ERROR):
        assert _wait_for(lambda: bool(store.current() and caplog.records))
    assert store.current().name == first.name
    assert "goes on serving" in caplog.text
    assert len(store.current().table("agebs")) == 16


def test_without_an_atlas_the_service_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="No hay un atlas en servicio"):
        create_app(Settings(atlas=tmp_path))


def test_a_page_that_was_not_built_is_said_clearly(synthetic_atlas: Path, tmp_path: Path) -> None:
    app = create_app(Settings(atlas=synthetic_atlas, viewer=tmp_path / "nowhere"))
    with client_of(app) as client:
        response = client.get("/", headers={"accept": "text/html"})
    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "make demo" in response.json()["detail"]


def test_a_fault_of_ours_tells_nothing_of_the_inside(synthetic_atlas: Path) -> None:
    app = create_app(Settings(atlas=synthetic_atlas))

    @app.get("/broken")
    def broken() -> None:
        message = "secret detail"
        raise RuntimeError(message)

    with client_of(app) as client:
        response = client.get("/broken")
    assert response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert "secret" not in response.text


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUIDADOS_PORT", "9001")
    assert Settings().port == 9001
    assert Settings(port=0).port == 0
