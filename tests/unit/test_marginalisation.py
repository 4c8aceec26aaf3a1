"""CONAPO's marginalisation index as it is published, with its dirt."""

from pathlib import Path

import pytest

from data.errors import InputError
from data.marginacion import read_marginalisation

HEADER = "CVE_AGEB,NOM_MUN,POB_TOTAL,IM_2020,GM_2020,IMN_2020\n"


def _file(folder: Path, *rows: str) -> Path:
    path = folder / "imu.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_codes_get_their_leading_zero_back_and_others_are_counted(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "0100100010106,Aguascalientes,10,125.7,Muy bajo,0.98",
        "100100010017,Aguascalientes,20,119.3,Medio,0.93",
        "0100100010017,Aguascalientes,20,119.3,Medio,0.5",
        "x,Aguascalientes,1,1,Alto,0.1",
        "0200100010017,Ensenada,20,119.3,,",
        "010010001006A,Aguascalientes,20,119.3,,",
    )
    reading = read_marginalisation([path], place=("01001",))
    assert reading.table["cvegeo"].tolist() == ["0100100010017", "010010001006A", "0100100010106"]
    assert reading.table["marginalisation_index"].isna().tolist() == [False, True, False]
    assert reading.table["marginalisation_index"][0] == pytest.approx(0.93)
    counts = {reason: found["rows"] for reason, found in reading.dropped.as_record().items()}
    assert counts == {"sin_clave": 1, "otro_lugar": 1, "clave_repetida": 1}


def test_an_index_outside_its_range_is_refused(tmp_path: Path) -> None:
    path = _file(tmp_path, "0100100010106,Aguascalientes,10,125.7,Muy bajo,125.7")
    with pytest.raises(InputError, match="marginalisation_index"):
        read_marginalisation([path])


def test_a_file_without_the_index_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "imu.csv"
    path.write_text("CVE_AGEB,GM_2020\n0100100010106,Bajo\n", encoding="utf-8")
    with pytest.raises(InputError, match="IMN_2020"):
        read_marginalisation([path])
