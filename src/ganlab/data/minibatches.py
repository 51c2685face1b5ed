"""Minibatches: an endless shuffled stream from one tensor."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ganlab.data.arguments import checked_batch_size, checked_generator, checked_images

__all__ = ["batches"]


def batches(images: Tensor, batch_size: int, *, generator: torch.Generator) -> Iterator[Tensor]:
    """Yield shuffled minibatches without end; each epoch is a fresh permutation.

    An epoch has ``n // batch_size`` minibatches; the rest of that permutation is dropped.
    For labels too, draw the indices: ``batches(torch.arange(n), batch_size, generator=generator)``.

    Parameters
    ----------
    images : Tensor of shape (n, ...)
        Any values; the minibatches stay on its device.
    batch_size : int
        From 1 to n.
    generator : torch.Generator
        Decides the order. The same seed gives the same minibatches.

    Returns
    -------
    iterator of Tensor of shape (batch_size, ...)

    Raises
    ------
    TypeError
        If `images` is not a tensor (a whole `Digits`, say), `batch_size` not a whole number, or `generator` not a
        torch.Generator.
    ValueError
        If `images` is empty, or `batch_size` is below 1 or above n.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> epoch = batches(torch.arange(6), 3, generator=generator)
    >>> sorted([*next(epoch).tolist(), *next(epoch).tolist()])
    [0, 1, 2, 3, 4, 5]
    """
    n = len(checked_images(images))
    return _epochs(images, checked_batch_size(batch_size, n), checked_generator(generator))


def _epochs(images: Tensor, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
    n = len(images)
    while True:
        order = torch.randperm(n, generator=generator, device=generator.device).to(images.device)
        for index in order[: n - n % batch_size].view(-1, batch_size):
            yield images[index]
