"""Play the digit lab in Node on seeds that no page shows, and store what the lab measures and how good its fakes are.

    python benchmarks/digit_lab/run.py      # half an hour on one quiet core; goes on where it stopped

The engine is that of the bundle that readers get (`play.mjs` runs it). A row of results.json is a run: settings that
are not the lab's own, seed and steps; then, one after the other, what was seen every hundred steps. `agreement`: how
often the judge reads what G was told. `copies`: the share of a hundred fakes that are nearer to a training digit than
to unseen ones. `real`, `fake`: what D says; `g`: the loss of G. `bright`: of the pixels in which no digit has ink, the
share on the sheet that is brighter than a quarter of the way to white; `averaged`: the same with averaged weights.
`scores`, of some runs: that of 2000 fakes after 100 steps and at the end (needs MNIST). For these, both pairs of
networks get about equal time, and each first tries sixteen choices of rates on two seeds of their own.
"""

import base64
import json
import statistics
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import torch

from ganlab import metrics

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import study
from processor import processor
from study import Results, Row, measure_all

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
FILE, BUNDLE = HERE / "results.json", ROOT / "src/ganlab/static/labs.js"

CONVOLUTIONAL: Row = {}  # what the lab begins with
DENSE = {"networks": "dense", "lr_g": 0.005, "lr_d": 0.003}
EQUAL_TIME = {"convolutional": 750, "dense": 1464}  # steps
SEEDS, SCORED_SEEDS, TUNING_SEEDS = range(401, 413), range(101, 109), (91, 92)
COPIED_SEEDS, STRONG_SEEDS = (*range(201, 211), *range(301, 309)), range(201, 211)
RATES_G, RATES_D = (0.003, 0.005, 0.01, 0.03), (0.002, 0.003, 0.005, 0.01)
LOOK_EVERY = 100


def played(settings: Row, seed: int, steps: int, draws: list[int]) -> Row:
    """Return what play.mjs says of a run."""
    asked = json.dumps({"settings": settings, "seed": seed, "steps": steps, "draws": draws})
    command = ["node", str(HERE / "play.mjs"), str(BUNDLE)]
    return json.loads(subprocess.run(command, input=asked, stdout=subprocess.PIPE, text=True, check=True).stdout)


def score(fakes: str) -> float:
    """Return the score of chapter 10 of fakes that play.mjs has drawn."""
    images = np.frombuffer(base64.b64decode(fakes), "<f4").reshape(-1, 1, 28, 28)
    return round(metrics.digit_score(torch.tensor(images)), 1)


def measure(key: Row) -> Row:
    """Make one run."""
    steps = key["steps"]
    draws = [LOOK_EVERY, steps] if key["scored"] else []
    run = played(key["settings"], key["seed"], steps, draws)
    found = {name: [round(look[name], 5) for look in run["looks"]] for name in run["looks"][0]}
    if key["scored"]:
        found["scores"] = [score(fakes) for fakes in run["drawn"]]
    return found | {"ms_a_step": round(run["ms_a_step"], 2)}


def keys_of(settings: Row, seeds: range | tuple[int, ...], steps: int, *, scored: bool = False) -> list[Row]:
    """Return the keys of a run on these seeds."""
    return [{"settings": settings, "seed": seed, "steps": steps, "scored": scored} for seed in seeds]


def own(networks: str) -> Row:
    """Return the lab's settings for a pair of networks."""
    return DENSE if networks == "dense" else CONVOLUTIONAL


def tuning_keys(networks: str) -> list[Row]:
    """Return the keys of all pairs of rates."""
    rates = [{"networks": networks, "lr_g": g, "lr_d": d} for g, d in product(RATES_G, RATES_D)]
    return [key for each in rates for key in keys_of(each, TUNING_SEEDS, EQUAL_TIME[networks], scored=True)]


def plan() -> list[Row]:
    """Return the keys of all runs."""
    return [
        *keys_of(CONVOLUTIONAL, SEEDS, 600),
        *keys_of({"mismatch": False}, SEEDS, 600),
        *keys_of(DENSE, SEEDS, 2000),
        *keys_of(DENSE | {"fall": 2000}, SEEDS, 2000),
        *keys_of({"share": "100"}, COPIED_SEEDS, 300),
        *keys_of(CONVOLUTIONAL, STRONG_SEEDS, 200),
        *keys_of({"fault": "strong"}, STRONG_SEEDS, 200),
        *(key for nets, n in EQUAL_TIME.items() for key in keys_of(own(nets), SCORED_SEEDS, n, scored=True)),
        *(key for nets in EQUAL_TIME for key in tuning_keys(nets)),
    ]


# What is read.


def seen(results: Results, settings: Row, seeds: range | tuple[int, ...], name: str, step: int) -> list[float]:
    """Return what was measured on each of the seeds at a look."""
    by_seed = {row["seed"]: row for row in results.find(settings=settings) if row["steps"] >= step}
    return [by_seed[seed][name][step // LOOK_EVERY - 1] for seed in seeds]


def scored(results: Results, networks: str) -> list[Row]:
    """Return the scored runs of a pair of networks at the lab's own rates."""
    return [row for row in results.find(settings=own(networks), scored=True) if row["seed"] in SCORED_SEEDS]


def tuned(results: Results, networks: str) -> dict[tuple[float, float], float]:
    """Return the mean score on the tuning seeds for each pair of rates, of G and of D, best first."""
    tried: dict[tuple[float, float], list[float]] = {}
    for key in tuning_keys(networks):
        (row,) = results.find(**key)
        tried.setdefault((key["settings"]["lr_g"], key["settings"]["lr_d"]), []).append(row["scores"][-1])
    return dict(sorted(((rates, statistics.mean(found)) for rates, found in tried.items()), key=lambda item: item[1]))


def main() -> None:
    """Make the runs that are not stored yet."""
    jobs, results = study.arguments(__doc__).parse_args().jobs, Results(FILE)
    node = subprocess.run(["node", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    results.measured_on(processor=processor(), node=node)
    measure_all(results, plan(), measure, jobs=jobs)


if __name__ == "__main__":
    main()
