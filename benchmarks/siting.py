"""Siting at a city's size: seconds of the heuristics, gap and proof, against spopt in the same run.

    python benchmarks/siting.py [--cells 60000] [--candidates 3000] [--sites 50] [--seconds 180]
    python benchmarks/siting.py --atlas ATLAS [--sites 50]

Cells lie at random in a square city of 25 × 25 km; a site serves whoever lives within 1,500 m as
the crow flies. With ``--atlas``, the blocks of an atlas along its streets instead, as
``POST /sitios`` asks: walking times, choice, bound and answer. spopt takes a dense matrix, so it is
given a tenth of the city (and said so).
"""

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from geo.access import TravelTimes
from geo.artifacts import current_version, read_manifest
from geo.scenarios import open_planning
from geo.scenarios.ground import GENERAL, ground_today
from geo.scenarios.sites import choose_sites
from geo.scenarios.siting_request import read_request
from geo.siting import (
    SitingProblem,
    SitingResult,
    most_people,
    shortest_walks,
    tighten_bound,
)
from geo.siting.exact import prove_most_people

_METRES_A_MINUTE = 75.0
_LIMIT_MIN = 20.0
_CITY_M = 25_000.0


def city(cells: int, candidates: int, side_m: float = _CITY_M) -> SitingProblem:
    """Return a random city of people and candidates."""
    generator = np.random.default_rng(1)
    homes = generator.uniform(0, side_m, (cells, 2))
    plots = generator.uniform(0, side_m, (candidates, 2))
    near = cKDTree(plots).query_ball_point(homes, _LIMIT_MIN * _METRES_A_MINUTE)
    cell = np.repeat(np.arange(cells), [len(found) for found in near])
    candidate = np.concatenate([np.asarray(found, dtype=np.int64) for found in near])
    metres = np.hypot(*(homes[cell] - plots[candidate]).T)
    times = TravelTimes.from_pairs(
        cell, candidate, metres / _METRES_A_MINUTE, n_cells=cells, n_facilities=candidates
    )
    demand = generator.integers(0, 60, cells).astype(float)
    return SitingProblem(times=times, demand=demand, existing_min=np.full(cells, np.nan),
                         limit_min=_LIMIT_MIN)  # fmt: skip


def timed(name: str, run: Callable[[], SitingResult]) -> SitingResult:
    """Run, print one row, and return what was found."""
    started = time.perf_counter()
    found = run()
    elapsed = time.perf_counter() - started
    print(f"| {name} | {elapsed:.2f} | {found.objective:,.0f} | {found.gap:.2%} | {found.method} |")
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    for name, default in (("cells", 60_000), ("candidates", 3_000), ("sites", 50)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--atlas", type=Path)
    asked = parser.parse_args()
    if asked.atlas is not None:
        of_an_atlas(asked.atlas, asked.sites)
        return
    problem = city(asked.cells, asked.candidates)
    print(f"{asked.cells:,} cells, {asked.candidates:,} candidates, {asked.sites} sites, "
          f"{len(problem.cell):,} pairs")  # fmt: skip
    print("| run | seconds | objective | gap to its bound | method |\n|---|---|---|---|---|")
    greedy = timed("most people", lambda: most_people(problem, asked.sites))
    greedy = timed(
        "most people, Lagrangian bound", lambda: tighten_bound(problem, greedy, asked.sites)
    )
    timed("shortest walks", lambda: shortest_walks(problem, asked.sites))
    timed("most people, HiGHS", lambda: prove_most_people(
        problem, asked.sites, seconds=asked.seconds, start=greedy))  # fmt: skip
    _spopt(asked.cells // 10, asked.candidates // 10, max(1, asked.sites // 10), asked.seconds)


def of_an_atlas(atlas: Path, sites: int) -> None:
    """Print how soon an atlas answers; the second time nothing is compiled any more."""
    folder = current_version(atlas)
    planning = open_planning(folder, read_manifest(folder))
    ground_today(planning, GENERAL)
    print(f"{len(planning.cells):,} cells\n| goal | seconds | of the processor | gap | method |")
    print("|---|---|---|---|---|")
    for turn in ("first", "again"):
        for goal, more in (("personas", {}), ("personas", {"places": 100.0}), ("caminatas", {})):
            request = read_request({"service": "guarderia", "goal": goal, "sites": sites, **more})
            started, worked = time.perf_counter(), time.process_time()
            found = choose_sites(planning, request)
            clock, work = time.perf_counter() - started, time.process_time() - worked
            print(f"| {turn}, {goal} {more or ''} | {clock:.2f} | {work:.2f} | {found.gap:.2%} "
                  f"| {found.method} |")  # fmt: skip


def _spopt(cells: int, candidates: int, sites: int, seconds: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pulp  # noqa: PLC0415 — only here, and it warns on import
        from spopt.locate import MCLP  # noqa: PLC0415

        problem = city(cells, candidates, _CITY_M / 10**0.5)
        dense = np.full((cells, candidates), 10 * _LIMIT_MIN)
        dense[problem.cell, problem.candidate] = problem.minutes
        print(f"\na tenth of the city: {cells:,} cells, {candidates:,} candidates, {sites} sites")
        greedy = timed("most people", lambda: most_people(problem, sites))
        timed("most people, HiGHS", lambda: prove_most_people(
            problem, sites, seconds=seconds, start=greedy))  # fmt: skip
        started = time.perf_counter()
        model = MCLP.from_cost_matrix(dense, problem.demand, _LIMIT_MIN, p_facilities=sites)
        model = model.solve(pulp.HiGHS(msg=False, timeLimit=seconds))
        value = model.problem.objective.value()
        print(f"| spopt with HiGHS | {time.perf_counter() - started:.2f} | {value:,.0f} | – | – |")


if __name__ == "__main__":
    main()
