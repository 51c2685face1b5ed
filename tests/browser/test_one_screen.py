"""One screen: whoever looks at a picture of a lab sees its words and settings too; on a phone these are in a drawer."""

from pathlib import Path

import pytest
from lab_page import BUNDLE, drawn, each_make

ROOT = Path(__file__).parents[2]
DESK = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}}

# Where picture, words and settings are when the picture has been scrolled to: the first one from the top, the
# others until they are whole. Each is [left, top, right, bottom]; the drawer is closed on a phone.
LOOK = """async (e) => {
  await e.ready;
  e.shadowRoot.querySelectorAll('.drawer').forEach(d => { if (e.clientWidth < 800) d.open = false; });
  const box = n => { const b = n.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  const frame = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const root = e.shadowRoot, seen = [];
  const figures = [...root.querySelectorAll('.stage figure')].filter(f => f.checkVisibility() && f.offsetHeight > 100);
  const words = root.querySelector('[role=status]'), settings = root.querySelector('.drawer, .panel');
  for (const figure of figures.slice(0, 6)) {
    await frame();
    figure.scrollIntoView({ block: figure === figures[0] ? 'start' : 'end', behavior: 'instant' });
    await frame();
    const [left, top, right, bottom] = box(figure);
    const covered = [[left + 9, top + 2], [right - 9, top + 2], [left + 9, bottom - 3], [right - 9, bottom - 3]]
      .filter(([x, y]) => { const at = root.elementFromPoint(x, y); return at && !figure.parentNode.contains(at); });
    seen.push({ picture: box(figure), words: box(words), settings: box(settings), covered });
  }
  return seen;
}"""


def inside(box, size):
    left, top, right, bottom = box
    return left >= 0 and top >= 0 and right <= size["width"] + 0.5 and bottom <= size["height"] + 0.5


def assert_together(element, options):
    seen = element.evaluate(LOOK)
    assert seen
    for each in seen:
        outside = [name for name in ("picture", "words", "settings") if not inside(each[name], options["viewport"])]
        assert (outside, each["covered"]) == ([], []), each


def begin(element):
    """As a reader finds it, after some steps."""
    element.evaluate(
        """e => {
          e.shadowRoot.querySelectorAll('details:not(.drawer)').forEach(folded => { folded.open = false; });
          if ('step' in e.lab.actions) e.step(60);
        }"""
    )


@each_make
def test_picture_words_and_settings_are_seen_together(lab, tag):
    element = lab(tag, **DESK)
    begin(element)
    assert_together(element, DESK)
    drawer = element.locator(".drawer")
    assert drawer.evaluate("d => d.scrollHeight - d.clientHeight") <= 0  # all settings are seen without scrolling


@each_make
def test_a_phone_shows_picture_and_words_together_and_the_way_to_the_settings(lab, tag):
    element = lab(tag, **PHONE)
    begin(element)
    assert_together(element, PHONE)


@each_make
def test_the_drawer_opens_and_closes_from_the_keyboard_and_focus_returns(lab, tag):
    element = lab(tag, **PHONE)
    element.evaluate("e => { e.shadowRoot.querySelector('.drawer').open = false; }")
    handle = element.locator(".drawer > summary")
    panel = element.locator(".panel")
    assert not panel.is_visible()
    handle.press("Enter")
    assert panel.is_visible()
    assert inside(
        panel.evaluate("p => { const b = p.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }"),
        PHONE["viewport"],
    )
    assert element.locator("[role=status]").is_visible()
    element.page.keyboard.press("Tab")
    assert element.evaluate("e => e.shadowRoot.querySelector('.panel').contains(e.shadowRoot.activeElement)")
    element.page.keyboard.press("Escape")
    assert not panel.is_visible()
    assert element.evaluate("e => e.shadowRoot.activeElement.matches('.drawer > summary')")


def test_escape_leaves_settings_that_stand_beside_the_picture(lab):
    element = lab("gan-lab-1d", **DESK)
    element.locator('input[name="k"]').press("Escape")
    assert element.locator(".panel").is_visible()


def test_settings_come_and_go_with_the_width_of_the_page(lab):
    element = lab("marco-polo", **DESK)
    for width, shown in [(1280, True), (390, False), (1280, True)]:
        element.page.set_viewport_size({"width": width, "height": 900})
        drawn(element)
        assert element.locator(".panel").is_visible() == shown


BOOK = """<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8"><title>book</title>
<link rel="stylesheet" href="{css}"><style>body {{ margin: 0 }} .bd-content {{ display: flex; padding-left: 256px }}
.bd-article-container {{ width: 752px; max-width: none !important; margin: 0 !important }}
.bd-article {{ padding: 0 32px }}
.output {{ overflow: auto }} .bd-sidebar-secondary {{ width: 272px }}</style>
<main class="bd-content"><div class="bd-article-container"><article class="bd-article"><h1>x</h1>
<div class="cell"><div class="cell_output"><div class="output text_html"><{tag}></{tag}></div></div></div>
<div class="admonition"><{tag} id="boxed"></{tag}></div><div style="height: 3000px"></div></article></div>
{margin}</main><script src="{script}"></script></html>"""


@pytest.mark.parametrize("margin", ['<div class="bd-sidebar-secondary">On this page</div>', ""])
def test_in_the_book_a_lab_takes_the_right_margin_where_there_is_one(open_page, tmp_path, margin):
    file = tmp_path / "book.html"
    css = (ROOT / "book/_static/book.css").as_uri()
    file.write_text(BOOK.format(css=css, tag="gan-lab-1d", script=BUNDLE.as_uri(), margin=margin), encoding="utf-8")
    page = open_page(file, **DESK)
    element = page.locator("gan-lab-1d").first
    assert element.evaluate("e => e.clientWidth >= 860") == bool(margin)
    assert page.locator("#boxed").evaluate("e => e.clientWidth") < 688
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert_together(element, DESK)


@each_make
def test_the_header_says_what_the_lab_does(lab, tag):
    does = lab(tag).locator("header .does").inner_text()
    assert 3 <= len(does.split()) <= 16
    assert does[0].isupper()
    assert not does.endswith(".")


def test_with_less_motion_z_becomes_g_of_z_from_station_to_station(lab):
    element = lab("gan-lab-2d", reduced_motion="reduce")
    picture = "e => e.shadowRoot.querySelector('.map canvas').toDataURL()"
    drawn(element)
    rest, seen = element.evaluate(picture), []
    element.get_by_role("button", name="Watch z become G(z)").press("Enter")
    station = element.locator(".watch [aria-live]")
    for words in (
        "The noise z.",
        "A quarter of the way.",
        "Half-way.",
        "Three quarters of the way.",
        "G(z), the fakes.",
    ):
        station.get_by_text(words).wait_for()
        seen.append(element.evaluate(picture))
    assert len({rest, *seen}) == 6
    element.page.wait_for_function(f"([e, rest]) => ({picture})(e) === rest", arg=[element.element_handle(), rest])
    assert station.inner_text() == ""


def test_z_becomes_g_of_z_beside_its_button(lab):
    element = lab("gan-lab-2d", **DESK)
    element.get_by_role("button", name="Watch z become G(z)").scroll_into_view_if_needed()
    button, canvas = (
        element.locator(".watch button").bounding_box(),
        element.locator(".map canvas").first.bounding_box(),
    )
    assert button["y"] - canvas["y"] - canvas["height"] < 130


# A sheet is narrower than the screen, and the lab is not told: all in one turn, before it could draw again.
ON_PAPER = """e => {
  document.querySelector('main').style.width = '620px';
  const box = n => { const b = n.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; };
  const pictures = [...e.shadowRoot.querySelectorAll('canvas')].filter(c => c.checkVisibility() && c.width && c.height);
  const words = e.shadowRoot.querySelector('[role=status]');
  return {
    squeezed: pictures.map(c => (c.clientWidth / c.clientHeight) / (c.width / c.height)),
    lab: box(e), stage: box(e.shadowRoot.querySelector('.stage')), words: box(words),
  };
}"""


@each_make
def test_on_paper_a_picture_keeps_its_shape_and_the_words_stand_under_it(lab, tag):
    element = lab(tag, **DESK)
    begin(element)
    drawn(element)
    element.page.emulate_media(media="print")
    found = element.evaluate(ON_PAPER)
    element.page.emulate_media(media="screen")
    assert found["squeezed"] == pytest.approx([1] * len(found["squeezed"]), rel=0.03)
    assert found["words"][1] >= found["stage"][3] - 1
    assert found["stage"][2] - found["stage"][0] > 0.9 * (found["lab"][2] - found["lab"][0])
