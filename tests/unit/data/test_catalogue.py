"""The catalogue says what torchvision says, and its checksums are those of the files."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from torchvision import datasets

ROOT = os.environ.get("GANLAB_DATA")


@pytest.mark.parametrize("folder", ["MNIST", "FashionMNIST"])
def test_packed_files_have_the_checksums_of_torchvision(real, folder):
    files = real[folder].files
    assert [(f"{file.name}.gz", file.md5) for file in files] == getattr(datasets, folder).resources


@pytest.mark.skipif(not ROOT, reason="needs the real MNIST: set GANLAB_DATA to its folder")
def test_unpacked_mnist_has_the_sizes_checksums_and_brightness_that_are_listed(real):
    collection = real["MNIST"]
    contents = [(Path(ROOT) / "MNIST" / "raw" / file.name).read_bytes() for file in collection.files]
    assert [hashlib.sha256(content).hexdigest() for content in contents] == [f.sha256 for f in collection.files]
    assert [len(content) for content in contents] == [file.size for file in collection.files]
    assert all(content.startswith(file.header) for content, file in zip(contents, collection.files, strict=True))
    assert abs(np.frombuffer(contents[0], np.uint8, offset=16).mean() / 255 - collection.brightness) < 1e-4


def test_mirrors_end_with_a_slash(real):
    assert all(mirror.endswith("/") for collection in real.values() for mirror in collection.mirrors)


@pytest.mark.parametrize("folder", ["MNIST", "FashionMNIST"])
def test_first_mirror_is_one_of_torchvision(real, folder):
    assert real[folder].mirrors[0] in getattr(datasets, folder).mirrors
