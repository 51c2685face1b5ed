"""Play the games of chapter 9 on digits, each with the same effort of tuning, and store how good the digits are.

    python benchmarks/games/run.py      # about a quarter of an hour on one quiet core; goes on where it stopped

The functions are those of the page. Every run trains for `STEPS` steps of 64 images, however long they take, and is
judged by 2000 fakes. Each game first tries four settings on a seed of its own: four rates, or two rates with two
strengths if it has a penalty. The setting with the lowest score is then played on the other seeds, of which the page
uses none. Two games also try their settings for `LONG` steps, which shows what the length of training does. Results
stand in results.json, one row a run, with the CPU time of its training; the page quotes them. The toy of the page is
tuned in the same way, on 16 seeds a setting; the page plays the chosen setting itself.
"""

import importlib
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "book" / "chapters" / "09-wasserstein.md"
sys.path.insert(0, str(HERE.parent / "digits"))
choices = importlib.import_module("choices")
sys.path.remove(str(HERE.parent / "digits"))

STEPS, LONG = 200, 600
TUNING_SEED, SEEDS = 100, range(200, 205)
PLAIN = [(rate, 0.0) for rate in (3e-4, 1e-3, 3e-3, 1e-2)]
STRENGTHS = {"non-saturating, R1": (0.1, 1.0), "Wasserstein, GP": (1.0, 10.0), "relativistic, R1, R2": (0.1, 1.0)}
NORMALISED = "hinge, spectral norm"
LONGER = "non-saturating", "non-saturating, R1"
TOY_SEEDS = range(100, 116)

Namespace = dict[str, Any]
Setting = tuple[float, float]  # rate and strength


def names(page: Namespace) -> list[str]:
    """Return the games: those of the page, and hinge with spectral norm, which needs another D and no penalty."""
    return [*page["games"](), NORMALISED]


def settings(name: str) -> list[Setting]:
    """Return the four settings that a game tries."""
    if name not in STRENGTHS:
        return PLAIN
    return [(rate, strength) for rate in (1e-3, 3e-3) for strength in STRENGTHS[name]]


def measure(page: Namespace, key: dict[str, Any]) -> dict[str, float]:
    """Play a game on one seed; return the score of its digits and the CPU time of a step."""
    name, steps = key["name"], key["steps"]

    def plain() -> torch.nn.Module:
        return page["init_dcgan"](page["DCDiscriminator"](), std=0.05)

    make_d = (lambda: page["with_spectral_norm"](plain())) if name == NORMALISED else plain
    game = page["games"]()[name.removesuffix(", spectral norm")]
    start = time.process_time()
    G = page["train_digits"](make_d, game, key["seed"], rate=key["rate"], strength=key["strength"], steps=steps)
    seconds = time.process_time() - start
    return {"score": round(page["score"](G), 1), "ms_a_step": round(1000 * seconds / steps, 1)}


def measure_toy(page: Namespace, name: str, setting: Setting) -> dict[str, float]:
    """Play a game on the two bumps with all tuning seeds; return the median distance to the data."""
    page["two_bumps"] = page["toys"].gaussian_mixture([-2.0, 2.0], std=0.5)
    rate, strength = setting
    G = page["play_crowd"](page["games"]()[name], TOY_SEEDS, rate=rate, strength=strength)
    return {"distance": round(page["distance_to_data"](G, TOY_SEEDS).median().item(), 3)}


class Results:
    """results.json: where it was measured, and the rows; each new row is written at once."""

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

    def runs(self, name: str, steps: int = STEPS) -> list[dict[str, Any]]:
        """Return the rows of a game on digits."""
        return [row for row in self.rows if row["name"] == name and row.get("steps") == steps]

    def tuning(self, name: str, steps: int = STEPS) -> list[dict[str, Any]]:
        """Return the rows of a game's settings on the tuning seed, the best first."""
        tried = [row for row in self.runs(name, steps) if row["seed"] == TUNING_SEED]
        return sorted(tried, key=lambda row: row["score"])

    def best(self, name: str) -> Setting:
        """Return the setting of a game with the lowest score on the tuning seed."""
        row = self.tuning(name)[0]
        return row["rate"], row["strength"]

    def best_on_toy(self, name: str) -> Setting:
        """Return the setting of a game with the lowest median distance on the toy."""
        row = min(
            (row for row in self.rows if row["name"] == name and row["seed"] == "toy"), key=lambda row: row["distance"]
        )
        return row["rate"], row["strength"]

    def scores(self, name: str) -> list[float]:
        """Return the scores of a game on the other seeds, lowest first."""
        return sorted(row["score"] for row in self.runs(name) if row["seed"] in SEEDS)

    def cost(self, name: str) -> float:
        """Return the median CPU time of a step, in ms."""
        return statistics.median(row["ms_a_step"] for row in self.runs(name))


def machine() -> dict[str, str]:
    """Say what the numbers depend on."""
    capability = torch.backends.cpu.get_cpu_capability()
    return {"python": platform.python_version(), "torch": torch.__version__, "cpu": capability, "threads": "1"}


def table(results: Results, games: list[str]) -> str:
    """Return the table of the page, best median first."""
    lines = ["| game | rate | strength | seeds | lowest | median | highest |", "|---|--:|--:|--:|--:|--:|--:|"]
    for name in sorted(games, key=lambda name: statistics.median(results.scores(name))):
        scores = results.scores(name)
        rate, strength = results.best(name)
        low, middle, high = scores[0], statistics.median(scores), scores[-1]
        penalty = f"{strength:g}" if strength else "–"
        lines.append(f"| {name} | {rate:g} | {penalty} | {len(scores)} | {low:.0f} | {middle:.0f} | {high:.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Tune every game, then play each on all seeds, one seed after the other."""
    torch.set_num_threads(1)
    page, results = choices.page_functions(PAGE), Results(HERE / "results.json")

    def add(name: str, seed: int, setting: Setting, steps: int = STEPS) -> None:
        key = {"name": name, "seed": seed, "rate": setting[0], "strength": setting[1], "steps": steps}
        results.add(key, lambda: measure(page, key))

    for name in page["games"]():
        for setting in settings(name):
            key = {"name": name, "seed": "toy", "rate": setting[0], "strength": setting[1]}
            results.add(key, partial(measure_toy, page, name, setting))
    tuning = [(name, setting) for name in names(page) for setting in settings(name)]
    for name, setting in tqdm(tuning, desc="tuning"):
        add(name, TUNING_SEED, setting)
    for seed in tqdm(SEEDS, desc="seeds"):
        for name in names(page):
            add(name, seed, results.best(name))
    for name in tqdm(LONGER, desc="longer"):
        for setting in settings(name):
            add(name, TUNING_SEED, setting, LONG)


if __name__ == "__main__":
    main()
