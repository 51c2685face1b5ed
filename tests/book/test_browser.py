"""Pages opened from disk in Chromium with the network off: what a reader on a train sees."""

import gzip

import pytest
from visits import SETTLED, VISITORS, listened, outside, own_files

CARGO = {"digit-weights.js", "digit-data.js"}

every_visitor = pytest.mark.parametrize("visitor", VISITORS)


@pytest.fixture(scope="module", params=["light", "dark"])
def wide(request, chromium):
    """A desktop tab."""
    context = chromium.new_context(offline=True, color_scheme=request.param, viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture(scope="module")
def phone(chromium):
    """A tab of 390 px."""
    context = chromium.new_context(offline=True, viewport={"width": 390, "height": 844}, has_touch=True)
    yield context
    context.close()


def opened(context, site, page):
    """Open a page from disk."""
    tab = context.new_page()
    tab.goto((site / f"{page}.html").as_uri())
    tab.wait_for_function(SETTLED)
    return tab


def test_a_page_asks_for_its_own_files_only_and_has_no_errors(visit, site, page):
    found = visit(page, "phone")
    assert outside(found["asked"], site) == []
    assert found["heard"] == []


def test_a_page_asks_for_its_own_files_only_at_a_wide_screen_too(visit, site, everything, kind_of_page):
    found = visit(kind_of_page, "wide")
    assert outside(found["asked"], everything.parent if kind_of_page == "everything" else site) == []
    assert found["heard"] == []


def test_nothing_but_a_lab_reaches_under_the_contents_at_a_wide_screen(visit, kind_of_page):
    assert visit(kind_of_page, "wide")["under the contents"] == []


def test_a_chapter_is_light_all_it_loads_included(visit, chapter):
    """What a server would send, compressed, to a reader who scrolls to the end: under 1.5 MB.

    The digit explorer's weights and the digit lab's digits have limits of their own (tests/labs).
    """
    own = own_files(visit(chapter, "phone")["asked"])
    sizes = {path.name: len(gzip.compress(path.read_bytes())) for path in own if path.name not in CARGO}
    assert len(sizes) > 10
    assert sum(sizes.values()) < 1_500_000, sorted(sizes.items(), key=lambda item: -item[1])[:8]


@every_visitor
def test_the_landing_page_leaves_the_digits_where_they_are_until_someone_plays(visit, site, visitor):
    assert CARGO.isdisjoint(path.name for path in own_files(visit("index", visitor)["asked"]))


def test_every_formula_is_set(visit, page):
    found = visit(page, "phone")
    assert found["typeset"] >= found["formulas"]
    assert found["formula errors"] == []


def test_a_page_fits_a_phone(visit, page):
    assert visit(page, "phone")["width"] <= 390


def test_no_formula_and_no_table_scrolls_sideways_on_a_phone(visit, page):
    """Break a long formula with `aligned`; a table becomes a list of records by itself (narrow-tables.js)."""
    assert visit(page, "phone")["too wide"] == []


RECORD = "row => [...row.cells].map((cell) => [cell.role, cell.innerText.trim().split(/\\s*\\n+\\s*/).join(': ')])"


def test_a_table_that_is_too_wide_is_a_list_of_records(phone, everything):
    tab = opened(phone, everything.parent, "index")
    tab.wait_for_selector("table.records")
    first, second, *_ = tab.locator("table.records tbody tr").first.evaluate(RECORD)
    tab.close()
    assert first == ["rowheader", "row"]
    assert second == ["cell", "a column with a long title: a_name_that_cannot_be_broken"]


def test_a_table_is_a_table_again_where_there_is_room(phone, site):
    tab = opened(phone, site, "notation")
    tab.wait_for_selector("table.records")
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.wait_for_selector("table.records", state="detached")
    tab.close()


def test_the_first_tab_stop_skips_to_the_text(wide, site):
    tab = opened(wide, site, "index")
    tab.keyboard.press("Tab")
    focused = tab.evaluate("document.activeElement.textContent.trim()")
    tab.keyboard.press("Enter")
    target = tab.evaluate("location.hash")
    tab.close()
    assert (focused, target) == ("Skip to main content", "#main-content")


def test_search_finds_a_page_from_disk(wide, site):
    tab = wide.new_page()
    heard, asked = listened(tab)
    tab.goto((site / "index.html").as_uri())
    tab.goto((site / "search.html").as_uri() + "?q=generator")
    tab.wait_for_selector("#search-results li a")
    tab.close()
    assert heard == []
    assert outside(asked, site) == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_colour_mode_can_be_chosen(phone, site, mode):
    tab = opened(phone, site, "index")
    tab.locator(".theme-switch-button").click()
    tab.locator(f".theme-change-button[data-mode={mode}]").click()
    chosen = tab.evaluate("getComputedStyle(document.documentElement).colorScheme")
    tab.close()
    assert chosen == mode


@pytest.mark.parametrize(("page", "there"), [("refresher", True), ("chapters/06-first-gan", False)])
def test_the_way_back_to_the_top_is_there_on_a_phone_unless_a_lab_stands_at_its_foot(phone, site, page, there):
    tab = opened(phone, site, page)
    for at in (3000, 2500):
        tab.evaluate("at => scrollTo({top: at, behavior: 'instant'})", at)
        tab.wait_for_timeout(100)
    seen = tab.locator("#pst-back-to-top").is_visible()
    tab.close()
    assert seen == there
