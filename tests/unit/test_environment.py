"""Urban-environment tables: wide and long, plain and zipped, every format; and a real one."""

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from data.environment import ITEMS, read_environment
from data.errors import InputError

BLOCKS = ("010010001025A001", "010010001025A002")
WIDE = pd.DataFrame(
    {
        "CVEGEO": BLOCKS,
        "POBTOT": ["10", "*"],
        **{f"{item}_{kind}": ["1", "3"] if kind == "C" else ["Todas", "Ninguna"]
           for item in ITEMS for kind in "CD"},
        "FECHA": ["2020", "2020"],
    }
)  # fmt: skip


def _long(rows: str) -> str:
    return '"cveloc","cvegeo","caract","valor","num","clasf_prop"\n' + rows


def _write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def _zipped(path: Path, member: str) -> Path:
    target = path.with_name(f"{path.stem}_zipped.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for part in path.parent.glob(f"{path.stem}.*"):
            archive.write(part, str(Path(member).with_name(f"tabla{part.suffix}")))
        archive.writestr("eu_01/diccionario_datos/diccionario.csv", "a,b\n")
        archive.writestr("eu_01/metadatos/metadatos.txt", "a\n")
    return target


def test_the_wide_table_is_read_in_every_format_plain_and_zipped(tmp_path: Path) -> None:
    csv = _write(tmp_path / "plain.csv", WIDE.to_csv(index=False), "latin-1")
    layer = gpd.GeoDataFrame(WIDE, geometry=[box(0, 0, 1, 1)] * 2, crs=4326)
    layer.to_file(tmp_path / "layer.shp", encoding="ISO-8859-1")
    WIDE.to_parquet(tmp_path / "table.parquet")
    inner = "eu_01_cpv2020/conjunto_de_datos/tabla.csv"
    paths = [csv, tmp_path / "layer.shp", tmp_path / "layer.dbf", tmp_path / "table.parquet",
             _zipped(csv, inner), _zipped(tmp_path / "layer.shp", inner)]  # fmt: skip
    for path in paths:
        table = read_environment([path]).table
        assert table["cvegeo"].tolist() == list(BLOCKS), path
        assert (table[list(ITEMS)].to_numpy() == [[1.0] * len(ITEMS), [3.0] * len(ITEMS)]).all()


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".dbf"])
def test_items_the_table_does_not_hold_are_unknown(tmp_path: Path, suffix: str) -> None:
    table = WIDE.drop(columns=["BANQUETA_C", "BANQUETA_D"])
    path = tmp_path / f"eu{suffix}"
    if suffix == ".csv":
        table.to_csv(path, index=False)
    elif suffix == ".parquet":
        table.to_parquet(path)
    else:
        gpd.GeoDataFrame(table, geometry=[box(0, 0, 1, 1)] * 2, crs=4326).to_file(
            path.with_suffix(".shp")
        )
    found = read_environment([path]).table
    assert found["BANQUETA"].isna().all()
    assert found["RECUCALL"].tolist() == [1.0, 3.0]


@pytest.mark.parametrize("inside", [False, True])
def test_the_long_table_is_read_with_newlines_within_its_labels(
    tmp_path: Path, inside: bool
) -> None:
    rows = "".join(
        f'010010001,"{block}","{item}",{code},1,"Todas las\nvialidades"\n'
        for block, item, code in (
            (BLOCKS[0], "recucall_c", 1), (BLOCKS[0], "PARADATRANS_C", 2),
            (BLOCKS[0], "SEMAFOROPEAT_C", 8), (BLOCKS[1], "BANQUETA_C", 9),
        )
    )  # fmt: skip
    path = _write(tmp_path / "long.csv", _long(rows))
    table = read_environment([_zipped(path, "eu/tabla.csv") if inside else path]).table
    assert table["cvegeo"].tolist() == list(BLOCKS)
    first, second = table.iloc[0], table.iloc[1]
    assert (first["RECUCALL"], first["PARATRAN"], first["SEMAPEAT"]) == (1, 2, 8)
    assert np.isnan(first["BANQUETA"])
    assert second["BANQUETA"] == 9


def test_what_is_given_twice_counts_once(tmp_path: Path) -> None:
    wide = _write(tmp_path / "a.csv", pd.concat([WIDE, WIDE[:1]]).to_csv(index=False))
    reading = read_environment([wide])
    assert len(reading.table) == 2
    assert reading.dropped.reasons == {"manzana_repetida": 1}
    row = f'1,"{BLOCKS[0]}","RAMPAS_C",1,1,"x"\n'
    reading = read_environment(
        [_write(tmp_path / "b.csv", _long(row + row.replace(",1,1,", ",3,1,")))]
    )
    assert reading.table["RAMPAS"].tolist() == [1.0]
    assert reading.dropped.reasons == {"dato_repetido": 1}


def test_rows_of_no_block_and_of_other_places_are_left_out_and_counted(tmp_path: Path) -> None:
    table = pd.concat(
        [
            WIDE,
            WIDE[:1].assign(CVEGEO="310500001001A001"),
            WIDE[:1].assign(CVEGEO=""),
            WIDE[:1].assign(CVEGEO="010010001025A"),
        ]
    )
    path = _write(tmp_path / "a.csv", table.to_csv(index=False))
    reading = read_environment([path], place=["01001"])
    assert reading.table["cvegeo"].tolist() == list(BLOCKS)
    assert reading.dropped.reasons == {"otro_lugar": 2, "sin_clave_de_manzana": 1}


def test_blocks_of_the_first_states_get_their_zero_back(tmp_path: Path) -> None:
    table = WIDE.assign(CVEGEO=[code[1:] for code in BLOCKS])
    path = _write(tmp_path / "a.csv", table.to_csv(index=False))
    assert read_environment([path]).table["cvegeo"].tolist() == list(BLOCKS)


def test_an_empty_cell_is_unknown(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", WIDE.assign(RAMPAS_C=["", "2.0"]).to_csv(index=False))
    found = read_environment([path]).table["RAMPAS"]
    assert np.isnan(found[0])
    assert found[1] == 2


@pytest.mark.parametrize("text", [WIDE[:0].to_csv(index=False), _long("")])
def test_a_header_alone_is_no_blocks(tmp_path: Path, text: str) -> None:
    assert read_environment([_write(tmp_path / "a.csv", text)]).table.empty


@pytest.mark.parametrize("code", ["4", "0", "Todas las vialidades", "-1", "1.5"])
def test_codes_of_other_years_are_refused_with_their_row(tmp_path: Path, code: str) -> None:
    path = _write(tmp_path / "a.csv", WIDE.assign(RAMPAS_C=["1", code]).to_csv(index=False))
    with pytest.raises(InputError, match=r"fila 2, columna RAMPAS_C.*tabla de 2020"):
        read_environment([path])


def test_an_unknown_item_is_refused_with_its_row(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", _long(f'1,"{BLOCKS[0]}","METRO_C",1,1,"x"\n'))
    with pytest.raises(InputError, match=r"fila 1, columna caract, valor 'METRO_C'"):
        read_environment([path])


def test_another_table_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "ENTIDAD,POBTOT\n01,3\n")
    with pytest.raises(InputError, match="No parece una tabla de Características"):
        read_environment([path])


@pytest.mark.real_data
def test_real_blocks_in_long_form_are_read_whole(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "environment" / "aconchi_muestra_6_manzanas_transcrita.csv"
    reading = read_environment([path])
    assert not reading.dropped.reasons
    table = reading.table.set_index("cvegeo")
    assert len(table) == 6
    # 126 rows: 21 items of each of six blocks.
    assert table[list(ITEMS)].notna().to_numpy().sum() == 126
    assert table.loc["2600100010055001", ["RECUCALL", "ACESOPER"]].tolist() == [1, 3]
    with zipfile.ZipFile(tmp_path / "eu_26_cpv2020_csv.zip", "w") as archive:
        archive.write(path, "eu_26/conjunto_de_datos/eu_26.csv")
    assert read_environment([tmp_path / "eu_26_cpv2020_csv.zip"]).table.equals(reading.table)
