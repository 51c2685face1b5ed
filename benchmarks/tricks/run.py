"""Try each trick of chapter 12 on a ring and on digits, against two baselines, with the same effort of tuning.

    python benchmarks/tricks/run.py      # two to three hours on one quiet core; goes on where it stopped

The functions are those of the page. A trial is a baseline with one part exchanged. It first tries three pairs of
learning rates, the baseline's times `FACTORS`, on seeds of their own, then trains with the best pair on the other
seeds, of which the page uses none. On the ring of 8 all seeds are trained at once; a run makes `RING_STEPS` steps and
is judged by the share of its samples that are in place. On digits every run makes `STEPS` steps of 64 images and is
judged by the digit score of 2000 fakes. Results stand in results.json, with the CPU time of a step.
"""

import importlib
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from ganlab import toys
from ganlab.data import mnist

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "book" / "chapters" / "12-tricks-on-trial.md"
sys.path.insert(0, str(HERE.parent / "digits"))
choices = importlib.import_module("choices")
sys.path.remove(str(HERE.parent / "digits"))

STEPS = 400
FACTORS = [0.5, 1.0, 2.0]
TUNING_SEED, SEEDS = 100, range(200, 205)
RING_STEPS, RING_TUNING, RING_SEEDS = 2000, range(1000, 1008), range(2000, 2032)

Namespace = dict[str, Any]


def trials(baselines: dict[str, Any], tricks: Callable[[Any], dict[str, Any]]) -> dict[tuple[str, str], Any]:
    """Return all recipes by the names of baseline and trick; a baseline's own trick is "none"."""
    found = {}
    for name, recipe in baselines.items():
        found[name, "none"] = recipe
        found |= {(name, trick): changed for trick, changed in tricks(recipe).items()}
    return found


def faster(recipe: Any, factor: float) -> Any:
    """Return the recipe with its learning rates times a factor."""
    return replace(recipe, rates=tuple(factor * rate for rate in recipe.rates))


def measure(page: Namespace, recipe: Any, seed: int, factor: float, images: torch.Tensor) -> dict[str, float]:
    """Train by a recipe on one seed; return the score of its digits and the CPU time of a step."""
    start = time.process_time()
    G = page["play"](faster(recipe, factor), images, seed, steps=STEPS)
    seconds = time.process_time() - start
    return {"score": round(page["score"](G, recipe), 1), "ms_a_step": round(1000 * seconds / STEPS, 1)}


def measure_ring(page: Namespace, recipe: Any, seeds: range, factor: float) -> dict[str, Any]:
    """Train by a recipe on the ring with all seeds at once; return what is in place and the CPU time of a step."""
    ring, start = toys.ring(8), time.process_time()
    samples = page["play_toy"](faster(recipe, factor), ring, seeds, steps=RING_STEPS)
    seconds = time.process_time() - start
    placed = [round(page["placed"](each, ring), 3) for each in samples]
    return {"placed": placed, "ms_a_step": round(1000 * seconds / RING_STEPS, 1)}


class Results:
    """results.json: where and when it was measured, and the rows; each new row is written at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        stored = json.loads(path.read_text()) if path.exists() else {"machine": machine(), "rows": []}
        self.machine, self.rows = stored["machine"], stored["rows"]

    def add(self, key: dict[str, Any], run: Callable[[], dict[str, float]]) -> None:
        """Make a run unless its row is there."""
        if any(key.items() <= row.items() for row in self.rows):
            return
        self.rows.append(key | run())
        rows = ",\n  ".join(json.dumps(row) for row in self.rows)
        self.path.write_text(f'{{"machine": {json.dumps(self.machine)},\n "rows": [\n  {rows}\n]}}\n')

    def of(self, study: str, names: tuple[str, str], seed: Any = None) -> list[dict[str, Any]]:
        """Return the rows of a trial, of one seed or of all."""
        key = {"study": study, "baseline": names[0], "trick": names[1]} | ({} if seed is None else {"seed": seed})
        return [row for row in self.rows if key.items() <= row.items()]

    def best(self, names: tuple[str, str]) -> float:
        """Return the factor of the rates with the lowest score on the tuning seed."""
        return min(self.of("digits", names, TUNING_SEED), key=lambda row: row["score"])["factor"]

    def best_on_ring(self, names: tuple[str, str]) -> float:
        """Return the factor of the rates with the most samples in place on the tuning seeds."""
        return max(self.of("ring", names, "tuning"), key=lambda row: statistics.median(row["placed"]))["factor"]

    def scores(self, names: tuple[str, str]) -> list[float]:
        """Return the digit scores of a trial on the other seeds, in their order."""
        found = {row["seed"]: row["score"] for row in self.of("digits", names)}
        return [found[seed] for seed in SEEDS if seed in found]

    def cost(self, study: str, names: tuple[str, str]) -> float:
        """Return the median CPU time of a step, in ms."""
        return statistics.median(row["ms_a_step"] for row in self.of(study, names))


def machine() -> dict[str, str]:
    """Say what the numbers depend on, and the day of the first."""
    capability = torch.backends.cpu.get_cpu_capability()
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    return versions | {"cpu": capability, "threads": "1", "begun": datetime.now(UTC).date().isoformat()}


def ring_study(page: Namespace, results: Results) -> None:
    """Tune every trial on the ring, then play it on all seeds."""
    recipes = trials(page["toy_baselines"](), page["toy_tricks"])

    def add(names: tuple[str, str], seed: str, factor: float) -> None:
        key = {"study": "ring", "baseline": names[0], "trick": names[1], "seed": seed, "factor": factor}
        seeds = RING_TUNING if seed == "tuning" else RING_SEEDS
        results.add(key, lambda: measure_ring(page, recipes[names], seeds, factor))

    for names in tqdm(recipes, desc="ring"):
        for factor in FACTORS:
            add(names, "tuning", factor)
        add(names, "test", results.best_on_ring(names))


def digit_study(page: Namespace, results: Results) -> None:
    """Tune every trial on digits, then play it on all seeds, one seed after the other."""
    images, recipes = mnist().images, trials(page["baselines"](), page["tricks"])

    def add(names: tuple[str, str], seed: int, factor: float) -> None:
        key = {"study": "digits", "baseline": names[0], "trick": names[1], "seed": seed, "factor": factor}
        results.add(key, lambda: measure(page, recipes[names], seed, factor, images))

    for factor in FACTORS:
        for names in tqdm(recipes, desc=f"digits, rates times {factor}"):
            add(names, TUNING_SEED, factor)
    for seed in SEEDS:
        for names in tqdm(recipes, desc=f"digits, seed {seed}"):
            add(names, seed, results.best(names))


def main() -> None:
    """Make both studies, the quick one first."""
    torch.set_num_threads(1)
    page, results = choices.page_functions(PAGE), Results(HERE / "results.json")
    ring_study(page, results)
    digit_study(page, results)


if __name__ == "__main__":
    main()
