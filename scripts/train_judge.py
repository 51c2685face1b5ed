"""Train the judge: the digit classifier in whose features `ganlab.metrics` measures.

    python scripts/train_judge.py                                       # writes src/ganlab/static/judge.pt
    python scripts/train_judge.py --seed 1 --out other-judge.pt         # a second opinion

Four epochs on the 60 000 training images, each shifted at random by up to two pixels. The weights are rounded to
half precision, which halves the file and changes no decision that matters; the accuracy printed is that of the
rounded weights on the 10 000 test images. About five minutes on two CPU cores.
"""

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))

from judges import accuracy, fit, shifted

from ganlab import data, seeds
from ganlab.metrics import JUDGE_FILE, DigitJudge


def train_judge(seed: int) -> DigitJudge:
    """Fit a judge to the training images."""
    seeds.seed_everything(seed)
    generator = seeds.generator(seed)
    images, labels, _ = data.mnist("train")
    judge = DigitJudge()
    fit(judge, images, labels, alter=shifted, epochs=4, max_lr=3e-3, generator=generator)
    return judge


def main() -> None:
    """Train, round, measure, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=JUDGE_FILE)
    arguments = parser.parse_args()

    judge = train_judge(arguments.seed).half().float()
    torch.save(judge.half().state_dict(), arguments.out)
    right = accuracy(judge.float(), *data.mnist("test")[:2])
    print(f"{arguments.out}: test accuracy {right:.4f}, {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
