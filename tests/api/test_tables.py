"""Tables are read a part at a time, and what comes of it does not depend on the parts."""

import threading
from http import HTTPStatus
from pathlib import Path

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely

from api import store, tables
from api.app import create_app
from api.crs import CRS84
from api.features import LayerTable
from api.kept import Kept
from api.routes import items
from api.settings import Settings
from data.errors import ArtifactError
from geo.artifacts import ColumnRecord, FileRecord, Label, LayerRecord
from tests.api.running import client_of

ROWS, GROUP = 100, 7
ROOM = 1 << 24


def frame_of(rows: int = ROWS) -> gpd.GeoDataFrame:
    """Rows of every kind of column, some of them unknown, some without geometry."""
    rng = np.random.default_rng(5)
    population = rng.integers(0, 900, rows).astype("float64")
    population[rng.random(rows) < 0.2] = np.nan
    lon, lat = rng.uniform(-102.4, -102.2, rows), rng.uniform(21.8, 22.0, rows)
    shapes = shapely.box(lon, lat, lon + 0.003, lat + 0.003)
    shapes[::17] = None
    return gpd.GeoDataFrame(
        {
            "cvegeo": [f"01001{at:04d}" for at in range(rows)],
            "name": [None if at % 3 == 0 else f'Ñandú, "{at % 5}" 100%' for at in range(rows)],
            "population": population,
            "centres": np.arange(rows, dtype="int64") % 4,
            "public": [bool(at % 2) for at in range(rows)],
        },
        geometry=shapes,
        crs="EPSG:4326",
    )


def table_of(
    frame: gpd.GeoDataFrame, folder: Path, *, group: int = GROUP, room: int = ROOM
) -> LayerTable:
    path = folder / f"{group}.parquet"
    frame.to_parquet(path, index=False)
    pq.write_table(pq.read_table(path), path, row_group_size=group)
    nothing = Label(es="", en="")
    kinds = {"cvegeo": "string", "name": "string", "population": "float64", "centres": "int64",
             "public": "bool"}  # fmt: skip
    columns = tuple(
        ColumnRecord(name=name, dtype=kind, unit="1", title=nothing, description=nothing,
                     kind="text", sources=(), licence="")
        for name, kind in kinds.items()
    )  # fmt: skip
    record = LayerRecord(
        id="manzanas", level="manzana", title=nothing, key="cvegeo", rows=len(frame),
        table=FileRecord(path=path.name, bytes=1, sha256=""), tiles=None, columns=columns,
    )  # fmt: skip
    return LayerTable(path, record, Kept(room), Kept(room))


@pytest.fixture(params=[100, 7, 3])
def _parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that hold row groups whole, and parts that cut them."""
    monkeypatch.setattr(tables, "_MOST_ROWS", request.param)


@pytest.mark.usefixtures("_parts")
@pytest.mark.parametrize("room", [ROOM, 0])
def test_rows_are_those_of_the_file_whatever_the_parts(tmp_path: Path, room: int) -> None:
    frame = frame_of()
    table = table_of(frame, tmp_path, room=room)
    rng = np.random.default_rng(1)
    for chosen in (range(5, 9), [50], rng.permutation(ROWS), rng.integers(0, ROWS, 12), []):
        rows = list(chosen)
        for name in ("cvegeo", "name", "population", "centres", "public"):
            wanted = pd.Series(frame[name]).iloc[rows].reset_index(drop=True)
            found = pd.Series(table.take(name, rows), dtype=wanted.dtype)
            pd.testing.assert_series_equal(found, wanted, check_names=False)
        for shape, wanted in zip(table.shapes(rows), frame.geometry.iloc[rows], strict=True):
            assert shape == wanted
        numbers = table.numbers(["centres", "population"], rows)
        np.testing.assert_array_equal(numbers[:, 1], frame["population"].to_numpy()[rows])
    assert table.value("population", 12) == frame["population"][12]
    assert list(table.keys) == frame["cvegeo"].tolist()
    assert [table.row(key) for key in ("010010000", "010010099", "010010100", "")] == [
        0, 99, None, None,
    ]  # fmt: skip


def test_a_count_that_lacks_values_is_a_number_in_every_part(tmp_path: Path) -> None:
    frame = frame_of()
    frame["centres"] = frame["centres"].astype("Int64").mask(frame.index < 10)
    table = table_of(frame, tmp_path)
    features = orjson.loads(b"[" + b"".join(table.features(range(ROWS), table.names)) + b"]")
    assert [item["properties"]["centres"] for item in features[8:12]] == [None, None, 2, 3]
    assert b'"centres":2.0' in b"".join(table.features([10], table.names))
    assert b'"centres":2.0' in b"".join(table.features([50], table.names))


def test_features_are_the_same_when_they_lie_ready(tmp_path: Path) -> None:
    frame = frame_of()
    table = table_of(frame, tmp_path)
    plain = {}
    for row in range(ROWS):
        (plain[row],) = table.features([row], list(reversed(table.names)))
        wanted = orjson.loads(plain[row])
        held = frame["name"][row]
        assert wanted["properties"]["name"] == (None if pd.isna(held) else held)
        assert wanted["id"] == frame["cvegeo"][row]
    rng = np.random.default_rng(2)
    for _ in range(40):
        rows = np.flatnonzero(rng.random(ROWS) < rng.random())
        found = b"".join(table.features(rows, table.names, CRS84))
        features = orjson.loads(b"[" + found + b"]")
        assert features == [orjson.loads(plain[row]) for row in rows]


def test_what_is_found_by_box_touches_it(tmp_path: Path) -> None:
    frame = frame_of()
    table = table_of(frame, tmp_path)
    rng = np.random.default_rng(3)
    for _ in range(30):
        west, south = rng.uniform(-102.41, -102.2), rng.uniform(21.79, 22.0)
        box = shapely.box(west, south, west + rng.uniform(0, 0.1), south + rng.uniform(0, 0.1))
        for shape in (box, box.buffer(0.01)):
            wanted = np.flatnonzero(shapely.intersects(shape, frame.geometry.to_numpy()))
            np.testing.assert_array_equal(table.within([shape]), wanted)
    # An edge exactly on the box's, where rounding a box the wrong way would lose it.
    edge = frame.geometry[1].bounds[2]
    assert 1 in table.within([shapely.box(edge, 21, -100, 23)])


def test_a_table_out_of_order_is_refused(tmp_path: Path) -> None:
    table = table_of(frame_of().iloc[::-1], tmp_path)
    with pytest.raises(ArtifactError, match="orden"):
        table.row("010010000")


def test_a_layer_larger_than_its_room_says_so(tmp_path: Path) -> None:
    assert table_of(frame_of(), tmp_path).fits
    assert not table_of(frame_of(), tmp_path, room=ROWS).fits


def test_sorted_downloads_are_bounded_where_a_layer_is_large(
    synthetic_atlas: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_DECODED_BYTES", 1 << 10)
    monkeypatch.setattr(items, "MAX_LIMIT", 1)
    with client_of(create_app(Settings(atlas=synthetic_atlas))) as client:
        refused = client.get("/collections/agebs/download?f=csv&sortby=-name")
        assert refused.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        assert refused.json()["errors"][0]["field"] == "sortby"
        assert client.get("/collections/agebs/download?f=csv").status_code == HTTPStatus.OK


def test_the_longest_unused_goes_first_and_each_is_made_once() -> None:
    kept = Kept(10)
    made: list[str] = []

    def ask(name: str, size: int) -> str:
        def make() -> tuple[str, int]:
            made.append(name)
            return name, size

        return kept.get(name, make)

    ask("a", 4), ask("b", 4), ask("a", 4), ask("c", 4), ask("a", 4)
    assert made == ["a", "b", "c"]
    ask("b", 4)
    assert made == ["a", "b", "c", "b"]
    ask("large", 11), ask("large", 11)
    assert made[4:] == ["large", "large"]
    assert kept.find("a") == "a"
    threads = [threading.Thread(target=ask, args=("d", 1)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.count("d") == 1
