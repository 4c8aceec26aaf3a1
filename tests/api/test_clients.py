"""Programs others wrote, against the running service: GDAL, OWSLib, schemathesis."""

import multiprocessing
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx
import numpy as np
import pyogrio
import pytest
import shapely
from httpx import Client
from owslib.ogcapi.features import Features

from geo.artifacts import current_version
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
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if httpx.get(f"{address}/readyz", trust_env=False, timeout=60).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the service did not start")


Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def gdal() -> Iterator[Ask]:
    """Runs a function of GDAL in a process that has all its drivers, those for services too."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        yield lambda function, *told, **how: pool.submit(function, *told, **how).result()


@pytest.mark.parametrize("layer", ["manzanas", "centros"])
def test_gdal_reads_every_feature_page_by_page(
    gdal: Ask, address: str, synthetic_atlas: Path, layer: str
) -> None:
    source = f"OAPIF:{address}"
    assert [name for name, _ in gdal(pyogrio.list_layers, source)][-1] == "centros"
    found = gdal(pyogrio.read_dataframe, source, layer=layer, PAGE_SIZE=10)
    table = gpd.read_parquet(current_version(synthetic_atlas) / "tables" / f"{layer}.parquet")
    assert len(found) == len(table) > 10
    for column in table.columns.drop("geometry"):
        if table[column].dtype.kind in "fi":
            assert found[column].dtype.kind == "f", column  # also where the first rows are unknown
            assert np.array_equal(found[column], table[column], equal_nan=True), column
        else:
            assert found[column].astype(object).where(found[column].notna(), None).tolist() == (
                table[column].astype(object).where(table[column].notna(), None).tolist()
            )
    assert shapely.equals_exact(found.geometry.values, table.geometry.values, 1e-6).all()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("service = 'mayores'", CENTRES // 2),
        ("places > 1e9", 0),
        ("places >= 100.5 AND service = 'mayores'", None),
        ("places IS NULL", None),
        ("facility_id LIKE '%1' OR facility_id LIKE '%2'", None),
    ],
)
def test_gdal_filters_on_our_side(
    gdal: Ask, address: str, client: Client, where: str, expected: int | None
) -> None:
    found = gdal(pyogrio.read_dataframe, f"OAPIF:{address}", layer="centros", where=where)
    told = client.get("/collections/centros/items", params={"filter": where, "limit": 1}).json()
    assert len(found) == told["numberMatched"]
    if expected is not None:
        assert len(found) == expected


def test_gdal_asks_for_a_box(gdal: Ask, address: str) -> None:
    box = (WEST, SOUTH, WEST + 1.9 * STEP, SOUTH + 1.9 * STEP)
    assert len(gdal(pyogrio.read_dataframe, f"OAPIF:{address}", layer="centros", bbox=box)) == 4


def test_gdal_reads_a_column_whose_first_rows_are_unknown(
    gdal: Ask, address: str, client: Client
) -> None:
    schema = client.get("/collections/centros/schema").json()
    assert schema["properties"]["properties"]["properties"]["places"]["type"] == "number"
    links = client.get("/collections/centros").json()["links"]
    described = [item for item in links if item["type"] == "application/schema+json"]
    assert described[-1]["href"].endswith("/collections/centros/schema")
    info = gdal(pyogrio.read_info, f"OAPIF:{address}", layer="centros")
    assert dict(zip(info["fields"], info["dtypes"], strict=True))["places"] == "float64"


@pytest.mark.parametrize("zoom", ["14", "8"])
def test_gdal_reads_the_archive_by_ranges(gdal: Ask, address: str, zoom: str) -> None:
    archive = f"/vsicurl/{address}/tiles/agebs.pmtiles"
    found = gdal(pyogrio.read_dataframe, archive, layer="agebs", ZOOM_LEVEL=zoom, CLIP="NO")
    assert found["cvegeo"].nunique() == 2 * AGEBS_EACH
    assert found["nearest_min_guarderia"].dtype.kind == "f"


def test_gdal_reads_tiles_as_their_description_says(gdal: Ask, address: str) -> None:
    found = gdal(pyogrio.read_dataframe, f"MVT:{address}/tiles/agebs/14",
        METADATA_FILE=f"{address}/tiles/agebs.json", TILE_EXTENSION="mvt", CLIP="NO",
    )  # fmt: skip
    assert found["cvegeo"].nunique() == 2 * AGEBS_EACH
    assert found["nearest_min_guarderia"].dtype.kind == "f"
    assert found["cvegeo"].dtype.kind != "f"


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
        str(Path(sys.executable).with_name("schemathesis")),
        "--config-file", str(Path(__file__).with_name("schemathesis.toml")),
        "run", f"{address}/openapi.json", "--checks", "all",
        # No JSON Schema can say which texts are CQL2, a date or a box.
        "--exclude-checks", "positive_data_acceptance", "--max-examples", "1",
        "--phases", "examples,coverage,fuzzing", "--seed", "1",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
