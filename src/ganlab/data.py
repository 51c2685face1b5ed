"""Real images: a whole data set as one tensor in [-1, 1], ready on the device.

MNIST (LeCun et al., 1998) and Fashion-MNIST (Xiao et al., 2017) hold 60 000 training and 10 000 test
images of 28×28 grey pixels. They fit into memory, so a minibatch is one indexing of one tensor.

The files come from the first place that has them: the argument ``root=``, the environment variable
``GANLAB_DATA``, ganlab's own cache (see `cache_dir`), else a download. Every file is checked each time it is read.
Files under ``root=`` and ``GANLAB_DATA`` are only ever read. Without network, small digits that scikit-learn
brings along take the place of MNIST, and `Digits.source` says so.

It does not augment, it does not stream from disk, and it knows no other data sets.
This is the only module of ganlab that touches disk and network.
"""

from __future__ import annotations

import atexit
import errno
import functools
import hashlib
import http.client
import math
import os
import shutil
import socket
import struct
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["Digits", "batches", "cache_dir", "fashion_mnist", "mnist", "small_digits"]


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
    >>> images, labels, source = small_digits("test")
    >>> images.shape, labels[:3], source
    (torch.Size([297, 1, 28, 28]), tensor([1, 7, 4]), 'digits-8x8 (offline)')
    """

    images: Tensor
    labels: Tensor
    source: str


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
        ``torchvision.datasets.MNIST(root)``. Default: the environment variable ``GANLAB_DATA``,
        else ganlab's own cache, filled by a download of 12 MB when it is empty.
    device : str or torch.device, default="cpu"

    Returns
    -------
    Digits
        Without network: the digits of `small_digits`, and one warning.

    Raises
    ------
    ValueError
        If `split` is not one of the two, or a file under `root` or ``GANLAB_DATA`` is damaged.
    FileNotFoundError
        If `root` or ``GANLAB_DATA`` is given and lacks the files.
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
    ValueError: split must be 'train' or 'test', got 'validation'
    """
    return _load(_MNIST, split, root, device)


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
    ValueError, FileNotFoundError, OSError
        As `mnist`.

    References
    ----------
    Xiao, Rasul, Vollgraf (2017), Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms.

    Examples
    --------
    >>> clothes = fashion_mnist("test")  # doctest: +SKIP
    >>> clothes.images.shape, clothes.source  # doctest: +SKIP
    (torch.Size([10000, 1, 28, 28]), 'Fashion-MNIST')
    """
    return _load(_FASHION_MNIST, split, root, device)


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
        If `split` is not one of the two.

    References
    ----------
    Alpaydin, Kaynak (1998), Optical recognition of handwritten digits, UCI Machine Learning Repository.

    Examples
    --------
    >>> digits = small_digits()
    >>> digits.images.shape, digits.images.min().item(), digits.images.max().item()
    (torch.Size([1500, 1, 28, 28]), -1.0, 1.0)
    """
    from sklearn.datasets import load_digits

    part = {"train": slice(1500), "test": slice(1500, None)}[_checked_split(split)]
    bunch = load_digits()
    ink = torch.tensor(bunch.images[part], dtype=torch.float32)[:, None] * (255 / 16)
    # The margin is added before enlarging, so that strokes at the rim fade out instead of being cut.
    enlarged = F.interpolate(F.pad(ink, (2, 2, 2, 2)), scale_factor=2.5, mode="bicubic")[..., 1:-1, 1:-1]
    pixels = enlarged.round().clamp(0, 255).to(torch.uint8)
    return _digits(pixels, torch.tensor(bunch.target[part]), "digits-8x8 (offline)", device)


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
    ValueError
        If `batch_size` is below 1 or above n.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> epoch = batches(torch.arange(6), 3, generator=generator)
    >>> sorted([*next(epoch).tolist(), *next(epoch).tolist()])
    [0, 1, 2, 3, 4, 5]
    """
    if not 1 <= batch_size <= len(images):
        raise ValueError(f"batch_size must lie in 1..{len(images)}, the number of images, got {batch_size}")
    return _epochs(images, batch_size, generator)


def cache_dir() -> Path:
    """Return the folder in which ganlab keeps what it downloads: ``~/.cache/ganlab``.

    ``XDG_CACHE_HOME`` takes the place of ``~/.cache``. The folder may be deleted at any time.

    Returns
    -------
    Path
        It need not exist.

    Examples
    --------
    >>> cache_dir().name
    'ganlab'
    """
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "ganlab"


# The collections.


@dataclass(frozen=True)
class _Collection:
    """A data set of torchvision: its class there, our name for it, and the SHA-256 of its unpacked files."""

    folder: str
    source: str
    sha256: Mapping[str, str] = field(default_factory=dict)


_MNIST = _Collection(
    folder="MNIST",
    source="MNIST",
    sha256={
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
)
# No table: torchvision checks the download, and the checksums recorded then guard the cache.
_FASHION_MNIST = _Collection(folder="FashionMNIST", source="Fashion-MNIST")

_RECORD = "SHA256SUMS"
_SECONDS_PER_MIRROR = 5  # of silence, before the next mirror is asked
_warned_offline: set[str] = set()


class _Damaged(ValueError):
    """A file that is not what it should be."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} is damaged: {reason}")
        self.path = path


class _NoMirror(OSError):
    """No mirror answered with the right files."""


def _load(
    collection: _Collection,
    split: str,
    root: str | os.PathLike[str] | None,
    device: str | torch.device,
) -> Digits:
    _checked_split(split)
    try:
        pixels, labels = _find(collection, split, root)
    except _NoMirror as error:
        _warn_offline(collection, error)
        return small_digits(split, device)
    return _digits(pixels, labels, collection.source, device)


def _checked_split(split: str) -> str:
    if split not in ("train", "test"):
        raise ValueError(f"split must be 'train' or 'test', got {split!r}")
    return split


def _digits(pixels: Tensor, labels: Tensor, source: str, device: str | torch.device) -> Digits:
    """Bytes travel to the device, a quarter of the weight of floats."""
    images = pixels.to(device).float().div_(127.5).sub_(1)
    return Digits(images, labels.to(device).long(), source)


def _epochs(images: Tensor, batch_size: int, generator: torch.Generator) -> Iterator[Tensor]:
    n = len(images)
    while True:
        order = torch.randperm(n, generator=generator, device=generator.device).to(images.device)
        for index in order[: n - n % batch_size].view(-1, batch_size):
            yield images[index]


# Where the files are.


def _find(collection: _Collection, split: str, root: str | os.PathLike[str] | None) -> tuple[Tensor, Tensor]:
    if root is not None:
        return _from_reader(collection, split, Path(root), "root")
    if os.environ.get("GANLAB_DATA"):
        return _from_reader(collection, split, Path(os.environ["GANLAB_DATA"]), "GANLAB_DATA")
    return _from_cache(collection, split)


def _from_reader(collection: _Collection, split: str, folder: Path, given: str) -> tuple[Tensor, Tensor]:
    """Read from a folder that is the reader's: nothing in it is changed."""
    try:
        return _read_split(collection, split, folder.expanduser())
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{error.filename} is missing. {given}={str(folder)!r} must be a folder with {collection.folder}/raw/"
            f" and in it the unpacked files {', '.join(_file_names('train') + _file_names('test'))}."
            f" Put them there (gunzip unpacks .gz), or leave {given} out and ganlab downloads them."
        ) from None
    except _Damaged as error:
        raise ValueError(
            f"{error}. ganlab changes nothing under {given}={str(folder)!r}:"
            f" replace the file, or leave {given} out and ganlab downloads its own copy."
        ) from None


def _from_cache(collection: _Collection, split: str) -> tuple[Tensor, Tensor]:
    """Read from our own cache; what is missing or damaged there is fetched."""
    for cache in (cache_dir, _writable_cache):
        try:
            return _read_split(collection, split, cache())
        except FileNotFoundError:
            continue
        except _Damaged as error:
            warnings.warn(f"{error}. It is removed from the cache and fetched again.", stacklevel=5)
            with suppress(OSError):
                error.path.unlink()
    return _download(collection, split, _writable_cache())


def _writable_cache() -> Path:
    return _cache_or_temporary(cache_dir())


@functools.cache
def _cache_or_temporary(cache: Path) -> Path:
    """Return `cache`, or, when nothing can be written there, a folder that lives as long as this process."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=cache).close()
        return cache
    except OSError as error:
        temporary = Path(tempfile.mkdtemp(prefix="ganlab-"))
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        warnings.warn(
            f"{cache} cannot be written ({error.strerror}), so downloads last only as long as this session."
            " To keep them, set XDG_CACHE_HOME to a folder of yours.",
            stacklevel=7,
        )
        return temporary


# Reading, with checks.


def _file_names(split: str) -> tuple[str, str]:
    prefix = {"train": "train", "test": "t10k"}[split]
    return f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte"


def _read_split(collection: _Collection, split: str, folder: Path) -> tuple[Tensor, Tensor]:
    """Return pixels (n, 1, 28, 28) and labels (n,) as uint8. FileNotFoundError or _Damaged names the file."""
    raw = folder / collection.folder / "raw"
    sha256 = {**_recorded(raw), **collection.sha256}
    image_file, label_file = _file_names(split)
    pixels = _read_idx(raw / image_file, (28, 28), sha256.get(image_file))
    labels = _read_idx(raw / label_file, (), sha256.get(label_file))
    if len(pixels) != len(labels):
        raise _Damaged(raw / label_file, f"{len(labels)} labels for {len(pixels)} images")
    return pixels.unsqueeze(1), labels


def _read_idx(path: Path, shape: tuple[int, ...], sha256: str | None) -> Tensor:
    """Read one IDX file: magic number, count and item shape as big-endian int32, then the bytes."""
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "no such file", str(path))
    content = np.fromfile(path, dtype=np.uint8)
    start, item = 8 + 4 * len(shape), math.prod(shape)
    n = (len(content) - start) // item
    header = struct.pack(f">{2 + len(shape)}i", 0x801 + len(shape), n, *shape)
    if n < 1 or content[:start].tobytes() != header or len(content) != start + n * item:
        raise _Damaged(path, f"its {len(content)} bytes do not fit its IDX header (cut short?)")
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and sha256 != found:
        raise _Damaged(path, f"SHA-256 {found[:12]}…, expected {sha256[:12]}…")
    return torch.from_numpy(content[start:]).view(n, *shape)


def _recorded(raw: Path) -> dict[str, str]:
    """Return the checksums written at download: file name -> SHA-256."""
    record = raw / _RECORD
    lines = record.read_text(errors="replace").splitlines() if record.is_file() else []
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}


# Fetching: all or nothing.


def _download(collection: _Collection, split: str, cache: Path) -> tuple[Tensor, Tensor]:
    """Fetch into a folder of this process alone, check both splits, then move whole files into the cache.

    A rename is atomic: another process sees the old file or the new one, never half of it. Two processes
    that fetch at once replace a file by its equal. What a killed process leaves behind is in no one's way.
    """
    _sweep(cache)
    with tempfile.TemporaryDirectory(dir=cache, prefix="download-") as work, _explained_when_full(cache):
        _fetch(collection, work)
        splits = {name: _read_split(collection, name, Path(work)) for name in ("train", "test")}
        _install(Path(work) / collection.folder / "raw", cache / collection.folder / "raw")
    return splits[split]


def _fetch(collection: _Collection, work: str) -> None:
    """Ask torchvision, one mirror at a time: it stops at the first mirror that falls silent midway."""
    from torchvision import datasets

    dataset, refusals = getattr(datasets, collection.folder), []
    for mirror in dataset.mirrors:
        # torchvision takes the folder from the name of the class.
        one_mirror = type(collection.folder, (dataset,), {"mirrors": [mirror]})
        try:
            with _socket_timeout(_SECONDS_PER_MIRROR):
                one_mirror(work, download=True)
            return
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            if _is_full(error):
                raise
            reason = str(error).rpartition("got:\n")[2].strip() or type(error).__name__
            refusals.append(f"{mirror}: {reason}")
    raise _NoMirror("; ".join(refusals))


def _install(fetched: Path, raw: Path) -> None:
    """Move the unpacked files and their checksums to their place."""
    files = [fetched / name for split in ("train", "test") for name in _file_names(split)]
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (fetched / _RECORD).write_text("".join(sums))
    raw.mkdir(parents=True, exist_ok=True)
    for file in (*files, fetched / _RECORD):
        os.replace(file, raw / file.name)


def _sweep(cache: Path) -> None:
    """Remove what killed downloads left; a day old, because a younger one may still be running."""
    for left in cache.glob("download-*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > 86_400:
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """torchvision passes no time-out, so the default of the process is lent to it."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _explained_when_full(cache: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not _is_full(error):
            raise
        raise OSError(
            error.errno,
            f"the disk is full: a download needs 70 MB under {cache}, and nothing of it was kept."
            " Free some space, or set XDG_CACHE_HOME to a folder on another disk",
        ) from error


def _is_full(error: BaseException) -> bool:
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)


def _warn_offline(collection: _Collection, error: _NoMirror) -> None:
    """Warn once per process and collection."""
    if collection.source in _warned_offline:
        return
    _warned_offline.add(collection.source)
    warnings.warn(
        f"{collection.source} could not be downloaded ({error}). In its place come scikit-learn's 8×8 handwritten"
        f" digits, enlarged to 28×28. For {collection.source}: connect and run this again, or set GANLAB_DATA"
        f" to a folder with {collection.folder}/raw/{_file_names('train')[0]} and its three companions.",
        stacklevel=4,
    )
