"""*Error in this section?* and *in this paragraph?*: links that name the place and ask for nothing before."""

import doctest
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import error_links
import pytest
import yaml
from bs4 import BeautifulSoup
from visits import PHONE, VISITORS, WIDE, findings

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
ISSUES = CONFIG["repository"]["url"] + "/issues/new"
PAGE = "chapters/01-one"


def opened_issue(address):
    """Where a link leads: the address without its query, title and text of the issue."""
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    return f"{parts.scheme}://{parts.netloc}{parts.path}", query["title"][0], query["body"][0]


@pytest.fixture(scope="module")
def html(connected):
    return BeautifulSoup((connected / f"{PAGE}.html").read_text(encoding="utf-8"), "html.parser")


def test_each_section_ends_with_one_link_that_names_page_place_and_first_words(html):
    sections = html.select("article section[id]")
    assert len(sections) == 5
    for section in sections:
        (link,) = section.select(":scope > .error-link > a")
        address, title, body = opened_issue(link["href"])
        heading = section.select_one("h1, h2, h3").find(string=True, recursive=False)
        assert address == ISSUES
        assert title == f"Error in “{heading}” ({PAGE})"
        assert body.startswith(f"Page: {CONFIG['html']['baseurl']}{PAGE}.html#{section['id']}\n\n")
        assert link["aria-label"] == f"{link.get_text()} {heading}"


def test_words_are_those_of_the_section_s_own_text(html):
    bodies = [opened_issue(link["href"])[2] for link in html.select(".error-link a")]
    assert "> Two networks play a game of n rounds, and a reader who …\n" in bodies[0]
    assert "> The words of this section come first, and the formula\n" in bodies[1]


def test_the_search_does_not_find_the_links(connected):
    index = (connected / "searchindex.js").read_text(encoding="utf-8")
    assert '"paragraph":' in index
    assert '"error":' not in index


def test_an_address_stays_short_enough_for_every_browser(html):
    assert max(len(link["href"]) for link in html.select(".error-link a")) < 2000


@pytest.fixture
def tab(chromium, connected):
    """`tab(**options)`: the page without network."""
    contexts = []

    def opened(**options):
        contexts.append(chromium.new_context(offline=True, **options))
        page = contexts[-1].new_page()
        page.goto((connected / f"{PAGE}.html").as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


def mark(page, selector):
    """Mark the text of an element as a reader does."""
    page.locator(selector).first.evaluate("e => getSelection().selectAllChildren(e)")
    page.wait_for_selector(".error-here")


def test_who_marks_text_is_offered_a_link_that_quotes_it(tab):
    page = tab(viewport=WIDE)
    for selector in ("#its-parts > p >> nth=2", "#a-formula > p"):
        mark(page, selector)
        link = page.locator(".error-here")
        assert link.count() == 1
        paragraph = page.locator(selector).first
        assert paragraph.locator(".error-here").count() == 1
        address, _, body = opened_issue(link.get_attribute("href"))
        assert address == ISSUES
        assert f"> {paragraph.inner_text().split('Error in')[0].strip()[:40]}" in body
        assert body.count("> ") == 1
        assert body.endswith("What is wrong: ")
        page.keyboard.press("Escape")
        assert link.count() == 0


def test_the_keyboard_reaches_the_link_next_and_a_click_elsewhere_takes_it_away(tab):
    page = tab(viewport=WIDE)
    paragraph = page.locator("#its-parts > p").first
    paragraph.click(click_count=3)
    paragraph.locator(".error-here").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "error-here"
    page.locator("h1").click()
    assert page.locator(".error-here").count() == 0


def test_a_finger_sees_the_link_of_a_section_and_a_pointer_where_it_is(tab):
    opacity = "e => getComputedStyle(e).opacity"
    phone, wide = tab(viewport=PHONE, has_touch=True, is_mobile=True), tab(viewport=WIDE)
    assert phone.locator(".error-link a").first.evaluate(opacity) == "1"
    link = wide.locator("#the-end > .error-link a")
    wide.mouse.move(0, 0)
    assert link.evaluate(opacity) == "0"
    link.focus()
    assert link.evaluate(opacity) == "1"
    link.blur()
    wide.locator("#the-end > p").first.hover()
    assert link.evaluate(opacity) == "1"


@pytest.mark.parametrize("options", VISITORS.values(), ids=VISITORS)
def test_axe_finds_nothing_in_either_link(tab, options):
    page = tab(**options)
    mark(page, "#its-parts > p")
    page.locator(".error-link a").first.focus()
    assert findings(page) == []


def test_no_link_is_printed(tab):
    page = tab(viewport=WIDE)
    mark(page, "#its-parts > p")
    page.emulate_media(media="print")
    assert page.locator(".error-link:visible, .error-here:visible").count() == 0


def test_example_in_the_docstring_holds():
    assert doctest.testmod(error_links, optionflags=doctest.NORMALIZE_WHITESPACE) == (0, 1)


def test_in_the_book_every_section_has_its_link(soup, page):
    for section in soup(page).select("article section[id]:not(.admonition section)"):
        (link,) = section.select(":scope > .error-link > a")
        assert f".html#{section['id']}\n" in opened_issue(link["href"])[2]
        assert len(link["href"]) < 2000
