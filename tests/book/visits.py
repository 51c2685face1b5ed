"""What readers find on a page. To open one costs seconds, so a visitor opens it once and asks everything.

One visitor is on a phone whose system is dark, one at a wide screen whose system is light; both change their theme at
the end. Others ask axe-core, or print. In the ordinary tests the phone alone sees every page, the rest the pages that
differ in what stands around the text.
"""

from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

AXE = Path(__file__).parents[2] / "labs" / "node_modules" / "axe-core" / "axe.min.js"
SETTLED = "() => window.MathJax === undefined || MathJax.startup?.promise.then(() => true)"
LOADED = """() => document.fonts.status === "loaded"
  && [...document.images].filter((e) => e.checkVisibility()).every((e) => e.complete)"""
A4 = {"width": 680, "height": 960}  # px inside ordinary margins
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
VISITORS = {
    "wide": {"color_scheme": "light", "viewport": WIDE},
    "phone": {"color_scheme": "dark", "viewport": PHONE, "has_touch": True},
}
# Pages that differ in what stands around the text.
AROUND = ["index", "chapters/06-first-gan", "labs", "glossary", "everything"]
# Pages that together hold all that has a colour: they are printed from both themes, the others from the dark one alone,
# which has more to undo.
COLOURFUL = ["everything", "index", "labs", "chapters/06-first-gan"]
ON_PAPER = ["controls", "folded", "cut", "afterAnswers"]
# What depends on theme and width is asked by both; that the text is built well, in the dark alone.
COLOURS = ["color-contrast", "link-in-text-block"]
SEEN = [*COLOURS, "scrollable-region-focusable", "target-size"]
OTHER = {"light": "dark", "dark": "light"}
FADED = 400  # ms in which what fades in has come

# Every rule, whatever its impact; of colour the usual contrast (4.5), not the enhanced one (7).
FINDINGS = """async ([include, exclude, only]) => {
  const wanted = (rule) => only ? only.includes(rule) : rule !== "color-contrast-enhanced";
  const rules = axe.getRules().map(({ruleId}) => [ruleId, {enabled: wanted(ruleId)}]);
  const how = {rules: Object.fromEntries(rules), resultTypes: ["violations"], selectors: false,
    preload: false};  // of style sheets, by requests that a page from disk may not make
  const {violations} = await axe.run({include: [include], exclude}, how);
  return violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
}"""
# What the page does in the frame after a change, such as hearing of a new size, has been done in the second.
SHOWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
READ = f"""async () => {{
  const shown = {SHOWN};
  for (const e of document.querySelectorAll("article figure, article [data-lab-theme]")) {{
    e.scrollIntoView({{behavior: "instant"}});
    await shown();
  }}
}}"""
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
  const settings = (e) => e.matches(".panel, .drawer");  // of a lab: they follow the control that has the focus
  const reached = (e) => settings(e) || e.hasAttribute("tabindex") && e.tabIndex >= 0 && e.ariaLabel;
  const missed = [...every(document.querySelector("main"))].filter((e) => scrolls(e) && !reached(e));
  return missed.map((e) => e.outerHTML.slice(0, 160));
}"""
TOO_WIDE = """() => {
  const own = ".pst-scrollable-table-container, article > section, article";
  const edge = (e) => (e.closest("td, th, li, dd, p, .admonition") ?? e).closest(own).getBoundingClientRect().right;
  const wide = (e) => e.matches("mjx-container[display=true], .pst-scrollable-table-container")
    ? e.scrollWidth > e.clientWidth : e.getBoundingClientRect().right > edge(e) + 1;
  const seen = document.querySelectorAll("article :is(mjx-container, .pst-scrollable-table-container)");
  return [...seen].filter(wide).map((e) => e.parentElement.id || e.textContent.trim().slice(0, 80));
}"""
# A lab may take the place of the contents beside the text, which fold when it comes there; nothing else may.
UNDER_CONTENTS = """() => {
  const beside = document.querySelector(".bd-sidebar-secondary"), edge = beside?.getBoundingClientRect().left;
  const blocks = "p, li, dl, figure, img, pre, table, .admonition, .cell, [data-lab-theme]";
  const own = ":not(.full-width, .full-width *, .pst-scrollable-table-container table)";
  const hidden = !beside?.checkVisibility() || innerWidth < 1200;
  const under = (e) => e.checkVisibility() && e.getBoundingClientRect().right > edge;
  return hidden ? [] : [...document.querySelectorAll(`article :is(${blocks})${own}`)].filter(under)
    .map((e) => e.outerHTML.slice(0, 80));
}"""
# What looks and is built like what stands before it: all formulas but the first ten, and of the words of programs the
# colours that were seen five times. They are nine tenths of a page's elements, and axe-core goes through each.
REPEATED = """() => {
  const formulas = [...document.querySelectorAll("article mjx-container")].slice(10);
  const sizes = formulas.map((e) => e.getBoundingClientRect());  // before any changes, as each would lay out anew
  formulas.forEach((e, i) => {
    const {width, height} = sizes[i];
    Object.assign(e.style, {display: "inline-block", width: `${width}px`, height: `${height}px`});
    e.replaceChildren();
  });
  const seen = {};
  for (const e of document.querySelectorAll("article .highlight pre span")) {
    seen[e.className] = (seen[e.className] ?? 0) + 1;
    if (seen[e.className] > 5 && !e.children.length) e.replaceWith(e.textContent);
  }
}"""
# All but the title of the page: axe-core would go through each formula to find that it shall not look there.
EMPTY = """() => document.querySelectorAll("article :not(:has(h1), h1, h1 *)").forEach((e) => e.remove())"""
FORMULAS = "article .math:not(gan-quiz *, :has(math))"  # a question of ganlab.labs.Quiz brings MathML


@contextmanager
def opened(context, scheme, path):
    """The page in the tab of that context, with the theme that its system has; what it complains of and asks for."""
    tab = context.pages[0] if context.pages else context.new_page()  # a new tab takes longer than many a page
    tab.emulate_media(color_scheme=scheme)
    heard, asked, ears = _ears()
    for event, ear in ears.items():
        tab.on(event, ear)
    tab.goto(path.as_uri())
    tab.wait_for_function(SETTLED)
    yield tab, heard, asked
    for event, ear in ears.items():
        tab.remove_listener(event, ear)
    tab.goto("about:blank")


def visited(context, scheme, path, *, axe):
    """Open a page in that context, and return what is found; `axe`: also what axe-core finds.

    The text is inspected in both themes on the phone alone, as no colour depends on the width; what stands around it,
    in both everywhere.
    """
    with opened(context, scheme, path) as (tab, heard, asked):
        found = {
            "width": tab.evaluate("document.scrollingElement.scrollWidth"),
            "formulas": tab.locator(FORMULAS).count(),
            "typeset": tab.locator("article mjx-container").count(),
            "formula errors": tab.locator("mjx-merror").all_text_contents(),
        }
        read_to_the_end(tab)
        unfold(tab)
        asks = {"too wide": TOO_WIDE, "unreached": UNREACHED, "under the contents": UNDER_CONTENTS}
        found |= {name: tab.evaluate(script) for name, script in asks.items()}
        if axe:
            tab.wait_for_timeout(FADED)
            tab.evaluate(REPEATED)
            found["axe"] = {"first": findings(tab, only=SEEN if scheme == "light" else None)}
        change_theme(tab, OTHER[scheme])
        if axe:
            found["axe"]["other theme"] = findings(tab, only=COLOURS) if scheme == "dark" else []
            tab.evaluate(EMPTY)
            found["axe"]["around"] = findings(tab, exclude=["article"])
        return found | {"heard": heard, "asked": sorted(asked)}


def printed(context, path, *, colourful):
    """What paper.js finds on a page in print media, by the theme it is printed from.

    `colourful`: from both themes, and every colour.
    """
    with opened(context, "dark", path) as (tab, _, _):
        read_to_the_end(tab)
        tab.wait_for_timeout(FADED)
        tab.add_script_tag(path=Path(__file__).with_name("paper.js"))
        found = {"dark": on_paper(tab, colourful)}
        if colourful:
            change_theme(tab, "light")
            found["light"] = on_paper(tab, colourful)
        return found


def on_paper(tab, colourful):
    """What paper.js finds now, and whether the page is whole again afterwards."""
    tab.evaluate("paper.settled()")
    found = {"pictures": tab.evaluate("paper.pictures()")} if colourful else {}
    before = tab.evaluate("paper.structure()")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    for name in [*ON_PAPER, *(["colours"] if colourful else [])]:
        found[name] = tab.evaluate(f"paper.{name}()")
    tab.emulate_media(media="screen")
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    return found | {"restored": tab.evaluate("paper.structure()") == before}


def listened(tab):
    """What the tab complains of, and all it asks for, as they come."""
    heard, asked, ears = _ears()
    for event, ear in ears.items():
        tab.on(event, ear)
    return heard, asked


def _ears():
    heard, asked = [], set()
    return (
        heard,
        asked,
        {
            "console": lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None,
            "pageerror": lambda error: heard.append(str(error)),
            "requestfailed": lambda request: heard.append(f"failed: {request.url}") if _is_fault(request) else None,
            "request": lambda request: asked.add(request.url),
        },
    )


def _is_fault(request):
    """Tell a file that is missing from one that was no longer wanted, since the tab went to another page."""
    return request.failure != "net::ERR_ABORTED"


def read_to_the_end(tab):
    """Scroll past all that loads when it is seen, and back."""
    tab.evaluate(READ)
    tab.wait_for_function(LOADED)
    tab.evaluate("scrollTo(0, 0)")


def unfold(tab):
    tab.evaluate(UNFOLD)
    tab.evaluate(SHOWN)


def change_theme(tab, theme):
    """As the reader's system does in the evening."""
    tab.emulate_media(color_scheme=theme)
    tab.wait_for_function("theme => [theme, undefined].includes(document.documentElement.dataset.theme)", arg=theme)
    tab.wait_for_timeout(FADED)


def findings(tab, *, include="html", exclude=(), only=None):
    """What axe-core finds on the open page or in a part of it, by all of its rules or by those named."""
    assert AXE.is_file(), "axe-core is missing; run `npm ci` in labs/"
    if not tab.evaluate("'axe' in window"):
        tab.add_script_tag(path=AXE)
    return tab.evaluate(FINDINGS, [include, list(exclude), only])


def outside(urls, site):
    """Addresses beyond a page's own files."""
    return [url for url in urls if not url.startswith((site.as_uri(), "data:", "blob:"))]


def own_files(urls):
    """The files among them."""
    paths = (Path(unquote(urlsplit(url).path)) for url in urls)
    return {path for path in paths if path.is_file()}
