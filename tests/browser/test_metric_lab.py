"""The metric lab asks for a prediction first, and all of it is in sight at once."""

from lab_page import drawn

MARKUP = '<div style="width: 760px"><metric-lab></metric-lab></div>'
READINGS = "e => [...e.shadowRoot.querySelectorAll('.meters b.number')].map(each => each.textContent)"
SIGNS = "e => [...e.shadowRoot.querySelectorAll('.meters .sign')].map(each => each.title)"


def predict(element, *names):
    for name in names:
        element.locator(f'[name="guess_{name}"]').press("Space")
    element.locator('[name="shown"]').press("Space")
    element.page.wait_for_function("e => !e.shadowRoot.querySelector('.meters.covered')", arg=element.element_handle())


def test_the_answers_are_covered_until_they_are_shown(lab):
    element = lab("metric-lab")
    words = element.locator("[role=status]")
    element.evaluate("e => e.step(5)")
    drawn(element)
    assert element.evaluate(READINGS) == ["?"] * 7
    assert "notice?" in words.inner_text()
    labels = element.evaluate("e => [...e.shadowRoot.querySelectorAll('svg.scale')].map(s => s.ariaLabel)")
    assert all("covered" in label for label in labels)
    predict(element, "frechet", "precision")
    assert "?" not in element.evaluate(READINGS)
    assert words.inner_text().startswith("Your prediction holds for 2 of 7.")


def test_each_prediction_gets_its_sign_and_loses_it_with_the_next_change(lab):
    element = lab("metric-lab")
    predict(element, "recall")
    signs = element.evaluate(SIGNS)
    assert signs.pop(3) == "You expected notice"
    assert signs == ["You expected no notice"] * 6
    element.locator('[name="shift"]').press("ArrowRight")
    drawn(element)
    assert element.evaluate(SIGNS) == [""] * 7
    assert "?" not in element.evaluate(READINGS)


def test_picture_words_and_settings_are_in_sight_together(lab):
    element = lab("metric-lab", markup=MARKUP, viewport={"width": 1280, "height": 900})
    element.evaluate("e => e.shadowRoot.querySelectorAll('details').forEach(d => { d.open = false; })")
    predict(element, "recall")
    drawn(element)
    assert element.bounding_box()["height"] < 900


def test_on_paper_the_names_of_covered_metrics_stay(lab):
    element = lab("metric-lab")
    element.page.emulate_media(media="print")
    names = element.locator(".meters .name:visible").all_inner_texts()
    element.page.emulate_media(media="screen")
    assert len(names) == 7
    assert "Recall" in names
