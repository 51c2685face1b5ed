"""`<gan-lab-2d>`: training steps per second against TensorFlow.js in the same Chromium, and how long its frames work.

    cd benchmarks/labs && npm ci && python run.py

Needs playwright and Debian's chromium. Both sides run in turns; each turn counts processor time of the page's main
thread, so that other programs on the machine do not count, and wall time beside it. TensorFlow.js takes its CPU
backend, the faster of the two where there is no GPU; its WebGL backend is timed by the wall only, as it works in
another process. Medians over the turns are printed, and stored with every turn in result.json.

Frames: the lab plays at full speed in a browser of its own. Processor time of the main thread's tasks comes from
Chromium's trace (`frames.py`); gaps between frames and the browser's own reports of long tasks, by the wall, beside it.
"""

import json
import os
import shutil
import statistics
import sys
import time
from pathlib import Path

import frames
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from processor import processor

HERE = Path(__file__).parent
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
TURNS, WARM_UP = 7, 300
PLAY_WARM_UP, PLAY = 1, 12  # seconds
STEPS = {"ours": 1000, "cpu": 100, "webgl": 50}


class Side:
    """A page of its own that makes steps of one kind."""

    def __init__(self, browser, name):
        self.name, self.page = name, browser.new_page()
        self.page.goto((HERE / "page.html").as_uri())
        self.session = self.page.context.new_cdp_session(self.page)
        self.session.send("Performance.enable")
        self.page.evaluate("prepareOurs()" if name == "ours" else f"prepareTheirs('{name}')")
        self.page.evaluate(f"run({WARM_UP})")

    def processor_time(self):
        """Seconds the page's main thread has computed."""
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "ThreadTime")

    def turn(self):
        """Steps per second over one turn, by both clocks."""
        n, cpu, wall = STEPS[self.name], self.processor_time(), time.perf_counter()
        self.page.evaluate(f"run({n})")
        return {"processor": n / (self.processor_time() - cpu), "wall": n / (time.perf_counter() - wall)}


def watch_frames(browser):
    """Tasks and gaps of a page in which the lab plays at full speed."""
    page = browser.new_page(viewport={"width": 1000, "height": 1400})
    page.goto((HERE / "page.html").as_uri())
    page.evaluate("play()")
    page.wait_for_timeout(1000 * PLAY_WARM_UP)
    seen = {}
    tasks = frames.tasks(browser, page, lambda: seen.update(page.evaluate(f"watch({PLAY})")))
    return {
        "seconds": PLAY,
        "steps": seen["steps"],
        "frames": len(seen["gaps"]),
        "work_ms": frames.spread(task.cpu for task in tasks if task.draws),
        "longest_task_ms": max(task.cpu for task in tasks),
        "over_50_ms": sum(task.cpu > 50 for task in tasks),
        "by_the_wall": {
            "gap_ms": frames.spread(seen["gaps"]),
            "longest_task_ms": max(task.wall for task in tasks),
            "long_tasks": len(seen["longTasks"]),
        },
    }


def main():
    """Measure, store, print."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        sides = [Side(browser, name) for name in STEPS]
        turns = [{side.name: side.turn() for side in sides} for _ in range(TURNS)]
        versions = {"chromium": browser.version, "tfjs": sides[1].page.evaluate("tf.version.tfjs")}
        browser.close()
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        watched = watch_frames(browser)
        browser.close()
    rates = {
        f"{name} {clock}": statistics.median(t[name][clock] for t in turns)
        for name in STEPS
        for clock in turns[0][name]
    }
    result = {
        "ratio": statistics.median(t["ours"]["processor"] / t["cpu"]["processor"] for t in turns),
        "ratio_wall": statistics.median(t["ours"]["wall"] / max(t["cpu"]["wall"], t["webgl"]["wall"]) for t in turns),
        "steps_per_second": {k: round(v) for k, v in rates.items() if k != "webgl processor"},
        "turns": turns,
        "frames": watched,
        "versions": versions,
        "hardware": {"processor": processor(), "cores": os.cpu_count(), "load": os.getloadavg()[0]},
    }
    (HERE / "result.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print("steps per second (medians):", result["steps_per_second"])
    work = {k: round(v, 1) for k, v in watched["work_ms"].items()}
    over = watched["over_50_ms"]
    print(f"playing at full speed for {PLAY} s: processor time per frame {work} ms, {over} tasks over 50 ms")
    print("the same by the wall:", watched["by_the_wall"])
    by_wall, load = result["ratio_wall"], result["hardware"]["load"]
    print(f"ratio: {result['ratio']:.1f} by processor time, {by_wall:.1f} by the wall (load {load:.1f})")


if __name__ == "__main__":
    main()
