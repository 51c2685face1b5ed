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
    assert rare.table(rare.Results()) in page.read_text(encoding="utf-8")


def test_both_runs_of_each_seed_are_stored():
    results = rare.Results()
    assert set(results.made(0.0)) == set(results.made(0.01)) == set(rare.SEEDS)


@needs_mnist
@pytest.mark.parametrize("share", rare.SHARES)
def test_a_training_set_has_the_share_of_the_digit(share):
    assert len(rare.training_set(share, 203)) == rare.SET


def test_what_is_stored_is_not_measured_again(tmp_path, monkeypatch):
    results = rare.Results(tmp_path / "rows.json")
    monkeypatch.setattr(rare, "measure", lambda share, seed: {"made": 0.5, "score": 1.0})
    results.add(0.0, 200)
    monkeypatch.setattr(rare, "measure", lambda share, seed: {"made": 0.7, "score": 1.0})
    again = rare.Results(tmp_path / "rows.json")
    again.add(0.0, 200)
    assert again.made(0.0) == {200: 0.5}
