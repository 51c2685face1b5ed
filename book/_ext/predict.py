"""`{predict}` and `{guess}`: commit yourself to a guess, then compare it with what happened.

    ```{predict} single
    :name: predict-one-half

    A discriminator answers 0.50 everywhere. Has the generator learned the data?

    - [ ] yes
    - [x] not necessarily
    ---
    If the generator has learned the data, these values follow, but …
    ```

    ```{guess} predict-one-half
    Here $D$ answers 0.50 on both, and the spread is a quarter of the true one.
    ```

`predict_source` says how the five kinds are written. All of it is Markdown. Without JavaScript, and in notebooks, a box
is a question with a folded answer; the element `<gan-predict>` makes a form of it, keeps the guess in the browser, and
shows the answer once the reader has committed to a guess, or has skipped. `{guess}` stands where the experiment is and
says what happened; the element in it repeats what was expected.
"""

import json
from collections import Counter
from html import escape
from typing import Any, ClassVar

import predict_source
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from predict_source import HOW, Prediction, parts
from quiz import closing, led, quiz_choices, quiz_options, quiz_prompt
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from ganlab.quiz.source import Option, Passage, letter, partners

logger = logging.getLogger(__name__)

TITLE = "Predict before you run"
COMPARE = "Compare with your prediction"
ATTRIBUTES = ("unit", "near", "at", "x", "y", "range", "step")


class predict(nodes.General, nodes.Element):
    """A question: `kind`, `how` to answer, `title`, `given` (the element's data); prompt, options, answer below it."""


class predict_answer(nodes.General, nodes.Element):
    """The folded answer."""


class guess(nodes.General, nodes.Element):
    """The place where the guess of the box `on` is shown again."""


class Parsing(SphinxDirective):
    """What both directives do: read Markdown, and report."""

    def read(self, node: nodes.Element, passage: Passage) -> Any:
        """Read a passage as the Markdown of the page."""
        lines = StringList(passage.text.split("\n"), source=self.get_source_info()[0])
        if passage.text:
            self.state.nested_parse(lines, self.content_offset + passage.line, node)
        return node

    def report(self, line: int, text: str) -> nodes.system_message:
        """Report at a line of the body, or, for -1, at the directive."""
        at = self.lineno if line < 0 else self.lineno + self.content_offset + line + 1
        return self.state.document.reporter.error(f"{self.name}: {text}", line=at)


class Predict(Parsing):
    """A predict box; see the module."""

    has_content = True
    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = dict.fromkeys(("name", "title", "truth", *ATTRIBUTES), directives.unchanged)

    def run(self) -> list[nodes.Node]:
        """Return the box, or one error for each thing that is wrong with it."""
        prediction = predict_source.split(self.arguments[0], list(self.content), self.options)
        found = predict_source.faults(prediction)
        return [self.report(fault.line, fault.text) for fault in found] or [self._box(prediction)]

    def _box(self, prediction: Prediction) -> predict:
        kind, title = prediction.kind, self.options.get("title", TITLE)
        node = predict(kind=kind, how=HOW[kind], title=title, given=_given(prediction), ids=[self.options["name"]])
        self.set_source_info(node)
        node += self.read(quiz_prompt(), prediction.question.prompt)
        if options := prediction.question.options:
            lettered = [led(self._text(option), letter(prediction.kind, i)) for i, option in enumerate(options)]
            node += quiz_options("", *lettered)
        if choices := partners(prediction.question):
            node += quiz_choices(choices=choices)
        answer = predict_answer()
        if prediction.kind == "curve":
            answer += _table(prediction)
        node += self.read(answer, prediction.answer)
        return node

    def _text(self, option: Option) -> nodes.list_item:
        return self.read(nodes.list_item(), option.text)


class Guess(Parsing):
    """The place of the experiment: what happened, and what was expected; see the module."""

    has_content = True
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a box, or an error if it says nothing."""
        if not "".join(self.content).strip():
            return [self.report(-1, "say what happened")]
        box = nodes.admonition(classes=["guess"])
        self.set_source_info(box)
        mark = guess(on=self.arguments[0])
        self.set_source_info(mark)
        box += [nodes.title("", COMPARE), mark]
        return [self.read(box, Passage(0, "\n".join(self.content)))]


def _given(prediction: Prediction) -> dict[str, str]:
    """Return what the element has to know beside its text."""
    came_out = [value if isinstance(value, str) else float(value) for value in predict_source.truth(prediction)]
    found = {"truth": json.dumps(came_out, ensure_ascii=False), "edition": predict_source.edition(prediction)}
    return found | {key: prediction.settings[key] for key in ATTRIBUTES if key in prediction.settings}


def _table(prediction: Prediction) -> nodes.table:
    """Return the true curve as a table, for those who have no chart; upright, so that it fits a phone."""
    given = prediction.settings
    rows = [(given["x"], given["y"]), *zip(parts(given["at"]), parts(given["truth"]), strict=True)]
    head, *body = (nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in row)) for row in rows)
    columns = [nodes.colspec(colwidth=1, stub=1), nodes.colspec(colwidth=1)]
    group = nodes.tgroup("", *columns, nodes.thead("", head), nodes.tbody("", *body), cols=2)
    return nodes.table("", group, classes=["predict-truth"])


def check_places(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of a box whose guess is never shown again, and of a place without a box."""
    boxes = Counter(node["ids"][0] for node in doctree.findall(predict))
    places = {node["on"]: node for node in doctree.findall(guess)}
    for node in doctree.findall(predict):
        name = node["ids"][0]
        if name not in places:
            logger.warning("predict: no `{guess} %s` shows this guess again", name, location=node)
        if boxes[name] > 1:
            logger.warning("predict: two boxes of this page are called %s", name, location=node)
    for name, node in places.items():
        if name not in boxes:
            logger.warning("guess: this page has no predict box %s", name, location=node)


# HTML.


def visit_predict(self: Any, node: predict) -> None:
    """Open box and element; the title stands above the form."""
    self.body.append('<div class="admonition predict">\n')
    how = f'<span class="predict-how">{node["how"]}</span>'
    self.body.append(f'<p class="admonition-title">{escape(node["title"])} {how}</p>\n')
    given = {f"data-{key}": value for key, value in node["given"].items()}
    self.body.append(self.starttag(node, "gan-predict", kind=node["kind"], **given))


def visit_answer(self: Any, node: predict_answer) -> None:
    """Open the folded answer."""
    self.body.append('<details class="predict-answer">\n<summary>Answer</summary>\n')


def visit_guess(self: Any, node: guess) -> None:
    """Write the empty element, which fills itself."""
    self.body.append(f'<gan-guess data-on="{escape(node["on"])}"></gan-guess>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives and their nodes."""
    app.setup_extension("quiz")
    app.add_directive("predict", Predict)
    app.add_directive("guess", Guess)
    app.add_node(predict, html=(visit_predict, closing("</gan-predict>\n</div>\n")))
    app.add_node(predict_answer, html=(visit_answer, closing("</details>\n")))
    app.add_node(guess, html=(visit_guess, closing("")))
    app.connect("doctree-read", check_places)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
