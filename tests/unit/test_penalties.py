"""Penalties: closed forms of linear critics, finite differences for the rest."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from ganlab import penalties
from ganlab.networks import mlp
from ganlab.seeds import generator


@pytest.fixture
def linear_critic():
    critic = nn.Linear(2, 1).double()
    with torch.no_grad():
        critic.weight.copy_(torch.tensor([[3.0, 4.0]]))
    return critic


def points(n=6):
    return torch.randn(n, 2, dtype=torch.float64)


def test_r1_of_a_linear_critic_is_the_squared_norm_of_its_weights(linear_critic):
    assert_close(penalties.r1_penalty(linear_critic, points()).item(), 25.0)


def test_gradient_penalty_of_a_linear_critic_is_norm_minus_one_squared(linear_critic):
    assert_close(penalties.gradient_penalty(linear_critic, points(), points()).item(), 16.0)


def test_gradient_penalty_pulls_weights_along_themselves(linear_critic):
    penalties.gradient_penalty(linear_critic, points(), points()).backward()
    w = linear_critic.weight
    assert_close(w.grad, 2 * (w.norm() - 1) * w.detach() / w.detach().norm())


def test_gradient_norm_is_finite_with_finite_slope_at_zero():
    critic = nn.Linear(2, 1)
    nn.init.zeros_(critic.weight)
    penalties.r1_penalty(critic, torch.randn(4, 2)).backward()
    assert torch.isfinite(critic.weight.grad).all()


def test_r1_gradient_agrees_with_finite_differences(seed):
    D, x = mlp([2, 5, 1], activation=nn.Tanh).double(), points()
    weight = D[0].weight
    penalties.r1_penalty(D, x).backward()
    values = []
    for h in (1e-6, -1e-6):
        with torch.no_grad():
            weight[0, 0] += h
        values.append(penalties.r1_penalty(D, x).item())
        with torch.no_grad():
            weight[0, 0] -= h
    assert_close(weight.grad[0, 0].item(), (values[0] - values[1]) / 2e-6, rtol=1e-5, atol=1e-8)


def test_r1_weighs_each_example_alike_whatever_the_batch():
    D, x = mlp([2, 5, 1], activation=nn.Tanh).double(), points(8)
    parts = [penalties.r1_penalty(D, x[i : i + 1]) for i in range(8)]
    assert_close(penalties.r1_penalty(D, x), torch.stack(parts).mean())


def test_gradient_penalty_looks_only_between_real_and_fake():
    seen = []

    class Spy(nn.Module):
        def forward(self, x):
            seen.append(x.detach())
            return x.sum(dim=(1, 2, 3))

    real, fake = torch.zeros(64, 1, 3, 3), torch.ones(64, 1, 3, 3)
    penalties.gradient_penalty(Spy(), real, fake, generator=generator(0))
    t = seen[0].flatten(1)
    assert_close(t.std(dim=1), torch.zeros(64))  # one weight per example, not per pixel
    assert 0 <= t.min() < t.max() <= 1
    assert t[:, 0].std() > 0.2  # and they differ between examples


def test_penalties_leave_the_data_without_gradient():
    x = torch.randn(4, 2, requires_grad=True)
    penalties.r1_penalty(nn.Linear(2, 1), x).backward()
    assert x.grad is None


def test_batchnorm_in_d_is_refused():
    D = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    with pytest.raises(ValueError, match="BatchNorm"):
        penalties.r1_penalty(D, torch.randn(4, 2))
    with pytest.raises(ValueError, match="BatchNorm"):
        penalties.gradient_penalty(D, torch.randn(4, 2), torch.randn(4, 2))


def test_unequal_batches_are_refused(linear_critic):
    with pytest.raises(ValueError, match="one shape"):
        penalties.gradient_penalty(linear_critic, points(3), points(4))


def test_clipping_bounds_every_weight_and_leaves_small_ones():
    critic = mlp([2, 8, 1])
    small = critic[0].weight.detach().clone().clamp(-0.1, 0.1)
    penalties.clip_weights(critic, 0.1)
    assert max(p.abs().max().item() for p in critic.parameters()) <= 0.1 + 1e-6
    assert_close(critic[0].weight.detach(), small)


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan")])
def test_senseless_bound_is_refused(bound):
    with pytest.raises(ValueError, match="bound"):
        penalties.clip_weights(nn.Linear(1, 1), bound)


@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_a_plain_function_is_a_discriminator_too(shape):
    w = torch.tensor([3.0, 4.0], dtype=torch.float64).reshape(shape)
    assert_close(penalties.r1_penalty(lambda x: x @ w, points()).item(), 25.0)
    assert_close(penalties.gradient_penalty(lambda x: x @ w, points(), points()).item(), 16.0)


def test_examples_may_be_plain_numbers():
    assert_close(penalties.r1_penalty(lambda x: 3 * x, torch.randn(5)).item(), 9.0, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    "D",
    [
        lambda x: x.detach().sum(dim=1),
        lambda x: torch.ones(len(x), requires_grad=True),
        lambda x: x,
        lambda x: x.sum(dim=1)[:2],
        lambda x: x.sum(),
        lambda x: None,
        nn.Linear(3, 1),
    ],
)
def test_what_returns_no_logit_of_each_example_is_refused(D):
    for penalty in (penalties.r1_penalty, lambda D, x: penalties.gradient_penalty(D, x, x)):
        with pytest.raises(ValueError, match=r"got .*;"):
            penalty(D, torch.randn(4, 2))


def test_a_penalty_without_gradients_says_so():
    with torch.no_grad(), pytest.raises(ValueError, match=r"torch\.no_grad"):
        penalties.r1_penalty(nn.Linear(2, 1), torch.randn(4, 2))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_the_gradient_penalty_keeps_the_dtype_of_the_examples(dtype):
    critic = nn.Linear(2, 1).to(dtype)
    assert penalties.gradient_penalty(critic, points().to(dtype), points().to(dtype)).dtype == dtype
