"""The labs' engine against PyTorch in float64: same weights, same batches, a few steps of everything."""

import itertools
import math

import pytest
import torch
from torch import nn
from torch.nn.functional import softplus

BATCH = 16

LOSSES = {
    "minimax": (lambda r, f: softplus(-r).mean() + softplus(f).mean(), lambda f, r: -softplus(f).mean()),
    "nonsaturating": (lambda r, f: softplus(-r).mean() + softplus(f).mean(), lambda f, r: softplus(-f).mean()),
    "leastSquares": (
        lambda r, f: 0.5 * ((r - 1) ** 2).mean() + 0.5 * (f**2).mean(),
        lambda f, r: 0.5 * ((f - 1) ** 2).mean(),
    ),
    "wasserstein": (lambda r, f: f.mean() - r.mean(), lambda f, r: -f.mean()),
    "hinge": (lambda r, f: torch.relu(1 - r).mean() + torch.relu(1 + f).mean(), lambda f, r: -f.mean()),
    "relativistic": (lambda r, f: softplus(f - r).mean(), lambda f, r: softplus(r - f).mean()),
}
OPTIMIZERS = {
    "sgd": lambda p, lr: torch.optim.SGD(p, lr=lr),
    "adam": lambda p, lr: torch.optim.Adam(p, lr=lr, betas=(0.5, 0.9)),
}
PENALTIES = [{}, {"r1": 0.7}, {"gp": 1.3}, {"clip": 0.1}]
ACTIVATIONS = {"relu": nn.ReLU, "leaky": lambda: nn.LeakyReLU(0.2), "tanh": nn.Tanh, "linear": nn.Identity}
NETWORKS = {
    "relu": ({"sizes": [2, 8, 8, 2], "hidden": "relu"}, {"sizes": [2, 8, 8, 1], "hidden": "relu"}),
    "leaky": ({"sizes": [3, 5, 2], "hidden": "leaky", "output": "tanh"}, {"sizes": [2, 10, 7, 1], "hidden": "leaky"}),
    "tanh": ({"sizes": [1, 6, 1], "hidden": "tanh"}, {"sizes": [1, 9, 4, 3, 1], "hidden": "tanh"}),
    "affine": ({"sizes": [1, 1]}, {"sizes": [1, 1], "squares": 0.3}),
}


class Squares(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return torch.cat([x, self.factor * x * x], dim=1)


def network(shape):
    """The PyTorch twin of `new Network(shape)`."""
    sizes, layers = shape["sizes"], [Squares(shape["squares"])] if "squares" in shape else []
    for i, (n_in, n_out) in enumerate(itertools.pairwise(sizes)):
        last = i == len(sizes) - 2
        factor = 2 if i == 0 and shape.get("squares") else 1
        layers.append(nn.Linear(factor * n_in, n_out, dtype=torch.float64))
        layers.append(ACTIVATIONS[shape.get("output", "linear") if last else shape.get("hidden", "relu")]())
    return nn.Sequential(*layers)


def flat(net):
    return torch.cat([p.detach().flatten() for p in net.parameters()]).tolist()


def input_gradient(critic, x):
    x = x.detach().requires_grad_()
    return torch.autograd.grad(critic(x).sum(), x, create_graph=True)[0]


def penalty_value(critic, penalty, real, fake, mix):
    value = 0.0
    if "r1" in penalty:
        value += penalty["r1"] / 2 * input_gradient(critic, real).square().sum(1).mean()
    if "gp" in penalty:
        g = input_gradient(critic, mix[:, None] * real + (1 - mix[:, None]) * fake)
        value += penalty["gp"] * (g.norm(dim=1) - 1).square().mean()
    return value


def train_in_torch(case, g, d):
    loss_d, loss_g = LOSSES[case["loss"]]
    opt_g = OPTIMIZERS[case["optimizer"]](g.parameters(), case["lr"])
    opt_d = OPTIMIZERS[case["optimizer"]](d.parameters(), case["lr"])
    average, losses = torch.tensor(flat(g), dtype=torch.float64), []
    for batch in case["batches"]:
        real, z, mix, z2 = (torch.tensor(batch[k], dtype=torch.float64) for k in ("real", "z", "mix", "z2"))
        fake = g(z).detach()
        d_loss = loss_d(d(real), d(fake)) + penalty_value(d, case["penalty"], real, fake, mix)
        opt_d.zero_grad()
        d_loss.backward()
        opt_d.step()
        if "clip" in case["penalty"]:
            for p in d.parameters():
                p.data.clamp_(-case["penalty"]["clip"], case["penalty"]["clip"])
        g_loss = loss_g(d(g(z2)), d(real).detach())
        opt_g.zero_grad()
        g_loss.backward()
        opt_g.step()
        average = 0.9 * average + 0.1 * torch.tensor(flat(g), dtype=torch.float64)
        losses.append([d_loss.item(), g_loss.item()])
    return {"G": flat(g), "D": flat(d), "ema": average.tolist(), "losses": losses}


def make_case(index, loss, optimizer, penalty, nets, steps):
    torch.manual_seed(index)
    shapes = NETWORKS[nets]
    g, d = map(network, shapes)
    z_dim, x_dim = shapes[0]["sizes"][0], shapes[1]["sizes"][0]
    batches = [
        {
            "real": (1 + 0.5 * torch.randn(BATCH, x_dim)).tolist(),
            "z": torch.randn(BATCH, z_dim).tolist(),
            "mix": torch.rand(BATCH).tolist(),
            "z2": torch.randn(BATCH, z_dim).tolist(),
        }
        for _ in range(steps)
    ]
    case = {
        "loss": loss, "optimizer": optimizer, "penalty": penalty, "lr": 0.01, "batches": batches,
        "g": {"shape": shapes[0], "params": flat(g)}, "d": {"shape": shapes[1], "params": flat(d)},
    }  # fmt: skip
    return case, g, d


def agree(node, nets, optimizer, steps):
    """Every loss with every penalty."""
    made = [
        make_case(i, loss, optimizer, penalty, nets, steps)
        for i, (loss, penalty) in enumerate(itertools.product(LOSSES, PENALTIES))
    ]
    answers = node("train", [case for case, _, _ in made])
    for (case, g, d), ours in zip(made, answers, strict=True):
        for key, expected in train_in_torch(case, g, d).items():
            got, want = (torch.tensor(v, dtype=torch.float64) for v in (ours[key], expected))
            message = f"{key} after {case['loss']}, {optimizer}, {case['penalty']}, {nets}"
            torch.testing.assert_close(got, want, rtol=1e-5, atol=1e-9, msg=lambda m, at=message: f"{at}: {m}")


every_game = pytest.mark.parametrize(("nets", "optimizer"), [*itertools.product(NETWORKS, OPTIMIZERS)])


@every_game
def test_eight_steps_agree_with_pytorch_to_1e_5(node, nets, optimizer):
    agree(node, nets, optimizer, 8)


@pytest.mark.slow
@every_game
def test_twenty_steps_agree_as_well(node, nets, optimizer):
    agree(node, nets, optimizer, 20)


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sigmoid", "softplus", "log1p"])
def test_elementary_functions_agree_with_the_c_library(node, name):
    reference = {
        "exp": math.exp, "log": math.log, "tanh": math.tanh, "log1p": math.log1p,
        "sigmoid": lambda v: 1 / (1 + math.exp(-v)), "softplus": lambda v: max(v, 0) + math.log1p(math.exp(-abs(v))),
    }[name]  # fmt: skip
    grid = torch.linspace(-40, 40, 2001, dtype=torch.float64)
    x = (grid.exp() if name in ("log", "log1p") else grid).tolist()
    (got,) = node("math", [{"name": name, "x": x}])
    want = torch.tensor([reference(v) for v in x], dtype=torch.float64)
    torch.testing.assert_close(torch.tensor(got, dtype=torch.float64), want, rtol=2e-15, atol=5e-16)


def test_losses_stay_finite_at_logits_of_a_thousand(node):
    (got,) = node("math", [{"name": "softplus", "x": [-1000.0, 1000.0]}])
    assert got == [0.0, 1000.0]


def test_random_numbers_follow_their_distributions(node):
    from scipy import stats

    (sample,) = node("random", [{"seed": 1, "n": 20_000}])
    assert stats.kstest(sample["normal"], "norm").pvalue > 0.01
    assert stats.kstest(sample["uniform"], "uniform").pvalue > 0.01


def test_seeds_make_different_streams_and_repeat(node):
    a, b, c = node("random", [{"seed": s, "n": 50} for s in (0, 0, 1)])
    assert a == b
    assert a != c
