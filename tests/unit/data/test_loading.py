"""The public face: what comes out, and which place is looked at first."""

import os

import numpy as np
import pytest
import torch
from torchvision import datasets

from ganlab import data
from ganlab.data import catalogue

REAL_ROOT = os.environ.get("GANLAB_DATA")


def test_pixels_are_mapped_from_bytes_to_minus_one_to_one(tmp_path, write_root, samples):
    write_root(tmp_path)
    digits = data.mnist("train", root=tmp_path)
    content = samples.files["MNIST"]["train-images-idx3-ubyte"]
    pixels = np.frombuffer(content[16:], np.uint8).reshape(20, 1, 28, 28)
    assert digits.images.dtype == torch.float32
    assert digits.images.min() == -1
    assert digits.images.max() == 1
    torch.testing.assert_close(digits.images.double(), torch.tensor(pixels / 127.5 - 1), atol=1e-6, rtol=0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_pixels_are_the_same_on_a_gpu_to_the_last_bit(tmp_path, write_root):
    write_root(tmp_path)
    here, there = (data.mnist("train", root=tmp_path, device=device).images for device in ("cpu", "cuda"))
    assert torch.equal(here, there.cpu())


def test_labels_are_int64_and_those_of_the_file(tmp_path, write_root):
    write_root(tmp_path)
    digits = data.mnist("test", root=tmp_path)
    assert digits.labels.dtype == torch.int64
    assert digits.labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 0]


@pytest.mark.parametrize(("split", "n"), [("train", 20), ("test", 10)])
def test_split_chooses_the_file(tmp_path, write_root, split, n):
    write_root(tmp_path)
    assert data.mnist(split, root=tmp_path).images.shape == (n, 1, 28, 28)


def test_fashion_reads_its_own_folder(tmp_path, write_root):
    write_root(tmp_path, "FashionMNIST")
    digits = data.fashion_mnist("test", root=tmp_path)
    assert digits.source == "Fashion-MNIST"
    assert digits.labels.tolist() == list(range(10))


def test_tensors_lie_on_the_device_asked_for(tmp_path, write_root):
    write_root(tmp_path)
    digits = data.mnist("test", root=tmp_path, device="meta")
    assert digits.images.device.type == digits.labels.device.type == "meta"


@pytest.mark.skipif(not REAL_ROOT, reason="needs the real MNIST: set GANLAB_DATA to its folder")
@pytest.mark.parametrize("split", ["train", "test"])
def test_real_mnist_is_what_torchvision_reads(monkeypatch, real, split):
    monkeypatch.setitem(catalogue.COLLECTIONS, "MNIST", real["MNIST"])
    digits, reference = data.mnist(split, root=REAL_ROOT), datasets.MNIST(REAL_ROOT, train=split == "train")
    assert digits.source == "MNIST"
    assert torch.equal(((digits.images + 1) * 127.5).round().byte()[:, 0], reference.data)
    assert torch.equal(digits.labels, reference.targets)


def test_root_goes_before_the_environment(tmp_path, write_root, monkeypatch):
    write_root(tmp_path)
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "nowhere"))
    assert len(data.mnist(root=tmp_path).images) == 20


def test_environment_goes_before_the_cache(tmp_path, write_root, monkeypatch, online):
    write_root(tmp_path)
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    assert len(data.mnist().images) == 20
    assert online.requests == 0


@pytest.mark.parametrize("empty", ["", "  "])
def test_empty_environment_variable_counts_as_none(monkeypatch, online, empty):
    monkeypatch.setenv("GANLAB_DATA", empty)
    assert data.mnist().source == "MNIST"
    assert online.requests > 0


@pytest.mark.parametrize("name", ["a folder with spaces", "Übung", "it's", "50 % (2)", "$HOME"])
def test_any_folder_name_can_be_given(tmp_path, write_root, monkeypatch, name):
    write_root(tmp_path / name)
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / name))
    assert len(data.mnist().images) == len(data.mnist(root=str(tmp_path / name)).images) == 20


def test_home_and_current_folder_are_understood(tmp_path, write_root, monkeypatch):
    write_root(tmp_path / "my data")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("GANLAB_DATA", "~/my data")
    assert len(data.mnist().images) == 20
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANLAB_DATA", "my data")
    assert len(data.mnist().images) == len(data.mnist(root="./my data/").images) == 20


def test_no_network_falls_back_with_exactly_one_warning_at_the_readers_line():
    with pytest.warns(UserWarning, match="set GANLAB_DATA") as caught:
        first, second = data.mnist("train"), data.mnist("test")
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert first.source == second.source == "digits-8x8 (offline)"


def test_each_collection_warns_for_itself():
    with pytest.warns(UserWarning, match="could not be downloaded") as caught:
        data.mnist(), data.fashion_mnist()
    assert [str(w.message).split()[0] for w in caught] == ["MNIST", "Fashion-MNIST"]
