"""Ensembles: each member trains exactly as it would alone, whatever the others do."""

import copy
from functools import partial

import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.testing import assert_close

from ganlab import losses, penalties, toys
from ganlab.ensembles import Ensemble, summed_loss, summed_penalty, train_ensemble
from ganlab.networks import mlp
from ganlab.players import Players
from ganlab.seeds import generator, seed_everything
from ganlab.steps import discriminator_step, generator_step
from ganlab.training import TrainingDiverged

MEMBERS, N = 3, 10


class MinibatchSpread(nn.Module):
    """A layer that mixes the examples of a batch: one more column, the spread of the batch."""

    def forward(self, x):
        return torch.cat([x, x.std(dim=0).mean().expand(len(x), 1)], dim=1)


def deep_d():
    return nn.Sequential(
        nn.Linear(2, 6), nn.BatchNorm1d(6, track_running_stats=False), MinibatchSpread(),
        nn.Sequential(nn.Linear(7, 4, bias=False), nn.LeakyReLU(0.2)), nn.LayerNorm(4), nn.Linear(4, 1)
    )  # fmt: skip


ARCHITECTURES = {"mlp": lambda: mlp([2, 8, 1]), "no sequence": lambda: nn.Linear(2, 1), "all kinds": deep_d}


def doubles(make, members=MEMBERS):
    seed_everything(0)
    return [make().double() for _ in range(members)]


def batches(*shape, seed=0):
    return torch.randn(MEMBERS, N, *shape, dtype=torch.float64, generator=generator(seed))


def adam(network):
    return torch.optim.Adam(network.parameters(), lr=0.01, betas=(0.5, 0.999))


def a_pair():
    return doubles(lambda: mlp([2, 8, 2])), doubles(lambda: mlp([2, 8, 1]))


def same(ensemble, networks):
    for index, network in enumerate(networks):
        for ours, theirs in zip(ensemble.member(index).parameters(), network.parameters(), strict=True):
            assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("make", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_each_member_maps_its_own_batch_as_it_would_alone(make):
    networks, x = doubles(make), batches(2)
    together = Ensemble(networks)(x)
    assert_close(together, torch.stack([network(each) for network, each in zip(networks, x, strict=True)]))


@pytest.mark.parametrize("make", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_the_gradient_of_the_sum_is_each_members_own(make):
    networks, real, fake = doubles(make), batches(2), batches(2, seed=1)
    D = Ensemble(networks)
    summed_loss(losses.nonsaturating_d)(D(real), D(fake)).backward()
    stacked = list(D.parameters())
    for index, network in enumerate(networks):
        losses.nonsaturating_d(network(real[index]), network(fake[index])).backward()
        for ours, theirs in zip(stacked, network.parameters(), strict=True):
            assert_close(ours.grad[index], theirs.grad)


def rounds_of(G, D, d_step, g_step, *, steps=30, member=None):
    """Some rounds of both steps with the same numbers, of all members or of one."""
    opt_g, opt_d = adam(G), adam(D)
    for step in range(steps):
        real, z = batches(2, seed=2 * step), batches(2, seed=2 * step + 1)
        if member is not None:
            real, z = real[member], z[member]
        d_step(G, D, opt_d, real, z)
        g_step(G, D, opt_g, z)


def with_r1(sum_loss, sum_penalty):
    """A step of D with R1 in its loss."""

    def step(G, D, opt_d, real, z):
        d_loss = sum_loss(losses.nonsaturating_d)(D(real), D(G(z).detach()))
        opt_d.zero_grad()
        (d_loss + 0.5 * sum_penalty(penalties.r1_penalty)(D, real)).backward()
        opt_d.step()

    return step


def as_it_is(f):
    return f


STEPS = {
    "plain": lambda sum_loss, _: partial(discriminator_step, loss=sum_loss(losses.nonsaturating_d)),
    "hinge": lambda sum_loss, _: partial(discriminator_step, loss=sum_loss(losses.hinge_d)),
    "R1, differentiated twice": with_r1,
}


@pytest.mark.parametrize("d_step", STEPS.values(), ids=STEPS)
def test_members_trained_together_end_where_they_end_alone(d_step):
    generators, discriminators = a_pair()
    G, D = Ensemble(generators), Ensemble(discriminators)
    g_step = partial(generator_step, loss=summed_loss(losses.nonsaturating_g))
    rounds_of(G, D, d_step(summed_loss, summed_penalty), g_step)
    for index, (g, d) in enumerate(zip(generators, discriminators, strict=True)):
        rounds_of(g, d, d_step(as_it_is, as_it_is), generator_step, member=index)
    same(G, generators)
    same(D, discriminators)


def test_members_do_not_influence_each_other():
    generators, discriminators = a_pair()
    d_step, g_step = with_r1(summed_loss, summed_penalty), partial(generator_step, loss=summed_loss(losses.hinge_g))
    ends = []
    for spread in (1.0, 100.0):
        with torch.no_grad():
            generators[1][0].weight.mul_(spread)  # a wild neighbour
        G, D = Ensemble(generators), Ensemble(discriminators)
        rounds_of(G, D, d_step, g_step, steps=5)
        ends.append(G)
    assert all(torch.equal(a[[0, 2]], b[[0, 2]]) for a, b in zip(*(end.parameters() for end in ends), strict=True))
    assert not torch.equal(ends[0].network[0].weight[1], ends[1].network[0].weight[1])


def test_the_gradient_penalty_sums_over_members():
    critics, real = doubles(lambda: nn.Linear(2, 1)), batches(2)
    together = summed_penalty(penalties.gradient_penalty)(Ensemble(critics), real, real + 1)
    assert_close(together, sum((critic.weight.norm() - 1).square() for critic in critics))


def test_the_penalty_still_refuses_batchnorm():
    D = Ensemble(doubles(deep_d))
    with pytest.raises(ValueError, match="BatchNorm"):
        summed_penalty(penalties.r1_penalty)(D, batches(2))


def test_an_ensemble_can_be_called_with_other_parameters():
    """What unrolling needs: the parameters after an inner step, attached to those before."""
    D, x = Ensemble(doubles(deep_d)), batches(2)
    moved = {name: 2 * p for name, p in D.named_parameters()}
    other = Ensemble([copy.deepcopy(D.member(index)) for index in range(MEMBERS)])
    with torch.no_grad():
        for p in other.parameters():
            p.mul_(2)
    assert_close(functional_call(D, moved, (x,)), other(x))


def test_dropout_differs_between_members():
    drops = Ensemble([nn.Sequential(nn.Dropout(0.5)) for _ in range(2)])
    first, second = drops(torch.ones(2, 50, 2))
    assert not torch.equal(first, second)
    assert torch.equal(drops.eval()(torch.ones(2, 50, 2)), torch.ones(2, 50, 2))


def test_networks_stay_as_they_are_and_members_are_copies():
    networks = doubles(lambda: mlp([2, 8, 1]))
    before = copy.deepcopy(networks)
    D = Ensemble(networks)
    with torch.no_grad():
        for p in [*D.parameters(), *D.member(0).parameters()]:
            p.zero_()
    same(Ensemble(networks), before)


@pytest.fixture
def players():
    G, D = (Ensemble([mlp([2, 4, out]) for _ in range(MEMBERS)]) for out in (2, 1))
    return Players(G, D, adam(G), adam(D), z_dim=2, generator=generator(0))


def sample(n, source):
    return toys.ring().sample(n, generator=source)


def test_the_loop_asks_for_k_batches_of_all_members(players):
    asked, seen = [], []

    def sample_real(n, source):
        asked.append(n)
        return sample(n, source)

    def d_step(G, D, opt_d, real, z):
        seen.append((real.shape, z.shape))
        return torch.tensor(0.0)

    reports = list(train_ensemble(players, sample_real, steps=2, batch_size=5, k=3, d_step=d_step))
    assert [report.step for report in reports] == [1, 2]
    assert asked == [MEMBERS * 5] * 6
    assert set(seen) == {((MEMBERS, 5, 2), (MEMBERS, 5, 2))}


def test_the_loop_equals_single_runs_on_the_same_numbers(players):
    alone = [players.G.member(1), players.D.member(1)]
    source, (g, d) = generator(0), alone
    opt_g, opt_d = adam(g), adam(d)
    draw = lambda: torch.randn(MEMBERS * N, 2, generator=source).unflatten(0, (MEMBERS, N))[1]  # noqa: E731
    for _ in range(5):
        real = sample(MEMBERS * N, source).unflatten(0, (MEMBERS, N))[1]
        discriminator_step(g, d, opt_d, real, draw())
        generator_step(g, d, opt_g, draw())
    list(train_ensemble(players, sample, steps=5, batch_size=N))
    assert_close(players.G.member(1)(real), g(real), rtol=1e-3, atol=1e-4)


def test_a_lost_member_is_reported(players):
    with torch.no_grad():
        players.G.network[0].weight[1] = torch.nan
    with pytest.raises(TrainingDiverged):
        list(train_ensemble(players, sample, steps=1))


def test_refusals_say_what_to_do(players):
    shared = nn.Linear(2, 2)
    for networks, said in [
        ([nn.Linear(2, 1), nn.Linear(2, 2)], "one architecture"),
        ([nn.Linear(2, 1), nn.Linear(2, 1).double()], "one architecture"),
        ([mlp([2, 4, 1]), mlp([2, 4, 1], activation=nn.Tanh)], "one architecture"),
        ([nn.BatchNorm1d(2)], "track_running_stats=False"),
        ([nn.Sequential(shared, shared)], "share"),
    ]:
        with pytest.raises(ValueError, match=said):
            Ensemble(networks)
    with pytest.raises(ValueError, match="each of the 3 members"):
        players.D(torch.zeros(2, 5, 2))
    with pytest.raises(ValueError, match="below the number of members"):
        players.D.member(3)
    with pytest.raises(ValueError, match="each of the 3 members"):
        summed_penalty(penalties.r1_penalty)(players.D, torch.zeros(2, 5, 2))
    with pytest.raises(ValueError, match="an ensemble"):
        summed_penalty(penalties.r1_penalty)(nn.Linear(2, 1), torch.zeros(2, 5, 2))
    with pytest.raises(ValueError, match="a tensor with 30 examples"):
        list(train_ensemble(players, lambda n, source: sample(n - 1, source), steps=1, batch_size=10))


def test_players_must_be_ensembles_of_one_size(players):
    G, D = nn.Linear(2, 2), Ensemble([nn.Linear(2, 1)])
    for wrong in (G, Ensemble([nn.Linear(2, 2)] * 2)):
        pair = Players(wrong, D, adam(wrong), adam(D), z_dim=2, generator=generator(0))
        with pytest.raises(ValueError, match=r"an ensemble|equally many members"):
            train_ensemble(pair, sample, steps=1)
