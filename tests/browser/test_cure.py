"""Apply the cure: once one has asked what is wrong, it runs and says by the patient's own measurement if it worked."""

import re

import pytest


def patient(lab, letter):
    """A patient whose explanation has been asked for; the paragraph in which the cure's outcome is told."""
    element = lab("gan-lab-2d", viewport={"width": 1280, "height": 900})
    element.evaluate("(e, name) => e.preset(name)", f"patient {letter}")
    element.locator(".explain").evaluate("d => { d.open = true; }")
    return element, element.locator(".explain [aria-live]")


def apply(element):
    element.get_by_role("button", name="Apply the cure").press("Enter")


def test_a_cure_runs_and_says_that_it_worked(lab):
    element, outcome = patient(lab, "C")
    apply(element)
    assert outcome.inner_text().startswith("Running 900 steps")
    outcome.get_by_text("It worked: after 900 steps in the last 200 steps").wait_for()
    state = element.evaluate("e => e.state")
    assert [state["step"], state["params"]["r1"], state["seed"]] == [900, 0.3, 0]
    assert "run=step*900" in element.evaluate("e => e.link")


IN_SIGHT = """e => {
  const box = e.shadowRoot.querySelector('.said').getBoundingClientRect();
  const outcome = e.shadowRoot.querySelector('.explain [aria-live]').getBoundingClientRect();
  return outcome.top >= box.top && outcome.bottom <= box.bottom + 1;
}"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("letter", "ACE")
def test_what_a_cure_comes_to_is_in_sight_below_a_long_explanation(lab, letter, width):
    element, outcome = patient(lab, letter)
    element.page.set_viewport_size({"width": width, "height": 900})
    element.evaluate("e => e.lab.presets.list.forEach(p => { if (p.cure) p.cure.steps = 20; })")
    apply(element)
    outcome.get_by_text(re.compile("It (worked|did not work).*wanted")).wait_for()
    assert element.evaluate(IN_SIGHT)


def test_a_cure_that_did_not_work_on_this_seed_says_so(lab):
    element, outcome = patient(lab, "C")
    element.evaluate("e => { e.lab.presets.list.find(p => p.label === 'patient C').cure.steps = 60; }")
    apply(element)
    outcome.get_by_text("It did not work on this seed (0)").wait_for()


def test_a_cure_that_is_interrupted_has_no_verdict(lab):
    element, outcome = patient(lab, "A")
    apply(element)
    element.page.wait_for_function("e => e.state.step > 0", arg=element.element_handle())
    element.get_by_role("button", name="Play").press("Enter")
    assert "before the cure could be judged" in outcome.inner_text()
    element.evaluate("e => e.reset()")
    assert outcome.inner_text() == ""


def test_the_button_stays_with_the_explanation_and_away_from_the_healthy(lab):
    element, _ = patient(lab, "D")
    button = element.get_by_role("button", name="Apply the cure")
    assert "G’s output: linear" in element.locator(".cure").inner_text()
    element.locator(".explain").evaluate("d => { d.open = false; }")
    assert not button.is_visible()
    element.evaluate("e => e.preset('patient B')")
    element.locator(".explain").evaluate("d => { d.open = true; }")
    assert not button.is_visible()


def test_a_broken_run_of_the_digit_lab_has_its_cure_too(lab):
    element = lab("digit-lab")
    element.evaluate("e => { e.preset('D too strong'); e.shadowRoot.querySelector('.explain').open = true; }")
    assert "break it: nothing is broken" in element.locator(".cure").inner_text()
    apply(element)
    outcome = element.locator(".explain [aria-live]")
    outcome.get_by_text("It worked: after 100 steps D says").wait_for()
    assert element.evaluate("e => [e.state.step, e.values.fault]") == [100, "none"]
