"""The link of a long run carries the weights of small networks: it opens at the run's end, and says so."""

import pytest

LONG = 4000


RUNS = {}  # of each lab: the state of a long run, and its address; made once


def long_run(lab, tag):
    if tag not in RUNS:
        made = "(e, n) => { e.reset(7); e.step(n); e.link; return [e.state, location.hash]; }"
        RUNS[tag] = lab(tag).evaluate(made, LONG)
    return RUNS[tag]


def address(element):
    return element.evaluate("e => { e.link; return location.hash; }")


def arrival(element):
    return element.get_by_text("The weights came with the link, rounded to seven digits")


@pytest.mark.parametrize("tag", ["gan-lab-1d", "gan-lab-2d"])
def test_a_long_run_is_there_at_once_and_can_be_replayed_to_the_last_bit(lab, tag):
    state, fragment = long_run(lab, tag)
    assert f"seed=7;run=step*{LONG};weights=" in fragment
    again = lab(tag, fragment=fragment)
    near = again.evaluate("e => e.state")
    assert [near["step"], near["seed"]] == [LONG, 7]
    for player in "GD":
        assert near["weights"][player] == pytest.approx(state["weights"][player], rel=1e-7, abs=1e-12)
    assert near != state
    assert arrival(again).is_visible()
    again.get_by_role("button", name="Repeat the run").press("Enter")
    assert again.evaluate("e => e.ready.then(() => e.state)") == state
    assert not arrival(again).is_visible()


def test_play_goes_on_from_the_weights_in_the_worker_and_reset_starts_anew(lab):
    again = lab("gan-lab-2d", fragment=long_run(lab, "gan-lab-2d")[1])
    again.get_by_role("button", name="Play").press("Enter")
    again.page.wait_for_function("([e, n]) => e.state.step > n + 20", arg=[again.element_handle(), LONG])
    again.get_by_role("button", name="Pause").press("Enter")
    assert arrival(again).is_visible()
    assert ";weights=" in address(again)
    again.get_by_role("button", name="Reset").press("Enter")
    assert again.evaluate("e => e.state.step") == 0
    assert not arrival(again).is_visible()


# More of them in Node: labs/test/weights.test.ts.
FAULTS = {
    "cut": (lambda text: text[:-9], "bytes; its settings need"),
    "of another run": (lambda text: text.replace("seed=7", "seed=8"), "are not those of its run"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_weights_that_cannot_be_used_are_told_and_the_run_is_replayed(lab, kind):
    change, words = FAULTS[kind]
    again = lab("gan-lab-2d", fragment=change(long_run(lab, "gan-lab-2d")[1]))
    said = again.get_by_role("alert").inner_text()
    assert words in said
    assert "The run is replayed instead." in said
    assert again.evaluate("e => e.state.step") == LONG
    assert not arrival(again).is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_said_of_the_weights_fits_320_pixels_and_is_accessible(lab, violations, theme):
    _, fragment = long_run(lab, "gan-lab-1d")
    again = lab("gan-lab-1d", fragment=fragment, theme=theme, viewport={"width": 320, "height": 700})
    assert arrival(again).is_visible()
    assert again.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(again.page) == []
