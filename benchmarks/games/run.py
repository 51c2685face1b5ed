"""Play the games of chapter 9 on digits, each with the same effort of tuning, and store how good the digits are.

    python benchmarks/games/run.py      # an hour and a half on one quiet core, less with --jobs 4; can be interrupted

The functions are those of the page. A run trains for 200 steps of 64 images, which takes about ten seconds, or for
1500, about a minute, and is judged by 2000 fakes. For each length, each game first tries four settings on a seed of
its own: four rates, or two rates with two strengths if it has a penalty. The setting with the lowest score is then
played on the other seeds, of which the page uses none. Results are in results.json, one row a run, with the CPU time of
a step; the page quotes them. The toy of the page is tuned in the same way, on 16 seeds a setting (toy.json); the page
plays the chosen setting itself.
"""

import statistics
import sys
import time
from functools import cache
from itertools import product
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

import study
from study import Namespace, Row, measure_all, page_functions

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "book" / "chapters" / "09-wasserstein.md"

LENGTHS = SHORT, LONG = 200, 1500  # steps of a run
TUNING_SEED, SEEDS = 100, range(200, 205)
PLAIN = [(rate, 0.0) for rate in (3e-4, 1e-3, 3e-3, 1e-2)]
STRENGTHS = {"non-saturating, R1": (0.1, 1.0), "Wasserstein, GP": (1.0, 10.0), "relativistic, R1, R2": (0.1, 1.0)}
NORMALISED = "hinge, spectral norm"
TOY_SEEDS = range(100, 116)

Setting = tuple[float, float]  # rate and strength


def names(page: Namespace) -> list[str]:
    """Return the games: those of the page, and hinge with spectral norm, which needs another D and no penalty."""
    return [*page["games"](), NORMALISED]


def settings(name: str) -> list[Setting]:
    """Return the four settings that a game tries."""
    if name not in STRENGTHS:
        return PLAIN
    return [(rate, strength) for rate in (1e-3, 3e-3) for strength in STRENGTHS[name]]


@cache
def page() -> Namespace:
    """Return the functions of the page; each process reads them once."""
    return page_functions(PAGE)


def measure_digits(key: Row) -> Row:
    """Play a game on one seed; return the score of its digits and the CPU time of a step."""
    name, steps, functions = key["name"], key["steps"], page()

    def plain() -> torch.nn.Module:
        return functions["init_dcgan"](functions["DCDiscriminator"](), std=0.05)

    make_d = (lambda: functions["with_spectral_norm"](plain())) if name == NORMALISED else plain
    game, how = functions["games"]()[name.removesuffix(", spectral norm")], ("rate", "strength", "steps")
    start = time.process_time()
    G = functions["train_digits"](make_d, game, key["seed"], **{word: key[word] for word in how})
    seconds = time.process_time() - start
    return {"score": round(functions["score"](G), 1), "ms_a_step": round(1000 * seconds / steps, 1)}


def measure_toy(key: Row) -> Row:
    """Play a game on the two bumps with all tuning seeds; return the median distance to the data."""
    functions = page()
    functions["two_bumps"] = functions["toys"].gaussian_mixture([-2.0, 2.0], std=0.5)
    game, how = functions["games"]()[key["name"]], {word: key[word] for word in ("rate", "strength")}
    G = functions["play_crowd"](game, TOY_SEEDS, **how)
    return {"distance": round(functions["distance_to_data"](G, TOY_SEEDS).median().item(), 3)}


class Results(study.Results):
    """What is stored of the games."""

    def runs(self, name: str, steps: int) -> list[Row]:
        """Return the rows of a game on digits, by seed."""
        return sorted(self.find(name=name, steps=steps), key=lambda row: row["seed"])

    def tuning(self, name: str, steps: int) -> list[Row]:
        """Return the rows of a game's settings on the tuning seed, the best first."""
        tried = self.find(name=name, steps=steps, seed=TUNING_SEED)
        return sorted(tried, key=lambda row: row["score"])

    def best(self, name: str, steps: int) -> Setting:
        """Return the setting of a game with the lowest score on the tuning seed."""
        row = self.tuning(name, steps)[0]
        return row["rate"], row["strength"]

    def scores(self, name: str, steps: int) -> list[float]:
        """Return the scores of a game on the other seeds, lowest first."""
        return sorted(row["score"] for row in self.runs(name, steps) if row["seed"] in SEEDS)

    def middle(self, name: str, steps: int) -> float:
        """Return the median score of a game on the other seeds."""
        return statistics.median(self.scores(name, steps))

    def cost(self, name: str) -> float:
        """Return the median CPU time of a step, in ms."""
        return statistics.median(row["ms_a_step"] for row in self.runs(name, LONG))


def best_on_toy(toy: study.Results, name: str) -> Setting:
    """Return the setting of a game with the lowest median distance on the toy."""
    row = min(toy.find(name=name), key=lambda row: row["distance"])
    return row["rate"], row["strength"]


def table(results: Results, games: list[str], steps: int) -> str:
    """Return a table of the page, best median first."""
    lines = ["| game | rate | strength | lowest | median | highest |", "|---|--:|--:|--:|--:|--:|"]
    for name in sorted(games, key=lambda name: results.middle(name, steps)):
        scores, (rate, strength) = results.scores(name, steps), results.best(name, steps)
        penalty = f"{strength:g}" if strength else "–"
        low, middle, high = scores[0], statistics.median(scores), scores[-1]
        lines.append(f"| {name} | {rate:g} | {penalty} | {low:.0f} | {middle:.0f} | {high:.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Tune every game, then play each on the other seeds."""
    jobs, games = study.arguments(__doc__).parse_args().jobs, names(page())
    tried = [{"name": name, "rate": rate, "strength": s} for name in games for rate, s in settings(name)]
    on_toy = [key for key in tried if key["name"] != NORMALISED]
    measure_all(study.Results(HERE / "toy.json"), on_toy, measure_toy, jobs=jobs, desc="toy")
    results = Results(HERE / "results.json")
    tuning = [{**key, "seed": TUNING_SEED, "steps": steps} for steps, key in product(reversed(LENGTHS), tried)]
    measure_all(results, tuning, measure_digits, jobs=jobs, desc="tuning")
    chosen = []
    for steps, seed, name in product(reversed(LENGTHS), SEEDS, games):
        rate, strength = results.best(name, steps)
        chosen.append({"name": name, "rate": rate, "strength": strength, "seed": seed, "steps": steps})
    measure_all(results, chosen, measure_digits, jobs=jobs, desc="other seeds")


if __name__ == "__main__":
    main()
