"""An atlas as it is planned with: its centres, people and streets, and what is reached today."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq
import shapely
from pyproj import Transformer

from data.classification import Service, default_codebooks
from data.errors import NotComputedError
from data.tables import GEOGRAPHIC_CRS, METRIC_CRS, Level
from data.texts import Text
from geo.artifacts import Manifest
from geo.demand import GROUP_DEMAND, SERVICE_DEMAND
from geo.entitled import entitled_column
from geo.gaps import Columns, high_demand_limits
from geo.levels import CODE_COLUMNS, DESERT_LEVELS
from geo.method import Method
from geo.network import (
    CELLS,
    CENTRES_ON_FOOT,
    DM_PER_M,
    ENTITLED_CELLS,
    Attachment,
    Floats,
    StreetFinder,
    WalkNetwork,
    read_network,
)

Flags = npt.NDArray[np.bool_]
# Levels whose places a scenario is told by.
LEVELS = (Level.AGEB, Level.MUNICIPALITY)
# Women of the census's working age, in whose homes care is given.
WOMEN = "women_12_plus"
_OFFERS = "offers_"
# What scenarios read of a centre beside what it offers.
_ABOUT = (
    "name", "scian", "category", "sector", "entitlement", *CODE_COLUMNS.values(),
    *(f"serves_{group}" for group in GROUP_DEMAND),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sites:
    """Centres as a scenario has them; one that closes keeps its row and offers nothing.

    Parameters
    ----------
    table
        One row a centre: ``facility_id own scheme lon lat`` and, of the atlas's own, what counts of
        centres go by (codes, category, sector, entitlement, groups), as plain objects.
    offers
        Shape (f, s): which offers which service.
    places
        ``low``, ``central``, ``high``, each of shape (f, s); NaN where unknown.
    standing
        Where they stand on the streets.
    """

    table: pd.DataFrame
    offers: Flags
    places: Mapping[str, Floats]
    standing: Attachment


@dataclass(frozen=True)
class Planning:
    """One atlas version, ready for scenarios and for siting.

    Parameters
    ----------
    version, bounds
        Name of the atlas version; west, south, east, north of what it covers.
    method
        Parameters it was built with.
    services
        Services whose access it holds.
    schemes
        Pairs of service and scheme whose access by entitlement it holds.
    network
        Its streets.
    cells, homes
        Cells with codes and people, and where they stand on the streets.
    sites
        Its centres, those of neighbouring places included.
    places
        For each level, its table (``cvegeo`` the index) with demand and computed columns.
    costs
        File of what edges cost each walking profile.
    grounds, supplies
        What was measured of the atlas as it is, kept: access by way of walking, supply by level.
    """

    version: str
    bounds: tuple[float, float, float, float]
    method: Method
    services: Mapping[str, Service]
    schemes: tuple[tuple[str, str], ...]
    network: WalkNetwork
    cells: pd.DataFrame
    homes: Attachment
    sites: Sites
    places: Mapping[Level, pd.DataFrame]
    outlines: npt.NDArray[np.object_]
    costs: Path
    grounds: dict[str, object] = field(default_factory=dict)
    supplies: dict[Level, Columns] = field(default_factory=dict)
    making: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def demand(self) -> dict[str, str]:
        """Column of ``cells`` with the people of each service, and of each scheme of a service."""
        people = {name: SERVICE_DEMAND[name] for name in self.services}
        return people | {f"{s}_{k}": entitled_column(s, k) for s, k in self.schemes}

    @cached_property
    def people(self) -> Mapping[str, Floats]:
        """People of every cell, for each column of ``demand`` and of groups; NaN where unknown."""
        names = dict.fromkeys([*self.demand.values(), *GROUP_DEMAND.values(), WOMEN])
        return {name: self.cells[name].to_numpy("float64") for name in names}

    @cached_property
    def known_people(self) -> Mapping[str, Floats]:
        """The same, those of unknown number counting nothing."""
        return {name: np.nan_to_num(values, nan=0.0) for name, values in self.people.items()}

    @cached_property
    def row_in(self) -> Mapping[Level, npt.NDArray[np.intp]]:
        """Row among the places of each level of the place every cell lies in; −1 where in none."""
        return {
            level: table.index.get_indexer(self.cells[CODE_COLUMNS[level]])
            for level, table in self.places.items()
        }

    @cached_property
    def cell_limits(self) -> dict[str, float]:
        """Limit of high demand of each service among cells."""
        return high_demand_limits(self.cells, self.whole(self.services))

    @cached_property
    def place_limits(self) -> dict[Level, dict[str, float]]:
        """Limit of high demand of each service, of the levels whose places can be deserts."""
        return {
            level: high_demand_limits(table, self.whole(self.services))
            for level, table in self.places.items()
            if level in DESERT_LEVELS
        }

    def whole(self, names: Iterable[str]) -> dict[str, str]:
        """Return demand columns of those of some names that are services, not schemes of them."""
        return {name: SERVICE_DEMAND[name] for name in names if name in self.services}

    @property
    def speed_dm_per_min(self) -> float:
        """Walking speed."""
        return self.method.walking.speed_m_per_min * DM_PER_M

    @cached_property
    def finder(self) -> StreetFinder:
        """Finds the street nearest to a point."""
        return StreetFinder(self.network)

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """Row of each centre by its ``facility_id``."""
        return {name: row for row, name in enumerate(self.sites.table["facility_id"])}

    @cached_property
    def areas(self) -> shapely.STRtree:
        """Outlines of AGEB, by row of ``places``."""
        return shapely.STRtree(self.outlines)

    def area_of(self, lon: float, lat: float) -> str | None:
        """Return the AGEB a point lies in, or None."""
        found = self.areas.query(shapely.Point(lon, lat), predicate="intersects")
        return str(self.places[Level.AGEB].index[found.min()]) if len(found) else None


def open_planning(folder: Path, manifest: Manifest) -> Planning:
    """Read what scenarios of an atlas version need.

    Parameters
    ----------
    folder
        Folder of the version.
    manifest
        Its manifest.

    Raises
    ------
    NotComputedError
        If the atlas was built without streets or centres, or before centres told their services.
    """
    centres, cells = (_asset(folder, manifest, name) for name in (CENTRES_ON_FOOT, CELLS))
    if manifest.network is None or centres is None or cells is None or "own" not in centres:
        raise NotComputedError(
            Text("El atlas no trae calles con centros y sus servicios",
                 "The atlas does not hold streets with centres and their services"),
            remedy=Text("Constrúyalo de nuevo con calles y establecimientos",
                        "Build it again with streets and establishments"),
        )  # fmt: skip
    services = {
        name: service
        for name, service in default_codebooks().services.items()
        if f"{_OFFERS}{name}" in centres
    }
    entitled = _asset(folder, manifest, ENTITLED_CELLS)
    schemes: tuple[tuple[str, str], ...] = ()
    if entitled is not None:
        schemes = tuple(
            (name, column.removeprefix(entitled_column(name, "")))
            for column in entitled
            for name in services
            if column.startswith(entitled_column(name, ""))
        )
        by_cell = entitled.set_index("cell_id").reindex(cells["cell_id"]).reset_index(drop=True)
        cells = pd.concat([cells, by_cell], axis=1)
    places = {
        level: _places(folder, manifest, level)
        for level in LEVELS
        if manifest.layer(level.layer) is not None
    }
    outlines = np.array([], dtype=object)
    if Level.AGEB in places:
        outlines = shapely.from_wkb(places[Level.AGEB].pop("geometry").to_numpy())
    return Planning(
        version=folder.name,
        bounds=manifest.bounds,
        method=_method(manifest),
        services=services,
        schemes=schemes,
        network=read_network(folder),
        cells=cells,
        homes=_standing(cells),
        sites=_sites(folder, manifest, centres, services),
        places=places,
        outlines=outlines,
        costs=folder / "network" / "costs.parquet",
    )


def to_metres(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return where points are in EPSG:6372."""
    turned = _transformer().transform(lon, lat)
    return np.asarray(turned[0], dtype="float64"), np.asarray(turned[1], dtype="float64")


@cache
def _transformer() -> Transformer:
    return Transformer.from_crs(GEOGRAPHIC_CRS, METRIC_CRS, always_xy=True)


def _method(manifest: Manifest) -> Method:
    return Method.model_validate({name: manifest.method[name] for name in Method.model_fields})


def _asset(folder: Path, manifest: Manifest, name: str) -> pd.DataFrame | None:
    record = manifest.asset(name)
    return None if record is None else pd.read_parquet(folder / record.file.path)


def _places(folder: Path, manifest: Manifest, level: Level) -> pd.DataFrame:
    record = manifest.layer(level.layer)
    assert record is not None  # noqa: S101 — the caller chose levels that are there
    table = pq.read_table(folder / record.table.path)
    if level is not Level.AGEB:
        table = table.drop_columns(["geometry"])
    frame: pd.DataFrame = table.to_pandas()
    return frame.set_index("cvegeo", drop=False).rename_axis(index=None)


def _sites(
    folder: Path, manifest: Manifest, centres: pd.DataFrame, services: Mapping[str, Service]
) -> Sites:
    layer = manifest.layer("centros")
    assert layer is not None  # noqa: S101 — centres that are walked to are the layer's and more
    read = ["facility_id", *_ABOUT, "places_low", "places_high"]
    own = pq.read_table(folder / layer.table.path, columns=read).to_pandas()
    joined = centres[["facility_id", "own", "scheme", "lon", "lat"]].join(
        own.set_index("facility_id"), on="facility_id"
    )
    offers = centres[[f"{_OFFERS}{name}" for name in services]].to_numpy(dtype=bool)
    central = centres[[f"places_{name}" for name in services]].to_numpy("float64")
    ends = {
        name: np.where(offers, joined.pop(f"places_{name}").to_numpy("float64")[:, None], np.nan)
        for name in ("low", "high")
    }
    table = joined.astype("object").where(joined.notna(), None)
    return Sites(table, offers, {**ends, "central": central}, _standing(centres))


def _standing(table: pd.DataFrame) -> Attachment:
    edge = table["edge"].to_numpy("int32")
    offset, access = (
        np.rint(table[name].fillna(0.0).to_numpy("float64") * DM_PER_M).astype("int32")
        for name in ("offset_m", "access_m")
    )
    return Attachment(edge, offset, np.where(edge < 0, -1, access).astype("int32"))
