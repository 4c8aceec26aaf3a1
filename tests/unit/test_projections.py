"""Reading CONAPO's municipal projections: what is read, and what is refused by row."""

from pathlib import Path

import pytest

from data.errors import InputError
from data.projections import AGES, read_projections

HEADER = "y,geoid,gender,age,population\n"
ROWS = [f"2030,1001,{gender},{age},10.25" for gender in (0, 1) for age in AGES]


def write(folder: Path, rows: list[str], header: str = HEADER) -> Path:
    path = folder / "proyecciones.csv"
    path.write_text(header + "\n".join(rows) + "\n")
    return path


def test_sexes_are_added_and_codes_keep_their_zeros(tmp_path: Path) -> None:
    table = read_projections([write(tmp_path, ROWS)]).table
    assert table["cvegeo"].unique().tolist() == ["01001"]
    assert table.set_index("age")["population"].to_dict() == dict.fromkeys(AGES, 20.5)


def test_other_places_are_left_out(tmp_path: Path) -> None:
    rows = [*ROWS, *(row.replace("1001", "31050") for row in ROWS)]
    table = read_projections([write(tmp_path, rows)], place=["31"]).table
    assert table["cvegeo"].unique().tolist() == ["31050"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda rows: [*rows[:3], rows[3].replace("10.25", "-1"), *rows[4:]], ("4", "population")),
        (lambda rows: [rows[0].replace("10.25", "muchas"), *rows[1:]], ("1", "muchas")),
        (lambda rows: [rows[0].replace("10.25", "1e300"), *rows[1:]], ("1", "1e300")),
        (lambda rows: [rows[0].replace("0-14", "0-13"), *rows[1:]], ("1", "0-13")),
        (lambda rows: [rows[0].replace("2030", "30"), *rows[1:]], ("1", "30")),
        (lambda rows: [rows[0].replace("1001", "Jesús María"), *rows[1:]], ("1", "geoid")),
        (lambda rows: [*rows, rows[0]], ("11", "01001 2030 0-14")),
        (lambda rows: [row for row in rows if "65+" not in row], ("01001 2030", "65+")),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, change, named) -> None:
    with pytest.raises(InputError) as caught:
        read_projections([write(tmp_path, change(ROWS))])
    for part in named:
        assert part in caught.value.message("es")
        assert part in caught.value.message("en")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, ROWS, HEADER.replace("age", "edad"))
    with pytest.raises(InputError, match="age"):
        read_projections([path])
    table = read_projections([path], columns={"age": "edad"}).table
    assert len(table) == len(AGES)
