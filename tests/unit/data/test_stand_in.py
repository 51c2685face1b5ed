"""The small digits in place of MNIST: of its form, with the right labels, train and test apart."""

import pytest
import torch

from ganlab import data


@pytest.mark.parametrize(("split", "n"), [("train", 1500), ("test", 297)])
def test_small_digits_look_like_mnist_to_a_network(split, n):
    digits = data.small_digits(split)
    assert digits.images.shape == (n, 1, 28, 28)
    assert digits.images.dtype == torch.float32
    assert digits.images.min() == -1
    assert digits.images.max() == 1
    assert digits.labels.dtype == torch.int64
    assert set(digits.labels.tolist()) == set(range(10))


def test_small_digits_keep_picture_and_label_together():
    """Sampled back to 8×8, each picture is nearest to its own original, of which scikit-learn knows the class."""
    from sklearn.datasets import load_digits

    bunch, digits = load_digits(), data.small_digits("train")
    small = torch.nn.functional.interpolate(digits.images[:, :, 4:24, 4:24], size=(8, 8), mode="bilinear")
    original = torch.tensor(bunch.data[:1500], dtype=torch.float32) / 8 - 1
    assert (torch.cdist(small.flatten(1), original).argmin(1) == torch.arange(1500)).all()
    assert digits.labels.tolist() == bunch.target[:1500].tolist()


def test_small_digits_splits_share_no_picture():
    train, test = (data.small_digits(split).images.flatten(1) for split in ("train", "test"))
    assert torch.cdist(test, train).min() > 0.5
