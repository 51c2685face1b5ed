"""Each topic, formula, error and question has its place in the book, and is found there in words, never by its key."""

import json
import re
from functools import cache
from pathlib import Path

import jupytext
import pytest
import where_to_find
import yaml
from chapter_links import PLANNED
from chapter_numbers import CHAPTER
from sphinx.search.en import SearchEnglish
from where_to_find import Entry, Place, listed
from words import words

from ganlab import exercises
from ganlab.quiz.source import KEYS

BOOK = Path(__file__).parents[2] / "book"
TEXT = (BOOK / "coverage.yml").read_text(encoding="utf-8")
SECTIONS = where_to_find.read(TEXT)
ENTRIES = {entry.key: entry for entry in where_to_find.entries(SECTIONS)}
PAGES = {path.relative_to(BOOK).with_suffix("").as_posix(): path for path in sorted(BOOK.rglob("*.md"))}
PAGES = {name: path for name, path in PAGES.items() if not name.startswith("_")}
NUMBERS = {int(found[1]): name for name in PAGES if (found := CHAPTER.match(name))}
# What the book was planned to cover.
SECTION_OF = {"E": "errors", "F": "formulas", "T": "topics", "U": "questions"}
TRICKS = (
    "k separate nonsaturating logits smoothing tanh leaky batchnorm virtual labels adam dropout xavier balance "
    "minibatch wgan-gp hidden"
)
FAILURES = "vanishing weak oscillation collapse order spikes overconfident evaluation cost"
OF_THE_NOTES = {
    "steps": {f"step-{i}" for i in range(1, 10)},
    "tricks": {f"trick-{name}" for name in TRICKS.split()},
    "failures": {f"fail-{name}" for name in FAILURES.split()},
    "quiz": {"quiz-players", "quiz-game", "quiz-activations", "quiz-losses", "quiz-parts"},
    "misconceptions": {"myth-data", "myth-zero", "myth-guarantee", "myth-descent", "myth-generative"},
    "listings": {"code-loop", "code-mnist", "code-keras"},
}
KEY = re.compile(r"\b[EFTU][1-9]\d?\b")


def of_page(place):
    """Name of the page of a place; nothing while it is not written."""
    name = NUMBERS.get(place.page, "") if isinstance(place.page, int) else place.page
    return name if name in PAGES else ""


@cache
def labels(path):
    """What can be linked in the source of a page: headings, equations, directives, figures of cells."""
    text = path.read_text(encoding="utf-8")
    cells = jupytext.read(path, fmt="md:myst").cells
    figures = {cell.metadata.get("mystnb", {}).get("figure", {}).get("name") for cell in cells}
    found = re.findall(r"^\(([\w-]+)\)=$|^\$\$ \(([\w-]+)\)$|^:?name: ([\w-]+)$", text, re.M)
    return {label for groups in found for label in groups} | figures


def unwritten(entry):
    """Say whether the page that an entry is planned for is to come."""
    return entry.planned not in {*NUMBERS, *PAGES}


def test_every_key_of_the_plan_is_listed_and_no_other():
    expected = {SECTION_OF[letter]: {f"{letter}{i}" for i in range(1, last + 1)} for letter, last in KEYS.items()}
    assert {name: set(section) for name, section in SECTIONS.items()} == expected | OF_THE_NOTES


def test_the_twenty_questions_of_the_notes_are_counted():
    assert sum(entry.items for entry in SECTIONS["quiz"].values()) == 20


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_a_place_is_a_label_on_its_page(entry):
    assert [place for place in entry.places if place.anchor not in labels(PAGES[of_page(place)])] == []


@pytest.mark.parametrize("entry", [e for e in ENTRIES.values() if e.planned], ids=lambda entry: entry.key)
def test_what_is_planned_for_a_page_gets_its_place_once_the_page_is_there(entry):
    assert unwritten(entry), f"{entry.planned} exists: write page and anchor of {entry.key}, and drop `planned`"


def test_titles_and_questions_are_words_and_no_two_are_the_same():
    titles = [entry.title for section in SECTION_OF.values() for entry in SECTIONS[section].values()]
    asks = [ask for entry in ENTRIES.values() for ask in entry.asks]
    assert len(set(titles)) == len(titles)
    assert len(set(asks)) == len(asks)
    assert [text for text in (*titles, *asks) if KEY.search(text)] == []
    assert [ask for ask in asks if not ask.endswith("?")] == []


def test_every_question_of_a_learner_is_asked_in_words():
    assert [entry.key for entry in SECTIONS["questions"].values() if not entry.asks] == []


GOOD = {"title": "A title", "page": 6, "anchor": "nine-steps"}
WRONG = [
    ({"title": "A title"}, "has no place"),
    ({"title": "A title", "page": 6}, "half a place"),
    ({"title": "A title", "anchor": "nine-steps"}, "half a place"),
    ({**GOOD, "also": [{"page": 6}]}, "half a place"),
    ({**GOOD, "title": ""}, "has no title"),
    ({**GOOD, "question": "?"}, "'question'"),
    ({"title": "A title", "planned": 15}, "which is no chapter"),
]


@pytest.mark.parametrize(("given", "told"), WRONG)
def test_an_entry_that_leads_nowhere_is_refused(given, told):
    good = where_to_find.read(yaml.safe_dump({"topics": {"T1": GOOD}}))["topics"]["T1"]
    assert good.places == [Place(6, "nine-steps")]
    with pytest.raises(ValueError, match=told):
        where_to_find.read(yaml.safe_dump({"topics": {"T1": given}}))


# Keys that are used.


def quiz_keys():
    return {
        key
        for path in PAGES.values()
        for line in re.findall(r"^:keys: (.*)$", path.read_text(encoding="utf-8"), re.M)
        for key in line.replace(",", " ").split()
    }


def mistake_keys():
    return {mistake.misconception for name in exercises.EXERCISES for mistake in exercises.load(name).mistakes}


@pytest.mark.parametrize("used", [quiz_keys, mistake_keys])
def test_a_key_that_is_used_is_listed(used):
    assert used()
    assert used() <= ENTRIES.keys()


def test_no_text_of_an_exercise_shows_a_key():
    loaded = [exercises.load(name) for name in exercises.EXERCISES]
    told = [text for e in loaded for case in e.cases for text in (e.title, case.title, case.hint)]
    assert [text for text in told if KEY.search(text)] == []


def test_no_page_shows_a_key(soup, page):
    shown = " ".join(words(soup(page).article, lambda tag: tag.name in {"script", "pre", "code"}))
    formulas = re.sub(r"\\\(.*?\\\)|\\\[.*?\\\]", "", shown, flags=re.S)
    assert KEY.findall(formulas) == []


# The page "Where to find what".


def test_an_item_names_questions_title_and_places():
    entry = Entry("U1", "A title", ["Why?", "How?"], [Place(6, "a"), Place(6, "b"), Place("labs", "c")], 8, 1)
    assert listed(entry, {"labs"}) == [
        "- Why? How?\\",
        "  **A title** – {chapter}`6`: [](#a), [](#b); {doc}`/labs`: [](#c); {chapter}`8`",
    ]


def test_a_page_that_is_not_written_is_to_come_and_one_that_is_has_a_link():
    entry = Entry("U1", "A title", [], [], "refresher", 1)
    assert listed(entry, set()) == ["- **A title** – *refresher* (to come)"]
    assert listed(entry, {"refresher"}) == ["- **A title** – {doc}`/refresher`"]


def test_all_chapters_can_be_planned():
    assert {"planned": set(PLANNED)} == {"planned": set(range(1, 15))}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_the_index_leads_to_every_place(soup, anchors, entry):
    item = soup("topics").find(id=f"where-{entry.key.lower()}")
    links = [a["href"] for a in item.select("a") if "#" in a["href"]]
    sections = [place for place in entry.places if place.anchor != place.page]
    assert len(links) == len(sections)
    for place in entry.places:
        assert {place.anchor, f"equation-{place.anchor}"} & anchors(of_page(place))


# Search.


@pytest.fixture(scope="module")
def search(site):
    """The pages that hold all words of a query, as the search of the site finds them; whole words only."""
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    english = SearchEnglish({})

    def pages(word):
        stem, found = english.stem(word.lower()), set()
        for terms in (index["terms"], index["titleterms"]):
            for name in {stem, word.lower()} & terms.keys():
                found |= set(terms[name] if isinstance(terms[name], list) else [terms[name]])
        return {index["docnames"][number] for number in found}

    def all_words(query):
        words = [w for w in english.split(query) if not w.isdigit() and w.lower() not in english.stopwords]
        return set.intersection(*map(pages, words))

    return all_words


@pytest.mark.parametrize("entry", [e for e in ENTRIES.values() if e.asks], ids=lambda entry: entry.key)
def test_the_search_finds_the_index_and_the_page_by_a_question(search, entry):
    for ask in entry.asks:
        found = search(ask)
        assert {"topics", *(of_page(place) for place in entry.places)} <= found, ask
