"""Collect the digits of the lab *real or fake*, and what two machines think of each.

    python scripts/collect_lineup.py                      # writes the two copies of digit-lineup.js
    python scripts/collect_lineup.py --seed 1 --out try.js

The fakes are drawn by the generator of the book's recipe for digits at two moments of its training, in evaluation
mode, from the first latent vectors of the seed; the real ones are the first of a random order of MNIST's test images.
No image is left out. All are rounded to 16 grey levels, which keeps the file small, and the two machines judge the
rounded images, as the reader does:

- D, the discriminator that the generator was trained against, at the same moment, by its logit;
- a detector that came afterwards: a logistic regression on the judge's features, fitted to other images of both kinds.

Their AUC is measured on all 10 000 test images and as many other fakes, too. About three minutes on one quiet CPU core.
"""

import argparse
import base64
import copy
import datetime
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from tqdm.auto import tqdm

from ganlab import data, metrics
from ganlab.digits import BATCH_SIZE, digit_players, shared_round
from ganlab.latent import sample_z
from ganlab.players import Players
from ganlab.seeds import generator
from ganlab.training import rounds

ROOT = Path(__file__).parents[1]
FILES = [ROOT / "src/ganlab/static/digit-lineup.js", ROOT / "book/_static/digit-lineup.js"]
STEPS, MOMENTS = 2500, {"early": 400, "late": 2500}
SHOWN, JUDGED, FITTED = 240, 10_000, 10_000  # images of each kind in the file, for the AUC, and for the detector
LEVELS = 15  # the largest grey level, as four bits have it
Scorer = Callable[[Tensor], Tensor]


def moments(seed: int) -> Iterator[tuple[str, nn.Module, nn.Module]]:
    """Train by the recipe; yield the name of each moment with copies of G and D in evaluation mode."""
    images, _, source = data.mnist()
    if source != "MNIST":
        raise SystemExit(f"the lab wants MNIST, but the data are {source}; set GANLAB_DATA")
    players = digit_players(lambda step: step / STEPS, seed=seed)

    def play_round(players: Players) -> tuple[Tensor, Tensor]:
        picks = torch.randint(len(images), (BATCH_SIZE,), generator=players.generator)
        return shared_round(players, images[picks])

    names = {step: name for name, step in MOMENTS.items()}
    for progress in tqdm(rounds(players, play_round, steps=STEPS), total=STEPS):
        if progress.step in names:
            yield names[progress.step], copy.deepcopy(players.G).eval(), copy.deepcopy(players.D).eval()


def rounded(images: Tensor) -> Tensor:
    """Round images in [-1, 1] to 16 grey levels."""
    return torch.round((images + 1) * LEVELS / 2) * 2 / LEVELS - 1


@torch.no_grad()
def draw(G: nn.Module, n: int, *, seed: int) -> Tensor:
    """Draw n rounded images."""
    return rounded(torch.cat([G(z) for z in sample_z(n, G.z_dim, generator=generator(seed)).split(500)]))


def pick(name: str, n: int, *, seed: int) -> Tensor:
    """Take the first n of a random order of MNIST's training or test images, rounded."""
    images = data.mnist(name).images
    return rounded(images[torch.randperm(len(images), generator=generator(seed))[:n]])


@torch.no_grad()
def portions(score: Scorer, images: Tensor) -> Tensor:
    """Score or describe many images, 500 at a time."""
    return torch.cat([score(part) for part in images.split(500)])


def fit_detector(judge: metrics.DigitJudge, real: Tensor, fake: Tensor) -> Scorer:
    """Fit a logistic regression on the judge's features; return the function from images to logits."""
    features = portions(judge.features, torch.cat([real, fake]))
    mean, spread = features.mean(dim=0), features.std(dim=0) + 1e-3
    labels = torch.cat([torch.ones(len(real)), torch.zeros(len(fake))])
    weights = torch.zeros(features.shape[1] + 1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = (features - mean) / spread @ weights[1:] + weights[0]
        value = binary_cross_entropy_with_logits(logits, labels) + 1e-4 * weights[1:].square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    weights.requires_grad_(False)
    return lambda images: (judge.features(images) - mean) / spread @ weights[1:] + weights[0]


def packed(images: Tensor) -> str:
    """Pack rounded images: rows of runs of black (length up to 255) and of other pixels (length, then two a byte)."""
    levels = torch.round((images.flatten(1) + 1) * LEVELS / 2).to(torch.uint8).numpy()
    return base64.b64encode(b"".join(map(packed_one, levels))).decode()


def packed_one(levels: np.ndarray) -> bytes:
    """Pack one image: again and again how many pixels are black, how many then are not, and these, two in a byte."""
    out, at = bytearray(), 0
    while at < len(levels):
        black = run(levels[at:] == 0)
        ink = run(levels[at + black :] != 0)
        grey = np.append(levels[at + black : at + black + ink], np.zeros(ink % 2, np.uint8))
        out += bytes([black, ink, *(grey[::2] * 16 + grey[1::2])])
        at += black + ink
    return bytes(out)


def run(mask: np.ndarray) -> int:
    """Count the true ones at the beginning, up to 255."""
    return int(np.argmin(np.append(mask[:255], False)))


def unpacked(text: str) -> Tensor:
    """Return the images (n, 1, 28, 28) that `packed` packed."""
    blob, levels, at = base64.b64decode(text), [], 0
    while at < len(blob):
        black, ink = blob[at : at + 2]
        pairs = blob[at + 2 : at + 2 + (ink + 1) // 2]
        levels += [0] * black + [half for pair in pairs for half in (pair >> 4, pair & 15)][:ink]
        at += 2 + len(pairs)
    return torch.tensor(levels).reshape(-1, 1, 28, 28) * 2 / LEVELS - 1


def scores(score: Scorer, images: Tensor) -> list[float]:
    """Score images, to a thousandth."""
    return [round(x, 3) for x in portions(score, images).flatten().tolist()]


def moment(name: str, G: nn.Module, D: nn.Module, judge: metrics.DigitJudge, seed: int) -> dict[str, Any]:
    """Draw the fakes of a moment; let both machines judge them and the real ones, few and many."""
    real, fake = pick("test", JUDGED, seed=seed), draw(G, SHOWN + JUDGED, seed=seed)
    detector = fit_detector(judge, pick("train", FITTED, seed=seed + 1), draw(G, FITTED, seed=seed + 1))
    machines = {"D": D, "detector": detector}
    found: dict[str, Any] = {"steps": MOMENTS[name], "images": packed(fake[:SHOWN])}
    for key, machine in machines.items():
        many = metrics.membership(portions(machine, real), portions(machine, fake[SHOWN:]))
        found[key] = {
            "real": scores(machine, real[:SHOWN]),
            "fake": scores(machine, fake[:SHOWN]),
            "auc": round(many.auc, 3),
        }
    return found


def read(path: Path = FILES[0]) -> dict[str, Any]:
    """Read a file that `write` wrote."""
    return json.loads(path.read_text(encoding="utf-8").partition("globalThis.ganlabLineup = ")[2].rstrip().rstrip(";"))


def write(content: dict[str, Any], paths: list[Path]) -> None:
    """Write a classic script that a page can load from anywhere, `file://` included."""
    made = f"seed {content['seed']}, {content['date']}. Generated by scripts/collect_lineup.py."
    head = f"/* Digits of <real-or-fake>: {made} */\n"
    for path in paths:
        path.write_text(f"{head}globalThis.ganlabLineup = {json.dumps(content, indent=0)};\n", encoding="utf-8")


def main() -> None:
    """Train, draw, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, nargs="+", default=FILES)
    arguments = parser.parse_args()

    judge, seed = metrics.digit_judge(), arguments.seed
    content = {
        "seed": seed,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "judged": JUDGED,
        "real": packed(pick("test", JUDGED, seed=seed)[:SHOWN]),
    }
    for name, G, D in moments(seed):
        content[name] = moment(name, G, D, judge, seed)
        print(name, *(f"AUC of {key} {content[name][key]['auc']}" for key in ("D", "detector")))
    write(content, arguments.out)
    print(*arguments.out, f"{arguments.out[0].stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
