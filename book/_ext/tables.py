"""Tables whose upper left corner is empty: their first column holds names of rows, and the corner names nothing.

A reader of the page hears the name of the row with each cell; an empty header would be heard as one without a name.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

EMPTY_HEADER = re.compile(r"<th\b([^>]*)>\s*</th>")


def name_rows(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make headers of the first column below an empty corner; empty headers of outputs (pandas) become cells."""
    if app.builder.format != "html":
        return
    for group in doctree.findall(nodes.tgroup):
        heads = list(group.findall(nodes.thead))
        if heads and _is_empty(heads[0][0][0]):
            next(group.findall(nodes.colspec))["stub"] = 1
    for raw in doctree.findall(nodes.raw):
        if EMPTY_HEADER.search(raw.astext()):
            raw[:] = [nodes.Text(EMPTY_HEADER.sub(r"<td\1></td>", raw.astext()))]


def _is_empty(entry: nodes.Node) -> bool:
    return not entry.astext().strip() and not list(entry.findall(nodes.image))


def visit_entry(self: Any, node: nodes.entry) -> None:
    """Open a cell: an empty header as an ordinary one, the name of a row with its scope."""
    type(self).visit_entry(self, node)
    if not isinstance(node.parent.parent, nodes.thead):
        self.body[-1] = self.body[-1].replace("<th", '<th scope="row"', 1)
    elif _is_empty(node):
        self.body[-1] = self.body[-1].replace("<th", "<td", 1)
        self.context[-1] = "</td>\n"


def depart_entry(self: Any, node: nodes.entry) -> None:
    """Close a cell."""
    type(self).depart_entry(self, node)


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at each table once it is complete."""
    app.connect("doctree-resolved", name_rows)
    app.add_node(nodes.entry, override=True, html=(visit_entry, depart_entry))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
