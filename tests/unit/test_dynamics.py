"""Dynamics: growth rates and eigenvalues with closed form, and the numbers that the book quotes."""

import math
from functools import partial

import pytest
import torch
from torch.testing import assert_close

from ganlab import dynamics

START = torch.tensor([1.0, 1.0])


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


def test_nonsaturating_simultaneous_radius_after_500_steps_matches_the_book():
    path = dynamics.simultaneous(dynamics.dirac_field, START, step_size=0.2, steps=500)
    assert_close(path[0].norm().item(), math.sqrt(2))
    assert_close(path[-1].norm().item(), 0.64, atol=0.01, rtol=0)
