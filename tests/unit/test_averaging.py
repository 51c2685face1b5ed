"""EMA: half-life in closed form, PyTorch's own averaging as referee."""

import pytest
import torch
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
