"""Train the judge: the digit classifier in whose features `ganlab.metrics` measures.

    python scripts/train_judge.py                                       # writes src/ganlab/static/judge.pt
    python scripts/train_judge.py --seed 1 --out other-judge.pt         # a second opinion

Four epochs on the 60 000 training images, each shifted at random by up to two pixels. The weights are rounded to
half precision, which halves the file and changes no decision that matters; the accuracy printed is that of the
rounded weights on the 10 000 test images. About five minutes on two CPU cores.
"""

import argparse
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, pad
from tqdm.auto import tqdm

from ganlab import data, seeds
from ganlab.metrics import JUDGE_FILE, DigitJudge

EPOCHS, BATCH_SIZE, MAX_SHIFT = 4, 128, 2


def shifted(images: Tensor, *, generator: torch.Generator) -> Tensor:
    """Move each image by up to MAX_SHIFT pixels in both directions; background comes in at the rim."""
    n, _, height, width = images.shape
    padded = pad(images, [MAX_SHIFT] * 4, value=-1.0)
    top, left = torch.randint(2 * MAX_SHIFT + 1, (2, n, 1, 1), generator=generator)
    rows, columns = top + torch.arange(height)[:, None], left + torch.arange(width)
    return padded[torch.arange(n)[:, None, None], 0, rows, columns][:, None]


def train_judge(seed: int) -> DigitJudge:
    """Fit a judge to the training images."""
    seeds.seed_everything(seed)
    generator = seeds.generator(seed)
    images, labels, _ = data.mnist("train")
    judge = DigitJudge().train()
    steps = EPOCHS * (len(images) // BATCH_SIZE)
    optimizer = torch.optim.AdamW(judge.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps)
    order = data.batches(torch.arange(len(images)), BATCH_SIZE, generator=generator)
    for _ in tqdm(range(steps)):
        batch = next(order)
        loss = cross_entropy(judge(shifted(images[batch], generator=generator)), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return judge.eval()


@torch.no_grad()
def accuracy(judge: DigitJudge) -> float:
    """Share of the test images that the judge reads right."""
    images, labels, _ = data.mnist("test")
    decisions = torch.cat([judge(part).argmax(dim=1) for part in images.split(1000)])
    return (decisions == labels).double().mean().item()


def main() -> None:
    """Train, round, measure, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=JUDGE_FILE)
    arguments = parser.parse_args()

    judge = train_judge(arguments.seed).half().float()
    torch.save(judge.half().state_dict(), arguments.out)
    print(f"{arguments.out}: test accuracy {accuracy(judge.float()):.4f}, {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
