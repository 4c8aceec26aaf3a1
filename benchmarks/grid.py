"""Spread people over the national lattice from real blocks, by windows: seconds, memory, error.

    python benchmarks/grid.py ../shared/data/geometry/blocks_2010_national.parquet [rows]

Blocks are given one person for each 100 m² of ground, since the file holds none.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import rasterio
import shapely

from geo.grid import (
    Band,
    Frame,
    SparseGrid,
    join,
    measure_image,
    shares_of,
    sum_people,
    write_cog,
)

BATCH_ROWS = 20_000
BATCHES_JOINED = 8
M2_A_PERSON = 100.0


def _batches(path: Path, rows: int) -> Iterator[np.ndarray]:
    file = pq.ParquetFile(path)
    read = 0
    for batch in file.iter_batches(BATCH_ROWS, columns=["geometry"]):
        shapes = shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False))
        read += len(shapes)
        yield gpd.GeoSeries(shapes, crs="EPSG:4326").to_crs("EPSG:6372").to_numpy()
        if read >= rows:
            return


def main(path: Path, rows: int) -> None:
    start = time.perf_counter()
    whole: SparseGrid | None = None
    waiting: list[SparseGrid] = []
    blocks, people = 0, 0.0
    for shapes in _batches(path, rows):
        counted = (shapely.area(shapes) / M2_A_PERSON)[:, None]
        waiting.append(sum_people(shares_of(shapes), counted))
        blocks, people = blocks + len(shapes), people + float(counted.sum())
        if len(waiting) == BATCHES_JOINED:
            whole = join([*([whole] if whole else []), *waiting])
            waiting = []
    whole = join([*([whole] if whole else []), *waiting])
    spread = time.perf_counter()
    frame = Frame.of_keys(whole.keys)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "national.tif"
        band = Band("population", "personas/ha", "Población", "Population")
        write_cog(
            out, frame, (band,), lambda w: measure_image(w, whole.keys, whole.values), {}
        )  # fmt: skip
        written = time.perf_counter()
        size, total = out.stat().st_size, 0.0
        with rasterio.open(out) as dataset:
            for _, window in dataset.block_windows(1):
                total += float(np.nansum(dataset.read(1, window=window).astype("float64")))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"blocks {blocks:,}; people {people:,.0f}; squares {len(whole.keys):,}")
    print(f"frame {frame.width:,} × {frame.height:,}; file {size / 1e6:.1f} MB")
    print(f"spread {spread - start:.1f} s; write {written - spread:.1f} s; peak {peak:,.0f} MB")
    print(f"relative error: lattice {abs(whole.values.sum() / people - 1):.1e}, "
          f"file {abs(total / people - 1):.1e}")  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else sys.maxsize)
