"""DENUE as INEGI ships it, faults included; cases one can check by hand, and a real file."""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely import Point

from data.denue import STAFF_BANDS, read_establishments
from data.errors import InputError, MissingInputError
from data.tables import Reading

HEADER = next(
    csv.reader(
        [
            (
                "id,clee,nom_estab,raz_social,codigo_act,nombre_act,per_ocu,tipo_vial,nom_vial,"
                "tipo_v_e_1,nom_v_e_1,tipo_v_e_2,nom_v_e_2,tipo_v_e_3,nom_v_e_3,numero_ext,letra_ext,"
                "edificio,edificio_e,numero_int,letra_int,tipo_asent,nomb_asent,tipoCenCom,nom_CenCom,"
                "num_local,cod_postal,cve_ent,entidad,cve_mun,municipio,cve_loc,localidad,ageb,manzana,"
                "telefono,correoelec,www,tipoUniEco,latitud,longitud,fecha_alta"
            )
        ]
    )
)
ROW = {
    "id": "100", "clee": "01001624411000011000000000U1", "nom_estab": "GUARDERÍA EL NIÑO",
    "codigo_act": "624411", "per_ocu": "6 a 10 personas", "cve_ent": "1", "cve_mun": "1",
    "cve_loc": "1", "ageb": "25A", "manzana": "7", "latitud": "21.88", "longitud": "-102.29",
    "fecha_alta": "2010-07",
}  # fmt: skip


def _text(*rows: dict[str, str]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADER, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({**ROW, **row} for row in rows)
    return text.getvalue()


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Reading]:
    """Return a function that writes rows (by what differs from ``ROW``) and reads them."""

    def run(*rows: dict[str, str], encoding: str = "latin-1", **options: Any) -> Reading:
        path = tmp_path / "denue_inegi_01_.csv"
        path.write_bytes(_text(*rows).encode(encoding))
        return read_establishments([path], **options)

    return run


def test_keys_without_their_zeros_get_them_back(read) -> None:
    (row,) = read({}).table.to_dict("records")
    assert row["state"] == "01"
    assert row["municipality"] == "01001"
    assert row["locality"] == "010010001"
    assert row["ageb"] == "010010001025A"
    assert row["block"] == "010010001025A007"
    assert row["geometry"] == Point(-102.29, 21.88)


def test_padded_and_unpadded_keys_are_the_same_place(read) -> None:
    padded = {"id": "101", "cve_ent": "01", "cve_mun": "001", "cve_loc": "0001", "ageb": "025A ",
              "manzana": "007"}  # fmt: skip
    spoiled = {"id": "102", "cve_ent": "1.0", "cve_mun": "1.0", "ageb": "025a", "manzana": "7.0"}
    table = read({}, padded, spoiled).table
    assert set(table["block"]) == {"010010001025A007"}


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig"])
def test_names_keep_their_accents_and_lose_their_padding(read, encoding: str) -> None:
    table = read({"nom_estab": "  JARDÍN DE NIÑOS   ", "raz_social": "   "}, encoding=encoding)
    assert table.table["name"].tolist() == ["JARDÍN DE NIÑOS"]
    assert table.table["legal_name"].isna().all()


@pytest.mark.parametrize(
    ("part", "known"),
    [
        ({"manzana": ""}, "ageb"),
        ({"ageb": " ", "manzana": "007"}, "locality"),
        ({"ageb": "S/N"}, "locality"),
        ({"cve_loc": "99999"}, "municipality"),
        ({"cve_loc": ""}, "municipality"),
        ({"cve_mun": ""}, "state"),
    ],
)
def test_a_code_is_unknown_where_a_part_is(read, part: dict[str, str], known: str) -> None:
    row = read(part).table.iloc[0]
    levels = ["state", "municipality", "locality", "ageb", "block"]
    at = levels.index(known)
    assert row[levels[: at + 1]].notna().all()
    assert row[levels[at + 1 :]].isna().all()


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("2010-07", "2010-07"), ("2013 07", "2013-07"), ("2019-11-30", "2019-11"),
        ("07/2010", "2010-07"), ("15/07/2010", "2010-07"), ("JULIO 2010", "2010-07"),
        ("Septiembre de 2014", "2014-09"), ("2010-13", None), ("", None), ("2010", None),
        ("201007123", None),
    ],
)  # fmt: skip
def test_the_month_of_entry_is_read_in_every_form(read, written: str, month: str | None) -> None:
    found = read({"fecha_alta": written}).table["first_seen"]
    assert found.isna().all() if month is None else found.tolist() == [month]


def test_bands_of_staff_are_read_from_their_words(read) -> None:
    words = (
        "0 a 5 personas", "6 a 10 personas", "11 a 30 personas", "31 a 50 personas",
        "51 a 100 personas", "101 a 250 personas", "251 y más personas", "", "muchas",
    )  # fmt: skip
    rows = [{"id": str(n), "per_ocu": band} for n, band in enumerate(words, start=1)]
    table = read(*rows).table
    assert table["staff_band"].tolist()[:7] == list(STAFF_BANDS)
    assert table["staff_band"].isna().tolist()[7:] == [True, True]


def test_what_cannot_be_placed_is_left_out_and_counted(read) -> None:
    reading = read(
        {},
        {"id": "101", "latitud": "", "longitud": ""},
        {"id": "102", "latitud": "0", "longitud": "0"},
        {"id": "103", "latitud": "10.25", "longitud": "-124.44"},
        {"id": "104", "latitud": "-102.29", "longitud": "21.88"},
        {"id": "105", "latitud": "inf"},
        {"id": "100"},
        {"id": ""},
    )
    assert reading.table["denue_id"].tolist() == ["100", "104"]
    assert reading.table.geometry.tolist() == [Point(-102.29, 21.88)] * 2
    assert dict(reading.dropped.reasons) == {
        "sin_coordenadas": 3,
        "fuera_de_mexico": 1,
        "coordenadas_invertidas_corregidas": 1,
        "id_duplicado": 1,
        "sin_identificador": 1,
    }
    assert reading.dropped.examples["fuera_de_mexico"] == ["103"]


def test_place_columns_are_trusted_over_clee(read) -> None:
    reading = read({"clee": "32005624411000011000000000U1"})
    assert reading.table["municipality"].tolist() == ["01001"]
    assert reading.dropped.reasons["clee_de_otro_municipio_conservado"] == 1


def test_only_the_place_and_the_classes_asked_for_are_kept(read) -> None:
    reading = read(
        {}, {"id": "101", "codigo_act": "461110"}, {"id": "102", "cve_ent": "32"},
        place=["01"], classes=["624411"],
    )  # fmt: skip
    assert reading.table["denue_id"].tolist() == ["100"]
    assert reading.dropped.reasons == {"otra_clase": 1, "otro_lugar": 1}


def test_a_directory_of_another_state_is_not_a_state_without_care(read) -> None:
    with pytest.raises(MissingInputError, match="ningún establecimiento de 31"):
        read({}, place=["31"])
    with pytest.raises(MissingInputError, match="ningún establecimiento de MX"):
        read()
    # A place with shops and without care centres is one that has none.
    assert read({"codigo_act": "461110"}, place=["01"], classes=["624411"]).table.empty


@pytest.mark.parametrize("written", ["", "62441", "GUARDERÍA", "6244111"])
def test_a_class_that_is_none_says_its_row(read, written: str) -> None:
    with pytest.raises(InputError, match=r"fila 2, columna codigo_act.*seis dígitos"):
        read({}, {"codigo_act": written})


def test_the_shapefile_twin_gives_the_same_rows(read, tmp_path: Path) -> None:
    plain = read({}, {"id": "101", "nom_estab": "PEÑA"}).table
    rows = list(csv.DictReader(io.StringIO(_text({}, {"id": "101", "nom_estab": "PEÑA"}))))
    layer = gpd.GeoDataFrame(
        rows, geometry=[Point(float(r["longitud"]), float(r["latitud"])) for r in rows], crs=4326
    )
    layer.to_file(tmp_path / "denue.shp", encoding="ISO-8859-1")
    with zipfile.ZipFile(tmp_path / "denue_01_shp.zip", "w") as archive:
        for end in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(tmp_path / f"denue{end}", f"conjunto_de_datos/denue_inegi_01_{end}")
        archive.writestr("diccionario_de_datos/denue_diccionario.csv", "a,b\n")
    twin = read_establishments([tmp_path / "denue_01_shp.zip"]).table
    assert twin.drop(columns="geometry").equals(plain.drop(columns="geometry"))
    assert twin.geometry.geom_equals_exact(plain.geometry, 1e-9).all()


def test_two_files_are_one_edition(tmp_path: Path) -> None:
    paths = [tmp_path / "denue_15_1.csv", tmp_path / "denue_15_2.csv"]
    paths[0].write_text(_text({}), "latin-1")
    paths[1].write_text(_text({}, {"id": "99"}), "latin-1")
    reading = read_establishments(paths)
    assert reading.table["denue_id"].tolist() == ["100", "99"]
    assert reading.dropped.reasons["id_duplicado"] == 1


@pytest.mark.real_data
def test_a_real_file_is_read_whole(real_data: Path) -> None:
    path = real_data / "denue" / "yucatan_2021_subset_raw_layout.csv"
    reading = read_establishments([path])
    # 17,311 rows; one lies in the Pacific, and 78 CLEE name another municipality.
    assert len(reading.table) == 17_310
    assert dict(reading.dropped.reasons) == {
        "fuera_de_mexico": 1,
        "clee_de_otro_municipio_conservado": 78,
    }
    table = reading.table
    assert table["clee"].is_unique
    assert table["clee"].str.len().eq(28).all()
    for column in ("staff_band", "first_seen", "block"):
        assert table[column].notna().all()
    assert (table["name"] == table["name"].str.strip()).all()
    assert table["municipality"].nunique() == 106
    assert table.set_index("denue_id").loc["7990600", "block"] == "310480001025A004"


@pytest.mark.real_data
def test_real_files_of_another_kind_are_refused(real_data: Path) -> None:
    for name in ("denue/dictionary.csv", "census/iter_01/conjunto_de_datos_iter_01CSV20.csv",
                 "denue/care_2022_counts_by_state.csv"):  # fmt: skip
        with pytest.raises(InputError, match="No parece un archivo del DENUE"):
            read_establishments([real_data / name])
