"""The simulator: answers of the service, and ranges against a solve of the matrix for every draw.

python benchmarks/simulator.py ATLAS [REQUESTS]
"""

import sys
import time
from pathlib import Path

import numpy as np
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from data.costs import simulated_services
from geo.artifacts import current_version
from geo.simulator import Setting, check_scenario, simulate
from geo.simulator.tables import read_setting

YEARS, DRAWS, COUNTRY = 10, 500, 2469


def scenario(setting: Setting) -> dict[str, object]:
    """Return a plan of every service over as many years as the atlas holds, up to ten."""
    years = min(YEARS, setting.years[-1] - 2020)
    path = np.linspace(0.1, 0.6, years).round(3).tolist()
    services = [s for s in simulated_services().values() if s.demand in setting.people]
    return {
        "first_year": 2021,
        "plans": [{"service": service.service, "coverage": path} for service in services],
    }


def country(setting: Setting) -> Setting:
    """Return a setting of as many municipalities as the country has, drawn from this one's."""
    random = np.random.default_rng(0)
    rows = random.integers(0, len(setting.municipalities), COUNTRY)
    return Setting(
        people={
            name: {year: np.atleast_1d(count)[rows] for year, count in years.items()}
            for name, years in setting.people.items()
        },
        places={
            name: {bound: np.atleast_1d(count)[rows] for bound, count in bounds.items()}
            for name, bounds in setting.places.items()
        },
        model=setting.model,
        region=setting.region,
        municipalities={f"{at:05d}": "" for at in range(COUNTRY)},
    )


def timed(work: object, times: int) -> np.ndarray:
    """Return seconds of each of so many calls, the first left out."""
    spent = []
    for _ in range(times + 1):
        start = time.perf_counter()
        work()  # type: ignore[operator]
        spent.append(time.perf_counter() - start)
    return np.array(spent[1:])


def said(name: str, seconds: np.ndarray) -> None:
    """Print median and 95th percentile."""
    median, high = np.quantile(seconds, [0.5, 0.95])
    print(f"{name}: median {1e3 * median:.1f} ms, p95 {1e3 * high:.1f} ms")


def main() -> None:
    """Measure and print."""
    atlas = Path(sys.argv[1])
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    setting = read_setting(current_version(atlas))
    body = scenario(setting)
    asked = check_scenario(body)
    print(f"{len(setting.municipalities)} municipalities, {len(asked.plans)} services, "
          f"{len(asked.years)} years, {DRAWS} draws")  # fmt: skip
    with TestClient(create_app(Settings(atlas=atlas))) as client:

        def ask() -> None:
            answer = client.post("/simulador", json=body, params={"draws": DRAWS})
            assert answer.status_code == 200, answer.text  # noqa: S101

        said("POST /simulador", timed(ask, times))

        def sheet() -> None:
            client.post("/simulador", json=body, params={"f": "xlsx", "draws": 0})

        said("POST /simulador?f=xlsx", timed(sheet, max(5, times // 10)))
    ours = timed(lambda: simulate(asked, setting, draws=DRAWS), times)
    said("the run with its ranges", ours)
    whole = country(setting)
    said(
        f"the same over {COUNTRY} municipalities",
        timed(lambda: simulate(asked, whole, draws=DRAWS), 20),
    )
    if setting.model is None:
        return
    closed = np.eye(len(setting.model.table.industries) + 1) - np.linalg.inv(
        setting.model.closed_inverse
    )
    system, demand = np.eye(len(closed)) - closed, np.ones(len(closed))

    def solves() -> None:
        for _ in range(DRAWS * len(asked.years)):
            np.linalg.solve(system, demand)

    peer = timed(solves, 3)
    said("NumPy: one solve of the closed matrix for each draw and year", peer)
    print(f"ratio {np.median(peer) / np.median(ours):.0f}")


if __name__ == "__main__":
    main()
