"""The anywidget module where Jupyter shows a widget late: `render` may get a node that is not in the page yet."""

import base64
from pathlib import Path

import pytest
from lab_page import RENDER

from ganlab import labs

ROOT = Path(__file__).parents[2]
EMPTY = """<!doctype html><html lang="en"><title>x</title><style>:root { color-scheme: light dark }</style>
<main><h1>Notebook</h1></main></html>"""


@pytest.fixture
def detached(open_page, tmp_path):
    """`detached(widget)`: a page that has rendered it into `el`, which is not in the page."""

    def render(widget, **options):
        (tmp_path / "empty.html").write_text(EMPTY, encoding="utf-8")
        page = open_page(tmp_path / "empty.html", **options)
        source = base64.b64encode((ROOT / "src/ganlab/static/labs.js").read_bytes()).decode()
        values = {key: value for key, value in widget.get_state().items() if key != "_esm"}
        page.evaluate(RENDER, [source, values, None])
        return page

    return render


def test_a_lab_shown_late_has_what_python_set_meanwhile(detached):
    page = detached(labs.MarcoPolo(mu=1.0))
    page.evaluate("model.change('mu', 2); model.change('seed', 9); model.command({ call: 'step', args: [3] })")
    assert page.evaluate("model.sent.state") == {}
    page.evaluate("document.querySelector('main').append(el)")
    sent = page.evaluate("[model.sent.state.params.mu, model.sent.seed, model.sent.state.seed, model.sent.state.step]")
    assert sent == [2, 9, 9, 0]
    page.evaluate("model.command({ call: 'step', args: [3] })")
    assert page.evaluate("model.sent.state.step") == 3


def test_a_question_shown_late_is_answered_and_judged_from_python(detached):
    page = detached(labs.Quiz("single", "Is $x < 1$?\n\n- [x] yes\n- [ ] no\n  : It is."))
    page.evaluate("model.command({ call: 'check', args: [] })")
    assert page.evaluate("model.sent.state") == {}
    page.evaluate("document.querySelector('main').append(el)")
    nothing = {"kind": "single", "answer": [], "attempts": 0, "right": None}
    assert page.evaluate("model.sent.state") == nothing
    page.get_by_role("radio", name="B no").press("Space")
    page.evaluate("model.command({ call: 'check', args: [] })")
    assert page.evaluate("model.sent.state") == {"kind": "single", "answer": [1], "attempts": 1, "right": False}
    page.evaluate("model.command({ call: 'reset', args: [] })")
    assert page.evaluate("model.sent.state") == nothing


QUESTION = r"""Is $x < \log 2$ in `code`? See [there](#x).

- [ ] $\tfrac12$, <b>no</b>
  : It is *a* [formula](#y).
- [x] yes"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_question_with_the_style_of_notebooks_has_no_accessibility_violation(detached, violations, theme):
    page = detached(labs.Quiz("single", QUESTION), color_scheme=theme)
    page.evaluate("document.querySelector('main').append(el)")
    page.get_by_role("radio").first.press("Space")
    page.get_by_role("button", name="Check").press("Enter")
    page.locator("summary").press("Enter")
    assert page.locator("gan-quiz").get_attribute("data-lab-theme") == theme
    assert violations(page, "gan-quiz") == []
