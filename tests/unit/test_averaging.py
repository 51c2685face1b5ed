"""EMA: half-life in closed form, PyTorch's own averaging as referee."""

import warnings

import pytest
import torch
import torch.nn.utils.prune
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.testing import assert_close

from ganlab.averaging import EMA


def test_half_of_a_jump_is_left_after_one_half_life():
    G = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(G.weight)
    ema = EMA(G, halflife_steps=20)
    nn.init.ones_(G.weight)
    for _ in range(20):
        ema.update(G)
    assert_close(ema.module.weight.item(), 0.5, atol=1e-6, rtol=0)


def test_agrees_with_pytorch_averaged_model(seed):
    G = nn.Linear(4, 4)
    ema = EMA(G, halflife_steps=5)
    reference = AveragedModel(G, multi_avg_fn=get_ema_multi_avg_fn(ema.decay))
    reference.update_parameters(G)  # its first update copies
    for _ in range(10):
        nn.init.normal_(G.weight)
        ema.update(G)
        reference.update_parameters(G)
    assert_close(ema.module.weight, reference.module.weight)


def test_following_changes_nothing_in_the_network_followed():
    G = nn.Linear(4, 4)
    before = G.weight.clone()
    EMA(G, halflife_steps=5).update(G)
    assert torch.equal(G.weight, before)
    assert G.weight.requires_grad


def test_batchnorm_statistics_are_copied():
    G = nn.Sequential(nn.Linear(8, 4), nn.BatchNorm1d(4))
    ema = EMA(G, halflife_steps=5)
    G(torch.randn(16, 8))
    ema.update(G)
    assert torch.equal(ema.module[1].running_mean, G[1].running_mean)


@pytest.mark.parametrize("halflife", [0, -3])
def test_senseless_half_life_is_refused(halflife):
    with pytest.raises(ValueError, match="halflife_steps"):
        EMA(nn.Linear(1, 1), halflife_steps=halflife)


@pytest.mark.parametrize("name", ["spectral_norm", "weight_norm"])
@pytest.mark.parametrize("run", [False, True])
def test_old_normalisations_are_refused_with_the_new_one(name, run):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PyTorch says that the old one is old
        G = nn.Sequential(getattr(nn.utils, name)(nn.Linear(2, 2)))
    if run:
        G(torch.zeros(1, 2))
    with pytest.raises(ValueError, match=rf"torch\.nn\.utils\.parametrizations\.{name}"):
        EMA(G, halflife_steps=5)


@pytest.mark.parametrize("name", ["spectral_norm", "weight_norm"])
def test_the_new_normalisations_are_averaged_below(name):
    G = getattr(nn.utils.parametrizations, name)(nn.Linear(2, 2))
    ema = EMA(G, halflife_steps=1)
    start = [value.clone() for value in G.parameters()]
    for value in G.parameters():
        value.data += 1
    ema.update(G)
    for average, before in zip(ema.module.parameters(), start, strict=True):
        assert_close(average, before + 0.5)
    ema.module(torch.zeros(1, 2))


def test_what_cannot_be_copied_is_refused():
    G = nn.utils.prune.l1_unstructured(nn.Linear(2, 2), "weight", amount=1)
    with pytest.raises(ValueError, match="keeps a computed tensor"):
        EMA(G, halflife_steps=5)


@pytest.mark.parametrize(
    "other", [nn.Linear(4, 3), nn.Linear(4, 4, bias=False), nn.Linear(4, 4).double(), nn.LazyLinear(4)]
)
def test_another_architecture_is_refused_and_the_average_stays(other):
    ema = EMA(nn.Linear(4, 4), halflife_steps=5)
    before = [value.clone() for value in ema.module.parameters()]
    with pytest.raises(ValueError, match=r"make a new EMA|lazy layers"):
        ema.update(other)
    assert all(torch.equal(a, b) for a, b in zip(before, ema.module.parameters(), strict=True))
