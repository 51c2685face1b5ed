"""What the data room hands out: images in [-1, 1] with their labels, on the device asked for."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Digits", "digits_from_bytes"]


class Digits(NamedTuple):
    """Images, their classes and where they come from.

    Attributes
    ----------
    images : Tensor of shape (n, 1, 28, 28), float32, values in [-1, 1]
        Background is -1, ink is 1.
    labels : Tensor of shape (n,), int64, values in 0..9
    source : str
        ``"MNIST"``, ``"Fashion-MNIST"`` or ``"digits-8x8 (offline)"``. A figure's caption shows it.

    Examples
    --------
    >>> from ganlab.data import small_digits
    >>> images, labels, source = small_digits("test")
    >>> images.shape, labels[:3], source
    (torch.Size([297, 1, 28, 28]), tensor([1, 7, 4]), 'digits-8x8 (offline)')
    """

    images: Tensor
    labels: Tensor
    source: str


def digits_from_bytes(pixels: Tensor, labels: Tensor, source: str, device: torch.device) -> Digits:
    """Map pixels 0..255 of shape (n, 28, 28) to [-1, 1]; bytes travel to the device, a quarter of the weight of floats.

    Returns
    -------
    Digits
    """
    images = pixels.unsqueeze(1).to(device).float()
    # Divided by a tensor: by a number, CUDA multiplies with its reciprocal, and some pixels differ in the last bit.
    images.div_(torch.tensor(127.5, device=device)).sub_(1)
    return Digits(images, labels.to(device).long(), source)
