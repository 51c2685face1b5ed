"""Predictions in a page made by Sphinx: file://, no network, by keyboard alone, kept over a reload, on paper."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from lab_page import BUNDLE, PAGE
from stored import leave

ROOT = Path(__file__).parents[2]
KINDS = ["single", "multiple", "matching", "numeric", "curve"]
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT / "book/_ext")!r})
extensions = ["myst_parser", "sphinx.ext.mathjax", "offline_mathjax", "predict"]
myst_enable_extensions = ["dollarmath"]
mathjax3_config = {{"options": {{"enableMenu": False}}}}
html_theme, language = "sphinx_book_theme", "en"
html_context = {{"default_mode": "auto"}}
html_static_path, html_css_files = [{str(ROOT / "book/_static")!r}], ["book.css"]
html_js_files = [("labs.js", {{"defer": "defer"}}), ("paper.js", {{"defer": "defer"}})]
"""
REFUSED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"


@pytest.fixture(scope="session")
def built(once):
    """The page with one box of each kind, and below it the places where the guesses are shown again."""

    def make(root):
        (root / "conf.py").write_text(CONF, encoding="utf-8")
        shutil.copy(Path(__file__).with_name("predict.md"), root / "index.md")
        command = [sys.executable, "-m", "sphinx", "-q", "-W", str(root), str(root / "html")]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": "default"})
        assert done.returncode == 0, done.stderr

    return once("predict", make) / "html" / "index.html"


def set_in_type(page):
    page.wait_for_function("() => window.MathJax.startup.promise.then(() => true)")
    return page


@pytest.fixture
def shown(built, open_page):
    """`shown(**options)`: the page, with its formulas typeset."""
    return lambda **options: set_in_type(open_page(built, **options))


def box(page, kind):
    return page.locator(f"gan-predict[kind={kind}]")


def place(page, kind):
    return page.locator(".admonition.guess", has=page.locator(f'gan-guess[data-on="predict-{kind}"]'))


def state(element):
    return element.evaluate("e => e.state")


def words(locator):
    return " ".join(locator.inner_text().split())


def said(element):
    return words(element.locator("[role=status]"))


def press(element, name):
    element.get_by_role("button", name=name).press("Enter")


def guess(element, keys=("ArrowUp", "ArrowUp")):
    """Say something by keyboard alone; of a curve, move the first point and the last one."""
    kind, page = element.get_attribute("kind"), element.page
    controls = element.locator("input, select")
    controls.first.focus()
    if kind == "numeric":
        page.keyboard.type("80")
    elif kind == "matching":
        for each in controls.all():
            each.select_option("harms")
    elif kind == "curve":
        for key in keys:
            page.keyboard.press(key)
        controls.last.press("End")
    else:
        page.keyboard.press("Space")


GUESSED = {
    "single": [0],
    "multiple": [0],
    "matching": ["harms", "harms", "harms"],
    "numeric": ["80"],
    "curve": [6, 4, 4, 4, 8],
}
FOUND = {
    "single": "It is not as you expected.",
    "multiple": "2 of 3 are as you expected.",
    "matching": "1 of 3 are as you expected.",
    "numeric": "It came out at 99 times, close to what you expected.",
    "curve": "1 of 5 points are as you expected, within 1.",
}


def test_the_answer_is_folded_until_the_reader_commits_by_keyboard(shown):
    page = shown()
    for kind in KINDS:
        element = box(page, kind)
        answer = element.locator(".predict-answer")
        assert not answer.is_visible(), kind
        guess(element)
        assert not answer.is_visible(), kind
        press(element, "Commit")
        assert answer.locator("> :not(summary)").last.is_visible(), kind
        assert state(element)["answer"] == GUESSED[kind]
        assert said(element) == FOUND[kind]
        assert element.evaluate("e => document.activeElement === e.querySelector('summary')"), kind


def test_a_guess_is_shown_again_where_the_experiment_is(shown):
    page = shown()
    expected = {"single": "You expected:", "multiple": "one", "matching": ": harms", "numeric": "80 times", "curve": ""}
    for kind in KINDS:
        again = place(page, kind)
        assert "You have not said what you expect; the question waits." in words(again), kind
        guess(box(page, kind))
        press(box(page, kind), "Commit")
        told = words(again)
        assert expected[kind] in told
        assert FOUND[kind] in told
        assert again.locator("[role=img]").count() == (kind == "curve")


def test_a_guess_outlives_the_page_and_is_forgotten_when_it_is_taken_back(shown):
    page, before = shown(), {}
    for kind in KINDS:
        guess(box(page, kind))
        press(box(page, kind), "Commit")
        before[kind] = state(box(page, kind))
    leave(page, page.reload)
    set_in_type(page)
    for kind in KINDS:
        assert state(box(page, kind)) == before[kind]
        assert FOUND[kind] in words(place(page, kind))
        press(box(page, kind), "Predict again")
        assert box(page, kind).evaluate("e => e.shadowRoot.activeElement?.matches('input, select')"), kind
        assert state(box(page, kind)) == {**before[kind], "phase": "open", "answer": [], "held": None}
    leave(page, page.reload)
    for kind in KINDS:
        assert state(box(page, kind))["phase"] == "open", kind


def test_what_the_browser_loses_is_put_back_and_what_the_page_forgets_is_not(shown):
    page, losses = shown(), iter([True, False])
    guess(box(page, "single"))
    press(box(page, "single"), "Commit")

    def lose():
        if next(losses):
            page.evaluate("localStorage.clear()")
        page.reload()

    leave(page, lose)
    assert state(box(page, "single"))["phase"] == "committed"
    page.evaluate("localStorage.removeItem('ganlab-predict-single')")
    leave(page, page.reload)
    assert state(box(page, "single"))["phase"] == "open"
    with pytest.raises(AssertionError, match="5 times"):
        leave(page, lambda: page.evaluate("localStorage.clear()"))


@pytest.fixture
def bare(built, open_page, tmp_path):
    """`bare(kind, **options)`: a page with that box and its place alone, without the theme and its scripts."""

    def show(kind, **options):
        start, text = f'<gan-predict[^>]*kind="{kind}"', built.read_text(encoding="utf-8")
        found = [start + ".*?</gan-predict>", f'<gan-guess data-on="predict-{kind}"></gan-guess>']
        html = [re.search(each, text, re.S)[0] for each in found]
        page = tmp_path / "bare.html"
        page.write_text(PAGE.format(labs="".join(html), script=BUNDLE.as_uri(), theme="light"), encoding="utf-8")
        return open_page(page, **options)

    return show


def test_where_nothing_can_be_kept_it_works_as_long_as_the_page_is_open(bare):
    page = bare("single", own=True)
    page.context.add_init_script(REFUSED)
    page.reload()
    element = box(page, "single")
    guess(element)
    press(element, "Commit")
    assert said(element) == FOUND["single"]
    assert FOUND["single"] in words(page.locator("gan-guess"))
    page.reload()
    assert state(box(page, "single"))["phase"] == "open"


@pytest.mark.parametrize(
    "kept",
    ["{", "[]", '{"edition": "of another text", "answer": [1]}', '{"edition": "EDITION", "answer": [7]}'],
    ids=["no JSON", "no guess", "of an earlier question", "of no option"],
)
def test_what_is_kept_and_does_not_answer_the_question_is_left(bare, kept):
    page = bare("single")
    edition = box(page, "single").get_attribute("data-edition")
    page.evaluate("text => localStorage.setItem('ganlab-predict-single', text)", kept.replace("EDITION", edition))
    leave(page, page.reload)
    assert state(box(page, "single"))["phase"] == "open"


def test_nothing_said_is_no_guess_and_skipping_shows_the_answer(shown):
    page = shown()
    for kind in KINDS:
        element = box(page, kind)
        press(element, "Commit")
        assert "first" in said(element), kind
        assert state(element)["phase"] == "open", kind
        press(element, "Skip to the answer")
        assert element.locator(".predict-answer > :not(summary)").last.is_visible(), kind
        assert state(element)["held"] is None, kind
        assert "You skipped the question." in words(place(page, kind)), kind
    leave(page, page.reload)
    for kind in KINDS:
        assert state(box(page, kind))["phase"] == "open", kind


def test_a_committed_guess_cannot_be_changed_behind_its_back(shown):
    page = shown()
    for kind in KINDS:
        guess(box(page, kind))
        press(box(page, kind), "Commit")
    assert page.locator("gan-predict :is(input, select):enabled").count() == 0
    field = box(page, "curve").locator(".field")
    field.click(position={"x": 20, "y": 20})
    assert state(box(page, "curve"))["answer"] == GUESSED["curve"]


def test_formulas_are_set_in_the_copy_of_an_option_also_after_a_reload(shown):
    page = shown()
    guess(box(page, "single"))
    press(box(page, "single"), "Commit")
    for _ in range(2):
        copy = place(page, "single").locator("gan-guess mjx-container")
        assert copy.count() == 1
        assert copy.bounding_box()["width"] > 5
        leave(page, page.reload)
        set_in_type(page)


def test_keys_set_a_point_of_a_curve_and_say_where_it_is(shown):
    first = box(shown(), "curve").locator("input").first
    assert first.get_attribute("aria-label") == "steps: 0"
    for key, value in [("ArrowUp", 5), ("ArrowDown", 4), ("Home", 0), ("End", 8)]:
        first.press(key)
        assert first.get_attribute("aria-valuetext") == f"modes covered: {value}"


def heights(element):
    return element.locator("input").evaluate_all("all => all.map(i => Number(i.value))")


def test_a_mouse_draws_across_the_columns(shown):
    page = shown()
    element = box(page, "curve")
    field = element.locator(".field")
    field.scroll_into_view_if_needed()
    at = field.bounding_box()
    where = [(at["x"] + (i + 0.5) * at["width"] / 5, at["y"] + (i + 0.05) * at["height"] / 5) for i in range(5)]
    page.mouse.move(*where[0])
    page.mouse.down()
    for point in where[1:]:
        page.mouse.move(*point)
    page.mouse.up()
    assert heights(element) == [8, 6, 5, 3, 2]


def test_a_finger_sets_the_point_that_it_taps(shown):
    page = shown(has_touch=True, viewport={"width": 390, "height": 844})
    element = box(page, "curve")
    field = element.locator(".field")
    field.scroll_into_view_if_needed()
    at = field.bounding_box()
    page.touchscreen.tap(at["x"] + 0.9 * at["width"], at["y"] + 0.99 * at["height"])
    assert heights(element) == [4, 4, 4, 4, 0]


@pytest.mark.parametrize("width", [320, 390])
def test_boxes_fit_a_phone(shown, width):
    page = shown(viewport={"width": width, "height": 800})
    for kind in KINDS:
        guess(box(page, kind))
        press(box(page, kind), "Commit")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    wide = """w => [...document.querySelectorAll("gan-predict, gan-guess")]
      .flatMap(e => [e, ...e.querySelectorAll("*"), ...e.shadowRoot.querySelectorAll("*")])
      .filter(e => e.getBoundingClientRect().right > w + 0.5 && !e.closest(".highlight, mjx-assistive-mml"))
      .map(e => e.outerHTML.slice(0, 90))"""
    assert page.evaluate(wide, width) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_accessibility_violation(shown, violations, theme):
    page = shown(color_scheme=theme)
    assert box(page, "single").get_attribute("data-lab-theme") == theme
    assert violations(page, "article") == []
    for kind in KINDS:
        guess(box(page, kind))
        press(box(page, kind), "Commit")
    assert violations(page, "article") == []
    for kind in KINDS:
        press(box(page, kind), "Predict again")
        press(box(page, kind), "Skip to the answer")
    assert violations(page, "article") == []


def test_a_group_is_named_by_its_question_and_focus_shows(shown):
    page = shown()
    group = page.get_by_role("group", name="Which change?")
    assert group.get_by_role("checkbox", name="B two").count() == 1
    seen = """e => {
      const i = e.shadowRoot.activeElement, ring = i.closest("label.row, .column") ?? i;
      return getComputedStyle(ring).outlineStyle;
    }"""
    for kind in KINDS:
        box(page, kind).locator("input, select").first.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        assert box(page, kind).evaluate(seen) == "solid", kind


def test_guess_and_truth_differ_in_forced_colours(bare):
    element = box(bare("curve", forced_colors="active"), "curve")
    guess(element)
    press(element, "Commit")
    looks = element.locator("polyline").evaluate_all("all => all.map(l => getComputedStyle(l).strokeDasharray)")
    assert looks[0] != looks[1] == "none"
    sizes = [element.locator(f".dot.{name}").first.bounding_box()["width"] for name in ("guess", "truth")]
    assert sizes[0] > sizes[1] + 4


def test_the_answer_is_printed_at_the_end_and_the_page_is_whole_afterwards(shown):
    page = shown()
    guess(box(page, "numeric"))
    press(box(page, "numeric"), "Commit")
    before = page.evaluate("document.querySelector('article').outerHTML")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    answers = page.locator(".predict-answer")
    assert answers.count() == 5
    assert all(answer.is_visible() for answer in answers.locator("> p:last-of-type").all())
    assert page.locator("gan-predict .predict-answer").count() == 0
    assert page.locator("gan-predict .answer-place").first.is_visible()
    assert "Answer: Predict before you run" in words(answers.first)
    assert page.locator("gan-predict button:visible, gan-predict input[type=range]:visible").count() == 0
    assert box(page, "curve").locator(".sheet .guess:visible").count() == 0  # room to draw in
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.querySelector('article').outerHTML") == before


def test_without_javascript_it_reads_as_a_question_with_a_folded_answer(built, open_page):
    page = open_page(built, java_script_enabled=False)
    element = page.locator(".admonition.predict", has=box(page, "multiple"))
    assert words(element) == "Before you look choose all that apply Which change? A one B two C three Answer"
    element.locator("summary").press("Enter")
    assert "One and three do." in words(element)
    curve = box(page, "curve")
    curve.locator("summary").press("Enter")
    assert "steps modes covered 0 8 500 8 1000 4 1500 2 2000 2" in words(curve)
    assert words(place(page, "multiple")) == "Compare with your prediction One and three changed."
