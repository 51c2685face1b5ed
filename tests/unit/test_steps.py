"""Steps: who moves, who stays, and in which direction."""

import copy
from functools import partial

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from ganlab import losses, steps
from ganlab.networks import mlp


@pytest.fixture
def players(seed):
    G, D = mlp([2, 8, 2]), mlp([2, 8, 1])
    return G, D, torch.optim.SGD(G.parameters(), lr=0.01), torch.optim.SGD(D.parameters(), lr=0.01)


def frozen(module):
    return copy.deepcopy(module.state_dict())


def test_d_step_leaves_g_bit_equal_and_without_gradient(players):
    G, D, _, opt_d = players
    before = frozen(G)
    steps.discriminator_step(G, D, opt_d, torch.randn(8, 2), torch.randn(8, 2))
    assert all(torch.equal(value, before[name]) for name, value in G.state_dict().items())
    assert all(p.grad is None for p in G.parameters())


def test_g_step_leaves_d_bit_equal(players):
    G, D, opt_g, _ = players
    before = frozen(D)
    steps.generator_step(G, D, opt_g, torch.randn(8, 2))
    assert all(torch.equal(value, before[name]) for name, value in D.state_dict().items())


def test_d_step_is_the_same_with_and_without_a_g_step_before_it(players):
    G, D, opt_g, opt_d = players
    real, z = torch.randn(8, 2), torch.randn(8, 2)
    other = copy.deepcopy(D)
    other_opt = torch.optim.SGD(other.parameters(), lr=0.01)
    fixed_G = copy.deepcopy(G)
    steps.generator_step(G, D, opt_g, torch.randn(8, 2))  # leaves gradients in D
    steps.discriminator_step(fixed_G, D, opt_d, real, z)
    steps.discriminator_step(fixed_G, other, other_opt, real, z)
    assert all(torch.equal(a, b) for a, b in zip(D.parameters(), other.parameters(), strict=True))


def test_d_step_lowers_its_loss_on_the_same_batch(players):
    G, D, _, opt_d = players
    real, z = torch.randn(64, 2) + 3, torch.randn(64, 2)
    first = steps.discriminator_step(G, D, opt_d, real, z)
    second = steps.discriminator_step(G, D, opt_d, real, z)
    assert second < first


def test_g_step_lowers_its_loss_on_the_same_noise(players):
    G, D, opt_g, _ = players
    z = torch.randn(64, 2)
    first = steps.generator_step(G, D, opt_g, z)
    assert steps.generator_step(G, D, opt_g, z) < first


def test_d_step_equals_gradient_descent_by_hand():
    G, D = nn.Linear(1, 1).double(), nn.Linear(1, 1).double()
    real, z = torch.randn(5, 1, dtype=torch.float64), torch.randn(5, 1, dtype=torch.float64)
    w, b = D.weight.item(), D.bias.item()
    fake = G(z).detach()
    up = -torch.sigmoid(-(w * real + b))  # d loss / d logit on real
    down = torch.sigmoid(w * fake + b)  # and on fake
    expected = w - 0.1 * ((up * real).mean() + (down * fake).mean()).item()
    steps.discriminator_step(G, D, torch.optim.SGD(D.parameters(), lr=0.1), real, z)
    assert_close(D.weight.item(), expected)


def test_returned_losses_carry_no_graph(players):
    G, D, opt_g, opt_d = players
    z = torch.randn(4, 2)
    assert not steps.discriminator_step(G, D, opt_d, torch.randn(4, 2), z).requires_grad
    assert not steps.generator_step(G, D, opt_g, z).requires_grad


def test_another_loss_is_passed_as_a_function(players):
    G, D, _, opt_d = players
    real, z = torch.randn(4, 2), torch.randn(4, 2)
    expected = losses.hinge_d(D(real), D(G(z))).item()
    step = partial(steps.discriminator_step, loss=losses.hinge_d)
    assert_close(step(G, D, opt_d, real, z).item(), expected)


def test_r1_step_flattens_d(players):
    _, D, _, opt_d = players
    real = torch.randn(64, 2)
    first = steps.r1_step(D, opt_d, real, gamma=1.0)
    assert steps.r1_step(D, opt_d, real, gamma=1.0) < first


@pytest.mark.parametrize(("gamma", "every"), [(1.0, 1), (0.3, 16)])
def test_r1_step_of_a_linear_d_shrinks_its_weights_by_rate_times_gamma(gamma, every):
    D = nn.Linear(3, 1)  # R1 = |w|^2, so (gamma / 2) R1 has the slope gamma w
    before = D.weight.detach().clone()
    norm = steps.r1_step(D, torch.optim.SGD(D.parameters(), lr=0.01), torch.randn(8, 3), gamma=gamma, every=every)
    assert_close(D.weight.detach(), before * (1 - 0.01 * gamma * every))
    assert_close(norm, before.square().sum())


def test_relativistic_step_moves_g_only(players):
    G, D, opt_g, _ = players
    before_d, before_g = frozen(D), frozen(G)
    steps.relativistic_generator_step(G, D, opt_g, torch.randn(8, 2), torch.randn(8, 2))
    assert all(torch.equal(value, before_d[name]) for name, value in D.state_dict().items())
    assert any(not torch.equal(value, before_g[name]) for name, value in G.state_dict().items())


@pytest.mark.parametrize("step", [steps.discriminator_step, steps.generator_step, steps.r1_step])
def test_players_that_do_not_fit_the_batch_are_told_with_the_sizes_and_nobody_moves(players, step):
    G, D, opt_g, opt_d = players
    before_g, before_d = frozen(G), frozen(D)
    given = {
        steps.discriminator_step: (G, D, opt_d, torch.randn(8, 5), torch.randn(8, 2)),
        steps.generator_step: (G, D, opt_g, torch.randn(8, 7)),
        steps.r1_step: (D, opt_d, torch.randn(8, 3)),
    }[step]
    with pytest.raises(ValueError, match=r"fit each other, got .* tensor of shape \(8, \d\)"):
        step(*given, **({"gamma": 1.0} if step is steps.r1_step else {}))
    assert all(torch.equal(value, before_g[name]) for name, value in G.state_dict().items())
    assert all(torch.equal(value, before_d[name]) for name, value in D.state_dict().items())


def test_a_generator_that_is_a_function_may_take_indices(players):
    _, D, _, opt_d = players
    images = torch.randn(9, 2)
    steps.discriminator_step(lambda index: images[index], D, opt_d, torch.randn(4, 2), torch.tensor([0, 3, 3, 8]))
