"""The simulator on Nuevo León: its municipalities, CONAPO's years, INEGI's bi-regional matrix."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from data.projections import read_projections

if TYPE_CHECKING:
    import subprocess

SOURCES = Path(__file__).parent / "sources" / "nuevo_leon.toml"
pytestmark = [pytest.mark.real_data, pytest.mark.xdist_group("real")]


@pytest.fixture(scope="module")
def atlas(real_data: Path, cuidados, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nl") / "atlas"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUIDADOS_REAL_DATA", str(real_data))
        built = cuidados("build", "--sources", SOURCES, "--atlas", folder)
    assert built.returncode == 0, built.stderr
    return folder


def _run(
    cuidados, atlas: Path, tmp_path: Path, scenario: object, *more: object
) -> "subprocess.CompletedProcess[str]":
    path = tmp_path / "escenario.json"
    path.write_text(json.dumps(scenario), encoding="utf-8")
    return cuidados("simulate", path, "--atlas", atlas, "--draws", "20", *more)


def test_a_plan_for_nuevo_leon(atlas: Path, real_data: Path, cuidados, tmp_path: Path) -> None:
    scenario = {
        "first_year": 2020,
        "plans": [{"service": "guarderia_0_2", "coverage": [0.2, 0.4, 0.6]}],
        "parameters": {"guarderia_0_2.take_up": 1.0},
    }
    done = _run(cuidados, atlas, tmp_path, scenario)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    version = atlas / (atlas / "CURRENT").read_text().strip()
    table = pd.read_parquet(version / "tables" / "municipios.parquet")
    nursery = told["services"]["guarderia_0_2"]
    # In the census year the people are the census's own; today's places are the atlas's.
    assert nursery["demand"][0] == pytest.approx(table["children_0_2"].sum())
    assert nursery["existing_places"] == pytest.approx(table["places_guarderia"].sum())
    # In a later year each municipality has grown as CONAPO says.
    projected = read_projections(
        [real_data / "population" / "municipality_2010_2030.parquet"], place=["19"]
    ).table
    young = projected[projected["age"] == "0-14"].pivot_table(
        index="cvegeo", columns="year", values="population"
    )
    growth = (young[2022] / young[2020]).loc[table["cvegeo"]].to_numpy()
    assert nursery["demand"][2] == pytest.approx((table["children_0_2"] * growth).sum())
    last = told["effects"][-1]
    assert set(last["by_region"]) == {"nuevo_leon", "resto_del_pais"}
    total = sum(last[part]["output"] for part in ("direct", "indirect", "induced"))
    assert sum(region["output"] for region in last["by_region"].values()) == pytest.approx(total)
    assert told["ranges"]["running_mn"]["p5"] < told["ranges"]["running_mn"]["p95"]
    # Files given to the command are the same as those the atlas was built from.
    money = real_data / "inputoutput"
    given = _run(
        cuidados, atlas, tmp_path, scenario, "--matrix", money / "mip_br_nl_2018.csv",
        "--accounts", money / "empleos_impuestos.tsv",
        "--projections", real_data / "population" / "municipality_2010_2030.parquet",
    )  # fmt: skip
    again = json.loads(given.stdout)
    assert again["outcomes"] == pytest.approx(told["outcomes"])


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ({"plans": [{"service": "guarderia_0_2", "coverage": [2]}]}, "coverage"),
        ({"first_year": 2029, "plans": [{"service": "guarderia_0_2", "coverage": [0.1] * 5}]},
         "Hay proyecciones de 2020–2030"),
        ([], "no es válido"),
    ],
)  # fmt: skip
def test_what_cannot_be_simulated_is_one_line(
    scenario: object, said: str, atlas: Path, cuidados, tmp_path: Path
) -> None:
    done = _run(cuidados, atlas, tmp_path, scenario)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
