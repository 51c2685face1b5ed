"""Latent vectors: distributions, ends of paths, and lengths along them."""

import math

import pytest
import torch
from scipy import stats
from torch.testing import assert_close

from ganlab import latent
from ganlab.seeds import generator, seed_everything


def test_noise_is_standard_normal(seed):
    z = latent.sample_z(500, 8, generator=generator(seed))
    assert stats.kstest(z.flatten().numpy(), "norm").pvalue > 1e-3


def test_long_vectors_lie_near_a_sphere_of_radius_root_dim():
    lengths = latent.sample_z(1000, 400, generator=generator(0)).norm(dim=1)
    assert_close(lengths.mean().item(), 20.0, rtol=0.01, atol=0)
    assert lengths.std() < 1


def test_truncated_noise_follows_the_truncated_normal(seed):
    z = latent.truncated_z(500, 8, bound=0.7, generator=generator(seed)).flatten().numpy()
    assert stats.kstest(z, stats.truncnorm(-0.7, 0.7).cdf).pvalue > 1e-3


def test_truncation_keeps_its_bound_exactly():
    assert latent.truncated_z(2000, 8, bound=0.3, generator=generator(0)).abs().max() <= 0.3


@pytest.mark.parametrize("bound", [0.0, -1.0])
def test_senseless_bound_is_refused(bound):
    with pytest.raises(ValueError, match="bound"):
        latent.truncated_z(1, 1, bound=bound)


@pytest.mark.parametrize("path", [latent.lerp, latent.slerp])
def test_paths_start_and_end_where_they_should(path, seed):
    a, b = torch.randn(2, 16)
    assert_close(path(a, b, 0.0), a)
    assert_close(path(a, b, 1.0), b)


def test_slerp_keeps_length_where_lerp_cuts_through():
    a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    assert_close(latent.slerp(a, b, 0.5).norm().item(), 1.0)
    assert_close(latent.lerp(a, b, 0.5).norm().item(), math.sqrt(0.5))


def test_slerp_moves_at_constant_angle():
    a, b = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    path = latent.slerp(a, b, torch.linspace(0, 1, 7)[:, None])
    assert_close(torch.atan2(path[:, 1], path[:, 0]), torch.linspace(0, math.pi / 2, 7))


def test_slerp_of_a_vector_with_itself_is_that_vector():
    a = torch.randn(8)
    assert_close(latent.slerp(a, a, 0.3), a)


def test_opposite_vectors_have_no_single_great_circle():
    a = torch.randn(8)
    with pytest.raises(ValueError, match="opposite"):
        latent.slerp(a, -a, 0.5)


def test_seed_everything_repeats_all_three_sources():
    import random

    import numpy as np

    def draw():
        return random.random(), np.random.rand(), torch.rand(1).item()

    seed_everything(3)
    first = draw()
    seed_everything(3)
    assert draw() == first


@pytest.mark.parametrize("value", [-1, 2**32])
def test_seed_out_of_range_is_refused(value):
    with pytest.raises(ValueError, match="seed"):
        seed_everything(value)
