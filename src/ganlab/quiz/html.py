"""A question as the element `<gan-quiz>`, for notebooks; in the book, Sphinx makes the same of the same source.

Markdown is read as in the book. TeX becomes MathML, which every browser shows without a script. Raw HTML stays text.
"""

import re
from html import escape, unescape
from typing import Any
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import convert_to_element
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from ganlab.quiz.source import HOW, Answer, Option, Passage, Question, answers, code, letter, partners, shown

THIN = "0.17em"  # as TeX around a name like log
SIGNS = ("+", "\N{MINUS SIGN}", "\N{PLUS-MINUS SIGN}")
ENDS = (*")]}|!", "\N{DOUBLE VERTICAL LINE}", "\N{DIVIDES}", "\N{RIGHT ANGLE BRACKET}")  # of what can be added to


def element(question: Question, keys: str = "", tolerance: float | None = None) -> str:
    r"""Return the HTML of a question.

    Parameters
    ----------
    question : Question
        As `quiz.source.parse` gives it.
    keys : str
        The misconceptions that it is about, such as "E13, T16".
    tolerance : float > 0, optional
        How far off a number may be.

    Raises
    ------
    ValueError
        If a formula is no TeX, or has a command that MathML does not know; it names the line, from 1.

    Examples
    --------
    >>> from ganlab.quiz.source import parse
    >>> html = element(parse("single", "Is $x < 1$?\n\n- [x] *yes*\n- [ ] no\n  : Look again."), keys="E13")
    >>> html.splitlines()[0]
    '<gan-quiz kind="single" data-keys="E13">'
    >>> "<mo>&lt;</mo>" in html, "<em>yes</em>" in html
    (True, True)
    """
    given = {"kind": question.kind, "data-keys": " ".join(keys.replace(",", " ").split())}
    if question.kind == "numeric":
        given["tolerance"] = tolerance or 0
    title = f'<p class="quiz-title"><strong>Question</strong> {HOW[question.kind]}</p>'
    prompt = f'<div class="quiz-prompt">\n{_html(question.prompt)}</div>'
    parts = [title, prompt, *_options(question), *_choices(question), _answers(question)]
    return "\n".join([f"<gan-quiz{_attributes(given)}>", *parts, "</gan-quiz>"])


def _options(question: Question) -> list[str]:
    options = shown(question)
    text = _line if question.kind == "arranging" else lambda option: _html(option.text)
    items = [f"<li>{_led(text(option), letter(question.kind, i))}</li>" for i, option in enumerate(options)]
    return ['<ul class="quiz-options">', *items, "</ul>"] if items else []


def _line(option: Option) -> str:
    return line_of_code(code(option))


def line_of_code(text: str) -> str:
    """Return the HTML of a line that is to be arranged; where it has to wrap, it goes on below its first word.

    Examples
    --------
    >>> line_of_code("    a < b")
    '<pre class="quiz-code" style="--indent: 4"><code>    a &lt; b</code></pre>'
    """
    indent = f' style="--indent: {len(text) - len(text.lstrip())}"' if "\n" not in text else ""
    return f'<pre class="quiz-code"{indent}><code>{escape(text)}</code></pre>'


def _choices(question: Question) -> list[str]:
    spans = ", ".join(f"<span>{escape(partner)}</span>" for partner in partners(question))
    return [f'<p class="quiz-choices">Choose from: {spans}.</p>'] if spans else []


def _answers(question: Question) -> str:
    items = "\n".join(map(_item, answers(question)))
    return f'<details class="quiz-answers">\n<summary>Answer</summary>\n<ul>\n{items}\n</ul>\n</details>'


def _item(answer: Answer) -> str:
    given = {"data-option": answer.option, "data-answer": answer.answer, "data-right": str(answer.right).lower()}
    return f"<li{_attributes(given)}>{_led(_html(answer.reason), answer.label, answer.verdict)}</li>"


def _attributes(given: dict[str, Any]) -> str:
    return "".join(f' {name}="{escape(str(value))}"' for name, value in given.items())


def _led(html: str, label: str, verdict: str = "") -> str:
    """Put a letter or number, and the verdict, in front of the first paragraph."""
    lead = f'<span class="quiz-lead"><strong>{escape(label)}</strong> {escape(verdict + " " if verdict else "")}</span>'
    return html.replace("<p>", f"<p>{lead}", 1) if html.startswith("<p>") else f"<p>{lead}</p>\n{html}"


def _html(passage: Passage) -> str:
    """Render Markdown; a formula that fails tells its line."""

    def formula(tex: str, how: dict[str, Any]) -> str:
        try:
            return mathml(tex, display=how["display_mode"])
        except ValueError as error:
            line = passage.line + passage.text[: passage.text.find(tex)].count("\n") + 1
            raise ValueError(f"quiz, line {line}: {error}") from error

    markdown = MarkdownIt("commonmark", {"html": False})
    return markdown.use(dollarmath_plugin, allow_labels=False, renderer=formula).render(passage.text)


def mathml(tex: str, display: bool = False) -> str:
    r"""Return a formula as MathML, in the text or on a line of its own.

    Raises
    ------
    ValueError
        If it is no TeX, or has a command that latex2mathml does not know, such as a macro of the book.

    Examples
    --------
    >>> mathml("x < 1").partition("<mrow>")[2]
    '<mi>x</mi><mo>&lt;</mo><mn>1</mn></mrow></math>'
    """
    split = tex.replace("{aligned}", "{split}")  # of the two latex2mathml knows one
    try:
        made = convert_to_element(split, display="block" if display else "inline")
    except Exception as error:  # those of latex2mathml have no common base
        wrong = f"the formula {tex!r} is no TeX ({type(error).__name__})"
        raise ValueError(f"{wrong}; close braces, and give ^, _ and \\frac their arguments") from error
    for node in made.iter():
        node.text = unescape(node.text or "")
        node.attrib.pop("href", None)
        if "\\" in node.text or (node.tag, node.text) == ("mi", "&"):
            raise ValueError(f"in the formula {tex!r}, {node.text} is unknown here; write it with TeX's own commands")
    for node in made.iter():
        _space(node)
    return tostring(made, encoding="unicode")


def _space(row: Element) -> None:
    """Give names such as log, and the signs of numbers, the space around them that TeX gives."""
    around = [None, *row, None]
    for before, node, after in zip(around, row, around[2:], strict=False):
        starts = before is None or (before.tag == "mo" and before.text not in ENDS)
        if node.tag in ("mi", "mo") and re.fullmatch("[A-Za-z]{2,}", node.text or ""):
            bracket = after is not None and after.text in ("(", "[")
            node.tag = "mo"
            node.attrib |= {"lspace": "0" if starts else THIN, "rspace": "0" if bracket else THIN}
        elif node.tag == "mo" and node.text in SIGNS and starts:
            node.attrib["form"] = "prefix"
