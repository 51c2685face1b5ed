"""The study of chapter 11 on rare digits: its training sets, and that the page quotes what is stored."""

from pathlib import Path
from statistics import median

import pytest
from loading import load_script
from needs import needs_mnist

ROOT = Path(__file__).parents[2]
rare = load_script(ROOT / "benchmarks" / "rare" / "run.py")


def test_the_page_quotes_the_stored_shares():
    page = ROOT / "book" / "chapters" / "11-how-good-is-it.md"
    assert rare.table(rare.Results(rare.FILE)) in page.read_text(encoding="utf-8")


def test_both_runs_of_each_seed_are_stored():
    results = rare.Results(rare.FILE)
    assert set(results.made(0.0)) == set(results.made(0.01)) == set(rare.SEEDS)


def test_the_sentences_about_rare_digits_follow_from_what_is_stored():
    page = (ROOT / "book" / "chapters" / "11-how-good-is-it.md").read_text(encoding="utf-8")
    results, words = rare.Results(rare.FILE), ("none", "one", "two", "three")
    without, few = results.made(0.0), results.made(0.01)
    low, *_, high = sorted(without.values())
    assert f"did not contain it, in {100 * low:.1f} to {100 * high:.0f} % of them" in page
    more, fewer, same = (
        words[sum((few[seed] > without[seed]) - (few[seed] < without[seed]) == sign for seed in few)]
        for sign in (1, -1, 0)
    )
    assert f"more often for {more} of the digits, less often for {fewer}, and as often for {same}." in page
    scores = [row["score"] for row in results.find(share=0.01)]
    ends = f"({min(scores):.0f} to {max(scores):.0f})"
    assert f"of such a generator is still {median(scores):.0f} in the median {ends}" in page


@needs_mnist
@pytest.mark.parametrize("share", rare.SHARES)
def test_a_training_set_has_the_share_of_the_digit(share):
    assert len(rare.training_set(share, 203)) == rare.SET
