"""What stands around the text of a page: launch buttons, the labs' script, roles for assistive technology.

The theme's own launch and download buttons point at the Markdown source. Readers want the notebook that
`make notebooks` writes, so the buttons are made here: Colab opens it from the repository, download takes the
copy inside the site, which also works from a disk without network.
"""

import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

Button = dict[str, str]


def notebook_of(app: Sphinx, pagename: str) -> Path:
    """Return where `make notebooks` puts the notebook of a page."""
    return Path(app.confdir, "notebooks", f"{Path(pagename).name}.ipynb")


def launch_buttons(app: Sphinx, pagename: str, pathto: Any) -> list[Button]:
    """Return the Colab and download buttons of a page; none when the page has no notebook."""
    notebook = notebook_of(app, pagename)
    if not notebook.exists():
        return []
    options = app.config.html_theme_options
    repository = options["repository_url"].removeprefix("https://github.com/")
    colab = options["launch_buttons"]["colab_url"]
    branch = options["repository_branch"]
    return [
        {"url": f"{colab}/github/{repository}/blob/{branch}/notebooks/{notebook.name}", "kind": "colab"},
        {"url": pathto(f"notebooks/{notebook.name}", 1), "kind": "download"},
    ]


def set_buttons(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Hand the buttons to our `article-header-buttons.html`."""
    context["launch_buttons"] = launch_buttons(app, pagename, context["pathto"])


def copy_notebooks(app: Sphinx, error: Exception | None) -> None:
    """Copy `notebooks/*.ipynb` into the site, so that download works without network."""
    source = Path(app.confdir, "notebooks")
    if error is None and app.builder.format == "html" and source.is_dir():
        shutil.copytree(source, Path(app.outdir, "notebooks"), dirs_exist_ok=True)


def add_labs(app: Sphinx) -> None:
    """Load the labs' bundle as a classic script: module scripts are blocked on file://."""
    if Path(app.confdir, "book", "_static", "labs.js").exists():
        app.add_js_file("labs.js", defer="defer")


def visit_citation(self: Any, node: nodes.Element) -> None:
    """Open a bibliography entry as a list item: docutils puts a role there that a list may not contain."""
    if not isinstance(node.previous_sibling(), nodes.citation):
        self.body.append('<div role="list" class="citation-list">\n')
    self.body.append(self.starttag(node, "div", classes=["citation"], role="listitem"))


def depart_citation(self: Any, node: nodes.Element) -> None:
    """Close a bibliography entry, and the list after the last one."""
    self.body.append("</div>\n")
    if not isinstance(node.next_node(descend=False, siblings=True), nodes.citation):
        self.body.append("</div>\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the furniture."""
    app.connect("builder-inited", add_labs)
    app.connect("html-page-context", set_buttons, priority=600)
    app.connect("build-finished", copy_notebooks)
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
