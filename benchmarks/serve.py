"""Tiles from the service against nginx serving the same tile as a file, by wrk, in one run.

    python benchmarks/serve.py ATLAS          (Debian: apt-get install wrk nginx-light)

Loopback only; the server and wrk share the machine's cores. Prints requests a second and p99 of
both, the p95 of 1,000 features by bbox, start-up seconds and resident memory.
"""

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
SECONDS, CONNECTIONS = 8, 64
NGINX = """worker_processes 1; daemon off; pid {folder}/pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
uwsgi_temp_path {folder}; scgi_temp_path {folder};
server {{ listen 127.0.0.1:{port}; root {folder}; }} }}"""


def wrk(address: str) -> tuple[float, str]:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency",
               "-H", "Accept-Encoding: gzip", address]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    tail = re.search(r"99%\s+(\S+)", said)
    if "Non-2xx" in said or rate is None or tail is None:
        raise SystemExit(said)
    return float(rate[1]), tail[1]


def a_tile(client: httpx.Client) -> str:
    west, south, east, north = client.get("/tiles/manzanas.json").json()["bounds"]
    zoom, longitude, latitude = 14, (west + east) / 2, (south + north) / 2
    y = (1 - asinh(tan(radians(latitude))) / pi) / 2
    return f"/tiles/manzanas/{zoom}/{int((longitude + 180) / 360 * 2**zoom)}/{int(y * 2**zoom)}.mvt"


def main(atlas: str) -> None:
    began = time.perf_counter()
    command = [sys.executable, "-m", "api", "serve", "--atlas", atlas, "--port", str(PORT)]
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL) as service,
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(base_url=f"http://127.0.0.1:{PORT}", trust_env=False) as client,
    ):
        while True:
            try:
                client.get("/readyz").raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.02)
        print(f"start-up {time.perf_counter() - began:.2f} s")
        path = a_tile(client)
        tile = client.get(path, headers={"accept-encoding": "gzip"})
        with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
            stored = b"".join(answer.iter_raw())
        print(f"tile {path}: {tile.status_code}, {len(stored):,} bytes stored")
        Path(folder).chmod(0o755)  # nginx's worker is another user
        (Path(folder) / "tile.mvt").write_bytes(stored)
        (Path(folder) / "nginx.conf").write_text(NGINX.format(folder=folder, port=PEER))
        with subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf"]) as nginx:
            time.sleep(0.5)
            ours = wrk(f"http://127.0.0.1:{PORT}{path}")
            peer = wrk(f"http://127.0.0.1:{PEER}/tile.mvt")
            nginx.terminate()
        print(f"ours {ours[0]:,.0f}/s p99 {ours[1]}; nginx {peer[0]:,.0f}/s p99 {peer[1]}; "
              f"ratio {ours[0] / peer[0]:.2f}")  # fmt: skip
        bounds = ",".join(map(str, client.get("/tiles/manzanas.json").json()["bounds"]))
        for more in ("", "&properties=cvegeo,population"):
            times = []
            for number in range(30):
                at = time.perf_counter()
                address = f"/collections/manzanas/items?limit=1000&offset={number}&bbox={bounds}"
                client.get(address + more, headers={"accept-encoding": "identity"})
                times.append((time.perf_counter() - at) * 1000)
            print(f"1,000 features{more}: p95 {statistics.quantiles(times, n=20)[-1]:.0f} ms")
        memory = Path(f"/proc/{service.pid}/status").read_text()
        print(re.findall(r"VmRSS:.*", memory)[0])
        service.terminate()


if __name__ == "__main__":
    main(sys.argv[1])
