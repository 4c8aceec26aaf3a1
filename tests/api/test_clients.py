"""Programs others wrote, against the running service: GDAL, OWSLib, schemathesis."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyogrio
import pytest
from httpx import Client
from owslib.ogcapi.features import Features

from tests.api.synthetic_atlas import AGEBS_EACH, CENTRES, SOUTH, STEP, WEST


@pytest.fixture(scope="module")
def address(synthetic_atlas: Path) -> Iterator[str]:
    """Address of the service in a process of its own: GDAL holds this one while it waits."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "api", "serve", "--atlas", str(synthetic_atlas),
               "--port", str(port)]  # fmt: skip
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL) as service:
        found = f"http://127.0.0.1:{port}"
        try:
            _wait(found)
            yield found
        finally:
            service.terminate()


def _wait(address: str) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if httpx.get(f"{address}/readyz", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the service did not start")


def test_gdal_reads_every_feature_page_by_page(address: str, client: Client) -> None:
    source = f"OAPIF:{address}"
    assert [name for name, _ in pyogrio.list_layers(source)][-1] == "centros"
    found = pyogrio.read_dataframe(source, layer="manzanas", PAGE_SIZE=10)
    expected = client.get("/collections/manzanas/items?limit=1000").json()["features"]
    assert len(found) == len(expected) == 64
    for column in ("cvegeo", "reach_guarderia", "demand_guarderia"):
        assert found[column].tolist() == [item["properties"][column] for item in expected]
    for geometry, item in zip(found.geometry, expected, strict=True):
        assert (
            json.loads(json.dumps(geometry.__geo_interface__))["coordinates"]
            == (item["geometry"]["coordinates"])
        )


def test_gdal_filters_on_our_side(address: str) -> None:
    source = f"OAPIF:{address}"
    found = pyogrio.read_dataframe(source, layer="centros", where="service = 'mayores'")
    assert len(found) == CENTRES // 2
    box = (WEST, SOUTH, WEST + 1.9 * STEP, SOUTH + 1.9 * STEP)
    assert len(pyogrio.read_dataframe(source, layer="centros", bbox=box)) == 4


def test_gdal_reads_the_tiles_and_the_archive(client: Client, tmp_path: Path) -> None:
    archive = tmp_path / "agebs.pmtiles"
    archive.write_bytes(client.get("/tiles/agebs.pmtiles").content)
    found = pyogrio.read_dataframe(archive, layer="agebs", ZOOM_LEVEL="14", CLIP="NO")
    assert found["cvegeo"].nunique() == 2 * AGEBS_EACH
    metadata = client.get("/tiles/agebs.json").json()
    for name in ("tilejson", "tiles", "vector_layers", "minzoom", "maxzoom", "bounds"):
        assert name in metadata  # TileJSON 3.0 demands the first three


def test_owslib_finds_its_way(address: str) -> None:
    service = Features(f"{address}/")
    assert service.feature_collections()[-1] == "centros"
    page = service.collection_items("centros", limit=3, filter="service = 'mayores'")
    assert (page["numberMatched"], page["numberReturned"]) == (CENTRES // 2, 3)
    assert service.collection_queryables("centros")["properties"]["places"]["type"] == "number"
    assert service.api()["openapi"] == "3.0.3"


def test_random_requests_find_no_fault(address: str, tmp_path: Path) -> None:
    """Every answer is one the description tells of; ``make fuzz-api`` tries many more."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{address}/openapi.json",
        "--checks", "all", "--exclude-checks", "positive_data_acceptance",
        "--max-examples", "3", "--phases", "examples,coverage,fuzzing", "--seed", "1",
        "--include-path-regex", "^/(collections|conformance|api|tileMatrixSets|estadisticas)",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
