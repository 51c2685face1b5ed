"""Treat mode collapse on a ring of 8: each treatment with the same effort of tuning, on all seeds at once.

    python benchmarks/collapse/run.py      # about half an hour on one quiet core; goes on where it stopped

The functions are those of chapter 8. A treatment first tries four settings on 8 members, for `TUNING_STEPS` steps:
four pairs of rates, or two pairs with two strengths if it has a strength. The setting that keeps most modes (if none
keeps any: that has samples near most of them) is then played on 32 other members, for `STEPS` steps, and looked at on
the way. Unrolling and k = 5, of which a step costs several, play fewer (`LESS_STEPS`), for about the same time.
The grid of 25 is played at the settings chosen on the ring. Results stand in results.json, one row a run: for each
member and each look the modes near and kept as bits, mode 0 last, and the share of good samples.
"""

import argparse
import datetime
import importlib
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from ganlab import toys
from ganlab.ensembles import train_ensemble

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "book" / "chapters" / "08-mode-collapse.md"
sys.path.insert(0, str(HERE.parent / "digits"))
choices = importlib.import_module("choices")
sys.path.remove(str(HERE.parent / "digits"))

TUNING_SEED, SEED = 51_000, 52_000
TUNING_MEMBERS, MEMBERS = 8, 32
TUNING_STEPS, STEPS, LOOK_EVERY = 1000, 3000, 500
LESS_STEPS = {"unrolled": 1000, "k = 5": 1500}
RATES = [(1e-3, 3e-3), (3e-3, 3e-3), (1e-3, 1e-3), (3e-3, 1e-3)]  # of G and of D
#: Treatments with a strength, and the two strengths that are tried with the first two pairs of rates.
STRENGTHS = {
    "packs": (2, 4),
    "noise on D's inputs": (0.5, 1.0),
    "R1": (0.1, 1.0),
    "relativistic, R1 and R2": (0.1, 1.0),
    "unrolled": (1, 5),
}
TREATMENTS = ["plain", *STRENGTHS, "minibatch spread", "k = 5", "wider D"]
TARGETS = {"ring": toys.ring(8), "grid": toys.grid(5)}

Namespace = dict[str, Any]
Setting = tuple[float, float, float]  # rates of G and of D, strength


def settings(name: str) -> list[Setting]:
    """Return the four settings that a treatment tries."""
    if name not in STRENGTHS:
        return [(*rates, 0.0) for rates in RATES]
    return [(*rates, strength) for rates in RATES[:2] for strength in STRENGTHS[name]]


def discriminator(page: Namespace, name: str, strength: float) -> Callable[[], torch.nn.Module]:
    """Return what makes a treatment's D."""
    makers = {
        "packs": lambda: page["packed_d"](int(strength)),
        "wider D": lambda: page["plain_d"](width=64),
        "minibatch spread": page["spread_d"],
    }
    return makers.get(name, page["plain_d"])


def halves(page: Namespace, name: str, players: Any, strength: float, steps: int, target: Any) -> Namespace:
    """Return how a treatment plays its rounds, as arguments of `train_ensemble`."""
    made: dict[str, Callable[[], Namespace]] = {
        "k = 5": lambda: {"k": 5},
        "noise on D's inputs": lambda: page["noisy_halves"](players, spread=strength, steps=steps),
        "R1": lambda: page["r1_halves"](strength),
        "relativistic, R1 and R2": lambda: page["relativistic_halves"](strength, target),
        "unrolled": lambda: page["unrolled_halves"](int(strength), target),
    }
    return made.get(name, dict)()


def looks(page: Namespace, progress: Iterator[Any], players: Any, target: Any) -> Iterator[Namespace]:
    """Pass over a run; yield what is seen at every so many steps, without the time of looking."""
    started = time.process_time()
    for report in progress:
        if report.step % LOOK_EVERY == 0:
            seconds = time.process_time() - started
            near, kept, good = page["mode_masks"](players.G, target)
            yield {"near": bits(near), "kept": bits(kept), "good": rounded(good), "seconds": seconds}
            started = time.process_time()


def bits(masks: torch.Tensor) -> list[int]:
    """Return each member's modes as one whole number."""
    return (masks.long() << torch.arange(masks.shape[1])).sum(dim=1).tolist()


def rounded(values: torch.Tensor) -> list[float]:
    """Return numbers short enough to store."""
    return [round(value, 4) for value in values.tolist()]


def play(
    page: Namespace, name: str, target: str, setting: Setting, *, members: int, steps: int, seed: int
) -> Namespace:
    """Play a treatment with all members; return what is seen on the way, and the CPU time of a step."""
    toy, (rate_g, rate_d, strength) = TARGETS[target], setting
    make_d = discriminator(page, name, strength)
    players = page["new_players"](members, seed, rates=(rate_g, rate_d), make_d=make_d)
    parts = halves(page, name, players, strength, steps, toy)
    progress = train_ensemble(players, lambda n, g: toy.sample(n, generator=g), steps=steps, **parts)
    seen = list(looks(page, tqdm(progress, total=steps, desc=f"{target}: {name} {setting}", leave=False), players, toy))
    seconds = sum(look.pop("seconds") for look in seen)
    return {"ms_a_step": round(1000 * seconds / steps, 2)} | {
        what: [look[what] for look in seen] for what in ("near", "kept", "good")
    }


class Results:
    """results.json: where and when it was measured, and the rows; each new row is written at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        stored = json.loads(path.read_text()) if path.exists() else {"machine": machine(), "rows": []}
        self.machine, self.rows = stored["machine"], stored["rows"]

    def add(self, key: Namespace, run: Callable[[], Namespace]) -> None:
        """Make a run unless its row is there."""
        if self.find(**key) is None:
            self.rows.append(key | run())
            rows = ",\n  ".join(json.dumps(row) for row in self.rows)
            self.path.write_text(f'{{"machine": {json.dumps(self.machine)},\n "rows": [\n  {rows}\n]}}\n')

    def find(self, **key: Any) -> Namespace | None:
        """Return the row with this key, if it is there."""
        return next((row for row in self.rows if key.items() <= row.items()), None)

    def best(self, name: str) -> Setting:
        """Return the setting that kept most modes on the tuning seed; if it is a tie, with most modes near."""
        tried = [row for row in self.rows if row["treatment"] == name and row["seed"] == TUNING_SEED]
        row = max(tried, key=lambda row: (mean_count(row["kept"][-1]), mean_count(row["near"][-1])))
        return tuple(row["setting"])

    def final(self, name: str, target: str = "ring") -> Namespace:
        """Return the row of a treatment at its best setting on the other members."""
        row = self.find(treatment=name, target=target, setting=list(self.best(name)), seed=SEED)
        assert row is not None, f"{name} was not played on the {target}"
        return row


def counts(masks: list[int]) -> list[int]:
    """Return how many modes each member has."""
    return [mask.bit_count() for mask in masks]


def mean_count(masks: list[int]) -> float:
    """Return how many modes a member has on average."""
    return statistics.mean(counts(masks))


def quartiles(values: list[float]) -> list[float]:
    """Return lower quartile, median and upper quartile of the members."""
    return statistics.quantiles(values, n=4, method="inclusive")


def finished(results: Results) -> list[str]:
    """Return the treatments that were tuned and played to the end."""
    tuned = [
        name
        for name in TREATMENTS
        if all(results.find(treatment=name, setting=list(each), seed=TUNING_SEED) for each in settings(name))
    ]
    return [name for name in tuned if results.find(treatment=name, setting=list(results.best(name)), seed=SEED)]


def table(results: Results) -> str:
    """Return the table of the page: quartiles over members, and the cost of a step compared with the plain one."""
    lines = [
        "| treatment | rates of G, D; strength | steps | near | kept | good | cost |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for name in finished(results):
        row, (rate_g, rate_d, strength) = results.final(name), results.best(name)
        near, kept = ("/".join(f"{q:g}" for q in quartiles(counts(row[what][-1]))) for what in ("near", "kept"))
        good = "/".join(f"{q:.2f}" for q in quartiles(row["good"][-1]))
        setting = f"{rate_g:g}, {rate_d:g}" + (f"; {strength:g}" if strength else "")
        cost = row["ms_a_step"] / results.final("plain")["ms_a_step"]
        lines.append(f"| {name} | {setting} | {row['steps']} | {near} | {kept} | {good} | {cost:.1f} |")
    return "\n".join(lines)


def machine() -> dict[str, str]:
    """Say what the numbers depend on, and when they were measured."""
    capability = torch.backends.cpu.get_cpu_capability()
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    return versions | {"cpu": capability, "threads": "1", "date": datetime.date.today().isoformat()}


def extras(results: Results) -> list[tuple[str, str, Setting]]:
    """Return what is played beside: the page's plain recipe, and two treatments on the grid."""
    grid = [(name, "grid", results.best(name)) for name in ("plain", "packs")]
    return [("plain", "ring", (*RATES[0], 0.0)), *grid]


def main() -> None:
    """Tune every treatment, then play each on the other members."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=TREATMENTS, help="tune and play only this treatment")
    parser.add_argument("--table", action="store_true", help="print the table of the page, and measure nothing")
    given = parser.parse_args()
    only, results = given.only, Results(HERE / "results.json")
    if given.table:
        print(table(results))
        return
    torch.set_num_threads(1)
    page = choices.page_functions(PAGE)

    def add(name: str, target: str, setting: Setting, **how: int) -> None:
        key = {"treatment": name, "target": target, "setting": list(setting), **how}
        results.add(key, lambda: play(page, name, target, setting, **how))

    def play_all(name: str, target: str, setting: Setting) -> None:
        add(name, target, setting, members=MEMBERS, steps=LESS_STEPS.get(name, STEPS), seed=SEED)

    for name in tqdm([only] if only else TREATMENTS, desc="treatments"):
        for setting in settings(name):
            steps = min(TUNING_STEPS, LESS_STEPS.get(name, STEPS))
            add(name, "ring", setting, members=TUNING_MEMBERS, steps=steps, seed=TUNING_SEED)
        play_all(name, "ring", results.best(name))
    if not only:
        for name, target, setting in tqdm(extras(results), desc="beside"):
            play_all(name, target, setting)


if __name__ == "__main__":
    main()
