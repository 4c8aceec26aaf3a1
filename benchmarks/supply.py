"""Classifying the centres of a country on one core: processor seconds, beside those of pandas.

python benchmarks/supply.py [ROWS]      # default 400,000

Names are those of the labelled sample with other words put after them, so that nearly all differ.
The peer is what one would write first: every rule over every row with ``Series.str.contains``, from
names normalised one by one; it is timed on a tenth of the rows.
"""

import os
import sys
import time
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1"}

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa

from data.classification import default_codebooks
from data.denue import ESTABLISHMENTS, STAFF_BANDS
from data.places import join_initials, normalise_name
from geo.supply import classify
from geo.supply.axes import read_axes

ROOT = Path(__file__).parents[1]
_PEER_SHARE = 10


def directory(rows: int) -> gpd.GeoDataFrame:
    """Return a made-up directory: labelled names with numbers and colours, places at random."""
    rng = np.random.default_rng(2022)
    sample = pd.read_csv(ROOT / "tests" / "golden" / "centre_names.csv", dtype="str").sample(
        rows, replace=True, random_state=2022, ignore_index=True
    )
    words = np.array(["DEL SOL", "DE LA LUNA", "NUEVO", "ROSALES", "AZUL", "MIRADOR", "LAS ROSAS"])
    suffix = pd.Series(words[rng.integers(0, len(words), rows)]) + " "
    suffix += pd.Series(rng.integers(1, 90, rows).astype("str"))
    table = pd.DataFrame({c.name: pd.Series([None] * rows) for c in ESTABLISHMENTS.columns})
    table["denue_id"] = [str(number) for number in range(rows)]
    table["scian"], table["legal_name"] = sample["scian"], sample["legal_name"]
    table["name"] = sample["name"] + " " + suffix
    table["staff_band"] = np.array(STAFF_BANDS)[rng.integers(0, len(STAFF_BANDS), rows)]
    points = gpd.points_from_xy(rng.uniform(-103, -98, rows), rng.uniform(18, 22, rows))
    frame = gpd.GeoDataFrame(table.astype("str"), geometry=points, crs="EPSG:4326")
    missing = [column for column in table if table[column].isna().all()]
    frame[missing] = frame[missing].astype("str").where(table[missing].notna())
    return frame


def peer(rows: pd.DataFrame) -> pd.Series:
    """Return schemes, found rule by rule over all rows."""
    names = {
        field: " " + rows[field].map(
            lambda name: join_initials(normalise_name(name)), na_action="ignore"
        ) + " "
        for field in ("name", "legal_name")
    }  # fmt: skip
    scheme = pd.Series(None, index=rows.index, dtype="object")
    for rule in sorted(default_codebooks().name_rules, key=lambda rule: -rule.precedence):
        if rule.scheme is None:
            continue
        fits = pd.Series(data=False, index=rows.index)
        for text in names.values():
            held = text.str.contains(rule.pattern.regex, regex=True, na=False)
            if rule.excepting is not None:
                held &= ~text.str.contains(rule.excepting.regex, regex=True, na=False)
            fits |= held
        fits &= rows["scian"].isin(rule.classes) & scheme.isna()
        scheme[fits] = rule.scheme
    return scheme.fillna("desconocido")


def _timed(work) -> tuple[float, object]:
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def main() -> None:
    """Print a Markdown table."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 400_000
    pa.set_cpu_count(1)
    table = directory(rows)
    books = default_codebooks()
    read_s, axes = _timed(lambda: read_axes(table, books))
    whole_s, _ = _timed(lambda: classify(table, books, optional=(), edition="bench"))
    part = table.iloc[: rows // _PEER_SHARE]
    peer_s, schemes = _timed(lambda: peer(part))
    if not (schemes == axes.loc[part.index, "scheme"]).all():
        sys.exit("the two ways differ")
    distinct = table["name"].nunique()
    print(
        f"{rows:,} centres, {distinct:,} different names, {len(books.name_rules)} rules; one core."
    )
    print("\n| work | processor seconds | seconds per 100,000 |\n|---|---|---|")
    print(f"| names read (`read_axes`) | {read_s:.1f} | {read_s / rows * 1e5:.2f} |")
    print(
        f"| the whole of `classify`, repeats merged | {whole_s:.1f} | {whole_s / rows * 1e5:.2f} |"
    )
    each = peer_s / len(part) * 1e5
    print(f"| pandas, rule by rule ({len(part):,} rows) | {peer_s:.1f} | {each:.2f} |")
    print(f"\nReading names takes {read_s / rows * 1e5 / each:.2f} of what pandas takes.")


if __name__ == "__main__":
    main()
