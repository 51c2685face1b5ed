"""What stands around the text of a page: launch buttons, the labs' script, roles for assistive technology.

The theme's own launch and download buttons point at the Markdown source. Readers want the notebook that
`make notebooks` writes, so the buttons are made here: Colab opens it from the repository, download takes the
copy inside the site, which also works from a disk without network.
"""

import shutil
from html import escape
from pathlib import Path
from typing import Any

import chapter_links
from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from notebook_cells import has_code
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)


def launch_buttons(app: Sphinx, pagename: str, pathto: Any) -> dict[str, str]:
    """Return the addresses behind the Colab and download buttons; none when the page has no code."""
    if not has_code(app.env, pagename):
        return {}
    notebook = f"notebooks/{Path(pagename).name}.ipynb"
    theme = app.config.html_theme_options
    repository = theme["repository_url"].removeprefix("https://github.com/")
    stored = f"{repository}/blob/{theme['repository_branch']}/{notebook}"
    return {"colab": f"{app.config.launch_buttons['colab_url']}/github/{stored}", "notebook": pathto(notebook, 1)}


def set_buttons(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Hand the buttons to our `article-header-buttons.html`."""
    context["launch_buttons"] = launch_buttons(app, pagename, context["pathto"])


def set_description(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Put the `description` of the front matter into the head of the page; warn where there is none."""
    description = " ".join(str(app.env.metadata.get(pagename, {}).get("description", "")).split())
    if description:
        context["metatags"] += f'<meta name="description" content="{escape(description)}" />\n'
    elif pagename in app.env.found_docs:
        logger.warning(
            "no `description:` in the front matter: say in a sentence what the page is for", location=pagename
        )


def copy_notebooks(app: Sphinx, error: Exception | None) -> None:
    """Copy `notebooks/*.ipynb` into the site, so that download works without network."""
    source = Path(app.confdir, "notebooks")
    if error is None and app.builder.format == "html" and source.is_dir():
        shutil.copytree(source, Path(app.outdir, "notebooks"), dirs_exist_ok=True)


# A page says "light", for readers without JavaScript; unless they chose a mode, the others get that of their system.
FOLLOW_THE_SYSTEM = """
let chosenMode = null;
try { chosenMode = localStorage.getItem("mode"); } catch {} // the browser may refuse
if (!chosenMode) {
  document.documentElement.dataset.mode = "auto";
  if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
}
"""


def add_scripts(app: Sphinx) -> None:
    """Load the labs' bundle as a classic script (modules are blocked on file://); search without fetching there."""
    app.add_js_file("", body=FOLLOW_THE_SYSTEM)
    app.add_js_file("", body='if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;')
    app.add_js_file("paper.js", defer="defer")
    app.add_js_file("scrollable.js", defer="defer")
    app.add_js_file("narrow-tables.js", defer="defer")
    app.add_js_file("questions.js", defer="defer")
    app.add_js_file("reading-progress.js", defer="defer")
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


def visit_folded_code(self: Any, node: nodes.Element) -> None:
    """Open a folded cell under its own name: myst-nb calls each of them "Toggle hidden content"."""
    classes = " ".join(["hide", *node["classes"]])
    self.body.append(f'<details class="{classes}">\n<summary>{escape(node["prompt_show"])}</summary>\n')


def depart_folded_code(self: Any, node: nodes.Element) -> None:
    """Close a folded cell."""
    self.body.append("</details>\n")


def name_once(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Take the name off the body of each exercise, solution and proof: all of a kind bear the same one."""
    for section in doctree.findall(nodes.section):
        if isinstance(section.parent, nodes.Admonition):
            section["ids"] = []


class chapter_cards(nodes.General, nodes.Element):
    """Placeholder: one card for each chapter in the table of contents."""


class ChapterCards(SphinxDirective):
    """List the chapters that exist, each with its number, title and the `description` of its front matter."""

    def run(self) -> list[nodes.Node]:
        """Leave a placeholder until all pages are read."""
        return [chapter_cards()]


def fill_chapter_cards(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the list in the place of the placeholder."""
    chapters = sorted(name for name in app.env.found_docs if name.startswith("chapters/"))
    for placeholder in doctree.findall(chapter_cards):
        cards = [_card(app, docname, chapter) for chapter in chapters]
        placeholder.replace_self([nodes.bullet_list("", *cards, classes=["chapter-cards"]), *_to_come(app)])


def _to_come(app: Sphinx) -> list[nodes.Node]:
    """Name the planned chapters that have no page yet."""
    pages = chapter_links.written(app.env)
    planned = [f"{number} {title}" for number, title in chapter_links.PLANNED.items() if number not in pages]
    return [nodes.paragraph("", f"To come: {'; '.join(planned)}")] if planned else []


def _card(app: Sphinx, docname: str, chapter: str) -> nodes.list_item:
    title = app.env.titles[chapter]
    number = ".".join(map(str, title.get("secnumber", ())))
    address = app.builder.get_relative_uri(docname, chapter)
    link = nodes.reference("", "", *(child.deepcopy() for child in title.children), internal=True, refuri=address)
    description = app.env.metadata[chapter].get("description", "")
    heading = nodes.paragraph("", "", nodes.inline("", number, classes=["number"]), nodes.Text(" "), link)
    return nodes.list_item("", heading, *([nodes.paragraph("", description)] if description else []))


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the furniture."""
    app.connect("builder-inited", add_scripts)
    app.connect("html-page-context", set_buttons, priority=600)
    app.connect("html-page-context", set_description)
    app.connect("doctree-resolved", fill_chapter_cards)
    app.connect("doctree-resolved", name_once)
    app.connect("build-finished", copy_notebooks)
    app.add_config_value("launch_buttons", {"colab_url": "https://colab.research.google.com"}, "html")
    app.add_node(HideCodeCellNode, override=True, html=(visit_folded_code, depart_folded_code))
    app.add_node(chapter_cards)
    app.add_directive("chapter-cards", ChapterCards)
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
