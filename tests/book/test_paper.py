"""The pages as they print: the same from any theme, nothing folded or cut, nothing that waits for a click."""

from functools import cache
from pathlib import Path

import pytest
from visits import change_theme

A4 = {"width": 680, "height": 960}  # px inside ordinary margins
BOTH = ["everything", "index", "labs", "chapters/06-first-gan"]  # together they hold all that has a colour
QUESTIONS = ["colours", "controls", "folded", "cut", "afterAnswers"]


def measured(tab):
    """What paper.js (beside this file) finds on the open page in print media, and whether the page is whole again."""
    tab.evaluate("paper.settled()")
    pictures, before = tab.evaluate("paper.pictures()"), tab.evaluate("paper.structure()")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    found = {name: tab.evaluate(f"paper.{name}()") for name in QUESTIONS}
    tab.emulate_media(media="screen")
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    return found | {"pictures": pictures, "restored": tab.evaluate("paper.structure()") == before}


@pytest.fixture(scope="module")
def printed(chromium, address, known):
    """A function of a page's name and of the theme it is printed from: what `measured` returns.

    One opened page is printed from the dark theme, which has more to undo, and some from the light one, too.
    """
    context = chromium.new_context(offline=True, color_scheme="dark", viewport=A4)

    def look(name):
        tab = context.new_page()
        tab.goto(address(name).as_uri())
        tab.add_script_tag(path=Path(__file__).with_name("paper.js"))
        found = {"dark": measured(tab)}
        if name in BOTH:
            change_theme(tab, "light")
            found["light"] = measured(tab)
        tab.close()
        return found

    @cache
    def themes(name):
        return known(f"printed-{name.replace('/', '-')}", lambda: look(name))

    yield lambda name, theme="dark": themes(name)[theme]
    context.close()


@pytest.mark.parametrize("name", BOTH)
def test_a_page_prints_from_the_dark_theme_as_from_the_light_one(printed, name):
    dark, light = printed(name, "dark"), printed(name, "light")
    assert len(light["colours"]) >= 10
    assert [pair for pair in zip(dark["colours"], light["colours"], strict=True) if pair[0] != pair[1]] == []
    assert dark["pictures"] == light["pictures"]


def test_nothing_on_paper_waits_for_a_click(printed, any_page):
    assert printed(any_page)["controls"] == []


def test_nothing_is_folded_on_paper(printed, any_page):
    assert printed(any_page)["folded"] == []


def test_nothing_is_cut_off_on_paper(printed, any_page):
    assert printed(any_page)["cut"] == []


def test_answers_close_their_section_on_paper(printed, any_page):
    assert printed(any_page)["afterAnswers"] == []


def test_a_printed_page_is_afterwards_as_it_was(printed, any_page):
    assert printed(any_page)["restored"]
