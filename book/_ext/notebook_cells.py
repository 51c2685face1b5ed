"""Code cells on their way from a page of the book to its notebook.

While Sphinx reads a page, `attach_cells` puts source and checked outputs on each cell of the document tree, so
that the tree alone is enough to write the notebook later. `nbformat` cells are made from it at the end.

Tags an author can use, beyond those of myst-nb and nbval:

- `book-only`: runs and shows in the book, is left out of the notebook;
- `notebook-only` with `skip-execution`: the reverse, for widgets that need a kernel;
- `hide-input`, `hide-cell`, `remove-input`: the code is folded in the notebook (a form in Colab);
- `nbval-check-output`: the printed text is stored, and nbval compares it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from jupyter_cache import get_cache
from myst_nb.core.utils import coalesce_streams
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

FOLDED = {"hide-input", "hide-cell", "remove-input"}
CHECKED = "nbval-check-output"
BOOK_ONLY = "book-only"
NOTEBOOK_ONLY = "notebook-only"
UNRUN = "skip-execution"
WARNING = 2  # docutils' level from which a message stands for something that went wrong

Problem = tuple[int, str]


@dataclass(frozen=True)
class Cell:
    """A code cell of the notebook: the source verbatim, the author's metadata, outputs if they are checked."""

    source: str
    metadata: dict[str, Any] = field(default_factory=dict)
    outputs: list[dict[str, Any]] = field(default_factory=list)
    title: str = "Code"

    @property
    def tags(self) -> list[str]:
        return list(self.metadata.get("tags", []))

    def to_notebook(self, cell_id: str, position: int) -> NotebookNode:
        """Return the `nbformat` cell; `position` counts the code cells, as a run from the top does."""
        folded = bool(FOLDED.intersection(self.tags))
        source = _with_title(self.source, self.title) if folded else self.source
        metadata = self._kept_metadata() | (_fold() if folded else {})
        outputs = [nbformat.from_dict(_numbered(output, position)) for output in self.outputs]
        # nbval compares nothing in a cell that was never run.
        count = position if outputs else None
        return new_code_cell(source, id=cell_id, metadata=metadata, outputs=outputs, execution_count=count)

    def _kept_metadata(self) -> dict[str, Any]:
        """Keep what the author wrote, less what only concerns the book."""
        kept = {key: value for key, value in self.metadata.items() if key not in ("mystnb", "tags")}
        tags = [tag for tag in self.tags if tag != UNRUN or NOTEBOOK_ONLY not in self.tags]
        return kept | ({"tags": tags} if tags else {})


def _numbered(output: dict[str, Any], position: int) -> dict[str, Any]:
    return output | ({"execution_count": position} if "execution_count" in output else {})


def _fold() -> dict[str, Any]:
    return {"cellView": "form", "jupyter": {"source_hidden": True}}


def _with_title(source: str, title: str) -> str:
    """Put Colab's form title above the code; a cell magic must stay first, so such a cell goes without."""
    return source if source.startswith("%%") else f"# @title {title}\n{source}"


def has_code(env: BuildEnvironment, docname: str) -> bool:
    """Tell whether myst-nb read a page as a notebook."""
    return "source_map" in env.metadata[docname]


def is_cell(node: nodes.Node) -> bool:
    """Tell whether a node of the document tree is a code cell of myst-nb."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def attach_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Put `code` and `stored` on every code cell of a page, and note what cannot become a notebook."""
    problems = [_message(node) for node in doctree.findall(nodes.system_message) if node["level"] >= WARNING]
    if has_code(app.env, app.env.docname):
        executed = _executed_notebook(app)
        cells = {node["cell_index"]: node for node in doctree.findall(is_cell)}
        for index, source in enumerate(executed.cells):
            if source.cell_type == "code":
                line = executed.metadata.source_map[index] + 1
                problems += [(line, text) for text in _attach(source, cells.get(index))]
    doctree["notebook_problems"] = problems


def _message(node: nodes.system_message) -> Problem:
    return node.get("line", 0), node.children[0].astext() if node.children else node.rawsource


def _executed_notebook(app: Sphinx) -> NotebookNode:
    """Read the notebook that myst-nb has just written for this page; it lacks outputs that came from the cache."""
    config = app.env.mystnb_config  # type: ignore[attr-defined]
    notebook = nbformat.read(Path(config.output_folder, f"{app.env.docname}.ipynb"), as_version=4)
    if any(cell.get("outputs") for cell in notebook.cells):
        return notebook
    with suppress(KeyError):
        _, notebook = get_cache(config.execution_cache_path).merge_match_into_notebook(notebook)
    return notebook


def _attach(source: NotebookNode, node: nodes.Element | None) -> list[str]:
    """Fill one node; return what is wrong with the cell."""
    if node is None:
        wrong = "leaves no trace in the page, so its place is lost; hide it with remove-input, or tag it"
        return [f"this cell {wrong} {BOOK_ONLY} or {NOTEBOOK_ONLY}"] if source.source.strip() else []
    tags = source.metadata.get("tags", [])
    node["code"], node["stored"] = source.source, []
    if NOTEBOOK_ONLY in tags and UNRUN not in tags:
        return [f"a cell tagged {NOTEBOOK_ONLY} also needs the tag {UNRUN}, else the book runs it"]
    if CHECKED in tags:
        # How a kernel cuts a stream into pieces differs from run to run.
        node["stored"] = [dict(output) for output in coalesce_streams(source.outputs)]
        return _unfit(node["stored"])
    return []


def _unfit(outputs: list[dict[str, Any]]) -> list[str]:
    """A checked cell prints text to standard output, or ends in a value that is text."""
    if not outputs:
        return [f"the cell is tagged {CHECKED}, but it printed nothing or was not run"]
    kinds = {mime for output in outputs for mime in output.get("data", {output.get("name", "error"): None})}
    if unfit := sorted(kinds - {"stdout", "text/plain"}):
        return [f"the cell is tagged {CHECKED}, so it may only print text; it also gave {', '.join(unfit)}"]
    return []
