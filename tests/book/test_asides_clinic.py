"""What the clinic says in passing, of runs that it does not show: each is played here, with the code of the page."""

from itertools import count

import pytest
import torch
from page_code import defined
from torch import nn

from ganlab.losses import nonsaturating_d
from ganlab.networks import mlp
from ganlab.seeds import generator, seed_everything

SEEDS = range(1000, 1004)
#: What G's loss and D's freeze at, where D calls everything real, and where it calls everything fake.
FROZEN = torch.tensor([[0.3133, 1.6265], [0.6931, 1.3863]])


@pytest.fixture(scope="module")
def clinic():
    return defined("clinic", "bell", "ring")


# A generator that wanders from mode to mode.


def called_real(clinic, monkeypatch, minibatches, seed):
    """D's answers after every fourth step: the share of each cluster that it calls real, (steps / 4, 8)."""
    clusters = clinic.ring.means[:, None] + 0.1 * torch.randn(64, 2, generator=generator(seed))
    shares, steps = [], count(1)

    def then_ask(*arguments):
        clinic.half_of_d(*arguments)
        if next(steps) % 4 == 0:
            shares.append((arguments[1](clusters) > 0).float().mean((1, 2)))

    monkeypatch.setitem(clinic.train_2.__globals__, "half_of_d", then_ask)
    clinic.train_2(minibatches, seed)
    return torch.stack(shares)


def test_d_forgets_half_of_a_cluster_until_its_turn_comes_again(clinic, monkeypatch, offset):
    def own_and_next(minibatches):
        shares = torch.stack([called_real(clinic, monkeypatch, minibatches, seed) for seed in SEEDS[:2]])[:, 8:]
        turn = torch.arange(shares.shape[1])  # from the second epoch on
        return [shares[:, turn, (turn + ahead) % 8].mean(dim=1) for ahead in (0, 1)]

    own, coming = own_and_next(lambda data, n: list(torch.split(data, n)))
    assert own.min() > 0.65
    assert ((coming > 0.2) & (coming < 0.65)).all()
    assert coming.mean() < 0.75 * own.mean()
    own, coming = own_and_next(clinic.minibatches)
    assert coming.mean() > 0.8 * own.mean()


# Losses that freeze.


def with_two_sigmoids(clinic):
    return lambda: nn.Sequential(*clinic.build_d(), nn.Sigmoid())


def end_of_frozen_run(clinic, seed):
    """Losses of G and D over the last 50 of 500 steps, and the mean of the fakes over 100."""
    run = clinic.train_4(with_two_sigmoids(clinic), seed, steps=500)
    return torch.tensor([run.g, run.d]).T[-50:], sum(run.mean[-100:]) / 100


@pytest.mark.parametrize("seeds", [range(1003, 1005), pytest.param(range(1000, 1020), marks=pytest.mark.slow)])
def test_gs_loss_freezes_to_four_digits_at_one_of_two_numbers_and_the_fakes_beyond_the_data(clinic, seeds):
    losses, means = zip(*(end_of_frozen_run(clinic, seed) for seed in seeds), strict=True)
    off = (torch.stack(losses)[:, :, None] - FROZEN).abs().amax(dim=1)  # (seed, which, player)
    which = off.sum(dim=2).argmin(dim=1)
    assert which.unique().tolist() == [0, 1]  # one run ends at 0.3133, another at 0.6931
    near = off[range(len(seeds)), which]
    assert near[:, 0].max() < 1e-4
    assert near[:, 1].max() < 0.02
    assert min(means) > 3.1


def test_logits_of_a_new_d_are_large_far_away_and_their_signs_are_chance(clinic):
    torch.manual_seed(1)
    far = torch.stack([clinic.far_away(mlp([1, 32, 1])) for _ in range(200)])
    assert (far.abs().amax(dim=1) > 2).float().mean() > 0.95
    assert 0.35 < (far[:, 0] * far[:, -1] < 0).float().mean() < 0.65


def test_those_that_the_page_prints_have_both_signs(clinic):
    clinic.train_4(with_two_sigmoids(clinic), seed=2)
    far = clinic.far_away(mlp([1, 32, 1]))
    assert far.min() < -5
    assert far.max() > 5


# A generator that wins.


def test_with_exchanged_labels_both_losses_go_to_0(clinic, monkeypatch, offset):
    monkeypatch.setitem(clinic.half_of_d.__globals__, "nonsaturating_d", lambda real, fake: nonsaturating_d(fake, real))
    for seed in SEEDS:
        seed_everything(seed)
        G, D = mlp([2, 32, 1]), mlp([1, 32, 1])
        opt_g, opt_d = clinic.optimisers(G, D)
        z = torch.randn(64, 2)
        start = D(G(z)).mean()
        for _ in range(400):
            clinic.half_of_d(G, D, opt_d, clinic.bell.sample(64), torch.randn(64, 2))
            clinic.half_of_g(G, D, opt_g, torch.randn(64, 2))
        fake = D(G(z))
        assert fake.mean() > start + 2
        assert nonsaturating_d(fake, D(clinic.bell.sample(64))) < 0.02
        assert clinic.nonsaturating_g(fake) < 0.01


class Shares(torch.optim.Adam):
    """Adam that notes by how much the loss falls, to first order, because of G's four tensors and because of D's."""

    def step(self):
        tensors = self.param_groups[0]["params"]
        before = [w.detach().clone() for w in tensors]
        super().step()
        fall = [((old - new.detach()) * new.grad).sum() for old, new in zip(before, tensors, strict=True)]
        self.falls.append((sum(fall[:4]), sum(fall[4:])))


def test_spoiling_d_lowers_gs_loss_more_than_drawing_better(clinic, offset):
    made = []

    def posted(G, D):
        opt_g = Shares([*G.parameters(), *D.parameters()], lr=0.002, betas=(0.5, 0.99))
        opt_g.falls = []
        made.append(opt_g)
        return opt_g, torch.optim.Adam(D.parameters(), lr=0.002, betas=(0.5, 0.99))

    for seed in SEEDS:
        clinic.train_6(posted, seed)
    by_g, by_d = torch.tensor([opt_g.falls for opt_g in made]).mean(dim=1).T
    assert (by_g > 0).all()
    assert (by_d > 1.2 * by_g).all()


# A penalty that changes nothing.


@pytest.mark.parametrize(("gamma", "steps", "rests"), [(9.5, 500, True), (10.5, 500, False), (100, 150, False)])
def test_the_repaired_penalty_needs_a_gamma_below_10(clinic, offset, gamma, steps, rests):
    for seed in SEEDS:
        start, *_, end = clinic.train_7(clinic.r1, gamma, seed, steps=steps)
        assert end < start / 2 if rests else not end < 1e6
