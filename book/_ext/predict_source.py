"""The text of one predict box: how it is written, and what is wrong with it.

The question and its options are written as in a `{quiz}`; below a line `---` stands the answer. What came out is said
by `[x]` (`single`, `multiple`), by the partner in the brackets (`matching`) or by the setting `truth` (`numeric`,
`curve`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from ganlab.quiz.source import Fault, Option, Passage, Question, is_right, number, partners, read

HOW = {
    "single": "choose one",
    "multiple": "choose all that apply",
    "matching": "match each line",
    "numeric": "give a number",
    "curve": "draw a curve",
}
BREAK = "---"
#: The settings of each kind, beside `name` and `title`.
SETTINGS = {"numeric": ("truth", "unit", "near"), "curve": ("truth", "near", "at", "x", "y", "range", "step")}
NEEDED = {"numeric": ("truth", "near"), "curve": ("truth", "near", "at", "x", "y", "range", "step")}
MOST_POINTS = 9  # that a phone has room for

_NAME = re.compile(r"predict-[a-z0-9]+(-[a-z0-9]+)*")


class Prediction(NamedTuple):
    """A predict box as written: prompt and options, the answer (empty if there is none), the settings as text."""

    question: Question
    answer: Passage
    settings: Mapping[str, str]

    @property
    def kind(self) -> str:
        """How one says what one expects."""
        return self.question.kind


def split(kind: str, body: Sequence[str], settings: Mapping[str, str]) -> Prediction:
    """Take a body apart; nothing is refused here."""
    at = body.index(BREAK) if BREAK in body else len(body)
    answer = Passage(at + 1, "\n".join(body[at + 1 :]).strip("\n").rstrip())
    return Prediction(read(kind, list(body[:at])), answer, settings)


def truth(prediction: Prediction) -> list[Any]:
    """Return what came out: the mark of each option, or the numbers.

    Examples
    --------
    >>> truth(split("single", ["Which?", "", "- [ ] this", "- [x] that", "---", "That."], {}))
    ['', 'x']
    >>> truth(split("numeric", ["How many?", "---", "Three."], {"truth": "3"}))
    [3.0]
    """
    if prediction.kind in SETTINGS:
        return numbers(prediction.settings.get("truth", ""))
    marks = [option.mark for option in prediction.question.options]
    return marks if prediction.kind == "matching" else [mark.lower() for mark in marks]


def edition(prediction: Prediction) -> str:
    """Return a short name of what is asked: a guess that is kept belongs to this question and to no later one."""
    asked = [prediction.question.prompt.text, *(option.text.text for option in prediction.question.options)]
    asked += [prediction.settings.get(key, "") for key in ("at", "range", "unit")]
    return sha256("\n".join([prediction.kind, *asked, *partners(prediction.question)]).encode()).hexdigest()[:8]


def parts(text: str) -> list[str]:
    """Return what commas part.

    Examples
    --------
    >>> parts("0, 500 ,1000")
    ['0', '500', '1000']
    """
    return [part.strip() for part in text.split(",")] if text.strip() else []


def numbers(text: str) -> list[Any]:
    """Return the numbers that commas part, or None for each part that is none."""
    return [number(part) for part in parts(text)]


def near(text: str) -> tuple[str, float] | None:
    """Return what counts as near: the most that a number may be off, or the factor; None if it says neither.

    Examples
    --------
    >>> near("0.1"), near("factor 2"), near("roughly")
    (('', 0.1), ('factor', 2.0), None)
    """
    match = re.fullmatch(r"(?:(factor) )?(\S+)", text)
    value = number(match[2]) if match else None
    if not match or value is None or value <= (1 if match[1] else 0):
        return None
    return match[1] or "", value


def faults(prediction: Prediction) -> list[Fault]:
    """Return everything that is wrong with a box; an empty list means that it can be asked."""
    kind, settings = prediction.kind, prediction.settings
    if kind not in HOW:
        return [Fault(-1, f"the kind is {kind!r}; choose one of {', '.join(HOW)}")]
    found = [Fault(i, "this line belongs to no option; indent it below its option") for i in prediction.question.strays]
    if not _NAME.fullmatch(settings.get("name", "")):
        found.append(Fault(-1, "name the box, as in `:name: predict-one-half`, in small letters, digits and hyphens"))
    if not prediction.question.prompt.text:
        found.append(Fault(-1, "there is no question; write it first"))
    if not prediction.answer.text:
        found.append(Fault(-1, f"there is no answer; write it below a line `{BREAK}`"))
    for key in sorted(settings.keys() - {"name", "title", *SETTINGS.get(kind, ())}):
        found.append(Fault(-1, f"{kind} has no setting {key!r}; remove it"))
    return [*found, *(_of_numbers if kind in SETTINGS else _of_options)(prediction)]


def _of_options(prediction: Prediction) -> Iterator[Fault]:
    kind, options = prediction.kind, prediction.question.options
    if len(options) < 2:
        yield Fault(-1, f"{len(options)} options found, at least 2 needed; write each as `- [ ] text`")
    for option in options:
        if not option.text.text:
            yield Fault(option.text.line, "the option has no text")
        if option.reason.text:
            yield Fault(option.reason.line, f"an option of a prediction has no reason; say it below the line `{BREAK}`")
    yield from (_partners if kind == "matching" else _ticks)(kind, options)


def _partners(kind: str, options: list[Option]) -> Iterator[Fault]:
    for option in options:
        if not option.mark:
            yield Fault(option.text.line, "write into the brackets what came out for this line")
    if len({option.mark for option in options}) == 1:
        yield Fault(-1, f"the same came out for all lines; {kind} needs at least two different ones")


def _ticks(kind: str, options: list[Option]) -> Iterator[Fault]:
    for option in options:
        if option.mark not in ("", "x", "X"):
            yield Fault(option.text.line, f"the mark is [{option.mark}]; write [x] for what came out, [ ] for the rest")
    came_out = sum(is_right(option) for option in options)
    if came_out == 0 or (kind == "single" and came_out > 1):
        wanted = "exactly one" if kind == "single" else "at least one"
        yield Fault(-1, f"{came_out} options came out; {kind} needs {wanted} [x]")


def _of_numbers(prediction: Prediction) -> Iterator[Fault]:
    kind, settings = prediction.question.kind, prediction.settings
    if prediction.question.options:
        yield Fault(prediction.question.options[0].text.line, f"{kind} has no options")
    lacking = [key for key in NEEDED[kind] if not settings.get(key, "").strip()]
    yield from (Fault(-1, f"{kind} needs `:{key}:`") for key in lacking)
    if lacking:
        return
    if None in (found := truth(prediction)):
        yield Fault(-1, f"the truth is {settings['truth']!r}; write numbers such as 0.5, with commas between them")
    elif kind == "numeric" and len(found) != 1:
        yield Fault(-1, f"{len(found)} numbers came out; numeric has one")
    elif kind == "curve":
        yield from _of_curve(settings, found)
    if near(settings["near"]) is None:
        yield Fault(-1, f"near is {settings['near']!r}; write how far off a guess may be, as `0.1` or `factor 2`")


def _of_curve(settings: Mapping[str, str], heights: list[float]) -> Iterator[Fault]:
    at, ends, step = parts(settings["at"]), numbers(settings["range"]), number(settings["step"])
    if not 3 <= len(at) <= MOST_POINTS:
        yield Fault(-1, f"the curve has {len(at)} points; ask for 3 to {MOST_POINTS}")
    if len(at) != len(heights):
        yield Fault(-1, f"there are {len(at)} places and {len(heights)} heights; give each place its height")
    if len(ends) != 2 or None in ends or ends[0] >= ends[1]:
        yield Fault(-1, f"the range is {settings['range']!r}; write the lowest and the highest number, as `0, 8`")
    elif not all(ends[0] <= height <= ends[1] for height in heights):
        yield Fault(-1, f"the truth leaves the range from {ends[0]:g} to {ends[1]:g}")
    elif step is None or step <= 0 or abs((ends[1] - ends[0]) / step - round((ends[1] - ends[0]) / step)) > 1e-9:
        yield Fault(-1, f"the step is {settings['step']!r}; it must go into the range a whole number of times")
