"""The text of one quiz question: how it is written, what makes it valid, how it is put to the reader.

The book's directive `{quiz}` and `ganlab.labs.Quiz` both read it with this module.

The prompt comes first, then the options. An option is one item of a list; the reason follows its text, after a colon
at the start of a line:

    Which $D(G(z))$ does the generator try to reach?

    - [ ] $\\tfrac12$
      : That confuses an aim with an outcome.
    - [x] 1
      : The loss $-\\log D(G(z))$ falls all the way to $D = 1$.

`single` (one right), `multiple` (one or more) and `numeric` (the options are numbers, and `otherwise`) mark what is
right with `[x]`. `matching` writes the partner of each item in the brackets. `ordering` is a numbered list in the
right order. In `arranging` each option is a line of code; the brackets number those that belong, and say which of
them have to stand above, if not the one before:

    Make the body of `def half(x, y):` from these lines.

    - [1] `    x = x / 2`
    - [2 after 0] `    y = y / 2`
    - [3 after 1 2] `    return x, y`
      : It uses both.
    - [ ] `    return x`
      : **Forgets y.**
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from string import ascii_uppercase
from textwrap import dedent
from typing import NamedTuple

HOW = {
    "single": "choose one",
    "multiple": "choose all that apply",
    "matching": "match each line",
    "ordering": "put in order",
    "arranging": "arrange the lines",
    "numeric": "type a number",
}
KINDS = tuple(HOW)
OTHERWISE = "otherwise"
# How far the lists of errors, formulas, topics and learners' questions go; the book's coverage.yml says what they are.
KEYS = {"E": 35, "F": 15, "T": 27, "U": 24}
# A line of code is called neither D nor G: it would be taken for the network.
LETTERS = {"arranging": "ABCEFHIJKLMNOPQRSTUVWXYZ"}
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

_BULLET = re.compile(r"^- \[([^\]]*)\](?: +(.*)|)$")
_NUMBER = re.compile(r"^(\d+)\. +(.*)$")
_LINE = re.compile(r"(?P<number>[1-9]\d*)(?: after (?P<after>\d+(?: \d+)*))?")
_MARKUP = re.compile(r"[$`*_\\<>{}\[\]]")


class Passage(NamedTuple):
    """Some Markdown and the line of the body, from 0, on which it starts."""

    line: int
    text: str


class Option(NamedTuple):
    """One item of the list; `mark` is what stands in the brackets, or the number."""

    mark: str
    text: Passage
    reason: Passage


class Question(NamedTuple):
    """A question as written; `strays` are lines that belong to nothing."""

    kind: str
    prompt: Passage
    options: list[Option]
    strays: list[int]


class Answer(NamedTuple):
    """An entry of the folded answer: `option` is the index of the option shown, or -1, `answer` its mark or number."""

    option: int
    label: str
    answer: str
    right: bool
    verdict: str
    reason: Passage


class Fault(NamedTuple):
    """What is wrong, and on which line of the body; -1 is the question as a whole."""

    line: int
    text: str


def parse(kind: str, source: str, keys: str = "", tolerance: float | None = None) -> Question:
    r"""Read a question that is ready to be asked.

    Parameters
    ----------
    kind : {"single", "multiple", "matching", "ordering", "arranging", "numeric"}
        How it is answered.
    source : str
        Prompt, options and reasons, as above. The lines below the first may be indented together.
    keys : str
        The misconceptions that it is about, such as "E13, T16".
    tolerance : float > 0, optional
        How far off a number may be; only for "numeric".

    Raises
    ------
    ValueError
        If something is wrong; says of each fault the line, from 1, and the cure.

    Examples
    --------
    >>> parse("single", "Which?\n\n- [ ] this\n- [x] that")
    Traceback (most recent call last):
    ValueError: quiz, line 3: why is it wrong? Give the reason below it, indented, after `: `
    """
    if fault := kind_fault(kind):
        raise ValueError(f"quiz: {fault}")
    first, *rest = source.split("\n")
    question = read(kind, [first.strip(), *dedent("\n".join(rest)).split("\n")])
    names = keys.replace(",", " ").split()
    whole = [
        *(key_faults(names) if names else []),
        tolerance_fault(kind, None if tolerance is None else str(tolerance)),
    ]
    if found := [*(Fault(-1, text) for text in whole if text), *faults(question)]:
        raise ValueError("\n".join(map(_told, found)))
    return question


def _told(fault: Fault) -> str:
    return f"quiz: {fault.text}" if fault.line < 0 else f"quiz, line {fault.line + 1}: {fault.text}"


def read(kind: str, body: Sequence[str]) -> Question:
    """Take a body apart; nothing is refused here."""
    marker = _NUMBER if kind == "ordering" else _BULLET
    starts = [i for i, line in enumerate(body) if marker.match(line)]
    first = starts[0] if starts else len(body)
    ends = [*starts[1:], len(body)]
    options = [_option(marker, body, start, end) for start, end in zip(starts, ends, strict=False)]
    strays = [i for i in range(first, len(body)) if i not in starts and re.match(r"\S", body[i])]
    return Question(kind, _passage(0, body[:first]), options, strays)


def _option(marker: re.Pattern[str], body: Sequence[str], start: int, end: int) -> Option:
    match = marker.match(body[start])
    assert match
    lines = [match[2] or "", *(_dedent(line, match.start(2) if match[2] else 2) for line in body[start + 1 : end])]
    cut = next((i for i, line in enumerate(lines) if i and line.startswith(": ")), len(lines))
    reason = [lines[cut][2:], *(_dedent(line, 2) for line in lines[cut + 1 :])] if cut < len(lines) else []
    return Option(match[1].strip(), _passage(start, lines[:cut]), _passage(start + cut, reason))


def _dedent(line: str, most: int) -> str:
    """Take away leading blanks, at most `most`."""
    return line[min(most, len(line) - len(line.lstrip(" "))) :]


def _passage(line: int, lines: Sequence[str]) -> Passage:
    """Join lines; blank ones around them fall away, without losing count."""
    text = "\n".join(lines)
    ahead = next((i for i, each in enumerate(lines) if each.strip()), 0)
    return Passage(line + ahead, text.strip("\n").rstrip())


def faults(question: Question) -> list[Fault]:
    """Return everything that is wrong with a question; an empty list means that it can be asked."""
    found = [Fault(i, "this line belongs to no option; indent it below its option") for i in question.strays]
    if not question.prompt.text:
        found.append(Fault(-1, "there is no prompt; write the question above the options"))
    least = 1 if question.kind == "numeric" else 2
    if len(question.options) < least:
        form = "1. text" if question.kind == "ordering" else "- [ ] text"
        count = f"{len(question.options)} options found, at least {least} needed"
        found.append(Fault(-1, f"{count}; write each as `{form}`"))
    found += [Fault(o.text.line, "the option has no text") for o in question.options if not o.text.text]
    return sorted([*found, *_OF_KIND[question.kind](question), *_lacking_reasons(question)])


def shown(question: Question) -> list[Option]:
    """Return the options as the reader meets them: what is put in order is shuffled, each time the same way."""
    if question.kind == "numeric":
        return []
    if question.kind not in ("ordering", "arranging"):
        return question.options
    shuffled = sorted(question.options, key=lambda option: sha256(option.text.text.encode()).digest())
    return shuffled[::-1] if shuffled == question.options else shuffled


def partners(question: Question) -> list[str]:
    """Return what the reader of a matching question chooses from, in an order that gives nothing away."""
    return sorted({option.mark for option in question.options}, key=str.casefold) if question.kind == "matching" else []


def answers(question: Question) -> list[Answer]:
    """Return what there is to say about each option, in the order of the source."""
    places = shown(question)
    return [_answer(question.kind, option, i, places) for i, option in enumerate(question.options)]


def _answer(kind: str, option: Option, i: int, places: list[Option]) -> Answer:
    text = option.text.text
    right = belongs(option) if kind == "arranging" else is_right(option)
    if kind == "numeric":
        label = "Any other number" if text == OTHERWISE else text
        return Answer(-1, label, text, right, _verdict(kind, option, i), option.reason)
    at = places.index(option)
    return Answer(at, letter(kind, at), option.mark, right, _verdict(kind, option, i), option.reason)


def _verdict(kind: str, option: Option, i: int) -> str:
    if kind == "matching":
        return f"{option.mark}."
    if kind == "ordering":
        return f"comes {ORDINALS[i]}."
    if kind == "arranging":
        return f"is line {i + 1}." if belongs(option) else "does not belong."
    return "Right." if is_right(option) else "No."


def letter(kind: str, at: int) -> str:
    """Return the letter of an option, by its place among those shown, from 0.

    Examples
    --------
    >>> letter("single", 3), letter("arranging", 3)
    ('D', 'E')
    """
    return LETTERS.get(kind, ascii_uppercase)[at]


def is_right(option: Option) -> bool:
    """Tell whether an option is marked as right."""
    return option.mark in ("x", "X")


def belongs(option: Option) -> bool:
    """Tell whether a line that is to be arranged has a place."""
    return bool(_LINE.fullmatch(option.mark))


def code(option: Option) -> str:
    """Return the line of code that an option of `arranging` is, with its indentation; nothing if it is no code.

    Examples
    --------
    >>> question = read("arranging", ["Q", "", "- [1] `    x = 1`", "- [2]", "  ```", "    y = (", "    )", "  ```"])
    >>> [code(option) for option in question.options]
    ['    x = 1', '  y = (\\n  )']
    """
    text = option.text.text
    fence = re.fullmatch(r"(```+)\w*\n(.*)\n\1", text, re.S)
    span = re.fullmatch(r"(`+)([^`\n]+)\1", text)
    return fence[2] if fence else span[2] if span else ""


def above(option: Option) -> list[int]:
    """Return the numbers of the lines that have to stand above a line that belongs; 0 is none.

    Examples
    --------
    >>> question = read("arranging", ["Q", "", "- [3] `c`", "- [4 after 1 2] `d`", "- [5 after 0] `e`"])
    >>> [above(option) for option in question.options]
    [[2], [1, 2], []]
    """
    match = _LINE.fullmatch(option.mark)
    if not match:
        return []
    given = match["after"] or str(int(match["number"]) - 1)
    return [number for number in map(int, given.split()) if number]


def _lacking_reasons(question: Question) -> Iterator[Fault]:
    """Yield each mistake a reader can make that is not explained."""
    ticked = question.kind not in ("matching", "ordering")
    for i, option in enumerate(question.options):
        # The first of a sequence can come too late, never too early, so nothing is ever said about it.
        needed = not is_right(option) if ticked else question.kind == "matching" or i > 0
        if question.kind == "arranging":
            needed = not belongs(option) or bool(above(option))
        if needed and not option.reason.text:
            yield Fault(option.text.line, "why is it wrong? Give the reason below it, indented, after `: `")


def _ticks(question: Question) -> Iterator[Fault]:
    for option in question.options:
        if option.mark not in ("", "x", "X"):
            yield Fault(option.text.line, f"the mark is [{option.mark}]; write [x] for right and [ ] for wrong")


def _single(question: Question) -> Iterator[Fault]:
    yield from _ticks(question)
    if (right := sum(map(is_right, question.options))) != 1:
        yield Fault(-1, f"{right} options are right; {question.kind} needs exactly one [x]")


def _multiple(question: Question) -> Iterator[Fault]:
    yield from _ticks(question)
    if not any(map(is_right, question.options)):
        yield Fault(-1, "no option is right; multiple needs at least one [x]")


def _matching(question: Question) -> Iterator[Fault]:
    for option in question.options:
        if not option.mark or _MARKUP.search(option.mark):
            wanted = "name the partner in plain words; Markdown and formulas belong to the right of the brackets"
            yield Fault(option.text.line, f"the partner is [{option.mark}]; {wanted}")
    if len({option.mark for option in question.options}) == 1:
        yield Fault(-1, "all items have the same partner; matching needs at least two")


def _ordering(question: Question) -> Iterator[Fault]:
    for i, option in enumerate(question.options, 1):
        if option.mark != str(i):
            yield Fault(option.text.line, f"the number is {option.mark}, not {i}; number the steps in the right order")
    if len(question.options) > len(ORDINALS):
        yield Fault(-1, f"{len(question.options)} steps are too many to move about; ask for at most {len(ORDINALS)}")


def _arranging(question: Question) -> Iterator[Fault]:
    lines = [option for option in question.options if belongs(option)]
    for option in question.options:
        if option.mark and not belongs(option):
            wanted = "number a line that belongs, as [3] or [3 after 1 2], and write [ ] for one that does not"
            yield Fault(option.text.line, f"the mark is [{option.mark}]; {wanted}")
        if not code(option):
            yield Fault(option.text.line, "the line is no code; put it between backticks, with its indentation")
    for i, option in enumerate(lines, 1):
        if (found := option.mark.split()[0]) != str(i):
            yield Fault(option.text.line, f"the number is {found}, not {i}; write the lines in a right order")
        if max(above(option), default=0) >= i:
            yield Fault(option.text.line, f"line {i} stands after {max(above(option))}; name lines above it only")
    if len(lines) < 2:
        yield Fault(-1, f"{len(lines)} lines belong; arranging needs at least two")
    if len(question.options) > len(LETTERS["arranging"]):
        yield Fault(-1, f"{len(question.options)} lines are too many; ask for at most {len(LETTERS['arranging'])}")
    if len({code(option) for option in question.options}) < len(question.options):
        yield Fault(-1, "two lines are the same, so nobody can tell them apart; keep one")


def _numeric(question: Question) -> Iterator[Fault]:
    yield from _single(question)
    texts = [option.text.text for option in question.options]
    for option in question.options:
        if option.text.text != OTHERWISE and number(option.text.text) is None:
            yield Fault(option.text.line, f"{option.text.text!r} is no number; write one such as 0.5, or `{OTHERWISE}`")
        if texts.count(option.text.text) > 1:
            yield Fault(option.text.line, f"{option.text.text!r} stands here twice; keep one")
    if [is_right(o) for o in question.options if o.text.text == OTHERWISE] != [False]:
        yield Fault(-1, f"numbers nobody thought of need a reason too; add one wrong option `- [ ] {OTHERWISE}`")


_OF_KIND = {
    "single": _single,
    "multiple": _multiple,
    "matching": _matching,
    "ordering": _ordering,
    "arranging": _arranging,
    "numeric": _numeric,
}


def number(text: str) -> float | None:
    """Return the number that a text is, or None.

    Examples
    --------
    >>> number("0.083"), number("1e-3"), number("about 2")
    (0.083, 0.001, None)
    """
    plain = re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text)
    return float(text) if plain else None


def kind_fault(kind: str) -> str:
    """Return what is wrong with the kind of a question, or nothing.

    Examples
    --------
    >>> kind_fault("essay")
    "the kind is 'essay'; choose one of single, multiple, matching, ordering, arranging, numeric"
    """
    return "" if kind in KINDS else f"the kind is {kind!r}; choose one of {', '.join(KINDS)}"


def tolerance_fault(kind: str, text: str | None) -> str:
    """Return what is wrong with the tolerance that is given, if one is, for a kind of question.

    Examples
    --------
    >>> tolerance_fault("numeric", "0.01"), tolerance_fault("single", "0.01")
    ('', 'single has no tolerance; remove it')
    """
    if text is None:
        return ""
    if kind != "numeric":
        return f"{kind} has no tolerance; remove it"
    positive = (number(text) or 0) > 0
    return "" if positive else f"the tolerance is {text!r}; write a number above 0"


def key_faults(keys: Sequence[str]) -> list[str]:
    """Return what is wrong with the keys of the misconceptions that a question is about.

    Examples
    --------
    >>> key_faults(["E13", "T16"])
    []
    >>> key_faults(["E99"])
    ['the key E99 does not exist; E goes from 1 to 35']
    """
    if not keys:
        return ["the misconception is missing; name it as in `:keys: E13, T16`"]
    return [fault for key in keys if (fault := _key_fault(key))]


def _key_fault(key: str) -> str:
    match = re.fullmatch(rf"([{''.join(KEYS)}])([1-9]\d*)", key)
    if not match:
        return f"the key {key!r} is not of the form E13; the lists are {', '.join(KEYS)}"
    last = KEYS[match[1]]
    return "" if int(match[2]) <= last else f"the key {key} does not exist; {match[1]} goes from 1 to {last}"
