"""A question in the page and in the notebook: the same words, the answer folded."""

import re

import pytest
from bs4 import BeautifulSoup

from ganlab.labs import Quiz

BOOK = "https://book.example/chapters/07-quiz.html"


@pytest.fixture(scope="module")
def built(new_project):
    project = new_project("quiz")
    for builder in ("notebooks", "html"):
        done = project.build("-W", "--keep-going", builder=builder)
        assert done.returncode == 0, done.stderr
    return project


@pytest.fixture(scope="module")
def notebook(built):
    return built.markdown("07-quiz")


@pytest.fixture(scope="module")
def questions(built):
    page = (built.html / "chapters/07-quiz.html").read_text(encoding="utf-8")
    return {element["kind"]: element for element in BeautifulSoup(page, "html.parser").select("gan-quiz[id]")}


def words(element):
    return " ".join(element.get_text(" ").split())


def skeleton(element):
    """Tags, and what the custom element reads from them; the inside of formulas, code and links is each page's own."""
    read = {
        name: value for name, value in element.attrs.items() if name in ("data-option", "data-answer", "data-right")
    }
    leaf = "math" in element.get("class", []) or element.name in ("code", "a")
    return element.name, read, [] if leaf else [skeleton(child) for child in element.find_all(recursive=False)]


def test_questions_are_numbered_and_can_be_linked(questions):
    assert [q["id"] for q in questions.values()] == [f"question-{i}" for i in range(1, 7)]
    assert words(questions["multiple"].select_one(".quiz-title")) == "Question 2 choose all that apply"


def test_keys_of_the_misconception_are_on_the_element(questions):
    assert questions["single"]["data-keys"] == "E13 T16"


def test_prompt_options_and_reasons_are_markdown(questions):
    single = questions["single"]
    assert single.select_one(".quiz-prompt a.reference") is not None
    assert single.select_one(".quiz-prompt .math").get_text() == r"\(D\)"
    assert single.select_one(".quiz-options li:nth-child(3) code").get_text() == "0"
    assert r"\pdata > 0" in single.select_one(".quiz-answers li:nth-child(3) div.math").get_text()


def test_the_page_reads_as_a_question_with_a_folded_answer(questions):
    assert [child.name for child in questions["single"].find_all(recursive=False)] == ["p", "div", "ul", "details"]
    (details,) = questions["single"].select("details")
    assert not details.has_attr("open")
    assert words(details).startswith("Answer A No. That confuses an aim with an outcome. B Right. C No.")


def test_answers_carry_what_the_element_must_know(questions):
    def given(kind):
        items = questions[kind].select(".quiz-answers li[data-option]")
        return [(int(i["data-option"]), i["data-answer"], i["data-right"] == "true") for i in items]

    assert given("single") == [(0, "", False), (1, "x", True), (2, "", False)]
    assert given("matching") == [(0, "tanh", False), (1, "sigmoid", False)]
    assert given("numeric") == [(-1, "28", True), (-1, "7", False), (-1, "otherwise", False)]
    assert questions["numeric"]["tolerance"] == "0.01"


def test_steps_are_shuffled_and_their_answers_are_in_the_right_order(questions):
    shown = [words(li).split()[1] for li in questions["ordering"].select(".quiz-options li")]
    answers = questions["ordering"].select(".quiz-answers li")
    assert sorted(shown) == ["Fakes.", "Loss.", "Noise.", "Step."]
    assert shown != ["Noise.", "Fakes.", "Loss.", "Step."]
    assert [shown[int(li["data-option"])] for li in answers] == ["Noise.", "Fakes.", "Loss.", "Step."]


def test_partners_are_named_in_an_order_that_gives_nothing_away(questions):
    assert words(questions["matching"].select_one(".quiz-choices")) == "Choose from: sigmoid , tanh ."


def test_notebook_has_the_question_with_the_answer_folded(notebook):
    options = r"- **A** $\tfrac12$" + "\n- **B** 1\n- **C** `0`"
    head = f"**Question 1** (choose one)\n\nWhich $D$ does *G* want? See [below]({BOOK}#end).\n\n{options}\n\n"
    assert f"{head}<details>\n<summary><b>Answer</b></summary>\n\n- **A** No. That confuses an **aim**" in notebook


def test_notebook_keeps_formulas_of_a_reason_and_expands_their_macros(notebook):
    assert "- **C** No. That is what $D$ wants, since\n\n  $$ p_{\\text{data}} > 0. $$\n\n</details>" in notebook


def test_notebook_names_partners_order_and_numbers(notebook):
    assert "Choose from: sigmoid, tanh." in notebook
    assert "- **A** tanh. It is negative somewhere." in notebook
    assert re.search(
        r"- \*\*[A-D]\*\* comes first\.\n- \*\*[A-D]\*\* comes second\. They are made of noise\.", notebook
    )
    assert "- **28** Right.\n- **7** No. On the way down.\n- **Any other number** No. Count again." in notebook


def test_an_unnumbered_question_takes_no_number(built, notebook):
    page = BeautifulSoup((built.html / "chapters/07-quiz.html").read_text(encoding="utf-8"), "html.parser")
    (question,) = page.select("gan-quiz:not([id])")
    assert words(question.select_one(".quiz-title")) == "Question choose one"
    assert "**Question** (choose one)\n\nWhich?" in notebook


def test_lines_of_code_keep_their_blanks_in_the_page_and_in_the_notebook(questions, notebook):
    lines = {pre.get_text() for pre in questions["arranging"].select(".quiz-options pre.quiz-code")}
    assert lines == {"    a = x", '    b = "<*2*>"', "    return (\n        a, b\n    )", "    return a"}
    assert '  ```python\n      b = "<*2*>"\n  ```' in notebook
    assert re.search(r"- \*\*[A-D]\*\* is line 3\. It uses both\.\n- \*\*[A-D]\*\* does not belong\.", notebook)


def test_no_trailing_space_is_left(notebook):
    assert not re.search(r" $", notebook, re.M)


DIRECTIVE = re.compile(r"^(```|:::)\{quiz\} (\w+)\n((?::\w[^\n]*\n)*)(.*?)^\1$", re.M | re.S)


@pytest.mark.parametrize("kind", ["single", "multiple", "matching", "ordering", "arranging", "numeric"])
def test_a_notebook_s_widget_makes_of_the_source_what_the_page_makes(built, questions, kind):
    source = (built.root / "book/chapters/07-quiz.md").read_text(encoding="utf-8").replace(r"\pdata", "p")
    (body,) = (b for _, found, how, b in DIRECTIVE.findall(source) if found == kind and "unnumbered" not in how)
    quiz = Quiz(kind, body, tolerance=0.01 if kind == "numeric" else None)
    made = BeautifulSoup(quiz.element(), "html.parser").select_one("gan-quiz")
    for part in (".quiz-prompt", ".quiz-options", ".quiz-choices", ".quiz-answers"):
        theirs, ours = questions[kind].select_one(part), made.select_one(part)
        assert (ours is None) == (theirs is None)
        if ours:
            assert skeleton(ours) == skeleton(theirs), part
    assert made.get("tolerance") == questions[kind].get("tolerance")
