"""Every page and what stands around its text, for readers who hear it or use no mouse: axe-core and the keyboard."""

import pytest
from visits import AROUND, FADED, PHONE, SETTLED, VISITORS, WIDE, findings, unfold

every_visitor = pytest.mark.parametrize("visitor", VISITORS)


@pytest.fixture
def reader(chromium):
    """`reader(path, theme, size)`: a tab with the page unfolded, without network."""
    contexts = []

    def opened(path, theme="light", size=PHONE):
        contexts.append(chromium.new_context(offline=True, color_scheme=theme, viewport=size))
        tab = contexts[-1].new_page()
        tab.goto(path.as_uri())
        tab.wait_for_function(SETTLED)
        unfold(tab)
        tab.wait_for_timeout(FADED)
        return tab

    yield opened
    for context in contexts:
        context.close()


@every_visitor
def test_axe_finds_nothing(visit, kind_of_page, visitor):
    found = visit(kind_of_page, visitor, axe=True)["axe"]
    assert found["first"] == found["other theme"] == []


@every_visitor
@pytest.mark.parametrize("page_of_its_kind", AROUND)
def test_axe_finds_nothing_around_the_text_in_the_other_theme(visit, page_of_its_kind, visitor):
    """The text itself has been seen in each theme and in each width, and no colour depends on the width."""
    assert visit(page_of_its_kind, visitor)["axe"]["around"] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_page_for_a_wrong_address(reader, site, theme):
    assert findings(reader(site / "404.html", theme)) == []


OPENED = {
    "search": (WIDE, lambda tab: tab.keyboard.press("Control+k")),
    "contents": (PHONE, lambda tab: tab.locator(".primary-toggle").click()),
    "page contents": (PHONE, lambda tab: tab.locator(".secondary-toggle").click()),
    "theme menu": (WIDE, lambda tab: tab.locator(".theme-switch-button").click()),
    "repository menu": (WIDE, lambda tab: tab.locator(".dropdown-source-buttons > button").click()),
    "scrolled": (WIDE, lambda tab: (tab.mouse.wheel(0, 3000), tab.wait_for_timeout(300), tab.mouse.wheel(0, -500))),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("part", OPENED)
def test_axe_finds_nothing_in_what_opens_around_a_page(reader, site, part, theme):
    size, act = OPENED[part]
    tab = reader(site / "references.html", theme, size)  # long, and without formulas, which would be typeset first
    act(tab)
    tab.wait_for_timeout(500)
    assert findings(tab, exclude=["article"]) == []


def test_the_keyboard_reaches_whatever_scrolls_under_a_name(visit, any_page):
    assert visit(any_page, "phone")["unreached"] == []


@pytest.mark.parametrize("kind", ["mjx-container[display=true]", ".highlight-python pre"])
def test_an_arrow_key_scrolls(reader, everything, kind):
    tab = reader(everything)
    box = tab.locator(kind).first
    box.focus()
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function("box => box.scrollLeft > 0", arg=box.element_handle())


def test_what_fits_is_no_tab_stop(reader, everything):
    tab = reader(everything)
    fits = "e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight"
    stops = tab.locator("pre, mjx-container, .output").evaluate_all(f"all => all.filter({fits}).map((e) => e.tabIndex)")
    assert len(stops) > 3
    assert max(stops) < 0
