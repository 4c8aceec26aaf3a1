"""Where everyone lives on the lattice, kept by part and put together for the grids of the whole."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from data.tables import Level
from geo.demand import SERVICE_DEMAND
from geo.grid import Settled, Shares, by_hexagon, hexagons_of, settle
from geo.parts.gather import Ground
from geo.parts.merge import Piece
from geo.pipeline.grids import DEMAND_GRIDS
from geo.pipeline.work import Work

# Access of the cells, among the measures a part keeps.
ACCESS = "acceso"
_SHARES, _CELLS, _COVER = "settled.parquet", "settled_cells.parquet", "settled_cover.parquet"
# Measures of a cell that surfaces are averaged from, before the name of a service.
_MEASURES = ("reach_", "nearest_min_", "e2sfca_")


def keep_settled(work: Work, own: npt.NDArray[np.bool_], making: Path) -> None:
    """Find where the own people of a part live and write it.

    Parameters
    ----------
    work
        The part's work.
    own
        Shape (cells,): which are its own.
    making
        Folder of the piece.
    """
    cells = work.demand.cells[own].reset_index(drop=True)
    municipalities = work.demand.tables.get(Level.MUNICIPALITY)
    found = settle(cells, work.inputs.boundaries, municipalities)
    shares = found.shares
    table = pa.table({
        "cell": shares.part.astype("int32"), "key": shares.key, "share": shares.share,
        "hexagon": hexagons_of(shares.key),
    })  # fmt: skip
    pq.write_table(table, making / _SHARES, compression="zstd")
    cells[["cell_id"]].to_parquet(making / _CELLS, index=False)
    cover = pa.table({"cover": pa.array(shapely.to_wkb(found.cover), pa.binary())})
    pq.write_table(cover, making / _COVER, compression="zstd")


def join_settled(ground: Ground, areas: Sequence[Piece]) -> Settled:
    """Return where everyone lives, as a build in one piece finds it.

    Squares at the border of two parts are no sum of sums: the shares of all cells come together
    here, in the order of the cells, and what is added up is added in that order.

    Parameters
    ----------
    ground
        The states, read.
    areas
        The measured parts.
    """
    cells = _cells(ground, areas)
    index = pd.Index(cells["cell_id"])
    shares, hexagon = _shares(areas, index)
    covers = [pq.read_table(piece.folder / _COVER).column(0).to_numpy() for piece in areas]
    return Settled(
        cells, shares, by_hexagon(shares, hexagon), shapely.from_wkb(np.concatenate(covers))
    )


def _shares(
    areas: Sequence[Piece], index: pd.Index
) -> tuple[Shares, npt.NDArray[np.int64]]:  # fmt: skip
    parts, tables = [], []
    for piece in areas:
        names = pd.read_parquet(piece.folder / _CELLS)["cell_id"]
        table = pq.read_table(piece.folder / _SHARES)
        at = index.get_indexer(pd.Index(names))
        parts.append(at[table.column("cell").to_numpy()].astype("int64"))
        tables.append(table.drop_columns("cell"))
    part, table = np.concatenate(parts), pa.concat_tables(tables)
    key, share, hexagon = (table.column(name).to_numpy() for name in ("key", "share", "hexagon"))
    order = np.lexsort((key, part))
    return Shares(part[order], key[order], share[order], len(index)), hexagon[order]


def _cells(ground: Ground, areas: Sequence[Piece]) -> pd.DataFrame:
    """Return every demand cell with its people, and its access where that was measured."""
    counted = (variable for _, variable, _ in DEMAND_GRIDS)
    demand = dict.fromkeys((*counted, *SERVICE_DEMAND.values()))
    found = ground.table("cells", columns=["cell_id", *demand])
    if found is None:
        raise LookupError(*ground.states)
    cells = found[0].sort_values("cell_id", ignore_index=True)
    measured = [piece for piece in areas if ACCESS in piece.record["measures"]]
    if not measured:
        return cells
    access = pd.concat([_access(piece) for piece in measured], ignore_index=True)
    at = pd.Index(access.pop("cell_id")).get_indexer(pd.Index(cells["cell_id"]))
    rows = access.reindex(at).set_axis(cells.index)
    return pd.concat([cells, rows], axis=1)


def _access(piece: Piece) -> pd.DataFrame:
    path = piece.folder / f"measure_{ACCESS}.parquet"
    names = [name for name in pq.read_schema(path).names if name.startswith(_MEASURES)]
    return pd.read_parquet(path, columns=["cell_id", *names])
