"""What the labs show in words: nothing cut, covered or pale in any lab, width, theme or state, and nothing stale."""

from pathlib import Path

import pytest
from lab_page import drawn, of_each_make

from ganlab.labs import Quiz

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "book/_static/labs.js"
PROBE = Path(__file__).with_name("words.js")  # faults(lab): what is cut, covered or pale
PAGE = """<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8"><title>lab</title>
<meta name="viewport" content="width=device-width"><style>body {{ margin: 8px }}</style>
<script>{probe}</script><main>{lab}</main><script src="{script}"></script></html>"""
WIDTHS = (1280, 700, 390, 320)

# Changes one after another; after each of them the words are looked at. Every lab begins untouched and with 50 steps.
STATES = {
    "class-lab": ["e.set('share', 0.05)", "e.set('mu1', 6), e.set('sigma1', 0.3), e.step(3)"],
    "marco-polo": ["e.set('sigma', 0.3)", "e.set('step_size', 1), e.step(300)", "e.reset(), e.set('feedback', 'none')"],
    "ratio-lab": ["e.set('mu_g', 8)", "e.set('mu_g', e.values.mu), e.set('sigma_g', 0.5)"],
    "divergence-lab": ["e.set('shape', 'bells'), e.set('mu', 0)", "e.set('shape', 'two'), e.set('sigma', 3)"],
    "loss-lab": ["e.set('likelihood', true), e.set('d', 0.5)", "e.set('d', 0.0001)", "e.set('d', 0.999), e.step(200)"],
    "gan-lab-1d": [
        "e.set('loss', 'relativistic'), e.step(50)",
        "e.set('loss', 'leastSquares'), e.set('lr_d', 0.3), e.step(500)",
        "e.set('data', 'two'), e.set('generator', 'mlp'), e.step(100)",
    ],
    "dirac-lab": ["e.set('game', 'xy'), e.set('step_size', 1), e.step(10)", "e.step(20)", "e.step(300)"],
    "gan-lab-2d": [
        "e.preset('patient A'), e.step(100)",
        "e.preset('patient C'), e.step(150)",
        "e.preset('patient E'), e.step(100)",
        "e.act('sub', 6)",
        "e.set('data', 'own')",
        "e.set('drawn', [])",
        "e.preset('patient B'), e.set('loss', 'wasserstein'), e.set('optimizer', 'sgd'), e.set('r1', 0), "
        "e.set('lr_d', 0.1), e.set('lr_g', 0.1), e.step(300)",
    ],
    "digit-explorer": ["e.set('t', 0.5)", "e.set('moment', 0)"],
    "digit-lab": ["e.set('label', '3'), e.step(50)", "e.set('fault', 'labels'), e.set('loss', 'minimax'), e.step(2)"],
    "metric-lab": [
        "e.set('guess_frechet', true), e.set('shown', true)",
        "e.set('n', 50), e.set('modes', 'one'), e.set('shift', 1.5)",
        "e.set('modes', 'bell'), e.set('spread', 2), e.set('copies', 0.3), e.set('against', 'heldout')",
    ],
    "trials-lab": [
        "e.act('show')",
        "e.set('target', 'ring'), e.set('trick', 'k = 5'), e.act('show')",
        "e.set('target', 'digits'), e.set('seeds', 3), e.set('all', true)",
        "e.set('trick', 'BatchNorm in D, mixed batch'), e.set('guess', 'helps'), e.act('show')",
        "e.set('baseline', 'ours'), e.set('trick', 'R1')",
    ],
    "real-or-fake": [
        "e.act('begin'), e.act('real')",
        "e.act('sure_fake', 12), e.act('sure_real', 11)",
        "e.act('more'), e.act('fake', 3)",
        "e.set('age', 'late'), e.set('guess', 0.5), e.act('begin'), e.act('real', 24)",
    ],
}


@pytest.fixture
def lab(open_page, tmp_path):
    """`lab(tag, attributes="", theme="light", **context)`: that lab, folded groups open."""

    def show(tag, attributes="", theme="light", **options):
        file = tmp_path / f"{tag}-{theme}.html"
        probe = PROBE.read_text(encoding="utf-8")
        markup = f"<{tag} {attributes}></{tag}>"
        page = PAGE.format(lab=markup, script=BUNDLE.as_uri(), theme=theme, probe=probe)
        file.write_text(page, encoding="utf-8")
        element = open_page(file, **options).locator(tag)
        element.evaluate(
            "e => { e.shadowRoot.querySelectorAll('details').forEach(d => { d.open = true; }); return e.ready; }"
        )
        return element

    return show


def faults(element):
    """What is wrong with the words once the drawing has settled: it may lag behind a new size on a busy machine."""
    for _ in range(15):
        element.page.wait_for_timeout(80)
        element.evaluate("e => { e.shadowRoot.querySelector('.drawer').open = true; }")  # a narrower page closes it
        found = element.evaluate("e => window.faults(e)")
        if not found:
            return []
    return found


@pytest.mark.parametrize("tag", of_each_make(STATES))
def test_no_word_is_cut_covered_or_pale(lab, tag):
    element = lab(tag)
    for change in ["0", "e.step(50)", *STATES[tag]]:
        element.evaluate(f"e => {{ {change} }}")
        for width in WIDTHS:
            element.page.set_viewport_size({"width": width, "height": 1000})
            assert faults(element) == [], (change, width)


@pytest.mark.parametrize("tag", of_each_make(STATES))
def test_no_word_is_cut_covered_or_pale_in_the_dark(lab, tag):
    element = lab(tag, theme="dark", viewport={"width": 390, "height": 1000})
    element.evaluate("e => e.step(50)")
    assert faults(element) == []


BROKEN = {
    "is cut in its menu": "e.shadowRoot.querySelector('select').style.width = '50px'",
    "leaves the lab": "e.shadowRoot.querySelector('.say').style.cssText = 'white-space: nowrap'",
    "overlap": "e.shadowRoot.querySelector('.does').style.cssText = 'position: relative; top: -1.4rem'",
    "has contrast": "e.style.setProperty('--lab-muted', '#999999'), e.dataset.labTheme = 'light'",
}


@pytest.mark.parametrize(("fault", "damage"), BROKEN.items())
def test_the_look_at_words_finds_each_kind_of_damage(lab, fault, damage):
    element = lab("marco-polo", viewport={"width": 390, "height": 1000})
    element.evaluate(f"e => {{ {damage}; document.documentElement.dataset.theme = 'light'; e.step(1); }}")
    assert any(fault in words for words in faults(element))


@pytest.mark.parametrize(
    ("draw", "fault"),
    [
        ("g.fillText('far too long for its place', c.clientWidth - 20, 50)", "is cut"),
        ("g.fillText('one', 100, 50), g.fillText('two', 104, 52)", "overlap"),
        ("g.fillStyle = '#d55e00', g.fillText('orange', 100, 50)", "has contrast"),
        (
            "g.fillText('words', 100, 50), g.lineWidth = 2, g.beginPath(), "
            "Array.from({ length: 40 }, (_, i) => g.lineTo(90 + i, 46)), g.stroke()",
            "lies on a curve",
        ),
    ],
)
def test_the_look_at_words_finds_each_kind_of_damage_in_a_chart(lab, draw, fault):
    element = lab("marco-polo", viewport={"width": 390, "height": 1000})
    script = "const c = e.shadowRoot.querySelector('canvas'), g = c.getContext('2d'); g.textAlign = 'left';"
    assert faults(element) == []
    found = element.evaluate(f"e => {{ {script} {draw}; return window.faults(e); }}")
    assert any(fault in words for words in found)


@pytest.mark.parametrize("width", [max(WIDTHS), min(WIDTHS)])
def test_slow_motion_does_not_move_the_picture(lab, width):
    element = lab("gan-lab-2d", viewport={"width": width, "height": 1000})
    places = set()
    for _ in range(12):
        drawn(element)
        places.add(element.evaluate("e => e.shadowRoot.querySelector('.map canvas').getBoundingClientRect().top"))
        element.locator('button[data-action="sub"]').press("Enter")
    assert len(places) == 1


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        ("gan-lab-2d", 'loss="wasserstein" optimizer="sgd" r1="0" lr-d="0.1" lr-g="0.1"'),
        ("gan-lab-1d", 'loss="leastSquares" lr-d="0.3"'),
        ("marco-polo", 'sigma="0.3" step-size="1"'),
    ],
)
def test_numbers_that_run_away_stop_play_and_leave_no_reading(lab, tag, attributes):
    element = lab(tag, attributes)
    element.locator('select[name="speed"]').select_option("full speed")
    element.get_by_role("button", name="Play").press("Enter")
    element.get_by_role("button", name="Play").wait_for()  # again, without a press of Pause
    assert not element.evaluate("e => e.playing")
    assert "run away" in element.locator("[role=status]").inner_text()
    readouts = element.locator(".readouts dd:not(.help)")
    drawn(element)
    assert set(readouts.all_inner_texts()) == {"–"}
    element.get_by_role("button", name="Reset").press("Enter")
    assert "run away" not in element.locator("[role=status]").inner_text()
    assert faults(element) == []


def draw_stroke(element, row):
    box = element.locator("canvas").first.bounding_box()
    mouse = element.page.mouse
    mouse.move(box["x"] + 80, box["y"] + row)
    mouse.down()
    for i in range(1, 8):
        mouse.move(box["x"] + 80 + 25 * i, box["y"] + row)
    mouse.up()


def test_undo_takes_a_stroke_and_clear_leaves_nothing_behind(lab):
    element = lab("gan-lab-2d", 'data="own"')
    drawn = "e => e.values.drawn.length"
    draw_stroke(element, 100)
    first = element.evaluate(drawn)
    draw_stroke(element, 250)
    assert element.evaluate(drawn) > first + 4
    element.get_by_role("button", name="Undo").press("Enter")
    assert element.evaluate(drawn) == first
    element.get_by_role("button", name="Clear").press("Enter")
    assert element.evaluate(drawn) == 0
    assert "There are no data" in element.locator("[role=status]").inner_text()
    element.get_by_role("button", name="Play").press("Enter")
    element.page.wait_for_timeout(150)
    assert not element.evaluate("e => e.playing")
    element.get_by_role("button", name="Undo").press("Enter")
    assert element.evaluate(drawn) == first


def test_undo_takes_a_stroke_of_a_drawing_that_a_link_brought(lab):
    element = lab("gan-lab-2d", """data="own" drawn='[[-2, 0], [-2, 0.2], [-2, 0.4], [2, 0], [2, 0.2]]'""")
    element.get_by_role("button", name="Undo").press("Enter")
    assert element.evaluate("e => e.values.drawn") == [[-2, 0], [-2, 0.2], [-2, 0.4]]


def test_the_trail_of_the_centre_is_drawn_with_the_fakes(lab):
    element = lab("gan-lab-2d")
    trails = """e => window.drawnOn(e.shadowRoot.querySelector('.map canvas')).marks
      .filter(([width, points]) => width === 2 && points >= 30).length"""
    element.evaluate("e => { e.preset('patient C'); e.step(200); }")
    drawn(element)
    assert element.evaluate(trails) == 1
    element.evaluate("e => e.set('show_fake', false)")
    drawn(element)
    assert element.evaluate(trails) == 0


def test_the_circles_of_the_dirac_lab_stay_circles_when_the_page_becomes_narrow(lab):
    element = lab("dirac-lab")
    element.page.set_viewport_size({"width": 390, "height": 900})
    drawn(element)
    words = element.evaluate("e => window.drawnOn(e.shadowRoot.querySelector('canvas')).words")
    upright = {w["text"]: (w["top"] + w["bottom"]) / 2 for w in words if w["right"] < 47}
    across = {w["text"]: (w["left"] + w["right"]) / 2 for w in words if w["right"] > 47}
    assert (across["2"] - across["0"]) / 2 == pytest.approx((upright["0"] - upright["2"]) / 2, abs=2)


QUESTION = """
Which are even?

- [x] 2
- [ ] 3
  : It leaves a rest.
- [x] 4
"""


@pytest.mark.parametrize(
    ("chosen", "words", "verdict", "signs"),
    [
        ([0], "Right so far, 1 more to find.", "open", 0),
        ([0, 1], "Not quite.", "wrong", 1),
        ([0, 2], "Right.", "right", 1),
    ],
)
def test_right_so_far_carries_no_cross(open_page, tmp_path, chosen, words, verdict, signs):
    file = tmp_path / "quiz.html"
    question = Quiz("multiple", QUESTION).element()
    file.write_text(f"<!doctype html><title>q</title>{question}<script src={BUNDLE.as_uri()}></script>", "utf-8")
    quiz = open_page(file).locator("gan-quiz")
    for i in chosen:
        quiz.locator("input").nth(i).check()
    quiz.get_by_role("button", name="Check").click()
    assert words in quiz.locator(".quiz-feedback").inner_text()
    assert quiz.locator("form").get_attribute("data-verdict") == verdict
    assert quiz.locator(".sign svg").count() == signs
