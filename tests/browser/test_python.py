"""Show me the Python, in the page: opened by keyboard, followed, copied, downloaded."""

import base64
import json
from pathlib import Path

import nbformat
import pytest
from lab_page import BUNDLE, PAGE, RENDER, SPECS
from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
TAUGHT = ["marco-polo", "ratio-lab", "gan-lab-1d", "dirac-lab", "gan-lab-2d", "digit-lab"]


PANELS = "tags => tags.filter(t => document.querySelector(t).shadowRoot.querySelector('.python'))"


@pytest.fixture
def shown(open_page, tmp_path):
    """`shown(tag)`: a page with that lab as the reader finds it."""

    def show(tag, *, theme="light", markup="", **options):
        file = tmp_path / f"{tag}.html"
        file.write_text(PAGE.format(labs=markup or f"<{tag}></{tag}>", script=BUNDLE.as_uri(), theme=theme))
        return open_page(file, **options).locator(tag).first

    return show


def unfold(element):
    """By keyboard; the program it shows."""
    element.locator(".python summary").press("Enter")
    code = element.locator(".python code")
    expect(code).to_contain_text("import torch")
    return code


def test_the_labs_that_train_have_a_program_and_the_others_no_panel(shown):
    labs = "".join(f"<{tag}></{tag}>" for tag in SPECS)
    page = shown("class-lab", markup=labs).page
    with_panel = page.evaluate(PANELS, list(SPECS))
    assert with_panel == TAUGHT


@pytest.mark.parametrize("tag", TAUGHT)
def test_it_is_folded_and_opens_by_keyboard(shown, tag):
    element = shown(tag)
    assert not element.locator(".python pre").is_visible()
    code = unfold(element)
    compile(code.inner_text(), "program", "exec")
    element.locator(".python summary").press("Tab")
    focused = "e => e.shadowRoot.activeElement.dataset.action ?? e.shadowRoot.activeElement.tagName"
    stops = [element.evaluate(focused)]
    for _ in range(2):
        element.page.keyboard.press("Tab")
        stops.append(element.evaluate(focused))
    assert stops == ["copy-python", "notebook", "PRE"]


def test_it_follows_settings_presets_and_the_seed(shown):
    element = shown("gan-lab-2d")
    code = unfold(element)
    element.evaluate("e => { e.set('loss', 'hinge'); e.set('k', 3); }")
    expect(code).to_contain_text("relu(1 - D(x)).mean()")
    expect(code).to_contain_text("for _ in range(3):  # k steps of D")
    element.evaluate("e => e.preset('patient D')")
    expect(code).to_contain_text("nn.Tanh()")
    expect(code).not_to_contain_text("relu(1")
    element.evaluate("e => e.reset(7)")
    expect(code).to_contain_text("torch.manual_seed(7)")


def test_what_changed_while_it_was_folded_is_there_when_it_opens(shown):
    element = shown("gan-lab-1d")
    element.evaluate("e => e.set('optimizer', 'adam')")
    expect(unfold(element)).to_contain_text("torch.optim.Adam(D.parameters()")


def test_copied_is_what_is_shown(shown):
    element = shown("marco-polo", own=True, permissions=["clipboard-read", "clipboard-write"])
    code = unfold(element)
    element.get_by_role("button", name="Copy").press("Enter")
    element.get_by_text("Copied.").wait_for()
    assert element.page.evaluate("navigator.clipboard.readText()") == code.text_content()


REFUSE = "Object.defineProperty(navigator, 'clipboard', { value: undefined }); document.execCommand = () => false;"


def test_where_copying_is_refused_the_program_is_selected(shown):
    element = shown("marco-polo", own=True)
    element.page.evaluate(REFUSE)
    code = unfold(element)
    element.get_by_role("button", name="Copy").press("Enter")
    element.get_by_text("The program is selected: press Ctrl+C").wait_for()
    selected = element.page.evaluate("getSelection().toString()")
    assert selected.split() == code.inner_text().split()


def test_the_older_way_copies_where_the_clipboard_is_refused(shown):
    element = shown("marco-polo", own=True)
    element.page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject() } });"
        "addEventListener('copy', () => { window.copied = getSelection().toString(); });"
    )
    code = unfold(element)
    element.get_by_role("button", name="Copy").press("Enter")
    element.get_by_text("Copied.").wait_for()
    assert element.page.evaluate("window.copied").split() == code.inner_text().split()


@pytest.mark.parametrize("tag", ["gan-lab-2d", "digit-lab"])
def test_the_notebook_is_one_and_holds_the_program(shown, tag, tmp_path):
    element = shown(tag, own=True, accept_downloads=True)
    code = unfold(element)
    with element.page.expect_download() as event:
        element.get_by_role("button", name="Download a notebook").press("Enter")
    assert event.value.suggested_filename == f"{tag}.ipynb"
    event.value.save_as(tmp_path / "it.ipynb")
    book = nbformat.read(tmp_path / "it.ipynb", as_version=nbformat.NO_CONVERT)
    nbformat.validate(book)
    words, program = book.cells
    assert program.source == code.text_content().rstrip()
    assert "`torch`" in words.source
    assert ("torchvision" in words.source) == (tag == "digit-lab")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_inaccessible_and_only_the_code_scrolls_at_320_pixels(shown, violations, theme):
    element = shown("gan-lab-2d", theme=theme, viewport={"width": 320, "height": 800})
    unfold(element)
    assert element.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert element.locator(".python pre").evaluate("p => p.scrollWidth > p.clientWidth")
    background = "#121212" if theme == "dark" else "#ffffff"
    element.page.add_style_tag(content=f"body {{ background: {background} }} h1 {{ color: #777 }}")
    assert violations(element.page, "gan-lab-2d") == []


@pytest.mark.parametrize("opened", [False, True])
def test_on_paper_stands_the_code_if_it_is_open_and_no_button(shown, opened):
    element = shown("gan-lab-1d")
    if opened:
        unfold(element)
    element.page.emulate_media(media="print")
    assert element.locator(".python pre").is_visible() == opened
    assert not element.locator(".python button").first.is_visible()
    assert not element.locator(".python summary").is_visible()
    if opened:
        assert element.locator(".python pre").evaluate("p => p.scrollHeight <= p.clientHeight + 1")


def test_a_widget_has_the_panel_too(shown):
    page = shown("h1", markup="<i></i>").page
    values = {"seed": 3, "_tag": "marco-polo", **{k: p["default"] for k, p in SPECS["marco-polo"]["params"].items()}}
    source = base64.b64encode((ROOT / "src/ganlab/static/labs.js").read_bytes()).decode()
    page.evaluate(RENDER, [source, json.loads(json.dumps(values)), "h1"])
    expect(unfold(page.locator("marco-polo"))).to_contain_text("torch.manual_seed(3)")
