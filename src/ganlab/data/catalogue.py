"""The data sets that ganlab knows: their files, by which marks each is recognised, and who serves them.

The MD5 sums of the packed files are those that torchvision checks; the SHA-256 sums are those of the unpacked files
of MNIST. For Fashion-MNIST no sums of unpacked files are published, so two facts stand in for them: the mean of its
pixels, and that each class occurs equally often (Xiao et al., 2017, section 2).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

__all__ = ["COLLECTIONS", "Collection", "DataFile"]


@dataclass(frozen=True)
class DataFile:
    """One published file: IDX, that is a header of big-endian int32 (magic number and shape), then the bytes."""

    name: str
    shape: tuple[int, ...]  # (images, rows, columns), or (labels,)
    md5: str  # of the packed file, `name` with .gz
    sha256: str | None = None  # of the unpacked file

    @property
    def header(self) -> bytes:
        """The first bytes of the unpacked file."""
        return struct.pack(f">{1 + len(self.shape)}i", 0x800 + len(self.shape), *self.shape)

    @property
    def size(self) -> int:
        """Bytes of the unpacked file."""
        return len(self.header) + math.prod(self.shape)


@dataclass(frozen=True)
class Collection:
    """A data set: our name for it, its folder below a root, the function that loads it, and its four files."""

    source: str
    folder: str
    loader: str
    mirrors: tuple[str, ...]
    brightness: float  # mean of the training pixels, 0 to 1
    files: tuple[DataFile, ...]  # images and labels to train, images and labels to test

    def split(self, name: str) -> tuple[DataFile, DataFile]:
        """Return the file of images and the file of labels of "train" or "test"."""
        images, labels = {"train": self.files[:2], "test": self.files[2:]}[name]
        return images, labels


_MNIST = Collection(
    source="MNIST",
    folder="MNIST",
    loader="mnist",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    brightness=0.1307,
    files=(
        DataFile(
            "train-images-idx3-ubyte",
            (60_000, 28, 28),
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        DataFile(
            "train-labels-idx1-ubyte",
            (60_000,),
            "d53e105ee54ea40749a09fcbcd1e9432",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        DataFile(
            "t10k-images-idx3-ubyte",
            (10_000, 28, 28),
            "9fb629c4189551a2d022fa330f9573f3",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        DataFile(
            "t10k-labels-idx1-ubyte",
            (10_000,),
            "ec29112dd5afa0611ce80d1b7f02629c",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
)
_FASHION_MNIST = Collection(
    source="Fashion-MNIST",
    folder="FashionMNIST",
    loader="fashion_mnist",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    brightness=0.2860,
    files=(
        DataFile("train-images-idx3-ubyte", (60_000, 28, 28), "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        DataFile("train-labels-idx1-ubyte", (60_000,), "25c81989df183df01b3e8a0aad5dffbe"),
        DataFile("t10k-images-idx3-ubyte", (10_000, 28, 28), "bef4ecab320f06d8554ea6380940ec79"),
        DataFile("t10k-labels-idx1-ubyte", (10_000,), "bb300cfdad3c16e7a12a480ee83cd310"),
    ),
)

COLLECTIONS = {collection.folder: collection for collection in (_MNIST, _FASHION_MNIST)}
