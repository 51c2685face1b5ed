"""Where a page stands in the book: its head, the map, paths, and a search that answers questions."""

import doctest
import re
import urllib.parse
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import book_map
import navigation
import pytest
import reading_time
from book_map import Box
from chapter_links import PLANNED, chapter_mention
from chapter_numbers import CHAPTER
from docutils import nodes
from docutils.utils import new_document

BOOK = Path(__file__).parents[2] / "book"
PAGES = re.findall(r"- file: (\S+)", (BOOK.parent / "_toc.yml").read_text(encoding="utf-8"))
WRITTEN = {int(match[1]): page for page in PAGES if (match := CHAPTER.match(page))}


def page(*content):
    """A page whose overview holds these nodes after "You need"."""
    before = [nodes.strong("", "You will be able to"), nodes.Text(" read. "), nodes.strong("", "You need")]
    document = new_document("page")
    document += nodes.admonition("", nodes.paragraph("", "", *before, *content), classes=["overview"])
    return document


def mention(number):
    return chapter_mention("", "", nodes.Text(f"chapter {number}"), chapter=number, label="")


def test_a_page_needs_the_chapters_of_the_first_sentence_after_you_need():
    line = [nodes.Text(" "), mention(6), nodes.Text(", and "), mention(5), nodes.Text(". Not needed is "), mention(9)]
    assert navigation.needs(page(*line)) == (6, 5)


def test_what_is_said_after_the_next_bold_word_is_no_need():
    assert navigation.needs(page(nodes.Text(" sums"), nodes.strong("", "Run time"), mention(3))) == ()


def test_a_page_without_an_overview_declares_nothing():
    assert navigation.needs(new_document("page")) is None


@pytest.mark.parametrize(("number", "found"), [(4, (4,)), (4, (2, 7)), (4, ()), (4, None), (1, None)])
def test_a_chapter_that_needs_itself_a_later_one_or_nothing_is_told_so(number, found):
    assert navigation._fault(number, found)


@pytest.mark.parametrize(("number", "found"), [(1, ()), (4, (2, 3))])
def test_a_chapter_may_need_earlier_ones_and_the_first_needs_none(number, found):
    assert navigation._fault(number, found) == ""


def test_running_time_is_that_of_the_build_and_none_for_a_page_that_did_not_run():
    ran = SimpleNamespace(nb_metadata={"a": {"exec_data": {"runtime": 12.0}}, "b": {"exec_data": None}, "c": {}})
    assert [navigation.seconds(ran, name) for name in "abcd"] == [12.0, None, None, None]


def test_no_notebook_says_how_long_its_page_ran():
    notebooks = sorted((BOOK.parent / "notebooks").glob("*.ipynb"))
    assert notebooks
    assert not [path.name for path in notebooks if "when this copy was built" in path.read_text(encoding="utf-8")]


def test_examples_in_docstrings_hold():
    for module in (navigation, book_map):
        assert doctest.testmod(module) == (0, {"navigation": 1, "book_map": 2}[module.__name__])


def test_time_grows_with_words_formulas_figures_and_lines():
    words = nodes.paragraph("", "one two three four " * 50)
    formula, figure = nodes.math_block("", "x"), nodes.figure("", nodes.caption("", "three words here"))
    code = nodes.literal_block("", "a = 1\n\nb = 2")
    counted = reading_time.amount(nodes.section("", words, formula, figure, code))
    assert counted == reading_time.Amount(words=203, formulas=1, figures=1, lines=2)
    assert counted.minutes == pytest.approx(203 / 200 + (15 + 15 + 4) / 60)


def cell(*tags):
    source = nodes.container("", nodes.literal_block("", "a = 1\nb = 2"), nb_element="cell_code_source")
    return nodes.container("", source, nb_element="cell_code", classes=["cell", *(f"tag_{tag}" for tag in tags)])


@pytest.mark.parametrize(("tags", "lines"), [((), 2), (("hide-input",), 0), (("hide-cell",), 0), (("claim-x",), 2)])
def test_code_that_is_folded_is_not_counted(tags, lines):
    assert reading_time.amount(cell(*tags)).lines == lines


def test_the_map_page_says_how_times_are_counted():
    text = (BOOK / "map.md").read_text(encoding="utf-8")
    for words in (
        f"{reading_time.WORDS_PER_MINUTE} words of prose a minute",
        "15 seconds for each",
        "2 seconds for each",
    ):
        assert words in text
    assert reading_time.SECONDS == {"formulas": 15, "figures": 15, "lines": 2}


def test_an_arrow_that_follows_from_others_is_left_out():
    needs = {1: (), 2: (1,), 3: (1, 2), 4: (1, 3), 5: (2,)}
    assert book_map.essential(needs) == [(1, 2), (2, 3), (3, 4), (2, 5)]


def boxes(n=14):
    return [Box(i, f"A title of chapter {i}", "to come", "", (i - 1,) if i > 1 else ()) for i in range(1, n + 1)]


def test_boxes_do_not_overlap_and_stay_inside():
    fan = [Box(1, "One", "", "", ()), *(Box(i, "A distance instead of a verdict", "", "", (1,)) for i in (2, 3, 4))]
    for drawn in (boxes(), fan):
        spots = sorted(book_map.places(drawn).values(), key=lambda spot: (spot.y, spot.x))
        assert all(spot.x >= 0 and spot.x + spot.width <= book_map.WIDTH for spot in spots)
        assert all(a.y + a.height < b.y or a.x + a.width < b.x for a, b in pairwise(spots))


def test_a_box_is_a_link_if_its_chapter_is_written_and_dashed_if_not():
    svg = book_map.draw([Box(1, "One & all", "5 minutes", "1.html", ()), Box(2, "Two", "to come", "", (1,))])
    assert '<a class="map-box" href="1.html" data-needs="">' in svg
    assert "1 One &amp; all" in svg
    assert 'class="map-box map-planned"' in svg
    assert svg.count("<a ") == 1


def test_planned_chapters_are_numbered_without_gaps():
    assert list(PLANNED) == list(range(1, len(PLANNED) + 1))


def test_a_book_whose_chapters_are_all_written_has_no_gap_and_no_plan_left():
    if len(WRITTEN) == len(PLANNED):
        assert list(WRITTEN) == list(PLANNED)


# The built site.


def test_a_chapter_says_at_its_head_how_long_it_takes_and_what_it_builds_on(soup, chapter):
    head = soup(chapter).select_one("p.page-head")
    assert re.match(r"Reading: about (\d+ minutes|\d+ h)", head.get_text())
    links = [link["href"].rsplit("/", 1)[-1] for link in head.select("a")]
    assert bool(links) == (chapter != WRITTEN[1])
    assert all(Path(link).stem < Path(chapter).name for link in links)


def test_the_map_has_every_chapter_in_the_picture_and_in_words(soup):
    drawn, words = soup("map").select("svg.book-map .map-box"), soup("map").select(".map-words li")
    assert len(drawn) == len(words) == len(PLANNED)
    links = [box["href"] for box in drawn if box.name == "a"]
    assert sorted(links) == sorted(f"{page}.html" for page in WRITTEN.values())


def test_the_picture_and_the_heads_say_the_same(soup):
    for number, chapter in WRITTEN.items():
        built_on = soup("map").select_one(f'svg.book-map [href="{chapter}.html"]')["data-needs"].split()
        heads = [int(Path(a["href"]).name[:2]) for a in soup(chapter).select("p.page-head a")]
        assert sorted(map(int, built_on)) == sorted(heads), number


def test_paths_have_times_and_end_at_written_pages(soup):
    paths = soup("map").select(".learning-path")
    assert len(paths) == 3
    for path in paths:
        assert re.search(r"reading about \d+ (minutes|h)", path.get_text())


def test_the_page_of_curves_and_the_map_are_linked_from_the_landing_page(soup):
    links = {link.get("href") for link in soup("index").select("article a")}
    assert {"map.html", "is-this-normal.html"} <= links


# What a reader asks, and a page that must be among the first three answers.
QUESTIONS = {
    "why are all my samples alike?": "is-this-normal.html#normal-all-alike",
    "my FID is 66, is that good?": "is-this-normal.html#normal-fid",
    "does label smoothing help?": "chapters/05-two-generator-losses.html#gl-smooth",
    "why is my discriminator loss 1.39?": "is-this-normal.html#normal-1-39",
    "generator loss goes up": "is-this-normal.html#normal-g-rises",
    "what is detach for": "refresher.html#refresher-detach",
    "same image for every z": "is-this-normal.html#normal-all-alike",
    "wgan loss negative": "is-this-normal.html#normal-negative",
    "how many discriminator steps": "chapters/06-first-gan.html#k-steps",
    "is gan better than diffusion": "chapters/14-where-gans-stand.html",
}


@pytest.fixture(scope="module")
def browser_tab(chromium):
    context = chromium.new_context(offline=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("question", "answer"), QUESTIONS.items())
def test_search_answers_a_question_among_the_first_three(browser_tab, site, question, answer):
    if not (site / answer.split("#")[0]).exists():
        pytest.skip("the page that answers is not written")
    browser_tab.goto((site / "search.html").as_uri() + "?q=" + urllib.parse.quote_plus(question))
    browser_tab.wait_for_selector("#search-results li:nth-child(3) a")
    shown = [link.get_attribute("href") for link in browser_tab.locator("#search-results li a").all()[:3]]
    assert any(address == answer or address.split("#")[0] == answer for address in shown), shown


def test_search_for_nothing_but_small_words_finds_nothing_and_says_so(browser_tab, site):
    browser_tab.goto((site / "search.html").as_uri() + "?q=what+is+it+for")
    browser_tab.wait_for_selector("text=did not match any")
