"""Draw score against seconds from `results.json`, for the book and the README.

python benchmarks/digits/plot.py book/figures/digits-benchmark.svg
"""

import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

MARKERS = "osD^v"


def draw(report: dict, ax: Axes) -> Axes:
    """Draw one line for each recipe: median over the seeds, with bars from the best to the worst seed."""
    scores: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in report["rows"]:
        if row["kind"] == "seconds":
            scores[row["recipe"]][row["mark"]].append(row["score"])
    for (recipe, by_time), marker in zip(scores.items(), MARKERS, strict=False):
        seconds = sorted(by_time)
        middle = [statistics.median(by_time[s]) for s in seconds]
        low = [m - min(by_time[s]) for s, m in zip(seconds, middle, strict=True)]
        high = [max(by_time[s]) - m for s, m in zip(seconds, middle, strict=True)]
        weight = 2.5 if recipe == "ganlab" else 1.2
        ax.errorbar(seconds, middle, [low, high], marker=marker, linewidth=weight, capsize=3, label=recipe)
    ax.axhline(report["floor"], color="#0072B2", linestyle=":")
    ax.annotate("real images", (seconds[0], report["floor"]), xytext=(0, 4), textcoords="offset points")
    ax.set(xscale="log", yscale="log", xlabel="seconds of training", ylabel="score (lower is better)")
    ax.set_xticks(seconds, [f"{s:g}" for s in seconds])
    ax.minorticks_off()
    ax.legend(fontsize="small")
    return ax


def main() -> None:
    """Read the stored rows and write the picture that was asked for."""
    plt.style.use("ganlab.book")
    results, picture = sys.argv[1:]
    report = json.loads(Path(results).read_text())
    figure, ax = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    draw(report, ax)
    figure.savefig(picture)


if __name__ == "__main__":
    main()
