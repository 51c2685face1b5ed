"""Every lab in the built book's conditions: file://, no network, no kernel, keyboard alone.

The tests run over all labs the bundle declares. A new lab needs no entry unless it wants one in `SETTLES`.
"""

from itertools import islice
from pathlib import Path

import pytest
from bridge import ask_node
from lab_page import (
    BUNDLE,
    MAKES,
    PAGE,
    SPECS,
    TRAINABLE,
    drawn,
    each_make,
    each_seeded_make,
    each_trainable_make,
    every_lab,
)

from ganlab import labs

ROOT = Path(__file__).parents[2]


def state(element):
    return element.evaluate("e => e.state")


def steps(element):
    return element.evaluate("e => e.state.step")


@each_trainable_make
def test_play_trains_and_pause_stops_at_once(lab, tag):
    element = lab(tag)
    element.get_by_role("button", name="Play").press("Enter")
    element.page.wait_for_function("e => e.state.step > 3", arg=element.element_handle())
    element.get_by_role("button", name="Pause").press("Enter")
    before = steps(element)
    element.page.wait_for_timeout(150)
    assert steps(element) == before
    assert not element.evaluate("e => e.playing")


@each_trainable_make
def test_step_button_makes_one_step_and_reset_returns_to_the_start(lab, tag):
    element = lab(tag)
    start = state(element)
    element.locator('button[data-action="step"]').press("Enter")
    assert steps(element) == 1
    element.get_by_role("button", name="Reset").press("Space")
    assert state(element) == start


@each_trainable_make
def test_same_seed_same_state_after_500_steps_in_chromium_and_node(lab, tag):
    element = lab(tag, markup=f'<{tag} seed="3"></{tag}>')
    element.evaluate("e => e.step(500)")
    (expected,) = ask_node("lab", [{"tag": tag, "params": {"seed": 3}, "actions": [["step", 500]]}])
    assert state(element) == expected


@pytest.mark.parametrize("tag", ["gan-lab-1d", "gan-lab-2d"])
def test_a_page_that_forbids_webassembly_makes_the_same_run(lab, tag):
    element = lab(tag, markup=f'<{tag} seed="3"></{tag}>', own=True)
    element.page.add_init_script("delete window.WebAssembly;")
    element.page.reload()
    element.evaluate("e => e.step(60)")
    (expected,) = ask_node("lab", [{"tag": tag, "params": {"seed": 3}, "actions": [["step", 60]]}])
    assert state(element) == expected


@each_seeded_make
def test_another_seed_gives_another_run(lab, tag):
    element = lab(tag)
    element.evaluate("e => e.step(20)")
    first = state(element)
    box = element.locator('input[name="seed"]')
    box.fill("7")
    box.press("Enter")
    element.evaluate("e => e.step(20)")
    assert state(element)["seed"] == 7
    assert state(element)["metrics"] != first["metrics"]


@each_make
def test_each_control_answers_to_the_keyboard(lab, tag):
    element = lab(tag)
    for key, param in SPECS[tag]["params"].items():
        if param["kind"] == "points":
            continue
        radio = f'input[data-key="{key}"]:checked'
        control = element.locator(radio if param["kind"] == "radio" else f'[name="{key}"]')
        before = element.evaluate("(e, key) => e.values[key]", key)
        for press in ["Space"] if param["kind"] == "toggle" else ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]:
            control.press(press)
            if element.evaluate("(e, key) => e.values[key]", key) != before:
                break
        assert element.evaluate("(e, key) => e.values[key]", key) != before, key


DRAGGED = {"class-lab": "mu0", "ratio-lab": "mu", "divergence-lab": "mu", "loss-lab": "d", "dirac-lab": "theta"}


@pytest.mark.parametrize(("tag", "key"), DRAGGED.items())
def test_dragging_a_grip_moves_its_parameter_and_its_slider(lab, tag, key):
    element = lab(tag)
    before = element.evaluate("(e, key) => e.values[key]", key)
    box = element.locator(".grip").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = element.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 30, y, steps=3)
    mouse.up()
    mouse.move(x + 90, y)  # released: no longer followed
    after = element.evaluate("(e, key) => e.values[key]", key)
    assert after > before
    if SPECS[tag]["params"][key]["kind"] == "slider":
        assert float(element.locator(f'[name="{key}"]').input_value()) == after


@each_make
def test_tab_reaches_every_control_and_focus_shows(lab, tag):
    element = lab(tag)
    wanted = element.evaluate(
        """e => new Set([...e.shadowRoot.querySelectorAll('button, select, input, summary, pre')]
            .filter(i => i.offsetParent).map(i => i.type === 'radio' ? i.name : i.name || i.textContent)).size"""
    )
    seen = set()
    for _ in range(wanted + 2):
        element.page.keyboard.press("Tab")
        focused = element.evaluate(
            """e => {
              const i = e.shadowRoot.activeElement;
              if (!i) return null;
              const ring = i.type === 'radio' ? i.nextElementSibling : i;
              return [i.name || i.textContent, getComputedStyle(ring).outlineStyle];
            }"""
        )
        if focused:
            assert focused[1] == "solid", focused
            seen.add(focused[0])
    assert len(seen) == wanted


@each_make
def test_keys_pressed_in_a_lab_do_not_leave_it(lab, tag):
    element = lab(tag)
    element.page.evaluate("window.heard = 0; document.addEventListener('keydown', () => window.heard++)")
    element.locator("button, input, select").first.press("ArrowRight")
    assert element.page.evaluate("window.heard") == 0


@each_trainable_make
def test_a_link_restores_the_whole_run(lab, tag):
    element = lab(tag)
    element.evaluate("e => e.step(30)")
    for key, param in SPECS[tag]["params"].items():
        if param["kind"] == "slider" and not param.get("resets"):
            element.evaluate("(e, [k, v]) => e.set(k, v)", [key, param["min"] + param["step"]])
    element.evaluate("e => e.step(20)")
    link = element.evaluate("e => e.link")
    again = lab(tag, fragment="#" + link.split("#")[1])
    assert state(again) == state(element)


def test_several_labs_share_the_address(lab):
    tags = TRAINABLE[:2]
    element = lab("h1", markup="".join(f"<{t}></{t}>" for t in tags))
    for tag in tags:
        element.page.locator(tag).evaluate("e => { e.step(5); e.link }")
    fragment = element.page.evaluate("location.hash")
    assert all(f"lab={tag};run=step*5" in fragment for tag in tags)


@each_trainable_make
def test_nothing_runs_out_of_view(lab, tag):
    element = lab(tag)
    element.evaluate("e => e.play()")
    element.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    element.page.wait_for_function("e => !e.playing", arg=element.element_handle())
    before = steps(element)
    element.page.wait_for_timeout(150)
    assert steps(element) == before


@each_trainable_make
def test_reduced_motion_changes_the_picture_twice_a_second_at_most(lab, tag):
    element = lab(tag, reduced_motion="reduce")
    shown = element.evaluate(
        """async e => {
          const seen = new Set(), count = e.shadowRoot.querySelector('.count b');
          for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);  // the opened groups resize the lab
          e.play();
          for (const start = performance.now(); performance.now() - start < 1200;) {
            await new Promise(requestAnimationFrame);
            if (performance.now() - start < 1200) seen.add(count.textContent);  // a late frame is outside
          }
          e.pause();
          return seen.size;
        }"""
    )
    assert shown <= 4
    assert steps(element) > shown


#: Plays for two seconds; how often the words of each element were written, and for how many seconds.
WRITTEN = """async e => {
  const times = new Map();
  const watch = new MutationObserver(seen => {
    for (const { target } of seen) times.set(target, (times.get(target) ?? 0) + 1);
  });
  const menu = e.shadowRoot.querySelector('select[name="speed"]'), frame = () => new Promise(requestAnimationFrame);
  menu.value = [...menu.options].find(each => each.text === 'full speed').value;
  menu.dispatchEvent(new Event('change'));
  e.play();
  while (e.state.step < 5) await frame();
  watch.observe(e.shadowRoot, { childList: true, characterData: true, subtree: true });
  const start = performance.now();
  while (performance.now() < start + 2000) await frame();
  watch.disconnect();
  const seconds = (performance.now() - start) / 1000;
  e.pause();
  await frame(); await frame();
  return { times: [...times.values()], seconds, shown: e.shadowRoot.querySelector('.count b').textContent };
}"""


@each_trainable_make
def test_while_it_plays_words_and_numbers_are_written_ten_times_a_second_at_most(lab, tag):
    element = lab(tag)
    written = element.evaluate(WRITTEN)
    assert 0 < max(written["times"]) <= 10 * written["seconds"]
    assert written["shown"] == f"{steps(element):,}"


LONGEST = 50  # ms: what takes longer is felt


@pytest.fixture
def processor_times(lab, chromium, frames):
    """`processor_times(tag)`: milliseconds of the longest task of a lab at full speed, window of 2 s by window.

    Where they are above the bound they are those of the machine for which it was written (`frames.pace`).
    """

    def watch(tag, script=""):
        element = lab(tag, own=True)
        element.locator('select[name="speed"]').select_option("full speed")
        element.evaluate("e => e.play()")
        element.page.wait_for_timeout(1000)  # once warm
        element.page.evaluate(script or "0")
        while True:
            tasks = frames.tasks(chromium, element.page, lambda: element.page.wait_for_timeout(2000))
            assert element.evaluate("e => e.playing")
            assert sum(task.draws for task in tasks) > 4
            longest = max(task.cpu for task in tasks)
            yield longest if longest < LONGEST else longest / frames.pace(chromium, element.page)

    return watch


@each_trainable_make
def test_no_task_of_a_playing_lab_takes_50_ms(processor_times, tag):
    # What the lab does comes back in each window; a machine that others slow down counts their time as the lab's,
    # so one of ten windows in a row has to show the lab alone.
    assert any(longest < LONGEST for longest in islice(processor_times(tag), 10))


def test_a_loop_that_holds_the_page_up_is_seen_in_every_window(processor_times, frames):
    work = f"({frames.WORK})();" * 5
    windows = islice(processor_times("marco-polo", f"setInterval(() => {{ {work} }}, 1000)"), 2)
    assert all(longest > LONGEST for longest in windows)


def test_a_task_without_processor_time_counts_with_its_wall_time(frames):
    known, unknown = {"ts": 0, "dur": 90_000, "tdur": 30_000}, {"ts": 0, "dur": 90_000}
    assert [frames.read(event, []).cpu for event in (known, unknown)] == [30, 90]


@each_trainable_make
def test_words_follow_a_step(lab, tag):
    element = lab(tag)
    words = element.locator("[role=status]")
    before, images = words.inner_text(), element.locator("canvas").first.get_attribute("aria-label")
    element.evaluate("e => e.step(50)")
    drawn(element)
    assert words.inner_text() != before
    assert element.locator("canvas").first.get_attribute("aria-label") != images


@every_lab
def test_a_lab_fits_320_pixels(lab, tag):
    element = lab(tag, viewport={"width": 320, "height": 800})
    assert element.page.evaluate("document.documentElement.scrollWidth") <= 320
    wide = element.evaluate(
        """e => [...e.shadowRoot.querySelectorAll('*')]
            .filter(n => !n.closest('code') && n.getBoundingClientRect().right > 320.5)
            .map(n => n.tagName + '.' + n.className)"""
    )
    assert wide == []


COLOURS = ["color-contrast", "link-in-text-block"]


IN_A_THEME = [
    pytest.param(tag, theme, marks=[] if theme == "light" or tag in MAKES else pytest.mark.slow)
    for tag in SPECS
    for theme in ("light", "dark")
]


@pytest.mark.parametrize(("tag", "theme"), IN_A_THEME)
def test_no_accessibility_violation(lab, violations, tag, theme):
    background = "#121212" if theme == "dark" else "#ffffff"
    element = lab(tag, theme=theme)
    element.page.add_style_tag(content=f"body {{ background: {background} }} h1 {{ color: #777 }}")
    element.evaluate("e => e.step && e.step(3)" if tag in TRAINABLE else "e => e")
    assert element.get_attribute("data-lab-theme") == theme
    # How a lab is built is the same in each theme; what a theme changes is asked in both.
    assert violations(element.page, tag, only=COLOURS if theme == "dark" else None) == []


@each_make
def test_without_javascript_the_fallback_shows(lab, tag, open_page, tmp_path):
    file = tmp_path / "plain.html"
    file.write_text(f"<!doctype html><title>x</title><{tag}><p>needs JavaScript</p></{tag}>", encoding="utf-8")
    assert open_page(file).get_by_text("needs JavaScript").is_visible()
    assert not lab(tag).get_by_text("needs JavaScript").is_visible()


def test_without_javascript_python_s_element_says_what_belongs_there(open_page, tmp_path):
    kinds, file = labs.Lab.__subclasses__(), tmp_path / "plain.html"
    made = "".join(f"<section>{kind().element()}</section>" for kind in kinds)
    file.write_text(f"<!doctype html><title>x</title><main>{made}</main>", encoding="utf-8")
    sections = open_page(file, java_script_enabled=False).locator("section").all()
    assert len(sections) == len(kinds)
    for section in sections:
        assert section.get_by_text("Here belongs a lab").is_visible()
        assert "(chapter" in section.locator("em").inner_text()


FAKE_MODEL = """async ([source, tag, values]) => {
  const handlers = {}, sent = { ...values, _tag: tag };
  window.model = {
    get: k => sent[k], set: (k, v) => { sent[k] = v; }, save_changes() {}, sent,
    on: (e, f) => { handlers[e] = f; }, off: e => { delete handlers[e]; }, handlers,
    change(k, v) { sent[k] = v; handlers['change:' + k](); },
  };
  const el = document.querySelector('h1');
  const { default: widget } = await import('data:text/javascript;base64,' + source);
  window.dispose = widget.render({ model: window.model, el });
}"""


@each_make
def test_widget_and_python_stay_in_sync(lab, tag):
    import base64

    source = base64.b64encode((ROOT / "src/ganlab/static/labs.js").read_bytes()).decode()
    params = SPECS[tag]["params"]
    values = {"seed": 4, **{k: p["default"] for k, p in params.items()}}
    page = lab("h1", markup="<i></i>").page
    page.evaluate(FAKE_MODEL, [source, tag, values])
    element = page.locator(tag)
    assert state(element)["seed"] == 4
    page.evaluate("model.change('seed', 9)")
    assert state(element)["seed"] == 9
    page.evaluate("model.handlers['msg:custom']({ call: 'reset', args: [2] })")
    assert page.evaluate("[model.sent.seed, model.sent.state.seed]") == [2, 2]
    for key, param in params.items():
        if param["kind"] == "slider":
            page.evaluate("([k, v]) => model.change(k, v)", [key, param["max"]])
            assert page.evaluate("k => model.sent.state.params[k]", key) == param["max"]
    page.evaluate("dispose()")
    assert page.evaluate("Object.keys(model.handlers)") == []


# The 2-D lab's own.


def open_folded(element, summary):
    element.locator("summary", has_text=summary).press("Enter")


def test_2d_a_first_time_learner_sees_data_patients_and_three_sliders(open_page, tmp_path):
    file = tmp_path / "lab.html"
    file.write_text(PAGE.format(labs="<gan-lab-2d></gan-lab-2d>", script=BUNDLE.as_uri(), theme="light"))
    element = open_page(file).locator("gan-lab-2d")
    names = set(SPECS["gan-lab-2d"]["params"]) | {"preset"}
    shown = {name for name in names if element.locator(f'[name="{name}"]:visible').count()}
    assert shown == {"data", "preset", "lr_d", "lr_g", "k"} | {n for n in names if n.startswith("show_")}


def test_2d_a_patient_is_chosen_by_keyboard_and_explained_on_request(lab):
    element = lab("gan-lab-2d")
    menu = element.locator('[name="preset"]')
    assert not element.locator(".explain").is_visible()
    menu.press("ArrowDown")
    assert element.evaluate("e => [e.values.k, e.values.loss, e.state.step]") == [10, "minimax", 0]
    assert not element.locator(".explain p").is_visible()
    open_folded(element, "What is going on")
    assert "D is too strong" in element.locator(".explain p").inner_text()


def test_2d_a_changed_patient_is_no_patient_any_more(lab):
    element = lab("gan-lab-2d")
    element.evaluate("e => { e.preset('patient A'); e.set('data', 'two'); }")
    assert element.locator('[name="preset"]').input_value() == ""


def test_2d_slow_motion_names_its_parts_and_lights_the_overview(lab):
    element = lab("gan-lab-2d")
    before = state(element)["weights"]
    for part in (1, 2, 3, 4):
        element.locator('button[data-action="sub"]').press("Enter")
        assert f"Step of D, part {part} of 5" in element.locator("[role=status]").inner_text()
        element.page.wait_for_function("e => e.shadowRoot.querySelector('.overview .on')", arg=element.element_handle())
    assert state(element)["weights"] == before
    element.locator('select[name="speed"]').select_option("slow motion")
    element.get_by_role("button", name="Play").press("Enter")
    element.page.wait_for_function("e => e.state.part === 5", arg=element.element_handle())
    element.evaluate("e => e.pause()")
    assert state(element)["d_steps"] == 1


def test_2d_a_drawing_made_with_the_pointer_becomes_the_data(lab):
    element = lab("gan-lab-2d", markup='<gan-lab-2d data="own"></gan-lab-2d>')
    box = element.locator("canvas").first.bounding_box()
    mouse = element.page.mouse
    mouse.move(box["x"] + 100, box["y"] + 100)
    mouse.down()
    for i in range(1, 9):
        mouse.move(box["x"] + 100 + 20 * i, box["y"] + 100)
    mouse.up()
    drawn = element.evaluate("e => e.values.drawn")
    assert len(drawn) >= 5
    assert all(abs(y - drawn[0][1]) < 0.1 for _, y in drawn)
    assert state(element)["modes_of"] == 1


def test_2d_a_drawing_is_made_by_keyboard_too(lab):
    element = lab("gan-lab-2d", markup='<gan-lab-2d data="own"></gan-lab-2d>')
    element.get_by_role("button", name="Clear").press("Enter")
    for key, presses in (("pen_x", 8), ("pen_y", 3)):
        for _ in range(presses):
            element.locator(f'[name="{key}"]').press("ArrowRight")
    element.get_by_role("button", name="Add a blob").press("Enter")
    assert element.evaluate("e => e.values.drawn") == [[0.8, 0.3]]
    element.get_by_role("button", name="Undo").press("Enter")
    assert element.evaluate("e => e.values.drawn") == []


def test_2d_a_link_restores_drawing_live_edits_and_part(lab):
    element = lab("gan-lab-2d", markup='<gan-lab-2d data="own" seed="4"></gan-lab-2d>')
    element.evaluate(
        """e => { e.set('drawn', [[1, 1], [-1, 0.5]]); e.step(10); e.set('d_units', 5); e.set('loss', 'hinge');
                 e.step(3); e.act('sub', 7); }"""
    )
    fragment = element.evaluate("e => { e.link; return location.hash; }")
    again = lab("gan-lab-2d", fragment=fragment)
    assert state(again) == state(element)
    assert state(again)["part"] == 7


PICTURE = "e => e.shadowRoot.querySelector('.map canvas').toDataURL()"


@pytest.mark.parametrize("layer", ["show_real", "show_fake", "show_d", "show_manifold", "show_arrows"])
def test_2d_each_layer_changes_the_picture_and_nothing_else(lab, layer):
    element = lab("gan-lab-2d")
    element.evaluate("e => e.step(30)")
    drawn(element)
    before, weights = element.evaluate(PICTURE), state(element)["weights"]
    element.locator(f'[name="{layer}"]').press("Space")
    drawn(element)
    assert element.evaluate(PICTURE) != before
    assert state(element)["weights"] == weights


def test_2d_a_point_of_noise_is_followed_through_g_by_keyboard(lab):
    element = lab("gan-lab-2d")
    said = element.locator(".follow .note")
    before = said.inner_text()
    element.locator('[name="z1"]').press("ArrowRight")
    assert "z = (0.10, 0.00) becomes" in said.inner_text()
    assert said.inner_text() != before


def test_2d_the_noise_is_replayed_and_comes_to_rest(lab):
    element = lab("gan-lab-2d")
    drawn(element)
    before = element.evaluate(PICTURE)
    element.get_by_role("button", name="Watch z become G(z)").press("Enter")
    for sign in ("!==", "==="):
        element.page.wait_for_function(
            f"([e, before]) => ({PICTURE})(e) {sign} before", arg=[element.element_handle(), before]
        )
