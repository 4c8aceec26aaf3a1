"""The page in headless Chromium: time to its maps, frames while it moves, what jumps.

    python benchmarks/page.py --atlas atlas [--slow 4] [--runs 5] [--view map=13.6/21.71/-101.6]
    python benchmarks/page.py --atlas atlas --runs 0 --view map=13.6/19.36/-99.12  # a large atlas

The first map is the picture drawn at the build (its element timing: when it is on the screen); the
map that moves is MapLibre's, once all of it is drawn. The browser draws with the processor alone
(no graphics card), which is the harder case. Frames are those of a flight over the map where blocks
are drawn. The same flight over streets alone says what the areas cost. How long the page's own
thread works on a frame is told apart: that is what a device whose graphics card draws would need of
its processor, and is to be set against the 16.7 ms of 60 frames a second.
"""

import argparse
import json
import shutil
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from api.app import create_app
from api.settings import Settings

_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_WATCH = (
    "window.shifts = []; new PerformanceObserver(list => {"
    " for (const entry of list.getEntries()) shifts.push(entry.value)"
    " }).observe({type: 'layout-shift', buffered: true});"
    "window.picture = null; new PerformanceObserver(list => {"
    " for (const entry of list.getEntries()) window.picture ??= entry.renderTime"
    " }).observe({type: 'element', buffered: true});"
    "window.largest = null; new PerformanceObserver(list => {"
    " for (const entry of list.getEntries()) window.largest = entry.startTime"
    " }).observe({type: 'largest-contentful-paint', buffered: true});"
    "window.firstMap = null; document.addEventListener('DOMContentLoaded', () =>"
    " new MutationObserver(() => { if (document.body.dataset.map === 'idle')"
    " window.firstMap ??= performance.now() }).observe(document.body, {attributes: true}));"
)
_SENT = "performance.getEntriesByType('resource').reduce((sum, e) => sum + e.transferSize, 0)"
_FLIGHT = """async () => {
  const frames = [];
  const canvas = document.querySelector('#map canvas');
  let last = performance.now();
  let flying = true;
  const tick = now => {
    frames.push(now - last);
    last = now;
    if (flying) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  const box = canvas.getBoundingClientRect();
  const at = (type, x, y) => canvas.dispatchEvent(new MouseEvent(type,
    {bubbles: true, clientX: box.x + x, clientY: box.y + y, button: 0, buttons: 1}));
  const middle = [box.width / 2, box.height / 2];
  at('mousedown', ...middle);
  for (let step = 0; step < 120; step++) {
    await new Promise(resolve => requestAnimationFrame(resolve));
    at('mousemove', middle[0] + 150 * Math.sin(step / 10), middle[1] + 100 * Math.cos(step / 10));
  }
  at('mouseup', ...middle);
  flying = false;
  return frames.slice(5);
}"""


def _serve(atlas: Path) -> tuple[Callable[[], None], str]:
    """Serve an atlas from this process; return how to end that, and the address."""
    config = uvicorn.Config(
        create_app(Settings(atlas=atlas)), port=0, log_level="warning", ws="none", log_config=None
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)

    def end() -> None:
        server.should_exit = True
        thread.join()

    return end, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"


def _open(browser: Browser, address: str, slow: float, width: int, height: int) -> Page:
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.add_init_script(_WATCH)
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slow})
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.session = session  # type: ignore[attr-defined]
    page.goto(address, wait_until="commit")
    while not page.evaluate("window.picture || document.body?.dataset.map === 'idle'"):
        page.wait_for_timeout(10)
    page.until_picture = _main_thread_ms(page)  # type: ignore[attr-defined]
    page.wait_for_selector("body[data-map=idle]", timeout=60_000)
    return page


def _main_thread_ms(page: Page) -> float:
    """Return the main thread's processor time, which other work on the machine leaves alone."""
    metrics = page.session.send("Performance.getMetrics")["metrics"]  # type: ignore[attr-defined]
    return 1000 * next(item["value"] for item in metrics if item["name"] == "TaskDuration")


def _first(browser: Browser, address: str, slow: float, runs: int, size: tuple[int, int]) -> Any:
    pictures, largest, times, early, busy, shifts, sent = [], [], [], [], [], [], []
    for _ in range(runs):
        page = _open(browser, address, slow, *size)
        pictures.append(page.evaluate("window.picture"))
        largest.append(page.evaluate("window.largest"))
        times.append(page.evaluate("window.firstMap"))
        early.append(page.until_picture)  # type: ignore[attr-defined]
        busy.append(_main_thread_ms(page))
        shifts.append(sum(page.evaluate("window.shifts")))
        sent.append(page.evaluate(_SENT))
        page.context.close()
    return {
        "first map, a picture, ms": [round(time) for time in sorted(filter(None, pictures))],
        "largest contentful paint ms": [round(time) for time in sorted(filter(None, largest))],
        "map that moves ms": [round(time) for time in sorted(times)],
        "main thread busy until the picture, ms of the processor, at most": round(
            statistics.median(early)
        ),
        "main thread busy until the map that moves, ms of the processor": round(
            statistics.median(busy)
        ),
        "layout shift": round(max(shifts), 4),
        "kB": round(statistics.median(sent) / 1000),
    }


def _frames(browser: Browser, address: str, hash_: str) -> Any:
    page = _open(browser, f"{address}/#{hash_}", 1, 1280, 800)
    page.wait_for_timeout(500)
    before = _main_thread_ms(page)
    frames = page.evaluate(_FLIGHT)
    busy = (_main_thread_ms(page) - before) / len(frames)
    drawn = page.evaluate("document.body.dataset.drawn")
    page.context.close()
    ordered = sorted(frames)
    return {
        "areas in view": int(drawn or 0),
        "main thread, ms of the processor a frame": round(busy, 1),
        "frames a second, median": round(1000 / statistics.median(frames), 1),
        "slowest of twenty, ms": round(ordered[int(len(ordered) * 0.95)], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--atlas", type=Path, required=True)
    parser.add_argument("--slow", type=float, default=4.0)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--view", default="map=13.6/21.71/-101.6")
    options = parser.parse_args()
    end, address = _serve(options.atlas)
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(_ARGUMENTS))
        _open(browser, address, 1, 1280, 800).context.close()  # what compiles at the first request
        found = {
            name: _first(browser, address, slow, options.runs, size)
            for name, slow, size in (
                ("wide, processor as it is", 1.0, (1280, 800)),
                (f"wide, processor slowed {options.slow:g} times", options.slow, (1280, 800)),
                (f"phone, processor slowed {options.slow:g} times", options.slow, (360, 740)),
            )
            if options.runs
        }
        view = options.view
        found["flight over areas"] = _frames(browser, address, f"{view}&nivel=manzanas&centros=0")
        found["flight over streets alone"] = _frames(browser, address, f"{view}&modo=buscar")
        browser.close()
    end()
    json.dump(found, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
