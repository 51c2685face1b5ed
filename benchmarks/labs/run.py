"""Training steps per second of `<gan-lab-2d>` against TensorFlow.js doing the same step, in the same Chromium.

    cd benchmarks/labs && npm ci && python run.py

Needs playwright and Debian's chromium. Rounds alternate between the two, each takes its best slice, and the median
ratio of the rounds is printed and stored, with every round, in result.json.
"""

import json
import os
import platform
import shutil
import statistics
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
ROUNDS, SECONDS, FRAMES = 5, 2.0, 200


def measure(page):
    rounds = []
    for _ in range(ROUNDS):
        ours = page.evaluate(f"ours({SECONDS})")
        theirs = {backend: page.evaluate(f"theirs('{backend}', {SECONDS})") for backend in ("cpu", "webgl")}
        rounds.append({"ours": ours, **theirs})
    return rounds


def processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main():
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        page = browser.new_page()
        page.goto((HERE / "page.html").as_uri())
        rounds, frames = measure(page), page.evaluate(f"frames({FRAMES})")
        versions = {"chromium": browser.version, "tfjs": page.evaluate("tf.version.tfjs")}
        browser.close()
    ratios = [r["ours"] / max(v for v in (r["cpu"], r["webgl"]) if v) for r in rounds]
    result = {
        "ratio": statistics.median(ratios),
        "rounds": rounds,
        "frames": frames,
        "versions": versions,
        "hardware": {"processor": processor(), "cores": os.cpu_count(), "load": os.getloadavg()[0]},
    }
    (HERE / "result.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for r in rounds:
        print({name: value and round(value) for name, value in r.items()})
    print("frames while playing at full speed:", {k: round(v, 1) for k, v in frames.items()})
    print(f"ratio to the faster backend of TensorFlow.js: {result['ratio']:.1f} (median of {ROUNDS})")


if __name__ == "__main__":
    main()
