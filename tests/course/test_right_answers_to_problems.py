"""A right answer to a problem may look different from the reference: other ways to write it pass too."""

import re

import pytest

from ganlab import checks
from ganlab.checks.report import PASSED
from ganlab.course.assignments import task
from ganlab.course.variants import Draw

#: For each problem: where its drawn values are found in the text, and another answer that uses them.
RIGHT = {
    "second_world": (
        r"is exactly \*\*([\d.]+)\*\*",
        "import torch\ndef second_world(joint):\n    p = joint.sum(1)\n    r = joint[:, 1] / p\n"
        "    low, high = -200, 200\n    for _ in range(200):\n        tilt = (low + high) / 2\n"
        "        w = p * torch.exp(tilt * (r - r.mean()))\n"
        "        w = w / w.sum()\n        low, high = (tilt, high) if (w * r).sum() < {0} else (low, tilt)\n"
        "    return torch.stack([w * (1 - r), w * r], 1)",
    ),
    "moved": (
        r"p\(y = 1\)\$, is \*\*([\d.]+)\*\*(?s:.*)label 1 is\s+\*\*([\d.]+)\*\*",
        "import torch\ndef moved(r):\n    shift = torch.logit(torch.tensor([{0}, {1}], dtype=r.dtype)).diff()\n"
        "    return torch.sigmoid(torch.logit(r) + shift)",
    ),
    "calls": (
        r"mean \*\*(-?\d+)\*\* and standard deviation \*\*([\d.]+)",
        "import math\ndef calls(mu, lr, distance):\n    gap, f = abs(mu - ({0})), abs(1 - lr / {1}**2)\n"
        "    if gap < distance or f >= 1:\n        return 0 if gap < distance else math.inf\n"
        "    if f == 0:\n        return 1\n"
        "    return math.floor(math.log(distance / gap) / math.log(f) + 1e-12) + 1",
    ),
    "answered": (
        r"distribution, \*\*(\d+) %",
        "import numpy as np\nfrom statistics import NormalDist\ndef answered(path):\n    d = np.diff(path.numpy())\n"
        "    bound = NormalDist().inv_cdf(1 - {0} / 200)\n    return (d.sum() ** 2) > bound**2 * (d**2).sum()",
    ),
    "unseen_share": (
        r"above \*\*(-?[\d.]+)\*\*",
        "import torch\ndef unseen_share(x, s):\n    w = (s - s.max()).exp()\n    w /= w.sum()\n"
        "    return sum(a for a, b in zip(w.tolist(), x.tolist()) if b > {0}), w.max()",
    ),
    "wrong_bins": (
        r"\*\*at least (\d+)\*\*(?s:.*)more than \*\*([\d.]+)\*\*",
        "import torch, math\ndef wrong_bins(real, fake, s):\n    n, m, out = int(real.sum()), int(fake.sum()), []\n"
        "    for A, B, logit in zip(real.tolist(), fake.tolist(), s.tolist()):\n        if min(A, B) < {0}:\n"
        "            out.append(False)\n            continue\n        sd = math.sqrt(1 / A - 1 / n + 1 / B - 1 / m)\n"
        "        out.append(abs(math.log(A * m / (B * n)) - logit) / sd > {1})\n    return torch.tensor(out)",
    ),
    "cycle_length": (
        r"chooses\s+a\s+\*\*(\w+)\*\*(?s:.*)what\s+\*\*\$D\$ (\w+)\*\*",
        "def cycle_length(table, start):\n    V = table if '{0}' == 'row' else table.T\n"
        "    V = (V if '{1}' == 'wins' else -V).tolist()\n    when, row, n = {{}}, start, 0\n"
        "    while row not in when:\n        when[row], n = n, n + 1\n        col = V[row].index(max(V[row]))\n"
        "        column = [line[col] for line in V]\n        row = column.index(min(column))\n    return n - when[row]",
    ),
    "jsd_curve": (
        r"but \*\*the (\w+) of the two halves.*?(bits|10)",
        "import torch, math\ndef jsd_curve(loss):\n    nats = loss * (2 if '{0}' == 'mean' else 1)\n"
        "    nats = nats * math.log(2 if '{1}' == 'bits' else 10)\n    out = math.log(2) - nats / 2\n"
        "    out[(nats < 0) | (nats > 2 * math.log(2))] = float('nan')\n    return out",
    ),
    "who_counts": (
        r"at\s+least \*\*(\d+) %(?s:.*)for the \*\*([\w-]+)\*\* loss, then for the \*\*([\w-]+)\*\*",
        "import numpy as np\ndef who_counts(s):\n    s, out = s.double().numpy(), []\n    for name in ('{1}', '{2}'):\n"
        "        log = {{'minimax': -np.logaddexp(0, -s), 'non-saturating': -np.logaddexp(0, s)}}.get(name, s)\n"
        "        w = np.sort(np.exp(log - log.max()))[::-1]\n"
        "        out.append(int(np.argmax(np.cumsum(w) >= {0} / 100 * w.sum())) + 1)\n    return out",
    ),
    "label_used": (
        r"was \*\*([\d.]+)\*\*(?s:.*)contains \*\*the (\w+) of",
        "import math\nfrom scipy.optimize import brentq\ndef label_used(loss):\n    def cost(a):\n"
        "        D = (a + {0}) / 2\n"
        "        both = -sum(y * math.log(D) + (1 - y) * math.log(1 - D) for y in (a, {0}))\n"
        "        return both / (2 if '{1}' == 'mean' else 1) - loss\n    return brentq(cost, 1e-6, 1 - {0})",
    ),
    "verdict": (
        r"at most \*\*([\d.]+)\*\*",
        "import numpy as np\nfrom scipy.stats import binomtest\ndef verdict(a, b):\n"
        "    a, b = (np.nan_to_num(v.numpy(), nan=np.inf, posinf=np.inf) for v in (a, b))\n"
        "    w, n = int((a < b).sum()), int((a != b).sum())\n    if n == 0 or binomtest(w, n).pvalue > {0}:\n"
        "        return 'undecided'\n    return 'A' if 2 * w > n else 'B'",
    ),
    "by_hand": (
        r"of \$D\$ is \*\*([\d.]+)\*\* and that of \$G\$ \*\*([\d.]+)\*\*",
        "import torch\nfrom torch.nn.functional import softplus\ndef one_round(mu, sigma, w, b, real, z_d, z_g):\n"
        "    mu, sigma, w, b = (v.detach().clone().requires_grad_() for v in (mu, sigma, w, b))\n"
        "    loss = softplus(-w * real - b).mean() + softplus(w * (mu + sigma * z_d).detach() + b).mean()\n"
        "    w, b = (v - {0} * g for v, g in zip((w, b), torch.autograd.grad(loss, (w, b))))\n"
        "    loss = softplus(-w * (mu + sigma * z_g) - b).mean()\n"
        "    mu, sigma = (v - {1} * g for v, g in zip((mu, sigma), torch.autograd.grad(loss, (mu, sigma))))\n"
        "    return mu, sigma, w, b",
    ),
    "settled": (
        r"goal \*\*(-?[\d.]+)\*\*(?s:.*)falls to \*\*([\d.]+)\*\*",
        "import math, numpy as np\ndef settled(steps, values):\n    t = steps.numpy().astype(float)\n"
        "    slope, start = np.polyfit(t, np.log(np.abs(values.numpy() - ({0}))), 1)\n    T = 2 * np.diff(t).mean()\n"
        "    return T, (math.log({1}) - start) / slope if slope < 0 else math.inf",
    ),
    "penalty_for": (
        r"here \*\*([\d.]+)\*\*(?s:.*)by at most \*\*([\d.]+)\*\*",
        "import math, numpy as np\ndef penalty_for(omega):\n    def keeps(gamma):\n"
        "        J = np.array([[0, -omega], [omega, -gamma]])\n"
        "        return np.abs(np.linalg.eigvals(np.eye(2) + {0} * J)).max()\n"
        "    if keeps(2 * omega) > {1}:\n        return math.inf\n    low, high = 0.0, 2 * omega\n"
        "    for _ in range(40):\n        gamma = (low + high) / 2\n"
        "        low, high = (gamma, high) if keeps(gamma) > {1} else (low, gamma)\n    return float('%.4g' % gamma)",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_another_right_answer_passes(name):
    for student in range(3):
        drawn = task(name, Draw.of("secret", str(student), name))
        pattern, answer = RIGHT[name]
        values = re.search(pattern, drawn.text).groups()
        exercise = drawn.exercise
        report = exercise.run(*exercise.solve(answer.format(*values)), seed=drawn.seed)
        assert report.status == PASSED, checks.describe(report)
