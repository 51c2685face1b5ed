"""`{concept-item}` and `{concept-key}`: a test on paper, and its key, from one source.

    ```{concept-item}
    :keys: E6, E13
    :purpose: Whether an aim is told from an outcome.

    Which answer of $D$ does $G$ aim at?

    - [E13] $\\tfrac12$
      : Why this is wrong.
    - [x] 1
      : Why this is right.
    ```

Prompt, options and reasons are written as in a `{quiz}`, with one difference: in the brackets of a wrong option stands
the misconception of which it is typical, an error (E) or a question of learners (U). `keys` lists all of them. The test
shows prompt and options. `{concept-key}`, below the items of the same page, writes the letters, the purposes, and for
each option its reason and the words of its misconception, folded; paper leaves it out unless it is open (`paper.js`).
"""

from collections.abc import Iterator
from string import ascii_uppercase
from typing import Any, ClassVar, NamedTuple

import where_to_find
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from ganlab.quiz.source import Passage, Question, is_right, key_faults, read

HERE = "concept_items"


class Item(NamedTuple):
    """An item of the test: the keys of its misconceptions, what it is to reveal, and the question."""

    keys: list[str]
    purpose: str
    question: Question


def faults(item: Item) -> Iterator[str]:
    """Yield what is wrong with an item."""
    options = item.question.options
    wrong = [option.mark for option in options if not is_right(option)]
    if not item.purpose:
        yield "there is no purpose; say in `:purpose:` what the choices are to reveal"
    if not item.question.prompt.text or item.question.strays:
        yield "write a prompt, then options as `- [x] text` or `- [E13] text`, each with its reason below"
    if len(wrong) != len(options) - 1 or len(wrong) < 2:
        yield f"{len(options) - len(wrong)} of {len(options)} options are right; one must be, and two or more be wrong"
    if lacking := [option.text.text for option in options if not (option.text.text and option.reason.text)]:
        yield f"give each option a text and a reason; see {lacking[0]!r}"
    if strange := [mark for mark in wrong if mark[:1] not in ("E", "U") or mark not in item.keys]:
        yield f"a wrong option is marked [{strange[0]}]; name an error (E) or a question (U) that is among `:keys:`"
    yield from key_faults(item.keys)


class ConceptItem(SphinxDirective):
    """One item of the test; see the module."""

    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"keys": directives.unchanged, "purpose": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return number, prompt and options, or what is wrong."""
        keys = self.options.get("keys", "").replace(",", " ").split()
        item = Item(keys, self.options.get("purpose", ""), read("single", list(self.content)))
        if found := list(faults(item)):
            report = self.state.document.reporter
            return [report.error(f"concept-item: {fault}", line=self.lineno) for fault in found]
        items = self.env.current_document.setdefault(HERE, [])
        items.append(item)
        return [self._shown(item, len(items))]

    def _shown(self, item: Item, number: int) -> nodes.Node:
        """Return the item as a student sees it."""
        box = nodes.container(classes=["concept-item"], ids=[f"item-{number}"])
        self._parse(box, item.question.prompt)
        box[0].insert(0, [nodes.strong("", f"{number}."), nodes.Text(" ")])
        options = [self._parse(nodes.list_item(), option.text) for option in item.question.options]
        box += nodes.enumerated_list("", *options, enumtype="upperalpha", prefix="", suffix=".")
        return box

    def _parse(self, node: nodes.Element, passage: Passage) -> nodes.Element:
        lines = StringList(passage.text.split("\n"), source=self.get_source_info()[0])
        self.state.nested_parse(lines, self.content_offset + passage.line, node)
        return node


class ConceptKey(SphinxDirective):
    """The folded key to the items above; it takes nothing."""

    def run(self) -> list[nodes.Node]:
        """Write the key as Markdown, so that its links are those of any page."""
        self.env.note_dependency(str(where_to_find.source(self.env)))
        entries = {entry.key: entry for entry in where_to_find.entries(where_to_find.load(self.env))}
        words = {key: told(entry, self.env.found_docs) for key, entry in entries.items()}
        box = nodes.container()
        lines = list(key(self.env.current_document.get(HERE, []), words))
        self.state.nested_parse(StringList(lines, source=self.get_source_info()[0]), self.content_offset, box)
        fold = '<details class="answer-key"><summary>Answer key, for instructors</summary>'
        return [nodes.raw("", fold, format="html"), *box.children, nodes.raw("", "</details>", format="html")]


def told(entry: where_to_find.Entry, pages: set[str]) -> str:
    """Return title and places of a misconception as Markdown."""
    return where_to_find.listed(entry._replace(asks=[]), pages)[0].removeprefix("- ")


def letter(item: Item) -> str:
    """Return the letter of the right option."""
    return ascii_uppercase[next(i for i, option in enumerate(item.question.options) if is_right(option))]


def key(items: list[Item], words: dict[str, str]) -> Iterator[str]:
    """Yield the lines of the key: all letters, then each item."""
    yield from ("  \N{MIDDLE DOT}  ".join(f"{n} {letter(item)}" for n, item in enumerate(items, 1)), "")
    for n, item in enumerate(items, 1):
        yield from (f"**{n}. {letter(item)}** *Purpose:* {item.purpose}", "")
        for i, option in enumerate(item.question.options):
            first, *rest = option.reason.text.split("\n")
            said = "*Right.* " if is_right(option) else ""
            yield from (f"- **{ascii_uppercase[i]}** {said}{first}", *(f"  {line}" for line in rest))
            if not is_right(option):
                yield f"  Behind it: {words.get(option.mark, '')}."
        yield ""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register both directives."""
    app.add_directive("concept-item", ConceptItem)
    app.add_directive("concept-key", ConceptKey)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
