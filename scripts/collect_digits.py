"""Collect the digits on which the digit lab trains in the page, and train the small judge that reads what it draws.

    python scripts/collect_digits.py                      # writes the two copies of digit-data.js
    python scripts/collect_digits.py --seed 1 --out try.js

The digits are the first thousand of each class of MNIST's training images, class by class, rounded to four grey levels.
Four pixels, one above the other, make a byte; the whole is deflated. No image is left out or chosen.

The judge is trained on the other 50 000 training images, so it has not seen what the page trains on. It is small, since
the page has to run it every moment: two convolutions of stride 2 and one dense layer, 9 000 weights, rounded to int8.
The images it learns from are shifted by up to two pixels and carry noise, as those of a young generator do. Its
accuracy, that of the rounded weights, is measured on the 10 000 test images. About a minute on one quiet CPU core.
"""

import argparse
import base64
import datetime
import json
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parent))

from judges import accuracy, fit, shifted

from ganlab import data
from ganlab.seeds import generator, seed_everything

ROOT = Path(__file__).parents[1]
FILES = [ROOT / "src/ganlab/static/digit-data.js", ROOT / "book/_static/digit-data.js"]
GLOBAL = "ganlabDigitData"
CLASSES, EACH, SIDE = 10, 1000, 28
LEVELS = 3  # the largest grey level, as two bits have it
MOST_NOISE = 0.6


# The digits.


def chosen(labels: Tensor) -> Tensor:
    """Return where the first EACH images of every class are, class by class."""
    return torch.cat([(labels == digit).nonzero().flatten()[:EACH] for digit in range(CLASSES)])


def rounded(images: Tensor) -> Tensor:
    """Round images in [-1, 1] to whole grey levels, (n, 28, 28) from 0 to LEVELS."""
    return torch.round((images[:, 0] + 1) * LEVELS / 2).to(torch.uint8)


def packed(levels: Tensor) -> str:
    """Pack grey levels (n, 28, 28): four pixels, one above the other, in a byte; then deflate."""
    strips = levels.numpy().reshape(-1, SIDE // 4, 4, SIDE)
    blob = np.bitwise_or.reduce(strips << np.array([0, 2, 4, 6], np.uint8)[:, None], axis=2).tobytes()
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    return base64.b64encode(deflater.compress(blob) + deflater.flush()).decode()


def unpacked(text: str) -> Tensor:
    """Return the grey levels that `packed` packed."""
    blob = np.frombuffer(zlib.decompress(base64.b64decode(text), -15), np.uint8)
    strips = blob.reshape(-1, SIDE // 4, 1, SIDE) >> np.array([0, 2, 4, 6], np.uint8)[:, None] & LEVELS
    return torch.from_numpy(strips.reshape(-1, SIDE, SIDE))


# The judge.


def page_judge() -> nn.Sequential:
    """Images (n, 1, 28, 28) in [-1, 1] -> logits (n, 10)."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, stride=2, padding=2),  # 28 -> 14
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, stride=2, padding=1),  # 14 -> 7
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16 * 7 * 7, CLASSES),
    )


def altered(images: Tensor, rng: torch.Generator) -> Tensor:
    """Shift images, and add noise, on each image of another strength."""
    moved = shifted(images, rng)
    strength = MOST_NOISE * torch.rand(len(images), 1, 1, 1, generator=rng)
    return (moved + strength * torch.randn(moved.shape, generator=rng)).clamp(-1, 1)


def train_judge(images: Tensor, labels: Tensor, seed: int) -> nn.Sequential:
    """Fit a judge to these images."""
    seed_everything(seed)
    rng, judge = generator(seed), page_judge()
    fit(judge, images, labels, alter=altered, epochs=8, max_lr=1e-2, generator=rng)
    return judge.requires_grad_(False)


def encode(judge: nn.Sequential) -> str:
    """Pack a judge: the biases and scales of its layers (float32), then the weights (int8), in base64.

    Weights lie as the page multiplies by them, (inputs, outputs), with the inputs of a convolution as rows, columns,
    channels of a patch, and those of the dense layer as rows, columns, channels of the map.
    """
    floats, wholes = [], []
    for layer in judge:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            weight, scale = as_matrix(layer), layer.weight.flatten(1).abs().amax(dim=1) / 127
            floats += [layer.bias, scale]
            wholes.append(torch.round(weight / scale).to(torch.int8).flatten())
    numbers = torch.cat(floats).numpy().astype("<f4").tobytes() + torch.cat(wholes).numpy().tobytes()
    return base64.b64encode(numbers).decode()


def as_matrix(layer: nn.Conv2d | nn.Linear) -> Tensor:
    """Return the weights of a layer as (inputs, outputs), channels last among the inputs."""
    weight = layer.weight if isinstance(layer, nn.Conv2d) else layer.weight.reshape(CLASSES, 16, 7, 7)
    return weight.permute(2, 3, 1, 0).flatten(0, 2)


def decode(text: str) -> nn.Sequential:
    """Return the judge that `encode` wrote, with rounded weights."""
    blob, judge, at = base64.b64decode(text), page_judge(), 0
    layers = [layer for layer in judge if isinstance(layer, nn.Conv2d | nn.Linear)]
    n = 2 * sum(len(layer.bias) for layer in layers)
    floats = torch.from_numpy(np.frombuffer(blob, "<f4", n).astype(np.float32))
    wholes = torch.from_numpy(np.frombuffer(blob, np.int8, offset=4 * n).astype(np.float32))
    for layer, (bias, scale) in zip(layers, pairs(floats, layers), strict=True):
        count = layer.weight.numel()
        matrix = wholes[at : at + count].reshape(-1, len(bias)) * scale
        side = 7 if isinstance(layer, nn.Linear) else layer.kernel_size[0]
        layer.weight.data = matrix.reshape(side, side, -1, len(bias)).permute(3, 2, 0, 1).reshape(layer.weight.shape)
        layer.bias.data = bias
        at += count
    return judge.eval().requires_grad_(False)


def pairs(floats: Tensor, layers: list[nn.Module]) -> list[tuple[Tensor, ...]]:
    """Cut the float32 numbers into bias and scale of each layer."""
    sizes = [len(layer.bias) for layer in layers for _ in range(2)]
    cut = floats.split(sizes)
    return list(zip(cut[::2], cut[1::2], strict=True))


# The file.


def read(path: Path = FILES[0]) -> dict[str, Any]:
    """Read a file that `write` wrote."""
    return json.loads(path.read_text(encoding="utf-8").partition(f"{GLOBAL} = ")[2].rstrip().rstrip(";"))


def write(content: dict[str, Any], paths: list[Path]) -> None:
    """Write a classic script that a page can load from anywhere, `file://` included."""
    made = f"seed {content['seed']}, {content['date']}. Generated by scripts/collect_digits.py."
    for path in paths:
        text = f"/* Digits of <digit-lab>: {made} */\nglobalThis.{GLOBAL} = {json.dumps(content, indent=0)};\n"
        path.write_text(text, encoding="utf-8")


def main() -> None:
    """Choose, train, round, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, nargs="+", default=FILES)
    arguments = parser.parse_args()

    images, labels, source = data.mnist()
    if source != "MNIST":
        raise SystemExit(f"the lab wants MNIST, but the data are {source}; set GANLAB_DATA")
    picks = chosen(labels)
    others = torch.ones(len(labels), dtype=torch.bool).index_fill(0, picks, False)
    judge = encode(train_judge(images[others], labels[others], arguments.seed))
    right = accuracy(decode(judge), *data.mnist("test")[:2])
    content = {
        "seed": arguments.seed,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "each": EACH,
        "levels": LEVELS,
        "accuracy": round(right, 4),
        "judge": judge,
        "images": packed(rounded(images[picks])),
    }
    write(content, arguments.out)
    print(*arguments.out, f"{arguments.out[0].stat().st_size / 1e3:.0f} kB, accuracy of the judge {right:.4f}")


if __name__ == "__main__":
    main()
