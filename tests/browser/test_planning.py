"""Planning on the page: the next centre, dragging and its keyboard way, before and after, files."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, Response, expect

from api.app import create_app
from api.settings import Settings
from tests.api.running import running
from tests.browser.test_page import NARROW, idle, opened

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("pipeline")]
PLANNING = "map=14/21.71234/-101.60000&modo=planear"


@pytest.fixture(scope="module")
def city(demo_atlas: Path) -> Iterator[str]:
    """Address of the page over the embedded city."""
    with running(create_app(Settings(atlas=demo_atlas))) as address:
        yield address


def _figure(page: Page, row: str) -> tuple[float, float]:
    """Return what a row of the result says before and after."""
    line = page.locator("#planning-result tr", has_text=row).first
    expect(line).to_be_visible(timeout=60_000)
    before, after = (re.sub(r"[^\d.]", "", text) for text in line.locator("td").all_inner_texts())
    return float(before), float(after)


def test_the_next_centre_brings_people_near_and_the_one_after_more(
    chromium: Browser, city: str
) -> None:
    with opened(chromium, f"{city}/#{PLANNING}") as (page, asked):
        page.get_by_role("button", name="¿Dónde debería ir").click()
        expect(page.locator("#planning-said")).to_contain_text("personas más", timeout=60_000)
        before, after = _figure(page, "Personas a 15 min")
        assert after > before
        # The AGEB that change are coloured from tiles of their own: blocks are drawn beneath.
        idle(page)
        assert any("/tiles/agebs/" in address for address in asked)
        page.get_by_role("button", name="¿Dónde debería ir").click()
        expect(page.locator("#changes li")).to_have_count(2, timeout=60_000)
        expect(page.locator("#planning-result")).not_to_have_attribute("aria-busy", "true")
        page.wait_for_function(
            "after => Number(document.querySelector('#planning-result td:last-child')"
            ".textContent.replace(/,/g, '')) > after", arg=after, timeout=60_000,
        )  # fmt: skip


def _is_at(answer: Response, lon: float) -> bool:
    """Say whether an answer is to a scenario whose first change stands at a longitude."""
    sent = answer.request.post_data_json if answer.url.endswith("/escenarios") else None
    at = sent["features"][0]["geometry"]["coordinates"][0] if sent else None
    return at is not None and abs(at - lon) < 1e-4


def test_a_centre_is_dragged_or_moved_by_keyboard(chromium: Browser, city: str) -> None:
    with opened(chromium, f"{city}/#{PLANNING}") as (page, _):
        page.get_by_role("button", name="Agregar un centro").press("Enter")
        first = _figure(page, "Personas a 15 min")
        idle(page)
        box = page.locator("#map canvas").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        with page.expect_response("**/escenarios") as answered:
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x + 120, y + 60, steps=4)
            page.mouse.up()
        sent = answered.value.request.post_data_json
        assert sent is not None
        lon, lat = sent["features"][0]["geometry"]["coordinates"]
        assert lon > -101.6
        assert lat < 21.71234
        # An answer to the dragging may still come first.
        with page.expect_response(lambda answer: _is_at(answer, -101.6)):
            page.get_by_role("button", name="Mover al medio del mapa").press("Enter")
        assert _figure(page, "Personas a 15 min")[0] == first[0]


def test_a_scenario_is_saved_and_loaded(chromium: Browser, city: str, tmp_path: Path) -> None:
    with opened(chromium, f"{city}/#{PLANNING}") as (page, _):
        page.get_by_role("button", name="Agregar un centro").click()
        expect(page.locator("#changes li")).to_have_count(1)
        with page.expect_download() as saved:
            page.get_by_role("button", name="Descargar escenario").click()
        file = tmp_path / "mio.geojson"
        saved.value.save_as(file)
        assert json.loads(file.read_text())["features"][0]["properties"]["change"] == "abrir"
        page.get_by_role("button", name="Vaciar").click()
        expect(page.locator("#changes li")).to_have_count(0)
        # The button speaks the page's language, not the browser's.
        expect(page.locator("#plan-file")).to_be_hidden()
        with page.expect_file_chooser() as chosen:
            page.get_by_role("button", name="Cargar escenario", exact=True).click()
        chosen.value.set_files(file)
        expect(page.locator("#changes li")).to_have_count(1)
        wrong = tmp_path / "otro.json"
        wrong.write_text("[1]")
        page.locator("#plan-file").set_input_files(wrong)
        expect(page.locator("#planning-said")).to_contain_text("no es un escenario")


def test_a_centre_there_is_can_be_closed(chromium: Browser, city: str, demo_atlas: Path) -> None:
    version = (demo_atlas / "CURRENT").read_text().strip()
    table = pd.read_parquet(demo_atlas / version / "tables" / "centros_a_pie.parquet")
    nursery = table[table["offers_guarderia"]].iloc[5]
    at = f"map=17/{nursery['lat']:.5f}/{nursery['lon']:.5f}&modo=planear"
    with opened(chromium, f"{city}/#{at}") as (page, _):
        page.locator("#map canvas").press("Enter")
        page.get_by_role("button", name="Cerrar", exact=True).first.click()
        expect(page.locator("#changes li")).to_contain_text("cierra")
        before, after = _figure(page, "Lugares por persona")
        assert after <= before


def test_two_maps_show_before_and_after_and_move_together(
    chromium: Browser, city: str, tmp_path: Path
) -> None:
    with opened(chromium, f"{city}/#{PLANNING}") as (page, _):
        page.get_by_label("Ver antes y después en dos mapas").check()
        expect(page.locator(".map-title")).to_have_text(["Hoy", "Con el escenario"])
        assert "mapas=e2sfca" in page.url
        legend = page.locator("#planning-result .classes .count")
        before = legend.all_inner_texts()
        page.get_by_role("button", name="¿Dónde debería ir").click()
        _figure(page, "Personas a 15 min")
        # Some AGEB is of another class with the scenario; none is lost from the legend.
        page.wait_for_function(
            "before => [...document.querySelectorAll('#planning-result .classes .count')]"
            ".map(count => count.textContent).join() !== before.join()", arg=before,
            timeout=20_000,
        )  # fmt: skip
        after = legend.all_inner_texts()
        assert sum(map(int, after)) == sum(map(int, before))
        boxes = [page.locator(f"{map_} canvas").bounding_box() for map_ in ("#map", "#map-2")]
        assert boxes[0] is not None
        assert boxes[1] is not None
        assert boxes[0]["width"] == pytest.approx(boxes[1]["width"], abs=4)
        assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"] + 1
        # What moves one map moves the other: the address, which is the first's, follows.
        was = page.url
        x, y = boxes[1]["x"] + 200, boxes[1]["y"] + 400
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - 60, y - 40, steps=4)
        page.mouse.up()
        page.wait_for_function("was => location.href !== was", arg=was, timeout=10_000)
        page.get_by_label("Indicador de los mapas").select_option("nearest_min_guarderia")
        assert "mapas=nearest_min" in page.url
        with page.expect_download() as saved:
            page.get_by_role("button", name="Descargar resultados").click()
        saved.value.save_as(tmp_path / "cambios.csv")
        rows = pd.read_csv(tmp_path / "cambios.csv", dtype={"clave": str})
        assert {"ageb", "municipio"} == set(rows["nivel"])
        assert (rows["columna"] == "e2sfca_guarderia").any()
        page.get_by_label("Ver antes y después en dos mapas").uncheck()
        expect(page.locator("#map-2")).to_have_count(0)
        assert "mapas" not in page.url


def test_priorities_say_how_far_they_hang_on_the_weights(chromium: Browser, city: str) -> None:
    with opened(chromium, f"{city}/#{PLANNING}") as (page, _):
        page.get_by_text("¿Qué AGEB van primero?").click()
        rows = page.locator("#priority tbody tr")
        expect(rows).to_have_count(10, timeout=20_000)
        before = rows.all_inner_texts()
        assert any(" a " in row for row in before)
        with page.expect_response("**/prioridad?**") as answered:
            page.locator("#priority-necesidad").press("Home")
        assert "necesidad%3A0" in answered.value.request.url
        page.wait_for_function(
            "before => [...document.querySelectorAll('#priority tbody tr')]"
            ".map(row => row.innerText).join() !== before.join()", arg=before, timeout=20_000,
        )  # fmt: skip
        page.get_by_label("Criterios").select_option("bogota")
        expect(page.locator("#priority")).to_contain_text("Manzanas del Cuidado", timeout=20_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium: Browser, city: str, axe: str, scheme: str) -> None:
    for size in (None, NARROW):
        options = {} if size is None else {"size": size}
        with opened(chromium, f"{city}/#{PLANNING}", scheme=scheme, **options) as (page, _):  # type: ignore[arg-type]
            page.get_by_role("button", name="Agregar un centro").click()
            _figure(page, "Personas a 15 min")
            page.get_by_label("Ver antes y después en dos mapas").check()
            page.get_by_text("¿Qué AGEB van primero?").click()
            expect(page.locator("#priority tbody tr")).to_have_count(10, timeout=20_000)
            page.evaluate(axe)
            found = page.evaluate("axe.run().then(result => result.violations)")
            assert [(item["id"], [n["html"] for n in item["nodes"]]) for item in found] == []
