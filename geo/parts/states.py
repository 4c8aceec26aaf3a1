"""First round of a build in parts: each state's files read, its demand and centres settled."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from data.catalog import open_source_folder
from data.classification import Codebooks
from data.tables import METRIC_CRS, Level
from geo.artifacts import Label, record_file
from geo.demand import CENSUS_COLUMNS, SEX_CODES
from geo.inputs import Inputs, read_inputs
from geo.method import Method
from geo.participation import OPTIONAL_VARIABLES
from geo.parts import squares
from geo.parts.cut import CELL, CENTRE, STREET, URBAN
from geo.parts.gather import HIDDEN
from geo.parts.shelf import put
from geo.pipeline.steps import (
    STEPS,
    never_counted,
    refuse_empty,
    refuse_other_streets,
    water_green_here,
)
from geo.pipeline.work import Work
from geo.progress import Progress, Silent
from geo.supply import counted_classes

# Columns of centres that say which edition they are of, and change no measure.
EDITION_COLUMNS = ("edition",)
_COUNTED_LEVELS = (Level.STATE.value, Level.MUNICIPALITY.value, Level.AGEB.value)
_URBAN_KINDS = ("manzana", "ageb")


@dataclass(frozen=True, slots=True)
class StateJob:
    """What the first round reads for one state.

    Parameters
    ----------
    sources
        Folder of sources, or the file that describes it.
    places
        The state, or the places of it that are asked for.
    streets
        Whose streets.
    method, codebooks
        How people and centres are counted.
    one_street_file
        Whether the streets of all states come in one file: then lines are told by where they are.
    """

    sources: Path
    places: tuple[str, ...]
    streets: Literal["inegi", "osm"] | None
    method: Method
    codebooks: Codebooks
    one_street_file: bool


def read_state(making: Path, job: StateJob) -> dict[str, Any]:
    """Read a state, estimate its demand, classify its centres, and keep all by municipality."""
    folder = open_source_folder(job.sources, places=job.places, streets=job.streets)
    optional = job.method.supply.optional_classes
    inputs = read_inputs(
        folder,
        classes=(*counted_classes(job.codebooks, optional), *never_counted(job.codebooks)),
        variables=CENSUS_COLUMNS,
        optional=(*OPTIONAL_VARIABLES, *SEX_CODES),
        progress=Progress(steps=0, stream=Silent()),
    )
    work = Work(folder, job.method, making, inputs, job.codebooks)
    refuse_empty(work)
    if not job.one_street_file:
        refuse_other_streets(work)
    for step in STEPS:
        if step.stage == "read":
            step.run(work)
    keeper = _Keeper(making, work, one_street_file=job.one_street_file)
    keeper.keep()
    return {
        "records": [record.model_dump(mode="json") for record in inputs.records],
        "notes": [Label.of(n).model_dump() for n in (*folder.notes, *work.notes)],
        "not_computed": [item.model_dump() for item in work.not_computed],
        "checks": [
            {"id": c.id, "passed": c.passed, "detail": Label.of(c.detail).model_dump()}
            for c in work.demand.checks
        ],
        "supply": None
        if work.supply is None
        else {"held": list(work.supply.held)},
        "levels": [level.value for level in work.demand.tables],
        "hashes": keeper.hashes,
        "tables": {name: record_file(making / f"{name}.parquet").sha256 for name in keeper.hashes},
        "cells": keeper.cells_by_home(),
        "lines": _lines_read(inputs),
    }  # fmt: skip


def _lines_read(inputs: Inputs) -> int:
    """Return the number the last street line read bears: the next state's go on from it."""
    if inputs.streets is None or inputs.streets.empty:
        return 0
    return int(inputs.streets["street_id"].str.split("-").str[0].astype("int64").max())


class _Keeper:
    """Puts the tables of one state in files, by municipality."""

    def __init__(self, folder: Path, work: Work, *, one_street_file: bool) -> None:
        self.folder = folder
        self.work = work
        self.one_street_file = one_street_file
        self.hashes: dict[str, dict[str, str]] = {}
        cells = work.demand.cells
        self.known = sorted(set(cells["municipality"].dropna()))
        placed = cells[cells["lon"].notna() & cells["municipality"].notna()]
        self._homes = placed["municipality"].to_numpy()
        points = gpd.GeoSeries(
            gpd.points_from_xy(placed["lon"], placed["lat"]), crs="EPSG:4326"
        ).to_crs(METRIC_CRS)
        self._tree = cKDTree(np.column_stack([points.x, points.y])) if len(placed) else None

    def cells_by_home(self) -> dict[str, int]:
        counts = self.work.demand.cells["municipality"].value_counts()
        return {str(home): int(count) for home, count in sorted(counts.items())}

    def keep(self) -> None:
        """Write every table."""
        work, inputs = self.work, self.work.inputs
        cells = pd.DataFrame(work.demand.cells.drop(columns="geometry", errors="ignore"))
        self._put("cells", cells, cells["municipality"].fillna(""))
        for level, table in work.demand.tables.items():
            self._put(f"demand_{level.value}", table, table["cvegeo"].str[:5])
        for level, outlines in inputs.boundaries.items():
            self._put(f"outlines_{level.value}", outlines, outlines["cvegeo"].str[:5])
        for name, table in (
            ("environment", inputs.environment),
            ("marginalisation", inputs.marginalisation),
            ("projections", inputs.projections),
        ):
            if table is not None:
                self._put(name, table, table["cvegeo"].str[:5])
        for role, counted in inputs.census.items():
            rows = counted.table["level"].isin(_COUNTED_LEVELS).to_numpy()
            masked = counted.confidential[rows].add_prefix(HIDDEN)
            table = pd.concat([counted.table[rows], masked], axis=1)
            self._put(role, table, table["cvegeo"].str[:5])
        reading = inputs.census.get("census_localities")
        if reading is not None:
            rows = reading.table[reading.table["level"] == Level.LOCALITY.value]
            rows = rows[["cvegeo", "level", "lon", "lat"]]
            self._put("localities", rows, rows["cvegeo"].str[:5])
        features = water_green_here(work)
        if features is not None:
            self._put("water_green", features, self._nearest(features.representative_point()))
        found = [_squares(CELL, cells["municipality"], squares.of_points(cells.lon, cells.lat))]
        urban = cells[cells["kind"].isin(_URBAN_KINDS)]
        found.append(
            _squares(URBAN, urban["municipality"], squares.of_points(urban.lon, urban.lat))
        )
        found += self._keep_centres()
        found += self._keep_streets()
        pd.concat(found, ignore_index=True).to_parquet(self.folder / "squares.parquet")

    def _keep_centres(self) -> list[pd.DataFrame]:
        if self.work.supply is None:
            return []
        centres = self.work.supply.centres.assign(_own=self.work.supply.own.to_numpy())
        stated = centres["municipality"].where(centres["municipality"].isin(self.known))
        home = stated.where(stated.notna(), self._nearest(centres.geometry))
        self._put("centres", centres, home, unread=EDITION_COLUMNS)
        points = centres.geometry
        return [_squares(CENTRE, home, squares.of_points(points.x, points.y))]

    def _keep_streets(self) -> list[pd.DataFrame]:
        streets = self.work.inputs.streets
        if streets is None:
            return []
        home = self._homes_of_lines(streets.geometry)
        streets, home = streets[home.notna()], home[home.notna()]
        self._put("streets", streets, home)
        line, square = squares.of_lines(streets.geometry)
        return [_squares(STREET, home.iloc[line], square)]

    def _homes_of_lines(self, lines: gpd.GeoSeries) -> pd.Series:
        """Return the municipality each line is of: that around its middle, or the nearest.

        Lines of another state, in a file of all of them, have none.
        """
        middle = gpd.GeoSeries(
            shapely.line_interpolate_point(lines.to_numpy(), 0.5, normalized=True),
            index=lines.index, crs=lines.crs,
        )  # fmt: skip
        outlines = self.work.inputs.boundaries.get(Level.MUNICIPALITY)
        home = pd.Series(None, index=lines.index, dtype="object")
        if outlines is not None:
            own = outlines[outlines["cvegeo"].isin(self.known)].sort_values("cvegeo")
            point, outline = shapely.STRtree(own.geometry.to_numpy()).query(
                middle.to_numpy(), predicate="intersects"
            )
            order = np.lexsort((outline, point))
            rows, first = np.unique(point[order], return_index=True)
            home.iloc[rows] = own["cvegeo"].to_numpy()[outline[order][first]]
        if self.one_street_file:
            return home
        return home.where(home.notna(), self._nearest(middle))

    def _nearest(self, points: gpd.GeoSeries) -> pd.Series:
        metres = points.to_crs(METRIC_CRS)
        if self._tree is None or points.empty:
            return pd.Series(self.known[0] if self.known else "", index=points.index)
        _, at = self._tree.query(np.column_stack([metres.x, metres.y]))
        return pd.Series(self._homes[at], index=points.index)

    def _put(
        self, name: str, table: pd.DataFrame, home: pd.Series, *, unread: tuple[str, ...] = ()
    ) -> None:
        self.hashes[name] = put(table, home, self.folder / f"{name}.parquet", unread=unread)


def _squares(kind: str, home: pd.Series, square: squares.Squares) -> pd.DataFrame:
    frame = pd.DataFrame({"home": home.astype("str").to_numpy(), "kind": kind, "square": square})
    return frame[frame["square"] >= 0].drop_duplicates()
