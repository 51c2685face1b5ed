"""The trials lab: a prediction comes first, results stay covered, and what was seen is listed."""

from lab_page import drawn

MARKUP = '<div style="width: 760px"><trials-lab></trials-lab></div>'


def show(element):
    element.get_by_role("button", name="Show the results").press("Enter")
    drawn(element)


def readings(element):
    return element.locator(".readouts dd:not(.help)").all_inner_texts()


def test_results_are_covered_until_they_are_shown_in_numbers_picture_and_words(lab):
    element = lab("trials-lab")
    drawn(element)
    canvas, words = element.locator("canvas").first, element.locator("[role=status]")
    assert readings(element) == ["–"] * 4
    assert canvas.get_attribute("aria-label").endswith("The trick’s results are covered.")
    assert "does it help?" in words.inner_text()
    show(element)
    assert "–" not in readings(element)
    assert "With the trick: " in canvas.get_attribute("aria-label")
    assert words.inner_text().startswith("You expected")
    assert not element.get_by_role("button", name="Show the results").is_visible()


def test_another_trick_is_covered_again_and_the_list_grows(lab):
    element = lab("trials-lab")
    show(element)
    element.locator('[name="trick"]').press("ArrowDown")
    drawn(element)
    assert readings(element) == ["–"] * 4
    show(element)
    rows = element.locator(".forest li:not([aria-hidden])")
    assert [text.split("\n")[0] for text in rows.all_inner_texts()] == ["one-sided smoothing", "two-sided smoothing"]
    element.locator('[data-key="target"][value="ring"]').check()
    drawn(element)
    assert rows.count() == 0
    element.get_by_role("button", name="Reset").press("Enter")
    drawn(element)
    assert element.evaluate("e => e.state.seen") == []


def test_what_the_baseline_has_already_cannot_be_shown(lab):
    element = lab("trials-lab", markup='<trials-lab baseline="ours" trick="R1"></trials-lab>')
    drawn(element)
    assert not element.get_by_role("button", name="Show the results").is_visible()
    assert "has this already" in element.locator("[role=status]").inner_text()


def test_a_link_brings_back_the_trials_with_their_predictions(lab):
    element = lab("trials-lab")
    element.locator('[data-key="guess"][value="helps"]').check()
    show(element)
    for change in (
        "set('trick', 'BatchNorm in D, mixed batch')",
        "set('guess', 'harms')",
        "act('show')",
        "set('seeds', 3)",
    ):
        element.evaluate(f"e => e.{change}")
    again = lab("trials-lab", fragment="#" + element.evaluate("e => e.link").split("#")[1])
    assert again.evaluate("e => e.state") == element.evaluate("e => e.state")
    assert [each["guess"] for each in again.evaluate("e => e.state.seen")] == ["helps", "harms"]


def test_picture_words_and_settings_are_in_sight_together(lab):
    element = lab("trials-lab", markup=MARKUP, viewport={"width": 1280, "height": 900})
    show(element)
    assert element.bounding_box()["height"] < 900


def test_fewer_seeds_leave_the_others_pale_and_the_interval_wide(lab):
    element = lab("trials-lab")
    show(element)
    before = element.evaluate("e => e.state.metrics")
    element.locator('[name="seeds"]').press("Home")
    drawn(element)
    after = element.evaluate("e => e.state.metrics")
    assert after["high"] / after["low"] > before["high"] / before["low"]
    assert "By 2 seeds" in element.locator("[role=status]").inner_text()
