"""otter: a folder for each chapter from which `otter generate` makes the autograder, and the notebook for students.

The first part writes the folders; the second is called by otter-grader 7.0.0 while it grades: `Recovered` as a plugin,
`Cases` by the test files. What this has to look after was measured:

- The test files are Python with exceptions (`OK_FORMAT = False`), a test case for each case of the exercise.
- otter has no limit for a cell, so a loop that does not end would hold it up: of a submission only the answers run.
- What the students' process writes is unpickled outside. Nothing here can change that; the README says it.
"""

import json
import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from ganlab.checks.report import NOT_WRITTEN, PASSED, Report, Result
from ganlab.course import assignments
from ganlab.course.assignments import Chapter, Task
from ganlab.course.exports import Export, chosen, result, said, shares
from ganlab.course.folder import Course
from ganlab.course.graft import graft
from ganlab.course.notebooks import as_text, origin_line, student_notebook
from ganlab.course.pages import TEMPLATES
from ganlab.course.variants import Draw

FOLDER = "otter"
_SECONDS_BESIDE_CASES = 120
_TESTS = """\
# For the grader: the key says with which random numbers the cases run.
OK_FORMAT = False

from otter.test_files import test_case

from ganlab.course.exports.otter import Cases

name = {name!r}
points = None
cases = Cases({name!r}, key={key!r})
"""
_CASE = """

@test_case(name={title!r}, points={points!r}, hidden={hidden!r})
def case_{case}({names}):
    cases.require({case!r}, {names})
"""

# What is written.


def export(course: Course, chapters: Sequence[Chapter]) -> Export:
    """Write chapters as otter assignments, each into a folder of its own in the folder `otter` of the course.

    Returns
    -------
    Export
        Where it is, and what is to be said of each chapter.

    Raises
    ------
    ValueError
        If a chapter has nothing to export, or a reference does not pass.
    """
    parts = [(chapter, *chosen(course, chapter)) for chapter in chapters]  # before anything is written
    out = Export(course.path / FOLDER)
    for chapter, fitting, left_out in parts:
        _put_chapter(out, course, chapter, fitting)
        out.chapters.append(said(chapter, out.root / chapter.slug, fitting, left_out))
    return out


def _put_chapter(out: Export, course: Course, chapter: Chapter, tasks: Sequence[Task]) -> None:
    slug = chapter.slug
    notebook = student_notebook(course.name, origin_line(course.id, slug), chapter, tasks)
    out.put(f"{slug}/student/{slug}.ipynb", as_text(notebook))
    for task in tasks:
        out.put(f"{slug}/tests/{task.id}.py", test_file(task))
    keys = {task.id: task.draw.key for task in tasks}
    plugin = {f"{Recovered.__module__}.{Recovered.__qualname__}": {"keys": keys}}
    out.put(f"{slug}/otter_config.json", json.dumps({"plugins": [plugin], "show_stdout": False}, indent=1) + "\n")
    out.put(f"{slug}/requirements.txt", assignments.package() + "\n")
    seconds = sum(task.exercise.seconds for task in tasks) + _SECONDS_BESIDE_CASES
    text = (TEMPLATES / "otter.md").read_text(encoding="utf-8")
    out.put(f"{slug}/README.md", text.format(assignment=slug, package=assignments.package(), seconds=round(seconds)))
    for name in ("otter_config.json", *(f"tests/{task.id}.py" for task in tasks)):
        os.chmod(out.root / slug / name, 0o600)  # they hold keys


def test_file(task: Task) -> str:
    """Return the test file of a task: a test case for each of its cases, which count what they count in the course."""
    names = ", ".join(task.exercise.names)
    parts = [_TESTS.format(name=task.id, key=task.draw.key)]
    for case, points in zip(task.exercise.cases, shares(task), strict=True):
        told = {"title": case.title, "points": points, "hidden": not case.visible}
        parts.append(_CASE.format(case=case.name, names=names, **told))
    return "".join(parts)


# What otter calls.


class Cases:
    """The cases of a task, for its test file: all run together, as in `grade`, when the first result is asked for.

    Parameters
    ----------
    name : str
        The id of the task.
    key : str
        The key of its draw.
    """

    def __init__(self, name: str, key: str) -> None:
        self.name, self.key = name, key
        self._report: Report | None = None

    def require(self, case: str, *answers: Any) -> None:
        """Raise if a case does not pass.

        Parameters
        ----------
        case : str
            Its name.
        *answers : Any
            What the task asks for; None if a notebook does not define it.

        Raises
        ------
        AssertionError
            With what was seen, what was expected, and a hint.
        """
        if self._report is None:
            self._report = result(self.name, self.key, answers)[1]
        found = next(each for each in self._report.results if each.case == case)
        if found.status != PASSED or self._report.status == NOT_WRITTEN:
            raise AssertionError(_told(found))


def _told(found: Result) -> str:
    expected = f"expected: {found.expected}" if found.expected else ""
    return "; ".join(filter(None, [found.saw or found.status, expected, found.hint, found.line]))


class Recovered:
    """A plugin that puts the answers of a submission, wherever they stand, into a notebook that holds nothing else.

    Parameters
    ----------
    submission_path, submission_metadata
        Where the submission is and whose; not used.
    plugin_config : mapping
        `keys`: the key of each task, by its id.
    """

    def __init__(self, submission_path: str, submission_metadata: Any, plugin_config: Mapping[str, Any]) -> None:
        self.keys: dict[str, str] = plugin_config["keys"]

    def before_execution(self, submission: Mapping[str, Any]) -> Any:
        """Return the notebook that is run in place of the submission."""
        tasks = [assignments.task(name, Draw(key)) for name, key in self.keys.items()]
        v4 = import_module("nbformat").v4  # otter has it
        cells = [v4.new_code_cell(source) for source in graft(submission, tasks).answers.values()]
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
