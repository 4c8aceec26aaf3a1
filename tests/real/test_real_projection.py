"""CONAPO's projections of the country: totals agree exactly, what is missing is named."""

import io
from pathlib import Path

import numpy as np
import pytest

from data.catalog import open_source_folder
from data.projections import read_projections
from data.tables import Level
from geo.demand import CENSUS_COLUMNS, DemandMethod, build_demand, project_demand
from geo.inputs import read_inputs
from geo.progress import Progress

pytestmark = pytest.mark.real_data
NATIONAL = Path(__file__).parent / "sources" / "national.toml"


def test_the_country_in_2030_adds_up_to_conapo(real_data: Path, monkeypatch) -> None:
    monkeypatch.setenv("CUIDADOS_REAL_DATA", str(real_data))
    inputs = read_inputs(
        open_source_folder(NATIONAL), classes=(), variables=CENSUS_COLUMNS, optional=CENSUS_COLUMNS,
        progress=Progress(steps=9, stream=io.StringIO()),
    )  # fmt: skip
    path = real_data / "population" / "municipality_2010_2030.parquet"
    projections = read_projections([path]).table
    assert projections["cvegeo"].nunique() == 2457
    demand = build_demand(
        None, None, inputs.census["census_municipalities"], {}, method=DemandMethod()
    )
    made = project_demand(demand, projections, 2030)
    places = made.tables[Level.MUNICIPALITY].set_index("cvegeo")
    conapo = projections[projections["year"] == 2030].pivot_table(
        index="cvegeo", columns="age", values="population"
    )
    known = places.index[places["population"].notna()]
    # Twelve municipalities are younger than CONAPO's list.
    assert len(known) >= 2450
    assert not set(known) - set(conapo.index)
    expected = conapo.loc[known]
    assert np.allclose(places.loc[known, "population"], expected.sum(axis=1), rtol=1e-12)
    assert np.allclose(places.loc[known, "older_65_plus"], expected["65+"], rtol=1e-12)
    twelve = demand.aged_12_14.loc[known] / (
        demand.aged_12_14.loc[known]
        + demand.tables[Level.MUNICIPALITY].set_index("cvegeo").loc[known, "children_0_11"]
    )
    assert np.allclose(places.loc[known, "children_0_11"], expected["0-14"] * (1 - twelve))
    failed = {check.id: check for check in made.checks if not check.passed}
    missing = len(places) - len(known)
    assert f": {missing} (" in failed["demanda_proyeccion_incompleta"].detail.es
    assert (places["disability"].dropna() <= places["population"].dropna()).all()
