"""What tiles carry: short numbers that keep their class, zooms that are light enough."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from geo.tile_archive import archive_metadata, finish_archive
from geo.tile_values import for_legend


@pytest.mark.parametrize(
    ("exact", "short"),
    [
        (12.3456, 12.3),
        (12.36, 12.4),
        (11.97, 11.9),  # 12.0 begins a class that 11.97 is not in
        (12.02, 12.0),
        (0.0012345, 0.00123),
        (1234.56, 1235.0),
        (1239.9, 1239.0),
        (948990.0, 948990.0),
        (-0.5678, -0.568),
        (0.0, 0.0),
        (1e-30 / 3, 1e-30 / 3),
    ],
)
def test_numbers_are_short_and_whole_ones_whole(exact: float, short: float) -> None:
    assert for_legend(np.array([exact])).tolist() == [short]


def test_unknown_stays_unknown() -> None:
    assert np.isnan(for_legend(np.array([np.nan, 1.5]))).tolist() == [True, False]


@given(st.floats(-1e12, 1e12), st.integers(10, 99), st.integers(-15, 10), st.integers(-3, 3))
def test_no_number_changes_its_class(value: float, digits: int, power: int, near: int) -> None:
    limit = float(f"{digits}e{power}")
    asked = [value, limit, np.nextafter(limit, np.inf), np.nextafter(limit, 0), limit + near]
    short = for_legend(np.array(asked))
    assert [exact >= limit for exact in asked] == (short >= limit).tolist()
    assert np.allclose(short, asked, rtol=0.01, atol=1e-20)


def _archive(path: Path, sizes: dict[int, int]) -> None:
    with path.open("wb") as stream:
        writer = Writer(stream)
        for zoom, size in sizes.items():
            writer.write_tile(zxy_to_tileid(zoom, 0, 0), bytes([zoom]) * size)
        header = {
            "tile_type": TileType.MVT, "tile_compression": Compression.GZIP,
            "min_lon_e7": 0, "min_lat_e7": 0, "max_lon_e7": 1, "max_lat_e7": 1,
            "center_zoom": 0, "center_lon_e7": 0, "center_lat_e7": 0,
        }  # fmt: skip
        writer.finalize(header, {"vector_layers": [{"id": "x"}]})


def test_zooms_with_a_heavy_tile_are_left_out_and_said(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    _archive(source, {3: 10, 4: 90, 5: 10, 6: 20, 7: 99})
    said = {"features": 4, "vector_layers": archive_metadata(source)["vector_layers"]}
    finished = finish_archive(source, target, said, most_bytes=50)
    # The highest zoom stays whatever it weighs: the layer has no other.
    assert dict(finished.heaviest) == {5: 10, 6: 20, 7: 99}
    assert finished.left_out == (3, 4)
    with target.open("rb") as stream:
        tiles = {at[0]: tile for at, tile in all_tiles(MmapSource(stream))}
        reader = Reader(MmapSource(stream))
        assert (reader.header()["min_zoom"], reader.header()["max_zoom"]) == (5, 7)
        assert reader.get(6, 0, 0) == bytes([6]) * 20
        layer = {"id": "x", "minzoom": 5, "maxzoom": 7}
        assert reader.metadata() == said | {"vector_layers": [layer]}
    assert tiles == {5: bytes([5]) * 10, 6: bytes([6]) * 20, 7: bytes([7]) * 99}
    assert gzip.compress(b"", mtime=0)[:2] == target.read_bytes()[127:129]  # the root directory


def test_equal_tiles_stand_once_also_when_the_first_was_left_out(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    with source.open("wb") as stream:
        writer = Writer(stream)
        for at, tile in (((1, 0, 0), b"same"), ((2, 0, 0), b"x" * 60), ((3, 0, 0), b"same")):
            writer.write_tile(zxy_to_tileid(*at), tile)
        writer.write_tile(zxy_to_tileid(3, 0, 1), b"same")
        writer.finalize(
            {
                "tile_type": TileType.MVT, "tile_compression": Compression.GZIP,
                "min_lon_e7": 0, "min_lat_e7": 0, "max_lon_e7": 1, "max_lat_e7": 1,
                "center_zoom": 0, "center_lon_e7": 0, "center_lat_e7": 0,
            },
            {"vector_layers": []},
        )  # fmt: skip
    finish_archive(source, target, {"vector_layers": []}, most_bytes=50)
    with target.open("rb") as stream:
        assert dict(all_tiles(MmapSource(stream))) == {
            (3, 0, 0): b"same",
            (3, 0, 1): b"same",
        }
