"""Codebooks: what the published ones hold, and how a user's own are refused."""

import csv
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from data.classification import default_codebooks, load_codebooks
from data.codebook_page import codebooks_page
from data.codebook_rows import Row
from data.errors import CareError, InputError, MissingInputError
from geo.demand import SCHEMES

Edit = Callable[[list[dict[str, str]]], None]


def _own(folder: Path, name: str, edit: Edit) -> Path:
    text = resources.files("data").joinpath("codebooks", name).read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    edit(rows)
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_ages_are_counted_from_birthdays() -> None:
    row = Row("a.csv", 1, {"day": "43d", "year": "4y", "blank": ""})
    assert row.age_days("day") == 43
    assert row.age_days("year") == 1461
    assert row.age_days("year", last=True) == 1460
    assert row.age_days("blank") is None


def test_the_terms_of_the_institutions() -> None:
    schemes = default_codebooks().schemes
    assert (schemes["imss"].age_min_days, schemes["imss"].age_max_days) == (43, 1460)
    assert (schemes["issste"].age_min_days, schemes["issste"].age_max_days) == (60, 2191)
    assert schemes["sep"].age_min_days == 45
    assert schemes["abierto"].open_to_all
    assert not schemes["sep"].open_to_all
    assert not schemes["desconocido"].open_to_all
    assert {name for name, scheme in schemes.items() if scheme.entitlement == "sin"} == {
        "abierto", "cuota",
    }  # fmt: skip


def test_the_entitled_are_counted_by_variables_that_exist() -> None:
    schemes = default_codebooks().schemes.values()
    assert {name for scheme in schemes for name in scheme.census_variables} <= set(SCHEMES)
    assert default_codebooks().schemes["imss"].census_variables == ("insured_imss",)


def test_the_class_gives_the_sector_by_its_last_digit() -> None:
    for scian, care in default_codebooks().classes.items():
        assert care.sector == {"1": "privada", "2": "publica"}[scian[-1]]


def test_own_codebooks_take_the_place_of_the_published_ones(tmp_path: Path) -> None:
    def cheaper(rows: list[dict[str, str]]) -> None:
        rows[0]["places_central"] = "20"

    books = load_codebooks(_own(tmp_path, "staff_places.csv", cheaper))
    assert books.staff_places[("guarderia", "0-5")].central == 20
    assert books.schemes == default_codebooks().schemes
    record = books.as_record()
    assert record["staff_places.csv"]["own"] is True
    assert record["scian.csv"] == default_codebooks().as_record()["scian.csv"]


def _set(row: int, **values: str) -> Edit:
    def edit(rows: list[dict[str, str]]) -> None:
        rows[row].update(values)

    return edit


def _add_rule(**values: str) -> Edit:
    new = {
        "rule_id": "propia", "pattern": "PRUEBA", "except": "", "fields": "", "classes": "624411",
        "scheme": "cuota", "sector": "", "institution": "", "age_min": "", "age_before": "",
        "precedence": "950", "confidence": "0.5", "source": "prueba",
    }  # fmt: skip

    def edit(rows: list[dict[str, str]]) -> None:
        rows.append({**new, **values})

    return edit


def test_a_rule_of_ones_own_is_read(tmp_path: Path) -> None:
    books = load_codebooks(_own(tmp_path, "name_rules.csv", _add_rule()))
    assert books.name_rules[-1].rule_id == "propia"
    assert books.name_rules[-1].fields == ("name", "legal_name")


@pytest.mark.parametrize(
    ("name", "edit", "column", "said"),
    [
        ("scian.csv", _set(0, scian="62441"), "scian", "seis dígitos"),
        ("scian.csv", _set(1, scian="624411"), "scian", "repetida"),
        ("scian.csv", _set(0, age_min="43"), "age_min", "43d"),
        ("scian.csv", _set(0, age_min="9y"), "age_before", "al revés"),
        ("scian.csv", _set(0, category="cuidado"), "category", "directo"),
        ("services.csv", _set(0, classes="624411;999999"), "classes", "999999"),
        ("staff_places.csv", _set(0, places_low="19"), "places_central", "desorden"),
        ("staff_places.csv", _set(0, places_high="inf"), "places_high", "Número"),
        ("staff_places.csv", _set(0, places_high="mucho"), "places_high", "Número"),
        ("schemes.csv", _set(0, entitlement="si"), "entitlement", "con, sin"),
        ("schemes.csv", _set(0, open_to_all="yes"), "census_variables", "abierto"),
        ("name_rules.csv", _add_rule(classes="999999"), "classes", "Clase desconocida"),
        ("name_rules.csv", _add_rule(classes=""), "classes", "ninguna clase"),
        ("name_rules.csv", _add_rule(scheme="seguro"), "scheme", "desconocido"),
        ("name_rules.csv", _add_rule(scheme=""), "rule_id", "no dice nada"),
        ("name_rules.csv", _add_rule(rule_id="inapam"), "rule_id", "repetida"),
        ("name_rules.csv", _add_rule(pattern="guardería"), "pattern", "Ningún nombre"),
        ("name_rules.csv", _add_rule(pattern="I M S S"), "pattern", "Ningún nombre"),
        ("name_rules.csv", _add_rule(pattern="(A+)+"), "pattern", "Ningún nombre"),
        ("name_rules.csv", _add_rule(pattern="A||B"), "pattern", "Ningún nombre"),
        ("name_rules.csv", _add_rule(**{"except": "PRUEBA"}), "except", "exceptúa todo"),
        ("name_rules.csv", _add_rule(pattern="U 123", precedence="1"), "pattern", "decide siempre"),
        ("name_rules.csv", _add_rule(precedence="890"), "precedence", "Misma precedencia"),
        ("name_rules.csv", _add_rule(confidence="1.5"), "confidence", "de 0 a 1"),
        ("name_rules.csv", _add_rule(fields="nombre"), "fields", "legal_name"),
    ],
)
def test_a_fault_is_told_with_its_file_row_and_column(
    name: str, edit: Edit, column: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as raised:
        load_codebooks(_own(tmp_path, name, edit))
    assert raised.value.where.column == column
    assert raised.value.where.row is not None
    assert str(raised.value.where.file).endswith(name)
    assert said in str(raised.value)


def test_folders_and_files_that_are_no_codebooks(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="No existe"):
        load_codebooks(tmp_path / "none")
    with pytest.raises(MissingInputError, match="no tiene"):
        load_codebooks(tmp_path)
    (tmp_path / "scheme.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match="Quiso decir"):
        load_codebooks(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"\xff\xfe", b'"', b"scian\n" * 2_000_000, b"scian\n\x00\n"]
)
def test_files_that_cannot_be_read(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "scian.csv").write_bytes(content)
    with pytest.raises(CareError):
        load_codebooks(tmp_path)


def test_the_page_of_the_codebooks_is_what_the_command_writes() -> None:
    page = Path(__file__).parents[2] / "docs" / "codebooks.md"
    assert page.read_text("utf-8") == codebooks_page(default_codebooks())
