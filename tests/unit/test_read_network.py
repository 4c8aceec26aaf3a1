"""The network of an atlas, read back as it was written."""

from dataclasses import fields
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from data.errors import ArtifactError, NotComputedError
from data.tables import GEOGRAPHIC_CRS, METRIC_CRS
from geo.network import WalkNetwork, build_network, read_network
from geo.publish import write_network
from geo.street_window import EVERYWHERE, StoredNetwork

ORIGIN = np.array([2_450_000.0, 1_100_000.0])
# Two crossing streets, one that stops a metre short of them, and an island of 30 m.
LINES = [
    [(-1000.3, 0.0), (1000.7, 0.2)],
    [(0.0, -500.0), (13.0, 21.0), (0.0, 700.0)],
    [(300.0, 1.2), (300.0, 90.0)],
    [(5000.0, 5000.0), (5030.0, 5000.0)],
]


def network() -> WalkNetwork:
    lines = [shapely.LineString(np.array(line) + ORIGIN) for line in LINES]
    return build_network(
        gpd.GeoDataFrame(
            {
                "street_id": [f"calle-{number}" for number in range(len(LINES))],
                "bridge": "desconocido",
                "walkable": True,
            },
            geometry=gpd.GeoSeries(lines, crs=METRIC_CRS).to_crs(GEOGRAPHIC_CRS),
        )
    )


def test_a_network_is_read_as_it_was_built(tmp_path: Path) -> None:
    built = network()
    write_network(built.tables(), built.statistics, tmp_path)
    read = read_network(tmp_path)
    assert built.joined_gaps == 1
    for field in fields(WalkNetwork):
        before, after = getattr(built, field.name), getattr(read, field.name)
        if isinstance(before, np.ndarray):
            assert after.dtype == before.dtype, field.name
            assert (after == before).all(), field.name
        else:
            assert after == before
    assert read.statistics == built.statistics


def test_an_atlas_without_streets_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotComputedError, match="sin calles"):
        read_network(tmp_path)
    with pytest.raises(NotComputedError, match="sin calles"):
        StoredNetwork(tmp_path)


@pytest.mark.parametrize("damage", ["missing", "truncated", "foreign"])
def test_a_damaged_network_is_refused(tmp_path: Path, damage: str) -> None:
    built = network()
    write_network(built.tables(), built.statistics, tmp_path)
    stored = StoredNetwork(tmp_path)
    edges, nodes = (tmp_path / "network" / f"{name}.parquet" for name in ("edges", "nodes"))
    if damage == "missing":
        edges.unlink()
    elif damage == "truncated":
        edges.write_bytes(edges.read_bytes()[:-100])
    else:
        edges.write_bytes(nodes.read_bytes())
    with pytest.raises(ArtifactError, match="red peatonal"):
        read_network(tmp_path)
    with pytest.raises(ArtifactError, match="red peatonal"):
        stored.window(EVERYWHERE)
    with pytest.raises(ArtifactError, match="red peatonal"):
        StoredNetwork(tmp_path)
