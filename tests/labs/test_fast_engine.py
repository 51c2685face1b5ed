"""The digit lab's engine: its labelled GAN against PyTorch in float64, WebAssembly against TypeScript bit by bit."""

import itertools

import pytest
import torch
from torch import nn
from torch.nn.functional import one_hot, softplus
from torch.testing import assert_close

SHAPE = {"z": 4, "classes": 3, "pixels": 16, "hiddenG": [8, 16], "hiddenD": [16, 8], "batch": 12}
STEPS, NO_LABEL = 12, -1
LOSSES = {
    "nonsaturating": (lambda r, f: softplus(-r).mean() + softplus(f).mean(), lambda f: softplus(-f).mean()),
    "minimax": (lambda r, f: softplus(-r).mean() + softplus(f).mean(), lambda f: -softplus(f).mean()),
    "leastSquares": (lambda r, f: ((r - 1) ** 2 + f**2).mean() / 2, lambda f: ((f - 1) ** 2).mean() / 2),
}
REFUSED = {"leastSquares": lambda f: (f**2).mean() / 2}  # D on mismatched pairs; for the others softplus


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        n_in = SHAPE["z"] + SHAPE["classes"]
        sizes = [n_in, *SHAPE["hiddenG"], SHAPE["pixels"]]
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in itertools.pairwise(sizes)])

    def forward(self, z, y):
        known = (y != NO_LABEL)[:, None]
        h = torch.cat([z, known * one_hot(y.clamp(min=0), SHAPE["classes"])], dim=1)
        for layer in self.layers[:-1]:
            h = torch.relu(layer(h))
        return torch.tanh(self.layers[-1](h))


class Discriminator(nn.Module):
    """The projection of Miyato and Koyama (2018): b + (w + e_y) . h(x)."""

    def __init__(self):
        super().__init__()
        sizes = [SHAPE["pixels"], *SHAPE["hiddenD"]]
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in itertools.pairwise(sizes)])
        self.w = nn.Parameter(torch.randn(1, sizes[-1]))
        self.e = nn.Parameter(torch.randn(SHAPE["classes"], sizes[-1]))
        self.b = nn.Parameter(torch.randn(1))

    def forward(self, x, y):
        for layer in self.layers:
            x = nn.functional.leaky_relu(layer(x), 0.2)
        told = (y != NO_LABEL)[:, None] * self.e[y.clamp(min=0)]
        return self.b[0] + (x * (self.w + told)).sum(dim=1)


def flat(net):
    """The weights as the engine has them: matrices as (inputs, outputs)."""
    parts = [part for layer in net.layers for part in (layer.weight.T, layer.bias)]
    parts += [net.w, net.e, net.b] if isinstance(net, Discriminator) else []
    return torch.cat([part.detach().flatten() for part in parts])


def make_case(seed, loss, **options):
    torch.manual_seed(seed)
    G, D = Generator().double(), Discriminator().double()
    n = SHAPE["batch"]
    labels = torch.randint(SHAPE["classes"], (STEPS, n))
    if options.pop("unlabelled", False):
        labels.fill_(NO_LABEL)
    gamma, mismatch = options.pop("gamma", 0), options.pop("mismatch", False)
    batches = [
        {
            "real": torch.randn(n, SHAPE["pixels"]).float().tolist(),
            "z": torch.randn(n, SHAPE["z"]).float().tolist(),
            "labels": y.tolist(),
            "penalty": gamma if step % 4 == 0 else 0,
            **({"others": ((y + 1 + step % 2) % SHAPE["classes"]).tolist()} if mismatch else {}),
        }
        for step, y in enumerate(labels)
    ]
    weights = {"G": flat(G).float().tolist(), "D": flat(D).float().tolist()}
    return {"shape": SHAPE, "loss": loss, "lr": 0.002, "joint": False, **weights, "batches": batches, **options}, G, D


def train_in_torch(case, G, D):
    loss_d, loss_g = LOSSES[case["loss"]]
    opt_g, opt_d = (torch.optim.Adam(net.parameters(), lr=case["lr"], betas=(0.0, 0.99)) for net in (G, D))
    joint = [opt_g, opt_d] if case["joint"] else []

    def descend(value, moved):
        for optimizer in (opt_g, opt_d):
            optimizer.zero_grad()
        value.backward()
        for weight in [*G.parameters(), *D.parameters()]:
            if weight.grad is None:  # a bias has no part in a slope
                weight.grad = torch.zeros_like(weight)
        for optimizer in moved:
            optimizer.step()
        return value.item()

    losses = []
    for batch in case["batches"]:
        real, z = (torch.tensor(batch[key], dtype=torch.float64) for key in ("real", "z"))
        y, penalty = torch.tensor(batch["labels"]), 0.0
        if batch["penalty"]:
            slope = input_gradient(lambda x, y=y: D(x, y), real)
            penalty = descend(batch["penalty"] / 2 * slope.square().sum(dim=1).mean(), [opt_d])
        refused, others = REFUSED.get(case["loss"], lambda f: softplus(f).mean()), torch.tensor(batch.get("others", []))
        mismatch = refused(D(real, others)) if len(others) else 0
        d_loss = loss_d(D(real, y), D(G(z, y), y))
        descend(d_loss + mismatch, joint or [opt_d])
        g_loss = descend(loss_g(D(G(z, y), y)), joint or [opt_g])
        losses.append([penalty, d_loss.item(), g_loss])
    return losses


def input_gradient(critic, x):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(critic(x).sum(), x, create_graph=True)[0]


CASES = {
    **{loss: {"loss": loss} for loss in LOSSES},
    "penalty": {"loss": "nonsaturating", "gamma": 0.7},
    "no labels": {"loss": "nonsaturating", "unlabelled": True},
    "mismatched pairs": {"loss": "nonsaturating", "mismatch": True, "gamma": 0.7},
    "mismatched pairs, least squares": {"loss": "leastSquares", "mismatch": True},
    "one optimiser": {"loss": "nonsaturating", "joint": True},
}


@pytest.mark.parametrize("name", CASES)
def test_twelve_steps_agree_with_pytorch(node, name):
    case, G, D = make_case(0, **CASES[name])
    (ours,) = node("digits", [{**case, "engine": "simd"}])
    theirs = {"losses": torch.tensor(train_in_torch(case, G, D)), "G": flat(G), "D": flat(D)}
    for key, want in theirs.items():
        assert_close(torch.tensor(ours[key], dtype=torch.float64), want.double(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_webassembly_and_typescript_give_the_same_bits(node, name):
    case, _, _ = make_case(1, **CASES[name])
    simd, plain = node("digits", [{**case, "engine": engine} for engine in ("simd", "plain")])
    assert simd == plain
