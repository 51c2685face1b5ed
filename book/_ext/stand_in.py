"""Captions say so when a page was drawn from the stand-in digits.

Without network and without MNIST the chapters run on scikit-learn's small digits, and `ganlab.data` says it in a
page's output. A caption is written beforehand and cannot know; this extension adds the sentence.
"""

from typing import Any

from docutils import nodes
from execution import STAND_IN
from sphinx.application import Sphinx

SENTENCE = " Built without MNIST: where the page uses digits, they are digits-8x8 (offline)."


def add_sentence(app: Sphinx, doctree: nodes.document) -> None:
    """Append the sentence to every caption of a figure made by code on such a page."""
    printed = " ".join(output.astext() for output in doctree.findall(nodes.literal_block))
    if not any(words in printed for words in STAND_IN):
        return
    for figure in doctree.findall(nodes.figure):
        made_by_code = any("jupyter_execute" in image["uri"] for image in figure.findall(nodes.image))
        for caption in figure.findall(nodes.caption) if made_by_code else ():
            caption += nodes.inline(text=SENTENCE)


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at each page once it is read."""
    app.connect("doctree-read", add_sentence)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
