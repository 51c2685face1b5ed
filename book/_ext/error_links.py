"""*Error in this section?*: a link at the end of each section that opens an issue with the place already filled in.

It names the page, the section and the first words, and asks for nothing before it is followed. With a script
(`error-links.js`), who marks a piece of text gets the same link behind that paragraph, with the words marked.
"""

from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from docutils import nodes
from sphinx.application import Sphinx

WORDS = 12  # of the text that are quoted
TEXT = "Error in this section?"


class error_link(nodes.General, nodes.Element):
    """The link: `href`, and the `title` of the section. It holds no text that the search would find on every page."""


def first_words(section: nodes.section) -> str:
    """Return how the text of a section begins, without headings, boxes and what the build adds."""
    own = [child for child in section.children if isinstance(child, nodes.paragraph)]
    words = next((p.astext().split() for p in own if p.astext() and "page-head" not in p["classes"]), [])
    return " ".join(words[:WORDS]) + (" …" if len(words) > WORDS else "")


def address(repository: str, page: str, place: str, title: str, words: str) -> str:
    """Return the address of an issue to be written.

    Examples
    --------
    >>> address("https://github.com/a/b", "c", "d.org/c.html#e", "Game", "Two nets").partition("&body=")[::2]
    ('https://github.com/a/b/issues/new?title=Error%20in%20%E2%80%9CGame%E2%80%9D%20%28c%29',
    'Page%3A%20d.org%2Fc.html%23e%0A%0A%3E%20Two%20nets%0A%0AWhat%20is%20wrong%3A%20')
    """
    quoted = f"> {words}\n\n" if words else ""
    body = f"Page: {place}\n\n{quoted}What is wrong: "
    query = {"title": f"Error in “{title}” ({page})", "body": body}
    return f"{repository}/issues/new?{urlencode(query, quote_via=quote)}"


def _link(app: Sphinx, docname: str, section: nodes.section) -> error_link:
    title = section.next_node(nodes.title).astext()
    place = f"{app.config.html_baseurl}{app.builder.get_target_uri(docname)}#{section['ids'][0]}"
    repository = app.config.html_theme_options["repository_url"]
    return error_link(href=address(repository, docname, place, title, first_words(section)), title=title)


def visit_error_link(self: Any, node: error_link) -> None:
    """Write the link under a name of its own."""
    href, name = escape(node["href"]), escape(f"{TEXT} {node['title']}")
    link = f'<a href="{href}" target="_blank" rel="noopener" aria-label="{name}">{TEXT}</a>'
    self.body.append(f'<p class="error-link">{link}</p>\n')
    raise nodes.SkipNode


def add_links(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Close each section of a page of the site, before the sections within it."""
    if app.builder.name != "html":
        return
    for section in list(doctree.findall(nodes.section)):
        if section["ids"] and not isinstance(section.parent, nodes.Admonition):
            inner = (i for i, child in enumerate(section.children) if isinstance(child, nodes.section))
            section.insert(next(inner, len(section.children)), _link(app, docname, section))


def add_script(app: Sphinx) -> None:
    """Load the script on every page."""
    app.add_js_file("error-links.js", defer="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect links and script; the links after all that moves sections."""
    app.add_node(error_link, html=(visit_error_link, None))
    app.connect("builder-inited", add_script)
    app.connect("doctree-resolved", add_links, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
