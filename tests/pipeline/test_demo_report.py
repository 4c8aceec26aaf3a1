"""The report of the embedded city: its words as committed, its parts complete."""

import re
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from api.store import AtlasVersion
from geo.artifacts import current_version
from geo.map_legend import shown_number
from geo.report import build_report
from geo.units import ENGLISH
from tests.conftest import Run

pytestmark = pytest.mark.xdist_group("pipeline")
WORDS = Path(__file__).parent / "demo_report.txt"


def _words(shelf: AtlasVersion) -> str:
    report = build_report(shelf, "municipio", "99001")
    titles = [section.title for section in report.sections]
    return "\n".join([report.title, *report.sections[0].paragraphs, *titles]) + "\n"


def test_the_words_are_those_committed(demo_atlas: Path) -> None:
    """Where a figure legitimately changes, say so in the changelog and write the file again."""
    assert _words(AtlasVersion(current_version(demo_atlas))) == WORDS.read_text(encoding="utf-8")


def test_every_number_of_the_words_is_a_figure_of_the_place(demo_atlas: Path) -> None:
    shelf = AtlasVersion(current_version(demo_atlas))
    for code in ("99001", "99002", "99003"):
        report = build_report(shelf, "municipio", code)
        known = {"0", "5", "3", "6", "11", "65", "15"}
        for figure in report.figures:
            for value in (figure.cell.value, figure.cell.low, figure.cell.high):
                if isinstance(value, float | int):
                    known.add(shown_number(value, figure.column.kind).removesuffix(" %"))
        said = re.findall(r"\d[\d,]*(?:\.\d+)?", " ".join(report.sections[0].paragraphs))
        assert len(said) > 20
        assert set(said) <= known


def test_every_part_is_a_row_and_the_workbook_holds_every_centre(
    demo_atlas: Path, cuidados: Run, tmp_path: Path
) -> None:
    done = cuidados("report", "99001", "--atlas", demo_atlas, "--out", tmp_path, "--format",
                    "html,pdf,xlsx,map")  # fmt: skip
    assert done.returncode == 0, done.stderr
    version = current_version(demo_atlas)
    page = (tmp_path / "99001.html").read_text(encoding="utf-8")
    agebs = pq.read_table(version / "tables" / "agebs.parquet", columns=["cvegeo"])
    inside = [key for key in agebs["cvegeo"].to_pylist() if key.startswith("99001")]
    annex = page[page.index('<section id="anexo"') :]
    assert all(f'<th scope="row">{key}</th>' in annex for key in inside)
    centres = pq.read_table(version / "tables" / "centros.parquet", columns=["municipality"])
    here = centres["municipality"].to_pylist().count("99001")
    book = openpyxl.load_workbook(tmp_path / "99001.xlsx", read_only=True)
    assert book["Datos Centros"].max_row == here + 1
    assert book["Datos AGEB"].max_row == len(inside) + 1
    assert (tmp_path / "99001.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "99001-mapa.html").stat().st_size > 100_000


def test_an_ageb_is_titled_by_its_town(demo_atlas: Path) -> None:
    shelf = AtlasVersion(current_version(demo_atlas))
    rows = shelf.table(shelf.levels["ageb"].id)
    code = rows.keys[0]
    town = build_report(shelf, "localidad", code[:9]).name
    municipality = build_report(shelf, "municipio", code[:5]).name
    assert build_report(shelf, "ageb", code).title == (
        f"Informe de cuidados: AGEB {code[9:]} de {town}, {municipality}"
    )
    report = build_report(shelf, "ageb", code, language="en")
    assert report.title == f"Care report: AGEB {code[9:]} of {town}, {municipality}"


def test_an_english_report_has_english_units(demo_atlas: Path) -> None:
    report = build_report(AtlasVersion(current_version(demo_atlas)), "municipio", "99001",
                          language="en")  # fmt: skip
    heads = {head.unit for part in report.sections for table in part.tables for head in table.heads}
    assert {"people", "centres", "places", "min"} <= heads
    assert not heads & set(ENGLISH)


def test_a_place_that_is_not_there_is_one_line(
    demo_atlas: Path, cuidados: Run, tmp_path: Path
) -> None:
    done = cuidados("report", "01001", "--atlas", demo_atlas, "--out", tmp_path)
    assert done.returncode == 2
    assert "99001" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
