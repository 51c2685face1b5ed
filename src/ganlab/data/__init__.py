"""Real images: a whole data set as one tensor in [-1, 1], ready on the device.

MNIST (LeCun et al., 1998) and Fashion-MNIST (Xiao et al., 2017) hold 60 000 training and 10 000 test
images of 28×28 grey pixels. They fit into memory, so a minibatch is one indexing of one tensor.

The files come from the first place that has them: the argument ``root=``, the environment variable
``GANLAB_DATA``, ganlab's own cache (see `cache_dir`), else a download. Every file is checked each time it is read.
Files under ``root=`` and ``GANLAB_DATA`` are only ever read. Without network, small digits that scikit-learn
brings along take the place of MNIST, and `Digits.source` says so.

It does not augment, it does not stream from disk, and it knows no other data sets.
This is the only room of ganlab that touches the network. Its modules, in the order in which an image passes them:

- `catalogue`: which files there are, and by which marks they are recognised;
- `cache`, `fetching`: where downloads are kept, and how they get there;
- `reading`: the reader's own folder; `missing` and `recognition` say what lies there in place of a file;
- `images`: from bytes to tensors in [-1, 1]; `stand_in`: the small digits; `minibatches`: the shuffled stream;
- `arguments`, `notices`: what the functions accept, and warnings that point at the reader's line.
"""

from __future__ import annotations

import os
from typing import Any

import torch
from torch import Tensor

from ganlab.data.arguments import checked_device, checked_root, checked_split
from ganlab.data.cache import cache_dir
from ganlab.data.catalogue import COLLECTIONS, Collection
from ganlab.data.fetching import NoMirror, cached_or_fetched
from ganlab.data.images import Digits, digits_from_bytes
from ganlab.data.minibatches import batches
from ganlab.data.notices import warn
from ganlab.data.reading import read_folder
from ganlab.data.stand_in import small_digits

__all__ = ["Digits", "batches", "cache_dir", "fashion_mnist", "mnist", "small_digits"]

_warned_offline: set[str] = set()


def mnist(
    split: str = "train", root: str | os.PathLike[str] | None = None, device: str | torch.device = "cpu"
) -> Digits:
    """Load the handwritten digits of MNIST, pixel / 127.5 - 1.

    Parameters
    ----------
    split : {"train", "test"}, default="train"
        60 000 or 10 000 images.
    root : path, optional
        Folder with ``MNIST/raw/train-images-idx3-ubyte`` and its three companions, the layout of
        ``torchvision.datasets.MNIST(root)``; ``~`` is the home folder. Default: the environment variable
        ``GANLAB_DATA``, else ganlab's own cache, filled by a download of 12 MB when it is empty.
    device : str or torch.device, default="cpu"

    Returns
    -------
    Digits
        Without network: the digits of `small_digits`, and one warning.

    Raises
    ------
    ValueError
        If `split` is not one of the two, this computer has no such `device`, or a file under `root` or
        ``GANLAB_DATA`` is not the published one. The message says what it is.
    TypeError
        If `root` is not a path, or `device` neither a name nor a torch.device.
    FileNotFoundError
        If `root` or ``GANLAB_DATA`` is given and lacks a file. The message says what lies there.
    PermissionError
        If a file under `root` or ``GANLAB_DATA`` may not be read.
    OSError
        If the disk is full.

    References
    ----------
    LeCun, Bottou, Bengio, Haffner (1998), Gradient-based learning applied to document recognition.

    Examples
    --------
    >>> digits = mnist("test")  # doctest: +SKIP
    >>> digits.images.shape, digits.source  # doctest: +SKIP
    (torch.Size([10000, 1, 28, 28]), 'MNIST')
    >>> mnist("validation")
    Traceback (most recent call last):
        ...
    ValueError: split must be 'train' or 'test', got 'validation'; take one of the two
    """
    return _load(COLLECTIONS["MNIST"], split, root, device)


def fashion_mnist(
    split: str = "train", root: str | os.PathLike[str] | None = None, device: str | torch.device = "cpu"
) -> Digits:
    """Load the articles of clothing of Fashion-MNIST, pixel / 127.5 - 1.

    Parameters, result and errors are those of `mnist`; the folder below `root` is ``FashionMNIST/raw``.
    Without network the stand-in shows digits, not clothes: look at `Digits.source`.

    Parameters
    ----------
    split : {"train", "test"}, default="train"
    root : path, optional
        Folder with ``FashionMNIST/raw/train-images-idx3-ubyte`` and its three companions.
    device : str or torch.device, default="cpu"

    Returns
    -------
    Digits
        Classes: 0 T-shirt, 1 trouser, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 boot.

    Raises
    ------
    ValueError, TypeError, FileNotFoundError, PermissionError, OSError
        As `mnist`. The files of Fashion-MNIST have no published checksums once unpacked; under `root` they are
        recognised by the mean of their pixels and by classes that occur equally often.

    References
    ----------
    Xiao, Rasul, Vollgraf (2017), Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms.

    Examples
    --------
    >>> clothes = fashion_mnist("test")  # doctest: +SKIP
    >>> clothes.images.shape, clothes.source  # doctest: +SKIP
    (torch.Size([10000, 1, 28, 28]), 'Fashion-MNIST')
    """
    return _load(COLLECTIONS["FashionMNIST"], split, root, device)


def _load(collection: Collection, split: Any, root: Any, device: Any) -> Digits:
    """Take the files from the first place that is named or has them."""
    split, device = checked_split(split), checked_device(device)
    try:
        pixels, labels = _find(collection, split, root)
    except NoMirror as error:
        _warn_offline(collection, error)
        return small_digits(split, device)
    return digits_from_bytes(pixels, labels, collection.source, device)


def _find(collection: Collection, split: str, root: Any) -> tuple[Tensor, Tensor]:
    if root is not None:
        return read_folder(collection, split, checked_root(root, "root"), "root")
    if given := os.environ.get("GANLAB_DATA", "").strip():
        return read_folder(collection, split, checked_root(given, "GANLAB_DATA"), "GANLAB_DATA")
    return cached_or_fetched(collection, split)


def _warn_offline(collection: Collection, error: NoMirror) -> None:
    """Warn once per process and collection."""
    if collection.source in _warned_offline:
        return
    _warned_offline.add(collection.source)
    warn(
        f"{collection.source} could not be downloaded ({error}). In its place come scikit-learn's 8×8 handwritten"
        f" digits, enlarged to 28×28. For {collection.source}: connect and run this again, or set GANLAB_DATA"
        f" to a folder with {collection.folder}/raw/{collection.files[0].name} and its three companions."
    )
