"""One build in progress: what every step reads and what it adds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd
import shapely

from data.catalog import SourceFolder
from data.classification import Codebooks
from data.tables import Dropped, Level
from data.texts import Text
from geo.artifacts import AssetRecord, Label, LayerRecord, NetworkRecord, NotComputed
from geo.demand import AgeRates, Demand
from geo.grid import Settled
from geo.inputs import Inputs
from geo.method import Method
from geo.network import WalkNetwork
from geo.publish import Layer
from geo.reach import Standing
from geo.supply import ServiceSupply

Stage = Literal["read", "walk", "levels", "merged", "settled", "publish"]
# Name of the cells among the levels a limit of high demand is taken at.
CELLS_LEVEL = "celda"
# Column of the street lines of a part that says which are its own.
OWN_STREET = "_own"


@dataclass(slots=True)
class Supply:
    """Centres of the places and around them, and which service each offers.

    Parameters
    ----------
    centres
        ``geo.supply.CENTRES`` rows, those of neighbouring places included.
    own
        Whether each centre is of the places built.
    services
        Who offers what.
    held
        SCIAN classes the directory file holds.
    missing
        For each service whose classes are lacking, in whole or in part, a sentence that says so.
    """

    centres: gpd.GeoDataFrame
    own: pd.Series
    services: ServiceSupply
    held: tuple[str, ...]
    missing: dict[str, Text]


@dataclass(frozen=True, slots=True)
class Decisions:
    """What is decided over the whole of a build, so that it holds in each of its parts.

    Parameters
    ----------
    sized
        Whether places of a service, or of a service and scheme, are added up.
    schemes
        Pairs of service and scheme whose access is measured.
    uncounted
        Pairs whose people the census does not count.
    high_demand
        Persons from which demand is high: by ``celda`` or level, then by service.
    """

    sized: Mapping[str, bool]
    schemes: tuple[tuple[str, str], ...]
    uncounted: tuple[tuple[str, str], ...]
    high_demand: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Share:
    """What one piece of a divided build is to publish.

    Parameters
    ----------
    levels
        Levels whose places are whole in it.
    decided
        What was decided over all pieces.
    """

    levels: tuple[Level, ...]
    decided: Decisions


@dataclass(slots=True)
class Work:
    """What the steps of a build share; each attribute says which step sets it.

    Parameters
    ----------
    folder, method, staged, inputs, codebooks
        The sources, the method, the folder of the version being written, the tables read, and what
        classes and names of centres mean.
    demand, age_rates
        Set by ``demand``; the rates of affiliation by age, where the method asks for them.
    supply
        Set by ``supply``; None without a directory of establishments.
    network
        Set by ``network``; None without streets.
    network_costs
        What each edge costs each way of walking, a row an edge (``<profile>_forward_dm`` and
        ``<profile>_backward_dm``), set by ``walkability``; None where streets are only lengths.
    network_shares
        What share of each edge's length is known and passable, a row an edge, set with the costs.
    standing
        Where cells and centres stand on the network, set by ``access``; None where they do not.
    cells
        Demand cells with their access, set by ``access``; None where it was not measured.
    statistics
        What was measured of the network and of the way to it, set by ``access``.
    layers
        Tables to publish, set by ``levels``; later steps may add columns to them before
        ``publish`` writes them.
    layer_records, network_record
        Set by ``publish``.
    assets
        Further files of the version (grids, tables that are no map layer, search indices), each
        written into ``staged`` by the step that adds its record.
    not_computed, notes
        Told by any step.
    share
        What this work is of a divided build; None where it is all of it.
    measured_in_parts
        Whether the access of its cells was measured in parts, and they are not at hand here.
    settled
        Where everyone lives on the lattice, where parts of the build have found it; None where
        ``grids`` finds it.
    measures
        Further measures of the cells, a table a step, by its name: what levels are added up from.
    """

    folder: SourceFolder
    method: Method
    staged: Path
    inputs: Inputs
    codebooks: Codebooks
    demand: Demand = field(init=False)
    age_rates: AgeRates | None = None
    supply: Supply | None = None
    network: WalkNetwork | None = None
    network_costs: pd.DataFrame | None = None
    network_shares: pd.DataFrame | None = None
    standing: Standing | None = None
    cells: pd.DataFrame | None = None
    statistics: dict[str, float] = field(default_factory=dict)
    layers: list[Layer] = field(default_factory=list)
    layer_records: tuple[LayerRecord, ...] = ()
    network_record: NetworkRecord | None = None
    assets: list[AssetRecord] = field(default_factory=list)
    not_computed: list[NotComputed] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    share: Share | None = None
    measured_in_parts: bool = False
    settled: Settled | None = None
    measures: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def has_access(self) -> bool:
        """Whether the access of cells was measured, here or in parts."""
        return self.cells is not None or self.measured_in_parts

    @property
    def decided(self) -> Decisions | None:
        """What was decided over more than this work, or None where it decides for itself."""
        return None if self.share is None else self.share.decided

    def high_demand(self, places: str) -> Mapping[str, float] | None:
        """Return the limits of high demand among cells or a level's places, where decided."""
        return None if self.share is None else self.share.decided.high_demand[places]

    def publishes(self, level: Level) -> bool:
        """Say whether the places of a level are whole in this work, so that their figures are."""
        if self.share is not None:
            return level in self.share.levels
        return level is not Level.STATE or all(
            len(place) == level.code_length for place in self.folder.places
        )

    def measured(self, name: str, measure: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Return a step's measures of the cells, taken now or in the parts of a divided build."""
        if name not in self.measures:
            self.measures[name] = measure()
        return self.measures[name]

    def cannot(self, what: str, reason: Text) -> None:
        """Record something this atlas will not hold, with the reason."""
        self.not_computed.append(NotComputed(what=what, reason=Label.of(reason)))

    def add_dropped(self, role: str, dropped: Dropped) -> None:
        """Add what a step left out to the record of the source it came from."""
        for index, record in enumerate(self.inputs.records):
            if record.role == role:
                reasons = {**record.dropped, **{k: dict(v) for k, v in dropped.as_record().items()}}
                self.inputs.records[index] = record.model_copy(
                    update={"dropped": dict(sorted(reasons.items()))}
                )

    def outline(self, crs: str) -> shapely.Geometry | None:
        """Return the outline of the places: that of their municipalities, or of what is within."""
        for level in (Level.MUNICIPALITY, Level.AGEB, Level.BLOCK):
            outlines = self.inputs.boundaries.get(level)
            if outlines is not None and len(outlines):
                own = outlines[outlines["cvegeo"].str.startswith(self.folder.places)]
                own = own if self.folder.places else outlines
                return shapely.union_all(own.geometry.to_crs(crs).to_numpy())
        return None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a build.

    Parameters
    ----------
    name
        Name of its duration in the report.
    title
        What people see while it runs.
    run
        The work itself.
    stage
        Where it stands in a build in parts: ``read`` runs by state, ``walk`` by part, ``levels`` by
        part and again by state, for the totals of states; ``merged`` once over the levels of the
        whole country (all but blocks) before they are written; ``settled`` once over where everyone
        lives; ``publish`` comes last.
    """

    name: str
    title: Text
    run: Callable[[Work], None]
    stage: Stage = "levels"
