"""Problem: a drawn task with its text, and how its texts are filled with what was drawn."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ganlab.checks.exercise import Exercise

_MARK = re.compile("«(.*?)»")
#: Key, title, edits of the reference, the case that catches it first, words of what is then said.
Wrong = tuple[str, str, list[tuple[str, str]], str, str]


@dataclass(frozen=True)
class Problem:
    """A problem as it was drawn: what is asked, as Markdown, and the exercise that checks it.

    `check` is code for the student's notebook, where the package has no check for it: see `ganlab.course.own`.
    """

    text: str
    exercise: Exercise
    check: str = ""


@dataclass(frozen=True)
class Wording:
    """The texts of a problem, with marks such as «target» where what is drawn goes.

    Parameters
    ----------
    text : str
        What is asked, as Markdown.
    stub : str
        A function with its docstring, which does nothing but raise NotImplementedError.
    answer : str
        What the reference has in place of the line that raises.
    mistakes : iterable
        Each a tuple of key, title, edits of the reference, name of the case, and words that are said.
    equivalent : mapping
        As in `Exercise`.
    check : str
        As in `Problem`.
    """

    text: str
    stub: str
    answer: str
    mistakes: Iterable[Wrong] = ()
    equivalent: Mapping[str, str] = ()
    check: str = ""


def posed(name: str, title: str, wording: Wording, drawn: Mapping[str, Any]) -> Problem:
    """Return a problem whose marks are filled, still without cases.

    Parameters
    ----------
    name, title : str
        Of the exercise.
    wording : Wording
        The texts.
    drawn : mapping
        A value for each mark.

    Raises
    ------
    KeyError
        If a mark has no value.

    Examples
    --------
    >>> stub = "def share():\\n    raise NotImplementedError"
    >>> posed("share", "A share", Wording("Return «t».", stub, "return «t»"), {"t": 0.3}).text
    'Return 0.3.'
    """

    def filled(text: str) -> str:
        return _MARK.sub(lambda mark: str(drawn[mark[1]]), text)

    stub = filled(wording.stub)
    indented = filled(wording.answer).strip("\n").replace("\n", "\n    ").replace("\n    \n", "\n\n")
    exercise = Exercise(name, title, stub=stub, reference=_TO_DO.sub(lambda _: indented, stub))
    exercise.equivalent = {filled(change): why for change, why in dict(wording.equivalent).items()}
    for key, what, edits, case, says in wording.mistakes:
        changed = [(filled(right), filled(wrong)) for right, wrong in edits]
        exercise.mistake(key, filled(what), *changed, caught_by=case, says=filled(says))
    return Problem(filled(wording.text).strip(), exercise, filled(wording.check))


# What is repaired, instead of written, follows the line that raises: then the answer replaces that, too.
_TO_DO = re.compile(r"raise NotImplementedError.*(\n    .*|\n)*")
