"""Second and third rounds of a build in parts: urban areas measured, then the totals of states."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import shapely

from geo.artifacts import AssetRecord, Label, LayerRecord, record_file
from geo.network import GRID_M, WalkNetwork
from geo.parts.cut import Part
from geo.parts.gather import Ground, gather
from geo.parts.settled import ACCESS, keep_settled
from geo.parts.store import finished
from geo.pipeline.sensitivity import SENSITIVITY_STEP
from geo.pipeline.steps import STEPS
from geo.pipeline.work import OWN_STREET, Share, Stage, Step, Work
from geo.publish import write_layer_table

EDGES = "edges.parquet"
# What begins the name of a column of edges that says what share of its length something holds for.
SHARE = "share:"
_PART_STAGES: tuple[Stage, ...] = ("walk", "levels")
_TOTAL_STAGES: tuple[Stage, ...] = ("levels",)


@dataclass(frozen=True, slots=True)
class AreaJob:
    """What the second round measures: one part of the country.

    Parameters
    ----------
    ground, share
        What all parts share, and what this one publishes.
    part
        Its municipalities and the zone around it.
    sensitivity
        Whether to measure how much rankings hang on the method.
    """

    ground: Ground
    share: Share
    part: Part
    sensitivity: bool


@dataclass(frozen=True, slots=True)
class TotalJob:
    """What the third round adds up: one state, from the cells of its parts.

    Parameters
    ----------
    ground, share
        What all pieces share, and the level added up to.
    homes
        Municipalities of the state.
    parts
        Folders of the parts they are in.
    """

    ground: Ground
    share: Share
    homes: tuple[str, ...]
    parts: tuple[Path, ...]


def measure_area(making: Path, job: AreaJob) -> dict[str, Any]:
    """Walk a part and add up its levels, by the steps every build takes."""
    part = job.part
    work = gather(job.ground, making, job.share, part.own, part)
    taken = run_steps(work, _PART_STAGES, (SENSITIVITY_STEP,) if job.sensitivity else ())
    own = work.demand.cells["municipality"].isin(part.own).to_numpy()
    if work.cells is not None:
        work.measures[ACCESS] = work.cells
    for name, measures in work.measures.items():
        kept = measures[own].assign(municipality=work.demand.cells["municipality"][own])
        kept.to_parquet(making / f"measure_{name}.parquet", index=False)
    keep_settled(work, own, making)
    if work.network is not None:
        _write_edges(work, work.network, making)
    edges = making / EDGES
    told = {"edges": record_file(edges).sha256 if edges.is_file() else None}
    return _record(work, taken) | told


def add_up_state(making: Path, job: TotalJob) -> dict[str, Any]:
    """Add the cells of a state up to it, by the steps every build takes after the walks."""
    work = gather(job.ground, making, job.share, job.homes)
    names = sorted(finished(job.parts[0])["measures"]) if job.parts else []  # type: ignore[index]
    order = pd.Index(work.demand.cells["cell_id"])
    read = {name: _measures(job, name) for name in names}
    if ACCESS in read:
        at = pd.Index(read[ACCESS]["cell_id"]).get_indexer(order)
        work.measures = {name: rows.iloc[at].reset_index(drop=True) for name, rows in read.items()}
        work.cells = work.measures.pop(ACCESS)
    taken = run_steps(work, _TOTAL_STAGES)
    return _record(work, taken)


def _measures(job: TotalJob, name: str) -> pd.DataFrame:
    paths = [path / f"measure_{name}.parquet" for path in job.parts]
    rows = [pd.read_parquet(p, filters=[("municipality", "in", job.homes)]) for p in paths]
    return pd.concat(rows, ignore_index=True)


def run_steps(
    work: Work, stages: tuple[Stage, ...], more: tuple[Step, ...] = ()
) -> dict[str, float]:  # fmt: skip
    """Run the steps of some stages; return the processor time of each, seconds."""
    taken = {}
    for step in (*STEPS, *more):
        if step.stage in stages:
            started = time.process_time()
            step.run(work)
            taken[step.name] = round(time.process_time() - started, 3)
    return taken


def _record(work: Work, taken: Mapping[str, float]) -> dict[str, Any]:
    """Write the tables of the levels and return what is to be known of them and of the assets."""
    licences = work.inputs.licences
    layers = [write_layer_table(layer, work.staged, licences) for layer in work.layers]
    return told_of(work, layers=layers, assets=work.assets) | {
        "measures": sorted(work.measures),
        "network": work.network is not None,
        "statistics": work.statistics,
        "cpu_s": dict(taken),
    }


def told_of(
    work: Work | None = None,
    *,
    layers: Iterable[LayerRecord] = (),
    assets: Iterable[AssetRecord] = (),
) -> dict[str, Any]:
    """Return what every piece says of itself: its layers, assets, notes and what it lacks.

    Parameters
    ----------
    work
        What was done, if it was steps of a build: for its notes.
    layers, assets
        What was written.
    """
    return {
        "layers": [layer.model_dump(mode="json") for layer in layers],
        "assets": [asset.model_dump(mode="json") for asset in assets],
        "notes": [Label.of(note).model_dump() for note in work.notes] if work else [],
        "not_computed": [item.model_dump() for item in work.not_computed] if work else [],
    }


def _write_edges(work: Work, network: WalkNetwork, making: Path) -> None:
    """Write the edges of the part's own streets, and on which edge its cells and centres stand."""
    ends = np.column_stack([network.edge_from, network.edge_to])
    x, y = (np.round(axis[ends] / GRID_M).astype("int64")
            for axis in (network.node_x_m, network.node_y_m))  # fmt: skip
    edges = pd.DataFrame({
        "x0": x[:, 0], "y0": y[:, 0], "x1": x[:, 1], "y1": y[:, 1],
        "length_m": shapely.length(network.edge_line),
        "length_dm": network.edge_length_dm,
        "street_id": pd.Series(network.edge_street, dtype="str"),
        "line": shapely.to_wkb(network.edge_line),
    })  # fmt: skip
    edges["key"] = edge_keys(edges)
    if work.network_costs is not None and work.network_shares is not None:
        shares = work.network_shares.add_prefix(SHARE)
        edges = pd.concat([edges, work.network_costs.reset_index(drop=True), shares], axis=1)
    key = edges["key"].to_numpy()
    for asset in work.assets:
        if any(column.name == "edge" for column in asset.columns):
            path = making / asset.file.path
            at = pq.read_table(path, columns=["edge"]).column("edge").to_numpy()
            standing = np.where(at >= 0, key[at], np.uint64(0))
            pd.DataFrame({"key": standing}).to_parquet(path.with_suffix(".keys"), index=False)
    if work.inputs.streets is not None:
        streets = work.inputs.streets
        own = streets.loc[streets[OWN_STREET], "street_id"]
        edges[edges["street_id"].isin(own)].to_parquet(making / EDGES, index=False)


def edge_keys(edges: pd.DataFrame) -> "np.ndarray[Any, np.dtype[np.uint64]]":
    """Return a number for each edge that depends on where it runs, not on what was read with it."""
    columns = [*edges[["x0", "y0", "x1", "y1"]].to_numpy("int64").T,
               np.round(edges["length_m"].to_numpy() * 1e4).astype("int64")]  # fmt: skip
    key = np.full(len(edges), 1, dtype=np.uint64)
    for column in columns:
        # SplitMix64: every bit of the input moves every bit of the sum.
        mixed = key * np.uint64(0x9E3779B97F4A7C15) + column.astype(np.uint64)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        key = mixed ^ (mixed >> np.uint64(31))
    return key


def facts_of(ground: Ground, share: Share) -> Mapping[str, Any]:
    """Return what pieces depend on besides their tables: method, decisions, licences."""
    decided = share.decided
    return {
        **shared_facts(ground),
        "levels": [level.value for level in share.levels],
        "sized": dict(sorted(decided.sized.items())),
        "schemes": [list(decided.schemes), list(decided.uncounted)],
        "high_demand": {k: dict(v) for k, v in sorted(decided.high_demand.items())},
    }


def shared_facts(ground: Ground) -> Mapping[str, Any]:
    """Return what everything made of a ground depends on: method, licences, how it is numbered."""
    return {
        "method": ground.method.model_dump(mode="json"),
        "codebooks": ground.codebooks.as_record(),
        "options": dict(sorted(ground.folder.options.items())),
        "licences": {record.role: record.licence for record in ground.records},
        "held": ground.held,
        "streets": dict(sorted(ground.street_offset.items())),
        "elevation": [path.name for path in ground.elevation],
    }
