"""Draw score against seconds from `results.json`, for the book and the README.

python benchmarks/digits/plot.py        # writes book/figures/digits-benchmark.svg, prints what chapter 10 quotes
"""

import hashlib
import json
import statistics
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

HERE = Path(__file__).parent
RESULTS, PICTURE = HERE / "results.json", HERE.parents[1] / "book" / "figures" / "digits-benchmark.svg"
OURS, DCGAN = "ganlab", "DCGAN, 32 px (PyTorch-GAN)"
LOOKS = [  # colour, marker, line; ours first
    ("#D55E00", "o", "-"),
    ("#0072B2", "s", "--"),
    ("#009E73", "D", ":"),
    ("#6B7280", "^", "-."),
    ("#CC79A7", "v", (0, (6, 2))),
]


def over_time(report: dict[str, Any], value: str = "score") -> dict[str, dict[float, list[float]]]:
    """Return for each recipe and number of seconds the values of all seeds; ours first, in whatever order they ran."""
    found: dict[str, dict[float, list[float]]] = {}
    for row in sorted(report["rows"], key=lambda row: (row["recipe"] != OURS, row["recipe"])):
        if row["kind"] == "seconds":
            found.setdefault(row["recipe"], {}).setdefault(row["mark"], []).append(row[value])
    return found


def draw(report: dict[str, Any], ax: Axes) -> Axes:
    """Draw one line for each recipe: median over the seeds, with bars from the best to the worst seed."""
    for (recipe, by_time), (color, marker, line) in zip(over_time(report).items(), LOOKS, strict=False):
        seconds = sorted(by_time)
        middle = [statistics.median(by_time[s]) for s in seconds]
        low = [m - min(by_time[s]) for s, m in zip(seconds, middle, strict=True)]
        high = [max(by_time[s]) - m for s, m in zip(seconds, middle, strict=True)]
        looks = {"color": color, "marker": marker, "linestyle": line, "linewidth": 2.8 if recipe == OURS else 1.6}
        ax.errorbar(seconds, middle, [low, high], capsize=3, label=recipe, **looks)
    ax.axhline(report["floor"], color="#333840", linewidth=0.8)
    ax.annotate("real training images", (seconds[0], report["floor"]), xytext=(0, 4), textcoords="offset points")
    where = f"{report['machine']['threads']} threads, {report['machine']['vectors']}"
    ax.set(xscale="log", yscale="log", xlabel=f"seconds of training ({where})", ylabel="score (lower is better)")
    ax.set_xticks(seconds, [f"{s:g}" for s in seconds])
    ax.minorticks_off()
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18))
    return ax


def table(report: dict[str, Any]) -> str:
    """Return the rows of the chapter's table: medians over the seeds, recipes from best to worst."""
    scores, speeds = over_time(report), over_time(report, "images_per_second")
    classes = over_time(report, "classes_above_5_percent")

    def row(recipe: str) -> str:
        middle = [statistics.median(values) for _, values in sorted(scores[recipe].items())]
        speed = statistics.median(speeds[recipe][60])
        return f"| {recipe} | {speed:.0f} | {' | '.join(f'{m:.0f}' for m in middle)} | {min(classes[recipe][60])} |"

    return "\n".join(row(recipe) for recipe in sorted(scores, key=lambda recipe: statistics.median(scores[recipe][60])))


def facts(report: dict[str, Any]) -> dict[str, str]:
    """Return the numbers that the chapter's prose quotes."""
    scores = {
        recipe: {mark: statistics.median(values) for mark, values in by_time.items()}
        for recipe, by_time in over_time(report).items()
    }
    peers = [scores[recipe] for recipe in scores if recipe != OURS]
    ours, best = scores[OURS][60], min(peer[60] for peer in peers)
    speeds = {recipe: values[60] for recipe, values in over_time(report, "images_per_second").items()}
    speed = statistics.median(speeds[OURS])
    times = [quick / slow for quick, slow in zip(speeds[OURS], speeds[DCGAN], strict=True)]  # seed by seed
    machine, flop = report["machine"], report["flop_per_image"]
    return {
        "ours": f"{ours:.0f}",
        "best": f"{best:.0f}",
        "ours_first": f"{scores[OURS][10]:.0f}",
        "ours_last": f"{scores[OURS][120]:.0f}",
        "best_last": f"{min(peer[120] for peer in peers):.0f}",
        "ratio": f"{best / ours:.0f}",
        "speed": f"{speed:.0f}",
        "times_least": f"{min(times):.0f}",
        "times_most": f"{max(times):.0f}",
        "megaflop": f"{flop / 1e6:.0f}",
        "share": f"{100 * flop * speed / 1e9 / machine['matrix_product_gflop_per_s']:.0f}",
        "floor": f"{report['floor']:.1f}",
        "date": " and ".join(sorted({row["date"] for row in report["rows"]})),
        **{key: str(machine[key]) for key in ("processor", "threads", "torch")},
    }


def stamp(results: Path) -> str:
    """Return what the picture says about the file that it was drawn from."""
    return f"results.json, SHA-256 {hashlib.sha256(results.read_bytes()).hexdigest()}"


def main() -> None:
    """Read the stored rows and write the picture."""
    plt.style.use("ganlab.book")
    figure, ax = plt.subplots(figsize=(4.4, 5), layout="constrained")  # narrow: to be read on a telephone
    report = json.loads(RESULTS.read_text())
    draw(report, ax)
    figure.savefig(PICTURE, metadata={"Date": None, "Description": stamp(RESULTS)})
    print(table(report), facts(report), sep="\n")


if __name__ == "__main__":
    main()
