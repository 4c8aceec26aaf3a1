"""A row group is described by itself as it is among all of them, or else the whole is held."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import api.footers
from api.footers import Footers


def _written(path: Path, columns: int, groups: int, **options: Any) -> Any:
    rows = 7 * groups - 3  # the last group is shorter
    table = pa.table({
        f"c{at}": pa.array([None if row % 5 == at % 5 else row * at / 3 for row in range(rows)])
        if at % 3 else pa.array([f"&,{row}" for row in range(rows)])
        for at in range(columns)
    })  # fmt: skip
    pq.write_table(table, path, row_group_size=7, **options)
    return table


@pytest.mark.parametrize("statistics", [True, False, ["c0"]])
@pytest.mark.parametrize(("columns", "groups"), [(1, 1), (3, 14), (14, 15), (15, 16), (200, 130)])
def test_each_group_is_read_by_its_own_description(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statistics: Any, columns: int, groups: int
) -> None:
    path = tmp_path / "table.parquet"
    table = _written(path, columns, groups, write_statistics=statistics, compression="zstd")
    monkeypatch.setattr(api.footers, "_MOST_PIECES", 0)
    footers = Footers(path, pq.read_metadata(path))
    for group in {0, groups // 2, groups - 1}:
        described = footers.of(group)
        assert described.num_row_groups == 1
        assert footers.place(group) == 0
        read = pq.ParquetFile(path, metadata=described).read_row_group(0)
        assert read.equals(table.slice(7 * group, 7))
    assert footers.whole().num_row_groups == groups


def test_what_is_not_sure_is_held_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.parquet"
    table = _written(path, 4, 5)
    metadata = pq.read_metadata(path)
    assert Footers(path, metadata).of(3) is metadata  # few pieces: not worth the while
    monkeypatch.setattr(api.footers, "_MOST_PIECES", 0)
    for name, value in (("_FIELD_2_I64", 0x16), ("_list_head", lambda size: bytes([size]))):
        with monkeypatch.context() as changed:
            changed.setattr(api.footers, name, value)
            footers = Footers(path, metadata)
        assert footers.of(3) is footers.whole() is metadata
        assert footers.place(3) == 3
        read = pq.ParquetFile(path, metadata=footers.of(3)).read_row_group(3)
        assert read.equals(table.slice(21, 7))
