"""The digit lab in a page: it waits for its digits, trains in the worker, and says what is missing."""

import shutil

import pytest
from lab_page import BUNDLE, PAGE

TRAINED = "e => e.state.step > 20"


def test_play_before_the_digits_have_come_begins_when_they_are_there(open_page, tmp_path):
    file = tmp_path / "page.html"
    early = "<script>document.querySelector('digit-lab').play()</script>"
    text = PAGE.format(labs="<digit-lab></digit-lab>", script=BUNDLE.as_uri(), theme="light").replace("</html>", early)
    file.write_text(text, encoding="utf-8")
    page = open_page(file)
    element = page.locator("digit-lab")
    page.wait_for_function(TRAINED, arg=element.element_handle())
    assert element.evaluate("e => e.playing")
    assert "run=step*" in element.evaluate("e => { e.pause(); return e.link; }")


def test_without_its_digits_it_says_so_and_no_step_counts(chromium, tmp_path):
    shutil.copy(BUNDLE, tmp_path / "labs.js")
    text = PAGE.format(labs="<digit-lab></digit-lab>", script="labs.js", theme="light")
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    page = chromium.new_page()  # one that may miss a file
    page.goto((tmp_path / "page.html").as_uri())
    element = page.locator("digit-lab")
    element.evaluate("async e => { await e.ready; e.play(); e.step(3); }")
    element.get_by_text("digit-data.js must lie beside the script").wait_for()
    assert element.evaluate("e => [e.state.step, e.playing]") == [0, False]
    assert "run=" not in element.evaluate("e => e.link")
    page.close()


def test_the_sheet_changes_while_it_trains_and_says_what_it_shows(lab):
    element = lab("digit-lab")
    sheet = element.locator("canvas.digits")
    assert "one latent vector a row, told 0 to 9" in sheet.get_attribute("aria-label")
    before = sheet.evaluate("c => c.toDataURL()")
    element.evaluate("e => e.step(30)")
    element.page.wait_for_function("([c, old]) => c.toDataURL() !== old", arg=[sheet.element_handle(), before])
    element.evaluate("e => e.set('label', '3')")
    element.page.wait_for_function("c => c.ariaLabel.includes('all told 3')", arg=sheet.element_handle())


COMPACT = "<digit-lab compact><p>no script</p></digit-lab>"
FETCHED = "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('digit-data.js')).length"


def test_the_smallest_form_fetches_its_digits_when_play_is_pressed_and_not_before(lab):
    element = lab("digit-lab", markup=COMPACT)
    page = element.page
    page.wait_for_timeout(500)
    words = element.get_by_role("status")
    assert "Nothing has been learned yet" in words.inner_text()
    assert page.evaluate(f"[{FETCHED}, 'ganlabDigitData' in globalThis]") == [0, False]
    element.get_by_role("button", name="Play").click()
    page.wait_for_function("e => e.state.step >= 100", arg=element.element_handle())
    assert page.evaluate("'ganlabDigitData' in globalThis")
    element.get_by_role("button", name="Pause").click()
    assert "A third, which only reads" in words.inner_text()


def test_the_smallest_form_has_a_picture_a_sentence_play_time_and_speed_and_no_settings(lab):
    element = lab("digit-lab", markup=COMPACT)
    assert element.get_by_role("button").all_inner_texts() == ["Play"]
    for role in ("slider", "combobox", "spinbutton", "checkbox", "radio"):
        assert element.get_by_role(role).count() == 0
    assert element.locator("dt").all_inner_texts() == ["images a second", "time"]
    assert element.locator("strong").inner_text().startswith("Press play: a GAN learns to write digits")
    assert element.evaluate("e => e.values.share") == "all"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_smallest_form_fits_320_pixels_and_has_no_accessibility_violation(lab, violations, theme):
    element = lab("digit-lab", markup=COMPACT, theme=theme, viewport={"width": 320, "height": 700})
    page = element.page
    page.add_style_tag(
        content=f"body {{ background: {'#121212' if theme == 'dark' else '#ffffff'} }} h1 {{ color: #777 }}"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page, "digit-lab") == []


def test_a_lab_that_has_no_smallest_form_says_so(lab):
    element = lab("loss-lab", markup="<loss-lab compact></loss-lab>")
    assert "“compact” is not known here" in element.get_by_role("alert").inner_text()


LANDING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>landing</title>
<link rel="stylesheet" href="{style}">
<main><div class="hero-lab">{lab}</div><div class="hero-film"><p>film</p></div></main>
<script src="{script}" defer></script></html>"""


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"reduced_motion": "no-preference"}, "lab"),
        ({"reduced_motion": "reduce"}, "film"),
        ({"java_script_enabled": False}, "film"),
    ],
)
def test_the_landing_page_plays_where_scripts_run_and_motion_is_welcome_else_the_film_stays(
    open_page, tmp_path, options, shown
):
    style = (BUNDLE.parent / "book.css").as_uri()
    text = LANDING.format(style=style, lab=COMPACT, script=BUNDLE.as_uri())
    (tmp_path / "landing.html").write_text(text, encoding="utf-8")
    page = open_page(tmp_path / "landing.html", **options)
    visible = {name for name in ("lab", "film") if page.locator(f".hero-{name}").is_visible()}
    assert visible == {shown}


def explored(element):
    """The explorer after the button was pressed, with the lab's generator in it."""
    element.evaluate("e => e.step(100)")
    element.get_by_role("button", name="Explore your generator").click()
    return element.page.locator("digit-explorer")


def test_your_generator_opens_in_an_explorer_below_the_lab_and_answers_to_its_sliders(lab):
    element = lab("digit-lab")
    button = element.get_by_role("button", name="Explore your generator")
    assert button.get_attribute("aria-disabled") == "true"
    button.dispatch_event("click")
    assert element.page.locator("digit-explorer").count() == 0
    explorer = explored(element)
    assert explorer.evaluate("e => document.activeElement === e && e.previousElementSibling.matches('digit-lab')")
    words = explorer.locator(".say")
    assert "Your G was told to draw a 3, after 100 steps" in words.inner_text()
    before = explorer.evaluate("e => e.state.image")
    explorer.evaluate("e => e.set('z1', 2)")
    assert explorer.evaluate("e => e.state.image") != before
    assert "Direction 1 went from 0 to 2" in words.inner_text()
    assert explorer.get_by_text("Trained in the digit lab of this page for 100 steps, seed 0").is_visible()
    assert explorer.locator("input[name=moment]").is_hidden()


def test_an_explorer_of_the_page_takes_your_generator_and_gives_the_stored_one_back(lab):
    element = lab("digit-lab", markup="<digit-explorer></digit-explorer><digit-lab></digit-lab>")
    explorer = element.page.locator("digit-explorer")
    explorer.evaluate("e => e.ready")
    stored = explorer.evaluate("e => e.state.image")
    assert explorer.locator(".whose").is_hidden()
    assert explored(element).count() == 1
    assert explorer.evaluate("e => e.state.image") != stored
    explorer.get_by_role("button", name="Back to the book’s").click()
    assert explorer.evaluate("e => e.state.image") == stored
    assert explorer.locator("input[name=moment]").is_visible()
    explorer.get_by_role("button", name="Show yours").click()
    assert explorer.evaluate("e => e.state.image") != stored


def test_a_generator_that_is_told_no_digit_cannot_be_explored_by_digit(lab):
    element = lab("digit-lab", markup='<digit-lab fault="labels"></digit-lab>')
    element.evaluate("e => e.step(3)")
    element.get_by_role("button", name="Explore your generator").dispatch_event("click")
    assert element.page.locator("digit-explorer").count() == 0


def test_a_saved_run_is_loaded_by_another_lab_and_goes_on_from_there(lab, tmp_path):
    element = lab("digit-lab", markup='<digit-lab seed="4" g-units="32"></digit-lab>')
    page = element.page
    element.evaluate("e => e.step(20)")
    with page.expect_download() as download:
        element.get_by_role("button", name="Save").click()
    assert download.value.suggested_filename == "digit-lab-seed-4-step-20.safetensors"
    download.value.save_as(tmp_path / "run.safetensors")
    element.evaluate("e => e.step(5)")
    wanted = element.evaluate("e => JSON.stringify(e.state)")
    element.evaluate("e => { e.set('d_units', 64); e.reset(1); }")
    element.locator("input[type=file]").set_input_files(tmp_path / "run.safetensors")
    page.wait_for_function("e => e.state.step === 20", arg=element.element_handle())
    element.evaluate("e => e.step(5)")
    assert element.evaluate("e => JSON.stringify(e.state)") == wanted
    assert element.evaluate("e => e.link").endswith("g_units=32;seed=4;run=step*25")


def test_of_a_file_that_is_none_nothing_is_used_and_the_lab_says_why(lab, tmp_path):
    element = lab("digit-lab")
    element.evaluate("e => e.step(3)")
    before = element.evaluate("e => JSON.stringify(e.state)")
    (tmp_path / "picture.png").write_bytes(bytes(200))
    (tmp_path / "huge.safetensors").write_bytes(bytes(17 << 20))
    notice = element.get_by_role("alert")
    for name, words in {
        "picture.png": "header is no JSON object",
        "huge.safetensors": "17.8 MB; a saved run has",
    }.items():
        element.locator("input[type=file]").set_input_files(tmp_path / name)
        notice.get_by_text(words).wait_for()
        assert "Choose a file that Save of this lab has written." in notice.inner_text()
        assert element.evaluate("e => JSON.stringify(e.state)") == before
