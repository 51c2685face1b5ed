"""Help in steps, in the page and in the notebook: folded, whole, and the same questions in both."""

import re

import pytest
from bs4 import BeautifulSoup

from ganlab.labs import Quiz
from ganlab.ladders import ladder

MADE = ladder("euler_sampler")


@pytest.fixture(scope="module")
def built(new_project):
    project = new_project("ladder")
    for builder in ("notebooks", "html"):
        done = project.build("-W", "--keep-going", builder=builder)
        assert done.returncode == 0, done.stderr
    return project


@pytest.fixture(scope="module")
def page(built):
    return BeautifulSoup((built.html / "chapters/14-ladder.html").read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def notebook(built):
    return built.markdown("14-ladder")


def test_the_page_folds_the_help_and_each_rung_in_it(page):
    folds = page.select(".ladder details.sd-dropdown")
    titles = [fold.select_one("summary").get_text(" ", strip=True) for fold in folds]
    assert [title.partition(":")[0] for title in titles] == ["Help in steps", "1. Read", "2. Order", "3. Fill"]
    assert not page.select(".ladder details[open]")
    assert [question["kind"] for question in page.select(".ladder gan-quiz")] == ["arranging", "single"]
    assert "Quiz(" not in page.select_one(".ladder").get_text()


def test_questions_of_a_ladder_take_no_number(page):
    assert page.select_one("gan-quiz:not(.ladder *) .quiz-title").get_text().startswith("Question 1 ")


def test_the_notebook_has_every_rung_folded_and_says_how_to_move_lines(notebook):
    order = ["<b>Help in steps</b>", "<b>1. Read", MADE.read, "<b>2. Order", "**Question** (arrange the lines)"]
    order += ['Quiz("arranging", ladder("euler_sampler").order)', "<b>3. Fill", MADE.gapped, "4\\. **Write:**"]
    places = [notebook.index(part) for part in order]
    assert places == sorted(places)
    assert notebook.count("<details>") == notebook.count("</details>") == 7  # four folds, three answers
    assert re.search(r"- \*\*[A-H]\*\* does not belong\. \*\*Takes steps of length 1\.\*\* This check fails", notebook)


@pytest.mark.parametrize(("kind", "source"), [("arranging", MADE.order), ("single", MADE.fill)])
def test_a_notebook_asks_the_same_as_the_page(page, kind, source):
    ours = BeautifulSoup(Quiz(kind, source, keys=MADE.keys).element(), "html.parser")
    theirs = page.select_one(f'.ladder gan-quiz[kind="{kind}"]')
    for part in (".quiz-options > li", ".quiz-answers li"):
        assert [item.get_text(" ").split() for item in ours.select(part)] == [
            item.get_text(" ").split() for item in theirs.select(part)
        ]
    assert ours.select_one("gan-quiz")["data-keys"] == theirs["data-keys"] == "T17"
