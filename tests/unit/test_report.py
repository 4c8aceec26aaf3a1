"""A report's words, drawings and files, on values one can check by hand."""

import io
from dataclasses import replace

import numpy as np
import openpyxl
import pytest
from defusedxml.ElementTree import fromstring

from api.store import AtlasVersion
from data.errors import NotComputedError, UnknownPlaceError
from geo.report import WRITERS, Report, Section, build_report
from geo.report.document import picture_as_png
from geo.report.drawing import Bar, Frame, bars, scale_bar
from geo.report.model import Cell, Head, Picture, Table, shown
from geo.report.place import find_place, level_of
from geo.report.summary import service_words
from tests.api.synthetic_atlas import build_synthetic_atlas

# Each would do something if any renderer took it for markup.
HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=y>', '#panic("read as markup")', "#{",
    "$ x", "*a _b `c", "@ref <label>", '\\"]', "]]> & %s {}", "=1+1", "+cmd|' /C calc'!A0",
    "@SUM(A1)", "-2", "\tx", "nombre\x00\x07raro", "Guardería 🧸 保育",
)  # fmt: skip


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> AtlasVersion:
    return AtlasVersion(build_synthetic_atlas(tmp_path_factory.mktemp("atlas")))


@pytest.fixture(scope="module")
def report(shelf: AtlasVersion) -> Report:
    return build_report(shelf, "municipio", "01001", base="https://mapa.mx")


def _hostile(report: Report) -> Report:
    rows = tuple((Cell(text), Cell(text)) for text in HOSTILE)
    heads = (Head(name="a", title=HOSTILE[0]), Head(name="b", title=HOSTILE[2], unit=HOSTILE[3]))
    drawn, height = bars([(text, [Bar(1.0, text, "#000000")]) for text in HOSTILE],
                         width=640, legend=[("#000000", HOSTILE[0])])  # fmt: skip
    everything = " ".join(HOSTILE)
    section = Section(
        id="hostil",
        title=everything,
        paragraphs=HOSTILE,
        bullets=HOSTILE,
        tables=(Table(id="t", title=everything, heads=heads, rows=rows, note=everything),),
        pictures=(Picture(id="p", title=everything, alternative=everything, svg=drawn, width=640,
                          height=height),),
    )  # fmt: skip
    return replace(report, title=everything, subtitle=everything, sections=(section,))


def test_hostile_names_stay_text_in_the_page(report: Report) -> None:
    page = WRITERS["html"](_hostile(report)).decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for tag in ("<script", "<img"):
        assert tag not in page


def test_hostile_names_stay_text_in_the_document(report: Report) -> None:
    # typst stops at #panic, an unknown reference or an open bracket, were it to read them.
    assert WRITERS["pdf"](_hostile(report)).startswith(b"%PDF-")


def test_hostile_names_are_no_formulas_in_the_workbook(report: Report) -> None:
    book = openpyxl.load_workbook(io.BytesIO(WRITERS["xlsx"](_hostile(report))))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n"}
    texts = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {"=1+1", "@SUM(A1)", "-2"} <= texts


def test_pictures_are_well_formed_alone(report: Report) -> None:
    drawn = [picture for section in (*report.sections, *_hostile(report).sections)
             for picture in section.pictures]  # fmt: skip
    assert len(drawn) > 2
    for picture in drawn:
        root = fromstring(picture.svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert not [item for item in root.iter() for name in item.attrib if "href" in name]


@pytest.mark.parametrize("form", WRITERS)
def test_equal_reports_are_equal_bytes(shelf: AtlasVersion, form: str) -> None:
    first, second = (build_report(shelf, "municipio", "01002") for _ in range(2))
    assert WRITERS[form](first) == WRITERS[form](second)


def test_the_pdf_is_tagged_and_says_its_language(report: Report) -> None:
    made = WRITERS["pdf"](report)
    assert b"/MarkInfo" in made or b"pdfuaid" in made
    assert b"pdfuaid:part" in made


def test_without_an_address_the_link_is_relative_and_has_no_code(shelf: AtlasVersion) -> None:
    near = build_report(shelf, "municipio", "01001")
    far = build_report(shelf, "municipio", "01001", base="https://mapa.mx", language="en")
    assert near.link.startswith("/#map=")
    assert near.link.endswith("sel=municipios/01001")
    assert near.code_picture is None
    assert far.link.startswith("https://mapa.mx/#map=")
    assert far.link.endswith("&lang=en")
    assert far.code_picture is not None


def test_places_there_are_not_are_refused(shelf: AtlasVersion) -> None:
    with pytest.raises(UnknownPlaceError, match="01001"):
        find_place(shelf, "municipio", "01009", "es")
    with pytest.raises(NotComputedError, match="manzana"):
        find_place(shelf, "manzana", "0100100010001001", "es")
    with pytest.raises(UnknownPlaceError, match="clave"):
        level_of("0100")
    assert [level_of(code) for code in ("01", "01001", "010010001", "0100100010001")] == [
        "entidad", "municipio", "localidad", "ageb",
    ]  # fmt: skip


def test_the_words_tell_zero_from_unknown(shelf: AtlasVersion) -> None:
    place = find_place(shelf, "ageb", "0100100010001", "es")
    assert place.cell("demand_guarderia").value == 0
    words = service_words(place, "guarderia", "Guardería")
    assert "No vive aquí nadie" in words
    assert "sin dato" not in words
    none = service_words(place, "no_medido", "Otro")
    assert "No hay dato de la demanda potencial" in none
    assert "No hay dato de los centros" in none


def test_values_are_shown_with_range_or_reason() -> None:
    assert shown(Cell(1234.0, 1200.0, 1300.0), "count", "es") == "1,234 (1,200 a 1,300)"
    assert shown(Cell(1234.0, 1234.0, 1234.0), "count", "es") == "1,234"
    assert shown(Cell(0.0), "count", "es") == "0"
    assert shown(Cell(None), "count", "es") == "sin dato"
    assert shown(Cell(None), "count", "en") == "no data"
    assert shown(Cell(None, reason="fuera_de_alcance"), "time", "es") == "fuera de alcance"
    assert shown(Cell(0.862), "share", "es") == "86.2 %"
    assert shown(Cell("desconocido"), "state", "es") == "sin dato"
    assert shown(Cell("si"), "state", "es") == "Sí"


def test_a_frame_keeps_scale_and_middle() -> None:
    # 0.1° by 0.1° at the equator, 100 units for them: 1000 units a degree, 8.98 a kilometre.
    frame = Frame.around((0.0, -0.05, 0.1, 0.05), 120, 120, 10)
    assert frame.units_per_km == pytest.approx(1000 / 111.32)
    (left, top), (right, bottom) = frame.place(np.array([[0.0, 0.05], [0.1, -0.05]])).tolist()
    assert (left, top, right, bottom) == pytest.approx((10, 10, 110, 110))
    assert "10 km" in scale_bar(frame, 0, 0, 100)
    assert "500 m" in scale_bar(frame, 0, 0, 5)


def test_bars_are_as_long_as_their_values() -> None:
    drawn, _ = bars(
        [("a", [Bar(2.0, "2", "#111111"), Bar(1.0, "1", "#222222", 0.5, 1.5),
                Bar(None, "sin dato", "#333333")])],
        width=565, legend=[],
    )  # fmt: skip
    root = fromstring(drawn)
    boxes = {box.get("fill"): float(box.get("width"))
             for box in root.iter("{http://www.w3.org/2000/svg}rect")}  # fmt: skip
    assert boxes["#111111"] == pytest.approx(200)
    assert boxes["#222222"] == pytest.approx(100)
    assert "#333333" not in boxes
    assert "sin dato" in drawn


def test_the_workbook_says_the_ends_of_estimates_apart(report: Report) -> None:
    table = Table(
        id="t", title="Rangos / [todos]: ¿cuáles?",
        heads=(Head(name="a", title="Lugar"), Head(name="b", title="Gente", kind="count")),
        rows=((Cell("01"), Cell(5.0, 3.0, 9.0)), (Cell("02"), Cell(None)), (Cell("03"), Cell(0.0))),
    )  # fmt: skip
    sections = (Section(id="s", title="S", tables=(table, table)),)
    book = openpyxl.load_workbook(
        io.BytesIO(WRITERS["xlsx"](replace(report, sections=sections, sheets=())))
    )
    assert "Rangos todos ¿cuáles" in book.sheetnames
    sheet = book["Rangos todos ¿cuáles"]
    rows = [[cell for cell in row if cell is not None]
            for row in sheet.iter_rows(min_row=3, values_only=True)]  # fmt: skip
    assert rows == [["01", 5, 3, 9], ["02", "sin dato"], ["03", 0]]
    assert sheet.freeze_panes == "B3"


def test_pngs_are_pngs(report: Report) -> None:
    picture = report.sections[1].pictures or report.sections[2].pictures
    made = picture_as_png(picture[0], scale=1.0)
    assert made.startswith(b"\x89PNG")
    assert int.from_bytes(made[16:20], "big") == picture[0].width
