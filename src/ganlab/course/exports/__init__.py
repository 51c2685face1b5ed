"""Exports: the exercises of a course for those who grade with nbgrader or otter-grader.

Students get the notebook that `release` writes, or nearly so, with the same check below each answer. On the machine
that grades, the tool runs the notebook and calls this package, which runs all cases of the exercise as `grade` does:
hidden ones too, with the seed of the course. So an export holds no case at all. What it holds, for the grader alone,
is the *key* of each task, from which the seed follows (`ganlab.course.variants.Draw`).

Both tools lose what Colab strips and what students move. So the answers are grafted here, too: what the tools run is
the released notebook with the answers in their places. Neither tool is imported: they call us.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganlab.checks.report import Report
from ganlab.course import assignments
from ganlab.course.assignments import Chapter, Task
from ganlab.course.files import store
from ganlab.course.folder import Course
from ganlab.course.notebooks import tried
from ganlab.course.variants import Draw

_EARLIER = "earlier"


@dataclass
class Export:
    """What is written for a tool, and where: `put` writes a file and loses none.

    Parameters
    ----------
    root : path
        The folder of the export.
    chapters : list of str
        What was said of each chapter, in words.
    """

    root: Path
    chapters: list[str] = field(default_factory=list)
    earlier: Path | None = None

    def put(self, name: str, text: str) -> None:
        """Write a file; one that is there and differs is moved to the folder `earlier` first."""
        path = self.root / name
        if path.exists() and path.read_bytes() != text.encode():
            self._keep(path, name)
        if not path.exists():
            store(path, text)

    def _keep(self, path: Path, name: str) -> None:
        if self.earlier is None:
            taken = {each.name for each in (self.root / _EARLIER).glob("*")}
            number = next(number for number in range(1, len(taken) + 2) if str(number) not in taken)
            self.earlier = self.root / _EARLIER / str(number)
        (self.earlier / name).parent.mkdir(parents=True, exist_ok=True)
        path.rename(self.earlier / name)


def chosen(course: Course, chapter: Chapter) -> tuple[list[Task], list[Task]]:
    """Return the tasks of a chapter that go into an export, and those that do not.

    A tool replays no run of a lab, and finds no problem that lies in the folder of the course.

    Raises
    ------
    ValueError
        If none goes in, or the reference of one does not pass with what was drawn for the course.
    """
    tasks = course.tasks(chapter)
    fitting, left_out = [task for task in tasks if _fits(task)], [task for task in tasks if not _fits(task)]
    if not fitting:
        raise ValueError(f"{chapter.slug} holds nothing for an export, only {_listed(left_out)}")
    for task in fitting:
        tried(task)
    return fitting, left_out


def shares(task: Task) -> list[float]:
    """Return what each case of a task counts in a course; together, what the task counts."""
    scale = task.out_of / task.exercise.out_of
    return [case.points * scale for case in task.exercise.cases]


def gradable(course: Course) -> list[Task]:
    """Return all tasks of a course that a tool can grade, whether or not they are exported now."""
    return [task for slug in course.chapters for task in course.tasks(course.chapter(slug)) if _fits(task)]


def said(chapter: Chapter, where: Path, tasks: Sequence[Task], left_out: Sequence[Task]) -> str:
    """Return in words what was exported of a chapter, and what not."""
    count = f"{len(tasks)} exercise{'s' * (len(tasks) != 1)}"
    return f"{where}: {count}" + (f"; without {_listed(left_out)}, for `grade` alone" if left_out else "")


def result(name: str, key: str, answers: Sequence[Any]) -> tuple[Task, Report]:
    """Try answers on all cases of a task as they were drawn for a course; return the task and what was found."""
    task = assignments.task(name, Draw(key))
    return task, task.exercise.run(*answers, seed=task.seed)


def _fits(task: Task) -> bool:
    return not task.mark and not task.source


def _listed(left_out: Sequence[Task]) -> str:
    """Return in words what no tool can grade."""
    runs, own = ([task.id for task in left_out if bool(task.mark) == is_run] for is_run in (True, False))
    told = [f"{', '.join(names)} ({what})" for names, what in ((runs, "runs of a lab"), (own, "own problems")) if names]
    return " and ".join(told)
