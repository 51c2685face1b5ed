"""`{quiz}`: a question in a chapter, with instant feedback in the page and folded answers everywhere else.

    ```{quiz} single
    :keys: E13, T16

    Which $D(G(z))$ does the generator try to reach?

    - [ ] 0
      : 0 is what the *discriminator* wants on fakes.
    - [x] 1
    ```

`ganlab.quiz.source` says how the six kinds are written and what is refused. Prompt, options and reasons are Markdown.
The tree holds them in the order in which they are read without JavaScript (prompt, options, folded answers); the
element `<gan-quiz>` makes a form of it, and the notebook builder text with a folded answer.
"""

from html import escape
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from ganlab.quiz import source as quiz_source
from ganlab.quiz.html import line_of_code
from ganlab.quiz.source import HOW, Answer, Option, Passage, Question


class quiz(nodes.General, nodes.Element):
    """A question: `kind`, `name`, `how` to answer, `keys`, `tolerance`; its children are the four nodes below."""


class quiz_prompt(nodes.General, nodes.Element):
    """What is asked."""


class quiz_options(nodes.General, nodes.Element):
    """The options as list items, each with its letter; absent where a number is asked for."""


class quiz_code(nodes.General, nodes.FixedTextElement):
    """A line of code that is to be arranged."""


class quiz_choices(nodes.General, nodes.Element):
    """The partners of a matching question, as `choices`."""


class quiz_answers(nodes.General, nodes.Element):
    """The folded answer."""


class quiz_answer(nodes.list_item):
    """Verdict and reason; `option` is the index of the option shown, or -1, `answer` its mark, or its number."""


class Quiz(SphinxDirective):
    """One question; see the module."""

    has_content = True
    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {
        "keys": directives.unchanged,
        "tolerance": directives.unchanged,
        "unnumbered": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Return the question, or one error for each thing that is wrong with it."""
        kind, tolerance = self.arguments[0], self.options.get("tolerance")
        if fault := quiz_source.kind_fault(kind):
            return [self._error(-1, fault)]
        question = quiz_source.read(kind, list(self.content))
        keys = self.options.get("keys", "").replace(",", " ").split()
        whole = [*quiz_source.key_faults(keys), quiz_source.tolerance_fault(kind, tolerance)]
        errors = [self._error(-1, text) for text in whole if text]
        errors += [self._error(fault.line, fault.text) for fault in quiz_source.faults(question)]
        return errors or [self._question(question, keys)]

    def _error(self, line: int, text: str) -> nodes.system_message:
        """Report at a line of the body, or, for -1, at the directive."""
        at = self.lineno if line < 0 else self.lineno + self.content_offset + line + 1
        return self.state.document.reporter.error(f"quiz: {text}", line=at)

    def _question(self, question: Question, keys: list[str]) -> quiz:
        numbered = "unnumbered" not in self.options
        number = self.env.new_serialno("question") + 1 if numbered else None
        name = f"Question {number}" if numbered else "Question"
        node = quiz(kind=question.kind, name=name, how=HOW[question.kind], keys=keys)
        node["tolerance"] = self.options.get("tolerance", "0")
        node["ids"] = [f"question-{number}"] if numbered else []
        self.set_source_info(node)
        node += self._parse(quiz_prompt(), question.prompt)
        if shown := quiz_source.shown(question):
            text = self._line if question.kind == "arranging" else self._text
            items = [led(text(option), quiz_source.letter(question.kind, i)) for i, option in enumerate(shown)]
            node += quiz_options("", *items)
        if choices := quiz_source.partners(question):
            node += quiz_choices(choices=choices)
        node += quiz_answers("", *map(self._answer, quiz_source.answers(question)))
        return node

    def _answer(self, answer: Answer) -> nodes.list_item:
        node = quiz_answer(option=answer.option, answer=answer.answer, right=answer.right)
        return led(self._parse(node, answer.reason), answer.label, answer.verdict)

    def _text(self, option: Option) -> nodes.list_item:
        return self._parse(nodes.list_item(), option.text)

    def _line(self, option: Option) -> nodes.list_item:
        return nodes.list_item("", quiz_code("", quiz_source.code(option)))

    def _parse(self, node: nodes.Element, passage: Passage) -> Any:
        """Read a passage as the Markdown of the page."""
        lines = StringList(passage.text.split("\n"), source=self.get_source_info()[0])
        if passage.text:
            self.state.nested_parse(lines, self.content_offset + passage.line, node)
        return node


def led(item: nodes.list_item, label: str, verdict: str = "") -> nodes.list_item:
    """Put a letter or number, and the verdict, in front of the first paragraph."""
    if not item.children or not isinstance(item[0], nodes.paragraph):
        item.insert(0, nodes.paragraph())
    lead = [nodes.strong("", label), nodes.Text(" "), *([nodes.Text(f"{verdict} ")] if verdict else [])]
    item[0].insert(0, nodes.inline("", "", *lead, classes=["quiz-lead"]))
    return item


# HTML.


def visit_quiz(self: Any, node: quiz) -> None:
    """Open the element, with what stands above the question where it is not upgraded."""
    given = {"kind": node["kind"], "data-keys": " ".join(node["keys"])}
    if node["kind"] == "numeric":
        given["tolerance"] = node["tolerance"]
    self.body.append(self.starttag(node, "gan-quiz", **given))
    title = f"<strong>{node['name']}</strong> {node['how']}"
    self.body.append(f'<p class="quiz-title">{title}</p>\n')


def visit_prompt(self: Any, node: quiz_prompt) -> None:
    """Open the prompt."""
    self.body.append('<div class="quiz-prompt">\n')


def visit_options(self: Any, node: quiz_options) -> None:
    """Open the list; its letters are text."""
    self.body.append('<ul class="quiz-options">\n')


def visit_code(self: Any, node: quiz_code) -> None:
    """Write a line of code, whose blanks count."""
    self.body.append(line_of_code(node.astext()) + "\n")
    raise nodes.SkipNode


def visit_choices(self: Any, node: quiz_choices) -> None:
    """Name the partners."""
    spans = ", ".join(f"<span>{escape(choice)}</span>" for choice in node["choices"])
    self.body.append(f'<p class="quiz-choices">Choose from: {spans}.</p>\n')
    raise nodes.SkipNode


def visit_answers(self: Any, node: quiz_answers) -> None:
    """Open the folded answer."""
    self.body.append('<details class="quiz-answers">\n<summary>Answer</summary>\n<ul>\n')


def visit_answer(self: Any, node: quiz_answer) -> None:
    """Open one reason, with what the element has to know about it."""
    given = {"data-option": node["option"], "data-answer": node["answer"], "data-right": str(node["right"]).lower()}
    self.body.append(self.starttag(node, "li", **given))


def closing(html: str) -> Any:
    """Return a function that closes an element."""
    return lambda self, node: self.body.append(html)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and its nodes."""
    app.add_directive("quiz", Quiz)
    app.add_node(quiz, html=(visit_quiz, closing("</gan-quiz>\n")))
    app.add_node(quiz_prompt, html=(visit_prompt, closing("</div>\n")))
    app.add_node(quiz_options, html=(visit_options, closing("</ul>\n")))
    app.add_node(quiz_code, html=(visit_code, closing("")))
    app.add_node(quiz_choices, html=(visit_choices, closing("")))
    app.add_node(quiz_answer, html=(visit_answer, closing("</li>\n")))
    app.add_node(quiz_answers, html=(visit_answers, closing("</ul>\n</details>\n")))
    return {"env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
