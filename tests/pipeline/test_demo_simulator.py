"""The simulator on the demo city: what its atlas carries, the command, and the service."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import openpyxl
import pandas as pd
import pytest

from api.app import create_app
from api.settings import Settings
from data.inputoutput import read_input_output
from geo.artifacts import current_version, read_manifest
from geo.simulator import identity_gap
from geo.simulator.tables import read_setting
from tests.api.running import client_of

pytestmark = pytest.mark.xdist_group("pipeline")
SCENARIO = {
    "first_year": 2025,
    "plans": [
        {"service": "guarderia_0_2", "coverage": [0.3, 0.6, 0.9]},
        {"service": "ayuda_en_casa", "coverage": [0.2]},
    ],
    "municipalities": [],
}


@pytest.fixture(scope="module")
def client(demo_atlas: Path) -> Iterator[httpx.Client]:
    with client_of(create_app(Settings(atlas=demo_atlas))) as found:
        yield found


def test_the_atlas_carries_people_places_and_a_balanced_matrix(
    demo_atlas: Path, demo_sources: Path
) -> None:
    version = current_version(demo_atlas)
    setting = read_setting(version)
    census = pd.read_parquet(version / "tables" / "municipios.parquet").set_index("cvegeo")
    codes = list(setting.municipalities)
    for variable in ("children_0_2", "older_65_plus", "disability"):
        assert np.allclose(setting.people[variable][2020], census.loc[codes, variable])
    # CONAPO's bands of the demo shrink for children and grow for older people.
    assert np.all(setting.people["children_0_2"][2030] < setting.people["children_0_2"][2020])
    assert np.all(setting.people["older_65_plus"][2030] > setting.people["older_65_plus"][2020])
    low, central, high = (
        setting.places["guarderia_0_2"][bound] for bound in ("low", "central", "high")
    )
    assert np.array_equal(central, census.loc[codes, "places_guarderia"])
    assert np.all((low <= central) & (central <= high))
    # A centre of day and a residence are not the same places.
    both = (
        setting.places["centro_dia_mayores"]["central"]
        + setting.places["residencia_mayores"]["central"]
    )
    assert np.allclose(both, census.loc[codes, "places_mayores"])
    written = read_input_output(next(demo_sources.glob("mip_ixi_br_*.xlsx")))
    assert setting.model is not None
    for name in ("flows", "final", "imports", "taxes", "value_added", "final_imports"):
        assert np.array_equal(getattr(setting.model.table, name), getattr(written, name)), name
    assert setting.model.table.industries == written.industries
    assert identity_gap(setting.model) < 1e-9
    assert setting.region == written.regions[0]


def test_the_service_says_what_may_be_simulated(client: httpx.Client) -> None:
    told = client.get("/simulador").json()
    assert [service["id"] for service in told["services"]] == [
        "guarderia_0_2", "preescolar_extendido", "despues_de_clases", "centro_dia_mayores",
        "ayuda_en_casa", "residencia_mayores", "centro_dia_discapacidad",
    ]  # fmt: skip
    for parameter in told["parameters"]:
        assert parameter["low"] <= parameter["value"] <= parameter["high"], parameter["key"]
        assert parameter["unit"]["es"] and parameter["unit"]["en"], parameter["key"]  # noqa: PT018
        assert parameter["source"]["es"] and parameter["source"]["en"], parameter["key"]  # noqa: PT018
        assert parameter["year"] >= 2018, parameter["key"]
    assert told["matrix"]["own_region"] == "estado_de_muestra"
    assert told["limits"]["last_year"] == 2040
    assert {source["role"] for source in told["sources"]} >= {"projections", "input_output"}


def test_a_scenario_is_run_with_ranges_and_kept_nowhere(client: httpx.Client) -> None:
    answer = client.post("/simulador", json=SCENARIO, params={"draws": 60})
    told = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert told["years"] == [2025, 2026, 2027]
    nursery = told["services"]["guarderia_0_2"]
    assert nursery["demand"][0] == pytest.approx(
        0.5 * sum(told_people(client, "guarderia_0_2", 2025)), abs=0.01
    )
    places = told["municipalities"]
    assert sum(places["new_places"]["guarderia_0_2"]) == pytest.approx(
        nursery["additional_places"][-1], abs=0.2
    )
    for effect in told["effects"]:
        parts = [effect[part] for part in ("direct", "indirect", "induced")]
        for measure in ("output", "value_added", "jobs", "formal_jobs"):
            by_region = sum(region[measure] for region in effect["by_region"].values())
            assert sum(part[measure] for part in parts) == pytest.approx(by_region, abs=0.01)
        assert all(part["women_jobs"] <= part["jobs"] for part in parts)
    ranges = told["ranges"]
    assert set(ranges) == set(told["outcomes"])
    assert all(ends["p5"] <= ends["p50"] <= ends["p95"] for ends in ranges.values())
    widths = [abs(bar["at_high"] - bar["at_low"]) for bar in told["tornado"]["fiscal_gap_mn"]]
    assert widths == sorted(widths, reverse=True)
    again = client.post("/simulador", json=SCENARIO, params={"draws": 60}).json()
    assert again == told


def told_people(client: httpx.Client, service: str, year: int) -> list[float]:
    services = client.get("/simulador").json()["services"]
    return [next(s["people"][str(year)] for s in services if s["id"] == service)]


def test_a_scenario_comes_as_a_workbook_too(client: httpx.Client) -> None:
    answer = client.post(
        "/simulador", json=SCENARIO, params={"f": "xlsx", "lang": "en", "draws": 0}
    )
    assert answer.headers["content-disposition"].endswith('.xlsx"')
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["summary", "parametros", "guarderia_0_2", "ayuda_en_casa", "cuentas"]
    assert str(book["cuentas"]["C4"].value).startswith("=")


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        (
            {"plans": [{"service": "guarderia_0_2", "coverage": [1.5]}]},
            "plans.0.coverage.0",
            "1 o menos",
        ),
        (
            {"parameters": {"guarderia_0_2.persons_per_carer": 0}},
            "guarderia_0_2.persons_per_carer",
            "mayor que cero",
        ),
        ({"first_year": 2019}, "first_year", "2020 o más"),
        ({"first_year": 2045}, "first_year", "proyecciones de 2020–2040"),
        ({"municipalities": ["01001"]}, "municipalities", "99001"),
        ({"municipalities": ["99001'--"]}, "municipalities.0", "forma"),
        ({"plans": [{"service": "<b>", "coverage": [1]}]}, "plans.0.service", "guarderia_0_2"),
        ({"plans": "todo"}, "plans", "lista"),
    ],
)
def test_what_cannot_be_simulated_names_its_field(
    changes: dict, field: str, said: str, client: httpx.Client
) -> None:
    answer = client.post("/simulador", json={**SCENARIO, **changes})
    assert answer.status_code == 422
    [fault] = answer.json()["errors"]
    assert fault["field"] == field
    assert said in fault["message"]
    english = client.post("/simulador", json={**SCENARIO, **changes}, params={"lang": "en"}).json()
    assert english["errors"][0]["message"] != fault["message"]


def test_the_command_needs_nothing_but_the_atlas(
    demo_atlas: Path, cuidados, tmp_path: Path, client: httpx.Client
) -> None:
    path = tmp_path / "escenario.json"
    path.write_text(json.dumps(SCENARIO), encoding="utf-8")
    done = cuidados("simulate", path, "--atlas", demo_atlas, "--draws", "30")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    served = client.post("/simulador", json=SCENARIO, params={"draws": 30}).json()
    assert told == {key: value for key, value in served.items() if key != "version"}
    sheet = tmp_path / "escenario.xlsx"
    done = cuidados("simulate", path, "--atlas", demo_atlas, "--out", sheet, "--draws", "0")
    assert done.returncode == 0, done.stderr
    assert openpyxl.load_workbook(sheet).sheetnames[1] == "parametros"


def test_without_a_matrix_the_atlas_says_so_and_costs_are_told(
    demo_sources: Path, cuidados, tmp_path: Path
) -> None:
    sources, atlas = tmp_path / "sources", tmp_path / "atlas"
    sources.mkdir()
    text = (demo_sources / "cuidados.toml").read_text("utf-8")
    kept = ("denue", "census_localities", "census_areas", "municipalities", "projections")
    blocks = ["[sources." + block for block in text.split("[sources.")[1:]]
    head = text.split("[sources.")[0]
    (sources / "cuidados.toml").write_text(
        f'root = "{demo_sources.name}"\n' + head
        + "".join(block for block in blocks if block.split("]")[0][9:] in kept),
        encoding="utf-8",
    )  # fmt: skip
    (sources / demo_sources.name).symlink_to(demo_sources)
    built = cuidados("build", "--sources", sources, "--atlas", atlas)
    assert built.returncode == 0, built.stderr
    manifest = read_manifest(current_version(atlas))
    [reason] = [item.reason.es for item in manifest.not_computed if item.what == "simulador_matriz"]
    assert "matriz" in reason
    with client_of(create_app(Settings(atlas=atlas))) as found:
        assert found.get("/simulador").json()["matrix"]["reason"]["es"] == reason
        told = found.post("/simulador", json=SCENARIO, params={"draws": 20}).json()
    assert told["effects"] == []
    assert told["fiscal_gap_mn"] is None
    assert told["not_computed"][0]["reason"]["es"] == reason
    assert told["running_mn"][-1] > 0
    assert told["outcomes"]["direct_jobs"] > 0
