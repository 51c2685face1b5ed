"""Real or fake: keys and buttons answer, truth comes at the end, and those who do not see the images can play."""

import shutil

import pytest
from lab_page import BUNDLE, PAGE, drawn

MARKUP = '<div style="width: 760px"><real-or-fake></real-or-fake></div>'
CANVASES = "e => [...e.shadowRoot.querySelectorAll('canvas')].filter(c => c.checkVisibility())"


def begin(element):
    element.get_by_role("button", name="Begin").press("Enter")
    drawn(element)


def finish(element, key="3"):
    for _ in range(24):
        element.page.keyboard.press(key)
    drawn(element)


def step(element):
    return element.evaluate("e => e.state.step")


def test_a_round_is_played_by_keys_alone_from_the_prediction_to_the_truth(lab):
    element = lab("real-or-fake")
    element.locator('[name="guess"]').press("ArrowRight")
    begin(element)
    for key in "1234":
        element.page.keyboard.press(key)
    element.page.keyboard.press("Backspace")
    assert element.evaluate("e => [e.state.ratings, e.state.predicted]") == [[1, 2, 3], 0.8]
    for _ in range(21):
        element.page.keyboard.press("4")
    drawn(element)
    element.page.keyboard.press("4")
    assert step(element) == 24
    assert element.locator(".worth tbody th").all_inner_texts() == ["you", "D", "detector"]
    assert element.locator(".sheet li").count() == 24
    element.get_by_role("button", name="24 more").press("Enter")
    drawn(element)
    element.page.keyboard.press("2")
    assert step(element) == 25
    assert element.locator(".sheet li").count() == 0


def test_buttons_answer_too_and_keep_the_focus(lab):
    element = lab("real-or-fake")
    begin(element)
    element.get_by_role("button", name="surely fake").click()
    element.get_by_role("button", name="rather real").press("Space")
    assert element.evaluate("e => e.state.ratings") == [1, 3]
    drawn(element)
    assert element.evaluate("e => e.shadowRoot.activeElement.dataset.action") == "real"
    element.get_by_role("button", name="Take back").press("Enter")
    assert element.evaluate("e => e.state.ratings") == [1]


def test_a_key_held_down_or_typed_as_a_seed_is_no_answer(lab):
    element = lab("real-or-fake")
    begin(element)
    for key in ("2", "Backspace"):
        element.locator('input[name="seed"]').press(key)
    element.locator('[data-action="real"]').focus()
    element.page.keyboard.press("Control+1")
    element.page.keyboard.down("1")
    element.page.keyboard.down("1")  # repeats
    element.page.keyboard.up("1")
    assert step(element) == 1


def test_a_click_on_the_image_lets_keys_answer(lab):
    element = lab("real-or-fake")
    begin(element)
    element.page.mouse.click(1, 1)
    element.locator("canvas").first.click()
    element.page.keyboard.press("4")
    assert step(element) == 1


def test_no_name_and_no_text_gives_the_truth_away(lab):
    """Over a whole round, what a reader is told of an image does not depend on its kind but by ink, lean and pieces."""
    element = lab("real-or-fake")
    begin(element)
    told = []
    for _ in range(24):
        told.append(
            element.evaluate(
                f"e => [({CANVASES})(e)[0].ariaLabel, e.shadowRoot.querySelector('[role=status]').innerText]"
            )
        )
        element.page.keyboard.press("3")
        drawn(element)
    truth = element.evaluate("e => e.state.truth")
    assert sum(truth) == 12
    for number, (label, words) in enumerate(told, 1):
        assert label.startswith(f"Image to judge. Number {number} of 24. Ink covers")
        assert "real" not in label.lower()
        assert "fake" not in label.lower()
        said = words.removeprefix("Noted: rather real. ")
        assert said.startswith(f"Image {number} of 24: real or fake? Ink covers")
    assert len({label for label, _ in told}) == 24


def test_after_the_round_each_image_says_what_it_was(lab):
    element = lab("real-or-fake")
    begin(element)
    finish(element)
    labels = element.evaluate("e => [...e.shadowRoot.querySelectorAll('.sheet canvas')].map(c => c.ariaLabel)")
    assert sum("It was real, and you said rather real." in label for label in labels) == 12
    assert sum("It was fake, and you said rather real." in label for label in labels) == 12
    pictures = element.evaluate("e => [...e.shadowRoot.querySelectorAll('.sheet canvas')].map(c => c.toDataURL())")
    assert len(set(pictures)) == 24


@pytest.mark.parametrize("answers", [0, 5, 24])
def test_picture_words_and_settings_are_in_sight_together(lab, answers):
    element = lab("real-or-fake", markup=MARKUP, viewport={"width": 1280, "height": 900})
    element.evaluate(f"e => {{ e.act('begin'); e.act('real', {answers}); }}")
    drawn(element)
    assert element.bounding_box()["height"] < 900


def test_the_images_are_those_of_the_state(lab):
    element = lab("real-or-fake")
    begin(element)
    seen = element.evaluate(
        """e => {
          const c = e.shadowRoot.querySelector('.digit canvas'), n = c.width / 28;
          const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.width);
          const at = i => Math.floor((i + 0.5) * n);
          return Array.from({ length: 784 }, (_, i) => data[4 * (at(Math.floor(i / 28)) * c.width + at(i % 28))]);
        }"""
    )
    assert seen == element.evaluate("e => e.state.image")


def test_a_link_brings_back_the_answers(lab):
    element = lab("real-or-fake", markup='<real-or-fake age="late" seed="4"></real-or-fake>')
    begin(element)
    for key in "1442":
        element.page.keyboard.press(key)
    link = element.evaluate("e => e.link")
    again = lab("real-or-fake", fragment="#" + link.split("#")[1])
    assert again.evaluate("e => e.state") == element.evaluate("e => e.state")


def test_without_the_file_the_lab_says_what_is_missing(chromium, tmp_path):
    shutil.copy(BUNDLE, tmp_path)
    page = chromium.new_page()
    (tmp_path / "page.html").write_text(
        PAGE.format(labs="<real-or-fake></real-or-fake>", script="labs.js", theme="light")
    )
    page.goto((tmp_path / "page.html").as_uri())
    element = page.locator("real-or-fake")
    element.evaluate("e => e.ready")
    assert "digit-lineup.js must lie beside" in element.locator("[role=status]").inner_text()
    page.close()
