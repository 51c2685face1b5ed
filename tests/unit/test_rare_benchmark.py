"""The study of chapter 11 on rare digits: its training sets, and that the page quotes what is stored."""

import os
from pathlib import Path

import pytest
from loading import load_script

ROOT = Path(__file__).parents[2]
rare = load_script(ROOT / "benchmarks" / "rare" / "run.py")
needs_mnist = pytest.mark.skipif("GANLAB_DATA" not in os.environ, reason="real MNIST is not here: set GANLAB_DATA")


def test_the_page_quotes_the_stored_shares():
    page = ROOT / "book" / "chapters" / "11-how-good-is-it.md"
    assert rare.table(rare.Results(rare.FILE)) in page.read_text(encoding="utf-8")


def test_both_runs_of_each_seed_are_stored():
    results = rare.Results(rare.FILE)
    assert set(results.made(0.0)) == set(results.made(0.01)) == set(rare.SEEDS)


@needs_mnist
@pytest.mark.parametrize("share", rare.SHARES)
def test_a_training_set_has_the_share_of_the_digit(share):
    assert len(rare.training_set(share, 203)) == rare.SET
