"""Try each trick of chapter 12 on a ring and on digits, against two baselines, with the same effort of tuning.

    python benchmarks/tricks/run.py --jobs 8      # about 18 000 CPU seconds; goes on where it stopped

The functions are those of the page. A trial is a baseline with one part exchanged. It first tries three pairs of
learning rates, the baseline's times `FACTORS`, on seeds of their own (`TUNING`), then trains with the best pair on
the other seeds, of which the page uses none. On the ring of 8 all seeds are trained at once; a run makes `RING_STEPS`
steps and is judged by the share of its samples that are in the wrong place. On digits every run makes `STEPS` steps of
64 images and is judged by the digit score of 2000 fakes. Low is good in both.

What a step costs is measured for all trials of a baseline one after another in one process, in several rounds, so that
the ratios hold whatever else the machine does. The tricks of `EQUAL_TIME`, which change the work of a step, are also
tried for equal time: with fewer steps, or more, by the ratio of the costs. The study "few" trains on `FEW` images,
with and without augmentation, and looks at how D treats images that it has not seen.

Results stand in results.json; `write_trials` makes trials.json of them in the package, which the page and its lab read.
"""

import json
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import torch

from ganlab.data import mnist

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from study import Namespace, Results, Row, arguments, measure_all, page_functions  # noqa: E402

PAGE = HERE.parents[1] / "book" / "chapters" / "12-tricks-on-trial.md"
FACTORS = [0.5, 1.0, 2.0]
TARGETS, BASELINES, NONE = ("ring", "digits"), ("plain", "ours"), "none"
STEPS, SEEDS = 250, range(200, 208)
RING_STEPS, RING_TUNING, RING_SEEDS = 1500, range(1000, 1008), range(2000, 2032)
# Each row of "tuning" has eight seeds. On images one seed is not enough: near the highest rates some runs fail.
TUNING: dict[str, list[Any]] = {"ring": ["tuning"], "digits": [100, 101, 102], "few": [100, 101, 102]}
FEW, FEW_STEPS, FEW_SEEDS = 500, 800, range(200, 205)
ROUNDS, TIMED_STEPS = 5, {"ring": 48, "digits": 16}
EQUAL_TIME = [  # what does more, or less, work in a step
    "k = 2", "k = 5", "dropout in D", "dropout in G", "spectral norm in D", "virtual BatchNorm in G",
    "D twice as wide", "D half as wide",
]  # fmt: skip
LEVEL = 0.05
TRIALS = HERE.parents[1] / "src" / "ganlab" / "static" / "trials.json"
VERDICTS = "helps", "harms", "helps here, harms there", "does nothing here", "undecided"
UNTESTED = ["replay of old fakes", "noise in every layer of G", "virtual BatchNorm in D", "instance normalisation"]


@cache
def page() -> Namespace:
    """Return the functions of the page."""
    return page_functions(PAGE)


@cache
def images() -> torch.Tensor:
    """Return the training images."""
    return mnist().images


@cache
def recipes(target: str) -> dict[tuple[str, str], Any]:
    """Return all recipes of a target by the names of baseline and trick; a baseline's own trick is "none"."""
    toy = "toy_" if target == "ring" else ""
    found = {}
    for name, recipe in page()[f"{toy}baselines"]().items():
        found[name, NONE] = recipe
        found |= {(name, trick): changed for trick, changed in page()[f"{toy}tricks"](recipe).items()}
    if target == "few":
        return {names: recipe for names, recipe in found.items() if names[1] in (NONE, "augmentation")}
    return found


def recipe_of(key: Row) -> Any:
    """Return the recipe that a key asks for, its learning rates times the key's factor."""
    recipe = recipes(key["target"])[key["baseline"], key["trick"]]
    return replace(recipe, rates=tuple(key["factor"] * rate for rate in recipe.rates))


def measure(key: Row) -> Row:
    """Make the run that a key asks for."""
    return {"ring": measure_ring, "digits": measure_digits, "few": measure_few}[key["target"]](key)


def measure_ring(key: Row) -> Row:
    """Train on the ring with all seeds at once; return the share of misplaced samples of each."""
    seeds, ring = RING_TUNING if key["seed"] == "tuning" else RING_SEEDS, page()["ring_of_8"]()
    samples = page()["play_toy"](recipe_of(key), ring, seeds, steps=key["steps"])
    return {"values": [round(page()["misplaced"](each, ring), 4) for each in samples]}


def measure_digits(key: Row) -> Row:
    """Train on digits; return the score."""
    recipe = recipe_of(key)
    return scored(page()["play"](recipe, images(), key["seed"], steps=key["steps"]), recipe)


def measure_few(key: Row) -> Row:
    """Train on few digits, others for each seed; return the score, and D's mean logits of seen and of new images."""
    recipe, seed = recipe_of(key), key["seed"]
    shuffled = images()[torch.randperm(len(images()), generator=torch.Generator().manual_seed(seed))]
    players = page()["play"](recipe, shuffled[:FEW], seed, steps=key["steps"])
    with torch.no_grad():
        seen, new = (players.D(some).mean().item() for some in (shuffled[:FEW], shuffled[FEW : 2 * FEW]))
    return scored(players, recipe) | {"seen": round(seen, 3), "new": round(new, 3)}


def scored(players: Any, recipe: Any) -> Row:
    """Return the score, and whether the run failed: numbers that are not finite are worth 9999."""
    finite = all(p.isfinite().all() for p in players.G.parameters())
    failed = {} if finite else {"failed": True}
    return {"value": round(page()["score"](players, recipe), 1) if finite else 9999.0} | failed


def measure_cost(key: Row) -> Row:
    """Time a step of every trick of a baseline, in one process, in rounds; return the medians in ms."""
    target, found = key["cost"], {}
    for number in range(ROUNDS + 1):
        for (baseline, trick), recipe in recipes(target).items():
            if baseline == key["baseline"]:
                time_of_step = seconds(target, recipe)
                if number:  # the first round warms up
                    found.setdefault(trick, []).append(time_of_step)
    return {"ms": {trick: round(1000 * statistics.median(times), 2) for trick, times in found.items()}}


def seconds(target: str, recipe: Any) -> float:
    """Return the CPU time of a step, without what a run needs before and after its steps."""

    def run(steps: int) -> float:
        start = time.process_time()
        if target == "ring":
            page()["play_toy"](recipe, page()["ring_of_8"](), RING_SEEDS, steps=steps)
        else:
            page()["play"](recipe, images(), 0, steps=steps)
        return time.process_time() - start

    steps = TIMED_STEPS[target]
    return (run(steps + 1) - run(1)) / steps


def costs(results: Results, target: str, baseline: str) -> dict[str, float]:
    """Return what a step of each trick costs, relative to its baseline."""
    ms = results.find(cost=target, baseline=baseline)[0]["ms"]
    return {trick: round(value / ms[NONE], 2) for trick, value in ms.items()}


def steps_of(target: str) -> int:
    """Return how long a run of a target is."""
    return {"ring": RING_STEPS, "digits": STEPS, "few": FEW_STEPS}[target]


def tuning_keys(target: str) -> list[Row]:
    """Return the runs that choose the rates."""
    return [
        key_of(target, names, seed, factor, steps_of(target))
        for seed in TUNING[target]
        for names in recipes(target)
        for factor in FACTORS
    ]


def key_of(target: str, names: tuple[str, str], seed: Any, factor: float, steps: int) -> Row:
    """Return the key of a run."""
    return {
        "target": target, "baseline": names[0], "trick": names[1], "seed": seed, "factor": factor, "steps": steps
    }  # fmt: skip


def best(results: Results, target: str, names: tuple[str, str]) -> float:
    """Return the factor of the rates with the lowest median in tuning."""

    def median(factor: float) -> float:
        rows = results.find(target=target, baseline=names[0], trick=names[1], factor=factor, steps=steps_of(target))
        tried = [row.get("values") or [row["value"]] for row in rows if row["seed"] in TUNING[target]]
        return statistics.median(value for values in tried for value in values)

    return min(FACTORS, key=median)


def test_keys(results: Results, target: str, seeds: Iterable[Any]) -> list[Row]:
    """Return the runs on the other seeds, each trial at its best rates, one seed after the other."""
    return [
        key_of(target, names, seed, best(results, target, names), steps_of(target))
        for seed in seeds
        for names in recipes(target)
    ]


def equal_time_keys(results: Results, target: str, seeds: Iterable[Any]) -> list[Row]:
    """Return the runs of tricks whose steps cost more or less, with the steps that take as long as the baseline's."""
    ratios = {(b, trick): ratio for b in BASELINES for trick, ratio in costs(results, target, b).items()}
    return [
        key_of(target, names, seed, best(results, target, names), round(steps_of(target) / ratio))
        for seed in seeds
        for names, ratio in ratios.items()
        if names[1] in EQUAL_TIME
    ]


def values(results: Results, target: str, names: tuple[str, str], steps: int) -> list[float]:
    """Return what was measured at the best rates on the seeds that did not tune, in their order."""
    key = key_of(target, names, None, best(results, target, names), steps)
    if target == "ring":
        return results.find(**key | {"seed": "test"})[0]["values"]
    return [results.find(**key | {"seed": seed})[0]["value"] for seed in SEEDS]


def effect(base: list[float], changed: list[float], tests: int) -> dict[str, float]:
    """Return the ratio of two rows of values, seed by seed, with its interval for one test and for so many."""
    ratio, low, high = page()["effect"](base, changed, LEVEL)
    _, low_all, high_all = page()["effect"](base, changed, LEVEL / tests)
    found = {"ratio": ratio, "low": low, "high": high, "low_all": low_all, "high_all": high_all}
    return {name: round(value, 3) for name, value in found.items()}


def trials(results: Results) -> list[Row]:
    """Return each trial: its values, its effect with two intervals, what a step costs, and the effect in equal time."""
    tests = sum(trick != NONE for target in TARGETS for _, trick in recipes(target))
    found = []
    for target in TARGETS:
        for baseline, trick in recipes(target):
            cost = costs(results, target, baseline)[trick]
            base, mine = (values(results, target, (baseline, each), steps_of(target)) for each in (NONE, trick))
            row = {"target": target, "baseline": baseline, "trick": trick, "values": mine, "cost": cost}
            row["factor"] = best(results, target, (baseline, trick))
            if trick != NONE:
                row |= effect(base, mine, tests)
            if trick in EQUAL_TIME:
                same_time = values(results, target, (baseline, trick), round(steps_of(target) / cost))
                row["equal_time"] = effect(base, same_time, tests)
            found.append(row)
    return found


def few(results: Results) -> list[Row]:
    """Return the trials with few images: scores, and how far D prefers the images that it has seen."""
    found = []
    for baseline, trick in recipes("few"):
        factor = best(results, "few", (baseline, trick))
        rows = results.find(target="few", baseline=baseline, trick=trick, factor=factor)
        rows = sorted((row for row in rows if row["seed"] in FEW_SEEDS), key=lambda row: row["seed"])
        gaps = [round(row["seen"] - row["new"], 2) for row in rows]
        found.append({"baseline": baseline, "trick": trick, "values": [row["value"] for row in rows], "gaps": gaps})
    for baseline in BASELINES:
        base, mine = (row for row in found if row["baseline"] == baseline)
        mine |= effect(base["values"], mine["values"], 1)
    return found


def write_trials(results: Results) -> None:
    """Write what page and lab read."""
    rows = {"trials": trials(results), "few": few(results)}
    text = ",\n".join(
        f'"{name}": [\n' + ",\n".join(json.dumps(row, ensure_ascii=False) for row in each) + "\n]"
        for name, each in rows.items()
    )
    TRIALS.write_text("{" + text + "}\n", encoding="utf-8")


def stored() -> dict[str, list[Row]]:
    """Return what was written."""
    return json.loads(TRIALS.read_text(encoding="utf-8"))


def verdicts(rows: list[Row]) -> dict[str, dict[tuple[str, str], Row]]:
    """Return the trials by trick, and by target and baseline."""
    found: dict[str, dict[tuple[str, str], Row]] = {}
    for row in rows:
        if row["trick"] != NONE:
            found.setdefault(row["trick"], {})[row["target"], row["baseline"]] = row
    return found


def verdict_table(rows: list[Row]) -> str:
    """Return the table of the page: the tricks by verdict, those with the lowest ratios first."""
    columns = [(target, baseline) for target in TARGETS for baseline in BASELINES]
    sign, overall = page()["sign"], page()["overall"]

    def cell(row: Row | None) -> str:
        return f"{row['ratio']:.2f} `{sign(row)}`" if row else ""

    groups: dict[str, list[tuple[float, str]]] = {name: [] for name in VERDICTS}
    for trick, found in verdicts(rows).items():
        mean = statistics.geometric_mean(row["ratio"] for row in found.values())
        cells = " | ".join([trick, *(cell(found.get(column)) for column in columns)])
        groups[overall([sign(row) for row in found.values()])].append((mean, f"| {cells} |"))
    lines = ["| trick | ring, plain | ring, ours | digits, plain | digits, ours |", "|---|---|---|---|---|"]
    for name, entries in groups.items():
        lines += [f"| **{name}** | | | | |"] + [line for _, line in sorted(entries)]
    lines += ["| **untested** | | | | |"] + [f"| {name} | | | | |" for name in UNTESTED]
    return "\n".join(lines)


def main() -> None:
    """Make all studies, the short ones first."""
    jobs, results = arguments(__doc__).parse_args().jobs, Results(HERE / "results.json")

    def run(keys: list[Row], desc: str) -> None:
        measure_all(results, keys, measure, jobs=jobs, desc=desc)

    cost_keys = [{"cost": target, "baseline": baseline} for target in reversed(TARGETS) for baseline in BASELINES]
    measure_all(results, cost_keys, measure_cost, jobs=jobs, desc="costs")
    run([key for target in ("few", "digits", "ring") for key in tuning_keys(target)], "tuning")
    tests = [*test_keys(results, "few", FEW_SEEDS), *test_keys(results, "ring", ["test"])]
    tests += [*equal_time_keys(results, "ring", ["test"]), *test_keys(results, "digits", SEEDS)]
    tests += equal_time_keys(results, "digits", SEEDS)
    run(tests, "tests")
    write_trials(results)
    print(verdict_table(stored()["trials"]))


if __name__ == "__main__":
    main()
