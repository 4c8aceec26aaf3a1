"""The walking network of an atlas as it lies on disk, read a window at a time.

A walk of some kilometres needs no streets of a whole country. A window holds the streets of a box,
numbered in the order of the atlas, so a walk in it equals one over the whole network as long as it
stays where the window is complete; and that, a window can say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geo.network import (
    DM_PER_M,
    NETWORK_GROUP_ROWS,
    Attachment,
    Floats,
    Integers,
    WalkNetwork,
    readable_network,
)

Mask = npt.NDArray[np.bool_]
# Edges up to this length are found by where they begin and end. The few longer ones are listed.
_LONG_DM = 5000
# What lengths and coordinates may differ by from being rounded to decimetres, and some more.
_SLACK_M = 1.0
_NODES = ["x_m", "y_m", "component"]
_EDGES = ["from_node", "to_node", "length_dm"]


class Box(NamedTuple):
    """A rectangle of EPSG:6372, metres."""

    west: float
    south: float
    east: float
    north: float

    def grown(self, by_m: float) -> "Box":
        """Return the box with a margin."""
        return Box(self.west - by_m, self.south - by_m, self.east + by_m, self.north + by_m)

    def holds(self, x_m: Floats, y_m: Floats) -> Mask:
        """Return which points lie in the box."""
        west, south, east, north = self
        return (x_m >= west) & (x_m <= east) & (y_m >= south) & (y_m <= north)

    def meets(self, boxes: Floats) -> Mask:
        """Return which of several boxes, shape (boxes, 4), have a point in common with it."""
        west, south, east, north = boxes.T
        return (
            (west <= self.east) & (east >= self.west)
            & (south <= self.north) & (north >= self.south)
        )  # fmt: skip


EVERYWHERE = Box(-np.inf, -np.inf, np.inf, np.inf)


@dataclass(frozen=True, slots=True)
class StreetWindow:
    """The streets of a box and some around it.

    Parameters
    ----------
    network
        Nodes and edges in the order they have in the atlas. Components are those of the atlas, with
        their whole length. What no walk asks for is left out: ids of streets are empty, and joined
        ends are not counted.
    edge_row
        Shape (edges,), rising: which edge of the atlas each is.
    whole
        Within this box every node has all its edges.
    """

    network: WalkNetwork
    edge_row: Integers
    whole: Box

    def number(self, edge: npt.NDArray[np.integer[Any]]) -> Integers:
        """Return which edges of the window some edges of the atlas are; −1 for none of them."""
        if len(self.edge_row) == 0:
            return np.full(len(edge), -1, dtype=np.int32)
        at = np.minimum(np.searchsorted(self.edge_row, edge), len(self.edge_row) - 1)
        return np.where(self.edge_row[at] == edge, at, -1).astype(np.int32)

    def standing(self, points: Attachment) -> Attachment:
        """Return points attached to edges of the atlas on those of the window.

        Points on edges that are not in the window are not attached.
        """
        edge = self.number(points.edge)
        here = edge >= 0
        return Attachment(
            edge,
            np.where(here, points.offset_dm, np.int32(0)),
            np.where(here, points.access_dm, np.int32(-1)),
        )

    def is_enough(self, reached: Mask) -> bool:
        """Say whether a search that reached some nodes is what it would be in the whole network.

        Parameters
        ----------
        reached
            Shape (nodes,), whether the search reached each node.
        """
        at = np.flatnonzero(reached)
        return bool(self.whole.holds(self.network.node_x_m[at], self.network.node_y_m[at]).all())


class _Nodes(NamedTuple):
    row: npt.NDArray[np.int64]
    x_m: Floats
    y_m: Floats
    component: Integers


class StoredNetwork:
    """The tables of a walking network, and where on the ground each part of them lies.

    Making it reads four columns once, in parts. Kept are a box for every ``NETWORK_GROUP_ROWS``
    rows, the lengths of components, and the edges longer than 500 m.

    Parameters
    ----------
    version
        Folder of the atlas version.

    Raises
    ------
    NotComputedError
        If the atlas was built without streets.
    ArtifactError
        If a table cannot be read or does not hold what a network's table does.
    """

    def __init__(self, version: Path) -> None:
        self._folder = version / "network"
        with readable_network(self._folder):
            x, y, component = read_columns(self._folder / "nodes.parquet", _NODES)
            self._nodes = len(x)
            self._node_boxes = _no_boxes(self._nodes)
            _widen(self._node_boxes, 0, x, y)
            path = self._folder / "edges.parquet"
            self.edges = int(pq.read_metadata(path).num_rows)
            self._edge_boxes = _no_boxes(self.edges)
            self._component_length_m: Floats = np.zeros(int(component.max()) + 1)
            listed = []
            for row, batch in _parts(path, _EDGES):
                start, stop, length_dm = (batch[name].to_numpy() for name in _EDGES)
                _widen(self._edge_boxes, row, x[start], y[start])
                # Added one by one, as the reader of the whole network does: equal to the last bit.
                np.add.at(self._component_length_m, component[start], length_dm / DM_PER_M)
                far = np.flatnonzero(length_dm > _LONG_DM)
                ends = np.stack([start[far], stop[far]])
                half_m = length_dm[far] / DM_PER_M / 2 + _SLACK_M
                box = [x[ends].min(0), y[ends].min(0), x[ends].max(0), y[ends].max(0)]
                # No place on a line is farther from the nearer of its ends than half its length.
                grown = np.stack(box, axis=1) + np.outer(half_m, [-1, -1, 1, 1])
                listed.append((row + far, ends, grown))
        self._long_row = np.concatenate([row for row, _, _ in listed])
        self._long_ends = np.concatenate([ends for _, ends, _ in listed], axis=1)
        self._long_boxes = np.concatenate([boxes for _, _, boxes in listed])

    def window(self, whole: Box) -> StreetWindow:
        """Read the streets of a box.

        Every street within the box is in the window, even if only a part of it lies there.

        Parameters
        ----------
        whole
            Where the window is to be complete.

        Raises
        ------
        ArtifactError
            If a table cannot be read.
        """
        outer = whole.grown(_LONG_DM / DM_PER_M + _SLACK_M)
        far = np.flatnonzero(outer.meets(self._long_boxes))
        runs = outer.meets(self._edge_boxes)
        runs[self._long_row[far] // NETWORK_GROUP_ROWS] = True
        with readable_network(self._folder):
            nodes = self._read_nodes(outer, np.unique(self._long_ends[:, far]))
            return self._read_edges(whole, nodes, runs)

    def _read_nodes(self, outer: Box, further: npt.NDArray[np.int64]) -> _Nodes:
        """Return the nodes within a box, and further ones."""
        runs = outer.meets(self._node_boxes)
        runs[further // NETWORK_GROUP_ROWS] = True
        wanted = np.zeros(self._nodes, dtype=bool)
        wanted[further] = True
        found = [_Nodes(*(np.zeros(0, kind) for kind in ("int64", "float64", "float64", "int32")))]
        path = self._folder / "nodes.parquet"
        for row, batch in _parts(path, _NODES, runs):
            x, y, component = (batch[name].to_numpy() for name in _NODES)
            kept = np.flatnonzero(outer.holds(x, y) | wanted[row : row + len(x)])
            found.append(_Nodes(row + kept, x[kept], y[kept], component[kept]))
        return _Nodes(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _read_edges(self, whole: Box, nodes: _Nodes, runs: Mask) -> StreetWindow:
        """Return the window of those edges that lead from one of the nodes to another."""
        number = np.full(self._nodes, -1, dtype=np.int32)
        number[nodes.row] = np.arange(len(nodes.row), dtype=np.int32)
        found: list[list[npt.NDArray[Any]]] = [[np.zeros(0, "int32")] * 4]
        lines = [np.array([], dtype=object)]
        for row, batch in _parts(self._folder / "edges.parquet", [*_EDGES, "line"], runs):
            start, stop, length_dm = (batch[name].to_numpy() for name in _EDGES)
            start, stop = number[start], number[stop]
            kept = np.flatnonzero((start >= 0) & (stop >= 0))
            if len(kept) == 0:
                continue
            found.append([(row + kept).astype("int32"), start[kept], stop[kept], length_dm[kept]])
            drawn = batch["line"].take(pa.array(kept)).to_numpy(zero_copy_only=False)
            lines.append(shapely.from_wkb(drawn))
        edge_row, start, stop, length_dm = (
            np.concatenate(column) for column in zip(*found, strict=True)
        )
        network = WalkNetwork(
            node_x_m=nodes.x_m,
            node_y_m=nodes.y_m,
            edge_from=start,
            edge_to=stop,
            edge_length_dm=length_dm,
            edge_street=np.broadcast_to(np.array("", dtype=np.str_), len(start)),
            edge_line=np.concatenate(lines),
            component=nodes.component,
            component_length_m=self._component_length_m,
            joined_gaps=0,
        )
        return StreetWindow(network, edge_row, whole)


def read_columns(path: Path, columns: list[str]) -> list[npt.NDArray[Any]]:
    """Return whole columns of numbers of a table, none of them unknown, read in parts."""
    file = pq.ParquetFile(path)
    kinds = (file.schema_arrow.field(name).type.to_pandas_dtype() for name in columns)
    found = [np.empty(file.metadata.num_rows, kind) for kind in kinds]
    for row, batch in _parts(path, columns):
        for name, column in zip(columns, found, strict=True):
            column[row : row + len(batch)] = batch[name].to_numpy()
    return found


def read_rows(path: Path, columns: list[str], rows: npt.NDArray[np.integer[Any]]) -> pa.Table:
    """Return some rows of a table; only the parts of it they lie in are read.

    Parameters
    ----------
    path
        A Parquet file.
    columns
        The columns to read.
    rows
        Which rows, rising.
    """
    runs = np.zeros(int(rows[-1]) // NETWORK_GROUP_ROWS + 1 if len(rows) else 0, dtype=bool)
    runs[rows // NETWORK_GROUP_ROWS] = True
    found = []
    for row, batch in _parts(path, columns, runs):
        first, last = np.searchsorted(rows, [row, row + len(batch)])
        found.append(batch.select(columns).take(pa.array(rows[first:last] - row)))
    known = pq.read_schema(path)
    return pa.Table.from_batches(found, pa.schema([known.field(name) for name in columns]))


def _parts(
    path: Path, columns: list[str], runs: Mask | None = None
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield parts of a table in order, each with the row it begins at.

    ``runs`` says which runs of ``NETWORK_GROUP_ROWS`` rows are wanted; None is all. Where the row
    groups of a file are others, rows beside them are yielded too.
    """
    file = pq.ParquetFile(path)
    stop = 0
    for group in range(file.num_row_groups):
        row, stop = stop, stop + file.metadata.row_group(group).num_rows
        if not _any_of(runs, row, stop):
            continue
        for batch in file.iter_batches(NETWORK_GROUP_ROWS, row_groups=[group], columns=columns):
            if _any_of(runs, row, row + len(batch)):
                yield row, batch
            row += len(batch)
            if not _any_of(runs, row, stop):
                break


def _any_of(runs: Mask | None, start: int, stop: int) -> bool:
    """Say whether rows, of which there may be none, are in a run that is wanted."""
    if runs is None or start >= stop:
        return start < stop
    return bool(runs[start // NETWORK_GROUP_ROWS : (stop - 1) // NETWORK_GROUP_ROWS + 1].any())


def _no_boxes(rows: int) -> Floats:
    """Return an empty box for every run of rows."""
    return np.tile([np.inf, np.inf, -np.inf, -np.inf], (-(-rows // NETWORK_GROUP_ROWS), 1))


def _widen(boxes: Floats, row: int, x_m: Floats, y_m: Floats) -> None:
    """Let the boxes of runs hold the points of rows from one on."""
    for run in range(row // NETWORK_GROUP_ROWS, -(-(row + len(x_m)) // NETWORK_GROUP_ROWS)):
        first = run * NETWORK_GROUP_ROWS - row
        part = slice(max(first, 0), first + NETWORK_GROUP_ROWS)
        x, y, box = x_m[part], y_m[part], boxes[run]
        box[:2] = np.minimum(box[:2], [x.min(), y.min()])
        box[2:] = np.maximum(box[2:], [x.max(), y.max()])
