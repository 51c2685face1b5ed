"""Feedback and class report in a browser: from disk, without network, by assistive technology, on a phone, on paper."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "course"))  # the class that does not exist

from made_up import BOOK, a_class, any_graded, graded

from ganlab.course.feedback import write_feedback
from ganlab.course.report import write_report

WIDE_TEXT = "x" * 300
CLASS = [*a_class(), graded(WIDE_TEXT, "sigmoid", "lost", notes=[WIDE_TEXT], needs_look=True)]
OTHERS = [replace(graded(name, "half"), chapter="05-two-generator-losses") for name in "abc"]
PAGES = {
    "feedback on mistakes": lambda path: write_feedback(WIDE_TEXT, CLASS[7], path, book=BOOK),
    "feedback on all kinds of recovery": lambda path: write_feedback("GANs", CLASS[4], path, book=BOOK),
    "feedback on any text": lambda path: write_feedback("GANs", any_graded(3), path),
    "report": lambda path: write_report("GANs", CLASS, path, book=BOOK),
    "report on two chapters": lambda path: write_report("GANs", [*CLASS, *OTHERS], path, book=BOOK),
    "report on any text": lambda path: write_report("GANs", [any_graded(i) for i in range(3)], path),
    "report on nothing": lambda path: write_report("GANs", [], path),
}
every_page = pytest.mark.parametrize("name", PAGES)


@pytest.fixture
def shown(open_page, tmp_path):
    """`shown(name)`: that page, opened from disk."""

    def show(name, **options):
        PAGES[name](tmp_path / "page.html")
        return open_page(tmp_path / "page.html", **options)

    return show


@pytest.mark.parametrize("theme", ["light", "dark"])
@every_page
def test_axe_finds_nothing(shown, violations, name, theme):
    assert violations(shown(name, color_scheme=theme)) == []


@every_page
def test_nothing_is_wider_than_the_smallest_phone(shown, name):
    page = shown(name, viewport={"width": 320, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth") == 320
    wide = (
        "() => [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > 320.5).length"
    )
    assert page.evaluate(wide) == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_stands_in_a_bar_can_be_read(shown, theme):
    page = shown("report", color_scheme=theme)
    colours = """() => [...document.querySelectorAll('.bars text')].map((text) => {
      const fill = (node) => getComputedStyle(node).fill.match(/\\d+/g).map(Number);
      return [fill(text), fill(text.previousElementSibling)];
    })"""
    found = page.evaluate(colours)
    assert len(found) > 5
    assert min(contrast(*pair) for pair in found) >= 4.5


def contrast(one, other):
    """Of two colours, as WCAG 2.2 defines it."""

    def luminance(colour):
        parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_the_overview_leads_to_the_answer_by_keyboard(shown):
    page = shown("feedback on mistakes")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("() => location.hash") == "#answer-1"
    assert page.evaluate("() => document.querySelector(':target').textContent") == "The discriminator loss from logits"


def test_paper_has_the_addresses_and_black_letters(shown):
    page = shown("feedback on mistakes", color_scheme="dark")
    page.emulate_media(media="print")
    added = page.evaluate("() => getComputedStyle(document.querySelector('a[href^=http]'), '::after').content")
    assert "https://book.example/chapters/" in added
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("() => getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
