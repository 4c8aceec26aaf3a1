"""The end of a build in parts: one version from what its pieces were put together into."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from data.catalog import catalog, gazetteer
from data.errors import ArtifactError, MissingInputError, Where
from data.texts import Text
from geo.artifacts import (
    AssetRecord,
    Label,
    LayerRecord,
    Manifest,
    NetworkRecord,
    PlaceRecord,
    files_of,
    record_file,
)
from geo.first_map import draw_first_map
from geo.network import CELLS, CENTRES_ON_FOOT
from geo.parts.gather import Ground
from geo.parts.merge import Piece
from geo.parts.told import merged_checks, merged_notes, merged_reasons
from geo.pipeline.build import focus_of, title_of
from geo.publish import TITLES


def finish(
    ground: Ground,
    staged: Path,
    *,
    states: Sequence[Mapping[str, Any]],
    areas: Sequence[Piece],
    unions: Mapping[str, Piece],
    code_version: str,
) -> Manifest:
    """Put the files of a version in its folder and return its manifest.

    Parameters
    ----------
    ground
        What parts share.
    staged
        Folder of the version being written.
    states
        What the states say of themselves.
    areas
        The measured parts.
    unions
        What was put together, by name (:mod:`geo.parts.unions`).
    code_version
        Version of the program.

    Raises
    ------
    ArtifactError
        If a file of a piece is not what it was when the piece was made.
    """
    found = {layer.id: layer for piece in unions.values() for layer in piece.layers.values()}
    layers = [found[name] for name in TITLES if name in found]
    assets = [asset for piece in unions.values() for asset in piece.assets.values()]
    network = next((piece.network for piece in unions.values() if piece.network), None)
    for piece in unions.values():
        _place(piece, staged)
    drawn = [layer.tiles.bounds for layer in layers if layer.level and layer.tiles is not None]
    if not drawn:
        raise MissingInputError(
            Text("Ninguna fuente trae geometrías", "No source holds geometries"),
            remedy=Text("Dé límites de municipios, AGEB o manzanas",
                        "Give outlines of municipalities, AGEB or blocks"),
        )  # fmt: skip
    corners = np.array(drawn)
    focus = focus_of(
        pq.read_table(
            staged / "tables" / f"{CELLS}.parquet", columns=["lon", "lat", "population"]
        ).to_pandas()
    )
    licences = {record.role: record.licence for record in ground.records}
    picture = draw_first_map(layers, focus, staged, licences)
    if picture is not None:
        assets.append(picture)
    said = [(_name(piece), piece.record) for piece in areas]
    read = [(_state_name(record), record) for record in states]
    whole = [piece.record for piece in unions.values()]
    return Manifest(
        title=Label.of(title_of(ground.folder, ground.method)),
        places=_places(ground, staged, layers),
        bounds=(*corners[:, :2].min(axis=0).tolist(), *corners[:, 2:].max(axis=0).tolist()),
        focus=focus,
        code_version=code_version,
        sources=ground.records,
        method={
            **ground.method.model_dump(mode="json"),
            "options": dict(sorted(ground.folder.options.items())),
            "codebooks": ground.codebooks.as_record(),
        },
        layers=tuple(layers),
        network=None if network is None else _on_network(network, staged, assets),
        assets=tuple(sorted(assets, key=lambda asset: asset.id)),
        not_computed=(
            *merged_reasons([(name, record["not_computed"]) for name, record in read]),
            *merged_reasons([(name, record["not_computed"]) for name, record in said]),
            *merged_reasons([("", _every(whole, "not_computed"))]),
        ),
        notes=(
            *merged_notes([(name, record["notes"]) for name, record in read]),
            *merged_notes([(name, record["notes"]) for name, record in said]),
            *merged_notes([("", _every(whole, "notes"))]),
        ),
        checks=merged_checks([(name, record["checks"]) for name, record in read]),
    )


def _every(records: Iterable[Mapping[str, Any]], name: str) -> list[Any]:
    return [item for record in records for item in record[name]]


def _place(piece: Piece, staged: Path) -> None:
    """Copy the files of a piece into the version, if they are as they were made.

    Copied, not linked: a version must not lose what happens to a piece.
    """
    for record in files_of(piece.layers.values(), piece.network, piece.assets.values()):
        target = staged / record.path
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(piece.folder / record.path, target)
        if record_file(target, root=staged) != record:
            # Made again by the next command.
            shutil.rmtree(piece.folder, ignore_errors=True)
            raise ArtifactError(
                Text(f"Se dañó un archivo ya terminado: {record.path}",
                     f"A finished file was damaged: {record.path}"),
                where=Where(file=piece.folder),
                remedy=Text("Dé otra vez la orden: solo esa parte se hace de nuevo",
                            "Give the command again: only that part is made again"),
            )  # fmt: skip


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


def _on_network(
    network: NetworkRecord, staged: Path, assets: Sequence[AssetRecord]
) -> NetworkRecord:
    """Return the network's record with how cells and centres stand on it."""
    statistics = dict(network.statistics)
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
    return network.model_copy(update={"statistics": dict(sorted(statistics.items()))})
