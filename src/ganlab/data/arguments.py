"""What the public functions of the data room accept, and what they say of anything else.

Each function returns the argument, or raises ValueError with what was given, what was expected, and the cure; of the
wrong kind of thing, an error that is a TypeError as well.
"""

from __future__ import annotations

import operator
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlab.arguments import WrongType
from ganlab.data.images import Digits

__all__ = [
    "checked_batch_size",
    "checked_device",
    "checked_generator",
    "checked_images",
    "checked_root",
    "checked_split",
]


def checked_split(split: Any) -> str:
    """Return "train" or "test"."""
    if isinstance(split, str) and split in ("train", "test"):
        return split
    hint = "; a folder is named by root=" if isinstance(split, os.PathLike) or os.sep in str(split) else ""
    raise ValueError(f"split must be 'train' or 'test', got {split!r}{hint}")


def checked_root(root: Any, given: str) -> Path:
    """Return the absolute path of a folder that is named by the argument or variable `given`; it need not exist."""
    if not isinstance(root, str | os.PathLike) or isinstance(os.fspath(root), bytes):
        raise WrongType(f"{given} must be the path of a folder, as a string or a Path, got {root!r}")
    if not os.fspath(root).strip() or "\0" in os.fspath(root):
        raise ValueError(f"{given} must be the path of a folder, got {root!r}; leave it out to use ganlab's own cache")
    try:
        return Path(root).expanduser().absolute()
    except RuntimeError:
        raise ValueError(
            f"{given}={str(root)!r} begins with ~, and no such home folder is known; write it out"
        ) from None


def checked_device(device: Any) -> torch.device:
    """Return the device, if this computer has it."""
    if not isinstance(device, str | torch.device):
        raise WrongType(f"device must be a name such as 'cpu' or 'cuda', or a torch.device, got {device!r}")
    try:
        torch.empty(0, device=device)
        return torch.device(device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:  # torch raises each of them
        raise ValueError(
            f"device={str(device)!r} cannot be used here; 'cpu' always can, 'cuda' with an NVIDIA card, 'mps' on a Mac"
            f" ({str(error).splitlines()[0]})"
        ) from None


def checked_images(images: Any) -> Tensor:
    """Return a tensor whose first axis counts the images, and is not empty."""
    if isinstance(images, Digits):
        raise WrongType("images must be a tensor, got a whole Digits; pass its images, digits.images")
    if not isinstance(images, Tensor):
        raise WrongType(f"images must be a tensor, got {type(images).__name__}; torch.as_tensor(images) makes one")
    if images.ndim == 0 or len(images) == 0:
        raise ValueError(f"images must have shape (n, ...) with n at least 1, got shape {tuple(images.shape)}")
    return images


def checked_batch_size(batch_size: Any, n: int) -> int:
    """Return a whole number from 1 to n."""
    try:
        size = operator.index(batch_size)
    except TypeError:
        size = None
    if size is None or isinstance(batch_size, bool):
        raise WrongType(f"batch_size must be a whole number, got {batch_size!r}")
    if not 1 <= size <= n:
        raise ValueError(f"batch_size must lie in 1..{n}, the number of images, got {size}")
    return size


def checked_generator(generator: Any) -> torch.Generator:
    """Return a torch.Generator."""
    if not isinstance(generator, torch.Generator):
        raise WrongType(f"generator must be a torch.Generator, got {generator!r}; ganlab.seeds.generator(0) makes one")
    return generator
