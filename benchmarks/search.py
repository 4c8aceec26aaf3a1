"""Person search over 10,000 centres of a metropolitan grid against a naive scan in pandas.

python benchmarks/search.py [QUERIES]
"""

import sys
import time
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.classification import default_codebooks
from data.tables import GEOGRAPHIC_CRS, METRIC_CRS
from geo.network import WalkNetwork, build_network
from geo.search import CentreDirectory, Wanted, Ways, describe_person, find_centres
from geo.travel.search import UNREACHED
from geo.travel.walk import Walker

CENTRES, STREETS, STEP_M = 10_000, 350, 100.0
CORNER = np.array([2_700_000.0, 800_000.0])
WORDS = ("GUARDERIA", "ESTANCIA INFANTIL", "JARDIN DE NIÑOS", "PRIMARIA", "ASILO", "CASA DE DIA")
NAMES = ("ROSAURA ZAPATA", "BENITO JUAREZ", "MI CASITA", "SAN JOSE", "LOS ABUELOS", "FRIDA KAHLO")
TEXTS = ("guardería", "kinder", "asilo san jose", "estancia casita", "primaria benito", "")
SPEED_DM = 750.0


def metropolis() -> WalkNetwork:
    """Return a square grid of streets."""
    far = STEP_M * (STREETS - 1)
    at = np.arange(STREETS) * STEP_M
    ends = [[(0, y), (far, y)] for y in at] + [[(x, 0), (x, far)] for x in at]
    lines = [shapely.LineString(np.array(line) + CORNER) for line in ends]
    frame = gpd.GeoDataFrame(
        {"street_id": [str(n) for n in range(len(lines))], "bridge": "desconocido",
         "walkable": True},
        geometry=gpd.GeoSeries(lines, crs=METRIC_CRS).to_crs(GEOGRAPHIC_CRS),
    )  # fmt: skip
    return build_network(frame)


def centres(random: np.random.Generator) -> pd.DataFrame:
    """Return centres of every class with invented names."""
    care = [c for c in default_codebooks().classes.values() if c.membership == "default"]
    chosen = [care[i] for i in random.integers(0, len(care), CENTRES)]
    named = zip(random.choice(WORDS, CENTRES), random.choice(NAMES, CENTRES), strict=True)
    scheme = random.choice(["imss", "issste", "abierto", "cuota", "desconocido"], CENTRES)
    terms = {"imss": "con", "issste": "con", "desconocido": "desconocido"}
    return pd.DataFrame(
        {
            "name": [f"{kind} {name} {n}" for n, (kind, name) in enumerate(named)],
            "scian": [c.scian for c in chosen],
            "service_type": [c.service_type for c in chosen],
            "sector": [c.sector for c in chosen],
            "scheme": scheme,
            "entitlement": [terms.get(name, "sin") for name in scheme],
            **{
                f"serves_{group}": [group in c.groups for c in chosen]
                for group in ("infancia", "mayores", "discapacidad")
            },
            "age_min_days": [np.nan if c.age_min_days is None else c.age_min_days for c in chosen],
            "age_max_days": [np.nan if c.age_max_days is None else c.age_max_days for c in chosen],
        }
    )


def scan(table: pd.DataFrame, text: str, days: int, straight_m: np.ndarray) -> pd.DataFrame:
    """Answer as one would in an afternoon: fold accents, look for words, sort by crow-fly."""
    kept = table.assign(straight_m=straight_m)
    folded = kept["name"].str.normalize("NFKD").str.encode("ascii", "ignore").str.decode("ascii")
    for word in text.upper().split():
        kept = kept[folded.loc[kept.index].str.contains(word, regex=False)]
    fits = (kept["age_min_days"].fillna(0) <= days) & (kept["age_max_days"].fillna(np.inf) >= days)
    fits &= kept["serves_infancia"] & (kept["entitlement"] != "con")
    return kept[fits].sort_values("straight_m").head(20)


def main() -> None:
    """Print seconds of loading, and the median and 95th percentile of both."""
    queries = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    random = np.random.default_rng(7)
    table = centres(random)
    network = metropolis()
    x, y = (CORNER + random.uniform(0, STEP_M * (STREETS - 1), (CENTRES, 2))).T
    started = time.perf_counter()
    directory = CentreDirectory(table)
    indexed = time.perf_counter() - started
    started = time.perf_counter()
    walker = Walker(network)
    standing = walker.finder.attach(x, y, max_distance_m=500)
    prepared = time.perf_counter() - started
    today = date(2026, 11, 24)
    ours, naive = [], []
    for number in range(-3, queries):
        here = CORNER + random.uniform(8_000, STEP_M * (STREETS - 1) - 8_000, 2)
        born = date(2021 + number % 6, 3, 1 + number % 28)
        text = TEXTS[number % len(TEXTS)]
        started = time.perf_counter()
        origin = walker.stand(*here, max_access_m=500)
        assert origin is not None  # noqa: S101 — the grid covers the square
        distance = walker.walk(origin, limit_dm=45_000).distance_dm(standing)
        minutes = np.where(distance == UNREACHED, np.nan, distance / SPEED_DM)
        straight_m = np.hypot(x - here[0], y - here[1])
        person = describe_person(today=today, birth_date=min(born, today),
                                 entitlements=frozenset())  # fmt: skip
        find_centres(directory, person, Ways(minutes, straight_m), Wanted(text=text or None))
        middle = time.perf_counter()
        scan(table, text, (today - min(born, today)).days, np.hypot(x - here[0], y - here[1]))
        if number >= 0:
            ours.append(middle - started)
            naive.append(time.perf_counter() - middle)
    nodes = len(network.node_x_m)
    print(f"{CENTRES:,} centres, {nodes:,} nodes, {queries} questions of 20 answers")
    print(f"index of words {indexed:.2f} s, streets {prepared:.2f} s, once\n")
    print("| what | median ms | p95 ms |\n|---|---|---|")
    for name, times in (("walk, words, terms and reasons", ours), ("pandas scan, crow-fly", naive)):
        median, p95 = np.quantile(times, [0.5, 0.95]) * 1000
        print(f"| {name} | {median:.1f} | {p95:.1f} |")


if __name__ == "__main__":
    main()
