"""The study of chapter 11 on rare digits: its training sets, and that the page quotes what is stored."""

import importlib.util
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Under a name of its own: another benchmark has a file `run.py`, too.
SPEC = importlib.util.spec_from_file_location("rare_run", ROOT / "benchmarks" / "rare" / "run.py")
rare = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(rare)
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
