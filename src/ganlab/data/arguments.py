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

from ganlab.arguments import WrongType, instance, refuse
from ganlab.data.images import Digits

__all__ = [
    "checked_batch_size",
    "checked_device",
    "checked_generator",
    "checked_images",
    "checked_root",
    "checked_split",
]

_FOLDER, _OWN_CACHE = "the path of a folder", "leave it out to use ganlab's own cache"
_device = instance(
    (str, torch.device), "a name such as 'cpu' or 'cuda', or a torch.device", cure="leave it out for the processor"
)
_images = instance(Tensor, "a tensor", cure="torch.as_tensor(images) makes one")
_generator = instance(torch.Generator, "a torch.Generator", cure="ganlab.seeds.generator(0) makes one")


def checked_split(split: Any) -> str:
    """Return "train" or "test"."""
    if isinstance(split, str) and split in ("train", "test"):
        return split
    is_path = isinstance(split, os.PathLike) or os.sep in str(split)
    refuse("split", "'train' or 'test'", split, "a folder is named by root=" if is_path else "take one of the two")


def checked_root(root: Any, given: str) -> Path:
    """Return the absolute path of a folder that is named by the argument or variable `given`; it need not exist."""
    if not isinstance(root, str | os.PathLike) or isinstance(os.fspath(root), bytes):
        refuse(given, f"{_FOLDER}, as a string or a Path", root, _OWN_CACHE, error=WrongType)
    if not os.fspath(root).strip() or "\0" in os.fspath(root):
        refuse(given, _FOLDER, os.fspath(root), _OWN_CACHE)
    try:
        return Path(root).expanduser().absolute()
    except RuntimeError:
        raise ValueError(
            f"{given}={str(root)!r} begins with ~, and no such home folder is known; write it out"
        ) from None


def checked_device(device: Any) -> torch.device:
    """Return the device, if this computer has it."""
    _device("device", device)
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
    _images("images", images)
    if images.ndim == 0 or len(images) == 0:
        refuse("images", "a tensor of shape (n, ...) with n at least 1", images, "look at what selected its rows")
    return images


def checked_batch_size(batch_size: Any, n: int) -> int:
    """Return a whole number from 1 to n, of any library."""
    expected = f"a whole number in 1..{n}, the number of images"
    try:
        size = operator.index(batch_size)
    except TypeError:
        size = None
    if size is None or isinstance(batch_size, bool):
        refuse("batch_size", expected, batch_size, "pass an int", error=WrongType)
    if not 1 <= size <= n:
        refuse("batch_size", expected, size, "take a smaller one" if size > n else "take at least 1")
    return size


def checked_generator(generator: Any) -> torch.Generator:
    """Return a torch.Generator."""
    _generator("generator", generator)
    return generator
