"""The service against nginx serving the same tiles as files, by wrk, in turns within one run.

    python benchmarks/serve.py ATLAS [--workers N]     (Debian: apt-get install wrk nginx-light)

Loopback only; server and wrk share the machine's cores, so both are asked in short turns, and the
median over the turns is given, with the processor time each server took for an answer. Then 1,000
features by box, start-up and memory.
"""

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from math import asinh, pi, radians, tan
from pathlib import Path

import httpx

PORT, PEER = 8795, 8796
TURNS, SECONDS, CONNECTIONS = 7, 4, 64
TILES = 200
ZOOM = 14
NGINX = """worker_processes {workers}; daemon off; pid {folder}/pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
uwsgi_temp_path {folder}; scgi_temp_path {folder}; default_type application/octet-stream;
server {{ listen 127.0.0.1:{port}{reuse}; root {folder}; }} }}"""
# wrk asks for the addresses of a file in turn and says the percentiles it is asked for.
LUA = """
local paths, at = {{}}, 0
for line in io.lines("{list}") do paths[#paths + 1] = line end
request = function() at = at % #paths + 1; return wrk.format("GET", paths[at]) end
done = function(summary, latency)
  local errors = summary.errors
  print("figures", summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
        latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout)
end
"""


class Wrk:
    """Answers a second, milliseconds at three percentiles, of one turn."""

    def __init__(self, port: int, script: Path, *, connections: int, coding: str) -> None:
        command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", str(script),
                   "-H", f"Accept-Encoding: {coding}", f"http://127.0.0.1:{port}"]  # fmt: skip
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        numbers = [float(part) for part in re.search(r"figures(.*)", said)[1].split()]
        self.answers, seconds, self.p50, self.p95, self.p99, errors = numbers
        self.rate = self.answers / seconds
        if errors:
            raise SystemExit(said)


def processor_s(processes: list[int]) -> float:
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def family(process: int) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(int(child) for child in children)]


def addresses(client: httpx.Client, layer: str) -> list[str]:
    """Return addresses of tiles that hold something, around the middle of a layer."""
    west, south, east, north = client.get(f"/tiles/{layer}.json").json()["bounds"]
    longitude, latitude = (west + east) / 2, (south + north) / 2
    x = int((longitude + 180) / 360 * 2**ZOOM)
    y = int((1 - asinh(tan(radians(latitude))) / pi) / 2 * 2**ZOOM)
    found = []
    for reach in range(12):
        for across in range(x - reach, x + reach + 1):
            for down in range(y - reach, y + reach + 1):
                path = f"/tiles/{layer}/{ZOOM}/{across}/{down}.mvt"
                if max(abs(across - x), abs(down - y)) != reach:
                    continue
                if client.get(path, headers={"accept-encoding": "gzip"}).status_code == 200:
                    found.append(path)
    return found[:TILES]


def script(folder: Path, name: str, paths: list[str]) -> Path:
    listed, made = folder / f"{name}.txt", folder / f"{name}.lua"
    listed.write_text("\n".join(paths))
    made.write_text(LUA.format(list=listed))
    return made


def tiles(client, folder: Path, service: int, workers: int) -> None:
    paths = addresses(client, "manzanas")
    sizes = []
    for path in paths:
        with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
            stored = b"".join(answer.iter_raw())
        sizes.append(len(stored))
        (folder / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (folder / path[1:]).write_bytes(stored)
    for place in folder.rglob("*"):
        place.chmod(0o755)
    reuse = " reuseport" if workers > 1 else ""
    configuration = NGINX.format(folder=folder, port=PEER, workers=workers, reuse=reuse)
    (folder / "nginx.conf").write_text(configuration)
    random.Random(3).shuffle(paths)  # noqa: S311 — an order, not a secret
    with subprocess.Popen(["nginx", "-c", str(folder / "nginx.conf")]) as nginx:
        time.sleep(0.5)
        for name, chosen in (("one tile", paths[:1]), (f"{len(paths)} tiles", paths)):
            asked = script(folder, "tiles", chosen)
            turns = {PORT: [], PEER: []}
            processor = dict.fromkeys(turns, 0.0)
            for _ in range(TURNS):
                for port, process in ((PORT, service), (PEER, nginx.pid)):
                    before = processor_s(family(process))
                    turns[port].append(Wrk(port, asked, connections=CONNECTIONS, coding="gzip"))
                    processor[port] += processor_s(family(process)) - before
            show(name, turns, processor)
        nginx.terminate()
    print(f"stored tiles: median {statistics.median(sizes):,.0f} bytes, most {max(sizes):,}")


def show(name: str, turns: dict[int, list[Wrk]], processor: dict[int, float]) -> None:
    ratios = [ours.rate / peer.rate for ours, peer in zip(turns[PORT], turns[PEER], strict=True)]
    print(f"{name}: ratio median {statistics.median(ratios):.2f}, "
          f"from {min(ratios):.2f} to {max(ratios):.2f}")  # fmt: skip
    for port, server in ((PORT, "ours"), (PEER, "nginx")):
        rate = statistics.median(turn.rate for turn in turns[port])
        tail = statistics.median(turn.p99 for turn in turns[port])
        least = min(turn.p99 for turn in turns[port])
        each = 1e6 * processor[port] / sum(turn.answers for turn in turns[port])
        print(f"  {server}: {rate:,.0f}/s, p99 {tail:.1f} ms (best turn {least:.1f}), "
              f"{each:.1f} µs of processor an answer")  # fmt: skip


def features(client, folder: Path) -> None:
    west, south, east, north = client.get("/tiles/manzanas.json").json()["bounds"]
    middle = (west + east) / 2, (south + north) / 2
    for more in ("", "&properties=cvegeo,population"):
        paths = []
        for part in range(40):  # boxes that grow, so that each asks for other rows
            half = (0.5 + part / 80) * (east - west) / 2, (0.5 + part / 80) * (north - south) / 2
            box = f"{middle[0] - half[0]},{middle[1] - half[1]},{east},{north}"
            paths.append(f"/collections/manzanas/items?limit=1000&bbox={box}{more}")
        asked = script(folder, "features", paths)
        turns = [Wrk(PORT, asked, connections=1, coding="identity") for _ in range(3)]
        size = len(client.get(paths[0], headers={"accept-encoding": "identity"}).content)
        print(f"1,000 features{more} ({size / 1e6:.1f} MB): p50 "
              f"{statistics.median(turn.p50 for turn in turns):.0f} ms, p95 "
              + ", ".join(f"{turn.p95:.0f}" for turn in turns) + " ms in three turns")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("atlas")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    print(f"load of the machine {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    command = [sys.executable, "-m", "api", "serve", "--atlas", given.atlas, "--port", str(PORT),
               "--workers", str(given.workers)]  # fmt: skip
    began = time.perf_counter()
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL) as service,
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(base_url=f"http://127.0.0.1:{PORT}", trust_env=False, timeout=30) as client,
    ):
        while True:
            try:
                client.get("/readyz").raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.02)
        print(f"start-up {time.perf_counter() - began:.2f} s, "
              f"{processor_s(family(service.pid)):.2f} s of processor")  # fmt: skip
        Path(folder).chmod(0o755)  # nginx's workers are another user
        tiles(client, Path(folder), service.pid, given.workers)
        features(client, Path(folder))
        memory = Path(f"/proc/{service.pid}/status").read_text()
        print(" ".join(re.findall(r"(?:VmRSS|RssAnon):\s+\d+ kB", memory)))
        print(f"load of the machine {os.getloadavg()[0]:.1f}")
        service.terminate()


if __name__ == "__main__":
    main()
