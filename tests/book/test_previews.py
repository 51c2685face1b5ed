"""What a link leads to is shown beside it, by pointer and keyboard, until Escape; a tap follows the link."""

import doctest
from contextlib import closing

import previews
import pytest
from visits import PHONE, SETTLED, VISITORS, WIDE, findings, listened, outside

SHOWN = "#preview:popover-open:not([style*=hidden])"
TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
EQUATION, FIGURE, WORK = 'a[href*="#equation-"]:not(.headerlink)', "a:has(> .std-numref)", ".bibtex-citation a"
TERM, OTHER_TERM = 'a[href*="#term-game"]', 'a[href*="#term-value"]'
ONE, TWO, WORDS = "chapters/01-one", "chapters/02-two", "words"
PLACES = {
    ONE: {
        EQUATION: "(1.1)",
        'a[href*="#term-sport"]': "Two players with opposite aims",
        FIGURE: "Figure 1.1 A curve that rises.",
    },
    TWO: {
        EQUATION: "(1.1)",
        FIGURE: "Figure 1.1 A curve that rises.",
        TERM: "Two players with opposite aims",
        WORK: "Generative adversarial nets",
    },
    WORDS: {OTHER_TERM: "What the first player gets"},
}


@pytest.fixture(scope="module")
def contexts(chromium):
    """`contexts(**options)`: a browser of that kind without network, one for all tests."""
    opened = {}

    def context(**options):
        key = repr(sorted(options.items()))
        if key not in opened:
            opened[key] = chromium.new_context(offline=True, **options)
        return opened[key]

    yield context
    for each in opened.values():
        each.close()


@pytest.fixture
def tab(contexts, connected):
    """`tab(page, **options)`: a page of the small site that complains of nothing."""
    tabs = []

    def opened(page, **options):
        made = contexts(**options or {"viewport": WIDE}).new_page()
        tabs.append((made, *listened(made)))
        made.goto((connected / f"{page}.html").as_uri())
        made.wait_for_function(SETTLED)
        return made

    yield opened
    for made, heard, asked in tabs:
        assert heard == []
        assert outside(asked, connected) == []
        made.close()


def focus(tab, selector):
    """Reach a link of the text by keyboard."""
    link = tab.locator(f"article {selector}").first
    tab.keyboard.press("Shift")  # the reader uses the keyboard
    link.focus()
    return link


def shown(tab):
    return tab.wait_for_selector(SHOWN)


def gone(tab):
    tab.wait_for_selector("#preview", state="detached")


@pytest.mark.parametrize("page", PLACES)
def test_the_keyboard_shows_what_a_link_leads_to(tab, page):
    opened = tab(page)
    for selector, words in PLACES[page].items():
        link = focus(opened, selector)
        box = shown(opened)
        assert words in box.inner_text()
        assert link.get_attribute("aria-describedby") == "preview"
        assert box.query_selector_all("a, button, [id], [tabindex]") == []
        assert box.evaluate("e => [...e.querySelectorAll('img')].every((image) => image.naturalWidth > 0)")
        formulas, typeset = (len(box.query_selector_all(kind)) for kind in (".math", "mjx-container"))
        assert typeset == formulas == (selector in {EQUATION, OTHER_TERM})
        opened.keyboard.press("Escape")
        gone(opened)


def test_escape_closes_and_leaves_the_focus_and_the_hint_of_the_browser(tab):
    page = tab(TWO)
    link = focus(page, WORK)
    hint = link.get_attribute("title")
    shown(page)
    assert link.get_attribute("title") is None  # two hints would cover each other
    page.keyboard.press("Escape")
    gone(page)
    assert link.evaluate("e => e === document.activeElement")
    assert "Goodfellow" in hint
    assert link.get_attribute("title") == hint
    assert link.get_attribute("aria-describedby") is None


def test_the_pointer_can_go_into_the_preview_and_it_stays_until_both_are_left(tab):
    page = tab(ONE)
    page.locator(f"article {EQUATION}").first.hover()
    shown(page)
    page.locator("#preview").hover()
    page.wait_for_timeout(800)
    assert page.locator(SHOWN).count() == 1
    page.mouse.move(5, 5)
    gone(page)


def test_the_preview_covers_neither_its_link_nor_the_edge_of_the_screen(tab):
    for options in ({"viewport": WIDE}, TOUCH, {"viewport": {"width": 640, "height": 360}}):
        page = tab(TWO, **options)
        for selector in (EQUATION, FIGURE, WORK):
            link = focus(page, selector).bounding_box()
            box = shown(page).bounding_box()
            assert box["y"] >= link["y"] + link["height"] or box["y"] + box["height"] <= link["y"]
            assert min(box["x"], box["y"]) >= 0
            assert box["y"] + box["height"] <= options["viewport"]["height"]
            assert box["x"] + box["width"] <= options["viewport"]["width"]
            page.keyboard.press("Escape")
            gone(page)


def test_a_formula_fits_the_preview_on_a_phone(tab):
    page = tab(TWO, **TOUCH)
    focus(page, EQUATION)
    shown(page)
    width = "e => [e.querySelector('mjx-math').getBoundingClientRect().width, e.clientWidth]"
    inner, outer = page.locator("#preview mjx-container").evaluate(width)
    assert 0.9 * outer < inner <= outer + 1
    assert page.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize(("page", "selector"), [(ONE, EQUATION), (TWO, TERM)])
def test_a_tap_follows_the_link_and_shows_nothing(tab, page, selector):
    page = tab(page, **TOUCH)
    link = page.locator(f"article {selector}").first
    target = link.evaluate("e => e.href")
    link.tap()
    page.wait_for_url(target)
    page.wait_for_timeout(1000)
    assert page.locator("#preview").count() == 0


def test_a_long_press_shows_the_preview_and_leaves_the_browser_its_menu(tab):
    page = tab(TWO, **TOUCH)
    press = """e => {
      const event = new PointerEvent("contextmenu", {bubbles: true, cancelable: true, pointerType: "touch"});
      return e.dispatchEvent(event);
    }"""
    assert page.locator(f"article {TERM}").first.evaluate(press)  # false if the menu were kept away
    shown(page)
    page.locator("h1").tap()
    gone(page)


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}])
def test_enter_follows_the_link_with_and_without_a_script(contexts, connected, options):
    with closing(contexts(**options).new_page()) as page:
        page.goto((connected / f"{TWO}.html").as_uri())
        page.locator(f"article {FIGURE}").first.press("Enter")
        page.wait_for_url("**/01-one.html#fig-small")


def test_the_file_for_other_pages_is_loaded_when_it_is_first_needed(contexts, connected):
    with closing(contexts(viewport=WIDE).new_page()) as page:
        _, asked = listened(page)
        page.goto((connected / f"{ONE}.html").as_uri())
        page.wait_for_function(SETTLED)
        focus(page, EQUATION)
        shown(page)
        assert not any(previews.FILE in url for url in asked)
        focus(page, WORK)
        page.wait_for_function("document.querySelector('#preview')?.innerText.includes('Goodfellow')")
        assert any(previews.FILE in url for url in asked)


FORCED = [{"viewport": WIDE, "forced_colors": "active", "color_scheme": scheme} for scheme in ("light", "dark")]
LOOKS = {**VISITORS, "forced light": FORCED[0], "forced dark": FORCED[1]}


@pytest.mark.parametrize("options", LOOKS.values(), ids=LOOKS)
def test_axe_finds_nothing_in_a_preview(tab, options):
    page, seen = tab(TWO, **options), "html"
    for selector in (EQUATION, FIGURE, TERM, WORK):
        focus(page, selector)
        shown(page)
        assert findings(page, include=seen) == []
        seen = "#preview"  # the page stays as it was
        page.keyboard.press("Escape")
        gone(page)


def test_a_preview_moves_for_nobody_and_is_not_printed(tab):
    page = tab(ONE)
    focus(page, EQUATION)
    shown(page)
    style = "e => { const s = getComputedStyle(e); return [s.animationName, s.transitionDuration]; }"
    assert page.locator("#preview").evaluate(style) == ["none", "0s"]
    page.emulate_media(media="print")
    assert not page.locator("#preview").is_visible()


def test_examples_in_docstrings_hold():
    assert doctest.testmod(previews) == (0, 3)


def test_in_the_book_every_link_to_a_formula_a_figure_a_term_or_a_work_has_a_preview(site):
    pages = [path.relative_to(site).as_posix() for path in site.rglob("*.html")]
    found = previews.pool(site, pages)
    wanted = set().union(*(previews.links((site / page).read_text(encoding="utf-8"), page) for page in pages))
    kinds = ("#equation-", "#fig-", "#term-", "references.html#id")
    asked = {place for place in wanted if any(kind in place for kind in kinds)}
    assert len(asked) > 200
    assert asked - found.keys() == set()
