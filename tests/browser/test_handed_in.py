"""A run that was made in the page is the run that a grader replays in Node, to the last bit."""

import pytest

from ganlab.course.runs import replay

#: What a reader does, by the element's methods and, as a hand would, by a slider that passes other values on its way.
DONE = """async e => {
  e.step(30);
  const slider = e.shadowRoot.querySelector(`[type=range][name=${e.dataset.moved}]`);
  for (const value of [7, 12, 9]) {
    slider.value = value;
    slider.dispatchEvent(new Event('input'));
  }
  e.play();
  await new Promise(done => setTimeout(done, 150));
  e.pause();
  e.step(3);
  return [e.link, e.state];
}"""


@pytest.mark.parametrize(("tag", "moved"), [("gan-lab-2d", "d_units"), ("marco-polo", "noise"), ("dirac-lab", "gamma")])
def test_the_grader_replays_what_the_page_showed(lab, tag, moved):
    markup = (
        f'<{tag} seed="5" data-moved="{moved}"></{tag}>'
        if tag != "dirac-lab"
        else f'<{tag} data-moved="{moved}"></{tag}>'
    )
    link, state = lab(tag, markup=markup).evaluate(DONE)
    assert link.startswith("file:")
    assert state["step"] >= 33
    assert replay(link).state == state
