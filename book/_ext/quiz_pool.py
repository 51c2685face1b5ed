"""`{check-yourself}`: a place where questions from all pages are asked again, mixed.

The element `<gan-check>` takes them from `_static/quiz-pool.js`. That file is written at the end of each build, from
the pages as they are in the site, so that numbers and links of a question are those of its page; a script, because a
page from disk may fetch nothing else. The words for what a question is about are those of "Where to find what".
Without JavaScript the place lists the quizzes of the chapters.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from chapter_numbers import CHAPTER
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)

FILE, GLOBAL = "quiz-pool.js", "ganlabQuizPool"
INDEX = "topics"  # the page with the words
QUESTION = re.compile(r'<gan-quiz\b([^>]*\bid="question-\d+"[^>]*)>.*?</gan-quiz>', re.S)
ADDRESS = re.compile(r'\b(href|src)="([^"]*)"')
WORDS = re.compile(r'<li id="where-([eftu]\d+)">.*?(<strong>.*?)</p>', re.S)


class quiz_list(nodes.General, nodes.Element):
    """Placeholder until all pages are read: the quizzes of the chapters."""


class CheckYourself(SphinxDirective):
    """The element; it takes nothing."""

    def run(self) -> list[nodes.Node]:
        """Put the element around what is read without it."""
        text = "Without JavaScript no questions can be drawn here. Each chapter ends with a quiz of its own:"
        opening, closing = (nodes.raw("", tag, format="html") for tag in ("<gan-check>", "</gan-check>"))
        return [opening, nodes.paragraph("", text), quiz_list(), closing]


def fill_quiz_list(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Name the chapters, each with a link to its quiz."""
    for placeholder in list(doctree.findall(quiz_list)):
        chapters = sorted(name for name in app.env.found_docs if CHAPTER.match(name))
        placeholder.replace_self(nodes.bullet_list("", *(_quiz_of(app, docname, chapter) for chapter in chapters)))


def _quiz_of(app: Sphinx, docname: str, chapter: str) -> nodes.list_item:
    address = f"{app.builder.get_relative_uri(docname, chapter)}#quiz"
    link = nodes.reference("", app.env.titles[chapter].astext(), internal=True, refuri=address)
    return nodes.list_item("", nodes.paragraph("", f"{_name(chapter)}: ", link))


def _name(docname: str) -> str:
    """Return a chapter's number, or the name of another page."""
    match = CHAPTER.match(docname)
    return str(int(match[1])) if match else docname.rpartition("/")[2]


def questions(html: str, page: str) -> Iterator[dict[str, Any]]:
    """Yield the questions on a page at that address, their links as seen from the top of the site.

    Examples
    --------
    >>> html = '<gan-quiz data-keys="E1 T2" id="question-3" kind="single"><a href="#b">c</a></gan-quiz>'
    >>> [found] = questions(html, "chapters/01-a.html")
    >>> found["at"], found["kind"], found["keys"], "chapters/01-a.html#b" in found["html"]
    ('question-3', 'single', ['E1', 'T2'], True)
    """
    for match in QUESTION.finditer(html):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', match[1]))
        moved = ADDRESS.sub(lambda part: f'{part[1]}="{urljoin(page, part[2])}"', match[0])
        yield {"at": given["id"], "kind": given["kind"], "keys": given["data-keys"].split(), "html": moved}


def pool(app: Sphinx) -> dict[str, Any]:
    """Return pages, questions, and the words for their keys, from the files of the site."""
    found: dict[str, Any] = {"pages": [], "items": []}
    words: dict[str, str] = {}
    for docname in sorted(app.env.found_docs):
        address = app.builder.get_target_uri(docname)
        html = Path(app.outdir, address).read_text(encoding="utf-8")
        items = list(questions(html, address))
        found["items"] += [{"page": len(found["pages"]), **item} for item in items]
        if items:
            title = app.env.titles[docname].astext()
            found["pages"].append({"id": _name(docname), "title": title, "href": address})
        if docname == INDEX:
            words |= {key.upper(): " ".join(text.split()) for key, text in WORDS.findall(html)}
    asked = dict.fromkeys(key for item in found["items"] for key in item["keys"])
    lacking = [key for key in asked if key not in words]
    if lacking and INDEX in app.env.found_docs:
        logger.warning("quiz pool: the page %r has no words for %s", INDEX, ", ".join(lacking))
    return found | {"words": {key: words[key] for key in asked if key in words}}


def add_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Load the element's script on the pages that have one: it is no small one, and the others do without."""
    if doctree and any(node.astext() == "<gan-check>" for node in doctree.findall(nodes.raw)):
        app.add_js_file("check.js", defer="defer")


def write_pool(app: Sphinx, error: Exception | None) -> None:
    """Write the file for the page that asks."""
    if error is None and app.builder.name == "html":
        text = json.dumps(pool(app), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        path = Path(app.outdir, "_static", FILE)
        path.write_text(f"globalThis.{GLOBAL} = {text};\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, and the file at the end of the build."""
    app.add_directive("check-yourself", CheckYourself)
    app.add_node(quiz_list)
    app.connect("doctree-resolved", fill_quiz_list)
    app.connect("html-page-context", add_script)
    app.connect("build-finished", write_pool)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
