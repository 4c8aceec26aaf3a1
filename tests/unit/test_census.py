"""Census tables: hidden, missing and padded figures, totals, coordinates; and real files."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.census import CensusReading, read_census_areas, read_census_localities
from data.errors import InputError

AREA = "ENTIDAD,NOM_ENT,MUN,NOM_MUN,LOC,NOM_LOC,AGEB,MZA,POBTOT,P_0A2,GRAPROES\n"
LOCALITY = "ENTIDAD,NOM_ENT,MUN,NOM_MUN,LOC,NOM_LOC,LONGITUD,LATITUD,POBTOT\n"
VARIABLES = ("POBTOT", "P_0A2")


def _areas(tmp_path: Path, rows: str, encoding: str = "utf-8", **options: Any) -> CensusReading:
    path = tmp_path / "ageb.csv"
    path.write_bytes((AREA + rows).encode(encoding))
    return read_census_areas([path], VARIABLES, **options)


def _localities(
    tmp_path: Path, rows: str, encoding: str = "utf-8", **options: Any
) -> CensusReading:
    path = tmp_path / "iter.csv"
    path.write_bytes((LOCALITY + rows).encode(encoding))
    return read_census_localities([path], ("POBTOT",), **options)


BLOCKS = (
    "01,Aguascalientes,000,Total,0000,Total,0000,000,1425607,78000,10\n"
    "01,Aguascalientes,001,Aguascalientes,0000,Total,0000,000,948990,50000,10\n"
    "1,Aguascalientes,1,Aguascalientes    ,1,Aguascalientes,0000,000,863893,45000,10\n"
    "01,Aguascalientes,001,Aguascalientes,0001,Aguascalientes,025a,0,120,*,9.5\n"
    "01,Aguascalientes,001,Aguascalientes,0001,Aguascalientes,025A,007, 34 ,N/D,*\n"
    "01,Aguascalientes,001,Aguascalientes,0001,Aguascalientes,025A,008,0,0,0\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_every_level_is_a_row_under_its_code(tmp_path: Path, encoding: str) -> None:
    table = _areas(tmp_path, BLOCKS, encoding).table
    assert table["cvegeo"].tolist() == ["01", "01001", "010010001", "010010001025A",
                                        "010010001025A007", "010010001025A008"]  # fmt: skip
    assert table["level"].tolist() == ["entidad", "municipio", "localidad", "ageb", "manzana",
                                       "manzana"]  # fmt: skip
    assert table["name"].tolist()[:3] == ["Aguascalientes"] * 3


def test_a_locality_is_named_by_its_blocks_where_its_own_row_bears_a_title(tmp_path: Path) -> None:
    title = BLOCKS.replace(",1,Aguascalientes,0000,", ",1,Total de la localidad urbana,0000,")
    alone = (
        "01,Aguascalientes,001,Aguascalientes,0002,Total de la localidad urbana,0000,000,9,1,9\n"
    )
    names = _areas(tmp_path, title + alone).table.set_index("cvegeo")["name"]
    assert names["010010001"] == "Aguascalientes"
    assert names.isna()["010010002"]


def test_hidden_and_missing_are_unknown_and_told_apart(tmp_path: Path) -> None:
    reading = _areas(tmp_path, BLOCKS)
    young = reading.table.set_index("cvegeo")["P_0A2"]
    assert np.isnan(young["010010001025A"])
    assert np.isnan(young["010010001025A007"])
    assert young["010010001025A008"] == 0
    assert reading.confidential["P_0A2"].tolist() == [False, False, False, True, False, False]
    assert reading.table["POBTOT"].tolist()[-2:] == [34, 0]


def test_a_place_keeps_its_state_and_leaves_the_rest(tmp_path: Path) -> None:
    other = "01,Aguascalientes,002,Asientos,0001,Asientos,0010,001,10,1,1\n"
    reading = _areas(tmp_path, BLOCKS + other, place=["01001"])
    assert "01" in reading.table["cvegeo"].tolist()
    assert reading.dropped.reasons["otro_lugar"] == 1
    assert len(reading.confidential) == len(reading.table)


@pytest.mark.parametrize("figure", ["-1", "doce", "inf", "nan", "1e999", "1,5"])
def test_a_figure_that_is_none_says_its_row(tmp_path: Path, figure: str) -> None:
    row = f'01,A,001,A,0001,A,025A,001,10,"{figure}",1\n'
    with pytest.raises(InputError, match=r"fila 7, columna P_0A2"):
        _areas(tmp_path, BLOCKS + row)


def test_rows_given_twice_count_once_and_rows_that_disagree_are_refused(tmp_path: Path) -> None:
    last = BLOCKS.splitlines(keepends=True)[-1]
    reading = _areas(tmp_path, BLOCKS + last)
    assert len(reading.table) == 6
    assert reading.dropped.reasons["fila_repetida"] == 1
    with pytest.raises(InputError, match="Clave repetida"):
        _areas(tmp_path, BLOCKS + last.replace("008,0,", "008,5,"))


def test_an_extract_of_one_level_needs_only_whole_codes(tmp_path: Path) -> None:
    path = tmp_path / "mun.csv"
    path.write_text("clave,nombre,POBTOT\n1001,Aguascalientes,5\n31050.0,Mérida,7\n9,CDMX,3\n")
    columns = {"CVEGEO": "clave", "NOMBRE": "nombre"}
    table = read_census_areas([path], ("POBTOT",), columns=columns).table
    assert table["cvegeo"].tolist() == ["01001", "31050", "09"]
    assert table["level"].tolist() == ["municipio", "municipio", "entidad"]


def test_localities_have_points_and_small_ones_stay_within_the_total(tmp_path: Path) -> None:
    reading = _localities(
        tmp_path,
        "01,A,000,Total,0000,Total,,,100\n"
        "01,A,000,Total,9998,Localidades de una vivienda,,,4\n"
        "01,A,001,A,0000,Total,,,90\n"
        "01,A,001,A,0001,Centro,102°17'45.768\" W,21°52'47.362\" N,80\n"
        "01,A,001,A,0002,El Cerro,102°30'00.000\" W,,3\n"
        "01,A,001,A,9999,Localidades de dos viviendas,,,7\n",
    )
    table = reading.table.set_index("cvegeo")
    assert table.index.tolist() == ["01", "01001", "010010001", "010010002"]
    # 102 + 17/60 + 45.768/3600; 21 + 52/60 + 47.362/3600
    assert table.loc["010010001", "lon"] == pytest.approx(-102.296046667, abs=1e-9)
    assert table.loc["010010001", "lat"] == pytest.approx(21.879822778, abs=1e-9)
    assert table.loc["010010002", "lon"] == -102.5
    assert np.isnan(table.loc["010010002", "lat"])
    assert reading.dropped.reasons == {"localidades_de_una_o_dos_viviendas": 2}


@pytest.mark.parametrize(
    ("written", "lon"),
    [
        ("102°30'00\" W", -102.5), ("102° 30' 0.0'' O", -102.5), ("102º30´00.0´´ w", -102.5),
        ("102°30’00″ W", -102.5), ("-102.5", -102.5), ("102°60'00\" W", None),
        ("102°30'60\" W", None), ("N/D", None), ("102", None), ("102°30'00\"", None),
        ("-1e9", None),
    ],
)  # fmt: skip
def test_degrees_are_read_in_every_form(tmp_path: Path, written: str, lon: float | None) -> None:
    quoted = written.replace('"', '""')
    reading = _localities(tmp_path, f'01,A,001,A,0001,C,"{quoted}",21.88,80\n')
    found = reading.table["lon"].iloc[0]
    assert np.isnan(found) if lon is None else found == lon
    away = reading.dropped.reasons["coordenadas_fuera_de_mexico_ignoradas"]
    assert away == (written in ("102", "102°30'00\"", "-1e9"))


def test_a_header_alone_is_no_places(tmp_path: Path) -> None:
    assert _areas(tmp_path, "").table.empty
    assert _localities(tmp_path, "").table.empty


def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ageb.csv"
    path.write_text(AREA + BLOCKS)
    with pytest.raises(InputError, match="PCON_DISC"):
        read_census_areas([path], ("POBTOT", "PCON_DISC"))


@pytest.mark.real_data
def test_the_real_localities_of_a_state_add_up(real_data: Path) -> None:
    path = real_data / "census" / "iter_01" / "conjunto_de_datos_iter_01CSV20.csv"
    variables = ("POBTOT", "POBFEM", "POBMAS", "P_0A2", "PCON_DISC")
    reading = read_census_localities([path], variables)
    table = reading.table.set_index("cvegeo")
    assert len(table) == 2034
    assert table["level"].value_counts().to_dict() == {"localidad": 2022, "municipio": 11,
                                                       "entidad": 1}  # fmt: skip
    assert table.loc["01", "POBTOT"] == 1_425_607
    own = table[table["level"] == "municipio"]
    assert own["POBTOT"].sum() == 1_425_607
    # Two rows a level (state and each municipality) add up small localities.
    assert reading.dropped.reasons["localidades_de_una_o_dos_viviendas"] == 24
    with path.open(encoding="utf-8-sig", newline="") as stream:
        stars = sum(row["P_0A2"] == "*" for row in csv.DictReader(stream))
    assert reading.confidential["P_0A2"].sum() == stars
    assert table.loc[reading.confidential["P_0A2"].to_numpy(), "P_0A2"].isna().all()
    places = table[table["level"] == "localidad"]
    assert places["lon"].between(-102.9, -101.8).all()
    assert places["lat"].between(21.6, 22.5).all()
    # Women and men make up everybody wherever both are told.
    told = places.dropna(subset=["POBFEM", "POBMAS"])
    assert (told["POBFEM"] + told["POBMAS"] == told["POBTOT"]).all()


@pytest.mark.real_data
def test_the_real_agebs_of_merida_are_read_from_their_shapefile(real_data: Path) -> None:
    path = real_data / "census" / "merida_ageb" / "merida_ageb_census_data.shp"
    reading = read_census_areas([path], ("POBTOT", "P_0A2"), columns={"CVEGEO": "CVEGEO"})
    assert len(reading.table) == 523
    assert reading.table["level"].eq("ageb").all()
    empty = reading.table[(reading.table["P_0A2"] == 0) & (reading.table["POBTOT"] > 0)]
    assert len(empty) == 25


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name", ["dictionary_ageb_urbana.csv", "iter_01/diccionario_datos_iter_01CSV20.csv"]
)
def test_real_dictionaries_are_not_taken_for_tables(real_data: Path, name: str) -> None:
    with pytest.raises(InputError, match="No parece una tabla censal"):
        read_census_areas([real_data / "census" / name], ("POBTOT",))


def test_a_misspelt_variable_is_not_taken_for_unknown(tmp_path: Path) -> None:
    path = tmp_path / "ageb.csv"
    path.write_text(AREA.replace("GRAPROES", "GRAPROE") + BLOCKS)
    with pytest.raises(InputError, match="GRAPROES"):
        read_census_areas([path], ("POBTOT", "GRAPROES"), optional=("GRAPROES",))
    # INEGI has a P_0A2_F: the file is not about them, and that is all.
    path.write_text(AREA + BLOCKS)
    table = read_census_areas([path], ("P_0A2_F",), optional=("P_0A2_F",)).table
    assert table["P_0A2_F"].isna().all()
