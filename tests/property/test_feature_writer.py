"""Rows written as GeoJSON a column at a time are those a dictionary a row would give."""

import json
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from api.geojson import FeatureWriter

NAMES = st.text(min_size=1, max_size=12)
NUMBERS = st.one_of(st.floats(allow_nan=True, allow_infinity=False), st.sampled_from([0.0, -0.0]))
OTHERS = st.one_of(st.none(), st.text(max_size=20), st.booleans(), st.integers(-(2**53), 2**53))


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, dict[str, np.ndarray]]:
    rows = draw(st.integers(1, 5))
    columns: dict[str, np.ndarray] = {}
    for name in draw(st.lists(NAMES, unique=True, max_size=6)):
        if draw(st.booleans()):
            columns[name] = np.array(draw(st.lists(NUMBERS, min_size=rows, max_size=rows)))
        else:
            columns[name] = np.empty(rows, dtype=object)
            columns[name][:] = draw(st.lists(OTHERS, min_size=rows, max_size=rows))
    return rows, columns


@given(tables(), st.data())
def test_a_column_at_a_time_equals_a_row_at_a_time(
    table: tuple[int, dict[str, np.ndarray]], data: st.DataObject
) -> None:
    count, columns = table
    keys = data.draw(st.lists(st.text(max_size=8), min_size=count, max_size=count))
    shapes = data.draw(
        st.lists(
            st.sampled_from([None, '{"type":"Point","coordinates":[1.5,-2.0]}']),
            min_size=count, max_size=count,
        )
    )  # fmt: skip
    order = np.array(data.draw(st.permutations(range(count))))
    writer = FeatureWriter({name: held.dtype == np.float64 for name, held in columns.items()})
    numbers = np.empty((count, len(writer.numbers)))
    for at, name in enumerate(writer.numbers):
        numbers[:, at] = columns[name][order]
    others = [*(columns[name][order] for name in writer.others), [keys[row] for row in order]]
    written = writer.write(numbers, others, shapes)
    features = json.loads(b"[" + b",".join(written) + b"]")
    assert len(features) == count
    for place, row in enumerate(order):
        expected = {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in ((name, values[row]) for name, values in columns.items())
        }
        assert features[place] == {
            "type": "Feature", "id": keys[row], "properties": expected,
            "geometry": None if shapes[place] is None else json.loads(shapes[place]),
        }  # fmt: skip
        assert list(features[place]["properties"]) == list(columns)
