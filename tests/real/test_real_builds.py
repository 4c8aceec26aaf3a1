"""Whole builds on real INEGI and CONAPO files."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from api.zones import measure_zones
from data.catalog import open_source_folder
from geo.artifacts import Manifest, verify
from geo.calibration import calibration_page, compare
from geo.method import load_method
from geo.pipeline import build

SOURCES = Path(__file__).parent / "sources"
pytestmark = [pytest.mark.real_data, pytest.mark.xdist_group("real")]


def _build(
    name: str, real_data: Path, atlas: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Manifest, Path]:
    monkeypatch.setenv("CUIDADOS_REAL_DATA", str(real_data))
    result = build(open_source_folder(SOURCES / f"{name}.toml"), atlas=atlas, method=load_method())
    return verify(result.version), result.version


def _table(version: Path, layer: str) -> gpd.GeoDataFrame:
    return gpd.read_parquet(version / "tables" / f"{layer}.parquet").set_index(
        "facility_id" if layer == "centros" else "cvegeo"
    )


@pytest.mark.parametrize(
    ("name", "code", "blocks", "largest"),
    [("aguascalientes", "01001", 8409, 0.94), ("veracruz", "30193", 6653, 0.98)],
)
def test_a_real_city_with_streets(
    name: str, code: str, blocks: int, largest: float, real_data: Path, tmp_path: Path, monkeypatch
) -> None:
    manifest, version = _build(name, real_data, tmp_path, monkeypatch)
    assert manifest.network is not None
    assert manifest.network.statistics["largest_component_share"] > largest
    drawn = _table(version, "manzanas")
    assert len(drawn) == blocks
    assert (drawn["reach_guarderia"] == "alcanza").mean() > 0.95
    city = _table(version, "municipios").loc[code]
    assert 2 < city["nearest_min_guarderia"] < 20
    # What the directory's extract lacks is unknown, never zero.
    assert "centres_preescolar" not in drawn
    assert "preescolar" in {item.what for item in manifest.not_computed}
    assert any("estiman" in note.es for note in manifest.notes)
    # Counts of blocks are estimated: their bounds, added up, are held to the city's own counts.
    if name == "aguascalientes":
        high = city["entitled_imss_children_0_5_high"]
        most = min(city["children_0_5_high"], city["insured_imss_high"], city["population"])
        assert city["entitled_imss_children_0_5"] <= high <= most + 1e-6
    _check_grids(manifest, version, tmp_path)
    for layer in manifest.layers:
        if layer.tiles is None:  # a row without an outline: there is nothing to draw
            assert _table(version, layer.id)["geometry"].isna().all()
            continue
        assert max(layer.tiles.heaviest_bytes_by_zoom.values()) < 400_000
        assert layer.tiles.zooms_left_out == ()


def test_sensitivity_of_a_real_city_without_its_streets_surveyed(
    real_data: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("CUIDADOS_REAL_DATA", str(real_data))
    folder = open_source_folder(SOURCES / "aguascalientes.toml")
    result = build(folder, atlas=tmp_path, method=load_method(), sensitivity=True)
    manifest = verify(result.version)
    table = pd.read_parquet(result.version / "tables" / "sensibilidad.parquet")
    assert set(table["profile"]) == {"general"}
    assert any("sin perfiles" in note.es for note in manifest.notes)
    assert "caminabilidad" in {item.what for item in manifest.not_computed}
    nursery = table[table["service"] == "guarderia"]
    assert (nursery["agebs"] > 200).all()
    half = nursery.query("minutes == 15 and decay == 'escalones' and places == 'central'")
    whole = nursery.query("minutes == 30 and decay == 'escalones' and places == 'central'")
    assert whole["spearman"].item() == pytest.approx(1.0)
    assert 0.5 < half["spearman"].item() < 0.98
    assert half["quintile_change_share"].item() > 0.2


def _check_grids(manifest: Manifest, version: Path, folder: Path) -> None:
    """People of AGEB with an outline come back from the grid, together and singly, within 0.5 %."""
    grid = manifest.asset("rejilla_infancia")
    assert grid is not None
    account = grid.properties["account"]
    assert account["on_grid"] + account["without_place"] == pytest.approx(account["total"], abs=1)
    agebs = gpd.read_parquet(version / "tables" / "agebs.parquet")
    agebs = agebs[agebs.geometry.notna()].rename(columns={"children_0_11": "counted"})
    agebs[["cvegeo", "counted", "geometry"]].to_parquet(folder / "zones.parquet")
    out = folder / "out.csv"
    measure_zones(version, folder / "zones.parquet", out, rasters=["rejilla_infancia"])
    table = pd.read_csv(out)
    assert table["rejilla_infancia"].sum() == pytest.approx(table["counted"].sum(), rel=0.005)
    # One in twenty may differ: there, in the sources, blocks of two AGEB overlap or jut out.
    some = table[table["counted"] >= 20]
    off = (some["rejilla_infancia"] / some["counted"] - 1).abs()
    assert off.median() < 1e-5
    assert off.quantile(0.95) < 0.005
    assert table["rejilla_infancia_by_area"].sum() < 0.001 * table["counted"].sum()


def test_merida_has_rates_but_no_access_without_streets(
    real_data: Path, tmp_path: Path, monkeypatch
) -> None:
    manifest, version = _build("merida", real_data, tmp_path, monkeypatch)
    agebs = _table(version, "agebs")
    assert len(agebs) == 523
    assert agebs["persons_per_centre_infancia"].notna().any()
    assert not [column for column in agebs if column.startswith("nearest_min_")]
    assert "acceso" in {item.what for item in manifest.not_computed}
    # Twenty-five AGEB whose hidden counts were written as zero are not taken for zeros.
    assert (agebs["children_0_2_status"] != "publicado").sum() == 25


def test_the_country_by_municipality(real_data: Path, tmp_path: Path, monkeypatch) -> None:
    manifest, version = _build("national", real_data, tmp_path, monkeypatch)
    municipalities, states = _table(version, "municipios"), _table(version, "entidades")
    assert len(municipalities) == 2469
    assert states["population"].sum() == 126_014_024
    veracruz = states.loc["30"]
    assert veracruz["children_0_11"] == 1_549_514
    assert veracruz["disability"] == 468_990
    # MACU counts 634 direct centres; this extract has no day centres (class 62412), so 611.
    centres = _table(version, "centros")
    assert (centres["state"] == "30").sum() == 611
    # Counts by state and class are those of the directory, but for three centres off their place.
    listed = pd.read_csv(
        real_data / "denue" / "care_2022_counts_by_state.csv", dtype={"cve_ent": "str"}
    ).set_index("cve_ent")
    listed.index = listed.index.str.zfill(2)
    counted = pd.crosstab(centres["state"], centres["scian"])
    counted = counted.reindex(index=listed.index, fill_value=0)
    assert (listed[counted.columns] - counted).sum().sum() == 3
    # The committed report is what the command writes of this build.
    page = calibration_page(compare(version), manifest)
    assert page == (SOURCES.parents[2] / "docs" / "calibration.md").read_text("utf-8")
    # A municipality without a centre is a row with zero centres and no people per centre.
    none = municipalities[municipalities["centres_guarderia"] == 0]
    assert len(none) > 1000
    assert none["persons_per_centre_infancia"].isna().all()
