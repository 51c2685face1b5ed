"""Assignments: what a course can hand out, chapter by chapter.

A `Task` is an exercise with its text. The exercises of the chapters are those of `ganlab.exercises`; their texts, and
what a misconception is called, travel with the package in `static/assignments.json` (made from the pages of the book
by `scripts/assignments.py`), so that no book is needed.

There are three kinds: exercises of the chapters, problems (`ganlab.course.problems`), and problems that are answered by
a run of a lab (`ganlab.course.run_problems`). They differ in how a student checks an answer and in how it is marked; a
`Task` knows both, so nobody else has to ask of which kind it is.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, partial
from pathlib import Path
from typing import Any

from ganlab import exercises
from ganlab.checks.exercise import Exercise
from ganlab.course import problems, run_problems
from ganlab.course.records import Scored
from ganlab.course.runs import judge_run
from ganlab.course.variants import Draw

#: Follows the slug of the chapter in that of its problems.
PROBLEMS = "-problems"
FILE = Path(__file__).parents[1] / "static" / "assignments.json"


@dataclass(frozen=True)
class Task:
    """An exercise as it is handed out.

    Parameters
    ----------
    id : str
        Stands in the notebook's cells and in the records.
    chapter : str
        Slug of the chapter, such as `04-the-game`.
    title : str
        The task in a few words, plain text.
    text : str
        What is asked, as Markdown.
    exercise : Exercise
        Stub, cases, reference and mistakes.
    draw : Draw
        What was drawn for the course or the student.
    check : str
        The code of the cell in which a student checks the answer.
    mark : callable, optional
        Gives the record of an answer, from its source text, without running it. By default an answer runs: in a
        sandbox, by `ganlab.course.judge`.
    weight : float, optional
        What it counts in a course that gives it another weight than its cases have together.
    source : str
        A hash of the file that defines it, where that is no part of this package.
    """

    id: str
    chapter: str
    title: str
    text: str
    exercise: Exercise
    draw: Draw
    check: str
    mark: Callable[[str], Scored] | None = None
    weight: float | None = None
    source: str = ""

    @property
    def seed(self) -> int:
        """The seed of the cases in grading; in their notebooks students check with 0."""
        return self.draw.case_seed

    @property
    def out_of(self) -> float:
        """What it counts: its weight in the course, else what all cases count together, hidden ones included."""
        return self.exercise.out_of if self.weight is None else self.weight


@dataclass(frozen=True)
class Chapter:
    """A chapter of the book that has tasks: its slug, title, address, and the ids of its tasks in order."""

    slug: str
    title: str
    page: str
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class Misconception:
    """What a key such as `E13` stands for, and the address of the place that sets it right; both may be empty."""

    key: str
    title: str = ""
    page: str = ""


@cache
def _stored() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8"))


def setup() -> str:
    """Return the code of the cell that installs what a notebook needs and the computer lacks."""
    return _stored()["setup"]


def package() -> str:
    """Return what pip is asked for to install this package.

    Examples
    --------
    >>> package().partition(" @ ")[0]
    'ganlab'
    """
    return re.search(r'"(ganlab @ .*?)"', setup())[1]


def book() -> str:
    """Return the address of the rendered book."""
    return _stored()["book"]


def chapters() -> dict[str, Chapter]:
    """Return the chapters that have tasks, by slug, in the order of the book.

    The problems of a chapter follow as a chapter of their own, with a notebook of its own: anybody can look up the
    exercises' solutions, but not theirs.
    """
    found = {}
    for slug, each in _stored()["chapters"].items():
        found[slug] = Chapter(slug, each["title"], each["page"], tuple(task["id"] for task in each["tasks"]))
        if ids := problems.of_chapter(slug) + run_problems.of_chapter(slug):
            found[slug + PROBLEMS] = Chapter(slug + PROBLEMS, f"{each['title']}: problems", each["page"], ids)
    return found


def chapter(name: str, known: Mapping[str, Chapter] | None = None) -> Chapter:
    """Return a chapter by its slug, its number, or the words of its slug.

    The problems of chapter 4 are `4-problems`, as the book writes it, or `4 problems`, `4problems`, `problems 4`.

    After a colon stand the ids of the tasks that it is to have, if not all: `4 problems: cycle_length`.

    Parameters
    ----------
    name : str
        As it was typed.
    known : mapping, optional
        The chapters by slug; by default those of the book.

    Raises
    ------
    ValueError
        If there is no such chapter, or it has no such task; the message lists those there are.

    Examples
    --------
    >>> chapter("4").slug, chapter("the-game").slug, chapter("4 problems: cycle_length").tasks
    ('04-the-game', '04-the-game', ('cycle_length',))
    """
    where, colon, wanted = str(name).partition(":")
    found = _whole(where, chapters() if known is None else known)
    return _part(found, re.split(r"[\s,]+", wanted.strip(" ,"))) if colon else found


def _whole(name: str, known: Mapping[str, Chapter]) -> Chapter:
    plain = re.sub(r"[\s_-]+", "-", name.strip().lower()).removesuffix(".ipynb")
    bare = re.sub(r"problems?", "-", plain).strip("-")
    bare = re.sub(r"^(of-)?(chapter-?)?", "", bare)
    for slug in known:
        if not slug.endswith(PROBLEMS) and _is_called(slug, bare):
            wanted = slug + PROBLEMS if "problem" in plain else slug
            if wanted in known:
                return known[wanted]
    near = get_close_matches(plain, known, n=1, cutoff=0.5)
    meant = f"; did you mean {near[0]}?" if near else ""
    raise ValueError(f"no chapter {name!r}{meant} Chapters with exercises:\n  " + "\n  ".join(known))


def _is_called(slug: str, name: str) -> bool:
    """Tell whether a chapter may be called so: by slug, number, or the words of the slug."""
    number, _, words = slug.partition("-")
    return name in (slug, words or slug) or (name.isdecimal() and number.isdecimal() and int(name) == int(number))


def _part(whole: Chapter, wanted: Sequence[str]) -> Chapter:
    """Return a chapter with those of its tasks alone, in its own order."""
    for name in wanted:
        if name not in whole.tasks:
            raise ValueError(f"{whole.slug} has no task {name!r}{nearest(name, whole.tasks)}")
    return replace(whole, tasks=tuple(name for name in whole.tasks if name in wanted))


def nearest(name: str, known: Sequence[str], named: Sequence[str] = ()) -> str:
    """Return the end of a sentence about a name that is none: which it may have been, and which there are.

    Parameters
    ----------
    name : str
        What was given.
    known : sequence of str
        What there is.
    named : sequence of str
        Those to be listed, by default all.

    Examples
    --------
    >>> nearest("d_los", ["d_loss", "g_loss"])
    '; did you mean d_loss? There are d_loss, g_loss'
    """
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"{f'; did you mean {near[0]}?' if near else '.'} There are {', '.join(named or known)}"


def tasks(chapter: Chapter, secret: str = "", student: str = "") -> list[Task]:
    """Return the tasks of a chapter as they were drawn for a course, or for one of its students."""
    return [task(name, Draw.of(secret, student, name)) for name in chapter.tasks]


def task(name: str, draw: Draw) -> Task:
    """Return one task.

    Raises
    ------
    ValueError
        If no chapter has a task of this id.
    """
    for slug, each in _stored()["chapters"].items():
        if name in problems.of_chapter(slug):
            return _problem(name, slug + PROBLEMS, draw)
        if name in run_problems.of_chapter(slug):
            return _run(name, slug + PROBLEMS, draw)
        for stored in each["tasks"]:
            if stored["id"] == name:
                return _exercise(name, slug, stored["text"], draw)
    raise ValueError(f"no task is called {name!r}")


def _exercise(name: str, chapter: str, text: str, draw: Draw) -> Task:
    exercise = exercises.load(name)
    check = f'ganlab.check("{name}", {", ".join(exercise.names)})'
    return Task(name, chapter, exercise.title, text, exercise, draw, check)


def _problem(name: str, chapter: str, draw: Draw) -> Task:
    problem = problems.load(name, draw)
    check = _check("problems", name, problem.exercise, problems.public_key(draw))
    return Task(name, chapter, problem.exercise.title, problem.text, problem.exercise, draw, check)


def _run(name: str, chapter: str, draw: Draw) -> Task:
    run = run_problems.load(name, draw)
    check = _check("run_problems", name, run.exercise, draw.key)  # nothing is hidden, so nothing to keep back
    mark = partial(judge_run, task=run)
    return Task(name, chapter, run.title, run.text.strip(), run.exercise, draw, check, mark)


def _check(module: str, name: str, exercise: Exercise, key: str) -> str:
    answers = ", ".join(exercise.names)
    return f'from ganlab.course import {module}\n\n{module}.check("{name}", {answers}, key="{key}")'


def misconception(key: str) -> Misconception:
    """Return what a key of the book stands for; of an unknown key, nothing but the key.

    Examples
    --------
    >>> misconception("E1").title
    'A bracket in the wrong place: 1 - log D'
    """
    return Misconception(key, **_stored()["misconceptions"].get(key, {}))
