"""Play what chapter 13 has no time for: other seeds, other variants and longer runs of its experiments.

    python benchmarks/labels/run.py --jobs 8    # about an hour for one quiet core; goes on where it stopped

The functions are those of the page. The two discriminators that see labels first try four rates on seeds of their
own, and are then compared, each at its best rate, on five others; the third, which ignores labels, cannot do better
than chance at any rate and takes the page's. The study "bounds" plays what the page plays on 16 seeds that neither the
page nor the tables use; the bounds of the page's claims leave room below (or above) the worst of them. One row a run
stands in results.json, with its CPU time. The page makes some of the runs of seed 200 again and compares.
"""

import statistics
import sys
import time
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import torch

from ganlab import metrics
from ganlab.data import mnist
from ganlab.latent import truncated_z
from ganlab.seeds import generator

sys.path.insert(0, str(Path(__file__).parents[1]))

import study
from study import Namespace, Results, Row, measure_all

FILE = Path(__file__).parent / "results.json"
PAGE = Path(__file__).parents[2] / "book" / "chapters" / "13-asking-for-a-seven.md"
SEEDS, TUNING_SEEDS, OTHER_SEEDS = range(200, 205), range(300, 304), range(400, 416)
RATES, PAGE_RATE = (2.5e-3, 5e-3, 1e-2, 2e-2), 5e-3
JUDGED = 1000  # test images

CLASSES = {
    "projection": "ProjectionDiscriminator",
    "planes": "PlanesDiscriminator",
    "no label": "ForgetfulDiscriminator",
}
HUNDRED = ("labels alone", "labels alone, bent", "semi-supervised", "semi-supervised, bent")
PAIRS = {"L1": 0.0, "L1 and PatchGAN": 1.0}  # weight of the game
NO_PAIRS = {"with the cycle": 5.0, "without the cycle": 0.0}  # weight of the cycle


@cache
def page() -> Namespace:
    """Return the functions of the page."""
    return study.page_functions(PAGE)


@cache
def data() -> tuple[Any, Any, metrics.DigitJudge]:
    """Return training set, test set and judge."""
    return mnist(), mnist("test"), metrics.digit_judge()


@cache
def real_spread() -> float:
    """Return the spread within the classes of real images, to divide by."""
    _, test, judge = data()
    return page()["spread_within"](judge.features(test.images[:JUDGED]), test.labels[:JUDGED]).item()


def accuracy_and_variety(images: torch.Tensor, y: torch.Tensor) -> Row:
    """Return how often images show what was asked for, and how varied they are within a class."""
    accuracy, spread = page()["report"](data()[2], images, y)
    return {"accuracy": round(accuracy, 3), "variety": round(spread / real_spread(), 3)}


def told(key: Row) -> Row:
    """Train a conditional pair on labels of which a share may be wrong."""
    train, _, _ = data()
    G = _told(CLASSES[key.get("name", "projection")], key, train)
    return accuracy_and_variety(*page()["asked"](G, key["seed"]))


def _told(cls: str, key: Row, train: Any) -> torch.nn.Module:
    seed, share = key["seed"], key.get("share", 0.0)
    labels = page()["with_wrong_labels"](train.labels, share, seed) if share else train.labels
    budget = {"steps": key.get("steps", 200), "rate": key.get("rate", PAGE_RATE)}
    return page()["train_labels"](page()[cls], (train.images, labels), seed, **budget)


def hundred(key: Row) -> Row:
    """Train a classifier on 100 labels; return the share of test images that it reads rightly."""
    train, test, _ = data()
    name, seed, steps = key["name"], key["seed"], key["steps"]
    rows = page()["hundred"](train.labels, seed)
    x, y = train.images[rows], train.labels[rows]
    how = {"alter": page()["bent" if "bent" in name else "as_it_is"], "steps": steps}
    if "semi" in name:
        C = page()["train_semi"]((x, y), train.images, seed, **how)
    else:
        C = page()["train_classifier"](x, y, seed, **how)
    return {"accuracy": round(page()["share_right"](C, test.images, test.labels), 4)}


def pairs(key: Row) -> Row:
    """Train edges to digits; return distance to the true digits, Fréchet distance and label accuracy."""
    train, test, judge = data()
    G = page()["train_pix"](train.images, key["seed"], game=PAIRS[key["name"]])
    return page()["pix_report"](G, judge, test)


def no_pairs(key: Row) -> Row:
    """Train digits to another ink and back; return distances to the truth and label accuracy."""
    train, test, judge = data()
    weight, steps = NO_PAIRS[key["name"]], key.get("steps", 150)
    nets = page()["train_cycle"](train.images, key["seed"], steps=steps, weight=weight)
    return page()["cycle_report"](nets, judge, test)


def bound_told(seed: int) -> Row:
    """Do what the page does with its conditional generator: ask, truncate, search for real digits."""
    train, test, _ = data()
    G = _told(CLASSES["projection"], {"seed": seed}, train).requires_grad_(False)
    found = accuracy_and_variety(*page()["asked"](G, seed))
    y = torch.arange(10).repeat_interleave(60)
    for bound in (0.5, 9.0):
        z = truncated_z(600, 16, bound=bound, generator=generator(seed))
        shown = accuracy_and_variety(G(z, y), y)
        found |= {f"{name} at {bound}": value for name, value in shown.items()}
    x, true_y = test.images[:24], test.labels[:24]
    _, error = page()["nearest_with_each_label"](G, x)
    before = (G(torch.zeros(24, 16), true_y) - x).square().mean(dim=(1, 2, 3)).median()
    own = error[torch.arange(24), true_y].median()
    right = (error.argmin(dim=1) == true_y).sum()
    return found | {"error": round((own / before).item(), 3), "found again": right.item()}


def bound_words(seed: int) -> Row:
    """Play the games of words; return the range of the divergences."""
    p, found = page(), {}
    for name, shown in {"soft": "soft_word", "straight": "straight_through", "reinforce": "straight_through"}.items():
        divergence = p["play_words"](p[f"{name}_loss"], p[shown], seed)
        low, middle, high = divergence.min(), divergence.median(), divergence.max()
        found[name] = [round(value.item(), 4) for value in (low, middle, high)]
    return found


def bound_estimators(seed: int) -> Row:
    """Return the ratios that the page claims, of medians of eight random discriminators."""
    found = page()["medians"](range(1000 * seed, 1000 * seed + 8))
    cool, warm = found["soft, T = 0.1"], found["soft, T = 3.0"]
    plain, baseline = found["REINFORCE"], found["REINFORCE, baseline"]
    ratios = {"bias": warm[0] / cool[0], "spread": cool[1] / warm[1], "baseline": plain[1] / baseline[1]}
    return {name: round(value.item(), 2) for name, value in ratios.items()}


BOUNDS: dict[str, Callable[[int], Row]] = {
    "told": bound_told,
    "words": bound_words,
    "estimators": bound_estimators,
    "pairs, L1": lambda seed: pairs({"name": "L1", "seed": seed}),
    "pairs, L1 and PatchGAN": lambda seed: pairs({"name": "L1 and PatchGAN", "seed": seed}),
    "no pairs, with the cycle": lambda seed: no_pairs({"name": "with the cycle", "seed": seed}),
    "no pairs, without the cycle": lambda seed: no_pairs({"name": "without the cycle", "seed": seed}),
    "labels alone, bent": lambda seed: hundred({"name": "labels alone, bent", "steps": 300, "seed": seed}),
}
STUDIES: dict[str, Callable[[Row], Row]] = {
    "tuning": told,
    "kinds": told,
    "wrong labels": told,
    "hundred": hundred,
    "pairs": pairs,
    "no pairs": no_pairs,
    "bounds": lambda key: BOUNDS[key["name"]](key["seed"]),
}


def measure(key: Row) -> Row:
    """Make one run; return what was measured, and its CPU time in seconds."""
    page(), data(), real_spread()  # not the run's time
    start = time.process_time()
    return STUDIES[key["study"]](key) | {"cpu_s": round(time.process_time() - start, 1)}


def _keys(title: str, **values: Any) -> list[Row]:
    """Return a key for each combination of the values."""
    return [{"study": title} | dict(zip(values, each, strict=True)) for each in product(*values.values())]


def tuning_keys() -> list[Row]:
    """Return the runs that choose a rate."""
    return _keys("tuning", name=list(CLASSES)[:2], rate=RATES, seed=TUNING_SEEDS)


def best_rate(results: Results, name: str) -> float:
    """Return the rate with the highest median accuracy in the tuning."""

    def median(rate: float) -> float:
        return statistics.median(row["accuracy"] for row in results.find(study="tuning", name=name, rate=rate))

    return max(RATES, key=median) if results.find(study="tuning", name=name) else PAGE_RATE


def table_keys(results: Results) -> list[Row]:
    """Return the runs of the tables and of the bounds. (Labels of which none is wrong are those of "kinds".)"""
    rates = {name: best_rate(results, name) for name in CLASSES}
    kinds = [key for name in CLASSES for key in _keys("kinds", name=[name], rate=[rates[name]], seed=SEEDS)]
    return [
        *_keys("bounds", name=list(BOUNDS), seed=OTHER_SEEDS),
        *kinds,
        *_keys("wrong labels", share=[0.25, 0.5], steps=[200], seed=SEEDS),
        *_keys("pairs", name=list(PAIRS), seed=SEEDS),
        *_keys("no pairs", name=list(NO_PAIRS), steps=[150, 600], seed=SEEDS),
        *_keys("hundred", name=HUNDRED, steps=[300, 1500], seed=SEEDS),
        *_keys("wrong labels", share=[0.0, 0.25, 0.5], steps=[1000], seed=SEEDS),
    ]


def _cell(rows: list[Row], measure: str, form: str) -> str:
    """Return the median, and the lowest and the highest in brackets."""
    values = [row[measure] for row in rows]
    low, middle, high = (format(v, form) for v in (min(values), statistics.median(values), max(values)))
    return f"{middle} ({low}–{high})"


def _table(head: str, lines: dict[str, list[str]]) -> str:
    columns = head.split("|")
    rule = "|---" * (len(columns) - len(next(iter(lines.values())))) + "|--:" * len(next(iter(lines.values()))) + "|"
    return "\n".join([f"| {' | '.join(columns)} |", rule, *(f"| {' | '.join([a, *b])} |" for a, b in lines.items())])


def tables(results: Results) -> dict[str, str]:
    """Return the tables of the page: medians of five seeds, lowest and highest in brackets."""
    find = results.find
    both = ("accuracy", "variety")
    rates = {name: best_rate(results, name) for name in CLASSES}
    kinds = {
        name: [f"{rate:g}", *(_cell(find(study="kinds", name=name, rate=rate), m, ".2f") for m in both)]
        for name, rate in rates.items()
    }
    none_wrong = find(study="kinds", name="projection", rate=rates["projection"])
    after = {
        (share, steps): find(study="wrong labels", share=share, steps=steps) or none_wrong
        for share, steps in product((0.0, 0.25, 0.5), (200, 1000))
    }
    wrong = {
        f"{share:.0%}": [
            *(_cell(after[share, steps], "accuracy", ".2f") for steps in (200, 1000)),
            f"{1 - 0.9 * share:.2f}",
        ]
        for share in (0.0, 0.25, 0.5)
    }
    few = {
        name: [_cell(find(study="hundred", name=name, steps=steps), "accuracy", ".3f") for steps in (300, 1500)]
        for name in HUNDRED
    }
    paired = {
        name: [
            _cell(find(study="pairs", name=name), measure, form)
            for measure, form in {"distance": ".3f", "score": ".0f", "accuracy": ".2f"}.items()
        ]
        for name in PAIRS
    }
    unpaired = {
        f"{name}, {steps} steps": [
            _cell(find(study="no pairs", name=name, steps=steps), measure, ".2f")
            for measure in ("cycle", "there", "shifted", "accuracy")
        ]
        for steps, name in product((150, 600), NO_PAIRS)
    }
    return {
        "kinds": _table("discriminator|rate|label accuracy|variety", kinds),
        "wrong labels": _table("wrong labels|after 200 steps|after 1000 steps|perfect", wrong),
        "hundred": _table("|after 300 steps|after 1500 steps", few),
        "pairs": _table("|distance|score|label accuracy", paired),
        "no pairs": _table("|cycle|to the true pen|after the best shift|digits kept", unpaired),
    }


def ranges(results: Results) -> dict[str, tuple[float, float]]:
    """Return what the page compares its own runs with: lowest and highest of five."""
    kept = {
        "label accuracy": ("accuracy", {"study": "kinds", "name": "projection", "rate": PAGE_RATE}),
        "right of 100 labels": ("accuracy", {"study": "hundred", "name": "labels alone, bent", "steps": 300}),
        "distance with patches": ("distance", {"study": "pairs", "name": "L1 and PatchGAN"}),
        "cycle": ("cycle", {"study": "no pairs", "name": "with the cycle", "steps": 150}),
    }
    values = {name: [row[measure] for row in results.find(**key)] for name, (measure, key) in kept.items()}
    return {name: (round(min(found), 3), round(max(found), 3)) for name, found in values.items()}


def main() -> None:
    """Make all runs that are not stored yet."""
    jobs = study.arguments(__doc__).parse_args().jobs
    results = Results(FILE)
    measure_all(results, tuning_keys(), measure, jobs=jobs, desc="tuning")
    measure_all(results, table_keys(results), measure, jobs=jobs, desc="tables and bounds")


if __name__ == "__main__":
    main()
