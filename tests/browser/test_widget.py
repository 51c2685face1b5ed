"""The anywidget module where Jupyter shows a widget late: `render` may get a node that is not in the page yet."""

import base64
from pathlib import Path

import pytest

from ganlab import labs

ROOT = Path(__file__).parents[2]
MODEL = """async ([source, values]) => {
  const handlers = {}, sent = { ...values };
  window.model = {
    get: k => sent[k], set: (k, v) => { sent[k] = v; }, save_changes() {}, sent,
    on: (e, f) => { handlers[e] = f; }, off: e => { delete handlers[e]; },
    change(k, v) { sent[k] = v; handlers['change:' + k](); },
    command: c => handlers['msg:custom'](c),
  };
  window.el = document.createElement('div');
  const { default: widget } = await import('data:text/javascript;base64,' + source);
  widget.render({ model, el });
}"""


@pytest.fixture
def detached(open_page, tmp_path):
    """`detached(widget)`: a page that has rendered it into `el`, which is not in the page."""

    def render(widget):
        (tmp_path / "empty.html").write_text("<!doctype html><title>x</title><main></main>", encoding="utf-8")
        page = open_page(tmp_path / "empty.html")
        source = base64.b64encode((ROOT / "src/ganlab/static/labs.js").read_bytes()).decode()
        values = {key: value for key, value in widget.get_state().items() if key != "_esm"}
        page.evaluate(MODEL, [source, values])
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
