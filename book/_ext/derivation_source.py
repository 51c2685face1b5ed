r"""The text of a derivation: how it is written, and what makes it valid.

First the start, then the steps. A step begins with a relation and goes on over any lines; its reason follows, indented,
after a colon, and goes on over indented lines:

    V(D^*, G)
    = \mathbb{E}_{x \sim p_{\text{data}}}[\log D^*(x)] + \mathbb{E}_{x \sim p_g}[\log(1 - D^*(x))]
      : By definition, with $D^*$ in the place of $D$.
    = 2\,\mathrm{JSD}(p_{\text{data}} \,\Vert\, p_g) - \log 4
      : …

A line `% not evaluated: why` in a step says that the build cannot check it, and why not.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

RELATIONS = {"=": "=", r"\le": "≤", r"\leq": "≤", r"\ge": "≥", r"\geq": "≥"}

_RELATION = re.compile(r"^(=|\\[gl]eq?(?![a-zA-Z]))\s*(.*)$")
_OTHER = re.compile(
    r"^(\\(?:approx|equiv|propto|to|sim|simeq|neq?|ll|gg|lt|gt|Rightarrow|iff|implies)(?![a-zA-Z])|[<>])"
)
_REASON = re.compile(r"^\s+:(?:\s+(.*)|)$")
_ESCAPE = re.compile(r"^\s*%\s*not evaluated:\s*(.*)$")
_NAME = re.compile(r"derivation-[a-z0-9]+(-[a-z0-9]+)*")


class Passage(NamedTuple):
    """Some text and the line of the body, from 0, on which it starts."""

    line: int
    text: str


class Step(NamedTuple):
    """A line of the chain; the start has no relation and no reason. `unevaluated` says why it is not checked."""

    relation: str
    tex: Passage
    reason: Passage
    unevaluated: str = ""


class Chain(NamedTuple):
    """A derivation as written; `strays` are lines that belong to nothing."""

    start: Step
    steps: list[Step]
    strays: list[Passage]


class Fault(NamedTuple):
    """What is wrong, and on which line of the body; -1 is the derivation as a whole."""

    line: int
    text: str


def read(body: Sequence[str]) -> Chain:
    """Take a body apart; nothing is refused here."""
    cuts = [i for i, line in enumerate(body) if _RELATION.match(line)]
    ends = [*cuts[1:], len(body)]
    start, strays = _step(body, 0, cuts[0] if cuts else len(body))
    steps = []
    for cut, end in zip(cuts, ends, strict=False):
        step, more = _step(body, cut, end)
        steps.append(step)
        strays += more
    return Chain(start, steps, strays)


def _step(body: Sequence[str], begin: int, end: int) -> tuple[Step, list[Passage]]:
    """Read one line of the chain: its formula, then its reason."""
    colon = next((i for i in range(begin, end) if _REASON.match(body[i])), end)
    match = _RELATION.match(body[begin]) if begin < end else None
    lines = [match[2], *body[begin + 1 : colon]] if match else list(body[begin:colon])
    escapes = [found[1].strip() for line in lines if (found := _ESCAPE.match(line))]
    tex = _passage(begin, ["" if _ESCAPE.match(line) else line for line in lines])
    strays = [Passage(i, body[i]) for i in range(colon + 1, end) if re.match(r"\S", body[i])]
    return Step(match[1] if match else "", tex, _reason(body, colon, end), " ".join(escapes)), strays


def _reason(body: Sequence[str], begin: int, end: int) -> Passage:
    match = _REASON.match(body[begin]) if begin < end else None
    if not match:
        return Passage(begin, "")
    margin = match.start(1) if match[1] else 2
    return _passage(begin, [match[1] or "", *(_dedent(line, margin) for line in body[begin + 1 : end])])


def _dedent(line: str, most: int) -> str:
    """Take away leading blanks, at most `most`."""
    return line[min(most, len(line) - len(line.lstrip(" "))) :]


def _passage(line: int, lines: Sequence[str]) -> Passage:
    """Join lines; blank ones around them fall away, without losing count."""
    ahead = next((i for i, each in enumerate(lines) if each.strip()), 0)
    return Passage(line + ahead, "\n".join(lines).strip("\n").rstrip())


def faults(chain: Chain) -> list[Fault]:
    """Return everything that is wrong with the form of a derivation."""
    found = [Fault(line, _stray(text)) for line, text in chain.strays]
    if not chain.start.tex.text.strip():
        found.append(Fault(-1, "there is no start; write the expression that is rewritten above the first relation"))
    if not chain.steps:
        found.append(Fault(-1, "there is no step; write `= …` below the start, and its reason below that, after `: `"))
    if chain.start.reason.text:
        found.append(Fault(chain.start.reason.line, "the start has a reason; say it in the text before the derivation"))
    for step in [chain.start, *chain.steps]:
        found += _step_faults(step)
    return sorted(found)


def _step_faults(step: Step) -> Iterator[Fault]:
    if step.relation and not step.tex.text.strip():
        yield Fault(step.tex.line, f"nothing follows the relation {step.relation}")
    if step.relation and not step.reason.text.strip():
        yield Fault(step.tex.line, "why? Give the reason below the step, indented, after `: `")
    for i, line in enumerate(step.tex.text.split("\n")):
        if other := _OTHER.match(line):
            yield Fault(step.tex.line + i, _unknown(other[1]))


def _stray(text: str) -> str:
    if other := _OTHER.match(text):
        return _unknown(other[1])
    return "this line belongs to no step; begin it with a relation, or indent it below the reason"


def _unknown(relation: str) -> str:
    return f"the relation {relation} is unknown here; a step begins with one of {', '.join(RELATIONS)}"


def name_fault(name: str) -> str:
    """Return what is wrong with the name of a derivation, or nothing.

    Examples
    --------
    >>> name_fault("best-D")
    "the name is 'best-D'; write `name: derivation-` and a few words in lower case, joined by -"
    """
    if _NAME.fullmatch(name):
        return ""
    return f"the name is {name!r}; write `name: derivation-` and a few words in lower case, joined by -"


def rows(tex: str) -> list[list[str]]:
    r"""Cut a formula into rows at `\\`, and each row into pieces in front of its + and −, between which it may wrap.

    Nothing is cut inside braces, brackets, or between `\left` and `\right`; a row ends inside brackets all the same if
    the author says so.

    Examples
    --------
    >>> rows(r"a + b(c - d) - e^{x + y}")
    [['a', '+ b(c - d)', '- e^{x + y}']]
    >>> rows(r"\bigl[ a \\ + b \bigr]")
    [['\\bigl[ a'], ['+ b \\bigr]']]
    """
    return [
        _pieces(row) for row in _split(tex, lambda token, depth, bracket: token == "\\\\" and depth == 0, drop=True)
    ]


_OPENING = {"(": 1, "[": 1, "\\lvert": 1, "\\lVert": 1, ")": -1, "]": -1, "\\rvert": -1, "\\rVert": -1}
_GROUPING = {"{": 1, "}": -1, "\\left": 1, "\\right": -1}
_TOKEN = re.compile(r"\\\\|\\[a-zA-Z]+|\\.|[^\\]", re.S)


def _pieces(row: str) -> list[str]:
    cut = _split(row, lambda token, depth, bracket: token in "+-" and depth == bracket == 0)
    pieces: list[str] = []
    for piece in cut:
        # A sign that opens a formula, or follows a relation or an operator, belongs to what comes next.
        if pieces and not re.search(r"[\w})\]'*]\s*(\\[,;! ]\s*)*$|\\(right|bigr|Bigr|rvert|rVert)\S*\s*$", pieces[-1]):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return [piece.strip() for piece in pieces if piece.strip()]


def _split(tex: str, here: Callable[[str, int, int], bool], *, drop: bool = False) -> list[str]:
    """Cut in front of (or, with `drop`, at) the tokens that `here` tells from the depth of groups and of brackets."""
    parts, depth, bracket = [""], 0, 0
    for token in _TOKEN.findall(tex.replace("&", "")):
        if here(token, depth, bracket):
            parts.append("" if drop else token)
            continue
        parts[-1] += token
        depth += _GROUPING.get(token, 0)
        bracket += _OPENING.get(token, 0)
    return parts
