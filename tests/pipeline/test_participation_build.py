"""Participation in a whole build of the embedded city, and as the service tells it."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from geo.artifacts import Manifest, current_version, read_manifest

pytestmark = pytest.mark.xdist_group("pipeline")


@pytest.fixture(scope="module")
def manifest(demo_atlas: Path) -> Manifest:
    return read_manifest(current_version(demo_atlas))


@pytest.fixture(scope="module")
def agebs(demo_atlas: Path) -> gpd.GeoDataFrame:
    return gpd.read_parquet(current_version(demo_atlas) / "tables" / "agebs.parquet")


@pytest.fixture(scope="module")
def client(demo_atlas: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(atlas=demo_atlas))) as made:
        yield made


def test_rates_are_those_of_the_counts(agebs: gpd.GeoDataFrame) -> None:
    known = agebs[(agebs["women_active_status"] == "publicado") & (agebs["women_12_plus"] > 0)
                  & (agebs["women_12_plus_status"] == "publicado")]  # fmt: skip
    assert len(known) > 90
    assert known["participation_women"].to_numpy() == pytest.approx(
        (known["women_active"] / known["women_12_plus"]).to_numpy()
    )
    hidden = agebs[agebs["women_active_status"] != "publicado"]
    assert hidden["participation_women"].isna().all()
    assert agebs["participation_gap"].to_numpy() == pytest.approx(
        (agebs["participation_men"] - agebs["participation_women"]).to_numpy(), nan_ok=True
    )


def test_what_was_planted_in_the_city_is_found(agebs: gpd.GeoDataFrame) -> None:
    # Participation rises with means, and so does schooling; it falls with small children at home.
    found = agebs[["participation_women", "schooling_years_women", "children_0_5_per_100_women"]]
    ranks = found.corr(method="spearman")["participation_women"]
    assert ranks["schooling_years_women"] > 0.3
    assert ranks["children_0_5_per_100_women"] < -0.3
    assert {"alto_alto", "bajo_bajo"} <= set(agebs["participation_cluster"])


def test_no_figure_of_the_tables_is_unknown_but_those_that_may_be(
    demo_atlas: Path, manifest: Manifest
) -> None:
    may = {"total_effect", "aic"}
    names = [asset.id for asset in manifest.assets if asset.id.startswith("participacion_")]
    assert len(names) == 7
    for name in names:
        table = pd.read_parquet(current_version(demo_atlas) / "tables" / f"{name}.parquet")
        assert len(table)
        sure = table.drop(columns=may & set(table.columns)).select_dtypes("number")
        if name == "participacion_pruebas":
            sure = sure.loc[table["test"] != "numero_condicion"]
        assert np.isfinite(sure.to_numpy()).all(), name


def test_levels_of_too_few_places_are_told_with_the_reason(
    manifest: Manifest, client: TestClient
) -> None:
    reasons = {item.what: item.reason.es for item in manifest.not_computed}
    assert "30" in reasons["participacion_municipio"]
    answer = client.get("/participacion/municipio")
    assert answer.status_code == 404
    assert "municipio" in answer.json()["detail"]


def test_the_service_tells_it_with_its_intervals_and_its_caution(client: TestClient) -> None:
    answer = client.get("/participacion/ageb")
    found = answer.json()
    assert found["outcome"]["name"] == "participation_women"
    assert found["supply"]["name"] == "e2sfca_guarderia"
    assert all(row["low"] <= row["estimate"] <= row["high"] for row in found["correlations"])
    assert all(row["effective_places"] <= row["places"] for row in found["correlations"])
    assert "no una causa" in found["caution"]["es"]
    assert "95 %" in found["sentence"]["es"]
    assert sum(model["chosen"] == "si" for model in found["models"]) == 1
    assert {term["term"] for term in found["models"][3]["coefficients"]} >= {"CONSTANT", "rho"}
    known = sum(count for name, count in found["clusters"].items() if name != "sin_dato")
    assert known == found["statistics"][0]["places"]
    assert sum(kind["places"] for kind in found["types"]) <= known
    again = client.get("/participacion/ageb", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_points_and_tables_can_be_taken_away(client: TestClient, agebs: gpd.GeoDataFrame) -> None:
    points = client.get("/participacion/ageb/puntos").json()
    assert points["cvegeo"] == agebs["cvegeo"].tolist()
    assert len(points["outcome"]) == len(points["supply"]) == len(agebs)
    assert None in points["outcome"]
    some = client.get("/participacion/ageb/puntos?within=99003").json()
    assert {code[:5] for code in some["cvegeo"]} == {"99003"}
    assert client.get("/participacion/ageb/puntos?within=9").status_code == 422
    file = client.get("/participacion/ageb/tablas/coeficientes?f=csv")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert {row["model"] for row in rows} == {"mcp", "mco", "slx", "rezago", "error"}
    assert "participacion_coeficientes_ageb.csv" in file.headers["content-disposition"]
    table = client.get("/participacion/ageb/tablas/coeficientes").json()
    assert len(table["rows"]) == len(rows)
    assert table["licence"]
    assert client.get("/participacion/ageb/tablas/otra").status_code == 422
    assert client.get("/participacion/manzana").status_code == 422


def test_the_report_is_written_with_its_maps_and_twice_alike(
    demo_atlas: Path, cuidados, tmp_path: Path
) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        done = cuidados(
            "participation", "--atlas", demo_atlas, "--out", tmp_path / folder / "report.md"
        )
        assert done.returncode == 0, done.stderr
    text = (tmp_path / "one" / "report.md").read_text("utf-8")
    assert "no una causa" in text
    assert "`participacion_municipio`" in text
    pictures = [path.name for path in sorted((tmp_path / "one" / "images").iterdir())]
    assert len(pictures) == 3
    assert all(f"(images/{name})" in text for name in pictures)
    for name in ("report.md", *(f"images/{name}" for name in pictures)):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_an_atlas_without_participation_is_refused_in_words(cuidados, tmp_path: Path) -> None:
    refused = cuidados("participation", "--atlas", tmp_path / "none")
    assert refused.returncode == 2
    assert "No hay un atlas en servicio" in refused.stderr
