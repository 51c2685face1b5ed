"""Losses: equilibrium values, slopes, stability, and PyTorch's own functions as referees."""

import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.testing import assert_close

from ganlab import divergences, losses, toys

LOGITS = torch.linspace(-30, 30, 61, dtype=torch.float64)
PAIRS = ["minimax", "nonsaturating", "least_squares", "wasserstein", "hinge"]


def pair(name):
    return getattr(losses, f"{name}_d"), getattr(losses, f"{name}_g")


def slope(loss, logit):
    s = torch.tensor([logit], dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(loss(s), s)
    return gradient.item()


def test_equilibrium_is_two_log_two_for_d_and_log_two_for_g():
    zeros = torch.zeros(8)
    assert_close(losses.nonsaturating_d(zeros, zeros).item(), 2 * math.log(2), rtol=1e-6, atol=0)
    assert_close(losses.nonsaturating_g(zeros).item(), math.log(2), rtol=1e-6, atol=0)
    assert_close(losses.minimax_g(zeros).item(), -math.log(2), rtol=1e-6, atol=0)


@pytest.mark.parametrize("logit", [-8.0, -1.0, 0.0, 3.0])
def test_generator_slopes_are_minus_sigma_and_minus_one_minus_sigma(logit):
    sigma = 1 / (1 + math.exp(-logit))
    assert_close(slope(losses.minimax_g, logit), -sigma)
    assert_close(slope(losses.nonsaturating_g, logit), -(1 - sigma))


def test_slopes_differ_99_fold_where_d_gives_one_percent():
    logit = math.log(0.01 / 0.99)
    assert_close(slope(losses.nonsaturating_g, logit) / slope(losses.minimax_g, logit), 99.0)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("logit", [-1000.0, 1000.0])
def test_losses_and_gradients_stay_finite_at_huge_logits(name, logit):
    d, g = pair(name)
    s = torch.full((4,), logit, requires_grad=True)
    total = d(s, s) + g(s)
    total.backward()
    assert torch.isfinite(total)
    assert torch.isfinite(s.grad).all()


@pytest.mark.parametrize("name", ["minimax", "nonsaturating"])
def test_confident_and_wrong_d_keeps_full_slope(name):
    d, _ = pair(name)
    fake = torch.tensor([1000.0], requires_grad=True)
    d(torch.tensor([1000.0]), fake).backward()
    assert fake.grad.item() == 1.0


@pytest.mark.parametrize("name", [*PAIRS])
def test_column_and_flat_logits_give_one_value(name):
    d, g = pair(name)
    real, fake = torch.randn(6, dtype=torch.float64), torch.randn(6, dtype=torch.float64)
    assert_close(d(real[:, None], fake[:, None]), d(real, fake))
    assert_close(g(fake[:, None]), g(fake))


@pytest.mark.parametrize("name", PAIRS)
def test_doubling_the_batch_by_repetition_changes_nothing(name):
    d, g = pair(name)
    real, fake = torch.randn(6, dtype=torch.float64), torch.randn(6, dtype=torch.float64)
    assert_close(d(real.repeat(2), fake.repeat(2)), d(real, fake))
    assert_close(g(fake.repeat(2)), g(fake))


def test_cross_entropy_agrees_with_pytorch():
    real, fake = LOGITS, LOGITS.flip(0)
    expected = binary_cross_entropy_with_logits(real, torch.ones_like(real))
    expected += binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))
    assert_close(losses.minimax_d(real, fake), expected)


@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize("s", [-1000.0, -100.0, -12.0, -0.1, 0.0, 0.1, 12.0, 100.0, 1000.0])
def test_cross_entropy_keeps_its_digits_in_single_precision(s, y):
    exact = max(s, 0.0) - s * y + math.log1p(math.exp(-abs(s)))
    assert_close(losses.bce_with_logits(torch.tensor(s), y).item(), exact, rtol=1e-6, atol=1e-37)


@pytest.mark.parametrize("y", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("s", [-1000.0, -2.0, 0.0, 2.0, 1000.0])
def test_slope_of_cross_entropy_is_answer_minus_label(s, y):
    logit = torch.tensor(s, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(losses.bce_with_logits(logit, y), logit)
    assert_close(slope.item(), 0.5 * (1 + math.tanh(s / 2)) - y)


@pytest.mark.parametrize("target", [0.0, 0.1, 0.9, 1.0])
def test_smoothed_cross_entropy_agrees_with_pytorch(target):
    expected = binary_cross_entropy_with_logits(LOGITS, torch.full_like(LOGITS, target))
    assert_close(losses.bce_with_logits(LOGITS, target), expected)


@pytest.mark.parametrize(("alpha", "beta"), [(0.9, 0.0), (0.9, 0.1), (0.8, 0.2)])
def test_best_smoothed_d_is_alpha_p_plus_beta_q_over_p_plus_q(alpha, beta):
    p, q = 0.3, 0.1
    best = (alpha * p + beta * q) / (p + q)
    s = torch.tensor(math.log(best / (1 - best)), dtype=torch.float64, requires_grad=True)
    (p * losses.bce_with_logits(s, alpha) + q * losses.bce_with_logits(s, beta)).backward()
    assert_close(s.grad.item(), 0.0, atol=1e-12, rtol=0)  # convex in s, so this is the minimum


def test_smoothed_d_is_stationary_at_its_best_discriminator():
    s = torch.tensor(math.log(0.45 / 0.55), dtype=torch.float64, requires_grad=True)  # p = q: D* = 0.9 / 2
    losses.smoothed_d(s.repeat(4), s.repeat(4)).backward()
    assert_close(s.grad.item(), 0.0, atol=1e-12, rtol=0)


def test_smoothing_without_targets_is_the_plain_loss():
    real, fake = torch.randn(5), torch.randn(5)
    assert_close(losses.smoothed_d(real, fake, real_target=1.0), losses.minimax_d(real, fake))


@pytest.mark.parametrize(("real_target", "fake_target"), [(1.05, 0.0), (0.9, -0.1), (0.0, 1.0), (0.5, 0.5)])
def test_impossible_targets_are_refused(real_target, fake_target):
    with pytest.raises(ValueError, match="target"):
        losses.smoothed_d(torch.zeros(2), torch.zeros(2), real_target=real_target, fake_target=fake_target)


def test_wasserstein_critic_value_by_hand():
    assert losses.wasserstein_d(torch.tensor([3.0, -1.0]), torch.tensor([-2.0, 0.5])).item() == -1.75


def test_wasserstein_losses_ignore_a_shift_of_the_critic_for_d():
    real, fake = torch.randn(9, dtype=torch.float64), torch.randn(9, dtype=torch.float64)
    assert_close(losses.wasserstein_d(real + 7, fake + 7), losses.wasserstein_d(real, fake))


def test_hinge_stops_caring_beyond_the_margin():
    assert losses.hinge_d(torch.tensor([1.0, 5.0]), torch.tensor([-1.0, -5.0])).item() == 0.0
    assert losses.hinge_d(torch.tensor([0.0]), torch.tensor([0.0])).item() == 2.0


def test_least_squares_minimum_is_at_its_targets():
    assert losses.least_squares_d(torch.ones(3), torch.zeros(3)).item() == 0.0
    assert losses.least_squares_g(torch.ones(3)).item() == 0.0


def test_relativistic_losses_see_only_differences():
    real, fake = torch.randn(9, dtype=torch.float64), torch.randn(9, dtype=torch.float64)
    assert_close(losses.relativistic_d(real + 3, fake + 3), losses.relativistic_d(real, fake))
    assert_close(losses.relativistic_g(fake, real), losses.relativistic_d(fake, real))


def test_relativistic_losses_refuse_unpaired_batches():
    with pytest.raises(ValueError, match="pairs"):
        losses.relativistic_d(torch.zeros(3), torch.zeros(4))


def test_descent_on_each_d_loss_raises_real_and_lowers_fake():
    for name in [*PAIRS, "relativistic"]:
        real, fake = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
        pair(name)[0](real, fake).backward()
        assert real.grad.item() < 0, name
        assert fake.grad.item() >= 0, name


def test_descent_on_each_g_loss_raises_the_logit_of_fakes():
    for name in PAIRS:
        assert slope(pair(name)[1], 0.0) < 0, name


# What each generator loss follows against the best D (chapter 5): gradients through a frozen D* on one side, of
# divergences on the other. Here the mean over G(z) = mu + sigma z is an integral over z.

X = torch.linspace(-16, 20, 3601, dtype=torch.float64)
Z = torch.linspace(-10, 10, 401, dtype=torch.float64)
DATA = toys.gaussian_mixture([0.0, 4.0], std=1.0, weights=[0.4, 0.6])
LOG_P = DATA.log_density(X[:, None])


def log_bell(x, theta):
    mu, sigma = theta
    return -(((x - mu) / sigma) ** 2) / 2 - sigma.log() - math.log(2 * math.pi) / 2


def reverse_kl(log_q):
    return divergences.kl(log_q, LOG_P, 0.01)


def softened_reverse_kl(log_q):
    log_m = torch.logaddexp(LOG_P, log_q) - math.log(2)
    return 2 * divergences.kl(log_m, LOG_P, 0.01)


def two_jsd(log_q):
    return 2 * divergences.jsd(LOG_P, log_q, 0.01)


def forward_kl(log_q):
    return divergences.kl(LOG_P, log_q, 0.01)


@pytest.mark.parametrize("theta", [(0.5, 1.2), (2.0, 2.5), (4.0, 1.0)])
@pytest.mark.parametrize(
    ("loss", "divergence"),
    [
        (losses.wasserstein_g, reverse_kl),  # minus the mean logit, chapter 2's game
        (losses.minimax_g, two_jsd),
        (losses.nonsaturating_g, lambda log_q: reverse_kl(log_q) - two_jsd(log_q)),
        (losses.nonsaturating_g, softened_reverse_kl),
        (losses.maximum_likelihood_g, forward_kl),
    ],
)
def test_generator_loss_follows_its_divergence_at_the_best_d(loss, divergence, theta):
    theta = torch.tensor(theta, dtype=torch.float64, requires_grad=True)
    x = theta[0] + theta[1] * Z
    s = DATA.log_density(x[:, None]) - log_bell(x, theta.detach())
    p_z = torch.exp(-(Z**2) / 2) / math.sqrt(2 * math.pi)
    mean = (p_z * torch.stack([loss(each) for each in s])).sum() * 0.05
    (through_d,) = torch.autograd.grad(mean, theta)
    (expected,) = torch.autograd.grad(divergence(log_bell(X, theta)), theta)
    assert_close(through_d, expected, atol=1e-6, rtol=1e-6)


def test_maximum_likelihood_slope_is_minus_the_density_ratio():
    for ratio in (0.01, 1.0, 20.0):
        assert_close(slope(losses.maximum_likelihood_g, math.log(ratio)), -ratio)
