"""`<digit-lab>`: does what a playing page holds stay the same? Its heap after a collection, and its process's memory.

    python benchmarks/labs/heap.py [minutes]

Needs playwright and Debian's chromium. The lab plays at full speed, in a worker, for five minutes; each quarter of a
minute the page's heap is read once garbage is collected, and the memory of all of the renderer (page, worker and its
WebAssembly) from Linux, whose collections come when they come. Prints both as they are read, then the change from the
second minute on: the first one fills caches and the charts' histories.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
EVERY, MEGA = 15, 1e6
PAGE = "<!doctype html><html lang=en><meta charset=utf-8><digit-lab></digit-lab><script src='{script}'></script>"


def renderer_memory(browser) -> float:
    """Megabytes of resident memory of the renderer that works most."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    busiest = max((p for p in processes if p["type"] == "renderer"), key=lambda p: p["cpuTime"])
    status = Path(f"/proc/{busiest['id']}/status").read_text(encoding="utf-8")
    return next(float(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) * 1024 / MEGA


def main(minutes: float) -> None:
    """Play, read, print."""
    readings = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        page = browser.new_page()
        file = Path(folder, "page.html")
        file.write_text(PAGE.format(script=(ROOT / "book/_static/labs.js").as_uri()), encoding="utf-8")
        page.goto(file.as_uri())
        page.evaluate("(async () => { const e = document.querySelector('digit-lab'); await e.ready; e.play(); })()")
        session = page.context.new_cdp_session(page)
        for _ in range(round(60 * minutes / EVERY)):
            time.sleep(EVERY)
            session.send("HeapProfiler.collectGarbage")
            heap = session.send("Runtime.getHeapUsage")["usedSize"] / MEGA
            steps = page.evaluate("document.querySelector('digit-lab').state.step")
            whole = renderer_memory(browser)
            readings.append((heap, whole))
            print(f"{len(readings) * EVERY:4} s, step {steps:6}: heap {heap:6.1f} MB, renderer {whole:6.1f} MB")
        browser.close()
    half = (len(readings) - 60 // EVERY) // 2
    for name, values in zip(("heap", "renderer"), zip(*readings, strict=True), strict=True):
        early, late = (statistics.median(part) for part in (values[-2 * half : -half], values[-half:]))
        print(f"{name}: {early:.1f} MB, later {late:.1f} MB ({100 * (late / early - 1):+.1f} %)")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5)
