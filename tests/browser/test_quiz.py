"""Questions in a page made by Sphinx: file://, no network, keyboard alone, with and without JavaScript."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KINDS = ["single", "multiple", "matching", "ordering", "numeric", "arranging"]
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT / "book/_ext")!r})
extensions = ["myst_parser", "sphinx.ext.mathjax", "offline_mathjax", "quiz"]
myst_enable_extensions = ["dollarmath"]
mathjax3_config = {{"options": {{"enableMenu": False}}}}
html_theme, language = "sphinx_book_theme", "en"
html_context = {{"default_mode": "auto"}}
html_static_path, html_css_files = [{str(ROOT / "book/_static")!r}], ["book.css"]
html_js_files = [("labs.js", {{"defer": "defer"}})]
"""


@pytest.fixture(scope="session")
def built(once):
    """The page with one question of each kind."""

    def make(root):
        (root / "conf.py").write_text(CONF, encoding="utf-8")
        shutil.copy(Path(__file__).with_name("quiz.md"), root / "index.md")
        command = [sys.executable, "-m", "sphinx", "-q", "-W", str(root), str(root / "html")]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": "default"})
        assert done.returncode == 0, done.stderr

    return once("quiz", make) / "html" / "index.html"


@pytest.fixture
def quiz(built, open_page):
    """`quiz(kind)`: that question, with its formulas typeset."""

    def show(kind, **options):
        page = open_page(built, **options)
        page.wait_for_function("() => window.MathJax.startup.promise.then(() => true)")
        return page.locator(f'gan-quiz[kind="{kind}"]')

    return show


@pytest.fixture
def each_kind(quiz):
    """`each_kind()`: the questions of one visit, each with its kind."""

    def show(**options):
        page = quiz("single", **options).page
        return [(kind, page.locator(f'gan-quiz[kind="{kind}"]')) for kind in KINDS]

    return show


def state(element):
    return element.evaluate("e => e.state")


def feedback(element):
    return element.locator(".quiz-feedback[role=status]")


def add(element, code):
    """Add the line with this code to the answer."""
    letter = element.locator(".quiz-option", has_text=code).inner_text().strip()[0]
    element.get_by_role("button", name=f"Add line {letter}").press("Enter")


def answer_wrongly(element):
    """By keyboard alone: focus the first control, answer, Enter or the button."""
    kind = state(element)["kind"]
    press = element.page.keyboard.press
    if kind == "ordering":
        element.get_by_role("button", name="Check").press("Enter")
        return
    if kind == "arranging":
        add(element, "return a - b")
        element.get_by_role("button", name="Check").press("Enter")
        return
    element.locator("input, select").first.focus()
    if kind == "numeric":
        element.page.keyboard.type("7")
    elif kind == "matching":
        press("ArrowDown")
    elif kind == "multiple":
        press("Tab")
        press("Tab")
        press("Space")
    else:
        press("Space")
    element.get_by_role("button", name="Check").press("Enter")


WRONG = {
    "single": (["No.", "confuses an aim"], [0]),
    "multiple": (["Not quite.", "C Three is not."], [2]),
    "matching": (["0 of 2 match, 1 not answered.", "A It is negative somewhere."], ["sigmoid", ""]),
    "ordering": (["Number 1 comes too early."], [0, 1, 2]),
    "numeric": (["No.", "That is the way down."], ["7"]),
    "arranging": (["One line does not belong.", "Takes a difference."], [1]),
}


def test_a_wrong_answer_gets_its_reason_at_once(each_kind):
    for kind, element in each_kind():
        answer_wrongly(element)
        words, answer = WRONG[kind]
        text = " ".join(feedback(element).inner_text().split())
        assert all(word in text for word in words), text
        assert state(element) == {"kind": kind, "answer": answer, "attempts": 1, "right": False}


def test_what_is_wrong_is_also_said_in_words(each_kind):
    for kind, element in each_kind():
        answer_wrongly(element)
        assert element.locator(".mark", has_text="wrong").filter(visible=True).count() == 1, kind


def right(element):
    """Answer rightly, by keyboard alone."""
    kind, press = state(element)["kind"], element.page.keyboard.press
    if kind == "single":
        element.locator("input").first.focus()
        press("Space")
        press("ArrowDown")
    elif kind == "multiple":
        for i in (0, 1):
            element.locator("input").nth(i).press("Space")
    elif kind == "matching":
        for i, partner in enumerate(["tanh", "sigmoid"]):
            element.locator("select").nth(i).press(partner[0])
    elif kind == "ordering":
        put_in_order(element)
    elif kind == "arranging":
        for code in ("b =", "a =", "return a + b"):
            add(element, code)
    else:
        element.locator("input").focus()
        element.page.keyboard.type("28")
    element.get_by_role("button", name="Check").press("Enter")


def put_in_order(element):
    """Move each step up to its place; the focus must follow it."""
    wanted = element.evaluate("e => [...e.querySelectorAll('li[data-option]')].map(li => Number(li.dataset.option))")
    for place, step in enumerate(wanted):
        at = state(element)["answer"].index(step)
        element.get_by_role("button", name=f"Move up number {at + 1}").focus()
        for _ in range(at - place):
            element.page.keyboard.press("Enter")


def test_a_right_answer_is_said_to_be_right(each_kind):
    for kind, element in each_kind():
        right(element)
        assert feedback(element).inner_text().startswith("Right"), kind
        assert state(element)["right"] is True, kind


def test_enter_in_a_control_checks_and_an_empty_answer_is_no_attempt(each_kind):
    for kind, element in each_kind():
        if kind in ("matching", "ordering", "arranging"):
            element.get_by_role("button", name="Check").press("Space")
        else:
            element.locator("input").first.press("Enter")
        assert state(element)["attempts"] == (kind == "ordering"), kind
        assert feedback(element).inner_text() != "", kind


def test_start_again_forgets_all_and_keeps_the_focus_inside(each_kind):
    for kind, element in each_kind():
        start = state(element)
        answer_wrongly(element)
        element.get_by_role("button", name="Start again").press("Enter")
        assert state(element) == start, kind
        assert feedback(element).inner_text() == "", kind
        assert element.evaluate("e => e.shadowRoot.activeElement?.closest('fieldset') !== null"), kind


def test_the_folded_answer_comes_after_the_first_attempt(each_kind):
    for kind, element in each_kind():
        summary = element.locator("summary")
        assert not summary.is_visible(), kind
        answer_wrongly(element)
        summary.press("Enter")
        assert element.locator(".quiz-answers li").first.is_visible(), kind


def test_formulas_are_set_in_options_and_in_feedback(quiz):
    element = quiz("single")
    answer_wrongly(element)
    assert element.locator(".quiz-option mjx-container").count() == 2
    assert feedback(element).locator("mjx-container").count() == 1
    assert feedback(element).locator("mjx-container").bounding_box()["width"] > 40


def test_a_link_in_the_prompt_works(quiz):
    element = quiz("single")
    element.get_by_role("link", name="below").press("Enter")
    assert element.evaluate("() => location.hash") == "#below"


def test_a_group_is_named_by_its_question(quiz):
    group = quiz("multiple").get_by_role("group", name="Which are true?")
    assert group.get_by_role("checkbox", name="B Two.").count() == 1


def test_change_is_heard_outside_for_each_answer_and_each_check(quiz):
    element = quiz("single")
    element.evaluate(
        "e => { window.heard = []; document.addEventListener('change', () => window.heard.push(e.state)) }"
    )
    element.locator("input").nth(1).press("Space")
    element.get_by_role("button", name="Check").press("Enter")
    heard = element.evaluate("() => window.heard.map(s => [s.answer, s.attempts])")
    assert heard == [[[1], 0], [[1], 1]]


def test_moving_a_step_is_announced_and_stops_at_the_ends(quiz):
    element = quiz("ordering")
    element.get_by_role("button", name="Move down number 1").press("Enter")
    assert element.locator(".heard[role=status]").inner_text() == "Now number 2 of 3."
    assert state(element)["answer"] == [1, 0, 2]
    element.get_by_role("button", name="Move up number 1").press("Enter")
    assert state(element)["answer"] == [1, 0, 2]


def test_adding_and_taking_out_a_line_is_announced_and_the_focus_stays_at_hand(quiz):
    element = quiz("arranging")
    heard, focus = element.locator(".heard[role=status]"), "e => e.shadowRoot.activeElement.ariaLabel"
    element.get_by_role("button", name="Add line B").press("Enter")
    assert heard.inner_text() == "Line B is now number 1 of 1 in your answer."
    assert element.evaluate(focus) == "Add line C"
    element.get_by_role("button", name="Take line B out").press("Enter")
    assert heard.inner_text() == "Line B is out of your answer, which has 0 of the lines now."
    assert element.evaluate(focus) == "Add line B"


def test_focus_shows_on_every_control(each_kind):
    for kind, element in each_kind():
        seen = 0
        element.evaluate("e => e.shadowRoot.querySelector('input, select, button').focus()")
        for _ in range(12):
            found = element.evaluate(
                """e => {
                  const i = e.shadowRoot.activeElement;
                  const ring = i?.closest('label.row') ?? i;
                  return i && getComputedStyle(ring).outlineStyle;
                }"""
            )
            if not found:
                break
            assert found == "solid"
            seen += 1
            element.page.keyboard.press("Tab")
        assert seen >= 2, kind


def test_keys_pressed_in_an_answer_do_not_leave_it(quiz):
    element = quiz("numeric")
    element.page.evaluate("window.heard = 0; document.addEventListener('keydown', () => window.heard++)")
    element.locator("input").press("/")
    assert element.page.evaluate("window.heard") == 0


def test_questions_fit_320_pixels(quiz):
    element = quiz("single", viewport={"width": 320, "height": 800})
    for kind in KINDS:
        answer_wrongly(element.page.locator(f'gan-quiz[kind="{kind}"]'))
    wide = element.page.evaluate(
        """() => [...document.querySelectorAll('gan-quiz')].flatMap(e => [...e.shadowRoot.querySelectorAll('*')])
            .filter(n => n.getBoundingClientRect().right > 320.5).map(n => n.tagName + '.' + n.className)"""
    )
    assert wide == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_accessibility_violation(each_kind, violations, theme):
    questions = [element for _, element in each_kind(color_scheme=theme)]
    assert questions[0].get_attribute("data-lab-theme") == theme
    page = questions[0].page
    assert violations(page, "gan-quiz") == []
    for element in questions:
        answer_wrongly(element)
        element.locator("summary").press("Enter")
    assert violations(page, "gan-quiz") == []
    for element in questions:
        element.get_by_role("button", name="Start again").press("Enter")
        right(element)
    assert violations(page, "gan-quiz") == []


def test_without_javascript_it_reads_as_a_question_with_a_folded_answer(built, open_page):
    page = open_page(built, java_script_enabled=False)
    element = page.locator('gan-quiz[kind="multiple"]')
    shown = " ".join(element.inner_text().split())
    assert shown == "Question 2 choose all that apply Which are true? A One. B Two. C Three. Answer"
    element.locator("summary").press("Enter")
    assert "C No. Three is not." in element.inner_text()
