"""``cuidados diff`` as a person runs it."""

import csv
import zipfile
from pathlib import Path

import pytest

HEADER = (
    "id,nom_estab,codigo_act,per_ocu,cod_postal,cve_ent,cve_mun,latitud,longitud,nom_vial,"
    "numero_ext,clee,raz_social"
)
SUN = "1,GUARDERIA SOL,624411,0 a 5 personas,20000,1,1,21.88,-102.29,A,1,C1,"
MOON = "2,=ASILO LUNA,623311,0 a 5 personas,20000,1,1,21.89,-102.28,B,2,C2,"
SHOP = "3,TIENDA,461110,0 a 5 personas,20000,1,1,21.87,-102.27,C,3,C3,"


@pytest.fixture
def editions(tmp_path: Path) -> tuple[Path, Path]:
    """Return two editions: a plain file and a zip; a home opened and a nursery moved."""
    old, new = tmp_path / "denue_2021.csv", tmp_path / "denue_2024.zip"
    old.write_bytes(f"{HEADER}\n{SUN}\n".encode("latin-1"))
    moved = SUN.replace("21.88", "21.90")
    with zipfile.ZipFile(new, "w") as archive:
        text = f"{HEADER}\r\n{moved}\r\n{MOON}\r\n{SHOP}\r\n"
        archive.writestr("conjunto_de_datos/denue_inegi_01_.csv", text)
        archive.writestr("diccionario_de_datos/diccionario.csv", "a,b\n")
    return old, new


def test_it_says_what_changed_and_writes_it(
    editions: tuple[Path, Path], cuidados, tmp_path: Path
) -> None:
    out = tmp_path / "cambios.csv"
    result = cuidados("diff", *editions, "--out", out)
    assert result.returncode == 0, result.stderr
    for line in ("Edición anterior: 1", "Edición nueva: 2", "Abiertos: 1", "Cerrados: 0",
                 "Movidos: 1", f"2 cambios en {out}"):  # fmt: skip
        assert line in result.stdout.splitlines()
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["change"] for row in rows] == ["abierto", "movido"]
    # A name that a spreadsheet would run as a formula is text; a longitude is a number.
    assert rows[0]["name_new"] == "'=ASILO LUNA"
    assert float(rows[1]["lon_new"]) == -102.29
    # A fiftieth of a degree, 2,215 m on the ground; INEGI's projection shortens it a little.
    assert float(rows[1]["distance_m"]) == pytest.approx(2203, abs=2)
    whole = cuidados("diff", *editions, "--all")
    assert "Abiertos: 2" in whole.stdout


@pytest.mark.parametrize(
    ("b", "options", "said"),
    [
        ("nothing.csv", (), "No existe el archivo"),
        ("demo", (), "no se pueden comparar"),
        ("denue_2024.zip", ("--place", "Meridaa"), "31050 Mérida"),
        ("denue_2024.zip", ("--place", "31050"), "ningún establecimiento de 31050"),
        ("denue_2024.zip", ("--out", "no/such/folder.csv"), "No se pudo escribir"),
    ],
)
def test_what_cannot_be_compared_is_one_clear_error(
    b: str, options: tuple[str, ...], said: str, editions: tuple[Path, Path], cuidados,
    demo_atlas: Path, tmp_path: Path,
) -> None:  # fmt: skip
    other = demo_atlas if b == "demo" else tmp_path / b
    result = cuidados("diff", editions[0], other, *options, cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_two_atlases_are_compared(demo_atlas: Path, cuidados) -> None:
    result = cuidados("diff", demo_atlas, demo_atlas)
    assert result.returncode == 0, result.stderr
    assert "Abiertos: 0" in result.stdout
    assert "Cerrados: 0" in result.stdout
