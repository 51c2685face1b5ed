"""A notebook with labs, made into a page by nbconvert and read offline, says so where a lab cannot be shown."""

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat.v4 import new_code_cell, new_notebook, new_output

from ganlab import labs

CODE = """from ganlab import labs
labs.{}"""
QUESTION = "Is it?\n\n- [x] yes\n- [ ] no\n  : It is."
SHOWN = {
    "MarcoPolo(mu=2)": "Here belongs a lab, Marco Polo (chapter 2), which this page cannot show.",
    "DigitExplorer()": "Here belongs a lab, The digit explorer (chapters 10 and 13), which this page cannot show.",
    f"Quiz('single', {QUESTION!r})": "Is it?",
}


@pytest.fixture
def read_offline(chromium, tmp_path):
    """`read_offline(notebook)`: the visible words of the page that nbconvert makes of it, without network."""
    contexts = []

    def read(notebook):
        html, _ = HTMLExporter().from_notebook_node(notebook)
        (tmp_path / "page.html").write_text(html, encoding="utf-8")
        contexts.append(chromium.new_context(offline=True))
        page = contexts[-1].new_page()
        page.goto((tmp_path / "page.html").as_uri(), wait_until="domcontentloaded")
        return page.locator("body").inner_text()

    yield read
    for context in contexts:
        context.close()


def test_a_notebook_run_by_nbconvert_has_the_words(read_offline):
    notebook = new_notebook(cells=[new_code_cell(CODE.format(call)) for call in SHOWN])
    ExecutePreprocessor(timeout=120, kernel_name="python3").preprocess(notebook)
    words = read_offline(nbformat.reads(nbformat.writes(notebook), as_version=4))
    assert [sentence for sentence in SHOWN.values() if sentence not in words] == []


@pytest.mark.parametrize("call", SHOWN)
def test_a_notebook_saved_by_jupyter_has_the_words(read_offline, call):
    data, _ = eval(f"labs.{call}")._repr_mimebundle_()
    assert labs.VIEW in data
    cell = new_code_cell(CODE.format(call), outputs=[new_output("display_data", data)])
    assert SHOWN[call] in read_offline(new_notebook(cells=[cell]))
