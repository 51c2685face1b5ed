"""Feedback: one page for each submission, which says what is right, what to look at first, and what to do next."""

import os
from collections import Counter
from dataclasses import dataclass

from ganlab.arguments import PATH, TEXT, instance, takes
from ganlab.checks.report import FAILED, NOT_RUN, PASSED
from ganlab.course import pages
from ganlab.course.pages import Book, Place
from ganlab.course.records import MARKER, NAME, NOT_COUNTED, CaseResult, Graded, Scored

GRADED = instance(Graded, "a graded submission (ganlab.course.records.Graded)", cure="read it with Graded.from_json")

_FOUND = {
    MARKER: "by the line “# EXERCISE {task}” in its cell, since the cell had lost its label",
    NAME: "by the name of what it defines, since its cell had lost both its label and the line “# EXERCISE {task}”",
}
_HIDDEN = (
    "This check is not in your notebook: make an example of the kind that it describes, work out by hand what must "
    "come out, and compare."
)
_VISIBLE = "Change your answer until this check passes; it is in your notebook too, and says at once what it finds."


@dataclass(frozen=True)
class _Answer:
    """An answer as the page shows it."""

    scored: Scored
    state: str
    right: list[CaseResult]
    first: CaseResult | None
    later: list[CaseResult]
    mistake: str
    place: Place | None
    note: str
    steps: list[str]
    found: str


@takes(course_name=TEXT, graded=GRADED, path=PATH)
def write_feedback(course_name: str, graded: Graded, path: str | os.PathLike[str], *, book: Book | None = None) -> None:
    """Write the page that one student gets for one submission.

    It is a single file of HTML without scripts, which asks for nothing, can be printed, and shows every text of the
    submission as text. Of each answer it tells the points, the checks that passed, the first that failed in the words
    of the check (seen, expected, hint), a known mistake if it was one, the next step, and how the answer was found.
    Of a submission that needs a look it keeps the notes for the instructor, and says that a person will look, or what
    that person has decided; but why a file could not be read at all is told.

    Parameters
    ----------
    course_name : str
        Stands on the page.
    graded : Graded
        The submission.
    path : str or PathLike
        The file to write; folders are made, a file of that name is replaced at once.
    book : Book, optional
        Knows titles and addresses: `ganlab.course.assignments`. Without it, no place in the book is named.

    Raises
    ------
    TypeError
        If an argument is of another kind.
    ImportError
        If jinja2 is missing.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> graded = Graded("Ada", "ada.ipynb", "04-the-game", (), (), needs_look=False, seconds=1.0)
    >>> with TemporaryDirectory() as folder:
    ...     write_feedback("GANs 2026", graded, f"{folder}/ada.html")
    ...     print("Chapter 4: The game" in Path(folder, "ada.html").read_text(encoding="utf-8"))
    True
    """
    answers = [_answer(scored, book) for scored in graded.scored]
    pages.write(
        "feedback.html",
        path,
        course=course_name,
        chapter=pages.chapter_name(graded.chapter, book),
        graded=graded,
        answers=answers,
        points=sum(scored.points for scored in graded.scored),
        out_of=sum(scored.out_of for scored in graded.scored),
        waiting=any(scored.unmarked for scored in graded.scored),
        overview=_overview(answers),
        notes=() if (graded.needs_look or graded.decision) and answers else graded.notes,
    )


def _answer(scored: Scored, book: Book | None) -> _Answer:
    state, first = pages.state(scored), pages.first_problem(scored)
    place = pages.place(scored.misconception, book) if first else None
    return _Answer(
        scored=scored,
        state=state,
        right=[case for case in scored.cases if case.status == PASSED],
        first=first,
        later=[] if scored.unmarked else _later(scored, first),
        mistake=scored.mistake if first else "",
        place=place,
        note=_note(state, scored),
        steps=_next(state, scored, first, place),
        found=_FOUND.get(scored.recovered, "").format(task=scored.task),
    )


def _later(scored: Scored, first: CaseResult | None) -> list[CaseResult]:
    return [case for case in scored.cases if case is not first and case.status in (FAILED, NOT_RUN)]


def _overview(answers: list[_Answer]) -> str:
    """Say how many answers are in which state; nothing where the one answer says it below."""
    counts = Counter(answer.state for answer in answers)
    if set(counts) == {"right"}:
        return "Every check of every exercise passes."
    if len(answers) < 2:
        return ""
    parts = [f"{pages.counted(counts[state])} {words}" for state, (_, words) in pages.STATES.items() if counts[state]]
    return f"Of {pages.counted(len(answers))} exercises: {pages.listed(parts)}."


def _note(state: str, scored: Scored) -> str:
    """Say why there are not all points, where the state does not; the details of what is withheld are not for here."""
    if scored.decided:
        return "" if state == "right" else "a person has looked at this answer and decided on its points."
    if _withheld(scored):
        return "this answer is not counted until a person has looked at it."
    if scored.unmarked:
        return "this answer has no points yet; a person will mark it."
    return "" if state in ("unwritten", "lost") else scored.note


def _withheld(scored: Scored) -> bool:
    """Whether points were withheld because something is odd: the judge says so in these words."""
    return scored.note.startswith(NOT_COUNTED)


def _next(state: str, scored: Scored, first: CaseResult | None, place: Place | None) -> list[str]:
    """Say what to do, in sentences."""
    if state == "right":
        return []
    if scored.decided and first is None:
        return ["Talk with your instructor, who has the details."]
    if state == "lost":
        return [
            "If you wrote an answer, tell your instructor in which cell it stands.",
            f"Answers are found by the line “# EXERCISE {scored.task}” that begins their cell, or by the name of what "
            "they define: keep both as they were handed out.",
        ]
    if state == "unwritten":
        return [
            "Write a first version, even one that may be wrong: the check in your notebook then says what to look at."
        ]
    if _withheld(scored):
        return ["Talk with your instructor, who has the details."]
    if scored.unmarked:
        return ["There is nothing for you to do: your answer was found, and a person will look at it."]
    if first is None:
        return [
            "Restart the notebook, run its cells from the top, and watch what happens at this exercise: an answer "
            "that stops with an error, or never ends, cannot be checked."
        ]
    return [*(["Read what the book says there."] if place else []), _HIDDEN if first.hidden else _VISIBLE]
