"""Rows under INEGI's names, from every format a source may come in."""

import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from data import rows
from data.errors import InputError, LimitError
from data.rows import Layout, column_names, iterate_rows, numbers_of, text_of
from data.texts import Text

LAYOUT = Layout(kind=Text("una tabla de prueba", "a test table"), wanted=("CLAVE", "NOMBRE"))


def _rows(path: Path, layout: Layout = LAYOUT) -> pd.DataFrame:
    return pd.concat([chunk for _, _, chunk in iterate_rows(path, layout)], ignore_index=True)


def _write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "header",
    [
        "CLAVE,NOMBRE",
        "clave,nombre",
        ' "Clave" , NOMBRE ',
        "\ufeffCLAVE,NOMBRE",
        '"CLAVE","NOMBRE"',
    ],
)
def test_columns_are_found_whatever_their_case_and_padding(header: str, tmp_path: Path) -> None:
    found = _rows(_write(tmp_path / "a.csv", f"{header}\n01,Peñón\n"))
    assert found.to_dict("list") == {"CLAVE": ["01"], "NOMBRE": ["Peñón"]}


def test_a_mark_and_latin1_in_one_file_do_not_hide_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfCLAVE,NOMBRE\n01,Pe\xf1\xf3n\n")
    assert _rows(path).to_dict("list") == {"CLAVE": ["01"], "NOMBRE": ["Peñón"]}


def test_values_stay_as_they_stand_until_a_reader_reads_them(tmp_path: Path) -> None:
    found = _rows(_write(tmp_path / "a.csv", 'CLAVE,NOMBRE\n 01 ,"a, ""b""\nc"\nNA,N/D\n,*\n'))
    assert found["CLAVE"].tolist() == [" 01 ", "NA", ""]
    assert found["NOMBRE"].tolist() == ['a, "b"\nc', "N/D", "*"]


def test_the_same_rows_come_from_every_format(tmp_path: Path) -> None:
    table = pd.DataFrame({"CLAVE": ["01", "02"], "NOMBRE": ["Peñón", "Mérida"], "OTRA": ["x", "y"]})
    layer = gpd.GeoDataFrame(table, geometry=[Point(0, 0), Point(1, 1)], crs=4326)
    csv = _write(tmp_path / "a.csv", table.to_csv(index=False), "latin-1")
    table.to_parquet(tmp_path / "a.parquet")
    layer.to_file(tmp_path / "a.gpkg")
    layer.to_file(tmp_path / "b.shp", encoding="ISO-8859-1")
    (tmp_path / "b.cpg").unlink()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(csv, "deep/er/conjunto_de_datos/a.csv")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for end in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(tmp_path / f"b{end}", f"conjunto_de_datos/b{end}")
    for name in ("a.csv", "a.parquet", "a.gpkg", "b.shp", "b.dbf", "a.zip", "b.zip"):
        found = _rows(tmp_path / name)
        assert found.to_dict("list") == table[["CLAVE", "NOMBRE"]].to_dict("list"), name
        member = next(iterate_rows(tmp_path / name, LAYOUT))[0]
        assert {"CLAVE", "NOMBRE", "OTRA"} <= set(column_names(member)), name


def test_chunks_say_where_they_begin(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(rows, "MAX_ROW_BYTES", 64)
    path = _write(tmp_path / "a.csv", "CLAVE,NOMBRE\n" + "".join(f"{n},x\n" for n in range(50)))
    found = [item for item in iterate_rows(path, LAYOUT) if len(item[2])]
    assert len(found) > 2
    assert [first for _, first, _ in found] == [int(c["CLAVE"].iloc[0]) + 1 for _, _, c in found]
    assert sum(len(chunk) for _, _, chunk in found) == 50


def test_a_header_alone_is_no_rows(tmp_path: Path) -> None:
    found = _rows(_write(tmp_path / "a.csv", "CLAVE,NOMBRE\n"))
    assert found.empty
    assert list(found) == ["CLAVE", "NOMBRE"]


@pytest.mark.parametrize("text", ["", "\n\n\n"])
def test_an_empty_file_cannot_be_read(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No se pudo leer como una tabla de prueba"):
        _rows(_write(tmp_path / "a.csv", text))


def test_missing_columns_are_listed_under_their_name_in_the_file(tmp_path: Path) -> None:
    layout = Layout(kind=LAYOUT.kind, wanted=("CLAVE", "NOMBRE", "OTRA"),
                    columns={"NOMBRE": "nom_mio"})  # fmt: skip
    with pytest.raises(InputError, match=r"columna nom_mio, OTRA\)"):
        _rows(_write(tmp_path / "a.csv", "CLAVE,NOMBRE\n1,2\n"), layout)


def test_columns_known_to_be_absent_are_unknown(tmp_path: Path) -> None:
    layout = Layout(kind=LAYOUT.kind, wanted=LAYOUT.wanted, absent=("NOMBRE",))
    found = _rows(_write(tmp_path / "a.csv", "CLAVE\n01\n"), layout)
    assert found["CLAVE"].tolist() == ["01"]
    assert found["NOMBRE"].isna().all()


@pytest.mark.parametrize("row", ["3,4,5,6", "3"])
def test_a_row_that_does_not_fit_the_header_is_refused(row: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"2 columnas del encabezado .*fila 2, valor '3"):
        _rows(_write(tmp_path / "a.csv", f"CLAVE,NOMBRE\n1,2\n{row}\n4,5\n"))


def test_a_quote_that_never_closes_does_not_fill_the_memory(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(rows, "MAX_ROW_BYTES", 1000)
    path = _write(tmp_path / "a.csv", 'CLAVE,NOMBRE\n1,"' + "x\n" * 6000)
    with pytest.raises(LimitError, match="Una fila del archivo no termina"):
        _rows(path)


def test_quotes_within_a_value_stand_for_themselves(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "CLAVE,NOMBRE\n1,102°17'45.7\" W\n2,O'Higgins\n")
    assert _rows(path)["NOMBRE"].tolist() == ["102°17'45.7\" W", "O'Higgins"]


@pytest.mark.parametrize("name", ["a.parquet", "a.shp", "a.dbf", "a.gpkg"])
def test_noise_under_a_known_name_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"PAR1 this is no such file \x00\xff" * 20)
    with pytest.raises(InputError):
        _rows(path)
    with pytest.raises(InputError):
        column_names(rows.Member(path))


def test_text_is_trimmed_and_blank_is_unknown() -> None:
    found = text_of(pd.Series([" a ", "", "  ", None, "b\x00\tc", "\xa0d"]))
    assert found.isna().tolist() == [False, True, True, True, False, False]
    assert found.dropna().tolist() == ["a", "b c", "d"]


def test_numbers_are_finite_or_unknown() -> None:
    found = numbers_of(pd.Series([" 1.5 ", "", "N/D", "-2", "inf", "1e999", "1,5"]))
    assert found.tolist()[0] == 1.5
    assert found.tolist()[3] == -2
    assert np.isnan(found.to_numpy()[[1, 2, 4, 5, 6]]).all()
    assert np.isnan(numbers_of(pd.Series([np.inf, np.nan]))).all()


def test_optional_columns_a_file_lacks_are_unknown(tmp_path: Path) -> None:
    layout = Layout(kind=LAYOUT.kind, wanted=("CLAVE", "NOMBRE"), optional=("NOMBRE",))
    found = _rows(_write(tmp_path / "a.csv", "CLAVE\n01\n"), layout)
    assert found["CLAVE"].tolist() == ["01"]
    assert found["NOMBRE"].isna().all()
    there = _rows(_write(tmp_path / "b.csv", "CLAVE,NOMBRE\n01,Peñón\n"), layout)
    assert there["NOMBRE"].tolist() == ["Peñón"]
    pd.DataFrame({"CLAVE": ["01"]}).to_parquet(tmp_path / "c.parquet")
    assert _rows(tmp_path / "c.parquet", layout)["NOMBRE"].isna().all()


def test_an_optional_column_somebody_names_must_be_there(tmp_path: Path) -> None:
    layout = Layout(
        kind=LAYOUT.kind, wanted=("CLAVE", "NOMBRE"), optional=("NOMBRE",),
        columns={"NOMBRE": "NOM"},
    )  # fmt: skip
    with pytest.raises(InputError, match="NOM"):
        _rows(_write(tmp_path / "a.csv", "CLAVE\n01\n"), layout)


@pytest.mark.parametrize("written", ["NOMBRES", "NOMRBE", "NOMBR", "nombre_"])
def test_a_misspelt_optional_column_is_asked_about(written: str, tmp_path: Path) -> None:
    layout = Layout(kind=LAYOUT.kind, wanted=("CLAVE", "NOMBRE"), optional=("NOMBRE",))
    path = _write(tmp_path / "a.csv", f"CLAVE,{written}\n01,Peñón\n")
    with pytest.raises(InputError, match="NOMBRE") as caught:
        _rows(path, layout)
    assert caught.value.where.column == written.upper()
    for answer in ({"columns": {"NOMBRE": written}}, {"absent": ("NOMBRE",)}):
        found = _rows(path, replace(layout, **answer))["NOMBRE"]
        assert found.isna().all() == ("absent" in answer)


def test_what_the_publisher_calls_so_is_no_misspelling(tmp_path: Path) -> None:
    layout = Layout(
        kind=LAYOUT.kind, wanted=("CLAVE", "NOMBRE_F"), optional=("NOMBRE_F",),
        known=frozenset({"NOMBRE_M"}),
    )  # fmt: skip
    for header in ("CLAVE,NOMBRE_M", "CLAVE,OTRO_F"):
        found = _rows(_write(tmp_path / "a.csv", f"{header}\n01,x\n"), layout)
        assert found["NOMBRE_F"].isna().all()
