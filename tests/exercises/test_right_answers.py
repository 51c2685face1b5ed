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
    "bce_with_logits": [
        "from torch.nn.functional import logsigmoid\ndef bce_with_logits(s, y):\n"
        "    return -(y * logsigmoid(s) + (1 - y) * logsigmoid(-s)).mean()",
        "import torch\ndef bce_with_logits(s, y):\n    zero = torch.zeros_like(s)\n"
        "    return torch.lerp(torch.logaddexp(zero, s), torch.logaddexp(zero, -s), y).mean()",
        "import torch\ndef bce_with_logits(s, y):\n    s = s.double()\n"
        "    return (torch.nn.functional.softplus(s) - s * y).mean()",
        "import torch\ndef bce_with_logits(s, y):\n    top = torch.maximum(s, torch.zeros_like(s))\n"
        "    return sum((top - s * y + torch.log1p(torch.exp(-abs(s)))).unbind()).squeeze() / len(s)",
    ],
    "d_star": [
        "def d_star(log_p, log_q):\n    return 1 / (1 + (log_q - log_p).exp())",
        "import torch\ndef d_star(log_p, log_q):\n    return torch.softmax(torch.stack([log_p, log_q]), dim=0)[0]",
        "import torch\ndef d_star(log_p, log_q):\n    return torch.exp(log_p - torch.logaddexp(log_p, log_q))",
        "from ganlab.divergences import optimal_discriminator as d_star",
        "import numpy as np, torch\nfrom scipy.special import expit\ndef d_star(log_p, log_q):\n"
        "    return torch.from_numpy(expit(log_p.numpy() - log_q.numpy()))",
    ],
    "density_ratio": [
        "import math\ndef density_ratio(s, r):\n    return (s - math.log(r) + math.log(1 - r)).exp()",
        "import torch\ndef density_ratio(s, r):\n    return (1 / r - 1) * torch.exp(s)",
        "import torch\ndef density_ratio(s, r):\n    d = s.double().sigmoid()\n"
        "    return d / (-s.double()).sigmoid() * (1 - r) / r",
        "import torch\ndef density_ratio(s, r):\n    return torch.exp(s - torch.logit(torch.tensor(r, dtype=s.dtype)))",
    ],
    "value": [
        "import math\ndef value(p_data, p_g, D):\n    total = 0.0\n"
        "    for p, q, d in zip(p_data.tolist(), p_g.tolist(), D.tolist()):\n"
        "        if p > 0:\n            total += p * math.log(d) if d > 0 else -math.inf\n"
        "        if q > 0:\n            total += q * math.log(1 - d) if d < 1 else -math.inf\n    return total",
        "from torch.special import xlog1py\nimport torch\ndef value(p_data, p_g, D):\n"
        "    return torch.xlogy(p_data, D).sum() + xlog1py(p_g, -D).sum()",
        "def value(p_data, p_g, D):\n    on_real, on_fake = p_data > 0, p_g > 0\n"
        "    return p_data[on_real] @ D[on_real].log() + p_g[on_fake] @ (1 - D)[on_fake].log()",
    ],
    "jsd": [
        "import torch\ndef jsd(p, q):\n    m = (p + q) / 2\n"
        "    def entropy(a):\n        return -torch.xlogy(a, a).sum()\n"
        "    return entropy(m) - (entropy(p) + entropy(q)) / 2",
        "from ganlab import divergences\ndef jsd(p, q):\n    return divergences.jsd(p.log(), q.log())",
        "from scipy.spatial.distance import jensenshannon\ndef jsd(p, q):\n"
        "    return float(jensenshannon(p.numpy(), q.numpy())) ** 2",
    ],
    "kl_both_ways": [
        "def kl_both_ways(log_p, log_q, real, fake):\n    def ratio(x):\n        return log_p(x) - log_q(x)\n"
        "    return ratio(real).mean(), -ratio(fake).mean()",
        "import torch\ndef kl_both_ways(log_p, log_q, real, fake):\n    with torch.no_grad():\n"
        "        one = sum(log_p(real) - log_q(real)) / len(real)\n"
        "        two = sum(log_q(fake) - log_p(fake)) / len(fake)\n    return [one.item(), two.item()]",
    ],
    "wrong_minimax": [
        "import torch\ndef counter_example(p_data, p_g, target):\n    D = torch.full_like(p_data, 0.5)\n"
        "    place = (p_g - p_data).argmax()\n"
        "    while (p_data * D.log() + p_g * (1 - D.log())).sum() < target:\n        D[place] /= 10\n    return D",
        "import torch\ndef counter_example(p_data, p_g, target):\n    gap = (p_g - p_data).clamp(min=0)\n"
        "    return torch.where(gap > 0, torch.exp((1 - target) / gap.sum()), 1.0).clamp(1e-300, 1 - 1e-12)",
        "import torch\ndef counter_example(p_data, p_g, target):\n"
        "    return torch.full_like(p_data, 0.999).masked_fill(p_g > p_data, 1e-300)",
    ],
    "nash_or_not": [
        "def is_nash(cost_g, cost_d, row, column):\n    for r in range(cost_g.shape[0]):\n"
        "        if cost_g[r, column] < cost_g[row, column]:\n            return False\n"
        "    for c in range(cost_d.shape[1]):\n        if cost_d[row, c] < cost_d[row, column]:\n"
        "            return False\n    return True",
        "def is_nash(g, d, i, j):\n    return (g[i, j] <= g[:, j]).all() & (d[i, j] <= d[i, :]).all()",
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
    "generator_losses": [
        "from torch.nn.functional import logsigmoid\ndef generator_losses(s):\n    n = s.numel()\n"
        "    return [(logsigmoid(-s).mean(), -s.sigmoid() / n), (-logsigmoid(s).mean(), (s.sigmoid() - 1) / n)]",
        "import torch\nfrom ganlab.losses import minimax_g, nonsaturating_g\ndef by_autograd(loss, s):\n"
        "    s = s.detach().clone().requires_grad_()\n    value = loss(s)\n"
        "    return value.detach(), torch.autograd.grad(value, s)[0]\ndef generator_losses(s):\n"
        "    return by_autograd(minimax_g, s), by_autograd(nonsaturating_g, s)",
    ],
    "label_code": [
        "outcome = {'D': 'fake', 'C': 'real', 'B': 'stay', 'A': 'fake'}",
        "outcome = ('Fake', 'Stay', 'Real ', 'Fake')",
    ],
    "smoothed_d_star": [
        "import torch\ndef smoothed_d_star(log_p, log_q, alpha, beta):\n"
        "    return beta + (alpha - beta) * torch.sigmoid(log_p - log_q)",
        "import torch\ndef smoothed_d_star(log_p, log_q, alpha, beta):\n"
        "    w = torch.softmax(torch.stack([log_p, log_q]), dim=0)\n    return alpha * w[0] + beta * w[1]",
    ],
    "starving": [
        "import math\nanswers = (-math.log(0.01), 0.99, -math.log(0.99), 0.01, 1e-2, 'd')",
        "import torch\nd = torch.tensor([0.99, 0.01]).double()\nloss = -torch.log1p(-d)\n"
        "answers = [loss[0], d[0], loss[1], d[1], d[1], 'D']",
    ],
    "nine_steps": ['order = "EBCGAFHDI"', 'order = tuple("BECGAFHDI")', 'order = "e, b, c, g, f, h, a, d, i"'],
    "game_jacobian": [
        "import torch\nfrom torch.func import grad, jacrev\ndef game_jacobian(g_loss, d_loss, theta, psi):\n"
        "    def field(x):\n        return torch.stack([-grad(g_loss, 0)(*x), -grad(d_loss, 1)(*x)])\n"
        "    return jacrev(field)(torch.stack([theta, psi]))",
    ],
    "critical_gamma": [
        "import cmath\ndef critical_gamma(J):\n    (a, b), (c, d) = J.tolist()\n"
        "    turn = cmath.sqrt((a - d) ** 2 + 4 * b * c).imag\n"
        "    return d - a + 2 * (-b * c) ** 0.5 if turn > 0 else 0",
    ],
    "swing_period": [
        "import numpy as np\ndef swing_period(J, h):\n    k = np.linalg.eigvals(J.numpy())\n    k = k[k.imag != 0]\n"
        "    return 2 * np.pi / abs(k[np.argmax(k.real)].imag) / h if len(k) else float('inf')",
    ],
    "who_moved_first": ['who = "G both D both"', 'who = ("g", "Both", "d", "both")'],
    "count_modes": [
        "import torch\ndef count_modes(x, modes, radius):\n    d = (x[:, None] - modes).norm(dim=2)\n"
        "    own = (d == d.min(dim=1, keepdim=True).values) & (d <= radius)\n"
        "    return (own.double().mean(dim=0) * len(modes) >= 0.25 - 1e-9).sum()",
        "from ganlab.metrics import mode_shares\ndef count_modes(samples, modes, radius):\n"
        "    shares = mode_shares(samples, modes, radius=radius)\n"
        "    return sum(4 * len(modes) * share > 1 - 1e-9 for share in shares.tolist())",
    ],
    "packed_d_loss": [
        "from ganlab.losses import nonsaturating_d\ndef packed_d_loss(D, real, fake, m):\n"
        "    return nonsaturating_d(*(D(x.reshape(-1, m * x.shape[1])) for x in (real, fake)))",
        "import torch\ndef packed_d_loss(D, real, fake, m):\n"
        "    packs = [torch.cat([x[i::m] for i in range(m)], dim=1) for x in (real, fake)]\n"
        "    return -torch.sigmoid(D(packs[0])).log().mean() - torch.sigmoid(-D(packs[1])).log().mean()",
    ],
    "four_runs": ["diagnoses = dict(A=3, B=2, C=1, D=4)", "diagnoses = dict(zip('DCBA', (4.0, 1, 2, 3)))"],
    "ring_patient": ["patient = dict(pack=4, d_steps=1)", "patient = {'pack': 8.0, 'd_steps': 1.0}"],
    "w1_1d": [
        "import torch\ndef w1_1d(x, y):\n    return (torch.msort(x) - torch.msort(y)).abs().sum() / len(x)",
        "from torch.nn.functional import l1_loss\ndef w1_1d(x, y):\n    return l1_loss(x.sort()[0], y.sort()[0])",
        "def w1_1d(x, y):\n    return (x[x.argsort()] - y[y.argsort()]).norm(p=1) / x.numel()",
        "from ganlab.divergences import wasserstein1 as w1_1d",
    ],
    "critic_report": [
        "from ganlab.losses import wasserstein_d, wasserstein_g\ndef critic_report(r, f):\n"
        "    d = wasserstein_d(r, f)\n    return d, wasserstein_g(f), -d.item()",
        "def critic_report(real, fake):\n    distance = real.sum() / len(real) - fake.sum() / len(fake)\n"
        "    return [-distance, -fake.sum() / len(fake), distance.detach()]",
    ],
    "gp_bugs": ["bugs = dict(A=3, B=5, C=1, D=4)", "bugs = dict(zip('DCBA', (4.0, 1.0, 5.0, 3.0)))"],
    "power_iteration": [
        "from torch.nn.functional import normalize\ndef power_iteration(weight, v, steps):\n"
        "    v = normalize(v, dim=0)\n    for _ in range(steps):\n"
        "        u = normalize(weight @ v, dim=0)\n        v = normalize(weight.T @ u, dim=0)\n"
        "    return float((weight @ v).norm())",
        "def power_iteration(weight, v, steps):\n    v = v / v.norm()\n    for _ in range(steps):\n"
        "        v = (v @ weight.T) @ weight\n        v = v / v.square().sum().sqrt()\n"
        "    return (weight @ v).square().sum().sqrt()",
    ],
    "conditional_round": [
        "from ganlab.steps import discriminator_step, generator_step\n"
        "def conditional_round(G, D, opt_g, opt_d, real, y, z):\n"
        "    told_g, told_d = (lambda z: G(z, y)), (lambda x: D(x, y))\n"
        "    d = discriminator_step(told_g, told_d, opt_d, real, z)\n"
        "    return d, generator_step(told_g, told_d, opt_g, z)",
        "import torch\nfrom torch.nn.functional import softplus\n"
        "def conditional_round(G, D, opt_g, opt_d, real, y, z):\n"
        "    with torch.no_grad():\n        fake = G(z, y)\n"
        "    s = D(torch.cat([real, fake]), torch.cat([y, y]))\n    n = len(real)\n"
        "    d = softplus(-s[:n]).mean() + softplus(s[n:]).mean()\n"
        "    D.zero_grad()\n    d.backward()\n    opt_d.step()\n"
        "    g = -D(G(z, y), y).sigmoid().log().mean()\n    opt_g.zero_grad()\n"
        "    g.backward()\n    opt_g.step()\n    return [d.item(), g.item()]",
    ],
    "label_bugs": ["bugs = dict(A=1, B=3, C=0, D=2)", "bugs = dict(zip('DCBA', (2.0, 0.0, 3.0, 1.0)))"],
    "straight_through": [
        "import torch\ndef straight_through(soft):\n    hard = torch.zeros_like(soft)\n"
        "    hard = hard.scatter(-1, soft.argmax(-1, keepdim=True), 1.0)\n    return (hard - soft).detach() + soft",
        "import torch\ndef straight_through(soft):\n    eye = torch.eye(soft.shape[-1], dtype=soft.dtype)\n"
        "    return eye[soft.max(dim=-1).indices] + (soft - soft.detach())",
    ],
    "invert": [
        "import torch\ndef invert(G, x, z, steps, rate):\n    z = z.clone().requires_grad_()\n"
        "    opt = torch.optim.SGD([z], lr=rate)\n    for _ in range(steps):\n        opt.zero_grad()\n"
        "        (G(z) - x).pow(2).sum().backward(inputs=[z])\n        opt.step()\n    return z.detach()",
        "from torch.nn.functional import mse_loss\nimport torch\ndef invert(G, x, z, steps, rate):\n"
        "    z = z.detach() + 0\n    for _ in range(steps):\n        z.requires_grad_(True)\n"
        "        loss = mse_loss(G(z), x, reduction='sum')\n"
        "        z = (z - rate * torch.autograd.grad(loss, [z])[0]).detach()\n    return z",
    ],
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
    "frechet": [
        "import torch\ndef frechet(mean_1, cov_1, mean_2, cov_2):\n"
        "    values, vectors = torch.linalg.eigh(cov_1)\n    root = vectors * values.clamp(min=0).sqrt() @ vectors.T\n"
        "    overlap = torch.linalg.eigvalsh(root @ cov_2 @ root).clamp(min=0).sqrt().sum()\n"
        "    return ((mean_1 - mean_2) ** 2).sum() + torch.trace(cov_1 + cov_2) - 2 * overlap",
        "import torch\ndef frechet(mean_1, cov_1, mean_2, cov_2):\n"
        "    roots = torch.linalg.eigvals(cov_1 @ cov_2) ** 0.5\n"
        "    return (mean_1 - mean_2).norm() ** 2 + (cov_1.diag() + cov_2.diag()).sum() - 2 * roots.real.sum()",
    ],
    "precision_recall": [
        "from ganlab import metrics\ndef precision_recall(real, fake, k):\n"
        "    return metrics.precision_recall(real, fake, k=k)"
        ".precision, metrics.precision_recall(real, fake, k=k).recall",
        "import torch\ndef share(own, points, k):\n"
        "    radius = torch.cdist(own, own).topk(k + 1, largest=False).values[:, -1]\n"
        "    return (torch.cdist(points, own) <= radius).any(1).double().mean().item()\n"
        "def precision_recall(real, fake, k):\n    return share(real, fake, k), share(fake, real, k)",
    ],
    "copies": [
        "import torch\ndef copies(training, others, fake):\n"
        "    a, b = torch.cdist(fake, training), torch.cdist(fake, others)\n"
        "    return a.argmin(1), (a.amin(1) < b.amin(1)).double().mean().item()",
    ],
    "honest_report": [
        'verdicts = dict(zip("ABCDE", (2, 0, 1, 3, 4)))',
    ],
    "smoothed_d_loss": [
        "import torch\nfrom torch.nn.functional import binary_cross_entropy_with_logits as bce\n"
        "def smoothed_d_loss(real_logits, fake_logits, target):\n"
        "    real = bce(real_logits, torch.full_like(real_logits, target))\n"
        "    return real + bce(fake_logits, torch.zeros_like(fake_logits))",
        "from torch.nn.functional import softplus\ndef smoothed_d_loss(real_logits, fake_logits, target):\n"
        "    return (softplus(real_logits) - target * real_logits).mean() + softplus(fake_logits).mean()",
        "from torch.nn.functional import logsigmoid\ndef smoothed_d_loss(s, t, label):\n"
        "    return -(label * logsigmoid(s) + (1 - label) * logsigmoid(-s)).mean() - logsigmoid(-t).mean()",
    ],
    "ema_update": [
        "import torch\ndef ema_update(average, G, decay):\n    with torch.no_grad():\n"
        "        for old, new in zip(average.parameters(), G.parameters()):\n"
        "            old.copy_(decay * old + (1 - decay) * new)\n"
        "        for old, new in zip(average.buffers(), G.buffers()):\n            old[...] = new\n    return average",
        "import torch\n@torch.no_grad()\ndef ema_update(average, G, decay):\n"
        "    for old, new in zip(average.parameters(), G.parameters()):\n        old.lerp_(new, 1 - decay)\n"
        "    for old, new in zip(average.buffers(), G.buffers()):\n        old.data = new.data.clone()\n"
        "    return average",
    ],
    "verdicts": [
        "import numpy as np\nfrom scipy import stats\ndef verdicts(log_ratios, level):\n"
        "    words = []\n    for row in np.asarray(log_ratios, dtype=float):\n"
        "        share = level / len(log_ratios)\n"
        "        low, high = stats.t.interval(1 - share, len(row) - 1, row.mean(), stats.sem(row))\n"
        "        words.append('helps' if high < 0 else 'harms' if low > 0 else 'undecided')\n    return words",
        "from scipy.stats import ttest_1samp\ndef verdicts(log_ratios, level):\n    words = []\n"
        "    for row in log_ratios:\n        test = ttest_1samp(row.numpy(), 0.0)\n"
        "        sure = test.pvalue < level / len(log_ratios)\n"
        "        words.append('undecided' if not sure else 'helps' if row.mean() < 0 else 'harms')\n"
        "    return tuple(words)",
    ],
    "fair_test": [
        'plan = dict(seeds="b", rates="c", length="b", measure="c", report="a")',
        'plan = dict(zip(["report", "measure", "length", "rates", "seeds"], "ACBCB"))',
    ],
    "euler_sampler": [
        "import torch\ndef euler_sampler(v, z, passes):\n    x = z.clone()\n"
        "    for t in torch.linspace(0, 1, passes + 1)[:-1]:\n"
        "        x += v(x, t.expand(len(x), 1)) / passes\n    return x",
        "import torch\ndef euler_sampler(v, z, passes):\n    def walk(x, step):\n        if step == passes:\n"
        "            return x\n        t = torch.ones(len(x), 1) * step / passes\n"
        "        return walk(torch.lerp(x, x + v(x, t), 1 / passes), step + 1)\n    return walk(z, 0)",
    ],
    "flow_matching_loss": [
        "import torch\ndef flow_matching_loss(v, x, z, t):\n"
        "    return torch.nn.functional.mse_loss(v(torch.lerp(z, x, t), t), x - z) * x.shape[1]",
        "def flow_matching_loss(v, x, z, t):\n    move = x - z\n"
        "    return ((move - v(z + t * move, t)) ** 2).sum() / len(x)",
    ],
    "detector_auc": [
        "from ganlab.metrics import membership\ndef detector_auc(real, fake):\n    return membership(real, fake).auc",
        "def detector_auc(real, fake):\n    won = [1.0 if r > f else 0.5 if r == f else 0.0\n"
        "           for r in real.tolist() for f in fake.tolist()]\n    return sum(won) / len(won)",
    ],
    "which_family": [
        "families = dict(A=5, B=1, C=4, D=2, E=3)",
        "families = dict(zip('EDCBA', (3.0, 2.0, 4.0, 1.0, 5.0)))",
    ],
    "clinic_error": [
        "from ganlab.losses import nonsaturating_d, nonsaturating_g\n"
        "def play_round(G, D, opt_g, opt_d, real, z):\n    opt_d.zero_grad()\n"
        "    d_loss = nonsaturating_d(D(real), D(G(z).detach()))\n    d_loss.backward()\n    opt_d.step()\n"
        "    opt_g.zero_grad()\n    g_loss = nonsaturating_g(D(G(z)))\n    g_loss.backward()\n    opt_g.step()\n"
        "    return float(d_loss), float(g_loss)",
    ],
    "clinic_wandering": [
        "import torch\ndef minibatches(data, n):\n    rows = torch.randperm(len(data))\n"
        "    return [data[rows[i : i + n]] for i in range(0, len(data), n)]",
        "from torch.utils.data import DataLoader\ndef minibatches(data, n):\n"
        "    return list(DataLoader(data, batch_size=n, shuffle=True))",
    ],
    "clinic_one_half": [
        "from torch.nn.functional import softplus\ndef loss_of_d(D, real, fake):\n"
        "    total = softplus(-D(real)).sum() + softplus(D(fake)).sum()\n    return total / (len(real) + len(fake))",
        "import torch\nfrom torch.nn.functional import binary_cross_entropy_with_logits as bce\n"
        "def loss_of_d(D, real, fake):\n    s = D(torch.cat([real, fake])).squeeze(1)\n    y = torch.zeros_like(s)\n"
        "    y[: len(real)] = 1\n    return bce(s, y)",
    ],
    "clinic_frozen": [
        "from ganlab.networks import mlp\ndef build_d():\n    return mlp([1, 64, 1])",
        "from torch import nn\ndef build_d():\n"
        "    layers = [nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 16), nn.SiLU()]\n"
        "    return nn.Sequential(*layers, nn.Linear(16, 1))",
    ],
    "clinic_misplaced": [
        "import torch\ndef standardise(x, data):\n    std, mean = torch.std_mean(data, dim=0)\n"
        "    return x / std - mean / std",
        "def standardise(x, data):\n    return x.sub(data.mean(0)).mul(data.var(0) ** -0.5)",
    ],
    "clinic_winner": [
        "from torch.optim import Adam\ndef optimisers(G, D):\n"
        "    return [Adam(list(net.parameters()), 2e-3, (0.5, 0.99)) for net in (G, D)]",
        "import torch\ndef optimisers(G, D):\n    options = {'lr': 2e-3, 'betas': (0.5, 0.99)}\n"
        "    opt_d = torch.optim.Adam([{'params': list(D.parameters())}], **options)\n"
        "    return torch.optim.Adam(G.parameters(), **options), opt_d",
    ],
    "clinic_knob": [
        "from ganlab.penalties import r1_penalty as r1",
        "import torch\ndef r1(D, real):\n    x = real.detach().clone().requires_grad_(True)\n    s = D(x)\n"
        "    slope = torch.autograd.grad(s, x, torch.ones_like(s), create_graph=True)[0]\n"
        "    return (slope**2).sum() / len(real)",
    ],
    "clinic_best": [
        "def keep_best(best, score, G):\n    if best is not None and best[0] <= score:\n        return best\n"
        "    return score, {name: value.clone() for name, value in G.state_dict().items()}",
        "import copy\ndef keep_best(best, score, G):\n    new = (score, copy.deepcopy(G).state_dict())\n"
        "    return new if best is None else min(best, new, key=lambda pair: pair[0])",
    ],
}
#: More ways: with NumPy, in loops, in double precision, as objects, and as other code bases write it.
MORE = {
    "posterior": [
        """
import numpy as np
import torch
def posterior(joint, x):
    row = joint.numpy()[x].astype(np.float64)
    return torch.from_numpy(row / row.sum())
""",
        """
import torch
def posterior(joint, x):
    p_y = joint.sum(dim=0)
    p_x_given_y = joint / p_y
    return p_x_given_y[x] * p_y / (p_x_given_y[x] @ p_y)
""",
        """
from torch.nn.functional import normalize
def posterior(joint, x):
    return normalize(joint, p=1, dim=1)[x]
""",
        """
def posterior(joint, x):
    row = joint[x].clone()
    row /= row.sum()
    return row
""",
        """
import torch
def posterior(joint, x):
    return joint[x].log().softmax(dim=0)
""",
        """
import torch
def posterior(joint, x):
    row = [joint[x, y].item() for y in range(joint.shape[1])]
    return torch.tensor([p / sum(row) for p in row])
""",
        """
import torch
def posterior(joint, x):
    return torch.nn.Parameter(joint[x] / joint[x].sum())
""",
    ],
    "sample_joint": [
        """
import numpy as np
import torch
def sample_joint(n, p_y, x_given_y):
    p = p_y.double().numpy()
    y = np.random.choice(len(p), size=n, p=p / p.sum())
    rows = x_given_y.double().numpy()
    x = [np.random.choice(rows.shape[1], p=rows[k] / rows[k].sum()) for k in y]
    return torch.tensor(np.array(x)), torch.from_numpy(y)
""",
        """
import torch
def sample_joint(n, p_y, x_given_y):
    y = (p_y.log() - torch.log(-torch.log(torch.rand(n, len(p_y))))).argmax(1)
    x = (x_given_y.log()[y] - torch.log(-torch.log(torch.rand(n, x_given_y.shape[1])))).argmax(1)
    return [x.int(), y.int()]
""",
        """
import torch
def sample_joint(n, p_y, x_given_y):
    y = torch.multinomial(p_y, n, True)
    x = torch.empty(n, dtype=torch.long)
    for k in range(len(p_y)):
        mine = y == k
        if mine.any():
            x[mine] = torch.multinomial(x_given_y[k], int(mine.sum()), replacement=True)
    return x, y
""",
        """
import random
import torch
def sample_joint(n, p_y, x_given_y):
    y = random.choices(range(len(p_y)), p_y.tolist(), k=n)
    x = [random.choices(range(x_given_y.shape[1]), x_given_y[k].tolist())[0] for k in y]
    return torch.tensor(x), torch.tensor(y)
""",
        """
import torch
def sample_joint(n, p_y, x_given_y):
    p_x = p_y @ x_given_y
    x = torch.multinomial(p_x, n, replacement=True)
    y_given_x = (p_y[:, None] * x_given_y / p_x).T
    return x, torch.multinomial(y_given_x[x], 1).flatten()
""",
    ],
    "pushforward_density": [
        """
import math
import torch
def pushforward_density(G, z):
    slope = torch.autograd.functional.jacobian(G, z).diagonal()
    return torch.exp(-z.square() / 2 - math.log(2 * math.pi) / 2 - slope.abs().log())
""",
        """
import torch
from torch.autograd.functional import jvp
def pushforward_density(G, z):
    _, slope = jvp(G, z, torch.ones_like(z))
    return torch.exp(torch.distributions.Normal(0.0, 1.0).log_prob(z)) / torch.sqrt(slope**2)
""",
        """
import numpy as np
import torch
def pushforward_density(G, z):
    h = 1e-5
    with torch.no_grad():
        slope = ((G(z + h) - G(z - h)) / (2 * h)).numpy()
    p = np.exp(-0.5 * z.numpy() ** 2) / np.sqrt(2 * np.pi)
    return torch.from_numpy(p / np.abs(slope))
""",
        """
import math
import torch
def pushforward_density(G, z):
    out = []
    for value in z:
        v = value.clone().requires_grad_()
        (slope,) = torch.autograd.grad(G(v), v)
        out.append(math.exp(-value.item() ** 2 / 2) / math.sqrt(2 * math.pi) / abs(slope.item()))
    return torch.tensor(out, dtype=z.dtype)
""",
    ],
    "feedback_step": [
        """
def feedback_step(mu, sigma, z, hint, lr):
    new_mu = mu + lr * hint(mu + sigma * z).mean()
    new_sigma = sigma + lr * (hint(mu + sigma * z) * z).mean()
    return new_mu, new_sigma
""",
        """
def feedback_step(mu, sigma, z, hint, lr):
    n, up, out = len(z), 0.0, 0.0
    for value in z:
        push = hint(mu + sigma * value)
        up, out = up + float(push), out + float(push * value)
    return mu + lr * up / n, sigma + lr * out / n
""",
        """
import numpy as np
import torch
def feedback_step(mu, sigma, z, hint, lr):
    push = hint(mu + sigma * z).numpy()
    return np.float64(mu + lr * push.mean()), np.float64(sigma + lr * np.dot(push, z.numpy()) / len(push))
""",
        """
import torch
def feedback_step(mu, sigma, z, hint, lr):
    push = hint(mu + sigma * z)
    design = torch.stack([torch.ones_like(z), z])
    return tuple(torch.tensor([mu, sigma], dtype=z.dtype) + lr * (design @ push) / len(z))
""",
        """
import torch
from torch import nn
def feedback_step(mu, sigma, z, hint, lr):
    mu, sigma = nn.Parameter(torch.tensor(float(mu))), nn.Parameter(torch.tensor(float(sigma)))
    opt = torch.optim.SGD([mu, sigma], lr=lr)
    x = mu + sigma * z
    (-(x * hint(x.detach())).mean()).backward()
    opt.step()
    return mu, sigma
""",
    ],
    "bce_with_logits": [
        """
import torch
def bce_with_logits(logits, labels):
    s = logits.double()
    both = torch.stack([torch.zeros_like(s), s])
    return (torch.logsumexp(both, dim=0) - labels * s).mean()
""",
        """
import torch
def bce_with_logits(logits, labels):
    wide = logits.double()
    sure = -torch.nn.functional.logsigmoid(wide), -torch.nn.functional.logsigmoid(-wide)
    return (labels * sure[0] + (1 - labels) * sure[1]).mean()
""",
        """
import torch
def bce_with_logits(logits, labels):
    def one(s, y):
        return torch.nn.functional.softplus(-s) * y + torch.nn.functional.softplus(s) * (1 - y)
    return torch.vmap(one)(logits, labels).mean()
""",
    ],
    "d_star": [
        """
import torch
def d_star(log_p_data, log_p_g):
    return torch.special.expit(torch.sub(log_p_data, log_p_g))
""",
        """
import torch
def d_star(log_p_data, log_p_g):
    top = torch.maximum(log_p_data, log_p_g)
    p, q = torch.exp(log_p_data - top), torch.exp(log_p_g - top)
    return p / (p + q)
""",
        """
import torch
def d_star(log_p_data, log_p_g):
    return (1 + torch.tanh((log_p_data - log_p_g) / 2)) / 2
""",
    ],
    "density_ratio": [
        """
import math
import torch
def density_ratio(logits, real_share):
    return torch.exp(logits - math.log(real_share / (1 - real_share)))
""",
        """
import torch
def density_ratio(logits, real_share):
    odds = real_share / (1 - real_share)
    return logits.exp().div(odds)
""",
    ],
    "value": [
        """
import numpy as np
import torch
def value(p_data, p_g, D):
    p, q, d = (t.numpy() for t in (p_data.detach(), p_g.detach(), D.detach()))
    with np.errstate(divide="ignore", invalid="ignore"):
        real = np.where(p > 0, p * np.log(d), 0.0)
        fake = np.where(q > 0, q * np.log1p(-d), 0.0)
    return real.sum() + fake.sum()
""",
        """
import torch
def value(p_data, p_g, D):
    log_real = torch.where(p_data > 0, D.log(), 0)
    log_fake = torch.where(p_g > 0, torch.log(1 - D), 0)
    return torch.dot(p_data, log_real) + torch.dot(p_g, log_fake)
""",
    ],
    "jsd": [
        """
import math
def jsd(p, q):
    total = 0.0
    for a, b in zip(p.tolist(), q.tolist()):
        m = (a + b) / 2
        total += (a * math.log(a / m) if a else 0) / 2 + (b * math.log(b / m) if b else 0) / 2
    return total
""",
        """
import torch
from torch.nn.functional import kl_div
def jsd(p, q):
    keep = p + q > 0
    p, q = p[keep], q[keep]
    log_m = ((p + q) / 2).log()
    return 0.5 * (kl_div(log_m, p, reduction="sum") + kl_div(log_m, q, reduction="sum"))
""",
        """
import torch
def jsd(p, q):
    best = torch.nan_to_num(p / (p + q), nan=0.5)
    return (torch.xlogy(p, best) + torch.xlogy(q, 1 - best)).sum() / 2 + torch.log(torch.tensor(2.0))
""",
    ],
    "kl_both_ways": [
        """
def kl_both_ways(log_p, log_q, real, fake):
    return log_p(real).mean() - log_q(real).mean(), log_q(fake).mean() - log_p(fake).mean()
""",
        """
def kl_both_ways(log_real, log_fake, x, y):
    def kl(log_a, log_b, samples):
        return float((log_a(samples) - log_b(samples)).sum()) / samples.numel()
    return kl(log_real, log_fake, x), kl(log_fake, log_real, y)
""",
    ],
    "wrong_minimax": [
        """
import math
import torch
def counter_example(p_data, p_g, target):
    gaps = (p_g - p_data).tolist()
    i = max(range(len(gaps)), key=gaps.__getitem__)
    D = [0.9] * len(gaps)
    rest = 1 + sum(-g * math.log(0.9) for j, g in enumerate(gaps) if j != i)
    D[i] = min(0.9, math.exp((rest - target) / gaps[i]))
    return torch.tensor(D, dtype=torch.float64)
""",
        """
import torch
def counter_example(p_data, p_g, target):
    s = torch.zeros_like(p_data)
    s[(p_data - p_g).argmin()] = -1.0
    while ((p_data - p_g) * torch.sigmoid(s).log()).sum() + 1 < target:
        s = 2 * s
    return s.sigmoid()
""",
    ],
    "nash_or_not": [
        """
import torch
def is_nash(cost_g, cost_d, row, column):
    regret_g = cost_g[row, column] - cost_g[:, column].amin()
    regret_d = cost_d[row, column] - cost_d[row, :].amin()
    return regret_g.item() == 0 and regret_d.item() == 0
""",
        """
def is_nash(cost_g, cost_d, row, column):
    mine = [float(c) for c in cost_g[:, column]]
    yours = [float(c) for c in cost_d[row]]
    return not any(c < mine[row] for c in mine) and not any(c < yours[column] for c in yours)
""",
    ],
    "d_loss": [
        """
import torch
def discriminator_loss(real_logits, fake_logits):
    losses = [torch.log1p(torch.exp(-s.abs())) + torch.relu(s) for s in (-real_logits, fake_logits)]
    return sum(loss.mean() for loss in losses)
""",
        """
import torch
from torch.nn.functional import softplus
def discriminator_loss(real_logits, fake_logits):
    total = 0.0
    for s in real_logits:
        total = total + softplus(-s) / len(real_logits)
    for s in fake_logits:
        total = total + softplus(s) / len(fake_logits)
    return total.squeeze()
""",
        """
from torch.nn.functional import softplus
def discriminator_loss(real_logits, fake_logits):
    real, fake = real_logits.double().flatten(), fake_logits.double().flatten()
    return softplus(-real).mean() + softplus(fake).mean()
""",
        """
import torch
def discriminator_loss(real_logits, fake_logits):
    bce = torch.nn.BCEWithLogitsLoss()
    return bce(real_logits, torch.ones(len(real_logits), 1)) + bce(fake_logits, torch.zeros(len(fake_logits), 1))
""",
        """
import torch
from torch.nn.functional import softplus
def discriminator_loss(real_logits, fake_logits):
    return (softplus(-real_logits) + softplus(fake_logits).T).mean()
""",
        """
import torch
from torch.nn.functional import cross_entropy
def discriminator_loss(real_logits, fake_logits):
    def half(s, label):
        two = torch.cat([torch.zeros_like(s), s], 1)
        return cross_entropy(two, torch.full((len(s),), label))
    return half(real_logits, 1) + half(fake_logits, 0)
""",
    ],
    "g_loss": [
        """
import torch
def generator_loss(fake_logits):
    return torch.logsumexp(torch.cat([torch.zeros_like(fake_logits), -fake_logits], 1), 1).mean()
""",
        """
from torch.nn.functional import softplus
def generator_loss(fake_logits):
    return (softplus(fake_logits.double()) - fake_logits.double()).mean()
""",
        """
from torch.nn.functional import softplus
def generator_loss(fake_logits):
    total = 0
    for s in fake_logits.flatten():
        total = total + softplus(-s)
    return total / fake_logits.numel()
""",
        """
import torch
def generator_loss(fake_logits, loss=torch.nn.BCEWithLogitsLoss()):
    return loss(fake_logits, torch.ones_like(fake_logits))
""",
        """
import torch
class Loss(torch.nn.Module):
    def forward(self, fake_logits):
        return torch.nn.functional.softplus(-fake_logits).mean()
generator_loss = Loss()
""",
    ],
    "train_step": [
        """
import numpy as np
import torch
from torch.nn.functional import softplus
def train_step(G, D, opt_g, opt_d, real):
    def noise():
        return torch.from_numpy(np.random.randn(real.shape[0], 1)).float()
    G.train(), D.train()
    losses = {}
    def d_closure():
        opt_d.zero_grad()
        losses["d"] = softplus(-D(real)).mean() + softplus(D(fake)).mean()
        losses["d"].backward()
        return losses["d"]
    def g_closure():
        opt_g.zero_grad()
        losses["g"] = softplus(-D(G(z))).mean()
        losses["g"].backward()
        return losses["g"]
    fake = G(noise()).detach()
    opt_d.step(d_closure)
    z = noise()
    opt_g.step(g_closure)
    return losses["d"].detach().numpy(), losses["g"].detach().numpy()
""",
        """
import torch
from ganlab.losses import nonsaturating_d, nonsaturating_g
def train_step(G, D, opt_g, opt_d, real):
    fake = G(torch.empty(len(real), 1).normal_())
    d_loss = nonsaturating_d(D(real), D(fake.detach()))
    opt_d.zero_grad(), opt_g.zero_grad()
    d_loss.backward()
    opt_d.step()
    opt_d.zero_grad(set_to_none=True)
    g_loss = nonsaturating_g(D(G(torch.randn(real.shape))))
    g_loss.backward()
    opt_g.step()
    opt_d.zero_grad()
    return d_loss.item(), g_loss.item()
""",
        """
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce
def train_step(netG, netD, optimizerG, optimizerD, data):
    b_size = data.size(0)
    netD.zero_grad()
    label = torch.full((b_size,), 1.0)
    errD_real = bce(netD(data).view(-1), label)
    errD_real.backward()
    noise = torch.randn(b_size, 1)
    fake = netG(noise)
    label.fill_(0.0)
    errD_fake = bce(netD(fake.detach()).view(-1), label)
    errD_fake.backward()
    errD = errD_real + errD_fake
    optimizerD.step()
    netG.zero_grad()
    label.fill_(1.0)
    fake = netG(torch.randn(b_size, 1))
    errG = bce(netD(fake).view(-1), label)
    errG.backward()
    optimizerG.step()
    return errD.item(), errG.item()
""",
        """
import torch
from ganlab.losses import nonsaturating_d, nonsaturating_g
def train_step(G, D, opt_g, opt_d, real):
    d_loss = nonsaturating_d(D(real), D(G(torch.randn(len(real), 1)).detach()))
    for p, g in zip(D.parameters(), torch.autograd.grad(d_loss, list(D.parameters()))):
        p.grad = g
    opt_d.step()
    g_loss = nonsaturating_g(D(G(torch.randn(len(real), 1))))
    for p, g in zip(G.parameters(), torch.autograd.grad(g_loss, list(G.parameters()))):
        p.grad = g
    opt_g.step()
    return d_loss.detach(), g_loss.detach()
""",
        """
import torch
from ganlab.losses import nonsaturating_d, nonsaturating_g
def train_step(G, D, opt_g, opt_d, real):
    losses = []
    for loss, opt in ((nonsaturating_d, opt_d), (nonsaturating_g, opt_g)):
        z = torch.distributions.Normal(0, 1).sample(real.shape)
        value = loss(D(real), D(G(z).detach())) if opt is opt_d else loss(D(G(z)))
        opt.zero_grad()
        value.backward()
        opt.step()
        losses.append(float(value))
    return losses
""",
    ],
    "generator_losses": [
        """
import numpy as np
def generator_losses(s):
    x = s.numpy()
    first = -np.logaddexp(0, x).mean(), -s.sigmoid() / len(s)
    return first, (np.logaddexp(0, -x).mean(), (s.sigmoid() - 1) / len(s))
""",
        """
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce
def generator_losses(s):
    slopes = torch.stack([-x.sigmoid() / len(s) for x in s])
    return (-bce(s, torch.zeros_like(s)), slopes), (bce(s, torch.ones_like(s)), -1 / len(s) - slopes)
""",
    ],
    "label_code": [
        """
answers = {"A": "fake", "B": "stay", "C": "real", "D": "fake"}
outcome = list(answers.values())
""",
    ],
    "smoothed_d_star": [
        """
import torch
def smoothed_d_star(log_p, log_q, alpha, beta):
    best = (log_p - torch.logaddexp(log_p, log_q)).exp()
    rest = (log_q - torch.logaddexp(log_p, log_q)).exp()
    return alpha * best + beta * rest
""",
        """
import torch
def smoothed_d_star(log_p, log_q, alpha, beta):
    return torch.lerp(torch.full_like(log_p, beta), torch.full_like(log_p, alpha), (log_p - log_q).sigmoid())
""",
    ],
    "starving": [
        """
from math import log
numbers = [round(-log(0.01), 2), 1 / (1 + 0.01 / 0.99), round(-log(0.99), 2), 1 / (1 + 0.99 / 0.01)]
answers = [*numbers, 0.01, "D"]
""",
    ],
    "nine_steps": [
        "order = ['E', 'F', 'C', 'H', 'B', 'G', 'A', 'D', 'I']",
        "order = list('ebcgfahdi')",
        "order = 'E B C G A F H D I'",
        "order = ('B', 'E', 'C', 'G', 'A', 'F', 'H', 'D', 'I')",
        "order = ' '.join('EBCGFHADI')",
    ],
    "game_jacobian": [
        """
import torch
def game_jacobian(g_loss, d_loss, theta, psi):
    t, p = theta.clone().requires_grad_(), psi.clone().requires_grad_()
    (g,) = torch.autograd.grad(-g_loss(t, p), t, create_graph=True)
    (d,) = torch.autograd.grad(-d_loss(t, p), p, create_graph=True)
    options = {"allow_unused": True, "materialize_grads": True, "retain_graph": True}
    rows = [torch.autograd.grad(v, (t, p), **options) for v in (g, d)]
    return torch.stack([torch.stack(row) for row in rows])
""",
        """
import torch
from torch.autograd.functional import hessian
def game_jacobian(g_loss, d_loss, theta, psi):
    (a, b), _ = hessian(g_loss, (theta, psi))
    _, (c, d) = hessian(d_loss, (theta, psi))
    return -torch.tensor([[a, b], [c, d]])
""",
        """
import torch
def game_jacobian(g_loss, d_loss, theta, psi, h=1e-4):
    def second(loss, i, j):
        e = torch.eye(2, dtype=torch.float64) * h
        x = torch.stack([theta, psi]).double()
        signs = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
        return sum(s * loss(*(x + a * e[i] + b * e[j])) for a, b, s in signs) / (4 * h * h)
    return -torch.stack([torch.stack([second(loss, i, j) for j in (0, 1)]) for i, loss in enumerate((g_loss, d_loss))])
""",
    ],
    "critical_gamma": [
        """
import torch
def critical_gamma(J):
    def turns(gamma):
        off = torch.tensor([[0.0, 0.0], [0.0, gamma]], dtype=J.dtype)
        return ((J - off)[0, 0] - (J - off)[1, 1]) ** 2 + 4 * J[0, 1] * J[1, 0] < -1e-12
    if not turns(0.0):
        return 0
    low, high = 0.0, 100.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if turns(middle) else (low, middle)
    return high
""",
        """
import numpy as np
def critical_gamma(J):
    J = J.numpy()
    b_c = J[0, 1] * J[1, 0]
    apart = J[0, 0] - J[1, 1]
    if b_c >= 0 or apart**2 + 4 * b_c >= 0:
        return 0
    return -apart + np.sqrt(-4 * b_c)
""",
    ],
    "swing_period": [
        """
import torch
def swing_period(J, step_size):
    best = None
    for k in torch.linalg.eigvals(J).tolist():
        if abs(k.imag) > 1e-12 and (best is None or k.real > best.real):
            best = k
    return float("inf") if best is None else 2 * torch.pi / abs(best.imag) / step_size
""",
        """
import torch
def swing_period(J, step_size):
    k = torch.linalg.eigvals(J)
    real = torch.where(k.imag.abs() > 0, k.real, -torch.inf)
    return 2 * torch.pi / step_size / k.imag[real.argmax()].abs()
""",
    ],
    "who_moved_first": ["who = ['G', 'BOTH', 'D', ' both ']", "who = 'G, both, D, both'"],
    "count_modes": [
        """
import torch
def count_modes(samples, modes, radius):
    kept = 0
    nearest = torch.cdist(samples, modes).argmin(1)
    for k, mode in enumerate(modes):
        good = (samples[nearest == k] - mode).norm(dim=1) <= radius
        kept += int(4 * good.sum() * len(modes) >= len(samples))
    return kept
""",
    ],
    "packed_d_loss": [
        """
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce
def packed_d_loss(D, real, fake, m):
    real, fake = (D(x.view(-1, m, x.shape[1]).flatten(1)) for x in (real, fake))
    return bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))
""",
    ],
    "four_runs": ["diagnoses = {'D': 4, 'C': 1, 'B': 2, 'A': 3}"],
    "ring_patient": ["patient = {'pack': 8, 'd_steps': 1}"],
    "w1_1d": [
        """
import torch
def w1_1d(x, y):
    points, place = torch.cat([x, y]).sort()
    surplus = torch.where(place < len(x), 1, -1).cumsum(0)[:-1].abs()
    return (surplus * points.diff()).sum() / len(x)
""",
        """
import torch
def w1_1d(x, y):
    pairs = torch.stack([torch.sort(x, descending=True)[0], torch.sort(y, descending=True)[0]])
    return pairs.diff(dim=0).abs().mean()
""",
        """
import torch
def w1_1d(x, y):
    return torch.nn.L1Loss(reduction="sum")(torch.sort(x).values, torch.sort(y).values) * (1 / x.numel())
""",
    ],
    "critic_report": [
        """
def critic_report(real_scores, fake_scores):
    d_loss = fake_scores.mean() - real_scores.mean()
    g_loss = -fake_scores.mean()
    return d_loss, g_loss, -d_loss
""",
        """
import torch
def critic_report(real_scores, fake_scores):
    real, fake = torch.mean(real_scores), torch.mean(fake_scores)
    return fake - real, fake.neg(), real - fake
""",
    ],
    "gp_bugs": ["bugs = {'D': 4, 'C': 1, 'B': 5, 'A': 3}", "bugs = dict(zip('ABCD', [3, 5, 1, 4]))"],
    "power_iteration": [
        """
import torch
def power_iteration(weight, v, steps):
    v = v / v.norm()
    for _ in range(steps):
        v = weight.T @ (weight @ v)
        v = v / v.norm()
    return (weight @ v).norm()
""",
        """
import torch
def power_iteration(weight, v, steps):
    square = weight.T @ weight
    for _ in range(steps):
        v = torch.mv(square, v / torch.linalg.vector_norm(v))
    v = v / torch.linalg.vector_norm(v)
    return torch.linalg.vector_norm(torch.mv(weight, v))
""",
    ],
    "conditional_round": [
        """
from torch.nn.functional import binary_cross_entropy_with_logits as bce, softplus
import torch
def conditional_round(G, D, opt_g, opt_d, real, y, z):
    real_logits, fake_logits = D(real, y), D(G(z, y).detach(), y)
    d_loss = bce(real_logits, torch.ones_like(real_logits)) + bce(fake_logits, torch.zeros_like(fake_logits))
    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()
    logits = D(G(z, y), y)
    g_loss = bce(logits, torch.ones_like(logits))
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
    return d_loss.detach(), g_loss.detach()
""",
    ],
    "label_bugs": ["bugs = {'D': 2, 'C': 0, 'B': 3, 'A': 1}", "bugs = dict(zip('ABCD', [1, 3, 0, 2]))"],
    "straight_through": [
        """
import torch
def straight_through(soft):
    index = soft.argmax(dim=-1)
    hard = torch.nn.functional.one_hot(index, num_classes=soft.size(-1)).to(soft.dtype)
    return hard.detach() + soft - soft.detach()
""",
    ],
    "invert": [
        """
import torch
def invert(G, x, z, steps, rate):
    z = z.clone().detach()
    for _ in range(steps):
        z.requires_grad_(True)
        loss = ((G(z) - x) ** 2).sum()
        grad = torch.autograd.grad(loss, z)[0]
        with torch.no_grad():
            z = z - rate * grad
    return z.detach()
""",
    ],
    "to_tanh_range": [
        """
def to_tanh_range(images):
    return images.float().div(255).mul(2).sub(1)
""",
        """
import torch
def to_tanh_range(images):
    x = images.to(torch.float32)
    x -= 127.5
    x /= 127.5
    return x
""",
        """
import numpy as np
import torch
def to_tanh_range(images):
    return torch.from_numpy(np.interp(images.numpy(), [0, 255], [-1, 1]).astype(np.float32))
""",
        """
def to_tanh_range(images):
    return (images.double() / 255 * 2 - 1).float()
""",
        """
from torchvision.transforms import Normalize
def to_tanh_range(images):
    return Normalize((0.5,), (0.5,))(images / 255)
""",
        """
from torchvision.transforms.v2.functional import normalize, to_dtype
from torch import float32
def to_tanh_range(images):
    return normalize(to_dtype(images, float32, scale=True), [0.5], [0.5])
""",
        """
import torch
def to_tanh_range(images):
    table = torch.tensor([2 * level / 255 - 1 for level in range(256)])
    return table[images.int()]
""",
    ],
    "transposed_conv_out": [
        """
def transposed_conv_out(size, kernel, stride, padding):
    last_stamp_begins = (size - 1) * stride
    return last_stamp_begins + kernel - 2 * padding
""",
        """
import numpy as np
def transposed_conv_out(size, kernel, stride, padding):
    line = np.zeros((size - 1) * stride + kernel)
    for i in range(size):
        line[i * stride : i * stride + kernel] += 1
    return len(line[padding : len(line) - padding])
""",
        """
import torch
def transposed_conv_out(size, kernel, stride, padding):
    return torch.tensor((size - 1) * stride + kernel - 2 * padding)
""",
        """
def transposed_conv_out(size, kernel, stride, padding):
    side = 1
    while (side + 2 * padding - kernel) / stride + 1 != size:
        side += 1
    return side
""",
    ],
    "conv_shapes": [
        "layers = [(7, 1, 0), (2, 2, 0), (2, 2, 0)]",
        "layers = [(7, 2, 0), (6, 2, 2), (8, 2, 3)]",
        "layers = [[11, 1, 2], [4, 2, 1], [4, 2, 1]]",
        """
dcgan = (4, 2, 1)
layers = ((7, 1, 0), dcgan, dcgan)
""",
    ],
    "discriminator_update": [
        """
import torch
from torch.nn.functional import softplus
def discriminator_update(G, D, opt_d, real, z):
    for p in G.parameters():
        p.requires_grad_(False)
    loss = softplus(-D(real)).mean() + softplus(D(G(z))).mean()
    for p in G.parameters():
        p.requires_grad_(True)
    D.zero_grad(set_to_none=False)
    loss.backward()
    opt_d.step()
    return loss
""",
        """
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce
def discriminator_update(G, D, opt_d, real, z):
    opt_d.zero_grad()
    d_real = bce(D(real), torch.ones(len(real), 1))
    d_real.backward()
    d_fake = bce(D(G(z).data), torch.zeros(len(z), 1))
    d_fake.backward()
    opt_d.step()
    return (d_real + d_fake).item()
""",
        """
import torch
from ganlab.losses import nonsaturating_d
def discriminator_update(G, D, opt_d, real, z):
    loss = nonsaturating_d(D(real), D(G(z)))
    gradients = torch.autograd.grad(loss, list(D.parameters()))
    for p, gradient in zip(D.parameters(), gradients):
        p.grad = gradient
    opt_d.step()
    return loss.detach().numpy()
""",
        """
import torch
from torch.nn.functional import softplus
def discriminator_update(G, D, opt_d, real, z):
    def closure():
        opt_d.zero_grad()
        s = D(torch.cat([real, G(z).detach()]))
        loss = softplus(-s[: len(real)]).mean() + softplus(s[len(real) :]).mean()
        loss.backward()
        return loss
    return opt_d.step(closure).item()
""",
        """
from ganlab.losses import nonsaturating_d
def discriminator_update(G, D, opt_d, real, z):
    loss = nonsaturating_d(D(real), D(G(z)))
    opt_d.zero_grad()
    loss.backward(inputs=list(D.parameters()))
    opt_d.step()
    return float(loss)
""",
    ],
    "collapse_alarm": [
        """
import torch
from torch.distributions import Categorical, kl_divergence
def collapse_alarm(labels, threshold):
    share = torch.bincount(labels, minlength=10) / len(labels)
    return kl_divergence(Categorical(share), Categorical(torch.ones(10))) > threshold
""",
        """
from collections import Counter
from math import log
def collapse_alarm(labels, threshold):
    n = len(labels)
    return sum(c / n * log(10 * c / n) for c in Counter(labels.tolist()).values()) > threshold
""",
        """
import math
import torch
def collapse_alarm(labels, threshold):
    share = torch.bincount(labels, minlength=10).double() / len(labels)
    entropy = torch.special.entr(share).sum()
    return (math.log(10) - entropy > threshold).item()
""",
        """
import torch
def collapse_alarm(labels, threshold):
    share = torch.nn.functional.one_hot(labels, 10).float().mean(0)
    return bool((share * (10 * share + 1e-12).log()).sum() > threshold)
""",
        """
import torch
def collapse_alarm(labels, threshold):
    counts = labels.unique(return_counts=True)[1].double()
    share = counts / counts.sum()
    return bool(torch.sum(share * torch.log(share / 0.1)) > threshold)
""",
        """
import torch
def collapse_alarm(labels, threshold):
    share = torch.histc(labels.float(), bins=10, min=0, max=9) / len(labels)
    share = share[share > 0]
    return (share @ share.log() + torch.tensor(10.0).log()).item() > threshold
""",
        """
import numpy as np
def collapse_alarm(labels, threshold):
    counts, _ = np.histogram(labels.numpy(), bins=np.arange(11))
    p = counts / counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nansum(p * np.log(p / 0.1)) > threshold
""",
    ],
    "frechet": [
        """
import numpy as np
def frechet(mean_1, cov_1, mean_2, cov_2):
    gap = mean_1.numpy() - mean_2.numpy()
    roots = np.sqrt(np.linalg.eigvals(cov_1.numpy() @ cov_2.numpy()).astype(complex)).real
    return float(gap @ gap + np.trace(cov_1.numpy()) + np.trace(cov_2.numpy()) - 2 * roots.sum())
""",
    ],
    "precision_recall": [
        """
import torch
def precision_recall(real, fake, k):
    def holds(own, point):
        return any((own - c).norm(dim=1).sort().values[k] >= (c - point).norm() for c in own)
    precision = sum(holds(real, x) for x in fake) / len(fake)
    return [precision, sum(holds(fake, x) for x in real) / len(real)]
""",
    ],
    "copies": [
        """
import torch
def copies(training, others, fake):
    rows, hits = [], 0
    for x in fake:
        near = (training - x).square().sum(1)
        rows.append(near.argmin().item())
        hits += bool(near.min() < (others - x).square().sum(1).min())
    return torch.tensor(rows), hits / len(fake)
""",
    ],
    "honest_report": ['import torch\nverdicts = {k: torch.tensor(v) for k, v in zip("ABCDE", (2, 0, 1, 3, 4))}'],
    "smoothed_d_loss": [
        """
import torch
def smoothed_d_loss(real_logits, fake_logits, target):
    zero = torch.zeros_like(real_logits)
    log_d, log_not_d = -torch.logaddexp(zero, -real_logits), -torch.logaddexp(zero, real_logits)
    real = -(target * log_d + (1 - target) * log_not_d).sum() / len(real_logits)
    return real + torch.logaddexp(torch.zeros_like(fake_logits), fake_logits).mean()
""",
        """
from torch import nn
import torch
def smoothed_d_loss(real_logits, fake_logits, target):
    loss = nn.BCEWithLogitsLoss()
    labels = target * torch.ones_like(real_logits)
    return loss(real_logits, labels) + loss(fake_logits, 0 * labels[:1].expand_as(fake_logits))
""",
    ],
    "ema_update": [
        """
import torch
def ema_update(average, G, decay):
    target, values = average.state_dict(), G.state_dict()
    learned = {name for name, _ in G.named_parameters()}
    for name, value in values.items():
        mixed = decay * target[name] + (1 - decay) * value if name in learned else value
        target[name].copy_(mixed)
    return average
""",
        """
def ema_update(average, G, decay):
    for old, new in zip(average.parameters(), G.parameters()):
        old.data = decay * old.data + (1 - decay) * new.data
    for (name, old), new in zip(average.named_buffers(), G.buffers()):
        old.data.copy_(new.data)
    return average
""",
    ],
    "verdicts": [
        """
import torch
from scipy.stats import t
def verdicts(log_ratios, level):
    tricks, seeds = log_ratios.shape
    z = log_ratios.mean(1) / (log_ratios.var(1) / seeds) ** 0.5
    edge = -t.ppf(level / (2 * tricks), df=seeds - 1)
    return [{-1: "helps", 0: "undecided", 1: "harms"}[int(x.sign()) if abs(x) > edge else 0] for x in z]
""",
    ],
    "fair_test": [
        """
plan = {}
plan["seeds"], plan["rates"], plan["length"] = "B", "C", "B"
plan.update(measure="C", report="A")
""",
    ],
    "euler_sampler": [
        """
import torch
def euler_sampler(v, z, passes):
    steps = torch.arange(passes) / passes
    for time in steps.tolist():
        z = z + v(z, torch.full_like(z[:, :1], time)) / passes
    return z
""",
        """
import torch
def euler_sampler(v, z, passes):
    x, t = z, torch.zeros(len(z), 1)
    while t[0] < 1 - 0.5 / passes:
        x, t = x + v(x, t) / passes, t + 1 / passes
    return x
""",
    ],
    "flow_matching_loss": [
        """
import torch
def flow_matching_loss(v, x, z, t):
    target = torch.sub(x, z)
    found = v(x - (1 - t) * target, t)
    return torch.linalg.vector_norm(found - target, dim=1).pow(2).mean()
""",
        """
def flow_matching_loss(v, x, z, t):
    found = v((1 - t) * z + t * x, t)
    return sum(((f - (a - b)) ** 2).sum() for f, a, b in zip(found, x, z)) / len(x)
""",
    ],
    "detector_auc": [
        """
import torch
def detector_auc(real, fake):
    return ((torch.sign(real[:, None] - fake[None, :]) + 1) / 2).mean()
""",
        """
import numpy as np
from scipy.stats import rankdata
def detector_auc(real, fake):
    ranks = rankdata(np.concatenate([real.numpy(), fake.numpy()]))[: len(real)]
    return (ranks.sum() - len(real) * (len(real) + 1) / 2) / (len(real) * len(fake))
""",
        """
from sklearn.metrics import roc_auc_score
def detector_auc(real, fake):
    return roc_auc_score([1] * len(real) + [0] * len(fake), real.tolist() + fake.tolist())
""",
    ],
    "which_family": ["families = {'E': 3, 'D': 2, 'C': 4, 'B': 1, 'A': 5}"],
    "clinic_error": [
        """
import torch
from torch.nn.functional import softplus
def play_round(G, D, opt_g, opt_d, real, z):
    with torch.no_grad():
        fake = G(z)
    def closure():
        opt_d.zero_grad()
        loss = softplus(-D(real)).mean() + softplus(D(fake)).mean()
        loss.backward()
        return loss
    d_loss = opt_d.step(closure)
    g_loss = softplus(-D(G(z))).mean()
    opt_g.zero_grad()
    g_loss.backward(inputs=list(G.parameters()))
    opt_g.step()
    return d_loss.detach(), g_loss.detach()
""",
        """
from torch.nn.functional import softplus
def play_round(G, D, opt_g, opt_d, real, z):
    fake = G(z)
    losses = []
    for opt, loss in (
        (opt_d, lambda: softplus(-D(real)).mean() + softplus(D(fake.detach())).mean()),
        (opt_g, lambda: softplus(-D(fake)).mean()),
    ):
        opt.zero_grad()
        losses.append(loss())
        losses[-1].backward()
        opt.step()
    return losses
""",
    ],
    "clinic_wandering": [
        """
import random
import torch
def minibatches(data, n):
    rows = list(range(len(data)))
    random.shuffle(rows)
    return [torch.stack([data[i] for i in rows[k:k + n]]) for k in range(0, len(rows), n)]
""",
        """
import torch
def minibatches(data, n):
    return data[torch.rand(len(data)).argsort()].split(n)
""",
    ],
    "clinic_one_half": [
        """
import torch
from torch.nn.functional import softplus
def loss_of_d(D, real, fake):
    return torch.cat([softplus(-D(real)), softplus(D(fake))]).mean()
""",
        """
import torch
def loss_of_d(D, real, fake):
    s = D(torch.cat([real, fake]))
    sign = torch.ones_like(s)
    sign[: len(real)] = -1
    return torch.logaddexp(torch.zeros_like(s), sign * s).mean()
""",
    ],
    "clinic_frozen": [
        """
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(1, 24), nn.Linear(24, 1)
    def forward(self, x):
        return self.out(self.hidden(x).relu())
def build_d():
    return Net()
""",
    ],
    "clinic_misplaced": [
        """
import numpy as np
import torch
def standardise(x, data):
    table = data.detach().numpy()
    return (x - torch.from_numpy(table.mean(0))) / torch.from_numpy(table.std(0, ddof=1))
""",
        """
def standardise(x, data):
    centred = data - data.sum(dim=0) / len(data)
    return (x - data.sum(dim=0) / len(data)) / centred.square().mean(dim=0).sqrt()
""",
    ],
    "clinic_winner": [
        """
from functools import partial
from torch.optim import Adam
def optimisers(G, D):
    make = partial(Adam, lr=0.002, betas=(0.5, 0.99))
    opt_d = make(D.parameters())
    opt_g = make(G.parameters())
    return opt_g, opt_d
""",
    ],
    "clinic_knob": [
        """
import torch
from torch.func import grad, vmap
def r1(D, real):
    slope = vmap(grad(lambda x: D(x[None]).squeeze()))(real)
    return slope.flatten(1).pow(2).sum(1).mean()
""",
        """
import torch
def r1(D, real):
    x = real.clone().requires_grad_()
    slopes = [torch.autograd.grad(s.squeeze(), x, create_graph=True)[0] for s in D(x)]
    return sum(slope.square().sum() for slope in slopes) / len(real)
""",
    ],
    "clinic_best": [
        """
import io
import torch
def keep_best(best, score, G):
    if best is not None and not score < best[0]:
        return best
    file = io.BytesIO()
    torch.save(G.state_dict(), file)
    file.seek(0)
    return score, torch.load(file)
""",
    ],
}
ANSWERS = [(name, source) for answers in (RIGHT, MORE) for name in answers for source in answers[name]]
LONG = "patient = dict(pack=4, d_steps=1)"  # it trains for seconds, where the other cures train as the reference does
SEEDS = 3


def tries():
    """Yield each answer with each seed; all but one of them, in turn, are left to `pytest -m slow`."""
    for i, (name, source) in enumerate(ANSWERS):
        for seed in range(SEEDS):
            marks = [pytest.mark.slow] * (seed != i % SEEDS or source == LONG)
            yield pytest.param(name, source, seed, marks=marks, id=f"{seed}-{name}-{i}")


def test_every_exercise_has_other_right_answers():
    assert set(RIGHT) == set(MORE) == set(exercises.EXERCISES)


@pytest.mark.parametrize(("name", "source", "seed"), list(tries()))
def test_other_right_answer_passes(name, source, seed):
    exercise = exercises.load(name)
    report = exercise.run(*exercise.solve(source), seed=seed)
    assert report.status == "passed", checks.describe(report)
