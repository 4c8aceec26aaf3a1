"""From the edges of parts to one walking network, numbered as if it had been built whole."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.artifacts import FileRecord, NetworkRecord, record_file
from geo.network import DM_PER_M, GRID_M, NETWORK_GROUP_ROWS, Integers
from geo.parts.areas import EDGES, SHARE
from geo.parts.merge import Piece

Keys = npt.NDArray[np.int64]
_ENDS = ("x0", "y0", "x1", "y1")
_HALF = 1 << 30
_ROWS_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Merged:
    """A network put together.

    Parameters
    ----------
    record
        Its files and statistics.
    length_dm
        Shape (edges,).
    shares
        What share of each edge's length is known and passable, a row an edge; None where streets
        are only lengths.
    """

    record: NetworkRecord
    length_dm: Integers
    shares: pd.DataFrame | None


def merge_network(pieces: Sequence[Piece], version: Path, gaps: float) -> Merged:
    """Write nodes, edges and costs of the whole network.

    Parameters
    ----------
    pieces
        The parts; some have streets.
    version
        Folder of the version being written.
    gaps
        Ends that were joined to a street they stopped just short of, in all parts.
    """
    files = edge_files(pieces)
    ends, order = _in_order(files)
    start, stop = (
        (ends[x][order] + _HALF) << 32 | (ends[y][order] + _HALF)
        for x, y in (("x0", "y0"), ("x1", "y1"))
    )
    nodes = np.unique(np.concatenate([np.unique(start), np.unique(stop)]))
    edge_from, edge_to = (np.searchsorted(nodes, at).astype("int32") for at in (start, stop))
    length_dm = _column(files, "length_dm")[order]
    component, lengths = _components(edge_from, edge_to, length_dm, len(nodes))
    folder = version / "network"
    folder.mkdir(exist_ok=True)
    written = [
        _write_nodes(folder / "nodes.parquet", nodes, component, version),
        *_write_edges(folder, files, order, edge_from, edge_to, gaps, version),
    ]
    statistics = {
        "nodes": float(len(nodes)),
        "edges": float(len(order)),
        "length_km": round(float(lengths.sum()) / 1000, 1),
        "components": float(len(lengths)),
        "largest_component_share": round(float(lengths[0]) / float(lengths.sum()), 4),
        "joined_gaps": gaps,
    }
    record = NetworkRecord(files=tuple(written), statistics=statistics)
    names = [n for n in pq.read_schema(files[0]).names if n.startswith(SHARE)]
    shares = {name.removeprefix(SHARE): _column(files, name)[order] for name in names}
    return Merged(record, length_dm, pd.DataFrame(shares) if shares else None)


def edge_files(pieces: Sequence[Piece]) -> list[Path]:
    """Return the files of edges of those parts that have streets."""
    return [piece.folder / EDGES for piece in pieces if (piece.folder / EDGES).is_file()]


def edge_numbers(pieces: Sequence[Piece]) -> "EdgeNumbers | None":
    """Return where the edges of parts come to lie in the whole; None where no part has streets."""
    files = edge_files(pieces)
    if not files:
        return None
    ends, order = _in_order(files)
    return EdgeNumbers(ends["key"][order])


def _in_order(files: Sequence[Path]) -> tuple[dict[str, npt.NDArray[Any]], npt.NDArray[np.intp]]:
    """Return ends, lengths and keys of all edges, and the order they are numbered in.

    They are held at once; lines and names pass through in order.
    """
    ends = {name: _column(files, name) for name in (*_ENDS, "length_m", "key")}
    return ends, np.lexsort((ends["length_m"], ends["x1"], ends["y1"], ends["x0"], ends["y0"]))


class EdgeNumbers:
    """Rows of edges by their key."""

    def __init__(self, keys: npt.NDArray[Any]) -> None:
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]
        if (self._keys[1:] == self._keys[:-1]).any():
            message = "two edges have one key"
            raise ValueError(message)

    def rows(self, keys: Keys) -> Keys:
        """Return the row of each key; −1 for the key 0, which stands for no edge."""
        wanted = keys.view("uint64")
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        there = self._keys[at] == wanted
        if (~there & (wanted != 0)).any():
            message = "an edge something stands on is of no part"
            raise ValueError(message)
        found: Keys = np.where(there, self._order[at], -1)
        return found


def _column(files: Sequence[Path], name: str) -> npt.NDArray[Any]:
    return np.concatenate([pq.read_table(f, columns=[name]).column(0).to_numpy() for f in files])


def _components(
    start: npt.NDArray[np.int32], stop: npt.NDArray[np.int32],
    length_dm: npt.NDArray[Any], nodes: int,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:  # fmt: skip
    graph = coo_array((np.ones(len(start), "int8"), (start, stop)), shape=(nodes, nodes))
    count, label = connected_components(graph, directed=False)
    length_m = np.bincount(label[start], weights=length_dm / DM_PER_M, minlength=count)
    rank = np.argsort(-length_m, kind="stable")
    renamed = np.empty(count, dtype=np.int32)
    renamed[rank] = np.arange(count, dtype=np.int32)
    return renamed[label], length_m[rank].astype(np.float64)


def _write_nodes(
    path: Path, nodes: Keys, component: npt.NDArray[np.int32], version: Path
) -> FileRecord:
    x_m = ((nodes >> 32) - _HALF) * GRID_M
    y_m = ((nodes & 0xFFFFFFFF) - _HALF) * GRID_M
    table = pa.table({"x_m": x_m, "y_m": y_m, "component": component})
    pq.write_table(table, path, compression="zstd", row_group_size=NETWORK_GROUP_ROWS)
    return record_file(path, root=version)


def _write_edges(
    folder: Path, files: Sequence[Path], order: npt.NDArray[np.intp],
    edge_from: npt.NDArray[np.int32], edge_to: npt.NDArray[np.int32], gaps: float, version: Path,
) -> list[FileRecord]:  # fmt: skip
    names = pq.ParquetFile(files[0]).schema_arrow.names
    costs = [name for name in names if name.endswith(("_forward_dm", "_backward_dm"))]
    written = []
    for name, columns in (("edges", ["length_dm", "street_id", "line"]), ("costs", costs)):
        if not columns:
            continue
        held = pa.concat_tables([pq.read_table(f, columns=columns) for f in files],
                                promote_options="permissive")  # fmt: skip
        path = folder / f"{name}.parquet"
        writer: pq.ParquetWriter | None = None
        for at in range(0, len(order), _ROWS_AT_ONCE):
            some = slice(at, at + _ROWS_AT_ONCE)
            rows = held.take(pa.array(order[some]))
            if name == "edges":
                rows = pa.table({
                    "from_node": edge_from[some], "to_node": edge_to[some],
                    **{column: rows[column] for column in columns},
                })  # fmt: skip
                # Where the reader of a network looks for it.
                rows = rows.replace_schema_metadata(_attributes({"joined_gaps": int(gaps)}))
            if writer is None:
                writer = pq.ParquetWriter(path, rows.schema, compression="zstd")
            writer.write_table(rows, row_group_size=NETWORK_GROUP_ROWS)
        if writer is not None:
            writer.close()
        written.append(record_file(path, root=version))
    return sorted(written, key=lambda record: record.path)


def _attributes(attributes: Mapping[str, int]) -> dict[str, str]:
    return {"PANDAS_ATTRS": json.dumps(attributes)}
