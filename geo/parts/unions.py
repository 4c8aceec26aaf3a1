"""Last round of a build in parts: what the pieces are put together into, each a piece of its own.

So they are made at once by as many workers as there are, one that is finished is not made again
after a stop, and what a newer source does not touch (streets, by a newer directory of centres) is
taken as it is.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.catalog import SourceFolder
from data.elevation import open_elevation
from geo.artifacts import AssetRecord, record_file
from geo.inputs import Inputs
from geo.layers import centres_layer, streets_layer, water_green_layer
from geo.parts.areas import run_steps, told_of
from geo.parts.gather import Ground, gather_country, renumber
from geo.parts.merge import Piece, merge_asset, merge_layer, open_piece, read_layer
from geo.parts.merge_network import EdgeNumbers, edge_numbers, merge_network
from geo.parts.settled import ACCESS, join_settled
from geo.pipeline.walkability import tell_streets
from geo.pipeline.work import Work
from geo.publish import GROUP_ROWS, Layer, recount, write_layer

# The levels that steps look at for all of the country, held in memory at once.
HELD = ("entidades", "municipios", "localidades", "agebs")
# Those no such step adds to, larger than the others: they stream through by state.
STREAMED = ("localidades", "manzanas")
# Layers no measure is added to, by the table of a state they are kept in.
PLAIN = {"centros": "centres", "calles": "streets", "agua_y_verde": "water_green"}

Held = tuple[Path, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class UnionJob:
    """What the last round puts together.

    Parameters
    ----------
    ground, folder
        What the parts share, and the sources, for those that are not of a place.
    areas, totals
        Folder and own municipalities of the measured parts, and of the totals of states.
    name
        What it is, of :data:`UNIONS`.
    """

    ground: Ground
    folder: SourceFolder
    areas: tuple[Held, ...]
    totals: tuple[Held, ...]
    name: str


def _pieces(held: Sequence[Held]) -> list[Piece]:
    return [open_piece(folder, own) for folder, own in held]


def unite_streamed(making: Path, job: UnionJob) -> dict[str, Any]:
    """Write a layer that need not be held at once: localities, blocks."""
    return told_of(layers=[merge_layer(job.name, _pieces(job.areas), making)])


def unite_plain(making: Path, job: UnionJob) -> dict[str, Any]:
    """Write one of the layers no measure is added to: centres, streets, water and green areas."""
    ground = job.ground
    found = ground.table(PLAIN[job.name])
    if found is None:
        raise LookupError(job.name)
    licences = {record.role: record.licence for record in ground.records}
    layer = _plain_layer(job.name, gpd.GeoDataFrame(found[0]), found[1], ground)
    return told_of(layers=[write_layer(layer, making, licences)])


def _plain_layer(
    name: str, frame: gpd.GeoDataFrame, home: pd.Series, ground: Ground
) -> Layer:  # fmt: skip
    if name == "centros":
        own = frame[frame.pop("_own").astype(bool)].drop_duplicates("facility_id")
        return centres_layer(own.reset_index(drop=True))
    if name == "calles":
        return streets_layer(renumber(frame, home, ground))
    # A river along a border is in the files of both states.
    return water_green_layer(frame.drop_duplicates("feature_key", ignore_index=True))


def unite_levels(making: Path, job: UnionJob) -> dict[str, Any]:
    """Take the steps over the levels of the whole country and write the layers they add to."""
    pieces = [*_pieces(job.areas), *_pieces(job.totals)]
    work = _country(making, job, pieces)
    held = [layer for layer in HELD if any(layer in piece.layers for piece in pieces)]
    work.layers = [read_layer(layer, pieces) for layer in held]
    streamed = [layer for layer in work.layers if layer.name in STREAMED]
    run_steps(work, ("merged",))
    if any(all(layer is not other for other in work.layers) for layer in streamed):
        raise AssertionError([layer.name for layer in streamed])  # what was added would be lost
    licences = work.inputs.licences
    layers = [
        write_layer(layer, making, licences) for layer in work.layers if layer.name not in STREAMED
    ]
    return told_of(work, layers=layers, assets=work.assets)


def unite_grids(making: Path, job: UnionJob) -> dict[str, Any]:
    """Write what stands on the lattice, from where the people of all parts live."""
    areas = _pieces(job.areas)
    work = _country(making, job, areas)
    work.settled = join_settled(job.ground, areas)
    run_steps(work, ("settled",))
    return told_of(work, assets=work.assets)


def _country(making: Path, job: UnionJob, pieces: Sequence[Piece]) -> Work:
    work = gather_country(job.ground, job.folder, making)
    work.measured_in_parts = any(ACCESS in piece.record["measures"] for piece in pieces)
    return work


def unite_network(making: Path, job: UnionJob) -> dict[str, Any]:
    """Write the walking network of all parts."""
    areas = _pieces(job.areas)
    gaps = sum(piece.record["statistics"].get("joined_gaps", 0.0) for piece in areas)
    merged = merge_network(areas, making, gaps)
    work = Work(
        job.folder, job.ground.method, making, Inputs(records=list(job.ground.records)),
        job.ground.codebooks,
    )  # fmt: skip
    if job.ground.elevation:
        work.inputs.elevation = open_elevation(job.ground.elevation)
    if merged.shares is not None:
        tell_streets(work, merged.length_dm, merged.shares)
    statistics = {**merged.record.statistics, **work.statistics}
    network = merged.record.model_copy(update={"statistics": statistics})
    return told_of(work) | {"united_network": network.model_dump(mode="json")}


def unite_tables(making: Path, job: UnionJob) -> dict[str, Any]:
    """Merge the tables that parts write."""
    areas = _pieces(job.areas)
    pieces = [*areas, *_pieces(job.totals)]
    numbers = edge_numbers(areas)
    made = []
    for asset in sorted({asset for piece in pieces for asset in piece.assets}):
        record = merge_asset(asset, pieces, making)
        if any(column.name == "edge" for column in record.columns) and numbers is not None:
            record = _renumbered(record, making, numbers)
        made.append(record)
    return told_of(assets=made)


def _renumbered(record: AssetRecord, making: Path, numbers: EdgeNumbers) -> AssetRecord:
    """Put the rows of edges where their keys stand."""
    path = making / record.file.path
    table = pq.read_table(path)
    at = table.column_names.index("edge")
    rows = numbers.rows(table.column("edge").to_numpy())
    table = table.set_column(at, table.field(at), pa.array(rows.astype("int64")))
    pq.write_table(table, path, compression="zstd", row_group_size=GROUP_ROWS)
    columns = tuple(
        recount(column, pd.Series(rows)) if column.name == "edge" else column
        for column in record.columns
    )
    return record.model_copy(update={"file": record_file(path, root=making), "columns": columns})


@dataclass(frozen=True, slots=True)
class Union:
    """One thing the last round makes.

    Parameters
    ----------
    title
        What people see.
    make
        Writes it.
    bytes_per_cell
        Memory it is expected to take, by demand cell of the country.
    """

    title: str
    make: Callable[[Path, UnionJob], dict[str, Any]]
    bytes_per_cell: int


# Measured on a country of full size. Grids, the longest after levels and blocks, are expected to
# take a little more than they do: what takes most begins first.
UNIONS: Mapping[str, Union] = {
    "manzanas": Union("manzanas", unite_streamed, 3650),
    "levels": Union("niveles", unite_levels, 3600),
    "localidades": Union("localidades", unite_streamed, 2350),
    "centros": Union("centros", unite_plain, 1150),
    "calles": Union("calles", unite_plain, 1500),
    "agua_y_verde": Union("agua y áreas verdes", unite_plain, 1150),
    "grids": Union("rejillas", unite_grids, 2400),
    "network": Union("red peatonal", unite_network, 1500),
    "tables": Union("otras tablas", unite_tables, 1200),
}


def unite(making: Path, job: UnionJob) -> dict[str, Any]:
    """Make one of :data:`UNIONS` and say what that took."""
    started = time.process_time()
    record = UNIONS[job.name].make(making, job)
    return record | {"cpu_s": {f"unite {job.name}": round(time.process_time() - started, 3)}}
