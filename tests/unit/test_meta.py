"""PyTorch's meta device: whatever computes runs where its inputs live, without a look at numbers, as on a GPU.

The meta device knows shapes and dtypes and computes nothing; it refuses to mix devices and to give numbers away. So
what runs here runs on a card without waiting for it, and makes nothing on the CPU by itself.
"""

import itertools
from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from ganlab import (
    averaging,
    digits,
    divergences,
    dynamics,
    ensembles,
    latent,
    losses,
    networks,
    penalties,
    seeds,
    steps,
    toys,
    training,
)
from ganlab.players import Players

empty = partial(torch.ones, device="meta")
source = seeds.generator(0)


class OnlyMeta(TorchDispatchMode):
    """Fails where an operation makes more than one number on another device."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for tensor in made if isinstance(made, list | tuple) else [made]:
            if isinstance(tensor, Tensor) and tensor.numel() > 1:
                assert tensor.is_meta, f"{func} made {tuple(tensor.shape)} on {tensor.device}"
        return made


def images():
    return empty(4, 1, 28, 28)


def labels():
    return empty(4, dtype=torch.int64)


def on_meta(make):
    return make().to("meta")


def toy_pair():
    G, D = (networks.mlp(sizes).to("meta") for sizes in ([2, 4, 3], [3, 4, 1]))
    return G, D, torch.optim.SGD(G.parameters(), 0.1), torch.optim.Adam(D.parameters(), 0.1)


def toy_players(**parts):
    G, D, opt_g, opt_d = toy_pair()
    return Players(G, D, opt_g, opt_d, z_dim=2, generator=source, ema=averaging.EMA(G, halflife_steps=3), **parts)


def ensemble_players():
    G, D = (ensembles.Ensemble([networks.mlp(sizes) for _ in range(2)]).to("meta") for sizes in ([2, 4, 3], [3, 4, 1]))
    return Players(G, D, torch.optim.Adam(G.parameters()), torch.optim.SGD(D.parameters(), 0.1), 2, source)


def digit_players():
    return digits.digit_players(lambda step: step / 9, device="meta")


def d_step():
    G, D, _, opt_d = toy_pair()
    return steps.discriminator_step(G, D, opt_d, empty(5, 3), empty(5, 2))


def g_step():
    G, D, opt_g, _ = toy_pair()
    return steps.generator_step(G, D, opt_g, empty(5, 2))


def relativistic_step():
    G, D, opt_g, _ = toy_pair()
    return steps.relativistic_generator_step(G, D, opt_g, empty(5, 3), empty(5, 2))


def r1_step():
    _, D, _, opt_d = toy_pair()
    return steps.r1_step(D, opt_d, empty(5, 3), gamma=1.0, every=16)


def ema():
    G = on_meta(networks.DCGenerator)
    average = averaging.EMA(G, halflife_steps=3)
    average.update(G)
    return next(average.module.parameters())


def clipped():
    critic = networks.mlp([2, 1]).to("meta")
    penalties.clip_weights(critic, 0.01)
    return critic[0].weight


def played(rounds):
    *_, last = rounds
    return last.g_loss


# A run looks at its numbers at the last step, however short it is. The penalty is due at 0 and at 16.
def digit_rounds():
    return training.rounds(players := digit_players(), lambda _: digits.shared_round(players, images()), steps=17)


def algorithm_1():
    return training.train(toy_players(), lambda n, _: empty(n, 3), steps=3, batch_size=5)


def all_members():
    return ensembles.train_ensemble(ensemble_players(), lambda n, _: empty(n, 3), steps=3)


def lazy_r1():
    players = digit_players()
    return digits.lazy_r1_step(players)(players.G, players.D, players.opt_d, images(), players.draw_z(4))


def mixture():
    return toys.GaussianMixture(empty(3, 2), std=0.1, weights=empty(3))


def gradient_norm():
    x = empty(4, 3, requires_grad=True)
    return penalties.gradient_norm(x.square().sum(dim=1), x)


PAIRS = ("minimax", "nonsaturating", "least_squares", "wasserstein", "hinge", "relativistic", "smoothed")
LOGITS = (5, 1)
START = partial(empty, 2)

COMPUTES = {
    **{f"{name}_d": lambda name=name: getattr(losses, f"{name}_d")(empty(LOGITS), empty(LOGITS)) for name in PAIRS},
    **{f"{name}_g": lambda name=name: getattr(losses, f"{name}_g")(empty(LOGITS)) for name in PAIRS[:5]},
    "relativistic_g": lambda: losses.relativistic_g(empty(LOGITS), empty(LOGITS)),
    "bce_with_logits": lambda: losses.bce_with_logits(empty(LOGITS), 0.9),
    "gradient_norm": gradient_norm,
    "r1_penalty": lambda: penalties.r1_penalty(lambda x: x @ empty(3, 1), empty(5, 3)),
    "gradient_penalty": lambda: penalties.gradient_penalty(
        networks.mlp([3, 1]).to("meta"), empty(5, 3), empty(5, 3), generator=source
    ),
    "clip_weights": clipped,
    "discriminator_step": d_step,
    "generator_step": g_step,
    "r1_step": r1_step,
    "relativistic_generator_step": relativistic_step,
    "EMA": ema,
    "sample_z": lambda: latent.sample_z(3, 2, generator=source, device="meta"),
    "truncated_z": lambda: latent.truncated_z(3, 2, bound=0.5, generator=source, device="meta"),
    "lerp": lambda: latent.lerp(empty(3, 2), empty(3, 2), 0.5),
    "slerp": lambda: latent.slerp(empty(2), empty(2), empty(7, 1)),
    "GaussianMixture.sample": lambda: mixture().sample(5, generator=source),
    "GaussianMixture.log_density": lambda: toys.ring().log_density(empty(5, 2)),
    "Dirac.log_density": lambda: toys.Dirac().log_density(empty(5, 1)),
    "kl": lambda: divergences.kl(empty(9), empty(9), 0.1),
    "jsd": lambda: divergences.jsd(empty(9), empty(9)),
    "wasserstein1": lambda: divergences.wasserstein1(empty(9), empty(9)),
    "wasserstein1_on_grid": lambda: divergences.wasserstein1_on_grid(empty(9), empty(9), 0.1),
    "optimal_logit": lambda: divergences.optimal_logit(empty(9), empty(9)),
    "optimal_discriminator": lambda: divergences.optimal_discriminator(empty(9), empty(9)),
    "xy_field": lambda: dynamics.xy_field(empty(5, 2)),
    "dirac_field": lambda: dynamics.dirac_field(empty(5, 2), r1_gamma=0.3),
    "dirac_minimax_field": lambda: dynamics.dirac_minimax_field(empty(5, 2), r1_gamma=0.3),
    "dirac_wasserstein_field": lambda: dynamics.dirac_wasserstein_field(empty(5, 2), r1_gamma=0.3),
    "simultaneous": lambda: dynamics.simultaneous(dynamics.xy_field, START(), step_size=0.1, steps=3),
    "alternating": lambda: dynamics.alternating(dynamics.xy_field, START(), step_size=0.1, steps=3),
    "momentum": lambda: dynamics.momentum(dynamics.xy_field, START(), step_size=0.1, steps=3, beta=-0.5),
    "optimistic": lambda: dynamics.optimistic(dynamics.xy_field, START(), step_size=0.1, steps=3),
    "jacobian": lambda: dynamics.jacobian(dynamics.xy_field, START()),
    "eigenvalues": lambda: dynamics.eigenvalues(dynamics.xy_field, START()),
    "Ensemble": lambda: ensemble_players().D(empty(2, 4, 3)),
    "member": lambda: next(ensemble_players().D.member(1).parameters()),
    "summed_loss": lambda: ensembles.summed_loss(losses.hinge_g)(empty(2, 4, 1)),
    "summed_penalty": lambda: ensembles.summed_penalty(penalties.r1_penalty)(ensemble_players().D, empty(2, 4, 3)),
    "train_ensemble": lambda: played(all_members()),
    "DCGenerator": lambda: on_meta(networks.DCGenerator)(empty(4, 16)),
    "DCDiscriminator": lambda: on_meta(networks.DCDiscriminator)(images()),
    "ConditionalGenerator": lambda: on_meta(networks.ConditionalGenerator)(empty(4, 16), labels()),
    "ConditionalDiscriminator": lambda: on_meta(networks.ConditionalDiscriminator)(images(), labels()),
    "Residual": lambda: on_meta(lambda: networks.Residual(nn.Linear(2, 2)))(empty(5, 2)),
    "init_dcgan": lambda: networks.init_dcgan(on_meta(networks.DCGenerator)).layers[3].weight,
    "draw_z": lambda: toy_players().draw_z(4),
    "train": lambda: played(algorithm_1()),
    "rounds": lambda: played(digit_rounds()),
    "shared_round": lambda: digits.shared_round(digit_players(), images())[0],
    "lazy_r1_step": lazy_r1,
}


@pytest.mark.parametrize("name", COMPUTES)
def test_what_computes_runs_where_its_inputs_live(name):
    assert COMPUTES[name]().is_meta


CRITIC = networks.mlp([3, 1]).to("meta")

MAKES_NOTHING = {
    "train": lambda: list(itertools.islice(RUNS["train"], 3)),
    "rounds": lambda: list(itertools.islice(RUNS["rounds"], 3)),
    "sample_z": COMPUTES["sample_z"],
    "truncated_z": COMPUTES["truncated_z"],
    "slerp": COMPUTES["slerp"],
    "GaussianMixture.sample": COMPUTES["GaussianMixture.sample"],
    "gradient_penalty": lambda: penalties.gradient_penalty(CRITIC, empty(5, 3), empty(5, 3), generator=source),
    "alternating": COMPUTES["alternating"],
}
RUNS = {"train": algorithm_1(), "rounds": digit_rounds()}  # networks are made on the CPU, before


@pytest.mark.parametrize("name", MAKES_NOTHING)
def test_nothing_is_made_on_the_cpu_on_the_way(name):
    with OnlyMeta():
        MAKES_NOTHING[name]()


def test_the_guard_sees_what_is_made_on_the_cpu():
    with pytest.raises(AssertionError, match="on cpu"), OnlyMeta():
        torch.ones(2)
