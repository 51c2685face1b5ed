"""The benchmark of chapter 10's choices: it exchanges one part of the page, and the page quotes what it stored.

The judge and the digits of its lab are stored as well, so what the page says of them stands here, too.
"""

import importlib
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from loading import load_script
from needs import needs_mnist
from torch import nn

from ganlab import data, metrics

FOLDER = Path(__file__).parents[2] / "benchmarks" / "digits"
sys.path.insert(0, str(FOLDER))
choices = importlib.import_module("choices")
sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def page():
    return choices.page_functions(choices.PAGE)


@pytest.fixture(scope="module")
def results():
    return choices.Results(FOLDER / "choices.json")


@pytest.fixture(scope="module")
def text():
    return choices.PAGE.read_text(encoding="utf-8")


def layers(network):
    return [type(layer) for layer in network.modules()]


def test_the_page_quotes_the_stored_scores(page, results):
    text = choices.PAGE.read_text(encoding="utf-8")
    assert choices.table(results, list(choices.pairs(page))) in text
    assert choices.table(results, ["convolutional", *choices.choices(page)]) in text


def test_the_page_plays_each_pair_at_the_rate_chosen(page, results):
    best = choices.best_rates(results, list(choices.pairs(page)))
    text = choices.PAGE.read_text(encoding="utf-8")
    assert all(f"make_discriminator, {best[name]:g}" in text for name in list(best)[:2])
    assert all(f"dense_discriminator, {best[name]:g}" in text for name in list(best)[2:])


def test_on_each_seed_the_dense_pair_is_as_far_behind_as_the_page_says(page, results):
    best = choices.best_rates(results, list(choices.pairs(page)))

    def least(norm):
        dense, conv = (
            results.scores(kind + norm, best[kind + norm], choices.SEEDS) for kind in ("dense", "convolutional")
        )
        return min(theirs / ours for theirs, ours in zip(dense, conv, strict=True))

    text = choices.PAGE.read_text(encoding="utf-8")
    assert f"On each of the sixteen seeds the dense pair has at least {least(''):.1f} times the score" in text
    assert least(", no BatchNorm") >= 2


def test_each_choice_is_as_much_worse_as_the_page_says(page, results, text):
    names, rate = list(choices.choices(page)), choices.best_rates(results, ["convolutional"])["convolutional"]
    ours = results.scores("convolutional", rate, choices.CHOICE_SEEDS)
    worse, most = {}, {}
    for name in names:
        ratios = [x / y for x, y in zip(results.scores(name, rate, choices.CHOICE_SEEDS), ours, strict=True)]
        worse[name] = [round(100 * (ratio - 1)) for ratio in sorted(ratios) if ratio > 1]
        most[name] = max(ratios)
    assert [len(percents) for percents in worse.values()] == [3] * 4
    relu, beta, *weights = names
    assert (
        f"On three of the four seeds ReLU in $D$ gives a worse score than LeakyReLU on the same seed, once by a factor "
        f"of {most[relu]:.1f}"
    ) in text
    low, _, high = worse[beta]
    assert f"With $\\beta_1 = 0.5$ three of four are worse as well, though by less ({low} to {high} %)" in text
    low, *_, high = sorted(worse[weights[0]] + worse[weights[1]])
    assert f"With either of the other initial weights three of four are worse, too, but by {low} to {high} %" in text
    of_all = results.scores("convolutional", rate, choices.SEEDS)
    assert 1 + high / 100 < max(of_all) / min(of_all)


@needs_mnist
def test_the_judge_reads_as_many_test_images_as_the_page_says(text):
    right = metrics.digit_judge().head(metrics._test_features()).argmax(dim=1) == data.mnist("test").labels
    assert f"a small network that classifies {100 * right.double().mean():.1f} % of the MNIST test images" in text


def test_as_many_pixels_of_the_labs_digits_have_no_ink_as_the_page_says(text):
    script = load_script(FOLDER.parents[1] / "scripts" / "collect_digits.py")
    digits = script.unpacked(script.read()["images"])
    bare = digits.amax(dim=0) == 0
    said = f"the {bare.sum()} pixels, most of them near the rim, in which none of the lab's {len(digits):,} digits has"
    assert said.replace(",000", " 000") in text
    assert bare[2:-2, 2:-2].sum() < bare.sum() / 2


def test_pairs_differ_in_one_thing_at_a_time(page):
    made = {name: [layers(make()) for make in makers] for name, makers in choices.pairs(page).items()}
    for kind in ("convolutional", "dense"):
        (with_norm, D), (bare, same_D) = made[kind], made[f"{kind}, no BatchNorm"]
        assert same_D == D
        assert bare == [layer for layer in with_norm if "BatchNorm" not in layer.__name__] != with_norm


def test_each_choice_exchanges_a_part_that_the_page_has(page):
    for parts in choices.choices(page).values():
        assert parts.keys() <= page.keys()


def test_an_exchanged_discriminator_is_the_one_that_plays(page):
    with patch.dict(page, choices.choices(page)["ReLU in D"]):
        D = choices.pairs(page)["convolutional"][1]()
    assert nn.ReLU in layers(D)
    assert nn.LeakyReLU not in layers(D)


def test_what_is_stored_is_not_measured_again(tmp_path):
    results = choices.Results(tmp_path / "rows.json")
    key = {"name": "pair", "rate": 0.1, "seed": 1}
    results.add(key, lambda: {"score": 5.0})
    again = choices.Results(tmp_path / "rows.json")
    again.add(key, lambda: {"score": 6.0})
    assert again.scores("pair", 0.1, [1]) == [5.0]
