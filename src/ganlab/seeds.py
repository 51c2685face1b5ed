"""Seeds: the same numbers on every run.

Two tools, because there are two habits. `seed_everything` sets the global state once, in the first cell of a
notebook. `generator` makes a private source of random numbers that is passed to a sampling function, so that one
call cannot disturb another.

Equal seeds give equal numbers on one machine and one version of PyTorch. PyTorch does not promise equality across
versions or between processor and GPU.

The environment variable `GANLAB_SEED_OFFSET`, a whole number from 0 on, is added to every seed that either tool gets.
So a whole page runs again on other random numbers without a change of its code: that is how `make claims` tries
whether what a page claims holds for more seeds than those it shows. Unset or empty means 0.
"""

import os
import random

import numpy as np
import torch

from ganlab.arguments import DEVICE, count, takes


@takes(seed=count(least=0, most=2**32 - 1, cure="take a small whole number such as 0"))
def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and PyTorch (all devices) with one number.

    Parameters
    ----------
    seed : int
        From 0 on; together with `GANLAB_SEED_OFFSET` at most 2**32 - 1, the range that NumPy accepts.

    Raises
    ------
    ValueError
        If `seed` is out of range, or `GANLAB_SEED_OFFSET` is no whole number from 0 on. Nothing is seeded then.

    Examples
    --------
    >>> seed_everything(0)
    >>> first = torch.rand(3)
    >>> seed_everything(0)
    >>> torch.equal(first, torch.rand(3))
    True
    """
    offset = _offset()
    if seed >= 2**32 - offset:  # without an offset the range is checked above
        raise ValueError(
            f"seed must lie in [0, {2**32 - 1 - offset}] with GANLAB_SEED_OFFSET={offset}, got {seed}; "
            "take a small whole number such as 0"
        )
    seed = int(seed) + offset  # int: of NumPy's whole numbers too
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


@takes(seed=count(least=-(2**63), most=2**63 - 1, cure="take a small whole number such as 0"), device=DEVICE)
def generator(seed: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a source of random numbers of its own, to pass as `generator=`.

    Parameters
    ----------
    seed : int
        From -2**63 to 2**63 - 1, also after `GANLAB_SEED_OFFSET` is added.
    device : torch.device or str
        Where the numbers are drawn; must match the device of the tensors that are filled. For the meta device, where
        nothing is drawn, the source is one of the CPU.

    Returns
    -------
    torch.Generator

    Raises
    ------
    ValueError
        If `seed` is out of range, there is no such device, or `GANLAB_SEED_OFFSET` is no whole number from 0 on.

    Examples
    --------
    >>> torch.equal(torch.randn(3, generator=generator(1)), torch.randn(3, generator=generator(1)))
    True
    """
    place = "cpu" if torch.device(device).type == "meta" else device
    seed = int(seed) + _offset()
    if seed >= 2**63:
        raise ValueError(f"seed must lie below 2**63 with GANLAB_SEED_OFFSET={_offset()}, got {seed - _offset()}")
    return torch.Generator(device=place).manual_seed(seed)


def _offset() -> int:
    """Read `GANLAB_SEED_OFFSET` at each call, so that a change counts at once."""
    given = os.environ.get("GANLAB_SEED_OFFSET") or "0"
    if not (given.isascii() and given.isdecimal()) or int(given) >= 2**32:
        raise ValueError(
            f"GANLAB_SEED_OFFSET must be a whole number from 0 to 2**32 - 1, got {given!r}; unset it, or set it to 0"
        )
    return int(given)
