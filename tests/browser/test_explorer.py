"""The digit explorer in a page: weights come by themselves, pictures show what the state says, words say it too."""

import base64
import shutil
from pathlib import Path

import pytest
from lab_page import drawn

from ganlab.labs import DigitExplorer

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "book/_static"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>lab</title><main><h1>Lab</h1><{tag}></{tag}></main><script src="{script}" defer></script></html>"""
FILMS = "canvas.film"


@pytest.fixture
def explorer(open_page, tmp_path):
    """`explorer(tag)`: that element in a page of its own, when it is ready."""

    def show(tag="digit-explorer", **options):
        file = tmp_path / f"{tag}.html"
        file.write_text(PAGE.format(tag=tag, script=(STATIC / "labs.js").as_uri()), encoding="utf-8")
        element = open_page(file, **options).locator(tag)
        element.evaluate("e => e.ready")
        return element

    return show


def settle(element):
    """Wait until all strips are filled, which is when their words are there."""
    element.page.wait_for_function(
        "e => [...e.shadowRoot.querySelectorAll('canvas.film')].every(c => c.ariaLabel)", arg=element.element_handle()
    )


@pytest.mark.parametrize(("tag", "wanted"), [("digit-explorer", True), ("loss-lab", False)])
def test_weights_load_where_an_explorer_is_and_nowhere_else(explorer, tag, wanted):
    page = explorer(tag).page
    assert page.evaluate("'ganlabDigits' in globalThis") is wanted


def test_the_large_picture_shows_the_state_with_sharp_pixels(explorer):
    element = explorer(device_scale_factor=1.5)
    drawn(element)
    seen, side = element.evaluate(
        """e => {
          const c = e.shadowRoot.querySelector('.digit canvas'), n = c.width / 28, g = c.getContext('2d');
          const { data } = g.getImageData(0, 0, c.width, c.width), seen = Array(784);
          for (let y = 0; y < c.width; y++) for (let x = 0; x < c.width; x++) {
            const i = 28 * Math.floor(y / n) + Math.floor(x / n), grey = data[4 * (y * c.width + x)];
            seen[i] = (seen[i] ?? grey) === grey ? grey : -1;
          }
          return [seen, c.width];
        }"""
    )
    assert side % 28 == 0
    assert side >= 280
    assert seen == element.evaluate("e => e.state.image")


def test_words_name_label_moment_and_what_changed(explorer):
    element = explorer()
    words = element.locator("[role=status]")
    assert "told to draw a 3, after 2,500 steps of training" in words.inner_text()
    element.locator('input[name="z1"]').press("ArrowRight")
    assert "Direction 1 went from 0 to 0.1" in words.inner_text()
    element.locator('input[name="z1"]').press("ArrowRight")
    assert "Direction 1 went from 0 to 0.2" in words.inner_text()
    element.evaluate("e => { e.set('label', '8'); e.set('moment', 100); }")
    assert "told to draw an 8, after 100 steps" in words.inner_text()
    assert "judge reads the label in" in words.inner_text()
    element.evaluate("e => e.set('t', 0.25)")
    assert "25 % of the way from an 8 to an 8" not in words.inner_text()
    element.evaluate("e => e.set('to_label', '1')")
    assert "25 % of the way from an 8 to a 1" in words.inner_text()


def test_every_picture_has_its_words(explorer):
    element = explorer()
    settle(element)
    labels = element.evaluate("e => [...e.shadowRoot.querySelectorAll('canvas')].map(c => c.ariaLabel)")
    assert len(labels) == 7
    assert all(len(label.split()) > 5 for label in labels)


@pytest.mark.parametrize(
    ("strip", "share", "key", "value"), [(0, 0.99, "z1", 3), (4, 0.4, "moment", 200), (5, 0.99, "t", 1)]
)
def test_a_click_on_a_strip_goes_there(explorer, strip, share, key, value):
    element = explorer()
    settle(element)
    canvas = element.locator(FILMS).nth(strip)
    box = canvas.bounding_box()
    canvas.click(position={"x": share * box["width"], "y": 15})
    assert element.evaluate("(e, key) => e.values[key]", key) == value


def test_all_directions_go_back_to_zero(explorer):
    element = explorer()
    before = element.evaluate("e => e.state.z")
    element.evaluate("e => { e.set('z1', 2); e.set('z9', -1); }")
    element.get_by_role("button", name="All directions to 0").press("Enter")
    assert element.evaluate("e => e.state.z") == before


def test_strips_catch_up_with_the_digit(explorer):
    element = explorer()
    settle(element)
    look = "e.shadowRoot.querySelectorAll('canvas.film')[4].toDataURL()"
    before = element.evaluate(f"e => {look}")
    element.evaluate("e => e.set('label', '0')")
    element.page.wait_for_function(f"([e, before]) => {look} !== before", arg=[element.element_handle(), before])


def test_playing_changes_the_picture_but_not_its_words_at_every_frame(explorer):
    element = explorer()
    element.evaluate("e => e.play()")
    words, passed = element.evaluate(
        """async e => {
          const canvas = e.shadowRoot.querySelector('.digit canvas'), pictures = new Set(), words = new Set();
          const start = performance.now(), passed = () => performance.now() - start;
          while (passed() < 1500 || pictures.size < 6) {  // a busy machine draws later
            await new Promise(requestAnimationFrame);
            pictures.add(canvas.toDataURL());
            words.add(canvas.ariaLabel);
          }
          e.pause();
          return [words.size, passed()];
        }"""
    )
    assert words <= 1 + passed / 1000


def test_without_the_weights_the_explorer_says_what_is_missing(chromium, tmp_path):
    shutil.copy(STATIC / "labs.js", tmp_path)
    (tmp_path / "page.html").write_text(PAGE.format(tag="digit-explorer", script="labs.js"), encoding="utf-8")
    page = chromium.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    element = page.locator("digit-explorer")
    element.evaluate("e => e.ready")
    assert "digit-weights.js must lie beside" in element.locator("[role=status]").inner_text()
    assert element.evaluate("e => e.state.image") is None
    page.close()


def test_a_widget_draws_with_the_weights_that_python_gives(open_page, tmp_path):
    (tmp_path / "empty.html").write_text("<!doctype html><title>x</title><main></main>", encoding="utf-8")
    page = open_page(tmp_path / "empty.html")
    lab = DigitExplorer(label="5")
    source = base64.b64encode((ROOT / "src/ganlab/static/labs.js").read_bytes()).decode()
    values = {"seed": 0, "_tag": "digit-explorer", "_cargo": lab._cargo, **lab._params()}
    image = page.evaluate(
        """async ([source, values]) => {
          const { default: widget } = await import('data:text/javascript;base64,' + source);
          const set = (k, v) => { values[k] = v; };
          const model = { get: k => values[k], set, save_changes() {}, on() {}, off() {} };
          widget.render({ model, el: document.querySelector('main') });
          return values.state.image;
        }""",
        [source, values],
    )
    assert len(image) == 784
    assert max(image) > 200
