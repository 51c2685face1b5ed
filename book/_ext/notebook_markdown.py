"""From the resolved document tree of a page to the Markdown and code cells of a plain notebook.

One method a node: `block_*` returns a list of blocks (Markdown text or a code cell), `inline_*` returns text,
`element_*` handles the containers that myst-nb and sphinx-design tell apart by an attribute. A node without a method
is a problem that names file and line; nothing is dropped in silence. Links and images point to the rendered book.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import derivation_source
import notebook_math
from docutils import nodes
from notebook_cells import Cell
from sphinx.locale import admonitionlabels
from sphinx_proof.nodes import NODE_TYPES as PROOF_NODES

Block = str | Cell

_SPECIAL = re.compile(r"([\\`*_\[\]$<~])")
_LINE_START = re.compile(r"^(?:([-+#>=])|(\d+)([.)])(?=\s|$))")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_TAG = re.compile(r"<\s*/?\s*([a-zA-Z][\w-]*)[^>]*>")
_PLAIN_TAGS = {"br", "sub", "sup", "kbd", "s", "u", "mark", "small", "b", "i", "em", "strong", "details", "summary"}
_SUMMARY_TAGS = {"emphasis": "em", "strong": "strong", "literal": "code"}
_FOLDING = {"dropdown", "toggle"}


@dataclass
class Page:
    """What the translator has to know about a page: where it is rendered, and its numbers."""

    url: str
    macros: dict[str, notebook_math.Macro]
    number: Callable[[nodes.Element], str]
    image_url: Callable[[nodes.image], str | None]
    download_url: Callable[[nodes.Element], str]
    problem: Callable[[nodes.Node, str], None]


def escape(text: str) -> str:
    """Protect what Markdown and MathJax would read as markup.

    Examples
    --------
    >>> escape("2 * x_1 costs $5")
    '2 \\\\* x\\\\_1 costs \\\\$5'
    """
    text = _ENTITY.sub("&amp;", _SPECIAL.sub(r"\\\1", " ".join(re.split(r"\s*\n\s*", text))))
    return re.sub(r"!$", r"\!", text)


def escape_start(text: str) -> str:
    """Protect a paragraph that starts like a list, a heading or a quote."""
    return _LINE_START.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", text)


def code_span(text: str) -> str:
    """Return inline code with a fence longer than any run of backticks inside."""
    fence = _fence(text, 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def code_block(text: str, language: str = "") -> str:
    """Return fenced code."""
    fence = _fence(text, 3)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _fence(text: str, least: int) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * (longest + 1 if least == 1 else max(least, longest + 1))


def link(text: str, url: str) -> str:
    """Return a link; an address with spaces or brackets goes between angle brackets."""
    return f"[{text}](<{url}>)" if re.search(r"[\s()]", url) else f"[{text}]({url})"


def merge(blocks: Iterable[Block], separator: str = "\n\n") -> list[Block]:
    """Join neighbouring texts; code cells stay apart."""
    merged: list[Block] = []
    for block in blocks:
        if isinstance(block, str) and merged and isinstance(merged[-1], str):
            merged[-1] += separator + block
        elif block:
            merged.append(block)
    return merged


def indent(text: str, first: str, rest: str) -> str:
    """Prefix the first line with `first` and the others with `rest`; leave no space at a line's end."""
    head, *tail = text.split("\n")
    return "\n".join([(first + head).rstrip(), *((rest + line).rstrip() for line in tail)])


def quote(title: str, blocks: Iterable[Block]) -> list[Block]:
    """Return a block quote with a bold title; a code cell interrupts it."""
    titled = [f"**{title}**", *blocks] if title else blocks
    return [indent(b, "> ", "> ") if isinstance(b, str) else b for b in merge(titled)]


def fold(summary: str, blocks: list[Block]) -> list[Block]:
    """Return a folded passage, which keeps an answer hidden; `summary` is HTML."""
    return [f"<details>\n<summary><b>{summary}</b></summary>", *blocks, "</details>"]


def pipe_safe(text: str) -> str:
    """Make text safe inside a pipe table: bars in formulas become commands, others are escaped."""

    def part(match: re.Match[str]) -> str:
        if match[1]:
            return match[1].replace(r"\|", r"\Vert ").replace("|", r"\vert ")
        return r"\|"

    return re.sub(r"(?<!\\)(\$.+?(?<!\\)\$)|(?<!\\)\|", part, text)


def pipe_table(rows: Sequence[Sequence[str]], rules: Sequence[str]) -> str:
    """Return a pipe table whose first row is the head."""
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "| " + " | ".join(rules) + " |", *body])


class Translator:
    """Turns the nodes of one page into blocks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.level = 0

    # Dispatch.

    def blocks(self, node: nodes.Node) -> list[Block]:
        """Translate one block-level node."""
        name = type(node).__name__
        if method := getattr(self, f"block_{name}", None):
            return method(node)
        if method := getattr(self, f"inline_{name}", None):
            return [escape_start(method(node))]
        return self.unknown(node)

    def children(self, node: nodes.Element) -> list[Block]:
        """Translate the children of a block-level node."""
        return [block for child in node.children for block in self.blocks(child)]

    def inline(self, node: nodes.Element) -> str:
        """Translate the children of a node that holds text."""
        return "".join(self.text(child) for child in node.children)

    def text(self, node: nodes.Node) -> str:
        """Translate one inline node."""
        if method := getattr(self, f"inline_{type(node).__name__}", None):
            return method(node)
        self.unknown(node)
        return ""

    def unknown(self, node: nodes.Node, what: str = "") -> list[Block]:
        """Report a node that has no translation."""
        self.page.problem(node, what or f"a notebook has no form for the node {type(node).__name__!r}")
        return []

    def nothing(self, node: nodes.Node) -> list[Block]:
        """Leave out what readers do not see in the book either."""
        return []

    def nothing_inline(self, node: nodes.Node) -> str:
        return ""

    # Structure.

    def block_section(self, node: nodes.Element) -> list[Block]:
        # sphinx-exercise and sphinx-proof wrap their content in sections without a title.
        if not node.children or not isinstance(node[0], nodes.title):
            return self.children(node)
        self.level += 1
        blocks = self.children(node)
        self.level -= 1
        return blocks

    def block_title(self, node: nodes.Element) -> list[Block]:
        number = self.page.number(node.parent)
        return [" ".join(filter(None, ["#" * self.level, number, self.inline(node)]))]

    def block_paragraph(self, node: nodes.Element) -> list[Block]:
        return [escape_start(text)] if (text := self.inline(node).strip()) else []

    def block_rubric(self, node: nodes.Element) -> list[Block]:
        return [f"**{self.inline(node)}**"]

    def block_transition(self, node: nodes.Element) -> list[Block]:
        return ["---"]

    def block_block_quote(self, node: nodes.Element) -> list[Block]:
        return quote("", self.children(node))

    def block_attribution(self, node: nodes.Element) -> list[Block]:
        return [f"— {self.inline(node)}"]

    def block_line_block(self, node: nodes.Element) -> list[Block]:
        return ["<br>\n".join(self.inline(line) for line in node.findall(nodes.line))]

    # A document's blocks are its sections, a wrapper's blocks its content.
    block_document = block_compound = children
    block_glossary = block_legend = children
    block_compact_paragraph = block_PassthroughTextElement = block_paragraph
    block_comment = block_target = block_index = block_meta = nothing
    block_substitution_definition = block_tabular_col_spec = block_highlightlang = nothing

    # Lists.

    def block_bullet_list(self, node: nodes.Element) -> list[Block]:
        return self.list_items(node, lambda i: "- ")

    def block_enumerated_list(self, node: nodes.Element) -> list[Block]:
        if node.get("enumtype", "arabic") != "arabic":
            return self.unknown(node, f"Markdown numbers lists 1, 2, 3, not {node['enumtype']}")
        return self.list_items(node, lambda i: f"{i + node.get('start', 1)}. ")

    def list_items(self, node: nodes.Element, marker: Callable[[int], str]) -> list[Block]:
        """Return a list; it is tight when every item is one paragraph and perhaps further lists."""
        tight = all(_is_tight(item) for item in node.children)
        items = []
        for i, item in enumerate(node.children):
            text = self.only_text(item, "\n" if tight else "\n\n")
            items.append(indent(text, marker(i), " " * len(marker(i))))
        return [("\n" if tight else "\n\n").join(items)]

    def only_text(self, node: nodes.Element, separator: str = "\n\n") -> str:
        """Return the Markdown of a node that cannot hold a code cell."""
        merged = merge(self.children(node), separator)
        if any(isinstance(block, Cell) for block in merged):
            self.unknown(node, "a code cell must stand outside lists, tables and footnotes")
        return "".join(block for block in merged if isinstance(block, str))

    def block_definition_list(self, node: nodes.Element) -> list[Block]:
        return ["\n".join(self.definition(item) for item in node.children)]

    def definition(self, item: nodes.Element) -> str:
        """Return one entry of a definition list, as a bullet with bold terms."""
        terms = ", ".join(f"**{self.inline(term)}**" for term in item.children if isinstance(term, nodes.term))
        body = [self.only_text(d) for d in item.children if isinstance(d, nodes.definition)]
        return indent(": ".join([terms, *body]), "- ", "  ")

    def block_field_list(self, node: nodes.Element) -> list[Block]:
        return ["\n".join(self.field(item) for item in node.children)]

    def field(self, item: nodes.Element) -> str:
        name, body = item.children
        return indent(f"**{self.inline(name)}**: {self.only_text(body)}", "- ", "  ")

    # Code, formulas, tables, pictures.

    def block_literal_block(self, node: nodes.Element) -> list[Block]:
        language = node.get("language", "")
        return [code_block(node.astext(), "" if language in ("none", "default") else language)]

    def block_doctest_block(self, node: nodes.Element) -> list[Block]:
        return [code_block(node.astext(), "pycon")]

    def block_math_block(self, node: nodes.Element) -> list[Block]:
        if r"\label{" in node.astext():
            return self.unknown(node, r"\label has no number outside the page; use the math directive with :label:")
        return [self.tex(node, notebook_math.display, self.page.number(node))]

    def inline_math(self, node: nodes.Element) -> str:
        return self.tex(node, notebook_math.inline)

    def tex(self, node: nodes.Element, form: Callable[..., str], *number: str) -> str:
        """Typeset a formula; report one whose macros cannot be expanded."""
        try:
            return form(node.astext(), self.page.macros, *number)
        except ValueError as error:
            self.unknown(node, str(error))
            return ""

    def block_table(self, node: nodes.Element) -> list[Block]:
        if any(entry.get("morecols") or entry.get("morerows") for entry in node.findall(nodes.entry)):
            return self.unknown(node, "a pipe table has no cells that span rows or columns")
        caption = [self.caption(child, node) for child in node.children if isinstance(child, nodes.title)]
        head = [self.row(row) for part in node.findall(nodes.thead) for row in part.children]
        body = [self.row(row) for part in node.findall(nodes.tbody) for row in part.children]
        if len(head) > 1:
            return self.unknown(node, "a pipe table has one row of column titles")
        rows = [*(head or [[""] * len(body[0])]), *body]
        return [*caption, pipe_table(rows, _rules(node))]

    def row(self, row: nodes.Element) -> list[str]:
        return [self.entry(entry) for entry in row.children]

    def entry(self, entry: nodes.Element) -> str:
        """Return one cell of a table: paragraphs, with line breaks between them."""
        for child in entry.children:
            if not isinstance(child, nodes.paragraph | nodes.image):
                self.unknown(child, "a cell of a pipe table holds text and pictures only")
        return pipe_safe("<br>".join(self.only_text(entry).split("\n\n")))

    def block_figure(self, node: nodes.Element) -> list[Block]:
        return self.children(node)

    def block_caption(self, node: nodes.Element) -> list[Block]:
        return [self.caption(node, node.parent)]

    def caption(self, node: nodes.Element, numbered: nodes.Element) -> str:
        """Return a caption that starts with the bold number which the text refers to."""
        label = self.page.number(numbered)
        return f"**{label}.** {self.inline(node)}" if label else f"**{self.inline(node)}**"

    def inline_image(self, node: nodes.image) -> str:
        if not (url := self.page.image_url(node)):
            self.unknown(node, f"the picture {node.get('uri')!r} has no address in the rendered book")
            return ""
        alt = node.get("alt", "")
        if width := node.get("width"):
            return f'<img src="{html.escape(url)}" alt="{html.escape(alt)}" width="{html.escape(width)}">'
        return "!" + link(escape(alt), url)

    # Notes at the foot, and the bibliography.

    def inline_footnote_reference(self, node: nodes.Element) -> str:
        return f"<sup>{node.astext()}</sup>"

    def block_footnote(self, node: nodes.Element) -> list[Block]:
        label, *content = node.children
        note = merge(block for child in content for block in self.blocks(child))
        return [f"<sup>{label.astext()}</sup> {note[0]}", *note[1:]]

    def block_citation(self, node: nodes.Element) -> list[Block]:
        label, *content = node.children
        return [f"**{escape(label.astext())}** {' '.join(self.inline(child) for child in content)}"]

    # Admonitions, theorems, exercises.

    def block_admonition(self, node: nodes.Element) -> list[Block]:
        titles = [child for child in node.children if isinstance(child, nodes.title)]
        label = str(admonitionlabels.get(type(node).__name__, ""))
        title = self.inline(titles[0]) if titles else label
        return self.boxed(node, title, self.summary(titles[0]) if titles else label)

    block_note = block_tip = block_hint = block_important = block_warning = block_caution = block_admonition
    block_danger = block_error = block_attention = block_seealso = block_admonition
    block_topic = block_sidebar = block_admonition

    def boxed(self, node: nodes.Element, title: str, summary: str) -> list[Block]:
        """Return a box: folded where the book folds it, else a block quote. Code cells cannot be folded."""
        content = [b for child in node.children if not isinstance(child, nodes.title) for b in self.blocks(child)]
        has_code = any(isinstance(block, Cell) for block in content)
        if _FOLDING.intersection(node["classes"]) and not has_code:
            return fold(summary, content)
        return quote(title, content)

    def summary(self, node: nodes.Node) -> str:
        """Return the title of a folded passage as HTML, since Markdown is not read in there; formulas are."""
        if isinstance(node, nodes.Text):
            return html.escape(node.astext(), quote=False).replace("$", "&#36;")
        if isinstance(node, nodes.math):
            return self.inline_math(node)
        if isinstance(node, nodes.raw):
            return self.inline_raw(node)
        inside = "".join(self.summary(child) for child in node.children)
        tag = _SUMMARY_TAGS.get(type(node).__name__)
        return f"<{tag}>{inside}</{tag}>" if tag else inside

    def block_numbered(self, node: nodes.Element) -> list[Block]:
        """Return a theorem, definition or exercise: kind and number, then its own title."""
        kind = self.page.number(node)
        own = self.inline(node[0]).strip()
        return self.boxed(node, " ".join(filter(None, [kind, own])), f"{kind} {self.summary(node[0]).strip()}".strip())

    block_exercise_enumerable_node = block_unenumerable_node = block_numbered

    def block_exercise_node(self, node: nodes.Element) -> list[Block]:
        return self.boxed(node, self.inline(node[0]), self.summary(node[0]))

    def block_proof_node(self, node: nodes.Element) -> list[Block]:
        return self.children(node)

    def block_solution_node(self, node: nodes.Element) -> list[Block]:
        """Leave the solution on its page: whoever tries the notebook should not see it by accident."""
        return [f"*Solution:* {link('folded on the page of the book', self.here(node))}."]

    def here(self, node: nodes.Element) -> str:
        """Return the address of a node on the rendered page."""
        return f"{self.page.url}#{node['ids'][0]}" if node["ids"] else self.page.url

    # Questions: the options as a list, the answer folded.

    def block_quiz(self, node: nodes.Element) -> list[Block]:
        return [f"**{node['name']}** ({node['how']})", *self.children(node)]

    def block_quiz_options(self, node: nodes.Element) -> list[Block]:
        return self.list_items(node, lambda i: "- ")

    def block_quiz_code(self, node: nodes.Element) -> list[Block]:
        return [code_block(node.astext(), "python")]

    def block_quiz_choices(self, node: nodes.Element) -> list[Block]:
        return [f"Choose from: {', '.join(map(escape, node['choices']))}."]

    def block_quiz_answers(self, node: nodes.Element) -> list[Block]:
        return fold("Answer", self.list_items(node, lambda i: "- "))

    block_quiz_prompt = children

    # Predictions: the question in a quote, its answer folded below. Only the page keeps a guess and shows it again.

    def block_predict(self, node: nodes.Element) -> list[Block]:
        *question, answer = node.children
        asked = [block for part in question for block in self.blocks(part)]
        return [*quote("", [f"**{escape(node['title'])}** ({node['how']})", *asked]), *self.blocks(answer)]

    def block_predict_answer(self, node: nodes.Element) -> list[Block]:
        return fold("Answer", self.children(node))

    block_guess = nothing

    # Derivations: a quote, each formula with its reason below it.

    def block_derivation(self, node: nodes.Element) -> list[Block]:
        title, *content = node.children
        number = self.page.number(node)
        return quote(f"{number}: {self.inline(title)}", [b for child in content for b in self.blocks(child)])

    def block_derivation_step(self, node: nodes.Element) -> list[Block]:
        rows = [" ".join(row) for row in derivation_source.rows(node["tex"])]
        first, *rest = f"{node['relation']} {rows[0]}".strip(), *rows[1:]
        broken = r" \\ ".join([rf"& {first}", *(rf"& \quad {row}" for row in rest)])
        tex = nodes.math_block("", broken if rest else first)
        return [self.tex(tex, notebook_math.display), *self.children(node)]

    block_derivation_where, block_derivation_steps = block_paragraph, children

    # Code cells and the components of sphinx-design.

    def block_container(self, node: nodes.Element) -> list[Block]:
        name = node.get("nb_element") or node.get("design_component")
        if not name:
            return self.plain_container(node)
        method = getattr(self, f"element_{name.replace('-', '_')}", None)
        return method(node) if method else self.unknown(node, f"a notebook has no form for {name!r}")

    def plain_container(self, node: nodes.Element) -> list[Block]:
        if node.get("literal_block"):
            return self.children(node)
        return fold("Show", self.children(node)) if _FOLDING.intersection(node["classes"]) else self.children(node)

    def element_cell_code(self, node: nodes.Element) -> list[Block]:
        """Return a code cell, and below it the captions of the figures that it draws."""
        metadata = node["cell_metadata"]
        figures = list(node.findall(nodes.figure))
        numbers = [number for figure in figures if (number := self.page.number(figure))]
        title = f"Code for {' and '.join(numbers)}" if numbers else "Code"
        cell = Cell(node["code"], metadata, node["stored"], title)
        return [cell, *(block for figure in figures for block in self.drawn(figure, metadata))]

    def drawn(self, figure: nodes.Element, metadata: dict) -> list[Block]:
        """Return caption and description of a figure that the cell above draws."""
        alt = metadata.get("mystnb", {}).get("image", {}).get("alt")
        described = fold("The figure in words", [escape_start(escape(str(alt)))]) if alt else []
        return [*self.block_figure(figure), *described]

    def element_tab_item(self, node: nodes.Element) -> list[Block]:
        label, content = node.children
        return [f"**{self.inline(label)}**", *self.children(content)]

    def element_card(self, node: nodes.Element) -> list[Block]:
        return quote("", self.children(node))

    def element_card_title(self, node: nodes.Element) -> list[Block]:
        return [f"**{self.only_text(node, ' ')}**"]

    def element_dropdown(self, node: nodes.Element) -> list[Block]:
        title, *content = node.children if node["has_title"] else ("", *node.children)
        blocks = [block for child in content for block in self.blocks(child)]
        return fold(self.summary(title) if title else "Show", blocks)

    element_tab_set = element_grid_container = element_grid_row = element_grid_item = children
    element_card_header = element_card_body = element_card_footer = element_card_content = children

    # Raw HTML: a lab runs in the page only; formatting that every Markdown knows passes.

    def block_raw(self, node: nodes.Element) -> list[Block]:
        return [text] if (text := self.inline_raw(node).strip()) else []

    def inline_raw(self, node: nodes.Element) -> str:
        if "html" not in node["format"].split():
            return ""
        source = re.sub(r"<!--.*?-->", "", node.astext(), flags=re.DOTALL).strip()
        tags = [tag.lower() for tag in _TAG.findall(source)]
        if 'type="checkbox"' in source:
            return "[x] " if "checked" in source else "[ ] "
        if tags and "-" in tags[0]:
            return "" if source.startswith("</") else self.lab(source)
        if stray := sorted(set(tags) - _PLAIN_TAGS):
            self.unknown(node, f"a notebook has no form for the HTML element <{stray[0]}>")
        return source

    def lab(self, source: str) -> str:
        """Return a link to a custom element, which needs the scripts of the page."""
        anchor = re.search(r"""\bid=["']([^"']+)""", source)
        url = f"{self.page.url}#{anchor[1]}" if anchor else self.page.url
        return f"**Live demo:** {link('open it on the page of the book', url)}. "

    # Inline text.

    def inline_Text(self, node: nodes.Text) -> str:
        return escape(node.astext())

    def inline_emphasis(self, node: nodes.Element) -> str:
        return f"*{self.inline(node)}*"

    def inline_strong(self, node: nodes.Element) -> str:
        return f"**{self.inline(node)}**"

    def inline_literal(self, node: nodes.Element) -> str:
        return code_span(" ".join(node.astext().split("\n")))

    def inline_subscript(self, node: nodes.Element) -> str:
        return f"<sub>{self.inline(node)}</sub>"

    def inline_superscript(self, node: nodes.Element) -> str:
        return f"<sup>{self.inline(node)}</sup>"

    def inline_abbreviation(self, node: nodes.Element) -> str:
        return f"{self.inline(node)} ({escape(node['explanation'])})" if "explanation" in node else self.inline(node)

    def inline_reference(self, node: nodes.Element) -> str:
        url = node.get("refuri") or f"#{node['refid']}"
        return link(self.inline(node), self.page.url + url if url.startswith("#") else url)

    def inline_download_reference(self, node: nodes.Element) -> str:
        return link(self.inline(node), self.page.download_url(node))

    inline_inline = inline_target = inline_generated = inline_planned_chapter = inline
    inline_number_reference = inline_reference
    inline_title_reference = inline_literal_emphasis = inline_emphasis
    inline_literal_strong = inline_sd_badge = inline_strong
    inline_comment = inline_index = nothing_inline


for _node in PROOF_NODES.values():
    setattr(Translator, f"block_{_node.__name__}", Translator.block_numbered)


def _is_tight(item: nodes.Element) -> bool:
    first, *others = item.children or [nodes.paragraph()]
    lists = nodes.bullet_list | nodes.enumerated_list
    return isinstance(first, nodes.paragraph | nodes.TextElement) and all(isinstance(o, lists) for o in others)


def _rules(table: nodes.Element) -> list[str]:
    """Return the row of dashes that gives each column its alignment."""
    rules = {"text-left": ":---", "text-center": ":---:", "text-right": "---:"}
    first = next(table.findall(nodes.row))
    return [next((rules[c] for c in entry["classes"] if c in rules), "---") for entry in first.children]
