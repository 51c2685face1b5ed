"""A derivation in the page and in the notebook: the whole chain, each formula with its reason."""

import re

import pytest
from bs4 import BeautifulSoup

BOOK = "https://book.example/chapters/04-derivations.html"


@pytest.fixture(scope="module")
def built(new_project):
    project = new_project("derivations")
    for builder in ("notebooks", "html"):
        done = project.build("-n", "-W", "--keep-going", builder=builder)
        assert done.returncode == 0, done.stderr
    return project


@pytest.fixture(scope="module")
def notebook(built):
    return built.markdown("04-derivations")


@pytest.fixture(scope="module")
def page(built):
    return BeautifulSoup((built.html / "chapters/04-derivations.html").read_text(encoding="utf-8"), "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


def formulas(element):
    return [math.get_text() for math in element.select(".math")]


def test_it_is_numbered_and_can_be_linked_by_title_and_by_number(page):
    links = page.select('article a[href="#derivation-value-at-best"]')
    assert [words(link) for link in links] == ["The value of the game when D is perfect", "Derivation 1.1"]
    title = words(page.select_one("#derivation-value-at-best > .derivation-title"))
    assert title.startswith("Derivation 1.1 The value")


def test_title_and_reasons_are_markdown(page):
    assert page.select_one(".derivation-title em").get_text() == "perfect"
    reasons = page.select(".derivation-why")
    assert reasons[0].select_one("a")["href"] == "#end"
    assert [p.get_text() for p in reasons[1].select("p")] == [
        "First, each expectation is an integral.",
        "Second, we insert \\(D^*\\).",
    ]


def test_every_step_shows_its_reason_without_a_script(page):
    steps = page.select("ol.derivation-steps > li")
    assert [len(step.select("details[open]")) for step in steps] == [0, 1, 1, 1]
    assert not page.select(".derivation [hidden], .derivation button")


def test_a_formula_can_wrap_between_its_terms_and_breaks_where_the_author_says(page):
    start, first, second, last = page.select(".derivation-formula")
    assert formulas(start) == [r"\(\displaystyle V(D^*, G)\)"]
    assert [f[:20] for f in formulas(first)] == [r"\(=\)", r"\(\displaystyle \E_{", r"\(\displaystyle {}+ "]
    assert not first.select("br")
    assert second.select("br")
    assert formulas(last) == [r"\(\ge\)", r"\(\displaystyle -\log 4\)"]


def test_what_the_symbols_mean_stands_above_the_chain(page):
    assert formulas(page.select_one(".derivation-where"))[1] == r"\(a > 0\)"


def test_notebook_has_the_whole_chain(notebook):
    chain = notebook[notebook.index("> **Derivation 1.1") : notebook.index("## 1.1. End")]
    assert re.findall(r"\$\$ (.{11})", chain) == ["V(D^*, G) $", r"= \mathbb{E", r"\begin{alig", r"\ge -\log 4"]
    assert f"in the place of $D$, as [below]({BOOK}#end)." in chain
    assert "> **First**, each expectation is an integral.\n>\n> Second, we insert $D^*$.\n>" in chain
    assert "> where $m(x) = " in chain


def test_notebook_expands_the_macros_of_a_formula(notebook):
    assert r"\E" not in notebook
    assert r"$$ = \mathbb{E}_{x \sim p_{\text{data}}}[\log D^*(x)] + \mathbb{E}" in notebook


def test_notebook_breaks_a_formula_where_the_page_does(notebook):
    assert r"\,\mathrm{d}x \\ & \quad + \int" in notebook
