"""The chapters' questions: enough of them, and those that every reader of the source notes expects."""

import re
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from notebook_math import expand

from ganlab.labs import Quiz
from ganlab.quiz.source import read

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "book" / "chapters").glob("*.md"))
every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
MACROS = CONFIG["sphinx"]["config"]["mathjax3_config"]["tex"]["macros"]
DIRECTIVE = re.compile(r"^```\{quiz\} (\w+)\n((?::[^\n]*\n)*)(.*?)^```$", re.M | re.S)


def section(path):
    """The text of a chapter's section "Quiz"."""
    parts = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.M)
    return next((part for part in parts if part.startswith("Quiz\n")), "")


def questions(path):
    return [read(kind, body.splitlines()) for kind, _, body in DIRECTIVE.findall(section(path))]


def partners(path):
    return {option.mark for question in questions(path) if question.kind == "matching" for option in question.options}


@every_chapter
def test_a_chapter_asks_four_to_six_questions(path):
    assert 4 <= len(questions(path)) <= 6


@every_chapter
def test_questions_are_asked_by_the_directive_alone(path):
    assert DIRECTIVE.sub("", section(path)).split() == ["Quiz"]


@every_chapter
def test_reasons_leave_the_verdict_to_the_page(path):
    reasons = [option.reason.text for question in questions(path) for option in question.options]
    assert [reason for reason in reasons if re.match(r"(No|Yes|Right|Wrong)\b[:.,]", reason)] == []


@every_chapter
def test_the_page_has_an_element_for_each_question(path, soup):
    elements = soup(f"chapters/{path.stem}").select("gan-quiz:not(.ladder *)")
    assert [element["kind"] for element in elements] == [question.kind for question in questions(path)]


@every_chapter
def test_every_question_can_be_asked_in_a_notebook(path):
    for kind, options, body in DIRECTIVE.findall(section(path)):
        given = dict(re.findall(r"^:(\w+): *(.*)$", options, re.M))
        # A notebook gets the book's text with its macros expanded.
        html = Quiz(kind, expand(body, MACROS), **given).element()
        formulas = "".join(map(str, BeautifulSoup(html, "html.parser").select("math")))
        assert not re.search(r"[$\\]", formulas)
        assert formulas.count("</math>") == len(re.findall(r"\$\$?[^$]+\$\$?", re.sub(r"`[^`\n]*`", "", body)))


@pytest.mark.parametrize(
    ("chapter", "expected"),
    [
        ("02-marco-polo", {"generator", "discriminator"}),
        ("02-marco-polo", {"latent vector", "generator", "discriminator", "real samples", "binary cross-entropy"}),
        ("10-digits", {"tanh", "sigmoid", "LeakyReLU"}),
    ],
)
def test_the_matching_questions_of_the_notes_are_asked(chapter, expected):
    assert expected <= partners(ROOT / "book" / "chapters" / f"{chapter}.md")


def right(path, words):
    """Is the one option with these words marked as right?"""
    options = [option for question in questions(path) for option in question.options if words in option.text.text]
    assert len(options) == 1, words
    return options[0].mark == "x"


@pytest.mark.parametrize(
    ("chapter", "words", "expected"),
    [
        ("06-first-gan", "Training a GAN is a game", True),
        ("06-first-gan", "always reaches the equilibrium", False),
        ("06-first-gan", "Game theory was invented", False),
        ("06-first-gan", "when $L_D$ is 0", False),
        ("06-first-gan", r"$\tfrac12$", False),
        ("10-digits", "Both players can be trained with binary cross-entropy", True),
        ("10-digits", "label smoothing lowers the target of real images", True),
        ("10-digits", "real images the target 0", False),
        ("10-digits", "one loss among many", True),
    ],
)
def test_the_statements_of_the_notes_are_judged_as_the_literature_judges_them(chapter, words, expected):
    assert right(ROOT / "book" / "chapters" / f"{chapter}.md", words) is expected
