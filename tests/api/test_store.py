"""A new atlas is taken up without a restart; a damaged one never is."""

import logging
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
from tests.api.running import client_of
from tests.api.synthetic_atlas import build_synthetic_atlas

PATIENCE_S = 20.0


def _wait_for(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if condition():
            return True
        threading.Event().wait(0.02)
    return False


def test_a_new_version_is_taken_up_while_serving(tmp_path: Path) -> None:
    first = build_synthetic_atlas(tmp_path)
    with client_of(create_app(Settings(atlas=tmp_path, refresh_s=0))) as client:
        assert client.get("/readyz").json()["version"] == first.name
        second = build_synthetic_atlas(tmp_path, title="Segunda edición")
        assert second != first
        assert _wait_for(lambda: client.get("/readyz").json()["version"] == second.name)
        assert client.get("/atlas").json()["title"]["es"] == "Segunda edición"


@pytest.mark.parametrize("damage", ["truncated", "changed", "missing", "pointer"])
def test_a_damaged_version_is_refused_and_the_old_one_serves(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = build_synthetic_atlas(tmp_path)
    store = AtlasStore(tmp_path, refresh_s=0)
    second = build_synthetic_atlas(tmp_path, title="Segunda edición")
    tiles = second / "tiles" / "agebs.pmtiles"
    content = tiles.read_bytes()
    if damage == "truncated":
        tiles.write_bytes(content[:-10])
    elif damage == "changed":
        tiles.write_bytes(content[:-1] + bytes([content[-1] ^ 255]))
    elif damage == "missing":
        tiles.unlink()
    else:
        (tmp_path / "CURRENT").write_text("../../elsewhere\n", encoding="ascii")
    with caplog.at_level(logging.ERROR):
        assert _wait_for(lambda: bool(store.current() and caplog.records))
    assert store.current().name == first.name
    assert "goes on serving" in caplog.text
    assert len(store.current().table("agebs")) == 16


def test_without_an_atlas_the_service_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="No hay un atlas en servicio"):
        create_app(Settings(atlas=tmp_path))


def test_a_page_that_was_not_built_is_said_clearly(tmp_path: Path) -> None:
    build_synthetic_atlas(tmp_path)
    app = create_app(Settings(atlas=tmp_path, viewer=tmp_path / "nowhere"))
    with client_of(app) as client:
        response = client.get("/")
    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "make demo" in response.json()["detail"]


def test_a_fault_of_ours_tells_nothing_of_the_inside(tmp_path: Path) -> None:
    build_synthetic_atlas(tmp_path)
    app = create_app(Settings(atlas=tmp_path))

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
