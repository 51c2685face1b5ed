"""Toys: densities that integrate to one, samples that follow them, and the right number of modes."""

import pytest
import torch
from scipy import stats
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal
from torch.testing import assert_close

from ganlab import toys
from ganlab.seeds import generator


@pytest.mark.parametrize("n_modes", [4, 8, 25])
def test_ring_has_n_distinct_modes(n_modes):
    assert len(toys.ring(n_modes).means.round(decimals=4).unique(dim=0)) == n_modes


def test_closing_the_circle_twice_would_lose_a_mode():
    angles = torch.linspace(0, 2 * torch.pi, 8)  # the famous bug: both ends are the same point
    means = torch.stack([angles.cos(), angles.sin()], dim=1)
    assert len(means.round(decimals=4).unique(dim=0)) == 7


def test_grid_has_distinct_modes_centred_on_the_origin():
    means = toys.grid(5).means
    assert len(means.unique(dim=0)) == 25
    assert_close(means.mean(dim=0), torch.zeros(2))


@pytest.mark.parametrize("toy", [toys.gaussian(), toys.gaussian_mixture([-2, 1], 0.5, [0.2, 0.8])])
def test_density_on_a_line_integrates_to_one(toy):
    x = torch.linspace(-15, 15, 20_001, dtype=torch.float64)[:, None]
    assert_close(torch.trapezoid(toy.log_density(x).exp(), x[:, 0]).item(), 1.0, atol=1e-5, rtol=0)


@pytest.mark.parametrize("toy", [toys.ring(8, std=0.2), toys.spirals(2, std=0.2), toys.grid(3, std=0.2)])
def test_density_in_the_plane_integrates_to_one(toy):
    ticks = torch.linspace(-4, 4, 161, dtype=torch.float64)
    total = toy.log_density(torch.cartesian_prod(ticks, ticks)).exp().sum() * (ticks[1] - ticks[0]) ** 2
    assert_close(total.item(), 1.0, atol=1e-3, rtol=0)


def test_log_density_agrees_with_torch_distributions():
    toy = toys.GaussianMixture(torch.randn(5, 2), torch.rand(5) + 0.1, torch.rand(5) + 0.1)
    components = Independent(Normal(toy.means, toy.std[:, None].expand(5, 2)), 1)
    x = torch.randn(50, 2)
    assert_close(toy.log_density(x), MixtureSameFamily(Categorical(toy.weights), components).log_prob(x))


def test_samples_pass_a_kolmogorov_smirnov_test(seed):
    x = toys.gaussian(3, 1.5).sample(2000, generator=generator(seed))
    assert stats.kstest(x.flatten().numpy(), stats.norm(3, 1.5).cdf).pvalue > 1e-3


def test_component_shares_follow_the_weights(seed):
    x = toys.gaussian_mixture([-5, 5], 0.1, [0.2, 0.8]).sample(5000, generator=generator(seed))
    assert abs((x > 0).float().mean().item() - 0.8) < 0.03


@pytest.mark.parametrize("toy", [toys.gaussian(), toys.ring(), toys.grid(), toys.spirals(), toys.Dirac()])
def test_same_seed_gives_the_same_sample_and_leaves_the_global_state(toy):
    state = torch.get_rng_state()
    assert torch.equal(toy.sample(20, generator=generator(7)), toy.sample(20, generator=generator(7)))
    assert torch.equal(torch.get_rng_state(), state)


def test_dirac_puts_all_mass_on_its_point():
    dirac = toys.Dirac([1.0, 2.0])
    assert_close(dirac.log_density(dirac.sample(3)), torch.zeros(3))
    assert torch.isneginf(dirac.log_density(torch.zeros(1, 2))).all()


@pytest.mark.parametrize("std", [0.0, -1.0])
def test_senseless_std_is_refused(std):
    with pytest.raises(ValueError, match="positive"):
        toys.gaussian(0.0, std)


def test_flat_means_are_refused_with_the_cure():
    with pytest.raises(ValueError, match=r"means\[:, None\]"):
        toys.GaussianMixture(torch.zeros(3), 1.0)
