"""The streets of a box, read from the tables of a network."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from geo.network import Attachment, WalkNetwork, read_network
from geo.publish import write_network
from geo.street_window import EVERYWHERE, Box, StoredNetwork, read_columns, read_rows
from tests.unit.test_walk import ORIGIN, network_of

# A square of 100 m, a way of 2 km that leads past it, and an island of 30 m.
LINES = [
    [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (0.0, 0.0)],
    [(-1000.0, 150.0), (1000.0, 150.0)],
    [(40.0, 40.0), (70.0, 40.0)],
]
X, Y = ORIGIN


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("version")
    network = network_of(LINES)
    write_network(network.tables(), network.statistics, folder)
    return folder


def lengths_m(network: WalkNetwork) -> list[int]:
    return sorted(np.round(network.edge_length_dm / 10).astype(int).tolist())


def test_everything_is_what_the_reader_of_the_whole_reads(version: Path) -> None:
    whole, window = read_network(version), StoredNetwork(version).window(EVERYWHERE)
    assert (window.edge_row == np.arange(len(whole.edge_from))).all()
    for field in fields(WalkNetwork):
        before, after = getattr(whole, field.name), getattr(window.network, field.name)
        if field.name not in {"edge_street", "joined_gaps"}:
            assert after.dtype == before.dtype, field.name
            assert (after == before).all(), field.name
    assert window.network.edge_street.tolist() == [""] * len(whole.edge_from)


def test_a_long_street_is_there_though_it_begins_far_away(version: Path) -> None:
    stored = StoredNetwork(version)
    here = stored.window(Box(X - 50, Y - 50, X + 150, Y + 160))
    assert lengths_m(here.network) == [30, 400, 2000]
    # Its box, half of its length wider than its ends are apart, does not reach a place 3 km away.
    below = stored.window(Box(X, Y - 4000, X + 100, Y - 3000))
    assert lengths_m(below.network) == []
    assert below.standing(Attachment(*(np.array([2], "int32"),) * 3)).edge.tolist() == [-1]


def test_components_keep_the_length_they_have_in_the_atlas(version: Path) -> None:
    window = StoredNetwork(version).window(Box(X + 40, Y + 40, X + 41, Y + 41))
    assert window.network.component_length_m.tolist() == [2000.0, 400.0, 30.0]


def test_points_are_renumbered_and_those_elsewhere_are_not_attached(version: Path) -> None:
    window = StoredNetwork(version).window(EVERYWHERE)
    part = type(window)(window.network, np.array([1, 2], "int32"), window.whole)
    points = Attachment(
        *(np.array(column, "int32") for column in ([2, -1, 0], [7, 0, 5], [3, -1, 4]))
    )
    standing = part.standing(points)
    assert standing.edge.tolist() == [1, -1, -1]
    assert standing.offset_dm.tolist() == [7, 0, 0]
    assert standing.access_dm.tolist() == [3, -1, -1]


def test_a_walk_that_leaves_the_box_is_not_enough(version: Path) -> None:
    window = StoredNetwork(version).window(Box(X - 50, Y - 50, X + 150, Y + 160))
    far = window.network.node_x_m > X + 500
    assert window.is_enough(~far & (window.network.node_y_m < Y + 120))
    assert not window.is_enough(far)


@pytest.mark.parametrize("rows", [[], [0], [3, 4, 5, 20], [9], list(range(21))])
@pytest.mark.parametrize("group", [2, 5, 100])
def test_rows_are_read_from_groups_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[int], group: int
) -> None:
    monkeypatch.setattr("geo.street_window.NETWORK_GROUP_ROWS", 4)
    path = tmp_path / "table.parquet"
    number = np.arange(21)
    table = pa.table({"number": number, "name": [f"n{at}" for at in number], "tenth": number / 10})
    pq.write_table(table, path, row_group_size=group)
    found = read_rows(path, ["tenth", "name"], np.array(rows, dtype="int64"))
    assert found.column_names == ["tenth", "name"]
    assert found["name"].to_pylist() == [f"n{at}" for at in rows]
    tenth, again = read_columns(path, ["tenth", "number"])
    assert (tenth == number / 10).all()
    assert (again == number).all()
