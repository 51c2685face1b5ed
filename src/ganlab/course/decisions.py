"""Decisions: what a person decides about a submission that needs a look; kept beside its record, and applied to it.

A decision is about a submission as it was handed in. Grading it again, with another version or other weights of other
tasks, leaves the decision in place; if the student hands in something else, or if what it gave points for counts
otherwise now, the decision is outdated and the submission needs a look once more.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ganlab.course import names
from ganlab.course.assignments import Chapter, nearest
from ganlab.course.files import store
from ganlab.course.folder import Course
from ganlab.course.records import NOT_COUNTED, Filed, Graded, Scored
from ganlab.course.submissions import shown

_LONGEST_NOTE = 500


@dataclass(frozen=True)
class Given:
    """Points that a person gave: what the task is called, how many, and of how many."""

    title: str
    points: float
    out_of: float


@dataclass(frozen=True)
class Decision:
    """What was decided on one submission.

    Parameters
    ----------
    about : str
        Hash of the submission, as in `Filed`.
    day : str
        When, such as 2026-11-26.
    given : mapping
        Points by task; of tasks that are missing the grader's points stand.
    note : str
        Why, for the student too.
    """

    about: str
    day: str
    given: Mapping[str, Given] = field(default_factory=dict)
    note: str = ""

    @property
    def words(self) -> str:
        """The decision in a sentence."""
        points = [f"{task} {each.points:g} of {each.out_of:g}" for task, each in self.given.items()]
        return f"decided on {self.day}: {', '.join(points) or 'the points stand'}" + (
            f". {self.note}" * bool(self.note)
        )


def decide(
    course: Course, chapter: Chapter, student: str, points: Mapping[str, float] | None = None, *, note: str = ""
) -> Graded:
    """Decide on a submission and store the decision; return its record with the decision applied.

    Parameters
    ----------
    course, chapter, student
        Whose submission; the name is compared as `ganlab.course.names` does.
    points : mapping, optional
        Points by task, which are added to those of an earlier decision on the same submission. Without it, the points
        of the grader stand, and earlier decisions on this submission are dropped.
    note : str
        Why; it is shown to the student, and in table and report.

    Raises
    ------
    ValueError
        If there is no such submission or task, if the points are out of range, or if the points are to stand where
        the grader gave none.
    """
    filed = _filed(course, chapter, student)
    path = _place(course, chapter.slug, filed.graded.student)
    given = _checked(course, chapter, filed, points) if points else {}
    before = _read(path)
    if points and before and not _stale(filed, before):
        given, note = {**before.given, **given}, note or before.note
    decision = Decision(filed.submission, date.today().isoformat(), given, shown(note, _LONGEST_NOTE))
    found = _applied(filed, decision)
    if not points and (left := [each.task for each in found.scored if each.unmarked]):
        raise ValueError(
            f"{left[0]} of {found.student} has no points that could stand; give some: --points {left[0]}=…"
        )
    store(path, json.dumps(asdict(decision), indent=1, ensure_ascii=False) + "\n")
    return found


def undo(course: Course, chapter: Chapter, student: str) -> Graded:
    """Take a decision back; return the record as the grader left it.

    Raises
    ------
    ValueError
        If there is no such submission.
    """
    filed = _filed(course, chapter, student)
    _place(course, chapter.slug, filed.graded.student).unlink(missing_ok=True)
    return filed.graded


def decided(course: Course, filed: Filed) -> Graded:
    """Return a record with what a person decided on it, or with the note that this is outdated."""
    decision = _read(_place(course, filed.graded.chapter, filed.graded.student))
    return _applied(filed, decision) if decision else filed.graded


def _place(course: Course, chapter: str, student: str) -> Path:
    return course.place("decisions", chapter, student, ".json")


def _filed(course: Course, chapter: Chapter, student: str) -> Filed:
    """Return the record of a student's submission, however the name is spelt."""
    found = {each.graded.student: each for each in Filed.all(course.path / "graded", chapter.slug)}
    name = names.listed(student, found)
    if name not in found:
        near = get_close_matches(student, found, n=1, cutoff=0.5)
        meant = f"; did you mean {near[0]!r}?" if near else ";"
        raise ValueError(
            f"no submission of {student!r} to {chapter.slug}{meant} graded are {len(found)}, in grades.csv"
        )
    return found[name]


def _checked(course: Course, chapter: Chapter, filed: Filed, points: Mapping[str, float]) -> dict[str, Given]:
    """Return the points that are given; in a submission that could not be read, all other tasks get none."""
    tasks = filed.graded.scored or [
        Scored(task.id, task.title, 0.0, task.out_of, ()) for task in course.tasks(chapter, filed.graded.student)
    ]
    known = {each.task: each for each in tasks}
    for task, value in points.items():
        if task not in known:
            raise ValueError(f"{chapter.slug} has no task {task!r} here{nearest(task, list(known))}")
        if not 0 <= value <= known[task].out_of:
            raise ValueError(f"{task} counts {known[task].out_of:g}: give points from 0 to that, not {value:g}")
    named = points if filed.graded.scored else dict.fromkeys(known, 0.0) | points
    return {task: Given(known[task].title, float(value), known[task].out_of) for task, value in named.items()}


def _applied(filed: Filed, decision: Decision) -> Graded:
    graded = filed.graded
    if why := _stale(filed, decision):
        note = f"outdated, since {why}: what was {decision.words}"
        return replace(graded, notes=(note, *graded.notes), needs_look=True)
    scored = graded.scored or tuple(
        Scored(task, each.title, 0.0, each.out_of, ()) for task, each in decision.given.items()
    )
    scored = tuple(_scored(each, decision) for each in scored)
    return replace(graded, scored=scored, decision=decision.words, needs_look=any(each.unmarked for each in scored))


def _scored(scored: Scored, decision: Decision) -> Scored:
    given = decision.given.get(scored.task)
    if given:
        return replace(scored, points=given.points, decided=True)
    return replace(scored, decided=scored.note.startswith(NOT_COUNTED))


def _stale(filed: Filed, decision: Decision) -> str:
    """Return why a decision is outdated; nothing if it is not."""
    if filed.submission != decision.about:
        return "the submission has changed"
    counts = {each.task: each.out_of for each in filed.graded.scored}
    for task, given in decision.given.items():
        if counts and counts.get(task) != given.out_of:
            return f"{task} counts otherwise now" if task in counts else f"{task} is not asked any more"
    return ""


def _read(path: Path) -> Decision | None:
    """Return a stored decision; None if there is none that can be read."""
    try:
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Decision(**stored | {"given": {task: Given(**each) for task, each in stored["given"].items()}})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
