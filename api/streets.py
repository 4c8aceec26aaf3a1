"""The streets of an atlas that walks are made on: those around a place, read and kept for a while.

The streets of a city are read whole. Those of a country are read a window at a time: a square of
the ground with a margin as wide as the longest walk is long.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from api.kept import Kept
from api.store import AtlasVersion
from data.errors import NotComputedError
from data.texts import Text
from geo.artifacts import AssetRecord
from geo.demand import GROUP_DEMAND
from geo.network import CELLS, CENTRES_ON_FOOT, DM_PER_M, Attachment
from geo.street_window import EVERYWHERE, Box, StoredNetwork, StreetWindow, read_columns, read_rows

# The compiled search takes half a second to import: it waits for the first walk, and a service
# that is starting does not wait for it.
if TYPE_CHECKING:
    from geo.travel.walk import Walker
    from geo.walkability import EdgeCosts

Made = TypeVar("Made")
GENERAL = "general"
GROUPS = ("population", *GROUP_DEMAND.values())
# Networks up to this size are read whole: some 300 MB, those of nearly all cities.
_WHOLE_EDGES = 500_000
# Side of the squares. With a margin of an hour, the middle of Mexico City has 135,000 edges.
_SIDE_M = 5000.0
# What windows take together: three of the middle of Mexico City. An empty one counts for something
# too, so that there are never many.
_ROOM_BYTES = 192 << 20
_WINDOW_BYTES = 1 << 20
_EDGE_BYTES = 400  # with its line as an object, in the index of lines and among those of its ends
_POINT_BYTES = 24  # of a line
_STANDING = ["edge", "offset_m", "access_m"]


@dataclass(frozen=True, slots=True)
class Streets:
    """The streets around a place, and which centres stand on them.

    Parameters
    ----------
    window
        Which streets of the atlas.
    walker
        What walks on them.
    centres
        Rows of those of the atlas's centres that stand on them, rising.
    centres_standing
        Where these stand, on the window's edges.
    """

    window: StreetWindow
    walker: "Walker"
    centres: npt.NDArray[np.int64]
    centres_standing: Attachment


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells that stand on some streets: who lives there, and where they stand."""

    table: pd.DataFrame
    standing: Attachment


def stored_network(atlas: AtlasVersion) -> StoredNetwork:
    """Return the network of an atlas as it lies on disk, looked through once.

    Raises
    ------
    NotComputedError
        If the atlas was built without streets or without centres.
    ArtifactError
        If it cannot be read.
    """
    return atlas.once("stored network", lambda: _open(atlas))


def streets_around(atlas: AtlasVersion, x_m: float, y_m: float, margin_m: float) -> Streets:
    """Return streets that are complete as far as a margin around a point of EPSG:6372.

    Raises
    ------
    NotComputedError
        If the atlas was built without streets or without centres.
    ArtifactError
        If they cannot be read.
    """
    box = EVERYWHERE
    if stored_network(atlas).edges > _WHOLE_EDGES:
        west, south = (math.floor(at / _SIDE_M) * _SIDE_M for at in (x_m, y_m))
        box = Box(west, south, west + _SIDE_M, south + _SIDE_M).grown(margin_m)
    return _kept(atlas, "streets", box, lambda: _read_streets(atlas, box))


def cells_on(atlas: AtlasVersion, streets: Streets) -> Cells:
    """Return the cells that stand on some streets, in the order of the atlas."""
    window = streets.window
    return _kept(atlas, "cells", window.whole, lambda: _read_cells(atlas, window))


def costs_of(atlas: AtlasVersion, streets: Streets, profile: str) -> "EdgeCosts | None":
    """Return what streets cost to a profile; None stands for their length.

    Raises
    ------
    NotComputedError
        If the atlas does not have the profile; the remedy names those it has.
    """
    if profile == GENERAL:
        return None
    known = atlas.once("profiles", lambda: profiles(atlas))
    if profile not in known:
        listed = ", ".join(known)
        raise NotComputedError(
            Text(f"El atlas no tiene el perfil «{profile[:40]}»",
                 f"The atlas does not have the profile “{profile[:40]}”"),
            remedy=Text(f"Tiene: {listed}", f"It has: {listed}"),
        )  # fmt: skip
    window = streets.window
    return _kept(
        atlas, f"costs {profile}", window.whole, lambda: _read_costs(atlas, window, profile)
    )


def profiles(atlas: AtlasVersion) -> tuple[str, ...]:
    """Return the walking profiles of an atlas, the plain one first."""
    path = atlas.folder / "network" / "costs.parquet"
    names = pq.read_schema(path).names if path.is_file() else []
    suffix = "_forward_dm"
    return (GENERAL, *(name.removesuffix(suffix) for name in names if name.endswith(suffix)))


def centre_standing(atlas: AtlasVersion, row: int) -> Attachment:
    """Return where a centre stands on the streets of the whole atlas.

    Parameters
    ----------
    atlas
        The atlas.
    row
        Its row among the centres.
    """
    return _some(_all_centres(atlas), np.array([row]))


def _kept(atlas: AtlasVersion, name: str, box: Box, make: Callable[[], tuple[Made, int]]) -> Made:
    """Return something of a window: kept for good if that is everything, else while there is room.

    ``make`` returns it with its size in bytes.
    """
    if box == EVERYWHERE:
        return atlas.once(f"{name} everywhere", lambda: make()[0])
    windows = atlas.once("windows", lambda: Kept(_ROOM_BYTES))
    return windows.get((name, box), make)


def _open(atlas: AtlasVersion) -> StoredNetwork:
    network = StoredNetwork(atlas.folder)
    for name in (CELLS, CENTRES_ON_FOOT):
        _asset(atlas, name)
    return network


def _read_streets(atlas: AtlasVersion, box: Box) -> tuple[Streets, int]:
    from geo.travel.walk import Walker

    window = stored_network(atlas).window(box)
    standing = window.standing(_all_centres(atlas))
    rows = np.flatnonzero(standing.attached)
    found = Streets(window, Walker(window.network), rows, _some(standing, rows))
    points = int(shapely.get_num_coordinates(window.network.edge_line).sum())
    size = _WINDOW_BYTES + _EDGE_BYTES * len(window.edge_row) + _POINT_BYTES * points
    return found, size


def _read_costs(atlas: AtlasVersion, window: StreetWindow, profile: str) -> "tuple[EdgeCosts, int]":
    from geo.walkability import EdgeCosts

    path = atlas.folder / "network" / "costs.parquet"
    columns = [f"{profile}_{way}_dm" for way in ("forward", "backward")]
    table = read_rows(path, columns, window.edge_row)
    return EdgeCosts.of(table.to_pandas(), profile), table.nbytes


def _read_cells(atlas: AtlasVersion, window: StreetWindow) -> tuple[Cells, int]:
    path = atlas.folder / _asset(atlas, CELLS).file.path
    (edge,) = read_columns(path, ["edge"])
    rows = np.flatnonzero(window.number(edge) >= 0)
    table = read_rows(path, ["cell_id", "kind", *GROUPS, *_STANDING], rows).to_pandas()
    cells = Cells(table.drop(columns=_STANDING), window.standing(_standing(table)))
    return cells, int(table.memory_usage(deep=True).sum())


def _all_centres(atlas: AtlasVersion) -> Attachment:
    """Return where the centres of an atlas stand on its streets, in their order."""
    return atlas.once("centres standing", lambda: _read_centres(atlas))


def _read_centres(atlas: AtlasVersion) -> Attachment:
    path = atlas.folder / _asset(atlas, CENTRES_ON_FOOT).file.path
    table = pq.ParquetFile(path).read(["facility_id", *_STANDING])
    known = table["facility_id"].combine_chunks()
    wanted = atlas.table("centros").arrow("facility_id").cast(known.type)
    # A centre that is not there stands nowhere: its row is null, and so is what is taken by it.
    rows = pc.index_in(wanted, value_set=known)
    return _standing(table.select(_STANDING).take(rows).to_pandas())


def _asset(atlas: AtlasVersion, name: str) -> AssetRecord:
    record = atlas.manifest.asset(name)
    if record is None:
        raise NotComputedError(
            Text("El atlas no tiene centros sobre calles", "The atlas has no centres on streets"),
            remedy=Text("Constrúyalo con centros y calles", "Build it with centres and streets"),
        )
    return record


def _standing(table: pd.DataFrame) -> Attachment:
    edge = table["edge"].fillna(-1).to_numpy("int32")
    offset, access = (
        np.rint(table[name].to_numpy("float64") * DM_PER_M) for name in ("offset_m", "access_m")
    )
    off = edge < 0
    return Attachment(
        edge,
        np.where(off, 0, offset).astype("int32"),
        np.where(off, -1, access).astype("int32"),
    )


def _some(points: Attachment, rows: npt.NDArray[np.int64]) -> Attachment:
    return Attachment(points.edge[rows], points.offset_dm[rows], points.access_dm[rows])
