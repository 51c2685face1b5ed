"""Seeds: the same numbers on every run.

Two tools, because there are two habits. `seed_everything` sets the global state once, in the first cell of a
notebook. `generator` makes a private source of random numbers that is passed to a sampling function, so that one
call cannot disturb another.

Equal seeds give equal numbers on one machine and one version of PyTorch. PyTorch does not promise equality across
versions or between processor and GPU.
"""

import random

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and PyTorch (all devices) with one number.

    Parameters
    ----------
    seed : int
        From 0 to 2**32 - 1, the range that NumPy accepts.

    Raises
    ------
    ValueError
        If `seed` is out of range.

    Examples
    --------
    >>> seed_everything(0)
    >>> first = torch.rand(3)
    >>> seed_everything(0)
    >>> torch.equal(first, torch.rand(3))
    True
    """
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must lie in [0, 2**32 - 1], got {seed}; take a small whole number such as 0")
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def generator(seed: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a source of random numbers of its own, to pass as `generator=`.

    Parameters
    ----------
    seed : int
        Any whole number that PyTorch accepts.
    device : torch.device or str
        Where the numbers are drawn; must match the device of the tensors that are filled.

    Examples
    --------
    >>> torch.equal(torch.randn(3, generator=generator(1)), torch.randn(3, generator=generator(1)))
    True
    """
    return torch.Generator(device=device).manual_seed(seed)
