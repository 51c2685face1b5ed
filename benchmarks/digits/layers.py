"""Measure where a step of the digit recipe spends its time, and whether its convolutions could be computed faster.

    python benchmarks/digits/layers.py      # under a minute on a quiet core; writes layers.json

Each convolution of the step is timed forward and backward as it is and in three arrangements that compute the same:
with channels last in memory, as one matrix product an image, and with 2 x 2 pixels moved into channels so that a
stride of two becomes one of one. All times are processor time of one thread, the least of several rounds in which
the arrangements take turns. Other programs still disturb them through the caches, so compare times of one run, and
see the load that is stored with them. For the seconds of training see run.py.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganlab.digits import BATCH_SIZE, digit_players, shared_round

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from processor import processor

RESULTS = Path(__file__).parent / "layers.json"
ROUNDS = 20


@dataclass
class Call:
    """One convolution of the step: the layer, the input it sees, and which gradients are asked of it."""

    name: str
    layer: nn.Conv2d
    x: Tensor
    of_input: bool
    of_weights: bool

    def flop(self) -> int:
        """Operations forward and backward: two for each weight and place, in each of the passes."""
        places = self.layer(self.x)[:, 0].numel()
        return 2 * self.layer.weight.numel() * places * (1 + self.of_input + self.of_weights)


def calls() -> list[Call]:
    """Return the convolutions of a step. D judges a doubled minibatch in its own half, then the fakes in G's half."""
    players, seen = digit_players(lambda step: 0.0), []
    G, D = ([m for m in net.modules() if isinstance(m, nn.Conv2d)] for net in (players.G, players.D))
    for layer in [*G, *D]:
        layer.register_forward_hook(lambda layer, inputs, out: seen.append((layer, inputs[0].detach())))
    players.history.append(torch.zeros(()), torch.zeros(()))  # a step without the penalty
    shared_round(players, torch.zeros(BATCH_SIZE, 1, 28, 28))
    names = ["G, at 7 × 7", "G, 7 to 14", "G, 14 to 28", "D, 28 to 14", "D, 14 to 7"]
    names += [f"{name}, in G's half" for name in names[-2:]]
    of_input = [True, True, True, False, True, True, True]
    of_weights = [True, True, True, True, True, False, False]
    return [
        Call(name, layer, torch.randn_like(x), *asked)
        for name, (layer, x), *asked in zip(names, seen, of_input, of_weights, strict=True)
    ]


def as_it_is(layer: nn.Conv2d, x: Tensor, weight: Tensor) -> Tensor:
    """Convolve as PyTorch does it: by oneDNN."""
    return F.conv2d(x, weight, layer.bias, layer.stride, layer.padding)


def as_products(layer: nn.Conv2d, x: Tensor, weight: Tensor) -> Tensor:
    """Lay out the patches under the kernel as columns, and multiply once an image."""
    columns = F.unfold(x, layer.kernel_size, padding=layer.padding, stride=layer.stride)
    images = weight.flatten(1).expand(len(x), -1, -1)
    side = (x.shape[-1] + 2 * layer.padding[0] - layer.kernel_size[0]) // layer.stride[0] + 1
    return torch.baddbmm(layer.bias[:, None].expand(len(x), -1, side**2), images, columns).unflatten(2, (side, side))


def space_to_depth(layer: nn.Conv2d, x: Tensor, weight: Tensor) -> Tensor:
    """Move 2 x 2 pixels into channels: kernel 4 and stride 2 become kernel 2 and stride 1, with the same weights."""
    small = F.pixel_unshuffle(F.pad(x, (1, 1, 1, 1)), 2)
    pairs = weight.unflatten(3, (2, 2)).unflatten(2, (2, 2))  # out, in, then row and column as (block, within)
    return F.conv2d(small, pairs.permute(0, 1, 3, 5, 2, 4).flatten(1, 3), layer.bias)


def arrangements(call: Call) -> dict[str, Callable[[], object]]:
    """Return for each arrangement that fits the layer a function that computes the layer and its gradients."""
    ways = {"as it is": as_it_is, "channels last": as_it_is, "matrix products": as_products}
    if call.layer.stride == (2, 2):
        ways["space to depth"] = space_to_depth
    return {name: partial(there_and_back, call, way, last=name == "channels last") for name, way in ways.items()}


def there_and_back(call: Call, way: Callable[..., Tensor], *, last: bool = False) -> tuple[Tensor, ...]:
    """Compute the layer and the gradients that the step asks of it; the output comes first."""
    layout = torch.channels_last if last else torch.contiguous_format
    x, weight = (t.detach().contiguous(memory_format=layout) for t in (call.x, call.layer.weight))
    asked = [t.requires_grad_() for t, wanted in ((x, call.of_input), (weight, call.of_weights)) if wanted]
    out = way(call.layer, x, weight)
    return out, *torch.autograd.grad(out, asked, torch.ones_like(out))


def least(ways: dict[str, Callable[[], object]], *, rounds: int = ROUNDS) -> dict[str, float]:
    """Return the least processor time of each function in milliseconds; they take turns."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, play in ways.items():
            start = time.process_time()
            play()
            times[name].append(1e3 * (time.process_time() - start))
    return {name: round(min(values), 2) for name, values in times.items()}


def measure() -> dict[str, Any]:
    """Time a whole step, a large matrix product and each convolution."""
    torch.set_num_threads(1)
    torch.empty(30 * 2**20, dtype=torch.uint8)  # as train_digits does: see digits._keep_memory
    players, real, a = digit_players(lambda step: 0.0), torch.zeros(BATCH_SIZE, 1, 28, 28), torch.randn(1024, 1024)
    players.history.append(torch.zeros(()), torch.zeros(()))  # a step without the penalty
    whole = least({"step": lambda: shared_round(players, real), "product": lambda: a @ a})
    return {
        "processor": processor(),
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
        "load": round(os.getloadavg()[0]),
        "step_ms": whole["step"],
        "matrix_product_gflop_per_s": round(2 * 1024**3 / whole["product"] / 1e6),
        "convolutions": [
            {"name": call.name, "mflop": round(call.flop() / 1e6, 1), "ms": least(arrangements(call))}
            for call in calls()
        ],
    }


def facts(report: dict[str, Any]) -> dict[str, str]:
    """Return the numbers that chapter 10 quotes."""
    rows, step = report["convolutions"], report["step_ms"]
    now = {row["name"]: row["ms"]["as it is"] for row in rows}
    peak = report["matrix_product_gflop_per_s"] / 100  # so that shares are in percent
    shares = {
        player: [row["mflop"] / now[row["name"]] / peak for row in rows if row["name"][0] == player] for player in "GD"
    }
    first = [row["ms"] for row in rows if row["name"].startswith("D, 28 to 14")]
    saved = sum(now.values()) - sum(min(row["ms"].values()) for row in rows)
    return {
        "convolutions": f"{100 * sum(now.values()) / step:.0f}",
        "g_least": f"{min(shares['G']):.0f}",
        "g_most": f"{max(shares['G']):.0f}",
        "d_least": f"{min(shares['D']):.0f}",
        "d_most": f"{max(shares['D']):.0f}",
        "first": f"{100 * sum(ms['matrix products'] for ms in first) / sum(ms['as it is'] for ms in first):.0f}",
        "saved": f"{100 * saved / step:.0f}",
        "load": f"{report['load']}",
    }


def main() -> None:
    """Measure and store."""
    report = measure()
    RESULTS.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"), facts(report))


if __name__ == "__main__":
    main()
