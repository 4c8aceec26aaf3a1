"""Statistics, classes and file metadata of published layers."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from data.tables import Column, Level
from data.texts import Text
from geo.indicators import GROUPS, Indicator, present, topic_indicators
from geo.publish import Layer, summarise, write_layer


def test_classes_are_readable_quintiles() -> None:
    statistics = summarise(pd.Series([float(value) for value in range(1, 101)]))
    assert statistics.breaks == (21.0, 41.0, 60.0, 80.0)
    assert statistics.class_counts == (20, 20, 19, 20, 21)
    assert (statistics.minimum, statistics.maximum, statistics.mean) == (1.0, 100.0, 50.5)


def test_unknown_is_counted_and_never_classed() -> None:
    statistics = summarise(pd.Series([0.0, np.nan, 0.0, 5.0]))
    assert (statistics.count, statistics.unknown) == (3, 1)
    assert sum(statistics.class_counts) == 3


def test_a_column_with_nothing_known_has_no_classes() -> None:
    statistics = summarise(pd.Series([np.nan, np.nan]))
    assert (statistics.count, statistics.unknown, statistics.breaks) == (0, 2, ())
    assert statistics.mean is None


@given(st.lists(st.floats(0, 1e9) | st.just(float("nan")), max_size=60))
def test_every_known_value_is_in_exactly_one_class(values: list[float]) -> None:
    statistics = summarise(pd.Series(values, dtype="float64"))
    assert sum(statistics.class_counts) == statistics.count
    assert statistics.count + statistics.unknown == len(values)
    assert list(statistics.breaks) == sorted(set(statistics.breaks))


def _layer() -> Layer:
    frame = gpd.GeoDataFrame(
        {
            "cvegeo": ["99002", "99001", "99003"],
            "name": ["Dos", "Uno", "Tres"],
            "population": [5.0, np.nan, 0.0],
        },
        geometry=[box(-102.1, 21.9, -102.0, 22.0), box(-102.2, 21.9, -102.1, 22.0), None],
        crs="EPSG:4326",
    )
    indicators = tuple(
        Indicator(
            column=Column(name=name, dtype=dtype, unit=unit, description=Text(name, name)),
            title=Text(name, name),
            kind=kind,
            sources=("census_areas",),
            mapped=kind == "count",
        )
        for name, dtype, unit, kind in (
            ("cvegeo", "str", "", "identifier"),
            ("name", "str", "", "text"),
            ("population", "float64", "personas", "count"),
        )
    )
    return Layer("municipios", Level.MUNICIPALITY, "cvegeo", frame, indicators)


def test_a_layer_is_written_sorted_described_and_tiled(tmp_path: Path) -> None:
    record = write_layer(_layer(), tmp_path, {"census_areas": "INEGI", "denue": "other"})
    table = gpd.read_parquet(tmp_path / record.table.path)
    assert table["cvegeo"].tolist() == ["99001", "99002", "99003"]
    assert np.isnan(table["population"][0])
    assert table["population"][2] == 0.0
    assert record.tiles is not None
    assert record.tiles.features == 2
    assert record.tiles.attributes == ("cvegeo", "name", "population")
    field = pq.read_schema(tmp_path / record.table.path).field("population")
    described = orjson.loads(field.metadata[b"mapa_cuidados"])
    assert described["unit"] == "personas"
    assert described["licence"] == "INEGI"


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    records = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        records.append(write_layer(_layer(), tmp_path / name, {"census_areas": "INEGI"}))
    assert records[0] == records[1]


@pytest.mark.parametrize("topic", ["group", "service"])
def test_every_registered_indicator_is_described_in_both_languages(topic: str) -> None:
    labels = GROUPS if topic == "group" else {"guarderia": Text("Guardería", "Nursery")}
    indicators = topic_indicators(topic, labels)
    names = [indicator.column.name for indicator in indicators]
    assert len(names) == len(set(names)) > 3
    for indicator in indicators:
        texts = (*indicator.title, *indicator.column.description)
        assert all(text and "{" not in text for text in texts)
        assert indicator.column.unit or indicator.kind == "state"
    assert present(indicators, names[:1]) == indicators[:1]
