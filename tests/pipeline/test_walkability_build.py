"""Streets as they are in a whole build of the embedded city: scores, costs, walks, sensitivity."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from data.demo import draw_city
from data.walking import walk_profiles
from geo import artifacts
from geo.artifacts import Manifest
from geo.network import Attachment, WalkNetwork, read_network
from geo.travel import build_graph, walking_times

PROFILES = list(walk_profiles())
SERVICES = ("guarderia", "preescolar", "primaria", "mayores", "discapacidad")
pytestmark = pytest.mark.xdist_group("pipeline")


@pytest.fixture(scope="module")
def version(demo_sources: Path, cuidados, tmp_path_factory) -> Path:
    atlas = tmp_path_factory.mktemp("walkability") / "atlas"
    result = cuidados("build", "--sensitivity", "--sources", demo_sources, "--atlas", atlas)
    assert result.returncode == 0, result.stderr
    return artifacts.current_version(atlas)


@pytest.fixture(scope="module")
def manifest(version: Path) -> Manifest:
    return artifacts.verify(version)


@pytest.fixture(scope="module")
def blocks(version: Path) -> gpd.GeoDataFrame:
    return gpd.read_parquet(version / "tables" / "manzanas.parquet").set_index("cvegeo")


@pytest.fixture(scope="module")
def agebs(version: Path) -> gpd.GeoDataFrame:
    return gpd.read_parquet(version / "tables" / "agebs.parquet").set_index("cvegeo")


@pytest.fixture(scope="module")
def network(version: Path) -> WalkNetwork:
    return read_network(version)


@pytest.fixture(scope="module")
def costs(version: Path) -> pd.DataFrame:
    return pd.read_parquet(version / "network" / "costs.parquet")


def test_the_informal_edge_of_the_city_has_the_worst_streets(blocks: gpd.GeoDataFrame) -> None:
    zone = draw_city().plan.blocks.set_index("cvegeo")["zone"].reindex(blocks.index)
    for profile in PROFILES:
        means = blocks[f"walk_score_{profile}"].groupby(zone).mean()
        assert means.idxmin() == "periferia"
        assert means["periferia"] < means["centro"] - 0.2


def test_scores_of_places_are_means_over_their_people(
    blocks: gpd.GeoDataFrame, agebs: gpd.GeoDataFrame
) -> None:
    for profile in ("carriola", "noche"):
        score, people = blocks[f"walk_score_{profile}"], blocks["population"]
        known = score.notna() & people.notna()
        ageb = blocks.index.str[:13]
        sums = (score * people)[known].groupby(ageb[known]).sum()
        expected = sums / people[known].groupby(ageb[known]).sum().replace(0.0, np.nan)
        found = agebs[f"walk_score_{profile}"]
        assert np.allclose(found, expected.reindex(found.index), equal_nan=True)


def test_levels_carry_their_columns(blocks: gpd.GeoDataFrame, agebs: gpd.GeoDataFrame) -> None:
    for service in SERVICES:
        for profile in PROFILES:
            name = f"nearest_min_{service}_{profile}"
            assert name in agebs
            assert (name in blocks) == (service in walk_profiles()[profile].services)
            stopped = f"passable_share_{service}_{profile}" in agebs
            assert stopped == walk_profiles()[profile].can_be_stopped
    shares = agebs[[f"passable_share_{service}_silla_ruedas" for service in SERVICES]].melt()[
        "value"
    ]
    shares = shares.dropna()
    assert len(shares) > 300
    assert shares.between(0, 1).all()
    assert (shares < 1).any()


def test_a_slower_profile_walks_longer(blocks: gpd.GeoDataFrame) -> None:
    plain, rolled = (
        blocks[name]
        for name in ("nearest_min_discapacidad", "nearest_min_discapacidad_silla_ruedas")
    )
    both = plain.notna() & rolled.notna()
    assert both.sum() > 1000
    assert (rolled[both] > plain[both]).all()
    assert not (plain.isna() & rolled.notna()).any()


def test_costs_keep_their_contract(
    network: WalkNetwork, costs: pd.DataFrame, manifest: Manifest
) -> None:
    assert list(costs) == [f"{p}_{way}_dm" for p in PROFILES for way in ("forward", "backward")]
    assert len(costs) == len(network.edge_length_dm)
    for column in costs:
        assert costs[column].dtype == np.int32
        assert ((costs[column] >= 1) | (costs[column] == -1)).all()
    stopped = costs["silla_ruedas_forward_dm"] == -1
    assert (stopped == (costs["silla_ruedas_backward_dm"] == -1)).all()
    assert manifest.network is not None
    share = network.edge_length_dm[stopped].sum() / network.edge_length_dm.sum()
    statistics = manifest.network.statistics
    assert statistics["walk_impassable_share_silla_ruedas"] == pytest.approx(share, abs=1e-4)
    assert 0.9 < statistics["walk_scored_share"] < 1
    # Only those the limits are meant for are stopped; hills make the two ways differ.
    assert (costs.drop(columns=[c for c in costs if c.startswith("silla")]) > 0).all().all()
    assert (costs["noche_forward_dm"] != costs["noche_backward_dm"]).any()


def test_walks_at_a_profiles_costs_equal_scipy(network: WalkNetwork, costs: pd.DataFrame) -> None:
    forward, backward = (
        costs[f"silla_ruedas_{way}_dm"].to_numpy() for way in ("forward", "backward")
    )
    nodes = len(network.node_x_m)
    tail = np.concatenate([network.edge_from, network.edge_to])
    head = np.concatenate([network.edge_to, network.edge_from])
    cost = np.concatenate([forward, backward])
    links = pd.DataFrame({"tail": tail, "head": head, "cost": cost})[cost > 0]
    least = links.groupby(["tail", "head"], as_index=False)["cost"].min()
    matrix = coo_array(
        (least["cost"].astype("float64"), (least["tail"], least["head"])), shape=(nodes, nodes)
    ).tocsr()
    passable = np.flatnonzero((forward > 0) & (backward > 0))
    chosen = passable[:: len(passable) // 40]

    def at_start(edges: np.ndarray) -> Attachment:
        zeros = np.zeros(len(edges), dtype=np.int32)
        return Attachment(edges.astype(np.int32), zeros, zeros)

    walks = walking_times(
        build_graph(network, forward, backward), at_start(chosen), at_start(passable),
        limit_min=40.0, speed_m_per_min=75.0,
    )  # fmt: skip
    found = np.full((len(chosen), len(passable)), np.inf)
    found[np.repeat(np.arange(len(chosen)), np.diff(walks.first)), walks.cell] = walks.minutes
    # People walk to the facility: distances to it are those from it on the turned graph.
    expected = dijkstra(matrix.T.tocsr(), indices=network.edge_from[chosen])
    expected = expected[:, network.edge_from[passable]] / 750.0
    expected[expected > 40.0] = np.inf
    assert np.isfinite(expected).sum() > 10_000
    assert np.allclose(found, expected, rtol=0, atol=1e-9)


def test_all_measures_by_profile_stand_in_one_table(version: Path, manifest: Manifest) -> None:
    asset = manifest.asset("acceso_por_perfil")
    assert asset is not None
    walks = pd.read_parquet(version / asset.file.path)
    assert len(walks) == (3 + 105) * len(PROFILES) * len(SERVICES)
    assert not walks.duplicated(["cvegeo", "profile", "service"]).any()
    assert {"nearest_min", "e2sfca", "within_15min_share", "passable_share"} <= set(walks)
    assert walks["within_30min_share"].dropna().between(0, 1).all()
    figures = manifest.asset("perfiles")
    assert figures is not None
    sources = pd.read_parquet(version / figures.file.path)["source"]
    assert (sources.str.len() > 4).all()


def test_sensitivity_says_how_far_rankings_move(version: Path, manifest: Manifest) -> None:
    asset = manifest.asset("sensibilidad")
    assert asset is not None
    table = pd.read_parquet(version / asset.file.path)
    keys = ["cvegeo", "service", "minutes", "decay", "profile", "places"]
    assert not table.duplicated(keys).any()
    assert set(table["service"]) == {"guarderia", "mayores"}
    assert "sensibilidad_primaria" in {item.what for item in manifest.not_computed}
    assert len(table) == 3 * 2 * 4 * 2 * 3 * 3
    city = table[table["cvegeo"] == "99001"]
    same = city.query(
        "minutes == 30 and decay == 'escalones' and profile == 'general' and places == 'central'"
    )
    assert same["spearman"].tolist() == pytest.approx([1.0, 1.0])
    assert same["quintile_change_share"].tolist() == [0.0, 0.0]
    assert city["spearman"].between(0.5, 1).all()
    assert city["quintile_change_share"].max() > 0.2


def test_the_published_variant_is_what_is_published(version: Path, agebs: gpd.GeoDataFrame) -> None:
    walks = pd.read_parquet(version / "tables" / "acceso_por_perfil.parquet")
    general = agebs["e2sfca_guarderia"]
    rolled = walks.query("level == 'ageb' and service == 'guarderia' and profile == 'silla_ruedas'")
    rolled = rolled.set_index("cvegeo")["e2sfca"].reindex(general.index)
    table = pd.read_parquet(version / "tables" / "sensibilidad.parquet")
    row = table.query(
        "cvegeo == '99001' and service == 'guarderia' and minutes == 30 and decay == 'escalones'"
        " and profile == 'silla_ruedas' and places == 'central'"
    )
    # An AGEB of one block where nobody of the group lives has a value, but no place in the order.
    own = general.index.str.startswith("99001") & (agebs["demand_guarderia"] > 0)
    expected = general[own].rank().corr(rolled[own].rank())
    assert row["spearman"].item() == pytest.approx(expected, abs=1e-9)
