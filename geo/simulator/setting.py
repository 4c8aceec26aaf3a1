"""Where a scenario is run: people, places and women from an atlas, years from CONAPO."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from data.costs import simulated_services
from data.errors import MissingInputError, NotComputedError, Where
from data.tables import Level
from data.texts import Text
from geo.artifacts import read_manifest
from geo.simulator.leontief import LeontiefModel
from geo.simulator.run import Setting
from geo.simulator.scenario import CENSUS_YEAR

# Band of the projections each demand variable grows with; disability grows with everybody.
_BANDS: Mapping[str, tuple[str, ...]] = {
    "children_0_2": ("0-14",),
    "children_3_5": ("0-14",),
    "children_6_11": ("0-14",),
    "older_65_plus": ("65+",),
    "disability": ("0-14", "15-29", "30-44", "45-64", "65+"),
}
_BOUNDS = {"low": "places_low_{}", "central": "places_{}", "high": "places_high_{}"}


def read_setting(
    version: Path, projections: pd.DataFrame, model: LeontiefModel, region: str
) -> Setting:
    """Return the setting of all the municipalities of an atlas together.

    ``people(g, y) = Σ_m census(g, m) · C(band, m, y) / C(band, m, 2020)``: each municipality's
    census count grows as CONAPO's band of its age does. Places are those of the atlas, unknown
    ones left out, which overstates the new places needed; the atlas says where that is.

    Parameters
    ----------
    version
        Folder of an atlas version with municipalities.
    projections
        ``data.projections.PROJECTIONS`` rows.
    model, region
        The input-output model, and its region where the plan is carried out.

    Raises
    ------
    NotComputedError
        If the atlas has no municipalities.
    MissingInputError
        If the projections lack a municipality or the census year.
    """
    layer = read_manifest(version).layer(Level.MUNICIPALITY.layer)
    if layer is None:
        raise NotComputedError(
            Text("El atlas no tiene municipios", "The atlas has no municipalities"),
            remedy=Text("Constrúyalo con datos censales por municipio",
                        "Build it with census data by municipality"),
        )  # fmt: skip
    table = pd.read_parquet(version / layer.table.path).set_index("cvegeo")
    growth = _growth(projections, table.index)
    people = {
        variable: _grown(table[variable], growth, bands)
        for variable, bands in _BANDS.items()
        if variable in table and table[variable].notna().all()
    }
    places = {
        service: {
            bound: float(table[column.format(service)].sum())
            for bound, column in _BOUNDS.items()
            if column.format(service) in table and table[column.format(service)].notna().any()
        }
        for service in {s.atlas_service for s in simulated_services().values()}
        if service is not None
    }
    women = table.get("women_12_plus")
    return Setting(
        people=people,
        places={service: bounds for service, bounds in places.items() if bounds},
        model=model,
        region=region,
        women_12_plus=(float(women.sum()) if women is not None and women.notna().all() else None),
    )


def _growth(projections: pd.DataFrame, places: pd.Index) -> pd.DataFrame:
    """Return projected people by municipality and band (rows) and year (columns), from 2020 on."""
    wide = projections[projections["year"] >= CENSUS_YEAR].pivot_table(
        index=["cvegeo", "age"], columns="year", values="population"
    )
    missing = sorted(set(places) - set(wide.index.get_level_values("cvegeo")))
    if missing or CENSUS_YEAR not in wide.columns:
        raise MissingInputError(
            Text("Las proyecciones no traen un municipio o el año del censo",
                 "The projections lack a municipality or the census year"),
            where=Where(column="geoid", value=", ".join(missing[:5]) or CENSUS_YEAR),
            remedy=Text("Dé las proyecciones municipales completas",
                        "Give the complete municipal projections"),
        )  # fmt: skip
    return wide


def _grown(count: pd.Series, growth: pd.DataFrame, bands: tuple[str, ...]) -> dict[int, float]:
    band = growth[growth.index.get_level_values("age").isin(bands)].groupby(level="cvegeo").sum()
    factors = band.loc[count.index].div(band.loc[count.index, CENSUS_YEAR], axis=0)
    totals = factors.mul(count, axis=0).sum()
    return {int(year): float(total) for year, total in totals.items()}
