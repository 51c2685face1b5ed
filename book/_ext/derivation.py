r"""`{derivation}`: a chain of equalities, each with its reason, that the build evaluates and the reader unfolds.

    ```{derivation} The value of the game when D is perfect
    ---
    name: derivation-value-at-best
    where: |
      m(x) = \tfrac12 (p_{\text{data}}(x) + p_g(x))
    ---
    V(D^*, G)
    = \mathbb{E}_{x \sim p_{\text{data}}}[\log D^*(x)] + \mathbb{E}_{x \sim p_g}[\log(1 - D^*(x))]
      : By definition, with $D^*$ in the place of $D$.
    = 2\,\mathrm{JSD}(p_{\text{data}} \,\Vert\, p_g) - \log 4
      : …
    ```

`derivation_source` says how it is written and what is refused. The tree holds title, where and steps in the order in
which they are read without JavaScript; derivation.js folds the steps, and the notebook gets all of them.
"""

import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import derivation_source
import notebook_math
from derivation_source import Chain, Passage, Step
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from formulas.chains import Disagreement


class derivation(nodes.General, nodes.Element):
    """A numbered chain: its title, perhaps `derivation_where`, and `derivation_steps`."""


class derivation_title(nodes.Part, nodes.TextElement):
    """What is derived; no section's title."""


class derivation_where(nodes.paragraph):
    """What the symbols mean that the book's notation does not list."""


class derivation_steps(nodes.General, nodes.Element):
    """The lines of the chain."""


class derivation_step(nodes.General, nodes.Element):
    """A line: `relation` (none at the start), its `tex`, and the reason as its children."""


class Derivation(SphinxDirective):
    """One derivation; see the module. What is wrong in form is told first, then what is wrong in value."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {"name": directives.unchanged, "where": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the derivation, or one error for each thing that is wrong with it."""
        chain = derivation_source.read(list(self.content))
        found = [(fault.line, fault.text) for fault in derivation_source.faults(chain)]
        name = self.options.get("name", "")
        if fault := derivation_source.name_fault(name):
            found.insert(0, (-1, fault))
        if name in self.state.document.nameids:
            found.insert(0, (-1, f"the name {name} stands on this page already; take another"))
        found = found or [(self._at(chain, each.line), self._said(each)) for each in self._evaluated(chain)]
        return [self._error(*fault) for fault in found] or [self._derivation(chain)]

    def _evaluated(self, chain: Chain) -> "list[Disagreement]":
        """Evaluate each line on random distributions; return what does not agree."""
        from formulas.chains import check, lines_of  # it brings PyTorch: seconds that other pages need not wait

        macros = notebook_math.book_macros(self.config)
        return check(lines_of(chain, macros), notebook_math.expand(self.options.get("where", ""), macros))

    def _at(self, chain: Chain, line: int) -> int:
        return -1 if line < 0 else [chain.start, *chain.steps][line].tex.line

    def _said(self, wrong: "Disagreement") -> str:
        step = {-1: "", 0: "the start: "}.get(wrong.line, f"step {wrong.line}: ")
        return f"{self.options['name']}, {step}{wrong.text}"

    def _error(self, line: int, text: str) -> nodes.system_message:
        """Report at a line of the body, or, for -1, at the directive."""
        return self.state.document.reporter.error(f"derivation: {text}", line=self._line(line))

    def _line(self, line: int) -> int:
        return self.lineno if line < 0 else self.lineno + self.content_offset + line + 1

    def _derivation(self, chain: Chain) -> derivation:
        node = derivation()
        self.set_source_info(node)
        self.add_name(node)
        title, messages = self.state.inline_text(self.arguments[0], self.lineno)
        node += [derivation_title(self.arguments[0], "", *title), *messages]
        if where := self.options.get("where", "").strip():
            node += _where(where.split("\n"))
        node += derivation_steps("", *(self._step(step) for step in [chain.start, *chain.steps]))
        return node

    def _step(self, step: Step) -> derivation_step:
        node = derivation_step(relation=step.relation, tex=step.tex.text, unevaluated=step.unevaluated)
        node.source, node.line = self.get_source_info()[0], self._line(step.tex.line)
        self._parse(node, step.reason)
        return node

    def _parse(self, node: nodes.Element, passage: Passage) -> None:
        """Read a passage as the Markdown of the page."""
        lines = StringList(passage.text.split("\n"), source=self.get_source_info()[0])
        if passage.text:
            self.state.nested_parse(lines, self.content_offset + passage.line, node)


def _where(lines: list[str]) -> derivation_where:
    """Return "where" and the definitions as formulas."""
    node = derivation_where("", "", nodes.Text("where "))
    formulas = [nodes.math(line.strip(), line.strip()) for line in lines if line.strip()]
    for i, formula in enumerate(formulas):
        node += [nodes.Text(", "), formula] if i else formula
    return node


def title_of(node: nodes.Element) -> str:
    """Return the title, which a link to the derivation shows."""
    return node[0].astext()


# HTML.


def visit_derivation(self: Any, node: derivation) -> None:
    """Open the box."""
    self.body.append(self.starttag(node, "div", CLASS="derivation"))


def visit_title(self: Any, node: derivation_title) -> None:
    """Open the title, led by the number."""
    self.body.append('<p class="derivation-title">')
    self.add_fignumber(node.parent)


def visit_where(self: Any, node: derivation_where) -> None:
    """Open the definitions."""
    self.body.append('<p class="derivation-where">')


def visit_steps(self: Any, node: derivation_steps) -> None:
    """Open the chain."""
    self.body.append('<ol class="derivation-steps">\n')


def visit_step(self: Any, node: derivation_step) -> None:
    """Write the formula in pieces between which it may wrap, and open the reason."""
    self.body.append('<li class="derivation-step">\n<div class="derivation-formula">')
    lines = "<br>".join(
        " ".join(_math(self, rf"\displaystyle {'{}' * ((i, j) > (0, 0))}{piece}") for j, piece in enumerate(row))
        for i, row in enumerate(derivation_source.rows(node["tex"]))
    )
    self.body.append(f"{_math(self, node['relation'])} {lines}</div>\n" if node["relation"] else f"{lines}</div>\n")
    if node.children:
        self.body.append('<details class="derivation-why" open>\n<summary>Why?</summary>\n')


def _math(self: Any, tex: str) -> str:
    return f'<span class="math notranslate nohighlight">\\({self.encode(tex)}\\)</span>'


def depart_step(self: Any, node: derivation_step) -> None:
    """Close the reason and the line."""
    self.body.append("</details>\n</li>\n" if node.children else "</li>\n")


def closing(html: str) -> Any:
    """Return a function that closes an element."""
    return lambda self, node: self.body.append(html)


def number_format(app: Sphinx, config: Config) -> None:
    """Call a derivation "Derivation 4.1", unless the book says otherwise."""
    config.numfig_format = {"derivation": "Derivation %s", **config.numfig_format}


def add_script(app: Sphinx) -> None:
    """Load the script that folds the steps."""
    app.add_js_file("derivation.js", defer="defer")


def evaluator_version() -> int:
    """Return a number that changes with what evaluates derivations: pages read before are then read again."""
    here = Path(__file__)
    sources = sorted([here, here.with_name("derivation_source.py"), *here.with_name("formulas").iterdir()])
    return zlib.crc32(b"".join(path.read_bytes() for path in sources if path.is_file()))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and its nodes."""
    app.add_directive("derivation", Derivation)
    app.add_enumerable_node(derivation, "derivation", title_of, html=(visit_derivation, closing("</div>\n")))
    app.add_node(derivation_title, html=(visit_title, closing("</p>\n")))
    app.add_node(derivation_where, html=(visit_where, closing("</p>\n")))
    app.add_node(derivation_steps, html=(visit_steps, closing("</ol>\n")))
    app.add_node(derivation_step, html=(visit_step, depart_step))
    app.connect("config-inited", number_format)
    app.connect("builder-inited", add_script)
    return {"env_version": evaluator_version(), "parallel_read_safe": True, "parallel_write_safe": True}
