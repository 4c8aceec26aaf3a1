"""What the service holds after each kind of request, on an atlas of any size.

    python benchmarks/memory.py ATLAS

Of one process: its own memory, that with mapped files, the most so far, and the processor time.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx

from geo.start_view import mercator

PORT = 8798
CITIES, HALF_DEGREES = 5, 0.02
TILES_A_ZOOM = 12
QUIET_S = 65  # free memory goes back once a minute


class Watched:
    """The service's process, told of step by step."""

    def __init__(self, process: int) -> None:
        self.process = process
        self.before = 0.0

    def say(self, what: str, more: str = "") -> None:
        status = Path(f"/proc/{self.process}/status").read_text()
        own, whole, most = (int(re.search(rf"{name}:\s+(\d+)", status)[1]) // 1024
                            for name in ("RssAnon", "VmRSS", "VmHWM"))  # fmt: skip
        tasks = Path(f"/proc/{self.process}/task").glob("*/schedstat")
        spent = sum(int(task.read_text().split()[0]) for task in tasks) / 1e9
        print(f"{what:32} own {own:4} MB, with files {whole:4}, most {most:4}; "
              f"processor {spent - self.before:6.2f} s {more}", flush=True)  # fmt: skip
        self.before = spent


def tiles(client: httpx.Client, layers: list[str]) -> int:
    chance, found = random.Random(1), 0  # noqa: S311 — addresses, not secrets
    for layer in layers:
        told = client.get(f"/tiles/{layer}.json").json()
        west, south, east, north = told["bounds"]
        for z in range(told["minzoom"], told["maxzoom"] + 1):
            for _ in range(TILES_A_ZOOM):
                longitude, latitude = chance.uniform(west, east), chance.uniform(south, north)
                x, y = (int(at * 2**z) for at in mercator(longitude, latitude))
                found += client.get(f"/tiles/{layer}/{z}/{x}/{y}.mvt").status_code == 200
    return found


def places(client: httpx.Client) -> list[tuple[float, float]]:
    """Return a point of some AGEB in each fifth of their order."""
    path = "/collections/agebs/items?properties=cvegeo&limit="
    total = client.get(f"{path}1").json()["numberMatched"]
    found = []
    for part in range(CITIES):
        page = client.get(f"{path}200&offset={int(total * (part + 0.5) / CITIES)}").json()
        inside = next(feature["geometry"] for feature in page["features"] if feature["geometry"])
        numbers = inside["coordinates"]
        while isinstance(numbers[0], list):
            numbers = numbers[0]
        found.append((numbers[0], numbers[1]))
    return found


def steps(client: httpx.Client, watched: Watched) -> None:
    layers = [layer["id"] for layer in client.get("/atlas").json()["layers"] if layer.get("tiles")]
    watched.say("tiles of all layers", f"{tiles(client, layers)} tiles")
    points = places(client)
    watched.say("pages of AGEB")
    for turn in ("first", "again"):
        for x, y in points:
            box = f"{x - HALF_DEGREES},{y - HALF_DEGREES},{x + HALF_DEGREES},{y + HALF_DEGREES}"
            page = client.get(f"/collections/manzanas/items?limit=1000&bbox={box}").json()
            watched.say(f"1,000 blocks of a city, {turn}", f"{page['numberReturned']} returned")
    block = page["features"][0]["id"]
    for what, path in (
        ("statistics of a block", f"/estadisticas/manzana/{block}"),
        ("places by name", "/lugares?texto=centro"),
        ("a person's search", f"/centros?lon={x}&lat={y}&age_years=3"),
        ("priority", "/prioridad?limit=100"),
        ("a filter over all blocks", "/collections/manzanas/items?limit=10&filter=children_0_5>40"),
        ("all blocks in order",
         "/collections/manzanas/items?limit=10&sortby=-children_0_5&properties=cvegeo"),
    ):  # fmt: skip
        watched.say(what, f"status {client.get(path).status_code}")
    time.sleep(QUIET_S)
    watched.say("a minute later")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("atlas")
    given = parser.parse_args()
    print(f"load of the machine {os.getloadavg()[0]:.1f}")
    command = [sys.executable, "-m", "api", "serve", "--atlas", given.atlas, "--port", str(PORT)]
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL) as service,
        httpx.Client(base_url=f"http://127.0.0.1:{PORT}", trust_env=False, timeout=600) as client,
    ):
        try:
            while True:
                try:
                    client.get("/readyz").raise_for_status()
                    break
                except httpx.TransportError:
                    time.sleep(0.05)
            watched = Watched(service.pid)
            watched.say("start")
            steps(client, watched)
            print(f"load of the machine {os.getloadavg()[0]:.1f}")
        finally:
            service.terminate()


if __name__ == "__main__":
    main()
