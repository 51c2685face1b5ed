"""The digit lab in a page: it waits for its digits, trains in the worker, and says what is missing."""

import shutil

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
