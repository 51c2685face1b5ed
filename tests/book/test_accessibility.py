"""Every page and what stands around its text, for readers who hear it or use no mouse: axe-core and the keyboard."""

from pathlib import Path

import pytest

AXE = Path(__file__).parents[2] / "labs" / "node_modules" / "axe-core" / "axe.min.js"
SETTLED = "() => window.MathJax === undefined || MathJax.startup?.promise.then(() => true)"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
# Every rule, whatever its impact; of colour the usual contrast (4.5), not the enhanced one (7).
FINDINGS = """async ([exclude]) => {
  const rules = axe.getRules().map(({ruleId}) => [ruleId, {enabled: ruleId !== "color-contrast-enhanced"}]);
  const {violations} = await axe.run({include: ["html"], exclude}, {rules: Object.fromEntries(rules)});
  return violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
}"""
UNFOLD = """() => {
  document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  document.querySelectorAll(".toggle-button-hidden").forEach((button) => button.click());
}"""
UNREACHED = """() => {
  function* every(root) {
    for (const e of root.querySelectorAll("*")) { yield e; if (e.shadowRoot) yield* every(e.shadowRoot); }
  }
  const scrolls = (e) => {
    const {overflowX, overflowY} = getComputedStyle(e), moves = (way) => /auto|scroll/.test(way);
    return moves(overflowX) && e.scrollWidth > e.clientWidth + 1
      || moves(overflowY) && e.scrollHeight > e.clientHeight + 1;
  };
  const reached = (e) => e.hasAttribute("tabindex") && e.tabIndex >= 0 && e.ariaLabel;
  const missed = [...every(document.querySelector("main"))].filter((e) => scrolls(e) && !reached(e));
  return missed.map((e) => e.outerHTML.slice(0, 160));
}"""


@pytest.fixture(scope="module")
def reader(chromium):
    """`reader(path, theme, size)`: a tab with the page unfolded, without network."""
    contexts = []

    def opened(path, theme="light", size=PHONE):
        contexts.append(chromium.new_context(offline=True, color_scheme=theme, viewport=size))
        tab = contexts[-1].new_page()
        tab.goto(path.as_uri())
        tab.wait_for_function(SETTLED)
        tab.evaluate(UNFOLD)
        tab.wait_for_timeout(400)  # what fades in
        return tab

    yield opened
    for context in contexts:
        context.close()


def findings(tab, *, exclude=()):
    assert AXE.is_file(), "axe-core is missing; run `npm ci` in labs/"
    tab.add_script_tag(path=AXE)
    found = tab.evaluate(FINDINGS, [list(exclude)])
    tab.context.close()
    return found


@pytest.mark.parametrize(("theme", "size"), [("light", WIDE), ("dark", PHONE)], ids=["light-wide", "dark-phone"])
def test_axe_finds_nothing(reader, address, any_page, theme, size):
    assert findings(reader(address(any_page), theme, size)) == []


@pytest.mark.parametrize(("theme", "size"), [("dark", WIDE), ("light", PHONE)], ids=["dark-wide", "light-phone"])
def test_axe_finds_nothing_around_the_text(reader, address, any_page, theme, size):
    """The text itself has been seen in each theme and in each width, and no colour depends on the width."""
    assert findings(reader(address(any_page), theme, size), exclude=["article"]) == []


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
    tab = reader(site / "notation.html", theme, size)
    act(tab)
    tab.wait_for_timeout(500)
    assert findings(tab, exclude=["article"]) == []


def test_the_keyboard_reaches_whatever_scrolls_under_a_name(reader, address, any_page):
    tab = reader(address(any_page))
    unreached = tab.evaluate(UNREACHED)
    tab.context.close()
    assert unreached == []


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
