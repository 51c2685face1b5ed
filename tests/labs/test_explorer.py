"""The digit explorer against PyTorch and ganlab.latent: same weights, same latent vectors, other code."""

import gzip
from pathlib import Path

import pytest
import torch
from loading import load_script
from torch.testing import assert_close

from ganlab import labs, latent, metrics
from ganlab.networks import ConditionalGenerator

ROOT = Path(__file__).parents[2]
COPIES = [ROOT / "src/ganlab/static/digit-weights.js", ROOT / "book/_static/digit-weights.js"]
MOMENTS = range(8)


script = load_script(ROOT / "scripts/train_explorer.py")


@pytest.fixture(scope="module")
def file():
    return script.read()


@pytest.fixture(scope="module")
def states(node):
    """`states([(params, actions), ...])`: what the shipped bundle reaches."""
    return lambda runs: node("lab", [{"tag": "digit-explorer", "params": p, "actions": a} for p, a in runs])


@pytest.fixture
def fresh():
    """A small generator with made-up BatchNorm averages, in evaluation mode."""
    torch.manual_seed(0)
    G = ConditionalGenerator(6, width=8)
    for _ in range(5):
        G(torch.randn(50, 6), torch.randint(10, (50,)))
    return G.eval().generator.layers


def told(z, label, to_label, t):
    """Noise, then the weights of the ten labels."""
    y = torch.zeros(10)
    y[int(label)] += 1 - t
    y[int(to_label)] += t
    return torch.cat([z, y])[None]


@pytest.mark.parametrize("moment", MOMENTS)
def test_images_are_those_of_pytorch_within_two_grey_levels(states, file, moment):
    G = script.decode(file["layers"], file["weights"][moment])
    params = [
        {
            "label": str(s),
            "to_label": str(9 - s),
            "t": s / 5,
            "seed": s,
            "path": ["lerp", "slerp"][s % 2],
            "z3": s - 4.5,
        }
        for s in range(10)
    ]
    runs = [({**p, "moment": file["steps"][moment]}, [["step", 7 * p["seed"]]]) for p in params]
    for p, state in zip(params, states(runs), strict=True):
        want = G(told(torch.tensor(state["z"]), p["label"], p["to_label"], p["t"])).flatten()
        gap = (want + 1) * 127.5 - torch.tensor(state["image"])
        assert gap.abs().max() <= 2


def test_the_judge_reads_what_g_is_told(file):
    G = script.decode(file["layers"], file["weights"][-1])
    z, y = next(script.noise_and_labels(file["z_dim"], seed=2))
    read = metrics.digit_judge()(G(script.told(z, y))).argmax(dim=1)
    assert (read == y).float().mean() > 0.94
    assert file["moments"][-1]["agreement"] > 0.95


def test_an_untrained_generator_is_read_by_chance(file):
    assert file["moments"][0]["agreement"] == pytest.approx(0.1, abs=0.02)


def test_eight_bits_move_a_pixel_by_less_than_a_grey_level_on_average(file):
    assert max(report["rounding"]["mean"] for report in file["moments"]) < 1


def test_storing_and_reading_keeps_each_weight_within_half_a_unit(fresh):
    ops, text = script.encode(fresh)
    again = script.decode(ops, text)
    pairs = zip(*(G.modules() for G in (fresh, again)), strict=True)
    weights = [(a.weight, b.weight) for a, b in pairs if isinstance(a, torch.nn.Linear | torch.nn.Conv2d)]
    assert len(weights) == 4
    for exact, kept in weights:
        assert 0 < (kept - exact).abs().max() <= 0.5001 * exact.abs().max() / script.LEVELS


def test_a_stored_generator_draws_what_the_exact_one_draws(fresh):
    again = script.decode(*script.encode(fresh))
    x = script.told(torch.randn(20, 6), torch.arange(20) % 10)
    assert_close(again(x), fresh(x), rtol=0, atol=8 / 127.5)


def test_turned_noise_gives_the_same_images(fresh):
    x = script.told(torch.randn(5, 6), torch.arange(5))
    before = fresh(x).detach()
    directions, shares = script.principal_directions(fresh, 6, n=20)
    script.turn(fresh, directions)
    turned = torch.cat([x[:, :6] @ directions, x[:, 6:]], dim=1)  # coordinates along the directions
    assert_close(fresh(turned), before, rtol=0, atol=1e-4)
    assert_close(directions.T @ directions, torch.eye(6), rtol=0, atol=1e-5)
    assert shares.sum() == pytest.approx(1)
    assert (shares.diff() <= 0).all()


def test_an_unknown_layer_is_refused_by_name():
    with pytest.raises(ValueError, match="Sigmoid"):
        script.encode(torch.nn.Sequential(torch.nn.Linear(3, 49), torch.nn.Sigmoid()))


def test_the_first_directions_change_the_image_most(file):
    assert file["effect"] == sorted(file["effect"], reverse=True)
    G = script.decode(file["layers"], file["weights"][-1])
    z, y = next(script.noise_and_labels(file["z_dim"], seed=3))
    moved = [(G(script.told(z + 0.1 * unit, y)) - G(script.told(z, y))).square().mean() for unit in torch.eye(16)]
    assert min(moved[:2]) > max(moved[2:])


@pytest.mark.parametrize("path", ["lerp", "slerp"])
def test_paths_are_those_of_ganlab_latent(states, path):
    places = [0, 0.25, 0.5, 0.9, 1]
    found = states([({"path": path, "seed": 5, "t": t}, []) for t in places])
    z = [torch.tensor(state["z"], dtype=torch.float64) for state in found]
    for t, here in zip(places, z, strict=True):
        assert_close(here, getattr(latent, path)(z[0], z[-1], t), rtol=0, atol=1e-9)


def test_sliders_move_z_along_the_axes(states):
    moved, still = states([({"z2": 1.5, "z16": -3, "t": 0.4}, []), ({"t": 0.4}, [])])
    want = torch.zeros(16)
    want[1], want[15] = 1.5, -3
    assert_close(torch.tensor(moved["z"]) - torch.tensor(still["z"]), want)


def test_the_walk_stays_as_long_as_noise_is(states):
    found = states([({"seed": s}, [["step", 20 * s + 10]]) for s in range(200)])
    lengths = torch.tensor([state["metrics"]["length"] for state in found])
    assert lengths.square().mean().item() == pytest.approx(16, rel=0.1)


def test_the_walk_has_no_jump(states):
    found = states([({}, [["step", n]]) for n in range(130)])
    z = torch.tensor([state["z"] for state in found])
    assert z.diff(dim=0).norm(dim=1).max() < 0.3


def test_new_digit_and_new_end_draw_one_z_each(states):
    start, digit, end = states([({"t": 0}, a) for a in ([], [["draw", 1]], [["other", 1]])])
    assert start["z"] != digit["z"]
    assert start["z"] == end["z"]
    start, end = states([({"t": 1}, a) for a in ([], [["other", 1]])])
    assert start["z"] != end["z"]


def test_class_and_file_agree_on_moments_and_dimensions(file):
    assert list(labs.MOMENTS) == file["steps"]
    assert len(file["steps"]) == len(file["weights"]) == len(file["moments"]) >= 8
    assert file["z_dim"] == sum(name.startswith("z") for name in labs.DigitExplorer().trait_names(param=True))


def test_the_widget_carries_the_weights():
    assert labs.DigitExplorer()._cargo == COPIES[0].read_text(encoding="utf-8")


def test_weights_are_small_and_both_copies_are_one():
    first, second = (copy.read_bytes() for copy in COPIES)
    assert first == second
    assert len(gzip.compress(first)) < 1_000_000


def test_weights_say_how_they_were_made(file):
    assert set(file) >= {"seed", "date", "steps", "effect"}
    head = COPIES[0].read_text(encoding="utf-8").splitlines()[0]
    assert f"seed {file['seed']}, {file['date']}" in head


def test_the_chapter_quotes_the_file(file):
    share = {step: round(100 * m["agreement"]) for step, m in zip(file["steps"], file["moments"], strict=True)}
    text = (ROOT / "book/chapters/10-digits.md").read_text(encoding="utf-8")
    assert f"At step 400 the judge agrees in {share[400]} % of the images, and at step 200" in text
    assert f"in {share[200]} %." in text
