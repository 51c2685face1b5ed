"""What has been read: kept in the browser, shown in words, forgotten on demand; no trouble where it is refused."""

import json

import pytest
from stored import leave
from visits import VISITORS, WIDE, findings, listened, outside

KEY = "ganlab-reading"
ONE, TWO = "chapters/01-one", "chapters/02-two"
SIDEBAR = ".bd-links a"


@pytest.fixture
def reader(chromium, connected):
    """`reader(**options)`: a browser of its own; returns a function that opens a page in it."""
    contexts, seen = [], []

    def new(script="", **options):
        contexts.append(chromium.new_context(offline=True, **options or {"viewport": WIDE}))
        tab = contexts[-1].new_page()
        if script:
            tab.add_init_script(script)
        seen.append(listened(tab))

        def opened(page, anchor=""):
            def go():
                tab.goto("about:blank")
                tab.goto((connected / f"{page}.html").as_uri() + anchor)

            leave(tab, go)
            return tab

        return opened

    yield new
    for _, asked in seen:
        assert outside(asked, connected) == []
    for context in contexts:
        context.close()


def stored(tab):
    return json.loads(tab.evaluate(f"localStorage.getItem('{KEY}')") or "{}")


def read_to_the_end(tab):
    tab.evaluate("scrollTo({top: 1e6, behavior: 'instant'})")
    tab.wait_for_function(f"JSON.parse(localStorage.getItem('{KEY}')).pages[{json.dumps(ONE)}]?.end")


def test_a_chapter_is_begun_when_opened_and_read_when_its_end_was_seen(reader):
    opened = reader()
    opened(ONE)
    assert "1. One … (begun)" in opened("index").locator(SIDEBAR).all_text_contents()
    read_to_the_end(opened(ONE))
    tab = opened("index")
    assert "1. One ✓ (read to the end)" in tab.locator(SIDEBAR).all_text_contents()
    assert "One ✓ (read to the end)" in tab.locator(".chapter-cards a").all_text_contents()
    assert opened("map").locator(".map-time").all_text_contents() == ["5 minutes · read"]


def test_the_landing_page_and_the_map_lead_back_to_the_place(reader):
    opened = reader()
    tab = opened(ONE, "#a-figure")
    tab.wait_for_function(f"JSON.parse(localStorage.getItem('{KEY}')).pages[{json.dumps(ONE)}]?.at === 'a-figure'")
    for page in ("index", "map"):
        link = opened(page).locator(".reading-place a")
        assert link.inner_text() == "Continue reading: 1. One, “A figure”"
        link.click()
        tab.wait_for_url("**/01-one.html#a-figure")


def test_pages_to_look_something_up_take_no_part(reader):
    opened = reader()
    opened(TWO)
    opened("words")
    tab = opened("map")
    assert list(stored(tab)["pages"]) == [TWO]
    assert "2. Two" in tab.locator(".reading-place a").inner_text()


def test_all_is_forgotten_on_demand_by_keyboard_and_that_is_announced(reader):
    opened = reader()
    read_to_the_end(opened(ONE))
    tab = opened("map")
    assert "browser only" in tab.locator(".reading-place").inner_text()
    tab.get_by_role("button", name="Forget it").press("Enter")
    assert stored(tab) == {}
    assert tab.locator(".read-mark").count() == 0
    assert tab.locator(".map-time").all_text_contents() == ["5 minutes"]
    assert tab.evaluate("[document.activeElement.role, document.activeElement.textContent]") == [
        "status",
        "What you have read is forgotten.",
    ]
    assert opened("index").locator(".reading-place, .read-mark").count() == 0


def test_who_comes_for_the_first_time_sees_nothing_of_it(reader):
    assert reader()("index").locator(".reading-place, .read-mark").count() == 0


REFUSED = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('refused'); }});"
FULL = "Storage.prototype.setItem = () => { throw new Error('full'); };"


@pytest.mark.parametrize("script", [REFUSED, FULL], ids=["refused", "full"])
def test_a_browser_that_keeps_nothing_shows_the_page_as_ever(reader, script):
    opened = reader(script)
    tab, faults = opened("index"), []
    tab.on("pageerror", lambda error: faults.append(error.stack))
    for page in (ONE, "index", "map"):
        opened(page).evaluate("scrollTo(0, 1e6)")
        tab.wait_for_timeout(300)
        assert tab.locator("h1").is_visible()
        assert tab.locator(".reading-place, .read-mark").count() == 0
    assert faults  # the theme's own script complains, and none of ours
    ours = ("reading-progress", "previews", "error-links", "labs.js")
    assert [fault for fault in faults if any(name in fault for name in ours)] == []


STRANGE = [
    *("5", "null", "{", '{"pages": 3, "last": []}'),
    '{"pages": {"chapters/01-one": null}, "last": "chapters/01-one"}',
    '{"pages": {"../../x": {"at": "<b>"}}, "last": "../../x"}',
    '{"pages": {"toString": 1}, "last": "toString"}',
]


def test_something_else_under_its_name_does_no_harm(reader):
    opened = reader()
    tab, faults = opened("map"), []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    for text in STRANGE:
        tab.evaluate(f"text => localStorage.setItem('{KEY}', text)", text)
        for page in ("index", ONE, "map"):
            opened(page)
        assert faults == [], text
        assert "1. One" in tab.locator(".reading-place a").inner_text(), text


@pytest.mark.parametrize("options", VISITORS.values(), ids=VISITORS)
def test_axe_finds_nothing_in_what_is_shown_and_it_fits(reader, options):
    opened = reader(**options)
    read_to_the_end(opened(ONE))
    opened(TWO)
    for page in ("index", "map"):
        tab = opened(page)
        assert tab.locator(".reading-place").is_visible()
        assert findings(tab) == []
        assert tab.evaluate("document.scrollingElement.scrollWidth") <= options["viewport"]["width"]


def test_nothing_of_it_is_printed(reader):
    opened = reader()
    read_to_the_end(opened(ONE))
    tab = opened("index")
    tab.emulate_media(media="print")
    assert tab.locator(".reading-place:visible, .read-mark:visible").count() == 0
