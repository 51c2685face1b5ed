"""`{where-to-find}`: an index of the book by question, topic, formula and error, made from `book/coverage.yml`.

    ```{where-to-find} questions
    ```

lists the entries of a section in words, each with links to its places; a chapter that is not written yet is "to come".
A place whose label is not on its page is an error. The questions of `ask`, and the titles, are also given to each page
as keywords, so that the search of the site finds the page by them.
"""

import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import chapter_links
import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)

FIELDS = {"title", "ask", "page", "anchor", "also", "planned", "items"}


class Place(NamedTuple):
    """A chapter's number, or the name of another page, and a label there."""

    page: int | str
    anchor: str


class Entry(NamedTuple):
    """What has its place in the book; `planned` is a chapter that will keep it, or nothing."""

    key: str
    title: str
    asks: list[str]
    places: list[Place]
    planned: int | str  # "" for nothing
    items: int


@cache  # each page that is written asks for it
def read(text: str) -> dict[str, dict[str, Entry]]:
    """Return the sections of `coverage.yml`, each with its entries by key.

    Raises
    ------
    ValueError
        If an entry has a field that nobody reads, no title, half a place, or neither a place nor a plan.
    """
    sections = yaml.safe_load(text)
    return {name: {key: _entry(key, given) for key, given in entries.items()} for name, entries in sections.items()}


def _entry(key: str, given: dict[str, Any]) -> Entry:
    if unknown := given.keys() - FIELDS:
        raise ValueError(f"coverage.yml: {key} has {sorted(unknown)}; known are {sorted(FIELDS)}")
    if not given.get("title"):
        raise ValueError(f"coverage.yml: {key} has no title; say in a few words what a reader sees instead of the key")
    places = [_place(key, each) for each in (given, *given.get("also", [])) if "page" in each or "anchor" in each]
    planned = given.get("planned", "")
    if not places and not planned:
        raise ValueError(f"coverage.yml: {key} has no place; give page and anchor, or the chapter where it is planned")
    if planned and planned not in chapter_links.PLANNED:
        raise ValueError(f"coverage.yml: {key} is planned for {planned!r}, which is no chapter")
    return Entry(key, given["title"], given.get("ask", []), places, planned, given.get("items", 1))


def _place(key: str, given: dict[str, Any]) -> Place:
    if not (given.get("page") and given.get("anchor")):
        raise ValueError(f"coverage.yml: {key} has half a place; `page` and `anchor` belong together")
    return Place(given["page"], given["anchor"])


def entries(sections: dict[str, dict[str, Entry]]) -> Iterator[Entry]:
    """Yield the entries of all sections."""
    for section in sections.values():
        yield from section.values()


def source(env: BuildEnvironment) -> Path:
    """Return where `coverage.yml` is: beside the pages of the book."""
    return Path(env.srcdir, "coverage.yml")


def load(env: BuildEnvironment) -> dict[str, dict[str, Entry]]:
    """Read the file; a folder of pages without one has no entries."""
    path = source(env)
    return read(path.read_text(encoding="utf-8")) if path.exists() else {}


class WhereToFind(SphinxDirective):
    """The entries of a section as a list; see the module."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Write the list as Markdown, so that its links are those of any page, and read it."""
        self.env.note_dependency(str(source(self.env)))
        sections, name = load(self.env), self.arguments[0]
        if name not in sections:
            message = f"where-to-find: no section {name!r} in coverage.yml; choose one of {', '.join(sections)}"
            return [self.state.document.reporter.error(message, line=self.lineno)]
        lines = [line for entry in sections[name].values() for line in listed(entry, self.env.found_docs)]
        node = nodes.container()
        self.state.nested_parse(StringList(lines, source=str(source(self.env))), self.content_offset, node)
        for item, key in zip(node[0].children, sections[name], strict=True):
            item["ids"] = [f"where-{key.lower()}"]
        node[0]["classes"].append("where-to-find")
        return node.children


def listed(entry: Entry, pages: set[str]) -> list[str]:
    """Return one item of the list: what one would ask, the title in bold, and the places."""
    by_page = {place.page: [_section(p) for p in entry.places if p.page == place.page] for place in entry.places}
    shown = [": ".join(filter(None, (_page(page, pages), ", ".join(there)))) for page, there in by_page.items()]
    if entry.planned and entry.planned not in by_page:
        shown.append(_page(entry.planned, pages))
    asks = [f"{' '.join(entry.asks)}\\"] if entry.asks else []
    first, *rest = [*asks, f"**{entry.title}** – {'; '.join(shown)}"]
    return [f"- {first}", *(f"  {line}" for line in rest)]  # a title – chapter 6: Nine steps; chapter 8


def _page(page: int | str, pages: set[str]) -> str:
    if isinstance(page, int):
        return f"{{chapter}}`{page}`"
    return f"{{doc}}`/{page}`" if page in pages else f"*{page}* (to come)"


def _section(place: Place) -> str:
    """Return a link to the section; the label that bears the page's own name is the page."""
    return "" if place.anchor == place.page else f"[](#{place.anchor})"


def docname(env: BuildEnvironment, page: int | str) -> str:
    """Return the name of the document that a place is on; nothing while it is not written."""
    name = chapter_links.written(env).get(page, "") if isinstance(page, int) else page
    return name if name in env.found_docs else ""


def check_places(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of each place whose label is not on its page."""
    for entry in entries(load(env)):
        for place in entry.places:
            found = chapter_links.find_label(env, place.anchor)
            if not found or found[0] != docname(env, place.page):
                there = f"it is in {found[0]}" if found else "it is nowhere"
                text = "coverage.yml: %s says that %r is on page %s; %s"
                logger.warning(text, entry.key, place.anchor, place.page, there)


def show_formulas(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Give the links of an index the formulas of the headings: Sphinx's own links to headings hold their TeX."""
    lists = [node for node in doctree.findall(nodes.bullet_list) if "where-to-find" in node["classes"]]
    links = [link for node in lists for link in node.findall(nodes.reference)]
    for link in (link for link in links if re.search(r"[\\_]", link.astext())):
        page, _, anchor = link.get("refuri", "").rpartition("#")
        doc = page.removeprefix("../").removesuffix(".html")
        for section in app.env.get_doctree(doc).findall(nodes.section) if doc in app.env.found_docs else ():
            if anchor in section["ids"]:
                link[:] = [child.deepcopy() for child in section.next_node(nodes.title).children]


def add_keywords(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Let the search find a page by the questions that it answers: they become its keywords."""
    if app.builder.format != "html":
        return
    here = [e for e in entries(load(app.env)) if any(docname(app.env, place.page) == name for place in e.places)]
    texts = [text for entry in here for text in (*entry.asks, entry.title)]
    words = dict.fromkeys(word for text in texts for word in re.findall(r"\w+", text))  # as Sphinx's search splits
    if keywords := ", ".join(words):
        doctree.insert(0, nodes.meta("", name="keywords", content=keywords))


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write the pages again when the file has changed, since their keywords are in them; they are not read again."""
    digest = sha256(source(env).read_bytes()).hexdigest() if source(env).exists() else ""
    before, env.coverage_digest = getattr(env, "coverage_digest", digest), digest
    pages = {docname(env, place.page) for entry in entries(load(env)) for place in entry.places}
    return [] if before == digest else sorted(pages - {""})


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, the check and the keywords."""
    app.add_directive("where-to-find", WhereToFind)
    app.connect("env-check-consistency", check_places)
    app.connect("doctree-resolved", show_formulas)
    app.connect("doctree-resolved", add_keywords)
    app.connect("env-updated", write_again)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
