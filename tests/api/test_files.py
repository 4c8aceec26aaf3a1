"""Rows as files: every format holds the same rows, and none runs as a formula."""

import codecs
import io
import zipfile
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
from httpx import Client

from api.app import create_app
from api.settings import Settings
from api.spreadsheets import safe_text
from tests.api.running import client_of
from tests.api.synthetic_atlas import AGEBS_EACH, CENTRES

EXTENSIONS = {"parquet": "parquet", "gpkg": "gpkg", "fgb": "fgb"}


def _read(client: Client, path: str, folder: Path) -> gpd.GeoDataFrame:
    answer = client.get(path)
    assert answer.status_code == HTTPStatus.OK, answer.text
    name = path.split("f=")[1].split("&", maxsplit=1)[0]
    file = folder / f"file.{name}"
    file.write_bytes(answer.content)
    if name == "parquet":
        return gpd.read_parquet(file)
    return pyogrio.read_dataframe(file, layer=pyogrio.list_layers(file)[0][0])


@pytest.mark.parametrize("name", EXTENSIONS)
@pytest.mark.parametrize("where", ["download", "items"])
def test_files_hold_what_geojson_holds(
    client: Client, name: str, where: str, tmp_path: Path
) -> None:
    found = _read(client, f"/collections/agebs/{where}?f={name}", tmp_path)
    page = client.get("/collections/agebs/items").json()
    expected = gpd.GeoDataFrame.from_features(page["features"], crs="EPSG:4326")
    found = found.sort_values("cvegeo", ignore_index=True)
    assert found["cvegeo"].tolist() == expected["cvegeo"].tolist()
    assert found["nearest_min_guarderia"].isna().sum() == 4
    pd.testing.assert_series_equal(found["demand_guarderia"], expected["demand_guarderia"])
    assert found.crs.to_epsg() == 4326 or found.crs.to_authority() == ("OGC", "CRS84")
    for one, other in zip(found.geometry, expected.geometry, strict=True):
        assert one.equals_exact(other, 1e-6, normalize=True) or one.geoms[0].normalize() == (
            other.normalize()
        )


def test_files_come_in_the_system_asked_for(client: Client, tmp_path: Path) -> None:
    crs = "http://www.opengis.net/def/crs/EPSG/0/6372"
    for name in EXTENSIONS:
        found = _read(client, f"/collections/centros/download?f={name}&crs={crs}", tmp_path)
        assert found.crs.to_epsg() == 6372
        assert found.geometry.x.between(2_000_000, 3_000_000).all()


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_tables_have_a_point_in_the_system_asked_for(client: Client, name: str) -> None:
    path = f"/collections/centros/download?f={name}&properties=facility_id&sortby=-facility_id"
    read = pd.read_csv if name == "csv" else pd.read_excel
    metres = read(
        io.BytesIO(client.get(f"{path}&crs=http://www.opengis.net/def/crs/EPSG/0/6372").content)
    )
    degrees = read(io.BytesIO(client.get(path).content))
    assert list(metres.columns) == ["facility_id", "easting_m", "northing_m"]
    assert list(degrees.columns) == ["facility_id", "lon", "lat"]
    expected = gpd.points_from_xy(degrees["lon"], degrees["lat"], crs="EPSG:4326").to_crs(6372)
    assert np.allclose(metres["easting_m"], expected.x, atol=0.02)
    assert np.allclose(metres["northing_m"], expected.y, atol=0.02)


@pytest.mark.parametrize("name", ["json", "csv", "parquet", "gpkg", "fgb", "xlsx"])
def test_every_download_is_sorted_filtered_and_says_what_its_columns_are(
    client: Client, name: str, tmp_path: Path
) -> None:
    query = "properties=facility_id,places&sortby=-places&datetime=2010-07-01/.."
    answer = client.get(f"/collections/centros/download?f={name}&{query}&filter=places IS NOT NULL")
    file = tmp_path / f"file.{name}"
    file.write_bytes(answer.content)
    readers: dict[str, Any] = {
        "csv": pd.read_csv, "xlsx": pd.read_excel, "parquet": gpd.read_parquet,
        "gpkg": partial(gpd.read_file, layer="centros"),
    }  # fmt: skip
    found = readers.get(name, gpd.read_file)(file)
    assert {"facility_id", "places"} <= set(found.columns) <= {
        "facility_id", "places", "lon", "lat", "geometry", "id",
    }  # fmt: skip
    assert found["places"].is_monotonic_decreasing
    told = answer.headers["link"]
    assert 'rel="describedby"' in told
    for language, word in (("es", "descripcion"), ("en", "description")):
        address = told.split("<")[1].split(">")[0]
        described = pd.read_csv(
            io.BytesIO(client.get(f"{address}&lang={language}").content), index_col=0
        )
        assert word in described.columns
        assert {"facility_id", "places"} <= set(described.index)


def test_a_csv_opens_with_its_accents_in_excel(client: Client) -> None:
    for path in ("download?f=csv", "dictionary?f=csv"):
        content = client.get(f"/collections/agebs/{path}").content
        assert content.startswith(codecs.BOM_UTF8)
        assert content.count(codecs.BOM_UTF8) == 1


def test_a_geopackage_holds_its_dictionary(client: Client, tmp_path: Path) -> None:
    _read(client, "/collections/agebs/download?f=gpkg&lang=en", tmp_path)
    described = pyogrio.read_dataframe(tmp_path / "file.gpkg", layer="dictionary")
    assert set(described.columns) >= {"column", "unit", "description", "licence"}
    assert "nearest_min_guarderia" in described["column"].tolist()


def test_csv_has_a_point_and_empty_cells_for_unknown(client: Client) -> None:
    answer = client.get("/collections/centros/download?f=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    table = pd.read_csv(io.BytesIO(answer.content), dtype={"facility_id": str})
    assert len(table) == CENTRES
    assert table["facility_id"][0] == "0000000"
    assert table["places"].isna().sum() == 3
    assert table["lon"].between(-103, -102).all()


def test_a_workbook_holds_texts_numbers_dates_and_its_dictionary(client: Client) -> None:
    answer = client.get("/collections/centros/items", params={"f": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["datos", "diccionario"]
    header, first, *_ = book["datos"].iter_rows(values_only=True)
    row = dict(zip(header, first, strict=True))
    assert row["facility_id"] == "0000000"
    assert (row["first_seen"].year, row["first_seen"].month) == (2010, 7)
    assert row["places"] is None
    assert not [cell for sheet in book for line in sheet for cell in line if cell.data_type == "f"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_formulas_become_texts(text: str) -> None:
    assert safe_text(text) == f"'{text}"
    assert safe_text("GUARDERÍA = 1") == "GUARDERÍA = 1"


def test_formats_follow_accept(client: Client) -> None:
    for media, name in (
        ("text/csv", "csv"), ("application/flatgeobuf", "fgb"),
        ("application/geopackage+sqlite3", "gpkg"), ("application/vnd.apache.parquet", "parquet"),
    ):  # fmt: skip
        answer = client.get("/collections/centros/items", headers={"accept": media})
        assert answer.headers["content-type"].split(";")[0] == media
        assert answer.headers["content-disposition"].endswith(f'centros.{name}"')
    browser = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
    assert client.get("/collections/centros/items", headers=browser).text.startswith("<!doctype")
    refused = client.get("/collections/centros/items", headers={"accept": "image/png"})
    assert "application/flatgeobuf" in refused.json()["available"]


def test_the_atlas_own_parquet_can_be_read_by_ranges(client: Client) -> None:
    path = "/collections/agebs/download?f=parquet"
    whole = client.get(path)
    part = client.get(path, headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (HTTPStatus.PARTIAL_CONTENT, b"PAR1")
    assert client.get(path, headers={"range": "bytes=-4"}).content == b"PAR1"
    assert int(whole.headers["content-length"]) == len(whole.content)


def test_files_are_bounded_and_nothing_is_left(
    synthetic_atlas: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    settings = Settings(atlas=synthetic_atlas, file_bytes=1024, page_vertices=12)
    with client_of(create_app(settings)) as small:
        answer = small.get("/collections/manzanas/download?f=gpkg")
        assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        assert small.get("/collections/manzanas/download?f=csv").status_code == HTTPStatus.OK
        page = small.get("/collections/manzanas/items").json()
        assert page["numberReturned"] == 2  # of five vertices each
        assert "next" in {link["rel"] for link in page["links"]}
    assert list(tmp_path.iterdir()) == []


def test_the_dictionary_comes_as_json_csv_and_page(client: Client) -> None:
    rows = pd.read_csv(io.BytesIO(client.get("/collections/agebs/dictionary?f=csv").content))
    listed = client.get("/collections/agebs/dictionary").json()["columns"]
    assert rows["columna"].tolist() == [column["name"] for column in listed]
    english = client.get("/collections/agebs/dictionary?f=csv&lang=en").content
    assert english.decode("utf-8-sig").startswith("column,title,unit,description")


def test_workbooks_are_zips_without_links(client: Client) -> None:
    answer = client.get("/collections/agebs/download?f=xlsx&properties=cvegeo,name")
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert not [name for name in names if "externalLink" in name or "vba" in name.lower()]
    book = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True)
    assert book["datos"].max_row == 2 * AGEBS_EACH + 1
