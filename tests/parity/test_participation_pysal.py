"""The published figures of participation are those a plain script gets from esda and spreg."""

import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import spreg
from esda.lee import Spatial_Pearson
from esda.moran import Moran_BV, Moran_Local_BV
from libpysal.weights import W, fuzzy_contiguity

from geo.artifacts import current_version
from geo.participation.clusters import local_clusters
from geo.participation.neighbours import find_neighbours

pytestmark = pytest.mark.xdist_group("pipeline")
NAMES = ("moran", "modelos", "coeficientes", "pruebas")


@pytest.fixture(scope="module")
def tables(demo_atlas: Path) -> dict[str, pd.DataFrame]:
    folder = current_version(demo_atlas) / "tables"
    found = {name: pd.read_parquet(folder / f"participacion_{name}.parquet") for name in NAMES}
    return found | {
        "agebs": gpd.read_parquet(folder / "agebs.parquet").set_index("cvegeo"),
        "links": pd.read_parquet(folder / "participacion_enlaces.parquet"),
    }


def _weights(places: gpd.GeoDataFrame, links: pd.DataFrame) -> W:
    """Contiguity by libpysal: outlines widened by half the tolerance that meet, and the links."""
    drawn = places[["geometry"]].to_crs(6372).reset_index()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of pandas, in libpysal's own call
        touching = fuzzy_contiguity(drawn, buffering=True, buffer=25.0, silence_warnings=True)
    neighbours = {place: set(found) for place, found in touching.neighbors.items()}
    codes = list(places.index)
    for one, other in links[["cvegeo", "joined_to"]].itertuples(index=False):
        neighbours[codes.index(one)].add(codes.index(other))
        neighbours[codes.index(other)].add(codes.index(one))
    weights = W(
        {place: sorted(found) for place, found in neighbours.items()},
        id_order=list(range(len(codes))), silence_warnings=True,
    )  # fmt: skip
    weights.transform = "r"
    return weights


@pytest.fixture(scope="module")
def pair(tables) -> tuple[np.ndarray, np.ndarray, W, gpd.GeoDataFrame]:
    agebs = tables["agebs"].dropna(subset=["participation_women", "e2sfca_guarderia"])
    weights = _weights(agebs, tables["links"])
    x, y = (agebs[name].to_numpy() for name in ("participation_women", "e2sfca_guarderia"))
    return x, y, weights, agebs


def test_moran_and_lee_are_esdas(tables, pair) -> None:
    x, y, weights, _ = pair
    found = tables["moran"].set_index("statistic")
    np.random.seed(2020)  # noqa: NPY002 — the generator esda draws from
    both = Moran_BV(x, y, weights, permutations=999)
    assert found.loc["moran_bivariado", "estimate"] == pytest.approx(both.I, rel=1e-9)
    assert found.loc["moran_bivariado", "p_value"] == pytest.approx(2 * both.p_sim)
    assert found.loc["moran_bivariado", "neighbours_mean"] == weights.mean_neighbors
    lee = Spatial_Pearson(weights.sparse, 0).fit(x[:, None], y[:, None])
    assert found.loc["lee", "estimate"] == pytest.approx(lee.association_[0, 1], rel=1e-9)


def test_local_clusters_are_esdas(pair) -> None:
    x, y, weights, agebs = pair
    plain = Moran_Local_BV(x, y, weights, permutations=0)
    ours = local_clusters(x, y, weights, permutations=999, seed=2020, false_discovery=0.05)
    assert ours.statistic == pytest.approx(plain.Is, rel=1e-9)
    names = {1: "alto_alto", 2: "bajo_alto", 3: "bajo_bajo", 4: "alto_bajo"}
    cluster = agebs["participation_cluster"].to_numpy()
    marked = cluster != "no_significativo"
    assert marked.any()
    assert (cluster[marked] == [names[int(q)] for q in plain.q[marked]]).all()
    assert agebs["participation_cluster_p"].to_numpy() == pytest.approx(ours.p_value)


def test_local_p_values_are_those_of_permutations_drawn_by_hand(pair) -> None:
    x, y, weights, _ = pair
    ours = local_clusters(x, y, weights, permutations=999, seed=1, false_discovery=0.05)
    zx, zy = ((values - values.mean()) / values.std() for values in (x, y))
    rng = np.random.default_rng(3)
    for place in range(0, len(x), 9):
        others = np.delete(zy, place)
        count = len(weights.neighbors[place])
        drawn = np.array([rng.choice(others, count, replace=False).mean() for _ in range(1500)])
        own = zx[place] * zy[weights.neighbors[place]].mean()
        share = (zx[place] * drawn >= own).mean()
        assert ours.p_value[place] == pytest.approx(2 * min(share, 1 - share), abs=0.07)


def test_models_are_spregs(tables, pair) -> None:
    formula = tables["modelos"]["formula"].iloc[0]
    outcome, variables = formula.split(" ~ ")
    agebs = pair[3].copy()
    for name in ("participation_women", "e2sfca_guarderia", "female_headed_share",
                 "indigenous_language_share", "older_share"):  # fmt: skip
        agebs[f"100*{name}"] = 100 * agebs[name]
    names = variables.split(" + ")
    used = agebs.dropna(subset=names)
    assert (tables["modelos"]["places"] == len(used)).all()
    # Fewer places, other parts left apart: which links join them is the one thing not libpysal's.
    from_links = _weights(used, find_neighbours(used.geometry, tolerance_m=50.0).links)
    y, x = used[[outcome]].to_numpy(), used[names].to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what spreg's own calls warn of
        plain = spreg.OLS(y, x, w=from_links, robust="white", spat_diag=True)
        lag = spreg.ML_Lag(y, x, from_links, method="LU")
        error = spreg.ML_Error(y, x, from_links, method="LU")
    tests = tables["pruebas"].set_index("test")
    assert tests.loc["lm_error", "statistic"] == pytest.approx(plain.lm_error[0], rel=1e-6)
    assert tests.loc["lm_rezago_robusta", "p_value"] == pytest.approx(plain.rlm_lag[1], rel=1e-6)
    ours = tables["coeficientes"].set_index("model")
    for model, fitted in (("mco", plain), ("rezago", lag), ("error", error)):
        assert ours.loc[model, "estimate"].to_numpy() == pytest.approx(
            fitted.betas.ravel(), rel=1e-5
        )
        assert ours.loc[model, "standard_error"].to_numpy() == pytest.approx(
            fitted.std_err, rel=1e-5
        )
    weighted = np.linalg.lstsq(*_by_women(used, y, x), rcond=None)[0]
    assert ours.loc["mcp", "estimate"].to_numpy() == pytest.approx(weighted.ravel(), rel=1e-6)


def _by_women(used: gpd.GeoDataFrame, y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, ...]:
    root = np.sqrt(used["women_12_plus"].to_numpy())[:, None]
    return np.column_stack([np.ones(len(x)), x]) * root, y * root
