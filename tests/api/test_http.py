"""What holds for every answer: coding, ETag, ids, metrics, logs, a new atlas under load."""

import asyncio
import json
import logging
import threading
import time
from contextlib import nullcontext
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx import Client
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.compress import chosen_encoding
from api.observe import Metrics, Observed, Observer
from api.settings import Settings
from tests.api.running import client_of
from tests.api.synthetic_atlas import build_synthetic_atlas


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, None), ("", None), ("identity", None), ("gzip", "gzip"), ("gzip, br", "br"),
        ("gzip, deflate, br, zstd", "zstd"), ("br;q=0.5, gzip", "gzip"), ("*", "zstd"),
        ("gzip;q=0", None), ("zstd;q=0, *", "br"),
    ],
)  # fmt: skip
def test_the_coding_liked_best_is_chosen(header: str | None, coding: str | None) -> None:
    assert chosen_encoding(header) == coding


@pytest.mark.parametrize(
    "path", ["/collections/manzanas/items?limit=64", "/atlas", "/openapi.json"]
)
def test_every_coding_holds_the_same_bytes_under_its_own_etag(client: Client, path: str) -> None:
    plain = client.get(path, headers={"accept-encoding": "identity"})
    etags = {plain.headers.get("etag")}
    for coding in ("gzip", "br", "zstd"):
        answer = client.get(path, headers={"accept-encoding": coding})
        assert answer.headers["content-encoding"] == coding
        assert answer.content == plain.content
        etags.add(answer.headers.get("etag"))
    assert len(etags) == 4 or etags == {None}


def test_etags_are_strong_and_a_named_version_is_kept_for_good(client: Client) -> None:
    version = client.get("/readyz").json()["version"]
    for path in ("/collections", "/collections/agebs/items", "/collections/agebs/queryables"):
        answer = client.get(path)
        assert answer.headers["etag"].startswith('"')
        assert answer.headers["cache-control"] == "public, no-cache"
        pinned = client.get(path, params={"v": version})
        assert "immutable" in pinned.headers["cache-control"]
        other = client.get(path, params={"v": "otra"})
        assert "immutable" not in other.headers["cache-control"]


def test_a_request_has_an_id_its_own_or_the_clients(client: Client) -> None:
    one, other = client.get("/atlas"), client.get("/tiles/agebs/12/0/0.mvt")
    assert one.headers["x-request-id"] != other.headers["x-request-id"]
    given = {"x-request-id": "abc-1"}
    assert client.get("/nada", headers=given).headers["x-request-id"] == "abc-1"
    hostile = {"x-request-id": "a b<script>"}
    assert "script" not in client.get("/atlas", headers=hostile).headers["x-request-id"]


def test_metrics_have_templates_for_labels(synthetic_atlas: Path) -> None:
    with client_of(create_app(Settings(atlas=synthetic_atlas))) as client:
        for key in range(20):
            client.get(f"/collections/agebs/items/{key}")
            client.get(f"/nada/{key}")
            client.get(f"/tiles/agebs/14/{key}/0.mvt")
        client.head("/collections/agebs/items/1")
        text = client.get("/metrics").text
    counts = [line for line in text.splitlines() if line.startswith("cuidados_requests_total")]
    assert len(counts) == 3
    assert 'route="/collections/{layer}/items/{key}",status="4xx"} 21.0' in text
    assert 'route="/tiles/{layers}/{z}/{x}/{y}.mvt",status="2xx"} 20.0' in text


@pytest.mark.parametrize(("fails", "kind"), [(False, "4xx"), (True, "5xx")])
def test_a_client_that_left_is_no_fault_of_ours(fails: bool, kind: str) -> None:
    metrics = Metrics(["/x"])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive, send
        if fails:
            raise RuntimeError

    async def nothing(*_: object) -> Any:
        return None

    scope = {"type": "http", "method": "GET", "path": "/x", "headers": []}
    observed = Observed(app, observer=Observer(metrics, log=False))
    with pytest.raises(RuntimeError) if fails else nullcontext():
        asyncio.run(observed(scope, nothing, nothing))
    assert f'cuidados_requests_total{{route="(none)",status="{kind}"}} 1.0' in (
        metrics.exposition().decode()
    )


def test_access_logs_are_lines_of_json_where_asked_for(
    synthetic_atlas: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.INFO, "cuidados.access"),
        client_of(create_app(Settings(atlas=synthetic_atlas, access_log=True))) as client,
    ):
        client.head("/collections/agebs/items?limit=1", headers={"x-request-id": "abc"})
    (line,) = [json.loads(r.message) for r in caplog.records if r.name == "cuidados.access"]
    assert line | {"time": "", "ms": 0} == {
        "time": "", "id": "abc", "method": "HEAD", "path": "/collections/agebs/items",
        "route": "/collections/{layer}/items", "status": 200, "ms": 0, "bytes": 0,
    }  # fmt: skip


def test_a_new_atlas_is_taken_up_under_load_without_a_failed_request(tmp_path: Path) -> None:
    first = build_synthetic_atlas(tmp_path, title="Uno")
    failed: list[str] = []
    seen: set[str] = set()
    stop = threading.Event()

    def ask(address: str, paths: tuple[str, ...]) -> None:
        with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
            while not stop.is_set():
                for path in paths:
                    answer = client.get(path)
                    if answer.status_code != HTTPStatus.OK:
                        failed.append(f"{path} {answer.status_code}")
                seen.add(client.get("/readyz").json()["version"])

    app = create_app(Settings(atlas=tmp_path, refresh_s=0.05))
    with client_of(app) as client:
        address = str(client.base_url)
        paths = ("/tiles/agebs/8/55/112.mvt", "/collections/manzanas/items", "/atlas",
                 "/collections/centros/items?f=parquet")  # fmt: skip
        threads = [threading.Thread(target=ask, args=(address, paths)) for _ in range(4)]
        for thread in threads:
            thread.start()
        second = build_synthetic_atlas(tmp_path, title="Dos")
        end = time.monotonic() + 60
        while second.name not in seen and time.monotonic() < end:
            time.sleep(0.05)
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []
    assert seen == {first.name, second.name}


def test_every_operation_tells_its_bounds_in_both_languages(client: Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    told = {
        path: operation["x-bounds"] for path, methods in paths.items()
        for operation in methods.values()
    }  # fmt: skip
    assert all(text["es"] and text["en"] for text in told.values())
    assert "10,000 features" in told["/collections/{layer}/items"]["en"]
    assert "25 lugares" in told["/estadisticas/{level}"]["es"]
    general = told["/atlas"]
    # Only what describes the atlas, and so is as long as it has columns, has no bound of its own.
    unbounded = {path for path, text in told.items() if text == general}
    heavy = (
        "items", "download", "estadisticas", ".mvt", ".pmtiles", "rasters/{raster}.tif",
        "isocrona", "centros", "reportes", "sitios", "escenarios", "simulador", "prioridad",
    )  # fmt: skip
    assert not [path for path in unbounded if any(word in path for word in heavy)]
