"""What "Check yourself" draws from the questions of the book, in the shipped bundle."""

import re
from collections import Counter
from pathlib import Path

import pytest
from bridge import ask_node

BOOK = Path(__file__).parents[2] / "book"
DIRECTIVE = re.compile(r"^```\{quiz\} (\w+)\n:keys: ([^\n]*)\n", re.M)
FOUND = {path: DIRECTIVE.findall(path.read_text(encoding="utf-8")) for path in sorted(BOOK.rglob("*.md"))}
PAGES = [path for path, questions in FOUND.items() if questions]
ITEMS = [
    {"page": i, "at": "", "kind": kind, "keys": keys.replace(",", " ").split(), "html": ""}
    for i, path in enumerate(PAGES)
    for kind, keys in FOUND[path]
]
POOL = {"pages": [{"id": path.stem, "title": "", "href": ""} for path in PAGES], "items": ITEMS, "words": {}}
ALL = [path.stem for path in PAGES]
SEEDS = range(200)  # a question is drawn by one seed in ten or more


@pytest.fixture(scope="module")
def decks():
    """The questions of many seeds, and those of the first seed once more."""
    return ask_node("draw", [{"pool": POOL, "seed": seed, "from": ALL} for seed in [*SEEDS, 0]])


def test_twenty_questions_are_drawn_and_a_seed_draws_the_same_again(decks):
    assert {len(set(deck)) for deck in decks} == {20}
    assert decks[0] == decks[-1]
    assert len({tuple(deck) for deck in decks}) == len(SEEDS)


def test_all_pages_are_asked_and_none_twice_more_than_another(decks):
    for deck in decks:
        pages = Counter(ITEMS[i]["page"] for i in deck)
        assert len(pages) == min(20, len(PAGES))
        assert max(pages.values()) - min(pages.values()) <= 1


def test_a_draw_is_about_many_things(decks):
    """At least as many misconceptions and topics as questions."""
    assert min(len({key for i in deck for key in ITEMS[i]["keys"]}) for deck in decks) >= 20


def test_every_question_is_drawn_by_some_seed(decks):
    assert {i for deck in decks for i in deck} == set(range(len(ITEMS)))


def test_a_class_has_enough_to_vote_on_early_in_the_book():
    early = [stem for stem in ALL if stem < "07"]
    (deck,) = ask_node("draw", [{"pool": POOL, "seed": 1, "from": early, "vote": True}])
    assert len(deck) >= 15
    assert {ITEMS[i]["kind"] for i in deck} == {"single"}
