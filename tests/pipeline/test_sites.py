"""The next centres of the embedded city: what is asked, found again, and refused."""

from dataclasses import asdict, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.app import create_app
from api.settings import Settings
from data.errors import CareError, ParameterError, UnknownPlaceError
from geo import artifacts
from geo.scenarios import Planning, evaluate, open_planning, read_scenario
from geo.scenarios.sites import choose_sites
from geo.scenarios.siting_request import read_request
from tests.api.running import client_of

pytestmark = pytest.mark.xdist_group("pipeline")


@pytest.fixture(scope="module")
def planning(demo_atlas: Path) -> Planning:
    version = artifacts.current_version(demo_atlas)
    return open_planning(version, artifacts.read_manifest(version))


def _ask(**more: object) -> Any:
    return read_request({"service": "guarderia", **more})


def test_the_people_sites_gain_are_those_a_scenario_finds(planning: Planning) -> None:
    found = choose_sites(planning, _ask(sites=3, minutes=15))
    assert len(found.sites) == 3
    gains = [site.gain for site in found.sites]
    assert gains == sorted(gains, reverse=True)
    assert sum(gains) == pytest.approx(found.objective)
    assert found.objective <= found.bound
    outcome = evaluate(planning, read_scenario(found.scenario))
    within = outcome.services[0].within[0]
    assert within.minutes == 15
    assert within.gained == pytest.approx(found.objective)
    assert found.served_after - found.served_before == pytest.approx(found.objective)


def test_the_proof_beats_nothing_but_the_bound(planning: Planning) -> None:
    fast = choose_sites(planning, _ask(sites=2, minutes=10))
    proved = choose_sites(planning, _ask(sites=2, minutes=10, proof_s=30))
    assert proved.proved
    assert fast.objective <= proved.objective + 1e-6
    assert proved.objective <= fast.bound + 1e-6


def test_the_next_site_is_another_once_the_first_is_there(planning: Planning) -> None:
    both = choose_sites(planning, _ask(sites=2))
    first = choose_sites(planning, _ask(sites=1))
    second = choose_sites(planning, _ask(sites=1, scenario=first.scenario))
    assert second.sites[0].id != first.sites[0].id
    assert second.served_before == pytest.approx(first.served_after)
    # One after the other is at most as good as both together.
    assert first.objective + second.objective <= both.bound + 1e-6


@pytest.mark.parametrize(
    ("asked", "unit"),
    [
        ({"goal": "caminatas", "sites": 2}, "personas_minuto"),
        ({"goal": "todas", "minutes": 30}, "sitios"),
        ({"sites": 2, "equity": 2}, "personas_ponderadas"),
        ({"sites": 2, "places": 40}, "personas"),
        ({"budget": 10, "cost": 4}, "personas"),
        ({"sites": 2, "candidates": "escuelas"}, "personas"),
        ({"sites": 1, "place": "99001"}, "personas"),
    ],
)
def test_every_goal_is_answered(planning: Planning, asked: dict[str, Any], unit: str) -> None:
    found = choose_sites(planning, _ask(**asked))
    assert found.unit == unit
    assert found.sites
    if "place" in asked:
        assert all(site.id.startswith("99001") for site in found.sites)
    if "budget" in asked:
        assert len(found.sites) <= 2
    if "places" in asked:
        assert found.objective <= 80


@pytest.mark.parametrize("asked", [{"sites": 2, "places": 40}, {"budget": 10, "cost": 4}])
def test_places_and_budgets_are_proved_on_request(
    planning: Planning, asked: dict[str, Any]
) -> None:
    asked |= {"candidates": "escuelas"}
    quick = choose_sites(planning, _ask(**asked))
    proved = choose_sites(planning, _ask(**asked, proof_s=60))
    assert proved.proved
    assert quick.objective <= proved.objective + 1e-6
    assert proved.objective <= proved.bound <= quick.bound + 1e-6


def test_a_list_of_ones_own(planning: Planning) -> None:
    blocks = planning.cells[planning.cells["kind"] == "manzana"].dropna(subset=["lon"])
    points = [
        {"id": f"predio-{row}", "lon": lon, "lat": lat, "places": 60}
        for row, (lon, lat) in enumerate(
            zip(blocks["lon"][:200:20], blocks["lat"][:200:20], strict=True)
        )
    ]
    found = choose_sites(planning, _ask(sites=2, candidates=points))
    assert {site.id for site in found.sites} <= {point["id"] for point in points}
    assert found.candidates == 10
    for feature in found.scenario["features"]:
        assert feature["properties"]["places"] == 60


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"candidates": [{"id": "a", "lon": 2.3, "lat": 48.8}]}, ParameterError, "fuera del atlas"),
        ({"candidates": [{"id": str(n), "lon": 0, "lat": 0} for n in range(10_000)]},
         ParameterError, "3,000"),
        ({"candidates": []}, ParameterError, "lista de puntos"),
        ({"budget": 1, "cost": 5}, ParameterError, "presupuesto"),
        ({"budget": 10}, ParameterError, "cost"),
        ({"budget": 10, "cost": 1, "sites": 2}, ParameterError, "no ambos"),
        ({"places": 10, "equity": 1}, ParameterError, "una de las dos"),
        ({"goal": "todas", "sites": 2}, ParameterError, "menor número"),
        ({"goal": "caminatas", "places": 3}, ParameterError, "personas"),
        ({"place": "09002"}, UnknownPlaceError, "no hay celdas de demanda"),
        ({"service": "spa"}, ParameterError, "guarderia"),
        ({"sites": 0}, ParameterError, "1 a 100"),
        ({"minutes": 500}, ParameterError, "minutos"),
        ({"otra": 1}, ParameterError, "docs/planning.md"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_said_in_both_languages(
    planning: Planning, asked: dict[str, Any], error: type[CareError], words: str
) -> None:
    with pytest.raises(error) as raised:
        choose_sites(planning, _ask(**asked))
    assert words in raised.value.message("es")
    assert raised.value.message("en") != raised.value.message("es")


def test_a_place_where_nobody_of_the_ages_lives(planning: Planning) -> None:
    cells = planning.cells.assign(children_0_5=0.0)
    with pytest.raises(ParameterError, match="no vive nadie"):
        choose_sites(_with_cells(planning, cells), _ask(sites=1))


def _with_cells(planning: Planning, cells: Any) -> Planning:
    return replace(planning, cells=cells)


def test_the_service_and_the_command_answer_alike(
    planning: Planning, demo_atlas: Path, cuidados: Any, tmp_path: Path
) -> None:
    expected = choose_sites(planning, _ask(sites=2))
    with client_of(create_app(Settings(atlas=demo_atlas))) as client:
        answer = client.post("/sitios", json={"service": "guarderia", "sites": 2})
        assert answer.status_code == HTTPStatus.OK, answer.text
        assert answer.json() == orjson.loads(orjson.dumps(asdict(expected)))
        refused = client.post("/sitios", json={"service": "guarderia", "sites": -1})
        assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert refused.json()["errors"][0]["field"] == "sites"
    out = tmp_path / "sitios.geojson"
    told = cuidados("site", "guarderia", "--atlas", demo_atlas, "--sites", 2, "--out", out)
    assert told.returncode == 0, told.stderr
    assert expected.sites[0].id in told.stdout
    assert orjson.loads(out.read_bytes()) == orjson.loads(orjson.dumps(expected.scenario))
    after = choose_sites(planning, _ask(sites=1, scenario=expected.scenario))
    told = cuidados("site", "guarderia", "--atlas", demo_atlas, "--sites", 1, "--scenario", out)
    assert told.returncode == 0, told.stderr
    assert after.sites[0].id not in {site.id for site in expected.sites}
    assert after.sites[0].id in told.stdout


def test_priority_by_the_atlas_and_by_ones_own_weights(demo_atlas: Path) -> None:
    with client_of(create_app(Settings(atlas=demo_atlas))) as client:
        general = client.get("/prioridad", params={"limit": 5}).json()
        assert [row["rank"] for row in general["agebs"]] == [1, 2, 3, 4, 5]
        assert all(row["rank_low"] <= row["rank"] <= row["rank_high"] for row in general["agebs"])
        first = general["agebs"][0]
        items = client.get(f"/collections/agebs/items/{first['cvegeo']}").json()
        assert items["properties"]["priority_rank"] == 1
        assert items["properties"]["priority_index"] == pytest.approx(first["index"], abs=1e-6)
        own = client.get("/prioridad", params={"pesos": "necesidad:1,carencia:3"}).json()
        assert own["weights"] == {"necesidad": 1.0, "carencia": 3.0}
        bogota = client.get("/prioridad", params={"preset": "bogota", "lang": "en"}).json()
        assert "not computed" in bogota["note"]
        for wrong in ("suerte:1", "necesidad", "necesidad:-1", "necesidad:0", "necesidad:nan"):
            refused = client.get("/prioridad", params={"pesos": wrong})
            assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, wrong
