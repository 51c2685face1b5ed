"""Minibatches: each epoch once, by the seed alone, and nothing else touched."""

import torch

from ganlab import data


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def take(n_batches, images, batch_size, seed=0):
    stream = data.batches(images, batch_size, generator=seeded(seed))
    return torch.stack([next(stream) for _ in range(n_batches)])


def test_each_epoch_shows_every_image_once():
    for epoch in take(6, torch.arange(12), 4).view(2, 12):
        assert epoch.sort().values.tolist() == list(range(12))


def test_epochs_differ_in_order():
    first, second = take(2, torch.arange(100), 100)
    assert not torch.equal(first, second)


def test_rest_of_an_epoch_is_dropped():
    first, second = take(4, torch.arange(11), 4).view(2, 8)
    assert len(set(first.tolist())) == len(set(second.tolist())) == 8


def test_same_seed_gives_the_same_order_and_another_seed_another():
    images = torch.arange(50)
    assert torch.equal(take(8, images, 10, seed=1), take(8, images, 10, seed=1))
    assert not torch.equal(take(8, images, 10, seed=1), take(8, images, 10, seed=2))


def test_batches_touch_neither_the_images_nor_the_global_seed():
    images, state = torch.zeros(4, 1, 28, 28), torch.get_rng_state()
    next(data.batches(images, 2, generator=seeded())).add_(1)
    assert images.abs().sum() == 0
    assert torch.equal(torch.get_rng_state(), state)
