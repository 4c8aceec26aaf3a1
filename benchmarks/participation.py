"""Seconds and peak memory of setting participation against care, beside esda called plainly.

python benchmarks/participation.py [--places 2469] [--without-peer]

Places are squares in towns of some hundreds, apart from each other, with variables alike nearby.
The peer is esda's own compiled local Moran, its first call (numba compiles it anew in every
process) and its second, on the same places and permutations.
"""

import argparse
import resource
import time
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from esda.moran import Moran_Local_BV

from data.tables import Level
from data.texts import Text
from geo.method import load_method
from geo.participation.analysis import analyse_level
from geo.participation.clusters import global_statistics, local_clusters
from geo.participation.neighbours import find_neighbours
from geo.participation.regression import fit_models
from geo.participation.typology import find_types

TOWN, ACROSS = 400, 20
COVARIATES = ("schooling_years_women", "children_ever_born", "female_headed_share",
              "indigenous_language_share")  # fmt: skip

TYPED = ("places_around_per_100_children", "children_0_5_per_100_women", "older_share",
         "female_headed_share")  # fmt: skip


def towns(places: int) -> gpd.GeoDataFrame:
    """Squares of a kilometre in towns of four hundred, on a lattice of towns."""
    number = np.arange(places)
    town, within = number // TOWN, number % TOWN
    per_row = int(np.ceil(np.sqrt(town.max() + 1)))
    x = 1.5e6 + (town % per_row) * 60_000 + (within % ACROSS) * 1000
    y = 5e5 + (town // per_row) * 60_000 + (within // ACROSS) * 1000
    codes = [f"{number // 1000:05d}0001{number % 1000:04d}" for number in range(places)]
    shapes = shapely.box(x, y, x + 1000, y + 1000)
    return gpd.GeoDataFrame(index=pd.Index(codes, dtype="str"), geometry=shapes, crs=6372)


def with_variables(table: gpd.GeoDataFrame, lag) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(7)

    def field() -> np.ndarray:
        chance = rng.normal(size=len(table))
        near = lag @ chance
        return chance + near + lag @ near

    means = field()
    columns = {
        "participation_women": np.clip(0.5 + 0.05 * (means + field()), 0.05, 0.95),
        "places_around_per_100_children": np.exp(0.5 * (means + field())),
        "places_per_100_children": np.exp(field()),
        "children_0_5_per_100_women": 15 + field(),
        "older_share": np.clip(0.1 + 0.02 * field(), 0.01, 0.9),
        **{name: 0.3 + 0.05 * field() for name in COVARIATES},
    }
    return table.assign(**columns)


def timed(label: str, work):
    """Do some work and print its seconds by the clock and of the processor, all threads."""
    start, used = time.perf_counter(), time.process_time()
    found = work()
    spent, used = time.perf_counter() - start, time.process_time() - used
    print(f"{label:58} {spent:8.2f} s {used:8.2f} s of processor", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=2469)
    parser.add_argument("--without-peer", action="store_true")
    arguments = parser.parse_args()
    method = load_method().participation
    table = towns(arguments.places)
    near = timed(
        f"neighbours of {arguments.places:,} places, parts joined",
        lambda: find_neighbours(table.geometry, tolerance_m=method.ageb_touch_m),
    )
    table = with_variables(table, near.weights.sparse)
    x = table["participation_women"].to_numpy()
    y = table["places_around_per_100_children"].to_numpy()
    chances = {"permutations": method.permutations, "seed": method.seed}
    timed("global Moran, Lee", lambda: global_statistics(x, y, near.weights, **chances))
    timed(
        f"local Moran, {method.permutations} permutations",
        lambda: local_clusters(x, y, near.weights, **chances, false_discovery=0.05),
    )
    women = pd.Series(np.random.default_rng(1).integers(100, 2000, len(table)), index=table.index)
    variables = table[["places_around_per_100_children", *COVARIATES]]
    timed(
        "five models and the tests between them",
        lambda: fit_models(
            table["participation_women"], variables, women.to_numpy("float64"), near.weights,
            most_likelihood=method.likelihood_places, **chances,
        ),
    )  # fmt: skip
    typed = table[["participation_women", *TYPED]]
    words = {name: Text(name, name) for name in typed}
    timed("types of place", lambda: find_types(typed, words, seed=method.seed))
    if not arguments.without_peer:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            for call in ("first", "second"):
                timed(
                    f"peer: esda's compiled local Moran, {call} call",
                    lambda: Moran_Local_BV(
                        x, y, near.weights, n_jobs=1, keep_simulations=False, **chances
                    ),
                )
    timed("all of a level", lambda: analyse_level(Level.AGEB, table, women, method))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory {peak:.2f} GiB")


if __name__ == "__main__":
    main()
