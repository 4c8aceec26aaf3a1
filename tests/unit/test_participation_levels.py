"""A whole level measured: what is told of it, and what is refused with its reason."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from data.errors import CareError
from data.tables import Level
from data.texts import Text
from geo.method import load_method
from geo.participation.analysis import LevelAnalysis, analyse_level
from geo.participation.medoids import find_medoids
from geo.participation.tables import COEFFICIENTS, MODELS, TYPES
from geo.participation.typology import find_types

METHOD = load_method().participation.model_copy(update={"permutations": 99})
SIDE = 8


def squares(side: int = SIDE, apart_m: float = 1000.0) -> gpd.GeoDataFrame:
    """Squares of a kilometre with figures drawn for each."""
    at = np.array([(x, y) for x in range(side) for y in range(side)]) * apart_m + 2e6
    random = np.random.default_rng(5)
    size = len(at)
    table = pd.DataFrame(
        {
            "participation_women": random.uniform(0.3, 0.7, size),
            "places_per_100_children": random.uniform(0, 20, size),
            "older_share": random.uniform(0.05, 0.2, size),
            "female_headed_share": random.uniform(0.2, 0.4, size),
            "schooling_years_women": random.uniform(6, 14, size),
        },
        index=pd.Index([f"01{number:03d}" for number in range(size)], name="cvegeo"),
    )
    shapes = shapely.box(at[:, 0], at[:, 1], at[:, 0] + 1000, at[:, 1] + 1000)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=6372)


def measured(table: gpd.GeoDataFrame) -> LevelAnalysis:
    women = pd.Series(100.0, index=table.index)
    return analyse_level(Level.MUNICIPALITY, table, women, METHOD)


def test_a_level_is_told_whole_with_a_typical_place_of_each_type() -> None:
    table = squares()
    found = measured(table)
    assert found.reasons == []
    types = pd.DataFrame(found.tables[TYPES])
    kinds = found.columns["care_type"]
    for kind, typical in types.groupby("care_type")["typical"].first().items():
        assert kinds[typical] == kind
        assert (kinds == kind).sum() == types.loc[types["care_type"] == kind, "places"].iloc[0]
    assert {row["model"] for row in found.tables[MODELS]} == {
        "mcp",
        "mco",
        "slx",
        "rezago",
        "error",
    }
    assert pd.DataFrame(found.tables[COEFFICIENTS])["estimate"].notna().all()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (squares(5), "30"),
        (squares().assign(places_per_100_children=3.0), "«Lugares de guardería por cada 100"),
        (squares().assign(participation_women=np.nan), "de «Participación económica de las mu"),
        (squares(apart_m=5000.0), "no forman un mapa conectado"),
        (squares().iloc[:0], "30"),
    ],
    ids=["few", "constant", "unknown", "disconnected", "none"],
)
def test_a_level_that_cannot_be_measured_says_why_and_holds_no_figure(
    table: gpd.GeoDataFrame, said: str
) -> None:
    found = measured(table)
    assert [what for what, _ in found.reasons] == ["participacion_municipio"]
    assert said in found.reasons[0][1].es
    assert found.tables == {}
    assert found.columns.empty


def test_covariates_unknown_or_alike_are_left_out_in_words() -> None:
    table = squares().assign(
        schooling_years_women=np.nan, older_share=0.1,
        female_headed_share=lambda rows: rows["female_headed_share"].where(
            np.arange(len(rows)) % 2 == 0
        ),
    )  # fmt: skip
    found = measured(table)
    reasons = dict(found.reasons)
    assert set(reasons) == {"covariables_municipio"}
    said = reasons["covariables_municipio"]
    assert said.es.endswith(
        ": «Escolaridad de las mujeres», «Personas mayores», «Hogares con jefa»"
    )
    assert said.en.endswith("“Women's schooling”, “Older people”, “Female-headed households”")
    assert found.tables[MODELS][0]["formula"].endswith("~ places_per_100_children")


def test_a_supply_alike_wherever_covariates_are_known_is_no_model() -> None:
    table = squares()
    unknown = np.arange(len(table)) < 6
    table["schooling_years_women"] = table["schooling_years_women"].where(~unknown)
    table["places_per_100_children"] = np.where(unknown, np.arange(len(table)), 7.0)
    found = measured(table)
    reasons = dict(found.reasons)
    assert "(«Lugares de guardería por cada 100" in reasons["regresion_municipio"].es
    assert MODELS not in found.tables


def test_medoids_are_those_of_the_least_sum_of_distances() -> None:
    random = np.random.default_rng(3)
    points = random.normal(size=(24, 2))
    apart = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    least = min(
        apart[[i, j, k]].min(axis=0).sum()
        for i in range(24) for j in range(i) for k in range(j)
    )  # fmt: skip
    found = find_medoids(points, 3, seed=1)
    assert found.cost == pytest.approx(apart[found.medoid].min(axis=0).sum())
    # Swaps end where none helps, which need not be the least of all; it is close.
    assert least <= found.cost <= 1.05 * least
    assert (apart[found.medoid].argmin(axis=0) == found.label).all()
    changed = [
        apart[[*np.delete(found.medoid, at), place]].min(axis=0).sum()
        for at in range(3)
        for place in range(24)
    ]
    assert min(changed) >= found.cost - 1e-9


def test_medoids_of_a_sample_serve_all_places(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(6)
    points = np.concatenate([random.normal(at, 0.3, size=(400, 2)) for at in (0, 5, 10)])
    monkeypatch.setattr("geo.participation.medoids.SAMPLE", 90)
    found = find_medoids(points, 3, seed=2)
    assert sorted(np.bincount(found.label)) == [400, 400, 400]
    again = find_medoids(points, 3, seed=2)
    assert (again.medoid == found.medoid).all()


def test_places_nearly_all_alike_have_no_types() -> None:
    alike = pd.DataFrame({"y": [0.0] * 20 + [1.0] * 20, "x": [0.0] * 20 + [1.0] * 20})
    words = {"y": Text("y", "y"), "x": Text("x", "x")}
    with pytest.raises(CareError, match="no hay tipos"):
        find_types(alike, words, seed=1)
    three = alike.assign(x=[0.0] * 10 + [1.0] * 30)
    assert len(find_types(three, words, seed=1).names) == 3
