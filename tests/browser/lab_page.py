"""The labs that the bundle declares, and the page that shows one."""

import shutil
from pathlib import Path

import pytest
from bridge import ask_node

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "book/_static/labs.js"
PAGE = """<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>lab</title>
<style>body {{ margin: 8px }}</style>
<main><h1>Lab</h1>{labs}<div style="height: 3000px"></div></main><script src="{script}"></script></html>"""

#: Renders a widget as Jupyter does, into a node that is in the page (a selector) or not yet (null).
RENDER = """async ([source, values, selector]) => {
  const handlers = {}, sent = { ...values };
  window.model = {
    get: k => sent[k], set: (k, v) => { sent[k] = v; }, save_changes() {}, sent,
    on: (e, f) => { handlers[e] = f; }, off: e => { delete handlers[e]; },
    change(k, v) { sent[k] = v; handlers['change:' + k](); },
    command: c => handlers['msg:custom'](c),
  };
  window.el = selector ? document.querySelector(selector) : document.createElement('div');
  const { default: widget } = await import('data:text/javascript;base64,' + source);
  widget.render({ model, el });
}"""


SPECS = {spec["tag"]: spec for spec in ask_node("specs")} if shutil.which("node") else {}
TRAINABLE = [tag for tag, spec in SPECS.items() if "step" in spec["actions"]]
every_lab = pytest.mark.parametrize("tag", SPECS)
# What the kit does alike in all labs is tried with one lab of each make, and with the others by `pytest -m slow`.
MAKES = {"gan-lab-2d", "dirac-lab", "digit-explorer"}


def of_each_make(tags):
    """Parameters of a test: those tags, of which one of each make runs with the ordinary tests."""
    return [pytest.param(tag, marks=[] if tag in MAKES else pytest.mark.slow) for tag in tags]


each_make = pytest.mark.parametrize("tag", of_each_make(SPECS))
each_trainable_make = pytest.mark.parametrize("tag", of_each_make(TRAINABLE))
each_seeded_make = pytest.mark.parametrize("tag", of_each_make(tag for tag in TRAINABLE if SPECS[tag]["seeded"]))


# A frame may come late on a busy machine, and a new size is heard of one frame later.
DRAWN = """async e => {
  await e.ready;
  do for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame); while (e.frame);
}"""


def drawn(element):
    """Wait until a lab at rest has drawn what has changed."""
    element.evaluate(DRAWN)
