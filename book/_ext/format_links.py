"""`{formats}`: the place on the landing page where `make formats` puts links to EPUB, PDF and ZIP, with their sizes.

The files are made from the built site, so the build cannot know them. Until they are there the place says how they
are made, and no link is broken.
"""

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def formats_role(name: str, rawtext: str, text: str, lineno: int, inliner: Any, *_: Any) -> tuple[list, list]:
    """Leave the place between two comments, for `scripts/formats.py`."""
    say = f"<code>{escape(text)}</code> writes the book as EPUB, PDF and a ZIP that opens from disk."
    html = f'<span class="formats"><!--formats-->{say}<!--/formats--></span>'
    return [nodes.raw("", html, format="html")], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the role."""
    app.add_role("formats", formats_role)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
