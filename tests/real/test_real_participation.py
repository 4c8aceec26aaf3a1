"""Participation on the country's municipalities and on Mérida's AGEB."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from data.catalog import open_source_folder
from geo.artifacts import verify
from geo.method import load_method
from geo.pipeline import build

SOURCES = Path(__file__).parent / "sources"
pytestmark = [pytest.mark.real_data, pytest.mark.xdist_group("real")]


def _tables(name: str, real_data: Path, atlas: Path, monkeypatch) -> Path:
    monkeypatch.setenv("CUIDADOS_REAL_DATA", str(real_data))
    result = build(open_source_folder(SOURCES / f"{name}.toml"), atlas=atlas, method=load_method())
    verify(result.version)
    return result.version / "tables"


def test_the_country_without_active_population(
    real_data: Path, tmp_path: Path, monkeypatch
) -> None:
    tables = _tables("national", real_data, tmp_path, monkeypatch)
    places = gpd.read_parquet(tables / "municipios.parquet").set_index("cvegeo")
    # What the source lacks is not published under its name; the other rate says what it is.
    assert "participation_women" not in places
    source = pd.read_csv(
        real_data / "census" / "municipalities_2020.csv", dtype={"CVE_MUN": str}
    ).set_index("CVE_MUN")
    rate = 100 * source["POCUPADA_F"] / source["POBFEM"]
    assert places["working_women_per_100"].to_numpy() == pytest.approx(rate.to_numpy())
    states = gpd.read_parquet(tables / "entidades.parquet").set_index("cvegeo")
    sums = source.groupby(source.index.str[:2])[["POCUPADA_F", "POBFEM"]].sum()
    assert states["working_women_per_100"].to_numpy() == pytest.approx(
        (100 * sums["POCUPADA_F"] / sums["POBFEM"]).to_numpy()
    )
    found = pd.read_parquet(tables / "participacion_correlaciones.parquet")
    row = found.query(
        "level == 'municipio' and variable == 'places_per_100_children'"
        " and method == 'spearman' and weighting == 'ninguna'"
    ).squeeze()
    assert row["places"] == 2469
    assert 0.4 < row["low"] < row["estimate"] < row["high"] < 0.7
    assert 150 < row["effective_places"] < 500
    assert not (tables / "participacion_enlaces.parquet").exists()


def test_every_ageb_of_merida(real_data: Path, tmp_path: Path, monkeypatch) -> None:
    tables = _tables("merida", real_data, tmp_path, monkeypatch)
    places = gpd.read_parquet(tables / "agebs.parquet").set_index("cvegeo")
    assert len(places) == 523
    known = places["participation_women"].dropna()
    assert 505 < len(known) < 520
    # Zeros of inhabited AGEB stand for hidden figures: none is left among the rates.
    assert known.min() > 0.05
    assert 0.45 < np.average(known, weights=places.loc[known.index, "women_12_plus"]) < 0.6
    links = pd.read_parquet(tables / "participacion_enlaces.parquet")
    assert len(links) == 7
    types = pd.read_parquet(tables / "participacion_tipos.parquet")
    assert types["ari_mean"].min() > 0.8
