"""Help in steps in a page made by Sphinx: file://, no network, keyboard alone, at 320 pixels too."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NARROW = {"width": 320, "height": 800}
CONF = f"""
import sys
sys.path.insert(0, {str(ROOT / "book/_ext")!r})
extensions = ["myst_parser", "sphinx_design", "quiz", "ladder"]
html_theme, language = "sphinx_book_theme", "en"
html_context = {{"default_mode": "auto"}}
html_static_path, html_css_files = [{str(ROOT / "book/_static")!r}], ["book.css"]
html_js_files = [("labs.js", {{"defer": "defer"}}), ("paper.js", {{"defer": "defer"}})]
"""
RIGHT = ["x, h = z", "in range(passes):", "step * h)", "x = x + h * v", "return x"]


@pytest.fixture(scope="session")
def built(once):
    """The page with the ladder of one exercise."""

    def make(root):
        (root / "conf.py").write_text(CONF, encoding="utf-8")
        shutil.copy(Path(__file__).with_name("ladder.md"), root / "index.md")
        command = [sys.executable, "-m", "sphinx", "-q", "-W", str(root), str(root / "html")]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": "default"})
        assert done.returncode == 0, done.stderr

    return once("ladder", make) / "html" / "index.html"


@pytest.fixture
def climb(built, open_page):
    """`climb(**options)`: the help, with every rung unfolded by keyboard."""

    def show(**options):
        help_ = open_page(built, **options).locator(".ladder")
        for fold in help_.locator("details.sd-dropdown").all():
            fold.locator("> summary").press("Enter")
        return help_

    return show


def letter(element, code):
    return element.locator(".quiz-option", has_text=code).inner_text().strip()[0]


def press(element, name):
    element.get_by_role("button", name=name, exact=True).press("Enter")


def said(element):
    return " ".join(element.locator(".quiz-feedback[role=status]").inner_text().split())


def test_nothing_of_the_help_is_seen_before_it_is_unfolded(built, open_page):
    help_ = open_page(built).locator(".ladder")
    assert help_.inner_text().split() == ["Help", "in", "steps"]


def test_lines_are_put_in_order_by_keyboard_and_each_fault_is_named(climb):
    order = climb().locator("gan-quiz[kind=arranging]")
    letters = [letter(order, code) for code in RIGHT]
    wrong = letter(order, "x = x + v(x, t)")
    for each in [wrong, letters[1], letters[0], *letters[2:]]:
        press(order, f"Add line {each}")
    press(order, "Check")
    assert said(order).startswith(f"One line does not belong. {wrong} Takes steps of length 1. This check fails:")
    press(order, f"Take line {wrong} out")
    press(order, "Check")
    assert said(order).startswith(f"Line {letters[1]} comes too early: it waits for line {letters[0]}.")
    press(order, f"Move line {letters[0]} up")
    press(order, f"Take line {letters[2]} out")
    press(order, "Check")
    assert said(order).startswith("Right so far, one line is missing.")
    press(order, f"Add line {letters[2]}")
    for _ in range(2):
        press(order, f"Move line {letters[2]} up")
    press(order, "Check")
    assert said(order) == "Right, all 5 lines are in place."
    assert order.evaluate("e => e.state.right") is True


def test_the_gap_is_filled_by_keyboard_and_a_wrong_line_named(climb):
    fill = climb().locator("gan-quiz[kind=single]")
    fill.get_by_role("radio", name="float(step)").press("Space")
    press(fill, "Check")
    assert said(fill).startswith("No. Counts steps in place of the time. This check fails:")
    fill.get_by_role("radio", name="(len(x), 1), step * h)").press("Space")
    press(fill, "Check")
    assert said(fill) == "Right."


def test_blanks_before_a_line_are_shown(climb):
    order = climb().locator("gan-quiz[kind=arranging]")
    left = """(e, code) => {
      const text = [...e.querySelectorAll(".quiz-code code")].find(c => c.textContent.includes(code)).firstChild;
      const range = document.createRange(), at = text.data.search(/\\S/);
      range.setStart(text, at);
      range.setEnd(text, at + 1);
      return range.getBoundingClientRect().x;
    }"""
    shallow, deep = (order.evaluate(left, code) for code in ("return x", "x = x + h * v"))
    assert 20 < deep - shallow < 50  # four characters


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_narrow_screen_all_fits_and_nothing_is_inaccessible(climb, violations, theme):
    help_ = climb(viewport=NARROW, color_scheme=theme)
    order, fill = help_.locator("gan-quiz").all()
    for code in (RIGHT[0], "x = x + v(x, t)"):
        press(order, f"Add line {letter(order, code)}")
    press(order, "Check")
    fill.get_by_role("radio", name="float(step)").press("Space")
    press(fill, "Check")
    for answer in help_.locator(".quiz-answers > summary").all():
        answer.press("Enter")
    page = help_.page
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320
    wide = """() => [...document.querySelectorAll("gan-quiz, gan-quiz *")]
      .flatMap(e => [e, ...(e.shadowRoot?.querySelectorAll("*") ?? [])])
      .filter(e => e.getBoundingClientRect().right > 320.5 || e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1)
      .map(e => e.outerHTML.slice(0, 80))"""
    assert page.evaluate(wide) == []
    assert violations(page, ".ladder") == []


def test_a_finger_hits_every_button(climb):
    order = climb(viewport=NARROW, has_touch=True).locator("gan-quiz[kind=arranging]")
    for code in RIGHT[:2]:
        order.get_by_role("button", name=f"Add line {letter(order, code)}").tap()
    sizes = order.locator("button.move").evaluate_all("all => all.map(b => b.getBoundingClientRect())")
    assert min(min(size["width"], size["height"]) for size in sizes) >= 40


def test_without_javascript_it_reads_as_text_with_folded_answers(built, open_page):
    page = open_page(built, java_script_enabled=False)
    for fold in page.locator(".ladder details.sd-dropdown").all():
        fold.locator("> summary").press("Enter")
    order = page.locator("gan-quiz[kind=arranging]")
    lines = order.locator(".quiz-options .quiz-code").all_text_contents()
    assert len(lines) == 8
    assert "    return x" in lines
    order.locator("summary").press("Enter")
    assert "does not belong. Takes steps of length 1." in order.inner_text()


def test_on_paper_there_is_no_help_and_afterwards_it_is_back(climb):
    help_ = climb()
    before = help_.evaluate("e => e.outerHTML")
    help_.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert help_.count() == 0
    help_.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert help_.evaluate("e => e.outerHTML") == before
