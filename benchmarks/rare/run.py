"""Train the recipe of chapter 10 with one digit rare or missing, and count it among the fakes; for chapter 11.

    python benchmarks/rare/run.py      # about five minutes on one quiet core; goes on where it stopped

Networks and steps are those of `ganlab.digits`, 400 steps of 64 images. The training set has 20 000 images; one digit
is a hundredth of it, or missing, and the rest is MNIST as it comes. The judge then reads 2000 fakes. The run without
the digit shows how often the judge sees it where it cannot be. Results stand in results.json, one row a run, with its
seed; the last figure of a seed is the rare digit. The page quotes them.
"""

import statistics
import sys
from collections import deque
from itertools import product
from pathlib import Path

import torch
from torch import Tensor

from ganlab.data import mnist
from ganlab.digits import digit_players, shared_round
from ganlab.metrics import class_histogram, digit_score
from ganlab.players import Players
from ganlab.seeds import generator
from ganlab.training import rounds

sys.path.insert(0, str(Path(__file__).parents[1]))

import study
from study import Row, measure_all

FILE = Path(__file__).parent / "results.json"
STEPS, FAKES, SET = 400, 2000, 20_000
SHARES, SEEDS = (0.0, 0.01), range(200, 206)


def training_set(share: float, seed: int) -> Tensor:
    """Draw a training set in which one digit has this share."""
    images, labels, _ = mnist("train")
    shuffle = torch.randperm(len(images), generator=generator(seed))
    rare = labels[shuffle] == seed % 10
    few = round(share * SET)
    return images[torch.cat([shuffle[rare][:few], shuffle[~rare][: SET - few]])]


def fakes_of(images: Tensor, seed: int) -> Tensor:
    """Train on these images; return fakes."""
    players = digit_players(lambda step: step / STEPS, seed=seed)

    def play_round(players: Players) -> tuple[Tensor, Tensor]:
        return shared_round(players, images[torch.randint(len(images), (64,), generator=players.generator)])

    deque(rounds(players, play_round, steps=STEPS), maxlen=0)
    G = players.G.eval()
    with torch.no_grad():
        return torch.cat([G(players.draw_z(500)) for _ in range(FAKES // 500)])


def measure(key: Row) -> Row:
    """Train with this share of a digit; return its share among the fakes, and the score."""
    seed = key["seed"]
    fakes = fakes_of(training_set(key["share"], seed), seed)
    return {"made": round(class_histogram(fakes)[seed % 10].item(), 4), "score": round(digit_score(fakes), 1)}


class Results(study.Results):
    """What is stored of rare digits."""

    def made(self, share: float) -> dict[int, float]:
        """Return the share of the digit among the fakes of each seed."""
        return {row["seed"]: row["made"] for row in self.find(share=share)}


def table(results: Results) -> str:
    """Return the table of the page."""
    without, few = (results.made(share) for share in SHARES)
    both = sorted(without.keys() & few.keys())
    lines = ["| rare digit | " + " | ".join(str(seed % 10) for seed in both) + " | median |"]
    lines.append("|---" + "|--:" * (len(both) + 1) + "|")
    for name, made in (("missing", without), ("1 % of the data", few)):
        values = [made[seed] for seed in both]
        lines.append(f"| {name} | " + " | ".join(f"{100 * v:.1f}" for v in [*values, statistics.median(values)]) + " |")
    return "\n".join(lines)


def main() -> None:
    """Make both runs of each seed."""
    jobs, results = study.arguments(__doc__).parse_args().jobs, Results(FILE)
    keys = [{"share": share, "seed": seed} for seed, share in product(SEEDS, SHARES)]
    measure_all(results, keys, measure, jobs=jobs)
    print(table(results))


if __name__ == "__main__":
    main()
