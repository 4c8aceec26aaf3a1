"""A service under steady, mixed load: errors, and the growth of its memory.

    python benchmarks/soak.py ATLAS --minutes 30 --rate 500

Of the requests, which come at a steady rate whatever the answers take, 80 % are tiles, 14 % small
pages of features by box, 5 % statistics of a place and 1 % searches of a person. Every answer is
read whole. Ends with 1 if any failed or the service's own memory (not the files it maps) grew more
than ``--most-growth-mb`` between the second quarter of the time and the last.
"""

import argparse
import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections import Counter, deque
from math import asinh, pi, radians, tan
from pathlib import Path
from urllib.parse import quote

import httptools

CONNECTIONS = 64
SHARES = (("tiles", 0.80), ("features", 0.14), ("statistics", 0.05), ("search", 0.01))
HEADERS = "Host: 127.0.0.1\r\nAccept-Encoding: gzip\r\nUser-Agent: soak\r\n\r\n"


class Client(asyncio.Protocol):
    """One connection: a request at a time, its answer read and forgotten."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.transport: asyncio.Transport | None = None
        self.done: asyncio.Future[int] | None = None

    def connection_made(self, transport) -> None:
        self.transport = transport

    def connection_lost(self, exc) -> None:
        self.transport = None
        if self.done is not None and not self.done.done():
            self.done.set_exception(exc or ConnectionError("closed"))

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self.done is not None and not self.done.done():
            self.done.set_result(self.parser.get_status_code())

    async def get(self, path: str) -> int:
        if self.transport is None:
            await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self.port)
        self.parser = httptools.HttpResponseParser(self)
        self.done = asyncio.get_running_loop().create_future()
        self.transport.write(f"GET {path} HTTP/1.1\r\n{HEADERS}".encode())
        return await asyncio.wait_for(self.done, 60)


async def fetch(port: int, path: str) -> dict:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    said = await reader.read()
    writer.close()
    head, _, body = said.partition(b"\r\n\r\n")
    if b"chunked" in head:
        parts = []
        while body:
            size, _, body = body.partition(b"\r\n")
            parts.append(body[: int(size, 16)])
            body = body[int(size, 16) + 2 :]
        body = b"".join(parts)
    return json.loads(body)


class Addresses:
    """Addresses of each kind, drawn anew for every request."""

    def __init__(self, layers: dict[str, dict], places: list[tuple[str, str]]) -> None:
        self.random = random.Random(7)  # noqa: S311 — addresses, not secrets
        self.layers = layers
        self.places = places

    @classmethod
    async def read(cls, port: int) -> "Addresses":
        atlas = await fetch(port, "/atlas")
        names = [layer["id"] for layer in atlas["layers"] if layer.get("tiles")]
        layers = {name: await fetch(port, f"/tiles/{name}.json") for name in names}
        places = []
        for layer in atlas["layers"]:
            if layer.get("level") in ("municipio", "ageb"):
                page = await fetch(
                    port, f"/collections/{layer['id']}/items?limit=500&properties=cvegeo"
                )
                places += [(layer["level"], feature["id"]) for feature in page["features"]]
        return cls(layers, places)

    def point(self, layer: str) -> tuple[float, float]:
        west, south, east, north = self.layers[layer]["bounds"]
        middle = 0.5 + self.random.uniform(-0.3, 0.3), 0.5 + self.random.uniform(-0.3, 0.3)
        return west + middle[0] * (east - west), south + middle[1] * (north - south)

    def tiles(self) -> str:
        layer = self.random.choice(list(self.layers))
        zoom = self.random.randint(self.layers[layer]["minzoom"], self.layers[layer]["maxzoom"])
        longitude, latitude = self.point(layer)
        x = int((longitude + 180) / 360 * 2**zoom)
        y = int((1 - asinh(tan(radians(latitude))) / pi) / 2 * 2**zoom)
        return f"/tiles/{layer}/{zoom}/{x}/{y}.mvt"

    def features(self) -> str:
        layer = self.random.choice(list(self.layers))
        longitude, latitude = self.point(layer)
        box = f"{longitude - 0.005},{latitude - 0.005},{longitude + 0.005},{latitude + 0.005}"
        return f"/collections/{layer}/items?limit=20&bbox={box}"

    def statistics(self) -> str:
        level, place = self.random.choice(self.places)
        return f"/estadisticas/{level}/{place}"

    def search(self) -> str:
        layer = "agebs" if "agebs" in self.layers else next(iter(self.layers))
        longitude, latitude = self.point(layer)
        words = quote(self.random.choice(("", "guardería", "asilo")))
        return f"/centros?lon={longitude}&lat={latitude}&text={words}&age_years=3"


class Soak:
    """The load, and what came of it."""

    def __init__(
        self, addresses: Addresses, process: int, port: int, rate: float, seconds: float
    ) -> None:
        self.addresses = addresses
        self.port = port
        self.process = process
        self.rate = rate
        self.seconds = seconds
        self.answers: Counter[tuple[str, str]] = Counter()
        self.examples: dict[str, str] = {}
        self.milliseconds: dict[str, deque[float]] = {
            kind: deque(maxlen=200_000) for kind, _ in SHARES
        }
        self.memory: list[tuple[float, float, float]] = []  # seconds, own MB, with mapped files
        self.loads: list[float] = []

    async def run(self) -> None:
        client = Client(self.port)
        for kind, _ in SHARES:  # tables are read and libraries loaded when first asked for
            await client.get(getattr(self.addresses, kind)())
        self.began = time.monotonic()
        self.due = 0
        watch = asyncio.create_task(self.watch())
        await asyncio.gather(*(self.work() for _ in range(CONNECTIONS)))
        watch.cancel()

    async def work(self) -> None:
        client = Client(self.port)
        kinds, weights = zip(*SHARES, strict=True)
        while True:
            due = self.began + self.due / self.rate
            self.due += 1
            if due - self.began > self.seconds:
                return
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            (kind,) = self.addresses.random.choices(kinds, weights)
            path = getattr(self.addresses, kind)()
            try:
                status = await client.get(path)
                outcome = f"{status // 100}xx"
            except (OSError, TimeoutError, httptools.HttpParserError) as error:
                outcome = type(error).__name__
                client = Client(self.port)
            if outcome != "2xx":
                self.examples.setdefault(outcome, path)
            self.answers[kind, outcome] += 1
            # From when it was due, so that a wait for a free connection counts too.
            self.milliseconds[kind].append((time.monotonic() - due) * 1000)

    async def watch(self) -> None:
        while True:
            own, whole = memory_mb(self.process)
            self.memory.append((time.monotonic() - self.began, own, whole))
            self.loads.append(os.getloadavg()[0])
            await asyncio.sleep(max(0.25, self.seconds / 240))

    def growth_mb(self) -> float:
        parts = [[], [], [], []]
        for at, own, _ in self.memory:
            parts[min(3, int(4 * at / self.seconds))].append(own)
        return statistics.median(parts[3]) - statistics.median(parts[1])

    def report(self) -> str:
        total = sum(self.answers.values())
        lines = [
            f"{total:,} requests in {self.seconds:,.0f} s ({total / self.seconds:,.0f} a second)",
            (f"load of the machine: median {statistics.median(self.loads):.1f}, "
             f"from {min(self.loads):.1f} to {max(self.loads):.1f}"),
        ]  # fmt: skip
        for kind, _ in SHARES:
            outcomes = {out: n for (of, out), n in sorted(self.answers.items()) if of == kind}
            times = sorted(self.milliseconds[kind])
            if times:
                p50, p99 = times[len(times) // 2], times[int(0.99 * len(times))]
                lines.append(f"{kind}: {outcomes} p50 {p50:.1f} ms p99 {p99:.1f} ms")
        lines += [f"first {outcome}: {path}" for outcome, path in self.examples.items()]
        marks = [round(at * (len(self.memory) - 1) / 6) for at in range(7)]
        own = ", ".join(f"{self.memory[mark][1]:.0f}" for mark in marks)
        whole = ", ".join(f"{self.memory[mark][2]:.0f}" for mark in marks)
        lines.append(f"memory of its own, MB, at equal times: {own}; with mapped files: {whole}")
        lines.append(f"growth from the second quarter to the last: {self.growth_mb():.1f} MB")
        return "\n".join(lines)

    def failures(self) -> int:
        return sum(count for (_, outcome), count in self.answers.items() if outcome != "2xx")


def memory_mb(process: int) -> tuple[float, float]:
    """Return the memory of a process and its children: of their own, and with mapped files."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    own = whole = 0.0
    for each in (process, *children):
        status = Path(f"/proc/{each}/status").read_text()
        own += int(re.search(r"RssAnon:\s+(\d+)", status)[1]) / 1024
        whole += int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
    return own, whole


async def soak(process: int, port: int, rate: float, seconds: float) -> Soak:
    end = time.monotonic() + 60
    while True:
        try:
            await fetch(port, "/readyz")
            break
        except OSError:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.05)
    run = Soak(await Addresses.read(port), process, port, rate, seconds)
    await run.run()
    return run


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("atlas")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--port", type=int, default=8797)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--most-growth-mb", type=float, default=20.0)
    given = parser.parse_args()
    command = [
        sys.executable,
        "-m",
        "api",
        "serve",
        "--atlas",
        given.atlas,
        "--port",
        str(given.port),
        "--workers",
        str(given.workers),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as service:
        try:
            run = asyncio.run(soak(service.pid, given.port, given.rate, 60 * given.minutes))
        finally:
            service.terminate()
    print(run.report())
    return int(run.failures() > 0 or run.growth_mb() > given.most_growth_mb)


if __name__ == "__main__":
    sys.exit(main())
