"""The fixture by which the other tests ask for accessibility: it hears axe-core, and notices when nothing was asked."""

import pytest

PAGE = """<!doctype html><html lang="en"><title>x</title><main><h1>x</h1>
<section><p>black on white <img src="data:,"></p></section>
<aside><p style="color: #bbb; background: #fff">grey on white</p><p>black on white</p></aside>
<div hidden><p>nobody sees this</p></div></main>"""


@pytest.fixture
def page(open_page, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(PAGE, encoding="utf-8")
    return open_page(file)


RULES = ["image-alt", "color-contrast"]


def test_what_a_part_lacks_is_found_there_alone(page, violations):
    assert [rule for rule, _ in violations(page, "section", only=RULES)] == ["image-alt"]
    assert [rule for rule, _ in violations(page, "aside", only=RULES)] == ["color-contrast"]
    assert set(RULES) <= {rule for rule, _ in violations(page)}
    assert violations(page, "section", only=["color-contrast"]) == []


@pytest.mark.parametrize("part", ["div", "section"])
def test_a_part_in_which_hardly_anything_is_seen_is_no_answer(page, violations, part):
    with pytest.raises(AssertionError, match=part):
        violations(page, part)
