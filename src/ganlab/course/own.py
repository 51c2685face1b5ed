"""Own problems: what an instructor adds to a course, each a Python file in the course's folder `problems/`.

A file `problems/NAME.py` has the form of a module of `ganlab.course.problems`: a function NAME that takes a `Draw` and
returns a `Problem`. It says where it belongs, `CHAPTER = "6"`, and is handed out with the problems of that chapter.
Nobody else has the file, so students have no check for it in their notebooks, unless the problem brings one along
(`check` of its `Wording`); all its cases count as hidden. They go into the sandbox as those of the book do: with what
they use of the file, without reference and mistakes.
"""

import hashlib
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from ganlab.checks.exercise import Exercise
from ganlab.checks.report import FAILED, NOT_WRITTEN, PASSED, describe
from ganlab.course import problems
from ganlab.course.assignments import PROBLEMS, Chapter, Task, chapter, chapters
from ganlab.course.problems.problem import Problem
from ganlab.course.variants import Draw

FOLDER = "problems"
_NO_CHECK = "# This answer is checked when it is graded. Try it here, on examples of your own."


@dataclass(frozen=True)
class Own:
    """A problem of a course: its name, its file, the chapter of the book it goes with, and a hash of the file."""

    name: str
    path: Path
    chapter: Chapter
    digest: str

    @property
    def slug(self) -> str:
        """The chapter with whose problems it is handed out."""
        return self.chapter.slug + PROBLEMS

    def task(self, draw: Draw) -> Task:
        """Return it as it is drawn for a course or a student.

        Raises
        ------
        ValueError
            If it cannot be drawn, or what is drawn is no problem; the message names the file.
        """
        problem = self._posed(Draw(problems.public_key(draw)))
        hidden = [replace(case, visible=False) for case in problem.exercise.cases]
        exercise = replace(problem.exercise, cases=hidden)
        check = problem.check.strip() or _NO_CHECK
        return Task(self.name, self.slug, exercise.title, problem.text, exercise, draw, check, source=self.digest)

    def _posed(self, draw: Draw) -> Problem:
        pose = getattr(_module(self.path, self.digest), self.name, None)
        if not callable(pose):
            raise ValueError(f"{self.path}: there is no function {self.name}, which is to return the problem")
        try:
            problem = pose(draw)
        except Exception as error:
            raise ValueError(f"{self.path}: {self.name} {_stopped(error, self.path)}") from error
        for wrong in _faults(problem, self.name):
            raise ValueError(f"{self.path}: {wrong}")
        return problem


def find(course: Path) -> dict[str, Own]:
    """Return the own problems of a course by name; files whose names begin with `_` or `.` are none.

    Parameters
    ----------
    course : Path
        The folder of the course.

    Raises
    ------
    ValueError
        If a file cannot be read as a problem; the message names it, and the cure.
    """
    paths = [path for path in sorted(Path(course, FOLDER).glob("*.py")) if path.name[0] not in "_."]
    return {path.stem: _read(path) for path in paths}


def _read(path: Path) -> Own:
    name = path.stem
    if not name.isidentifier():
        raise ValueError(f"{path}: {name!r} cannot be the name of a function; call the file such as my_problem.py")
    if name in {task for each in chapters().values() for task in each.tasks}:
        raise ValueError(f"{path}: the book has a task {name} already; choose another name")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    given = getattr(_module(path, digest), "CHAPTER", None)
    if given is None:
        raise ValueError(f'{path}: it does not say with which chapter it goes; add a line such as CHAPTER = "6"')
    try:
        found = chapter(str(given))
    except ValueError as error:
        raise ValueError(f"{path}: CHAPTER is {given!r}, but there is {error}") from None
    return Own(name, path, chapter(found.slug.removesuffix(PROBLEMS)), digest)


@cache
def _module(path: Path, digest: str) -> ModuleType:
    """Run a file, once for each content; its module is known by name, so that what its cases use can be packed."""
    module = ModuleType(f"ganlab_own_{path.stem}_{digest[:8]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), vars(module))
    except Exception as error:
        del sys.modules[module.__name__]
        raise ValueError(f"{path}: it {_stopped(error, path)}") from error
    return module


def _stopped(error: Exception, path: Path) -> str:
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == str(path)]
    if isinstance(error, SyntaxError):
        lines = [error.lineno]
    where = f" in line {lines[-1]}" if lines and lines[-1] else ""
    return f"stops with {type(error).__name__}{where}: {error}"


def _faults(problem: Any, name: str) -> list[str]:
    """Return what is wrong with the form of a problem."""
    if not isinstance(problem, Problem):
        return [f"{name} must return a Problem, such as `posed` makes, and returned {type(problem).__name__}"]
    exercise, faults = problem.exercise, []
    if exercise.id != name:
        faults.append(f"the id of its exercise must be {name!r}, as the file is called, not {exercise.id!r}")
    if not exercise.cases:
        faults.append(
            "its exercise has no case, so every answer would be right; add some with @problem.exercise.case()"
        )
    if not exercise.mistakes:
        faults.append("it has no mistake; the grader tries one after each answer to see whether its cases still work")
    if exercise.cases and not exercise.out_of > 0:
        faults.append("its cases count nothing together")
    return faults


def merged(known: Mapping[str, Chapter], own: Mapping[str, Own]) -> dict[str, Chapter]:
    """Return the chapters of the book with the own problems of a course, each after the problems of its chapter."""
    found: dict[str, Chapter] = {}
    for slug, each in known.items():
        found[slug] = each
        if not slug.endswith(PROBLEMS):
            names = tuple(name for name, one in own.items() if one.chapter.slug == slug)
            of_book = known.get(slug + PROBLEMS)
            if names and of_book is None:
                found[slug + PROBLEMS] = Chapter(slug + PROBLEMS, f"{each.title}: problems", each.page, names)
        else:
            names = tuple(name for name, one in own.items() if one.slug == slug)
            found[slug] = replace(each, tasks=each.tasks + names)
    return found


def prove(task: Task) -> None:
    """Check an own problem as it was drawn: the stub is none, the reference is right, and each mistake is caught.

    Raises
    ------
    ValueError
        If not; the message says what the case said.
    """
    exercise = task.exercise
    if _tried(exercise, exercise.stub, 0, "stub").status != NOT_WRITTEN:
        raise ValueError(f"{task.id}: its stub must raise NotImplementedError, and does something else")
    for seed in (0, task.seed):
        report = _tried(exercise, exercise.reference, seed, "reference")
        if report.status != PASSED:
            raise ValueError(f"{task.id}: the reference does not pass its own cases:\n{describe(report)}")
    for mistake in exercise.mistakes:
        report = _tried(exercise, mistake.source, task.seed, f"mistake {mistake.title!r}")
        problem, told = report.problem, " ".join(describe(report).split())
        if problem is None or problem.case != mistake.caught_by or report.status != FAILED:
            first = f"{problem.case} fails first" if problem else "no case fails"
            raise ValueError(f"{task.id}: the mistake {mistake.title!r} is to fail in {mistake.caught_by}, but {first}")
        if mistake.says not in told:
            raise ValueError(f"{task.id}: {mistake.says!r} is not in what mistake {mistake.title!r} is told: {told}")


def _tried(exercise: Exercise, source: str, seed: int, what: str) -> Any:
    try:
        return exercise.run(*exercise.solve(source), seed=seed)
    except Exception as error:
        raise ValueError(f"{exercise.id}: its {what} stops with {type(error).__name__}: {error}") from error
