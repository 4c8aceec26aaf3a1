"""Grids of the embedded city: everyone is on them, and the service tells the same."""

import json
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import h3
import httpx
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from api.app import create_app
from api.settings import Settings
from geo import artifacts
from geo.artifacts import Manifest
from geo.demand import GROUP_DEMAND
from tests.api.running import client_of

pytestmark = pytest.mark.xdist_group("pipeline")


@pytest.fixture(scope="module")
def version(demo_atlas: Path) -> Path:
    return artifacts.current_version(demo_atlas)


@pytest.fixture(scope="module")
def manifest(version: Path) -> Manifest:
    return artifacts.read_manifest(version)


@pytest.fixture(scope="module")
def service(demo_atlas: Path) -> Iterator[httpx.Client]:
    with client_of(create_app(Settings(atlas=demo_atlas))) as client:
        yield client


def _grid(version: Path, manifest: Manifest, name: str) -> np.ndarray:
    asset = manifest.asset(name)
    assert asset is not None
    with rasterio.open(version / asset.file.path) as dataset:
        return dataset.read(1).astype("float64")


@pytest.mark.parametrize("group", GROUP_DEMAND)
def test_grids_hold_everyone_whose_place_is_known(
    version: Path, manifest: Manifest, group: str
) -> None:
    asset = manifest.asset(f"rejilla_{group}")
    assert asset is not None
    account = asset.properties["account"]
    total = np.nansum(_grid(version, manifest, asset.id))
    assert total == pytest.approx(account["on_grid"], rel=1e-6)
    told = account["on_grid"] + account["in_unknown_squares"] + account["without_place"]
    assert told == pytest.approx(account["total"], abs=0.01)
    municipalities = gpd.read_parquet(version / "tables" / "municipios.parquet")
    assert account["total"] == pytest.approx(municipalities[GROUP_DEMAND[group]].sum(), rel=1e-6)
    assert account["on_grid"] > 0.99 * account["total"]


def test_hexagons_hold_the_same_people_as_the_grid(version: Path, manifest: Manifest) -> None:
    hexagons = pd.read_parquet(version / "tables" / "rejilla_h3.parquet")
    assert hexagons["h3"].is_unique
    assert {h3.get_resolution(cell) for cell in hexagons["h3"]} == {9}
    for name, column in (("poblacion", "population"), ("mayores", "older_65_plus")):
        grid = np.nansum(_grid(version, manifest, f"rejilla_{name}"))
        assert hexagons[column].sum() == pytest.approx(grid, rel=1e-6)


def test_surfaces_of_minutes_tell_out_of_reach_from_unknown(
    version: Path, manifest: Manifest
) -> None:
    asset = manifest.asset("superficie_minutos_guarderia")
    assert asset is not None
    with rasterio.open(version / asset.file.path) as dataset:
        minutes, share = dataset.read()
        assert dataset.descriptions == ("nearest_min_guarderia", "reach_share_guarderia")
    assert np.nanmin(minutes) >= 0
    assert np.nanmax(minutes) <= 60
    assert ((share >= 0) & (share <= 1 + 1e-6) | np.isnan(share)).all()
    assert np.isnan(minutes[share == 0]).all()
    assert not np.isnan(minutes[share > 0]).any()


def test_grids_lie_on_the_national_lattice(version: Path, manifest: Manifest) -> None:
    frames = set()
    for asset in manifest.assets:
        if asset.kind == "raster":
            with rasterio.open(version / asset.file.path) as dataset:
                assert dataset.crs.to_epsg() == 6372
                assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
                frames.add(dataset.bounds)
    assert len(frames) == 1
    assert all(edge % 1600 == 0 for edge in frames.pop())


def test_zones_return_the_total_of_each_ageb(
    demo_atlas: Path, version: Path, cuidados, tmp_path: Path
) -> None:
    agebs = gpd.read_parquet(version / "tables" / "agebs.parquet")
    agebs = agebs[agebs.geometry.notna()]
    zones = tmp_path / "zonas.gpkg"
    agebs[["cvegeo", "geometry"]].to_crs("EPSG:3857").to_file(zones)
    out = tmp_path / "zonas.csv"
    result = cuidados("zonal", "--atlas", demo_atlas, "--polygons", zones, "--out", out)
    assert result.returncode == 0, result.stderr
    table = pd.read_csv(out, dtype={"cvegeo": "str"})
    assert table["cvegeo"].tolist() == agebs["cvegeo"].tolist()
    whole = _with_blocks_inside(agebs, version)
    for name, column in (
        ("rejilla_poblacion", "population"),
        ("rejilla_infancia", "children_0_11"),
        ("rejilla_mayores", "older_65_plus"),
    ):
        counted = agebs[column].to_numpy("float64")
        told = table[name].to_numpy()
        assert told.sum() == pytest.approx(np.nansum(counted), rel=0.005)
        some = whole & (counted >= 20)
        assert some.sum() > 90
        assert told[some] == pytest.approx(counted[some], rel=0.005)
        assert table[f"{name}_by_area"].max() < 0.5
    assert table["superficie_minutos_guarderia"].between(0, 60).mean() > 0.9


def _with_blocks_inside(agebs: gpd.GeoDataFrame, version: Path) -> np.ndarray:
    """Return which AGEB have no block that juts out of their outline."""
    blocks = gpd.read_parquet(version / "tables" / "manzanas.parquet").to_crs("EPSG:6372")
    around = agebs.set_index("cvegeo").geometry.to_crs("EPSG:6372")
    around = around.reindex(blocks["cvegeo"].str[:13]).to_numpy()
    out = shapely.area(shapely.difference(blocks.geometry.to_numpy(), around)) > 1
    return ~agebs["cvegeo"].isin(blocks["cvegeo"].str[:13][out]).to_numpy()


def test_zones_that_cannot_be_read_are_told(demo_atlas: Path, cuidados, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    for polygons, more in (
        (tmp_path / "none.gpkg", ()),
        (Path(__file__), ()),
        (tmp_path / "points.geojson", ()),
        (tmp_path / "square.geojson", ("--raster", "rejilla_nada")),
    ):
        if polygons.suffix == ".geojson":
            point = {"type": "Point", "coordinates": [-102.0, 21.0]}
            feature = {"type": "Feature", "properties": {}, "geometry": point}
            polygons.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
        result = cuidados(
            "zonal", "--atlas", demo_atlas, "--polygons", polygons, "--out", out, *more
        )
        assert result.returncode == 2, polygons
        assert "Error: " in result.stderr
        assert "Traceback" not in result.stderr
        assert not out.exists()


def test_demand_of_a_place_has_bounds_status_and_year(service: httpx.Client, version: Path) -> None:
    blocks = gpd.read_parquet(version / "tables" / "manzanas.parquet").set_index("cvegeo")
    estimated = blocks.index[blocks["children_0_2_status"] == "estimado"][0]
    answer = service.get(f"/demanda/manzana/{estimated}").json()
    by_name = {item["name"]: item for item in answer["variables"]}
    young = by_name["children_0_2"]
    assert young["status"] == "estimado"
    assert young["value"] == pytest.approx(blocks.loc[estimated, "children_0_2"])
    assert young["low"] <= young["value"] <= young["high"]
    assert young["unit"] == "personas"
    assert young["year"] == 2020
    assert young["sources"]
    assert set(by_name) == {
        name.removesuffix("_high") for name in blocks if name.endswith("_high")
    } & {name.removesuffix("_low") for name in blocks if name.endswith("_low")}
    assert {source["role"] for source in answer["sources"]} >= {"census_areas"}
    assert service.get("/demanda/manzana/0000000000000000").status_code == 404
    assert service.get("/demanda/barrio/01").status_code == 404


def test_tiles_of_the_grids_are_drawn_where_people_live(
    service: httpx.Client, manifest: Manifest
) -> None:
    rasters = service.get("/rasters").json()["rasters"]
    assert len(rasters) == sum(asset.kind == "raster" for asset in manifest.assets)
    assert manifest.focus is not None
    west, south, east, north = manifest.focus
    for raster in rasters:
        tiles = service.get(raster["links"][0]["href"]).json()
        assert tiles["bounds"][0] <= west < east <= tiles["bounds"][2]
        where = {"lon": (west + east) / 2, "lat": (south + north) / 2}
        at = service.get(f"/rasters/{raster['id']}/point", params=where).json()
        assert at["inside"]
