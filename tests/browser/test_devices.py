"""Every device: fingers, denser screens, the system's own colours, and pages that are left."""

import io

import pytest
from lab_page import SPECS, drawn, each_make
from PIL import Image, ImageChops

# Fingers.

PHONE = {"viewport": {"width": 390, "height": 700}, "has_touch": True, "is_mobile": True}


def swipe(page, start, by):
    """A finger that goes down, along, and up, as the system reports it."""
    cdp = page.context.new_cdp_session(page)
    for i in range(13):
        at = {"x": start[0] + by[0] * i / 12, "y": start[1] + by[1] * i / 12}
        cdp.send("Input.dispatchTouchEvent", {"type": "touchMove" if i else "touchStart", "touchPoints": [at]})
        page.wait_for_timeout(16)
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    cdp.detach()
    page.wait_for_timeout(150)


def sliders(element):
    return [box for box in element.locator('input[type="range"]').all() if box.is_visible()]


def place(slider, share):
    """A point of a slider that stands in the middle of the screen."""
    slider.evaluate("e => e.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = slider.bounding_box()
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def scrolled(element):
    """How far the page has been scrolled, and within it the settings."""
    return element.evaluate("e => scrollY + e.shadowRoot.querySelector('.panel').scrollTop")


def look(element):
    return element.evaluate(
        "e => [e.values, e.state.step, [...e.shadowRoot.querySelectorAll('input')].map(i => i.value)]"
    )


@each_make
def test_a_swipe_that_begins_on_a_slider_scrolls_and_changes_nothing(lab, tag):
    element = lab(tag, **PHONE)
    element.evaluate("e => e.step(3)")
    shown = sliders(element)
    actions = {slider.evaluate("e => getComputedStyle(e).touchAction") for slider in shown}
    assert actions <= {"pan-y"}  # by one rule, so that the first and the last speak for all
    up, down = (shown[0], 0.1, -200), (shown[-1], 0.9, 200)
    for slider, share, by in (up, down):
        start = place(slider, share)
        before, top = look(element), scrolled(element)
        swipe(element.page, start, (0, by))
        assert (top - scrolled(element)) * by > 50 * 200
        assert look(element) == before


@each_make
def test_a_finger_moves_a_slider_along_and_by_a_tap(lab, tag):
    element = lab(tag, **PHONE)
    params = SPECS[tag]["params"]
    slider, name = next((box, name) for box in sliders(element) if (name := box.get_attribute("name")) in params)
    value = "(e, name) => e.values[name]"
    element.page.touchscreen.tap(*place(slider, 0.3))
    tapped = element.evaluate(value, name)
    assert tapped != params[name]["default"]
    swipe(element.page, place(slider, 0.3), (150, 4))  # the words may have moved it
    assert element.evaluate(value, name) > tapped


GRIPPED = pytest.mark.parametrize("tag", ["ratio-lab", "divergence-lab", "loss-lab", "dirac-lab"])


def grips(element):
    element.evaluate("e => { e.shadowRoot.querySelector('.drawer').open = false; }")  # it would lie over some of them
    return [grip for grip in element.locator(".grip").all() if grip.is_visible()]


@GRIPPED
def test_a_swipe_that_begins_on_a_grip_scrolls_and_drags_nothing(lab, tag):
    element = lab(tag, **PHONE)
    assert grips(element)
    for grip in grips(element):
        start = place(grip, 0.5)
        before, top = look(element), scrolled(element)
        swipe(element.page, start, (2, -200))
        assert scrolled(element) > top + 50
        assert look(element) == before


@GRIPPED
def test_a_finger_that_goes_sideways_drags_a_grip(lab, tag):
    element = lab(tag, **PHONE)
    start = place(grips(element)[0], 0.5)
    before, top = look(element), scrolled(element)
    swipe(element.page, start, (-60 if start[0] > 195 else 60, 30))
    assert look(element)[0] != before[0]
    assert scrolled(element) == top


# Denser screens.

WATCHED = """const ask = window.matchMedia; window.asked = [];
window.matchMedia = query => { const media = ask.call(window, query); window.asked.push(media); return media; };"""
# Chromium under emulation changes what such a question answers, but tells nobody; a real one tells.
TELL = """asked.filter(media => /resolution/.test(media.media) && !media.matches)
  .map(media => media.dispatchEvent(new Event('change')))"""


@each_make
def test_on_a_denser_screen_the_pictures_become_as_dense(lab, tag):
    element = lab(tag, viewport={"width": 800, "height": 900}, own=True)
    page = element.page
    page.add_init_script(WATCHED)
    page.reload()
    shown = "[...e.shadowRoot.querySelectorAll('canvas')].filter(c => c.checkVisibility())"
    sizes = f"async e => {{ await e.ready; return {shown}.map(c => [c.width, c.clientWidth]); }}"
    drawn(element)
    for ratio in (2, 3):
        once = element.evaluate(sizes)
        metrics = {"width": 800, "height": 900, "deviceScaleFactor": ratio, "mobile": False}
        page.context.new_cdp_session(page).send("Emulation.setDeviceMetricsOverride", metrics)
        page.wait_for_function("asked.some(media => /resolution/.test(media.media) && !media.matches)")
        page.evaluate(TELL)
        drawn(element)
        more = element.evaluate(sizes)
        assert len(once) == len(more) > 0
        assert all(after > before for (before, _), (after, _) in zip(once, more, strict=True))
        assert max(pixels / width for pixels, width in more) > ratio - 0.2


# The system's own colours.


def shot(locator):
    return Image.open(io.BytesIO(locator.screenshot())).convert("RGB")


def luminance(color):
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (x / 255 for x in color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted([luminance(a), luminance(b)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def strongest(picture):
    """The largest contrast of a pixel with the corner's."""
    ground = picture.getpixel((0, 0))
    return max(contrast(color, ground) for _, color in picture.getcolors(1 << 24))


forced = pytest.mark.parametrize("scheme", ["light", "dark"])


@forced
@each_make
def test_forced_colours_leave_words_on_charts_legible(lab, tag, scheme):
    element = lab(tag, forced_colors="active", color_scheme=scheme, theme="dark" if scheme == "light" else "light")
    drawn(element)
    for canvas in element.locator("canvas").all()[:2]:
        picture = shot(canvas)
        if tag == "digit-explorer":  # digits are white on black; the names below them are words
            picture = picture.crop((0, picture.height - 12, picture.width, picture.height))
        else:
            picture = picture.crop((0, 0, 40, picture.height))  # the numbers at the axis
        assert picture.getcolors(1) or strongest(picture) > 7


@forced
@each_make
def test_forced_colours_show_what_is_switched_on_and_where_a_slider_goes(lab, tag, scheme):
    element = lab(tag, forced_colors="active", color_scheme=scheme)
    element.evaluate("e => e.shadowRoot.querySelectorAll('summary').forEach(s => { s.parentNode.open = true; })")
    for toggle in element.locator(".toggle input").all()[:1]:
        before = shot(toggle)
        toggle.evaluate("e => { e.checked = !e.checked; }")
        assert changed(before, shot(toggle)) > 20
    for label in element.locator(".segments label").all()[:2]:
        before = shot(label)
        label.locator("input").evaluate("e => { e.checked = !e.checked; }")
        assert changed(before, shot(label)) > 100
    picture = shot(sliders(element)[0])
    ground = picture.getpixel((picture.width // 2, 0))
    rows = range(picture.height // 2 - 4, picture.height // 2 + 5)
    columns = range(picture.width)
    seen = [any(contrast(picture.getpixel((x, y)), ground) > 1.5 for y in rows) for x in columns]
    assert sum(seen) > 0.9 * picture.width


TEXTS = """e => {
  const texts = document.createTreeWalker(e, NodeFilter.SHOW_TEXT), range = document.createRange(), found = [];
  e.scrollIntoView({ block: 'center', behavior: 'instant' });
  while (texts.nextNode()) {
    range.selectNodeContents(texts.currentNode);
    const { x, y, width, height } = range.getBoundingClientRect();
    if (width > 4) found.push({ x, y, width, height });
  }
  return found;
}"""


def illegible(element):
    """Buttons and choices whose words are not there to be read: letters cover some of their ground, not none or all."""
    faults = []
    for button in element.locator("button:visible, .segments span:visible").all():
        for place in button.evaluate(TEXTS):
            picture = Image.open(io.BytesIO(element.page.screenshot(clip=place))).convert("RGB")
            colors = sorted(picture.getcolors(1 << 20), reverse=True)
            ink = sum(n for n, color in colors if contrast(color, colors[0][1]) > 4.5)
            if not 0.02 < ink / (picture.width * picture.height) < 0.6:
                faults.append(button.inner_text())
    return faults


@forced
@pytest.mark.parametrize("tag", ["dirac-lab", "trials-lab"])  # the kit's buttons, and a large one that a lab has itself
def test_forced_colours_leave_words_on_buttons_legible(lab, tag, scheme):
    element = lab(tag, forced_colors="active", color_scheme=scheme)
    assert illegible(element) == []
    element.evaluate("e => { e.shadowRoot.querySelector('.play, .ask > button').style.forcedColorAdjust = 'auto'; }")
    assert illegible(element) != []


def changed(a, b):
    """Number of pixels that differ."""
    return sum(n for n, color in ImageChops.difference(a, b).getcolors(1 << 24) if any(color))


@forced
def test_forced_colours_leave_roles_apart_in_the_legend(lab, scheme):
    element = lab("gan-lab-1d", forced_colors="active", color_scheme=scheme)
    colors = element.evaluate(
        "e => [...e.shadowRoot.querySelectorAll('.legend svg')].slice(0, 2).map(s => getComputedStyle(s).color)"
    )
    assert len(set(colors)) == 2


# Pages that are left.

LEAVE = """async ([tag, n]) => {
  window.left ??= [];
  for (let i = 0; i < n; i++) {
    const e = document.createElement(tag);
    document.querySelector('main').prepend(e);
    await e.ready;
    e.step?.(2);
    await new Promise(requestAnimationFrame);
    window.left.push(new WeakRef(e));
    e.remove();
  }
}"""


@each_make
def test_a_lab_that_is_taken_away_is_forgotten(lab, tag):
    page = lab(tag, own=True).page
    page.evaluate(LEAVE, [tag, 4])
    page.wait_for_timeout(50)
    cdp = page.context.new_cdp_session(page)
    for _ in range(3):
        cdp.send("HeapProfiler.collectGarbage")
    alive = page.evaluate("window.left.filter(each => each.deref()).length")
    assert alive <= 1  # the last one may still be on the stack of the script
