"""The stand-in: small digits that scikit-learn brings along, for a computer without network and without MNIST."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from ganlab.data.arguments import checked_device, checked_split
from ganlab.data.images import Digits, digits_from_bytes

__all__ = ["small_digits"]


def small_digits(split: str = "train", device: str | torch.device = "cpu") -> Digits:
    """Load the 8×8 digits bundled with scikit-learn, enlarged to the size and margins of MNIST.

    Bicubic, 2.5 pixels for each: the digit fills 20×20 pixels in the middle of 28×28, as in MNIST.
    In the order of the file, the first 1500 are for training and the last 297 for testing.

    Parameters
    ----------
    split : {"train", "test"}, default="train"
        1500 or 297 images.
    device : str or torch.device, default="cpu"

    Returns
    -------
    Digits

    Raises
    ------
    ValueError
        If `split` is not one of the two, or this computer has no such device.
    TypeError
        If `device` is neither a name nor a torch.device.

    References
    ----------
    Alpaydin, Kaynak (1998), Optical recognition of handwritten digits, UCI Machine Learning Repository.

    Examples
    --------
    >>> digits = small_digits()
    >>> digits.images.shape, digits.images.min().item(), digits.images.max().item()
    (torch.Size([1500, 1, 28, 28]), -1.0, 1.0)
    """
    part = {"train": slice(1500), "test": slice(1500, None)}[checked_split(split)]
    device = checked_device(device)
    from sklearn.datasets import load_digits

    bunch = load_digits()
    ink = torch.tensor(bunch.images[part], dtype=torch.float32)[:, None] * (255 / 16)
    # The margin is added before enlarging, so that strokes at the rim fade out instead of being cut.
    enlarged = F.interpolate(F.pad(ink, (2, 2, 2, 2)), scale_factor=2.5, mode="bicubic")[:, 0, 1:-1, 1:-1]
    pixels = enlarged.round().clamp(0, 255).to(torch.uint8)
    return digits_from_bytes(pixels, torch.tensor(bunch.target[part]), "digits-8x8 (offline)", device)
