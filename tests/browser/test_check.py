"""Check yourself, its view for a class, and the test on paper: a small site from disk, by keyboard alone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Whether the tests answer rightly what has one right option.
HELD = {
    "chapters/01-one.html#question-1": 1,
    "chapters/01-one.html#question-2": 0,
    "chapters/02-two.html#question-1": 1,
}
PRESENTER = {"width": 1280, "height": 720}


@pytest.fixture(scope="session")
def site(once):
    """Two chapters with five questions, and the pages that ask them again, built with the book's own settings."""

    def make(root):
        shutil.copytree(Path(__file__).with_name("check"), root / "source")
        options = ["-q", "-W", "-c", ".", "-D", f"external_toc_path={root / 'source' / '_toc.yml'}"]
        command = [sys.executable, "-m", "sphinx", *options, str(root / "source"), str(root / "html")]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": "default"}
        )
        assert done.returncode == 0, done.stderr[-3000:]

    return once("check", make) / "html"


@pytest.fixture
def check(site, open_page):
    """`check(address)`: the element, when the questions are there."""

    def show(fragment="", **options):
        page = open_page(site / "check-yourself.html", fragment, **options)
        page.wait_for_function("() => window.MathJax.startup.promise.then(() => true)")
        element = page.locator("gan-check")
        element.evaluate("e => e.ready")
        return element

    return show


def state(element):
    return element.evaluate("e => e.state")


def press(element, *keys):
    for key in keys:
        element.page.keyboard.press(key)


FOCUSED = """() => {
  let e = document.activeElement;
  while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  return e.innerText;
}"""


def reach(element, name):
    """Tab forward to the button of that name, as a reader without a mouse does."""
    for _ in range(30):
        press(element, "Tab")
        if element.page.evaluate(FOCUSED).split("\n")[0] == name:
            return
    raise AssertionError(f"no Tab leads to {name!r}")


def begin(element):
    """Start from the top of the element."""
    element.locator("select").focus()
    reach(element, "Start")
    press(element, "Enter")


def answer(element, right):
    """The question that is shown, rightly or not; numbers and several ticks are left out."""
    quiz = element.locator("gan-quiz:visible")
    wanted = quiz.locator("li[data-option]").evaluate_all("all => all.map(li => li.dataset.right === 'true')")
    quiz.locator("input").first.focus()
    press(element, "Space")
    press(element, *["ArrowDown"] * wanted.index(right), "Enter")


def take(element):
    """All five: those of one right option are answered, the rest is passed over."""
    begin(element)
    for address in state(element)["questions"]:
        if address in HELD:
            answer(element, right=bool(HELD[address]))
        reach(element, "Result" if state(element)["at"] == 4 else "Next")
        press(element, "Enter")


# The pool.


def test_every_question_is_in_the_pool_with_words_for_its_keys_and_links_from_the_top(site):
    text = (site / "_static/quiz-pool.js").read_text(encoding="utf-8")
    pool = json.loads(text.removeprefix("globalThis.ganlabQuizPool = ").removesuffix(";\n"))
    assert [page["id"] for page in pool["pages"]] == ["1", "2"]
    assert [(item["page"], item["at"], item["kind"]) for item in pool["items"]] == [
        (0, "question-1", "single"),
        (0, "question-2", "single"),
        (0, "question-3", "numeric"),
        (1, "question-1", "single"),
        (1, "question-2", "multiple"),
    ]
    assert 'href="chapters/01-one.html#one-place"' in pool["items"][0]["html"]
    assert set(pool["words"]) == {"E13", "E33", "U2", "T7"}
    assert all("chapters/01-one.html#one-place" in words for words in pool["words"].values())


def test_no_item_of_the_test_on_paper_is_in_the_pool(site):
    assert "aim at?" in (site / "inventory.html").read_text(encoding="utf-8")
    assert "aim at?" not in (site / "_static/quiz-pool.js").read_text(encoding="utf-8")


# Reading.


def test_a_reader_gets_the_result_by_misconception(check):
    element = check("#check;seed=5")
    take(element)
    assert state(element)["view"] == "result"
    said = " ".join(element.locator(".result").inner_text().split())
    assert said.startswith("2 of 5 right at the first try")
    assert "touch 2 points. 2 were not answered." in said
    slots = element.locator("ul.again slot").evaluate_all("all => all.map(s => s.name)")
    assert sorted(slots) == ["words-E33", "words-U2"]
    words = element.locator("[slot=words-U2]")
    assert words.locator("strong").inner_text() == "A loss of 1.39"
    links = words.locator("a").evaluate_all("all => all.map(a => [a.getAttribute('href'), a.target])")
    places = ["chapters/01-one.html", "chapters/01-one.html#one-place", "check-yourself.html"]
    assert links == [[place, "_blank"] for place in places]


def test_the_words_of_a_result_have_their_formulas_and_lead_back_to_the_question(check):
    element = check("#check;seed=5")
    take(element)
    element.locator(".result summary", has_text="Held").press("Enter")
    element.locator("[slot=words-E13] mjx-container").first.wait_for()
    at = state(element)["questions"].index("chapters/01-one.html#question-2")
    element.get_by_role("button", name=f"question {at + 1}").first.press("Enter")
    assert (state(element)["view"], state(element)["at"]) == ("asking", at)
    assert element.locator("gan-quiz:visible .quiz-feedback").inner_text().startswith("No.")


def test_the_first_try_counts(check):
    element = check("#check;seed=5;from=1")
    begin(element)
    while not state(element)["questions"][state(element)["at"]].endswith("question-2"):
        reach(element, "Next")
        press(element, "Enter")
    answer(element, right=False)
    answer(element, right=True)
    assert state(element)["verdicts"][state(element)["at"]] is False
    assert element.locator("gan-quiz:visible").evaluate("e => e.state.right") is True


def test_a_question_says_where_it_is_from_once_it_is_answered(check):
    element = check("#check;seed=5;from=2")
    begin(element)
    while not state(element)["questions"][state(element)["at"]].endswith("question-1"):
        reach(element, "Next")
        press(element, "Enter")
    assert element.locator(".source").inner_text() == ""
    answer(element, right=True)
    link = element.locator(".source a")
    assert (link.inner_text(), link.get_attribute("href")) == ("chapter 2, Two", "chapters/02-two.html#question-1")


def test_focus_goes_to_the_question_and_its_formulas_are_set(check):
    element = check("#check;seed=5")
    begin(element)
    assert element.evaluate("e => e.shadowRoot.activeElement.textContent") == "Question 1 of 5"
    while not state(element)["questions"][state(element)["at"]].endswith("01-one.html#question-1"):
        reach(element, "Next")
        press(element, "Enter")
    element.locator("gan-quiz:visible mjx-container").first.wait_for()


# What is drawn.


def test_the_address_draws_the_same_questions_again(check):
    first = check("#check;seed=11;from=1")
    begin(first)
    questions = state(first)["questions"]
    assert {address.split("#")[0] for address in questions} == {"chapters/01-one.html"}
    second = check(first.page.evaluate("location.hash"))
    begin(second)
    assert state(second)["questions"] == questions


def test_a_seed_can_be_typed_and_the_chapters_read_so_far_chosen(check):
    element = check()
    element.locator("select").focus()
    press(element, "ArrowDown", "Tab")
    element.page.keyboard.press("Control+a")
    element.page.keyboard.type("42")
    reach(element, "Start")
    assert element.page.evaluate("location.hash") == "#check;seed=42;from=1"
    assert (state(element)["seed"], state(element)["from"]) == (42, ["1"])
    assert "3 questions, drawn from 3. For a class 2" in element.locator(".told").inner_text()


def test_single_chapters_can_be_ticked_and_none_is_told(check):
    element = check("#check;seed=1")
    element.locator("summary").press("Enter")
    for box in element.get_by_role("checkbox").all():
        box.press("Space")
    assert element.locator(".told").inner_text() == "Tick at least one page."
    element.get_by_role("checkbox", name="2 Two").press("Space")
    assert state(element)["from"] == ["2"]
    assert element.locator("select").input_value() == "some"


def test_a_new_visit_has_a_seed_of_its_own_and_keeps_nothing(check):
    element, seeds = check(), set()
    for _ in range(3):
        element.page.reload()
        element.evaluate("e => e.ready")
        seeds.add(state(element)["seed"])
    assert len(seeds) > 1
    kept = set(element.page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]"))
    assert kept <= {"mode", "theme", "sidebar-scroll-top"}  # the theme's own


@pytest.mark.parametrize(("fragment", "words"), [("seed=abc", "seed = “abc”"), ("from=77", "names no page")])
def test_an_address_with_nonsense_is_answered_in_words(check, fragment, words):
    element = check(f"#check;{fragment}")
    assert words in element.locator(".told").inner_text()
    begin(element)
    assert len(state(element)["questions"]) == 5


# For a class.


def test_a_class_sees_one_question_large_and_its_answer_on_a_key(check):
    element = check("#check;seed=3", viewport=PRESENTER)
    element.locator("select").focus()
    reach(element, "Show to a class")
    press(element, "Enter")
    slide = element.locator("dialog")
    assert state(element)["view"] == "class"
    assert len(state(element)["questions"]) == 3
    assert slide.locator(".letter").all_inner_texts()[:2] == ["A", "B"]
    why = slide.locator("li[data-right=false] .why").first  # a right option may have no reason
    assert not why.is_visible()
    stage = slide.locator(".slide")
    assert stage.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 24
    assert stage.evaluate("e => e.scrollHeight <= e.clientHeight")
    press(element, "a")
    assert slide.locator(".mark:visible", has_text="right").count() == 1
    assert why.is_visible()
    assert slide.locator("header .seed").inner_text().startswith("Chapter ")
    press(element, "Space")
    assert not why.is_visible()


def test_arrows_and_a_remote_control_turn_the_pages_and_the_address_follows(check):
    element = check("#check;seed=3;view=class;at=1", viewport=PRESENTER)
    for key, at in {
        "ArrowRight": 2,
        "PageDown": 3,
        "ArrowRight ": 3,
        "PageUp": 2,
        "ArrowLeft": 1,
        "ArrowLeft ": 1,
    }.items():
        press(element, key.strip())
        element.page.wait_for_function(f"location.hash === '#check;seed=3;view=class;at={at}'")
        assert element.get_by_role("heading", level=2).inner_text() == f"Question {at} of 3"
    press(element, "Escape")
    element.page.wait_for_function("location.hash === '#check;seed=3'")  # the dialog tells a moment later
    assert element.locator("[data-slide]").count() == 0


def test_a_link_opens_the_question_that_it_names(check):
    there = check("#check;seed=3;view=class;at=3", viewport=PRESENTER)
    assert there.get_by_role("heading", level=2).inner_text() == "Question 3 of 3"
    there.page.evaluate("location.hash = '#check;seed=3;from=2;view=class;at=9'")
    there.page.wait_for_function("document.querySelector('gan-check').state.questions.length === 1")
    assert there.get_by_role("heading", level=2).inner_text() == "Question 1 of 1"


# For everybody.

VIEWS = {
    "start": lambda element: element.locator("summary").press("Enter"),
    "asking": lambda element: (begin(element), [reach(element, "Next"), press(element, "Enter")]),
    "result": take,
    "class": lambda element: element.page.evaluate("location.hash = '#check;seed=5;view=class;at=2'"),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_no_accessibility_violation_and_no_overflow_at_320_pixels(check, violations, view, theme):
    element = check("#check;seed=5", viewport={"width": 320, "height": 700}, color_scheme=theme)
    VIEWS[view](element)
    element.page.wait_for_function("view => document.querySelector('gan-check').state.view === view", arg=view)
    if view == "class":
        press(element, "a")
    element.page.wait_for_timeout(300)  # what fades in has come
    assert violations(element.page, "gan-check") == []
    assert element.page.evaluate("document.scrollingElement.scrollWidth") <= 320


def test_without_javascript_the_quizzes_of_the_chapters_are_named(site, open_page):
    page = open_page(site / "check-yourself.html", java_script_enabled=False)
    links = page.locator("gan-check a").evaluate_all("all => all.map(a => [a.innerText, a.getAttribute('href')])")
    assert links == [["One of a kind", "chapters/01-one.html#quiz"], ["Two", "chapters/02-two.html#quiz"]]
    assert page.get_by_text("Without JavaScript").is_visible()
    for _, address in links:
        assert 'id="quiz"' in (site / address.split("#")[0]).read_text(encoding="utf-8")


# The test on paper.


def printed(page, text):
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    seen = page.get_by_text(text).first.is_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    return seen


def test_the_test_prints_without_its_key_unless_that_is_open(site, open_page):
    page = open_page(site / "inventory.html")
    assert printed(page, "aim at?")
    assert not printed(page, "Whether an aim is told")
    assert not printed(page, "What paper does without.")
    page.locator(".answer-key > summary").press("Enter")
    assert printed(page, "Whether an aim is told")
    assert page.locator(".answer-key").get_attribute("open") is not None


def test_the_key_has_letters_reasons_and_the_words_of_each_misconception(site, open_page):
    page = open_page(site / "inventory.html")
    page.locator(".answer-key > summary").press("Enter")
    said = " ".join(page.locator(".answer-key").inner_text().split())
    assert "1 B · 2 A 1. B Purpose: Whether an aim is told from an outcome. A That is an outcome. Behind it:" in said
    assert "B Right. The loss falls all the way. C Nothing proves it. Behind it: One half as a proof" in said
    assert page.locator("#item-2 ol > li").all_inner_texts() == ["This.", "That.", "Nothing."]
