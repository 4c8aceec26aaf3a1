"""Last round of a build in parts: one atlas from all pieces."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.catalog import SourceFolder, catalog, gazetteer
from data.errors import MissingInputError
from data.texts import Text
from geo.artifacts import (
    AssetRecord,
    Label,
    LayerRecord,
    Manifest,
    NetworkRecord,
    PlaceRecord,
    record_file,
)
from geo.layers import centres_layer, streets_layer, water_green_layer
from geo.network import CELLS, CENTRES_ON_FOOT
from geo.parts.gather import Ground, gather_country, renumber
from geo.parts.merge import Piece, merge_asset, merge_layer, read_layer
from geo.parts.merge_network import EdgeNumbers, Merged, merge_network
from geo.parts.settled import ACCESS, join_settled
from geo.parts.told import merged_checks, merged_notes, merged_reasons
from geo.pipeline.build import focus_of, title_of
from geo.pipeline.steps import STEPS
from geo.pipeline.walkability import tell_streets
from geo.progress import Progress
from geo.publish import recount, write_layer

# The levels small enough to be held in memory for all of the country, in the order of layers.
_LAYERS = ("entidades", "municipios", "localidades", "agebs")
BLOCKS = "manzanas"


def finish(
    ground: Ground,
    folder: SourceFolder,
    staged: Path,
    progress: Progress,
    *,
    states: Sequence[Mapping[str, Any]],
    areas: Sequence[Piece],
    totals: Sequence[Piece],
    code_version: str,
) -> Manifest:
    """Merge pieces into the files of a version and return its manifest.

    Parameters
    ----------
    ground
        What parts share.
    folder
        The sources.
    staged
        Folder of the version being written.
    progress
        Told of each layer.
    states
        What the states say of themselves.
    areas, totals
        The measured parts, and the totals of states.
    code_version
        Version of the program.
    """
    pieces = [*areas, *totals]
    work = gather_country(ground, folder, staged)
    work.measured_in_parts = any(ACCESS in piece.record["measures"] for piece in areas)
    with progress.step("settle", Text("Uniendo dónde vive la gente", "Merging where people live")):
        work.settled = join_settled(ground, areas)
    held = [layer for layer in _LAYERS if any(layer in piece.layers for piece in pieces)]
    work.layers = [read_layer(layer, pieces) for layer in held]
    for step in STEPS:
        if step.stage == "merged":
            with progress.step(step.name, step.title):
                step.run(work)
    licences = work.inputs.licences
    layers = []
    for layer in work.layers:
        title = Text(f"Escribiendo {layer.name}", f"Writing {layer.name}")
        with progress.step(f"write {layer.name}", title):
            layers.append(write_layer(layer, staged, licences))
    work.layers.clear()
    if any(BLOCKS in piece.layers for piece in pieces):
        with progress.step(f"merge {BLOCKS}", Text("Uniendo manzanas", "Merging blocks")):
            layers.append(merge_layer(BLOCKS, pieces, staged))
    with progress.step("merge centros", Text("Uniendo centros y calles", "Merging the rest")):
        layers += _plain_layers(ground, staged)
    with progress.step("merge network", Text("Uniendo la red peatonal", "Merging the network")):
        gaps = sum(piece.record["statistics"].get("joined_gaps", 0.0) for piece in areas)
        merged = merge_network(areas, staged, gaps)
        if merged is not None and merged.shares is not None:
            tell_streets(work, merged.length_dm, merged.shares)
    with progress.step("merge assets", Text("Uniendo otras tablas", "Merging other tables")):
        assets = _assets(pieces, staged, None if merged is None else merged.numbers)
        assets += work.assets
    drawn = [layer.tiles.bounds for layer in layers if layer.level and layer.tiles is not None]
    if not drawn:
        raise MissingInputError(
            Text("Ninguna fuente trae geometrías", "No source holds geometries"),
            remedy=Text("Dé límites de municipios, AGEB o manzanas",
                        "Give outlines of municipalities, AGEB or blocks"),
        )  # fmt: skip
    corners = np.array(drawn)
    said = [(_name(piece), piece.record) for piece in areas]
    read = [(_state_name(record), record) for record in states]
    return Manifest(
        title=Label.of(title_of(ground.folder, ground.method)),
        places=_places(ground, staged, layers),
        bounds=(*corners[:, :2].min(axis=0).tolist(), *corners[:, 2:].max(axis=0).tolist()),
        focus=focus_of(
            pq.read_table(
                staged / "tables" / f"{CELLS}.parquet", columns=["lon", "lat", "population"]
            ).to_pandas()
        ),
        code_version=code_version,
        sources=ground.records,
        method={
            **ground.method.model_dump(mode="json"),
            "options": dict(sorted(ground.folder.options.items())),
            "codebooks": ground.codebooks.as_record(),
        },
        layers=tuple(layers),
        network=_network_record(merged, work.statistics, staged, assets),
        assets=tuple(sorted(assets, key=lambda asset: asset.id)),
        not_computed=(
            *merged_reasons([(name, record["not_computed"]) for name, record in read]),
            *merged_reasons([(name, record["not_computed"]) for name, record in said]),
            *work.not_computed,
        ),
        notes=(
            *merged_notes([(name, record["notes"]) for name, record in read]),
            *merged_notes([(name, record["notes"]) for name, record in said]),
            *(Label.of(note) for note in work.notes),
        ),
        checks=merged_checks([(name, record["checks"]) for name, record in read]),
    )


def _name(piece: Piece) -> str:
    return ", ".join(piece.own[:2]) + ("…" if piece.own[2:] else "")


def _state_name(record: Mapping[str, Any]) -> str:
    code = min(record["cells"])[:2] if record["cells"] else ""
    return catalog().states.get(code, code)


def _places(ground: Ground, staged: Path, layers: Sequence[LayerRecord]) -> tuple[PlaceRecord, ...]:
    if not ground.folder.places:
        return (PlaceRecord(code="MX", name="México"),)
    named: dict[str, str] = {}
    for layer in layers:
        if layer.id in ("entidades", "municipios"):
            table = pq.read_table(staged / layer.table.path, columns=["cvegeo", "name"]).to_pandas()
            named |= dict(zip(table["cvegeo"], table["name"].astype("object"), strict=True))
    return tuple(
        PlaceRecord(code=place, name=gazetteer().get(place) or str(named.get(place) or place))
        for place in ground.folder.places
    )


def _plain_layers(ground: Ground, staged: Path) -> list[LayerRecord]:
    """Write the layers no measure is added to: centres, streets, water and green areas."""
    licences = {record.role: record.licence for record in ground.records}
    made = []
    centres = ground.table("centres")
    if centres is not None:
        frame = gpd.GeoDataFrame(centres[0])
        own = frame[frame.pop("_own").astype(bool)].drop_duplicates("facility_id")
        made.append(write_layer(centres_layer(own.reset_index(drop=True)), staged, licences))
    streets = ground.table("streets")
    if streets is not None:
        frame = renumber(gpd.GeoDataFrame(streets[0]), streets[1], ground)
        made.append(write_layer(streets_layer(frame), staged, licences))
    features = ground.table("water_green")
    if features is not None:
        # A river along a border is in the files of both states.
        frame = gpd.GeoDataFrame(features[0]).drop_duplicates("feature_key", ignore_index=True)
        made.append(write_layer(water_green_layer(frame), staged, licences))
    return made


def _assets(
    pieces: Sequence[Piece], staged: Path, numbers: EdgeNumbers | None
) -> list[AssetRecord]:
    """Merge the tables that parts write; return their records."""
    made = []
    for asset in sorted({asset for piece in pieces for asset in piece.assets}):
        record = merge_asset(asset, pieces, staged)
        if any(column.name == "edge" for column in record.columns) and numbers is not None:
            record = _renumbered(record, staged, numbers)
        made.append(record)
    return made


def _renumbered(record: AssetRecord, staged: Path, numbers: EdgeNumbers) -> AssetRecord:
    """Put the rows of edges where their keys stand."""
    path = staged / record.file.path
    table = pq.read_table(path)
    at = table.column_names.index("edge")
    rows = numbers.rows(table.column("edge").to_numpy())
    table = table.set_column(at, table.field(at), pa.array(rows.astype("int64")))
    pq.write_table(table, path, compression="zstd")
    columns = tuple(
        recount(column, pd.Series(rows)) if column.name == "edge" else column
        for column in record.columns
    )
    return record.model_copy(update={"file": record_file(path, root=staged), "columns": columns})


def _network_record(
    merged: Merged | None,
    told: Mapping[str, float],
    staged: Path,
    assets: Sequence[AssetRecord],
) -> NetworkRecord | None:
    """Return the network's record with how cells and centres stand on it."""
    if merged is None:
        return None
    statistics = {**merged.record.statistics, **told}
    for name, asset in (("cells", CELLS), ("centres", CENTRES_ON_FOOT)):
        held = next((item for item in assets if item.id == asset), None)
        if held is None or not any(column.name == "edge" for column in held.columns):
            continue
        table = pq.read_table(staged / held.file.path, columns=["edge", "access_m"])
        attached = table.column("edge").to_numpy() >= 0
        access = table.column("access_m").to_numpy()[attached]
        statistics[f"{name}_attached_share"] = round(float(attached.mean()), 4)
        if len(access):
            statistics[f"{name}_access_median_m"] = round(float(np.median(access)), 1)
            statistics[f"{name}_access_p95_m"] = round(float(np.quantile(access, 0.95)), 1)
    return merged.record.model_copy(update={"statistics": dict(sorted(statistics.items()))})
