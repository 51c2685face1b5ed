"""The studies of chapter 13 that are too long for the page: it quotes what they stored, and a run is found again."""

import os
from pathlib import Path

import pytest
import torch
from loading import load_script

from ganlab.data import Digits
from ganlab.networks import ConditionalDiscriminator

FOLDER = Path(__file__).parents[2] / "benchmarks" / "labels"
labels = load_script(FOLDER / "run.py")
needs_mnist = pytest.mark.skipif("GANLAB_DATA" not in os.environ, reason="real MNIST is not here: set GANLAB_DATA")


@pytest.fixture(scope="module")
def results():
    return labels.Results(labels.FILE)


@pytest.fixture
def nothing(tmp_path):
    """Return results without a row."""
    return labels.Results(tmp_path / "results.json")


def test_the_page_quotes_the_stored_tables(results):
    squeezed = " ".join(labels.PAGE.read_text(encoding="utf-8").split())
    for table in labels.tables(results).values():
        assert " ".join(table.split()) in squeezed


def test_every_run_of_the_plan_is_stored_once(results):
    keys = labels.tuning_keys() + labels.table_keys(results)
    assert all(len(results.find(**key)) == 1 for key in keys)
    assert len(keys) == len(results.rows)


def test_the_ranges_that_the_page_compares_with_are_the_stored_ones(results):
    stored = labels.page()["stored"]()
    assert stored == labels.ranges(results)


def test_a_rate_is_chosen_by_the_median_of_the_tuning(nothing):
    tried = (0.1, 0.1, 0.1), (0.1, 0.9, 0.1), (0.2, 0.3, 0.2), (0.1, 0.1, 0.2)
    for rate, accuracies in zip(labels.RATES, tried, strict=True):
        for seed, accuracy in enumerate(accuracies):
            nothing.add({"study": "tuning", "name": "planes", "rate": rate, "seed": seed, "accuracy": accuracy})
    assert labels.best_rate(nothing, "planes") == 1e-2


def test_no_seed_of_the_bounds_is_shown_or_tuned_on():
    assert not set(labels.OTHER_SEEDS) & ({*labels.SEEDS} | {*labels.TUNING_SEEDS})
    assert not set(labels.SEEDS) & set(labels.TUNING_SEEDS)


def test_the_projection_of_the_page_is_that_of_the_package():
    theirs = ConditionalDiscriminator(head=64)
    ours = labels.page()["ProjectionDiscriminator"]()
    ours.embedding.load_state_dict(theirs.embedding.state_dict())
    ours.features.load_state_dict(theirs.discriminator.features.state_dict())
    ours.logit.load_state_dict(theirs.discriminator.logit.state_dict())
    x, y = torch.randn(6, 1, 28, 28), torch.tensor([0, 9, 3, 3, 5, 7])
    torch.testing.assert_close(ours(x, y), theirs(x, y))


def test_the_baseline_of_the_page_leaves_reinforce_unbiased():
    """With two words and a minibatch of two, all four minibatches can be listed."""
    page = labels.page()
    theta = torch.tensor([[0.3, -0.5]], requires_grad=True)
    m = theta.detach().softmax(dim=-1)[0]
    costs, mean = torch.tensor([1.0, 3.0]), 0
    logits = -costs.expm1().log()  # softplus(-logit) is the cost
    for words in ([0, 0], [0, 1], [1, 0], [1, 1]):
        soft = torch.eye(2)[words][None]
        loss = page["reinforce_loss"](lambda word: word @ logits, soft, theta).mean()
        mean = mean + m[words].prod() * torch.autograd.grad(loss, theta)[0]
    torch.testing.assert_close(mean[0], m * (costs - m @ costs))


def test_a_run_is_repeated_by_its_key(monkeypatch):
    """Whatever the images show; that real ones give what is stored, the page sees at each build, for one run."""
    few = Digits(torch.rand(300, 1, 28, 28) * 2 - 1, torch.arange(300) % 10, "noise")
    monkeypatch.setattr(labels, "data", lambda: (few, few, None))
    monkeypatch.setattr(labels, "real_spread", lambda: 1.0)
    first, again, other = (
        labels.measure({"study": "hundred", "name": name, "steps": 5, "seed": 200})
        for name in ("labels alone, bent", "labels alone, bent", "labels alone")
    )
    assert first.keys() == {"accuracy", "cpu_s"}
    assert first["accuracy"] == again["accuracy"] != other["accuracy"]


@needs_mnist
@pytest.mark.slow
def test_a_stored_run_is_found_again(results):
    key = {"study": "hundred", "name": "labels alone, bent", "steps": 300, "seed": 200}
    (row,) = results.find(**key)
    assert labels.measure(key)["accuracy"] == pytest.approx(row["accuracy"], abs=0.03)


def test_what_the_page_says_of_16_other_seeds(results):
    """Three, five and eight ways to close a cycle; 14 right without it; patches that help on each seed."""
    cycle = results.find(study="bounds", name="no pairs, with the cycle")
    moved = [row["shift"] != [0, 0] for row in cycle if row["shifted"] < 0.1]
    assert (moved.count(False), moved.count(True), sum(row["shifted"] > 0.5 for row in cycle)) == (3, 5, 8)
    without = results.find(study="bounds", name="no pairs, without the cycle")
    assert sum(row["shift"] == [0, 0] for row in without) == 14
    plain, patched = (
        {
            row["seed"]: row["score"]
            for row in [*results.find(study="pairs", name=name), *results.find(name=f"pairs, {name}")]
        }
        for name in labels.PAIRS
    )
    assert len(plain) == 21
    assert all(patched[seed] < plain[seed] for seed in plain)
