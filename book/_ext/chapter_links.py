"""`{chapter}`: a mention of another chapter is a link to it, or says that the chapter is still to come.

| written                            | read                                                                  |
|------------------------------------|-----------------------------------------------------------------------|
| `` {chapter}`6` ``                 | "chapter 6", a link to the page                                       |
| `` {chapter}`6 <two-steps>` ``     | "chapter 6", a link to what bears the label, which is in that chapter |
| `` {Chapter}`6` ``                 | "Chapter 6", for the beginning of a sentence                          |
| `` {chapter}`3 to 5` ``            | "chapters 3 to 5"; also commas and "and"; each number takes a label   |
| `` {chapter}`8` ``, not written    | "chapter 8 (to come)"; a label is kept for the day when it is written |

A number without a page that is not planned either, and a label that is not in the chapter, are errors.
"""

import re
from collections.abc import Iterator
from typing import Any

from chapter_numbers import CHAPTER
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

logger = logging.getLogger(__name__)

# The chapters of the finished book. A page that exists shows its own title.
PLANNED = {
    1: "Two kinds of models",
    2: "Marco Polo: learning from hints",
    3: "The discriminator as a ratio meter",
    4: "The game",
    5: "Two losses for one generator",
    6: "The first GAN",
    7: "Why it circles",
    8: "Mode collapse",
    9: "A distance instead of a verdict",
    10: "Handwritten digits",
    11: "How good is it?",
    12: "Tricks on trial",
    13: "Asking for a seven",
    14: "Where GANs stand",
}
ONE = r"\d+(?:\s*<[^<>`]+>)?"
MENTION = re.compile(rf"{ONE}(?:(?:,| and| to|–|, and)\s*{ONE})*")
PART = re.compile(r"(?P<number>\d+)(?:\s*<(?P<label>[^<>`]+)>)?|(?P<between>\D+?)(?=\d)")


class chapter_mention(nodes.Inline, nodes.TextElement):
    """Placeholder until all pages are read: `chapter`, `label` (perhaps empty); its text is what will be read."""


class planned_chapter(nodes.inline):
    """A chapter that is not written; `planned` is its title."""


def chapter_role(name: str, rawtext: str, text: str, lineno: int, inliner: Any, *_: Any) -> tuple[list, list]:
    """Leave a placeholder for each number; docutils does not tell `Chapter` from `chapter`, its name does."""
    if not MENTION.fullmatch(text):
        hint = "write {chapter}`6`, {chapter}`6 <label>` or {chapter}`3 to 5`"
        message = inliner.reporter.error(f"chapter: no chapter is called {text!r}; {hint}", line=lineno)
        return [inliner.problematic(rawtext, rawtext, message)], [message]
    many = len(re.findall(ONE, text)) > 1
    word = f"{name}s " if many else f"{name} "
    found = list(_parts(text, lineno, "" if many else word))
    return ([nodes.Text(word)] if many else []) + found, []


def _parts(text: str, line: int, word: str) -> Iterator[nodes.Node]:
    for part in PART.finditer(text):
        if between := part["between"]:
            yield nodes.Text(between)
        else:
            shown = nodes.Text(word + part["number"])
            node = chapter_mention("", "", shown, chapter=int(part["number"]), label=part["label"] or "")
            node.line = line
            yield node


class ResolveMentions(SphinxPostTransform):
    """Put a link, or the note, in the place of each mention."""

    default_priority = 5  # once unwanted passages are gone

    def run(self, **kwargs: Any) -> None:
        """Look for pages and labels, now that all are known."""
        pages = written(self.env)
        for mention in list(self.document.findall(chapter_mention)):
            mention.replace_self(self._resolved(mention, pages))

    def _warn(self, mention: chapter_mention, *text: Any) -> None:
        logger.warning(*text, location=(self.env.docname, mention.line))

    def _resolved(self, mention: chapter_mention, pages: dict[int, str]) -> nodes.Node:
        number, label = mention["chapter"], mention["label"]
        if number not in pages:
            return self._planned(mention, number)
        page, anchor, title = pages[number], "", self.env.titles[pages[number]].astext()
        if label:
            page, anchor, title = find_label(self.env, label) or ("", "", "")
        if page != pages[number]:
            place = f"it is in {page}" if page else "it is nowhere"
            self._warn(mention, "chapter: %s has no label %r; %s", pages[number], label, place)
            return nodes.inline("", "", *mention.children)
        return make_refnode(self.app.builder, self.env.docname, page, anchor, list(mention.children), title)

    def _planned(self, mention: chapter_mention, number: int) -> nodes.Node:
        if number not in PLANNED:
            text = "chapter: there is no chapter %d, and none is planned in book/_ext/chapter_links.py"
            self._warn(mention, text, number)
        note = nodes.superscript("", "(to come)")
        title = PLANNED.get(number, "")
        return planned_chapter("", "", *mention.children, note, planned=title, classes=["chapter-to-come"])


def written(env: BuildEnvironment) -> dict[int, str]:
    """Return the page of each chapter that exists."""
    return {int(match[1]): name for name in env.found_docs if (match := CHAPTER.match(name))}


def find_label(env: BuildEnvironment, label: str) -> tuple[str, str, str] | None:
    """Return page, anchor and title of what bears a label: a heading, a figure, a box, or else an equation."""
    standard, equations = env.domains.standard_domain, env.domains["math"]
    name = label.lower()
    if name in standard.labels:
        return standard.labels[name]
    if name in standard.anonlabels:
        return (*standard.anonlabels[name], "")
    if label in equations.equations:
        return equations.equations[label][0], nodes.make_id(f"equation-{label}"), ""
    return None


def read_again(app: Sphinx, env: BuildEnvironment, added: set, changed: set, removed: set) -> list[str]:
    """Read all pages again when a chapter comes or goes: they may speak of it."""
    return list(env.found_docs) if any(map(CHAPTER.match, added | removed)) else []


def as_text(self: Any, node: chapter_mention) -> None:
    """Leave the words of a mention as they are."""


def visit_planned(self: Any, node: planned_chapter) -> None:
    """Open a passage that names the planned title to the mouse."""
    self.body.append(self.starttag(node, "span", "", title=node["planned"]))


def depart_planned(self: Any, node: planned_chapter) -> None:
    """Close it."""
    self.body.append("</span>")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the role (any case), its nodes, and the transform."""
    app.add_role("chapter", chapter_role)
    app.add_node(chapter_mention, html=(as_text, as_text))  # in a heading: the contents keep the placeholder
    app.add_node(planned_chapter, html=(visit_planned, depart_planned))
    app.add_post_transform(ResolveMentions)
    app.connect("env-get-outdated", read_again)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
