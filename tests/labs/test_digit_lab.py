"""The digit lab: its digits are MNIST's, its judge reads as PyTorch's does, and what it measures is what it says."""

import base64
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from loading import load_script
from needs import needs_mnist

from ganlab import data, labs

ROOT = Path(__file__).parents[2]
COPIES = [ROOT / "src/ganlab/static/digit-data.js", ROOT / "book/_static/digit-data.js"]

script = load_script(ROOT / "scripts/collect_digits.py")


@pytest.fixture(scope="module")
def file():
    return script.read()


@pytest.mark.parametrize("seed", range(3))
def test_what_is_unpacked_is_what_was_packed(seed):
    levels = torch.randint(4, (5, 28, 28), generator=torch.Generator().manual_seed(seed)).to(torch.uint8)
    assert torch.equal(script.unpacked(script.packed(levels)), levels)


def test_rounding_moves_a_pixel_by_half_a_level_at_most():
    x = torch.linspace(-1, 1, 1001)[:, None, None, None].expand(-1, 1, 28, 28)
    assert (script.rounded(x) * 2 / 3 - 1 - x[:, 0]).abs().max() <= 1 / 3 + 1e-6


@needs_mnist
def test_the_digits_are_the_first_thousand_of_each_class(file):
    images, labels, _ = data.mnist()
    picks = script.chosen(labels)
    assert torch.equal(labels[picks], torch.arange(10).repeat_interleave(1000))
    assert torch.equal(script.unpacked(file["images"]), script.rounded(images[picks]))


@pytest.fixture(scope="module")
def judge(file):
    return script.decode(file["judge"])


def test_storing_a_judge_keeps_each_weight_within_half_a_unit():
    torch.manual_seed(0)
    fresh = script.page_judge().requires_grad_(False)
    kept = script.decode(script.encode(fresh))
    for a, b in zip(fresh.parameters(), kept.parameters(), strict=True):
        assert (a - b).abs().max() <= 0.5001 * a.abs().max() / 127


def test_the_page_reads_what_pytorch_reads(node, file, judge):
    torch.manual_seed(0)
    digits = script.unpacked(file["images"])[::97, None] * 2 / 3 - 1
    images = torch.cat([digits, torch.randn(60, 1, 28, 28).tanh()])
    (read,) = node("read", [{"images": images.flatten().tolist()}])
    logits = judge(images)
    top = logits.topk(2).values
    clear = (top[:, 0] - top[:, 1]) > 1e-4
    assert clear.float().mean() > 0.99
    assert torch.equal(torch.tensor(read)[clear], logits.argmax(dim=1)[clear])


@needs_mnist
def test_the_accuracy_of_the_judge_is_as_stated(file, judge):
    images, labels, _ = data.mnist("test")
    assert script.accuracy(judge, images, labels) == pytest.approx(file["accuracy"], abs=2e-4)
    assert file["accuracy"] > 0.98


def test_both_copies_are_one_and_small():
    first, second = (copy.read_bytes() for copy in COPIES)
    assert first == second
    assert len(first) < 700_000


def test_the_file_says_how_it_was_made(file):
    head = COPIES[0].read_text(encoding="utf-8").splitlines()[0]
    assert f"seed {file['seed']}, {file['date']}" in head


def test_the_widget_carries_the_digits():
    assert labs.DigitLab()._cargo == COPIES[0].read_text(encoding="utf-8")


def read_safetensors(raw):
    """All arrays of a file, by name, and the texts about them."""
    start = 8 + int.from_bytes(raw[:8], "little")
    header, types = json.loads(raw[8:start]), {"F32": "<f4", "F64": "<f8"}
    about = header.pop("__metadata__")
    arrays = {}
    for name, entry in header.items():
        low, high = entry["data_offsets"]
        numbers = np.frombuffer(raw[start + low : start + high], types[entry["dtype"]])
        arrays[name] = numbers.reshape(entry["shape"])
    return arrays, about


def test_the_listing_of_chapter_10_opens_a_saved_run(saved, tmp_path, monkeypatch):
    text = (ROOT / "book/chapters/10-digits.md").read_text(encoding="utf-8")
    listing = text.split("(digits-saved)=", 1)[1].split("```python\n", 1)[1].split("```", 1)[0]
    monkeypatch.chdir(tmp_path)
    Path("digit-lab-seed-0-step-2000.safetensors").write_bytes(saved["file"])
    if saved["networks"] == "dense":
        listing = listing.replace("784, 26", "64, 26")
    exec(listing, names := {})
    arrays, _ = read_safetensors(saved["file"])
    assert np.array_equal(names["weight"], arrays["average.0.weight"])


@pytest.fixture(scope="module", params=["convolutional", "dense"])
def saved(node, request):
    (run,) = node("saved", [{"seed": 3, "steps": 20, "values": {"networks": request.param}}])
    return run | {"file": base64.b64decode(run["file"]), "networks": request.param}


def part(arrays, name):
    return {key.removeprefix(f"{name}."): torch.tensor(a) for key, a in arrays.items() if key.startswith(f"{name}.")}


def generators():
    """G of either kind, as the chapter writes it down."""
    dense = [torch.nn.Linear(n, m) for n, m in itertools.pairwise((26, 64, 128, 784))]
    return {
        "dense": torch.nn.Sequential(dense[0], torch.nn.ReLU(), dense[1], torch.nn.ReLU(), dense[2], torch.nn.Tanh()),
        "convolutional": torch.nn.Sequential(
            torch.nn.Linear(26, 784),
            torch.nn.ReLU(),
            torch.nn.Unflatten(1, (16, 7, 7)),
            torch.nn.ConvTranspose2d(16, 8, 4, stride=2, padding=1),
            torch.nn.ReLU(),
            torch.nn.ConvTranspose2d(8, 1, 4, stride=2, padding=1),
            torch.nn.Tanh(),
        ),
    }


def test_pytorch_draws_with_saved_weights_what_the_page_draws(saved):
    arrays, about = read_safetensors(saved["file"])
    G = generators()[saved["networks"]]
    G.load_state_dict(part(arrays, "average"))
    images = G(torch.tensor(saved["input"]).view(-1, 26))
    assert torch.allclose(images.flatten(), torch.tensor(saved["images"]), atol=1e-5)
    assert (about["format"], about["version"], about["seed"], about["steps"]) == ("ganlab digit-lab", "2", "3", "20")


def leaky(x):
    return torch.nn.functional.leaky_relu(x, 0.2)


def features(networks, d, x):
    """What D makes of images before the projection."""
    if networks == "dense":
        dense = [0, 2]
    else:
        dense = [6]
        x = x.view(-1, 1, 28, 28)
        for layer in (1, 3):
            x = leaky(torch.conv2d(x, d[f"{layer}.weight"], d[f"{layer}.bias"], stride=2, padding=1))
        x = x.flatten(1)
    for layer in dense:
        x = leaky(x @ d[f"{layer}.weight"].T + d[f"{layer}.bias"])
    return x


def test_saved_weights_of_d_are_a_projection_discriminator(saved):
    arrays, _ = read_safetensors(saved["file"])
    d = part(arrays, "D")
    h = features(saved["networks"], d, torch.tensor(saved["real"]).view(-1, 784))
    rows = d["head.weight"] + d["head.label"][saved["labels"]]
    logits = (h * rows).sum(dim=1) + d["head.bias"]
    assert torch.allclose(logits, torch.tensor(saved["logits"]), atol=1e-4)


def test_chapter_10_counts_the_weights_of_both_players(saved):
    arrays, _ = read_safetensors(saved["file"])
    counts = {name: f"{sum(a.numel() for a in part(arrays, name).values()):,}".replace(",", " ") for name in "GD"}
    text = (ROOT / "book/chapters/10-digits.md").read_text(encoding="utf-8")
    if saved["networks"] == "convolutional":
        assert f"$G$ has {counts['G']} weights and $D$ {counts['D']}" in text


def test_the_library_of_the_format_reads_the_same(saved):
    library = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
    arrays, _ = read_safetensors(saved["file"])
    found = library.load(saved["file"])
    assert found.keys() == arrays.keys()
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays)
