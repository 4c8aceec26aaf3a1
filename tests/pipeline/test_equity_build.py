"""Equity and access by institution in the embedded city's atlas, as a reader meets them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.app import create_app
from api.settings import Settings
from geo import artifacts
from geo.demand import entitled_demand
from geo.demand.entitlement import ENTITLED, entitled_name
from geo.demand.variables import AFFILIATIONS
from tests.api.running import client_of

pytestmark = pytest.mark.xdist_group("pipeline")


@pytest.fixture(scope="module")
def version(demo_atlas: Path) -> Path:
    return artifacts.current_version(demo_atlas)


def test_equity_is_served_with_its_intervals_and_descriptions(
    demo_atlas: Path, version: Path
) -> None:
    table = pd.read_parquet(version / "tables" / "equidad.parquet")
    assert (table["gini"].dropna() >= table["gini_low"].dropna() - 0.2).all()
    known = table.dropna(subset=["gini"])
    assert (known["gini_low"] <= known["gini_high"]).all()
    place = table["cvegeo"].iloc[0]
    with client_of(create_app(Settings(atlas=demo_atlas))) as client:
        answer = client.get(f"/equidad/municipio/{place}").json()
        assert answer["rows"][0]["gini"] == pytest.approx(table["gini"].iloc[0])
        assert len(answer["rows"]) == (table["cvegeo"] == place).sum()
        # Ranks need an index of marginalisation, which the embedded city has not.
        assert answer["rows"][0]["concentration"] is None
        assert {column["name"] for column in answer["columns"]} == set(table.columns)
        assert all(column["description"]["en"] for column in answer["columns"])
        missing = client.get("/equidad/municipio/98001")
        assert missing.status_code == 404
        assert missing.headers["content-type"] == "application/problem+json"
        assert client.get("/equidad/ageb/9900100010017").status_code == 422


def test_those_entitled_share_the_places_of_their_scheme(version: Path) -> None:
    blocks = pd.read_parquet(version / "tables" / "manzanas.parquet")
    centres = pd.read_parquet(version / "tables" / "centros.parquet")
    # Those too old for the scheme's nurseries do not compete for their places.
    entitled = pd.Series(entitled_demand(blocks, "guarderia", "imss"))
    assert entitled.isna().equals(blocks["entitled_imss_children_0_5"].isna())
    assert entitled.sum() < 0.8 * blocks["entitled_imss_children_0_5"].sum()
    handed_out = float((entitled * blocks["e2sfca_guarderia_imss"]).sum())
    own = centres["scheme"].eq("imss") & centres["service_type"].eq("guarderia")
    offered = float(centres.loc[own, "places_central"].sum())
    # Some of the people live outside blocks, and some of the places go to them.
    assert 0.8 * offered < handed_out <= offered * (1 + 1e-9)
    reached = blocks["reach_guarderia_imss"].eq("alcanza")
    assert blocks.loc[reached, "nearest_min_guarderia_imss"].notna().all()
    measured = blocks["e2sfca_entitled_guarderia"].notna()
    assert measured.mean() > 0.5
    assert np.isfinite(blocks.loc[measured, "e2sfca_entitled_guarderia"]).all()


@pytest.mark.parametrize("layer", ["municipios", "localidades", "agebs", "manzanas"])
def test_entitled_people_are_at_most_those_of_the_place(version: Path, layer: str) -> None:
    table = pd.read_parquet(version / "tables" / f"{layer}.parquet")
    for affiliation, group in ENTITLED:
        name = entitled_name(affiliation, group)
        columns = [f"{group}_high", f"{AFFILIATIONS[affiliation]}_high", "population"]
        held = table[[*columns, name, f"{name}_low", f"{name}_high"]].dropna()
        assert len(held)
        assert held[f"{name}_low"].between(0, held[name]).all()
        assert (held[name] <= held[f"{name}_high"]).all()
        assert (held[f"{name}_high"] <= held[columns].min(axis=1) + 1e-6).all()
