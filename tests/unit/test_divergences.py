"""Divergences: bounds, closed forms, SciPy and the GAN value function as referees."""

import math

import pytest
import torch
from scipy import optimize, stats
from scipy.spatial.distance import jensenshannon
from torch.testing import assert_close

from ganlab import divergences as dv
from ganlab import toys

X = torch.linspace(-30, 30, 60_001, dtype=torch.float64)
DX = (X[1] - X[0]).item()


def log_normal(mean, std):
    return toys.gaussian(mean, std).log_density(X[:, None])


def test_equal_densities_are_at_distance_zero():
    p = log_normal(1, 2)
    assert_close(dv.kl(p, p, DX).item(), 0.0)
    assert_close(dv.jsd(p, p, DX).item(), 0.0, atol=1e-12, rtol=0)


@pytest.mark.parametrize(("mean", "std"), [(0.5, 1.0), (2.0, 0.7), (-1.0, 2.5)])
def test_kl_on_a_grid_agrees_with_the_closed_form(mean, std):
    assert_close(
        dv.kl(log_normal(mean, std), log_normal(0, 1), DX).item(),
        dv.kl_gaussians(mean, std, 0, 1),
        rtol=1e-6,
        atol=1e-9,
    )


def test_closed_form_agrees_with_torch_distributions():
    p, q = torch.distributions.Normal(1.0, 0.5), torch.distributions.Normal(-1.0, 2.0)
    assert_close(dv.kl_gaussians(1.0, 0.5, -1.0, 2.0), torch.distributions.kl_divergence(p, q).item())


def test_kl_is_not_symmetric():
    p, q = log_normal(0, 1), log_normal(0, 3)
    assert abs(dv.kl(p, q, DX) - dv.kl(q, p, DX)) > 0.5


def test_jsd_of_disjoint_supports_is_log_two():
    p, q = torch.tensor([0.5, 0.5, 0, 0]).log(), torch.tensor([0, 0, 0.5, 0.5]).log()
    assert_close(dv.jsd(p, q).item(), math.log(2), rtol=1e-6, atol=0)


def test_kl_to_a_distribution_without_that_mass_is_infinite():
    assert dv.kl(torch.tensor([0.5, 0.5]).log(), torch.tensor([1.0, 0.0]).log()).item() == math.inf


def test_jsd_agrees_with_scipy(seed):
    p, q = torch.rand(2, 20, dtype=torch.float64)
    p, q = p / p.sum(), q / q.sum()
    assert_close(dv.jsd(p.log(), q.log()).item(), float(jensenshannon(p, q) ** 2))


@pytest.mark.parametrize("shift", [0.0, 1.0, 4.0])
def test_value_at_the_best_discriminator_is_minus_log_four_plus_two_jsd(shift):
    p, q = log_normal(0, 1), log_normal(shift, 1.5)
    s = dv.optimal_logit(p, q)
    value = (p.exp() * -torch.nn.functional.softplus(-s) + q.exp() * -torch.nn.functional.softplus(s)).sum() * DX
    assert_close(value.item(), -math.log(4) + 2 * dv.jsd(p, q, DX).item(), atol=1e-6, rtol=0)


def test_best_discriminator_is_p_over_p_plus_q():
    p, q = log_normal(0, 1), log_normal(2, 1)
    inside = X.abs() < 8
    assert_close(dv.optimal_discriminator(p, q)[inside], (p.exp() / (p.exp() + q.exp()))[inside])


@pytest.mark.parametrize(("p", "q"), [(0.3, 0.1), (3e-5, 1e-5), (0.2, 0.2), (0.01, 0.6)])
def test_best_discriminator_is_what_a_search_for_the_least_loss_finds(p, q):
    found = optimize.minimize_scalar(
        lambda u: -(p * math.log(u) + q * math.log(1 - u)) / (p + q), bounds=(0, 1), options={"xatol": 1e-9}
    )
    best = dv.optimal_discriminator(*torch.tensor([p, q], dtype=torch.float64).log())
    assert_close(found.x, best.item(), atol=1e-6, rtol=0)


def test_share_of_real_examples_shifts_the_best_logit_by_its_log_odds():
    p, q, share = 0.3, 0.1, 0.8  # Bayes' rule with a prior, against the logit for equal shares
    real = share * p / (share * p + (1 - share) * q)
    equal = dv.optimal_logit(*torch.tensor([p, q], dtype=torch.float64).log()).item()
    assert_close(math.log(real / (1 - real)), equal + math.log(share / (1 - share)))


def test_wasserstein_of_a_shift_is_the_shift():
    x = torch.randn(100, dtype=torch.float64)
    assert_close(dv.wasserstein1(x, x + 3).item(), 3.0)


def test_wasserstein_agrees_with_scipy(seed):
    x, y = torch.randn(200, dtype=torch.float64), 2 * torch.randn(200, dtype=torch.float64) + 1
    assert_close(dv.wasserstein1(x, y).item(), stats.wasserstein_distance(x, y))


@pytest.mark.parametrize("shift", [0.0, 0.5, 7.0])
def test_wasserstein_of_a_shifted_density_is_the_shift(shift):
    assert_close(dv.wasserstein1_on_grid(log_normal(0, 1), log_normal(shift, 1), DX).item(), shift, atol=1e-9, rtol=0)


def test_wasserstein_of_a_widened_gaussian_is_the_mean_distance_that_its_quantiles_move():
    found = dv.wasserstein1_on_grid(log_normal(1, 1), log_normal(1, 3), DX).item()
    assert_close(found, 2 * math.sqrt(2 / math.pi), atol=1e-6, rtol=0)  # E|z| for each unit of spread


def test_wasserstein_on_a_grid_agrees_with_scipy(seed):
    p, q = torch.rand(2, 12, dtype=torch.float64)
    p, q = p / p.sum(), q / q.sum()
    places = torch.arange(12.0)
    assert_close(dv.wasserstein1_on_grid(p.log(), q.log()).item(), stats.wasserstein_distance(places, places, p, q))


def test_wasserstein_on_a_grid_agrees_with_that_of_sorted_samples(seed):
    x, y = torch.randint(0, 6, (40,)), torch.randint(2, 9, (40,))
    p, q = (torch.bincount(places, minlength=9).double() / 40 for places in (x, y))
    assert_close(dv.wasserstein1_on_grid(p.log(), q.log()), dv.wasserstein1(x.double(), y.double()))


def test_wasserstein_does_not_care_which_density_comes_first():
    p, q = log_normal(0, 1), log_normal(2, 3)
    assert_close(dv.wasserstein1_on_grid(p, q, DX), dv.wasserstein1_on_grid(q, p, DX))


@pytest.mark.parametrize("distance", [dv.kl, dv.jsd, dv.wasserstein1_on_grid])
def test_a_table_that_does_not_sum_to_one_is_refused(distance):
    p, half = torch.tensor([0.5, 0.5]).log(), torch.tensor([0.25, 0.25]).log()
    with pytest.raises(ValueError, match="must integrate to 1, got 0"):
        distance(p, half)


def test_a_grid_that_cuts_mass_off_is_refused():
    x = torch.linspace(-1, 1, 201)
    p = toys.gaussian(0, 1).log_density(x[:, None])
    with pytest.raises(ValueError, match="widen or refine the grid"):
        dv.kl(p, p, 0.01)


def test_samples_of_unequal_size_are_refused():
    with pytest.raises(ValueError, match="one size"):
        dv.wasserstein1(torch.zeros(3), torch.zeros(4))


@pytest.fixture
def samples(seed):
    return torch.randn(200, dtype=torch.float64) + 1, 2 * torch.randn(200, dtype=torch.float64)


def test_the_exact_critic_reads_the_wasserstein_distance(samples):
    f_real, f_fake = (dv.exact_critic(x, *samples) for x in samples)
    assert_close(f_real.mean() - f_fake.mean(), dv.wasserstein1(*samples))


def test_the_exact_critic_reads_it_for_samples_of_different_size_too(samples):
    real, fake = samples[0][:70], samples[1]
    f_real, f_fake = (dv.exact_critic(x, real, fake) for x in (real, fake))
    assert_close((f_real.mean() - f_fake.mean()).item(), stats.wasserstein_distance(real, fake))


def test_the_exact_critic_is_never_steeper_than_one(samples):
    x = torch.linspace(-9, 9, 5001, dtype=torch.float64)
    assert (dv.exact_critic(x, *samples).diff().abs() / x.diff()).max() <= 1 + 1e-9


def test_the_exact_critic_is_zero_at_the_leftmost_sample_and_constant_outside(samples):
    ends = torch.cat(samples).aminmax()
    f = dv.exact_critic(torch.stack([ends.min - 1, ends.min, ends.max, ends.max + 1]), *samples)
    assert f[0] == f[1] == 0
    assert f[2] == f[3]


def test_the_exact_critic_is_flat_where_nothing_has_to_pass():
    f = dv.exact_critic(torch.tensor([0.0, 1.0, 2.0, 3.0]), torch.tensor([0.0, 3.0]), torch.tensor([0.0, 2.0]))
    assert_close(f, torch.tensor([0.0, 0.0, 0.0, 1.0]))
