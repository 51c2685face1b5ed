"""What the judges of digits have in common, whatever their networks: how one is fitted, and how well it reads."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad
from tqdm.auto import tqdm

from ganlab import data

BATCH_SIZE, MAX_SHIFT = 128, 2


def shifted(images: Tensor, generator: torch.Generator) -> Tensor:
    """Move each image by up to MAX_SHIFT pixels in both directions; background comes in at the rim."""
    n, _, height, width = images.shape
    padded = pad(images, [MAX_SHIFT] * 4, value=-1.0)
    top, left = torch.randint(2 * MAX_SHIFT + 1, (2, n, 1, 1), generator=generator)
    rows, columns = top + torch.arange(height)[:, None], left + torch.arange(width)
    return padded[torch.arange(n)[:, None, None], 0, rows, columns][:, None]


def fit(
    judge: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    alter: Callable[[Tensor, torch.Generator], Tensor],
    epochs: int,
    max_lr: float,
    generator: torch.Generator,
) -> None:
    """Teach a judge to read these images, of which it sees each minibatch as `alter` returns it."""
    judge.train()
    steps = epochs * (len(images) // BATCH_SIZE)
    optimizer = torch.optim.AdamW(judge.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=max_lr, total_steps=steps)
    order = data.batches(torch.arange(len(images)), BATCH_SIZE, generator=generator)
    for _ in tqdm(range(steps)):
        batch = next(order)
        loss = cross_entropy(judge(alter(images[batch], generator)), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    judge.eval()


@torch.no_grad()
def accuracy(judge: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Share of the images that the judge reads right."""
    decisions = torch.cat([judge(part).argmax(dim=1) for part in images.split(1000)])
    return (decisions == labels).double().mean().item()
