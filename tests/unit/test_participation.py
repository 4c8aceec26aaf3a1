"""Participation: rates by hand, neighbours of squares, correlations, clusters, models, types."""

import importlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from libpysal.weights import lat2W
from scipy import stats
from scipy.sparse import identity
from scipy.sparse.linalg import splu

from data.census import CensusReading
from data.errors import CareError
from data.tables import Dropped, Level
from data.texts import Text
from geo.participation.clusters import global_statistics, local_clusters
from geo.participation.correlation import PairedPlaces
from geo.participation.neighbours import find_neighbours, rate_around
from geo.participation.rates import (
    OPTIONAL_VARIABLES,
    add_up_states,
    known_counts,
    participation_rates,
    urban_share,
    women_of,
)
from geo.participation.registry import participation_indicators
from geo.participation.regression import Regression, choose, fit_models
from geo.participation.typology import find_types, name_types


def _reading(rows: dict[str, dict[str, float]], level: str) -> CensusReading:
    columns = ["POBTOT", "P_0A2", "P_3A5", "P_3YMAS", *OPTIONAL_VARIABLES]
    table = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=columns)
    table = table.astype("float64").rename_axis("cvegeo").reset_index()
    table.insert(1, "level", level)
    return CensusReading(table, table.isna(), Dropped())


def test_rates_by_hand() -> None:
    counts = known_counts(
        [
            _reading({"01001": {"POBTOT": 100, "P_12YMAS_F": 40, "PEA_F": 20}}, "municipio"),
            None,
            _reading(
                {
                    "01001": {"PEA_F": 99, "POBFEM": 50, "POCUPADA_F": 18, "P_12YMAS_M": 40,
                              "PEA_M": 30, "P_0A2": 4, "P_3A5": 6},
                    "01002": {"POBTOT": 10, "POBFEM": 0, "POCUPADA_F": 0},
                },
                "municipio",
            ),
        ],
        Level.MUNICIPALITY,
        zeros_hidden=False,
    )  # fmt: skip
    table, contradictions = participation_rates(counts)
    one = table.loc["01001"]
    # The first file that has a figure is taken; what it lacks comes from the next.
    assert one["participation_women"] == 0.5
    assert one["participation_gap"] == pytest.approx(0.25)
    assert one["working_women_per_100"] == 36.0
    assert one["children_0_5_per_100_women"] == 20.0
    assert np.isnan(one["working_gap_per_100"])
    # Nobody to be a share of, and nothing known, are both unknown.
    assert table.loc["01002"].isna().all()
    assert contradictions == 0
    assert women_of(counts).tolist() == [40.0, 0.0]


def test_a_part_greater_than_its_whole_is_unknown_and_counted() -> None:
    counts = known_counts(
        [_reading({"01001": {"P_12YMAS_F": 10, "PEA_F": 11}}, "municipio")],
        Level.MUNICIPALITY,
        zeros_hidden=False,
    )
    table, contradictions = participation_rates(counts)
    assert np.isnan(table.loc["01001", "participation_women"])
    assert contradictions == 1


def test_zeros_that_stand_for_hidden_figures_are_unknown_where_people_live() -> None:
    rows = {"3105000010027": {"POBTOT": 9, "PEA_F": 0}, "3105000010031": {"POBTOT": 0, "PEA_F": 0}}
    counts = known_counts([_reading(rows, "ageb")], Level.AGEB, zeros_hidden=True)
    assert np.isnan(counts.loc["3105000010027", "PEA_F"])
    assert counts.loc["3105000010031", "PEA_F"] == 0.0


def test_states_are_added_up_only_from_all_their_municipalities() -> None:
    rows = {f"03{number:03d}": {"POBFEM": 10.0, "GRAPROES": 9.0} for number in (1, 2, 3, 8, 9)}
    whole = known_counts([_reading(rows, "municipio")], Level.MUNICIPALITY, zeros_hidden=False)
    none = known_counts([], Level.STATE, zeros_hidden=False)
    state = add_up_states(whole, none).loc["03"]
    assert state["POBFEM"] == 50.0
    assert np.isnan(state["GRAPROES"])
    assert np.isnan(add_up_states(whole.iloc[1:], none)["POBFEM"]).all()


def test_urban_share_by_hand() -> None:
    localities = pd.DataFrame({"cvegeo": ["010010001", "010010002"], "population": [2500.0, 500.0]})
    share = urban_share(localities, pd.Series({"01001": 5000.0, "01002": 10.0}), 2500)
    assert share["01001"] == 0.5
    assert np.isnan(share["01002"])


def _squares(side: int, gap_m: float = 0.0) -> gpd.GeoSeries:
    boxes = {
        f"{row:02d}{column:02d}": shapely.box(
            2.5e6 + column * 1000, 8e5 + row * 1000,
            2.5e6 + column * 1000 + 1000 - gap_m, 8e5 + row * 1000 + 1000 - gap_m,
        )
        for row in range(side)
        for column in range(side)
    }  # fmt: skip
    return gpd.GeoSeries(boxes, crs=6372)


def test_neighbours_of_squares_across_streets() -> None:
    found = find_neighbours(_squares(3, gap_m=20.0), tolerance_m=30.0)
    assert sorted(found.weights.neighbors[4]) == [0, 1, 2, 3, 5, 6, 7, 8]
    assert sorted(found.weights.neighbors[0]) == [1, 3, 4]
    assert found.islands == 0
    assert found.links.empty
    assert sum(found.weights.weights[0]) == pytest.approx(1.0)


def test_an_island_and_a_part_cut_off_are_joined_to_the_nearest_and_recorded() -> None:
    near = _squares(4)
    away = shapely.box(2.508e6, 8e5, 2.509e6, 8.01e5)
    pair = [shapely.box(2.5e6, y, 2.501e6, y + 1000) for y in (8.10e5, 8.11e5)]
    places = gpd.GeoSeries([*near, away, *pair], index=[*near.index, "isla", "par1", "par2"])
    found = find_neighbours(places.set_crs(6372), tolerance_m=10.0)
    assert found.islands == 1
    ends = {frozenset(row) for row in found.links[["cvegeo", "joined_to"]].itertuples(index=False)}
    assert ends == {frozenset(("isla", "0003")), frozenset(("par1", "0300"))}
    assert found.links["distance_m"].min() == pytest.approx(5000.0)
    assert found.weights.neighbors[16] == [3]
    assert found.weights.n_components == 1


def test_outlines_that_do_not_touch_are_refused() -> None:
    with pytest.raises(CareError, match="conectado"):
        find_neighbours(_squares(6, gap_m=300.0), tolerance_m=50.0)


def test_rate_around_by_hand() -> None:
    outlines = _squares(2)
    events = pd.Series([4.0, 0.0, 0.0, np.nan], index=outlines.index)
    people = pd.Series([1.0, 1.0, 2.0, 9.0], index=outlines.index)
    rate = rate_around(events, people, outlines, tolerance_m=1.0)
    assert rate.iloc[:3].tolist() == [1.0, 1.0, 1.0]
    assert np.isnan(rate.iloc[3])


def _points(side: int) -> np.ndarray:
    return np.array([(x, y) for x in range(side) for y in range(side)], dtype=float) * 1000


def test_without_spatial_dependence_a_correlation_is_the_textbook_one() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=400)
    y = x + rng.normal(size=400)
    found = PairedPlaces(_points(20)).correlate(x, y)
    plain = stats.pearsonr(x, y)
    assert found.estimate == pytest.approx(plain.statistic)
    assert found.effective_places == pytest.approx(400, rel=0.05)
    interval = plain.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=0.01)
    ranked = PairedPlaces(_points(20)).correlate(x, np.exp(y), "spearman")
    assert ranked.estimate == pytest.approx(stats.spearmanr(x, y).statistic)


def test_weights_that_leave_few_places_leave_few_effective_ones() -> None:
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(2, 100))
    weights = np.where(np.arange(100) < 10, 1000.0, 1.0)
    found = PairedPlaces(_points(10), weights).correlate(x, y)
    kish = weights.sum() ** 2 / (weights**2).sum()
    assert found.effective_places <= kish + 1e-9


def test_alike_neighbours_do_not_pass_for_association() -> None:
    # Pairs of unrelated fields, each alike nearby: one in twenty may seem related, not one in four.
    side, runs = 12, 200
    weights = lat2W(side, side)
    weights.transform = "r"
    solve = splu((identity(side**2) - 0.8 * weights.sparse).tocsc()).solve
    rng = np.random.default_rng(0)
    places = PairedPlaces(_points(side))
    fooled = naive = 0
    for _ in range(runs):
        x, y = solve(rng.normal(size=side**2)), solve(rng.normal(size=side**2))
        fooled += places.correlate(x, y).p_value < 0.05
        naive += stats.pearsonr(x, y).pvalue < 0.05
    assert fooled / runs < 0.09
    assert naive / runs > 0.18


def test_many_places_are_as_sure_as_all_their_pairs_say(monkeypatch) -> None:
    side = 40
    weights = lat2W(side, side)
    weights.transform = "r"
    rng = np.random.default_rng(3)
    x, y = (splu((identity(side**2) - 0.7 * weights.sparse).tocsc()).solve(rng.normal(size=side**2))
            for _ in range(2))  # fmt: skip
    whole = PairedPlaces(_points(side)).correlate(x, y)
    monkeypatch.setattr("geo.participation.correlation._MOST_PAIRED", 400)
    some = PairedPlaces(_points(side)).correlate(x, y)
    assert some.estimate == whole.estimate
    assert some.effective_places == pytest.approx(whole.effective_places, rel=0.15)


@pytest.mark.parametrize(
    ("x", "size", "words"),
    [(np.ones(36), 36, "vale lo mismo"), (np.arange(25.0), 25, "muy pocos"),
     (np.full(36, np.nan), 36, "ningún lugar")],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused_in_words(x, size: int, words: str) -> None:
    side = int(np.sqrt(size))
    weights = lat2W(side, side)
    weights.transform = "r"
    y = np.random.default_rng(1).normal(size=size)
    with pytest.raises(CareError, match=words):
        PairedPlaces(_points(side)).correlate(x, y)
    with pytest.raises(CareError, match=words):
        global_statistics(x, y, weights, permutations=99, seed=1)
    with pytest.raises(CareError, match=words):
        local_clusters(x, y, weights, permutations=99, seed=1, false_discovery=0.05)
    with pytest.raises(CareError, match=words):
        _fit(pd.Series(y, name="y"), pd.DataFrame({"x": x}), weights)
    with pytest.raises(CareError, match=words):
        find_types(pd.DataFrame({"y": y, "x": x}), {"y": Text("a", "a")}, seed=1)


def _fit(y: pd.Series, x: pd.DataFrame, weights) -> Regression:
    return fit_models(y, x, np.ones(len(y)), weights, most_likelihood=3000, permutations=99, seed=1)


def test_a_planted_corner_is_found_and_the_rest_is_not() -> None:
    side = 15
    weights = lat2W(side, side, rook=False)
    weights.transform = "r"
    rng = np.random.default_rng(2)
    x, y = rng.normal(scale=0.3, size=(2, side, side))
    x[:5, :5] += 3
    y[:5, :5] += 3
    found = local_clusters(
        x.ravel(), y.ravel(), weights, permutations=999, seed=9, false_discovery=0.05
    )
    cluster = found.cluster.reshape(side, side)
    assert (cluster[:4, :4] == "alto_alto").all()
    assert (cluster[8:, 8:] == "no_significativo").mean() > 0.9
    again = local_clusters(
        x.ravel(), y.ravel(), weights, permutations=999, seed=9, false_discovery=0.05
    )
    assert (again.p_value == found.p_value).all()


def test_esda_is_as_it_was_and_so_is_the_common_generator() -> None:
    weights = lat2W(6, 6)
    weights.transform = "r"
    crand = importlib.import_module("esda.crand")
    compiled = crand.compute_chunk
    state = np.random.get_state()[1].copy()  # noqa: NPY002 — the generator esda draws from
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 36))
    local_clusters(x, y, weights, permutations=99, seed=1, false_discovery=0.05)
    global_statistics(x, y, weights, permutations=99, seed=1)
    assert crand.compute_chunk is compiled
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002


@pytest.mark.parametrize(
    ("lag", "error", "lag_robust", "error_robust", "model"),
    [(0.2, 0.3, 0.01, 0.01, "mco"), (0.01, 0.3, 0.9, 0.01, "rezago"),
     (0.2, 0.01, 0.01, 0.9, "error"), (0.01, 0.01, 0.02, 0.01, "error"),
     (0.01, 0.01, 0.2, 0.6, "rezago")],
)  # fmt: skip
def test_the_model_the_tests_advise(lag, error, lag_robust, error_robust, model: str) -> None:
    tests = {"lm_rezago": lag, "lm_error": error, "lm_rezago_robusta": lag_robust,
             "lm_error_robusta": error_robust}  # fmt: skip
    assert choose(pd.Series(tests)) == model


def test_models_recover_what_was_planted() -> None:
    side = 20
    weights = lat2W(side, side)
    weights.transform = "r"
    rng = np.random.default_rng(8)
    x = pd.DataFrame({"a": rng.normal(size=side**2), "b": rng.normal(size=side**2)})
    solve = splu((identity(side**2) - 0.5 * weights.sparse).tocsc()).solve
    y = solve((1 + 2 * x["a"] - x["b"] + rng.normal(scale=0.5, size=side**2)).to_numpy())
    found = _fit(pd.Series(y, name="y"), x, weights)
    assert found.formula == "y ~ a + b"
    assert found.chosen == "rezago"
    lag = next(model for model in found.models if model.model == "rezago")
    terms = lag.coefficients.set_index("term")
    assert terms.loc["rho", "estimate"] == pytest.approx(0.5, abs=0.08)
    assert terms.loc["a", "estimate"] == pytest.approx(2.0, abs=0.15)
    assert terms.loc["a", "total_effect"] == pytest.approx(
        terms.loc["a", "estimate"] / (1 - terms.loc["rho", "estimate"])
    )
    assert lag.moran_p > 0.05
    assert not any(model.coefficients["estimate"].isna().any() for model in found.models)


def test_a_variable_that_follows_from_others_is_refused() -> None:
    weights = lat2W(6, 6)
    weights.transform = "r"
    rng = np.random.default_rng(8)
    x = pd.DataFrame({"a": rng.normal(size=36)}).assign(b=lambda table: 2 * table["a"] + 1)
    with pytest.raises(CareError, match="se sigue de las demás"):
        _fit(pd.Series(rng.normal(size=36), name="y"), x, weights)


def test_types_planted_apart_come_back_under_any_seed() -> None:
    rng = np.random.default_rng(4)
    centre = np.repeat([0.0, 10.0, 20.0], 40)
    table = pd.DataFrame({"y": centre, "x": -centre}) + rng.normal(scale=0.5, size=(120, 2))
    words = {"y": Text("participación", "participation"), "x": Text("niñez", "childhood")}
    found = find_types(table, words, seed=1)
    assert found.ari_min == 1.0
    assert len(set(zip(found.label, centre, strict=True))) == 3
    assert {name.es for name in found.names.values()} == {
        "Menos participación, más niñez", "Participación como el promedio, niñez como el promedio",
        "Más participación, menos niñez",
    }  # fmt: skip


def test_names_take_as_many_words_as_tell_them_apart() -> None:
    profile = pd.DataFrame(
        {"y": [1.0, 1.0], "a": [2.0, 2.0], "b": [1.0, -1.0]}, index=["tipo_1", "tipo_2"]
    )
    words = {name: Text(name, name) for name in "yab"}
    names = name_types(profile, words)
    assert names["tipo_1"].es == "Más y, más a, más b"
    assert names["tipo_2"].en == "More y, more a, less b"


def test_every_column_is_described_once_and_its_texts_differ() -> None:
    tables = ("layer", "participacion_correlaciones", "participacion_tipos")
    for table in tables:
        found = participation_indicators(table)
        names = [item.column.name for item in found]
        assert names
        assert len(set(names)) == len(names)
        assert all(item.column.description.es != item.column.description.en for item in found)
