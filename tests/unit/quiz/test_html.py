"""The element that notebooks get: Markdown and TeX become HTML and MathML, and nothing in the source can break out."""

import pytest
from bs4 import BeautifulSoup

from ganlab.quiz.html import element, mathml
from ganlab.quiz.source import parse

SINGLE = r"""Which $D(G(z))$ does *G* want? See [this](https://example.org/a).

- [ ] $\tfrac12$
  : Confused.

  $$ \begin{aligned} a &= b \\ c &= d \end{aligned} $$
- [x] 1
- [ ] `0`
  : - of two
    - reasons"""


@pytest.fixture
def single():
    return BeautifulSoup(element(parse("single", SINGLE), keys="E13, T16"), "html.parser")


def words(node):
    return " ".join(node.get_text().split())


def test_it_reads_as_a_question_with_a_folded_answer(single):
    (quiz,) = single.find_all(recursive=False)
    assert [child.name for child in quiz.find_all(recursive=False)] == ["p", "div", "ul", "details"]
    assert words(quiz.select_one(".quiz-title")) == "Question choose one"
    assert [words(item) for item in quiz.select(".quiz-options li")] == ["A 12", "B 1", "C 0"]
    assert quiz["data-keys"] == "E13 T16"


def test_markdown_is_rendered_in_prompt_option_and_reason(single):
    assert single.select_one(".quiz-prompt em").text == "G"
    assert single.select_one(".quiz-prompt a")["href"] == "https://example.org/a"
    assert single.select_one(".quiz-options code").text == "0"
    assert [li.text for li in single.select(".quiz-answers li li")] == ["of two", "reasons"]


def test_formulas_stand_in_the_text_or_on_their_own_line(single):
    assert [math["display"] for math in single.select("math")] == ["inline", "inline", "block"]
    assert len(single.select('math[display="block"] mtr')) == 2


def test_the_verdict_leads_the_first_paragraph_or_stands_before_a_list(single):
    leads = [words(item.find("p")) for item in single.select(".quiz-answers li[data-option]")]
    assert leads == ["A No. Confused.", "B Right.", "C No."]


def test_lines_of_code_keep_their_blanks_and_what_looks_like_markup():
    source = "Make f.\n\n- [1] `    a < *b*`\n- [2]\n  ```\n      return (\n      )\n  ```\n  : Last."
    made = BeautifulSoup(element(parse("arranging", source)), "html.parser")
    lines = {pre.get_text(): pre.get("style") for pre in made.select(".quiz-options li pre.quiz-code")}
    assert lines == {"    a < *b*": "--indent: 4", "    return (\n    )": None}
    assert [item["data-answer"] for item in made.select("li[data-option]")] == ["1", "2"]


def test_partners_order_and_numbers_tell_what_the_element_must_know():
    matching = BeautifulSoup(element(parse("matching", "M\n\n- [b] x\n  : r\n- [a] y\n  : r")), "html.parser")
    assert [span.text for span in matching.select(".quiz-choices span")] == ["a", "b"]
    numeric = parse("numeric", "N\n\n- [x] 2\n- [ ] otherwise\n  : r", tolerance=0.1)
    quiz = BeautifulSoup(element(numeric, tolerance=0.1), "html.parser").select_one("gan-quiz")
    assert quiz["tolerance"] == "0.1"
    assert [li["data-answer"] for li in quiz.select("li[data-option]")] == ["2", "otherwise"]
    assert quiz.select_one(".quiz-options") is None


@pytest.mark.parametrize(
    "attack",
    [
        "<img src=x onerror=alert(1)>",
        "</gan-quiz><script>alert(1)</script>",
        "[link](javascript:alert(1))",
        r"$\text{<img src=x onerror=alert(1)>}$",
        r"$\href{javascript:alert(1)}{x}$",
        "`<script>`",
    ],
)
def test_html_in_the_source_stays_text(attack):
    html = element(parse("multiple", f"Is {attack} safe?\n\n- [x] {attack}\n- [ ] no\n  : {attack}"))
    soup = BeautifulSoup(html, "html.parser")
    assert soup.select("img, script, [onerror], [href]") == []
    assert len(soup.find_all(recursive=False)) == 1


def test_a_mark_with_quotes_stays_in_its_attribute():
    html = element(parse("matching", 'M\n\n- [a" onclick="x] x\n  : r\n- [b] y\n  : r'))
    assert BeautifulSoup(html, "html.parser").select("[onclick]") == []


@pytest.mark.parametrize(
    ("tex", "wrong"),
    [
        (r"\frac{1}{", "is no TeX"),
        ("x^", "is no TeX"),
        (r"\KL(p)", r"\KL is unknown"),
        (r"\begin{gather} a &= b \end{gather}", "& is unknown"),
    ],
)
def test_a_formula_that_cannot_be_shown_is_refused(tex, wrong):
    with pytest.raises(ValueError) as refused:
        mathml(tex)
    assert wrong in str(refused.value)
    assert ";" in str(refused.value), "no cure"


def test_a_bad_formula_is_told_with_its_line():
    with pytest.raises(ValueError, match=r"^quiz, line 6: in the formula .*\\foo"):
        element(parse("single", "P $x$\n\n- [x] a\n- [ ] b\n  : Since\n    $\\foo$."))


def operator(tex, text):
    return next(mo for mo in BeautifulSoup(mathml(tex), "html.parser").select("mo") if mo.text == text)


@pytest.mark.parametrize(
    ("tex", "before", "after"),
    [
        (r"2 \log D", "0.17em", "0.17em"),
        (r"\log(D)", "0", "0"),
        (r"[\log D]", "0", "0.17em"),
    ],
)
def test_names_of_functions_keep_their_distance_but_not_from_a_bracket(tex, before, after):
    log = operator(tex, "log")
    assert (log["lspace"], log["rspace"]) == (before, after)


@pytest.mark.parametrize("tex", ["-1", "(-1, 1)", "a = -1", "(0, -1)"])
def test_a_sign_stands_close_to_its_number(tex):
    assert operator(tex, "\N{MINUS SIGN}").get("form") == "prefix"


@pytest.mark.parametrize("tex", ["a - 1", "f(x) - 1", "|x| - 1", "n! - 1", "x^2 - 1"])
def test_a_difference_has_space_around_it(tex):
    assert operator(tex, "\N{MINUS SIGN}").get("form") is None
