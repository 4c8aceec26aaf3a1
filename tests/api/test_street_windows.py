"""Walks on windows of the streets, over the embedded city: byte-equal to those on all of them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api import on_foot, streets
from api.app import create_app
from api.settings import Settings
from api.store import AtlasStore
from tests.api.running import client_of

pytestmark = pytest.mark.xdist_group("pipeline")

MOST_KEPT = 3
SIDE_M = 400.0
Query = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def points(demo_atlas: Path, city: httpx.Client) -> list[dict[str, float]]:
    """A place and those beside it on the border of its window, the city's edge, and far away."""
    west, south, east, north = city.get("/atlas").json()["bounds"]
    middle = {"lon": (west + east) / 2, "lat": (south + north) / 2}
    near = city.get("/centros", params=middle | {"limit": 100}).json()["centres"]
    first, last = ({"lon": c["lon"] + 0.0007, "lat": c["lat"]} for c in (near[0], near[-1]))
    here = on_foot.locate(AtlasStore(demo_atlas, refresh_s=60).current(), **first)
    border, turn = here.x_m // SIDE_M * SIDE_M, on_foot._to_lonlat()
    beside = (turn.transform(border + off, here.y_m) for off in (-0.01, 0.01))
    return [
        first, *({"lon": lon, "lat": lat} for lon, lat in beside), last,
        {"lon": west, "lat": south}, {"lon": west - 0.04, "lat": north + 0.04},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def asked(demo_atlas: Path, city: httpx.Client, points: list[dict[str, float]]) -> list[Query]:
    """Every question about a walk, by every profile, both ways, up to an hour."""
    questions: list[Query] = []
    for point in points:
        questions.extend([
            ("/centros", point | {"limit": 100, "include": "no_aptos"}),
            ("/isocrona", point | {"minutes": "3"}),
            ("/isocrona/manzanas", point | {"minutes": "3"}),
        ])  # fmt: skip
        centres = city.get("/centros", params=point | {"limit": 100}).json()["centres"]
        for profile in streets.profiles(AtlasStore(demo_atlas, refresh_s=60).current()):
            for path in ("/isocrona", "/isocrona/manzanas"):
                for towards in ("false", "true"):
                    query = {"minutes": "5,15,60", "profile": profile, "towards": towards}
                    questions.append((path, point | query))
            for centre in (centres[0], centres[-1]):
                path = f"/centros/{centre['facility_id']}/camino"
                questions.append((path, point | {"profile": profile}))
    return questions


@pytest.fixture(scope="module")
def expected(city: httpx.Client, asked: list[Query]) -> list[tuple[int, bytes]]:
    return answers(city, asked)


@pytest.fixture
def windows(
    demo_atlas: Path, expected: list[tuple[int, bytes]], monkeypatch: pytest.MonkeyPatch
) -> FastAPI:
    """Serve the city by windows a few streets wide, of which few are kept."""
    assert expected  # from all the streets, before they are read by windows
    monkeypatch.setattr(streets, "_WHOLE_EDGES", 0)
    monkeypatch.setattr(streets, "_SIDE_M", SIDE_M)
    monkeypatch.setattr(streets, "_WINDOW_BYTES", 100 << 20)
    monkeypatch.setattr(streets, "_ROOM_BYTES", (MOST_KEPT + 1) * (100 << 20) - 1)
    # Only what an access needs: longer walks find their streets not to be enough, and read more.
    monkeypatch.setattr(on_foot, "_FARTHEST", 0.01)
    return create_app(Settings(atlas=demo_atlas))


def answers(client: httpx.Client, asked: list[Query]) -> list[tuple[int, bytes]]:
    found = (client.get(path, params=query) for path, query in asked)
    return [(answer.status_code, answer.content) for answer in found]


def test_answers_are_those_of_all_the_streets(
    windows: FastAPI, asked: list[Query], expected: list[tuple[int, bytes]]
) -> None:
    assert {status for status, _ in expected} == {200, 404, 422}
    with client_of(windows) as client:
        for question, before, after in zip(asked, expected, answers(client, asked), strict=True):
            assert after == before, question


@pytest.mark.usefixtures("windows")
def test_windows_in_memory_are_few_and_small(
    demo_atlas: Path, points: list[dict[str, float]]
) -> None:
    atlas = AtlasStore(demo_atlas, refresh_s=60).current()
    everything = streets.stored_network(atlas).edges
    made: dict[Any, streets.Streets] = {}
    for point in points:
        here = on_foot.locate(atlas, **point)
        for margin in (500.0, 600.0):
            found = streets.streets_around(atlas, here.x_m, here.y_m, margin)
            assert len(found.window.edge_row) < everything
            assert streets.streets_around(atlas, here.x_m, here.y_m, margin) is found
            made[found.window.whole] = found
    kept = atlas.once("windows", lambda: pytest.fail("no window was kept"))
    assert len(made) > MOST_KEPT
    still = [box for box, found in made.items() if kept.find(("streets", box)) is found]
    assert still == list(made)[-MOST_KEPT:]


def test_threads_that_ask_at_once_are_answered_rightly(
    windows: FastAPI, asked: list[Query], expected: list[tuple[int, bytes]]
) -> None:
    some = range(0, len(asked), 5)
    with client_of(windows) as client, ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda at: answers(client, [asked[at]])[0], some))
    assert found == [expected[at] for at in some]
