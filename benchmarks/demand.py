"""Seconds and peak memory of the demand of a whole state, made up from the embedded city.

python benchmarks/demand.py [--blocks 60000]

The embedded city's census is repeated as so many municipalities as the blocks asked for need, what
the census hides included. Beside it, reading the same table of blocks with pandas, as a measure.
"""

import argparse
import io
import resource
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import pandas as pd

from data.catalog import open_source_folder
from data.demo import write_demo_city
from data.tables import Level
from geo.demand import (
    CENSUS_COLUMNS,
    DemandMethod,
    DerivedMethod,
    build_demand,
    derive_demand,
    project_demand,
)
from geo.inputs import Inputs, read_inputs
from geo.progress import Progress

STATE = "99"


class Repeated:
    """A census reading with its places repeated under new municipality codes."""

    def __init__(self, table: pd.DataFrame, confidential: pd.DataFrame, copies: int) -> None:
        rows = table["cvegeo"].str.len() > len(STATE)
        parts = [_renamed(table[rows], copy) for copy in range(copies)]
        self.table = pd.concat(parts, ignore_index=True)
        self.confidential = pd.concat([confidential[rows]] * copies, ignore_index=True)


def _renamed(table: pd.DataFrame, copy: int) -> pd.DataFrame:
    code = table["cvegeo"]
    municipality = (code.str[2:5].astype(int) + 10 * copy).astype(str).str.zfill(3)
    return table.assign(cvegeo=code.str[:2] + municipality + code.str[5:])


def city() -> Inputs:
    """Return the embedded city's tables."""
    with tempfile.TemporaryDirectory() as folder:
        write_demo_city(Path(folder))
        return read_inputs(
            open_source_folder(Path(folder)), classes=(), variables=CENSUS_COLUMNS,
            progress=Progress(steps=99, stream=io.StringIO()),
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=60_000)
    wanted = parser.parse_args().blocks
    inputs = city()
    blocks = inputs.boundaries[Level.BLOCK]
    copies = -(-wanted // len(blocks))
    areas, localities = (
        Repeated(inputs.census[role].table, inputs.census[role].confidential, copies)
        for role in ("census_areas", "census_localities")
    )
    drawn = {
        level: pd.concat([_renamed(outlines, copy) for copy in range(copies)], ignore_index=True)
        for level, outlines in inputs.boundaries.items()
        if level is not Level.STATE
    }
    future = pd.concat([_renamed(inputs.projections, copy) for copy in range(copies)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    marks = [time.perf_counter()]
    demand = build_demand(areas, localities, None, drawn, method=DemandMethod())
    marks.append(time.perf_counter())
    projected = project_demand(demand, future, 2030)
    marks.append(time.perf_counter())
    derived = derive_demand(projected, DerivedMethod())
    marks.append(time.perf_counter())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    text = areas.table.to_csv(index=False)
    marks.append(time.perf_counter())
    pd.read_csv(io.StringIO(text), dtype="str")
    parsed = time.perf_counter() - marks[-1]
    seconds = [later - sooner for sooner, later in pairwise(marks)]
    print(f"| blocks | cells | counts | projection | union, entitlement | peak MiB | parse |\n"
          f"|---|---|---|---|---|---|---|\n| {len(derived.tables[Level.BLOCK]):,} "
          f"| {len(derived.cells):,} | {seconds[0]:.1f} s | {seconds[1]:.1f} s "
          f"| {seconds[2]:.1f} s | {peak:,.0f} (of which input {before:,.0f}) "
          f"| {parsed:.1f} s |")  # fmt: skip


if __name__ == "__main__":
    main()
