"""The draft of a concept inventory: 24 items with keys, none a question of a chapter; the pool of all quizzes."""

import doctest
import json
import re
from collections import Counter
from pathlib import Path

import concept_inventory
import pytest
import quiz_pool
import where_to_find
from concept_inventory import Item, faults, letter

from ganlab.quiz.source import is_right, read

BOOK = Path(__file__).parents[2] / "book"
DIRECTIVE = re.compile(r"^```\{(quiz|concept-item)\} ?(\w*)\n((?::[^\n]*\n)*)(.*?)^```$", re.M | re.S)


def directives(path, name):
    """Kind, options and body of each directive of that name on a page."""
    found = (match for match in DIRECTIVE.findall(path.read_text(encoding="utf-8")) if match[0] == name)
    return [(kind, dict(re.findall(r"^:(\w+): *(.*)$", options, re.M)), body) for _, kind, options, body in found]


def item(options, body):
    keys = options.get("keys", "").replace(",", " ").split()
    return Item(keys, options.get("purpose", ""), read("single", body.splitlines()))


ITEMS = [item(options, body) for _, options, body in directives(BOOK / "concept-inventory.md", "concept-item")]
QUIZZES = {path: directives(path, "quiz") for path in sorted(BOOK.rglob("*.md"))}
every_item = pytest.mark.parametrize("given", ITEMS, ids=range(1, len(ITEMS) + 1))
ENTRIES = {e.key: e for e in where_to_find.entries(where_to_find.read((BOOK / "coverage.yml").read_text("utf-8")))}


def marks(given):
    return [option.mark for option in given.question.options if not is_right(option)]


def test_there_are_24_items_with_four_options_each():
    assert [len(given.question.options) for given in ITEMS] == [4] * 24


@every_item
def test_an_item_is_sound_and_its_keys_are_those_of_its_distractors(given):
    assert list(faults(given)) == []
    assert set(marks(given)) <= set(given.keys) <= ENTRIES.keys()
    assert given.purpose.startswith("Whether ")
    assert given.purpose.endswith(".")


def test_no_letter_is_right_more_often_than_another():
    assert Counter(map(letter, ITEMS)) == dict.fromkeys("ABCD", 6)


def test_the_items_are_about_the_whole_course():
    used = Counter(key for given in ITEMS for key in marks(given))
    assert len(used) >= 30
    assert max(used.values()) <= 9
    chapters = {place.page for key in used for place in ENTRIES[key].places if isinstance(place.page, int)}
    assert {*range(1, 12), 14} - {8} <= chapters  # no error and no question has its first place in chapters 8, 12, 13


def words_of(question):
    texts = [question.prompt.text, *(option.text.text for option in question.options)]
    return set(re.findall(r"\w{3,}", " ".join(texts).lower()))


@every_item
def test_no_item_is_a_question_of_a_chapter(given):
    """Of all the words of both, prompt and options have less than two fifths in common."""
    own = words_of(given.question)
    asked = [words_of(read(kind, body.splitlines())) for quizzes in QUIZZES.values() for kind, _, body in quizzes]
    assert max(len(own & other) / len(own | other) for other in asked) < 0.4


GOOD = ({"keys": "E13, E33", "purpose": "Whether."}, "Why?\n\n- [E13] a\n  : b\n- [x] c\n  : d\n- [E33] e\n  : f")
WRONG = [
    ({"purpose": ""}, "", "no purpose"),
    ({}, "- [x] right\n  : r\n- [E13] b\n  : c\n- [E33] d\n  : e", "write a prompt"),
    ({}, "Why?\n\n- [E13] a\n  : b\n- [E33] c\n  : d\n- [E13] e\n  : f", "0 of 3 options are right"),
    ({}, "Why?\n\n- [E13] a\n  : b\n- [x] c\n  : d", "two or more be wrong"),
    ({}, "Why?\n\n- [E13] a\n- [x] c\n  : d\n- [E33] e\n  : f", "a text and a reason; see 'a'"),
    ({}, "Why?\n\n- [E12] a\n  : b\n- [x] c\n  : d\n- [E33] e\n  : f", "marked [E12]"),
    ({"keys": "E13, E33, T1"}, "Why?\n\n- [T1] a\n  : b\n- [x] c\n  : d\n- [E33] e\n  : f", "marked [T1]"),
    ({"keys": "E13, E33, E99"}, "", "E99"),
]


def test_a_good_item_is_not_refused():
    assert list(faults(item(*GOOD))) == []


@pytest.mark.parametrize(("options", "body", "told"), WRONG)
def test_an_item_that_reveals_nothing_is_refused(options, body, told):
    found = list(faults(item(GOOD[0] | options, body or GOOD[1])))
    assert any(told in fault for fault in found), found


# The pool of "Check yourself".


def test_examples_in_docstrings_hold():
    assert doctest.testmod(quiz_pool) == (0, 3)
    assert doctest.testmod(concept_inventory) == (0, 0)


@pytest.fixture(scope="module")
def pool(site):
    text = (site / "_static" / quiz_pool.FILE).read_text(encoding="utf-8")
    return json.loads(text.removeprefix(f"globalThis.{quiz_pool.GLOBAL} = ").removesuffix(";\n"))


def test_every_question_of_every_page_is_in_the_pool_and_no_item_of_the_inventory(pool, page):
    of_page = [i for i, given in enumerate(pool["pages"]) if given["href"] == f"{page}.html"]
    asked = [(item["kind"], item["keys"]) for item in pool["items"] if [item["page"]] == of_page]
    written = [(kind, given["keys"].replace(",", " ").split()) for kind, given, _ in QUIZZES[BOOK / f"{page}.md"]]
    assert asked == written


def test_every_key_that_is_asked_about_has_words_and_a_place(pool):
    for key in {key for item in pool["items"] for key in item["keys"]}:
        assert "<strong>" in pool["words"][key]
        assert "<a " in pool["words"][key]


def test_every_link_of_the_pool_resolves_from_the_top_of_the_site(pool, site, soup):
    texts = [*pool["words"].values(), *(item["html"] for item in pool["items"])]
    for address in {address for text in texts for address in re.findall(r'href="([^":]+)"', text)}:
        name, _, anchor = address.partition("#")
        assert (site / name).is_file(), address
        assert not anchor or soup(name.removesuffix(".html")).find(id=anchor), address
