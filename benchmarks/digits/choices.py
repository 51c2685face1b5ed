"""Measure the choices that chapter 10 makes, one at a time: the page's own functions, one part exchanged.

    python benchmarks/digits/choices.py      # about a quarter of an hour on two quiet cores; goes on where it stopped

Every run trains for `STEPS` steps of 64 images and is judged by 2000 fakes, as on the page. Rates are chosen first,
from one list for every pair and on seeds of their own; the other seeds are measured at the rate chosen. The page uses
none of these seeds. Results stand in choices.json, one row a run, and the page quotes medians of them.
"""

import functools
import json
import statistics
import sys
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch import nn
from torch.optim import Adam

from ganlab import metrics
from ganlab.data import mnist
from ganlab.seeds import generator

sys.path.insert(0, str(Path(__file__).parents[1]))

from study import page_functions

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "book" / "chapters" / "10-digits.md"
STEPS = 200
RATES = [3e-4, 1e-3, 3e-3, 1e-2]  # of G; the rate of D is a third higher
TUNING_SEEDS = range(100, 102)
SEEDS, CHOICE_SEEDS = range(200, 216), range(200, 204)  # for the four pairs, for the other choices

Namespace = dict[str, Any]


def pairs(page: Namespace) -> dict[str, list[Callable[[], nn.Module]]]:
    """Return the four pairs of the page's claim: makers of G and of D."""
    conv, dense = page["make_generator"], page["dense_generator"]
    bare = page["without_batchnorm"]
    convolutional, fully = page["make_discriminator"], page["dense_discriminator"]
    return {
        "convolutional": [conv, convolutional],
        "convolutional, no BatchNorm": [lambda: bare(conv()), convolutional],
        "dense": [dense, fully],
        "dense, no BatchNorm": [lambda: bare(dense()), fully],
    }


def choices(page: Namespace) -> dict[str, Namespace]:
    """Return the exchanged parts: each value replaces a function of the page."""

    def adam(beta_1: float) -> Callable[..., Adam]:
        return lambda network, rate: Adam(network.parameters(), lr=rate, betas=(beta_1, 0.99), fused=True)

    leaky = page["make_discriminator"]

    def relu_discriminator() -> nn.Module:
        return nn.Sequential(*(nn.ReLU() if isinstance(layer, nn.LeakyReLU) else layer for layer in leaky()))

    return {
        "ReLU in D": {"make_discriminator": relu_discriminator},
        "beta_1 = 0.5": {"optimiser": adam(0.5)},
        "weights from N(0, 0.02^2)": {"init_dcgan": partial(page["init_dcgan"], std=0.02)},
        "PyTorch's weights": {"init_dcgan": lambda network: network},
    }


@functools.cache
def look() -> tuple[metrics.DigitJudge, torch.Tensor]:
    """Return the judge and its features of the test images."""
    judge = metrics.digit_judge()
    return judge, judge.features(mnist("test").images)


def measure(page: Namespace, make: list[Callable[[], nn.Module]], *, rate: float, seed: int) -> dict[str, float]:
    """Train one pair; return score, share of the rarest digit and the median of D's last 100 losses."""
    G, D = page["new_pair"](seed, make, device="cpu")
    batches = page["minibatches"](mnist().images, seed)
    z = torch.randn(2000, 16, generator=generator(1))
    fakes, d_loss = page["fakes_of"](G, D, batches, z, rate=rate, steps=STEPS)
    score, shares = page["judged"](fakes, *look())
    return {
        "score": round(score, 1),
        "rarest": round(shares.min().item(), 4),
        "kl": round(metrics.histogram_kl(shares), 3),
        "d_loss": round(d_loss.item(), 3),
    }


class Results:
    """The rows of choices.json; each new one is written at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = json.loads(path.read_text()) if path.exists() else []

    def add(self, key: dict[str, Any], run: Callable[[], dict[str, float]]) -> None:
        """Make a run unless its row is there."""
        if not any(key.items() <= row.items() for row in self.rows):
            self.rows.append(key | run())
            text = ",\n".join(json.dumps(row) for row in self.rows)
            self.path.write_text(f"[\n{text}\n]\n")
            print(self.rows[-1], flush=True)

    def scores(self, name: str, rate: float, seeds: range) -> list[float]:
        """Scores of a variant at a rate, in the order of the seeds."""
        found = {(row["name"], row["rate"], row["seed"]): row["score"] for row in self.rows}
        return [found[name, rate, seed] for seed in seeds]


def best_rates(results: Results, names: list[str]) -> dict[str, float]:
    """Return the rate of each pair with the lowest median score on the tuning seeds."""

    def median(name: str, rate: float) -> float:
        return statistics.median(results.scores(name, rate, TUNING_SEEDS))

    return {name: min(RATES, key=partial(median, name)) for name in names}


def table(results: Results, names: list[str]) -> str:
    """Return a table of the page: scores of variants, lowest, median and highest over their seeds."""
    lines = ["| | seeds | lowest | median | highest |", "|---|--:|--:|--:|--:|"]
    for name in names:
        scores = sorted(row["score"] for row in results.rows if row["name"] == name and row["seed"] in SEEDS)
        low, middle, high = scores[0], statistics.median(scores), scores[-1]
        lines.append(f"| {name} | {len(scores)} | {low:.0f} | {middle:.0f} | {high:.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Choose rates, measure the four pairs, then the other choices."""
    page, results = page_functions(PAGE), Results(HERE / "choices.json")

    def add(name: str, rate: float, seed: int) -> None:
        makers = pairs(page)  # with the part that is exchanged
        run = partial(measure, page, makers.get(name, makers["convolutional"]), rate=rate, seed=seed)
        results.add({"name": name, "rate": rate, "seed": seed}, run)

    for name, rate, seed in product(pairs(page), RATES, TUNING_SEEDS):
        add(name, rate, seed)
    best = best_rates(results, list(pairs(page)))
    for seed in SEEDS:
        for name, rate in best.items():
            add(name, rate, seed)
        for name, parts in choices(page).items() if seed in CHOICE_SEEDS else ():
            with patch.dict(page, parts):
                add(name, best["convolutional"], seed)


if __name__ == "__main__":
    main()
