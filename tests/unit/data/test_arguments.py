"""What the public functions do not accept is refused with what was given, what is expected, and the cure."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from ganlab import data

LOADERS = [data.mnist, data.fashion_mnist, data.small_digits]
each_loader = pytest.mark.parametrize("load", LOADERS, ids=lambda load: load.__name__)


@each_loader
@pytest.mark.parametrize("split", ["valid", "Train", "", None, True, 0, ["train"], b"train", torch.zeros(3)])
def test_unknown_split_names_the_choices(load, split):
    with pytest.raises(ValueError, match="split must be 'train' or 'test', got "):
        load(split)


@pytest.mark.parametrize("split", [Path("data"), "data/MNIST"])
def test_folder_in_place_of_the_split_is_told_its_argument(split):
    with pytest.raises(ValueError, match="a folder is named by root="):
        data.mnist(split)


def test_one_except_meets_every_refusal():
    with pytest.raises(ValueError, match="root must be"):
        data.mnist(root=0)


@pytest.mark.parametrize("root", [0, True, b"data", ["data"], object()])
def test_root_that_is_no_path_is_refused(online, root):
    with pytest.raises(TypeError, match="root must be the path of a folder, as a string or a Path, got "):
        data.mnist(root=root)
    assert online.requests == 0


@pytest.mark.parametrize("root", ["", "  ", "a\0b"])
def test_empty_root_is_not_taken_for_the_current_folder(online, root):
    with pytest.raises(ValueError, match=r"root must be the path of a folder, got '.*'; leave it out"):
        data.mnist(root=root)


def test_unknown_home_folder_is_told(monkeypatch):
    with pytest.raises(ValueError, match=r"root='~nobody-of-this-name/data' begins with ~, .*write it out"):
        data.mnist(root="~nobody-of-this-name/data")
    monkeypatch.setenv("GANLAB_DATA", "~nobody-of-this-name")
    with pytest.raises(ValueError, match="GANLAB_DATA='~nobody-of-this-name' begins with ~"):
        data.mnist()


@each_loader
@pytest.mark.parametrize("device", ["gpu", "cuda:99", "cpu:x", ""])
def test_device_that_is_not_here_is_refused_before_anything_is_fetched(online, load, device):
    with pytest.raises(ValueError, match=f"device='{device}' cannot be used here; 'cpu' always can"):
        load(device=device)
    assert online.requests == 0


@each_loader
@pytest.mark.parametrize("device", [None, 0, True, torch.zeros(1)])
def test_device_of_another_kind_is_refused(load, device):
    with pytest.raises(TypeError, match=r"device must be a name such as 'cpu' or 'cuda', or a torch\.device, got "):
        load(device=device)


@pytest.mark.parametrize("device", ["cpu", "meta", torch.device("cpu")])
def test_device_can_be_a_name_or_a_device(device):
    assert data.small_digits("test", device).images.device.type == torch.device(device).type


IMAGES, GENERATOR = torch.zeros(12, 1, 28, 28), torch.Generator()


def test_whole_digits_are_told_their_images():
    digits = data.small_digits("test")
    with pytest.raises(TypeError, match=r"got a whole Digits; pass its images, digits\.images"):
        data.batches(digits, 10, generator=GENERATOR)
    assert next(data.batches(digits.images, 10, generator=GENERATOR)).shape == (10, 1, 28, 28)


@pytest.mark.parametrize("images", [np.zeros((5, 2)), [1, 2], (IMAGES, IMAGES), None, "mnist"])
def test_images_that_are_no_tensor_are_refused(images):
    with pytest.raises(TypeError, match=rf"images must be a tensor, got .*{re.escape(repr(images)[:5])}.*; torch"):
        data.batches(images, 1, generator=GENERATOR)


@pytest.mark.parametrize("shape", [(), (0,), (0, 1, 28, 28)])
def test_empty_images_are_refused(shape):
    with pytest.raises(ValueError, match=r"shape \(n, \.\.\.\) with n at least 1, got a float32 tensor of shape \("):
        data.batches(torch.zeros(shape), 1, generator=GENERATOR)


@pytest.mark.parametrize("batch_size", [2.0, 2.5, "2", None, True, torch.tensor(2.0)])
def test_batch_size_that_is_no_whole_number_is_refused(batch_size):
    with pytest.raises(TypeError, match=r"batch_size must be a whole number in 1\.\.12, the number of images, got "):
        data.batches(IMAGES, batch_size, generator=GENERATOR)


@pytest.mark.parametrize("batch_size", [2, np.int64(2), torch.tensor(2)])
def test_whole_numbers_of_other_libraries_count(batch_size):
    assert len(next(data.batches(IMAGES, batch_size, generator=GENERATOR))) == 2


@pytest.mark.parametrize("batch_size", [0, -1, 13])
def test_impossible_batch_size_is_refused_at_once(batch_size):
    with pytest.raises(ValueError, match=rf"1\.\.12, the number of images, got {batch_size}"):
        data.batches(IMAGES, batch_size, generator=GENERATOR)


@pytest.mark.parametrize("generator", [None, 0, torch.manual_seed, np.random.default_rng(0)])
def test_generator_of_another_kind_is_told_how_to_make_one(generator):
    with pytest.raises(TypeError, match=r"must be a torch\.Generator, got .*; ganlab\.seeds\.generator\(0\) makes one"):
        data.batches(IMAGES, 2, generator=generator)
