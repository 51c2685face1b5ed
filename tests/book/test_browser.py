"""Pages opened from disk in Chromium with the network off: what a reader on a train sees."""

import gzip
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

SETTLED = "() => window.MathJax?.startup?.promise.then(() => true)"
TOO_WIDE = """() => {
  for (const fold of document.querySelectorAll("article details")) fold.open = true;
  for (const button of document.querySelectorAll("article .toggle-button-hidden")) button.click();
  const own = ".pst-scrollable-table-container, article > section, article";
  const edge = (e) => (e.closest("td, th, li, dd, p, .admonition") ?? e).closest(own).getBoundingClientRect().right;
  const wide = (e) => e.matches("mjx-container[display=true], .pst-scrollable-table-container")
    ? e.scrollWidth > e.clientWidth : e.getBoundingClientRect().right > edge(e) + 1;
  const seen = document.querySelectorAll("article :is(mjx-container, .pst-scrollable-table-container)");
  return [...seen].filter(wide).map((e) => e.parentElement.id || e.textContent.trim().slice(0, 80));
}"""


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
    """Open a page from disk; return the tab and what it asked for and complained about."""
    tab, heard = context.new_page(), []
    tab.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    tab.on("pageerror", lambda error: heard.append(str(error)))
    tab.on("requestfailed", lambda request: heard.append(f"failed: {request.url}"))
    tab.on("request", lambda request: heard.append(f"asked: {request.url}") if _outside(request.url, site) else None)
    tab.goto((site / f"{page}.html").as_uri())
    tab.wait_for_function(SETTLED)
    return tab, heard


def _outside(url, site) -> bool:
    return not url.startswith((site.as_uri(), "data:", "blob:"))


def test_a_page_asks_for_its_own_files_only_and_has_no_errors(wide, site, page):
    tab, heard = opened(wide, site, page)
    tab.close()
    assert heard == []


def test_a_chapter_is_light_all_it_loads_included(phone, site, chapter):
    """What a server would send, compressed, to a reader who scrolls to the end: under 1.5 MB.

    The digit explorer's weights have a limit of their own (tests/labs/test_explorer.py).
    """
    tab, asked = phone.new_page(), set()
    tab.on("request", lambda request: asked.add(Path(unquote(urlsplit(request.url).path))))
    tab.goto((site / f"{chapter}.html").as_uri())
    tab.wait_for_function(SETTLED)
    for element in tab.locator("article figure, article [data-lab-theme]").all():
        element.scroll_into_view_if_needed()
    tab.wait_for_load_state("networkidle")
    tab.close()
    own = (path for path in asked if path.is_file() and path.name != "digit-weights.js")
    sizes = {path.name: len(gzip.compress(path.read_bytes())) for path in own}
    assert len(sizes) > 10
    assert sum(sizes.values()) < 1_500_000, sorted(sizes.items(), key=lambda item: -item[1])[:8]


def test_every_formula_is_set(phone, site, page):
    tab, _ = opened(phone, site, page)
    wanted = ".math:not(gan-quiz *, :has(math))"  # a question of ganlab.labs.Quiz brings MathML
    formulas, typeset = (tab.locator(f"article {name}").count() for name in (wanted, "mjx-container"))
    errors = tab.locator("mjx-merror").all_text_contents()
    tab.close()
    assert typeset >= formulas
    assert errors == []


def test_a_page_fits_a_phone(phone, site, page):
    tab, _ = opened(phone, site, page)
    width = tab.evaluate("document.scrollingElement.scrollWidth")
    tab.close()
    assert width <= 390


def test_no_formula_and_no_table_scrolls_sideways_on_a_phone(phone, site, page):
    """Break a long formula with `aligned`; a table becomes a list of records by itself (narrow-tables.js)."""
    tab, _ = opened(phone, site, page)
    tab.wait_for_timeout(300)  # tables are fitted a moment after the formulas in them
    wide = tab.evaluate(TOO_WIDE)
    tab.close()
    assert wide == []


RECORD = "row => [...row.cells].map((cell) => [cell.role, cell.innerText.trim().split(/\\s*\\n+\\s*/).join(': ')])"


def test_a_table_that_is_too_wide_is_a_list_of_records(phone, everything):
    tab, _ = opened(phone, everything.parent, "index")
    tab.wait_for_selector("table.records")
    first, second, *_ = tab.locator("table.records tbody tr").first.evaluate(RECORD)
    tab.close()
    assert first == ["rowheader", "row"]
    assert second == ["cell", "a column with a long title: a_name_that_cannot_be_broken"]


def test_a_table_is_a_table_again_where_there_is_room(phone, site):
    tab, _ = opened(phone, site, "notation")
    tab.wait_for_selector("table.records")
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.wait_for_selector("table.records", state="detached")
    tab.close()


def test_the_first_tab_stop_skips_to_the_text(wide, site):
    tab, _ = opened(wide, site, "index")
    tab.keyboard.press("Tab")
    focused = tab.evaluate("document.activeElement.textContent.trim()")
    tab.keyboard.press("Enter")
    target = tab.evaluate("location.hash")
    tab.close()
    assert (focused, target) == ("Skip to main content", "#main-content")


def test_search_finds_a_page_from_disk(wide, site):
    tab, heard = opened(wide, site, "index")
    tab.goto((site / "search.html").as_uri() + "?q=generator")
    tab.wait_for_selector("#search-results li a")
    tab.close()
    assert heard == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_colour_mode_can_be_chosen(phone, site, mode):
    tab, _ = opened(phone, site, "index")
    tab.locator(".theme-switch-button").click()
    tab.locator(f".theme-change-button[data-mode={mode}]").click()
    chosen = tab.evaluate("getComputedStyle(document.documentElement).colorScheme")
    tab.close()
    assert chosen == mode
