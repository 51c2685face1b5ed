"""The digit lab's engine: its labelled GAN against PyTorch in float64, WebAssembly against TypeScript bit by bit."""

import pytest
import torch
from bridge import in_engine
from torch import nn
from torch.nn.functional import one_hot, softplus
from torch.testing import assert_close


def dense(inputs, outputs):
    return {"kind": "dense", "inputs": inputs, "outputs": outputs}


#: Batches, and the layers of both players; `side` is that of the finer maps.
GAME = {"z": 4, "classes": 3, "batch": 12}
FINE, COARSE = {"side": 8, "fine": 1, "coarse": 8}, {"side": 4, "fine": 8, "coarse": 16}
PAIRS = {
    "dense": {
        "layersG": [dense(7, 8), dense(8, 16), dense(16, 64)],
        "layersD": [dense(64, 16), dense(16, 8)],
    },
    "convolutional": {
        "layersG": [dense(7, 64), {"kind": "up", **COARSE}, {"kind": "up", **FINE}],
        "layersD": [{"kind": "down", **FINE}, {"kind": "down", **COARSE}, dense(64, 8)],
    },
}
PIXELS = 64
STEPS, NO_LABEL = 12, -1
LOSSES = {
    "nonsaturating": (lambda r, f: softplus(-r).mean() + softplus(f).mean(), lambda f: softplus(-f).mean()),
    "minimax": (lambda r, f: softplus(-r).mean() + softplus(f).mean(), lambda f: -softplus(f).mean()),
    "leastSquares": (lambda r, f: ((r - 1) ** 2 + f**2).mean() / 2, lambda f: ((f - 1) ** 2).mean() / 2),
}
REFUSED = {"leastSquares": lambda f: (f**2).mean() / 2}  # D on mismatched pairs; for the others softplus


def layer_of(shape):
    """The layer in PyTorch: convolutions of kernel 4, stride 2 and padding 1."""
    if shape["kind"] == "dense":
        return nn.Linear(shape["inputs"], shape["outputs"])
    fine, coarse = shape["fine"], shape["coarse"]
    return nn.Conv2d(fine, coarse, 4, 2, 1) if shape["kind"] == "down" else nn.ConvTranspose2d(coarse, fine, 4, 2, 1)


def apply(layer, x):
    """A layer on a batch, in which maps may lie flattened, channels first."""
    if isinstance(layer, nn.Linear):
        return layer(x.flatten(1))
    side = int((x[0].numel() // layer.in_channels) ** 0.5)
    return layer(x.reshape(len(x), layer.in_channels, side, side))


class Generator(nn.Module):
    def __init__(self, shapes):
        super().__init__()
        self.layers = nn.ModuleList([layer_of(shape) for shape in shapes])

    def forward(self, z, y):
        known = (y != NO_LABEL)[:, None]
        h = torch.cat([z, known * one_hot(y.clamp(min=0), GAME["classes"])], dim=1)
        for layer in self.layers[:-1]:
            h = torch.relu(apply(layer, h))
        return torch.tanh(apply(self.layers[-1], h)).flatten(1)


class Discriminator(nn.Module):
    """The projection of Miyato and Koyama (2018): b + (w + e_y) . h(x)."""

    def __init__(self, shapes):
        super().__init__()
        units = shapes[-1]["outputs"]
        self.layers = nn.ModuleList([layer_of(shape) for shape in shapes])
        self.w = nn.Parameter(torch.randn(1, units))
        self.e = nn.Parameter(torch.randn(GAME["classes"], units))
        self.b = nn.Parameter(torch.randn(1))

    def forward(self, x, y):
        for layer in self.layers:
            x = nn.functional.leaky_relu(apply(layer, x), 0.2)
        told = (y != NO_LABEL)[:, None] * self.e[y.clamp(min=0)]
        return self.b[0] + (x * (self.w + told)).sum(dim=1)


def flat(net):
    parts = [*in_engine(list(net.layers))]
    parts += [net.w, net.e, net.b] if isinstance(net, Discriminator) else []
    return torch.cat([part.detach().flatten() for part in parts])


def make_case(seed, pair, loss, **options):
    torch.manual_seed(seed)
    shapes = PAIRS[pair]
    G, D = Generator(shapes["layersG"]).double(), Discriminator(shapes["layersD"]).double()
    n = GAME["batch"]
    labels = torch.randint(GAME["classes"], (STEPS, n))
    if options.pop("unlabelled", False):
        labels.fill_(NO_LABEL)
    gamma, mismatch = options.pop("gamma", 0), options.pop("mismatch", False)
    batches = [
        {
            "real": torch.randn(n, PIXELS).float().tolist(),
            "z": torch.randn(n, GAME["z"]).float().tolist(),
            "labels": y.tolist(),
            "penalty": gamma if step % 4 == 0 else 0,
            **({"others": ((y + 1 + step % 2) % GAME["classes"]).tolist()} if mismatch else {}),
        }
        for step, y in enumerate(labels)
    ]
    weights = {"G": flat(G).float().tolist(), "D": flat(D).float().tolist()}
    game = {"shape": {**GAME, **shapes}, "loss": loss, "lr": 0.002, "joint": False}
    return {**game, **weights, "batches": batches, **options}, G, D


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


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", CASES)
def test_twelve_steps_agree_with_pytorch(node, pair, name):
    case, G, D = make_case(0, pair, **CASES[name])
    (ours,) = node("digits", [{**case, "engine": "simd"}])
    theirs = {"losses": torch.tensor(train_in_torch(case, G, D)), "G": flat(G), "D": flat(D)}
    for key, want in theirs.items():
        assert_close(torch.tensor(ours[key], dtype=torch.float64), want.double(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", CASES)
def test_webassembly_and_typescript_give_the_same_bits(node, pair, name):
    case, _, _ = make_case(1, pair, **CASES[name])
    simd, plain = node("digits", [{**case, "engine": engine} for engine in ("simd", "plain")])
    assert simd == plain
