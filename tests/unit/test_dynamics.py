"""Dynamics: growth rates and eigenvalues with closed form, and the numbers that the book quotes."""

import math
from functools import partial

import pytest
import torch
from torch.testing import assert_close

from ganlab import dynamics, losses, penalties
from ganlab.seeds import generator

START = torch.tensor([1.0, 1.0])
FIELDS = [dynamics.dirac_field, dynamics.dirac_minimax_field, dynamics.dirac_wasserstein_field]
LOSSES = {
    dynamics.dirac_field: losses.nonsaturating_g,
    dynamics.dirac_minimax_field: losses.minimax_g,
    dynamics.dirac_wasserstein_field: losses.wasserstein_g,
}
each_field = pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.__name__)


def radius(move, field, steps=500, h=0.2):
    return move(field, START, step_size=h, steps=steps)[-1].norm().item()


@each_field
def test_a_dirac_field_is_minus_the_gradient_of_each_players_loss(field):
    theta, psi = torch.tensor([0.7], requires_grad=True), torch.tensor([-1.3], requires_grad=True)
    d_loss = losses.wasserstein_d if field is dynamics.dirac_wasserstein_field else losses.nonsaturating_d
    (g_slope,) = torch.autograd.grad(LOSSES[field](psi * theta), theta, retain_graph=True)
    penalty = 0.3 / 2 * penalties.r1_penalty(lambda x: x * psi, torch.zeros(4, 1))
    (d_slope,) = torch.autograd.grad(d_loss(psi * 0, psi * theta) + penalty, psi)
    velocity = field(torch.cat([theta, psi]), r1_gamma=0.3)
    assert_close(velocity, -torch.cat([g_slope, d_slope]))


@each_field
def test_only_the_nonsaturating_loss_pulls_in_without_a_penalty(field):
    points = torch.randn(100, 2, generator=generator(0))
    outwards = (points * field(points)).sum(-1)
    if field is dynamics.dirac_field:
        s = points.prod(-1)
        assert_close(outwards, -s * torch.tanh(s / 2))
    else:
        assert_close(outwards, torch.zeros(100), atol=1e-6, rtol=0)


@pytest.mark.parametrize("h", [0.1, 0.5])
def test_alternating_xy_keeps_its_invariant(h):
    path = dynamics.alternating(dynamics.xy_field, START.double(), step_size=h, steps=1000)
    kept = path.square().sum(-1) + h * path.prod(-1)
    assert_close(kept, torch.full_like(kept, 2 + h))


def test_alternating_xy_leaves_as_soon_as_steps_are_longer_than_2():
    assert radius(dynamics.alternating, dynamics.xy_field, h=1.99) < 100
    assert radius(dynamics.alternating, dynamics.xy_field, steps=100, h=2.01) > 1e4


@pytest.mark.parametrize("beta", [-0.5, -0.1, 0.3])
def test_momentum_without_its_weight_is_alternating_and_with_it_bends_the_xy_game_by_its_sign(beta):
    plain = dynamics.alternating(dynamics.xy_field, START, step_size=0.2, steps=50)
    assert_close(dynamics.momentum(dynamics.xy_field, START, step_size=0.2, steps=50, beta=0.0), plain)
    end = radius(partial(dynamics.momentum, beta=beta), dynamics.xy_field)
    assert (end < 0.5 * START.norm()) == (beta < 0)


def test_momentum_is_pytorchs_for_players_that_take_turns():
    theta, psi = (torch.nn.Parameter(START[i].clone()) for i in (0, 1))
    opts = [torch.optim.SGD([player], lr=0.2, momentum=0.4) for player in (psi, theta)]
    for _ in range(20):
        for opt, loss in zip(opts, (lambda: -theta * psi, lambda: theta * psi), strict=True):
            opt.zero_grad()
            loss().backward()
            opt.step()
    path = dynamics.momentum(dynamics.xy_field, START, step_size=0.2, steps=20, beta=0.4)
    assert_close(path[-1], torch.stack([theta, psi]).detach(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("h", [0.05, 0.1])
def test_optimism_shrinks_the_xy_game_about_as_fast_as_simultaneous_steps_blow_it_up(h):
    path = dynamics.optimistic(dynamics.xy_field, START.double(), step_size=h, steps=2000)
    rate = (path[-1].norm() / path[1000].norm()).log() / 1000
    assert_close(rate.item(), -0.5 * h**2, rtol=0.05, atol=0)


def test_optimism_ends_at_steps_of_one_over_root_3():
    edge = 1 / math.sqrt(3)
    assert radius(dynamics.optimistic, dynamics.xy_field, h=0.99 * edge) < 1
    assert radius(dynamics.optimistic, dynamics.xy_field, h=1.01 * edge) > 2


def test_the_jacobian_of_a_descent_is_symmetric_and_that_of_the_xy_game_turns():
    bowl = torch.tensor([[2.0, 0.5], [0.5, 1.0]])
    assert_close(dynamics.jacobian(lambda point: -bowl @ point, START), -bowl)
    assert_close(dynamics.jacobian(dynamics.xy_field, START), torch.tensor([[0.0, -1.0], [1.0, 0.0]]))


@pytest.mark.parametrize(("field", "critical"), list(zip(FIELDS, (1.0, 1.0, 2.0), strict=True)))
def test_the_critical_gamma_is_where_the_turning_ends(field, critical):
    def turning(gamma):
        return dynamics.eigenvalues(partial(field, r1_gamma=gamma), torch.zeros(2)).imag.abs().max()

    assert turning(0.99 * critical) > 0.05
    assert turning(1.01 * critical) == 0


@pytest.mark.parametrize("h", [0.05, 0.1, 0.2])
def test_simultaneous_xy_grows_by_root_one_plus_h_squared_a_step(h):
    path = dynamics.simultaneous(dynamics.xy_field, START, step_size=h, steps=100)
    assert_close((path[-1].norm() / path[0].norm()).item(), (1 + h * h) ** 50, rtol=1e-4, atol=0)


def test_alternating_xy_stays_bounded():
    path = dynamics.alternating(dynamics.xy_field, START, step_size=0.1, steps=5000)
    assert path.norm(dim=1).max() < 1.1 * START.norm()


def test_alternating_dirac_stays_bounded():
    start = torch.tensor([0.2, 0.2])
    path = dynamics.alternating(dynamics.dirac_field, start, step_size=0.1, steps=5000)
    assert path.norm(dim=1).max() < 1.1 * start.norm()


def test_r1_pulls_the_dirac_gan_into_its_equilibrium():
    field = partial(dynamics.dirac_field, r1_gamma=1.0)
    for move in (dynamics.simultaneous, dynamics.alternating):
        assert move(field, START, step_size=0.2, steps=500)[-1].norm() < 1e-4


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 2.0])
def test_dirac_eigenvalues_have_their_closed_form(gamma):
    found = dynamics.eigenvalues(partial(dynamics.dirac_field, r1_gamma=gamma), torch.zeros(2))
    root = torch.sqrt(torch.tensor(gamma**2 / 4 - 0.25, dtype=torch.complex64))
    expected = torch.stack([-gamma / 2 + root, -gamma / 2 - root])
    found = found[torch.argsort(found.real + 1e-3 * found.imag, descending=True)]
    assert_close(found, expected, atol=1e-3, rtol=0)


def test_without_penalty_nothing_pulls_in():
    assert_close(dynamics.eigenvalues(dynamics.dirac_field, torch.zeros(2)).real, torch.zeros(2))


@pytest.mark.parametrize(
    ("field", "both", "turns"), [(dynamics.dirac_field, 0.64, 0.28), (dynamics.dirac_minimax_field, 3.35, 1.34)]
)
def test_radius_after_500_steps_is_the_one_in_the_book(field, both, turns):
    assert_close(radius(dynamics.simultaneous, field), both, atol=0.005, rtol=0)
    assert_close(radius(dynamics.alternating, field), turns, atol=0.005, rtol=0)


def test_the_wasserstein_dirac_gan_grows_like_the_xy_game():
    grown = radius(dynamics.simultaneous, dynamics.dirac_wasserstein_field) / math.sqrt(2)
    assert_close(grown, 1.04**250, rtol=1e-3, atol=0)
