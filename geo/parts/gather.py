"""From tables kept by municipality to the work of a part, as if its files had just been read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from data.catalog import SourceFolder
from data.census import CensusReading
from data.classification import Codebooks
from data.elevation import open_elevation
from data.inputoutput import read_industry_accounts, read_input_output
from data.tables import GEOGRAPHIC_CRS, Dropped, Level
from geo.artifacts import SourceRecord
from geo.demand import Demand
from geo.inputs import Inputs
from geo.method import Method
from geo.parts import squares
from geo.parts.cut import Part
from geo.parts.shelf import take
from geo.pipeline.demand import age_rates_of
from geo.pipeline.work import OWN_STREET, Decisions, Share, Supply, Work
from geo.supply import supply_services

CENSUS_ROLES = ("census_areas", "census_localities", "census_municipalities")
# What begins the name of a column that says which cells of another were hidden.
HIDDEN = "hidden:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every part of one build shares.

    Parameters
    ----------
    states
        Folder of each state's tables.
    street_offset
        What to add to the numbers of a state's street lines, so that they go on from the others'.
    folder, method, codebooks
        The sources and how they are counted.
    records
        What was read, for its licences.
    held
        SCIAN classes the directory holds; None without a directory.
    has_streets
        Whether there are streets at all.
    elevation
        Files of heights.
    """

    states: Mapping[str, Path]
    street_offset: Mapping[str, int]
    folder: SourceFolder
    method: Method
    codebooks: Codebooks
    records: tuple[SourceRecord, ...]
    held: tuple[str, ...] | None
    has_streets: bool
    elevation: tuple[Path, ...]

    def table(
        self,
        name: str,
        homes: Collection[str] | None = None,
        columns: Collection[str] | None = None,
    ) -> tuple[pd.DataFrame, pd.Series] | None:
        """Read a table of some municipalities, or of all, from the states that hold them."""
        states = None if homes is None else {home[:2] for home in homes}
        return take(self.files(name, states), homes, columns=columns)

    def files(self, name: str, states: Collection[str] | None = None) -> list[Path]:
        """Return the files of a table of some states, or of all, whether they are there or not."""
        wanted = self.states if states is None else states
        return [path / f"{name}.parquet" for state, path in self.states.items() if state in wanted]


def gather(
    ground: Ground,
    making: Path,
    share: Share,
    own: Collection[str],
    part: Part | None = None,
) -> Work:
    """Return a piece's work as it is after the steps that read.

    Parameters
    ----------
    ground
        What parts share.
    making
        Folder its files go to.
    share
        What it is to publish.
    own
        Municipalities whose places it holds whole.
    part
        What it reads besides, to walk; None where it walks no more.
    """
    homes = [*own, *(part.near if part is not None else ())]
    zone = None if part is None else part.zone
    inputs = Inputs(records=list(ground.records))
    for level in Level:
        found = ground.table(f"outlines_{level.value}", homes)
        if found is not None:
            inputs.boundaries[level] = gpd.GeoDataFrame(found[0])
    for name in ("environment", "marginalisation"):
        # Where a place's state has no such file and another's has, nothing is known of the place.
        found = ground.table(name, homes) or take(ground.files(name), homes)
        setattr(inputs, name, None if found is None else found[0])
    localities = ground.table("localities", own)
    if localities is not None:
        rows = localities[0]
        hidden = pd.DataFrame(index=rows.index)
        inputs.census["census_localities"] = CensusReading(rows, hidden, Dropped())
    if ground.elevation:
        inputs.elevation = open_elevation(ground.elevation)
    work = Work(ground.folder, ground.method, making, inputs, ground.codebooks, share=share)
    work.age_rates = age_rates_of(ground.method)
    work.demand = _demand(ground, homes, own, zone)
    work.supply = _supply(ground, share.decided, homes, own, zone)
    if part is not None:
        inputs.streets = _streets(ground, homes, own, part.streets)
    return work


def gather_country(ground: Ground, folder: SourceFolder, making: Path) -> Work:
    """Return the work of the whole country: what is small enough to be held at once.

    Census, people of states and municipalities, centres, projections and accounts; no cells and no
    blocks.

    Parameters
    ----------
    ground
        What parts share.
    folder
        The sources, for those that are not of a place.
    making
        Folder of the version being written.
    """
    inputs = Inputs(records=list(ground.records), census=gather_census(ground))
    for name in ("marginalisation", "projections"):
        found = ground.table(name)
        setattr(inputs, name, None if found is None else found[0])
    if "input_output" in folder.files:
        inputs.input_output = read_input_output(folder.files["input_output"].paths[0])
    if "industry_accounts" in folder.files:
        inputs.industry_accounts = read_industry_accounts(
            folder.files["industry_accounts"].paths[0]
        )
    if ground.elevation:
        inputs.elevation = open_elevation(ground.elevation)
    work = Work(folder, ground.method, making, inputs, ground.codebooks)
    tables = {}
    for level in (Level.STATE, Level.MUNICIPALITY):
        rows = ground.table(f"demand_{level.value}")
        if rows is not None:
            tables[level] = rows[0].sort_values("cvegeo", ignore_index=True)
    work.demand = _demand_of(tables, gpd.GeoDataFrame(geometry=[], crs=GEOGRAPHIC_CRS))
    work.supply = _supply(ground, None, None, (), None)
    return work


def gather_census(ground: Ground) -> dict[str, CensusReading]:
    """Return what the census counts of states, municipalities and AGEB, all of them."""
    found = {}
    for role in CENSUS_ROLES:
        kept = ground.table(role)
        if kept is not None:
            table, _ = kept
            masked = [name for name in table if name.startswith(HIDDEN)]
            hidden = table[masked].rename(columns=lambda name: name.removeprefix(HIDDEN))
            found[role] = CensusReading(table.drop(columns=masked), hidden, Dropped())
    return found


def is_own(home: pd.Series, own: Collection[str]) -> np.ndarray:
    """Say which rows are of the municipalities of a part."""
    return np.array(home.isin(set(own)), dtype=bool)


def _demand(
    ground: Ground, homes: list[str], own: Collection[str], zone: squares.Squares | None
) -> Demand:
    found = ground.table("cells", homes)
    if found is None:
        raise LookupError(homes)
    cells, home = found
    if zone is not None:
        kept = is_own(home, own) | np.isin(squares.of_points(cells.lon, cells.lat), zone)
        cells = cells[kept]
    cells = cells.sort_values("cell_id", ignore_index=True)
    tables = {}
    for level in Level:
        # A state's own row is kept under the state.
        held = {code[:2] for code in own} if level is Level.STATE else own
        rows = ground.table(f"demand_{level.value}", held)
        if rows is not None and len(rows[0]):
            tables[level] = rows[0].sort_values("cvegeo", ignore_index=True)
    points = gpd.points_from_xy(cells["lon"], cells["lat"])
    return _demand_of(tables, gpd.GeoDataFrame(cells, geometry=points, crs=GEOGRAPHIC_CRS))


def _demand_of(tables: Mapping[Level, pd.DataFrame], cells: gpd.GeoDataFrame) -> Demand:
    """Return demand without what was said of it when it was estimated, which is said once."""
    return Demand(
        tables=tables,
        cells=cells,
        faults=pd.DataFrame(),
        checks=(),
        notes=(),
        not_computed={},
        aged_12_14=pd.Series(dtype="float64"),
    )


def _supply(
    ground: Ground,
    decided: Decisions | None,
    homes: list[str] | None,
    own: Collection[str],
    zone: squares.Squares | None,
) -> Supply | None:
    """Return the centres of a part and of its zone; without homes, those of the country."""
    found = ground.table("centres", homes)
    if found is None or ground.held is None:
        return None
    centres, home = found
    if zone is not None:
        square = squares.of_points(centres.geometry.x, centres.geometry.y)
        kept = is_own(home, own) | np.isin(square, zone)
        centres, home = centres[kept], home[kept]
    # One place's neighbour is another's own: it is listed once.
    order = np.lexsort((~centres["_own"].to_numpy(dtype=bool), centres["facility_id"]))
    centres, home = centres.iloc[order], home.iloc[order]
    first = ~centres["facility_id"].duplicated().to_numpy()
    centres, home = centres[first].reset_index(drop=True), home[first].reset_index(drop=True)
    counted = centres.pop("_own").astype(bool)
    if homes is not None:
        counted &= is_own(home, own)
    services, missing = supply_services(
        centres, ground.codebooks, held=ground.held,
        optional=ground.method.supply.optional_classes,
    )  # fmt: skip
    if decided is not None:
        services = replace(services, sized=decided.sized)
    return Supply(gpd.GeoDataFrame(centres), counted, services, ground.held, missing)


def _streets(
    ground: Ground, homes: list[str], own: Collection[str], around: squares.Squares
) -> gpd.GeoDataFrame | None:
    """Return the lines of a part and of the squares around, numbered as in the whole."""
    if not ground.has_streets:
        return None
    found = ground.table("streets", homes)
    if found is None:
        return None
    streets, home = gpd.GeoDataFrame(found[0]), found[1]
    line, square = squares.of_lines(streets.geometry)
    kept = is_own(home, own)
    kept[line[np.isin(square, around)]] = True
    streets, home = streets[kept], home[kept]
    if streets.empty:
        return None
    streets, home = streets.reset_index(drop=True), home.reset_index(drop=True)
    streets[OWN_STREET] = is_own(home, own)
    return renumber(streets, home, ground)


def renumber(streets: gpd.GeoDataFrame, home: pd.Series, ground: Ground) -> gpd.GeoDataFrame:
    """Give lines the numbers they would have if all states had been read one after another."""
    offset = home.str[:2].map(dict(ground.street_offset)).to_numpy("int64")
    pieces = streets["street_id"].str.partition("-")
    number = pieces[0].astype("int64") + offset
    streets["street_id"] = number.astype("str") + pieces[1] + pieces[2]
    return streets
