"""Train the generator of the digit explorer, and store it at several moments of its training, in eight bits.

    python scripts/train_explorer.py                # writes the two copies of digit-weights.js
    python scripts/train_explorer.py --seed 1 --steps 500 --out try.js

The conditional variant of the book's recipe for digits: the same layers, optimisers, schedule and R1 penalty, but G is
told which digit to draw, D, with a wider head, which digit it should see, and each plain step has its own noise. At
each moment BatchNorm's averages are measured afresh, weights are rounded to int8 with one scale per channel, and 10 000
digits of the rounded generator go to the judge. About two minutes on two quiet CPU cores, and as much again for the
judge.

The latent coordinates are turned so that the first changes the image most, the second most of what is left, and so
on: the eigenvectors of E[J^T J], where J is the derivative of the image by z. Noise is as likely in one direction as
in another, so the turned generator makes the same images equally often.
"""

import argparse
import base64
import copy
import datetime
import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot
from torch.optim.lr_scheduler import LambdaLR
from tqdm.auto import tqdm

from ganlab import data, metrics
from ganlab.digits import BATCH_SIZE, digit_players, lazy_r1_step, learning_rate
from ganlab.latent import sample_z
from ganlab.networks import ConditionalDiscriminator, ConditionalGenerator, Residual, init_dcgan
from ganlab.seeds import generator
from ganlab.steps import generator_step
from ganlab.training import Players, train

ROOT = Path(__file__).parents[1]
FILES = [ROOT / "src/ganlab/static/digit-weights.js", ROOT / "book/_static/digit-weights.js"]
MOMENTS = (0, 0.02, 0.04, 0.08, 0.16, 0.32, 0.6, 1)  # shares of the training
CLASSES, JUDGED = 10, 10_000
LEVELS = 127  # int8, without its lone -128


# Training.


class Given(nn.Module):
    """A conditional network with its labels filled in: a function of one argument, as the steps want it."""

    def __init__(self, network: nn.Module, labels: Tensor) -> None:
        super().__init__()
        self.network, self.labels = network, labels

    def forward(self, x: Tensor) -> Tensor:
        """Pass x on with the labels."""
        return self.network(x, self.labels)


class LabelledSteps:
    """The recipe's two plain steps, with a label for each image; the fakes get those of the real batch."""

    def __init__(self, players: Players) -> None:
        self.lazy_r1_step = lazy_r1_step(players)

    def d_step(self, G, D, opt_d, real, z):
        """Move D; `real` is a pair of images and labels."""
        images, self.labels = real
        return self.lazy_r1_step(Given(G, self.labels), Given(D, self.labels), opt_d, images, z)

    def g_step(self, G, D, opt_g, z):
        """Move G under the labels that D has just seen."""
        return generator_step(Given(G, self.labels), Given(D, self.labels), opt_g, z)


def conditional_players(steps: int, seed: int) -> Players:
    """Build the conditional pair with the optimisers and the schedule of the recipe."""
    recipe = digit_players(lambda step: step / steps, seed=seed)
    G = init_dcgan(ConditionalGenerator(n_classes=CLASSES), std=0.05)
    D = init_dcgan(ConditionalDiscriminator(n_classes=CLASSES), std=0.05)
    optimizers = [type(o)(net.parameters(), **o.defaults) for o, net in ((recipe.opt_g, G), (recipe.opt_d, D))]
    schedules = tuple(LambdaLR(o, lambda step: learning_rate(step / steps)) for o in optimizers)
    return Players(G, D, *optimizers, z_dim=G.z_dim, generator=generator(seed), schedules=schedules)


def play(players: Players, steps: int) -> Iterator[int]:
    """Train, with labels beside images; yield the number of each step."""
    images, labels, source = data.mnist()
    if source != "MNIST":
        raise SystemExit(f"the explorer wants MNIST, but the data are {source}; set GANLAB_DATA")

    def sample_real(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        picks = torch.randint(len(images), (n,), generator=rng)
        return images[picks], labels[picks]

    halves = LabelledSteps(players)
    run = train(players, sample_real, steps=steps, batch_size=BATCH_SIZE, d_step=halves.d_step, g_step=halves.g_step)
    yield from (progress.step for progress in run)


def moments(players: Players, steps: int) -> Iterator[tuple[int, nn.Module]]:
    """Train; yield the step and a copy of G, ready to draw, at each moment."""
    wanted = {round(share * steps) for share in MOMENTS}
    yield 0, calibrated(players.G)
    for step in tqdm(play(players, steps), total=steps):
        if step in wanted:
            yield step, calibrated(players.G)


@torch.no_grad()
def calibrated(G: ConditionalGenerator) -> nn.Module:
    """Copy G with BatchNorm's averages taken over 10 000 digits of these very weights, in evaluation mode."""
    G = copy.deepcopy(G).train()
    for layer in G.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None  # a plain average over what follows
    for z, y in noise_and_labels(G.z_dim, seed=0):
        G(z, y)
    return G.eval().generator.layers


def noise_and_labels(z_dim: int, *, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield 10 000 latent vectors and as many labels, all digits equally often, in portions of 500."""
    z = sample_z(JUDGED, z_dim, generator=generator(seed))
    yield from zip(z.split(500), (torch.arange(JUDGED) % CLASSES).split(500), strict=True)


def told(z: Tensor, y: Tensor) -> Tensor:
    """Put noise and one-hot labels side by side, as `ConditionalGenerator` does."""
    return torch.cat([z, one_hot(y, CLASSES).to(z)], dim=1)


# The latent directions.


@torch.no_grad()
def principal_directions(layers: nn.Module, z_dim: int, *, n: int = 500) -> tuple[Tensor, Tensor]:
    """Return the orthonormal columns that change the image most, and their shares of E||J||^2."""
    layers, h = copy.deepcopy(layers).double(), 1e-3
    inputs = told(sample_z(n, z_dim, generator=generator(0)), torch.arange(n) % CLASSES).double()
    steps = h * torch.eye(inputs.shape[1], dtype=torch.float64)[:z_dim]
    slopes = [(layers(inputs + step) - layers(inputs - step)).flatten(1) / (2 * h) for step in steps]
    jacobians = torch.stack(slopes, dim=2).float()
    values, vectors = torch.linalg.eigh(torch.einsum("npi,npj->ij", jacobians, jacobians) / n)
    values, vectors = values.flip(0), vectors.flip(1)
    ink = (jacobians @ vectors).mean(dim=(0, 1))
    return vectors * torch.where(ink < 0, -1.0, 1.0), values / values.sum()  # a plus adds ink


@torch.no_grad()
def turn(layers: nn.Module, directions: Tensor) -> None:
    """Let the first layer take coordinates along the directions in place of z."""
    weight = layers[0].weight
    z_dim = len(directions)
    weight[:, :z_dim] = weight[:, :z_dim] @ directions


# Eight bits: a list of layers, and for each moment its numbers.


def quantised(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Round each row to whole multiples, -127 to 127, of its own scale; return the multiples and the scales."""
    scale = weight.abs().amax(dim=1) / LEVELS
    return torch.round(weight / scale[:, None]).to(torch.int8), scale


def packed(layer: nn.Module) -> tuple[dict[str, Any], list[Tensor], list[Tensor]]:
    """Describe a layer, and give its numbers: those kept as float32, those kept as int8."""
    match layer:
        case nn.Linear():  # the bias is one more input, which is always 1
            rows = torch.cat([layer.weight, layer.bias[:, None]], dim=1)
            channels = layer.out_features // 49
            whole, scale = quantised(rows.reshape(channels, -1))
            size = {"inputs": layer.in_features, "outputs": layer.out_features, "channels": channels}
            return {"op": "dense", **size}, [scale], [whole]
        case nn.Conv2d():
            whole, scale = quantised(layer.weight.flatten(1))
            size = {"inputs": layer.in_channels, "outputs": layer.out_channels}
            return {"op": "conv", **size}, [scale, layer.bias], [whole]
        case nn.BatchNorm2d():  # in evaluation mode it is a straight line
            slope = layer.weight / (layer.running_var + layer.eps).sqrt()
            shift = layer.bias - slope * layer.running_mean
            return {"op": "affine", "channels": layer.num_features}, [slope, shift], []
        case Residual():
            ops, floats, ints = packed_all(layer.layers)
            return {"op": "residual", "layers": ops}, floats, ints
        case nn.ReLU() | nn.Tanh():
            return {"op": type(layer).__name__.lower()}, [], []
        case nn.PixelShuffle(upscale_factor=2):
            return {"op": "shuffle"}, [], []
    raise ValueError(f"the explorer cannot run {layer}; teach it to `packed`, `unpacked` and generator.ts")


def packed_all(layers: nn.Sequential) -> tuple[list[dict[str, Any]], list[Tensor], list[Tensor]]:
    """Do the same for a row of layers."""
    parts = [packed(layer) for layer in layers if not isinstance(layer, nn.Unflatten)]
    ops, floats, ints = zip(*parts, strict=True)
    return list(ops), list(chain(*floats)), list(chain(*ints))


@torch.no_grad()
def encode(layers: nn.Sequential) -> tuple[list[dict[str, Any]], str]:
    """Return the list of layers, and all their numbers (float32, then int8) in base64."""
    ops, floats, ints = packed_all(layers)
    numbers = torch.cat([f.flatten() for f in floats]).numpy().astype("<f4").tobytes()
    return ops, base64.b64encode(numbers + torch.cat([i.flatten() for i in ints]).numpy().tobytes()).decode()


class Reader:
    """Hands out the numbers of one moment in the order in which `encode` wrote them."""

    def __init__(self, ops: list[dict[str, Any]], text: str) -> None:
        blob = base64.b64decode(text)
        n_floats = sum(map(count_floats, ops))
        self.floats = torch.from_numpy(np.frombuffer(blob, "<f4", n_floats).astype(np.float32))
        self.ints = torch.from_numpy(np.frombuffer(blob, np.int8, offset=4 * n_floats).copy())

    def take(self, n: int) -> Tensor:
        """Return the next n floats."""
        taken, self.floats = self.floats[:n], self.floats[n:]
        return taken

    def rows(self, channels: int, length: int) -> Tensor:
        """Return the next rows of int8 numbers, each times its scale."""
        scale = self.take(channels)
        whole, self.ints = self.ints[: channels * length], self.ints[channels * length :]
        return whole.reshape(channels, length).float() * scale[:, None]


def count_floats(op: dict[str, Any]) -> int:
    """Count the numbers of a layer that are kept as float32."""
    match op["op"]:
        case "dense":
            return op["channels"]
        case "conv":
            return 2 * op["outputs"]
        case "affine":
            return 2 * op["channels"]
        case "residual":
            return sum(map(count_floats, op["layers"]))
    return 0


def unpacked(op: dict[str, Any], reader: Reader) -> list[nn.Module]:
    """Make the PyTorch layers of one entry of the list, with their numbers."""
    match op["op"]:
        case "dense":
            dense = nn.Linear(op["inputs"], op["outputs"])
            rows = reader.rows(op["channels"], 49 * (op["inputs"] + 1)).reshape(op["outputs"], -1)
            dense.weight.data, dense.bias.data = rows[:, :-1].clone(), rows[:, -1].clone()
            return [dense, nn.Unflatten(1, (op["channels"], 7, 7))]
        case "conv":
            conv = nn.Conv2d(op["inputs"], op["outputs"], kernel_size=3, padding=1)
            conv.weight.data = reader.rows(op["outputs"], 9 * op["inputs"]).reshape(conv.weight.shape)
            conv.bias.data = reader.take(op["outputs"])
            return [conv]
        case "affine":
            line = nn.BatchNorm2d(op["channels"], eps=0.0)  # mean 0 and variance 1
            line.weight.data, line.bias.data = reader.take(op["channels"]), reader.take(op["channels"])
            return [line]
        case "residual":
            return [Residual(*unpacked_all(op["layers"], reader))]
    return [{"relu": nn.ReLU, "tanh": nn.Tanh, "shuffle": lambda: nn.PixelShuffle(2)}[op["op"]]()]


def unpacked_all(ops: list[dict[str, Any]], reader: Reader) -> nn.Sequential:
    """Make the PyTorch layers of a list."""
    return nn.Sequential(*(layer for op in ops for layer in unpacked(op, reader)))


def decode(ops: list[dict[str, Any]], text: str) -> nn.Sequential:
    """Return the generator that `encode` wrote, with rounded weights, in evaluation mode."""
    return unpacked_all(ops, Reader(ops, text)).eval().requires_grad_(False)


def read(path: Path = FILES[0]) -> dict[str, Any]:
    """Read a file that `write` wrote."""
    return json.loads(path.read_text(encoding="utf-8").partition("globalThis.ganlabDigits = ")[2].rstrip().rstrip(";"))


def write(content: dict[str, Any], paths: list[Path]) -> None:
    """Write a classic script that a page can load from anywhere, `file://` included."""
    made = f"{content['steps'][-1]} steps, seed {content['seed']}, {content['date']}"
    head = f"/* Weights of <digit-explorer>, int8: {made}. Generated by scripts/train_explorer.py. */\n"
    for path in paths:
        path.write_text(f"{head}globalThis.ganlabDigits = {json.dumps(content, indent=0)};\n", encoding="utf-8")


# What the judge says.


@torch.no_grad()
def measured(layers: nn.Module, judge: metrics.DigitJudge, real: Tensor) -> dict[str, float]:
    """Let the judge look at 10 000 digits: its score against real features, and how often it reads the label."""
    z_dim = layers[0].in_features - CLASSES
    images, labels = zip(*((layers(told(z, y)), y) for z, y in noise_and_labels(z_dim, seed=1)), strict=True)
    features = judge.features(torch.cat(images))
    right = (judge.head(features).argmax(dim=1) == torch.cat(labels)).double().mean().item()
    score = metrics.frechet_distance(real, features)
    return {"score": float(f"{score:.3g}"), "agreement": round(right, 4)}


@torch.no_grad()
def rounding_error(exact: nn.Module, rounded: nn.Module) -> dict[str, float]:
    """Compare 1 000 digits of both, in grey levels of 255."""
    z_dim = exact[0].in_features - CLASSES
    z, y = map(torch.cat, zip(*list(noise_and_labels(z_dim, seed=1))[:2], strict=True))
    gap = (exact(told(z, y)) - rounded(told(z, y))).abs() * 127.5
    tail = gap.flatten().kthvalue(round(0.99 * gap.numel())).values
    return {"mean": round(gap.mean().item(), 3), "p99": round(tail.item(), 2), "max": round(gap.max().item(), 1)}


def main() -> None:
    """Train, turn, round, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--out", type=Path, nargs="+", default=FILES)
    arguments = parser.parse_args()

    players = conditional_players(arguments.steps, arguments.seed)
    steps, trained = zip(*moments(players, arguments.steps), strict=True)
    directions, effect = principal_directions(trained[-1], players.z_dim)
    judge = metrics.digit_judge()
    real = judge.features(data.mnist("test").images)
    encoded, reports = [], []
    for step, layers in zip(steps, trained, strict=True):
        turn(layers, directions)
        ops, text = encode(layers)
        rounded = decode(ops, text)
        encoded.append(text)
        reports.append({"step": step, **measured(rounded, judge, real), "rounding": rounding_error(layers, rounded)})
        print(reports[-1])
    content = {
        "seed": arguments.seed,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "steps": list(steps),
        "z_dim": players.z_dim,
        "classes": CLASSES,
        "effect": [round(share, 4) for share in effect.tolist()],
        "moments": reports,
        "layers": ops,
        "weights": encoded,
    }
    write(content, arguments.out)
    print(*arguments.out, f"{arguments.out[0].stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
