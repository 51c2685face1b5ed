"""A derivation in the page: folded and unfolded by keyboard, announced, whole on paper and without a script."""

import pytest

SETTLED = "() => document.querySelector('.derivation-bar')"
SHOWN = "all => all.map((e) => e.checkVisibility({visibilityProperty: true}))"


@pytest.fixture(scope="module")
def context(chromium):
    context = chromium.new_context(offline=True, viewport={"width": 390, "height": 844})
    yield context
    context.close()


@pytest.fixture
def tab(context, everything):
    tab = context.new_page()
    tab.goto(everything.as_uri())
    tab.wait_for_function(SETTLED)
    yield tab
    tab.close()


def steps(tab):
    return tab.locator(".derivation-step").evaluate_all(SHOWN)


def status(tab):
    return tab.locator(".derivation [role=status]").inner_text()


def test_only_the_start_is_shown_at_first_and_nothing_is_announced(tab):
    assert steps(tab) == [True, False, False, False, False]
    assert status(tab) == ""


def test_the_keyboard_unfolds_step_by_step_and_each_is_announced(tab):
    tab.get_by_role("button", name="Next step").focus()
    for i in range(1, 5):
        tab.keyboard.press("Enter")
        assert steps(tab) == [True] * (i + 1) + [False] * (4 - i)
        assert status(tab) == f"Step {i} of 4."
    assert tab.evaluate("document.activeElement.textContent") == "Fold again"
    tab.keyboard.press("Space")
    assert steps(tab) == [True, False, False, False, False]
    assert tab.evaluate("document.activeElement.textContent") == "Next step"


def test_all_are_shown_at_once(tab):
    tab.get_by_role("button", name="Show all").press("Enter")
    assert all(steps(tab))
    assert [b.inner_text() for b in tab.locator(".derivation button:visible").all()] == ["Fold again"]


def test_a_reason_unfolds_by_keyboard_and_stays_open(tab):
    tab.get_by_role("button", name="Next step").press("Enter")
    why = tab.locator(".derivation-why").first
    assert not why.evaluate("e => e.open")
    why.locator("summary").press("Enter")
    assert why.locator("p").is_visible()
    tab.get_by_role("button", name="Next step").press("Enter")
    assert why.evaluate("e => e.open")


def test_steps_that_are_folded_are_no_tab_stops(tab):
    for _ in range(60):
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.checkVisibility({visibilityProperty: true})")


def test_the_page_is_not_scrolled_sideways_and_no_formula_is_cut(tab):
    tab.get_by_role("button", name="Show all").press("Enter")
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    wide = "all => all.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"
    assert tab.locator(".derivation-formula").evaluate_all(wide) == []


def test_a_formula_has_the_size_of_the_text_although_it_was_folded(tab):
    tab.get_by_role("button", name="Show all").press("Enter")
    sizes = tab.locator(".derivation-formula mjx-container").evaluate_all("all => all.map((e) => e.style.fontSize)")
    assert len(set(sizes)) == 1


def test_on_paper_every_step_and_every_reason_stands_there(tab):
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    assert all(steps(tab))
    assert all(p.is_visible() for p in tab.locator(".derivation-why p").all())
    assert not tab.locator(".derivation button, .derivation summary").evaluate_all(
        "all => all.some((e) => e.checkVisibility())"
    )
    tab.emulate_media(media="screen")
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert steps(tab) == [True, False, False, False, False]


def test_without_a_script_every_step_and_every_reason_is_shown(chromium, everything):
    context = chromium.new_context(offline=True, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(everything.as_uri())
    assert all(steps(tab))
    assert all(p.is_visible() for p in tab.locator(".derivation-why p").all())
    assert tab.locator(".derivation button").count() == 0
    context.close()
