"""The embedded city from its files to an atlas, looked at as a reader of the atlas would."""

import gzip
import re
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import orjson
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pmtiles.reader import MmapSource, Reader, all_tiles

from data.demo import draw_city
from geo import artifacts
from geo.artifacts import LayerRecord, Manifest
from geo.tile_values import MOST_BYTES

SERVICES = ("guarderia", "preescolar", "primaria", "mayores", "discapacidad")
pytestmark = pytest.mark.xdist_group("pipeline")


@pytest.fixture(scope="module")
def version(demo_atlas: Path) -> Path:
    return artifacts.current_version(demo_atlas)


@pytest.fixture(scope="module")
def manifest(version: Path) -> Manifest:
    return artifacts.verify(version)


@pytest.fixture(scope="module")
def tables(version: Path, manifest: Manifest) -> dict[str, gpd.GeoDataFrame]:
    return {
        layer.id: gpd.read_parquet(version / layer.table.path).set_index(layer.key)
        for layer in manifest.layers
    }


def test_building_again_gives_the_same_bytes(
    demo_sources: Path, demo_atlas: Path, cuidados, tmp_path: Path, monkeypatch
) -> None:
    # Another process, another order of sets, one thread instead of as many as there are cores.
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    for library in ("NUMBA", "OMP", "OPENBLAS", "RAYON"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "1")
    moved = tmp_path / "elsewhere"
    shutil.copytree(demo_sources, moved)
    result = cuidados("build", "--sources", moved, "--atlas", tmp_path / "atlas")
    assert result.returncode == 0, result.stderr
    # The log tells the steps of the build, and nothing libraries say of themselves.
    told = [line.split(" ", 1)[1] for line in result.stderr.splitlines()]
    assert told
    assert all(re.fullmatch(r".+ \(\d+\.\d s\)", line) for line in told), told
    first = artifacts.current_version(demo_atlas)
    again = artifacts.current_version(tmp_path / "atlas")
    assert again.name == first.name
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert files == sorted(p.relative_to(again) for p in again.rglob("*") if p.is_file())
    assert all((first / file).read_bytes() == (again / file).read_bytes() for file in files)


def test_every_column_has_unit_description_source_and_licence(
    version: Path, manifest: Manifest
) -> None:
    for layer in manifest.layers:
        schema = pq.read_schema(version / layer.table.path)
        for column in layer.columns:
            assert column.description.es
            assert column.description.en
            assert column.sources
            assert column.licence == "CC0-1.0"
            assert column.unit or column.kind in ("identifier", "text", "state", "flag")
            described = orjson.loads(schema.field(column.name).metadata[b"mapa_cuidados"])
            assert described["unit"] == column.unit


def test_every_place_is_a_row_and_totals_agree_one_level_up(
    tables: dict[str, gpd.GeoDataFrame],
) -> None:
    truth = draw_city().truth
    assert len(tables["manzanas"]) == 2504
    assert len(tables["agebs"]) == 105
    blocks, agebs = tables["manzanas"], tables["agebs"]
    for variable in ("population", "children_0_2", "children_3_5", "older_65_plus"):
        summed = blocks[variable].groupby(blocks.index.str[:13]).sum()
        assert np.allclose(summed, agebs[variable].reindex(summed.index), atol=1e-6)
    municipal = tables["municipios"]["children_0_11"]
    expected = truth.reindex(municipal.index)[["P_0A2", "P_3A5", "P_6A11"]].sum(axis=1)
    assert municipal.to_dict() == expected.to_dict()


def test_what_the_census_hides_is_estimated_within_bounds_that_hold(
    tables: dict[str, gpd.GeoDataFrame],
) -> None:
    truth = draw_city().truth["P_0A2"]
    blocks = tables["manzanas"]
    estimated = blocks[blocks["children_0_2_status"] == "estimado"]
    assert len(estimated) > 100
    actual = truth.reindex(estimated.index)
    assert (estimated["children_0_2_low"] - 1e-9 <= actual).all()
    assert (actual <= estimated["children_0_2_high"] + 1e-9).all()


@pytest.mark.parametrize("service", SERVICES)
def test_unreachable_unknown_and_zero_stay_apart(
    tables: dict[str, gpd.GeoDataFrame], service: str
) -> None:
    blocks = tables["manzanas"]
    state, nearest = blocks[f"reach_{service}"], blocks[f"nearest_min_{service}"]
    assert set(state) <= {"alcanza", "fuera_de_alcance", "no_calculado"}
    assert nearest[state == "alcanza"].notna().all()
    assert nearest[state != "alcanza"].isna().all()
    assert (blocks.loc[state == "fuera_de_alcance", f"centres_30min_{service}"] == 0).all()
    assert blocks.loc[state == "no_calculado", f"centres_30min_{service}"].isna().all()


def test_schools_have_no_known_places_and_so_no_places_per_person(
    tables: dict[str, gpd.GeoDataFrame],
) -> None:
    blocks = tables["manzanas"]
    assert blocks["e2sfca_primaria"].isna().all()
    assert blocks["e2sfca_guarderia"].notna().any()


def test_places_handed_out_equal_places_there_are(tables: dict[str, gpd.GeoDataFrame]) -> None:
    blocks, centres = tables["manzanas"], tables["centros"]
    handed_out = (blocks["e2sfca_guarderia"] * blocks["demand_guarderia"]).sum()
    places = centres.loc[centres["service_type"] == "guarderia", "places_central"].sum()
    assert 0.9 * places < handed_out <= places + 1e-6


def test_addiction_clinics_never_count(tables: dict[str, gpd.GeoDataFrame]) -> None:
    assert not tables["centros"]["scian"].str.startswith("62322").any()


def test_every_planted_fault_is_counted(manifest: Manifest) -> None:
    dropped = {
        f"{source.role}:{reason}": record["rows"]
        for source in manifest.sources
        for reason, record in source.dropped.items()
    }
    assert dropped["denue:sin_coordenadas"] == 4
    assert dropped["denue:fuera_de_mexico"] == 1
    assert dropped["denue:coordenadas_invertidas_corregidas"] == 1
    assert dropped["denue:coordenadas_fuera_de_su_municipio"] == 1
    # The eighth centre listed twice is of an optional class, which this build does not count.
    assert dropped["denue:centro_repetido_unido"] == 7
    assert dropped["blocks:geometria_corregida"] == 1
    assert dropped["streets:sin_longitud"] == 1
    assert dropped["streets:linea_repetida"] == 1


def test_every_key_is_in_the_tiles(version: Path, manifest: Manifest) -> None:
    for layer in manifest.layers:
        assert layer.tiles is not None
        heaviest: dict[str, int] = defaultdict(int)
        found: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
        with (version / layer.tiles.file.path).open("rb") as stream:
            for (zoom, _, _), tile in all_tiles(MmapSource(stream)):
                assert len(tile) <= MOST_BYTES
                heaviest[str(zoom)] = max(heaviest[str(zoom)], len(tile))
                features = mapbox_vector_tile.decode(gzip.decompress(tile))[layer.id]["features"]
                for feature in features:
                    found[zoom][feature["properties"][layer.key]] = feature["properties"]
            said = Reader(MmapSource(stream)).metadata()
        assert heaviest == layer.tiles.heaviest_bytes_by_zoom
        assert layer.tiles.zooms_left_out == ()
        table = gpd.read_parquet(version / layer.table.path).set_index(layer.key, drop=False)
        drawn = set(table.loc[table.geometry.notna(), layer.key])
        assert set(found[layer.tiles.max_zoom]) == drawn
        by_zoom = {int(zoom): count for zoom, count in layer.tiles.features_by_zoom.items()}
        assert all(len(keys) == by_zoom[zoom] for zoom, keys in found.items())
        # What is left out is said in the archive itself.
        assert said["features_by_zoom"] == layer.tiles.features_by_zoom
        assert said["features"] == len(drawn)
        assert "3 significant digits" in said["description"]
        _check_values(layer, table, found)


def _check_values(
    layer: LayerRecord, table: gpd.GeoDataFrame, found: dict[int, dict[str, dict[str, Any]]]
) -> None:
    """Values are exact in the highest zoom, and in the same class of the legend in all others."""
    assert layer.tiles is not None
    columns = {column.name: column for column in layer.columns}
    for name in layer.tiles.attributes:
        for zoom, features in found.items():
            told = [features[key].get(name) for key in features]
            exact = table.loc[list(features), name]
            if exact.dtype.kind != "f":
                assert [value or None for value in exact] == [value or None for value in told]
                continue
            values = np.array(told, dtype="float64")
            if zoom == layer.tiles.max_zoom:
                assert np.array_equal(values, exact, equal_nan=True)
            statistics = columns[name].statistics
            assert statistics is not None
            assert np.array_equal(np.isnan(values), exact.isna())
            classes = [np.searchsorted(statistics.breaks, v, side="right") for v in (values, exact)]
            assert np.array_equal(*classes)


def test_statistics_speak_of_the_table(
    tables: dict[str, gpd.GeoDataFrame], manifest: Manifest
) -> None:
    layer = manifest.layer("agebs")
    assert layer is not None
    for column in layer.columns:
        if column.statistics is not None:
            values = tables["agebs"][column.name]
            assert column.statistics.unknown == int(values.isna().sum())
            assert sum(column.statistics.class_counts) == int(values.notna().sum())
        if column.value_counts is not None:
            counted = pd.Series(column.value_counts)
            assert counted.sum() == len(tables["agebs"])


def test_the_river_makes_people_walk_round(tables: dict[str, gpd.GeoDataFrame]) -> None:
    blocks = tables["manzanas"]
    assert blocks["nearest_min_guarderia"].max() > 15


def test_info_says_what_the_atlas_holds(demo_atlas: Path, cuidados) -> None:
    result = cuidados("info", "--atlas", demo_atlas, "--verify")
    assert result.returncode == 0
    assert "Ciudad Jacaranda" in result.stdout
    assert "centro_repetido_unido: 7" in result.stdout


def test_the_map_is_one_page(demo_atlas: Path, cuidados, tmp_path: Path) -> None:
    out = tmp_path / "mapa.html"
    result = cuidados("map", "--atlas", demo_atlas, "--out", out)
    assert result.returncode == 0, result.stderr
    assert "Ciudad Jacaranda" in out.read_text(encoding="utf-8")
