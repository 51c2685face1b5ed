"""What comes from outside never stops a lab, and the lab says what is wrong with it.

Links, attributes, scripts of the page, traits and messages of Python; questions too.
"""

import base64
import random
from pathlib import Path
from urllib.parse import quote

import pytest
from lab_page import RENDER, SPECS, TRAINABLE, each_make, each_trainable_make

ROOT = Path(__file__).parents[2]
INHERITED = ["toString", "constructor", "__proto__", "hasOwnProperty"]
SIGNS = ["%", "%zz", "%3B", ";", "=", ",", ":", "*", "&", "#", "[[1,2],[", "]]"]
PIECES = [*INHERITED, *SIGNS, "-1", "1e999", "NaN", "\0", "é🙂", ""]
WRONG = {
    "slider": ["abc", "1e999", "NaN", ""],
    "levels": ["x", "0.12345"],
    "toggle": ["yes"],
    "points": ["[[1]]", "[[9, 9]]", "{"],
}
SAID = "The lab goes on with the settings that you see."


def nonsense(seed, names):
    """Texts of a few pieces each."""
    rng = random.Random(seed)
    return ["".join(rng.choices([*PIECES, *names], k=rng.randint(1, 9))) for _ in range(15)]


def names_of(tag):
    return [*SPECS[tag]["params"], *SPECS[tag]["actions"], "seed", "run"]


def wrong(param):
    """Texts that the parameter does not admit."""
    return [*WRONG.get(param["kind"], ["no such", ""]), *INHERITED, "ü" * 3000]


def notice(element):
    return element.evaluate("e => e.shadowRoot.querySelector('.notice:not([hidden])')?.innerText ?? ''")


def defaults(tag):
    return {key: param["default"] for key, param in SPECS[tag]["params"].items()}


def works(element, tag):
    """Play and Reset do what they say, by their buttons."""
    element.scroll_into_view_if_needed()
    assert element.bounding_box()["height"] > 300
    if tag in TRAINABLE:
        element.get_by_role("button", name="Play").press("Enter")
        element.page.wait_for_function("e => e.state.step > 2", arg=element.element_handle())
        element.get_by_role("button", name="Pause").press("Enter")
    element.get_by_role("button", name="Reset").press("Enter")
    assert element.evaluate("e => [e.playing, e.state.step]") == [False, 0]
    assert notice(element) == ""


# Attributes.

BUILT = """([tag, attributes]) => {
  document.querySelectorAll(tag).forEach(e => e.remove());
  const e = document.createElement(tag);
  for (const [name, text] of Object.entries(attributes)) e.setAttribute(name, text);
  document.querySelector('main').prepend(e);
  return [e.values, e.state.seed, e.shadowRoot.querySelector('.notice').textContent];
}"""


@each_make
def test_wrong_attributes_are_told_and_the_defaults_used(lab, tag):
    element = lab(tag)
    params = SPECS[tag]["params"]
    for i in range(3):
        texts = {key.replace("_", "-"): wrong(param)[i] for key, param in params.items()}
        values, _, said = element.page.evaluate(BUILT, [tag, texts])
        assert values == defaults(tag)
        assert said.startswith(f"{list(params)[-1]} = ")
        assert said.count("must be") == min(3, len(params))
    for text in ["-1", "1.5", "x", "", "4294967296", "1e999"]:
        _, seed, said = element.page.evaluate(BUILT, [tag, {"seed": text}])
        assert (seed, said[:6]) == (0, "seed =")
    works(element, tag)


@each_make
def test_an_attribute_that_is_no_option_is_told_with_the_options(lab, tag):
    first = next(iter(SPECS[tag]["params"])).replace("_", "-")
    element = lab(tag)
    for name in ["lrd", "tostring", "constructor", "no_such"]:
        _, _, said = element.page.evaluate(BUILT, [tag, {name: "1"}])
        assert said.startswith(f"“{name}” is not known here; there is seed, {first}")
    ordinary = ["id", "class", "style", "title", "data-x", "aria-describedby", "lang", "hidden"]
    assert element.page.evaluate(BUILT, [tag, dict.fromkeys(ordinary, "")])[2] == ""


TRIED = """(e, tries) => tries.map(([name, text]) => {
  e.setAttribute(name, text);
  return e.shadowRoot.querySelector('.notice').textContent;
})"""


@each_make
def test_an_attribute_changed_later_is_judged_too(lab, tag):
    element = lab(tag)
    for key, param in SPECS[tag]["params"].items():
        name = key.replace("_", "-")
        first, *_, last = wrong(param)  # what a kernel sends is judged by the same rules, and tried with all of them
        for said in element.evaluate(TRIED, [[name, first], [name, last]]):
            assert said.startswith(f"{key} = ")
            assert f"“{param['label']}” must be" in said
        element.evaluate("(e, name) => e.removeAttribute(name)", name)
        assert notice(element) == ""
    assert element.evaluate("e => e.values") == defaults(tag)
    works(element, tag)


# Links.

# A browser drops what comes too fast, so nobody waits for ever: what did not come is seen in the lab.
FOLLOW = """async ([e, fragment]) => {
  const soon = new Promise(done => setTimeout(done, 5000));
  const heard = new Promise(done => addEventListener('hashchange', done, { once: true }));
  const before = location.hash;
  location.hash = fragment;
  if (location.hash !== before) await Promise.race([heard, soon]);
  await Promise.race([e.ready, soon]);
}"""


@each_make
def test_any_text_is_a_link_and_the_lab_works_after_it(lab, tag):
    element = lab(tag)
    for number, text in enumerate(nonsense(tag, names_of(tag))):
        element.page.evaluate(FOLLOW, [element.element_handle(), f"lab={tag};no{number}=;{text}"])
        assert notice(element).endswith(SAID), text
    works(element, tag)


def restored(lab, tag, *, safe):
    """Whether the link of a run brings it back with all its signs encoded but those that are `safe`."""
    markup = f'<{tag} id="a;b&amp;c=%é"></{tag}>'
    element = lab(tag, markup=markup)
    sliders = [(key, p["min"]) for key, p in SPECS[tag]["params"].items() if p["kind"] == "slider"]
    element.evaluate("(e, sliders) => { for (const [k, v] of sliders) e.set(k, v); e.step(3); }", sliders[:1])
    link, state = element.evaluate("e => [e.link.split('#')[1], e.state]")
    again = lab(tag, markup=markup, fragment=f"#{quote(link, safe=safe)}")
    return again.evaluate("e => e.state") == state and notice(again) == ""


@each_trainable_make
def test_a_link_whose_signs_were_encoded_is_the_same_link(lab, tag):
    assert restored(lab, tag, safe="%")


@pytest.mark.parametrize("safe", ["%;&=*", "%;", "%&="])
def test_a_link_of_which_some_signs_were_encoded_is_the_same_link(lab, safe):
    """What reads links is common to all labs."""
    assert restored(lab, "marco-polo", safe=safe)


@pytest.mark.parametrize("text", ["mu=%zz", "mu=%", "mu=%E0%A4", "%=1"])
def test_a_broken_percent_code_is_told_and_the_rest_counts(lab, text):
    element = lab("marco-polo", fragment=f"#lab=marco-polo;{text};start_mu=-2;run=step*3")
    assert "mu = “%" in notice(element) or "“%” is not known here" in notice(element)
    assert element.evaluate("e => [e.values.mu, e.values.start_mu, e.state.step]") == [3, -2, 3]


def test_labs_of_one_kind_without_id_have_links_of_their_own(lab):
    markup = "<marco-polo></marco-polo>" * 2 + "<loss-lab></loss-lab><marco-polo></marco-polo>"
    page = lab("h1", markup=markup).page
    page.evaluate("document.querySelectorAll('marco-polo').forEach((e, i) => { e.step(i + 2); e.link; })")
    again = lab("h1", markup=markup, fragment=page.evaluate("location.hash")).page
    steps = "Promise.all([...document.querySelectorAll('marco-polo')].map(e => e.ready.then(() => e.state.step)))"
    assert again.evaluate(steps) == [2, 3, 4]


# A replay under way.


LONG = "lab={};seed={};run=step*10000000"
REPLAYS = (
    "e => e.state.step > 5 && e.shadowRoot.querySelector('[role=status]').innerText.includes('Restoring the run of ')"
)


def long_replay(lab, tag):
    """A lab that replays a link of ten million steps, and has begun."""
    page = lab("h1", markup=f"<{tag}></{tag}>", fragment="#" + LONG.format(tag, 3)).page
    element = page.locator(tag)
    page.wait_for_function(REPLAYS, arg=element.element_handle())
    return element


FOLLOWED = """async link => {
  const heard = new Promise(done => addEventListener('hashchange', done, { once: true }));
  location.hash = link;
  await Promise.race([heard, new Promise(done => setTimeout(done, 5000))]);
}"""


def another_long_replay(element, tag, seed):
    """The same lab follows another such link."""
    element.page.evaluate(FOLLOWED, LONG.format(tag, seed))
    element.page.wait_for_function(REPLAYS, arg=element.element_handle())


def stays(element, step):
    element.page.wait_for_timeout(120)
    assert element.evaluate("e => e.state.step") == step


@each_trainable_make
def test_reset_ends_a_replay(lab, tag):
    element = long_replay(lab, tag)
    element.get_by_role("button", name="Reset").press("Enter")
    stays(element, 0)
    element.evaluate("e => e.ready")
    works(element, tag)


def test_a_preset_ends_a_replay(lab):
    element = long_replay(lab, "gan-lab-2d")
    element.locator('[name="preset"]').select_option(index=1)
    stays(element, 0)
    assert notice(element) == ""


@each_trainable_make
def test_step_play_and_a_setting_end_a_replay_and_say_so(lab, tag):
    element = long_replay(lab, tag)
    key = next(k for k, p in SPECS[tag]["params"].items() if not p.get("resets"))
    for number, act in enumerate(["e.step()", "e.play(); e.pause()", "e.set(k, e.values[k])"]):
        if number:
            another_long_replay(element, tag, seed=number)
        steps = element.evaluate(f"(e, k) => {{ {act}; return e.state.step; }}", key)
        stays(element, steps)
        assert "before its end" in notice(element), act


def test_a_lab_that_is_moved_keeps_its_run(lab):
    element = lab("marco-polo", fragment="#lab=marco-polo;run=step*5")
    element.evaluate("async e => { await e.ready; e.step(2); e.parentNode.append(e); await e.ready; }")
    assert element.evaluate("e => e.state.step") == 7


# Scripts of the page, and Python.

CALLS = [
    *("e.step(1e9)", "e.step(NaN)", "e.step('x')", "e.act('toString')", "e.act('__proto__', 2)"),
    *("e.preset('x')", "e.reset('x')", "e.reset(-1)", "e.reset(1e300)"),
]


SET = """(e, [key, values]) => values.map(value => {
  e.set(key, value);
  return e.shadowRoot.querySelector('.notice').textContent;
})"""


@each_make
def test_scripts_of_the_page_cannot_stop_a_lab(lab, tag):
    element = lab(tag)
    for key in [*SPECS[tag]["params"], "no such", *INHERITED]:
        for said in element.evaluate(SET, [key, [None, "toString", [[9, 9]]]]):
            assert said.startswith((f"{key} = ", f"“{key}” is not known here"))
    for call in CALLS:
        element.evaluate(f"e => {call}")
        assert notice(element).endswith(SAID), call
    works(element, tag)


CALLED = [None, *INHERITED, "remove", "attachShadow"]
STRANGE = [None, {}, "step", 5, [], *({"call": name, "args": [{}]} for name in CALLED)]
MESSAGES = [
    *STRANGE,
    *({"call": "step", "args": [n]} for n in ["x", -1, 1e12]),
    *({"call": "reset", "args": [seed]} for seed in [{}, "__proto__"]),
]


TOLD = """([tag, key, values]) => values.map(value => {
  model.change(key, value);
  return [document.querySelector(tag).shadowRoot.querySelector('.notice').textContent, model.sent[key]];
})"""


def widget_page(lab, values):
    source = base64.b64encode((ROOT / "src/ganlab/static/labs.js").read_bytes()).decode()
    page = lab("h1", markup="<i></i>").page
    page.evaluate(RENDER, [source, values, "h1"])
    return page


@each_make
def test_no_message_from_a_kernel_stops_a_lab(lab, tag):
    page = widget_page(lab, {"_tag": tag, "seed": 0, **defaults(tag)})
    element = page.locator(tag)
    for key, param in SPECS[tag]["params"].items():
        for said, sent in page.evaluate(TOLD, [tag, key, [*wrong(param), None, {}, 1e12, [["1", 2]], [[1, 2, 3]]]]):
            assert said.startswith(f"{key} = ")
            assert sent == param["default"]  # Python is told what counts
    for message in MESSAGES:
        element.evaluate("e => e.reset()")
        page.evaluate("m => model.command(m)", message)
        assert notice(element).endswith(SAID), message
    page.evaluate("model.change('seed', -3)")
    assert page.evaluate("model.sent.seed") == 0
    works(element, tag)


@each_make
def test_a_widget_that_begins_with_wrong_traits_shows_the_defaults(lab, tag):
    page = widget_page(lab, {"_tag": tag, "seed": "x", **dict.fromkeys(SPECS[tag]["params"], "no such")})
    element = page.locator(tag)
    assert {key: page.evaluate("k => model.sent[k]", key) for key in ["seed", *defaults(tag)]} == {
        "seed": 0,
        **defaults(tag),
    }
    assert notice(element).endswith(SAID)
    works(element, tag)


# Questions.

QUESTION = """<gan-quiz {attributes}><p class="quiz-title">Question</p><div class="quiz-prompt"><p>Is it?</p></div>
<ul class="quiz-options"><li>yes</li></ul><details class="quiz-answers"><summary>Answer</summary>
<ul><li data-option="{option}" data-answer="{answer}" data-right="true"><p class="quiz-lead"><strong>A</strong></p>
<p>It is.</p></li></ul></details></gan-quiz>"""
KINDS = ["", "many", "ü", *INHERITED]


def question(attributes, option=0, answer="A"):
    return QUESTION.format(attributes=attributes, option=option, answer=answer)


@pytest.mark.parametrize("attributes", ["", *(f'kind="{kind}"' for kind in KINDS), 'kind="numeric" tolerance="x"'])
def test_a_question_of_no_kind_stays_readable_and_says_why(lab, attributes):
    element = lab("gan-quiz", markup=question(attributes))
    assert element.get_by_text("This question cannot be answered here.").is_visible()
    assert element.get_by_text("Is it?").is_visible()
    assert element.evaluate("e => { e.check(); e.reset(); e.command('check'); return e.state; }") == {}


def test_an_empty_question_says_so(lab):
    element = lab("gan-quiz", markup='<gan-quiz kind="single"></gan-quiz>')
    assert element.get_by_text("cannot be answered here").is_visible()


def test_a_question_without_html_says_so(lab):
    assert widget_page(lab, {"_tag": "gan-quiz", "_html": ""}).get_by_text("cannot be answered here").is_visible()


def test_no_message_from_a_kernel_stops_a_question(lab):
    page = widget_page(lab, {"_tag": "gan-quiz", "_html": question('kind="single"')})
    for message in STRANGE:
        page.evaluate("m => model.command(m)", message)
        assert "is not known here; there is check, reset" in page.locator(".quiz-feedback").inner_text()
    page.get_by_role("radio").press("Space")
    page.evaluate("model.command({ call: 'check', args: [] })")
    assert page.evaluate("model.sent.state.right") is True


@pytest.mark.parametrize("typed", ["1e999", "-1e999", "Infinity", "NaN", "toString"])
def test_a_number_too_large_to_be_one_is_no_right_answer(lab, typed):
    element = lab("gan-quiz", markup=question('kind="numeric" tolerance="0.1"', option=-1, answer="3"))
    element.get_by_role("textbox").fill(typed)
    element.evaluate("e => e.check()")
    assert element.evaluate("e => e.state.right") is None
