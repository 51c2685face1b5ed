"""A right answer may look different from the reference: other ways to write each exercise pass too."""

import pytest

from ganlab import checks, exercises

TRAIN_HEAD = "import torch\nfrom torch.nn.functional import softplus\ndef train_step(G, D, opt_g, opt_d, real):\n"
RIGHT = {
    "posterior": [
        "def posterior(joint, x):\n    return joint[x, :] / joint.sum(dim=1)[x]",
        "def posterior(joint, x):\n    p = joint / joint.sum()\n    return (p.T / p.sum(1)).T[x]",
        "import torch\ndef posterior(joint, x):\n    return torch.stack([p / sum(joint[x]) for p in joint[x]])",
        "def posterior(table, k):\n    row = table[k].double()\n    return row / row.sum()",
    ],
    "sample_joint": [
        "from torch.distributions import Categorical as C\ndef sample_joint(n, p_y, x_given_y):\n"
        "    y = C(p_y).sample((n,))\n    return C(x_given_y[y]).sample(), y",
        "import torch\ndef sample_joint(n, p_y, x_given_y):\n    joint = p_y[:, None] * x_given_y\n"
        "    k = torch.multinomial(joint.flatten(), n, replacement=True)\n"
        "    return k % joint.shape[1], k // joint.shape[1]",
        "import torch\ndef sample_joint(n, p_y, x_given_y):\n"
        "    y = [torch.multinomial(p_y, 1).item() for _ in range(n)]\n"
        "    x = [torch.multinomial(x_given_y[k], 1).item() for k in y]\n    return torch.tensor(x), torch.tensor(y)",
        "import torch\ndef sample_joint(n, p_y, x_given_y):\n    y = (torch.rand(n, 1) > p_y.cumsum(0)[:-1]).sum(1)\n"
        "    x = (torch.rand(n, 1) > x_given_y[y].cumsum(1)[:, :-1]).sum(1)\n    return x, y",
    ],
    "pushforward_density": [
        "import torch\ndef pushforward_density(G, z):\n    slope = (G(z + 1e-4) - G(z - 1e-4)) / 2e-4\n"
        "    return torch.distributions.Normal(0, 1).log_prob(z).exp() / slope.abs()",
        "import torch\nfrom torch.func import grad, vmap\ndef pushforward_density(G, z):\n"
        "    return torch.exp(-0.5 * z * z) * 0.3989422804 / vmap(grad(G))(z).abs()",
        "import torch, math\ndef pushforward_density(G, z):\n    z = z.detach().clone()\n    z.requires_grad = True\n"
        "    x = G(z)\n    x.backward(torch.ones_like(x), inputs=[z])\n"
        "    return torch.exp(-z**2 / 2) / (2 * math.pi) ** 0.5 / z.grad.abs()",
    ],
    "feedback_step": [
        "def feedback_step(mu, sigma, z, hint, lr):\n    push = hint(mu + sigma * z)\n"
        "    return (mu + lr * push.mean()).item(), (sigma + lr * (push * z).mean()).item()",
        "import torch\ndef feedback_step(mu, sigma, z, hint, lr):\n"
        "    mu, sigma = (torch.tensor(float(v), requires_grad=True) for v in (mu, sigma))\n"
        "    x = mu + sigma * z\n    x.backward(hint(x.detach()) / len(z))\n"
        "    return [(v + lr * v.grad).detach() for v in (mu, sigma)]",
    ],
    "d_loss": [
        "import torch\nfrom torch.nn.functional import binary_cross_entropy_with_logits as bce\n"
        "def discriminator_loss(r, f):\n    return bce(r, torch.ones_like(r)) + bce(f, torch.zeros_like(f))",
        "from torch.nn.functional import logsigmoid\n"
        "def discriminator_loss(real, fake):\n    return -(logsigmoid(real).mean() + logsigmoid(-fake).mean())",
        "import torch\ndef discriminator_loss(real, fake):\n    zero = torch.tensor(0.0)\n"
        "    return torch.logaddexp(zero, -real).mean() + torch.logaddexp(zero, fake).mean()",
        "from ganlab.losses import nonsaturating_d as discriminator_loss",
    ],
    "g_loss": [
        "import torch\nfrom torch.nn.functional import binary_cross_entropy_with_logits as bce\n"
        "def generator_loss(f):\n    return bce(f, torch.ones_like(f))",
        "from torch.nn.functional import logsigmoid\ndef generator_loss(f):\n    return -logsigmoid(f).sum() / len(f)",
        "from ganlab.losses import nonsaturating_g as generator_loss",
    ],
    "train_step": [
        TRAIN_HEAD + "    with torch.no_grad():\n        fake = G(torch.randn_like(real))\n"
        "    opt_d.zero_grad()\n    softplus(-D(real)).mean().backward()\n    loss = softplus(-D(real)).mean().item()\n"
        "    other = softplus(D(fake)).mean()\n    other.backward()\n    opt_d.step()\n"
        "    opt_g.zero_grad()\n    g = softplus(-D(G(torch.randn_like(real)))).mean()\n"
        "    g.backward()\n    opt_g.step()\n"
        "    return loss + other.item(), g.item()",
        TRAIN_HEAD + "    n = len(real)\n    z1, z2 = torch.normal(0, 1, (2, n, 1))\n"
        "    s = D(torch.cat([real, G(z1).detach()]))\n    d = softplus(-s[:n]).mean() + softplus(s[n:]).mean()\n"
        "    opt_d.zero_grad(set_to_none=False)\n    d.backward()\n    opt_d.step()\n"
        "    for p in D.parameters():\n        p.requires_grad_(False)\n    g = softplus(-D(G(z2))).mean()\n"
        "    opt_g.zero_grad(set_to_none=False)\n    g.backward()\n    opt_g.step()\n"
        "    for p in D.parameters():\n        p.requires_grad_(True)\n    return [d, g]",
        "import torch\nfrom ganlab.steps import discriminator_step, generator_step\n"
        "def train_step(G, D, opt_g, opt_d, real):\n"
        "    d = discriminator_step(G, D, opt_d, real, torch.randn(len(real), 1))\n"
        "    return d, generator_step(G, D, opt_g, torch.randn(len(real), 1))",
    ],
    "nine_steps": ['order = "EBCGAFHDI"', 'order = tuple("BECGAFHDI")', 'order = "e, b, c, g, f, h, a, d, i"'],
    "to_tanh_range": [
        "def to_tanh_range(images):\n    return (images / 255 - 0.5) / 0.5",
        "import torch\ndef to_tanh_range(x):\n"
        "    return torch.lerp(torch.tensor(-1.0), torch.tensor(1.0), x.float() / 255)",
        "import torch\ndef to_tanh_range(x):\n    return torch.linspace(-1, 1, 256)[x.long()]",
        "import torch\ndef to_tanh_range(x):\n    return torch.from_numpy(x.numpy() / 127.5 - 1).float()",
    ],
    "transposed_conv_out": [
        "import torch\ndef transposed_conv_out(size, kernel, stride, padding):\n"
        "    layer = torch.nn.ConvTranspose2d(1, 1, kernel, stride, padding)\n"
        "    return layer(torch.zeros(1, 1, size, size)).shape[2]",
        "def transposed_conv_out(n, k, s, p):\n    return float(n * s - s + k - p - p)",
    ],
    "conv_shapes": [
        "layers = ((7, 1, 0), (2, 2, 0), (6, 2, 2))",
        "layers = [[7, 3, 0], [8, 1, 0], [15, 1, 0]]",
        "layers = [(9, 1, 1), (4, 2, 1), (4, 2, 1)]",
    ],
    "discriminator_update": [
        "import torch\nfrom torch.nn.functional import softplus\ndef discriminator_update(G, D, opt_d, real, z):\n"
        "    with torch.no_grad():\n        fake = G(z)\n    opt_d.zero_grad()\n"
        "    loss = softplus(-D(real)).mean() + softplus(D(fake)).mean()\n    loss.backward()\n    opt_d.step()\n"
        "    return loss.item()",
        "from ganlab.steps import discriminator_step as discriminator_update",
    ],
    "collapse_alarm": [
        "import math\ndef collapse_alarm(labels, threshold):\n    n, kl = len(labels), 0.0\n"
        "    for c in range(10):\n        p = (labels == c).sum().item() / n\n"
        "        if p > 0:\n            kl += p * math.log(p / 0.1)\n    return kl > threshold",
        "import torch\nfrom torch.nn.functional import kl_div\ndef collapse_alarm(labels, threshold):\n"
        "    share = torch.bincount(labels, minlength=10) / len(labels)\n"
        "    return kl_div(torch.full((10,), 0.1).log(), share, reduction='sum') > threshold",
        "import numpy as np\ndef collapse_alarm(labels, threshold):\n"
        "    p = np.bincount(labels.numpy(), minlength=10) / len(labels)\n    p = p[p > 0]\n"
        "    return (p * np.log(10 * p)).sum() > threshold",
    ],
}
ANSWERS = [(name, i) for name in RIGHT for i in range(len(RIGHT[name]))]


def test_every_exercise_has_other_right_answers():
    assert set(RIGHT) == set(exercises.EXERCISES)


@pytest.mark.parametrize(("name", "i"), ANSWERS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_other_right_answer_passes(name, i, seed):
    exercise = exercises.load(name)
    report = exercise.run(*exercise.solve(RIGHT[name][i]), seed=seed)
    assert report.status == "passed", checks.describe(report)
