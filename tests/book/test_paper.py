"""The pages as they print: the same from any theme, nothing folded or cut, nothing that waits for a click."""

from functools import cache, partial

import pytest
import visits
from visits import A4, COLOURFUL


@pytest.fixture(scope="module")
def printed(chromium, address, known):
    """A function of a page's name and of the theme it is printed from: what `visits.on_paper` found."""
    context = chromium.new_context(offline=True, viewport=A4)

    @cache
    def found(page):
        look = partial(visits.printed, context, address(page), colourful=page in COLOURFUL)
        return known(f"printed-{page.replace('/', '-')}", look)

    yield lambda page, theme="dark": found(page)[theme]
    context.close()


@pytest.mark.parametrize("name", COLOURFUL)
def test_a_page_prints_from_the_dark_theme_as_from_the_light_one(printed, name):
    dark, light = printed(name, "dark"), printed(name, "light")
    assert len(light["colours"]) >= 10
    assert [pair for pair in zip(dark["colours"], light["colours"], strict=True) if pair[0] != pair[1]] == []
    assert dark["pictures"] == light["pictures"]


def test_nothing_on_paper_waits_for_a_click(printed, kind_of_page):
    assert printed(kind_of_page)["controls"] == []


def test_nothing_is_folded_on_paper(printed, kind_of_page):
    assert printed(kind_of_page)["folded"] == []


def test_nothing_is_cut_off_on_paper(printed, kind_of_page):
    assert printed(kind_of_page)["cut"] == []


def test_answers_close_their_section_on_paper(printed, kind_of_page):
    assert printed(kind_of_page)["afterAnswers"] == []


def test_a_printed_page_is_afterwards_as_it_was(printed, kind_of_page):
    assert printed(kind_of_page)["restored"]
